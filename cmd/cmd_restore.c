/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/crequest.h"
#include "cmd/global.h"
#include "cmd/request.h"

static const struct option_row options[] = {
	REQUEST_OPTION_BUNDLE,
	REQUEST_OPTION_CONSOLE_SOCKET,
	{ "pid-file", 0, OPTION_TEXT, "file to write the process id of the container to", NULL },
	{ "detach", 'd', OPTION_SWITCH, "return as soon as the container is restored", NULL },
	{ "no-subreaper", 0, OPTION_SWITCH,
	  "do not become the parent of processes that the container leaves behind", NULL },
	{ "no-pivot", 0, OPTION_SWITCH,
	  "accepted for runc's sake, with a warning: CRIU always uses pivot_root(2)", NULL },
	CHECKPOINT_OPTION_IMAGE_PATH,
	CHECKPOINT_OPTION_WORK_PATH,
	CHECKPOINT_OPTIONS_BOTH,
	{ "lazy-pages", 0, OPTION_SWITCH,
	  "let memory be fetched as it is needed, by \"criu lazy-pages\"", NULL },
	{ "lsm-profile", 0, OPTION_TEXT,
	  "profile or label for the processes: apparmor:<profile> or selinux:<label>", NULL },
	{ "lsm-mount-context", 0, OPTION_TEXT,
	  "SELinux context for the mounts, in place of the saved", NULL },
	{ 0 },
};

static int run(struct invocation *in, int *ret_status, struct err *e)
{
	const struct options *o = &in->local;
	struct request *req = &in->request;
	struct checkpoint_request how;
	int status = 0;

	int r = checkpoint_request_fill(in, &how, e);
	if (r == 0)
		r = global_make_root(in, e);
	if (r == 0)
		r = request_path(in, "pid-file", &req->pid_file, e);
	if (r == 0)
		r = request_enter_bundle(in, e);
	if (r < 0)
		return r;
	req->id = o->args[0];
	req->console_socket = options_text(o, "console-socket");
	req->detach = options_on(o, "detach");
	req->no_subreaper = options_on(o, "no-subreaper");
	req->no_pivot = options_on(o, "no-pivot");
	how.lazy_pages = options_on(o, "lazy-pages");
	how.lsm_profile = options_text(o, "lsm-profile");
	how.lsm_mount_context = options_text(o, "lsm-mount-context");

	r = container_restore(&in->env, req, &how, &status, e);
	if (r == 0)
		*ret_status = exit_status(status);
	return r;
}

const struct command cmd_restore = {
	.name = "restore",
	.summary = "make a container from a saved one",
	.usage = "[command options] <container-id>",
	.text = "The <container-id> is a name of your choice that no other container on this host\n"
		"has.\n"
		"\n"
		"DESCRIPTION:\n"
		"   Makes a container from a bundle and from what \"{} checkpoint\" has saved, with CRIU,\n"
		"which must be installed. Its processes go on where they were. Waits for the first one\n"
		"and exits with its status, unless it is to return at once.\n",
	.options = options,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
