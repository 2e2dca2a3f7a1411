/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/crequest.h"

static const struct option_row options[] = {
	CHECKPOINT_OPTION_IMAGE_PATH,
	CHECKPOINT_OPTION_WORK_PATH,
	{ "parent-path", 0, OPTION_TEXT,
	  "directory of an earlier --pre-dump, relative to --image-path", NULL },
	{ "pre-dump", 0, OPTION_SWITCH,
	  "save memory only and let the container run, so that the real checkpoint is short",
	  NULL },
	{ "leave-running", 0, OPTION_SWITCH, "let the container run on", NULL },
	CHECKPOINT_OPTIONS_BOTH,
	{ "link-remap", 0, OPTION_SWITCH,
	  "save files that are open but have lost their name, by links to them", NULL },
	{ "tcp-skip-in-flight", 0, OPTION_SWITCH, "leave out TCP connections not yet accepted",
	  NULL },
	{ "lazy-pages", 0, OPTION_SWITCH,
	  "keep memory for a restore that fetches it later from --page-server", NULL },
	{ "page-server", 0, OPTION_TEXT,
	  "ADDRESS:PORT of the page server: to send memory to, or with --lazy-pages to listen at",
	  NULL },
	{ "status-fd", 0, OPTION_NUMBER,
	  "descriptor that is written a NUL when the page server of --lazy-pages listens", NULL },
	{ 0 },
};

static int run(struct invocation *in, int *ret_status, struct err *e)
{
	const struct options *o = &in->local;
	struct checkpoint_request req;

	(void)ret_status;
	int r = checkpoint_request_fill(in, &req, e);
	if (r < 0)
		return r;
	req.parent_path = options_text(o, "parent-path");
	req.page_server = options_text(o, "page-server");
	req.pre_dump = options_on(o, "pre-dump");
	req.leave_running = options_on(o, "leave-running");
	req.link_remap = options_on(o, "link-remap");
	req.tcp_skip_in_flight = options_on(o, "tcp-skip-in-flight");
	req.lazy_pages = options_on(o, "lazy-pages");
	req.has_status_fd = options_given(o, "status-fd");
	req.status_fd = (int)options_number(o, "status-fd");
	return container_checkpoint(&in->env, o->args[0], &req, e);
}

const struct command cmd_checkpoint = {
	.name = "checkpoint",
	.summary = "save the state of a running container",
	.usage = "[command options] <container-id>",
	.text = "The <container-id> is the name that the container was created under.\n"
		"\n"
		"DESCRIPTION:\n"
		"   Saves the processes of a container with CRIU, which must be installed, for\n"
		"\"{} restore\". The container ends by that and is deleted, unless it is to run on. When\n"
		"saving fails, the container runs on as before.\n",
	.options = options,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
