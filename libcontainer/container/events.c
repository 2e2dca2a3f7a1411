/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/jsonw.h"
#include "base/proc.h"
#include "container/ops.h"
#include "container/statsjson.h"

#define NS_PER_SECOND 1000000000LL

struct watch {
	const struct handle *h;
	const struct events_request *req;
	int pidfd; /* of init; -1 once it has ended */
	struct cg_oom oom;
	int64_t next; /* when stats are due, in nanoseconds of CLOCK_MONOTONIC */
};

static void watch_done(struct watch *w)
{
	cleanup_close_p(&w->pidfd);
	cg_oom_done(&w->oom);
}

static int64_t now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * NS_PER_SECOND + t.tv_nsec;
}

static int emit(const struct watch *w, const struct strbuf *line, struct err *e)
{
	return w->req->emit(w->req->arg, line, e);
}

static int emit_stats(const struct watch *w, struct err *e)
{
	autodone(strbuf) struct strbuf line = STRBUF_INIT;
	autodone(cg_stats) struct cg_stats stats = { .arena = ARENA_INIT };
	int r = cgroup_stats(&w->h->cgroup, &stats, e);

	if (r < 0)
		return r;
	stats_print(w->h->id, &stats, &line);
	return emit(w, &line, e);
}

static int emit_ooms(struct watch *w, struct err *e)
{
	autodone(strbuf) struct strbuf line = STRBUF_INIT;
	uint64_t n = cg_oom_take(&w->oom);
	struct jsonw j;
	int r = 0;

	jsonw_init(&j, &line, "");
	jsonw_object(&j, NULL);
	jsonw_str(&j, "type", "oom");
	jsonw_str(&j, "id", w->h->id);
	jsonw_object_end(&j);
	strbuf_adds(&line, "\n");
	for (; r == 0 && n; n--)
		r = emit(w, &line, e);
	return r;
}

/* Init is gone; others of the container may live on when it has no pid namespace of its own. */
static int is_over(const struct watch *w, bool *ret, struct err *e)
{
	autofree pid_t *pids = NULL;
	size_t n = 0;
	int r = cgroup_pids(&w->h->cgroup, &pids, &n, e);

	*ret = r == 0 && n == 0;
	return r;
}

static int wait_for_event(const struct watch *w, bool *ret_oom, bool *ret_ended, struct err *e)
{
	struct pollfd p[] = {
		{ .fd = w->pidfd, .events = POLLIN },
		{ .fd = w->oom.fd, .events = w->oom.events },
	};
	int64_t left = w->next - now_ns();

	if (left < 0)
		left = 0;
	const struct timespec wait = { left / NS_PER_SECOND, left % NS_PER_SECOND };
	int n = ppoll(p, ARRAY_SIZE(p), &wait, NULL);
	if (n < 0 && errno != EINTR)
		return err_errno(e, "ppoll(2)");
	*ret_ended = n > 0 && p[0].revents;
	*ret_oom = n > 0 && p[1].revents;
	return 0;
}

/* Stats are due. Those of a container that goes meanwhile are not missed. */
static int tick(struct watch *w, bool *ret_over, struct err *e)
{
	int64_t now = now_ns();

	if (now < w->next)
		return 0;
	w->next += w->req->interval_ns;
	if (w->next < now)
		w->next = now + w->req->interval_ns;
	int r = w->pidfd < 0 ? is_over(w, ret_over, e) : 0;
	if (r < 0 || *ret_over)
		return r;
	r = emit_stats(w, e);
	if (r == -ENOENT || r == -ENODEV)
		*ret_over = true;
	return *ret_over ? 0 : r;
}

static int turn(struct watch *w, bool *ret_over, struct err *e)
{
	bool oom = false, ended = false;
	int r = wait_for_event(w, &oom, &ended, e);

	/* What made it end comes first. */
	if (r == 0 && (oom || (ended && w->oom.fd >= 0)))
		r = emit_ooms(w, e);
	if (r == 0 && ended) {
		(void)close(take_fd(&w->pidfd));
		r = is_over(w, ret_over, e);
	}
	return r < 0 || *ret_over ? r : tick(w, ret_over, e);
}

static int watch(const struct handle *h, const struct events_request *req, struct err *e)
{
	autodone(watch) struct watch w = { h, req, -1, CG_OOM_INIT, now_ns() + req->interval_ns };
	bool over = false;

	if (req->once)
		return emit_stats(&w, e);
	w.pidfd = proc_pidfd(h->state.init.pid, h->state.init.start_time);
	if (w.pidfd == -ESRCH)
		return 0;
	if (w.pidfd < 0)
		return err_set(e, -w.pidfd, "open init: pidfd_open(2): %s", errno_text(-w.pidfd));
	int r = cg_oom_open(&h->cgroup, &w.oom, e);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	while (r == 0 && !over)
		r = turn(&w, &over, e);
	return r;
}

int container_events(const struct container_env *env, const char *id,
		     const struct events_request *req, struct err *e)
{
	struct handle h = HANDLE_INIT;

	int r = handle_find(&h, env, id, e);
	if (r == 0)
		r = handle_load(&h, e);
	if (r == 0 && req->interval_ns <= 0)
		r = err_set_kind(e, ERR_USAGE, EINVAL, "duration interval must be greater than 0");
	if (r == 0)
		r = handle_status(&h, e);
	if (r == CONTAINER_STOPPED)
		r = err_set_kind(e, ERR_NOT_RUNNING, ESRCH, "container with id %s is not running",
				 id);
	if (r >= 0)
		r = watch(&h, req, e);
	handle_done(&h);
	return r;
}
