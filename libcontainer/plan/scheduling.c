/* SPDX-License-Identifier: Apache-2.0 */
/* process.scheduler, process.ioPriority, process.execCPUAffinity, linux.memoryPolicy. */
#include <errno.h>
#include <inttypes.h>

#include "base/cleanup.h"
#include "plan/exec.h"
#include "plan/numbers.h"
#include "plan/parts.h"

#define NODE_MAX 1023u /* MAX_NUMNODES of the kernel is 1024 at most */

/* --- scheduler ---------------------------------------------------------------------------- */

/* sched(7); the numbers are those of sched_setattr(2). */
static const struct plan_name policies[] = {
	{ "SCHED_OTHER", PLAN_SCHED_OTHER },
	{ "SCHED_FIFO", PLAN_SCHED_FIFO },
	{ "SCHED_RR", PLAN_SCHED_RR },
	{ "SCHED_BATCH", PLAN_SCHED_BATCH },
	{ "SCHED_ISO", PLAN_SCHED_ISO },
	{ "SCHED_IDLE", PLAN_SCHED_IDLE },
	{ "SCHED_DEADLINE", PLAN_SCHED_DEADLINE },
};

static const struct plan_name sched_flags[] = {
	{ "SCHED_FLAG_RESET_ON_FORK", 0x01 },  { "SCHED_FLAG_RECLAIM", 0x02 },
	{ "SCHED_FLAG_DL_OVERRUN", 0x04 },     { "SCHED_FLAG_KEEP_POLICY", 0x08 },
	{ "SCHED_FLAG_KEEP_PARAMS", 0x10 },    { "SCHED_FLAG_UTIL_CLAMP_MIN", 0x20 },
	{ "SCHED_FLAG_UTIL_CLAMP_MAX", 0x40 },
};

static const struct plan_name *find(const struct plan_name *table, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(table[i].name, name))
			return &table[i];
	return NULL;
}

const char *plan_policy_name(uint32_t policy)
{
	for (size_t i = 0; i < ARRAY_SIZE(policies); i++)
		if (policies[i].value == policy)
			return policies[i].name;
	return "?";
}

#define WRONG(e, ...) err_set_kind((e), ERR_CONFIG, EINVAL, "process.scheduler: " __VA_ARGS__)

static bool is_realtime(uint32_t policy)
{
	return policy == PLAN_SCHED_FIFO || policy == PLAN_SCHED_RR;
}

/* The kernel's rules, sched_setattr(2), said before it says "invalid argument". */
static int check_deadline(const struct spec_scheduler *s, struct err *e)
{
	if (!s->runtime.set)
		return WRONG(e, "sched_setattr: `SCHED_DEADLINE` requires `runtime`");
	if (!s->deadline.set)
		return WRONG(e, "sched_setattr: `SCHED_DEADLINE` requires `deadline`");
	if (s->runtime.v == 0)
		return WRONG(e, "sched_setattr: runtime must be greater than 0");
	if (s->runtime.v > s->deadline.v)
		return WRONG(e,
			     "sched_setattr: runtime must be <= deadline: %" PRIu64 " and %" PRIu64,
			     s->runtime.v, s->deadline.v);
	if (s->period.set && s->period.v && s->deadline.v > s->period.v)
		return WRONG(e,
			     "sched_setattr: deadline must be <= period: %" PRIu64 " and %" PRIu64,
			     s->deadline.v, s->period.v);
	return 0;
}

static int check_numbers(const struct spec_scheduler *s, uint32_t policy, struct err *e)
{
	if ((policy == PLAN_SCHED_OTHER || policy == PLAN_SCHED_BATCH) &&
	    (s->nice.v < -20 || s->nice.v > 19))
		return WRONG(e,
			     "invalid scheduler.nice: %" PRId64
			     " when scheduler.policy is %s (it must be between -20 and 19)",
			     s->nice.v, s->policy);
	if (is_realtime(policy) && (s->priority.v < 1 || s->priority.v > 99))
		return WRONG(e,
			     "invalid scheduler.priority: %" PRId64
			     " when scheduler.policy is %s (it must be between 1 and 99)",
			     s->priority.v, s->policy);
	if (!is_realtime(policy) && s->priority.v != 0)
		return WRONG(
			e,
			"scheduler.priority can only be specified for SCHED_FIFO or SCHED_RR policy");
	if (policy == PLAN_SCHED_DEADLINE)
		return check_deadline(s, e);
	if (s->runtime.v || s->deadline.v || s->period.v)
		return WRONG(
			e,
			"scheduler runtime/deadline/period can only be specified for SCHED_DEADLINE policy");
	return 0;
}

