/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/request.h"

#include "base/cleanup.h"

#define ID_DEFAULT "plan"

static const struct option_row options[] = { REQUEST_OPTIONS, { 0 } };

static int print(const struct request *req, struct err *e)
{
	struct strbuf text autodone(strbuf) = STRBUF_INIT;
	int r = container_print_plan(req, &text, e);

	return r < 0 ? r : output(&text, e);
}

static int run(struct invocation *in, int *ret_status, struct err *e)
{
	struct request *req = &in->request;
	int r = request_complete(in, e);

	(void)ret_status;
	if (r < 0)
		return r;
	req->is_create = req->console_socket !=
			 NULL; /* a terminal without one is planned as `run` would */
	req->preserve_fds = options_number(&in->local, "preserve-fds");
	if (!req->id)
		req->id = ID_DEFAULT;
	r = container_id_check(req->id, e);
	return r < 0 ? r : print(req, e);
}

const struct command cmd_plan = {
	.name = "plan",
	.summary = "show what create would do, and do nothing",
	.usage = "[command options] [<container-id>]",
	.text = "The <container-id> is a name that a container could have; \"" ID_DEFAULT
		"\" when not given.\n"
		"\n"
		"DESCRIPTION:\n"
		"   Reads config.json and this host and prints all that was decided from them, one\n"
		"decision per line: namespaces, id mappings, mounts and their flags, devices, cgroups,\n"
		"capabilities, the filter; at the end the steps in their order. Needs no privilege and\n"
		"changes nothing. The text is for people and for comparing two versions of a bundle.\n",
	.options = options,
	.min_args = 0,
	.max_args = 1,
	.run = run,
};
