/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOOKS_HOOKS_H
#define HOOKS_HOOKS_H

/* config.json's hooks: run in order, state on standard input, time limits that hold. */

#include "base/err.h"
#include "base/log.h"
#include "spec/spec.h"

struct hook_context {
	enum hook_kind kind;
	const char *state_json;		/* one line, without a newline; to standard input */
	const char *cwd;		/* NULL: unchanged */
	const char *const *default_env; /* for hooks without "env"; NULL: the caller's environ */
	const struct log_sink *log;
	/* Of the container: run.oci.hooks.stdout and .stderr name files that get what the hooks say,
	 * instead of the error message; NULL: none. */
	const struct spec_string_map *annotations;
	int out_fd, err_fd; /* > 0: such files, open; hooks_open_files() */
};

/**
 * hooks_open_files() - open the files that the annotations name, for appending
 * @ctx: .annotations; gets .out_fd and .err_fd, 0 when there is none; the caller's to close
 *
 * hooks_run() does it itself; only startContainer hooks, which run where the host's paths are out
 * of reach, need it before. Runs in: host and init. Return: 0 or negative errno.
 */
MUST_CHECK int hooks_open_files(struct hook_context *ctx, struct err *e);

/**
 * hooks_run() - run one list until the first failure
 * @e: "error running createRuntime hook #1: exit status 1, stdout: ..., stderr: ..." or
 *     "error running prestart hook #0: hook ran past specified timeout of 1.0s"; a signal is
 *     "signal: killed" as Go says it
 *
 * args are used verbatim as argv; absent args mean {path}. After the timeout the whole
 * process group is killed. Runs in: host (prestart, createRuntime, poststart, poststop),
 * init (createContainer, startContainer). Return: 0 or negative errno.
 */
MUST_CHECK int hooks_run(const struct spec_hooks *hooks, const struct hook_context *ctx,
			 struct err *e);

/** hooks_run_all() - poststop: run every hook; a failure is a warning on ctx->log, which begins
 * with runc's "unable to destroy container: ". Runs in: host. */
void hooks_run_all(const struct spec_hooks *hooks, const struct hook_context *ctx);

#endif
