/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The receiving end of --console-socket, for the tests: `recvtty SOCKET` listens, takes one
 * terminal and copies what it says to stdout; with -s it holds the terminal until stdin ends
 * and copies stdin to it. `recvtty -p SIGNAL SOCKET` is the receiver of --pidfd-socket: it prints
 * the data and the process id, and sends the signal. `ready` on stderr says that the socket listens.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static int fail(const char *what)
{
	fprintf(stderr, "recvtty: %s: %s\n", what, strerror(errno));
	return -1;
}

static int listen_at(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(addr.sun_path)) {
		errno = ENAMETOOLONG;
		return fail(path);
	}
	memcpy(addr.sun_path, path, strlen(path) + 1);

	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fail("socket");
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 || listen(fd, 1) < 0)
		return fail(path);
	return fd;
}

static int receive_fd(int conn, char name[4096])
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { .iov_base = name, .iov_len = 4095 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};

	ssize_t n = recvmsg(conn, &msg, MSG_CMSG_CLOEXEC);
	if (n < 0)
		return fail("recvmsg");
	name[n] = '\0';

	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	if (!c || c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(sizeof(int))) {
		errno = EBADMSG;
		return fail("no descriptor in the message");
	}
	int fd = -1;
	memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

/* Returns false when @from has ended. */
static bool copy_some(int from, int to)
{
	char buf[4096];
	ssize_t n = read(from, buf, sizeof(buf));

	for (ssize_t done = 0; done < n;) {
		ssize_t w = write(to, buf + done, (size_t)(n - done));
		if (w < 0)
			return false;
		done += w;
	}
	return n > 0;
}

static int relay(int tty, bool with_stdin)
{
	struct pollfd p[2] = {
		{ .fd = tty, .events = POLLIN },
		{ .fd = with_stdin ? STDIN_FILENO : -1, .events = POLLIN },
	};

	for (;;) {
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return fail("poll");
		if (p[0].revents && !copy_some(tty, STDOUT_FILENO))
			return 0;
		if (p[1].revents && !copy_some(STDIN_FILENO, tty))
			p[1].fd = -1;
	}
}

/* "Pid:	123" of /proc/self/fdinfo is the process behind the descriptor. */
static int use_pidfd(int fd, const char *name, const char *signal)
{
	char path[64], line[256];
	int sig = 0;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	FILE *f = fopen(path, "r");
	if (!f)
		return fail(path);
	while (fgets(line, sizeof(line), f))
		if (strncmp(line, "Pid:\t", 5) == 0)
			printf("%s %s", name, line + 5);
	fclose(f);
	fflush(stdout);
	for (const char *p = signal; *p >= '0' && *p <= '9'; p++)
		sig = sig * 10 + (*p - '0');
	if (syscall(SYS_pidfd_send_signal, fd, sig, NULL, 0) < 0)
		return fail("pidfd_send_signal");
	return 0;
}

int main(int argc, char **argv)
{
	bool with_stdin = argc == 3 && strcmp(argv[1], "-s") == 0;

	bool for_pidfd = argc == 4 && strcmp(argv[1], "-p") == 0;
	char name[4096];

	if (argc != 2 && !with_stdin && !for_pidfd) {
		fprintf(stderr, "usage: recvtty [-s | -p SIGNAL] SOCKET\n");
		return 2;
	}

	int listener = listen_at(argv[argc - 1]);
	if (listener < 0)
		return 1;
	fprintf(stderr, "ready\n");

	int conn = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (conn < 0)
		return fail("accept") < 0;
	int tty = receive_fd(conn, name);
	close(conn);
	close(listener);
	if (tty < 0)
		return 1;
	if (for_pidfd)
		return use_pidfd(tty, name, argv[2]) < 0;
	return relay(tty, with_stdin) < 0;
}
