/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "cmd/global.h"
#include "cmd/request.h"

static const struct option_row options[] = {
	REQUEST_OPTIONS,
	{ "detach", 'd', OPTION_SWITCH, "return as soon as the container's program runs", NULL },
	{ "keep", 0, OPTION_SWITCH, "keep the container, stopped, after its program has ended",
	  NULL },
	{ "no-subreaper", 0, OPTION_SWITCH,
	  "do not become the parent of processes that the container leaves behind", NULL },
	{ "seccomp-record", 0, OPTION_TEXT,
	  "let every system call through, and write the smallest profile for them to this file",
	  NULL },
	{ 0 },
};

/* The profile is complete when the container has ended, and somebody must be there to write it. */
static int check_record(struct invocation *in, struct err *e)
{
	if (options_text(&in->local, "seccomp-record") && options_on(&in->local, "detach"))
		return err_set_kind(e, ERR_USAGE, EINVAL,
				    "--seccomp-record needs a run that is not detached");
	return request_path(in, "seccomp-record", &in->request.seccomp_record, e);
}

static int run(struct invocation *in, int *ret_status, struct err *e)
{
	struct request *req = &in->request;
	int status = 0;
	int r = request_begin(in, e);

	if (r == 0)
		r = check_record(in, e);
	if (r == 0)
		r = global_make_root(in, e);
	if (r == 0)
		r = request_complete(in, e);
	if (r < 0)
		return r;
	req->detach = options_on(&in->local, "detach");
	req->keep = options_on(&in->local, "keep");
	req->no_subreaper = options_on(&in->local, "no-subreaper");

	r = container_run(&in->env, req, &status, e);
	if (r == 0)
		*ret_status = exit_status(status);
	return r;
}

const struct command cmd_run = {
	.name = "run",
	.summary = "make a container and start it",
	.usage = "[command options] <container-id>",
	.text = "The <container-id> is a name of your choice that no other container on this host\n"
		"has: letters, digits, and _ + - . but not in front.\n"
		"\n"
		"DESCRIPTION:\n"
		"   Makes a container from a bundle and runs the program that process.args of its\n"
		"config.json names. Waits for the program, exits with its status (128 and the number\n"
		"of the signal, when one killed it) and deletes the container.\n",
	.options = options,
	.min_args = 1,
	.max_args = 1,
	.makes_container = true,
	.run = run,
};
