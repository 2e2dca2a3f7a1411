/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "criu/watch.h"

#define WITHOUT_MS 1000

static int ends[2];

static int open_ends(void **state)
{
	(void)state;
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends);
}

static int close_ends(void **state)
{
	(void)state;
	(void)close(ends[0]);
	return close(ends[1]);
}

/* A child that waits for a signal, or that has ended and is not reaped. */
static pid_t make_child(bool lives)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	if (!lives)
		_exit(0);
	for (;;)
		(void)pause();
}

static void reap(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void a_word_or_an_end_is_heard_at_once(void **state)
{
	pid_t dead = make_child(false);
	struct err e;

	(void)state;
	assert_int_equal(send(ends[1], "x", 1, 0), 1);
	assert_int_equal(criu_wait(ends[0], dead, -1, &e), 0);
	assert_int_equal(recv(ends[0], &(char){ 0 }, 1, 0), 1);
	assert_int_equal(shutdown(ends[1], SHUT_WR), 0);
	assert_int_equal(criu_wait(ends[0], dead, -1, &e), 0);
	reap(dead);
}

static void silence_has_a_limit(void **state)
{
	pid_t lives = make_child(true);
	struct err e;

	(void)state;
	assert_int_equal(criu_wait(ends[0], lives, 7 * WITHOUT_MS, &e), -ETIMEDOUT);
	assert_string_equal(e.text, "criu says nothing for 7 s");
	reap(lives);
}

static void silence_about_the_dead_is_the_end(void **state)
{
	pid_t dead = make_child(false);
	struct err e;

	(void)state;
	assert_int_equal(criu_wait(ends[0], dead, -1, &e), -EIO);
	assert_string_equal(e.text, "what criu restores was ended, and criu says nothing");
	reap(dead);
}

static void helpers_are_ended_too(void **state)
{
	char byte;
	pid_t pid = fork();

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0) {
		if (make_child(true) > 0)
			(void)send(ends[1], "x", 1, 0);
		while (true)
			(void)pause();
	}
	assert_int_equal(recv(ends[0], &byte, 1, 0), 1);
	(void)close(ends[1]);
	criu_end(pid);
	assert_int_equal(waitpid(pid, NULL, 0), -1);
	assert_int_equal(recv(ends[0], &byte, 1, 0), 0); /* nobody has the other end any more */
	ends[1] = dup(ends[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_word_or_an_end_is_heard_at_once, open_ends,
						close_ends),
		cmocka_unit_test_setup_teardown(silence_has_a_limit, open_ends, close_ends),
		cmocka_unit_test_setup_teardown(silence_about_the_dead_is_the_end, open_ends,
						close_ends),
		cmocka_unit_test_setup_teardown(helpers_are_ended_too, open_ends, close_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
