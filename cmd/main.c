/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The program: reads the command line, opens the log, calls one command, reports its one error.
 * The order matters to callers and to safety: standard descriptors first, then what the
 * command line says (no effects), then the descriptors to pass on (before anything opens a
 * file), then the log.
 */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "cmd/cmd.h"
#include "cmd/global.h"
#include "cmd/help.h"
#include "cmd/request.h"
#include "cmd/stream.h"
#include "cmd/tracer.h"
#include "seccomp/seccomp.h"

#define SPEC_VERSION	       "1.3.0"
#define STATUS_ERROR	       1
#define STATUS_UNKNOWN_COMMAND 3

/* A build with sanitizers looks for leaks: there all is freed before the end. */
#ifndef VIAL_CHECKS_LEAKS
#	define VIAL_CHECKS_LEAKS false
#endif

#define COMMAND_ADDRESS(name) &cmd_##name,
const struct command *const commands[] = { COMMANDS(COMMAND_ADDRESS) NULL };
#undef COMMAND_ADDRESS

/* What the command line asks for. */
struct wish {
	enum { WISH_COMMAND, WISH_HELP, WISH_VERSION, WISH_UNKNOWN, WISH_WRONG } kind;
	const char *word;      /* UNKNOWN: the command that does not exist */
	const char *complaint; /* WRONG: what stands before the help */
	struct err err;	       /* WRONG; COMMAND: descriptors missing, when code > 0 */
};

/* Descriptor 1 was closed when the program started: /dev/null is there now. */
static bool stdout_closed;

int output(const struct strbuf *text, struct err *e)
{
	int r = stdout_closed ? -EBADF : 0;

	if (r == 0)
		r = stream_write(STDOUT_FILENO, text->data, text->len, STREAM_WAIT);
	return r < 0 ? err_set(e, -r, "write to standard output: %s", errno_text(-r)) : 0;
}

static const char *last_component(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;
	const char *name = slash ? slash + 1 : path;

	return name && name[0] != '\0' ? name : "vial";
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; commands[i]; i++)
		if (str_eq(commands[i]->name, name))
			return commands[i];
	return NULL;
}

/* `help`, `help CMD` */
static void wish_help(struct invocation *in, struct wish *w)
{
	const char *topic = in->global.args[1];

	w->kind = WISH_HELP;
	if (!topic)
		return;
	in->command = find_command(topic);
	if (!in->command) {
		w->kind = WISH_UNKNOWN;
		w->word = topic;
	}
}

static int check_args(const struct invocation *in, struct err *e)
{
	const struct command *c = in->command;
	size_t n = in->local.n_args;
	const char *rule = NULL;
	size_t bound = c->min_args;

	if (c->min_args == c->max_args && n != c->min_args) {
		rule = "exactly";
	} else if (n < c->min_args) {
		rule = "a minimum of";
	} else if (n > c->max_args) {
		rule = "a maximum of";
		bound = c->max_args;
	}
	if (!rule)
		return 0;
	return err_set_kind(e, ERR_USAGE, EINVAL, "%s: \"%s\" requires %s %zu argument(s)",
			    in->argv[0] ? in->argv[0] : in->program, c->name, rule, bound);
}

/* "vial run failed: ..." */
static void add_failure(const struct invocation *in, struct err *e)
{
	if (in->command->failure)
		(void)err_ctx(e, "%s", in->command->failure);
	else
		(void)err_ctx(e, "%s %s failed", in->program, in->command->name);
}

static int error_status(const struct invocation *in)
{
	return in->command->error_status ? in->command->error_status : STATUS_ERROR;
}

static int usage_status(const struct invocation *in)
{
	return in->command && in->command->usage_status ? in->command->usage_status : STATUS_ERROR;
}

static void wish_command(struct invocation *in, char *const *argv, struct wish *w)
{
	w->kind = WISH_COMMAND;
	if (options_parse(in->command->options, argv, in->command->stop_at_first, &in->local,
			  &w->err) < 0) {
		w->kind = WISH_WRONG;
		w->complaint = "Incorrect Usage: ";
	} else if (in->local.help) {
		w->kind = WISH_HELP;
	} else if (check_args(in, &w->err) < 0) {
		w->kind = WISH_WRONG;
	} else if (in->command->makes_container && request_check_fds(in, &w->err) < 0) {
		add_failure(in, &w->err);
	}
}

