/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "criu/extmount.h"

static const char table[] = "113 90 254:0 /b/rootfs / ro,relatime - ext4 /dev/vda rw\n"
			    "13 113 254:0 /src /mnt\\040x\\134y rw shared:1 - ext4 /dev/vda rw\n"
			    "131 113 0:51 / /tmp rw - tmpfs tmpfs rw\n";

static void finds_mount_points(void **state)
{
	struct arena a autodone(arena) = ARENA_INIT;

	(void)state;
	assert_string_equal(criu_mount_point(table, 113, &a), "/");
	assert_string_equal(criu_mount_point(table, 13, &a), "/mnt x\\y");
	assert_string_equal(criu_mount_point(table, 131, &a), "/tmp");
}

static void knows_no_others(void **state)
{
	struct arena a autodone(arena) = ARENA_INIT;

	(void)state;
	assert_null(criu_mount_point(table, 1, &a));
	assert_null(criu_mount_point(table, 90, &a));
	assert_null(criu_mount_point("", 13, &a));
	assert_null(criu_mount_point("\n\nx\n", 0, &a));
	assert_string_equal(criu_mount_point("13", 13, &a) ? "found" : "none", "none");
}

static void names_that_end_early_are_not_safe(void **state)
{
	(void)state;
	assert_true(criu_name_is_safe("/etc/hosts"));
	assert_true(criu_name_is_safe("/a]b:c[d]"));
	assert_false(criu_name_is_safe("/x]:/etc"));
	assert_false(criu_name_is_safe("]:"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_mount_points),
		cmocka_unit_test(knows_no_others),
		cmocka_unit_test(names_that_end_early_are_not_safe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
