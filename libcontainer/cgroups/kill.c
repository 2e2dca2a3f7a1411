/* SPDX-License-Identifier: Apache-2.0 */
#include <poll.h>
#include <signal.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/sys.h"
#include "cgroups/cgroup.h"
#include "cgroups/fs.h"
#include "cgroups/settings.h"

#define KILL_PASSES 100
#define BATCH	    32 /* pidfds open at once */

struct pid_list {
	pid_t *v;
	size_t n, cap;
};

static void pid_list_done(struct pid_list *l)
{
	free(l->v);
}

static void add_pid(struct pid_list *l, pid_t pid)
{
	if (l->n == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 64;
		l->v = mem_grow(l->v, l->cap, sizeof(*l->v));
	}
	l->v[l->n++] = pid;
}

static int compare(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

	return (x > y) - (x < y);
}

static void sort_unique(struct pid_list *l)
{
	size_t kept = 0;

	if (l->n)
		qsort(l->v, l->n, sizeof(*l->v), compare);
	for (size_t i = 0; i < l->n; i++)
		if (!kept || l->v[i] != l->v[kept - 1])
			l->v[kept++] = l->v[i];
	l->n = kept;
}

static bool has_pid(const struct pid_list *l, pid_t pid)
{
	return l->n && bsearch(&pid, l->v, l->n, sizeof(*l->v), compare);
}

static int read_procs(void *arg, int fd, struct err *e)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;
	int r = cg_read(fd, "cgroup.procs", &text);

	/* The processes of threaded cgroups are listed by the domain above them. */
	if (cg_is_gone(r) || r == -EOPNOTSUPP)
		return 0;
	if (r < 0) {
		errno = -r;
		return err_errno(e, "read cgroup.procs");
	}
	char *rest = text.data;
	const char *line;
	while (rest && (line = strsep(&rest, "\n"))) {
		uint64_t pid;

		/* 0 is a process of a PID namespace that cannot be seen from here */
		if (*line && str_to_u64(line, INT32_MAX, &pid) == 0 && pid > 0)
			add_pid(arg, (pid_t)pid);
	}
	return 0;
}

static int list_all(const struct cgroup *cg, struct pid_list *ret, struct err *e)
{
	for (size_t i = 0; i < cg->at->n_dirs; i++) {
		autoclose int fd = cg_open(&cg->at->dirs[i], e);

		if (cg_is_gone(fd))
			continue;
		int r = fd < 0 ? fd : cg_walk(fd, &(struct cg_walker){ read_procs, NULL, ret }, e);
		if (r < 0)
			return err_ctx(e, "%s", cg->at->dirs[i].path);
	}
	sort_unique(ret);
	return 0;
}

int cgroup_pids(const struct cgroup *cg, pid_t **ret, size_t *n, struct err *e)
{
	autodone(pid_list) struct pid_list l = { 0 };
	int r = list_all(cg, &l, e);

	if (r < 0)
		return r;
	*n = l.n;
	*ret = l.v;
	l.v = NULL;
	return 0;
}

static int signal_one(int pidfd, pid_t pid, int sig, struct err *e)
{
	if (pidfd < 0 || sys_pidfd_send_signal(pidfd, sig) == 0 || errno == ESRCH)
		return 0;
	return err_errno(e, "send signal %d to process %d", sig, pid);
}

/*
 * A PID may be another process by the time it is opened. It is signalled only when it is
 * still listed afterwards: what is open now and listed now is the same.
 */
static int signal_batch(const struct cgroup *cg, const pid_t *pids, size_t n, int sig,
			struct err *e)
{
	autodone(pid_list) struct pid_list now = { 0 };
	int fds[BATCH];
	int result = 0;

	for (size_t i = 0; i < n; i++) {
		fds[i] = sys_pidfd_open(pids[i], 0);
		if (fds[i] < 0 && errno != ESRCH && errno != EINVAL && !result)
			result = err_errno(e, "open process %d", pids[i]);
	}
	struct err later;
	int r = list_all(cg, &now, result ? &later : e);
	if (!result)
		result = r;
	for (size_t i = 0; i < n; i++) {
		r = has_pid(&now, pids[i]) ? signal_one(fds[i], pids[i], sig, result ? &later : e)
					   : 0;
		if (!result)
			result = r;
		cleanup_close_p(&fds[i]);
	}
	return result;
}

static int signal_list(const struct cgroup *cg, const struct pid_list *l, int sig, struct err *e)
{
	int result = 0;

	for (size_t i = 0; i < l->n; i += BATCH) {
		struct err later;
		size_t n = l->n - i < BATCH ? l->n - i : BATCH;
		int r = signal_batch(cg, l->v + i, n, sig, result ? &later : e);

		if (!result)
			result = r;
	}
	return result;
}

