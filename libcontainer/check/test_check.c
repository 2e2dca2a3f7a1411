/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "check/parts.h"

static void test_release(void **state)
{
	static const struct {
		const char *text;
		unsigned int major, minor;
	} good[] = {
		{ "6.18.44-fc", 6, 18 },
		{ "5.12", 5, 12 },
		{ "6.1.0-28-amd64", 6, 1 },
		{ "10.0-rc1", 10, 0 },
	};
	static const char *const bad[] = { "", "6", "6.", "x.1", ".1", "6x1", "99999999.1" };
	unsigned int major, minor;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(kernel_release_parse(good[i].text, &major, &minor), 0);
		assert_int_equal(major, good[i].major);
		assert_int_equal(minor, good[i].minor);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(kernel_release_parse(bad[i], &major, &minor), -EINVAL);
}

static const char subuid[] = "root:1:1\n"
			     "user:100000:65536\n"
			     "1000:200000:10\n"
			     "# comment\n"
			     "user:165536:4\n"
			     "user:x:5\n"
			     "user:300000:99999999999999999999\n"
			     "user2:400000:10\n"
			     "user:4294967290:6";

static void test_subids(void **state)
{
	(void)state;
	assert_true(subids_cover(subuid, "user", 1000, 100000, 65536));
	assert_true(subids_cover(subuid, "user", 1000, 165535, 1));
	assert_true(subids_cover(subuid, "user", 1000, 100000, 65540)); /* over two lines */
	assert_true(subids_cover(subuid, "user", 1000, 200000, 10));	/* by number */
	assert_true(subids_cover(subuid, NULL, 1000, 200009, 1));
	assert_true(subids_cover(subuid, "user", 1000, 4294967290u, 6)); /* no newline at the end */
	assert_false(subids_cover(subuid, "user", 1000, 4294967290u, 7));
	assert_false(subids_cover(subuid, "user", 1000, 99999, 2));
	assert_false(subids_cover(subuid, "user", 1000, 100000, 65541));
	assert_false(subids_cover(subuid, NULL, 1000, 100000, 1));
	assert_false(subids_cover(subuid, "user", 1000, 300000, 1)); /* no number that counts */
	assert_false(subids_cover(subuid, "use", 7, 100000, 1));
	assert_false(subids_cover(subuid, "user2x", 7, 400000, 1));
	assert_false(subids_cover("", "user", 1000, 0, 1));
}

static void test_subids_count(void **state)
{
	(void)state;
	assert_int_equal(subids_count(subuid, "user", 1000), 65536 + 10 + 4 + 6);
	assert_int_equal(subids_count(subuid, "root", 0), 1);
	assert_int_equal(subids_count(subuid, "nobody", 65534), 0);
	assert_int_equal(subids_count("user:1", "user", 1), 0);
	assert_int_equal(subids_count("user:1:", "user", 1), 0);
	assert_int_equal(subids_count("user:1:2:3\n", "user", 1), 0);
}

static void test_report(void **state)
{
	struct check_report r autodone(check_report) = CHECK_REPORT_INIT;
	const struct check_area to = { &r, "area" };
	struct err e;

	(void)state;
	for (int i = 0; i < 100; i++)
		check_pass(&to, "x", "number %d", i);
	check_warning(&to, "y", "do this", "w");
	(void)err_set(&e, EMFILE, "open x");
	check_error(&to, "z", &e);
	assert_int_equal(r.n, 102);
	assert_int_equal(r.count[CHECK_PASS], 100);
	assert_int_equal(r.count[CHECK_WARNING], 1);
	assert_int_equal(r.count[CHECK_FAILURE], 1);
	assert_string_equal(r.v[99].text, "number 99");
	assert_null(r.v[99].advice);
	assert_string_equal(r.v[100].advice, "do this");
	assert_non_null(strstr(r.v[101].advice, "ulimit -n")); /* of base/hint.c */
	assert_string_equal(r.v[101].area, "area");
	check_report_done(&r);
	assert_int_equal(r.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_release),
		cmocka_unit_test(test_subids),
		cmocka_unit_test(test_subids_count),
		cmocka_unit_test(test_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
