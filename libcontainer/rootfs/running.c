/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <sys/sysmacros.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/retry.h"
#include "base/sys.h"
#include "rootfs/parts.h"

/* Mounts of a container that runs: `mounts add` and `mounts remove`. */

static int open_root(struct rootfs *r, struct err *e)
{
	r->root_fd = RETRY(openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC));
	return r->root_fd < 0 ? err_errno(e, "open the container's root") : 0;
}

static bool is_mount_root(int fd)
{
	return sys_is_mount_root(fd) > 0;
}

/*
 * umount2(2) takes a path and resolves it anew: the one in our own procfs leads to what the
 * descriptor is open on, whatever has happened to its name since.
 */
static int unmount_fd(struct rootfs *r, int fd, struct err *e)
{
	char name[16];

	if (fchdir(r->proc_fd) < 0)
		return err_errno(e, "chdir to /proc/self/fd");
	(void)snprintf(name, sizeof(name), "%d", fd);
	if (sys_umount2(name, MNT_DETACH) == 0)
		return 0;
	(void)err_errno(e, "umount2(2)");
	return e->code == EINVAL ? err_append(e, "the container's user namespace locks this mount")
				 : -e->code;
}

static int remove_one(struct rootfs *r, const struct plan_mount *m, struct err *e)
{
	autoclose int fd = path_open_in(r->root_fd, m->destination,
					m->dest_nofollow ? O_PATH | O_NOFOLLOW : O_PATH, 0);
	if (fd < 0)
		return err_errno(e, "open %s", m->destination);
	if (!is_mount_root(fd))
		return err_set(e, EINVAL, "%s is not a mount point", m->destination);
	return unmount_fd(r, fd, e);
}

static int check(const struct plan_mount *m, struct err *e)
{
	if (str_eq(m->destination, "/"))
		return err_set(e, EINVAL, "the root of a container that runs stays as it is");
	return 0;
}

static int check_added(const struct plan_mount *m, struct err *e)
{
	/* A procfs shows the pid namespace of its maker, who must not be seen in the container. */
	if (m->kind == MOUNT_KIND_CGROUP || (m->kind == MOUNT_KIND_FS && str_eq(m->fstype, "proc")))
		return err_set(e, ENOTSUP, "a %s cannot be added to a container that runs",
			       m->fstype);
	return check(m, e);
}

/* What was made of the first @n, as far as it can be taken back. */
static void take_back(struct rootfs *r, size_t n)
{
	struct err ignored;

	while (n-- > 0)
		if (r->plan->mounts[n].kind != MOUNT_KIND_REMOUNT)
			(void)!remove_one(r, &r->plan->mounts[n], &ignored);
}

int rootfs_add(struct rootfs *r, struct err *e)
{
	int ret = open_root(r, e);

	for (size_t i = 0; ret == 0 && i < r->plan->n_mounts; i++) {
		const struct plan_mount *m = &r->plan->mounts[i];

		ret = check_added(m, e);
		if (ret < 0)
			ret = err_ctx(e, "[%zu]: %s", m->index, m->destination);
		else
			ret = mount_one(r, m, e);
		if (ret < 0)
			take_back(r, i);
	}
	return ret;
}

int rootfs_remove(struct rootfs *r, struct err *e)
{
	int ret = open_root(r, e);

	for (size_t i = r->plan->n_mounts; ret == 0 && i-- > 0;) {
		const struct plan_mount *m = &r->plan->mounts[i];

		ret = check(m, e);
		if (ret == 0)
			ret = remove_one(r, m, e);
		if (ret < 0)
			return err_ctx(e, "[%zu]: unmount %s", m->index, m->destination);
	}
	return ret;
}
