/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/clock.h"
#include "cgroups/cgroup.h"
#include "cgroups/fs.h"
#include "cgroups/settings.h"

#define FREEZE_TIMEOUT_MS 2000

static const struct plan_cgroup_dir *freezer_of(const struct cgroup *cg)
{
	const struct plan_cgroup_dir *dir = cg_dir_of(cg->at, "freezer");

	return dir ? dir : cg_v2_dir(cg->at);
}

static int state_is(int fd, const char *state)
{
	autodone(strbuf) struct strbuf now = STRBUF_INIT;
	int r = cg_read(fd, "freezer.state", &now);

	return r < 0 ? r : cg_has_word(strbuf_str(&now), state);
}

/*
 * v1 has no event for it, and a process that forks meanwhile can keep it FREEZING: the word
 * is written again each time, with growing pauses.
 */
static int set_state(int fd, const char *state)
{
	int64_t deadline = clock_ms() + FREEZE_TIMEOUT_MS;

	for (int64_t pause = 0;; pause = pause ? pause * 2 : 1) {
		int r = cg_write(fd, "freezer.state", state);
		if (r == 0)
			r = state_is(fd, state);
		if (r != 0)
			return r < 0 ? r : 0;
		if (clock_ms() >= deadline)
			return -ETIMEDOUT;
		cg_sleep_ms(pause > 50 ? 50 : pause);
	}
}

static int set_v2(int fd, bool frozen)
{
	int r = cg_write(fd, "cgroup.freeze", frozen ? "1" : "0");

	return r < 0 ? r : cg_wait_event(fd, "frozen", frozen, clock_ms() + FREEZE_TIMEOUT_MS);
}

int cgroup_freeze(const struct cgroup *cg, bool frozen, struct err *e)
{
	const struct plan_cgroup_dir *dir = freezer_of(cg);
	const char *verb = frozen ? "freeze" : "thaw";

	if (!dir)
		return err_set(e, ENOTSUP, "cannot %s: no freezer cgroup is mounted", verb);
	autoclose int fd = cg_open(dir, e);
	if (fd < 0)
		return err_ctx(e, "cannot %s", verb);
	int r = dir->is_v2 ? set_v2(fd, frozen) : set_state(fd, frozen ? "FROZEN" : "THAWED");
	if (r == 0)
		return 0;
	if (frozen) { /* half frozen is neither paused nor running; the first error is told */
		int undo = cg_write(fd, dir->is_v2 ? "cgroup.freeze" : "freezer.state",
				    dir->is_v2 ? "0" : "THAWED");
		if (undo < 0)
			log_debug(cg->log, "thaw %s: %s", dir->path, errno_text(-undo));
	}
	errno = -r;
	(void)err_errno(e, "%s %s", verb, dir->path);
	return r == -ETIMEDOUT && !frozen ? err_append(e, "a cgroup above may be frozen") : r;
}

int cgroup_is_frozen(const struct cgroup *cg, struct err *e)
{
	const struct plan_cgroup_dir *dir = freezer_of(cg);

	if (!dir)
		return 0;
	autoclose int fd = cg_open(dir, e);
	if (fd < 0)
		return cg_is_gone(fd) ? 0 : fd;
	int r = dir->is_v2 ? cg_event(fd, "frozen") : state_is(fd, "FROZEN");
	if (cg_is_gone(r) || r == -ENODATA)
		return 0; /* the cgroup went, or a kernel without v2 freezer */
	if (r < 0) {
		errno = -r;
		return err_errno(e, "read freezer state of %s", dir->path);
	}
	return r;
}

static int thaw_visit(void *arg, int fd, struct err *e)
{
	const struct cgroup *cg = arg;
	int r = cg_write(fd, "freezer.state", "THAWED");

	(void)e;
	if (r < 0 && !cg_is_gone(r))
		log_debug(cg->log, "thaw: %s", errno_text(-r));
	return 0;
}

/* SIGKILL wakes whom v2 froze, but not whom v1 did. */
void cg_thaw_all(const struct cgroup *cg)
{
	const struct plan_cgroup_dir *dir = cg_dir_of(cg->at, "freezer");
	struct cgroup copy = *cg;
	struct err e;

	if (!dir)
		return;
	autoclose int fd = cg_open(dir, &e);
	if (fd < 0)
		return;
	if (cg_walk(fd, &(struct cg_walker){ thaw_visit, NULL, &copy }, &e) < 0)
		log_debug(cg->log, "thaw %s: %s", dir->path, e.text);
}
