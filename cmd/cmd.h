/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CMD_CMD_H
#define CMD_CMD_H

/* A command and one call of it. Everything here runs in the host process. */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/mem.h"
#include "cmd/logger.h"
#include "cmd/options.h"
#include "container/container.h"

struct invocation;

struct command {
	const char *name;
	const char *summary; /* after the name, in every help text */
	const char *usage;   /* after the name, under USAGE; may be "" */
	const char *text;    /* between USAGE and OPTIONS; "{}" stands for the program's name */
	const struct option_row *options;
	size_t min_args, max_args;
	bool hidden;	      /* for packagers and tests; not in the list of commands */
	bool stop_at_first;   /* no options behind the first argument */
	bool makes_container; /* errors begin with .failure; descriptors are passed on */
	const char *failure;  /* NULL: "PROGRAM CMD failed" */
	int error_status;     /* exit status when run() fails; 0: 1 */
	int usage_status;     /* exit status of a wrong command line; 0: 1 */

	/**
	 * run() - do it
	 * @ret_status: exit status of the program; 0 on entry
	 * Return: 0, or negative errno: the program reports @e and exits with error_status.
	 */
	int (*run)(struct invocation *in, int *ret_status, struct err *e);
};

/* All commands, in the order of the help text; one a line, so that two can be added at once. */
/* clang-format off */
#define COMMANDS(X) \
	X(check) \
	X(checkpoint) \
	X(completion) \
	X(create) \
	X(delete) \
	X(events) \
	X(exec) \
	X(features) \
	X(kill) \
	X(list) \
	X(mounts) \
	X(pause) \
	X(plan) \
	X(ps) \
	X(restore) \
	X(resume) \
	X(run) \
	X(seccomp) \
	X(spec) \
	X(start) \
	X(state) \
	X(update)
/* clang-format on */

#define COMMAND_DECLARE(name) extern const struct command cmd_##name;
COMMANDS(COMMAND_DECLARE)
#undef COMMAND_DECLARE

/* In the order of the help text; ends with NULL. */
extern const struct command *const commands[];

struct invocation {
	char *const *argv;   /* of main() */
	const char *program; /* last component of argv[0] */
	const struct command *command;
	struct options global, local;
	struct logger log;
	struct log_sink sink; /* hands to .log */
	struct container_env env;
	struct trace trace; /* of --trace */
	int trace_fd;
	int64_t trace_began;
	bool root_given;	/* --root was on the command line */
	struct request request; /* grows from options to command; strings are in argv and .arena */
	struct arena arena;
};

/**
 * output() - write @text to standard output
 * Return: 0 or negative errno; -EBADF when it was closed at the start, for what it should have
 * told is lost.
 */
MUST_CHECK int output(const struct strbuf *text, struct err *e);

#endif
