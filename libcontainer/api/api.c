/* SPDX-License-Identifier: Apache-2.0 */

/* The stable API, include/vial/vial.h, in terms of the container layer. Runs in: host. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <vial/vial.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/proc.h"
#include "base/retry.h"
#include "container/container.h"

struct vial {
	char *root;
	vial_log_fn log;
	void *log_arg;
	struct log_sink sink;
	struct container_env env;
};

struct vial_bundle {
	char *path; /* absolute, resolved */
};

/* A caller's enumerators are ours. */
_Static_assert((int)VIAL_ERROR_EXISTS == (int)ERR_EXISTS, "kinds of errors");
_Static_assert((int)VIAL_ERROR_CONFIG == (int)ERR_CONFIG, "kinds of errors");
_Static_assert((int)VIAL_ERROR_NO_CONTAINER == (int)ERR_NO_CONTAINER, "kinds of errors");
_Static_assert((int)VIAL_ERROR_NOT_RUNNING == (int)ERR_NOT_RUNNING, "kinds of errors");
_Static_assert((int)VIAL_STOPPED == (int)CONTAINER_STOPPED, "statuses");
_Static_assert((int)VIAL_LOG_DEBUG == (int)LOG_LEVEL_DEBUG, "levels");

/* @r is what the inner function returned; its error becomes the caller's. */
static int give(int r, const struct err *from, struct vial_error *to)
{
	if (!to)
		return r;
	*to = (struct vial_error){ 0 };
	if (r >= 0)
		return r;
	to->code = -r;
	to->kind = (enum vial_error_kind)from->kind;
	memcpy(to->text, from->text, strnlen(from->text, sizeof(to->text) - 1));
	return r;
}

static void forward_log(void *arg, enum log_level level, const char *text)
{
	const struct vial *v = arg;

	v->log(v->log_arg, (enum vial_log_level)level, text);
}

int vial_open(const char *root, vial_log_fn log, void *arg, enum vial_log_level max,
	      struct vial **ret, struct vial_error *to)
{
	struct err e = { 0 };

	if (!root || root[0] != '/')
		return give(err_set_kind(&e, ERR_USAGE, EINVAL, "the state root must be absolute"),
			    &e, to);
	struct vial *v = mem_new(1, sizeof(*v));
	*v = (struct vial){
		.root = mem_strdup(root),
		.log = log,
		.log_arg = arg,
		.sink = { forward_log, v, (enum log_level)max },
	};
	v->env = (struct container_env){
		.root = v->root,
		.program = "vial",
		.log = log ? &v->sink : NULL,
	};
	*ret = v;
	return give(0, &e, to);
}

void vial_close(struct vial *v)
{
	if (v)
		free(v->root);
	free(v);
}

static int load_bundle(const char *path, struct vial_bundle **ret, struct err *e)
{
	struct spec *spec = NULL;
	char *real autofree = realpath(path, NULL);

	if (!real)
		return err_errno(e, "open bundle %s", path);
	autoclose int fd = RETRY(open(real, O_PATH | O_DIRECTORY | O_CLOEXEC));
	if (fd < 0)
		return err_errno(e, "open bundle %s", path);
	int r = spec_load(fd, "config.json", &spec, e);
	if (r < 0)
		return r;
	spec_free(spec);
	*ret = mem_new(1, sizeof(**ret));
	(*ret)->path = take_ptr(real);
	return 0;
}

int vial_bundle_load(const char *path, struct vial_bundle **ret, struct vial_error *to)
{
	struct err e = { 0 };

	return give(load_bundle(path, ret, &e), &e, to);
}

void vial_bundle_free(struct vial_bundle *b)
{
	if (b)
		free(b->path);
	free(b);
}

int vial_create(struct vial *v, const struct vial_bundle *b, const char *id,
		const struct vial_create_options *o, struct vial_error *to)
{
	const struct vial_create_options none = { 0 };
	struct err e = { 0 };

	if (!o)
		o = &none;
	const struct request req = {
		.program = v->env.program,
		.id = id,
		.bundle = b->path,
		.console_socket = o->console_socket,
		.systemd_cgroup = o->systemd_cgroup,
		.strict = o->strict,
		.is_create = true,
	};
	return give(container_create(&v->env, &req, &e), &e, to);
}

int vial_start(struct vial *v, const char *id, struct vial_error *to)
{
	struct err e = { 0 };

	return give(container_start(&v->env, id, &e), &e, to);
}

static struct strs strs_of(const char *const *v)
{
	struct strs s = { v, 0 };

	while (v && v[s.n])
		s.n++;
	return s;
}

