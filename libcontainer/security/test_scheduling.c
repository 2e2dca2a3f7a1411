/* SPDX-License-Identifier: Apache-2.0 */
/* Against the kernel, each in a process of its own. */
#include <errno.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "security/test_child.h"

static int schedule(const struct plan *plan, struct err *e)
{
	int r = scheduler_apply(0, &plan->process, e);

	shared->extra = sched_getscheduler(0) * 1000 + getpriority(PRIO_PROCESS, 0);
	return r;
}

static void a_scheduler_is_set(void **state)
{
	struct plan plan = { 0 };

	(void)state;
	plan.process.scheduler =
		(struct plan_scheduler){ .set = true, .policy = PLAN_SCHED_BATCH, .nice = 7 };
	in_child(schedule, &plan);
	assert_string_equal(shared->e.text, "");
	assert_int_equal(shared->extra, SCHED_BATCH * 1000 + 7);
	plan.process.scheduler = (struct plan_scheduler){ .set = false, .policy = 77 };
	in_child(schedule, &plan);
	assert_int_equal(shared->r, 0);
	assert_int_equal(shared->extra, getpriority(PRIO_PROCESS, 0)); /* as it was: nice(1) */
}

static void the_kernels_refusal_is_explained(void **state)
{
	struct plan plan = { 0 };

	(void)state;
	plan.process.scheduler = (struct plan_scheduler){ .set = true, .policy = PLAN_SCHED_ISO };
	in_child(schedule, &plan);
	assert_int_equal(shared->r, -EINVAL);
	assert_string_equal(
		shared->e.text,
		"process.scheduler: error setting scheduler: sched_setattr(2): invalid argument (Linux reserves SCHED_ISO and does not implement it)");
}

static int schedule_as_nobody(const struct plan *plan, struct err *e)
{
	if (setresuid(1000, 1000, 1000) < 0)
		return 1;
	return scheduler_apply(0, &plan->process, e);
}

static void a_missing_right_is_named(void **state)
{
	struct plan plan = { 0 };

	(void)state;
	need_root();
	plan.process.scheduler = (struct plan_scheduler){
		.set = true, .policy = PLAN_SCHED_FIFO, .priority = 5, .with_cpuset = true
	};
	in_child(schedule_as_nobody, &plan);
	assert_int_equal(shared->r, -EPERM);
	assert_non_null(strstr(shared->e.text, "it needs CAP_SYS_NICE"));
	plan.process.scheduler = (struct plan_scheduler){ .set = true,
							  .policy = PLAN_SCHED_DEADLINE,
							  .runtime = 1 << 20,
							  .deadline = 1 << 24,
							  .with_cpuset = true };
	in_child(schedule_as_nobody, &plan);
	assert_string_equal(
		shared->e.text,
		"process.scheduler: process scheduler can't be used together with AllowedCPUs");
}

static int prioritise(const struct plan *plan, struct err *e)
{
	int r = io_priority_apply(0, &plan->process, e);

	shared->extra = syscall(SYS_ioprio_get, 1, 0);
	return r;
}

static void an_io_priority_is_set(void **state)
{
	struct plan plan = { 0 };

	(void)state;
	plan.process.io_priority = (struct plan_io_priority){ true, 2, 4, "IOPRIO_CLASS_BE" };
	in_child(prioritise, &plan);
	assert_int_equal(shared->r, 0);
	assert_int_equal(shared->extra, 2 << 13 | 4);
	plan.process.io_priority = (struct plan_io_priority){ true, 7, 4, "?" };
	in_child(prioritise, &plan);
	assert_int_equal(shared->r, -EINVAL);
	assert_string_equal(
		shared->e.text,
		"process.ioPriority: failed to set io priority: ioprio_set(2): invalid argument");
}

static int place_memory(const struct plan *plan, struct err *e)
{
	int r = memory_policy_apply(&plan->process, e);
	int mode = -1;

	if (syscall(SYS_get_mempolicy, &mode, NULL, 0, NULL, 0) == 0)
		shared->extra = mode;
	return r;
}

static void a_memory_policy_is_set(void **state)
{
	static const unsigned long first[] = { 1 }, absent[] = { 1UL << 63 };
	struct plan plan = { 0 };
	struct plan_memory_policy *m = &plan.process.memory_policy;

	(void)state;
	*m = (struct plan_memory_policy){ true, 3, "MPOL_INTERLEAVE", { first, 64, 1 } };
	in_child(place_memory, &plan);
	if (shared->r == -ENOSYS)
		skip(); /* no NUMA */
	assert_string_equal(shared->e.text, "");
	assert_int_equal(shared->extra, 3);
	m->nodes.v = absent;
	in_child(place_memory, &plan);
	assert_int_equal(shared->r, -EINVAL);
	assert_non_null(
		strstr(shared->e.text, "linux.memoryPolicy: MPOL_INTERLEAVE: set_mempolicy"));
	assert_non_null(strstr(shared->e.text, "are the nodes online"));
}

static int free_cpus(const struct plan *plan, struct err *e)
{
	cpu_set_t one, now;

	(void)plan;
	(void)e;
	CPU_ZERO(&one);
	CPU_SET((size_t)sched_getcpu(), &one);
	if (sched_setaffinity(0, sizeof(one), &one) < 0)
		return 1;
	cpu_affinity_reset(0);
	(void)sched_getaffinity(0, sizeof(now), &now);
	shared->extra = CPU_COUNT(&now);
	return 0;
}

static void all_cpus_are_given_back(void **state)
{
	struct plan plan = { 0 };
	cpu_set_t now;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(now), &now), 0);
	in_child(free_cpus, &plan);
	assert_int_equal(shared->r, 0);
	assert_true(shared->extra >= CPU_COUNT(&now));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_scheduler_is_set),
		cmocka_unit_test(the_kernels_refusal_is_explained),
		cmocka_unit_test(a_missing_right_is_named),
		cmocka_unit_test(an_io_priority_is_set),
		cmocka_unit_test(a_memory_policy_is_set),
		cmocka_unit_test(all_cpus_are_given_back),
	};

	return cmocka_run_group_tests_name("scheduling", tests, make_shared, remove_shared);
}
