/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/magic.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/retry.h"
#include "base/sys.h"
#include "rootfs/parts.h"

#define DEVPTS_ROOT_INODE 1
#define DEVPTS_PTMX_INODE 2

static int check_devpts(int fd, ino_t inode, const char *name, struct err *e)
{
	struct statfs fs;
	struct stat st;

	if (fstatfs(fd, &fs) < 0 || fstat(fd, &st) < 0)
		return err_errno(e, "stat %s", name);
	if (fs.f_type != DEVPTS_SUPER_MAGIC || st.st_ino != inode)
		return err_set(e, EINVAL, "%s is not that of a devpts", name);
	if (inode == DEVPTS_PTMX_INODE && (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(5, 2)))
		return err_set(e, EINVAL, "%s is not a terminal multiplexer", name);
	return 0;
}

int rootfs_open_ptmx(struct rootfs *r, struct err *e)
{
	static const char name[] = "/dev/pts/ptmx";

	autoclose int pts = path_open_in(r->root_fd, "/dev/pts", O_PATH | O_DIRECTORY, 0);
	if (pts < 0)
		return err_errno(e, "open %s", name);

	int ret = check_devpts(pts, DEVPTS_ROOT_INODE, "/dev/pts", e);
	if (ret < 0)
		return ret;

	/* Looked at before it is opened: opening a device can have effects. */
	autoclose int seen = RETRY(openat(pts, "ptmx", O_PATH | O_NOFOLLOW | O_CLOEXEC));
	if (seen < 0)
		return err_errno(e, "open %s", name);
	ret = check_devpts(seen, DEVPTS_PTMX_INODE, name, e);
	if (ret < 0)
		return ret;

	autoclose int fd = RETRY(openat(pts, "ptmx", O_RDWR | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC));
	if (fd < 0)
		return err_errno(e, "open %s", name);
	ret = check_devpts(fd, DEVPTS_PTMX_INODE, name, e);
	return ret < 0 ? ret : take_fd(&fd);
}

/* /dev/console as it is, or made: a regular file to mount on. Never through a link. */
static int console_target(int dev, struct err *e)
{
	struct stat st;

	autoclose int made = RETRY(
		openat(dev, "console", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
	if (made < 0 && errno != EEXIST)
		return err_errno(e, "create /dev/console");

	autoclose int fd = RETRY(openat(dev, "console", O_PATH | O_NOFOLLOW | O_CLOEXEC));
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno(e, "open /dev/console");
	if (!S_ISREG(st.st_mode) && !S_ISCHR(st.st_mode))
		return err_set(e, ELOOP, "/dev/console in the root is neither a file nor a device");
	return take_fd(&fd);
}

int rootfs_dev_console(struct rootfs *r, int pty_peer_fd, struct err *e)
{
	if (!has_mount_ns(r))
		return 0;

	autoclose int dev = path_mkdirs_in(r->root_fd, "/dev", 0755);
	if (dev < 0)
		return err_errno(e, "open /dev");

	autoclose int target = console_target(dev, e);
	if (target < 0)
		return target;

	autoclose int tree = tree_clone(pty_peer_fd, "", false);
	if (tree < 0)
		return err_errno(e, "bind the terminal: open_tree(2)");
	if (tree_attach(tree, target) < 0)
		return err_errno(e, "bind the terminal: move_mount(2)");
	return 0;
}
