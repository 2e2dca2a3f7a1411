/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "seccomp/seccomp.h"
#include "seccomp/syscalls.h"

#define NAMES(...)                                                                                 \
	{                                                                                          \
		(const char *const[]){ __VA_ARGS__, NULL },                                        \
			sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *)              \
	}
#define ERRNO_IS(code)                                                                             \
	{                                                                                          \
		true, code                                                                         \
	}
#define TOO_NEW 999

static const struct seccomp_options no_options;

static void remember(void *arg, enum log_level level, const char *text)
{
	(void)level;
	strbuf_addf(arg, "%s\n", text);
}

/* Compiles, loads in a child, makes one call there. Return: its result, -errno as the kernel
 * says it; 1000 + N when a signal N ended the child. */
static int call_under(const struct spec_seccomp *s, long nr, unsigned long a0, unsigned long a1)
{
	autodone(seccomp_filter) struct seccomp_filter f = SECCOMP_FILTER_INIT;
	struct err e = { 0 };
	int fds[2], result = -9999, status;

	int r = seccomp_compile(s, &no_options, &f, &e);
	assert_string_equal(e.text, "");
	assert_int_equal(r, 0);
	assert_non_null(f.insns);
	assert_int_equal(pipe(fds), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || seccomp_filter_load(&f, &e) < 0)
			_exit(99);
		long n = syscall(nr, a0, a1, 0, 0, 0, 0);
		int answer = n < 0 ? -errno : (int)n;
		if (write(fds[1], &answer, sizeof(answer)) != (ssize_t)sizeof(answer))
			(void)syscall(SYS_exit_group, 98);
		/* Not _exit(): what a sanitizer does there is not in the profiles. */
		(void)syscall(SYS_exit_group, 0);
	}
	(void)close(fds[1]);
	ssize_t got = read(fds[0], &result, sizeof(result));
	(void)close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		return 1000 + WTERMSIG(status);
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_int_equal(got, (ssize_t)sizeof(result));
	return result;
}

static struct spec_seccomp profile(const char *action, const struct spec_seccomp_rule *rules,
				   size_t n)
{
	return (struct spec_seccomp){ .default_action = action,
				      .syscalls = rules,
				      .n_syscalls = n };
}

static int compile_error(const struct spec_seccomp *s, struct err *e)
{
	autodone(seccomp_filter) struct seccomp_filter f = SECCOMP_FILTER_INIT;

	memset(e, 0, sizeof(*e));
	int r = seccomp_compile(s, &no_options, &f, e);
	assert_null(f.insns);
	return r;
}

/* --- decisions ----------------------------------------------------------------------- */

static void a_denied_call_gets_its_errno(void **state)
{
	const struct spec_seccomp_rule rules[] = {
		{ .names = NAMES("getppid"), .action = "SCMP_ACT_ERRNO" },
		{ .names = NAMES("getuid", "geteuid"),
		  .action = "SCMP_ACT_ERRNO",
		  .errno_ret = ERRNO_IS(ENOTTY) },
	};
	const struct spec_seccomp s = profile("SCMP_ACT_ALLOW", rules, 2);

	(void)state;
	assert_int_equal(call_under(&s, SYS_getppid, 0, 0), -EPERM);
	assert_int_equal(call_under(&s, SYS_getuid, 0, 0), -ENOTTY);
	assert_int_equal(call_under(&s, SYS_geteuid, 0, 0), -ENOTTY);
	assert_int_equal(call_under(&s, SYS_getgid, 0, 0), (int)getgid());
	/* A default that allows has no stub before it; the kernel itself says this. */
	assert_int_equal(call_under(&s, TOO_NEW, 0, 0), -ENOSYS);
}

/* What the child itself needs, and getppid. */
static const struct spec_seccomp_rule needed[] = {
	{ .names = NAMES("write", "exit_group", "exit", "getppid"), .action = "SCMP_ACT_ALLOW" },
};

static void the_default_denies_and_what_is_too_new_is_enosys(void **state)
{
	struct spec_seccomp s = profile("SCMP_ACT_ERRNO", needed, 1);

	(void)state;
	assert_int_equal(call_under(&s, SYS_getppid, 0, 0), (int)getpid());
	/* 102 is below exit_group (231), which the profile names. */
	assert_int_equal(call_under(&s, SYS_getuid, 0, 0), -EPERM);
	assert_int_equal(call_under(&s, TOO_NEW, 0, 0), -ENOSYS);
	assert_int_equal(call_under(&s, SYS_exit_group + 1, 0, 0), -ENOSYS);

	s.default_errno_ret = (struct opt_u32)ERRNO_IS(EACCES);
	assert_int_equal(call_under(&s, SYS_getuid, 0, 0), -EACCES);
	assert_int_equal(call_under(&s, TOO_NEW, 0, 0), -ENOSYS);
}

