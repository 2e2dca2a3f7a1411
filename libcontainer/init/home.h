/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INIT_HOME_H
#define INIT_HOME_H

#include <stdint.h>

#include "base/mem.h"

/**
 * home_find() - home directory of a uid by the container's /etc/passwd
 * @root_fd: the container's root
 *
 * The file is the image's: read as a regular file only, at most 1 MiB of it, never through a
 * symlink out of the root. Whatever is wrong with it, the answer is "/".
 * Runs in: init, after the mounts, before pivot_root(2). Return: a string in @a.
 */
const char *home_find(struct arena *a, int root_fd, uint32_t uid);

/** home_parse() - the same in the text of a passwd file; NULL when the uid is not there. Pure. */
const char *home_parse(struct arena *a, const char *passwd, uint32_t uid);

#endif
