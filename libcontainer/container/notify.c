/* SPDX-License-Identifier: Apache-2.0 */
#include "container/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/retry.h"

#define DATAGRAM_MAX	4096
#define BARRIER_MS	30000
#define HOST_PATIENCE_S 5 /* for room in the queue of the caller's socket */

int notify_make_dir(int dir_fd, struct err *e)
{
	if (mkdirat(dir_fd, NOTIFY_DIR, 0755) < 0)
		return err_errno(e, "mkdir " NOTIFY_DIR " in the state directory");
	/* Whatever the umask says: the container's user looks up the socket in it. */
	if (fchmodat(dir_fd, NOTIFY_DIR, 0755, 0) < 0)
		return err_errno(e, "chmod " NOTIFY_DIR " in the state directory");
	return 0;
}

/* --- the two sockets ------------------------------------------------------------------- */

/* "/path", or "@name" for an abstract one: sd_notify(3). */
static int host_address(const char *text, struct sockaddr_un *a, socklen_t *len)
{
	size_t n = strlen(text);

	*a = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if ((text[0] != '/' && text[0] != '@') || n >= sizeof(a->sun_path))
		return -EINVAL;
	memcpy(a->sun_path, text, n);
	if (text[0] == '@')
		a->sun_path[0] = '\0';
	*len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + (text[0] == '/'));
	return 0;
}

static int connect_host(const char *text, struct err *e)
{
	const struct timeval patience = { .tv_sec = HOST_PATIENCE_S };
	struct sockaddr_un a;
	socklen_t len = 0;

	if (host_address(text, &a, &len) < 0)
		return err_set(e, EINVAL, "neither an absolute path nor an abstract socket");
	autoclose int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_errno(e, "socket(2)");
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0)
		return err_errno(e, "setsockopt(2)");
	if (RETRY(connect(fd, (const struct sockaddr *)&a, len)) < 0)
		return err_errno(e, "connect(2)");
	return take_fd(&fd);
}

static int bind_socket(int notify_dir, struct err *e)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	/* By descriptor: the whole path could be too long for an address. */
	(void)snprintf(a.sun_path, sizeof(a.sun_path), "/proc/self/fd/%d/" NOTIFY_SOCKET_NAME,
		       notify_dir);
	autoclose int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_errno(e, "socket(2)");
	if (unlinkat(notify_dir, NOTIFY_SOCKET_NAME, 0) < 0 && errno != ENOENT)
		return err_errno(e, "unlink " NOTIFY_SOCKET_NAME);
	if (bind(fd, (const struct sockaddr *)&a, sizeof(a)) < 0)
		return err_errno(e, "bind " NOTIFY_SOCKET_NAME);
	/* Every user of the container may speak. */
	if (fchmodat(notify_dir, NOTIFY_SOCKET_NAME, 0777, AT_SYMLINK_NOFOLLOW) < 0)
		return err_errno(e, "chmod " NOTIFY_SOCKET_NAME);
	return take_fd(&fd);
}

int notify_listen(struct notify *n, const struct container_env *env, int dir_fd, pid_t main_pid,
		  struct err *e)
{
	struct err why;

	if (!env->notify_socket)
		return 0;
	n->log = env->log;
	n->main_pid = main_pid;
	autoclose int notify_dir =
		RETRY(openat(dir_fd, NOTIFY_DIR, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
	if (notify_dir < 0 && errno == ENOENT) {
		log_warn(env->log, "NOTIFY_SOCKET is set, but the container was created without");
		return 0;
	}
	if (notify_dir < 0)
		return err_errno(e, "open " NOTIFY_DIR " in the state directory");
	n->host = connect_host(env->notify_socket, &why);
	if (n->host < 0) {
		log_warn(env->log,
			 "NOTIFY_SOCKET %s: nobody will hear that the container is ready: %s",
			 env->notify_socket, why.text);
		return 0;
	}
	n->sock = bind_socket(notify_dir, e);
	return n->sock < 0 ? err_ctx(e, "listen for the container's readiness") : 0;
}

void notify_done(struct notify *n)
{
	if (n->sock >= 0)
		(void)close(take_fd(&n->sock));
	if (n->host >= 0)
		(void)close(take_fd(&n->host));
}

/* --- messages ---------------------------------------------------------------------------- */

static int tell_host(const struct notify *n, const char *text, const int *fds, size_t n_fds)
{
	int r = fd_send(n->host, text, strlen(text), fds, n_fds);

	if (r < 0)
		log_warn(n->log, "NOTIFY_SOCKET: send %.20s: %s", text, errno_text(-r));
	return r;
}

/* sd_notify_barrier(3): the other side closes its copy when all before has been dealt with. */
static void barrier(const struct notify *n, bool wait)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0) {
		log_warn(n->log, "NOTIFY_SOCKET: pipe2(2): %s", errno_text(errno));
		return;
	}
	int r = tell_host(n, "BARRIER=1", &ends[1], 1);
	(void)close(ends[1]);
	struct pollfd p = { .fd = ends[0], .events = POLLIN };
	if (r == 0 && wait && poll(&p, 1, BARRIER_MS) == 0)
		log_warn(n->log, "NOTIFY_SOCKET: no answer to BARRIER=1 for %d s; going on without",
			 BARRIER_MS / 1000);
	(void)close(ends[0]);
}

static void tell_ready(struct notify *n, const char *line, size_t len, bool wait)
{
	char text[DATAGRAM_MAX + 2];

	(void)snprintf(text, sizeof(text), "%.*s\n", (int)len, line);
	if (tell_host(n, text, NULL, 0) == 0) {
		(void)snprintf(text, sizeof(text), "MAINPID=%ld\n", (long)n->main_pid);
		if (tell_host(n, text, NULL, 0) == 0)
			barrier(n, wait);
	}
	(void)close(take_fd(&n->host)); /* said once, and for all */
}

/* The line of a datagram that says READY=..., or NULL. */
static const char *find_ready(const char *text, size_t *ret_len)
{
	while (text) {
		*ret_len = strcspn(text, "\n");
		if (str_after(text, "READY="))
			return text;
		text = text[*ret_len] ? text + *ret_len + 1 : NULL;
	}
	return NULL;
}

/* Return: is there something to wait for still? */
static bool take_one(struct notify *n, bool wait)
{
	char text[DATAGRAM_MAX];
	size_t len = 0;
	/* Descriptors that come along are closed by the kernel: there is no room for them. */
	ssize_t got = RETRY(recv(n->sock, text, sizeof(text) - 1, MSG_DONTWAIT));

	if (got < 0)
		return errno != EAGAIN;
	text[got] = '\0';
	const char *line = n->host >= 0 ? find_ready(text, &len) : NULL;
	if (line)
		tell_ready(n, line, len, wait);
	return true;
}

void notify_take(void *arg)
{
	(void)take_one(arg, false);
}

int notify_wait(struct notify *n, int pidfd, struct err *e)
{
	while (n->sock >= 0 && n->host >= 0) {
		struct pollfd p[] = { { .fd = n->sock, .events = POLLIN },
				      { .fd = pidfd, .events = POLLIN } };

		if (poll(p, 2, -1) < 0) {
			if (errno == EINTR)
				continue;
			return err_errno(e, "wait for the container's readiness: poll(2)");
		}
		if (p[0].revents)
			(void)take_one(n, true);
		else if (p[1].revents)
			break; /* what it sent before it ended has been read by now */
	}
	if (n->sock >= 0 && n->host >= 0)
		log_warn(n->log, "the container ended before it said that it is ready");
	return 0;
}