static void killing_defaults_spare_what_is_too_new(void **state)
{
	const struct spec_seccomp process = profile("SCMP_ACT_KILL_PROCESS", needed, 1);
	const struct spec_seccomp thread = profile("SCMP_ACT_KILL", needed, 1);
	const struct spec_seccomp trap = profile("SCMP_ACT_TRAP", needed, 1);

	(void)state;
	assert_int_equal(call_under(&process, SYS_getuid, 0, 0), 1000 + SIGSYS);
	assert_int_equal(call_under(&thread, SYS_getuid, 0, 0), 1000 + SIGSYS);
	assert_int_equal(call_under(&trap, SYS_getuid, 0, 0), 1000 + SIGSYS);
	assert_int_equal(call_under(&process, TOO_NEW, 0, 0), -ENOSYS);
}

static void log_and_trace_say_what_they_do(void **state)
{
	const struct spec_seccomp_rule rules[] = {
		{ .names = NAMES("getuid"), .action = "SCMP_ACT_LOG" },
		{ .names = NAMES("getgid"), .action = "SCMP_ACT_TRACE" },
	};
	const struct spec_seccomp s = profile("SCMP_ACT_ALLOW", rules, 2);

	(void)state;
	assert_int_equal(call_under(&s, SYS_getuid, 0, 0), (int)getuid());
	assert_int_equal(call_under(&s, SYS_getgid, 0, 0), -ENOSYS); /* no tracer: seccomp(2) */
}

/* Does `getppid(a0, a1)` get the rule's errno when this condition guards it? */
static bool matches(struct spec_seccomp_arg arg, unsigned long a0, unsigned long a1)
{
	const struct spec_seccomp_rule rule = { .names = NAMES("getppid"),
						.action = "SCMP_ACT_ERRNO",
						.errno_ret = ERRNO_IS(EXDEV),
						.args = &arg,
						.n_args = 1 };
	const struct spec_seccomp s = profile("SCMP_ACT_ALLOW", &rule, 1);
	int r = call_under(&s, SYS_getppid, a0, a1);

	assert_true(r == -EXDEV || r == (int)getpid());
	return r == -EXDEV;
}

static void operators_compare_64_bits(void **state)
{
	const uint64_t big = 0x100000005;

	(void)state;
	assert_true(matches((struct spec_seccomp_arg){ 0, big, 0, "SCMP_CMP_EQ" }, big, 0));
	assert_false(matches((struct spec_seccomp_arg){ 0, big, 0, "SCMP_CMP_EQ" }, 5, 0));
	assert_true(matches((struct spec_seccomp_arg){ 1, 5, 0, "SCMP_CMP_NE" }, 5, big));
	assert_false(matches((struct spec_seccomp_arg){ 1, 5, 0, "SCMP_CMP_NE" }, 0, 5));
	assert_true(matches((struct spec_seccomp_arg){ 0, 5, 0, "SCMP_CMP_LT" }, 4, 0));
	assert_false(matches((struct spec_seccomp_arg){ 0, 5, 0, "SCMP_CMP_LT" }, big, 0));
	assert_true(matches((struct spec_seccomp_arg){ 0, 5, 0, "SCMP_CMP_LE" }, 5, 0));
	assert_false(matches((struct spec_seccomp_arg){ 0, 5, 0, "SCMP_CMP_LE" }, 6, 0));
	assert_true(matches((struct spec_seccomp_arg){ 0, 5, 0, "SCMP_CMP_GE" }, 5, 0));
	assert_false(matches((struct spec_seccomp_arg){ 0, 5, 0, "SCMP_CMP_GE" }, 4, 0));
	assert_true(matches((struct spec_seccomp_arg){ 0, 5, 0, "SCMP_CMP_GT" }, big, 0));
	assert_false(matches((struct spec_seccomp_arg){ 0, 5, 0, "SCMP_CMP_GT" }, 5, 0));
	/* value is the mask, valueTwo what is compared. */
	assert_true(
		matches((struct spec_seccomp_arg){ 0, 0xf0, 0x50, "SCMP_CMP_MASKED_EQ" }, 0x5f, 0));
	assert_false(
		matches((struct spec_seccomp_arg){ 0, 0xf0, 0x50, "SCMP_CMP_MASKED_EQ" }, 0x6f, 0));
}

