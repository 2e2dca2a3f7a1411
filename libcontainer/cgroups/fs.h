/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CGROUPS_FS_H
#define CGROUPS_FS_H

/* Files and directories of cgroupfs. Private to the cgroups layer. All run in: host. */

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"
#include "cgroups/cgroup.h"

/**
 * cg_open() - open a container's directory, verified to be in cgroupfs
 * Return: a descriptor; -ENOENT when there is none; other negative errno.
 */
MUST_CHECK int cg_open(const struct plan_cgroup_dir *dir, struct err *e);

/** cg_open_parent() - open the directory above; *@name is the last component, borrowed. */
MUST_CHECK int cg_open_parent(const struct plan_cgroup_dir *dir, const char **name, struct err *e);

/**
 * cg_make() - make a container's directory and those above it
 * @each:  called with every directory below the mount and the one above it, outermost first
 *         (v1 cpuset), before the next is made; may be NULL
 * @above: called with every directory but the last, mount first (v2 controllers); may be NULL
 * @made:  whether the last one was made, not taken over
 * Return: a descriptor of it, or negative errno.
 */
struct cg_maker {
	int (*each)(int parent_fd, int fd, const char *path, struct err *e);
	int (*above)(void *arg, int fd, const char *path, struct err *e);
	void *arg;
};
MUST_CHECK int cg_make(const struct plan_cgroup_dir *dir, const struct cg_maker *m, bool *made,
		       struct err *e);

/** cg_write() - one value into a file. Return: 0 or -errno of openat(2) or write(2). */
MUST_CHECK int cg_write(int dir_fd, const char *file, const char *value);

/** cg_read() - append a file. Return: 0 or -errno of openat(2) or read(2). */
MUST_CHECK int cg_read(int dir_fd, const char *file, struct strbuf *out);

/** cg_has_word() - whether a text of words has one. */
bool cg_has_word(const char *text, const char *word);

/**
 * cg_walk() - visit a directory and all below it
 * @visit: with each directory before those below it; may be NULL
 * @leave: with each but the first after those below it: the directory above and its name;
 *         may be NULL
 *
 * Two descriptors however deep it is. A directory that goes meanwhile is left out.
 * Return: 0, or the first negative value of a callback.
 */
struct cg_walker {
	int (*visit)(void *arg, int fd, struct err *e);
	int (*leave)(void *arg, int above_fd, const char *name, struct err *e);
	void *arg;
};
MUST_CHECK int cg_walk(int fd, const struct cg_walker *w, struct err *e);

/** cg_event() - value of a key in cgroup.events. Return: 0, 1, or -errno. */
MUST_CHECK int cg_event(int dir_fd, const char *key);

/**
 * cg_wait_event() - wait until a key in cgroup.events has a value
 * @deadline_ms: on the clock of clock_ms()
 * Return: 0, -ETIMEDOUT or -errno; a directory that is gone: -ENOENT or -ENODEV.
 */
MUST_CHECK int cg_wait_event(int dir_fd, const char *key, int value, int64_t deadline_ms);

/** cg_sleep_ms() - @ms milliseconds. */
void cg_sleep_ms(int64_t ms);

/** cg_is_gone() - whether a negative errno says that the cgroup does not exist any more. */
static inline bool cg_is_gone(int r)
{
	return r == -ENOENT || r == -ENODEV;
}

/** cg_may_lack() - an ordinary user who asked for nothing runs without the cgroups that are not
 * theirs: is @r, of making or entering one, such a case? */
bool cg_may_lack(const struct cgroup *cg, int r);

/* fs1.c and fs2.c: make one directory of the kind; *@made as above. Return: 0 or -errno. */
MUST_CHECK int fs1_prepare(const struct plan_cgroup_dir *dir, bool *made, struct err *e);
MUST_CHECK int fs2_prepare(struct cgroup *cg, const struct plan_cgroup_dir *dir,
			   const struct spec_resources *res, struct err *e);
/* Write the device rules. Return: 0 or negative errno. */
MUST_CHECK int fs1_devices(const struct cgroup *cg, const struct plan_cgroup_dir *dir,
			   const struct spec_resources *res, struct err *e);
MUST_CHECK int fs2_devices(const struct cgroup *cg, const struct spec_resources *res,
			   struct err *e);

/* freeze.c: thaw all sub-cgroups too, so that a signal can reach everyone. */
void cg_thaw_all(const struct cgroup *cg);

#endif
