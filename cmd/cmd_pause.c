/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/cmd.h"

static const struct option_row options[] = { { 0 } };

static int run_pause(struct invocation *in, int *ret_status, struct err *e)
{
	(void)ret_status;
	return container_pause(&in->env, in->local.args[0], e);
}

static int run_resume(struct invocation *in, int *ret_status, struct err *e)
{
	(void)ret_status;
	return container_resume(&in->env, in->local.args[0], e);
}

const struct command cmd_pause = {
	.name = "pause",
	.summary = "freeze all processes of a container",
	.usage = "<container-id>",
	.text = "The <container-id> is the name that the container was created under.\n"
		"\n"
		"DESCRIPTION:\n"
		"   Stops every process of a created or running container where it stands, by the\n"
		"freezer of its cgroup, until \"resume\". A paused container can be updated, killed and\n"
		"deleted with --force.\n",
	.options = options,
	.min_args = 1,
	.max_args = 1,
	.run = run_pause,
};

const struct command cmd_resume = {
	.name = "resume",
	.summary = "let the processes of a paused container go on",
	.usage = "<container-id>",
	.text = "The <container-id> is the name that the container was created under.\n"
		"\n"
		"DESCRIPTION:\n"
		"   Undoes \"pause\". A container that is not paused is an error.\n",
	.options = options,
	.min_args = 1,
	.max_args = 1,
	.run = run_resume,
};
