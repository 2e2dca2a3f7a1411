/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/personality.h>

#include "security/test_child.h"

/* --- credentials --------------------------------------------------------------------- */

static int credentials(const struct plan *plan, struct err *e)
{
	return creds_apply(own_status(), plan, &log_sink, e);
}

static void the_five_sets_are_as_asked(void **state)
{
	struct plan plan = { 0 };

	(void)state;
	need_root();
	plan.process.uid = 1000;
	plan.process.gid = 1001;
	plan.process.caps = (struct plan_caps){
		.set = true,
		.bounding = BIT(CAP_CHOWN) | BIT(CAP_KILL) | BIT(CAP_NET_RAW),
		.permitted = BIT(CAP_CHOWN) | BIT(CAP_KILL),
		.effective = BIT(CAP_KILL),
		.inheritable = BIT(CAP_CHOWN),
		.ambient = BIT(CAP_CHOWN),
	};
	in_child(credentials, &plan);
	assert_string_equal(shared->e.text, "");
	assert_int_equal(shared->r, 0);
	assert_string_equal(shared->log, "");
	assert_string_equal(field("Uid"), "1000\t1000\t1000\t1000");
	assert_string_equal(field("Gid"), "1001\t1001\t1001\t1001");
	assert_caps("CapBnd", plan.process.caps.bounding);
	assert_caps("CapPrm", plan.process.caps.permitted);
	assert_caps("CapEff", plan.process.caps.effective);
	assert_caps("CapInh", plan.process.caps.inheritable);
	assert_caps("CapAmb", plan.process.caps.ambient);
}

static void root_keeps_what_is_asked_only(void **state)
{
	struct plan plan = { 0 };

	(void)state;
	need_root();
	plan.process.caps.set = true;
	plan.process.caps.bounding = BIT(CAP_SETUID);
	plan.process.caps.permitted = BIT(CAP_SETUID);
	plan.process.caps.effective = BIT(CAP_SETUID);
	in_child(credentials, &plan);
	assert_int_equal(shared->r, 0);
	assert_caps("CapBnd", BIT(CAP_SETUID));
	assert_caps("CapPrm", BIT(CAP_SETUID));
	assert_caps("CapEff", BIT(CAP_SETUID));
	assert_caps("CapInh", 0);
	assert_caps("CapAmb", 0);
}

static void no_capabilities_object_drops_all(void **state)
{
	struct plan plan = { 0 };

	(void)state;
	need_root();
	plan.process.caps.bounding = UINT64_MAX; /* not .set: must not count */
	plan.process.caps.permitted = UINT64_MAX;
	in_child(credentials, &plan);
	assert_int_equal(shared->r, 0);
	assert_caps("CapBnd", 0);
	assert_caps("CapPrm", 0);
	assert_caps("CapEff", 0);
	assert_caps("CapInh", 0);
	assert_caps("CapAmb", 0);
}

static void an_ambient_one_that_cannot_be_is_told(void **state)
{
	struct plan plan = { 0 };

	(void)state;
	need_root();
	plan.process.caps.set = true;
	plan.process.caps.bounding = BIT(CAP_CHOWN);
	plan.process.caps.permitted = BIT(CAP_CHOWN);
	plan.process.caps.ambient = BIT(CAP_CHOWN); /* not inheritable */
	in_child(credentials, &plan);
	assert_int_equal(shared->r, 0);
	assert_string_equal(shared->log,
			    "can't raise ambient capability CAP_CHOWN: operation not permitted\n");
	assert_caps("CapAmb", 0);
	assert_caps("CapPrm", BIT(CAP_CHOWN));
}

static int without_net_raw(const struct plan *plan, struct err *e)
{
	const uint64_t less = ~BIT(CAP_NET_RAW);
	struct plan most = { 0 };

	/* A runtime that itself lacks the capability, as in a container. */
	most.process.caps = (struct plan_caps){
		.set = true,
		.bounding = less,
		.permitted = less,
		.effective = less,
	};
	int r = creds_apply(own_status(), &most, NULL, e);

	return r < 0 ? r : credentials(plan, e);
}

