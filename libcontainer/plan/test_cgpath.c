/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/test_fixture.h"

static const struct cgroup_hierarchy hierarchies[] = {
	{ "memory", "/sys/fs/cgroup/memory", "/own/m", false },
	{ "", "/sys/fs/cgroup/unified", "/", true },
};

static void on_hybrid(struct fixture *f)
{
	f->facts.hierarchies = hierarchies;
	f->facts.n_hierarchies = ARRAY_SIZE(hierarchies);
}

/* The directory in the hierarchy where the caller is in /own/m, and where it is at the root. */
static void goes_to(struct fixture *f, const char *asked, const char *memory, const char *unified)
{
	on_hybrid(f);
	f->linux_.cgroups_path = asked;
	f->plan.cgroup = (struct plan_cgroup){ 0 };
	assert_accepted(f, plan_cgroup);
	assert_true(f->plan.cgroup.enabled);
	assert_int_equal(f->plan.cgroup.n_dirs, 2);
	assert_string_equal(f->plan.cgroup.dirs[0].path, memory);
	assert_string_equal(f->plan.cgroup.dirs[1].path, unified);
}

static void paths(void **state)
{
	struct fixture *f = *state;

	goes_to(f, "/docker/ID", "/sys/fs/cgroup/memory/docker/ID",
		"/sys/fs/cgroup/unified/docker/ID");
	assert_string_equal(f->plan.cgroup.path, "/docker/ID");
	assert_true(f->plan.cgroup.path_asked);
	goes_to(f, "a/b", "/sys/fs/cgroup/memory/own/m/a/b", "/sys/fs/cgroup/unified/a/b");
	goes_to(f, NULL, "/sys/fs/cgroup/memory/c1", "/sys/fs/cgroup/unified/c1");
	assert_false(f->plan.cgroup.path_asked);
	goes_to(f, "", "/sys/fs/cgroup/memory/c1", "/sys/fs/cgroup/unified/c1");
	assert_false(f->plan.cgroup.path_asked);
}

static void dots_never_leave(void **state)
{
	struct fixture *f = *state;

	goes_to(f, "/../../../etc", "/sys/fs/cgroup/memory/etc", "/sys/fs/cgroup/unified/etc");
	goes_to(f, "../../../x", "/sys/fs/cgroup/memory/own/m/x", "/sys/fs/cgroup/unified/x");
	goes_to(f, "/a/../b/./c//", "/sys/fs/cgroup/memory/b/c", "/sys/fs/cgroup/unified/b/c");
}

static void none_at_all(void **state)
{
	struct fixture *f = *state;
	const struct spec_device_rule rule = { 0 };
	struct spec_resources res = { .devices = &rule, .n_devices = 1 };

	on_hybrid(f);
	f->request.no_cgroup = true;
	f->linux_.cgroups_path = "/x";
	assert_accepted(f, plan_cgroup);
	assert_false(f->plan.cgroup.enabled);
	assert_int_equal(f->plan.warnings.n, 0);
	f->linux_.resources = &res;
	assert_accepted(f, plan_cgroup);
	assert_int_equal(f->plan.warnings.n, 1);
	res.pids_limit = (struct opt_i64){ true, 5 };
	assert_refused(
		f, plan_cgroup,
		"linux.resources: limits need a cgroup, and --cgroup-manager=disabled makes none");
}

static void the_root_is_nobodys_own(void **state)
{
	struct fixture *f = *state;

	on_hybrid(f);
	f->linux_.cgroups_path = "/";
	assert_refused(f, plan_cgroup,
		       "linux.cgroupsPath: \"/\" names no cgroup of the container's own");
	f->linux_.cgroups_path = "a/..";
	assert_refused(f, plan_cgroup,
		       "linux.cgroupsPath: \"a/..\" names no cgroup of the container's own");
}

static void systemd_on_hybrid(void **state)
{
	struct fixture *f = *state;

	f->request.systemd_cgroup = true;
	goes_to(f, "test-a.slice:web:7",
		"/sys/fs/cgroup/memory/test.slice/test-a.slice/web-7.scope",
		"/sys/fs/cgroup/unified/test.slice/test-a.slice/web-7.scope");
	assert_false(f->plan.cgroup.unit.user);
	goes_to(f, NULL, "/sys/fs/cgroup/memory/system.slice/vial-c1.scope",
		"/sys/fs/cgroup/unified/system.slice/vial-c1.scope");
}

static void systemd_of_a_user(void **state)
{
	struct fixture *f = *state;

	f->request.systemd_cgroup = true;
	f->facts.euid = 1000;
	goes_to(f, NULL,
		"/sys/fs/cgroup/memory/user.slice/user-1000.slice/user@1000.service/user.slice/vial-c1.scope",
		"/sys/fs/cgroup/unified/user.slice/user-1000.slice/user@1000.service/user.slice/vial-c1.scope");
	f->facts.user_manager = "/x";
	goes_to(f, "a.slice::b", "/sys/fs/cgroup/memory/x/a.slice/b.scope",
		"/sys/fs/cgroup/unified/x/a.slice/b.scope");
	assert_true(f->plan.cgroup.unit.user);
}

static void systemd_wants_its_own_form(void **state)
{
	struct fixture *f = *state;

	on_hybrid(f);
	f->request.systemd_cgroup = true;
	f->linux_.cgroups_path = "/a/b";
	assert_refused(f, plan_cgroup,
		       "expected cgroupsPath to be of format \"slice:prefix:name\" for systemd "
		       "cgroups, got \"/a/b\" instead");
	f->linux_.cgroups_path = "a-.slice:b:c";
	assert_refused(f, plan_cgroup, "linux.cgroupsPath: invalid slice name: a-.slice");
}

