/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/retry.h"
#include "base/sys.h"
#include "rootfs/parts.h"

#define DIR_MODE 0755

static bool is_device(const struct stat *st, const struct plan_device *d)
{
	if ((st->st_mode & S_IFMT) != (d->mode & S_IFMT))
		return false;
	return S_ISFIFO(st->st_mode) || st->st_rdev == makedev(d->major, d->minor);
}

static bool is_wanted_node(const struct stat *st, const struct plan_device *d)
{
	return is_device(st, d) && (st->st_mode & 07777) == (d->mode & 07777) &&
	       st->st_uid == d->uid && st->st_gid == d->gid;
}

/* In a user namespace no device can be made: the host's is bound. */
static bool is_bound(const struct rootfs *r, const struct plan_device *d)
{
	return r->plan->ns[NS_USER].wanted && !S_ISFIFO(d->mode);
}

/*
 * What is in the way of a node: a node of that device is replaced by ours, anything else is the
 * image's or another container's and stays. Return: 1 when that may be in our place, 0 when the
 * place can be taken now, or negative errno.
 */
static int clear_place(struct rootfs *r, int dir, const char *name, const struct plan_device *d,
		       struct err *e)
{
	struct stat st;

	autoclose int fd = RETRY(openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno(e, "stat");
	if (is_wanted_node(&st, d))
		return 1;
	/* A mount of config.json: its author wants it there. */
	if (fd_mount_id(fd) != fd_mount_id(dir)) {
		if (!is_device(&st, d))
			log_warn(r->log,
				 "device %s: something else is mounted there; left as it is",
				 d->path);
		return 1;
	}
	if (is_bound(r, d) && (S_ISREG(st.st_mode) || is_device(&st, d)))
		return 0; /* to mount on */
	if (!is_device(&st, d))
		return err_set(e, EEXIST, "what is there already is not that device");
	return unlinkat(dir, name, 0) < 0 ? err_errno(e, "unlink what is in its place") : 0;
}

/* mknod(2) with exactly the mode and owner that are asked for (init's umask is 0), read back. */
static int make_node(int dir, const char *name, const struct plan_device *d, struct err *e)
{
	struct stat st;

	if (mknodat(dir, name, d->mode, makedev(d->major, d->minor)) < 0)
		return err_errno(e, "mknod(2)");

	if ((d->uid || d->gid) && fchownat(dir, name, d->uid, d->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return err_errno(e, "chown(2)");
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_errno(e, "stat");
	if (!is_wanted_node(&st, d))
		return err_set(e, EIO, "the node that was made is not what was asked for");
	return 0;
}

/* A file to mount on, made or found; never through a link. */
static int mount_point(int dir, const char *name, const struct plan_device *d, struct err *e)
{
	struct stat st;

	autoclose int made =
		RETRY(openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0));
	if (made < 0 && errno != EEXIST)
		return err_errno(e, "create mountpoint");

	autoclose int fd = RETRY(openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno(e, "open mountpoint");
	if (!S_ISREG(st.st_mode) && !is_device(&st, d))
		return err_set(e, EEXIST, "what is there already is not that device");
	return take_fd(&fd);
}

/* Where mknod(2) is not allowed: the host's node, if it is that device. */
static int bind_node(int dir, const char *name, const struct plan_device *d, struct err *e)
{
	struct stat st;

	autoclose int tree = tree_clone(AT_FDCWD, d->path, false);
	if (tree < 0 || fstat(tree, &st) < 0)
		return err_errno(e, "bind the host's %s", d->path);
	if (!is_device(&st, d))
		return err_set(e, ENODEV, "the host's %s is another device", d->path);

	if (tree_attr(tree, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, 0, false) < 0)
		return err_errno(e, "bind the host's %s: mount_setattr(2)", d->path);

	autoclose int target = mount_point(dir, name, d, e);
	if (target < 0)
		return target;
	if (tree_attach(tree, target) < 0)
		return err_errno(e, "bind the host's %s: move_mount(2)", d->path);
	return 0;
}

/* The directory of the device before, which is mostly that of the next, too. */
struct device_dir {
	char *path;
	int fd;
};

static void device_dir_done(struct device_dir *d)
{
	free(d->path);
	if (d->fd >= 0)
		(void)close(d->fd);
}

static int enter_dir(struct rootfs *r, struct device_dir *dir, const char *path, size_t len,
		     struct err *e)
{
	if (dir->path && strlen(dir->path) == len && memcmp(dir->path, path, len) == 0)
		return 0;
	device_dir_done(dir);
	*dir = (struct device_dir){ mem_strdup(path), -1 };
	dir->path[len] = '\0';
	dir->fd = path_mkdirs_in(r->root_fd, dir->path, DIR_MODE);
	return dir->fd < 0 ? err_errno(e, "create %s", dir->path) : 0;
}

/* In a directory with nothing in the way, as a new /dev mostly is. */
static bool is_made_at_once(struct rootfs *r, int dir, const char *name,
			    const struct plan_device *d, int *ret, struct err *e)
{
	if (is_bound(r, d))
		return false;
	*ret = make_node(dir, name, d, e);
	return *ret != -EEXIST && *ret != -EPERM;
}

static int make_device(struct rootfs *r, struct device_dir *at, const struct plan_device *d,
		       struct err *e)
{
	const char *slash = strrchr(d->path, '/');
	if (!slash || !slash[1])
		return err_set(e, EINVAL, "not the path of a file");

	int ret = enter_dir(r, at, d->path, (size_t)(slash - d->path) + 1, e);
	if (ret < 0)
		return ret;
	int dir = at->fd;
	if (is_made_at_once(r, dir, slash + 1, d, &ret, e))
		return ret;

	ret = clear_place(r, dir, slash + 1, d, e);
	if (ret != 0)
		return ret < 0 ? ret : 0;
	/* Without a mount namespace a bind would be made on the host, and stay. */
	if (is_bound(r, d) && has_mount_ns(r))
		return bind_node(dir, slash + 1, d, e);
	ret = make_node(dir, slash + 1, d, e);
	if (ret != -EPERM || !has_mount_ns(r))
		return ret;

	struct err second = { 0 };
	return bind_node(dir, slash + 1, d, &second) == 0 ? 0 : err_append(e, "%s", second.text);
}

static const struct {
	const char *target, *name;
} links[] = {
	{ "/proc/self/fd", "fd" },	 { "/proc/self/fd/0", "stdin" },
	{ "/proc/self/fd/1", "stdout" }, { "/proc/self/fd/2", "stderr" },
	{ "/proc/kcore", "core" },
};

/* A link that exists stays, whatever it is: it can mislead nobody but the container. */
static int make_links(struct rootfs *r, int dev, struct err *e)
{
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		if (str_eq(links[i].name, "core") &&
		    (r->proc_fd < 0 || fstatat(r->proc_fd, "kcore", &st, 0) < 0))
			continue;
		if (symlinkat(links[i].target, dev, links[i].name) < 0 && errno != EEXIST)
			return err_errno(e, "symlink /dev/%s", links[i].name);
	}
	return 0;
}

/* Always the container's own devpts; the image's /dev/ptmx would be the host's. */
static int make_ptmx(struct rootfs *r, int dev, struct err *e)
{
	static const char target[] = "pts/ptmx";
	char now[PATH_MAX];

	if (symlinkat(target, dev, "ptmx") == 0)
		return 0;
	ssize_t n = readlinkat(dev, "ptmx", now, sizeof(now));
	if (n == (ssize_t)strlen(target) && memcmp(now, target, (size_t)n) == 0)
		return 0;
	if (unlinkat(dev, "ptmx", 0) < 0 && errno != ENOENT) {
		if (errno != EBUSY)
			return err_errno(e, "unlink /dev/ptmx");
		log_warn(r->log, "/dev/ptmx: something is mounted there; left as it is");
		return 0;
	}
	if (symlinkat(target, dev, "ptmx") < 0)
		return err_errno(e, "symlink /dev/ptmx");
	return 0;
}

int make_devices(struct rootfs *r, struct err *e)
{
	struct device_dir at autodone(device_dir) = { NULL, -1 };

	if (r->dev_fd >= 0)
		at = (struct device_dir){ mem_strdup("/dev/"), take_fd(&r->dev_fd) };
	for (size_t i = 0; i < r->plan->n_devices; i++) {
		const struct plan_device *d = &r->plan->devices[i];

		if (str_eq(d->path, "/dev/ptmx"))
			continue;
		if (make_device(r, &at, d, e) < 0)
			return err_ctx(e, "error creating device nodes: %s", d->path);
	}

	static const char dev[] = "/dev/";
	int ret = enter_dir(r, &at, dev, sizeof(dev) - 1, e);
	if (ret == 0)
		ret = make_ptmx(r, at.fd, e);
	return ret < 0 ? ret : make_links(r, at.fd, e);
}
