/* SPDX-License-Identifier: Apache-2.0 */
#include "hooks/hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/proc.h"
#include "base/retry.h"
#include "plan/annotations.h"

/* Of each stream in a message; the end of it tells most. */
#define OUTPUT_SHOWN 800

/* The words of Go's runtime, which programs know from runc. */
static const char *const signal_words[] = {
	[1] = "hangup",
	[2] = "interrupt",
	[3] = "quit",
	[4] = "illegal instruction",
	[5] = "trace/breakpoint trap",
	[6] = "aborted",
	[7] = "bus error",
	[8] = "floating point exception",
	[9] = "killed",
	[10] = "user defined signal 1",
	[11] = "segmentation fault",
	[12] = "user defined signal 2",
	[13] = "broken pipe",
	[14] = "alarm clock",
	[15] = "terminated",
	[16] = "stack fault",
	[17] = "child exited",
	[18] = "continued",
	[19] = "stopped (signal)",
	[20] = "stopped",
	[21] = "stopped (tty input)",
	[22] = "stopped (tty output)",
	[23] = "urgent I/O condition",
	[24] = "CPU time limit exceeded",
	[25] = "file size limit exceeded",
	[26] = "virtual timer expired",
	[27] = "profiling timer expired",
	[28] = "window changed",
	[29] = "I/O possible",
	[30] = "power failure",
	[31] = "bad system call",
};

static void add_status(struct strbuf *out, int status)
{
	if (WIFEXITED(status)) {
		strbuf_addf(out, "exit status %d", WEXITSTATUS(status));
		return;
	}

	size_t sig = (size_t)WTERMSIG(status);
	if (sig < ARRAY_SIZE(signal_words) && signal_words[sig])
		strbuf_addf(out, "signal: %s", signal_words[sig]);
	else
		strbuf_addf(out, "signal: signal %zu", sig);
	if (WCOREDUMP(status))
		strbuf_adds(out, " (core dumped)");
}

static void add_output(struct strbuf *out, const char *name, const struct strbuf *text)
{
	const char *s = strbuf_str(text);

	strbuf_addf(out, ", %s: ", name);
	if (text->len > OUTPUT_SHOWN) {
		strbuf_adds(out, "...");
		s += text->len - OUTPUT_SHOWN;
	}
	strbuf_adds(out, s);
}

static int timeout_ms(const struct spec_hook *hook)
{
	if (!hook->timeout.set || hook->timeout.v <= 0)
		return 0;
	return hook->timeout.v > INT_MAX / 1000 ? INT_MAX : (int)hook->timeout.v * 1000;
}

static int run_hook(const struct spec_hook *hook, const struct hook_context *ctx, struct err *e)
{
	static const char *const no_env[] = { NULL };
	const char *const only_path[] = { hook->path, NULL };
	const char *const *env = hook->env.n > 0 ? hook->env.v : no_env;
	const struct proc_helper helper = {
		.path = hook->path,
		.argv = hook->args.n > 0 ? hook->args.v : only_path,
		.envp = hook->env_set ? env : ctx->default_env,
		.cwd = ctx->cwd,
		.input = ctx->state_json,
		.input_len = ctx->state_json ? strlen(ctx->state_json) : 0,
		.timeout_ms = timeout_ms(hook),
		.out_fd = ctx->out_fd,
		.err_fd = ctx->err_fd,
	};
	autodone(proc_result) struct proc_result result;
	autodone(strbuf) struct strbuf text = STRBUF_INIT;

	int r = proc_run(&helper, &result, e);
	if (r < 0)
		return r;
	if (result.timed_out)
		return err_set(e, ETIMEDOUT, "hook ran past specified timeout of %lld.0s",
			       (long long)hook->timeout.v);
	add_status(&text, result.status);
	add_output(&text, "stdout", &result.out);
	add_output(&text, "stderr", &result.err);
	if (result.status != 0)
		return err_set(e, EPROTO, "%s", strbuf_str(&text));
	log_debug(ctx->log, "%s hook %s: %s", spec_hook_names[ctx->kind], hook->path,
		  strbuf_str(&text));
	return 0;
}

static int run_nth(const struct spec_hooks *hooks, size_t i, const struct hook_context *ctx,
		   struct err *e)
{
	if (run_hook(&hooks->list[ctx->kind].v[i], ctx, e) < 0)
		return err_ctx(e, "error running %s hook #%zu", spec_hook_names[ctx->kind], i);
	return 0;
}

/* --- files for what they say --------------------------------------------------------------- */

static int open_file(const struct hook_context *ctx, const char *key, int *ret, struct err *e)
{
	const char *path = plan_annotation(ctx->annotations, key);

	if (!path || !*path || *ret > 0)
		return 0;
	if (path[0] != '/')
		return err_set_kind(e, ERR_CONFIG, EINVAL, "annotation %s: \"%s\" must be absolute",
				    key, path);
	*ret = RETRY(open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
			  0600));
	if (*ret < 0) {
		*ret = 0;
		return err_errno(e, "annotation %s: open %s", key, path);
	}
	return 0;
}

int hooks_open_files(struct hook_context *ctx, struct err *e)
{
	int r = open_file(ctx, ANNOTATION_HOOKS_STDOUT, &ctx->out_fd, e);

	return r < 0 ? r : open_file(ctx, ANNOTATION_HOOKS_STDERR, &ctx->err_fd, e);
}

/* What hooks_open_files() opened beyond what was open in @given. */
static void close_files(const struct hook_context *ctx, const struct hook_context *given)
{
	if (ctx->out_fd > 0 && given->out_fd <= 0)
		(void)close(ctx->out_fd);
	if (ctx->err_fd > 0 && given->err_fd <= 0)
		(void)close(ctx->err_fd);
}

/* --- the whole ----------------------------------------------------------------------------- */

int hooks_run(const struct spec_hooks *hooks, const struct hook_context *given, struct err *e)
{
	struct hook_context ctx = *given;
	int r = 0;

	if (hooks->list[ctx.kind].n > 0)
		r = hooks_open_files(&ctx, e);
	for (size_t i = 0; r == 0 && i < hooks->list[ctx.kind].n; i++)
		r = run_nth(hooks, i, &ctx, e);
	close_files(&ctx, given);
	return r;
}

void hooks_run_all(const struct spec_hooks *hooks, const struct hook_context *given)
{
	struct hook_context ctx = *given;
	struct err e = { 0 };

	if (hooks->list[ctx.kind].n > 0 && hooks_open_files(&ctx, &e) < 0)
		log_warn(ctx.log, "%s", e.text);
	for (size_t i = 0; i < hooks->list[ctx.kind].n; i++)
		if (run_nth(hooks, i, &ctx, &e) < 0)
			log_warn(ctx.log, "unable to destroy container: %s", e.text);
	close_files(&ctx, given);
}
