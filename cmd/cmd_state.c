/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "cmd/cmd.h"
#include "cmd/info.h"

static const struct option_row options[] = { { 0 } };

static int run(struct invocation *in, int *ret_status, struct err *e)
{
	struct container_info info autodone(container_info) = { 0 };
	struct strbuf text autodone(strbuf) = STRBUF_INIT;
	struct jsonw w;
	int r = container_info(&in->env, in->local.args[0], &info, e);

	(void)ret_status;
	if (r < 0)
		return r;
	jsonw_init(&w, &text, "  ");
	info_json(&w, &info, "");
	return output(&text, e);
}

const struct command cmd_state = {
	.name = "state",
	.summary = "print the state of a container",
	.usage = "<container-id>",
	.text = "The <container-id> is the name that the container was created under.\n"
		"\n"
		"DESCRIPTION:\n"
		"   Prints the container's state as JSON: id, process id, status (created, running,\n"
		"paused, stopped), bundle, time of creation and annotations.\n",
	.options = options,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
