/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CMD_PATTERN_H
#define CMD_PATTERN_H

/* --regex of `delete` and `kill`, which crun has: one command for many containers. */

#include "cmd/cmd.h"

#define PATTERN_OPTION                                                                             \
	{                                                                                          \
		"regex", 'r', OPTION_SWITCH,                                                       \
			"the <container-id> is a regular expression for the ids of many", NULL     \
	}

/**
 * pattern_each() - do something to every container whose id matches
 * @pattern: extended regular expression (regex(7)); it may match anywhere in the id
 * @one:     what to do; a failure is a warning in the log and does not stop the others
 * @done:    past participle for the message: "deleted"
 * @e:       "1 of 3 containers could not be deleted"; nothing that matches is no error
 * Runs in: host. Return: 0 or negative errno.
 */
MUST_CHECK int pattern_each(struct invocation *in, const char *pattern,
			    int (*one)(const struct container_env *env, const char *id,
				       const void *arg, struct err *e),
			    const void *arg, const char *done, struct err *e);

#endif