/* Kills all of the v2 cgroup at once: Linux 5.14. Without it the passes below do. */
static void kill_v2(const struct cgroup *cg)
{
	const struct plan_cgroup_dir *dir = cg_v2_dir(cg->at);
	struct err e;

	if (!dir)
		return;
	autoclose int fd = cg_open(dir, &e);
	int r = fd < 0 ? fd : cg_write(fd, "cgroup.kill", "1");
	if (r < 0 && !cg_is_gone(r))
		log_debug(cg->log, "write %s/cgroup.kill: %s", dir->path, errno_text(-r));
}

/* One pass; *@new counts who was not seen before. */
static int kill_pass(const struct cgroup *cg, struct pid_list *seen, size_t *new, struct err *e)
{
	autodone(pid_list) struct pid_list now = { 0 };

	*new = 0;
	int r = list_all(cg, &now, e);
	if (r < 0)
		return r;
	r = signal_list(cg, &now, SIGKILL, e);
	size_t before = seen->n;
	for (size_t i = 0; i < now.n; i++)
		add_pid(seen, now.v[i]);
	sort_unique(seen);
	*new = seen->n - before;
	return r;
}

static int kill_all(const struct cgroup *cg, struct err *e)
{
	autodone(pid_list) struct pid_list seen = { 0 };
	size_t new = 1;
	int r = list_all(cg, &seen, e);

	if (r < 0)
		return r;
	kill_v2(cg); /* also whom no PID here names */
	if (!seen.n)
		return 0;
	cg_thaw_all(cg);
	for (int pass = 0; r == 0 && new &&pass < KILL_PASSES; pass++) {
		struct err ignored;
		/* Only those who fork faster than they are killed need to be held still. */
		bool is_held = pass > 1 && cgroup_freeze(cg, true, &ignored) == 0;

		r = kill_pass(cg, &seen, &new, e);
		if (pass == 0)
			new = 1;
		if (is_held || pass == 0)
			cg_thaw_all(cg);
		if (is_held && !cg_dir_of(cg->at, "freezer") &&
		    cgroup_freeze(cg, false, &ignored) < 0)
			log_debug(cg->log, "%s", ignored.text);
	}
	return r < 0 ? r : (int)seen.n;
}

int cgroup_signal_all(const struct cgroup *cg, int sig, struct err *e)
{
	autodone(pid_list) struct pid_list l = { 0 };

	if (!cg->at->enabled)
		return 0;
	if (sig == SIGKILL)
		return kill_all(cg, e);
	int r = list_all(cg, &l, e);
	if (r == 0)
		r = signal_list(cg, &l, sig, e);
	return r < 0 ? r : (int)l.n;
}

static int wait_v2(const struct cgroup *cg, int64_t deadline, struct err *e)
{
	const struct plan_cgroup_dir *dir = cg_v2_dir(cg->at);

	if (!dir)
		return 0;
	autoclose int fd = cg_open(dir, e);
	int r = fd < 0 ? fd : cg_wait_event(fd, "populated", 0, deadline);
	if (r == 0 || cg_is_gone(r))
		return 0;
	errno = -r;
	return err_errno(e, "wait for %s to be empty", dir->path);
}

/* Waits for one of the listed to end; one that is listed but ended already gives way. */
static int wait_for_one(pid_t pid, int64_t deadline)
{
	autoclose int fd = sys_pidfd_open(pid, 0);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int64_t left = deadline - clock_ms();

	if (left <= 0)
		return -ETIMEDOUT;
	if (fd >= 0 && poll(&p, 1, 0) == 0) {
		int r = poll(&p, 1, (int)left);
		return r < 0 && errno != EINTR ? -errno : 0;
	}
	cg_sleep_ms(1);
	return 0;
}

int cgroup_wait_empty(const struct cgroup *cg, int timeout_ms, struct err *e)
{
	int64_t deadline = clock_ms() + timeout_ms;

	for (;;) {
		autodone(pid_list) struct pid_list l = { 0 };
		int r = wait_v2(cg, deadline, e);

		if (r < 0 || cg->at->mode == CGROUP_V2)
			return r;
		r = list_all(cg, &l, e);
		if (r < 0 || !l.n)
			return r;
		r = wait_for_one(l.v[0], deadline);
		if (r < 0) {
			errno = -r;
			return err_errno(
				e, "wait for %zu process(es) in the container's cgroup to end",
				l.n);
		}
	}
}
