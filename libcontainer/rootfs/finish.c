/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/cleanup.h"
#include "base/sys.h"
#include "rootfs/parts.h"

int rootfs_protect(struct rootfs *r, struct err *e)
{
	for (size_t i = 0; i < r->n_late; i++)
		if (tree_attr(r->late_fds[i], MOUNT_ATTR_RDONLY, 0, false) < 0)
			return err_errno(e, "make a mount read-only: mount_setattr(2)");
	if (!has_mount_ns(r))
		return 0;

	int ret = make_readonly_paths(r, e);
	if (ret == 0)
		ret = make_masked_paths(r, e);
	if (ret < 0)
		return ret;
	if (r->plan->root_readonly && tree_attr(r->root_fd, MOUNT_ATTR_RDONLY, 0, false) < 0)
		return err_errno(e, "root.readonly: mount_setattr(2)");
	return 0;
}

/* pivot_root(2) takes no root that is shared. */
int rootfs_finish(struct rootfs *r, struct err *e)
{
	unsigned long flags = r->plan->root_propagation;

	if (has_mount_ns(r) && flags && tree_propagation(r->root_fd, flags) < 0)
		return err_errno(e, "linux.rootfsPropagation: mount_setattr(2)");
	return 0;
}

int rootfs_verify(struct rootfs *r, struct err *e)
{
	struct file_id slash, root;

	/* Behind "/.." is what lies on top of the root: the host's, had it not been unmounted. */
	if (sys_file_id(AT_FDCWD, "/..", &slash) < 0 || sys_file_id(r->root_fd, "", &root) < 0)
		return err_errno(e, "stat /");
	if (slash.mount != root.mount || slash.ino != root.ino ||
	    slash.dev_major != root.dev_major || slash.dev_minor != root.dev_minor)
		return err_set(e, EIO, "/ is not the container's root");
	if (r->plan->root_readonly && !fd_is_readonly(r->root_fd))
		return err_set(e, EIO, "root.readonly: / is not read-only");
	for (size_t i = 0; i < r->n_late; i++)
		if (!fd_is_readonly(r->late_fds[i]))
			return err_set(e, EIO, "a mount with the option ro is not read-only");
	return verify_hidden_paths(r, e);
}
