/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ROOTFS_ROOTFS_H
#define ROOTFS_ROOTFS_H

/*
 * The container's root file system, from the private mount namespace to the last read-only
 * flag. Everything below the root goes through base/path.h on root_fd; mounts are made
 * detached, given their attributes, then attached by descriptor.
 *
 * Order (init/init.h has the whole): rootfs_enter, rootfs_mounts, [prestart, createRuntime,
 * createContainer hooks], rootfs_dev_console, rootfs_sysctl, rootfs_protect, rootfs_pivot,
 * rootfs_finish, rootfs_verify.
 */

#include <stdbool.h>

#include "base/err.h"
#include "base/log.h"
#include "base/trace.h"
#include "plan/plan.h"

/* What somebody with more rights has opened for a mount; -1: nothing. The receiver's to close. */
struct rootfs_source {
	int tree_fd;   /* the source of a bind mount, detached, id-mapped where asked for */
	int userns_fd; /* to id-map it by, where tree_fd is -1 */
};

struct rootfs {
	const struct plan *plan; /* borrowed */
	const struct log_sink *log;
	int root_fd;	 /* O_PATH of the container's root mount; owned */
	int proc_fd;	 /* the host's /proc, O_PATH, opened by the host process; borrowed */
	int old_root_fd; /* the host's root, held only during pivot; owned */
	/* Asked for each bind mount of plan->mounts, in order; NULL: nothing was opened for us. */
	int (*take_source)(void *arg, size_t index, struct rootfs_source *ret, struct err *e);
	void *source_arg;
	int reached_fd; /* the root, opened for us in this namespace by the host's rights; -1; owned */
	int null_fd;	/* the host's /dev/null, a detached mount until it masks a file; owned */
	/* The root's own /proc, before a procfs covers it: proc_state tells whether it is known. */
	enum { PROC_UNKNOWN, PROC_ABSENT, PROC_THERE } proc_state;
	dev_t proc_dev;
	ino_t proc_ino;
	/* Devices met that are no procfs: which file system a place is in is asked once. */
	dev_t plain[4];
	size_t n_plain;
	/* The root of the tmpfs that was mounted on /dev, while nothing covers it; -1; owned */
	int dev_fd;
	dev_t dev_dev;
	ino_t dev_ino;
	/* The container's /proc as it is found when all is mounted; -1: no procfs; owned */
	int own_proc_fd;
	/* Of the first 64 masked and read-only paths, those that do not exist: one bit each. */
	uint64_t absent_masked, absent_readonly;
	int *late_fds; /* mounts that rootfs_protect() turns read-only; owned */
	size_t n_late;
	const struct trace *trace; /* borrowed; NULL: off */
};
#define OWN_PROC_UNKNOWN (-2) /* not looked for yet */
#define ROOTFS_INIT                                                                                \
	{                                                                                          \
		.root_fd = -1, .proc_fd = -1, .old_root_fd = -1, .reached_fd = -1, .null_fd = -1,  \
		.dev_fd = -1, .own_proc_fd = OWN_PROC_UNKNOWN                                      \
	}

/** rootfs_done() - close and free what @r owns; @r may be used again. Runs in: any. */
void rootfs_done(struct rootfs *r);

/**
 * rootfs_open_host() - the one resolution of root.path: follow it once, hold it
 * @path:     absolute path on the host
 * @ret_path: canonical path in @a, free of symlinks
 * @e:        "invalid rootfs: stat /b/nope: no such file or directory"
 *
 * Refused: not a directory; the host's own "/" (same device and inode).
 * Runs in: host. Return: an O_PATH|O_DIRECTORY descriptor or negative errno.
 */
MUST_CHECK int rootfs_open_host(const char *path, struct arena *a, const char **ret_path,
				struct err *e);

/**
 * rootfs_enter() - propagation of "/", a mount of its own for the root
 * @host_root_fd: from rootfs_open_host(); the root reopened by @path in the new mount
 *                namespace must be the same inode
 * Without a new mount namespace nothing of the host's propagation is touched, and a plan that
 * needs one (masked or read-only paths, a read-only root, a propagation) is refused. Mounts are
 * made in the caller's namespace then and stay there, as with runc; the plan has warned.
 * Runs in: init, in the new mount namespace, before any other rootfs function.
 */