static void two_arguments_are_both_needed_one_twice_is_either(void **state)
{
	const struct spec_seccomp_arg both[] = { { 0, 1, 0, "SCMP_CMP_EQ" },
						 { 1, 2, 0, "SCMP_CMP_EQ" } };
	const struct spec_seccomp_arg twice[] = { { 0, 1, 0, "SCMP_CMP_EQ" },
						  { 0, 2, 0, "SCMP_CMP_EQ" } };
	struct spec_seccomp_rule rule = {
		.names = NAMES("getppid"), .action = "SCMP_ACT_ERRNO", .args = both, .n_args = 2
	};
	const struct spec_seccomp s = profile("SCMP_ACT_ALLOW", &rule, 1);

	(void)state;
	assert_int_equal(call_under(&s, SYS_getppid, 1, 2), -EPERM);
	assert_int_equal(call_under(&s, SYS_getppid, 1, 3), (int)getpid());
	rule.args = twice;
	assert_int_equal(call_under(&s, SYS_getppid, 1, 9), -EPERM);
	assert_int_equal(call_under(&s, SYS_getppid, 2, 9), -EPERM);
	assert_int_equal(call_under(&s, SYS_getppid, 3, 9), (int)getpid());
}

static void redundant_and_repeated_rules_are_taken(void **state)
{
	const struct spec_seccomp_rule rules[] = {
		{ .names = NAMES("getuid"), .action = "SCMP_ACT_ERRNO" },
		{ .names = NAMES("getuid"), .action = "SCMP_ACT_ERRNO" },
		{ .names = NAMES("getgid"), .action = "SCMP_ACT_ALLOW" }, /* as the default */
		{ .names = NAMES("getppid"),
		  .action = "SCMP_ACT_ERRNO",
		  .errno_ret = ERRNO_IS(EXDEV) },
	};
	const struct spec_seccomp s = profile("SCMP_ACT_ALLOW", rules, 4);

	(void)state;
	assert_int_equal(call_under(&s, SYS_getuid, 0, 0), -EPERM);
	assert_int_equal(call_under(&s, SYS_getgid, 0, 0), (int)getgid());
	assert_int_equal(call_under(&s, SYS_getppid, 0, 0), -EXDEV);
}

static void many_architectures_and_many_names(void **state)
{
	struct spec_seccomp s = profile("SCMP_ACT_ERRNO", needed, 1);

	(void)state;
	s.architectures = (struct strs)NAMES(
		"SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32", "SCMP_ARCH_AARCH64",
		"SCMP_ARCH_ARM", "SCMP_ARCH_S390X", "SCMP_ARCH_LOONGARCH64", "SCMP_ARCH_X86");
	assert_int_equal(call_under(&s, SYS_getppid, 0, 0), (int)getpid());
	assert_int_equal(call_under(&s, SYS_getuid, 0, 0), -EPERM);
	assert_int_equal(call_under(&s, TOO_NEW, 0, 0), -ENOSYS);
#ifdef __x86_64__
	assert_int_equal(call_under(&s, 0x40000000 + 102, 0, 0), -EPERM);
	assert_int_equal(call_under(&s, 0x40000000 + TOO_NEW, 0, 0), -ENOSYS);
#endif
}

static void unknown_calls_are_told_and_left_out(void **state)
{
	autodone(seccomp_filter) struct seccomp_filter f = SECCOMP_FILTER_INIT;
	autodone(strbuf) struct strbuf said = STRBUF_INIT;
	const struct spec_seccomp_rule rule = { .names = NAMES("no_such_call", "getuid"),
						.action = "SCMP_ACT_ERRNO" };
	const struct spec_seccomp s = profile("SCMP_ACT_ALLOW", &rule, 1);
	const struct log_sink log = { remember, &said, LOG_LEVEL_DEBUG };
	const struct seccomp_options options = { .log = &log };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(seccomp_compile(&s, &options, &f, &e), 0);
	assert_non_null(strstr(strbuf_str(&said), "unknown system call \"no_such_call\""));
	assert_int_equal(call_under(&s, SYS_getuid, 0, 0), -EPERM);
}

/* --- what is refused ------------------------------------------------------------------- */

