/* SPDX-License-Identifier: Apache-2.0 */
/* linux.netDevices and linux.intelRdt: what the host does for a container. */
#include "plan/test_fixture.h"

#include <stdio.h>

static void set_device(struct fixture *f, struct spec_net_device *d)
{
	f->linux_.net_devices = d;
	f->linux_.n_net_devices = 1;
	f->plan.ns[NS_NETWORK].wanted = true;
}

static void devices_keep_their_name_or_get_another(void **state)
{
	struct fixture *f = *state;
	struct spec_net_device d[] = { { "eth0", NULL }, { "eth1", "net%d" }, { "eth2", "" } };

	assert_accepted(f, plan_net_devices);
	assert_int_equal(f->plan.n_net_devices, 0);
	set_device(f, d);
	f->linux_.n_net_devices = 3;
	assert_accepted(f, plan_net_devices);
	assert_string_equal(f->plan.net_devices[0].new_name, "eth0");
	assert_string_equal(f->plan.net_devices[1].new_name, "net%d");
	assert_string_equal(f->plan.net_devices[2].new_name, "eth2");
}

static void wrong_devices_are_refused(void **state)
{
	struct fixture *f = *state;
	struct spec_net_device d = { "eth0", "a/b" };

	set_device(f, &d);
	assert_refused(f, plan_net_devices,
		       "linux.netDevices.eth0.name: invalid network device name \"a/b\"");
	d.name = "sixteen-letters-";
	assert_refused(
		f, plan_net_devices,
		"linux.netDevices.eth0.name: invalid network device name \"sixteen-letters-\"");
	d.name = "%d%d";
	assert_refused(f, plan_net_devices,
		       "linux.netDevices.eth0.name: invalid network device name \"%d%d\"");
	d.name = NULL;
	d.host_name = "eth%d";
	assert_refused(f, plan_net_devices,
		       "linux.netDevices: invalid network device name \"eth%d\"");
	d.host_name = "..";
	assert_refused(f, plan_net_devices, "linux.netDevices: invalid network device name \"..\"");
	f->facts.in_userns = true;
	assert_refused(
		f, plan_net_devices,
		"linux.netDevices: network devices are not supported for rootless containers");
	f->plan.ns[NS_NETWORK].wanted = false;
	assert_refused(f, plan_net_devices,
		       "linux.netDevices: unable to move network devices without a NET namespace");
}

static void resctrl_is_found_in_mountinfo(void **state)
{
	static const char text[] = "22 1 0:20 / / rw - ext4 /dev/vda rw\n"
				   "35 22 0:31 / /sys/fs/resctrl rw,relatime - resctrl resctrl rw\n"
				   "36 22 0:32 / /tmp rw - tmpfs tmpfs rw\n";
	autodone(arena) struct arena a = ARENA_INIT;

	(void)state;
	assert_string_equal(resctrl_find(&a, text), "/sys/fs/resctrl");
	assert_null(resctrl_find(&a, "22 1 0:20 / / rw - ext4 /dev/vda rw\n"));
	assert_null(resctrl_find(&a, ""));
	assert_null(resctrl_find(&a, "x - resctrl "));
}

static void schemata_are_one_text_in_order(void **state)
{
	struct fixture *f = *state;
	const struct spec_intel_rdt s = { .clos_id = "gold",
					  .l3_cache_schema = "L3:0=f\nMB:0=10\n",
					  .mem_bw_schema = "MB:0=20",
					  .schemata = STRS("L2:0=3", "L3:1=7") };

	f->linux_.intel_rdt = &s;
	f->facts.resctrl = "/r";
	assert_accepted(f, plan_rdt);
	assert_string_equal(f->plan.rdt.group, "/r/gold");
	assert_string_equal(f->plan.rdt.schemata, "L3:0=f\nMB:0=20\nL2:0=3\nL3:1=7\n");
	assert_false(f->plan.rdt.must_exist);
	assert_null(f->plan.rdt.mon);
}

static void groups_and_monitoring(void **state)
{
	struct fixture *f = *state;
	struct spec_intel_rdt s = { .mem_bw_schema = "MB:0=20", .enable_monitoring = true };

	f->linux_.intel_rdt = &s;
	f->facts.resctrl = "/r";
	assert_accepted(f, plan_rdt);
	assert_string_equal(f->plan.rdt.group, "/r/c1");
	assert_string_equal(f->plan.rdt.mon, "/r/c1/mon_groups/c1");
	s.mem_bw_schema = NULL;
	assert_accepted(f, plan_rdt);
	assert_string_equal(f->plan.rdt.mon, "/r/mon_groups/c1");
	s.clos_id = "/";
	assert_accepted(f, plan_rdt);
	assert_string_equal(f->plan.rdt.group, "/r");
	s.clos_id = "gold";
	assert_accepted(f, plan_rdt);
	assert_true(f->plan.rdt.must_exist);
}

static void wrong_groups_are_refused(void **state)
{
	static const char *const wrong[] = { ".", "..", "a/b", "/a", "//" };
	struct fixture *f = *state;
	struct spec_intel_rdt s = { .clos_id = "x" };
	char text[128];

	f->linux_.intel_rdt = &s;
	assert_refused(
		f, plan_rdt,
		"linux.intelRdt: intelRdt is specified in config, but Intel RDT is not supported or enabled (no resctrl file system is mounted)");
	f->facts.resctrl = "/r";
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		s.clos_id = wrong[i];
		(void)snprintf(text, sizeof(text), "linux.intelRdt: invalid intelRdt.ClosID \"%s\"",
			       wrong[i]);
		assert_refused(f, plan_rdt, text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(devices_keep_their_name_or_get_another),
		TEST(wrong_devices_are_refused),
		TEST(resctrl_is_found_in_mountinfo),
		TEST(schemata_are_one_text_in_order),
		TEST(groups_and_monitoring),
		TEST(wrong_groups_are_refused),
	};

	return cmocka_run_group_tests_name("netDevices and intelRdt", tests, NULL, NULL);
}