/* No effect but on @in and @w. */
static void read_command_line(struct invocation *in, struct wish *w)
{
	char *const *argv = in->argv[0] ? in->argv + 1 : in->argv;

	if (options_parse(global_options, argv, true, &in->global, &w->err) < 0) {
		w->kind = WISH_WRONG;
		w->complaint = "Incorrect Usage. ";
		return;
	}

	const char *name = in->global.args[0];
	if (options_on(&in->global, "version") && !in->global.help) {
		w->kind = WISH_VERSION;
	} else if (in->global.help || !name) {
		w->kind = WISH_HELP;
	} else if (str_eq(name, "help") || str_eq(name, "h")) {
		wish_help(in, w);
	} else if ((in->command = find_command(name)) == NULL) {
		w->kind = WISH_UNKNOWN;
		w->word = name;
	} else {
		size_t argc = 0;

		while (argv[argc])
			argc++;
		/* With options ended by the first argument, the rest is the tail of argv. */
		wish_command(in, argv + argc - in->global.n_args + 1, w);
	}
}

static void add_help(const struct invocation *in, struct strbuf *out)
{
	if (in->command)
		help_command(in->program, in->command, out);
	else
		help_program(in->program, out);
}

static void add_version(struct invocation *in, struct strbuf *out)
{
	strbuf_addf(out, "%s version %s\ncommit: %s\nspec: %s\nlibseccomp: %s\n", in->program,
		    VIAL_VERSION, VIAL_COMMIT, SPEC_VERSION, seccomp_library_version());
}

static void add_complaint(const struct invocation *in, const struct wish *w, struct strbuf *out)
{
	if (w->complaint)
		strbuf_addf(out, "%s%s\n\n", w->complaint, w->err.text);
	else
		strbuf_adds(out, "Incorrect Usage.\n\n");
	add_help(in, out);
}

static int fail(struct invocation *in, const struct err *e, int status)
{
	logger_error(&in->log, e->text);
	return status;
}

static int run_command(struct invocation *in, struct err *e)
{
	int status = 0;

	if (e->code > 0)
		return fail(in, e, error_status(in));
	int r = in->command->makes_container ? 0 : tracer_open(in, e);
	if (r == 0)
		r = in->command->run(in, &status, e);
	tracer_finish(in);
	if (r == 0)
		return status;
	if (in->command->makes_container)
		add_failure(in, e);
	return fail(in, e, error_status(in));
}

/* Return: exit status. */
static int grant(struct invocation *in, struct wish *w)
{
	struct strbuf text autodone(strbuf) = STRBUF_INIT;
	struct err e = { 0 };

	switch (w->kind) {
	case WISH_COMMAND:
		return run_command(in, &w->err);
	case WISH_UNKNOWN:
		/* With the line end that runc's callers know. */
		(void)err_set_kind(&e, ERR_USAGE, EINVAL, "No help topic for '%s'\n", w->word);
		return fail(in, &e, STATUS_UNKNOWN_COMMAND);
	case WISH_WRONG:
		add_complaint(in, w, &text);
		if (output(&text, &e) < 0)
			return fail(in, &e, STATUS_ERROR);
		return fail(in, &w->err, usage_status(in));
	case WISH_VERSION:
		add_version(in, &text);
		break;
	case WISH_HELP:
		add_help(in, &text);
		break;
	}
	return output(&text, &e) < 0 ? fail(in, &e, STATUS_ERROR) : 0;
}

static int run_program(struct invocation *in)
{
	struct wish w = { 0 };
	struct err e = { 0 };

	read_command_line(in, &w);

	/* These need no state and no log; nothing about them shall keep them from people. */
	bool needs_globals = w.kind != WISH_VERSION && w.kind != WISH_HELP && in->global.table;
	if (needs_globals && global_apply(in, &e) < 0)
		return fail(in, &e, STATUS_ERROR);
	return grant(in, &w);
}

int main(int argc, char **argv)
{
	int closed = fd_null_stdio();
	if (closed < 0)
		return STATUS_ERROR;
	stdout_closed = (closed & 1 << STDOUT_FILENO) != 0;

	struct invocation in = {
		.argv = argv,
		.program = last_component(argc > 0 ? argv[0] : NULL),
	};
	in.env.program = in.program;
	in.env.is_last = !VIAL_CHECKS_LEAKS;
	logger_init(&in.log);

	int status = run_program(&in);
	if (in.env.is_last) {
		logger_done(&in.log);
		return status;
	}
	options_done(&in.local);
	options_done(&in.global);
	arena_done(&in.arena);
	logger_done(&in.log);
	return status;
}