static void rootless_by_user_or_option(void **state)
{
	struct fixture *f = *state;

	goes_to(f, NULL, "/sys/fs/cgroup/memory/c1", "/sys/fs/cgroup/unified/c1");
	assert_false(f->plan.cgroup.rootless);
	f->facts.euid = 1000;
	goes_to(f, NULL, "/sys/fs/cgroup/memory/c1", "/sys/fs/cgroup/unified/c1");
	assert_true(f->plan.cgroup.rootless);
	f->request.rootless = ROOTLESS_FALSE;
	goes_to(f, NULL, "/sys/fs/cgroup/memory/c1", "/sys/fs/cgroup/unified/c1");
	assert_false(f->plan.cgroup.rootless);
	f->facts.euid = 0;
	f->facts.in_userns = true;
	f->request.rootless = ROOTLESS_AUTO;
	goes_to(f, NULL, "/sys/fs/cgroup/memory/c1", "/sys/fs/cgroup/unified/c1");
	assert_true(f->plan.cgroup.rootless);
	assert_true(f->plan.cgroup.in_userns);
}

static void without_any_hierarchy(void **state)
{
	struct fixture *f = *state;
	struct spec_resources res = { .pids_limit = { true, 5 } };

	f->facts.cgroup_mode = CGROUP_NONE;
	assert_int_equal(plan_cgroup(&f->in, &f->plan, &f->e), -ENOENT);
	assert_string_equal(f->e.text, "no cgroup hierarchy is mounted");
	f->facts.euid = 1000;
	assert_accepted(f, plan_cgroup);
	assert_false(f->plan.cgroup.enabled);
	f->linux_.resources = &res;
	assert_int_equal(plan_cgroup(&f->in, &f->plan, &f->e), -ENOENT);
	assert_string_equal(f->e.text, "linux.resources: no cgroup hierarchy is mounted");
}

static void what_crun_forces_to_be_v1_needs_a_hierarchy(void **state)
{
	static const struct cgroup_hierarchy on_v2[] = {
		{ "", "/sys/fs/cgroup", "/", true },
		{ "name=systemd", "/sys/fs/cgroup/systemd", "/", false },
	};
	struct fixture *f = *state;
	struct plan_mount m = { .kind = MOUNT_KIND_SYSTEMD_V1, .index = 3 };

	f->plan.mounts = &m;
	f->plan.n_mounts = 1;
	f->facts.cgroup_mode = CGROUP_V2;
	f->facts.hierarchies = on_v2;
	f->facts.n_hierarchies = 1;
	assert_int_equal(plan_cgroup(&f->in, &f->plan, &f->e), -ENOENT);
	assert_string_equal(
		f->e.text, "mounts[3]: annotations[\"run.oci.systemd.force_cgroup_v1\"]: no cgroup "
			   "v1 hierarchy \"name=systemd\" is mounted on the host");
	f->plan.cgroup = (struct plan_cgroup){ 0 };
	f->facts.n_hierarchies = 2;
	assert_accepted(f, plan_cgroup);
	assert_int_equal(f->plan.cgroup.n_dirs, 2);
	f->plan.cgroup = (struct plan_cgroup){ 0 };
	f->request.no_cgroup = true;
	assert_int_equal(plan_cgroup(&f->in, &f->plan, &f->e), -ENOENT);
	assert_string_equal(f->e.text,
			    "mounts[3]: annotations[\"run.oci.systemd.force_cgroup_v1\"]: the "
			    "container has no cgroup of its own");
}

static void a_cgroup_below_is_delegated_on_v2(void **state)
{
	struct fixture *f = *state;
	struct spec_string_pair pair = { "run.oci.delegate-cgroup", "/a//b/" };

	f->spec.annotations = (struct spec_string_map){ &pair, 1 };
	f->plan.cgroup = (struct plan_cgroup){ .enabled = true, .mode = CGROUP_V2 };
	assert_accepted(f, plan_delegate);
	assert_string_equal(f->plan.cgroup.delegate, "a/b");
	pair.value = "a/../../b";
	assert_refused(f, plan_delegate,
		       "annotation run.oci.delegate-cgroup: bad sub cgroup path: a/../../b");
	pair.value = "";
	f->plan.cgroup = (struct plan_cgroup){ 0 };
	assert_accepted(f, plan_delegate);
	assert_null(f->plan.cgroup.delegate);
	pair.value = "a";
	assert_refused(
		f, plan_delegate,
		"annotation run.oci.delegate-cgroup: the container has no cgroup of its own");
	f->plan.cgroup = (struct plan_cgroup){ .enabled = true, .mode = CGROUP_HYBRID };
	assert_refused(
		f, plan_delegate,
		"annotation run.oci.delegate-cgroup: only where cgroup v2 is all there is; v1 cannot delegate");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(paths),
		TEST(dots_never_leave),
		TEST(none_at_all),
		TEST(the_root_is_nobodys_own),
		TEST(systemd_on_hybrid),
		TEST(systemd_of_a_user),
		TEST(systemd_wants_its_own_form),
		TEST(rootless_by_user_or_option),
		TEST(without_any_hierarchy),
		TEST(what_crun_forces_to_be_v1_needs_a_hierarchy),
		TEST(a_cgroup_below_is_delegated_on_v2),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
