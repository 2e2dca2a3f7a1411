/* SPDX-License-Identifier: Apache-2.0 */
#include "console/console.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/retry.h"
#include "base/sys.h"

#define BUFFER_SIZE 4096
/* After POLLOUT a pipe takes so much without blocking: pipe(7). */
#define WRITE_MAX   ((size_t)PIPE_BUF)
#define DRAIN_MS    1000
/* How soon a terminal is tried again that nobody has open in the container, or that is
 * denied to us while we are a background job. */
#define REST_MS	    100

struct buffer {
	char data[BUFFER_SIZE];
	size_t start, end;
};

struct loop {
	struct console_relay *relay;	  /* NULL: no terminal */
	const struct console_relay *also; /* whose watch is to be kept, or NULL */
	int master, pidfd, signals;
	pid_t pid;
	int in, out;		     /* -1: ended */
	bool master_rests, in_rests; /* EIO: not polled until the next rest is over */
	bool ended;
	struct buffer to_container, to_caller;
};

enum { AT_SIGNALS, AT_PIDFD, AT_IN, AT_MASTER, AT_OUT, AT_WATCH, AT_COUNT };

/* --- buffers ------------------------------------------------------------------------- */

static bool is_empty(const struct buffer *b)
{
	return b->start == b->end;
}

static bool has_room(const struct buffer *b)
{
	return b->end < BUFFER_SIZE;
}

/* Return: as read(2), EINTR hidden as EAGAIN. */
static ssize_t fill(struct buffer *b, int fd)
{
	ssize_t n = read(fd, b->data + b->end, BUFFER_SIZE - b->end);

	if (n > 0)
		b->end += (size_t)n;
	if (n < 0 && errno == EINTR)
		errno = EAGAIN;
	return n;
}

/* Return: 0, or -1 when the reader is gone; what could not be written stays. */
static int drain(struct buffer *b, int fd)
{
	size_t len = b->end - b->start;
	ssize_t n = write(fd, b->data + b->start, len < WRITE_MAX ? len : WRITE_MAX);

	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : -1;
	b->start += (size_t)n;
	if (is_empty(b)) {
		b->start = b->end = 0;
	} else if (!has_room(b)) {
		memmove(b->data, b->data + b->start, b->end - b->start);
		b->end -= b->start;
		b->start = 0;
	}
	return 0;
}

/* --- bytes --------------------------------------------------------------------------- */

static void read_caller(struct loop *l)
{
	ssize_t n = fill(&l->to_container, l->in);

	if (n > 0 || (n < 0 && errno == EAGAIN))
		return;
	if (n < 0 && errno == EIO)
		l->in_rests = true; /* a background job may not read: tty_ioctl(4) */
	else
		l->in = -1;
}

static void read_master(struct loop *l)
{
	ssize_t n = fill(&l->to_caller, l->master);

	/* EIO: nobody has the terminal open now. systemd in a container comes back to it. */
	if (n == 0 || (n < 0 && errno != EAGAIN))
		l->master_rests = true;
}

static void write_caller(struct loop *l)
{
	if (l->out < 0)
		l->to_caller.start = l->to_caller.end = 0;
	else if (drain(&l->to_caller, l->out) < 0)
		l->out = -1;
}

static void write_master(struct loop *l)
{
	if (drain(&l->to_container, l->master) < 0) {
		l->to_container.start = l->to_container.end = 0;
		l->master_rests = true;
	}
}

/* --- signals ------------------------------------------------------------------------- */

/* Orphans of the container that came to us as subreaper; never the process itself. */
static void reap_strangers(pid_t pid)
{
	for (;;) {
		siginfo_t info = { 0 };

		if (RETRY(waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT)) < 0 ||
		    info.si_pid == 0 || info.si_pid == pid)
			return;
		(void)waitpid(info.si_pid, NULL, WNOHANG);
	}
}

static bool is_end(int code)
{
	return code == CLD_EXITED || code == CLD_KILLED || code == CLD_DUMPED;
}

static void take_signal(struct loop *l, const struct signalfd_siginfo *info)
{
	int sig = (int)info->ssi_signo;

	if (sig == SIGCHLD && info->ssi_pid == (uint32_t)l->pid && is_end(info->ssi_code)) {
		l->ended = true; /* strangers are looked for when it is reaped */
		return;
	}
	if (sig == SIGCHLD) {
		reap_strangers(l->pid);
		return;
	}
	/* Our own write(2) to a closed pipe; EPIPE has told us. */
	if (sig == SIGPIPE && info->ssi_pid == (uint32_t)getpid())
		return;
	if (sig == SIGWINCH && l->relay) {
		console_relay_resize(l->relay, l->master);
		return;
	}
	/* ESRCH: it has just ended, which the next turn sees. */
	(void)sys_pidfd_send_signal(l->pidfd, sig);
}

