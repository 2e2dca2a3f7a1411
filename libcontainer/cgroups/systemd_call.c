/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/systemd_call.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "cgroups/fs.h"

#define CHILD_TIMEOUT_MS 40000 /* more than all calls of one connection may take */

static int ask(struct sd_bus *bus, struct sd_call *c, struct err *e)
{
	autodone(arena) struct arena a = ARENA_INIT;
	const char *where = "";
	int r = 0;

	switch (c->verb) {
	case SD_START:
		return sd_bus_start(bus, c->unit, c->p, e);
	case SD_SET:
		return sd_bus_set(bus, c->unit->name, c->p, e);
	case SD_STOP:
		return sd_bus_stop(bus, c->unit->name, e);
	case SD_ATTACH:
		return sd_bus_attach(bus, c->unit->name, c->sub, c->pid, e);
	case SD_WHERE:
		r = sd_bus_manager_cgroup(bus, &a, &where, e);
		if (r == 0 && strlen(where) >= sizeof(c->where))
			return err_set(e, ENAMETOOLONG, "the manager's ControlGroup is too long");
		if (r == 0)
			(void)snprintf(c->where, sizeof(c->where), "%s", where);
	}
	return r;
}

bool sd_call_is_foreign(bool user, uid_t *ret_outside)
{
	autodone(strbuf) struct strbuf map = STRBUF_INIT;
	unsigned int inside, outside, count;
	const uid_t euid = geteuid();
	struct err ignored;
	int used;

	if (!user || file_read_at(AT_FDCWD, "/proc/self/uid_map", 0, &map, &ignored) < 0)
		return false;
	for (const char *p = strbuf_str(&map);
	     sscanf(p, "%u %u %u%n", &inside, &outside, &count, &used) == 3; p += used) {
		if (euid < inside || euid - inside >= count)
			continue;
		*ret_outside = outside + (euid - inside);
		return *ret_outside != euid;
	}
	return false;
}

/* --- the child ---------------------------------------------------------------------------- */

struct answer {
	int r;
	struct err e;
	char where[PATH_MAX];
};

/* The kernel shows our user by the id the bus knows; now geteuid(2), which libdbus asks, does so. */
static int become(uid_t outside, struct err *e)
{
	char map[64];
	const uid_t euid = geteuid();

	if (unshare(CLONE_NEWUSER) < 0)
		return err_errno(e, "ask systemd as user %u: unshare(2)", outside);
	(void)snprintf(map, sizeof(map), "%u %u 1\n", outside, euid);
	int r = file_write_at(AT_FDCWD, "/proc/self/uid_map", map, e);
	return r < 0 ? err_ctx(e, "ask systemd as user %u", outside) : 0;
}

static _Noreturn void child(int fd, uid_t outside, struct sd_call *c)
{
	struct sd_bus *bus = NULL;
	struct answer a = { 0 };

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	a.r = become(outside, &a.e);
	if (a.r == 0)
		a.r = sd_bus_open(c->user, &bus, &a.e);
	if (a.r == 0)
		a.r = ask(bus, c, &a.e);
	(void)snprintf(a.where, sizeof(a.where), "%s", c->where);
	_exit(fd_write_all(fd, &a, sizeof(a)) < 0);
}

static int read_answer(int fd, struct answer *a)
{
	const int64_t deadline = clock_ms() + CHILD_TIMEOUT_MS;
	size_t got = 0;

	while (got < sizeof(*a)) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int64_t left = deadline - clock_ms();

		if (left <= 0)
			return -ETIMEDOUT;
		if (poll(&p, 1, (int)left) <= 0)
			continue;
		ssize_t n = read(fd, (char *)a + got, sizeof(*a) - got);
		if (n == 0)
			return -ECHILD;
		if (n < 0 && errno != EINTR)
			return -errno;
		got += n < 0 ? 0 : (size_t)n;
	}
	return 0;
}

static int call_by_child(uid_t outside, struct sd_call *c, struct err *e)
{
	struct answer a = { 0 };
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_errno(e, "pipe2(2)");
	pid_t pid = fork();
	if (pid == 0)
		child(ends[1], outside, c);
	(void)close(ends[1]);
	int r = pid < 0 ? err_errno(e, "fork(2)") : read_answer(ends[0], &a);
	(void)close(ends[0]);
	if (pid < 0)
		return r;
	(void)kill(pid, SIGKILL); /* our own unreaped child; it has said what it had to say */
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (r < 0)
		return err_set(e, -r, "ask systemd as user %u: %s", outside, errno_text(-r));
	(void)snprintf(c->where, sizeof(c->where), "%s", a.where);
	if (a.r < 0)
		*e = a.e;
	return a.r;
}

int sd_call(struct sd_bus **bus, struct sd_call *c, struct err *e)
{
	uid_t outside;

	if (sd_call_is_foreign(c->user, &outside))
		return call_by_child(outside, c, e);
	int r = *bus ? 0 : sd_bus_open(c->user, bus, e);
	return r < 0 ? r : ask(*bus, c, e);
}
