/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "cmd/options.h"

static const struct option_row table[] = {
	{ "bundle", 'b', OPTION_TEXT, "", NULL },
	{ "detach", 'd', OPTION_SWITCH, "", NULL },
	{ "keep", 0, OPTION_SWITCH, "", NULL },
	{ "preserve-fds", 0, OPTION_NUMBER, "", "0" },
	{ "env", 'e', OPTION_LIST, "", NULL },
	{ "gid", 'g', OPTION_INTEGERS, "", NULL },
	{ 0 },
};

#define WORDS 8

/* The words of one command line, and what they mean: "-" where an option is absent. */
struct good_line {
	const char *words[WORDS];
	const char *bundle;
	bool detach, keep, help;
	uint32_t fds;
	const char *args[WORDS];
};

static const struct good_line good_lines[] = {
	{ .words = { NULL } },
	{ .words = { "id" }, .args = { "id" } },
	{ .words = { "--bundle", "/b", "id" }, .bundle = "/b", .args = { "id" } },
	{ .words = { "--bundle=/b", "id" }, .bundle = "/b", .args = { "id" } },
	{ .words = { "-bundle", "/b", "id" }, .bundle = "/b", .args = { "id" } },
	{ .words = { "-bundle=/b", "id" }, .bundle = "/b", .args = { "id" } },
	{ .words = { "-b", "/b", "id" }, .bundle = "/b", .args = { "id" } },
	{ .words = { "-b=/b", "id" }, .bundle = "/b", .args = { "id" } },
	{ .words = { "--b=/b", "id" }, .bundle = "/b", .args = { "id" } },
	/* behind the id */
	{ .words = { "id", "-d", "--bundle", "/b" },
	  .bundle = "/b",
	  .detach = true,
	  .args = { "id" } },
	/* a value may look like an option, hold '=', be empty, be "--" */
	{ .words = { "--bundle", "--detach", "id" }, .bundle = "--detach", .args = { "id" } },
	{ .words = { "--bundle=a=b", "id" }, .bundle = "a=b", .args = { "id" } },
	{ .words = { "--bundle=", "id" }, .args = { "id" } },
	{ .words = { "--bundle", "", "id" }, .args = { "id" } },
	{ .words = { "--bundle", "--", "id" }, .bundle = "--", .args = { "id" } },
	/* the last one wins */
	{ .words = { "-b", "x", "--bundle", "/b", "id" }, .bundle = "/b", .args = { "id" } },
	{ .words = { "-d", "-d=false", "id" }, .args = { "id" } },
	/* a switch takes no word of its own */
	{ .words = { "--detach", "false" }, .detach = true, .args = { "false" } },
	{ .words = { "--detach=true" }, .detach = true },
	{ .words = { "--detach=1" }, .detach = true },
	{ .words = { "-d=T", "--keep=False" }, .detach = true },
	{ .words = { "-d=0", "--keep=t" }, .keep = true },
	{ .words = { "--preserve-fds", "3" }, .fds = 3 },
	{ .words = { "-preserve-fds=2147483647" }, .fds = INT32_MAX },
	/* "--" ends the options, once; "-" is an argument */
	{ .words = { "--", "--detach", "--" }, .args = { "--detach", "--" } },
	{ .words = { "id", "--", "-d" }, .args = { "id", "-d" } },
	{ .words = { "-", "-d" }, .detach = true, .args = { "-" } },
	{ .words = { "", "-d" }, .detach = true, .args = { "" } },
	{ .words = { "-h" }, .help = true },
	{ .words = { "--help", "id" }, .help = true, .args = { "id" } },
	{ .words = { "--help=false" } },
};

static void check_args(const struct options *o, const char *const *want)
{
	size_t n = 0;

	for (; want[n]; n++) {
		assert_true(n < o->n_args);
		assert_string_equal(o->args[n], want[n]);
	}
	assert_int_equal(o->n_args, n);
	assert_null(o->args[n]);
}

