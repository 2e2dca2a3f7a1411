/* SPDX-License-Identifier: Apache-2.0 */
#include "base/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/retry.h"
#include "base/sys.h"

#define CAPTURE_MAX	     ((size_t)64 << 10)
#define STAT_MAX	     4096
/* proc_pid_stat(5): starttime is field 22; the state, field 3, is first behind the name. */
#define STAT_FIELDS_TO_START 19
/* How long a killed helper may take to disappear; one in state D may take for ever. */
#define REAP_MS		     1500
/* Where a seccomp filter denies pidfd_open(2), the end of a helper is looked for so often. */
#define TICK_MS		     10
#define OPEN_FILES_MAX	     (1u << 20)
#define KILL_TRIES	     20
#define CLOSE_BATCH	     1024u

/* --- identity ----------------------------------------------------------------------- */

int proc_stat_parse(char *text, uint64_t *ret, char *ret_state)
{
	/* The name in brackets may itself hold brackets and blanks. */
	char *p = strrchr(text, ')');
	if (!p || p[1] != ' ' || !p[2])
		return -EBADMSG;

	char state = p[2];
	char *field = p + 2;
	for (int i = 0; field && i < STAT_FIELDS_TO_START; i++) {
		field = strchr(field, ' ');
		if (field)
			field++;
	}
	char *end = field ? strchr(field, ' ') : NULL;
	if (!end)
		return -EBADMSG;
	*end = '\0';
	if (str_to_u64(field, UINT64_MAX, ret) < 0)
		return -EBADMSG;
	if (ret_state)
		*ret_state = state;
	return 0;
}

int proc_start_time(pid_t pid, uint64_t *ret, char *ret_state)
{
	struct err ignored = { 0 };
	char path[64], text[STAT_MAX];

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	int r = file_read_once_at(AT_FDCWD, path, text, sizeof(text), &ignored);
	if (r < 0)
		return r == -ENOENT ? -ESRCH : r;
	return proc_stat_parse(text, ret, ret_state);
}

int proc_pidfd(pid_t pid, uint64_t start)
{
	uint64_t found;
	char state;

	if (pid <= 0)
		return -ESRCH;
	autoclose int fd = sys_pidfd_open(pid, 0);
	if (fd < 0)
		return -errno;

	int r = proc_start_time(pid, &found, &state);
	if (r < 0)
		return r;
	if (found != start || state == 'Z' || state == 'X')
		return -ESRCH;
	return take_fd(&fd);
}

/* --- time --------------------------------------------------------------------------- */

/* @deadline in ms, or -1 for never; the result is for poll(2). */
static int ms_left(int64_t deadline)
{
	if (deadline < 0)
		return -1;

	int64_t left = deadline - clock_ms();
	if (left < 0)
		return 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}

void proc_kill_pidfd(int pidfd)
{
	for (int try = 0; try < KILL_TRIES; try++)
		if (sys_pidfd_send_signal(pidfd, SIGKILL) == 0 || errno == ESRCH)
			return;
}

int proc_wait_pidfd(int pidfd, int timeout_ms)
{
	int64_t deadline = timeout_ms < 0 ? -1 : clock_ms() + timeout_ms;

	for (;;) {
		struct pollfd p = { .fd = pidfd, .events = POLLIN };
		int n = poll(&p, 1, ms_left(deadline));

		if (n > 0)
			return p.revents & POLLNVAL ? -EBADF : 0;
		if (n == 0)
			return -ETIMEDOUT;
		if (errno != EINTR)
			return -errno;
	}
}

/* --- a helper: the child's side ------------------------------------------------------- */

enum step { STEP_STDIO, STEP_CHDIR, STEP_EXEC };

struct failure {
	enum step step;
	int code;
};

/* What proc_run() holds while the helper runs. */
struct running {
	pid_t pid;
	int pidfd; /* -1: the kernel or a filter denies it */
	int input; /* our ends */
	int output, error;
	int report; /* ends at execve(2), or delivers a struct failure */
	size_t input_sent;
	bool ended;
	struct failure failure;
	bool has_failed;
};

/* The helper's ends. */
struct ends {
	int input, output, error, report;
};

static _Noreturn void child_fail(int report, enum step step)
{
	struct failure f = { step, errno };

	/* Nobody is left to tell when this fails; the parent then sees the exit status. */
	(void)!write(report, &f, sizeof(f));
	_exit(127);
}

