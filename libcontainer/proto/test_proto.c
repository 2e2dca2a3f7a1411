/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "proto/proto.h"

static int pair[2];

static int setup(void **state)
{
	(void)state;
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair);
}

static int teardown(void **state)
{
	(void)state;
	close(pair[0]);
	close(pair[1]);
	return 0;
}

static void the_expected_step_passes(void **state)
{
	struct err e;

	(void)state;
	assert_int_equal(proto_say(pair[0], STEP_PLACED, &e), 0);
	assert_int_equal(proto_expect(pair[1], STEP_PLACED, NULL, NULL, &e), 0);
}

static void another_step_is_refused_by_name(void **state)
{
	struct err e;

	(void)state;
	assert_int_equal(proto_say(pair[0], STEP_CREATED, &e), 0);
	assert_int_equal(proto_expect(pair[1], STEP_MOUNTS_READY, NULL, NULL, &e), -EPROTO);
	assert_string_equal(e.text, "expected MOUNTS_READY, received CREATED with 0 descriptors");
}

static void end_of_file_is_not_success(void **state)
{
	struct err e;

	(void)state;
	close(pair[0]);
	pair[0] = -1;
	assert_int_equal(proto_expect(pair[1], STEP_CREATED, NULL, NULL, &e), -EPIPE);
}

static void an_error_arrives_whole_at_any_step(void **state)
{
	struct err sent = { 0 }, e;

	(void)state;
	(void)err_set_kind(&sent, ERR_CONFIG, EACCES, "mount /proc: permission denied");
	proto_send_err(pair[0], &sent);
	assert_int_equal(proto_expect(pair[1], STEP_CREATED, NULL, NULL, &e), -EACCES);
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_string_equal(e.text, sent.text);
}

static char logged[64];
static void keep(void *arg, enum log_level level, const char *text)
{
	(void)arg;
	snprintf(logged, sizeof(logged), "%d %s", (int)level, text);
}

static void log_lines_pass_between_steps(void **state)
{
	const struct log_sink host = { keep, NULL, LOG_LEVEL_WARNING };
	const struct log_sink child = proto_log_sink(&pair[0], LOG_LEVEL_WARNING);
	struct err e;

	(void)state;
	log_warn(&child, "care %d", 1);
	log_debug(&child, "not wanted");
	assert_int_equal(proto_say(pair[0], STEP_CREATED, &e), 0);
	assert_int_equal(proto_expect(pair[1], STEP_CREATED, &host, NULL, &e), 0);
	assert_string_equal(logged, "1 care 1");
}

static void a_descriptor_comes_only_where_one_is_due(void **state)
{
	struct err e;
	int fd = -1, zero = 0;

	(void)state;
	assert_int_equal(proto_send(pair[0], STEP_CONSOLE, NULL, 0, &zero, 1, &e), 0);
	assert_int_equal(proto_expect(pair[1], STEP_CONSOLE, NULL, &fd, &e), 0);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(proto_send(pair[0], STEP_PLACED, NULL, 0, &zero, 1, &e), 0);
	assert_int_equal(proto_expect(pair[1], STEP_PLACED, NULL, NULL, &e), -EPROTO);
	assert_int_equal(proto_say(pair[0], STEP_CONSOLE, &e), 0);
	assert_int_equal(proto_expect(pair[1], STEP_CONSOLE, NULL, &fd, &e), -EPROTO);
}

/* socket(7) knows ECONNRESET for this; what was said before counts for more. */
static void last_words_are_heard_from_one_that_did_not_listen(void **state)
{
	struct err sent = { 0 }, e;

	(void)state;
	assert_int_equal(proto_say(pair[0], STEP_PLACED, &e), 0); /* is never read */
	(void)err_set(&sent, EACCES, "chdir: permission denied");
	proto_send_err(pair[1], &sent);
	close(pair[1]);
	pair[1] = -1;
	assert_int_equal(proto_expect(pair[0], STEP_CREATED, NULL, NULL, &e), -EACCES);
	assert_string_equal(e.text, sent.text);
	assert_int_equal(proto_expect(pair[0], STEP_CREATED, NULL, NULL, &e), -EPIPE);
	assert_true(proto_is_eof(&e));
}

static void telling_the_dead_is_answered_by_their_last_words(void **state)
{
	struct err sent = { 0 }, e;

	(void)state;
	assert_int_equal(proto_say(pair[0], STEP_PLACED, &e), 0);
	(void)err_set(&sent, EACCES, "chdir: permission denied");
	proto_send_err(pair[1], &sent);
	close(pair[1]);
	pair[1] = -1;
	assert_int_equal(proto_tell(pair[0], STEP_COMMITTED, NULL, &e), -EACCES);
	assert_string_equal(e.text, sent.text);
	assert_int_equal(proto_tell(pair[0], STEP_COMMITTED, NULL, &e), -EPIPE);
	assert_true(proto_is_eof(&e));
}

static void garbage_is_no_message(void **state)
{
	static const char zeros[16];
	struct err e;

	(void)state;
	assert_int_equal(write(pair[0], "x", 1), 1);
	assert_int_equal(proto_expect(pair[1], STEP_CREATED, NULL, NULL, &e), -EPROTO);
	assert_int_equal(write(pair[0], zeros, sizeof(zeros)), sizeof(zeros));
	assert_int_equal(proto_expect(pair[1], STEP_CREATED, NULL, NULL, &e), -EPROTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_expected_step_passes, setup, teardown),
		cmocka_unit_test_setup_teardown(another_step_is_refused_by_name, setup, teardown),
		cmocka_unit_test_setup_teardown(end_of_file_is_not_success, setup, teardown),
		cmocka_unit_test_setup_teardown(an_error_arrives_whole_at_any_step, setup,
						teardown),
		cmocka_unit_test_setup_teardown(log_lines_pass_between_steps, setup, teardown),
		cmocka_unit_test_setup_teardown(a_descriptor_comes_only_where_one_is_due, setup,
						teardown),
		cmocka_unit_test_setup_teardown(last_words_are_heard_from_one_that_did_not_listen,
						setup, teardown),
		cmocka_unit_test_setup_teardown(telling_the_dead_is_answered_by_their_last_words,
						setup, teardown),
		cmocka_unit_test_setup_teardown(garbage_is_no_message, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