static char *const *as_argv(const char *const *words)
{
	return (char *const *)(uintptr_t)words;
}

static void test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good_lines); i++) {
		const struct good_line *line = &good_lines[i];
		struct options o autodone(options) = { 0 };
		struct err e = { 0 };

		assert_int_equal(options_parse(table, as_argv(line->words), false, &o, &e), 0);
		if (line->bundle)
			assert_string_equal(options_text(&o, "bundle"), line->bundle);
		else
			assert_null(options_text(&o, "bundle"));
		assert_int_equal(options_on(&o, "detach"), line->detach);
		assert_int_equal(options_on(&o, "keep"), line->keep);
		assert_int_equal(options_number(&o, "preserve-fds"), line->fds);
		assert_int_equal(o.help, line->help);
		check_args(&o, line->args);
	}
}

static const struct {
	const char *words[WORDS];
	const char *error;
} bad_lines[] = {
	{ { "--nosuch" }, "flag provided but not defined: -nosuch" },
	{ { "-nosuch", "id" }, "flag provided but not defined: -nosuch" },
	{ { "--nosuch=1" }, "flag provided but not defined: -nosuch" },
	{ { "id", "-x" }, "flag provided but not defined: -x" },
	{ { "--bundl", "/b" }, "flag provided but not defined: -bundl" },
	{ { "--bundles", "/b" }, "flag provided but not defined: -bundles" },
	/* letters are not bundled: this is one name */
	{ { "-db", "/b" }, "flag provided but not defined: -db" },
	/* keep has no letter */
	{ { "-k" }, "flag provided but not defined: -k" },
	{ { "-1" }, "flag provided but not defined: -1" },
	{ { "-b" }, "flag needs an argument: -b" },
	{ { "id", "--bundle" }, "flag needs an argument: -bundle" },
	{ { "--preserve-fds" }, "flag needs an argument: -preserve-fds" },
	{ { "---detach" }, "bad flag syntax: ---detach" },
	{ { "--=x" }, "bad flag syntax: --=x" },
	{ { "-=x" }, "bad flag syntax: -=x" },
	{ { "--detach=yes" }, "invalid boolean value \"yes\" for -detach: parse error" },
	{ { "-d=" }, "invalid boolean value \"\" for -d: parse error" },
	{ { "--help=maybe" }, "invalid boolean value \"maybe\" for -help: parse error" },
	{ { "--preserve-fds", "x" }, "invalid value \"x\" for flag -preserve-fds: parse error" },
	{ { "--preserve-fds=" }, "invalid value \"\" for flag -preserve-fds: parse error" },
	{ { "--preserve-fds=-1" }, "invalid value \"-1\" for flag -preserve-fds: parse error" },
	{ { "--preserve-fds= 1" }, "invalid value \" 1\" for flag -preserve-fds: parse error" },
	{ { "--preserve-fds=1 " }, "invalid value \"1 \" for flag -preserve-fds: parse error" },
	{ { "--gid", "1", "-g", "x" },
	  "invalid value \"x\" for flag -g: strconv.ParseInt: parsing \"x\": invalid syntax" },
	{ { "--gid=" },
	  "invalid value \"\" for flag -gid: strconv.ParseInt: parsing \"\": invalid syntax" },
	{ { "--preserve-fds=2147483648" },
	  "invalid value \"2147483648\" for flag -preserve-fds: value out of range" },
	{ { "--preserve-fds=99999999999999999999999" },
	  "invalid value \"99999999999999999999999\" for flag -preserve-fds: value out of range" },
};

static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad_lines); i++) {
		struct options o autodone(options) = { 0 };
		struct err e = { 0 };

		assert_int_equal(options_parse(table, as_argv(bad_lines[i].words), false, &o, &e),
				 -EINVAL);
		assert_string_equal(e.text, bad_lines[i].error);
		assert_int_equal(e.kind, ERR_USAGE);
	}
}

