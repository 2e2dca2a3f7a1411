/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/sys.h"
#include "rootfs/parts.h"

/* Names of file systems that are known not to be mapped, for the one who wonders. */
static const struct {
	long magic;
	const char *name;
} fs_names[] = {
	{ NFS_SUPER_MAGIC, "nfs" },
	{ SMB_SUPER_MAGIC, "smb" },
	{ CIFS_SUPER_MAGIC, "cifs" },
	{ SMB2_SUPER_MAGIC, "smb3" },
	{ FUSE_SUPER_MAGIC, "fuse" },
	{ V9FS_MAGIC, "9p" },
	{ PROC_SUPER_MAGIC, "proc" },
	{ SYSFS_MAGIC, "sysfs" },
	{ CGROUP_SUPER_MAGIC, "cgroup" },
	{ CGROUP2_SUPER_MAGIC, "cgroup2" },
	{ OVERLAYFS_SUPER_MAGIC, "overlay" },
	{ TMPFS_MAGIC, "tmpfs" },
	{ DEVPTS_SUPER_MAGIC, "devpts" },
	{ DEBUGFS_MAGIC, "debugfs" },
	{ TRACEFS_MAGIC, "tracefs" },
	{ SECURITYFS_MAGIC, "securityfs" },
	{ NSFS_MAGIC, "nsfs" },
	{ RAMFS_MAGIC, "ramfs" },
	{ HUGETLBFS_MAGIC, "hugetlbfs" },
};

static int cannot_map(int tree, const struct plan_mount *m, struct err *e)
{
	struct statfs fs = { 0 };

	if (e->code == EPERM)
		return err_append(e, "the source is id-mapped already, or its file system "
				     "belongs to another user namespace");
	if (e->code != EINVAL || fstatfs(tree, &fs) < 0)
		return -e->code;
	for (size_t i = 0; i < ARRAY_SIZE(fs_names); i++)
		if (fs_names[i].magic == (long)fs.f_type) /* the C libraries disagree on its type */
			return err_append(e, "%s lies on a %s, which cannot be id-mapped",
					  m->source, fs_names[i].name);
	return err_append(e, "the file system of %s (type 0x%lx) cannot be id-mapped", m->source,
			  (unsigned long)fs.f_type);
}

int rootfs_idmap(int tree_fd, int userns_fd, const struct plan_mount *m, struct err *e)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP,
				   .userns_fd = (unsigned int)userns_fd };
	unsigned int flags = AT_EMPTY_PATH | (m->idmap_recursive ? AT_RECURSIVE : 0u);

	if (sys_mount_setattr(tree_fd, "", flags, &attr, sizeof(attr)) == 0)
		return 0;
	(void)err_errno(e, "idmap: mount_setattr(2)");
	/* The tree is given up, so its top may be tried alone. */
	if (m->idmap_recursive &&
	    sys_mount_setattr(tree_fd, "", AT_EMPTY_PATH, &attr, sizeof(attr)) == 0)
		return err_append(
			e,
			"a mount below %s cannot be id-mapped: `idmap` leaves out what `ridmap` maps",
			m->source);
	return cannot_map(tree_fd, m, e);
}

/* The detached tree of a bind mount: opened for us, or cloned here. */
static int source_tree(struct rootfs *r, const struct plan_mount *m, struct err *e)
{
	struct rootfs_source from = { -1, -1 };
	bool nofollow = m->src_nofollow || m->copy_symlink;

	if (r->take_source) {
		int ret = r->take_source(r->source_arg, (size_t)(m - r->plan->mounts), &from, e);

		if (ret < 0)
			return ret;
	}
	autoclose int userns = from.userns_fd;
	if (from.tree_fd >= 0)
		return from.tree_fd;
	if (m->idmap != IDMAP_NONE && userns < 0)
		return err_set(e, EPERM, "idmap: no user namespace was opened for it");

	autoclose int fd = nofollow ? tree_clone_at(AT_FDCWD, m->source, m->recursive)
				    : tree_clone(AT_FDCWD, m->source, m->recursive);
	if (fd < 0)
		return err_errno(e, "failed to fulfil mount request: open %s", m->source);
	if (m->idmap != IDMAP_NONE) {
		int ret = rootfs_idmap(fd, userns, m, e);

		if (ret < 0)
			return ret;
	}
	return take_fd(&fd);
}

static bool links_to(int dir, const char *name, const char *target)
{
	char now[PATH_MAX];
	ssize_t n = readlinkat(dir, name, now, sizeof(now));

	return n >= 0 && (size_t)n == strlen(target) && memcmp(now, target, (size_t)n) == 0;
}

/* The option copy-symlink: the same link in the container, which must lack it or have it so. */
static int copy_symlink(struct rootfs *r, const struct plan_mount *m, int link, struct err *e)
{
	const char *slash = strrchr(m->destination, '/');
	char target[PATH_MAX];

	ssize_t n = readlinkat(link, "", target, sizeof(target) - 1);
	if (n < 0)
		return err_errno(e, "readlink %s", m->source);
	target[n] = '\0';
	if (!slash || !slash[1])
		return err_set(e, EISDIR, "copy-symlink: / cannot be a symlink");

	autofree char *parent = mem_strdup(m->destination);
	parent[slash - m->destination + 1] = '\0';
	autoclose int dir = path_mkdirs_in(r->root_fd, parent, 0755);
	if (dir < 0)
		return err_errno(e, "create %s", parent);
	int ret = mount_check_place(r, m, dir, e);
	if (ret < 0)
		return ret;
	if (symlinkat(target, dir, slash + 1) == 0 || links_to(dir, slash + 1, target))
		return 0;
	errno = EEXIST;
	return err_errno(e, "copy-symlink: create %s", m->destination);
}

static unsigned int target_kind(int tree, const struct stat *st)
{
	struct statfs fs;
	unsigned int what = S_ISDIR(st->st_mode) ? TARGET_DIR : 0;

	/* Over /proc itself only another procfs may be bound (CVE-2019-16884). */
	if (fstatfs(tree, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC &&
	    st->st_ino == PROC_ROOT_INODE)
		what |= TARGET_PROC;
	return what;
}

int mount_bind(struct rootfs *r, const struct plan_mount *m, struct err *e)
{
	struct stat st;

	autoclose int tree = source_tree(r, m, e);
	if (tree < 0)
		return tree;
	if (fstat(tree, &st) < 0)
		return err_errno(e, "stat %s", m->source);
	if (m->copy_symlink && S_ISLNK(st.st_mode))
		return copy_symlink(r, m, tree, e);
	if (tree_attr_like_bind(tree, m) < 0)
		return err_errno(e, "mount_setattr(2)");
	if (tree_attr(tree, m->rec_attr_set, m->rec_attr_clr, true) < 0)
		return err_errno(e, "mount_setattr(2), recursive");
	int ret = tree_check_mount(tree, m, e);
	if (ret < 0)
		return ret;

	struct target at;
	autoclose int target = mount_target(r, m, target_kind(tree, &st), &at, e);
	return target < 0 ? target : mount_at(r, m, &tree, target, e);
}
