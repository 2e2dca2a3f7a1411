/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "base/sys.h"
#include "rootfs/parts.h"

/* Cleared in a bind mount with any flag of its own named; access times are not among them. */
#define BIND_FLAGS                                                                                 \
	((uint64_t)(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | \
		    MOUNT_ATTR_NOSYMFOLLOW))

int tree_clone(int dir_fd, const char *path, bool recursive)
{
	unsigned int flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH;

	int fd = sys_open_tree(dir_fd, path, flags | (recursive ? AT_RECURSIVE : 0u));
	return fd < 0 ? -errno : fd;
}

int tree_clone_at(int dir_fd, const char *name, bool recursive)
{
	unsigned int flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH |
			     AT_SYMLINK_NOFOLLOW;

	int fd = sys_open_tree(dir_fd, name, flags | (recursive ? AT_RECURSIVE : 0u));
	return fd < 0 ? -errno : fd;
}

int tree_attach_at(int tree_fd, int dir_fd, const char *name)
{
	if (sys_move_mount(tree_fd, "", dir_fd, name,
			   MOVE_MOUNT_F_EMPTY_PATH | (*name ? 0u : MOVE_MOUNT_T_EMPTY_PATH)) < 0)
		return -errno;
	return 0;
}

int tree_attach(int tree_fd, int target_fd)
{
	return tree_attach_at(tree_fd, target_fd, "");
}

int tree_attr(int tree_fd, uint64_t set, uint64_t clr, bool recursive)
{
	struct mount_attr attr = { .attr_set = set, .attr_clr = clr };

	if (!set && !clr)
		return 0;
	if ((set | clr) & MOUNT_ATTR__ATIME)
		attr.attr_clr |= MOUNT_ATTR__ATIME;
	if (sys_mount_setattr(tree_fd, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0u), &attr,
			      sizeof(attr)) < 0)
		return -errno;
	return 0;
}

/* The flags of a mount that a user namespace may lock. Return: 0 or -1 with errno set. */
static int lockable_flags(int fd, uint64_t *ret)
{
	struct statfs fs;

	*ret = 0;
	if (fstatfs(fd, &fs) < 0)
		return -1;
	if (fs.f_flags & ST_RDONLY)
		*ret |= MOUNT_ATTR_RDONLY;
	if (fs.f_flags & ST_NOSUID)
		*ret |= MOUNT_ATTR_NOSUID;
	if (fs.f_flags & ST_NODEV)
		*ret |= MOUNT_ATTR_NODEV;
	if (fs.f_flags & ST_NOEXEC)
		*ret |= MOUNT_ATTR_NOEXEC;
	return 0;
}

int tree_check(int tree_fd, uint64_t set, struct err *e)
{
	uint64_t has;

	set &= MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	if (!set)
		return 0;
	if (lockable_flags(tree_fd, &has) < 0)
		return err_errno(e, "read the flags of the mount back: statfs(2)");
	return (has & set) == set ? 0
				  : err_set(e, EIO, "the mount has not the flags that were set");
}

int tree_check_mount(int tree_fd, const struct plan_mount *m, struct err *e)
{
	return tree_check(tree_fd, (early_attrs(m) & ~m->rec_attr_clr) | m->rec_attr_set, e);
}

int tree_attr_like_bind(int tree_fd, const struct plan_mount *m)
{
	uint64_t unnamed = m->attr_explicit ? BIND_FLAGS & ~(m->attr_set | m->attr_clr) : 0;

	int first = tree_attr(tree_fd, early_attrs(m), m->attr_clr | unnamed, false);
	if (first != -EPERM)
		return first;

	/* What was named is wanted; what was not may stay, if that is what is locked. */
	uint64_t locked;
	uint64_t keep = lockable_flags(tree_fd, &locked) < 0 ? 0 : unnamed & locked;
	if (!keep ||
	    tree_attr(tree_fd, early_attrs(m), m->attr_clr | (unnamed & ~keep), false) < 0) {
		errno = -first;
		return first;
	}
	return 0;
}

int path_propagation(int dir_fd, const char *path, unsigned long flags)
{
	struct mount_attr attr = { .propagation = flags & ~(unsigned long)MS_REC };

	if (sys_mount_setattr(dir_fd, path, AT_EMPTY_PATH | (flags & MS_REC ? AT_RECURSIVE : 0u),
			      &attr, sizeof(attr)) < 0)
		return -errno;
	return 0;
}

int tree_propagation(int tree_fd, unsigned long flags)
{
	return path_propagation(tree_fd, "", flags);
}

uint64_t fd_mount_id(int fd)
{
	uint64_t id;

	return sys_mount_id(fd, &id) < 0 ? 0 : id;
}

bool fd_is_null(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3);
}

bool fd_is_procfs_root(int fd)
{
	struct statfs fs;
	struct stat st;

	return fstatfs(fd, &fs) == 0 && fstat(fd, &st) == 0 && fs.f_type == PROC_SUPER_MAGIC &&
	       st.st_ino == PROC_ROOT_INODE;
}

bool fd_is_readonly(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && (fs.f_flags & ST_RDONLY);
}

bool fd_same_file(int a, int b)
{
	struct stat sa, sb;

	return fstat(a, &sa) == 0 && fstat(b, &sb) == 0 && sa.st_dev == sb.st_dev &&
	       sa.st_ino == sb.st_ino;
}

bool path_is_below(const char *path, const char *dir)
{
	const char *rest = str_after(path, dir);

	return rest && (*rest == '\0' || *rest == '/');
}
