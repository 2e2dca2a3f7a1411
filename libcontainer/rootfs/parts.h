/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ROOTFS_PARTS_H
#define ROOTFS_PARTS_H

/*
 * What the files of the rootfs layer share; private to it. All of it runs in init, in the
 * container's mount namespace. Include this header last: it poisons the calls that take a
 * path, which below a hostile root must go through base/path.h.
 */

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/str.h"
#include "rootfs/rootfs.h"

/* --- tree.c: mount trees by descriptor ------------------------------------------------ */

/**
 * tree_clone() - a detached copy of what is mounted at @path below @dir_fd
 * @path: "" for @dir_fd itself; @recursive: with the mounts below it
 * open_tree(2), Linux 5.2. Return: a descriptor, or -errno with errno set.
 */
MUST_CHECK int tree_clone(int dir_fd, const char *path, bool recursive);

/** tree_attach() - put a detached tree on what @target_fd is open on. Return: 0 or -errno. */
MUST_CHECK int tree_attach(int tree_fd, int target_fd);

/**
 * tree_clone_at(), tree_attach_at() - the same of a path whose last component is not followed
 * @name: "" for the directory itself. Below a root that may be hostile only a single name: of a
 *        file that nobody but the kernel can have made, or that was made by us.
 */
MUST_CHECK int tree_clone_at(int dir_fd, const char *name, bool recursive);
MUST_CHECK int tree_attach_at(int tree_fd, int dir_fd, const char *name);

/**
 * tree_attr() - change MOUNT_ATTR_* flags of a mount, attached or not
 * A change of the access time's mode clears the old one, as mount_setattr(2) wants.
 * Return: 0, or -errno with errno set. Linux 5.12.
 */
MUST_CHECK int tree_attr(int tree_fd, uint64_t set, uint64_t clr, bool recursive);

/**
 * tree_attr_like_bind() - the flags of a bind mount or remount
 * With attr_explicit the flags that are not named are cleared, but for those that a user
 * namespace locks: they stay as they were. Return: 0, or -errno with errno set.
 */
MUST_CHECK int tree_attr_like_bind(int tree_fd, const struct plan_mount *m);

/**
 * tree_check() - read back the flags MOUNT_ATTR_RDONLY, NOSUID, NODEV, NOEXEC among @set
 * One system call, none without such a flag. Return: 0; -EIO when one is not in force; -errno.
 */
MUST_CHECK int tree_check(int tree_fd, uint64_t set, struct err *e);

/** tree_check_mount() - the same of all that @m asks for before the end. */
MUST_CHECK int tree_check_mount(int tree_fd, const struct plan_mount *m, struct err *e);

/** tree_propagation() - MS_SHARED, ... with or without MS_REC. Return: 0 or -errno. */
MUST_CHECK int tree_propagation(int tree_fd, unsigned long flags);

/** path_propagation() - the same of a path of ours, "/" say. Return: 0 or -errno. */
MUST_CHECK int path_propagation(int dir_fd, const char *path, unsigned long flags);

/** fd_mount_id() - STATX_MNT_ID of an open file, 0 when it cannot be told (Linux 5.8). */
uint64_t fd_mount_id(int fd);

/** fd_is_null() - is it a character device 1:3, however it was opened? */
bool fd_is_null(int fd);

/** fd_is_procfs_root() - the root of a real procfs, not of something made to look like one? */
bool fd_is_procfs_root(int fd);

/** fd_is_readonly() - is the mount (or its super block) read-only? false also on failure. */
bool fd_is_readonly(int fd);

/** fd_same_file() - same device and inode? */
bool fd_same_file(int a, int b);

/** path_is_below() - is the clean path @path @dir itself or below it? */
bool path_is_below(const char *path, const char *dir);

/* --- fsmount.c --------------------------------------------------------------------- */

struct new_fs {
	const char *type;
	const char *source;	 /* NULL: none */
	const char *const *data; /* n_data times "key=value" or "key" */
	size_t n_data;
	unsigned long sb_flags; /* MS_RDONLY, MS_SYNCHRONOUS, MS_DIRSYNC, ... */
	uint64_t attrs;		/* MOUNT_ATTR_* */
};

/**
 * fs_mount() - a new instance of a file system as a detached mount
 * @e: names the call, the parameter and what the kernel logged for it
 * fsopen(2), fsconfig(2), fsmount(2), Linux 5.2. Return: a descriptor or negative errno.
 */
MUST_CHECK int fs_mount(const struct new_fs *fs, struct err *e);

/**
 * fs_mount_at() - the same mounted at once on @name below @dir_fd
 * @name: "." for the directory itself, whatever has become of its name; another only where nobody
 *        but us can have made it
 * One mount(2), where the newer calls are a dozen. False when that is not for it (a read-only one,
 * but for a tmpfs, an unusual type or option) or did not work: fs_mount() does it, or says why not.
 * The working directory is @dir_fd's, or unchanged.
 */
