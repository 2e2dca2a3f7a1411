/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INIT_SPAWN_H
#define INIT_SPAWN_H

/*
 * Making init: one clone3(2) where that is possible. A bridge process comes between where
 * namespaces are joined that only children enter (pid, time), where time offsets must be written
 * before anyone is inside, or where a user namespace is joined or comes together with joins;
 * it clones init as the host's child (CLONE_PARENT) and ends.
 */

#include "base/err.h"
#include "base/log.h"
#include "init/init.h"

struct spawned {
	pid_t pid; /* of init, a child of the calling process; 0: there is none yet */
	int pidfd;
	int sock;     /* the host's end of the conversation */
	int listener; /* what LISTENER has said already; -1: nothing */
};
#define SPAWNED_INIT                                                                               \
	{                                                                                          \
		0, -1, -1, -1                                                                      \
	}

/**
 * spawn() - make init, with its ids mapped and its namespaces joined
 * @args:      sock is filled in by spawn(); all others by the caller
 * @cgroup_fd: directory of a v2 cgroup for CLONE_INTO_CGROUP, or -1
 * @log:       messages of bridge and init while spawn() talks with them
 * @ret:       what exists is filled in, also on failure: the caller kills and reaps it
 * @ret_in_cgroup: init was born in the cgroup
 *
 * Runs in: host. Return: 0 or negative errno.
 */
MUST_CHECK int spawn(struct init_args *args, int cgroup_fd, const struct log_sink *log,
		     struct spawned *ret, bool *ret_in_cgroup, struct err *e);

/**
 * bridge_main() - the life of the bridge
 * Runs in: bridge. Does not return.
 */
_Noreturn void bridge_main(const struct init_args *args);

#endif