static void test_stop_at_first(void **state)
{
	static const char *const words[] = { "-d", "id", "-9", "--nosuch", "--", "-d", NULL };
	static const char *const want[] = { "id", "-9", "--nosuch", "--", "-d", NULL };
	struct options o autodone(options) = { 0 };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(options_parse(table, as_argv(words), true, &o, &e), 0);
	assert_true(options_on(&o, "detach"));
	check_args(&o, want);
}

static void test_given(void **state)
{
	static const char *const words[] = { "--detach=false", "--bundle=", NULL };
	struct options o autodone(options) = { 0 };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(options_parse(table, as_argv(words), false, &o, &e), 0);
	assert_true(options_given(&o, "detach"));
	assert_true(options_given(&o, "bundle"));
	assert_false(options_given(&o, "keep"));
	assert_false(options_on(&o, "detach"));
}

static void test_bool(void **state)
{
	static const char *const no_bools[] = { "", "yes", "TRue", "on", "2", "true ", "00" };
	bool on = false;

	(void)state;
	assert_int_equal(option_bool_parse("True", &on), 0);
	assert_true(on);
	assert_int_equal(option_bool_parse("F", &on), 0);
	assert_false(on);
	for (size_t i = 0; i < ARRAY_SIZE(no_bools); i++)
		assert_int_equal(option_bool_parse(no_bools[i], &on), -EINVAL);
}

static void a_list_keeps_every_value_in_order(void **state)
{
	const char *const words[] = { "--env", "A=1", "-e", "", "-env=A=2", "-e=--", "id", NULL };
	struct options o;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(options_parse(table, (char *const *)(uintptr_t)words, true, &o, &e), 0);
	struct strs list = options_list(&o, "env");
	assert_int_equal(list.n, 4);
	assert_string_equal(list.v[0], "A=1");
	assert_string_equal(list.v[1], "");
	assert_string_equal(list.v[2], "A=2");
	assert_string_equal(list.v[3], "--");
	assert_null(list.v[4]);
	options_done(&o);

	const char *const none[] = { "id", NULL };
	assert_int_equal(options_parse(table, (char *const *)(uintptr_t)none, true, &o, &e), 0);
	assert_int_equal(options_list(&o, "env").n, 0);
	assert_false(options_given(&o, "env"));
	options_done(&o);

	const char *const missing[] = { "--env", NULL };
	assert_int_equal(options_parse(table, (char *const *)(uintptr_t)missing, true, &o, &e),
			 -EINVAL);
	assert_string_equal(e.text, "flag needs an argument: -env");
	options_done(&o);
}

static void test_durations(void **state)
{
	static const struct {
		const char *text;
		int64_t ns;
	} good[] = {
		{ "5s", 5000000000LL },
		{ "100ms", 100000000LL },
		{ "1m30s", 90000000000LL },
		{ "1.5h", 5400000000000LL },
		{ "0", 0 },
		{ "-1s", -1000000000LL },
		{ "+7ns", 7 },
		{ "2us", 2000 },
		{ "2\u00b5s", 2000 },
		{ ".5s", 500000000LL },
		{ "1.s", 1000000000LL },
		{ "0.0000000001s", 0 },
	};
	static const char *const bad[] = { "",
					   "5",
					   "s",
					   "1x",
					   "1s2",
					   "- 1s",
					   "1,5s",
					   " 1s",
					   "1s ",
					   "--1s",
					   ".s",
					   "9999999999h",
					   "99999999999999999999s" };
	int64_t ns;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(option_duration_parse(good[i].text, &ns), 0);
		assert_true(ns == good[i].ns);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_true(option_duration_parse(bad[i], &ns) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_keeps_every_value_in_order),
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_given),
		cmocka_unit_test(test_stop_at_first),
		cmocka_unit_test(test_bool),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
