/* SPDX-License-Identifier: Apache-2.0 */
/* Namespaces, id maps, time offsets, names. */
#include "plan/test_fixture.h"

#include "base/sys.h"
#include "plan/namespaces.h"

#define GIVE(f, ...)                                                                               \
	((f)->linux_.namespaces = (const struct spec_namespace[]){ __VA_ARGS__ },                  \
	 (f)->linux_.n_namespaces = ARRAY_SIZE(((const struct spec_namespace[]){ __VA_ARGS__ })))

static int namespaces_and_maps(const struct plan_input *in, struct plan *p, struct err *e)
{
	for (int k = 0; k < NS_COUNT; k++)
		p->ns[k] = (struct plan_ns){ 0 };
	int r = plan_namespaces(in, p, e);
	return r < 0 ? r : plan_idmaps(in, p, e);
}

static void new_ones_are_cloned_and_loopback_goes_up(void **state)
{
	struct fixture *f = *state;

	GIVE(f, { "pid", NULL }, { "network", "" }, { "mount", NULL }, { "cgroup", NULL },
	     { "time", NULL });
	assert_accepted(f, namespaces_and_maps);
	assert_int_equal(f->plan.clone_flags,
			 CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWTIME);
	assert_true(f->plan.loopback_up);
	assert_true(f->plan.ns[NS_CGROUP].wanted);
	assert_false(f->plan.needs_bridge);
	assert_null(f->plan.ns[NS_NETWORK].path);
}

static void joining_needs_a_bridge_only_where_children_enter(void **state)
{
	struct fixture *f = *state;

	GIVE(f, { "network", "/run/netns/x" }, { "mount", NULL });
	assert_accepted(f, namespaces_and_maps);
	assert_false(f->plan.needs_bridge);
	assert_false(f->plan.loopback_up);
	assert_int_equal(f->plan.clone_flags, CLONE_NEWNS);
	GIVE(f, { "pid", "/proc/1/ns/pid" });
	assert_accepted(f, namespaces_and_maps);
	assert_true(f->plan.needs_bridge);
}

static void offsets_are_the_text_of_timens_offsets(void **state)
{
	struct fixture *f = *state;
	const struct spec_time_offset list[] = { { "monotonic", -3, 5 }, { "boottime", 7, 0 } };

	GIVE(f, { "time", NULL });
	f->linux_.time_offsets = list;
	f->linux_.n_time_offsets = 2;
	assert_accepted(f, namespaces_and_maps);
	assert_string_equal(f->plan.time_offsets, "monotonic -3 5\nboottime 7 0\n");
	assert_true(f->plan.needs_bridge);
	assert_int_equal(f->plan.clone_flags, 0);
}

static void wrong_offsets_are_refused(void **state)
{
	struct fixture *f = *state;
	const struct spec_time_offset bad = { "realtime", 1, 0 };

	f->linux_.time_offsets = &bad;
	f->linux_.n_time_offsets = 1;
	assert_refused(
		f, namespaces_and_maps,
		"time namespace offsets specified, but time namespace isn't enabled in the config");
	GIVE(f, { "time", NULL });
	assert_refused(f, namespaces_and_maps,
		       "linux.timeOffsets: \"realtime\" is not a valid clock for time namespaces");
	GIVE(f, { "time", "/proc/9/ns/time" });
	assert_refused(
		f, namespaces_and_maps,
		"time namespace enabled, but both namespace path and time offsets specified -- you may only provide one");
}

static void wrong_namespaces_are_refused(void **state)
{
	struct fixture *f = *state;

	GIVE(f, { "bogus", NULL });
	assert_refused(f, namespaces_and_maps,
		       "linux.namespaces[0]: namespace {\"bogus\" \"\"} does not exist");
	GIVE(f, { "pid", NULL }, { "pid", "/p" });
	assert_refused(f, namespaces_and_maps,
		       "malformed spec file: duplicated ns {\"pid\" \"/p\"}");
	GIVE(f, { "pid", "p" });
	assert_refused(f, namespaces_and_maps, "linux.namespaces[0].path: \"p\" must be absolute");
	f->facts.lacks_ns[NS_TIME] = true;
	GIVE(f, { "mount", NULL }, { "time", NULL });
	assert_refused(f, namespaces_and_maps,
		       "linux.namespaces[1]: this kernel has no time namespace");
}

