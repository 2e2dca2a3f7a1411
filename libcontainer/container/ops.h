/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTAINER_OPS_H
#define CONTAINER_OPS_H

/* What the operations share. Private to the container layer. Everything here runs in: host. */

#include "cgroups/cgroup.h"
#include "container/container.h"
#include "state/state.h"
#include "state/store.h"

#define LOCK_TIMEOUT_MS 10000
#define END_TIMEOUT_MS	10000

/* A container that exists: its directory, and what is recorded there. */
struct handle {
	const struct container_env *env;
	const char *id;	     /* borrowed */
	const char *boot_id; /* of this boot, borrowed, when the caller knows it; else NULL */
	int root_fd, dir_fd; /* root_fd: -1 when it is the caller's */
	struct state state;
	struct cgroup cgroup; /* of state */
};
#define HANDLE_INIT                                                                                \
	{                                                                                          \
		NULL, NULL, NULL, -1, -1, { .arena = ARENA_INIT }, CGROUP_INIT                     \
	}

/** handle_find() - check the id, open the directory; nothing is loaded or locked. */
MUST_CHECK int handle_find(struct handle *h, const struct container_env *env, const char *id,
			   struct err *e);
/** handle_find_in() - the same below a state root that is open: @root_fd stays the caller's, and the
 * handle can be looked at only. */
MUST_CHECK int handle_find_in(struct handle *h, const struct container_env *env, int root_fd,
			      const char *id, struct err *e);
/** handle_load() - load the state. */
MUST_CHECK int handle_load(struct handle *h, struct err *e);
/** handle_open() - find, lock, load. */
MUST_CHECK int handle_open(struct handle *h, const struct container_env *env, const char *id,
			   struct err *e);
void handle_done(struct handle *h);

/** handle_status() - what the container does now. Return: enum container_status or negative errno. */
MUST_CHECK int handle_status(const struct handle *h, struct err *e);

/** handle_init_pidfd() - pidfd of the container's init, verified. Return: a descriptor; -ESRCH when
 * it has ended; other negative errno. */
MUST_CHECK int handle_init_pidfd(const struct handle *h);

/** handle_is_abandoned() - was its create killed half way? Return: 1, 0, or negative errno. */
MUST_CHECK int handle_is_abandoned(const struct handle *h, struct err *e);

/** handle_destroy() - end every process, remove cgroups, run poststop hooks, remove the
 * directory; the container is locked. Idempotent; on failure the record stays. */
MUST_CHECK int handle_destroy(struct handle *h, struct err *e);

/** handle_remove_rdt() - remove the groups of resctrl that create made; none is well. */
MUST_CHECK int handle_remove_rdt(const struct handle *h, struct err *e);

/** handle_poststop() - run the poststop hooks of the copy of config.json; failures are warnings. */
void handle_poststop(const struct handle *h);

/** handle_poststart() - run the poststart hooks; after a failure the container is to be destroyed. */
MUST_CHECK int handle_poststart(const struct handle *h, struct err *e);

/** boot_id_read() - of this boot, into @a; "" where the kernel shows none. */
MUST_CHECK int boot_id_read(struct arena *a, const char **ret, struct err *e);

/** pid_file_write() - put a pid into a file, as decimal without a newline. @path is absolute. */
MUST_CHECK int pid_file_write(const char *path, pid_t pid, struct err *e);

#endif
