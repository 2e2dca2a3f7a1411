/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/str.h"

static void err_puts_context_outside_and_hint_behind(void **state)
{
	struct err e = { 0 };

	(void)state;
	errno = EACCES;
	assert_int_equal(err_errno(&e, "open %s", "/x"), -EACCES);
	assert_int_equal(err_ctx(&e, "mount %d", 3), -EACCES);
	assert_int_equal(err_append(&e, "try %s", "sudo"), -EACCES);
	assert_string_equal(e.text, "mount 3: open /x: permission denied (try sudo)");
}

static void err_never_loses_its_end_mark(void **state)
{
	struct err e = { 0 };
	char big[4096];

	(void)state;
	memset(big, 'x', sizeof(big));
	big[sizeof(big) - 1] = '\0';
	(void)err_set(&e, EIO, "%s", big);
	(void)err_ctx(&e, "%s", big);
	assert_int_equal(strnlen(e.text, sizeof(e.text)), sizeof(e.text) - 1);
	(void)err_append(&e, "more");
	assert_int_equal(strnlen(e.text, sizeof(e.text)), sizeof(e.text) - 1);
}

static void err_errno_without_errno_is_still_a_failure(void **state)
{
	struct err e = { 0 };

	(void)state;
	errno = 0;
	assert_int_equal(err_errno(&e, "x"), -EIO);
}

static void errno_words_are_those_clients_match(void **state)
{
	(void)state;
	assert_string_equal(errno_text(ENOENT), "no such file or directory");
	assert_string_equal(errno_text(EBUSY), "device or resource busy");
	assert_string_equal(errno_text(ENOEXEC), "exec format error");
	assert_string_equal(errno_text(EPERM), "operation not permitted");
	assert_string_equal(errno_text(0), "unknown error");
	assert_string_equal(errno_text(100000), "unknown error");
}

static void numbers_are_taken_whole_or_not_at_all(void **state)
{
	static const struct {
		const char *s;
		int r;
		uint64_t v;
	} cases[] = {
		{ "0", 0, 0 },
		{ "18446744073709551615", 0, UINT64_MAX },
		{ "18446744073709551616", -ERANGE, 0 },
		{ "99999999999999999999999", -ERANGE, 0 },
		{ "99999999999999999999999x", -EINVAL, 0 },
		{ "", -EINVAL, 0 },
		{ "-1", -EINVAL, 0 },
		{ "+1", -EINVAL, 0 },
		{ " 1", -EINVAL, 0 },
		{ "1 ", -EINVAL, 0 },
		{ "0x1", -EINVAL, 0 },
		{ "1e3", -EINVAL, 0 },
		{ "1.5", -EINVAL, 0 },
		{ "007", 0, 7 },
	};
	uint32_t u = 42;
	int64_t i;

	(void)state;
	for (size_t n = 0; n < ARRAY_SIZE(cases); n++) {
		uint64_t v = 0;

		assert_int_equal(str_to_u64(cases[n].s, UINT64_MAX, &v), cases[n].r);
		assert_true(v == cases[n].v);
	}
	assert_int_equal(str_to_u32("4294967296", &u), -ERANGE);
	assert_int_equal(u, 42);
	assert_int_equal(str_to_i64("-9223372036854775808", &i), 0);
	assert_true(i == INT64_MIN);
	assert_int_equal(str_to_i64("-9223372036854775809", &i), -ERANGE);
	assert_int_equal(str_to_i64("9223372036854775808", &i), -ERANGE);
	assert_int_equal(str_to_i64("--1", &i), -EINVAL);
}

static void arena_gives_zeroed_aligned_memory(void **state)
{
	struct arena a = ARENA_INIT;

	(void)state;
	for (size_t n = 1; n < 40000; n = n * 3 + 1) {
		unsigned char *p = arena_alloc(&a, n, 1);

		assert_int_equal((uintptr_t)p % 16, 0);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xff, n);
	}
	assert_string_equal(arena_printf(&a, "%s-%d", "a", 1), "a-1");
	arena_done(&a);
}

