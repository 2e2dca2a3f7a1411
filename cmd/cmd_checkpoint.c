/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "cmd/cmd.h"

/*
 * Not there yet, and said so. Podman asks for their help to find out whether a runtime is one
 * of the runc kind, which must not be an error; `features` tells the truth.
 */
static const struct option_row options[] = { { 0 } };

static int run(struct invocation *in, int *ret_status, struct err *e)
{
	(void)ret_status;
	return err_set(e, ENOTSUP, "%s: not supported by this version", in->command->name);
}

const struct command cmd_checkpoint = {
	.name = "checkpoint",
	.summary = "save the state of a running container; not in this version",
	.usage = "<container-id>",
	.text = "The <container-id> is the name that the container was created under.\n"
		"\n"
		"DESCRIPTION:\n"
		"   This version cannot save containers: the command always fails.\n",
	.options = options,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};

const struct command cmd_restore = {
	.name = "restore",
	.summary = "make a container from a saved one; not in this version",
	.usage = "<container-id>",
	.text = "The <container-id> is a name of your choice that no other container on this host\n"
		"has.\n"
		"\n"
		"DESCRIPTION:\n"
		"   This version cannot restore containers: the command always fails.\n",
	.options = options,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
