/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/cmd.h"

static const struct option_row options[] = { { 0 } };

static int run(struct invocation *in, int *ret_status, struct err *e)
{
	(void)ret_status;
	return container_start(&in->env, in->local.args[0], e);
}

const struct command cmd_start = {
	.name = "start",
	.summary = "run the program of a created container",
	.usage = "<container-id>",
	.text = "The <container-id> is the name that the container was created under.\n"
		"\n"
		"DESCRIPTION:\n"
		"   Lets the waiting process of the container execute its program, and returns. Fails\n"
		"when the program cannot be executed, and says why.\n",
	.options = options,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
