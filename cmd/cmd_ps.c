/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/jsonw.h"
#include "cmd/cmd.h"
#include "cmd/pstable.h"

#define PS_OUTPUT_MAX (64u << 20) /* a host with a million processes */

static const struct option_row options[] = {
	{ "format", 'f', OPTION_TEXT, "'table' or 'json'", "table" },
	{ 0 },
};

/* The first program of a name on $PATH, as a shell finds it; directories of "" are left out. */
static const char *find_program(struct arena *a, const char *name, struct err *e)
{
	const char *path = getenv("PATH");
	char *rest = arena_strdup(a, path ? path : "");
	const char *dir;

	while ((dir = strsep(&rest, ":"))) {
		const char *file = arena_printf(a, "%s/%s", dir, name);

		if (*dir && access(file, X_OK) == 0)
			return file;
	}
	(void)err_set(e, ENOENT, "exec: \"%s\": executable file not found in $PATH", name);
	return NULL;
}

static _Noreturn void exec_ps(const char *file, char *const *argv, int out)
{
	if (dup2(out, STDOUT_FILENO) >= 0 && dup2(out, STDERR_FILENO) >= 0)
		(void)execv(file, argv);
	_exit(127);
}

static int wait_for(pid_t pid, const char *text, struct err *e)
{
	int status;
	pid_t r;

	do
		r = waitpid(pid, &status, 0);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return err_errno(e, "wait for ps: waitpid(2)");
	if (WIFSIGNALED(status))
		return err_set(e, ECHILD, "ps: signal %d: %s", WTERMSIG(status), text);
	if (WEXITSTATUS(status) != 0)
		return err_set(e, ECHILD, "exit status %d: %s", WEXITSTATUS(status), text);
	return 0;
}

/* Runs the host's ps; what it prints, errors too, goes to @text. */
static int run_ps(struct arena *a, const char *const *args, size_t n, struct strbuf *text,
		  struct err *e)
{
	const char **argv = arena_array(a, n + 3, const char *);
	int fds[2];

	argv[0] = "ps";
	argv[1] = "-ef";
	for (size_t i = 0; i < n; i++)
		argv[i + 1] = args[i];
	const char *file = find_program(a, "ps", e);
	if (!file)
		return -e->code;
	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_errno(e, "pipe2(2)");
	autoclose int in = fds[0];
	autoclose int out = fds[1];
	pid_t pid = fork();
	if (pid < 0)
		return err_errno(e, "fork(2)");
	if (pid == 0)
		exec_ps(file, (char *const *)(uintptr_t)argv, out);
	(void)close(take_fd(&out));
	int r = fd_read_all(in, PS_OUTPUT_MAX, text);
	if (r < 0) {
		(void)err_set(e, -r, "read the output of ps: %s", errno_text(-r));
		(void)kill(pid, SIGKILL);
		struct err ignored;
		return wait_for(pid, "", &ignored) < 0 ? -e->code : r;
	}
	return wait_for(pid, strbuf_str(text), e);
}

static void add_json(const pid_t *pids, size_t n, struct strbuf *out)
{
	struct jsonw w;

	if (n == 0) {
		strbuf_adds(out, "null\n"); /* an empty Go slice, which callers know */
		return;
	}
	jsonw_init(&w, out, "");
	jsonw_array(&w, NULL);
	for (size_t i = 0; i < n; i++)
		jsonw_i64(&w, NULL, pids[i]);
	jsonw_array_end(&w);
	strbuf_adds(out, "\n");
}

static int run(struct invocation *in, int *ret_status, struct err *e)
{
	const char *format = options_text(&in->local, "format");
	struct strbuf text autodone(strbuf) = STRBUF_INIT;
	struct strbuf table autodone(strbuf) = STRBUF_INIT;
	pid_t *pids autofree = NULL;
	size_t n = 0;

	(void)ret_status;
	int r = container_pids(&in->env, in->local.args[0], &pids, &n, e);
	if (r < 0)
		return r;
	if (format && str_eq(format, "json")) {
		add_json(pids, n, &text);
		return output(&text, e);
	}
	if (format && !str_eq(format, "table"))
		return err_set_kind(e, ERR_USAGE, EINVAL, "invalid format option");
	r = run_ps(&in->arena, in->local.args + 1, in->local.n_args - 1, &table, e);
	if (r == 0)
		r = ps_filter(strbuf_str(&table), pids, n, &text, e);
	return r < 0 ? r : output(&text, e);
}

const struct command cmd_ps = {
	.name = "ps",
	.summary = "show the processes of a container",
	.usage = "[command options] <container-id> [ps options]",
	.text = "The <container-id> is the name that the container was created under. What follows\n"
		"it goes to ps(1) of this host; \"-ef\" when nothing does.\n"
		"\n"
		"DESCRIPTION:\n"
		"   Prints the lines of ps(1) that are about processes of the container, below its line\n"
		"of titles; one of these must be PID. Only the titles appear for a container that has\n"
		"stopped. The format \"json\" is an array of process ids and needs no ps(1).\n"
		"\n"
		"EXAMPLE:\n"
		"   To see the threads and the memory of the container \"web\":\n"
		"\n"
		"       # {} ps web -eLf\n"
		"       # {} ps web -e -o pid,rss,args\n",
	.options = options,
	.min_args = 1,
	.max_args = SIZE_MAX,
	.stop_at_first = true,
	.run = run,
};
