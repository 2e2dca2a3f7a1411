/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/trace.h"

/* In a function, because cmocka's macros hide conversions. */
static void open_trace(struct trace *t, bool clock_is_call)
{
	struct err e;

	assert_int_equal(trace_open(t, clock_is_call, &e), 0);
}

static void has(const struct strbuf *out, const char *text)
{
	if (!strstr(out->data, text))
		fail_msg("no <%s> in %s", text, out->data);
}

static void lacks(const struct strbuf *out, const char *text)
{
	if (strstr(out->data, text))
		fail_msg("<%s> in %s", text, out->data);
}

static void test_off_is_nothing(void **state)
{
	struct trace off = trace_as(NULL, TRACE_INIT);

	(void)state;
	assert_null(off.buffer);
	{
		TRACE(NULL, "nothing");
		TRACE(&off, "nothing");
	}
	trace_add(NULL, "nothing", 1, 2);
	trace_add(&off, "nothing", 1, 2);
	trace_before_filter(&off);
	trace_done(&off);
}

static void test_phases_nest_and_end(void **state)
{
	struct strbuf out autodone(strbuf) = STRBUF_INIT;
	struct trace t;

	(void)state;
	open_trace(&t, false);
	{
		TRACE(&t, "outer");
		TRACE(&t, "inner");
	}
	trace_print(&t, "vial test", &out);
	has(&out, "\"args\":{\"name\":\"vial test\"}");
	has(&out, "{\"name\":\"outer\",\"ph\":\"X\",\"pid\":1,\"tid\":1,\"ts\":0.000,");
	has(&out, "\"name\":\"inner\"");
	lacks(&out, "\"open\"");
	has(&out, "\"lost\":0");
	trace_done(&t);
	trace_done(&t);
}

static void test_another_process_writes(void **state)
{
	struct strbuf out autodone(strbuf) = STRBUF_INIT;
	struct trace t;

	(void)state;
	open_trace(&t, false);
	pid_t pid = fork();
	if (pid == 0) {
		struct trace own = trace_as(&t, TRACE_INIT);

		(void)trace_begin(&own, "by the child");
		_exit(0);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	trace_print(&t, "vial test", &out);
	has(&out, "{\"name\":\"init\"}");
	has(&out, "\"name\":\"by the child\"");
	has(&out, "\"open\":true"); /* it has ended, and the phase has not */
	lacks(&out, "vial test");
	trace_done(&t);
}

static void test_what_others_wrote_is_not_trusted(void **state)
{
	struct strbuf out autodone(strbuf) = STRBUF_INIT;
	struct trace t;
	char name[200];

	(void)state;
	open_trace(&t, false);
	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	trace_add(&t, name, 1, 2);
	trace_add(&t, "quote \" and \x01", 1, 2);
	trace_add(&t, "future", INT64_MAX, 0);
	trace_add(&t, "past", -5, 2);
	t.who = TRACE_WHO;
	trace_add(&t, "stranger", 1, 2);
	trace_print(&t, "vial test", &out);
	has(&out, "\"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn\"");
	has(&out, "quote \\\" and \\u0001");
	lacks(&out, "future");
	lacks(&out, "past");
	lacks(&out, "stranger");
	trace_done(&t);
}

static void test_too_many_are_counted(void **state)
{
	struct strbuf out autodone(strbuf) = STRBUF_INIT;
	struct trace t;

	(void)state;
	open_trace(&t, false);
	for (int i = 0; i < 600; i++) {
		TRACE(&t, "many");
	}
	trace_print(&t, "vial test", &out);
	has(&out, "\"lost\":88");
	trace_done(&t);
}

static void test_a_clock_that_is_a_call_stops(void **state)
{
	struct strbuf out autodone(strbuf) = STRBUF_INIT;
	struct trace t;

	(void)state;
	open_trace(&t, true);
	struct trace own = trace_as(&t, TRACE_INIT);
	{
		TRACE(&own, "seccomp");
		trace_before_filter(&own);
		TRACE(&own, "under the filter");
	}
	trace_print(&t, "vial test", &out);
	has(&out, "seccomp");
	lacks(&out, "open");
	lacks(&out, "under the filter");
	trace_done(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_off_is_nothing),
		cmocka_unit_test(test_phases_nest_and_end),
		cmocka_unit_test(test_another_process_writes),
		cmocka_unit_test(test_what_others_wrote_is_not_trusted),
		cmocka_unit_test(test_too_many_are_counted),
		cmocka_unit_test(test_a_clock_that_is_a_call_stops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
