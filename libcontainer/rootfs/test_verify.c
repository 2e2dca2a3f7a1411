/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rootfs/parts.h"

/* Of a container made with Docker's config. */
static const char text[] =
	"60 59 0:30 / / rw,relatime - overlay overlay rw,lowerdir=/a\n"
	"61 60 0:31 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw\n"
	"62 61 0:31 /sys /proc/sys ro,nosuid,nodev,noexec,relatime - proc proc rw\n"
	"63 61 0:31 /bus /proc/bus rw,nosuid shared:7 master:1 - proc proc ro\n"
	"64 61 0:32 / /proc/acpi ro,nosuid - tmpfs tmpfs ro,size=4k,nr_inodes=2,mode=755\n"
	"65 61 0:6 /null /proc/keys ro,nosuid,noexec - devtmpfs devtmpfs rw,size=1k\n"
	"66 61 0:6 /zero /proc/kcore ro,nosuid,noexec - devtmpfs devtmpfs rw\n"
	"67 61 0:33 / /proc/scsi ro - tmpfs tmpfs rw,size=4k,nr_inodes=200\n"
	"68 61 0:6 /null /proc/timer_list rw,nosuid,noexec - devtmpfs devtmpfs rw\n"
	"69 61 0:6 /null /proc/twice ro - devtmpfs devtmpfs rw\n"
	"70 61 0:6 /x /proc/twice rw - ext4 /dev/a rw\n";

static bool shows(bool (*what)(const struct mountinfo *, const char *), const char *of,
		  const char *path)
{
	struct mountinfo m;

	mountinfo_parse(of, &m);
	bool r = what(&m, path);
	mountinfo_done(&m);
	return r;
}

static void what_is_as_promised(void **state)
{
	(void)state;
	assert_true(shows(mountinfo_shows_readonly, text, "/proc/sys"));
	assert_true(shows(mountinfo_shows_mask, text, "/proc/acpi"));
	assert_true(shows(mountinfo_shows_mask, text, "/proc/keys"));
}

static void what_is_not_or_not_surely(void **state)
{
	(void)state;
	assert_false(shows(mountinfo_shows_readonly, text, "/"));
	assert_false(shows(mountinfo_shows_readonly, text, "/proc/bus")); /* only its super block */
	assert_false(shows(mountinfo_shows_readonly, text, "/proc/sy"));
	assert_false(shows(mountinfo_shows_readonly, text, "/proc/sys/net"));
	assert_false(shows(mountinfo_shows_readonly, "", "/proc/sys"));
	assert_false(shows(mountinfo_shows_readonly, "62 61 0:31 /sys /proc/sys ro - proc proc rw",
			   "/proc/sys"));
	assert_false(shows(mountinfo_shows_mask, text, "/proc/sys"));
	assert_false(shows(mountinfo_shows_mask, text, "/proc/kcore"));
	assert_false(shows(mountinfo_shows_mask, text, "/proc/scsi"));
	assert_false(shows(mountinfo_shows_mask, text, "/proc/timer_list"));
	assert_false(shows(mountinfo_shows_mask, text, "/proc/twice")); /* covered by another */
	assert_false(shows(mountinfo_shows_mask, "1\n2 3\n- - - - - - -\n\n", "-"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_as_promised),
		cmocka_unit_test(what_is_not_or_not_surely),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
