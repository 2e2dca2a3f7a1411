/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "proto/startpipe.h"

struct fixture {
	char path[64];
	int dir_fd, fd;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct err e;

	assert_non_null(f);
	(void)snprintf(f->path, sizeof(f->path), "/tmp/startpipe-XXXXXX");
	assert_non_null(mkdtemp(f->path));
	f->dir_fd = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	f->fd = startpipe_make(f->dir_fd, &e);
	assert_true(f->fd >= 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	(void)unlinkat(f->dir_fd, STARTPIPE_NAME, 0);
	(void)rmdir(f->path);
	(void)close(f->dir_fd);
	if (f->fd >= 0)
		(void)close(f->fd);
	free(f);
	return 0;
}

enum ending { EXEC_WORKS, EXEC_FAILS, DIES_WAITING, DIES_AFTER_START };

/* Plays init; the parent's descriptor is closed so that only the child holds the FIFO. */
static pid_t play_init(struct fixture *f, enum ending ending)
{
	struct err e;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid > 0) {
		(void)close(f->fd);
		f->fd = -1;
		return pid;
	}
	if (ending == DIES_WAITING)
		_exit(0);
	if (startpipe_wait(f->fd, &e) < 0 || ending == DIES_AFTER_START)
		_exit(1);
	if (startpipe_execing(f->fd, &e) < 0)
		_exit(2);
	if (ending == EXEC_FAILS) {
		(void)err_set(&e, ENOEXEC, "exec /x: exec format error");
		startpipe_report(f->fd, &e);
		_exit(3);
	}
	(void)execl("/bin/true", "true", (char *)NULL);
	_exit(4);
}

static void reap(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
}

static void start_ends_when_the_program_runs(void **state)
{
	struct fixture *f = *state;
	pid_t pid = play_init(f, EXEC_WORKS);
	bool ended;
	struct err e;

	assert_int_equal(startpipe_is_waiting(f->dir_fd, &e), 1);
	assert_int_equal(startpipe_start(f->dir_fd, &ended, &e), 0);
	reap(pid);
	assert_int_equal(startpipe_is_waiting(f->dir_fd, &e), 0);
}

static void exec_error_comes_back(void **state)
{
	struct fixture *f = *state;
	pid_t pid = play_init(f, EXEC_FAILS);
	bool ended;
	struct err e;

	assert_int_equal(startpipe_start(f->dir_fd, &ended, &e), -ENOEXEC);
	assert_true(ended);
	assert_string_equal(e.text, "exec /x: exec format error");
	reap(pid);
}

static void death_while_waiting_is_an_error(void **state)
{
	struct fixture *f = *state;
	pid_t pid = play_init(f, DIES_WAITING);
	bool ended;
	struct err e;

	reap(pid);
	assert_int_equal(startpipe_is_waiting(f->dir_fd, &e), 0);
	assert_int_equal(startpipe_start(f->dir_fd, &ended, &e), -ESRCH);
	assert_true(ended);
	assert_string_equal(e.text, "init has ended");
}

static void death_after_start_is_an_error(void **state)
{
	struct fixture *f = *state;
	pid_t pid = play_init(f, DIES_AFTER_START);
	bool ended;
	struct err e;

	assert_int_equal(startpipe_start(f->dir_fd, &ended, &e), -ESRCH);
	assert_true(ended);
	assert_string_equal(e.text, "init ended before it could execute its program");
	reap(pid);
}

/* Who waits for the end of such an init waits for long. */
static void an_error_of_ours_is_not_inits_end(void **state)
{
	struct fixture *f = *state;
	struct err e;
	bool ended = true;

	assert_int_equal(unlinkat(f->dir_fd, STARTPIPE_NAME, 0), 0);
	assert_int_equal(startpipe_start(f->dir_fd, &ended, &e), -ENOENT);
	assert_false(ended);
}

static void init_blocks_until_start(void **state)
{
	struct fixture *f = *state;
	struct pollfd p = { .fd = f->fd, .events = POLLOUT };

	assert_int_equal(poll(&p, 1, 0), 0); /* full: no write(2) would go through */
}

static void a_second_fifo_is_refused(void **state)
{
	struct fixture *f = *state;
	struct err e;

	assert_int_equal(startpipe_make(f->dir_fd, &e), -EEXIST);
	assert_string_equal(e.text, "make exec.fifo: file exists");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(start_ends_when_the_program_runs, setup, teardown),
		cmocka_unit_test_setup_teardown(exec_error_comes_back, setup, teardown),
		cmocka_unit_test_setup_teardown(death_while_waiting_is_an_error, setup, teardown),
		cmocka_unit_test_setup_teardown(death_after_start_is_an_error, setup, teardown),
		cmocka_unit_test_setup_teardown(init_blocks_until_start, setup, teardown),
		cmocka_unit_test_setup_teardown(an_error_of_ours_is_not_inits_end, setup, teardown),
		cmocka_unit_test_setup_teardown(a_second_fifo_is_refused, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
