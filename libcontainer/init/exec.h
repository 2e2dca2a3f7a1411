/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INIT_EXEC_H
#define INIT_EXEC_H

/*
 * The process of `exec`: a program that comes into a container which exists.
 *
 * The host clones the joiner, straight into the v2 cgroup. It gets rid of everything of the
 * host's, enters the namespaces of init by a pidfd that was verified, opens the terminal, and,
 * when there is a pid namespace to enter, clones the process itself as the host's child and ends.
 * The container sees only what is born in its pid namespace, and that has, from its first
 * instruction on, no descriptor but stdio, the preserved ones, its end of the conversation and
 * its terminal, the container's root and working directory, and is not dumpable (CVE-2016-9962,
 * CVE-2024-21626).
 *
 * Conversation, each optional but CREATED: PLACED (host), CONSOLE, INIT_SPAWNED and CREATED in
 * either order, COMMITTED (host). Then execve(2) closes the socket, or an ERROR says why it failed.
 */

#include "init/spawn.h"
#include "plan/exec.h"
#include "seccomp/seccomp.h"

/* All borrowed; lives in the host until the clone, in the child's copy of memory after. */
struct exec_args {
	const struct plan_exec *x;
	const struct seccomp_filter *filter;
	int init_pidfd; /* of the container's init, verified */
	pid_t init_pid;
	int sock;  /* the child's end of the conversation */
	bool hold; /* wait for PLACED */
	enum log_level log_max;
	uint64_t signals_ignored;  /* by the host process: bit n-1 is signal n */
	const struct trace *trace; /* the host's; NULL: off */
};

/**
 * exec_spawn() - clone the joiner
 * @args:      .sock and .hold are filled in here
 * @cgroup_fd: directory of a v2 cgroup for CLONE_INTO_CGROUP, or -1
 * @hold:      the joiner shall wait for PLACED; .hold is also set when @cgroup_fd did not work
 * @ret:       .pid and .pidfd of the joiner, .sock
 * @ret_in_cgroup: it was born there
 * Runs in: host. Return: 0 or negative errno; what exists is in @ret.
 */
MUST_CHECK int exec_spawn(struct exec_args *args, int cgroup_fd, bool hold, struct spawned *ret,
			  bool *ret_in_cgroup, struct err *e);

/**
 * exec_adopt() - hear of the process itself, where the joiner is another, and reap that
 * @ret: .pid and .pidfd change hands
 * @ret_created: CREATED came meanwhile: the process does not wait for the joiner's word
 * Runs in: host, after PLACED. Return: 0 or negative errno.
 */
MUST_CHECK int exec_adopt(const struct exec_args *args, const struct log_sink *log,
			  struct spawned *ret, bool *ret_created, struct err *e);

/** enter_namespaces() - join those of init that the plan names. Runs in: joiner. */
MUST_CHECK int enter_namespaces(const struct exec_args *a, struct err *e);

#endif
