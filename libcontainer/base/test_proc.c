/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <poll.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/proc.h"
#include "base/sys.h"

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Runs `sh -c script`; the caller is done with @ret. */
static int run_shell(const char *script, const char *input, int timeout_ms, struct proc_result *ret,
		     struct err *e)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	const struct proc_helper h = {
		.path = "/bin/sh",
		.argv = argv,
		.input = input,
		.input_len = input ? strlen(input) : 0,
		.timeout_ms = timeout_ms,
	};

	return proc_run(&h, ret, e);
}

static void output_and_status_come_back(void **state)
{
	autodone(proc_result) struct proc_result r;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(run_shell("echo out; echo err >&2; exit 7", NULL, 0, &r, &e), 0);
	assert_false(r.timed_out);
	assert_true(WIFEXITED(r.status));
	assert_int_equal(WEXITSTATUS(r.status), 7);
	assert_string_equal(strbuf_str(&r.out), "out\n");
	assert_string_equal(strbuf_str(&r.err), "err\n");
}

static void a_signal_is_in_the_status(void **state)
{
	autodone(proc_result) struct proc_result r;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(run_shell("kill -TERM $$", NULL, 0, &r, &e), 0);
	assert_true(WIFSIGNALED(r.status));
	assert_int_equal(WTERMSIG(r.status), SIGTERM);
}

static void argv_and_env_are_verbatim(void **state)
{
	autodone(proc_result) struct proc_result r;
	static const char *const argv[] = { "zero", "-c", "echo $0 $1 $A $HOME; pwd",
					    "x y",  "z",  NULL };
	static const char *const envp[] = { "A=1", NULL };
	const struct proc_helper h = {
		.path = "/bin/sh", .argv = argv, .envp = envp, .cwd = "/proc"
	};
	struct err e = { 0 };

	(void)state;
	assert_int_equal(proc_run(&h, &r, &e), 0);
	assert_string_equal(strbuf_str(&r.out), "x y z 1\n/proc\n");
}

static void no_input_is_dev_null(void **state)
{
	autodone(proc_result) struct proc_result r;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(run_shell("readlink /proc/self/fd/0; cat", NULL, 5000, &r, &e), 0);
	assert_string_equal(strbuf_str(&r.out), "/dev/null\n");
}

static void a_program_that_is_missing_is_named(void **state)
{
	autodone(proc_result) struct proc_result r;
	static const char *const argv[] = { "x", NULL };
	const struct proc_helper h = { .path = "/nonexistent/program", .argv = argv };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(proc_run(&h, &r, &e), -ENOENT);
	assert_string_equal(e.text, "fork/exec /nonexistent/program: no such file or directory");
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* nothing is left to reap */
	assert_int_equal(errno, ECHILD);
}

static void a_program_that_may_not_run_is_named(void **state)
{
	autodone(proc_result) struct proc_result r;
	static const char *const argv[] = { "x", NULL };
	const struct proc_helper h = { .path = "/etc/passwd", .argv = argv };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(proc_run(&h, &r, &e), -EACCES);
	assert_string_equal(e.text, "fork/exec /etc/passwd: permission denied");
}

static void a_directory_that_is_missing_is_named(void **state)
{
	autodone(proc_result) struct proc_result r;
	static const char *const argv[] = { "true", NULL };
	const struct proc_helper h = { .path = "/bin/true", .argv = argv, .cwd = "/nonexistent" };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(proc_run(&h, &r, &e), -ENOENT);
	assert_string_equal(e.text,
			    "fork/exec /bin/true: chdir /nonexistent: no such file or directory");
}

/* Is some process alive whose environment holds @mark? */
static bool is_alive(const char *mark)
{
	autodone(proc_result) struct proc_result r;
	static const char *argv[] = { "sh", "-c", "grep -lsa -- \"$0\" /proc/[0-9]*/environ", NULL,
				      NULL };
	static const char *const envp[] = { "PATH=/usr/bin:/bin", NULL };
	const struct proc_helper h = {
		.path = "/bin/sh", .argv = argv, .envp = envp, .timeout_ms = 10000
	};
	struct err e = { 0 };

	argv[3] = mark;
	assert_int_equal(proc_run(&h, &r, &e), 0);
	return r.out.len > 0;
}

