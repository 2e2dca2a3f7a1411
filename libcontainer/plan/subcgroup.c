/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "plan/annotations.h"
#include "plan/exec.h"
#include "plan/parts.h"

/* Is one of the components ".."? */
static bool climbs(const char *path)
{
	for (;;) {
		size_t n = strcspn(path, "/");

		if (n == 2 && path[0] == '.' && path[1] == '.')
			return true;
		if (path[n] == '\0')
			return false;
		path += n + 1;
	}
}

/* "a/b" for "/a//b/", NULL for "/"; refused when it leads out (by name; cgroups/enter.c opens
 * it beneath the container's own). */
static int clean(struct arena *a, const char *path, const char **ret, struct err *e)
{
	if (climbs(path))
		return err_set_kind(e, ERR_USAGE, EINVAL, "bad sub cgroup path: %s", path);
	const char *below = path_clean(a, path) + 1;
	*ret = *below ? below : NULL;
	return 0;
}

/* "cpu" is one of "cpu,cpuacct". */
static bool has_controller(const struct plan_cgroup_dir *dir, const char *name)
{
	size_t len = strlen(name);

	if (dir->is_v2 || len == 0)
		return false;
	for (const char *p = dir->name;; p++) {
		size_t n = strcspn(p, ",");

		if (n == len && memcmp(p, name, n) == 0)
			return true;
		p += n;
		if (*p == '\0')
			return false;
	}
}

static int set_controller(const struct plan_cgroup *cg, const char *controller, const char *path,
			  const char **subs, struct err *e)
{
	bool found = false;

	for (size_t i = 0; i < cg->n_dirs; i++) {
		if (!has_controller(&cg->dirs[i], controller))
			continue;
		subs[i] = path;
		found = true;
	}
	if (!found)
		return err_set_kind(e, ERR_USAGE, EINVAL, "unknown controller %s in --cgroup",
				    controller);
	return 0;
}

/* "cpu,cpuacct:a/b" */
static int set_some(const struct plan_cgroup *cg, struct arena *a, const char *text,
		    const char **subs, struct err *e)
{
	const char *colon = strchr(text, ':');
	const char *path = NULL;

	int r = clean(a, colon + 1, &path, e);
	for (const char *p = text; r == 0 && p <= colon;) {
		size_t n = strcspn(p, ",:");

		if (n == 0)
			return err_set_kind(e, ERR_USAGE, EINVAL,
					    "invalid --cgroup argument: %s (empty controller name)",
					    text);
		r = set_controller(cg, arena_strndup(a, p, n), path, subs, e);
		p += n + 1;
	}
	return r;
}

int plan_subcgroups(const struct strs *given, const struct plan_cgroup *cgroup, struct plan_exec *x,
		    struct err *e)
{
	struct arena *a = &x->plan.arena;
	const char **subs = arena_array(a, cgroup->n_dirs + 1, const char *);
	int r = 0;

	x->subcgroups = subs;
	x->cgroup_asked = given->n > 0;
	if (x->cgroup_asked && !cgroup->enabled)
		return err_set_kind(e, ERR_USAGE, ENOTSUP,
				    "--cgroup: the container has no cgroup of its own");
	for (size_t i = 0; r == 0 && i < given->n; i++) {
		const char *path = NULL;

		if (strchr(given->v[i], ':')) {
			r = set_some(cgroup, a, given->v[i], subs, e);
			continue;
		}
		if (given->n != 1)
			return err_set_kind(
				e, ERR_USAGE, EINVAL,
				"invalid --cgroup argument: %s (missing <controller>: prefix)",
				given->v[i]);
		r = clean(a, given->v[i], &path, e);
		for (size_t k = 0; r == 0 && k < cgroup->n_dirs; k++)
			subs[k] = path;
	}
	return r;
}

/* crun's: a cgroup below the container's own, for the program to do with as it likes. */
int plan_delegate(const struct plan_input *in, struct plan *p, struct err *e)
{
	const char *value = plan_annotation(&in->spec->annotations, ANNOTATION_DELEGATE);

	if (!value || !*value)
		return 0;
	if (!p->cgroup.enabled)
		return err_set_kind(e, ERR_CONFIG, EINVAL,
				    "annotation " ANNOTATION_DELEGATE
				    ": the container has no cgroup of its own");
	if (p->cgroup.mode != CGROUP_V2)
		return err_set_kind(e, ERR_CONFIG, EINVAL,
				    "annotation " ANNOTATION_DELEGATE
				    ": only where cgroup v2 is all there is; v1 cannot delegate");
	int r = clean(&p->arena, value, &p->cgroup.delegate, e);
	if (r < 0)
		e->kind = ERR_CONFIG;
	return r < 0 ? err_ctx(e, "annotation " ANNOTATION_DELEGATE) : 0;
}
