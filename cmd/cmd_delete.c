/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/pattern.h"

static const struct option_row options[] = {
	{ "force", 'f', OPTION_SWITCH,
	  "kill the container first, if it runs; a container that does not exist is no error",
	  NULL },
	PATTERN_OPTION,
	{ 0 },
};

static int delete_one(const struct container_env *env, const char *id, const void *force,
		      struct err *e)
{
	return container_delete(env, id, *(const bool *)force, e);
}

static int run(struct invocation *in, int *ret_status, struct err *e)
{
	const char *id = in->local.args[0];
	bool force = options_on(&in->local, "force");

	(void)ret_status;
	if (options_on(&in->local, "regex"))
		return pattern_each(in, id, delete_one, &force, "deleted", e);
	return delete_one(&in->env, id, &force, e);
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
