/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SECURITY_SECURITY_H
#define SECURITY_SECURITY_H

/* What a process may do: credentials, capabilities, limits, labels, keyring. */

#include <sys/types.h>

#include "base/err.h"
#include "base/log.h"
#include "plan/plan.h"

/**
 * rlimits_apply() - set the limits on another process by prlimit(2)
 * @e: "process.rlimits[0]: RLIMIT_NOFILE: prlimit(2): operation not permitted (raising a hard
 *     limit needs CAP_SYS_RESOURCE)". A limit that is already exactly so is left alone.
 * Runs in: host, before init goes on; 0 means the caller itself.
 */
MUST_CHECK int rlimits_apply(pid_t pid, const struct plan_process *p, struct err *e);

/** oom_score_apply() - write /proc/PID/oom_score_adj below @proc_fd when asked. Runs in: host. */
MUST_CHECK int oom_score_apply(int proc_fd, pid_t pid, const struct plan_process *p, struct err *e);

/** keyring_join() - a new session keyring called plan->session_keyring; ENOSYS, EPERM and
 * EDQUOT tolerated as the peers do, told at debug level. Runs in: init. */
MUST_CHECK int keyring_join(const struct plan *plan, const struct log_sink *log, struct err *e);

/**
 * lsm_apply() - AppArmor profile and SELinux label for the next execve(2)
 * @proc_fd: a procfs, opened before the container's was mounted; "thread-self/attr/..." is
 *           opened below it (RESOLVE_BENEATH|NO_XDEV|NO_MAGICLINKS) and checked
 * Asked for but not active in the kernel is an error. Runs in: init.
 */
MUST_CHECK int lsm_apply(int proc_fd, const struct plan_process *p, struct err *e);

/**
 * status_open() - /proc/self/status of the caller, for the functions below
 * @proc_fd: a procfs in which the caller is visible
 * The descriptor belongs to the process that opened it: not to be used after a fork. Opened before
 * a seccomp filter that might forbid it. Runs in: init. Return: a descriptor or negative errno.
 */
MUST_CHECK int status_open(int proc_fd, struct err *e);

/**
 * creds_apply() - the bounding set, groups, gid, uid, then the other capability sets; then all of
 * it and no_new_privs are read back by one read(2)
 * @status_fd: status_open(), or -1 where no trusted procfs is at hand
 * @log: warnings, e.g. "can't raise ambient capability CAP_CHOWN: operation not permitted"
 * KEEPCAPS over the change of uid; setgroups is always called unless p->keep_groups or the
 * user namespace denies it; ids that are so already are not set.
 * Runs in: init, after no_new_privs_apply().
 */
MUST_CHECK int creds_apply(int status_fd, const struct plan *plan, const struct log_sink *log,
			   struct err *e);

/** no_new_privs_apply() - prctl(PR_SET_NO_NEW_PRIVS) when asked. Runs in: init. */
MUST_CHECK int no_new_privs_apply(const struct plan_process *p, struct err *e);

/** personality_apply() - personality(2) when asked; read back. Runs in: init. */
MUST_CHECK int personality_apply(const struct plan_process *p, struct err *e);

/**
 * scheduler_apply() - sched_setattr(2) when process.scheduler asks
 * @pid: 0 for the caller itself; another one where only the host has the right to it
 * @e:   "process.scheduler: error setting scheduler: ...", with the reason where it is known
 * Runs in: init and exec's child, after the cgroup was joined and before capabilities are dropped;
 * under a user namespace the host.
 */
MUST_CHECK int scheduler_apply(pid_t pid, const struct plan_process *p, struct err *e);

/** io_priority_apply() - ioprio_set(2) when process.ioPriority asks; as scheduler_apply(). */
MUST_CHECK int io_priority_apply(pid_t pid, const struct plan_process *p, struct err *e);

/** memory_policy_apply() - set_mempolicy(2) on the caller when linux.memoryPolicy asks.
 * Runs in: init and exec's child, in the cgroup, before a seccomp filter. */
MUST_CHECK int memory_policy_apply(const struct plan_process *p, struct err *e);

/** cpu_affinity_reset() - all CPUs, as far as the cpuset goes: the affinity of whoever called us
 * is not the container's. Best effort. Runs in: host. */
void cpu_affinity_reset(pid_t pid);

/** signals_reset() - default disposition of signals, empty mask; @which: bit n-1 is signal n.
 * Runs in: init. */
void signals_reset(uint64_t which);

#endif
