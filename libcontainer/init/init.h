/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INIT_INIT_H
#define INIT_INIT_H

/*
 * The process that becomes the container's program. Its script is the table in init.c; the order,
 * with reasons:
 *
 *  1. What must come from the host (root, namespaces, /proc, exec.fifo) is open before.
 *  2. ID maps before anything acts as root.
 *  3. PLACED: cgroups are set by the host before init does any work; only then is the cgroup
 *     namespace made, whose root is fixed at that moment. Not waited for when init was born there.
 *  4. Mounts: propagation first; prestart, createRuntime and createContainer hooks after the
 *     mounts and before pivot_root(2); the terminal is opened in the container's devpts.
 *  5. sysctls while /proc/sys is writable, then read-only and masked paths, then all read back.
 *  6. LSM label, no_new_privs, and the seccomp filter now if there is no no_new_privs, because
 *     it needs CAP_SYS_ADMIN; then bounding set, groups, gid, uid, capability sets.
 *  7. The working directory before the uid changes and, if that was refused, after; then
 *     checked to lie inside the root (CVE-2024-21626).
 *  8. Resource limits just before the filter, since they would bind our own work; under a user
 *     namespace by the host, whose right to raise them is lost here.
 *     CREATED; COMMITTED: the state is on disk, init may outlive the host.
 *     A filter that notifies is loaded just before CREATED even with no_new_privs, so that create
 *     hands its listener to the agent, or fails.
 *  9. Wait on exec.fifo, but in `run`, where COMMITTED is the start; with no_new_privs any other filter now; startContainer hooks, which run
 *     under it; execve(2). From the filter on, what is left of our own needs only read(2),
 *     write(2) and close(2) (and, without no_new_privs, what the change of user needs).
 */

#include "base/err.h"
#include "base/log.h"
#include "base/trace.h"
#include "init/ns.h"
#include "plan/plan.h"
#include "seccomp/seccomp.h"

/* All borrowed; lives in the host until the clone, in init's copy of memory after. */
struct init_args {
	const struct plan *plan;
	const struct seccomp_filter *filter;
	const char *rootfs;	  /* canonical path on the host */
	uid_t euid;		  /* of the host process */
	uint64_t signals_ignored; /* by the host process: bit n-1 is signal n */
	int root_fd;		  /* rootfs_open_host() */
	int proc_fd;		  /* the host's /proc, O_PATH */
	int start_fd;		  /* startpipe_make(); -1 in `run`: COMMITTED starts the program */
	int sock;		  /* init's end of the conversation */
	int source_sock;	  /* what a helper opens for init comes here (init/sources.h); -1 */
	struct ns_fds ns;
	bool joins_done; /* the bridge has entered what there was to enter */
	bool is_placed;	 /* born in its cgroup, with nothing else to wait for: no PLACED comes */
	enum log_level log_max;
	const struct trace *trace; /* the host's; NULL: off */
};

/** init_main() - the whole life of init. Runs in: init. Does not return. */
_Noreturn void init_main(const struct init_args *args);

/**
 * init_begin() - what every process of ours starts with: die with the host, not dumpable when the
 * host is root, no descriptor but those of @args
 * Runs in: bridge and init. Return: 0 or negative errno.
 */
MUST_CHECK int init_begin(const struct init_args *args, struct err *e);

#endif
