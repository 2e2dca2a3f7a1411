/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CMD_GLOBAL_H
#define CMD_GLOBAL_H

#include "cmd/cmd.h"

/* The options before the command. */
extern const struct option_row global_options[];

/**
 * global_apply() - open the log, find the root, judge the other global options
 * @in: .global is parsed; fills .log, .sink, .env, .root_given and
 *      its part of .request
 * @e:  "invalid log-format: xyz"; the log works whatever happens
 * Reads the environment: XDG_RUNTIME_DIR, USER. Runs in: host. Return: 0 or negative errno.
 */
MUST_CHECK int global_apply(struct invocation *in, struct err *e);

/**
 * global_make_root() - make the directory below $XDG_RUNTIME_DIR, when that is the root
 *
 * 0700 and sticky, so that clean-up of old files in $XDG_RUNTIME_DIR leaves it alone (XDG Base
 * Directory Specification). The system-wide root is made by the container layer.
 * Runs in: host. Return: 0 or negative errno.
 */
MUST_CHECK int global_make_root(const struct invocation *in, struct err *e);

#endif
