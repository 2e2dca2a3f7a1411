/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "cmd/pstable.h"

static const char ef[] = "UID        PID  PPID  C STIME TTY          TIME CMD\n"
			 "root         1     0  0 16:00 ?        00:00:00 init\n"
			 "root     16228     1  0 16:59 ?        00:00:00 sleep 200\n"
			 "root     16229 16228  0 16:59 ?        00:00:00 sh -c 1\n";

static int filter(const char *text, const pid_t *pids, size_t n, struct strbuf *out)
{
	struct err e;

	return ps_filter(text, pids, n, out, &e);
}

static void test_lines(void **state)
{
	struct strbuf out autodone(strbuf) = STRBUF_INIT;
	const pid_t pids[] = { 7, 16228 };

	(void)state;
	assert_int_equal(filter(ef, pids, 2, &out), 0);
	assert_string_equal(strbuf_str(&out),
			    "UID        PID  PPID  C STIME TTY          TIME CMD\n"
			    "root     16228     1  0 16:59 ?        00:00:00 sleep 200\n");
}

static void test_titles_only(void **state)
{
	struct strbuf out autodone(strbuf) = STRBUF_INIT;

	(void)state;
	assert_int_equal(filter(ef, NULL, 0, &out), 0);
	assert_string_equal(strbuf_str(&out),
			    "UID        PID  PPID  C STIME TTY          TIME CMD\n");
}

static void test_first_column_and_no_last_newline(void **state)
{
	struct strbuf out autodone(strbuf) = STRBUF_INIT;
	const pid_t pids[] = { 5 };

	(void)state;
	assert_int_equal(filter("  PID\tTTY\n    5 ?\n\n    6 5", pids, 1, &out), 0);
	assert_string_equal(strbuf_str(&out), "  PID\tTTY\n    5 ?\n");
}

static void test_wrong(void **state)
{
	static const char *const texts[] = {
		"",	    "\n",	 "5 ?\n6 ?\n",	       "PPID TTY\n1 ?\n", "TTY PID\n?\n",
		"PID\nx\n", "PID\n-1\n", "PID\n99999999999\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct strbuf out autodone(strbuf) = STRBUF_INIT;

		assert_true(filter(texts[i], NULL, 0, &out) < 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_titles_only),
		cmocka_unit_test(test_first_column_and_no_last_newline),
		cmocka_unit_test(test_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
