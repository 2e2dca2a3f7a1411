/* SPDX-License-Identifier: Apache-2.0 */
/* process.scheduler, process.ioPriority, process.execCPUAffinity, linux.memoryPolicy. */
#include "plan/numbers.h"
#include "plan/test_fixture.h"

#include <stdio.h>

#define OPT(n)                                                                                     \
	{                                                                                          \
		true, (n)                                                                          \
	}

/* --- lists of numbers ---------------------------------------------------------------------- */

static void assert_numbers(const char *text, uint32_t max, const char *printed, size_t count)
{
	autodone(strbuf) struct strbuf out = STRBUF_INIT;
	autodone(arena) struct arena a = ARENA_INIT;
	struct plan_numbers n;
	struct err e;

	assert_int_equal(plan_numbers_parse(&a, text, max, &n, &e), 0);
	plan_numbers_print(&n, &out);
	assert_string_equal(strbuf_str(&out), printed);
	assert_int_equal(n.count, count);
}

static void lists_of_numbers_are_read(void **state)
{
	(void)state;
	assert_numbers("0", 1023, "0", 1);
	assert_numbers("0-1", 1023, "0-1", 2);
	assert_numbers(" 7, 0-3,,2-5 ,", 1023, "0-5,7", 7);
	assert_numbers("63,64,127-128", 1023, "63-64,127-128", 4);
	assert_numbers("1023", 1023, "1023", 1);
	assert_numbers("5000-5001", 65535, "5000-5001", 2);
}

static void other_lists_are_refused(void **state)
{
	static const struct {
		const char *text, *error;
	} wrong[] = {
		{ "", "no members found in set \"\"" },
		{ " , ,", "no members found in set \" , ,\"" },
		{ "x", "\"x\" is not a number" },
		{ "-1", "\"\" is not a number" },
		{ "1-", "\"\" is not a number" },
		{ "1-2-3", "\"2-3\" is not a number" },
		{ "0x1", "\"0x1\" is not a number" },
		{ "3-1", "invalid range: 3-1" },
		{ "1024", "values larger than 1023 are not supported" },
		{ "0-9876543210", "values larger than 1023 are not supported" },
		{ "99999999999999999999999", "values larger than 1023 are not supported" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		autodone(arena) struct arena a = ARENA_INIT;
		struct plan_numbers n;
		struct err e;

		assert_int_equal(plan_numbers_parse(&a, wrong[i].text, 1023, &n, &e), -EINVAL);
		assert_string_equal(e.text, wrong[i].error);
	}
}

static void many_ranges_are_linear_work(void **state)
{
	enum { N = 100000 };
	autodone(strbuf) struct strbuf text = STRBUF_INIT;

	(void)state;
	for (int i = 0; i < N; i++)
		strbuf_adds(&text, "0-65535,");
	assert_numbers(strbuf_str(&text), 65535, "0-65535", 65536);
}

/* --- scheduler ------------------------------------------------------------------------------ */

static void every_policy_is_known(void **state)
{
	static const struct spec_scheduler good[] = {
		{ .policy = "SCHED_OTHER", .nice = OPT(19) },
		{ .policy = "SCHED_FIFO", .priority = OPT(99) },
		{ .policy = "SCHED_RR", .priority = OPT(1) },
		{ .policy = "SCHED_BATCH", .nice = OPT(-20), .priority = OPT(0) },
		{ .policy = "SCHED_ISO" },
		{ .policy = "SCHED_IDLE" },
		{ .policy = "SCHED_DEADLINE",
		  .nice = OPT(33),
		  .runtime = OPT(42000),
		  .deadline = OPT(100000),
		  .period = OPT(1000000) },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		f->process.scheduler = &good[i];
		f->plan.process.scheduler = (struct plan_scheduler){ 0 };
		assert_accepted(f, plan_scheduling);
		assert_true(f->plan.process.scheduler.set);
		assert_int_equal(f->plan.process.scheduler.policy, i);
	}
	assert_int_equal(f->plan.process.scheduler.runtime, 42000);
	assert_int_equal(f->plan.process.scheduler.deadline, 100000);
	assert_int_equal(f->plan.process.scheduler.period, 1000000);
}

static void every_scheduler_flag_is_known(void **state)
{
	struct fixture *f = *state;
	const struct spec_scheduler s = {
		.policy = "SCHED_OTHER",
		.flags = STRS("SCHED_FLAG_RESET_ON_FORK", "SCHED_FLAG_RECLAIM",
			      "SCHED_FLAG_DL_OVERRUN", "SCHED_FLAG_KEEP_POLICY",
			      "SCHED_FLAG_KEEP_PARAMS", "SCHED_FLAG_UTIL_CLAMP_MIN",
			      "SCHED_FLAG_UTIL_CLAMP_MAX"),
	};

	f->process.scheduler = &s;
	assert_accepted(f, plan_scheduling);
	assert_int_equal(f->plan.process.scheduler.flags, 0x7f);
}

static void wrong_schedulers_are_refused(void **state)
{
	static const struct {
		struct spec_scheduler s;
		const char *error;
	} wrong[] = {
		{ { .policy = "" }, "scheduler policy is required" },
		{ { .policy = "SCHED_SLOW" }, "invalid scheduler policy: SCHED_SLOW" },
		{ { .policy = "SCHED_OTHER", .nice = OPT(20) },
		  "invalid scheduler.nice: 20 when scheduler.policy is SCHED_OTHER (it must be between -20 and 19)" },
		{ { .policy = "SCHED_BATCH", .nice = OPT(-21) },
		  "invalid scheduler.nice: -21 when scheduler.policy is SCHED_BATCH (it must be between -20 and 19)" },
		{ { .policy = "SCHED_BATCH", .priority = OPT(1) },
		  "scheduler.priority can only be specified for SCHED_FIFO or SCHED_RR policy" },
		{ { .policy = "SCHED_FIFO" },
		  "invalid scheduler.priority: 0 when scheduler.policy is SCHED_FIFO (it must be between 1 and 99)" },
		{ { .policy = "SCHED_RR", .priority = OPT(100) },
		  "invalid scheduler.priority: 100 when scheduler.policy is SCHED_RR (it must be between 1 and 99)" },
		{ { .policy = "SCHED_RR", .priority = OPT(1), .period = OPT(1) },
		  "scheduler runtime/deadline/period can only be specified for SCHED_DEADLINE policy" },
		{ { .policy = "SCHED_DEADLINE", .deadline = OPT(1) },
		  "sched_setattr: `SCHED_DEADLINE` requires `runtime`" },
		{ { .policy = "SCHED_DEADLINE", .runtime = OPT(1) },
		  "sched_setattr: `SCHED_DEADLINE` requires `deadline`" },
		{ { .policy = "SCHED_DEADLINE", .runtime = OPT(0), .deadline = OPT(1) },
		  "sched_setattr: runtime must be greater than 0" },
		{ { .policy = "SCHED_DEADLINE", .runtime = OPT(2), .deadline = OPT(1) },
		  "sched_setattr: runtime must be <= deadline: 2 and 1" },
		{ { .policy = "SCHED_DEADLINE",
		    .runtime = OPT(1),
		    .deadline = OPT(3),
		    .period = OPT(2) },
		  "sched_setattr: deadline must be <= period: 3 and 2" },
	};
	struct fixture *f = *state;
	char text[256];

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		f->process.scheduler = &wrong[i].s;
		(void)snprintf(text, sizeof(text), "process.scheduler: %s", wrong[i].error);
		assert_refused(f, plan_scheduling, text);
	}

	struct spec_scheduler flag = { .policy = "SCHED_OTHER", .flags = STRS("SCHED_FLAG_X") };
	f->process.scheduler = &flag;
	assert_refused(f, plan_scheduling,
		       "process.scheduler: invalid scheduler flag: SCHED_FLAG_X");
}

