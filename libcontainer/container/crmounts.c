/* SPDX-License-Identifier: Apache-2.0 */
/* Mounts that CRIU neither saves nor makes by itself: their names at dump, sources at restore. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/sys.h"
#include "container/cr.h"
#include "criu/extmount.h"
#include "plan/annotations.h"

#define MOUNTINFO_MAX (64u << 20)
#define NULL_DEVICE   "/dev/null"
#define POINT_MODE    0755
#define FILE_MODE     0644

/* --- all of them --------------------------------------------------------------------------- */

/* Hears of each: its place as config.json has it, which is its name, and its source here. */
struct visitor {
	int (*see)(void *arg, const char *place, const char *source, struct err *e);
	void *arg;
};

static int see_cgroups(const struct plan_mount *m, const struct plan_cgroup *cg, struct arena *a,
		       const struct visitor *v, struct err *e)
{
	for (size_t i = 0; i < cg->n_dirs; i++) {
		const struct plan_cgroup_dir *d = &cg->dirs[i];
		const char *name = strrchr(d->mount, '/');
		const char *place = m->destination;

		if (cg->mode != CGROUP_V2 && name)
			place = arena_printf(a, "%s%s", m->destination, name);
		int r = v->see(v->arg, place, d->path, e);
		if (r < 0)
			return r;
	}
	return 0;
}

static int see_mount(const struct plan_mount *m, const struct plan_cgroup *cg, struct arena *a,
		     const struct visitor *v, struct err *e)
{
	if (m->idmap != IDMAP_NONE)
		return err_set(e, ENOTSUP, "mounts[%zu]: CRIU knows no id-mapped mounts", m->index);
	if (m->kind == MOUNT_KIND_SYSTEMD_V1)
		return err_set(e, ENOTSUP,
			       "mounts[%zu]: annotations[\"%s\"]: CRIU does not know it", m->index,
			       ANNOTATION_SYSTEMD_V1);
	if (m->kind == MOUNT_KIND_CGROUP)
		return see_cgroups(m, cg, a, v, e);
	return m->kind == MOUNT_KIND_BIND ? v->see(v->arg, m->destination, m->source, e) : 0;
}

static int see_all(const struct plan *p, const struct plan_cgroup *cg, struct arena *a,
		   const struct visitor *v, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < p->n_mounts; i++)
		r = see_mount(&p->mounts[i], cg, a, v, e);
	/* Files are masked by the host's null device. */
	for (size_t i = 0; r == 0 && i < p->masked_paths.n; i++)
		r = v->see(v->arg, p->masked_paths.v[i], NULL_DEVICE, e);
	/* Where nodes may not be made, the host's are mounted. */
	for (size_t i = 0; r == 0 && p->ns[NS_USER].wanted && i < p->n_devices; i++)
		r = v->see(v->arg, p->devices[i].path, p->devices[i].path, e);
	return r;
}

/* --- before a dump ------------------------------------------------------------------------- */

struct naming {
	struct cr *c;
	int root_fd; /* as the container has it */
	const char *mountinfo;
};

static int check_name(const char *place, const char *point, struct err *e)
{
	if (criu_name_is_safe(place) && criu_name_is_safe(point))
		return 0;
	return err_set(e, EINVAL,
		       "mount %s: its place \"%s\" is a name that CRIU reads back as another",
		       place, point);
}

/* By the mount's number, so that a symlink of the image can only hide it, not rename it. */
static int name_mount(void *arg, const char *place, const char *source, struct err *e)
{
	const struct naming *n = arg;
	uint64_t id;

	autoclose int fd = path_open_in(n->root_fd, place, O_PATH, 0);
	if (fd < 0 || sys_is_mount_root(fd) != 1 || sys_mount_id(fd, &id) < 0) {
		log_debug(n->c->env->log, "checkpoint: %s is not where it was mounted", place);
		return 0;
	}
	const char *point = criu_mount_point(n->mountinfo, id, &n->c->arena);
	if (!point)
		return 0;
	struct stat st;
	/* A masked directory is a tmpfs, which CRIU saves. */
	if (str_eq(source, NULL_DEVICE) && (fstat(fd, &st) < 0 || !S_ISCHR(st.st_mode)))
		return 0;
	int r = check_name(place, point, e);
	if (r == 0)
		cr_add_mount(n->c, point, place);
	return r;
}