static void files_are_replaced_at_once_and_read_with_a_limit(void **state)
{
	char dir[] = "/tmp/vial-test-XXXXXX";
	struct strbuf text = STRBUF_INIT;
	struct err e = { 0 };

	(void)state;
	assert_non_null(mkdtemp(dir));
	int fd = open(dir, O_RDONLY | O_DIRECTORY);
	assert_true(fd >= 0);
	strbuf_adds(&text, "one");
	assert_int_equal(file_replace_at(fd, "f", &text, FILE_PRIVATE | FILE_DURABLE, &e), 0);
	strbuf_done(&text);
	strbuf_adds(&text, "three");
	assert_int_equal(file_replace_at(fd, "f", &text, FILE_PRIVATE | FILE_DURABLE, &e), 0);
	strbuf_done(&text);
	assert_int_equal(file_read_at(fd, "f", 5, &text, &e), 0);
	assert_string_equal(strbuf_str(&text), "three");
	assert_int_equal(file_read_at(fd, "f", 4, &text, &e), -EFBIG);
	assert_int_equal(file_read_at(fd, "none", 4, &text, &e), -ENOENT);
	assert_int_equal(mkfifoat(fd, "p", 0600), 0);
	assert_int_equal(file_read_at(fd, "p", 4, &text, &e), -EINVAL);
	assert_string_equal(e.text, "read p: not a regular file");
	assert_int_equal(unlinkat(fd, "f", 0), 0);
	assert_int_equal(unlinkat(fd, "p", 0), 0);
	close(fd);
	assert_int_equal(rmdir(dir), 0); /* no temporary file is left */
	strbuf_done(&text);
}

static void descriptors_travel_close_on_exec(void **state)
{
	int pair[2], got[2];
	char data[8];
	size_t n = 2;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(fd_send(pair[0], "hi", 2, (int[]){ 0, 1 }, 2), 0);
	assert_int_equal(fd_recv(pair[1], data, sizeof(data), got, &n), 2);
	assert_int_equal(n, 2);
	assert_int_equal(fcntl(got[0], F_GETFD), FD_CLOEXEC);
	close(got[0]);
	close(got[1]);

	n = 1; /* more come than there is room for: all are closed, an error */
	assert_int_equal(fd_send(pair[0], "hi", 2, (int[]){ 0, 1 }, 2), 0);
	assert_int_equal(fd_recv(pair[1], data, sizeof(data), got, &n), -EMSGSIZE);
	close(pair[0]);
	n = 1;
	assert_int_equal(fd_recv(pair[1], data, sizeof(data), got, &n), 0);
	close(pair[1]);
}

static void the_clock_is_the_kernels(void **state)
{
	struct timespec before, now, after;
	int64_t ms = clock_ms();

	(void)state;
	assert_int_equal(clock_gettime(CLOCK_REALTIME, &before), 0);
	now = clock_real();
	assert_int_equal(clock_gettime(CLOCK_REALTIME, &after), 0);
	assert_in_range(now.tv_sec, before.tv_sec, after.tv_sec);
	assert_in_range(now.tv_nsec, 0, 999999999);
	while (clock_ms() == ms)
		;
	assert_true(clock_ms() > ms);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(err_puts_context_outside_and_hint_behind),
		cmocka_unit_test(err_never_loses_its_end_mark),
		cmocka_unit_test(err_errno_without_errno_is_still_a_failure),
		cmocka_unit_test(errno_words_are_those_clients_match),
		cmocka_unit_test(numbers_are_taken_whole_or_not_at_all),
		cmocka_unit_test(arena_gives_zeroed_aligned_memory),
		cmocka_unit_test(files_are_replaced_at_once_and_read_with_a_limit),
		cmocka_unit_test(descriptors_travel_close_on_exec),
		cmocka_unit_test(the_clock_is_the_kernels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