static void names_need_a_uts_namespace(void **state)
{
	struct fixture *f = *state;

	f->spec.hostname = "";
	assert_accepted(f, namespaces_and_maps);
	assert_null(f->plan.hostname);
	f->spec.hostname = "h";
	assert_refused(f, namespaces_and_maps,
		       "hostname: unable to set hostname without a private UTS namespace");
	f->spec.hostname = NULL;
	f->spec.domainname = "d";
	assert_refused(f, namespaces_and_maps,
		       "domainname: unable to set domainname without a private UTS namespace");
	GIVE(f, { "uts", "/proc/9/ns/uts" });
	assert_accepted(f, namespaces_and_maps);
	assert_string_equal(f->plan.domainname, "d");
}

static void give_maps(struct fixture *f, const struct spec_id_mapping *map, size_t n)
{
	f->linux_.uid_mappings = f->linux_.gid_mappings = (struct spec_id_mappings){ map, n };
}

static void privileged_writes_maps_itself(void **state)
{
	struct fixture *f = *state;
	const struct spec_id_mapping map = { 0, 100000, 65536 };

	GIVE(f, { "user", NULL });
	give_maps(f, &map, 1);
	assert_accepted(f, namespaces_and_maps);
	assert_false(f->plan.use_newidmap);
	assert_false(f->plan.deny_setgroups);
	assert_int_equal(f->plan.uid_map.n, 1);
	assert_int_equal(f->plan.clone_flags, CLONE_NEWUSER);
}

static void unprivileged_maps_itself_or_asks_newidmap(void **state)
{
	struct fixture *f = *state;
	const struct spec_id_mapping self = { 0, 1000, 1 }, many = { 0, 100000, 65536 };

	f->facts.caps_effective = 0;
	f->facts.euid = 1000;
	f->facts.egid = 1000;
	GIVE(f, { "user", NULL });
	give_maps(f, &self, 1);
	assert_accepted(f, namespaces_and_maps);
	assert_true(f->plan.deny_setgroups);
	assert_false(f->plan.use_newidmap);
	f->plan.deny_setgroups = false;
	give_maps(f, &many, 1);
	assert_accepted(f, namespaces_and_maps);
	assert_false(f->plan.deny_setgroups);
	assert_true(f->plan.use_newidmap);
}

static void wrong_maps_are_refused(void **state)
{
	struct fixture *f = *state;
	const struct spec_id_mapping empty = { 0, 1000, 0 }, past = { 0, 4294967290U, 10 },
				     other = { 1, 1000, 1 };

	GIVE(f, { "user", NULL });
	assert_refused(f, namespaces_and_maps,
		       "linux.uidMappings: user namespaces enabled, but no uid mappings found");
	f->linux_.uid_mappings = (struct spec_id_mappings){ &other, 1 };
	assert_refused(f, namespaces_and_maps,
		       "linux.gidMappings: user namespaces enabled, but no gid mappings found");
	give_maps(f, &empty, 1);
	assert_refused(f, namespaces_and_maps,
		       "linux.uidMappings[0]: empty, or passes the last id");
	give_maps(f, &past, 1);
	assert_refused(f, namespaces_and_maps,
		       "linux.uidMappings[0]: empty, or passes the last id");
	give_maps(f, &other, 1);
	assert_refused(f, namespaces_and_maps,
		       "process.user.uid: 0 is not mapped by linux.uidMappings");
	f->process.user.uid = 1;
	assert_refused(f, namespaces_and_maps,
		       "process.user.gid: 0 is not mapped by linux.gidMappings");
	struct spec_id_mapping *long_map = arena_array(&f->plan.arena, 341, struct spec_id_mapping);
	give_maps(f, long_map, 341);
	assert_refused(f, namespaces_and_maps,
		       "linux.uidMappings: 341 entries, the kernel takes at most 340");
}

static void maps_of_a_joined_namespace_are_its_own(void **state)
{
	struct fixture *f = *state;
	const struct spec_id_mapping map = { 0, 1000, 1 };

	GIVE(f, { "user", "/proc/9/ns/user" });
	give_maps(f, &map, 1);
	assert_accepted(f, namespaces_and_maps);
	assert_int_equal(f->plan.uid_map.n, 0);
	assert_int_equal(f->plan.warnings.n, 1);
	assert_true(f->plan.needs_bridge);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(new_ones_are_cloned_and_loopback_goes_up),
		TEST(joining_needs_a_bridge_only_where_children_enter),
		TEST(offsets_are_the_text_of_timens_offsets),
		TEST(wrong_offsets_are_refused),
		TEST(wrong_namespaces_are_refused),
		TEST(names_need_a_uts_namespace),
		TEST(privileged_writes_maps_itself),
		TEST(unprivileged_maps_itself_or_asks_newidmap),
		TEST(wrong_maps_are_refused),
		TEST(maps_of_a_joined_namespace_are_its_own),
	};

	return cmocka_run_group_tests_name("plan namespaces", tests, NULL, NULL);
}
