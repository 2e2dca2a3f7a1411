/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/retry.h"
#include "base/sys.h"
#include "rootfs/parts.h"

#define CGROUP_ROOT "/sys/fs/cgroup"
/* As every runtime mounts the hierarchies of v1, whatever the options say. */
#define V1_ATTRS    (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

typedef const struct plan_cgroup_dir cgroup_dir;

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* "cpu,cpuacct" as options of a cgroup v1 mount; a named hierarchy has no controller. */
static int v1_mount(cgroup_dir *d, uint64_t attrs, struct err *e)
{
	const char *data[2] = { d->name, "none" };
	const struct new_fs named = {
		.type = "cgroup", .source = "cgroup", .data = data, .n_data = 2, .attrs = attrs
	};

	if (strchr(d->name, '='))
		return fs_mount(&named, e);

	autofree char *copy = mem_strdup(d->name);
	autofree const char **list = mem_new(strlen(copy) + 1, sizeof(*list));
	struct new_fs fs = { .type = "cgroup", .source = "cgroup", .data = list, .attrs = attrs };
	char *rest = copy;

	for (char *name; (name = strsep(&rest, ","));)
		list[fs.n_data++] = name;
	return fs_mount(&fs, e);
}

/* A directory of the host's hierarchy, read-only before anyone can see it. */
static int bound(const char *path, bool recursive, uint64_t attrs, struct err *e)
{
	autoclose int fd = tree_clone(AT_FDCWD, path, recursive);
	if (fd < 0)
		return err_errno(e, "open %s", path);
	if (tree_attr(fd, attrs, 0, recursive) < 0)
		return err_errno(e, "mount_setattr(2) %s", path);
	if (tree_check(fd, attrs, e) < 0)
		return err_ctx(e, "%s", path);
	return take_fd(&fd);
}

/*
 * The container's own cgroup as a root: with a cgroup namespace a mount shows just that. Where
 * it is refused, or without one, the directory is bound.
 */
static int own_cgroup(struct rootfs *r, cgroup_dir *d, const struct plan_mount *m, uint64_t attrs,
		      struct err *e)
{
	if (!r->plan->ns[NS_CGROUP].wanted)
		return bound(d->path, false, attrs, e);

	const struct new_fs v2 = {
		.type = "cgroup2",
		.source = "cgroup",
		.data = m->data.v,
		.n_data = d->is_v2 ? m->data.n : 0,
		.attrs = attrs,
	};
	int first = d->is_v2 ? fs_mount(&v2, e) : v1_mount(d, attrs, e);
	if (first != -EPERM && first != -EBUSY)
		return first;

	struct err second = { 0 };
	int fd = bound(d->path, false, attrs, &second);
	return fd >= 0 ? fd : err_append(e, "%s", second.text);
}

/* Links for the controllers that share one mount: cpu and cpuacct -> cpu,cpuacct. */
static int link_controllers(cgroup_dir *d, int tmpfs, struct err *e)
{
	const char *target = base_name(d->mount);

	if (d->is_v2 || strchr(d->name, '='))
		return 0;

	autofree char *copy = mem_strdup(d->name);
	char *rest = copy;
	for (char *name; (name = strsep(&rest, ","));)
		if (!str_eq(name, target) && symlinkat(target, tmpfs, name) < 0)
			return err_errno(e, "symlink %s", name);
	return 0;
}

static int v1_one(struct rootfs *r, cgroup_dir *d, const struct plan_mount *m, int tmpfs,
		  struct err *e)
{
	bool is_forced = m->kind == MOUNT_KIND_SYSTEMD_V1;
	const char *name = is_forced ? "systemd" : base_name(d->mount);

	autoclose int tree = own_cgroup(r, d, m, m->attr_set | V1_ATTRS, e);
	if (tree < 0)
		return tree;
	if (mkdirat(tmpfs, name, 0755) < 0)
		return err_errno(e, "mkdir %s", name);