static void a_capability_that_we_lack_is_told_and_left_out(void **state)
{
	struct plan plan = { 0 };

	(void)state;
	need_root();
	plan.process.caps.set = true;
	plan.process.caps.bounding = BIT(CAP_CHOWN) | BIT(CAP_NET_RAW);
	plan.process.caps.permitted = BIT(CAP_CHOWN) | BIT(CAP_NET_RAW);
	plan.process.caps.effective = BIT(CAP_CHOWN) | BIT(CAP_NET_RAW);
	plan.process.caps.inheritable = BIT(CAP_NET_RAW);
	in_child(without_net_raw, &plan);
	assert_string_equal(shared->e.text, "");
	assert_string_equal(shared->log,
			    "ignoring unknown or unavailable capabilities: [CAP_NET_RAW]\n");
	assert_caps("CapBnd", BIT(CAP_CHOWN));
	assert_caps("CapPrm", BIT(CAP_CHOWN));
	assert_caps("CapEff", BIT(CAP_CHOWN));
	assert_caps("CapInh", 0);
}

static int drop_twice(const struct plan *plan, struct err *e)
{
	int r = credentials(plan, e);
	struct plan none = { 0 };

	none.process.caps.set = true;
	return r < 0 ? r : creds_apply(own_status(), &none, NULL, e);
}

static void dropping_without_setpcap_fails_and_says_so(void **state)
{
	struct plan plan = { 0 };

	(void)state;
	need_root();
	plan.process.uid = 1000;
	plan.process.caps.set = true;
	plan.process.caps.bounding = BIT(CAP_CHOWN);
	in_child(drop_twice, &plan);
	assert_int_equal(shared->r, -EPERM);
	assert_string_equal(
		shared->e.text,
		"drop CAP_CHOWN from the bounding set: prctl(2): operation not permitted "
		"(dropping needs CAP_SETPCAP)");
}

static void groups_are_exactly_those_asked(void **state)
{
	static const uint32_t groups[] = { 65534, 100, 7 };
	struct plan plan = { 0 };

	(void)state;
	need_root();
	plan.process.uid = plan.process.gid = 1000;
	plan.process.groups = groups;
	plan.process.n_groups = 3;
	in_child(credentials, &plan);
	assert_int_equal(shared->r, 0);
	assert_string_equal(field("Groups"), "7 100 65534 ");
}

static int with_extra_groups(const struct plan *plan, struct err *e)
{
	static const gid_t extra[] = { 4, 5 };

	if (setgroups(2, extra) < 0)
		return err_errno(e, "setgroups");
	return credentials(plan, e);
}

static void no_groups_asked_drops_the_callers(void **state)
{
	struct plan plan = { 0 };

	(void)state;
	need_root();
	in_child(with_extra_groups, &plan);
	assert_int_equal(shared->r, 0);
	assert_string_equal(field("Groups"), " ");
	plan.process.keep_groups = true;
	in_child(with_extra_groups, &plan);
	assert_int_equal(shared->r, 0);
	assert_string_equal(field("Groups"), "4 5 ");
}

static void groups_without_privilege_are_explained(void **state)
{
	static const uint32_t groups[] = { 100 };
	struct plan nobody = { 0 }, plan = { 0 };

	(void)state;
	need_root();
	nobody.process.uid = nobody.process.gid = 1000;
	plan.process.n_groups = 1;
	plan.process.groups = groups;

	memset(shared, 0, sizeof(*shared));
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (creds_apply(own_status(), &nobody, NULL, &shared->e) == 0)
			shared->r = creds_apply(own_status(), &plan, NULL, &shared->e);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(shared->r, -EPERM);
	assert_string_equal(shared->e.text,
			    "process.user.additionalGids: setgroups(2): operation not "
			    "permitted (it needs CAP_SETGID)");
}

static int in_user_namespace(const struct plan *plan, struct err *e)
{
	if (unshare(CLONE_NEWUSER) < 0)
		return err_errno(e, "unshare");
	if (file_write_at(AT_FDCWD, "/proc/self/setgroups", "deny", e) < 0 ||
	    file_write_at(AT_FDCWD, "/proc/self/uid_map", "0 0 1", e) < 0 ||
	    file_write_at(AT_FDCWD, "/proc/self/gid_map", "0 0 1", e) < 0)
		return -e->code;
	return credentials(plan, e);
}