static void a_cpuset_is_remembered_for_the_message(void **state)
{
	struct fixture *f = *state;
	const struct spec_scheduler s = { .policy = "SCHED_OTHER" };
	const struct spec_cpu cpu = { .cpus = "0" };
	const struct spec_resources res = { .cpu = &cpu };

	f->process.scheduler = &s;
	assert_accepted(f, plan_scheduling);
	assert_false(f->plan.process.scheduler.with_cpuset);
	f->linux_.resources = &res;
	assert_accepted(f, plan_scheduling);
	assert_true(f->plan.process.scheduler.with_cpuset);
}

/* --- I/O priority, CPUs -------------------------------------------------------------------- */

static void io_priorities(void **state)
{
	struct fixture *f = *state;
	struct spec_io_priority s = { "IOPRIO_CLASS_BE", OPT(7) };

	f->process.io_priority = &s;
	assert_accepted(f, plan_scheduling);
	assert_int_equal(f->plan.process.io_priority.class, 2);
	assert_int_equal(f->plan.process.io_priority.level, 7);
	s.io_class = "IOPRIO_CLASS_IDLE";
	s.priority.v = 8;
	assert_refused(
		f, plan_scheduling,
		"process.ioPriority: invalid ioPriority.Priority: 8 (it must be between 0 and 7)");
	s.priority.v = -1;
	assert_refused(
		f, plan_scheduling,
		"process.ioPriority: invalid ioPriority.Priority: -1 (it must be between 0 and 7)");
	s.io_class = "be";
	assert_refused(f, plan_scheduling, "process.ioPriority: invalid ioPriority.Class: \"be\"");
}

static void cpus_of_exec(void **state)
{
	struct fixture *f = *state;
	struct spec_cpu_affinity s = { .initial = "0-1", .final = "1500" };

	f->process.exec_cpu_affinity = &s;
	assert_accepted(f, plan_scheduling);
	s.final = "2-1";
	assert_refused(
		f, plan_scheduling,
		"process.execCPUAffinity.final: \"2-1\" is not a list of CPUs such as 0-3,5 (below 8192)");
	s.initial = "a";
	assert_refused(
		f, plan_scheduling,
		"process.execCPUAffinity.initial: \"a\" is not a list of CPUs such as 0-3,5 (below 8192)");
}

/* --- memory policy --------------------------------------------------------------------------- */

