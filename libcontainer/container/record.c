/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/proc.h"
#include "container/create.h"
#include "rdt/rdt.h"
#include "container/notify.h"

/* "2026-11-23T16:59:52.828225433Z" */
static const char *now(struct arena *a)
{
	char date[32];
	struct timespec t = clock_real();
	struct tm tm;

	(void)gmtime_r(&t.tv_sec, &tm);
	(void)strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	return arena_printf(a, "%s.%09ldZ", date, t.tv_nsec);
}

static int fill_state(struct create *c, struct err *e)
{
	struct state *s = &c->handle.state;
	const struct plan_ns *pid = &c->plan->ns[NS_PID];

	*s = (struct state){
		.arena = ARENA_INIT,
		.phase = STATE_CREATING,
		.oci_version = c->spec->oci_version,
		.id = c->req->id,
		.bundle = c->req->bundle,
		.rootfs = c->args.rootfs,
		.created = now(&c->arena),
		.cli = { .pid = getpid() },
		.private_pidns = pid->wanted && !pid->path,
		.no_new_keyring = c->req->no_new_keyring,
		.poststart = c->spec->hooks.list[HOOK_POSTSTART].n > 0,
		.poststop = c->spec->hooks.list[HOOK_POSTSTOP].n > 0,
		.cgroup = c->plan->cgroup,
		.annotations = c->spec->annotations,
	};
	if (c->plan->rdt.enabled)
		s->rdt = (struct state_rdt){
			.group = c->plan->rdt.group,
			.mon = c->plan->rdt.mon,
			.made = !c->plan->rdt.must_exist && !rdt_group_exists(&c->plan->rdt),
		};
	int r = boot_id_read(&c->arena, &s->boot_id, e);
	if (r < 0)
		return r;
	r = proc_start_time(s->cli.pid, &s->cli.start_time, NULL);
	return r < 0 ? err_set(e, -r, "read our own start time: %s", errno_text(-r)) : 0;
}

/* A create of the same id that was killed half way: end what it left, so that the id is free. */
static int remove_abandoned(const struct create *c, struct err *e)
{
	struct handle h = HANDLE_INIT;
	struct err ignored;
	int r = handle_find(&h, c->env, c->req->id, &ignored);

	if (r == 0)
		r = store_lock(h.root_fd, h.dir_fd, h.id, 0, &ignored);
	if (r == 0)
		r = handle_load(&h, &ignored);
	int abandoned = r == 0 ? handle_is_abandoned(&h, e) : 0;
	if (abandoned < 0) {
		r = abandoned;
	} else if (abandoned) {
		log_warn(c->env->log, "removing what a killed create of %s left", h.id);
		r = handle_destroy(&h, e);
	} else {
		r = err_set_kind(e, ERR_EXISTS, EEXIST, "container with given ID already exists");
	}
	handle_done(&h);
	return r;
}

static int publish(struct create *c, struct err *e)
{
	int r = store_publish(c->handle.root_fd, c->temporary, c->req->id, e);

	if (r != -EEXIST)
		return r;
	r = remove_abandoned(c, e);
	return r < 0 ? r : store_publish(c->handle.root_fd, c->temporary, c->req->id, e);
}

/* Early, and without any effect, so that a taken id is the first thing one hears of. */
static int check_taken(const struct create *c, struct err *e)
{
	struct err absent;

	autoclose int fd = store_find(c->handle.root_fd, c->req->id, &absent);
	return fd < 0 ? 0 : remove_abandoned(c, e);
}

/* The processes in the cgroup may be those of another create of the same id, begun since. */
static bool lost_a_race(const struct create *c)
{
	struct err absent;

	autoclose int fd = store_find(c->handle.root_fd, c->req->id, &absent);
	return fd >= 0;
}

int create_record(struct create *c, struct err *e)
{
	struct handle *h = &c->handle;
	TRACE(c->env->trace, "record the intent");

	h->cgroup.at = &c->plan->cgroup;
	h->cgroup.log = c->env->log;
	h->root_fd = store_open(c->env->root, true, e);
	if (h->root_fd < 0)
		return h->root_fd;
	int r = check_taken(c, e);
	if (r == 0)
		r = fill_state(c, e);
	/* Before the record: what is not ours must never be ended as ours. */
	if (r == 0 && c->plan->cgroup.enabled)
		r = cgroup_check_free(&h->cgroup, e);
	if (r < 0)
		return lost_a_race(c) ? check_taken(c, e) : r;

	h->dir_fd = store_new(h->root_fd, c->req->id, c->temporary, e);
	if (h->dir_fd < 0)
		return h->dir_fd;
	r = c->plan->notify ? notify_make_dir(h->dir_fd, e) : 0;
	if (r == 0)
		r = file_replace_at(h->dir_fd, STATE_CONFIG, &c->config, FILE_PRIVATE | FILE_FIRST,
				    e);
	if (r == 0)
		r = seccomp_filter_save(h->dir_fd, &c->filter, e);
	if (r == 0)
		r = state_save(h->dir_fd, &h->state, e);
	if (r == 0)
		r = publish(c, e);
	c->recorded = r == 0;
	return r;
}
