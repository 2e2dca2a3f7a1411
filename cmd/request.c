/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/request.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cmd/tracer.h"
#include "base/path.h"

#define FIRST_FD 3 /* behind standard input, output and error */

int request_begin(struct invocation *in, struct err *e)
{
	int r = container_seal_program(in->argv, e);

	/* Who ignores it never hears how a child ended, and callers pass that on to us: wait(2). */
	(void)signal(SIGCHLD, SIG_DFL);
	return r < 0 ? r : tracer_open(in, e);
}

static unsigned int count_listen_fds(void)
{
	const char *pid_text = getenv("LISTEN_PID");
	const char *fds_text = getenv("LISTEN_FDS");
	uint64_t pid = 0, n = 0;

	if (!pid_text || !fds_text)
		return 0;
	if (str_to_u64(pid_text, INT32_MAX, &pid) < 0 || pid != (uint64_t)getpid())
		return 0;
	if (str_to_u64(fds_text, INT32_MAX, &n) < 0)
		return 0;
	return (unsigned int)n;
}

int request_check_fds(struct invocation *in, struct err *e)
{
	unsigned int listen_fds = count_listen_fds();
	unsigned int n = listen_fds + options_number(&in->local, "preserve-fds");

	for (unsigned int i = 0; i < n; i++) {
		int fd = (int)i + FIRST_FD;

		if (fcntl(fd, F_GETFD) < 0)
			return err_errno(e,
					 "unable to stat preserved-fd %u (of %u): fcntl(2) on "
					 "descriptor %d",
					 i, n, fd);
	}
	in->request.listen_fds = listen_fds;
	in->request.preserve_fds = n;
	return 0;
}

static int get_cwd(struct invocation *in, const char **ret, struct err *e)
{
	char *cwd autofree = getcwd(NULL, 0);

	if (!cwd)
		return err_errno(e, "getcwd(3)");
	*ret = arena_strdup(&in->arena, cwd);
	return 0;
}

/* The path that an option names, relative to where we are now. */
int request_path(struct invocation *in, const char *option, const char **ret, struct err *e)
{
	const char *path = options_text(&in->local, option);
	const char *cwd = "/";
	int r = 0;

	*ret = NULL;
	if (!path)
		return 0;
	if (path[0] != '/')
		r = get_cwd(in, &cwd, e);
	if (r == 0)
		*ret = path_join(&in->arena, cwd, path);
	return r;
}

int request_pid_file(struct invocation *in, const char **ret, struct err *e)
{
	return request_path(in, "pid-file", ret, e);
}

int exit_status(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* "build/vial" would mean another file elsewhere; a helper program may lie beside it. */
static int keep_own_name(struct invocation *in, struct err *e)
{
	const char *name = in->request.argv0, *cwd = NULL;

	if (!name || name[0] == '/' || !strchr(name, '/'))
		return 0;
	int r = get_cwd(in, &cwd, e);
	if (r == 0)
		in->request.argv0 = path_join(&in->arena, cwd, name);
	return r;
}

int request_enter_bundle(struct invocation *in, struct err *e)
{
	const char *bundle = options_text(&in->local, "bundle");
	int r = bundle ? keep_own_name(in, e) : 0;

	if (r < 0)
		return r;
	if (bundle && chdir(bundle) < 0)
		return err_errno(e, "chdir %s", bundle);
	return get_cwd(in, &in->request.bundle, e);
}

int request_complete(struct invocation *in, struct err *e)
{
	const struct options *o = &in->local;
	/* Both before we go elsewhere. */
	int r = request_path(in, "pid-file", &in->request.pid_file, e);

	if (r == 0)
		r = request_path(in, "config", &in->request.config_name, e);
	if (r == 0)
		r = request_enter_bundle(in, e);
	if (r < 0)
		return r;
	in->request.seccomp_receiver = getenv(SECCOMP_RECEIVER_ENV);
	in->request.id = o->args[0];
	if (in->env.notify_socket && in->request.id)
		in->request.notify_dir =
			arena_printf(&in->arena, "%s/%s/" NOTIFY_DIR, in->env.root, in->request.id);
	in->request.console_socket = options_text(o, "console-socket");
	in->request.pidfd_socket = options_text(o, "pidfd-socket");
	in->request.no_pivot = options_on(o, "no-pivot");
	in->request.no_new_keyring = options_on(o, "no-new-keyring");
	return 0;
}