	autoclose int target =
		RETRY(openat(tmpfs, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
	if (target < 0)
		return err_errno(e, "open %s", name);
	if (tree_attach(tree, target) < 0)
		return err_errno(e, "move_mount(2)");
	return link_controllers(d, tmpfs, e);
}

/* v1 and hybrid: a tmpfs with one mount for each hierarchy, and links; or, wherever crun's
 * annotation asks for it, with that of systemd only. The plan has warned of
 * options that mean nothing here. */
static int mount_v1(struct rootfs *r, const struct plan_mount *m, int target, struct err *e)
{
	const char *mode = "mode=755";
	struct plan_mount top = *m;
	const struct plan_cgroup *c = &r->plan->cgroup;

	const struct new_fs fs = { .type = "tmpfs",
				   .source = "tmpfs",
				   .data = &mode,
				   .n_data = 1,
				   .attrs = m->attr_set & ~(uint64_t)MOUNT_ATTR_RDONLY };
	autoclose int tree = fs_mount(&fs, e);
	if (tree < 0)
		return tree;

	autoclose int tmpfs = fcntl(tree, F_DUPFD_CLOEXEC, 0);
	if (tmpfs < 0)
		return err_errno(e, "fcntl(2)");
	top.readonly_last = true;
	int ret = mount_at(r, &top, &tree, target, e);
	for (size_t i = 0; ret == 0 && i < c->n_dirs; i++) {
		if (m->kind == MOUNT_KIND_SYSTEMD_V1 && !str_eq(c->dirs[i].name, CGROUP_SYSTEMD_V1))
			continue;
		ret = v1_one(r, &c->dirs[i], m, tmpfs, e);
		/* An ordinary user may have got no cgroup of its own there; then there is none to show. */
		if (ret == -ENOENT && c->rootless && !c->path_asked) {
			log_debug(r->log, "%s is not mounted: %s", c->dirs[i].mount, e->text);
			ret = 0;
			continue;
		}
		if (ret < 0)
			(void)err_ctx(e, "cgroup %s", c->dirs[i].name);
	}
	return ret;
}

static int host_tree(struct rootfs *r, const struct plan_mount *m, int target, struct err *e)
{
	autoclose int tree = bound(CGROUP_ROOT, true, m->attr_set | MOUNT_ATTR_RDONLY, e);

	return tree < 0 ? tree : mount_at(r, m, &tree, target, e);
}

static int mount_v2(struct rootfs *r, const struct plan_mount *m, int target, struct err *e)
{
	if (m->data.n && !r->plan->ns[NS_CGROUP].wanted)
		return err_set(e, EINVAL, "option \"%s\" needs a cgroup namespace", m->data.v[0]);

	autoclose int tree = own_cgroup(r, &r->plan->cgroup.dirs[0], m, early_attrs(m), e);
	/* No cgroup of its own: the host's, which a bound /sys would show writable (CVE-2023-25809). */
	if (tree == -ENOENT && r->plan->cgroup.rootless && !r->plan->cgroup.path_asked) {
		log_debug(r->log, "%s is the host's, read-only: %s", m->destination, e->text);
		return host_tree(r, m, target, e);
	}
	return tree < 0 ? tree : mount_at(r, m, &tree, target, e);
}

int mount_cgroup(struct rootfs *r, const struct plan_mount *m, struct err *e)
{
	const struct plan_cgroup *c = &r->plan->cgroup;

	struct target at;
	autoclose int target = mount_target(r, m, TARGET_DIR, &at, e);
	if (target < 0)
		return target;
	/* The container's place is not ours to know: the host's tree, which it must not change. */
	if (c->n_dirs == 0)
		return host_tree(r, m, target, e);
	if (m->kind == MOUNT_KIND_SYSTEMD_V1)
		return mount_v1(r, m, target, e);
	return c->mode == CGROUP_V2 ? mount_v2(r, m, target, e) : mount_v1(r, m, target, e);
}
