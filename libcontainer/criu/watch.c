/* SPDX-License-Identifier: Apache-2.0 */
#include "criu/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/retry.h"
#include "base/str.h"

#define TICK_MS	     1000
#define STUCK_TICKS  5
#define STAT_FLAGS   7 /* proc_pid_stat(5): flags is field 9, the seventh behind the name */
#define FLAG_EXITING 0x4
#define CHILDREN_MAX 4096

/* The number that begins at @*at, which moves behind it and the blank; cuts the text. */
static uint64_t next_number(char **at)
{
	char *end = *at + strcspn(*at, " \n");
	bool is_last = *end == '\0';
	uint64_t v = 0;

	*end = '\0';
	if (str_to_u64(*at, UINT64_MAX, &v) < 0)
		v = 0;
	*at = is_last ? end : end + 1;
	return v;
}

/* A zombie, too; and a first process of a pid namespace that waits for the others in it. */
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
	for (int i = 0; at && i < STAT_FLAGS; i++)
		at = strchr(at + 1, ' ');
	if (!at)
		return false;
	at++;
	return next_number(&at) & FLAG_EXITING;
}

int criu_wait(int sock, pid_t root, int limit_ms, struct err *e)
{
	struct pollfd p = { .fd = sock, .events = POLLIN };

	for (int waited = 0, stuck = 0;;) {
		int n = poll(&p, 1, TICK_MS);

		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return err_errno(e, "criu: poll(2)");
		if (n < 0)
			continue;
		waited += TICK_MS;
		stuck = is_ending(root) ? stuck + 1 : 0;
		if (stuck >= STUCK_TICKS)
			return err_set(e, EIO,
				       "what criu restores was ended, and criu says nothing");
		if (limit_ms >= 0 && waited >= limit_ms)
			return err_set(e, ETIMEDOUT, "criu says nothing for %d s", limit_ms / 1000);
	}
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
