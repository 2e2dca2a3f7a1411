/* SPDX-License-Identifier: Apache-2.0 */
#include "criu/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/retry.h"
#include "base/str.h"

#define TICK_MS	     1000
#define STUCK_TICKS  5
#define STAT_FLAGS   6 /* proc_pid_stat(5): flags is field 9, the seventh behind the name */
#define FLAG_EXITING 0x4
#define CHILDREN_MAX 4096

static const struct {
	int number;
	const char *name;
} ending[] = {
	{ SIGHUP, "SIGHUP" },
	{ SIGINT, "SIGINT" },
	{ SIGQUIT, "SIGQUIT" },
	{ SIGTERM, "SIGTERM" },
};

/* A blocked signal waits even when it is ignored, so those of nohup(1) are left out. */
static void choose(sigset_t *set)
{
	(void)sigemptyset(set);
	for (size_t i = 0; i < ARRAY_SIZE(ending); i++) {
		struct sigaction now;

		if (sigaction(ending[i].number, NULL, &now) == 0 && now.sa_handler != SIG_IGN)
			(void)sigaddset(set, ending[i].number);
	}
}

static int interrupted(int signal_fd, struct err *e)
{
	struct signalfd_siginfo info;
	const char *name = "a signal";

	if (RETRY(read(signal_fd, &info, sizeof(info))) != (ssize_t)sizeof(info))
		return 0; /* taken by another */
	for (size_t i = 0; i < ARRAY_SIZE(ending); i++)
		if ((int)info.ssi_signo == ending[i].number)
			name = ending[i].name;
	return err_set(e, EINTR, "interrupted by %s", name);
}

/* The number at the beginning of @*at, which moves behind it and the blank; cuts the text. */
static uint64_t next_number(char **at)
{
	char *end = *at + strcspn(*at, " \n");
	uint64_t v = 0;

	bool is_last = *end == '\0';
	*end = '\0';
	if (str_to_u64(*at, UINT64_MAX, &v) < 0)
		v = 0;
	*at = is_last ? end : end + 1;
	return v;
}

static bool is_ending(pid_t pid)
{
	char path[32], text[1024];
	struct err ignored;

	if (pid <= 0)
		return false;
	(void)snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	if (file_read_once_at(AT_FDCWD, path, text, sizeof(text), &ignored) <= 0)
		return false;
	char *at = strrchr(text, ')');
	for (int i = 0; at && i <= STAT_FLAGS; i++)
		at = strchr(at + 1, ' ');
	if (!at)
		return false;
	at++;
	return next_number(&at) & FLAG_EXITING;
}

/* One tick. Return: 1: CRIU says something, 0, or negative errno. */
static int look(int sock, int signal_fd, struct err *e)
{
	struct pollfd p[] = { { .fd = sock, .events = POLLIN },
			      { .fd = signal_fd, .events = POLLIN } };

	if (poll(p, ARRAY_SIZE(p), TICK_MS) < 0)
		return errno == EINTR ? 0 : err_errno(e, "poll(2)");
	if (p[0].revents)
		return 1;
	return p[1].revents ? interrupted(signal_fd, e) : 0;
}

static int wait_by(int sock, int signal_fd, pid_t root, int limit_ms, struct err *e)
{
	for (int waited = 0, stuck = 0;;) {
		int r = look(sock, signal_fd, e);

		if (r != 0)
			return r < 0 ? r : 0;
		waited += TICK_MS;
		stuck = is_ending(root) ? stuck + 1 : 0;
		if (stuck >= STUCK_TICKS)
			return err_set(e, EIO,
				       "criu failed and waits for what it has restored, which "
				       "waits for criu");
		if (limit_ms >= 0 && waited >= limit_ms)
			return err_set(e, ETIMEDOUT, "criu says nothing for %d s", limit_ms / 1000);
	}
}

int criu_wait(int sock, pid_t root, int limit_ms, struct err *e)
{
	sigset_t set, old;

	choose(&set);
	autoclose int signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signal_fd < 0)
		return err_errno(e, "signalfd(2)");
	if (sigprocmask(SIG_BLOCK, &set, &old) < 0)
		return err_errno(e, "sigprocmask(2)");
	int r = wait_by(sock, signal_fd, root, limit_ms, e);
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
	return r;
}

/* The parent stands still, so that none of them is reaped and no number is another's by now. */
static void kill_children(pid_t parent)
{
	char path[64], text[CHILDREN_MAX];
	struct err ignored;

	(void)snprintf(path, sizeof(path), "/proc/%ld/task/%ld/children", (long)parent,
		       (long)parent);
	if (file_read_once_at(AT_FDCWD, path, text, sizeof(text), &ignored) <= 0)
		return;
	for (char *at = text;;) {
		uint64_t pid = next_number(&at);

		if (pid <= 1 || pid > INT32_MAX)
			return;
		(void)kill((pid_t)pid, SIGKILL);
	}
}

void criu_end(pid_t pid)
{
	(void)kill(pid, SIGSTOP);
	kill_children(pid);
	(void)kill(pid, SIGKILL);
	(void)RETRY(waitpid(pid, NULL, 0));
}
