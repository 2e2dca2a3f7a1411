/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "base/cleanup.h"
#include "cgroups/stats.h"

static void expect_list(const struct cg_u64s *l, size_t n, const uint64_t *want)
{
	assert_int_equal(l->n, n);
	for (size_t i = 0; i < n; i++)
		assert_true(l->v[i] == want[i]);
}

static void test_numbers(void **state)
{
	(void)state;
	assert_true(cg_parse_u64("123\n") == 123);
	assert_true(cg_parse_u64("0") == 0);
	assert_true(cg_parse_u64("max\n") == UINT64_MAX);
	assert_true(cg_parse_u64("18446744073709551615\n") == UINT64_MAX);
	assert_true(cg_parse_u64("18446744073709551616\n") == 0);
	assert_true(cg_parse_u64("9223372036854771712\n") == 9223372036854771712ULL);
	assert_true(cg_parse_u64("") == 0);
	assert_true(cg_parse_u64("-1\n") == 0);
	assert_true(cg_parse_u64("maximum\n") == 0);
	assert_true(cg_parse_u64("111111111111111111111111111111111\n") == 0);
}

static void test_pairs(void **state)
{
	autodone(arena) struct arena a = ARENA_INIT;
	struct cg_pairs p = cg_parse_pairs(
		"usage_usec 18446744073709551615\nuser_usec 5\nnonsense\nx y\nneg -1\nsystem_usec 7\n",
		&a);

	(void)state;
	assert_int_equal(p.n, 3);
	assert_string_equal(p.v[0].key, "system_usec");
	assert_true(cg_pair_get(&p, "usage_usec") == UINT64_MAX);
	assert_true(cg_pair_get(&p, "user_usec") == 5);
	assert_true(cg_pair_get(&p, "neg") == 0);
	assert_true(cg_pair_get(&p, "user") == 0);
	p = cg_parse_pairs("", &a);
	assert_int_equal(p.n, 0);
	assert_true(cg_pair_get(&p, "x") == 0);
}

static void test_lists(void **state)
{
	autodone(arena) struct arena a = ARENA_INIT;
	struct cg_u64s l = cg_parse_u64s("16122683 1002638 \n", &a);

	(void)state;
	expect_list(&l, 2, (const uint64_t[]){ 16122683, 1002638 });
	l = cg_parse_u64s("\n", &a);
	expect_list(&l, 0, NULL);
	l = cg_parse_cpus("0-3,7\n", &a);
	expect_list(&l, 5, (const uint64_t[]){ 0, 1, 2, 3, 7 });
	l = cg_parse_cpus("5\n", &a);
	expect_list(&l, 1, (const uint64_t[]){ 5 });

	static const char *const bad[] = { "\n",	   "",
					   "3-1\n",	   "a\n",
					   "1-\n",	   "1-2-3\n",
					   "0-99999999\n", "-1\n",
					   "1,,2\n",	   "0-65535,0-65535\n" };
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		l = cg_parse_cpus(bad[i], &a);
		expect_list(&l, 0, NULL);
	}
}

static void test_columns(void **state)
{
	static const char all[] = "cpu user system\n0 5 6\n1 7 8\n";
	autodone(arena) struct arena a = ARENA_INIT;
	struct cg_u64s l = cg_parse_column(all, 1, &a);

	(void)state;
	expect_list(&l, 2, (const uint64_t[]){ 5, 7 });
	l = cg_parse_column(all, 2, &a);
	expect_list(&l, 2, (const uint64_t[]){ 6, 8 });
	l = cg_parse_column(all, 3, &a);
	expect_list(&l, 0, NULL);
	l = cg_parse_column("", 1, &a);
	expect_list(&l, 0, NULL);
}

