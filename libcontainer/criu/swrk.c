/* SPDX-License-Identifier: Apache-2.0 */
#include "criu/swrk.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/retry.h"
#include "base/sys.h"
#include "criu/watch.h"

#define ANSWER_MS    30000 /* for a question; work may take any time */
#define END_MS	     10000 /* when nobody talks to it any more */
#define MESSAGE_MAX  16384 /* what CRIU sends is far smaller */
#define PATH_DEFAULT "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* --- the process -------------------------------------------------------------------------- */

int criu_find(struct arena *a, const char **ret, struct err *e)
{
	const char *path = getenv("PATH");

	for (const char *at = path ? path : PATH_DEFAULT; *at;) {
		size_t n = strcspn(at, ":");
		const char *file = arena_printf(a, "%.*s/criu", (int)n, at);

		if (*at == '/' && access(file, X_OK) == 0) {
			*ret = file;
			return 0;
		}
		at += n + (at[n] == ':');
	}
	return err_set(e, ENOENT,
		       "\"criu\": executable file not found in $PATH: checkpoint and restore need "
		       "CRIU to be installed");
}

/* Said by exit codes: there is nobody to tell more. */
enum { FAILED_FDS = 123, FAILED_SOCKET = 124, FAILED_MOUNTS = 125, FAILED_EXEC = 126 };

/* Reached again by its path, since a descriptor leads to a mount of the other namespace. */
static int mount_root(const struct criu_setup *s)
{
	struct stat want, found;

	if (s->root_fd < 0)
		return 0;
	if (unshare(CLONE_NEWNS) < 0 || sys_mount("none", "/", NULL, MS_REC | MS_SLAVE, NULL) < 0 ||
	    sys_mount(s->root, s->root, NULL, MS_BIND | MS_REC, NULL) < 0)
		return -1;
	if (fstat(s->root_fd, &want) < 0 || stat(s->root, &found) < 0)
		return -1;
	return want.st_dev == found.st_dev && want.st_ino == found.st_ino ? 0 : -1;
}

/* CRIU mounts in its working directory, which must be one of its own namespace for that. */
static int reopen_directory(const char *path, int fd)
{
	if (fd < 0)
		return 0;
	autoclose int own = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return own < 0 ? -1 : dup2(own, fd);
}

/*
 * Through the descriptors of whoever made its socket CRIU finds its directories: that is the
 * process itself, so that they are those of its own namespace.
 */
static int make_socket(const struct criu_setup *s, int bootstrap)
{
	int ends[2];

	if (reopen_directory(s->images_path, s->images_fd) < 0 ||
	    reopen_directory(s->work_path, s->work_fd) < 0)
		return -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -1;
	return fd_send(bootstrap, "", 1, &ends[0], 1) < 0 ? -1 : ends[1];
}

static int keep_open(const struct criu_setup *s, int sock)
{
	for (size_t i = 0; i < s->n_fds; i++)
		if (fcntl(s->fds[i], F_SETFD, 0) < 0)
			return -1;
	return fcntl(sock, F_SETFD, 0);
}

static _Noreturn void child(const char *program, const struct criu_setup *s, int bootstrap)
{
	char name[] = "criu", command[] = "swrk", number[16];
	char *const argv[] = { name, command, number, NULL };

	proc_reset_signals(~UINT64_C(0));
	if (mount_root(s) < 0)
		_exit(FAILED_MOUNTS);
	int sock = make_socket(s, bootstrap);
	if (sock < 0)
		_exit(FAILED_SOCKET);
	(void)snprintf(number, sizeof(number), "%d", sock);
	if (keep_open(s, sock) < 0)
		_exit(FAILED_FDS);
	(void)execv(program, argv);
	_exit(FAILED_EXEC);
}

/* It has closed its end without an answer. */
static int explain_end(const struct criu *c, struct err *e)
{
	siginfo_t info = { 0 };

	if (waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOWAIT) < 0)
		return err_errno(e, "criu: waitid(2)");
	if (info.si_code != CLD_EXITED)
		return err_set(e, ECHILD, "criu was ended by signal %d", info.si_status);
	switch (info.si_status) {
	case FAILED_MOUNTS:
		return err_set(e, EIO, "mounting the root for criu failed");
	case FAILED_SOCKET:
		return err_set(e, EIO, "opening the directories for criu failed");
	case FAILED_EXEC:
		return err_set(e, ENOEXEC, "criu cannot be executed");
	default:
		return err_set(e, ECHILD, "criu ended without an answer, status %d",
			       info.si_status);
	}
}

/* --- messages ----------------------------------------------------------------------------- */

static int say(const struct criu *c, const struct strbuf *message, struct err *e)
{
	ssize_t n;

	do
		n = send(c->sock, message->data, message->len, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EPIPE)
		return explain_end(c, e);
	return n < 0 ? err_errno(e, "criu: send(2)") : 0;
}

static int hear(const struct criu *c, pid_t root, int limit_ms, struct criu_answer *ret,
		int *ret_fd, struct err *e)
{
	char *buffer autofree = mem_new(1, MESSAGE_MAX);
	size_t n_fds = 1;
	int fd = -1;
	ssize_t n;

	int r = criu_wait(c->sock, root, limit_ms, e);
	if (r < 0)
		return r;
	do
		n = fd_recv(c->sock, buffer, MESSAGE_MAX, &fd, &n_fds);
	while (n == -EINTR);
	if (n == 0 || n == -ECONNRESET)
		return explain_end(c, e);
	if (n < 0)
		return err_errno(e, "criu: recvmsg(2)");
	*ret_fd = n_fds > 0 ? fd : -1;
	return criu_answer_decode(buffer, (size_t)n, ret, e);
}

