/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "criu/quote.h"

static void assert_quote(const char *text, const char *lines, const char *cause)
{
	struct strbuf l autodone(strbuf) = STRBUF_INIT, c autodone(strbuf) = STRBUF_INIT;

	criu_quote(text, &l, &c);
	assert_string_equal(strbuf_str(&l), lines);
	assert_string_equal(strbuf_str(&c), cause);
}

static void quotes_errors(void **state)
{
	(void)state;
	assert_quote("(00.1) Dumping\n"
		     "(00.2) Error (criu/files-reg.c:1790): Can't lookup mount=27\n"
		     "(00.3) more\n"
		     "(00.4) Error (criu/cr-dump.c:2111): Dumping FAILED.\n",
		     "(00.2) Error (criu/files-reg.c:1790): Can't lookup mount=27\n"
		     "(00.4) Error (criu/cr-dump.c:2111): Dumping FAILED.\n",
		     "Can't lookup mount=27");
}

static void a_warning_just_before_belongs_to_it(void **state)
{
	(void)state;
	assert_quote("(00.1) Warn  (a.c:1): far\n"
		     "(00.2) between\n"
		     "(00.3) Warn  (a.c:2): near\n"
		     "(00.4)  1: Error (a.c:3): no last newline",
		     "(00.3) Warn  (a.c:2): near\n(00.4)  1: Error (a.c:3): no last newline\n",
		     "no last newline");
}

/* It complains about its own limit in every run, and about /dev/net/tun where there is none. */
static void what_criu_lives_with_is_no_cause(void **state)
{
	(void)state;
	assert_quote(
		"(0) Error (criu/tun.c:85): tun: Unable to create tun: No such file or directory\n"
		"(1) Error (x.c:1): tun: Unable to dump tun\n",
		"(0) Error (criu/tun.c:85): tun: Unable to create tun: No such file or directory\n"
		"(1) Error (x.c:1): tun: Unable to dump tun\n",
		"tun: Unable to dump tun");
	assert_quote("(0) Error (criu/util.c:1533): rlimit: Can't setup\n"
		     "(1) Error (x.c:1): true cause\n",
		     "(0) Error (criu/util.c:1533): rlimit: Can't setup\n"
		     "(1) Error (x.c:1): true cause\n",
		     "true cause");
}

static void nothing_to_quote(void **state)
{
	(void)state;
	assert_quote("", "", "");
	assert_quote("\n\n(00.1) all is well: no Error (here) behind a long introduction\n", "",
		     "");
}

static void hostile_names_are_made_printable(void **state)
{
	(void)state;
	assert_quote("Error (a.c:1): \x1b[31m\n", "Error (a.c:1): \x1b[31m\n", "?[31m");
}

static void only_the_last_lines(void **state)
{
	struct strbuf text autodone(strbuf) = STRBUF_INIT, l autodone(strbuf) = STRBUF_INIT,
			   c autodone(strbuf) = STRBUF_INIT;

	(void)state;
	for (int i = 0; i < 100; i++)
		strbuf_addf(&text, "Error (a.c:1): %d\n", i);
	criu_quote(strbuf_str(&text), &l, &c);
	assert_string_equal(strbuf_str(&c), "0");
	assert_null(strstr(strbuf_str(&l), ": 79\n"));
	assert_non_null(strstr(strbuf_str(&l), ": 80\n"));
	assert_non_null(strstr(strbuf_str(&l), ": 99\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quotes_errors),
		cmocka_unit_test(a_warning_just_before_belongs_to_it),
		cmocka_unit_test(what_criu_lives_with_is_no_cause),
		cmocka_unit_test(nothing_to_quote),
		cmocka_unit_test(hostile_names_are_made_printable),
		cmocka_unit_test(only_the_last_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