static void test_psi(void **state)
{
	autodone(arena) struct arena a = ARENA_INIT;
	struct cg_psi p =
		cg_parse_psi("some avg10=0.00 avg60=1.50 avg300=12.34 total=18446744073709551615\n"
			     "full avg10=100.00 avg60=0.05 avg300=10.10 total=7\n",
			     &a);

	(void)state;
	assert_true(p.set);
	assert_string_equal(p.some.avg10, "0");
	assert_string_equal(p.some.avg60, "1.5");
	assert_string_equal(p.some.avg300, "12.34");
	assert_true(p.some.total == UINT64_MAX);
	assert_string_equal(p.full.avg10, "100");
	assert_string_equal(p.full.avg60, "0.05");
	assert_string_equal(p.full.avg300, "10.1");
	/* before Linux 5.13 cpu.pressure has no "full" */
	p = cg_parse_psi("some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n", &a);
	assert_true(p.set);
	assert_null(p.full.avg10);
	p = cg_parse_psi("some avg10=x,\"y\":1 avg60=. avg300=1. total=-1\n", &a);
	assert_false(p.set);
	assert_null(p.some.avg60);
	assert_null(p.some.avg300);
	assert_false(cg_parse_psi("", &a).set);
}

static void expect_entry(const struct cg_io_entry *e, uint64_t major, uint64_t minor,
			 const char *op, uint64_t value)
{
	assert_true(e->major == major && e->minor == minor && e->value == value);
	assert_string_equal(e->op, op);
}

static void test_blkio(void **state)
{
	autodone(arena) struct arena a = ARENA_INIT;
	struct cg_io_list l =
		cg_parse_blkio("254:0 Read 102400\n254:0 Total 102400\nTotal 102400\n", &a);

	(void)state;
	assert_int_equal(l.n, 2);
	expect_entry(&l.v[0], 254, 0, "Read", 102400);
	expect_entry(&l.v[1], 254, 0, "Total", 102400);
	l = cg_parse_blkio("8:16 6792\nx:1 2\n8: 3\n8:1\n8:1 -2\n", &a);
	assert_int_equal(l.n, 1);
	expect_entry(&l.v[0], 8, 16, "", 6792);
	assert_int_equal(cg_parse_blkio("", &a).n, 0);
}

static void test_io_stat(void **state)
{
	autodone(arena) struct arena a = ARENA_INIT;
	struct cg_io_list bytes, ops;

	(void)state;
	cg_parse_io_stat("8:0 rbytes=1 wbytes=2 rios=3 wios=18446744073709551615 dbytes=5 dios=6\n"
			 "253:1 \nx rbytes=1\n254:0 rbytes=9 cost.usage=3 rios\n",
			 &a, &bytes, &ops);
	assert_int_equal(bytes.n, 3);
	expect_entry(&bytes.v[0], 8, 0, "Read", 1);
	expect_entry(&bytes.v[1], 8, 0, "Write", 2);
	expect_entry(&bytes.v[2], 254, 0, "Read", 9);
	assert_int_equal(ops.n, 2);
	expect_entry(&ops.v[1], 8, 0, "Write", UINT64_MAX);
	cg_parse_io_stat("", &a, &bytes, &ops);
	assert_int_equal(bytes.n + ops.n, 0);
}

/* A directory that is no cgroup is refused, one that is gone is -ENOENT. */
static void test_directories(void **state)
{
	struct plan_cgroup_dir dir = { .name = "", .mount = "/tmp", .path = "/tmp", .is_v2 = true };
	const struct plan_cgroup at = {
		.enabled = true, .mode = CGROUP_V2, .dirs = &dir, .n_dirs = 1
	};
	const struct cgroup cg = { .at = &at, .v2_fd = -1 };
	autodone(cg_stats) struct cg_stats s = { .arena = ARENA_INIT };
	struct cg_oom oom = CG_OOM_INIT;
	struct err e;

	(void)state;
	assert_int_equal(cgroup_stats(&cg, &s, &e), -EINVAL);
	assert_int_equal(cg_oom_open(&cg, &oom, &e), -EINVAL);
	dir.path = "/tmp/no-such-cgroup";
	assert_int_equal(cgroup_stats(&cg, &s, &e), -ENOENT);
	assert_int_equal(cg_oom_open(&cg, &oom, &e), -ENOENT);
	cg_oom_done(&oom);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers), cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_lists),	cmocka_unit_test(test_columns),
		cmocka_unit_test(test_psi),	cmocka_unit_test(test_blkio),
		cmocka_unit_test(test_io_stat), cmocka_unit_test(test_directories),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
