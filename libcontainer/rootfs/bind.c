/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/magic.h>
#include <sys/vfs.h>

#include "base/cleanup.h"
#include "base/sys.h"
#include "rootfs/parts.h"

#define PROC_ROOT_INODE 1

/* The detached tree of a bind mount: opened by the host for us, or cloned here. */
static int source_tree(struct rootfs *r, const struct plan_mount *m, struct err *e)
{
	size_t i = (size_t)(m - r->plan->mounts);

	if (r->source_fds && r->source_fds[i] >= 0)
		return take_fd(&r->source_fds[i]);

	int fd = tree_clone(AT_FDCWD, m->source, m->recursive);
	if (fd < 0)
		return err_errno(e, "failed to fulfil mount request: open %s", m->source);
	return fd;
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
	if (tree_attr_like_bind(tree, m) < 0)
		return err_errno(e, "mount_setattr(2)");
	if (tree_attr(tree, m->rec_attr_set, m->rec_attr_clr, true) < 0)
		return err_errno(e, "mount_setattr(2), recursive");

	autoclose int target = mount_target(r, m, target_kind(tree, &st), NULL, e);
	return target < 0 ? target : mount_at(r, m, &tree, target, e);
}