/* One look at many: most are not open, and a million calls of close(2) take their time. */
static void close_open_ones(unsigned int first, unsigned int end)
{
	struct pollfd p[CLOSE_BATCH];
	nfds_t n = 0;

	for (; first + n < end && n < CLOSE_BATCH; n++)
		p[n] = (struct pollfd){ .fd = (int)(first + n) };
	bool seen = poll(p, n, 0) >= 0;
	for (nfds_t i = 0; i < n; i++)
		if (!seen || !(p[i].revents & POLLNVAL))
			(void)close(p[i].fd);
}

static int close_from(unsigned int first)
{
	struct rlimit limit;

	if (sys_close_range(first, UINT_MAX, 0) == 0)
		return 0;
	/* A seccomp filter that startContainer hooks run under. */
	if (errno != ENOSYS && errno != EPERM && errno != EACCES)
		return -errno;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur > OPEN_FILES_MAX)
		limit.rlim_cur = OPEN_FILES_MAX;
	for (unsigned int fd = first; fd < limit.rlim_cur; fd += CLOSE_BATCH)
		close_open_ones(fd, (unsigned int)limit.rlim_cur);
	return 0;
}

void proc_reset_signals(uint64_t which)
{
	struct sigaction dfl;
	sigset_t none;

	memset(&dfl, 0, sizeof(dfl));
	dfl.sa_handler = SIG_DFL;
	for (int sig = 1; sig <= SIGRTMAX; sig++)
		if (which & 1ULL << (sig - 1))
			(void)sigaction(sig, &dfl, NULL); /* EINVAL for KILL, STOP and libc's own */
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void child_run(const struct proc_helper *h, const struct ends *child)
{
	const int report = STDERR_FILENO + 1;
	char *const *envp =
		(char *const *)(uintptr_t)(h->envp ? h->envp : (const char *const *)environ);

	proc_reset_signals(UINT64_MAX);
	(void)setpgid(0, 0);
	/* Each of the ends is above 3 (see make_pipe()), so no dup overwrites another. */
	if (dup2(child->input, STDIN_FILENO) < 0 || dup2(child->output, STDOUT_FILENO) < 0 ||
	    dup2(child->error, STDERR_FILENO) < 0)
		child_fail(child->report, STEP_STDIO);
	if (dup3(child->report, report, O_CLOEXEC) < 0)
		child_fail(child->report, STEP_STDIO);
	if (close_from((unsigned int)report + 1) < 0)
		child_fail(report, STEP_STDIO);
	if (h->cwd && chdir(h->cwd) < 0)
		child_fail(report, STEP_CHDIR);
	(void)execve(h->path, (char *const *)(uintptr_t)h->argv, envp);
	child_fail(report, STEP_EXEC);
}

/* --- a helper: the parent's side ------------------------------------------------------ */

/* Moves a descriptor above the four that the child lays out; it stays close-on-exec. */
static int raise_fd(int *fd)
{
	if (*fd > STDERR_FILENO + 1)
		return 0;

	int up = fcntl(*fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 2);
	if (up < 0)
		return -errno;
	(void)close(*fd);
	*fd = up;
	return 0;
}

static int set_nonblock(int fd)
{
	return fcntl(fd, F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

/* @ours gets the end that stays: the reading one unless @we_write. */
static int make_pipe(int *ours, int *theirs, bool we_write)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	*ours = fds[we_write];
	*theirs = fds[!we_write];

	int r = raise_fd(theirs);
	return r < 0 ? r : set_nonblock(*ours);
}

/* A pipe that we read, or a copy of the descriptor that is there. */
static int make_output(int given, int *ours, int *theirs)
{
	if (given <= 0)
		return make_pipe(ours, theirs, false);
	*theirs = fcntl(given, F_DUPFD_CLOEXEC, STDERR_FILENO + 2);
	return *theirs < 0 ? -errno : 0;
}

static int make_pipes(const struct proc_helper *h, struct running *run, struct ends *child,
		      struct err *e)
{
	int r;

	if (h->input) {
		r = make_pipe(&run->input, &child->input, true);
	} else {
		child->input = RETRY(open("/dev/null", O_RDONLY | O_CLOEXEC));
		r = child->input < 0 ? -errno : raise_fd(&child->input);
	}
	if (r < 0) {
		errno = -r;
		return err_errno(e, "standard input of %s", h->path);
	}
	r = make_output(h->out_fd, &run->output, &child->output);
	if (r == 0)
		r = make_output(h->err_fd, &run->error, &child->error);
	if (r == 0)
		r = make_pipe(&run->report, &child->report, false);
	if (r < 0) {
		errno = -r;
		return err_errno(e, "pipe2(2) for %s", h->path);
	}
	return 0;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

static void ends_done(struct ends *c)
{
	close_fd(&c->input);
	close_fd(&c->output);
	close_fd(&c->error);
	close_fd(&c->report);
}

static void running_done(struct running *run)
{
	close_fd(&run->pidfd);
	close_fd(&run->input);
	close_fd(&run->output);
	close_fd(&run->error);
	close_fd(&run->report);
}

/* Appends what can be read now; closes the pipe at its end. At most @rounds reads. */
static void pump_output(int *fd, struct strbuf *out, int rounds)
{
	char chunk[4096];

	for (int i = 0; *fd >= 0 && i < rounds; i++) {
		ssize_t n = read(*fd, chunk, sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			close_fd(fd);
			return;
		}
		size_t room = CAPTURE_MAX - out->len;
		strbuf_add(out, chunk, (size_t)n < room ? (size_t)n : room);
	}
}

static void pump_input(const struct proc_helper *h, struct running *run)
{
	ssize_t n = write(run->input, h->input + run->input_sent, h->input_len - run->input_sent);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	/* EPIPE: the helper does not care for its input, which is its right. */
	if (n < 0 || (run->input_sent += (size_t)n) == h->input_len)
		close_fd(&run->input);
}

static void read_report(struct running *run)
{
	ssize_t n = read(run->report, &run->failure, sizeof(run->failure));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	run->has_failed = n == (ssize_t)sizeof(run->failure);
	close_fd(&run->report);
}

static void look_for_end(struct running *run)
{
	siginfo_t info = { 0 };

	if (RETRY(waitid(P_PID, (id_t)run->pid, &info, WEXITED | WNOHANG | WNOWAIT)) < 0)
		run->ended = errno == ECHILD;
	else
		run->ended = info.si_pid == run->pid;
}

/* One turn of the loop. Return: 0, -ETIMEDOUT when @deadline has passed, or poll(2)'s error. */
static int turn(const struct proc_helper *h, struct running *run, struct proc_result *ret,
		int64_t deadline)
{
	struct pollfd p[] = {
		{ .fd = run->pidfd, .events = POLLIN },	 { .fd = run->report, .events = POLLIN },
		{ .fd = run->input, .events = POLLOUT }, { .fd = run->output, .events = POLLIN },
		{ .fd = run->error, .events = POLLIN },
	};
	int left = ms_left(deadline);
	int wait = run->pidfd < 0 && (left < 0 || left > TICK_MS) ? TICK_MS : left;

	if (poll(p, ARRAY_SIZE(p), wait) < 0)
		return errno == EINTR ? 0 : -errno;
	if (p[1].revents)
		read_report(run);
	if (p[2].revents)
		pump_input(h, run);
	if (p[3].revents)
		pump_output(&run->output, &ret->out, 1);
	if (p[4].revents)
		pump_output(&run->error, &ret->err, 1);
	if (run->pidfd < 0)
		look_for_end(run);
	else
		run->ended = p[0].revents != 0;
	return !run->ended && ms_left(deadline) == 0 ? -ETIMEDOUT : 0;
}

/* The group's leader is not reaped yet, so its number cannot belong to another group. */
static void kill_group(const struct running *run)
{
	(void)kill(-run->pid, SIGKILL);
	(void)kill(run->pid, SIGKILL);
}

/* Bounded: a process in uninterruptible sleep stays until its device answers. */
static void wait_killed(struct running *run)
{
	int64_t deadline = clock_ms() + REAP_MS;

	look_for_end(run);
	while (!run->ended && ms_left(deadline) > 0) {
		struct pollfd p = { .fd = run->pidfd, .events = POLLIN };

		(void)poll(&p, 1, TICK_MS);
		look_for_end(run);
	}
}

static int reap(const struct running *run, struct proc_result *ret, struct err *e)
{
	pid_t n;

	do
		n = waitpid(run->pid, &ret->status, ret->timed_out ? WNOHANG : 0);
	while (n < 0 && errno == EINTR);
	return n < 0 ? err_errno(e, "waitpid(2)") : 0;
}

static int attend(const struct proc_helper *h, struct running *run, struct proc_result *ret,
		  struct err *e)
{
	int64_t deadline = h->timeout_ms > 0 ? clock_ms() + h->timeout_ms : -1;
	int r = 0;

	if (run->input >= 0 && h->input_len == 0)
		close_fd(&run->input);
	while (r == 0 && !run->ended)
		r = turn(h, run, ret, deadline);
	if (r < 0) {
		kill_group(run);
		ret->timed_out = true;
		wait_killed(run);
	}
	/* What a pipe holds at most, is there; more comes from stragglers. */
	pump_output(&run->output, &ret->out, (1 << 20) / 4096);
	pump_output(&run->error, &ret->err, (1 << 20) / 4096);
	if (run->report >= 0)
		read_report(run);
	if (r < 0 && r != -ETIMEDOUT) {
		(void)reap(run, ret, e);
		errno = -r;
		return err_errno(e, "poll(2) for %s", h->path);
	}
	return reap(run, ret, e);
}

static int failure_error(const struct proc_helper *h, const struct failure *f, struct err *e)
{
	errno = f->code;
	switch (f->step) {
	case STEP_STDIO:
		return err_errno(e, "standard files of %s", h->path);
	case STEP_CHDIR:
		return err_errno(e, "fork/exec %s: chdir %s", h->path, h->cwd);
	case STEP_EXEC:
		break;
	}
	return err_errno(e, "fork/exec %s", h->path);
}

static int start(const struct proc_helper *h, struct running *run, struct proc_result *ret,
		 struct err *e)
{
	__attribute__((cleanup(ends_done))) struct ends child = { -1, -1, -1, -1 };

	int r = make_pipes(h, run, &child, e);
	if (r < 0)
		return r;
	/* fork(2), not clone3(2), which Docker's seccomp profile denies to startContainer hooks. */
	run->pid = fork();
	if (run->pid < 0)
		return err_errno(e, "fork(2) for %s", h->path);
	if (run->pid == 0)
		child_run(h, &child);
	/* Both sides do it, so that the group exists whichever runs first. EACCES: it exec'd. */
	(void)setpgid(run->pid, run->pid);
	/* Our child stays a zombie until we reap it: its number is still its own here. */
	run->pidfd = sys_pidfd_open(run->pid, 0);
	ends_done(&child);

	r = attend(h, run, ret, e);
	if (r == 0 && run->has_failed)
		r = failure_error(h, &run->failure, e);
	return r;
}

/*
 * Writing into a pipe that nobody reads raises SIGPIPE, and pipes have no MSG_NOSIGNAL. The
 * signal goes to the writing thread, so holding it back and taking it is enough.
 */
static void take_sigpipe(const sigset_t *sigpipe)
{
	const struct timespec at_once = { 0, 0 };
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction old;
	sigset_t pending;

	if (sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 0)
		return;
	if (sigtimedwait(sigpipe, NULL, &at_once) >= 0 || errno == EAGAIN)
		return;
	/* What is ignored is no longer pending. */
	if (sigaction(SIGPIPE, &ignore, &old) == 0)
		(void)sigaction(SIGPIPE, &old, NULL);
}

int proc_run(const struct proc_helper *h, struct proc_result *ret, struct err *e)
{
	__attribute__((cleanup(running_done))) struct running run = {
		.pid = -1,
		.pidfd = -1,
		.input = -1,
		.output = -1,
		.error = -1,
		.report = -1,
	};
	sigset_t sigpipe, old, before;

	*ret = (struct proc_result){ 0, false, STRBUF_INIT, STRBUF_INIT };
	(void)sigemptyset(&sigpipe);
	(void)sigaddset(&sigpipe, SIGPIPE);
	if (sigpending(&before) < 0)
		(void)sigemptyset(&before);
	if (sigprocmask(SIG_BLOCK, &sigpipe, &old) < 0)
		return err_errno(e, "sigprocmask(2)");

	int r = start(h, &run, ret, e);
	if (sigismember(&before, SIGPIPE) == 0)
		take_sigpipe(&sigpipe);
	/* The program that init executes would inherit it. */
	if (sigprocmask(SIG_SETMASK, &old, NULL) < 0 && r == 0)
		r = err_errno(e, "sigprocmask(2)");
	return r;
}

void proc_result_done(struct proc_result *r)
{
	strbuf_done(&r->out);
	strbuf_done(&r->err);
}
