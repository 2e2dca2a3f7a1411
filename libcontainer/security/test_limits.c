/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/keyctl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/sys.h"
#include "security/test_child.h"

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
	static const struct plan_rlimit limits[] = { { RLIMIT_NOFILE, "RLIMIT_NOFILE", 50, 60 } };
	struct plan plan = { 0 };
	struct rlimit now;
	struct err e = { 0 };

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
	const struct plan_rlimit low[] = { { RLIMIT_CORE, "RLIMIT_CORE", 0, 1000 } };
	const struct plan_process first = { .rlimits = low, .n_rlimits = 1 };
	const struct plan_process creds = { .uid = 1000, .gid = 1000 };
	struct plan nobody = { 0 };

	nobody.process = creds;
	int r = rlimits_apply(0, &first, e);
	if (r == 0 && geteuid() == 0)
		r = creds_apply(own_status(), &nobody, NULL, e);
	if (r == 0)
		r = rlimits_apply(0, &first, e); /* exactly so already */
	if (r < 0) {
		(void)err_ctx(e, "preparation");
		return r;
	}
	return rlimits_apply(0, &plan->process, e);
}

static void raising_a_hard_limit_without_privilege_is_explained(void **state)
{
	static const struct plan_rlimit limits[] = {
		{ RLIMIT_CORE, "RLIMIT_CORE", 0, 1000 },
		{ RLIMIT_CORE, "RLIMIT_CORE", 0, 1001 },
	};
	struct plan plan = { 0 };

	(void)state;
	plan.process.rlimits = limits;
	plan.process.n_rlimits = 2;
	in_child(raise_limit, &plan);
	assert_int_equal(shared->r, -EPERM);
	assert_string_equal(shared->e.text,
			    "process.rlimits[1]: RLIMIT_CORE: prlimit(2): operation not permitted "
			    "(raising a hard limit needs CAP_SYS_RESOURCE)");
}

static void a_soft_limit_above_the_hard_one_is_an_error(void **state)
{
	static const struct plan_rlimit limits[] = { { RLIMIT_CORE, "RLIMIT_CORE", 2, 1 } };
	struct plan plan = { 0 };

	(void)state;
	plan.process.rlimits = limits;
	plan.process.n_rlimits = 1;
	in_child(limit_self, &plan);
	assert_int_equal(shared->r, -EINVAL);
	assert_string_equal(shared->e.text,
			    "process.rlimits[0]: RLIMIT_CORE: prlimit(2): invalid argument");
}

static int oom_self(const struct plan *plan, struct err *e)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;
	struct err ignored = { 0 };
	autoclose int proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r = oom_score_apply(proc_fd, getpid(), &plan->process, e);

	if (file_read_at(AT_FDCWD, "/proc/self/oom_score_adj", 0, &text, &ignored) < 0)
		return -EIO;
	text.data[text.len - 1] = '\0'; /* the line feed */
	return str_to_i64(text.data, &shared->extra) < 0 ? -EIO : r;
}

static void the_oom_score_is_set_when_asked(void **state)
{
	struct plan plan = { 0 };

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
	struct plan_process p = { 0 };
	struct err e = { 0 };

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
	struct plan plan = { 0 };

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
		assert_non_null(
			strstr(shared->e.text, "process.selinuxLabel: apply \"u:r:t:s0\": "));
	}
}

/* --- keyring ------------------------------------------------------------------------- */

static int keyring(const struct plan *plan, struct err *e)
{
	char text[256] = "";
	int r = keyring_join(plan, &log_sink, e);

	/* KEY_SPEC_SESSION_KEYRING is -3. */
	if (sys_keyctl(KEYCTL_DESCRIBE, (unsigned long)KEY_SPEC_SESSION_KEYRING,
		       (unsigned long)text, sizeof(text) - 1, 0) < 0)
		return r;
	shared->extra = strstr(text, ";_ses.vial-test") != NULL;
	return r;
}

static void the_session_keyring_has_the_name(void **state)
{
	struct plan plan = { 0 };

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
		cmocka_unit_test(a_limit_is_set_on_ourselves_and_on_another),
		cmocka_unit_test(raising_a_hard_limit_without_privilege_is_explained),
		cmocka_unit_test(a_soft_limit_above_the_hard_one_is_an_error),
		cmocka_unit_test(the_oom_score_is_set_when_asked),
		cmocka_unit_test(a_fake_procfs_is_refused),
		cmocka_unit_test(labels_that_the_kernel_does_not_take_are_errors),
		cmocka_unit_test(the_session_keyring_has_the_name),
	};

	(void)umask(0); /* as the plans here say */
	return cmocka_run_group_tests(tests, make_shared, remove_shared);
}
