/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/sys.h"
#include "security/security.h"

#define BIT(cap) ((uint64_t)1 << (cap))

/* What a step did in a process of its own, whose credentials it may spoil. */
struct outcome {
	int r;
	struct err e;
	char status[8192];	/* /proc/self/status afterwards */
	char log[1024];
	long extra;
};

static struct outcome *shared;

static int make_shared(void **state)
{
	(void)state;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return shared == MAP_FAILED ? -1 : 0;
}

static int remove_shared(void **state)
{
	(void)state;
	return munmap(shared, sizeof(*shared));
}

static void remember(void *arg, enum log_level level, const char *text)
{
	size_t len = strlen(shared->log);

	(void)arg;
	(void)level;
	(void)snprintf(shared->log + len, sizeof(shared->log) - len, "%s\n", text);
}

static const struct log_sink log_sink = {remember, NULL, LOG_LEVEL_DEBUG};

static void in_child(int (*step)(const struct plan *plan, struct err *e), const struct plan *plan)
{
	int status;

	memset(shared, 0, sizeof(*shared));
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		autodone(strbuf) struct strbuf text = STRBUF_INIT;
		struct err ignored = {0};

		shared->r = step(plan, &shared->e);
		if (file_read_at(AT_FDCWD, "/proc/self/status", 0, &text, &ignored) < 0)
			_exit(1);
		(void)snprintf(shared->status, sizeof(shared->status), "%s", strbuf_str(&text));
		strbuf_done(&text);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* The value behind "KEY:\t" in the child's status. */
static const char *field(const char *key)
{
	static char line[256];
	char head[64];

	(void)snprintf(head, sizeof(head), "\n%s:\t", key);
	const char *p = strstr(shared->status, head);
	assert_non_null(p);
	p += strlen(head);
	(void)snprintf(line, sizeof(line), "%.*s", (int)strcspn(p, "\n"), p);
	return line;
}

static void assert_caps(const char *key, uint64_t expected)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%016llx", (unsigned long long)expected);
	assert_string_equal(field(key), text);
}

static void need_root(void)
{
	if (geteuid() != 0)
		skip();
}

/* --- credentials --------------------------------------------------------------------- */

static int credentials(const struct plan *plan, struct err *e)
{
	int r = caps_drop_bounding(&plan->process, e);

	return r < 0 ? r : creds_apply(plan, &log_sink, e);
}

static void the_five_sets_are_as_asked(void **state)
{
	struct plan plan = {0};

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
	struct plan plan = {0};

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
	struct plan plan = {0};

	(void)state;
	need_root();
	plan.process.caps.bounding = UINT64_MAX;	/* not .set: must not count */
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
	struct plan plan = {0};

	(void)state;
	need_root();
	plan.process.caps.set = true;
	plan.process.caps.bounding = BIT(CAP_CHOWN);
	plan.process.caps.permitted = BIT(CAP_CHOWN);
	plan.process.caps.ambient = BIT(CAP_CHOWN);	/* not inheritable */
	in_child(credentials, &plan);
	assert_int_equal(shared->r, 0);
	assert_string_equal(shared->log,
			    "can't raise ambient capability CAP_CHOWN: operation not permitted\n");
	assert_caps("CapAmb", 0);
	assert_caps("CapPrm", BIT(CAP_CHOWN));
}

static int without_net_raw(const struct plan *plan, struct err *e)
{
	struct plan_process less = {.caps = {.set = true, .bounding = ~BIT(CAP_NET_RAW)}};
	struct plan most = {0};

	/* A runtime that itself lacks the capability, as in a container. */
	most.process.caps = (struct plan_caps){
		.set = true,
		.bounding = less.caps.bounding,
		.permitted = less.caps.bounding,
		.effective = less.caps.bounding,
	};
	int r = caps_drop_bounding(&less, e);
	if (r == 0)
		r = creds_apply(&most, NULL, e);
	return r < 0 ? r : credentials(plan, e);
}

static void a_capability_that_we_lack_is_told_and_left_out(void **state)
{
	struct plan plan = {0};

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
	const struct plan_process none = {.caps = {.set = true}};

	return r < 0 ? r : caps_drop_bounding(&none, e);
}

static void dropping_without_setpcap_fails_and_says_so(void **state)
{
	struct plan plan = {0};

	(void)state;
	need_root();
	plan.process.uid = 1000;
	plan.process.caps.set = true;
	plan.process.caps.bounding = BIT(CAP_CHOWN);
	in_child(drop_twice, &plan);
	assert_int_equal(shared->r, -EPERM);
	assert_string_equal(shared->e.text,
			    "drop CAP_CHOWN from the bounding set: prctl(2): operation not permitted "
			    "(dropping needs CAP_SETPCAP)");
}

