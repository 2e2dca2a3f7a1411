/* SPDX-License-Identifier: Apache-2.0 */

/*
 * seccompagent SOCKET LOG: an agent for SCMP_ACT_NOTIFY. SOCKET is a path, or "@name".
 *
 * Each connection brings one message, a ContainerProcessState with one descriptor; the message
 * becomes a line of LOG. Then the system calls of that listener are answered, by a process of its
 * own: mkdir(2) makes the directory with "-" and the metadata appended to its name, the chmod(2)
 * family fails with ENOMEDIUM, all others go on.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char message[65536];

/* The value of "metadata", or "". */
static void metadata(char *out, size_t max)
{
	const char *at = strstr(message, "\"metadata\":\"");
	size_t n = 0;

	for (at = at ? at + strlen("\"metadata\":\"") : ""; *at && *at != '"' && n < max - 1; at++)
		out[n++] = *at;
	out[n] = '\0';
}

static int make_directory(pid_t pid, uint64_t name_at)
{
	char path[64], name[256] = "", suffix[64], whole[600];
	int mem;

	(void)snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	mem = open(path, O_RDONLY | O_CLOEXEC);
	if (mem < 0 || pread(mem, name, sizeof(name) - 1, (off_t)name_at) <= 0)
		return -EFAULT;
	(void)close(mem);
	metadata(suffix, sizeof(suffix));
	(void)snprintf(whole, sizeof(whole), "/proc/%d/root/%s-%s", pid, name, suffix);
	return mkdir(whole, 0755) < 0 ? -errno : 0;
}

static void answer(const struct seccomp_notif *q, struct seccomp_notif_resp *a)
{
	*a = (struct seccomp_notif_resp){ .id = q->id };
	switch (q->data.nr) {
#ifdef SYS_mkdir
	case SYS_mkdir:
		a->error = make_directory((pid_t)q->pid, q->data.args[0]);
		return;
#endif
	case SYS_fchmod:
	case SYS_fchmodat:
#ifdef SYS_chmod
	case SYS_chmod:
#endif
		a->error = -ENOMEDIUM;
		return;
	default:
		a->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	}
}

static void serve(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	for (;;) {
		struct seccomp_notif q = { 0 };
		struct seccomp_notif_resp a;

		if (poll(&p, 1, -1) < 0 || (p.revents & (POLLHUP | POLLERR)))
			return;
		if (ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &q) < 0)
			continue; /* ended meanwhile */
		answer(&q, &a);
		(void)ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &a);
	}
}

/* Return: the one descriptor that came, or -1. */
static int receive(int sock)
{
	char control[CMSG_SPACE(sizeof(int) * 8)];
	struct iovec iov = { message, sizeof(message) - 2 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(sock, &m, MSG_CMSG_CLOEXEC);
	struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;
	int fd = -1;

	if (!c || c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(sizeof(int)))
		return -1;
	memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	message[n] = '\0';
	return fd;
}

static void handle(int sock, const char *log)
{
	int fd = receive(sock);
	int out = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

	if (fd < 0)
		(void)snprintf(message, sizeof(message), "no message with one descriptor");
	(void)dprintf(out, "%s\n", message);
	(void)close(out);
	(void)close(sock);
	if (fd >= 0 && fork() == 0) {
		serve(fd);
		_exit(0);
	}
	(void)close(fd);
}

int main(int argc, char **argv)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (argc != 3 || strlen(argv[1]) >= sizeof(at.sun_path))
		return 2;
	memcpy(at.sun_path, argv[1], strlen(argv[1]));
	socklen_t n = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(argv[1]));
	if (argv[1][0] == '@')
		at.sun_path[0] = '\0';
	if (bind(sock, (struct sockaddr *)&at, n) < 0 || listen(sock, 8) < 0) {
		perror(argv[1]);
		return 1;
	}
	fputs("ready\n", stderr);
	for (;;) {
		int conn = accept4(sock, NULL, NULL, SOCK_CLOEXEC);

		if (conn >= 0)
			handle(conn, argv[2]);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
}
