/* SPDX-License-Identifier: Apache-2.0 */
/* When and where a process runs: scheduler, I/O priority, CPUs, memory nodes. */
#include <errno.h>
#include <sched.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/sys.h"
#include "security/security.h"

#define IOPRIO_WHO_PROCESS 1 /* ioprio_set(2) */
#define IOPRIO_CLASS_SHIFT 13

/* struct sched_attr of sched_setattr(2); a libc may have one of its own by that name. */
struct attr {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t util_min, util_max;
};

static int explain_scheduler(const struct plan_scheduler *s, int code, struct err *e)
{
	/* The words of runc, which does not say why: sched(7), "SCHED_DEADLINE". */
	if (code == EPERM && s->with_cpuset && s->policy == PLAN_SCHED_DEADLINE)
		return err_set(
			e, code,
			"process.scheduler: process scheduler can't be used together with AllowedCPUs");
	errno = code;
	(void)err_errno(e, "process.scheduler: error setting scheduler: sched_setattr(2)");
	if (code == EPERM)
		return err_append(
			e,
			"it needs CAP_SYS_NICE, and a real-time policy under cgroup v1 also linux.resources.cpu.realtimeRuntime");
	if (code == EINVAL && s->policy == PLAN_SCHED_ISO)
		return err_append(e, "Linux reserves SCHED_ISO and does not implement it");
	if (code == EBUSY)
		return err_append(e, "not enough CPU time is left for it");
	if (code == EOPNOTSUPP && s->flags)
		return err_append(e, "this kernel does not support one of the flags");
	return -code;
}

int scheduler_apply(pid_t pid, const struct plan_process *p, struct err *e)
{
	const struct plan_scheduler *s = &p->scheduler;
	struct attr attr = {
		.size = sizeof(attr),
		.policy = s->policy,
		.flags = s->flags,
		.nice = s->nice,
		.priority = s->priority,
		.runtime = s->runtime,
		.deadline = s->deadline,
		.period = s->period,
	};

	if (!s->set)
		return 0;
	if (sys_sched_setattr(pid, &attr, 0) < 0)
		return explain_scheduler(s, errno, e);
	return 0;
}

int io_priority_apply(pid_t pid, const struct plan_process *p, struct err *e)
{
	const struct plan_io_priority *io = &p->io_priority;

	if (!io->set)
		return 0;
	if (sys_ioprio_set(IOPRIO_WHO_PROCESS, pid,
			   (int)(io->class << IOPRIO_CLASS_SHIFT | io->level)) < 0) {
		int code = errno;

		(void)err_errno(e, "process.ioPriority: failed to set io priority: ioprio_set(2)");
		return code == EPERM ? err_append(e, "%s needs CAP_SYS_NICE or CAP_SYS_ADMIN",
						  io->class_name)
				     : -e->code;
	}
	return 0;
}

int memory_policy_apply(const struct plan_process *p, struct err *e)
{
	const struct plan_memory_policy *m = &p->memory_policy;

	if (!m->set)
		return 0;
	/* The kernel counts one bit less than it is told: get_nodes() in mm/mempolicy.c. */
	unsigned long maxnode = m->nodes.count ? m->nodes.n_bits + 1 : 0;
	if (sys_set_mempolicy(m->mode, m->nodes.count ? m->nodes.v : NULL, maxnode) < 0) {
		int code = errno;

		(void)err_errno(e, "linux.memoryPolicy: %s: set_mempolicy(2)", m->name);
		if (code == ENOSYS)
			return err_append(e, "this kernel has no NUMA");
		if (code == EINVAL)
			return err_append(
				e,
				"are the nodes online and in the cpuset, and does this kernel know the mode and its flags?");
		return -e->code;
	}
	return 0;
}

void cpu_affinity_reset(pid_t pid)
{
	unsigned char all[1024];

	memset(all, 0xff, sizeof(all));
	if (sched_setaffinity(pid, sizeof(all), (const cpu_set_t *)(const void *)all) < 0)
		return; /* it keeps ours: no worse than before */
}
