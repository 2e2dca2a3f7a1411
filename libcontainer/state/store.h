/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STATE_STORE_H
#define STATE_STORE_H

/*
 * The state root and the directories in it, one a container. A directory appears under its
 * id by one rename(2), complete with its intent, and vanishes by one rename(2) to ".dead-...";
 * what is in between bears a name that is no id and is swept by the next list or delete. A lock
 * (flock(2) on the directory) is held over each change; the kernel drops it when its holder dies.
 */

#include "base/err.h"
#include "base/str.h"

/**
 * store_open() - open the state root, made 0700 with its parents when @create
 * @root: absolute path
 * Runs in: host. Return: a directory descriptor; -ENOENT: "open ROOT: no such file or directory".
 */
MUST_CHECK int store_open(const char *root, bool create, struct err *e);

/**
 * store_new() - a new directory under a temporary name, locked by this process
 * @ret_name: its name, at least STORE_NAME_MAX bytes
 * Runs in: host. Return: its descriptor, or negative errno.
 */
#define STORE_NAME_MAX 320
MUST_CHECK int store_new(int root_fd, const char *id, char *ret_name, struct err *e);

/**
 * store_publish() - give a new directory its id
 * Runs in: host. Return: 0; -EEXIST of kind ERR_EXISTS: "container with given ID already exists".
 */
MUST_CHECK int store_publish(int root_fd, const char *name, const char *id, struct err *e);

/**
 * store_find() - open the directory of a container
 * Runs in: host. Return: a descriptor; -ENOENT of kind ERR_NO_CONTAINER: "container does not exist".
 */
MUST_CHECK int store_find(int root_fd, const char *id, struct err *e);

/**
 * store_lock() - lock a found directory and make sure that it still is the one under @id
 * @timeout_ms: how long to wait for another command; its lock is polled with short sleeps,
 *              since flock(2) knows no time limit
 * Runs in: host. Return: 0; -EBUSY when another command holds it; -ENOENT as store_find().
 */
MUST_CHECK int store_lock(int root_fd, int dir_fd, const char *id, int timeout_ms, struct err *e);

/**
 * store_remove() - remove a locked directory: rename to ".dead-...", then unlink all in it
 * @name: its present name
 * Runs in: host. Return: 0 also when it is gone already; negative errno. After a failure the
 * directory bears its name, or the ".dead-" one that the next sweep removes.
 */
MUST_CHECK int store_remove(int root_fd, int dir_fd, const char *name, struct err *e);

/** store_sweep() - remove what dead commands left under temporary names. Runs in: host. */
void store_sweep(int root_fd);

/**
 * store_ids() - names of all containers, sorted; sweeps by the way as store_sweep() does
 * @root_fd: its offset moves
 * @ret: heap array of *@n heap strings; the caller frees all
 * Runs in: host. Return: 0 or negative errno.
 */
MUST_CHECK int store_ids(int root_fd, char ***ret, size_t *n, struct err *e);

#endif
