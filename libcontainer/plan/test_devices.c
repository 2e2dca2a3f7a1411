/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/test_fixture.h"

#include <sys/stat.h>

#define NUMBERS(ma, mi) .major = { true, ma }, .minor = { true, mi }

static void give(struct fixture *f, const struct spec_device *list, size_t n)
{
	f->linux_.devices = list;
	f->linux_.n_devices = n;
}

static void six_devices_are_always_there(void **state)
{
	struct fixture *f = *state;

	assert_accepted(f, plan_devices);
	assert_int_equal(f->plan.n_devices, 6);
	for (size_t i = 0; i < 6; i++) {
		assert_true(f->plan.devices[i].is_default);
		assert_int_equal(f->plan.devices[i].mode, S_IFCHR | 0666);
	}
	assert_string_equal(f->plan.devices[5].path, "/dev/tty");
	assert_int_equal(f->plan.devices[5].major, 5);
}

static void own_devices_follow_with_their_defaults(void **state)
{
	struct fixture *f = *state;
	const struct spec_device list[] = {
		{ .type = "u", .path = "/dev/../srv//raw", NUMBERS(10, 229) },
		{ .type = "b",
		  .path = "/dev/sda",
		  NUMBERS(8, 0),
		  .file_mode = { true, 060640 },
		  .uid = { true, 7 },
		  .gid = { true, 8 } },
		{ .type = "p", .path = "/dev/fifo" },
		{ .type = "c", .path = "/dev/ptmx", NUMBERS(5, 2) },
	};

	give(f, list, ARRAY_SIZE(list));
	assert_accepted(f, plan_devices);
	assert_int_equal(f->plan.n_devices, 9); /* ptmx is a link, always */
	const struct plan_device *d = &f->plan.devices[6];
	assert_string_equal(d[0].path, "/srv/raw");
	assert_int_equal(d[0].mode, S_IFCHR | 0666);
	assert_int_equal(d[1].mode, S_IFBLK | 0640);
	assert_int_equal(d[1].uid, 7);
	assert_int_equal(d[1].gid, 8);
	assert_int_equal(d[2].mode, S_IFIFO | 0666);
	assert_false(d[2].is_default);
}

static void a_default_can_be_given_anew(void **state)
{
	struct fixture *f = *state;
	const struct spec_device list[] = {
		{ .type = "c", .path = "/dev//null", NUMBERS(1, 3), .file_mode = { true, 0600 } },
		{ .type = "c", .path = "/dev/zero", NUMBERS(7, 7) },
	};

	give(f, list, ARRAY_SIZE(list));
	assert_accepted(f, plan_devices);
	assert_int_equal(f->plan.n_devices, 6);
	assert_int_equal(f->plan.devices[0].mode, S_IFCHR | 0600);
	assert_true(f->plan.devices[0].is_default);
	assert_int_equal(f->plan.devices[1].major, 7);
	assert_false(f->plan.devices[1].is_default);
}

static void of_repeated_paths_the_first_stands(void **state)
{
	struct fixture *f = *state;
	const struct spec_device list[] = {
		{ .type = "c", .path = "/dev/x", NUMBERS(1, 1) },
		{ .type = "c", .path = "/dev/a", NUMBERS(2, 2) },
		{ .type = "c", .path = "/dev/./x", NUMBERS(1, 1) },
		{ .type = "c", .path = "/dev/a", NUMBERS(3, 3) },
	};

	give(f, list, ARRAY_SIZE(list));
	assert_accepted(f, plan_devices);
	assert_int_equal(f->plan.n_devices, 8);
	assert_string_equal(f->plan.devices[6].path, "/dev/x");
	assert_int_equal(f->plan.devices[7].major, 2);
	assert_int_equal(f->plan.warnings.n, 1);
	assert_string_equal(f->plan.warnings.v[0],
			    "linux.devices: /dev/a is given twice; the first is made");
}

static void wrong_devices_are_refused(void **state)
{
	struct fixture *f = *state;
	const struct {
		struct spec_device d;
		const char *text;
	} rows[] = {
		{ { .type = "x", .path = "/dev/a" },
		  "linux.devices[0].type: invalid device type \"x\"" },
		{ { .path = "/dev/a" }, "linux.devices[0].type: invalid device type \"\"" },
		{ { .type = "c", .path = "/dev/a", .minor = { true, 1 } },
		  "linux.devices[0].major: must be given for this type" },
		{ { .type = "b", .path = "/dev/a", .major = { true, 1 } },
		  "linux.devices[0].minor: must be given for this type" },
		{ { .type = "c", .path = "/dev/a", NUMBERS(-1, 0) },
		  "linux.devices[0].major: -1 is not between 0 and 4095" },
		{ { .type = "c", .path = "/dev/a", NUMBERS(4096, 0) },
		  "linux.devices[0].major: 4096 is not between 0 and 4095" },
		{ { .type = "c", .path = "/dev/a", NUMBERS(0, 1048576) },
		  "linux.devices[0].minor: 1048576 is not between 0 and 1048575" },
		{ { .type = "p", .path = "/dev/." },
		  "linux.devices[0].path: \"/dev/.\" cannot be a device" },
		{ { .type = "p", .path = "" }, "linux.devices[0].path: \"\" cannot be a device" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		give(f, &rows[i].d, 1);
		assert_refused(f, plan_devices, rows[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(six_devices_are_always_there), TEST(own_devices_follow_with_their_defaults),
		TEST(a_default_can_be_given_anew),  TEST(of_repeated_paths_the_first_stands),
		TEST(wrong_devices_are_refused),
	};

	return cmocka_run_group_tests_name("plan devices", tests, NULL, NULL);
}
