/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "security/posture.h"

#define HEAD "Name:\tx\nUmask:\t0127\nUid:\t1000\t1001\t1002\t1003\nGid:\t0\t0\t0\t0\n"
#define CAPS                                                                                       \
	"CapInh:\t0000000000000001\nCapPrm:\t00000000a80425fb\nCapEff:\t0000000000000002\n"        \
	"CapBnd:\t000001ffffffffff\nCapAmb:\t0000000000000004\nSigBlk:\t0000000000001000\n"        \
	"SigIgn:\t0000000380000002\n"
#define GOOD HEAD "FDSize:\t64\nGroups:\t7 65534 100 \n" CAPS "NoNewPrivs:\t1\nSeccomp:\t0\n"

static void a_text_of_the_kernel_is_read(void **state)
{
	static const uint32_t groups[] = { 7, 100, 65534 };
	struct arena a autodone(arena) = ARENA_INIT;
	struct posture p;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(posture_parse(GOOD, &a, &p, &e), 0);
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(p.uid[i], 1000 + i);
	assert_int_equal(p.n_groups, 3);
	assert_memory_equal(p.groups, groups, sizeof(groups));
	assert_true(p.inheritable == 1 && p.permitted == 0xa80425fb && p.effective == 2);
	assert_true(p.bounding == 0x1ffffffffff && p.ambient == 4 && p.no_new_privs);
	assert_true(p.umask == 0127 && p.blocked == 0x1000);
	assert_true(p.ignored == 2); /* SIGINT; 32 to 34 are not ours to reset */
}

static void a_missing_line_is_an_error(void **state)
{
	static const char *const names[] = { "Uid:",	    "Gid:",    "Groups:", "CapInh:",
					     "CapPrm:",	    "CapEff:", "CapBnd:", "CapAmb:",
					     "NoNewPrivs:", "SigBlk:", "SigIgn:", "Umask:" };
	struct posture p;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct arena a autodone(arena) = ARENA_INIT;
		struct err e = { 0 };
		char text[] = GOOD;

		*strstr(text, names[i]) = 'x';
		assert_int_equal(posture_parse(text, &a, &p, &e), -EPROTO);
	}
}

static void numbers_out_of_range_are_an_error(void **state)
{
	static const char *const heads[] = {
		"Uid:\t1\t2\t3\nGid:\t0\t0\t0\t0\nGroups:\t\n" CAPS "NoNewPrivs:\t0\n",
		"Uid:\t4294967296\t0\t0\t0\nGid:\t0\t0\t0\t0\nGroups:\t\n" CAPS "NoNewPrivs:\t0\n",
	};
	struct posture p;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(heads); i++) {
		struct arena a autodone(arena) = ARENA_INIT;
		struct err e = { 0 };

		assert_int_equal(posture_parse(heads[i], &a, &p, &e), -EPROTO);
	}
}

static void what_differs_is_named(void **state)
{
	static const uint32_t groups[] = { 5 };
	struct posture p = { .gid = { 3, 3, 3, 3 }, .groups = groups, .n_groups = 1 };
	struct plan plan = { 0 };
	struct err e = { 0 };

	(void)state;
	plan.process.gid = 3;
	plan.process.groups = groups;
	plan.process.n_groups = 1;
	assert_int_equal(posture_check_ids(&p, &plan, true, &e), 0);

	p.uid[2] = 1;
	assert_int_equal(posture_check_ids(&p, &plan, true, &e), -EPERM);
	assert_string_equal(e.text, "setresuid(2) to 0 had no effect");
	p.uid[2] = 0;
	p.gid[3] = 0;
	assert_int_equal(posture_check_ids(&p, &plan, true, &e), -EPERM);
	assert_string_equal(e.text, "setresgid(2) to 3 had no effect");
	p.gid[3] = 3;
	plan.process.no_new_privileges = true;
	assert_int_equal(posture_check_ids(&p, &plan, true, &e), -EPERM);
	p.no_new_privs = true;
	plan.process.n_groups = 0;
	assert_int_equal(posture_check_ids(&p, &plan, true, &e), -EPERM);
	assert_string_equal(e.text, "setgroups(2) left 1 groups instead of 0");
	assert_int_equal(posture_check_ids(&p, &plan, false, &e), 0);
	p.umask = 1;
	assert_int_equal(posture_check_ids(&p, &plan, false, &e), -EPERM);
	assert_string_equal(e.text, "umask(2) to 0000 had no effect");
	p.umask = 0;
	p.blocked = 0x1000; /* SIGPIPE */
	assert_int_equal(posture_check_ids(&p, &plan, false, &e), -EPERM);
	assert_string_equal(e.text, "signals are blocked: 0x1000");
	p.blocked = 0;
	p.ignored = 2; /* SIGINT */
	assert_int_equal(posture_check_ids(&p, &plan, false, &e), -EPERM);
	assert_string_equal(e.text, "signals are ignored: 0x2");
}

static void asking_tells_the_same_as_reading(void **state)
{
	struct arena a autodone(arena) = ARENA_INIT;
	struct posture asked, read;
	struct err e = { 0 };
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(posture_read(-1, &a, &asked, &e), 0);
	assert_int_equal(posture_read(fd, &a, &read, &e), 0);
	(void)close(fd);
	assert_int_equal(asked.n_groups, read.n_groups);
	assert_memory_equal(asked.groups, read.groups, read.n_groups * sizeof(*read.groups));
	asked.groups = read.groups;
	assert_memory_equal(&asked, &read, sizeof(read));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_of_the_kernel_is_read),
		cmocka_unit_test(a_missing_line_is_an_error),
		cmocka_unit_test(numbers_out_of_range_are_an_error),
		cmocka_unit_test(what_differs_is_named),
		cmocka_unit_test(asking_tells_the_same_as_reading),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
