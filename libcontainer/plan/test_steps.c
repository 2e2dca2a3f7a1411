/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/test_fixture.h"

#include <string.h>

static const char *const args[] = { "sh", NULL };
static const struct plan_extras nothing = { .cgroup = "", .filter = "" };

/* The lines of the text, in this order; what is between does not matter. */
static void assert_order(struct fixture *f, const struct plan_extras *x, const char *const *lines)
{
	struct strbuf out autodone(strbuf) = STRBUF_INIT;

	plan_print_steps(&f->plan, x, &out);
	const char *at = strbuf_str(&out);
	for (; *lines; lines++) {
		at = strstr(at, *lines);
		if (!at)
			fail_msg("<%s> is not there, or too early:\n%s", *lines, strbuf_str(&out));
	}
}

static void assert_without(struct fixture *f, const struct plan_extras *x, const char *words)
{
	struct strbuf out autodone(strbuf) = STRBUF_INIT;

	plan_print_steps(&f->plan, x, &out);
	assert_null(strstr(strbuf_str(&out), words));
}

static void test_least(void **state)
{
	struct fixture *f = *state;

	f->plan.process.argv = args;
	assert_order(f, &nothing,
		     (const char *const[]){ "order\n", "  create  stay in the caller's cgroup\n",
					    "  create  start init; new namespaces: mount\n",
					    "  create  mount the root file system\n",
					    "  create  enter the root by pivot_root(2)\n",
					    "  create  become user 0, group 0", "wait for start\n",
					    "  start   execute \"sh\"\n", NULL });
	assert_without(f, &nothing, "seccomp");
	assert_without(f, &nothing, "hook");
	assert_without(f, &nothing, "map ");
	assert_without(f, &nothing, "hide");
	assert_without(f, &nothing, "systemd");
}

/* Where the filter comes depends on no_new_privs. */
static void test_filter(void **state)
{
	struct fixture *f = *state;
	const struct plan_extras x = { .cgroup = "", .filter = "", .has_filter = true };

	f->plan.process.argv = args;
	assert_order(f, &x,
		     (const char *const[]){ "  create  load the seccomp filter: while init may",
					    "become user", "wait for start", "execute", NULL });
	f->plan.process.no_new_privileges = true;
	assert_order(f, &x,
		     (const char *const[]){ "set no_new_privs", "become user", "wait for start",
					    "  start   load the seccomp filter: as late as can be",
					    "execute", NULL });
	assert_without(f, &x, "  create  load the seccomp");
	/* One that notifies needs its agent at create. */
	const struct plan_extras notifies = {
		.cgroup = "", .filter = "", .has_filter = true, .filter_notifies = true
	};
	assert_order(f, &notifies,
		     (const char *const[]){ "find the program", "  create  load the seccomp filter",
					    "wait for start", NULL });
	assert_without(f, &notifies, "  start   load the seccomp");
}

static void test_all(void **state)
{
	struct fixture *f = *state;
	static const struct spec_hook hook = { .path = "/bin/true" };
	static const struct plan_cgroup_dir dir = { "", "/sys/fs/cgroup", "/sys/fs/cgroup/x",
						    true };
	const struct plan_extras x = { .cgroup = "", .filter = "", .n_limits = 3 };

	f->plan.process.argv = args;
	for (int k = 0; k < HOOK_COUNT; k++)
		f->spec.hooks.list[k] = (struct spec_hook_list){ &hook, 1 };
	f->plan.ns[NS_USER].wanted = f->plan.ns[NS_IPC].wanted = true;
	f->plan.ns[NS_IPC].path = "/proc/1/ns/ipc";
	f->plan.use_newidmap = true;
	f->plan.hostname = "box";
	f->plan.sysctl.n = 2;
	f->plan.root_readonly = true;
	f->plan.cgroup.enabled = true;
	f->plan.cgroup.dirs = (struct plan_cgroup_dir *)(uintptr_t)&dir;
	f->plan.cgroup.n_dirs = 1;
	f->plan.cgroup.unit.name = "vial-x.scope";
	f->plan.process.selinux_label = "label";
	assert_order(
		f, &x,
		(const char *const[]){
			"  create  make the cgroup in 1 hierarchy, set 3 limits, restrict devices\n",
			"systemd does so when it starts vial-x.scope",
			"new namespaces: mount, user; joined: ipc\n", "by newuidmap and newgidmap",
			"set the host name\n", "mount the root",
			"run 1 prestart hook, on the host\n",
			"run 1 createRuntime hook, on the host\n", "run 1 createContainer hook",
			"write 2 sysctls", "  create  make the root read-only\n", "enter the root",
			"ask for the label label", "wait for start", "run 1 startContainer hook",
			"execute", "run 1 poststart hook", "  delete  run 1 poststop hook", NULL });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_least),
		TEST(test_filter),
		TEST(test_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
