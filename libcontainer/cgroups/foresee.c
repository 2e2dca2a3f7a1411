/* SPDX-License-Identifier: Apache-2.0 */
/* What setting the limits would run into, by looking at the cgroups that are there already. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cgroups/cgroup.h"
#include "cgroups/fs.h"
#include "cgroups/settings.h"

struct foresight {
	const struct plan_cgroup *at;
	struct arena *arena;
	void (*tell)(void *arg, bool fatal, const char *text);
	void *arg;
};

/* "/sys/fs/cgroup/a" of "/sys/fs/cgroup/a/b"; false at the mount itself. */
static bool go_up(const struct plan_cgroup_dir *dir, char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash || strlen(path) <= strlen(dir->mount))
		return false;
	*slash = '\0';
	return true;
}

/* The container's directory, when there is one, else the next above that exists. */
static char *nearest(const struct foresight *f, const struct plan_cgroup_dir *dir)
{
	char *path = arena_strdup(f->arena, dir->path);

	while (access(path, F_OK) < 0 && go_up(dir, path))
		;
	return path;
}

static bool read_in(const char *dir, const char *file, struct strbuf *out)
{
	autoclose int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd >= 0 && cg_read(fd, file, out) == 0;
}

static bool has_controller(const char *dir, const char *name)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;

	return read_in(dir, "cgroup.controllers", &text) && cg_has_word(strbuf_str(&text), name);
}

/* "max" and what is no number: no limit. */
static uint64_t limit_in(const char *dir, const char *file)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;
	uint64_t v = 0;

	if (!read_in(dir, file, &text))
		return UINT64_MAX;
	if (text.len)
		text.data[strcspn(text.data, "\n")] = '\0';
	return str_to_u64(strbuf_str(&text), UINT64_MAX, &v) == 0 ? v : UINT64_MAX;
}

/* Files with one number that bounds all below. */
static bool is_bound(const char *file)
{
	return str_eq(file, "memory.max") || str_eq(file, "memory.limit_in_bytes") ||
	       str_eq(file, "pids.max");
}

static void compare_above(const struct foresight *f, const struct plan_cgroup_dir *dir,
			  const struct cg_setting *s)
{
	char *path = arena_strdup(f->arena, dir->path);
	uint64_t own;

	if (!is_bound(s->file) || str_to_u64(s->value, UINT64_MAX, &own) < 0)
		return;
	while (go_up(dir, path)) {
		uint64_t above = limit_in(path, s->file);

		if (above >= own)
			continue;
		f->tell(f->arg, false,
			arena_printf(f->arena, "%s is %s, but %s/%s above it is %llu", s->json,
				     s->value, path, s->file, (unsigned long long)above));
		return;
	}
}

/* The root of a hierarchy lacks files that those below it have: one of them is looked at instead. */
static const char *example(const struct foresight *f, const struct plan_cgroup_dir *dir,
			   const char *near, const struct cg_setting *s)
{
	struct dirent *d;

	if (!str_eq(near, dir->mount))
		return near;
	DIR *list = opendir(near);
	const char *found = NULL;
	while (list && !found && (d = readdir(list))) {
		if (d->d_type != DT_DIR || d->d_name[0] == '.')
			continue;
		const char *path = arena_printf(f->arena, "%s/%s", near, d->d_name);
		found = !s->v2 || has_controller(path, s->controller) ? path : NULL;
	}
	if (list)
		(void)closedir(list);
	return found;
}

static bool is_lacking(const char *dir, const struct cg_setting *s)
{
	autoclose int fd = dir ? open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;

	if (fd < 0 || (s->flags & (SETTING_MAY_LACK | SETTING_OR_NEXT)))
		return false;
	return faccessat(fd, s->file, F_OK, 0) < 0 && errno == ENOENT;
}

static void foresee_one(const struct foresight *f, const struct cg_setting *s)
{
	const struct plan_cgroup_dir *dir = s->v2 ? cg_v2_dir(f->at)
						  : cg_dir_of(f->at, s->controller);
	const char *what = NULL;

	if (!dir) {
		f->tell(f->arg, true,
			arena_printf(f->arena, "%s: controller %s is not mounted", s->json,
				     s->controller));
		return;
	}
	const char *near = nearest(f, dir);
	const char *like = example(f, dir, near, s);
	bool has = !s->v2 || str_eq(s->controller, "cgroup") || has_controller(near, s->controller);
	/* What is off here but on at the mount is enabled on the way down. */
	if (!has && !has_controller(dir->mount, s->controller))
		what = arena_printf(f->arena, "%s: controller %s is not available in %s", s->json,
				    s->controller, dir->mount);
	else if (has && is_lacking(like, s))
		what = arena_printf(f->arena, "%s: this kernel has no %s in %s", s->json, s->file,
				    like);
	if (what)
		f->tell(f->arg, true, what);
	else
		compare_above(f, dir, s);
}

int cgroup_foresee(const struct plan_cgroup *at, const struct spec_resources *res, struct arena *a,
		   void (*tell)(void *arg, bool fatal, const char *text), void *arg, struct err *e)
{
	autodone(settings) struct cg_settings s = { .arena = ARENA_INIT };
	const struct foresight f = { at, a, tell, arg };

	if (!at->enabled)
		return 0;
	int r = settings_build(at, res, &s, e);
	if (r < 0)
		return r;
	for (size_t i = 0; i < s.warnings.n; i++)
		tell(arg, false, arena_strdup(a, s.warnings.v[i]));
	for (size_t i = 0; i < s.n; i++)
		foresee_one(&f, &s.v[i]);
	return 0;
}
