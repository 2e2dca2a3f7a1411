/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "hooks/hooks.h"

#define STATE "{\"id\":\"x\",\"status\":\"creating\"}"

/* A directory that the hooks leave their traces in. */
static char dir[] = "/tmp/vial-hooks.XXXXXX";

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	char path[64];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/out", dir);
	(void)unlink(path);
	return rmdir(dir);
}

static void assert_trace(const char *expected)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;
	char path[64];
	struct err e = { 0 };

	(void)snprintf(path, sizeof(path), "%s/out", dir);
	assert_int_equal(file_read_at(AT_FDCWD, path, 0, &text, &e), 0);
	assert_string_equal(strbuf_str(&text), expected);
	assert_int_equal(unlink(path), 0);
}

static void remember(void *arg, enum log_level level, const char *text)
{
	if (level == LOG_LEVEL_WARNING)
		strbuf_addf(arg, "%s\n", text);
}

/* `sh -c script`, in three words that live as long as the program. */
static struct spec_hook shell(const char *const *argv, int64_t timeout)
{
	return (struct spec_hook){
		.path = "/bin/sh",
		.args = { argv, 3 },
		.timeout = { timeout > 0, timeout },
	};
}

static struct spec_hooks list_of(enum hook_kind kind, const struct spec_hook *hooks, size_t n)
{
	struct spec_hooks all = { 0 };

	all.list[kind].v = hooks;
	all.list[kind].n = n;
	return all;
}

static struct hook_context context(enum hook_kind kind)
{
	return (struct hook_context){ .kind = kind, .state_json = STATE, .cwd = dir };
}

static void hooks_run_in_order_in_their_directory(void **state)
{
	static const char *const one[] = { "sh", "-c", "echo 1 >>out", NULL };
	static const char *const two[] = { "sh", "-c", "sleep 0.1; echo 2 >>out", NULL };
	static const char *const three[] = { "sh", "-c", "echo 3 >>out", NULL };
	const struct spec_hook hooks[] = { shell(one, 0), shell(two, 5), shell(three, 0) };
	const struct spec_hooks all = list_of(HOOK_PRESTART, hooks, 3);
	const struct hook_context ctx = context(HOOK_PRESTART);
	struct err e = { 0 };

	(void)state;
	assert_int_equal(hooks_run(&all, &ctx, &e), 0);
	assert_trace("1\n2\n3\n");
}

static void other_kinds_do_not_run(void **state)
{
	static const char *const fails[] = { "sh", "-c", "exit 1", NULL };
	const struct spec_hook hooks[] = { shell(fails, 0) };
	const struct spec_hooks all = list_of(HOOK_POSTSTOP, hooks, 1);
	const struct hook_context ctx = context(HOOK_CREATE_RUNTIME);
	struct err e = { 0 };

	(void)state;
	assert_int_equal(hooks_run(&all, &ctx, &e), 0);
}

static void the_first_failure_stops(void **state)
{
	static const char *const one[] = { "sh", "-c", "echo 1 >>out", NULL };
	static const char *const fails[] = { "sh", "-c", "echo said; echo why >&2; exit 1", NULL };
	static const char *const never[] = { "sh", "-c", "echo never >>out", NULL };
	const struct spec_hook hooks[] = { shell(one, 0), shell(fails, 0), shell(never, 0) };
	const struct spec_hooks all = list_of(HOOK_CREATE_RUNTIME, hooks, 3);
	const struct hook_context ctx = context(HOOK_CREATE_RUNTIME);
	struct err e = { 0 };

	(void)state;
	assert_true(hooks_run(&all, &ctx, &e) < 0);
	assert_string_equal(e.text, "error running createRuntime hook #1: exit status 1, "
				    "stdout: said\n, stderr: why\n");
	assert_trace("1\n");
}