static int ask(const struct criu *c, enum criu_type type, struct criu_answer *ret, struct err *e)
{
	struct strbuf message autodone(strbuf) = STRBUF_INIT;

	*ret = (struct criu_answer){ 0 };
	criu_request_encode(type, NULL, &message);
	autoclose int fd = -1;
	int r = say(c, &message, e);
	if (r == 0)
		r = hear(c, 0, ANSWER_MS, ret, &fd, e);
	if (r == 0 && (ret->type != type || !ret->success))
		r = err_set(e, EPROTO, "criu does not answer %s", criu_type_name(type));
	return r;
}

static int check_version(struct criu *c, struct err *e)
{
	struct criu_answer a;
	int r = ask(c, CRIU_VERSION, &a, e);

	if (r < 0)
		return r;
	c->version = a.version;
	if (a.version >= CRIU_VERSION_MIN)
		return 0;
	return err_set(e, ENOTSUP, "CRIU %u.%u.%u is too old: %u.%u is needed", a.version / 10000,
		       a.version / 100 % 100, a.version % 100, CRIU_VERSION_MIN / 10000,
		       CRIU_VERSION_MIN / 100 % 100);
}

static int take_socket(struct criu *c, int bootstrap, struct err *e)
{
	size_t n = 1;
	char nothing;
	int fd = -1;

	ssize_t r = fd_recv(bootstrap, &nothing, sizeof(nothing), &fd, &n);
	if (r < 0)
		return err_errno(e, "recvmsg(2) of the socket to criu");
	if (r == 0 || n == 0)
		return explain_end(c, e);
	c->sock = fd;
	return 0;
}

int criu_start(const char *program, const struct criu_setup *setup, struct criu *ret, struct err *e)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return err_errno(e, "socketpair(2)");
	autoclose int ours = ends[0], theirs = ends[1];
	pid_t pid = fork();
	if (pid < 0)
		return err_errno(e, "fork(2) for %s", program);
	if (pid == 0)
		child(program, setup, theirs);
	ret->pid = pid;
	if (fd_close_end(&theirs) < 0)
		return err_errno(e, "close criu's socket");
	int taken = take_socket(ret, ours, e);
	if (taken < 0)
		return err_ctx(e, "%s", program);
	int r = check_version(ret, e);
	return r < 0 ? err_ctx(e, "%s", program) : 0;
}

int criu_ask_features(const struct criu *c, struct criu_answer *ret, struct err *e)
{
	return ask(c, CRIU_FEATURE_CHECK, ret, e);
}

static int answer_notification(const struct criu *c, const struct criu_listener *l,
			       const struct criu_answer *a, int *fd, struct err *e)
{
	struct strbuf message autodone(strbuf) = STRBUF_INIT;
	struct err other;

	int r = l && l->notify ? l->notify(l->arg, a, take_fd(fd), e) : 0;
	criu_reply_encode(r == 0, &message);
	/* After a refusal ours is the error that counts, whatever CRIU makes of it. */
	int sent = say(c, &message, r < 0 ? &other : e);
	return r < 0 ? r : sent;
}

static int fail(enum criu_type type, const struct criu_answer *a, struct err *e)
{
	return err_set(e, EIO, "criu failed: type %s errno %d", criu_type_name(type), a->cr_errno);
}

static int converse(const struct criu *c, enum criu_type type, const struct criu_listener *l,
		    struct criu_answer *ret, struct err *e)
{
	bool refused = false;
	struct err late;
	pid_t root = 0;
	int r;

	for (;;) {
		autoclose int fd = -1;

		r = hear(c, root, -1, ret, &fd, refused ? &late : e);
		if (r < 0 || ret->type != CRIU_NOTIFY)
			break;
		int answered = answer_notification(c, l, ret, &fd, refused ? &late : e);
		refused = refused || answered < 0;
		root = type == CRIU_RESTORE && ret->pid > 0 ? ret->pid : root;
	}
	if (refused)
		return -e->code;
	if (r < 0)
		return r;
	if (ret->type != type || !ret->success)
		return fail(type, ret, e);
	return 0;
}

int criu_work(struct criu *c, enum criu_type type, const struct criu_opts *opts,
	      const struct criu_listener *l, struct criu_answer *ret, struct err *e)
{
	struct strbuf message autodone(strbuf) = STRBUF_INIT;

	*ret = (struct criu_answer){ 0 };
	int r = criu_opts_need(opts, c->version, e);
	if (r < 0)
		return r;
	criu_request_encode(type, opts, &message);
	r = say(c, &message, e);
	if (r == 0)
		r = converse(c, type, l, ret, e);
	/* After its last word it ends by itself, and without one it may be stuck. */
	if (r < 0 && type == CRIU_RESTORE && ret->type != type) {
		criu_end(c->pid);
		c->pid = 0;
	}
	return r;
}

void criu_stop(struct criu *c)
{
	if (c->sock >= 0)
		(void)close(take_fd(&c->sock));
	if (c->pid <= 0)
		return;
	autoclose int pidfd = sys_pidfd_open(c->pid, 0);
	if (pidfd < 0 || proc_wait_pidfd(pidfd, END_MS) < 0)
		criu_end(c->pid);
	else
		(void)RETRY(waitpid(c->pid, NULL, 0));
	c->pid = 0;
}