int vial_exec(struct vial *v, const char *id, const char *const *argv,
	      const struct vial_exec_options *o, struct vial_error *to)
{
	const struct vial_exec_options none = { 0 };
	struct err e = { 0 };
	int status, pidfd = -1;

	if (!o)
		o = &none;
	if (!argv || !argv[0])
		return give(err_set_kind(&e, ERR_USAGE, EINVAL, "exec: no program is named"), &e,
			    to);
	const struct exec_request req = {
		.base = { .program = v->env.program, .id = id, .detach = true },
		.args = strs_of(argv),
		.env = strs_of(o->env),
		.cwd = o->cwd,
		.user = o->user,
		.terminal = { true, false },
		.ret_pidfd = &pidfd,
	};
	int r = container_exec(&v->env, &req, &status, &e);
	return give(r < 0 ? r : pidfd, &e, to);
}

/* --- looking ------------------------------------------------------------------------------- */

/* All in one piece of memory: the structs, then their strings. */
static struct vial_state *states_of(const struct container_info *info, size_t n)
{
	size_t size = (n + 1) * sizeof(struct vial_state);

	for (size_t i = 0; i < n; i++)
		size += strlen(info[i].id) + strlen(info[i].bundle) + strlen(info[i].rootfs) +
			strlen(info[i].created) + 4;
	struct vial_state *list = mem_new(1, size);
	char *at = (char *)(list + n + 1);
	for (size_t i = 0; i < n; i++) {
		const char *from[] = { info[i].id, info[i].bundle, info[i].rootfs,
				       info[i].created };
		const char **into[] = { &list[i].id, &list[i].bundle, &list[i].rootfs,
					&list[i].created };

		for (size_t k = 0; k < 4; k++) {
			*into[k] = memcpy(at, from[k], strlen(from[k]) + 1);
			at += strlen(from[k]) + 1;
		}
		list[i].status = (enum vial_status)info[i].status;
		list[i].pid = info[i].pid;
		list[i].owner = info[i].owner;
	}
	return list;
}

int vial_state(struct vial *v, const char *id, struct vial_state **ret, struct vial_error *to)
{
	struct err e = { 0 };
	struct container_info info = { .arena = ARENA_INIT };
	int r = container_info(&v->env, id, &info, &e);

	if (r == 0) {
		*ret = states_of(&info, 1);
		container_info_done(&info);
	}
	return give(r, &e, to);
}

int vial_list(struct vial *v, struct vial_state **ret, size_t *n, struct vial_error *to)
{
	struct err e = { 0 };
	struct container_info *info = NULL;
	size_t found = 0;
	int r = container_list(&v->env, &info, &found, &e);

	if (r == -ENOENT)
		r = 0; /* no container was ever made here */
	if (r < 0)
		return give(r, &e, to);
	*ret = states_of(info, found);
	*n = found;
	for (size_t i = 0; i < found; i++)
		container_info_done(&info[i]);
	free(info);
	return give(0, &e, to);
}

void vial_states_free(struct vial_state *s)
{
	free(s);
}

/* --- ending -------------------------------------------------------------------------------- */

int vial_kill(struct vial *v, const char *id, int sig, bool all, struct vial_error *to)
{
	struct err e = { 0 };

	return give(container_kill(&v->env, id, sig, all, &e), &e, to);
}

int vial_pidfd(struct vial *v, const char *id, struct vial_error *to)
{
	struct err e = { 0 };

	return give(container_pidfd(&v->env, id, &e), &e, to);
}

#define CORE_DUMPED 0x80 /* what WCOREDUMP() of wait(2) looks at */

/* Return: its wait status; -1: no child of this process, or reaped already. */
static int reap(int pidfd)
{
	siginfo_t info = { 0 };

	if (RETRY(waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG)) < 0 || info.si_pid == 0)
		return -1;
	if (info.si_code == CLD_EXITED)
		return info.si_status << 8;
	return info.si_status | (info.si_code == CLD_DUMPED ? CORE_DUMPED : 0);
}

int vial_wait(int pidfd, int timeout_ms, int *ret_status, struct vial_error *to)
{
	struct err e = { 0 };
	int r = proc_wait_pidfd(pidfd, timeout_ms);

	if (r < 0)
		return give(err_set(&e, -r, "wait for a process: %s", errno_text(-r)), &e, to);
	int status = reap(pidfd);
	if (ret_status)
		*ret_status = status;
	return give(0, &e, to);
}

int vial_delete(struct vial *v, const char *id, bool force, struct vial_error *to)
{
	struct err e = { 0 }, ignored;
	autoclose int pidfd = container_pidfd(&v->env, id, &ignored);
	int r = container_delete(&v->env, id, force, &e);

	if (r == 0 && pidfd >= 0)
		(void)reap(pidfd);
	return give(r, &e, to);
}

int vial_seal(char *const argv[], struct vial_error *to)
{
	struct err e = { 0 };

	return give(container_seal_program(argv, &e), &e, to);
}
