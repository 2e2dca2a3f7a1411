/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/hint.h"
#include "base/str.h"

static void expect(int code, const char *text, const char *want)
{
	struct err e = { 0 };

	(void)err_set(&e, code, "%s", text);
	assert_int_equal(hint_add(&e), -code);
	assert_string_equal(e.text, want);
	assert_int_equal(e.code, code);
}

static void test_fits(void **state)
{
	(void)state;
	expect(EMFILE, "open config.json: too many open files",
	       "open config.json: too many open files (the limit of open files for this process is "
	       "reached: see `ulimit -n`)");
	expect(ENODEV, "mounts[1]: fsopen(2): \"x\": no such device",
	       "mounts[1]: fsopen(2): \"x\": no such device (this kernel does not know this file system: "
	       "see /proc/filesystems, or load its module)");
	expect(EAGAIN, "clone3(2): resource temporarily unavailable",
	       "clone3(2): resource temporarily unavailable (a limit of processes is reached: "
	       "RLIMIT_NPROC (`ulimit -u`) or pids.max of a cgroup)");
	expect(EROFS, "mkdir /sys/fs/cgroup/x: read-only file system",
	       "mkdir /sys/fs/cgroup/x: read-only file system (cgroups are mounted read-only here: a "
	       "container that runs containers needs them writable)");
}

/* What needs a kernel or a policy that the other tests do not have. */
static void test_rare(void **state)
{
	(void)state;
	expect(EACCES, "write thread-self/attr/apparmor/exec: permission denied",
	       "write thread-self/attr/apparmor/exec: permission denied (the profile that this process "
	       "is confined by allows no change to another)");
	expect(EACCES, "mounts[1]: move_mount(2): permission denied",
	       "mounts[1]: move_mount(2): permission denied (AppArmor or SELinux denies this mount to the "
	       "runtime itself: `dmesg` or the audit log has the denial)");
	expect(EPERM, "mount_setattr(2): operation not permitted",
	       "mount_setattr(2): operation not permitted (a mount that was made outside of this user "
	       "namespace keeps its flags: name those of ro, nosuid, nodev and noexec that it has)");
}

static void test_does_not_fit(void **state)
{
	static const struct {
		int code;
		const char *text;
	} same[] = {
		{ ENOENT, "open config.json: no such file or directory" },
		{ EACCES, "clone3(2): permission denied" },		 /* another errno */
		{ EAGAIN, "read(2): resource temporarily unavailable" }, /* another call */
		{ ENOSPC, "write /x: no space left on device" },
		{ EMFILE, "open x: too many open files (with advice of its own)" },
		{ EMFILE, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(same) - 1; i++)
		expect(same[i].code, same[i].text, same[i].text);
}

/* Engines make exit codes of these words; advice must not add them to another error. */
static void test_words(void **state)
{
	static const char *const reserved[] = {
		"no such file",	   "permission denied",
		"not permitted",   "executable file not found",
		"not a directory", "does not exist",
		"not running",	   "no such process",
	};
	size_t n = 0;
	const struct hint *table = hint_table(&n);

	(void)state;
	assert_true(n >= 15);
	for (size_t i = 0; i < n; i++) {
		assert_true(table[i].code > 0);
		assert_true(strlen(table[i].advice) > 20);
		assert_true((table[i].file == NULL) == (table[i].value == NULL));
		for (size_t k = 0; k < ARRAY_SIZE(reserved); k++)
			assert_null(strcasestr(table[i].advice, reserved[k]));
	}
}

/* A rule that is more general must not stand before one that is more special. */
static void test_order(void **state)
{
	size_t n = 0;
	const struct hint *table = hint_table(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		for (size_t k = i + 1; k < n; k++) {
			bool hides = table[i].code == table[k].code && !table[i].file &&
				     !table[i].ordinary && strstr(table[k].step, table[i].step);

			assert_false(hides);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fits),	     cmocka_unit_test(test_rare),
		cmocka_unit_test(test_does_not_fit), cmocka_unit_test(test_words),
		cmocka_unit_test(test_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