static void bad_names_have_runcs_words(void **state)
{
	const struct spec_seccomp_arg bad_op = { 0, 1, 0, "SCMP_CMP_X" };
	const struct spec_seccomp_arg bad_index = { 6, 1, 0, "SCMP_CMP_EQ" };
	struct spec_seccomp_rule rules[] = {
		{ .names = NAMES("getuid"), .action = "SCMP_ACT_ERRNO" },
		{ .names = NAMES("getgid"), .action = "SCMP_ACT_X" },
	};
	struct spec_seccomp s = profile("SCMP_ACT_ALLOW", rules, 2);
	struct err e;

	(void)state;
	assert_int_equal(compile_error(&s, &e), -EINVAL);
	assert_string_equal(e.text, "linux.seccomp.syscalls[1]: string SCMP_ACT_X is not a valid "
				    "action for seccomp");
	assert_int_equal(e.kind, ERR_CONFIG);

	rules[1].action = "SCMP_ACT_ERRNO";
	rules[1].args = &bad_op;
	rules[1].n_args = 1;
	assert_int_equal(compile_error(&s, &e), -EINVAL);
	assert_string_equal(e.text,
			    "linux.seccomp.syscalls[1]: args[0]: string SCMP_CMP_X is not a "
			    "valid operator for seccomp");
	rules[1].args = &bad_index;
	assert_int_equal(compile_error(&s, &e), -EINVAL);
	assert_non_null(strstr(e.text, "args[0]: index: 6"));

	s = profile("SCMP_ACT_Y", rules, 1);
	assert_int_equal(compile_error(&s, &e), -EINVAL);
	assert_string_equal(e.text, "linux.seccomp.defaultAction: string SCMP_ACT_Y is not a valid "
				    "action for seccomp");
	s.default_action = NULL;
	assert_int_equal(compile_error(&s, &e), -EINVAL);

	s = profile("SCMP_ACT_ALLOW", rules, 1);
	s.architectures = (struct strs)NAMES("SCMP_ARCH_X86_64", "SCMP_ARCH_Z");
	assert_int_equal(compile_error(&s, &e), -EINVAL);
	assert_string_equal(e.text, "linux.seccomp.architectures[1]: string SCMP_ARCH_Z is not a "
				    "valid arch for seccomp");
	s.architectures = (struct strs)NAMES("x86_64");
	assert_int_equal(compile_error(&s, &e), -EINVAL);
}

static void errnos_must_fit(void **state)
{
	struct spec_seccomp_rule rule = { .names = NAMES("getuid"),
					  .action = "SCMP_ACT_ERRNO",
					  .errno_ret = ERRNO_IS(4096) };
	struct spec_seccomp s = profile("SCMP_ACT_ALLOW", &rule, 1);
	struct err e;

	(void)state;
	assert_int_equal(compile_error(&s, &e), -ERANGE);
	assert_string_equal(e.text, "linux.seccomp.syscalls[0]: errno 4096 is above 4095");
	rule.action = "SCMP_ACT_KILL";
	rule.errno_ret.v = 1;
	assert_int_equal(compile_error(&s, &e), -EINVAL);
	assert_non_null(strstr(e.text, "SCMP_ACT_KILL takes no errno"));
	rule.errno_ret.set = false;
	s.default_errno_ret = (struct opt_u32)ERRNO_IS(1);
	assert_int_equal(compile_error(&s, &e), -EINVAL);
	assert_non_null(
		strstr(e.text, "linux.seccomp.defaultAction: action SCMP_ACT_ALLOW takes no"));
}

static void notify_is_not_for_everything(void **state)
{
	autodone(seccomp_filter) struct seccomp_filter f = SECCOMP_FILTER_INIT;
	struct spec_seccomp_rule rule = { .names = NAMES("mkdir"), .action = "SCMP_ACT_NOTIFY" };
	struct spec_seccomp s = profile("SCMP_ACT_ALLOW", &rule, 1);
	const struct seccomp_options by_receiver = { .receiver = "/run/agent.sock" };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(seccomp_compile(&s, &no_options, &f, &e), 0);
	assert_true(f.notifies);
	assert_true(f.flags & SECCOMP_FILTER_FLAG_NEW_LISTENER);
	seccomp_filter_done(&f);
	rule.names = (struct strs)NAMES("mkdir", "write");
	assert_int_equal(compile_error(&s, &e), -EINVAL);
	assert_string_equal(e.text, "linux.seccomp.syscalls[0]: SCMP_ACT_NOTIFY cannot be used "
				    "for the write syscall");
	/* Where it is not runc who is asked, it can. */
	assert_int_equal(seccomp_compile(&s, &by_receiver, &f, &e), 0);
	seccomp_filter_done(&f);
	s = profile("SCMP_ACT_NOTIFY", NULL, 0);
	assert_int_equal(compile_error(&s, &e), -EINVAL);
	assert_string_equal(e.text, "linux.seccomp.defaultAction: SCMP_ACT_NOTIFY cannot be used "
				    "as default action");
}

