/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/cleanup.h"
#include "cmd/limits.h"

static const struct option_row rows[] = {
	LIMITS_OPTIONS,
	{ "pids-limit", 0, OPTION_INTEGER, "", NULL },
	{ 0 },
};

static void expect_size(const char *text, int64_t want)
{
	struct err e = { 0 };
	int64_t v = 0;

	assert_int_equal(size_parse(text, &v, &e), 0);
	assert_true(v == want);
}

static void test_sizes(void **state)
{
	(void)state;
	expect_size("0", 0);
	expect_size("-1", -1);
	expect_size("100", 100);
	expect_size("100b", 100);
	expect_size("1k", 1024);
	expect_size("1K", 1024);
	expect_size("50M", 50LL << 20);
	expect_size("50mb", 50LL << 20);
	expect_size("50MiB", 50LL << 20);
	expect_size("50 MiB", 50LL << 20);
	expect_size("1.5g", 3LL << 29);
	expect_size(".5k", 512);
	expect_size("2T", 2LL << 40);
	expect_size("1p", 1LL << 50);
	expect_size("9223372036854775807", INT64_MAX);
	expect_size("9007199254740993", 9007199254740993LL);
}

static void test_bad_sizes(void **state)
{
	static const struct {
		const char *text, *want;
	} bad[] = {
		{ "1x", "invalid suffix: 'x'" },
		{ "1kx", "invalid suffix: 'kx'" },
		{ "1kibi", "invalid suffix: 'kibi'" },
		{ "1bb", "invalid suffix: 'bb'" },
		{ "abc", "invalid size: 'abc'" },
		{ "", "invalid size: ''" },
		{ "-2", "invalid size: '-2'" },
		{ "1.2.3", "invalid size: '1.2.3'" },
		{ "+1", "invalid size: '+1'" },
		{ ".", "invalid size: '.'" },
		{ "1  k", "invalid suffix: ' k'" },
		{ "8192p", "value out of range" },
		{ "9223372036854775808", "out of range" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct err e = { 0 };
		int64_t v = 7;

		assert_true(size_parse(bad[i].text, &v, &e) < 0);
		assert_non_null(strstr(e.text, bad[i].want));
		assert_int_equal(v, 7);
	}
}

static int parse(const char *const *args, struct limits *l, struct err *e)
{
	static struct options o;
	char *const *argv = (char *const *)(uintptr_t)args;

	options_done(&o);
	int r = options_parse(rows, argv, false, &o, e);
	return r < 0 ? r : limits_parse(&o, l, e);
}

static void test_all(void **state)
{
	const char *argv[] = { "c1",
			       "--memory=50M",
			       "--memory-swap",
			       "-1",
			       "--memory-reservation",
			       "1g",
			       "--cpu-period",
			       "1000",
			       "--cpu-quota",
			       "-1",
			       "--cpu-burst",
			       "0",
			       "--cpu-share",
			       "100",
			       "--cpu-idle",
			       "1",
			       "--cpuset-cpus",
			       "0-1",
			       "--blkio-weight",
			       "500",
			       "--pids-limit",
			       "-1",
			       NULL };
	struct limits l = { 0 };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(parse(argv, &l, &e), 0);
	assert_true(l.res.memory->limit.set && l.res.memory->limit.v == 50 << 20);
	assert_true(l.res.memory->swap.set && l.res.memory->swap.v == -1);
	assert_true(l.res.memory->reservation.v == 1 << 30);
	assert_true(l.res.cpu->period.v == 1000 && l.res.cpu->quota.v == -1);
	assert_true(l.res.cpu->burst.set && l.res.cpu->burst.v == 0);
	assert_true(l.res.cpu->idle.set && l.res.cpu->idle.v == 1 && l.res.cpu->shares.v == 100);
	assert_string_equal(l.res.cpu->cpus, "0-1");
	assert_null(l.res.cpu->mems);
	assert_true(l.res.block_io->weight.set && l.res.block_io->weight.v == 500);
	assert_true(l.res.pids_limit.set && l.res.pids_limit.v == -1);
	assert_false(l.res.cpu->realtime_period.set);
}

static void test_none(void **state)
{
	const char *argv[] = { "c1", NULL };
	struct limits l = { 0 };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(parse(argv, &l, &e), 0);
	assert_false(l.res.pids_limit.set || l.memory.limit.set || l.cpu.idle.set ||
		     l.block_io.weight.set);
}

static void test_bad(void **state)
{
	static const struct {
		const char *option, *value, *want;
	} bad[] = {
		{ "--memory", "1x", "invalid value for memory: invalid suffix: 'x'" },
		{ "--memory-swap", "-2", "invalid value for memory-swap: invalid size: '-2'" },
		{ "--cpu-quota", "abc",
		  "invalid value for cpu-quota: strconv.ParseInt: parsing \"abc\": invalid syntax" },
		{ "--cpu-period", "-1",
		  "invalid value for cpu-period: strconv.ParseUint: parsing \"-1\": invalid syntax" },
		{ "--cpu-share", "18446744073709551616", "value out of range" },
		{ "--cpu-idle", "1.0", "invalid value for cpu-idle" },
		{ "--cpu-burst", " 1", "invalid value for cpu-burst" },
		{ "--blkio-weight", "70000", "invalid value for blkio-weight" },
		{ "--blkio-weight", "-1", "invalid value for blkio-weight" },
		{ "--pids-limit", "x", "invalid value \"x\" for flag -pids-limit: parse error" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		const char *argv[] = { bad[i].option, bad[i].value, NULL };
		struct limits l = { 0 };
		struct err e = { 0 };

		assert_true(parse(argv, &l, &e) < 0);
		assert_non_null(strstr(e.text, bad[i].want));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes), cmocka_unit_test(test_bad_sizes),
		cmocka_unit_test(test_all),   cmocka_unit_test(test_none),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
