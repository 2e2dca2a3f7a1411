/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>

#include "cmd/cmd.h"
#include "cmd/request.h"

#include <stdlib.h>

static const struct option_row options[] = {
	REQUEST_OPTION_CONSOLE_SOCKET,
	{ "pidfd-socket", 0, OPTION_TEXT,
	  "AF_UNIX socket that is sent a descriptor of the process (pidfd)", NULL },
	{ "cwd", 0, OPTION_TEXT, "working directory in the container", NULL },
	{ "env", 'e', OPTION_LIST, "NAME=VALUE to add to the environment (may be repeated)", NULL },
	{ "tty", 't', OPTION_SWITCH, "give the process a terminal of its own", NULL },
	{ "user", 'u', OPTION_TEXT, "user to be: <uid>[:<gid>], numbers", NULL },
	{ "additional-gids", 'g', OPTION_INTEGERS, "group to add, a number (may be repeated)",
	  NULL },
	{ "process", 'p', OPTION_TEXT,
	  "file with the process as JSON, as \"process\" in config.json; a pipe will do", NULL },
	{ "detach", 'd', OPTION_SWITCH, "return as soon as the program runs", NULL },
	{ "pid-file", 0, OPTION_TEXT, "file to write the process id to", NULL },
	{ "process-label", 0, OPTION_TEXT, "SELinux label of the process", NULL },
	{ "apparmor", 0, OPTION_TEXT, "AppArmor profile of the process", NULL },
	{ "no-new-privs", 0, OPTION_SWITCH, "let the process gain no privileges by execve(2)",
	  NULL },
	{ "cap", 'c', OPTION_LIST, "capability to add (may be repeated)", NULL },
	{ "preserve-fds", 0, OPTION_NUMBER,
	  "pass this many further descriptors, after 0 to 2 and $LISTEN_FDS", "0" },
	{ "cgroup", 0, OPTION_LIST,
	  "cgroup below the container's to be in: [<controller>[,<controller>]:]<path>", NULL },
	{ "ignore-paused", 0, OPTION_SWITCH,
	  "in a paused container: wait until it is resumed, instead of failing", NULL },
	{ 0 },
};

static struct opt_bool switch_of(const struct options *o, const char *name)
{
	return (struct opt_bool){ options_given(o, name), options_on(o, name) };
}

static int make_request(struct invocation *in, struct exec_request *req, struct err *e)
{
	const struct options *o = &in->local;
	const char *const *rest = (const char *const *)(uintptr_t)(o->args + 1);

	*req = (struct exec_request){
		.base = in->request,
		.process_file = options_text(o, "process"),
		.args = { rest, o->n_args - 1 },
		.env = options_list(o, "env"),
		.caps = options_list(o, "cap"),
		.groups = options_list(o, "additional-gids"),
		.cgroups = options_list(o, "cgroup"),
		.cwd = options_text(o, "cwd"),
		.apparmor = options_text(o, "apparmor"),
		.selinux_label = options_text(o, "process-label"),
		.terminal = switch_of(o, "tty"),
		.no_new_privileges = switch_of(o, "no-new-privs"),
		.ignore_paused = options_on(o, "ignore-paused"),
	};
	/* An empty one is a mistake of the caller's, not the wish to be root. */
	if (options_given(o, "user"))
		req->user = options_text(o, "user") ? options_text(o, "user") : "";
	req->base.seccomp_receiver = getenv(SECCOMP_RECEIVER_ENV);
	req->base.id = o->args[0];
	req->base.detach = options_on(o, "detach");
	req->base.console_socket = options_text(o, "console-socket");
	req->base.pidfd_socket = options_text(o, "pidfd-socket");
	return request_pid_file(in, &req->base.pid_file, e);
}

static int run(struct invocation *in, int *ret_status, struct err *e)
{
	struct exec_request req;
	int status = 0;
	int r = request_begin(in, e);

	if (r == 0)
		r = make_request(in, &req, e);
	if (r == 0)
		r = container_exec(&in->env, &req, &status, e);
	if (r == 0)
		*ret_status = exit_status(status);
	return r;
}

const struct command cmd_exec = {
	.name = "exec",
	.summary = "run one more process in a container",
	.usage = "[command options] <container-id> <command> [arguments...]  || "
		 "-p process.json <container-id>",
	.text = "The <command> may be left out when --process gives it. Options end at the\n"
		"<container-id>.\n"
		"\n"
		"DESCRIPTION:\n"
		"   The process gets what config.json gives to the container's own: namespaces,\n"
		"cgroup, user, capabilities, limits, system call filter, environment. It has no terminal\n"
		"unless asked for. Exits with the status of the process (128 and the number of the\n"
		"signal, when one killed it), or with 255 when it never ran.\n",
	.options = options,
	.min_args = 1,
	.max_args = SIZE_MAX,
	.stop_at_first = true,
	.makes_container = true,
	.failure = "exec failed",
	.error_status = 255,
	.run = run,
};
