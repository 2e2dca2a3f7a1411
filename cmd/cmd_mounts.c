/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "cmd/cmd.h"

static const struct option_row options[] = { { 0 } };

static int run(struct invocation *in, int *ret_status, struct err *e)
{
	const char *verb = in->local.args[0];
	bool remove = str_eq(verb, "remove");

	(void)ret_status;
	if (!remove && !str_eq(verb, "add"))
		return err_set_kind(e, ERR_USAGE, EINVAL,
				    "mounts: \"%s\" is neither add nor remove", verb);
	return container_mounts(&in->env, in->local.args[1], in->local.args[2], remove, e);
}

const struct command cmd_mounts = {
	.name = "mounts",
	.summary = "add mounts to a running container, or remove them",
	.usage = "add|remove <container-id> <file>",
	.text = "The <container-id> is the name that the container was created under. The <file> is a\n"
		"JSON array in the form of \"mounts\" in config.json, \"-\" for standard input.\n"
		"\n"
		"DESCRIPTION:\n"
		"   \"add\" makes the mounts in the container, all of them or none; sources are looked up\n"
		"on the host. \"remove\" unmounts the destinations, the last first. Neither is recorded.\n"
		"\n"
		"EXAMPLE:\n"
		"   To give the container \"web\" a directory, read-only, and to take it away:\n"
		"\n"
		"       # echo '[{\"destination\": \"/data\", \"source\": \"/srv/data\",\n"
		"           \"options\": [\"rbind\", \"ro\"]}]' >mounts.json\n"
		"       # {} mounts add web mounts.json\n"
		"       # {} mounts remove web mounts.json\n",
	.options = options,
	.min_args = 3,
	.max_args = 3,
	.run = run,
};
