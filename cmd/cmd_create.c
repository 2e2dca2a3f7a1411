/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/global.h"
#include "cmd/request.h"

static const struct option_row options[] = { REQUEST_OPTIONS, { 0 } };

static int run(struct invocation *in, int *ret_status, struct err *e)
{
	int r = request_begin(in, e);

	(void)ret_status; /* 0: there is no status of the container yet */
	if (r == 0)
		r = global_make_root(in, e);
	if (r == 0)
		r = request_complete(in, e);
	if (r < 0)
		return r;
	in->request.is_create = true;
	return container_create(&in->env, &in->request, e);
}

const struct command cmd_create = {
	.name = "create",
	.summary = "make a container that waits to be started",
	.usage = "[command options] <container-id>",
	.text = "The <container-id> is a name of your choice that no other container on this host\n"
		"has: letters, digits, and _ + - . but not in front.\n"
		"\n"
		"DESCRIPTION:\n"
		"   Makes a container from a bundle up to the point where its program would run, and\n"
		"returns. \"{} start <container-id>\" runs the program, whose standard input, output\n"
		"and error are those of this call. Later changes of config.json have no effect.\n",
	.options = options,
	.min_args = 1,
	.max_args = 1,
	.makes_container = true,
	.run = run,
};
