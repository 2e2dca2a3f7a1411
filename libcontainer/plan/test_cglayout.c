/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "plan/hostfacts.h"

#define ROOT   "23 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n"
#define TMPFS  "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
#define MEMORY "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
#define CPU                                                                                        \
	"32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 master:2 - cgroup cgroup rw,cpu,cpuacct\n"
#define SYSTEMD "40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n"
#define UNIFIED "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n"
#define OWN_V1	"9:name=systemd:/\n4:memory:/process_api/79\n1:cpu,cpuacct:/user\n8:pids:/\n"

/* Mode and hierarchies as "NAME MOUNT OWN", one a line. */
static void layout_is(const char *mountinfo, const char *cgroup, enum cgroup_mode mode,
		      const char *expected)
{
	autodone(strbuf) struct strbuf out = STRBUF_INIT;
	struct host_facts f = { .arena = ARENA_INIT };
	struct err e = { 0 };

	if (cgroup_layout_parse(mountinfo, cgroup, &f, &e) < 0)
		fail_msg("%s", e.text);
	for (size_t i = 0; i < f.n_hierarchies; i++) {
		assert_int_equal(f.hierarchies[i].is_v2, !*f.hierarchies[i].name);
		strbuf_addf(&out, "%s %s %s\n", f.hierarchies[i].name, f.hierarchies[i].mount,
			    f.hierarchies[i].own_path);
	}
	assert_int_equal(f.cgroup_mode, mode);
	assert_string_equal(strbuf_str(&out), expected);
	arena_done(&f.arena);
}

static void refused_as(const char *mountinfo, const char *cgroup, const char *text)
{
	struct host_facts f = { .arena = ARENA_INIT };
	struct err e = { 0 };

	assert_int_equal(cgroup_layout_parse(mountinfo, cgroup, &f, &e), -EINVAL);
	assert_string_equal(e.text, text);
	arena_done(&f.arena);
}

static void v1(void **state)
{
	(void)state;
	layout_is(ROOT TMPFS MEMORY CPU SYSTEMD, OWN_V1, CGROUP_V1,
		  "name=systemd /sys/fs/cgroup/systemd /\n"
		  "memory /sys/fs/cgroup/memory /process_api/79\n"
		  "cpu,cpuacct /sys/fs/cgroup/cpu,cpuacct /user\n");
}

static void hybrid(void **state)
{
	(void)state;
	layout_is(ROOT TMPFS MEMORY UNIFIED, OWN_V1 "0::/a\n", CGROUP_HYBRID,
		  "memory /sys/fs/cgroup/memory /process_api/79\n"
		  " /sys/fs/cgroup/unified /a\n");
}

static void v2(void **state)
{
	(void)state;
	layout_is(ROOT "31 23 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate\n",
		  "0::/user.slice/session-1.scope\n", CGROUP_V2,
		  " /sys/fs/cgroup /user.slice/session-1.scope\n");
}

static void v2_without_mountinfo(void **state)
{
	struct host_facts f = { .arena = ARENA_INIT };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(cgroup_layout_v2("4:memory:/x\n0::/user.slice/a\n", &f, &e), 0);
	assert_int_equal(f.cgroup_mode, CGROUP_V2);
	assert_int_equal(f.n_hierarchies, 1);
	assert_string_equal(f.hierarchies[0].mount, "/sys/fs/cgroup");
	assert_string_equal(f.hierarchies[0].own_path, "/user.slice/a");
	assert_int_equal(cgroup_layout_v2("0:/x\n", &f, &e), -EINVAL);
	arena_done(&f.arena);
}

/* A private view made by mounting cgroup2 over it: the old mounts are still listed. */
static void v2_over_v1(void **state)
{
	(void)state;
	layout_is(ROOT TMPFS MEMORY UNIFIED
		  "90 31 0:38 / /sys/fs/cgroup rw,relatime - cgroup2 none rw\n",
		  OWN_V1 "0::/a\n", CGROUP_V2, " /sys/fs/cgroup /a\n");
}

/* The order of lines is not that of mounting: ancestors decide. */
static void parents_may_be_listed_after_children(void **state)
{
	(void)state;
	layout_is(MEMORY TMPFS ROOT, OWN_V1, CGROUP_V1,
		  "memory /sys/fs/cgroup/memory /process_api/79\n");
}

static void hidden_by_an_unrelated_mount(void **state)
{
	(void)state;
	layout_is(ROOT TMPFS MEMORY CPU "90 35 0:50 / /sys/fs/cgroup/memory rw - tmpfs none rw\n",
		  OWN_V1, CGROUP_V1, "cpu,cpuacct /sys/fs/cgroup/cpu,cpuacct /user\n");
}

/* The same hierarchies mounted anew below another tmpfs: the old ones are listed first. */
static void mounted_anew_over_old_ones(void **state)
{
	(void)state;
	layout_is(ROOT TMPFS MEMORY CPU UNIFIED
		  "90 31 0:50 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n"
		  "91 90 0:29 /sub /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n",
		  OWN_V1 "0::/a\n", CGROUP_V1, "cpu,cpuacct /sys/fs/cgroup/cpu /\n");
}

/* Whatever ids a text has, there is an end. */
static void parents_in_a_circle(void **state)
{
	(void)state;
	layout_is("5 6 0:1 / / rw - ext4 x rw\n6 5 0:1 / / rw - ext4 x rw\n" MEMORY, OWN_V1,
		  CGROUP_V1, "memory /sys/fs/cgroup/memory /process_api/79\n");
}