static bool has_cpuset(const struct spec *spec)
{
	const struct spec_resources *res = spec->linux_->resources;

	return res && res->cpu && given(res->cpu->cpus);
}

static int scheduler(const struct plan_input *in, struct plan *p, struct err *e)
{
	const struct spec_scheduler *s = in->spec->process->scheduler;
	struct plan_scheduler *ret = &p->process.scheduler;

	if (!s)
		return 0;
	if (!*s->policy)
		return WRONG(e, "scheduler policy is required");
	const struct plan_name *policy = find(policies, ARRAY_SIZE(policies), s->policy);
	if (!policy)
		return WRONG(e, "invalid scheduler policy: %s", s->policy);
	int r = check_numbers(s, policy->value, e);
	if (r < 0)
		return r;
	for (size_t i = 0; i < s->flags.n; i++) {
		const struct plan_name *flag =
			find(sched_flags, ARRAY_SIZE(sched_flags), s->flags.v[i]);

		if (!flag)
			return WRONG(e, "invalid scheduler flag: %s", s->flags.v[i]);
		ret->flags |= flag->value;
	}
	ret->set = true;
	ret->policy = policy->value;
	ret->nice = (int32_t)s->nice.v;
	ret->priority = (uint32_t)s->priority.v;
	ret->runtime = s->runtime.v;
	ret->deadline = s->deadline.v;
	ret->period = s->period.v;
	ret->with_cpuset = has_cpuset(in->spec);
	return 0;
}

/* --- I/O priority ------------------------------------------------------------------------- */

static const struct plan_name io_classes[] = {
	{ "IOPRIO_CLASS_RT", 1 },
	{ "IOPRIO_CLASS_BE", 2 },
	{ "IOPRIO_CLASS_IDLE", 3 },
};

static int io_priority(const struct plan_input *in, struct plan *p, struct err *e)
{
	const struct spec_io_priority *s = in->spec->process->io_priority;

	if (!s)
		return 0;
	const struct plan_name *class = find(io_classes, ARRAY_SIZE(io_classes), s->io_class);
	if (!class)
		return err_set_kind(e, ERR_CONFIG, EINVAL,
				    "process.ioPriority: invalid ioPriority.Class: \"%s\"",
				    s->io_class);
	if (s->priority.v < 0 || s->priority.v > 7)
		return err_set_kind(e, ERR_CONFIG, EINVAL,
				    "process.ioPriority: invalid ioPriority.Priority: %" PRId64
				    " (it must be between 0 and 7)",
				    s->priority.v);
	p->process.io_priority = (struct plan_io_priority){
		.set = true,
		.class = class->value,
		.class_name = class->name,
		.level = (uint32_t)s->priority.v,
	};
	return 0;
}

/* --- CPU affinity of exec ----------------------------------------------------------------- */

/* Used by `exec` only, where it is read again; a wrong one is told at create. */
static int affinity(const struct plan_input *in, struct plan *p, struct err *e)
{
	const struct spec_cpu_affinity *s = in->spec->process->exec_cpu_affinity;
	struct plan_cpus unused;
	int r = 0;

	if (s && given(s->initial))
		r = plan_cpus_parse(&p->arena, "process.execCPUAffinity.initial", s->initial,
				    &unused, e);
	if (r == 0 && s && given(s->final))
		r = plan_cpus_parse(&p->arena, "process.execCPUAffinity.final", s->final, &unused,
				    e);
	return r;
}

/* --- memory policy ------------------------------------------------------------------------ */

enum { NODES_NONE, NODES_ANY, NODES_SOME };

/* set_mempolicy(2): number of each mode and how many nodes it takes. Sorted by name. */
static const struct {
	const char *name;
	int mode, nodes;
} modes[] = {
	{ "MPOL_BIND", 2, NODES_SOME },
	{ "MPOL_DEFAULT", 0, NODES_NONE },
	{ "MPOL_INTERLEAVE", 3, NODES_SOME },
	{ "MPOL_LOCAL", 4, NODES_NONE },
	{ "MPOL_PREFERRED", 1, NODES_ANY },
	{ "MPOL_PREFERRED_MANY", 5, NODES_SOME },
	{ "MPOL_WEIGHTED_INTERLEAVE", 6, NODES_SOME },
};

static const struct plan_name mode_flags[] = {
	{ "MPOL_F_NUMA_BALANCING", 1u << 13 },
	{ "MPOL_F_RELATIVE_NODES", 1u << 14 },
	{ "MPOL_F_STATIC_NODES", 1u << 15 },
};

const char *plan_memory_mode_name(size_t i)
{
	return i < ARRAY_SIZE(modes) ? modes[i].name : NULL;
}

