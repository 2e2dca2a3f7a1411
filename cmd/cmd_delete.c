/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/cmd.h"

static const struct option_row options[] = {
	{ "force", 'f', OPTION_SWITCH,
	  "kill the container first, if it runs; a container that does not exist is no error",
	  NULL },
	{ 0 },
};

static int run(struct invocation *in, int *ret_status, struct err *e)
{
	(void)ret_status;
	return container_delete(&in->env, in->local.args[0], options_on(&in->local, "force"), e);
}

const struct command cmd_delete = {
	.name = "delete",
	.summary = "remove a container and all it holds",
	.usage = "[command options] <container-id>",
	.text = "The <container-id> is the name that the container was created under.\n"
		"\n"
		"DESCRIPTION:\n"
		"   Removes the cgroups and the state of a container that has stopped, or that was\n"
		"created and never started; one that runs is refused.\n"
		"\n"
		"EXAMPLE:\n"
		"   To remove the container \"web\", whether it runs or not:\n"
		"\n"
		"       # {} delete --force web\n",
	.options = options,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