static void memory_policies(void **state)
{
	static const struct {
		const char *mode, *nodes;
		int number;
	} good[] = {
		{ "MPOL_DEFAULT", NULL, 0 },	     { "MPOL_PREFERRED", NULL, 1 },
		{ "MPOL_PREFERRED", "0", 1 },	     { "MPOL_BIND", "0", 2 },
		{ "MPOL_INTERLEAVE", "0-7", 3 },     { "MPOL_LOCAL", "", 4 },
		{ "MPOL_PREFERRED_MANY", "0,1", 5 }, { "MPOL_WEIGHTED_INTERLEAVE", "1023", 6 },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		const struct spec_memory_policy s = { good[i].mode, good[i].nodes, { NULL, 0 } };

		f->linux_.memory_policy = &s;
		f->plan.process.memory_policy = (struct plan_memory_policy){ 0 };
		assert_accepted(f, plan_scheduling);
		assert_true(f->plan.process.memory_policy.set);
		assert_int_equal(f->plan.process.memory_policy.mode, good[i].number);
	}

	const struct spec_memory_policy flags = {
		"MPOL_BIND", "0",
		STRS("MPOL_F_NUMA_BALANCING", "MPOL_F_RELATIVE_NODES", "MPOL_F_STATIC_NODES")
	};
	f->plan.process.memory_policy = (struct plan_memory_policy){ 0 };
	f->linux_.memory_policy = &flags;
	assert_accepted(f, plan_scheduling);
	assert_int_equal(f->plan.process.memory_policy.mode, 2 | 7 << 13);
}

static void wrong_memory_policies_are_refused(void **state)
{
	static const struct {
		const char *mode, *nodes, *error;
	} wrong[] = {
		{ NULL, NULL, "invalid memory policy mode \"\"" },
		{ "INTERLEAVE", "0", "invalid memory policy mode \"INTERLEAVE\"" },
		{ "MPOL_DEFAULT", "0-7", "memory policy mode requires 0 nodes but got 8" },
		{ "MPOL_LOCAL", "0", "memory policy mode requires 0 nodes but got 1" },
		{ "MPOL_BIND", NULL, "memory policy mode requires at least one node but got 0" },
		{ "MPOL_INTERLEAVE", "",
		  "memory policy mode requires at least one node but got 0" },
		{ "MPOL_BIND", "0-9876543210",
		  "invalid memory policy nodes \"0-9876543210\": values larger than 1023 are not supported" },
		{ "MPOL_BIND", "a", "invalid memory policy nodes \"a\": \"a\" is not a number" },
	};
	struct fixture *f = *state;
	char text[256];

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		const struct spec_memory_policy s = { wrong[i].mode, wrong[i].nodes, { NULL, 0 } };

		f->linux_.memory_policy = &s;
		f->plan.process.memory_policy = (struct plan_memory_policy){ 0 };
		(void)snprintf(text, sizeof(text), "linux.memoryPolicy: %s", wrong[i].error);
		assert_refused(f, plan_scheduling, text);
	}

	const struct spec_memory_policy flag = { "MPOL_BIND", "0", STRS("MPOL_F_X") };
	f->linux_.memory_policy = &flag;
	assert_refused(f, plan_scheduling,
		       "linux.memoryPolicy: invalid memory policy flag \"MPOL_F_X\"");
}

static void what_is_asked_is_printed(void **state)
{
	static const struct spec_scheduler s = { .policy = "SCHED_DEADLINE",
						 .runtime = OPT(1),
						 .deadline = OPT(2) };
	static const struct spec_io_priority io = { "IOPRIO_CLASS_RT", OPT(3) };
	static const struct spec_memory_policy m = { "MPOL_BIND", "0,2", { NULL, 0 } };
	autodone(strbuf) struct strbuf out = STRBUF_INIT;
	struct fixture *f = *state;

	plan_print_scheduling(&f->plan.process, &out);
	assert_string_equal(strbuf_str(&out), "");
	f->process.scheduler = &s;
	f->process.io_priority = &io;
	f->linux_.memory_policy = &m;
	assert_accepted(f, plan_scheduling);
	plan_print_scheduling(&f->plan.process, &out);
	assert_string_equal(
		strbuf_str(&out),
		"  scheduler SCHED_DEADLINE nice 0 priority 0 runtime 1 deadline 2 period 0 ns\n"
		"  io priority IOPRIO_CLASS_RT 3\n"
		"  memory policy MPOL_BIND\n"
		"  memory nodes 0,2\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_of_numbers_are_read),
		cmocka_unit_test(other_lists_are_refused),
		cmocka_unit_test(many_ranges_are_linear_work),
		TEST(every_policy_is_known),
		TEST(every_scheduler_flag_is_known),
		TEST(wrong_schedulers_are_refused),
		TEST(a_cpuset_is_remembered_for_the_message),
		TEST(io_priorities),
		TEST(cpus_of_exec),
		TEST(memory_policies),
		TEST(wrong_memory_policies_are_refused),
		TEST(what_is_asked_is_printed),
	};

	return cmocka_run_group_tests_name("scheduling", tests, NULL, NULL);
}
