/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "seccomp/seccomp.h"

static char dir[] = "/tmp/vial-store-XXXXXX";
static int dir_fd = -1;

static int make_dir(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir_fd < 0 ? -1 : 0;
}

static int remove_dir(void **state)
{
	(void)state;
	(void)close(dir_fd);
	return rmdir(dir);
}

static int remove_file(void **state)
{
	(void)state;
	(void)unlinkat(dir_fd, SECCOMP_FILTER_FILE, 0);
	return 0;
}

static struct sock_filter insns[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 39, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 1),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

static void save(void)
{
	const struct seccomp_filter f = { insns, 4, SECCOMP_FILTER_FLAG_LOG, true };
	struct err e = { 0 };

	assert_int_equal(seccomp_filter_save(dir_fd, &f, &e), 0);
}

static int read_back(struct seccomp_filter *ret, struct err *e)
{
	memset(e, 0, sizeof(*e));
	return seccomp_filter_read(dir_fd, ret, e);
}

static void assert_refused(int code, const char *words)
{
	autodone(seccomp_filter) struct seccomp_filter f = SECCOMP_FILTER_INIT;
	struct err e;

	assert_int_equal(read_back(&f, &e), -code);
	assert_non_null(strstr(e.text, words));
	assert_null(f.insns);
}

static int truncateat_size(int at, off_t size)
{
	autoclose int fd = openat(at, SECCOMP_FILTER_FILE, O_WRONLY | O_CLOEXEC);

	return ftruncate(fd, size);
}

/* Replaces the byte at @at. */
static void poke(off_t at, char value)
{
	autoclose int fd = openat(dir_fd, SECCOMP_FILTER_FILE, O_WRONLY | O_CLOEXEC);

	assert_int_equal(pwrite(fd, &value, 1, at), 1);
}

static void what_was_saved_is_read(void **state)
{
	autodone(seccomp_filter) struct seccomp_filter f = SECCOMP_FILTER_INIT;
	struct err e;
	struct stat st;

	(void)state;
	save();
	assert_int_equal(fstatat(dir_fd, SECCOMP_FILTER_FILE, &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(read_back(&f, &e), 0);
	assert_int_equal(f.n, 4);
	assert_int_equal(f.flags, SECCOMP_FILTER_FLAG_LOG);
	assert_true(f.notifies);
	assert_memory_equal(f.insns, insns, sizeof(insns));
}

static void no_file_is_no_filter(void **state)
{
	autodone(seccomp_filter) struct seccomp_filter f = SECCOMP_FILTER_INIT;
	const struct seccomp_filter none = SECCOMP_FILTER_INIT;
	struct err e;

	(void)state;
	assert_int_equal(seccomp_filter_save(dir_fd, &none, &e), 0);
	assert_int_equal(faccessat(dir_fd, SECCOMP_FILTER_FILE, F_OK, 0), -1);
	assert_int_equal(read_back(&f, &e), 0);
	assert_null(f.insns);
}

static void a_file_is_not_written_twice(void **state)
{
	const struct seccomp_filter f = { insns, 4, 0, false };
	struct err e = { 0 };

	(void)state;
	save();
	assert_int_equal(seccomp_filter_save(dir_fd, &f, &e), -EEXIST);
	assert_non_null(strstr(e.text, SECCOMP_FILTER_FILE));
}

static void what_is_torn_is_refused(void **state)
{
	const off_t size = 24 + 4 * (off_t)sizeof(insns[0]);

	(void)state;
	save();
	assert_int_equal(truncateat_size(dir_fd, size - 1), 0);
	assert_refused(EBADMSG, "bytes for 4 instructions");
	assert_int_equal(truncateat_size(dir_fd, 10), 0);
	assert_refused(EBADMSG, "cut short");
	assert_int_equal(truncateat_size(dir_fd, 0), 0);
	assert_refused(EBADMSG, "cut short");
}

static void what_is_changed_is_refused(void **state)
{
	(void)state;
	save();
	poke(24 + 8 + 4, 40); /* the number of the comparison */
	assert_refused(EBADMSG, "checksum");
	poke(0, 'w');
	assert_refused(EBADMSG, "not written by this version");
}

static void what_others_can_write_is_refused(void **state)
{
	(void)state;
	save();
	assert_int_equal(fchmodat(dir_fd, SECCOMP_FILTER_FILE, 0620, 0), 0);
	assert_refused(EPERM, "only we can write");
	assert_int_equal(unlinkat(dir_fd, SECCOMP_FILTER_FILE, 0), 0);
	assert_int_equal(mkfifoat(dir_fd, SECCOMP_FILTER_FILE, 0600), 0);
	assert_refused(EPERM, "only we can write");
	assert_int_equal(unlinkat(dir_fd, SECCOMP_FILTER_FILE, 0), 0);
	assert_int_equal(symlinkat("/etc/passwd", dir_fd, SECCOMP_FILTER_FILE), 0);
	assert_refused(ELOOP, "open " SECCOMP_FILTER_FILE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(what_was_saved_is_read, remove_file),
		cmocka_unit_test_teardown(no_file_is_no_filter, remove_file),
		cmocka_unit_test_teardown(a_file_is_not_written_twice, remove_file),
		cmocka_unit_test_teardown(what_is_torn_is_refused, remove_file),
		cmocka_unit_test_teardown(what_is_changed_is_refused, remove_file),
		cmocka_unit_test_teardown(what_others_can_write_is_refused, remove_file),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
