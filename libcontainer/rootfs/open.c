/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/retry.h"
#include "base/sys.h"
#include "rootfs/parts.h"

#define OPEN_DIR (O_PATH | O_DIRECTORY | O_CLOEXEC)

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static void close_all(int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (fds[i] >= 0)
			(void)close(fds[i]);
	free(fds);
}

void rootfs_done(struct rootfs *r)
{
	int *const own[] = { &r->root_fd, &r->old_root_fd, &r->reached_fd,
			     &r->null_fd, &r->own_proc_fd, &r->dev_fd };

	for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
		if (*own[i] >= 0)
			(void)close(*own[i]);
		*own[i] = -1;
	}
	close_all(r->late_fds, r->n_late);
	r->late_fds = NULL;
	r->n_late = 0;
}

/* The canonical path of a directory, verified to lead to it. */
static int canonical(int fd, const struct stat *st, struct arena *a, const char **ret_path,
		     struct err *e)
{
	char self[64], path[PATH_MAX];
	struct stat again;

	(void)snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	ssize_t n = readlinkat(AT_FDCWD, self, path, sizeof(path));
	if (n < 0)
		return err_errno(e, "readlink %s", self);
	if ((size_t)n >= sizeof(path))
		return err_set(e, ENAMETOOLONG, "path: %s", errno_text(ENAMETOOLONG));
	path[n] = '\0';

	if (fstatat(AT_FDCWD, path, &again, AT_SYMLINK_NOFOLLOW) < 0)
		return err_errno(e, "stat %s", path);
	if (!same_file(st, &again))
		return err_set(e, ESTALE, "%s was replaced meanwhile", path);
	*ret_path = arena_strdup(a, path);
	return 0;
}

int rootfs_open_host(const char *path, struct arena *a, const char **ret_path, struct err *e)
{
	struct stat st, host;

	autoclose int fd = RETRY(openat(AT_FDCWD, path, O_PATH | O_CLOEXEC));
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno(e, "invalid rootfs: stat %s", path);
	if (!S_ISDIR(st.st_mode))
		return err_set(e, ENOTDIR, "invalid rootfs: %s is not a directory", path);

	if (fstatat(AT_FDCWD, "/", &host, 0) < 0)
		return err_errno(e, "stat /");
	if (same_file(&st, &host))
		return err_set(e, EINVAL, "invalid rootfs: %s is the host's own root directory",
			       path);

	if (canonical(fd, &st, a, ret_path, e) < 0)
		return err_ctx(e, "invalid rootfs");
	return take_fd(&fd);
}

bool has_mount_ns(const struct rootfs *r)
{
	return r->plan->ns[NS_MOUNT].wanted;
}

/* Mounts of config.json are made all the same, as runc does; the plan has warned that they stay. */
static int refuse_without_namespace(const struct plan *p, struct err *e)
{
	const struct {
		bool asked;
		const char *what;
	} needs[] = {
		{ p->masked_paths.n > 0, "linux.maskedPaths" },
		{ p->readonly_paths.n > 0, "linux.readonlyPaths" },
		{ p->root_readonly, "root.readonly" },
		{ p->root_propagation != 0, "linux.rootfsPropagation" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(needs); i++)
		if (needs[i].asked)
			return err_set_kind(e, ERR_CONFIG, EINVAL,
					    "%s: needs a private mount namespace", needs[i].what);
	return 0;
}

/*
 * The propagation of "/" while the container is made. Unbindable mounts could not be bound,
 * so that comes in the end (rootfs_finish); until then they are private.
 */
static unsigned long first_propagation(const struct plan *p)
{
	unsigned long flags = p->root_propagation ? p->root_propagation : MS_SLAVE | MS_REC;

	if (flags & MS_UNBINDABLE)
		flags = MS_PRIVATE | (flags & MS_REC);
	return flags;
}

/*
 * The mount that the root lies in must not be shared: a copy of it would be its peer, and all
 * that is mounted in the container would appear on the host.
 */
static int make_parent_private(int root, struct err *e)
{
	uint64_t id = fd_mount_id(root);

	autoclose int fd = RETRY(openat(root, ".", OPEN_DIR));
	while (fd >= 0) {
		autoclose int up = RETRY(openat(fd, "..", OPEN_DIR));

		if (up < 0)
			return err_errno(e, "open the parent of the root");
		if (fd_mount_id(up) != id || fd_same_file(up, fd))
			break;
		(void)close(fd);
		fd = take_fd(&up);
	}
	if (fd < 0)
		return err_errno(e, "open the root");
	if (tree_propagation(fd, MS_PRIVATE) < 0)
		return err_errno(e, "make the mount of the root private: mount_setattr(2)");
	return 0;
}

static int isolate(const struct plan *p, int root, struct err *e)
{
	unsigned long flags = first_propagation(p);

	if ((flags & MS_PRIVATE) && p->request && p->request->no_pivot)
		return err_set_kind(e, ERR_CONFIG, EINVAL,
				    "rootfsPropagation of [r]private is not safe with no_pivot");

	if (path_propagation(AT_FDCWD, "/", flags) < 0)
		return err_errno(e, "set the propagation of /: mount_setattr(2)");

	/* After a recursive change to anything but shared, nothing is shared any more. */
	if ((flags & MS_REC) && !(flags & MS_SHARED))
		return 0;
	return make_parent_private(root, e);
}

int rootfs_enter(struct rootfs *r, const char *path, int host_root_fd, struct err *e)
{
	/* The root of a user namespace may not reach the path. */
	autoclose int root = r->reached_fd >= 0
				     ? take_fd(&r->reached_fd)
				     : RETRY(openat(AT_FDCWD, path, OPEN_DIR | O_NOFOLLOW));
	if (root < 0)
		return err_errno(e, "open rootfs %s", path);
	if (!fd_same_file(root, host_root_fd))
		return err_set(e, ESTALE, "rootfs %s was replaced meanwhile", path);

	if (!has_mount_ns(r)) {
		r->root_fd = take_fd(&root);
		return refuse_without_namespace(r->plan, e);
	}
	int ret = isolate(r->plan, root, e);
	if (ret == 0)
		ret = null_open(r, e);
	if (ret < 0)
		return ret;

	/* The copy is attached above the original, and its descriptor goes with it. */
	autoclose int tree = tree_clone(root, "", true);
	if (tree < 0)
		return err_errno(e, "bind rootfs %s: open_tree(2)", path);
	if (tree_attach(tree, root) < 0)
		return err_errno(e, "bind rootfs %s: move_mount(2)", path);
	r->root_fd = take_fd(&tree);
	return 0;
}
