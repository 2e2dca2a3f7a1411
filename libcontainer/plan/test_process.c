/* SPDX-License-Identifier: Apache-2.0 */
/* The process, its environment, the root file system, what is refused, the whole. */
#include "plan/test_fixture.h"

#include "base/sys.h"
#include "plan/env.h"

static void assert_env(struct fixture *f, struct strs env, unsigned int listen_fds,
		       struct strs expected)
{
	assert_int_equal(plan_env(&env, listen_fds, &f->plan, &f->e), 0);
	for (size_t i = 0; i < expected.n; i++)
		assert_string_equal(f->plan.process.envp[i], expected.v[i]);
	assert_null(f->plan.process.envp[expected.n]);
}

static void of_a_variable_the_last_value_counts(void **state)
{
	assert_env(*state, STRS("A=1", "B=2", "A=3", "AB=4", "C=x\ny"), 0,
		   STRS("B=2", "A=3", "AB=4", "C=x\ny"));
	assert_env(*state, STRS("A="), 2, STRS("A=", "LISTEN_FDS=2", "LISTEN_PID=1"));
}

static void an_empty_home_is_none(void **state)
{
	struct fixture *f = *state;

	assert_env(f, STRS("HOME=/x", "HOME=", "A=1"), 0, STRS("A=1"));
	assert_false(f->plan.process.env_has_home);
	assert_env(f, STRS("HOME=/x", "HOMER=1"), 0, STRS("HOME=/x", "HOMER=1"));
	assert_true(f->plan.process.env_has_home);
}

static void many_variables_are_linear_work(void **state)
{
	struct fixture *f = *state;
	enum { N = 100000 };
	const char **v = arena_array(&f->plan.arena, N + 1, const char *);

	for (int i = 0; i < N; i++)
		v[i] = arena_printf(&f->plan.arena, "V%d=%d", i, i);
	const struct strs env = { v, N };
	assert_int_equal(plan_env(&env, 0, &f->plan, &f->e), 0);
	assert_string_equal(f->plan.process.envp[N - 1], "V99999=99999");
	assert_null(f->plan.process.envp[N]);
}

static void variables_without_name_or_value_are_refused(void **state)
{
	struct fixture *f = *state;

	f->process.env = STRS("A=1", "B");
	assert_refused(f, plan_process, "process.env[1]: \"B\" is not of the form KEY=VALUE");
	f->process.env = STRS("=x");
	assert_refused(f, plan_process, "process.env[0]: \"=x\" is not of the form KEY=VALUE");
}

static void credentials_have_their_defaults(void **state)
{
	struct fixture *f = *state;
	static const struct spec_string_pair keep = { "run.oci.keep_original_groups", "1" };

	assert_accepted(f, plan_process);
	assert_int_equal(f->plan.process.umask, 0022);
	assert_false(f->plan.process.keep_groups);
	assert_string_equal(f->plan.session_keyring, "_ses.c1");
	f->process.user.umask = (struct opt_u32){ true, 077 };
	f->spec.annotations = (struct spec_string_map){ &keep, 1 };
	f->process.apparmor_profile = f->process.selinux_label = "";
	assert_accepted(f, plan_process);
	assert_int_equal(f->plan.process.umask, 077);
	assert_true(f->plan.process.keep_groups);
	assert_null(f->plan.process.apparmor_profile);
}

static void wrong_processes_are_refused(void **state)
{
	struct fixture *f = *state;
	static const uint32_t group = 7;
	const struct spec_personality domain = { "SVR4", { NULL, 0 } };
	const struct spec_personality flags = { "LINUX", STRS("ADDR_NO_RANDOMIZE") };

	f->linux_.personality = &flags;
	assert_accepted(f, plan_process);
	assert_string_equal(
		f->plan.warnings.v[0],
		"linux.personality.flags: ignoring unsupported personality flag ADDR_NO_RANDOMIZE");

	f->linux_.personality = &domain;
	assert_refused(f, plan_process, "linux.personality.domain: \"SVR4\" is not known");
	f->linux_.personality = NULL;
	f->process.apparmor_profile = "p";
	assert_refused(f, plan_process,
		       "process.apparmorProfile: apparmor is not enabled in this kernel");
	f->process.apparmor_profile = NULL;
	f->process.selinux_label = "l";
	assert_refused(f, plan_process,
		       "process.selinuxLabel: selinux is not enabled in this kernel");
	f->process.console_size.set = true;
	f->process.console_size.height = 65536;
	assert_refused(f, plan_process, "process.consoleSize: at most 65535 rows and columns");
	f->process.user.additional_gids = &group;
	f->process.user.n_additional_gids = 1;
	f->plan.deny_setgroups = true;
	assert_refused(
		f, plan_process,
		"process.user.additionalGids: a user namespace with a single mapping cannot have supplementary groups");
	f->process.cwd = "x";
	assert_refused(f, plan_process, "Cwd must be an absolute path");
	f->process.args.n = 0;
	assert_refused(f, plan_process, "args must not be empty");
	f->spec.process = NULL;
	assert_refused(f, plan_process, "process property must not be empty");
}

