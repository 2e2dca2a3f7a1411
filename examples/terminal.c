/* SPDX-License-Identifier: Apache-2.0 */

/*
 * terminal [--systemd] STATE-ROOT BUNDLE: run a bundle whose configuration has a terminal, print
 * what its program shows there, and end with the program's exit code. As root or, with a bundle that
 * has a user namespace, as an ordinary user; with --systemd the container's cgroup is a scope of
 * systemd's.
 *
 *     cc terminal.c -o terminal $(pkg-config --cflags --libs vial)
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vial/vial.h>

static void on_log(void *arg, enum vial_log_level level, const char *text)
{
	(void)arg;
	fprintf(stderr, "log %d: %s\n", (int)level, text);
}

/* A socket in a directory of our own, so that nobody else can connect. */
static int listen_at(char *dir, struct sockaddr_un *at)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || !mkdtemp(dir))
		return -1;
	at->sun_family = AF_UNIX;
	snprintf(at->sun_path, sizeof(at->sun_path), "%s/console", dir);
	if (bind(fd, (struct sockaddr *)at, sizeof(*at)) < 0 || listen(fd, 1) < 0)
		return -1;
	return fd;
}

/* The terminal's master end, which vial_create() has sent to the socket. */
static int take_terminal(int listener)
{
	char name[64], control[CMSG_SPACE(sizeof(int))];
	struct iovec data = { name, sizeof(name) };
	struct msghdr m = { .msg_iov = &data,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	int fd = -1;
	int peer = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	if (peer < 0)
		return -1;
	ssize_t n = recvmsg(peer, &m, MSG_CMSG_CLOEXEC);
	struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;
	if (c && c->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	close(peer);
	return fd;
}

/* Until nobody has the other end open any more. */
static void show(int master)
{
	char buffer[4096];
	ssize_t n;

	while ((n = read(master, buffer, sizeof(buffer))) > 0 || (n < 0 && errno == EINTR))
		if (n > 0)
			fwrite(buffer, 1, (size_t)n, stdout);
	fflush(stdout);
}

static int run(struct vial *v, const char *id, int listener, struct vial_error *e)
{
	int status = 0;
	int master = take_terminal(listener);
	int pidfd = vial_pidfd(v, id, e);

	int r = pidfd < 0 ? pidfd : vial_start(v, id, e);
	if (r == 0) {
		show(master);
		r = vial_wait(pidfd, -1, &status, e);
	}
	if (master >= 0)
		close(master);
	if (pidfd >= 0)
		close(pidfd);
	if (r < 0)
		return r;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int with_container(struct vial *v, const char *path, bool systemd, struct vial_error *e)
{
	char dir[] = "/tmp/terminal-XXXXXX", id[64];
	struct sockaddr_un at = { 0 };
	struct vial_bundle *b = NULL;
	int r = vial_bundle_load(path, &b, e);

	if (r < 0)
		return r;
	int listener = listen_at(dir, &at);
	const struct vial_create_options o = { .console_socket = at.sun_path,
					       .systemd_cgroup = systemd };
	snprintf(id, sizeof(id), "terminal-%d", (int)getpid());
	if (listener < 0) {
		snprintf(e->text, sizeof(e->text), "%s: %s", dir, strerror(errno));
		r = -1;
	}
	if (r == 0)
		r = vial_create(v, b, id, &o, e);
	if (r == 0) {
		r = run(v, id, listener, e);
		(void)vial_delete(v, id, true, NULL);
	}
	if (listener >= 0)
		close(listener);
	unlink(at.sun_path);
	rmdir(dir);
	vial_bundle_free(b);
	return r;
}

int main(int argc, char **argv)
{
	bool systemd = argc > 1 && strcmp(argv[1], "--systemd") == 0;
	struct vial_error e = { 0 };
	struct vial *v = NULL;

	if (argc != 3 + systemd) {
		fprintf(stderr, "usage: %s [--systemd] STATE-ROOT BUNDLE\n", argv[0]);
		return 2;
	}
	int r = vial_seal(argv, &e);
	if (r == 0)
		r = vial_open(argv[1 + systemd], on_log, NULL, VIAL_LOG_WARNING, &v, &e);
	if (r == 0)
		r = with_container(v, argv[2 + systemd], systemd, &e);
	if (r < 0)
		fprintf(stderr, "%s\n", e.text);
	vial_close(v);
	return r < 0 ? 125 : r;
}
