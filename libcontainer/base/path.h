/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_PATH_H
#define BASE_PATH_H

/*
 * Paths below a hostile root. Every path inside a container's root file system is opened
 * through these, below one O_PATH descriptor of that root: nothing in it can lead outside
 * (security.md 2.1, rule 1).
 */

#include <sys/types.h>

#include "base/err.h"
#include "base/mem.h"

/**
 * path_clean() - lexical clean-up: absolute, no "//", ".", ".." or trailing '/'
 * @path: absolute or not; taken as below "/"; ".." stops at "/"
 * Runs in: any. Return: a string in @a.
 */
char *path_clean(struct arena *a, const char *path);

/** path_join() - @path as it is when absolute, else @dir/@path; cleaned. Runs in: any. */
char *path_join(struct arena *a, const char *dir, const char *path);

/**
 * path_open_in() - open a path inside a root as chroot(2) would resolve it
 * @root_fd: O_PATH or directory descriptor of the root
 * @path:    leading '/' means the root; symlinks and ".." stay inside
 * @flags:   open(2) flags; O_CLOEXEC is added. O_NOFOLLOW keeps its meaning.
 * @mode:    for O_CREAT
 *
 * openat2(2) with RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS, EAGAIN retried a bounded number of
 * times; where the kernel or a filter has no openat2 (ENOSYS, EPERM), a walk of
 * O_PATH|O_NOFOLLOW opens. No struct err: callers judge ENOENT and ELOOP.
 *
 * Runs in: any. Return: a descriptor, or -errno with errno set.
 */
MUST_CHECK int path_open_in(int root_fd, const char *path, int flags, mode_t mode);

/**
 * path_mkdirs_in() - make a directory and its parents inside a root
 * @mode: for each directory made, less the umask, which is 0 in init; the set-group-ID bit of
 *        the parent is inherited by the kernel
 *
 * Each component is made with mkdirat(2) below a held descriptor and opened O_NOFOLLOW, or
 * followed inside the root when it is a symlink that exists (a dangling one's target is made).
 * Runs in: any. Return: an O_PATH|O_DIRECTORY descriptor, or -errno with errno set.
 */
MUST_CHECK int path_mkdirs_in(int root_fd, const char *path, mode_t mode);

/** path_mkmissing_in() - the same of a path that was just found missing: one look less. */
MUST_CHECK int path_mkmissing_in(int root_fd, const char *path, mode_t mode);

/**
 * path_mkfile_in() - make an empty regular file and its parent directories inside a root
 * @mode:     of the file; @dir_mode of missing parents
 *
 * An existing file of any type but directory is left as it is. A final symlink is resolved
 * inside the root.
 * Runs in: any. Return: an O_PATH descriptor of it, or -errno with errno set.
 */
MUST_CHECK int path_mkfile_in(int root_fd, const char *path, mode_t mode, mode_t dir_mode);

#endif