MUST_CHECK int rootfs_enter(struct rootfs *r, const char *path, int host_root_fd, struct err *e);

/**
 * rootfs_mounts() - all of config.json's mounts in order, then /dev's nodes and links
 * Runs in: init.
 */
MUST_CHECK int rootfs_mounts(struct rootfs *r, struct err *e);

/**
 * rootfs_add() - make the mounts of the plan in a container that runs; all or, on failure, none
 * @r: .plan, .log, .proc_fd and .take_source are set; the caller is in the container's mount
 *     namespace, whose "/" becomes .root_fd
 * Nothing is "late" here: attributes are there before a mount is attached.
 * Runs in: a helper of the host. Return: 0 or negative errno.
 */
MUST_CHECK int rootfs_add(struct rootfs *r, struct err *e);

/**
 * rootfs_remove() - unmount the destinations of the plan's mounts, the last first
 * @r: as of rootfs_add()
 * Runs in: a helper of the host. Return: 0 or negative errno.
 */
MUST_CHECK int rootfs_remove(struct rootfs *r, struct err *e);

/**
 * rootfs_reseal() - give the mounts of a restored container the flags that CRIU does not, and read
 * back what is promised, as rootfs_verify()
 * @r: .plan is set; the caller is in the container's mount namespace, where nothing runs yet
 * Runs in: a helper of the host. Return: 0 or negative errno.
 */
MUST_CHECK int rootfs_reseal(struct rootfs *r, struct err *e);

/**
 * rootfs_idmap() - id-map a detached tree as @m says, by a user namespace
 * @e: names the file system that cannot
 * Linux 5.12. Runs in: init, or a helper of the host. Return: 0 or negative errno.
 */
MUST_CHECK int rootfs_idmap(int tree_fd, int userns_fd, const struct plan_mount *m, struct err *e);

/**
 * rootfs_open_ptmx() - the container's /dev/pts/ptmx, verified (devpts, inode 2, chr 5:2)
 * Runs in: init, before rootfs_pivot(). Return: an O_RDWR|O_NOCTTY descriptor or negative errno.
 */
MUST_CHECK int rootfs_open_ptmx(struct rootfs *r, struct err *e);

/**
 * rootfs_dev_console() - bind a pty's peer over /dev/console, opened O_NOFOLLOW in the root
 * Runs in: init, before rootfs_pivot().
 */
MUST_CHECK int rootfs_dev_console(struct rootfs *r, int pty_peer_fd, struct err *e);

/**
 * rootfs_sysctl() - write linux.sysctl through the container's /proc, verified, or a private procfs
 * Runs in: init, after the namespaces exist and before rootfs_protect().
 */
MUST_CHECK int rootfs_sysctl(struct rootfs *r, struct err *e);

/**
 * rootfs_protect() - the late read-only flags (readonly_last), readonlyPaths, maskedPaths,
 * root.readonly
 * Runs in: init, after the hooks, which may add to the root, and before rootfs_pivot(): no path of the
 * container is opened once its root is entered.
 */
MUST_CHECK int rootfs_protect(struct rootfs *r, struct err *e);

/**
 * rootfs_pivot() - make the root "/": pivot_root(".", "."), or move and chroot with
 * request->no_pivot, or chroot without a mount namespace; the host's root is gone after
 * Runs in: init.
 */
MUST_CHECK int rootfs_pivot(struct rootfs *r, struct err *e);

/**
 * rootfs_finish() - rootfsPropagation
 * Runs in: init, after rootfs_pivot(), in the container's root.
 */
MUST_CHECK int rootfs_finish(struct rootfs *r, struct err *e);

/**
 * rootfs_verify() - read back what was promised: "/" and every read-only path is ro, every
 * masked path is masked (security.md 2.1, rule 5)
 * Runs in: init, after rootfs_finish().
 */
MUST_CHECK int rootfs_verify(struct rootfs *r, struct err *e);

#endif
