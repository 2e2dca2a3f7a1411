/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/sys.h"
#include "rootfs/parts.h"

/*
 * CRIU makes the mounts of a restored container from its images, but not with all flags: the
 * root is as its source is, and of several mounts of one file the later ones are as the first.
 */

#define MASK_ATTRS (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC)

/* Nothing runs in the container: what is no mount now was none when it was saved. */
static int open_mount(const struct rootfs *r, const char *path, int flags)
{
	autoclose int fd = path_open_in(r->root_fd, path, O_PATH | flags, 0);

	return fd >= 0 && sys_is_mount_root(fd) > 0 ? take_fd(&fd) : -1;
}

static int reseal_bind(const struct rootfs *r, const struct plan_mount *m, struct err *e)
{
	autoclose int fd = open_mount(r, m->destination, m->dest_nofollow ? O_NOFOLLOW : 0);

	if (fd < 0 || m->kind != MOUNT_KIND_BIND)
		return 0;
	if (tree_attr(fd, m->attr_set, 0, false) < 0 || tree_attr(fd, m->rec_attr_set, 0, true) < 0)
		return err_errno(e, "mounts[%zu]: %s: mount_setattr(2)", m->index, m->destination);
	return 0;
}

static int reseal_mask(const struct rootfs *r, const char *path, struct err *e)
{
	autoclose int fd = open_mount(r, path, 0);

	if (fd < 0 || !fd_is_null(fd))
		return 0;
	return tree_attr(fd, MASK_ATTRS, 0, false) < 0 ? err_errno(e, "%s: mount_setattr(2)", path)
						       : 0;
}

int rootfs_reseal(struct rootfs *r, struct err *e)
{
	const struct plan *p = r->plan;
	int ret = 0;

	r->root_fd = openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (r->root_fd < 0)
		return err_errno(e, "open the container's root");
	for (size_t i = 0; ret == 0 && i < p->n_mounts; i++)
		ret = reseal_bind(r, &p->mounts[i], e);
	for (size_t i = 0; ret == 0 && i < p->masked_paths.n; i++)
		ret = reseal_mask(r, p->masked_paths.v[i], e);
	if (ret == 0 && p->root_readonly && tree_attr(r->root_fd, MOUNT_ATTR_RDONLY, 0, false) < 0)
		ret = err_errno(e, "root.readonly: mount_setattr(2)");
	return ret < 0 ? ret : rootfs_verify(r, e);
}