int cr_name_mounts(struct cr *c, const struct plan *plan, const struct plan_cgroup *cgroup,
		   pid_t pid, struct err *e)
{
	struct strbuf mountinfo autodone(strbuf) = STRBUF_INIT;
	char path[48];

	if (!plan->ns[NS_MOUNT].wanted)
		return err_set(e, EINVAL, "the container has no mount namespace of its own");
	(void)snprintf(path, sizeof(path), "/proc/%ld/root", (long)pid);
	autoclose int root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return err_errno(e, "open %s", path);
	(void)snprintf(path, sizeof(path), "/proc/%ld/mountinfo", (long)pid);
	int r = file_read_at(AT_FDCWD, path, MOUNTINFO_MAX, &mountinfo, e);
	if (r < 0)
		return r;
	struct naming n = { c, root, strbuf_str(&mountinfo) };
	return see_all(plan, cgroup, &c->arena, &(struct visitor){ name_mount, &n }, e);
}

/* --- before a restore ---------------------------------------------------------------------- */

static int give_mount(void *arg, const char *place, const char *source, struct err *e)
{
	int r = check_name(place, place, e);

	if (r == 0)
		cr_add_mount(arg, place, source);
	return r;
}

int cr_give_mounts(struct cr *c, const struct plan *plan, struct err *e)
{
	if (!plan->ns[NS_MOUNT].wanted)
		return err_set(e, EINVAL, "the container has no mount namespace of its own");
	return see_all(plan, &plan->cgroup, &c->arena, &(struct visitor){ give_mount, c }, e);
}

/* The mount below which @m goes, the last of those before it that cover its place; or NULL. */
static const struct plan_mount *find_cover(const struct plan *p, const struct plan_mount *m)
{
	for (const struct plan_mount *at = m; at-- > p->mounts;) {
		const char *rest = str_after(m->destination, at->destination);

		if (rest && (*rest == '/' || str_eq(at->destination, "/")))
			return at;
	}
	return NULL;
}

static bool is_directory(const struct plan_mount *m)
{
	struct stat st;

	if (m->kind != MOUNT_KIND_BIND || stat(m->source, &st) < 0)
		return true;
	return S_ISDIR(st.st_mode);
}

static int make_point(int root_fd, const char *path, const struct plan_mount *m, struct err *e)
{
	autoclose int there = path_open_in(root_fd, path, O_PATH, 0);
	if (there >= 0)
		return 0;
	autoclose int made = is_directory(m) ? path_mkdirs_in(root_fd, path, POINT_MODE)
					     : path_mkfile_in(root_fd, path, FILE_MODE, POINT_MODE);
	return made < 0 ? err_errno(e, "mounts[%zu]: make %s", m->index, m->destination) : 0;
}

static int make_point_in_source(const struct plan_mount *cover, const struct plan_mount *m,
				struct err *e)
{
	autoclose int root = open(cover->source, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return 0; /* CRIU will say what is wrong with it */
	return make_point(root, m->destination + strlen(cover->destination), m, e);
}

int cr_make_mount_points(const struct plan *plan, int root_fd, struct err *e)
{
	for (size_t i = 0; i < plan->n_mounts; i++) {
		const struct plan_mount *m = &plan->mounts[i];
		const struct plan_mount *cover = find_cover(plan, m);
		int r = 0;

		if (m->kind == MOUNT_KIND_REMOUNT || m->copy_symlink)
			continue;
		if (!cover)
			r = make_point(root_fd, m->destination, m, e);
		else if (cover->kind == MOUNT_KIND_BIND)
			r = make_point_in_source(cover, m, e);
		if (r < 0) /* what else covers it, comes with the images */
			return r;
	}
	return 0;
}