const char *plan_memory_flag_name(size_t i)
{
	return i < ARRAY_SIZE(mode_flags) ? mode_flags[i].name : NULL;
}

#undef WRONG
#define WRONG(e, ...) err_set_kind((e), ERR_CONFIG, EINVAL, "linux.memoryPolicy: " __VA_ARGS__)

static int memory_mode(const struct spec_memory_policy *s, struct plan_memory_policy *ret,
		       size_t *ret_row, struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		if (!s->mode || !str_eq(modes[i].name, s->mode))
			continue;
		ret->mode = modes[i].mode;
		ret->name = modes[i].name;
		*ret_row = i;
		return 0;
	}
	return WRONG(e, "invalid memory policy mode \"%s\"", s->mode ? s->mode : "");
}

static int memory_flags(const struct spec_memory_policy *s, struct plan_memory_policy *ret,
			struct err *e)
{
	for (size_t i = 0; i < s->flags.n; i++) {
		const struct plan_name *flag =
			find(mode_flags, ARRAY_SIZE(mode_flags), s->flags.v[i]);

		if (!flag)
			return WRONG(e, "invalid memory policy flag \"%s\"", s->flags.v[i]);
		ret->mode |= (int)flag->value;
	}
	return 0;
}

static int memory_policy(const struct plan_input *in, struct plan *p, struct err *e)
{
	const struct spec_memory_policy *s = in->spec->linux_->memory_policy;
	struct plan_memory_policy *ret = &p->process.memory_policy;
	size_t row = 0;

	if (!s)
		return 0;
	int r = memory_mode(s, ret, &row, e);
	if (r < 0)
		return r;
	if (given(s->nodes) &&
	    plan_numbers_parse(&p->arena, s->nodes, NODE_MAX, &ret->nodes, e) < 0) {
		e->kind = ERR_CONFIG;
		return err_ctx(e, "linux.memoryPolicy: invalid memory policy nodes \"%s\"",
			       s->nodes);
	}
	r = memory_flags(s, ret, e);
	if (r < 0)
		return r;
	if (modes[row].nodes == NODES_NONE && ret->nodes.count > 0)
		return WRONG(e, "memory policy mode requires 0 nodes but got %zu",
			     ret->nodes.count);
	if (modes[row].nodes == NODES_SOME && ret->nodes.count == 0)
		return WRONG(e, "memory policy mode requires at least one node but got 0");
	ret->set = true;
	return 0;
}

int plan_scheduling(const struct plan_input *in, struct plan *p, struct err *e)
{
	int r = scheduler(in, p, e);
	if (r == 0)
		r = io_priority(in, p, e);
	if (r == 0)
		r = affinity(in, p, e);
	return r < 0 ? r : memory_policy(in, p, e);
}

/* --- as text ------------------------------------------------------------------------------ */

static void print_scheduler(const struct plan_scheduler *s, struct strbuf *out)
{
	if (!s->set)
		return;
	strbuf_addf(out, "  scheduler %s nice %d priority %u", plan_policy_name(s->policy), s->nice,
		    s->priority);
	if (s->policy == PLAN_SCHED_DEADLINE)
		strbuf_addf(out, " runtime %" PRIu64 " deadline %" PRIu64 " period %" PRIu64 " ns",
			    s->runtime, s->deadline, s->period);
	for (size_t i = 0; i < ARRAY_SIZE(sched_flags); i++)
		if (s->flags & sched_flags[i].value)
			strbuf_addf(out, " %s", sched_flags[i].name);
	strbuf_adds(out, "\n");
}

static void print_numbers(const char *label, const struct plan_numbers *n, struct strbuf *out)
{
	if (n->count == 0)
		return;
	strbuf_addf(out, "  %s ", label);
	plan_numbers_print(n, out);
	strbuf_adds(out, "\n");
}

void plan_print_scheduling(const struct plan_process *p, struct strbuf *out)
{
	print_scheduler(&p->scheduler, out);
	if (p->io_priority.set)
		strbuf_addf(out, "  io priority %s %u\n", p->io_priority.class_name,
			    p->io_priority.level);
	if (!p->memory_policy.set)
		return;
	strbuf_addf(out, "  memory policy %s", p->memory_policy.name);
	for (size_t i = 0; i < ARRAY_SIZE(mode_flags); i++)
		if ((unsigned int)p->memory_policy.mode & mode_flags[i].value)
			strbuf_addf(out, " %s", mode_flags[i].name);
	strbuf_adds(out, "\n");
	print_numbers("memory nodes", &p->memory_policy.nodes, out);
}