static void absent_and_empty_mean_no_filter(void **state)
{
	const struct spec_seccomp empty = { 0 };
	struct seccomp_filter f;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(seccomp_compile(NULL, &no_options, &f, &e), 0);
	assert_null(f.insns);
	assert_int_equal(seccomp_filter_load(&f, &e), 0);
	assert_int_equal(seccomp_compile(&empty, &no_options, &f, &e), 0);
	assert_null(f.insns);
}

static void loading_without_privilege_is_an_error(void **state)
{
	autodone(seccomp_filter) struct seccomp_filter f = SECCOMP_FILTER_INIT;
	const struct spec_seccomp s = profile("SCMP_ACT_ERRNO", needed, 1);
	struct err e = { 0 };
	int status;

	(void)state;
	assert_int_equal(seccomp_compile(&s, &no_options, &f, &e), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (geteuid() == 0 && setresuid(1000, 1000, 1000) < 0)
			_exit(2);
		_exit(seccomp_filter_load(&f, &e) == -EACCES &&
				      strstr(e.text, "linux.seccomp: seccomp(2): permission denied")
			      ? 0
			      : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* --- flags --------------------------------------------------------------------------- */

static unsigned int flags_of(struct spec_seccomp *s)
{
	autodone(seccomp_filter) struct seccomp_filter f = SECCOMP_FILTER_INIT;
	struct err e = { 0 };

	assert_int_equal(seccomp_compile(s, &no_options, &f, &e), 0);
	return f.flags;
}

static void flags_are_those_asked_or_the_default(void **state)
{
	struct spec_seccomp s = profile("SCMP_ACT_ALLOW", NULL, 0);
	struct err e;

	(void)state;
	s.syscalls = needed;
	s.n_syscalls = 1;
	bool spec_allow = seccomp_flag_supported("SECCOMP_FILTER_FLAG_SPEC_ALLOW");
	assert_int_equal(flags_of(&s), spec_allow ? SECCOMP_FILTER_FLAG_SPEC_ALLOW : 0);
	s.flags_set = true;
	assert_int_equal(flags_of(&s), 0);
	s.flags = (struct strs)NAMES("SECCOMP_FILTER_FLAG_TSYNC");
	assert_int_equal(flags_of(&s), 0);
	if (seccomp_flag_supported("SECCOMP_FILTER_FLAG_LOG")) {
		s.flags =
			(struct strs)NAMES("SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_TSYNC");
		assert_int_equal(flags_of(&s), SECCOMP_FILTER_FLAG_LOG);
	}
	s.flags = (struct strs)NAMES("SECCOMP_FILTER_FLAG_X");
	assert_int_equal(compile_error(&s, &e), -EINVAL);
	assert_string_equal(
		e.text, "linux.seccomp.flags[0]: seccomp flag SECCOMP_FILTER_FLAG_X is not known");
	assert_false(seccomp_flag_supported("SECCOMP_FILTER_FLAG_X"));
}

static void assert_sorted(const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		assert_non_null(names[i]);
		if (i > 0)
			assert_true(strcmp(names[i - 1], names[i]) < 0);
	}
	assert_null(names[n]);
}

static void names_for_features_are_sorted_and_all_there(void **state)
{
	(void)state;
	assert_sorted(seccomp_action_names, 9);
	assert_sorted(seccomp_operator_names, 7);
	assert_sorted(seccomp_arch_names, 23);
	assert_sorted(seccomp_flag_names, 4);
	assert_string_equal(seccomp_action_names[2], "SCMP_ACT_KILL");
	assert_string_equal(seccomp_operator_names[5], "SCMP_CMP_MASKED_EQ");

	assert_int_equal(strncmp(seccomp_library_version(), "2.", 2), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_denied_call_gets_its_errno),
		cmocka_unit_test(the_default_denies_and_what_is_too_new_is_enosys),
		cmocka_unit_test(killing_defaults_spare_what_is_too_new),
		cmocka_unit_test(log_and_trace_say_what_they_do),
		cmocka_unit_test(operators_compare_64_bits),
		cmocka_unit_test(two_arguments_are_both_needed_one_twice_is_either),
		cmocka_unit_test(redundant_and_repeated_rules_are_taken),
		cmocka_unit_test(many_architectures_and_many_names),
		cmocka_unit_test(unknown_calls_are_told_and_left_out),
		cmocka_unit_test(bad_names_have_runcs_words),
		cmocka_unit_test(errnos_must_fit),
		cmocka_unit_test(notify_is_not_for_everything),
		cmocka_unit_test(absent_and_empty_mean_no_filter),
		cmocka_unit_test(loading_without_privilege_is_an_error),
		cmocka_unit_test(flags_are_those_asked_or_the_default),
		cmocka_unit_test(names_for_features_are_sorted_and_all_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
