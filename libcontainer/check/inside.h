/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CHECK_INSIDE_H
#define CHECK_INSIDE_H

/*
 * Files as the container will see them, before there is one: its root file system with the mounts
 * of the plan over it. Symlinks are followed inside only, and every file is opened O_PATH, so that
 * a FIFO or a device does nothing. Private to the check layer. Runs in: host.
 */

#include <sys/stat.h>

#include "plan/plan.h"

struct inside {
	const struct plan *plan;
	int root_fd;		  /* O_PATH of the root file system; owned */
	struct arena *arena;	  /* borrowed */
	const char **destination; /* of each mount, resolved */
	size_t n;		  /* of them that are resolved yet */
};

struct inside_file {
	int fd; /* O_PATH; -1 */
	struct stat st;
	const char *path;		/* without symlinks */
	const struct plan_mount *mount; /* it lies on; NULL: the root file system */
	const char *closed; /* a directory above that the user may not search; or NULL */
};
#define INSIDE_FILE_INIT                                                                           \
	{                                                                                          \
		.fd = -1                                                                           \
	}
void inside_file_done(struct inside_file *f);

/** inside_open() - begin. Return: 0 or -errno of opening the root file system. */
MUST_CHECK int inside_open(struct inside *in, const struct plan *plan, struct arena *a);
void inside_done(struct inside *in);

/**
 * inside_find() - the file that a path leads to
 * @path: absolute, inside
 * @ret:  the caller's to inside_file_done(); .path is set on failure, too: how far it went
 *
 * Return: 0; -ENODATA: it lies on a file system that is not there yet, so that nobody can tell;
 * -ENOENT, -ENOTDIR, -ELOOP, -EACCES or another errno of opening it.
 */
MUST_CHECK int inside_find(const struct inside *in, const char *path, struct inside_file *ret);

/** inside_may_execute() - does the mode let the container's user execute a file, or search a
 * directory? Pure. */
bool inside_may_execute(const struct plan *plan, const struct inside_file *f);

#endif