static void groups_are_exactly_those_asked(void **state)
{
	static const uint32_t groups[] = {65534, 100, 7};
	struct plan plan = {0};

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
	static const gid_t extra[] = {4, 5};

	if (setgroups(2, extra) < 0)
		return err_errno(e, "setgroups");
	return credentials(plan, e);
}

static void no_groups_asked_drops_the_callers(void **state)
{
	struct plan plan = {0};

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
	static const uint32_t groups[] = {100};
	struct plan nobody = {0}, plan = {0};

	(void)state;
	need_root();
	nobody.process.uid = nobody.process.gid = 1000;
	plan.process.n_groups = 1;
	plan.process.groups = groups;

	memset(shared, 0, sizeof(*shared));
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (creds_apply(&nobody, NULL, &shared->e) == 0)
			shared->r = creds_apply(&plan, NULL, &shared->e);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(shared->r, -EPERM);
	assert_string_equal(shared->e.text, "process.user.additionalGids: setgroups(2): operation not "
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
	static const uint32_t groups[] = {0};
	struct plan plan = {0};

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
	struct plan plan = {0};

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
	struct plan plan = {0};

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
	signals_reset();
	return 0;
}

static void signals_are_reset(void **state)
{
	struct plan plan = {0};

	(void)state;
	in_child(spoil_signals, &plan);
	assert_string_equal(field("SigBlk"), "0000000000000000");
	assert_string_equal(field("SigIgn"), "0000000000000000");
}

/* --- limits -------------------------------------------------------------------------- */

static int limit_self(const struct plan *plan, struct err *e)
{
	int r = rlimits_apply(0, &plan->process, e);
	struct rlimit now;

	(void)getrlimit(RLIMIT_NOFILE, &now);
	shared->extra = (long)now.rlim_cur;
	return r;
}

static void a_limit_is_set_on_ourselves_and_on_another(void **state)
{
	static const struct plan_rlimit limits[] = {{RLIMIT_NOFILE, "RLIMIT_NOFILE", 50, 60}};
	struct plan plan = {0};
	struct rlimit now;
	struct err e = {0};

	(void)state;
	plan.process.rlimits = limits;
	plan.process.n_rlimits = 1;
	in_child(limit_self, &plan);
	assert_int_equal(shared->r, 0);
	assert_int_equal(shared->extra, 50);

	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)pause();
		_exit(0);
	}
	assert_int_equal(rlimits_apply(pid, &plan.process, &e), 0);
	assert_int_equal(prlimit(pid, RLIMIT_NOFILE, NULL, &now), 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(now.rlim_cur, 50);
	assert_int_equal(now.rlim_max, 60);
}

static int raise_limit(const struct plan *plan, struct err *e)
{
	const struct plan_rlimit low[] = {{RLIMIT_CORE, "RLIMIT_CORE", 0, 1000}};
	const struct plan_process first = {.rlimits = low, .n_rlimits = 1};
	const struct plan_process creds = {.uid = 1000, .gid = 1000};
	struct plan nobody = {0};

	nobody.process = creds;
	int r = rlimits_apply(0, &first, e);
	if (r == 0 && geteuid() == 0)
		r = creds_apply(&nobody, NULL, e);
	if (r == 0)
		r = rlimits_apply(0, &first, e);	/* exactly so already */
	if (r < 0) {
		(void)err_ctx(e, "preparation");
		return r;
	}
	return rlimits_apply(0, &plan->process, e);
}

static void raising_a_hard_limit_without_privilege_is_explained(void **state)
{
	static const struct plan_rlimit limits[] = {
		{RLIMIT_CORE, "RLIMIT_CORE", 0, 1000},
		{RLIMIT_CORE, "RLIMIT_CORE", 0, 1001},
	};
	struct plan plan = {0};

	(void)state;
	plan.process.rlimits = limits;
	plan.process.n_rlimits = 2;
	in_child(raise_limit, &plan);
	assert_int_equal(shared->r, -EPERM);
	assert_string_equal(shared->e.text,
			    "process.rlimits[1]: RLIMIT_CORE: prlimit(2): operation not permitted "
			    "(raising a hard limit needs CAP_SYS_RESOURCE)");
}

static void a_soft_limit_above_the_hard_one_is_explained(void **state)
{
	static const struct plan_rlimit limits[] = {{RLIMIT_CORE, "RLIMIT_CORE", 2, 1}};
	struct plan plan = {0};

	(void)state;
	plan.process.rlimits = limits;
	plan.process.n_rlimits = 1;
	in_child(limit_self, &plan);
	assert_int_equal(shared->r, -EINVAL);
	assert_non_null(strstr(shared->e.text, "(the soft limit is above the hard limit)"));
}

static int oom_self(const struct plan *plan, struct err *e)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;
	struct err ignored = {0};
	autoclose int proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r = oom_score_apply(proc_fd, getpid(), &plan->process, e);

	if (file_read_at(AT_FDCWD, "/proc/self/oom_score_adj", 0, &text, &ignored) == 0)
		shared->extra = strtol(strbuf_str(&text), NULL, 10);
	return r;
}