static void silence_has_runcs_words(void **state)
{
	static const char *const fails[] = { "sh", "-c", "exit 1", NULL };
	const struct spec_hook hooks[] = { shell(fails, 0) };
	const struct spec_hooks all = list_of(HOOK_POSTSTART, hooks, 1);
	const struct hook_context ctx = context(HOOK_POSTSTART);
	struct err e = { 0 };

	(void)state;
	assert_true(hooks_run(&all, &ctx, &e) < 0);
	assert_string_equal(e.text,
			    "error running poststart hook #0: exit status 1, stdout: , stderr: ");
}

static void a_timeout_has_runcs_words(void **state)
{
	static const char *const hangs[] = { "sh", "-c", "sleep 30; :", NULL };
	const struct spec_hook hooks[] = { shell(hangs, 1) };
	const struct spec_hooks all = list_of(HOOK_PRESTART, hooks, 1);
	const struct hook_context ctx = context(HOOK_PRESTART);
	struct err e = { 0 };

	(void)state;
	assert_int_equal(hooks_run(&all, &ctx, &e), -ETIMEDOUT);
	assert_string_equal(
		e.text, "error running prestart hook #0: hook ran past specified timeout of 1.0s");
}

static void a_signal_has_gos_words(void **state)
{
	static const char *const killed[] = { "sh", "-c", "kill -KILL $$", NULL };
	static const char *const sys[] = { "sh", "-c", "ulimit -c 0; kill -SYS $$", NULL };
	const struct spec_hook one[] = { shell(killed, 0) }, two[] = { shell(sys, 0) };
	const struct spec_hooks first = list_of(HOOK_CREATE_CONTAINER, one, 1);
	const struct spec_hooks second = list_of(HOOK_START_CONTAINER, two, 1);
	struct hook_context ctx = context(HOOK_CREATE_CONTAINER);
	struct err e = { 0 };

	(void)state;
	assert_true(hooks_run(&first, &ctx, &e) < 0);
	assert_string_equal(e.text, "error running createContainer hook #0: signal: killed, "
				    "stdout: , stderr: ");
	ctx.kind = HOOK_START_CONTAINER;
	assert_true(hooks_run(&second, &ctx, &e) < 0);
	assert_non_null(strstr(e.text, "startContainer hook #0: signal: bad system call"));
}

static void a_missing_program_has_gos_words(void **state)
{
	const struct spec_hook hooks[] = { { .path = "/nonexistent/hook" } };
	const struct spec_hooks all = list_of(HOOK_PRESTART, hooks, 1);
	const struct hook_context ctx = context(HOOK_PRESTART);
	struct err e = { 0 };

	(void)state;
	assert_int_equal(hooks_run(&all, &ctx, &e), -ENOENT);
	assert_string_equal(e.text, "error running prestart hook #0: fork/exec /nonexistent/hook: "
				    "no such file or directory");
}

static void the_state_comes_on_standard_input(void **state)
{
	static const char *const copy[] = { "sh", "-c", "cat >out", NULL };
	const struct spec_hook hooks[] = { shell(copy, 0) };
	const struct spec_hooks all = list_of(HOOK_PRESTART, hooks, 1);
	const struct hook_context ctx = context(HOOK_PRESTART);
	struct err e = { 0 };

	(void)state;
	assert_int_equal(hooks_run(&all, &ctx, &e), 0);
	assert_trace(STATE);
}

static void args_are_argv_verbatim(void **state)
{
	static const char *const argv[] = {
		"my name", "-c", "tr '\\0' '|' </proc/$$/cmdline >out; :", "a b", "", NULL
	};
	const struct spec_hook hooks[] = { { .path = "/bin/sh", .args = { argv, 5 } } };
	const struct spec_hooks all = list_of(HOOK_PRESTART, hooks, 1);
	const struct hook_context ctx = context(HOOK_PRESTART);
	struct err e = { 0 };

	(void)state;
	assert_int_equal(hooks_run(&all, &ctx, &e), 0);
	assert_trace("my name|-c|tr '\\0' '|' </proc/$$/cmdline >out; :|a b||");
}

