/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cmd/stream.h"

#define BIG 200000

/* Fills a pipe to the last byte it takes; its writing end blocks again afterwards. */
static void fill(int fd)
{
	char page[4096] = { 0 };
	int flags = fcntl(fd, F_GETFL);

	assert_int_equal(fcntl(fd, F_SETFL, flags | O_NONBLOCK), 0);
	while (write(fd, page, sizeof(page)) > 0)
		;
	while (write(fd, page, 1) > 0)
		;
	assert_int_equal(fcntl(fd, F_SETFL, flags), 0);
}

static void test_full_pipe(void **state)
{
	int p[2];

	(void)state;
	assert_int_equal(pipe(p), 0);
	fill(p[1]);
	assert_int_equal(stream_write(p[1], "x", 1, 0), -ETIMEDOUT);
	assert_int_equal(stream_write(p[1], "x", 1, 20), -ETIMEDOUT);
	assert_int_equal(fcntl(p[1], F_GETFL) & O_NONBLOCK, 0);
	/* More than there is room for: what fits is written, then the patience ends. */
	char page[4096];
	assert_int_equal(read(p[0], page, sizeof(page)), sizeof(page));
	char two[8192];
	memset(two, 'y', sizeof(two));
	assert_int_equal(stream_write(p[1], two, sizeof(two), 20), -ETIMEDOUT);
	(void)close(p[0]);
	(void)close(p[1]);
}

static void test_broken_pipe(void **state)
{
	struct sigaction before, after;
	int p[2];

	(void)state;
	assert_int_equal(pipe(p), 0);
	(void)close(p[0]);
	assert_int_equal(sigaction(SIGPIPE, NULL, &before), 0);
	assert_int_equal(stream_write(p[1], "x", 1, STREAM_WAIT), -EPIPE);
	assert_int_equal(stream_write(p[1], "x", 1, 10), -EPIPE);
	assert_int_equal(sigaction(SIGPIPE, NULL, &after), 0);
	assert_ptr_equal(before.sa_handler, after.sa_handler);
	(void)close(p[1]);
}

static void test_no_room_on_device(void **state)
{
	(void)state;
	int fd autoclose = open("/dev/full", O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(stream_write(fd, "x", 1, STREAM_WAIT), -ENOSPC);
	assert_int_equal(stream_write(-1, "x", 1, STREAM_WAIT), -EBADF);
}

/* A reader that comes late and reads slowly gets every byte. */
static void test_slow_reader(void **state, int patience_ms, int flags)
{
	int p[2];

	(void)state;
	assert_int_equal(pipe(p), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		char piece[3000];
		size_t total = 0;
		ssize_t n;

		(void)close(p[1]);
		while ((n = read(p[0], piece, sizeof(piece))) > 0)
			for (ssize_t i = 0; i < n; i++)
				total += piece[i] == 'z';
		_exit(total == BIG ? 0 : 1);
	}
	char *text autofree = malloc(BIG);
	int status = -1;

	assert_non_null(text);
	memset(text, 'z', BIG);
	assert_int_equal(fcntl(p[1], F_SETFL, O_WRONLY | flags), 0);
	assert_int_equal(stream_write(p[1], text, BIG, patience_ms), 0);
	(void)close(p[0]);
	(void)close(p[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void test_slow_readers(void **state)
{
	test_slow_reader(state, STREAM_WAIT, 0);
	test_slow_reader(state, STREAM_WAIT, O_NONBLOCK);
	test_slow_reader(state, 60000, 0);
	test_slow_reader(state, 60000, O_NONBLOCK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_full_pipe),
		cmocka_unit_test(test_broken_pipe),
		cmocka_unit_test(test_no_room_on_device),
		cmocka_unit_test(test_slow_readers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