MUST_CHECK bool fs_mount_at(const struct new_fs *fs, int dir_fd, const char *name);

/** fs_reconfigure() - new parameters for the super block of a mount (fspick(2)). */
MUST_CHECK int fs_reconfigure(int mount_fd, const struct new_fs *fs, struct err *e);

/* --- mount.c ----------------------------------------------------------------------- */

/* What mount_target() makes, and whether a procfs goes there. */
#define TARGET_DIR  1u
#define TARGET_PROC 2u

/* A place to mount on. */
struct target {
	bool made; /* it was missing */
	struct stat st;
};

/**
 * mount_target() - the place of a mount in the root, made when it is missing
 * @what: TARGET_*
 * Refused are destinations at which the container's view of /proc would be a fake, as runc
 * refuses them. Return: an O_PATH descriptor or negative errno.
 */
MUST_CHECK int mount_target(struct rootfs *r, const struct plan_mount *m, unsigned int what,
			    struct target *ret, struct err *e);

/** mount_check_place() - may something that is no procfs go to what @target is open on? */
MUST_CHECK int mount_check_place(struct rootfs *r, const struct plan_mount *m, int target,
				 struct err *e);

/** early_attrs() - m->attr_set, without "read-only" when that comes last. */
uint64_t early_attrs(const struct plan_mount *m);

/** late_readonly() - remember a mount for rootfs_protect(). Takes @tree_fd. */
void late_readonly(struct rootfs *r, int tree_fd);

/** mount_at() - attach, then the propagation. A mount on "/" becomes the root. Takes *@tree. */
MUST_CHECK int mount_at(struct rootfs *r, const struct plan_mount *m, int *tree, int target_fd,
			struct err *e);

/** mount_one() - one mount of the plan, whatever it is; errors name it as runc does */
MUST_CHECK int mount_one(struct rootfs *r, const struct plan_mount *m, struct err *e);

/* --- one for each kind of mount ------------------------------------------------------ */

MUST_CHECK int mount_bind(struct rootfs *r, const struct plan_mount *m, struct err *e);
MUST_CHECK int mount_cgroup(struct rootfs *r, const struct plan_mount *m, struct err *e);
/** copy_up() - the content of @from below @to; links and special files as they are. */
MUST_CHECK int copy_up(int from_dir_fd, int to_dir_fd, struct err *e);

/* --- devices.c, hide.c ---------------------------------------------------------------- */

MUST_CHECK int make_devices(struct rootfs *r, struct err *e);
/** null_open() - the host's /dev/null, verified, as a detached mount into r->null_fd. */
MUST_CHECK int null_open(struct rootfs *r, struct err *e);
MUST_CHECK int make_readonly_paths(struct rootfs *r, struct err *e);
MUST_CHECK int make_masked_paths(struct rootfs *r, struct err *e);
/**
 * own_proc() - the root of the procfs at the container's /proc, opened and verified once
 * When all is mounted. Return: a descriptor that stays @r's, or -1: there is none.
 */
int own_proc(struct rootfs *r);
/** open_hidden() - open a path that is to be hidden. Return: a descriptor, -ENOENT, or an error. */
MUST_CHECK int open_hidden(struct rootfs *r, const char *path, struct err *e);

/* --- verify.c ------------------------------------------------------------------------- */

MUST_CHECK int verify_hidden_paths(struct rootfs *r, struct err *e);
/* One line, proc_pid_mountinfo(5): "ID PARENT MAJ:MIN ROOT POINT OPTIONS ... - TYPE SOURCE SUPER".
 * Into the text: none is terminated. */
struct mountinfo_line {
	const char *root, *point, *options, *type, *super;
};

struct mountinfo {
	struct mountinfo_line *v;
	size_t n;
};

/** mountinfo_parse() - the lines of /proc/PID/mountinfo, up to the first that is none
 * @text: must outlive @ret, which is the caller's to mountinfo_done() */
void mountinfo_parse(const char *text, struct mountinfo *ret);
void mountinfo_done(struct mountinfo *m);

/* Does it show what is wanted at @path? Pure; false when in doubt. */
bool mountinfo_shows_readonly(const struct mountinfo *m, const char *path);
bool mountinfo_shows_mask(const struct mountinfo *m, const char *path);

/** has_mount_ns() - does this container have a mount namespace of its own? */
bool has_mount_ns(const struct rootfs *r);

#pragma GCC poison open creat mkdir mknod chown lchown chmod unlink rmdir symlink rename
#pragma GCC poison mkfifo truncate lstat readlink access realpath

#endif