static void a_timeout_kills_the_whole_group(void **state)
{
	autodone(proc_result) struct proc_result r;
	char mark[64], script[256];
	struct err e = { 0 };

	(void)state;
	(void)snprintf(mark, sizeof(mark), "VIAL_MARK=%d.%lld", getpid(), (long long)now_ms());
	(void)snprintf(
		script, sizeof(script),
		"export %s; (sh -c 'sleep 60; :' & wait) & sh -c 'echo up; sleep 61; :'; :", mark);
	int64_t before = now_ms();
	assert_int_equal(run_shell(script, NULL, 3000, &r, &e), 0);
	assert_true(r.timed_out);
	assert_in_range(now_ms() - before, 2990, 30000);
	assert_string_equal(strbuf_str(&r.out), "up\n");
	/* Killed, but on a busy machine not at once gone. */
	for (int i = 0; i < 100 && is_alive(mark); i++)
		(void)poll(NULL, 0, 100);
	assert_false(is_alive(mark));
}

static void a_helper_in_time_is_not_timed_out(void **state)
{
	autodone(proc_result) struct proc_result r;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(run_shell("sleep 0.1; exit 3", NULL, 20000, &r, &e), 0);
	assert_false(r.timed_out);
	assert_int_equal(WEXITSTATUS(r.status), 3);
}

static void much_output_is_cut_and_does_not_block(void **state)
{
	autodone(proc_result) struct proc_result r;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(run_shell("head -c 1048576 /dev/zero | tr '\\0' x;"
				   "head -c 1048576 /dev/zero | tr '\\0' y >&2; exit 5",
				   NULL, 30000, &r, &e),
			 0);
	assert_false(r.timed_out);
	assert_int_equal(WEXITSTATUS(r.status), 5);
	assert_int_equal(r.out.len, 65536);
	assert_int_equal(r.err.len, 65536);
	assert_int_equal(r.out.data[65535], 'x');
	assert_int_equal(r.err.data[65535], 'y');
}

static void much_input_arrives_whole(void **state)
{
	autodone(proc_result) struct proc_result r;
	autofree char *input = malloc(1000001);
	struct err e = { 0 };

	(void)state;
	assert_non_null(input);
	memset(input, 'i', 1000000);
	input[1000000] = '\0';
	assert_int_equal(run_shell("sleep 0.1; wc -c", input, 30000, &r, &e), 0);
	assert_string_equal(strbuf_str(&r.out), "1000000\n");
}

static void input_that_nobody_reads_is_no_error(void **state)
{
	autodone(proc_result) struct proc_result r;
	autofree char *input = malloc(1000001);
	struct err e = { 0 };
	sigset_t pending;

	(void)state;
	assert_non_null(input);
	memset(input, 'i', 1000000);
	input[1000000] = '\0';
	assert_int_equal(run_shell("exec <&-; sleep 0.2; exit 4", input, 30000, &r, &e), 0);
	assert_int_equal(WEXITSTATUS(r.status), 4);
	assert_int_equal(sigpending(&pending), 0);
	assert_int_equal(sigismember(&pending, SIGPIPE), 0);
}

