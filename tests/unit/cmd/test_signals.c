/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "cmd/signals.h"

static const struct {
	const char *text;
	int number;
} good[] = {
	{ "KILL", SIGKILL },
	{ "SIGKILL", SIGKILL },
	{ "kill", SIGKILL },
	{ "sigkill", SIGKILL },
	{ "SigTerm", SIGTERM },
	{ "9", 9 },
	{ "0", 0 },
	{ "34", 34 },
	{ "64", 64 },
	{ "WINCH", SIGWINCH },
	{ "CLD", SIGCHLD },
	{ "SIGSYS", SIGSYS },
	{ "STKFLT", SIGSTKFLT },
	{ "HUP", SIGHUP },
	{ "015", 15 },
	{ "RTMIN", 34 },
	{ "SIGRTMIN", 34 },
	{ "sigrtmin+3", 37 },
	{ "RTMIN+30", 64 },
	{ "RTMAX", 64 },
	{ "SIGRTMAX-14", 50 },
};

static const char *const bad[] = {
	"",	  "NOSUCH", "SIG",	  "SIGSIGKILL", "-9",	  "65",	     "9x",
	" 9",	  "KILL ",  "RTMIN-1",	  "RTMIN+31",	"RTMIN+", "RTMAX+1", "RTMAX-31",
	"RTMINx", "RT",	    "4294967305", "0x9",	"KIL",
};

static void test_good(void **state)
{
	struct err e = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_int_equal(signal_parse(good[i].text, &e), good[i].number);
}

static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct err e = { 0 };
		char want[64];

		(void)snprintf(want, sizeof(want), "unknown signal \"%s\"", bad[i]);
		assert_int_equal(signal_parse(bad[i], &e), -EINVAL);
		assert_string_equal(e.text, want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_good),
					    cmocka_unit_test(test_bad) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