static void a_terminal_and_its_socket_go_together(void **state)
{
	struct fixture *f = *state;

	f->process.terminal = true;
	assert_true(plan_process(&f->in, &f->plan, &f->e) < 0);
	assert_string_equal(
		f->e.text,
		"cannot allocate tty if vial will detach without setting console socket");
	f->request.console_socket = "/s";
	assert_accepted(f, plan_process);
	f->process.terminal = false;
	assert_true(plan_process(&f->in, &f->plan, &f->e) < 0);
	assert_string_equal(f->e.text,
			    "cannot use console socket if vial will not detach or allocate tty");
	f->process.terminal = true;
	f->request.is_create = false;
	assert_true(plan_process(&f->in, &f->plan, &f->e) < 0);
	assert_string_equal(f->e.text,
			    "cannot use console socket if vial will not detach or allocate tty");
}

static void the_root_is_below_the_bundle(void **state)
{
	struct fixture *f = *state;

	f->linux_.rootfs_propagation = "rslave";
	f->linux_.masked_paths = STRS("/proc/kcore");
	f->linux_.readonly_paths = STRS("/proc/sys", "/proc/bus");
	assert_accepted(f, plan_root);
	assert_string_equal(f->plan.rootfs, "/b/rootfs");
	assert_int_equal(f->plan.root_propagation, MS_SLAVE | MS_REC);
	assert_int_equal(f->plan.masked_paths.n, 1);
	assert_int_equal(f->plan.readonly_paths.n, 2);
}

static void wrong_roots_are_refused(void **state)
{
	struct fixture *f = *state;

	f->linux_.readonly_paths = STRS("/proc/sys");
	f->plan.ns[NS_MOUNT].wanted = false;
	assert_refused(
		f, plan_root,
		"linux.readonlyPaths: unable to restrict sys entries without a private MNT namespace");
	f->linux_.masked_paths = STRS("/proc/kcore");
	assert_refused(
		f, plan_root,
		"linux.maskedPaths: unable to restrict sys entries without a private MNT namespace");
	f->linux_.rootfs_propagation = "sideways";
	assert_refused(f, plan_root, "linux.rootfsPropagation: \"sideways\" is not known");
	f->spec.root = NULL;
	assert_refused(f, plan_root, "root: must be specified");
}

static void hooks_need_absolute_paths(void **state)
{
	struct fixture *f = *state;
	static const struct spec_hook hook = { .path = "bin/hook" };

	assert_accepted(f, plan_refuse);
	f->spec.hooks.list[HOOK_POSTSTOP] = (struct spec_hook_list){ &hook, 1 };
	assert_refused(f, plan_refuse, "hooks.poststop[0].path: \"bin/hook\" must be absolute");
}

static void warnings_keep_their_order(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 1000; i++)
		plan_warn(&f->plan, "w%d", i);
	assert_int_equal(f->plan.warnings.n, 1000);
	assert_string_equal(f->plan.warnings.v[0], "w0");
	assert_string_equal(f->plan.warnings.v[511], "w511");
	assert_string_equal(f->plan.warnings.v[999], "w999");
	assert_null(f->plan.warnings.v[1000]);
}

static void notify_socket(void **state)
{
	struct fixture *f = *state;

	f->process.env = STRS("A=1", "NOTIFY_SOCKET=/host", "B=2");
	assert_accepted(f, plan_process);
	assert_string_equal(f->plan.process.envp[1], "NOTIFY_SOCKET=/host");

	f->request.notify_dir = "/run/vial/c1/notify";
	assert_accepted(f, plan_process);
	assert_string_equal(f->plan.process.envp[0], "A=1");
	assert_string_equal(f->plan.process.envp[1], "B=2");
	assert_string_equal(f->plan.process.envp[2], "NOTIFY_SOCKET=/run/notify/notify.sock");
	assert_null(f->plan.process.envp[3]);

	/* Its mount would appear in the caller's mount namespace. */
	f->plan.ns[NS_MOUNT].wanted = false;
	assert_accepted(f, plan_process);
	assert_string_equal(f->plan.process.envp[1], "NOTIFY_SOCKET=/host");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(of_a_variable_the_last_value_counts),
		TEST(notify_socket),
		TEST(an_empty_home_is_none),
		TEST(many_variables_are_linear_work),
		TEST(variables_without_name_or_value_are_refused),
		TEST(credentials_have_their_defaults),
		TEST(wrong_processes_are_refused),
		TEST(a_terminal_and_its_socket_go_together),
		TEST(the_root_is_below_the_bundle),
		TEST(wrong_roots_are_refused),
		TEST(hooks_need_absolute_paths),
		TEST(warnings_keep_their_order),
	};

	return cmocka_run_group_tests_name("plan process and root", tests, NULL, NULL);
}