static void the_oom_score_is_set_when_asked(void **state)
{
	struct plan plan = {0};

	(void)state;
	in_child(oom_self, &plan);
	assert_int_equal(shared->r, 0);
	assert_true(shared->extra != 777);
	plan.process.oom_score_adj.set = true;
	plan.process.oom_score_adj.v = 777;
	in_child(oom_self, &plan);
	assert_int_equal(shared->r, 0);
	assert_int_equal(shared->extra, 777);
	plan.process.oom_score_adj.v = 1001;
	in_child(oom_self, &plan);
	assert_int_equal(shared->r, -EINVAL);
	assert_non_null(strstr(shared->e.text, "process.oomScoreAdj: write /proc/"));
}

/* --- procfs and labels ----------------------------------------------------------------- */

static void a_fake_procfs_is_refused(void **state)
{
	char dir[] = "/tmp/vial-proc.XXXXXX";
	char path[64];
	struct plan_process p = {0};
	struct err e = {0};

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/7", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	(void)snprintf(path, sizeof(path), "%s/7/oom_score_adj", dir);
	assert_int_equal(close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600)), 0);
	autoclose int fake = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	p.oom_score_adj.set = true;
	assert_int_equal(oom_score_apply(fake, 7, &p, &e), -EXDEV);

	struct stat st;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 0);

	/* A link that leads out of it, into the true one. */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/proc/self/oom_score_adj", path), 0);
	assert_true(oom_score_apply(fake, 7, &p, &e) < 0);
	assert_int_equal(unlink(path), 0);
	(void)snprintf(path, sizeof(path), "%s/7", dir);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rmdir(dir), 0);
}

static int labels(const struct plan *plan, struct err *e)
{
	autoclose int proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);

	return lsm_apply(proc_fd, &plan->process, e);
}

static void labels_that_the_kernel_does_not_take_are_errors(void **state)
{
	struct plan plan = {0};

	(void)state;
	in_child(labels, &plan);
	assert_int_equal(shared->r, 0);
	if (access("/sys/module/apparmor/parameters/enabled", F_OK) != 0) {
		plan.process.apparmor_profile = "vial-no-such-profile";
		in_child(labels, &plan);
		assert_true(shared->r < 0);
		assert_non_null(strstr(shared->e.text, "process.apparmorProfile: apply "
						       "\"vial-no-such-profile\": "));
		assert_non_null(strstr(shared->e.text, "AppArmor"));
	}
	if (access("/sys/fs/selinux/enforce", F_OK) != 0) {
		plan.process.apparmor_profile = NULL;
		plan.process.selinux_label = "u:r:t:s0";
		in_child(labels, &plan);
		assert_true(shared->r < 0);
		assert_non_null(strstr(shared->e.text, "process.selinuxLabel: apply \"u:r:t:s0\": "));
	}
}

/* --- keyring ------------------------------------------------------------------------- */

static int keyring(const struct plan *plan, struct err *e)
{
	char text[256] = "";
	int r = keyring_join(plan, &log_sink, e);

	/* KEY_SPEC_SESSION_KEYRING is -3. */
	if (sys_keyctl(KEYCTL_DESCRIBE, (unsigned long)KEY_SPEC_SESSION_KEYRING, (unsigned long)text,
		       sizeof(text) - 1, 0) < 0)
		return r;
	shared->extra = strstr(text, ";_ses.vial-test") != NULL;
	return r;
}

static void the_session_keyring_has_the_name(void **state)
{
	struct plan plan = {0};

	(void)state;
	in_child(keyring, &plan);
	assert_int_equal(shared->r, 0);
	assert_int_equal(shared->extra, 0);
	plan.session_keyring = "_ses.vial-test";
	in_child(keyring, &plan);
	assert_string_equal(shared->e.text, "");
	assert_int_equal(shared->r, 0);
	/* Where a sandbox denies keyrings, that is tolerated and told. */
	if (shared->extra != 1)
		assert_non_null(strstr(shared->log, "session keyring _ses.vial-test: "));
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
		cmocka_unit_test(a_limit_is_set_on_ourselves_and_on_another),
		cmocka_unit_test(raising_a_hard_limit_without_privilege_is_explained),
		cmocka_unit_test(a_soft_limit_above_the_hard_one_is_explained),
		cmocka_unit_test(the_oom_score_is_set_when_asked),
		cmocka_unit_test(a_fake_procfs_is_refused),
		cmocka_unit_test(labels_that_the_kernel_does_not_take_are_errors),
		cmocka_unit_test(the_session_keyring_has_the_name),
	};

	return cmocka_run_group_tests(tests, make_shared, remove_shared);
}