static void without_args_argv_is_the_path(void **state)
{
	/* sh reads its script from standard input then. */
	const struct spec_hook hooks[] = { { .path = "/bin/sh" } };
	const struct spec_hooks all = list_of(HOOK_PRESTART, hooks, 1);
	struct hook_context ctx = context(HOOK_PRESTART);
	struct err e = { 0 };

	(void)state;
	ctx.state_json = "tr '\\0' '|' </proc/$$/cmdline >out; exit 0";
	assert_int_equal(hooks_run(&all, &ctx, &e), 0);
	assert_trace("/bin/sh|");
}

static void environment_is_the_configs_or_the_default(void **state)
{
	static const char *const show[] = { "sh", "-c", "echo \"[$A$B$C]\" >>out", NULL };
	static const char *const own[] = { "A=own", NULL };
	static const char *const fallback[] = { "B=default", NULL };
	struct spec_hook hooks[] = { shell(show, 0), shell(show, 0), shell(show, 0) };
	struct spec_hooks all;
	struct hook_context ctx = context(HOOK_PRESTART);
	struct err e = { 0 };

	(void)state;
	hooks[0].env = (struct strs){ own, 1 };
	hooks[0].env_set = true;
	hooks[1].env_set = true; /* "env": [] */
	all = list_of(HOOK_PRESTART, hooks, 3);
	ctx.default_env = fallback;
	assert_int_equal(setenv("C", "callers", 1), 0);
	assert_int_equal(hooks_run(&all, &ctx, &e), 0);
	assert_trace("[own]\n[]\n[default]\n");

	ctx.default_env = NULL;
	all = list_of(HOOK_PRESTART, &hooks[2], 1);
	assert_int_equal(hooks_run(&all, &ctx, &e), 0);
	assert_trace("[callers]\n");
}

static void long_output_shows_its_end_and_both_streams(void **state)
{
	static const char *const chatty[] = {
		"sh", "-c", "head -c 5000 /dev/zero | tr '\\0' a; echo END; echo ERR >&2; exit 9",
		NULL
	};
	const struct spec_hook hooks[] = { shell(chatty, 0) };
	const struct spec_hooks all = list_of(HOOK_PRESTART, hooks, 1);
	const struct hook_context ctx = context(HOOK_PRESTART);
	struct err e = { 0 };

	(void)state;
	assert_true(hooks_run(&all, &ctx, &e) < 0);
	assert_non_null(strstr(e.text, "exit status 9, stdout: ...aaa"));
	assert_non_null(strstr(e.text, "aEND\n, stderr: ERR\n"));
}

static void poststop_runs_all_and_warns(void **state)
{
	autodone(strbuf) struct strbuf warnings = STRBUF_INIT;
	static const char *const fails[] = { "sh", "-c", "exit 2", NULL };
	static const char *const runs[] = { "sh", "-c", "echo ran >>out", NULL };
	const struct spec_hook hooks[] = { shell(fails, 0), shell(runs, 0) };
	const struct spec_hooks all = list_of(HOOK_POSTSTOP, hooks, 2);
	const struct log_sink log = { remember, &warnings, LOG_LEVEL_WARNING };
	struct hook_context ctx = context(HOOK_POSTSTOP);

	(void)state;
	ctx.log = &log;
	hooks_run_all(&all, &ctx);
	assert_trace("ran\n");
	assert_string_equal(strbuf_str(&warnings),
			    "unable to destroy container: error running poststop hook #0: "
			    "exit status 2, stdout: , stderr: \n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hooks_run_in_order_in_their_directory),
		cmocka_unit_test(other_kinds_do_not_run),
		cmocka_unit_test(the_first_failure_stops),
		cmocka_unit_test(silence_has_runcs_words),
		cmocka_unit_test(a_timeout_has_runcs_words),
		cmocka_unit_test(a_signal_has_gos_words),
		cmocka_unit_test(a_missing_program_has_gos_words),
		cmocka_unit_test(the_state_comes_on_standard_input),
		cmocka_unit_test(args_are_argv_verbatim),
		cmocka_unit_test(without_args_argv_is_the_path),
		cmocka_unit_test(environment_is_the_configs_or_the_default),
		cmocka_unit_test(long_output_shows_its_end_and_both_streams),
		cmocka_unit_test(poststop_runs_all_and_warns),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
