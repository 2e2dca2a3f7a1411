/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/write.h"

#include <inttypes.h>

#include "base/cleanup.h"
#include "cgroups/fs.h"

/* One write that was done, and what takes it back: NULL when nothing does. */
struct undo {
	const struct cg_setting *s;
	const char *value;
};

/* The writes of one settings_write(). */
struct writer {
	const struct cgroup *cg;
	const struct cg_settings *s;
	const struct plan_cgroup_dir *dir; /* of the descriptor, or NULL */
	int fd;
	int *again;	   /* first -errno of each setting to try again */
	struct undo *undo; /* NULL: not wanted */
	size_t n_undo;
	struct arena arena; /* of undo */
};

static void writer_done(struct writer *w)
{
	cleanup_close_p(&w->fd);
	free(w->again);
	free(w->undo);
	arena_done(&w->arena);
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

/* Not the words of ENOENT: callers take those for a program that is not there. */
static int explain_absent(const struct writer *w, const struct cg_setting *s, struct err *e)
{
	if (!s->v2 || has_controller(w->fd, s->controller) || str_eq(s->controller, "cgroup"))
		return err_set(e, ENOENT, "%s: this kernel has no %s in %s", s->json, s->file,
			       w->dir->path);
	if (str_after(s->json, "linux.resources.unified."))
		return err_set(
			e, ENOENT,
			"%s: unified resource \"%s\" can't be set: controller \"%s\" not available",
			s->json, s->file, s->controller);
	(void)cannot_set(e, s);
	return err_append(e, "controller %s is not available in %s", s->controller, w->dir->path);
}

static int explain(const struct writer *w, const struct cg_setting *s, int r, struct err *e)
{
	if (r == -ENOENT)
		return explain_absent(w, s, e);
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
	/* ERANGE: more than this kernel could have; EACCES, on v1: the cgroup above has not all. */
	if ((r == -EINVAL || r == -ERANGE || (r == -EACCES && geteuid() == 0)) &&
	    str_eq(s->controller, "cpuset"))
		return err_append(e, "not all of these are the cgroup's above");
	return r;
}

static int write_with_undo(struct writer *w, const struct cg_setting *s)
{
	autodone(strbuf) struct strbuf before = STRBUF_INIT;

	if (!w->undo)
		return cg_write(w->fd, s->file, s->value);
	/* A file that cannot be read: most are there but cannot be written to, either. */
	int is_unread = cg_read(w->fd, s->file, &before);
	int r = cg_write(w->fd, s->file, s->value);
	if (r == 0)
		w->undo[w->n_undo++] = (struct undo){
			s, is_unread < 0 ? NULL : setting_undo(s, strbuf_str(&before), &w->arena)
		};
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
	r = write_with_undo(w, s);
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

static void put_back(struct writer *w)
{
	while (w->n_undo) {
		const struct undo *u = &w->undo[--w->n_undo];
		struct err e;
		int r = open_for(w, u->s, &e);

		if (r == 0)
			r = u->value ? cg_write(w->fd, u->s->file, u->value) : -ENOTSUP;
		if (r < 0)
			log_warn(w->cg->log, "%s: the old value of %s cannot be put back: %s",
				 u->s->json, u->s->file, errno_text(-r));
	}
}

int settings_write(const struct cgroup *cg, const struct cg_settings *s, struct err *e)
{
	autodone(writer) struct writer w = {
		.cg = cg,
		.s = s,
		.fd = -1,
		.again = mem_new(s->n + 1, sizeof(int)),
		.arena = ARENA_INIT,
	};

	return write_all(&w, e);
}

/* What was before, as settings: for those who keep the values elsewhere, too. */
static void old_values(const struct writer *w, struct cg_settings *ret)
{
	ret->v = mem_new(w->n_undo + 1, sizeof(*ret->v));
	for (size_t i = 0; i < w->n_undo; i++) {
		if (!w->undo[i].value)
			continue;
		ret->v[ret->n] = *w->undo[i].s;
		ret->v[ret->n++].value = w->undo[i].value;
	}
}

int settings_replace(const struct cgroup *cg, const struct cg_settings *s,
		     const struct settings_keeper *keeper, struct err *e)
{
	autodone(settings) struct cg_settings old = { .arena = ARENA_INIT };
	autodone(writer) struct writer w = {
		.cg = cg,
		.s = s,
		.fd = -1,
		.again = mem_new(s->n + 1, sizeof(int)),
		.undo = mem_new(2 * s->n + 1, sizeof(*w.undo)),
		.arena = ARENA_INIT,
	};
	bool kept = false;

	int r = write_all(&w, e);
	if (r == 0 && keeper) {
		old_values(&w, &old);
		r = keeper->tell(keeper->arg, s, &kept, e);
	}
	if (r < 0 && kept)
		keeper->take_back(keeper->arg, &old);
	if (r < 0)
		put_back(&w);
	return r;
}

int cg_check_usage(const struct cgroup *cg, const struct spec_memory *m, struct err *e)
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