static void in_a_container_own_path_is_below_the_mount(void **state)
{
	(void)state;
	layout_is(ROOT TMPFS
		  "35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
		  "4:memory:/docker/abc/sub\n", CGROUP_V1, "memory /sys/fs/cgroup/memory /sub\n");
	layout_is(ROOT TMPFS
		  "35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
		  "4:memory:/docker/abcdef\n", CGROUP_V1, "memory /sys/fs/cgroup/memory /\n");
}

static void paths_outside_a_cgroup_namespace_stand_for_the_root(void **state)
{
	(void)state;
	layout_is(ROOT "31 23 0:28 /../.. /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n", "0::/\n",
		  CGROUP_V2, " /sys/fs/cgroup /\n");
	layout_is(ROOT "31 23 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n", "0::/../other\n",
		  CGROUP_V2, " /sys/fs/cgroup /\n");
}

/* Podman makes plain directories for the controllers that /proc/cgroups lists. */
static void controllers_without_a_mount_are_left_out(void **state)
{
	(void)state;
	layout_is(ROOT TMPFS MEMORY, "3:hugetlb:/\n4:memory:/\n5:net_cls:/\n6:mem:/\n", CGROUP_V1,
		  "memory /sys/fs/cgroup/memory /\n");
}

static void none(void **state)
{
	(void)state;
	layout_is(ROOT, "0::/\n", CGROUP_NONE, "");
	layout_is("", "", CGROUP_NONE, "");
}

static void escapes_in_paths(void **state)
{
	(void)state;
	layout_is(ROOT "35 23 0:32 /a\\040b /mnt/c\\134g rw - cgroup cgroup rw,memory\n",
		  "4:memory:/a b/c\n", CGROUP_V1, "memory /mnt/c\\g /c\n");
}

static void malformed(void **state)
{
	(void)state;
	refused_as("rubbish\n", "", "mountinfo: line 1 is malformed");
	refused_as(ROOT "35 23 0:32 / /x rw shared:1\n", "", "mountinfo: line 2 is malformed");
	refused_as(ROOT "35 x 0:32 / /x rw - cgroup cgroup rw\n", "",
		   "mountinfo: line 2 is malformed");
	refused_as("", "4:memory\n", "/proc/self/cgroup: malformed line of hierarchy \"4\"");
	refused_as("", "x::/\n", "/proc/self/cgroup: malformed line of hierarchy \"x\"");
}

/* "NAME MOUNT OWN" of the last hierarchy where v2 is all else. */
static void systemd_is(const char *mountinfo, const char *cgroup, size_t n, const char *expected)
{
	struct host_facts f = { .arena = ARENA_INIT };
	char text[128];
	struct err e = { 0 };

	if (cgroup_layout_parse(mountinfo, cgroup, &f, &e) < 0 ||
	    cgroup_layout_add_systemd(mountinfo, cgroup, &f, &e) < 0)
		fail_msg("%s", e.text);
	assert_int_equal(f.cgroup_mode, CGROUP_V2);
	assert_int_equal(f.n_hierarchies, n);
	const struct cgroup_hierarchy *h = &f.hierarchies[n - 1];
	(void)snprintf(text, sizeof(text), "%s %s %s", h->name, h->mount, h->own_path);
	assert_string_equal(text, expected);
	arena_done(&f.arena);
}

static void systemds_hierarchy_beside_v2(void **state)
{
	static const char v2_only[] = ROOT "31 23 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
	static const char both[] = ROOT
		"31 23 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
		"40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n";

	(void)state;
	systemd_is(both, "9:name=systemd:/\n0::/a\n", 2, "name=systemd /sys/fs/cgroup/systemd /");
	systemd_is(both, "0::/a\n9:name=systemd:/b\n", 2, "name=systemd /sys/fs/cgroup/systemd /b");
	systemd_is(both, "0::/a\n", 1, " /sys/fs/cgroup /a");
	systemd_is(both, "9:name=systemd2:/\n0::/a\n", 1, " /sys/fs/cgroup /a");
	systemd_is(v2_only, "9:name=systemd:/\n0::/a\n", 1, " /sys/fs/cgroup /a");
}

static void cycles_end(void **state)
{
	(void)state;
	layout_is("35 36 0:1 / /c rw - cgroup cgroup rw,memory\n36 35 0:2 / /c rw - tmpfs t rw\n",
		  "4:memory:/\n", CGROUP_V1, "memory /c /\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(v1),
		cmocka_unit_test(hybrid),
		cmocka_unit_test(v2),
		cmocka_unit_test(v2_over_v1),
		cmocka_unit_test(v2_without_mountinfo),
		cmocka_unit_test(parents_may_be_listed_after_children),
		cmocka_unit_test(hidden_by_an_unrelated_mount),
		cmocka_unit_test(mounted_anew_over_old_ones),
		cmocka_unit_test(parents_in_a_circle),
		cmocka_unit_test(in_a_container_own_path_is_below_the_mount),
		cmocka_unit_test(paths_outside_a_cgroup_namespace_stand_for_the_root),
		cmocka_unit_test(controllers_without_a_mount_are_left_out),
		cmocka_unit_test(none),
		cmocka_unit_test(escapes_in_paths),
		cmocka_unit_test(malformed),
		cmocka_unit_test(cycles_end),
		cmocka_unit_test(systemds_hierarchy_beside_v2),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