static void a_namespace_that_denies_setgroups(void **state)
{
	static const uint32_t groups[] = { 0 };
	struct plan plan = { 0 };

	(void)state;
	need_root();
	in_child(in_user_namespace, &plan);
	assert_string_equal(shared->e.text, "");
	assert_int_equal(shared->r, 0);
	assert_non_null(strstr(shared->log, "denies setgroups(2)"));

	plan.process.groups = groups;
	plan.process.n_groups = 1;
	in_child(in_user_namespace, &plan);
	assert_int_equal(shared->r, -EPERM);
	assert_non_null(strstr(shared->e.text, "(the user namespace denies it)"));

	plan.process.n_groups = 0;
	plan.process.uid = 5;
	in_child(in_user_namespace, &plan);
	assert_int_equal(shared->r, -EINVAL);
	assert_string_equal(shared->e.text, "process.user.uid: setresuid(2) to 5: invalid argument "
					    "(it is not mapped in the user namespace)");
}

/* --- no_new_privs, personality, signals ------------------------------------------------ */

static int nnp(const struct plan *plan, struct err *e)
{
	return no_new_privs_apply(&plan->process, e);
}

static void no_new_privs_is_set_only_when_asked(void **state)
{
	struct plan plan = { 0 };

	(void)state;
	in_child(nnp, &plan);
	assert_int_equal(shared->r, 0);
	assert_string_equal(field("NoNewPrivs"), "0");
	plan.process.no_new_privileges = true;
	in_child(nnp, &plan);
	assert_int_equal(shared->r, 0);
	assert_string_equal(field("NoNewPrivs"), "1");
}

static int change_personality(const struct plan *plan, struct err *e)
{
	int r = personality_apply(&plan->process, e);

	shared->extra = personality(0xffffffff);
	return r;
}

static void personality_is_set_only_when_asked(void **state)
{
	struct plan plan = { 0 };

	(void)state;
	in_child(change_personality, &plan);
	assert_int_equal(shared->r, 0);
	long before = shared->extra;
	plan.process.personality_set = true;
	plan.process.personality = PER_LINUX32;
	in_child(change_personality, &plan);
	assert_int_equal(shared->r, 0);
	assert_int_equal(shared->extra, PER_LINUX32);
	assert_true(before != PER_LINUX32);
}

static int spoil_signals(const struct plan *plan, struct err *e)
{
	sigset_t all;

	(void)plan;
	(void)e;
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	for (int sig = 1; sig <= SIGRTMAX; sig++)
		(void)signal(sig, SIG_IGN);
	signals_reset(UINT64_MAX);
	return 0;
}

static void signals_are_reset(void **state)
{
	struct plan plan = { 0 };

	(void)state;
	in_child(spoil_signals, &plan);
	assert_string_equal(field("SigBlk"), "0000000000000000");
	assert_string_equal(field("SigIgn"), "0000000000000000");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_five_sets_are_as_asked),
		cmocka_unit_test(root_keeps_what_is_asked_only),
		cmocka_unit_test(no_capabilities_object_drops_all),
		cmocka_unit_test(an_ambient_one_that_cannot_be_is_told),
		cmocka_unit_test(a_capability_that_we_lack_is_told_and_left_out),
		cmocka_unit_test(dropping_without_setpcap_fails_and_says_so),
		cmocka_unit_test(groups_are_exactly_those_asked),
		cmocka_unit_test(no_groups_asked_drops_the_callers),
		cmocka_unit_test(groups_without_privilege_are_explained),
		cmocka_unit_test(a_namespace_that_denies_setgroups),
		cmocka_unit_test(no_new_privs_is_set_only_when_asked),
		cmocka_unit_test(personality_is_set_only_when_asked),
		cmocka_unit_test(signals_are_reset),
	};

	(void)umask(0); /* as the plans here say */
	return cmocka_run_group_tests(tests, make_shared, remove_shared);
}