static void read_signals(struct loop *l)
{
	struct signalfd_siginfo info;

	while (!l->ended && read(l->signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
		take_signal(l, &info);
}

/* --- the loop ------------------------------------------------------------------------ */

static void add_relay_polls(const struct loop *l, struct pollfd *p)
{
	bool may_read_master = has_room(&l->to_caller) && !l->master_rests;
	bool may_write_master = !is_empty(&l->to_container) && !l->master_rests;

	if (l->in >= 0 && !l->in_rests && !l->ended && has_room(&l->to_container))
		p[AT_IN] = (struct pollfd){ .fd = l->in, .events = POLLIN };
	/* A descriptor without events would still report a hang-up, again and again. */
	if (may_read_master || may_write_master)
		p[AT_MASTER] = (struct pollfd){
			.fd = l->master,
			.events = (short)((may_read_master ? POLLIN : 0) |
					  (may_write_master ? POLLOUT : 0)),
		};
	if (!is_empty(&l->to_caller) && l->out >= 0)
		p[AT_OUT] = (struct pollfd){ .fd = l->out, .events = POLLOUT };
}

/* One turn; @timeout_ms -1: for ever. Return: poll(2)'s count, or -errno. */
static int turn(struct loop *l, int timeout_ms)
{
	struct pollfd p[AT_COUNT] = {
		[AT_SIGNALS] = { .fd = l->ended ? -1 : l->signals, .events = POLLIN },
		[AT_PIDFD] = { .fd = l->ended ? -1 : l->pidfd, .events = POLLIN },
		[AT_IN] = { .fd = -1 },
		[AT_MASTER] = { .fd = -1 },
		[AT_OUT] = { .fd = -1 },
		[AT_WATCH] = { .fd = l->also ? l->also->watch_fd : -1, .events = POLLIN },
	};

	if (l->relay)
		add_relay_polls(l, p);
	int n = poll(p, AT_COUNT, timeout_ms);
	if (n < 0)
		return errno == EINTR ? 1 : -errno;
	if (p[AT_SIGNALS].revents)
		read_signals(l);
	if (p[AT_WATCH].revents)
		l->also->watch(l->also->watch_arg);
	if (p[AT_OUT].revents)
		write_caller(l);
	if ((p[AT_MASTER].revents & (POLLIN | POLLHUP | POLLERR)) && has_room(&l->to_caller))
		read_master(l);
	if ((p[AT_MASTER].revents & POLLOUT) && !l->master_rests)
		write_master(l);
	if (p[AT_IN].revents)
		read_caller(l);
	if (l->out < 0)
		write_caller(l);
	if (p[AT_PIDFD].revents)
		l->ended = true;
	return n;
}

static int run_until_end(struct loop *l, struct err *e)
{
	while (!l->ended) {
		bool rests = l->relay && (l->master_rests || l->in_rests);
		int n = turn(l, rests ? REST_MS : -1);

		if (n < 0) {
			errno = -n;
			return err_errno(e, "poll(2)");
		}
		if (n == 0)
			l->master_rests = l->in_rests = false;
	}
	return 0;
}

/* What the process wrote before it ended, as far as the caller takes it in time. */
static void flush_rest(struct loop *l)
{
	int64_t deadline = clock_ms() + DRAIN_MS;

	l->master_rests = false;
	l->to_container.start = l->to_container.end = 0;
	for (;;) {
		/* With nothing to write, nothing can come any more that is not there now. */
		int64_t left = is_empty(&l->to_caller) ? 0 : deadline - clock_ms();

		if (left < 0 || turn(l, (int)left) <= 0)
			return;
		if (l->master_rests && is_empty(&l->to_caller))
			return;
		if (clock_ms() > deadline)
			return;
	}
}

/* Is @fd the terminal that @tty_fd is? Then @tty_fd, which does not block, takes its place. */
static int own_file_of(int fd, int tty_fd)
{
	unsigned int a, b;

	if (ioctl(fd, TIOCGDEV, &a) == 0 && ioctl(tty_fd, TIOCGDEV, &b) == 0 && a == b)
		return tty_fd;
	return fd;
}

static int prepare(struct loop *l, struct err *e)
{
	int flags = fcntl(l->master, F_GETFL);

	if (flags < 0 || fcntl(l->master, F_SETFL, flags | O_NONBLOCK) < 0)
		return err_errno(e, "terminal: fcntl(2)");
	l->in = own_file_of(STDIN_FILENO, l->relay->tty_fd);
	l->out = own_file_of(STDOUT_FILENO, l->relay->tty_fd);
	return 0;
}

int console_run(struct console_relay *c, int master_fd, int pidfd, pid_t pid, int signal_fd,
		int *ret_status, struct err *e)
{
	struct loop l = {
		.relay = master_fd >= 0 ? c : NULL,
		.also = c,
		.master = master_fd,
		.pidfd = pidfd,
		.signals = signal_fd,
		.pid = pid,
		.in = -1,
		.out = -1,
	};
	pid_t n;

	if (l.relay) {
		int r = prepare(&l, e);

		if (r < 0)
			return r;
	}
	int r = run_until_end(&l, e);
	if (r < 0)
		return r;
	if (l.relay)
		flush_rest(&l);
	do
		n = waitpid(pid, ret_status, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_errno(e, "waitpid(2)");
	reap_strangers(pid);
	return 0;
}