/* From now on rt_sigtimedwait(2) fails in this process. */
static bool deny_sigtimedwait(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_rt_sigtimedwait, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOMEM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(*code), code };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static void the_signal_of_a_pipe_goes_even_when_it_cannot_be_taken(void **state)
{
	int status;

	pid_t pid = fork();
	if (pid == 0) {
		if (!deny_sigtimedwait())
			_exit(99);
		input_that_nobody_reads_is_no_error(state);
		_exit(0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void the_callers_signal_mask_stays(void **state)
{
	autodone(proc_result) struct proc_result r;
	sigset_t before, after;
	struct err e = { 0 };

	(void)state;
	/* The kernel fills 8 bytes, glibc's type has more. */
	memset(&before, 0, sizeof(before));
	memset(&after, 0, sizeof(after));
	assert_int_equal(sigprocmask(SIG_SETMASK, NULL, &before), 0);
	assert_int_equal(run_shell(":", "x", 0, &r, &e), 0);
	assert_int_equal(sigprocmask(SIG_SETMASK, NULL, &after), 0);
	assert_memory_equal(&before, &after, sizeof(before));
}

static void stragglers_with_our_pipes_do_not_hold_us(void **state)
{
	autodone(proc_result) struct proc_result r;
	struct err e = { 0 };
	int64_t before = now_ms();

	(void)state;
	assert_int_equal(
		run_shell("export VIAL_STRAGGLER=1; sleep 20 & echo $!; exit 0", NULL, 0, &r, &e),
		0);
	assert_true(now_ms() - before < 10000);
	assert_true(WIFEXITED(r.status));

	uint64_t pid = 0;
	assert_non_null(r.out.data);
	r.out.data[strcspn(r.out.data, "\n")] = '\0';
	assert_int_equal(str_to_u64(r.out.data, INT32_MAX, &pid), 0);
	assert_true(is_alive("VIAL_STRAGGLER=1")); /* it lives on, as it may */
	assert_int_equal(kill((pid_t)pid, SIGKILL), 0);
}

static void a_helper_starts_clean(void **state)
{
	autodone(proc_result) struct proc_result r;
	autoclose int leak = open("/etc/passwd", O_RDONLY); /* not close-on-exec */
	struct err e = { 0 };
	sigset_t set, old;

	(void)state;
	assert_true(leak >= 0);
	assert_true(signal(SIGUSR1, SIG_IGN) != SIG_ERR);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR2);
	assert_int_equal(sigprocmask(SIG_BLOCK, &set, &old), 0);
	int rc = run_shell("grep -E '^Sig(Blk|Ign)' /proc/self/status;"
			   /* No pipe: the shell holds an end of it while it makes the processes. */
			   "for i in 0 1 2 3 4 5 6 7 8 9; do"
			   " [ ! -e /proc/$$/fd/$i ] || printf '%s ' $i; done;"
			   "cut -d' ' -f5 /proc/$$/stat | grep -cx $$",
			   NULL, 0, &r, &e);
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
	(void)signal(SIGUSR1, SIG_DFL);
	assert_int_equal(rc, 0);
	assert_string_equal(strbuf_str(&r.out), "SigBlk:\t0000000000000000\n"
						"SigIgn:\t0000000000000000\n"
						"0 1 2 1\n");
}

static void start_time_tells_processes_apart(void **state)
{
	uint64_t start;
	char letter = 0;

	(void)state;
	assert_int_equal(proc_start_time(getpid(), &start, &letter), 0);
	assert_int_equal(letter, 'R');

	autoclose int fd = proc_pidfd(getpid(), start);
	assert_true(fd >= 0);
	assert_int_equal(proc_pidfd(getpid(), start + 1), -ESRCH);
	assert_int_equal(proc_pidfd(0, start), -ESRCH);
	assert_int_equal(proc_start_time(INT32_MAX, &start, NULL), -ESRCH);
	assert_int_equal(proc_pidfd(INT32_MAX, start), -ESRCH);
}

static void a_zombie_has_no_pidfd_but_its_end_is_seen(void **state)
{
	uint64_t start;
	char letter;

	(void)state;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)pause();
		_exit(0);
	}
	autoclose int fd = sys_pidfd_open(pid, 0);
	assert_true(fd >= 0);
	assert_int_equal(proc_wait_pidfd(fd, 50), -ETIMEDOUT);
	assert_int_equal(proc_start_time(pid, &start, NULL), 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(proc_wait_pidfd(fd, 5000), 0);
	assert_int_equal(proc_start_time(pid, &start, &letter), 0);
	assert_int_equal(letter, 'Z');
	assert_int_equal(proc_pidfd(pid, start), -ESRCH);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(proc_wait_pidfd(-1, 10), -ETIMEDOUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(output_and_status_come_back),
		cmocka_unit_test(a_signal_is_in_the_status),
		cmocka_unit_test(argv_and_env_are_verbatim),
		cmocka_unit_test(no_input_is_dev_null),
		cmocka_unit_test(a_program_that_is_missing_is_named),
		cmocka_unit_test(a_program_that_may_not_run_is_named),
		cmocka_unit_test(a_directory_that_is_missing_is_named),
		cmocka_unit_test(a_timeout_kills_the_whole_group),
		cmocka_unit_test(a_helper_in_time_is_not_timed_out),
		cmocka_unit_test(much_output_is_cut_and_does_not_block),
		cmocka_unit_test(much_input_arrives_whole),
		cmocka_unit_test(input_that_nobody_reads_is_no_error),
		cmocka_unit_test(the_signal_of_a_pipe_goes_even_when_it_cannot_be_taken),
		cmocka_unit_test(the_callers_signal_mask_stays),
		cmocka_unit_test(stragglers_with_our_pipes_do_not_hold_us),
		cmocka_unit_test(a_helper_starts_clean),
		cmocka_unit_test(start_time_tells_processes_apart),
		cmocka_unit_test(a_zombie_has_no_pidfd_but_its_end_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
