/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "cgroups/settings.h"

static void expect_undo(const char *file, const char *value, const char *current, const char *want)
{
	autodone(arena) struct arena a = ARENA_INIT;
	const struct cg_setting s = { .file = file, .value = value };
	const char *got = setting_undo(&s, current, &a);

	if (!want) {
		assert_null(got);
		return;
	}
	assert_non_null(got);
	assert_string_equal(got, want);
}

static void test_one_value(void **state)
{
	(void)state;
	expect_undo("memory.max", "100", "max\n", "max");
	expect_undo("memory.limit_in_bytes", "100", "9223372036854771712\n", "9223372036854771712");
	expect_undo("cpu.max", "100 200", "max 100000\n", "max 100000");
	expect_undo("cpuset.cpus", "0", "0-3,7\n", "0-3,7");
	expect_undo("cpuset.cpus", "0", "\n", "\n");
	expect_undo("cpuset.cpus", "0", "", "\n");
	expect_undo("cpu.idle", "1", "0", "0");
}

static void test_by_key(void **state)
{
	static const char io_max[] = "8:16 rbps=max wbps=1048576 riops=max wiops=120\n"
				     "8:1 rbps=5 wbps=max riops=max wiops=max\n";

	(void)state;
	expect_undo("io.max", "8:16 rbps=1", io_max,
		    "8:16 rbps=max wbps=1048576 riops=max wiops=120");
	expect_undo("io.max", "8:1 rbps=1", io_max, "8:1 rbps=5 wbps=max riops=max wiops=max");
	expect_undo("io.max", "8:2 rbps=1", io_max, "8:2 rbps=max wbps=max riops=max wiops=max");
	expect_undo("io.weight", "200", "default 100\n8:0 50\n", "default 100");
	expect_undo("io.weight", "8:0 200", "default 100\n8:0 50\n", "8:0 50");
	expect_undo("io.weight", "8:1 200", "default 100\n8:0 50\n", "8:1 default");
	expect_undo("rdma.max", "mlx4_0 hca_handle=2", "", "mlx4_0 hca_handle=max hca_object=max");
	expect_undo("blkio.throttle.read_bps_device", "8:0 5", "8:1 7\n8:0 1048576\n",
		    "8:0 1048576");
	expect_undo("blkio.throttle.read_bps_device", "8:0 5", "8:00 7\n", "8:0 0");
	expect_undo("net_prio.ifpriomap", "lo 5", "lo 1\neth0 2\n", "lo 1");
}

static void test_special(void **state)
{
	(void)state;
	expect_undo("memory.oom_control", "1", "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n",
		    "0");
	expect_undo("memory.oom_control", "1", "", NULL);
	/* from unified: nobody knows what its lines mean */
	expect_undo("x.y", "1", "a 1\nb 2\n", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_value),
		cmocka_unit_test(test_by_key),
		cmocka_unit_test(test_special),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
