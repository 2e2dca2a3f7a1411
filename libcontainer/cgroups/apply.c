/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "base/cleanup.h"
#include "cgroups/cgroup.h"
#include "cgroups/fs.h"
#include "cgroups/settings.h"

/* The writes of one cgroup_apply(). */
struct writer {
	const struct cgroup *cg;
	const struct cg_settings *s;
	const struct plan_cgroup_dir *dir; /* of the descriptor, or NULL */
	int fd;
	int *again; /* first -errno of each setting to try again */
};

static void writer_done(struct writer *w)
{
	cleanup_close_p(&w->fd);
	free(w->again);
}

static int cannot_set(struct err *e, const struct cg_setting *s)
{
	return err_set(e, ENOENT,
		       "%s: cannot set %s limit: container could not join or create cgroup",
		       s->json, s->controller);
}

/* Settings come grouped by controller: the last directory is nearly always the next. */
static int open_for(struct writer *w, const struct cg_setting *s, struct err *e)
{
	const struct plan_cgroup *at = w->cg->at;
	const struct plan_cgroup_dir *dir = s->v2 ? cg_v2_dir(at) : cg_dir_of(at, s->controller);

	if (!dir) {
		(void)cannot_set(e, s);
		return err_append(e, "controller %s is not mounted", s->controller);
	}
	if (dir == w->dir)
		return 0;
	cleanup_close_p(&w->fd);
	w->dir = NULL;
	w->fd = cg_open(dir, e);
	if (w->fd == -ENOENT)
		return cannot_set(e, s);
	if (w->fd < 0)
		return w->fd;
	w->dir = dir;
	return 0;
}

static bool has_controller(int fd, const char *name)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;

	return cg_read(fd, "cgroup.controllers", &text) == 0 &&
	       cg_has_word(strbuf_str(&text), name);
}

static unsigned long long number_in(int fd, const char *file)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;
	uint64_t v = 0;

	if (cg_read(fd, file, &text) < 0 || text.len < 2)
		return 0;
	text.data[text.len - 1] = '\0';
	return str_to_u64(text.data, UINT64_MAX, &v) == 0 ? v : 0;
}

static int explain(const struct writer *w, const struct cg_setting *s, int r, struct err *e)
{
	if (r == -ENOENT && s->v2 && !has_controller(w->fd, s->controller)) {
		(void)cannot_set(e, s);
		return err_append(e, "controller %s is not available in %s", s->controller,
				  w->dir->path);
	}
	errno = -r;
	(void)err_errno(e, "%s: write \"%s\" to %s/%s", s->json, s->value, w->dir->path, s->file);
	if (r == -EBUSY && str_eq(s->file, "memory.limit_in_bytes"))
		return err_append(
			e,
			"unable to set memory limit to %s (current usage: %llu, peak usage: %llu)",
			s->value, number_in(w->fd, "memory.usage_in_bytes"),
			number_in(w->fd, "memory.max_usage_in_bytes"));
	if (r == -EINVAL && str_eq(s->file, "cpu.rt_runtime_us"))
		return err_append(e, "the cgroups above need a cpu.rt_runtime_us of their own");
	if (r == -EINVAL && str_eq(s->controller, "cpuset"))
		return err_append(e, "not all of these are the cgroup's above");
	return r;
}

/* @ret_done: written, not merely put off or without its file. */
static int write_one(struct writer *w, size_t i, bool *ret_done, struct err *e)
{
	const struct cg_setting *s = &w->s->v[i];

	*ret_done = false;
	int r = open_for(w, s, e);
	if (r < 0)
		return r;
	r = cg_write(w->fd, s->file, s->value);
	*ret_done = r == 0;
	if (r == 0 || (r == -ENOENT && (s->flags & (SETTING_MAY_LACK | SETTING_OR_NEXT))))
		return 0;
	if ((s->flags & SETTING_AGAIN) && r != -ENOENT && !w->again[i]) {
		w->again[i] = r;
		return 0;
	}
	return explain(w, s, w->again[i] ? w->again[i] : r, e);
}

static int write_all(struct writer *w, struct err *e)
{
	bool done;
	int r;

	for (size_t i = 0; i < w->s->n; i++) {
		r = write_one(w, i, &done, e);
		if (r < 0)
			return r;
		if (done && (w->s->v[i].flags & SETTING_OR_NEXT))
			i++;
	}
	for (size_t i = 0; i < w->s->n; i++) {
		r = w->again[i] ? write_one(w, i, &done, e) : 0;
		if (r < 0)
			return r;
	}
	return 0;
}

/* memory.checkBeforeUpdate: v2 would kill processes to get below a new limit; v1 refuses. */
static int check_usage(const struct cgroup *cg, const struct spec_memory *m, struct err *e)
{
	const struct plan_cgroup_dir *dir = cg_v2_dir(cg->at);

	if (!m || !m->check_before_update.v || cg_dir_of(cg->at, "memory") || !dir)
		return 0;
	autoclose int fd = cg_open(dir, e);
	if (fd < 0)
		return fd;
	unsigned long long used = number_in(fd, "memory.current");
	if (m->limit.set && m->limit.v > 0 && (uint64_t)m->limit.v < used)
		return err_set(e, EBUSY,
			       "linux.resources.memory.limit: rejecting memory limit %" PRId64
			       " < %llu",
			       m->limit.v, used);
	used += number_in(fd, "memory.swap.current");
	if (m->swap.set && m->swap.v > 0 && (uint64_t)m->swap.v < used)
		return err_set(e, EBUSY,
			       "linux.resources.memory.swap: rejecting memory+swap limit %" PRId64
			       " < %llu",
			       m->swap.v, used);
	return 0;
}

static int apply_devices(const struct cgroup *cg, const struct spec_resources *res, struct err *e)
{
	const struct plan_cgroup_dir *dir = cg_dir_of(cg->at, "devices");

	if (dir)
		return cg->at->in_userns ? 0 : fs1_devices(cg, dir, res, e);
	if (cg_v2_dir(cg->at))
		return fs2_devices(cg, res, e);
	if (cg->at->rootless || cg->at->in_userns)
		return 0;
	return err_set(
		e, ENOENT,
		"linux.resources.devices: cannot restrict devices: controller devices is not mounted");
}

int cgroup_apply(struct cgroup *cg, const struct spec_resources *res, struct err *e)
{
	autodone(settings) struct cg_settings s = { .arena = ARENA_INIT };

	if (!cg->at->enabled)
		return 0;
	int r = settings_build(cg->at, res, &s, e);
	if (r < 0)
		return r;
	for (size_t i = 0; i < s.warnings.n; i++)
		log_warn(cg->log, "%s", s.warnings.v[i]);
	r = apply_devices(cg, res, e);
	if (r == 0)
		r = check_usage(cg, res ? res->memory : NULL, e);
	if (r < 0)
		return r;
	autodone(writer) struct writer w = {
		.cg = cg, .s = &s, .fd = -1, .again = mem_new(s.n + 1, sizeof(int))
	};
	return write_all(&w, e);
}
