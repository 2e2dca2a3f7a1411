/* SPDX-License-Identifier: Apache-2.0 */
#include "init/sources.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/retry.h"
#include "base/sys.h"
#include "init/idmap.h"
#include "proto/proto.h"

#define ROOT_INDEX UINT32_MAX /* in place of a mount's index */
/* So many messages fit into a socket whatever its size is, and the helper ends before init reads. */
#define QUEUE_MAX  128

static bool is_below(const char *path, const char *dir)
{
	const char *rest = str_after(path, dir);

	return rest && (*rest == '\0' || *rest == '/');
}

bool sources_has_root(const struct plan *plan, uid_t euid)
{
	return euid == 0 && plan->ns[NS_USER].wanted && plan->ns[NS_MOUNT].wanted &&
	       !plan->ns[NS_MOUNT].path;
}

/*
 * What lies in the root may be made by an earlier mount: it is opened by init in its turn, unless
 * it is to be id-mapped, for which init lacks the right.
 */
static bool is_sent(const struct plan *plan, bool userns, const struct plan_mount *m)
{
	if (m->kind != MOUNT_KIND_BIND)
		return false;
	if (m->idmap != IDMAP_NONE)
		return true;
	return userns && m->source && m->source[0] == '/' && !is_below(m->source, plan->rootfs);
}

size_t sources_needed(const struct plan *plan, uid_t euid)
{
	bool userns = sources_has_root(plan, euid);
	size_t n = userns;

	for (size_t i = 0; i < plan->n_mounts; i++)
		if (is_sent(plan, userns, &plan->mounts[i]))
			n++;
	return n;
}

/* --- the helper ------------------------------------------------------------------------- */

void source_opener_done(struct source_opener *o)
{
	if (o->userns_fd >= 0)
		(void)close(take_fd(&o->userns_fd));
}

static int send_one(const struct sources_job *job, uint32_t index, int fd, struct err *e)
{
	return proto_send(job->sock, STEP_SOURCES, &index, sizeof(index), &fd, 1, e);
}

static bool same_map(const struct plan_id_map *a, const struct plan_id_map *b)
{
	return a->n == b->n && (a->n == 0 || memcmp(a->v, b->v, a->n * sizeof(*a->v)) == 0);
}

static bool same_userns(const struct plan_mount *a, const struct plan_mount *b)
{
	return a->idmap == b->idmap && same_map(&a->uid_map, &b->uid_map) &&
	       same_map(&a->gid_map, &b->gid_map);
}

/* The user namespace that a mount is mapped by; kept for the next, which often has the same. */
static int find_userns(struct source_opener *o, const struct plan_mount *m, struct err *e)
{
	char path[48];

	if (o->userns_of && same_userns(o->userns_of, m))
		return 0;
	source_opener_done(o);
	o->userns_of = m;
	if (m->idmap == IDMAP_OWN) {
		o->userns_fd = idmap_make_userns(o->proc_fd, &m->uid_map, &m->gid_map, e);
		return o->userns_fd < 0 ? o->userns_fd : 0;
	}
	(void)snprintf(path, sizeof(path), "%ld/ns/user", (long)o->pid);
	o->userns_fd = RETRY(openat(o->proc_fd, path, O_RDONLY | O_CLOEXEC));
	return o->userns_fd < 0 ? err_errno(e, "open the container's user namespace") : 0;
}

static int open_tree_at(const struct plan_mount *m, struct err *e)
{
	unsigned int flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC;

	if (m->src_nofollow || m->copy_symlink)
		flags |= AT_SYMLINK_NOFOLLOW;
	int fd = sys_open_tree(AT_FDCWD, m->source, m->recursive ? flags | AT_RECURSIVE : flags);

	/* A mount that is locked together with what is below it can be had only as a whole. */
	if (fd < 0 && errno == EINVAL && !m->recursive)
		fd = sys_open_tree(AT_FDCWD, m->source, flags | AT_RECURSIVE);
	if (fd < 0)
		return err_errno(e, "failed to fulfil mount request: open %s", m->source);
	return fd;
}

int source_open(struct source_opener *o, const struct plan_mount *m, struct err *e)
{
	int r = m->idmap == IDMAP_NONE ? 0 : find_userns(o, m, e);

	if (r < 0)
		return r;
	autoclose int tree = open_tree_at(m, e);
	if (tree < 0)
		return tree;
	if (m->idmap != IDMAP_NONE)
		r = rootfs_idmap(tree, o->userns_fd, m, e);
	return r < 0 ? r : take_fd(&tree);
}

static int send_mount(const struct sources_job *job, struct source_opener *o, size_t i, bool userns,
		      struct err *e)
{
	const struct plan_mount *m = &job->plan->mounts[i];

	if (!userns) {
		int r = find_userns(o, m, e);

		return r < 0 ? r : send_one(job, (uint32_t)i, o->userns_fd, e);
	}
	autoclose int tree = source_open(o, m, e);
	return tree < 0 ? tree : send_one(job, (uint32_t)i, tree, e);
}

static int enter(const struct sources_job *job, struct err *e)
{
	if (setns(job->pidfd, CLONE_NEWNS) < 0)
		return err_errno(e, "open mount sources: setns(2)");
	autoclose int fd = RETRY(open(job->rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC));
	if (fd < 0)
		return err_errno(e, "open %s in the container's mount namespace", job->rootfs);
	return send_one(job, ROOT_INDEX, fd, e);
}

static int send_all(const struct sources_job *job, struct err *e)
{
	autodone(source_opener) struct source_opener o = { job->proc_fd, job->pid, -1, NULL };
	bool userns = sources_has_root(job->plan, job->euid);
	int r = userns ? enter(job, e) : 0;

	for (size_t i = 0; r == 0 && i < job->plan->n_mounts; i++)
		if (is_sent(job->plan, userns, &job->plan->mounts[i]))
			r = send_mount(job, &o, i, userns, e);
	return r;
}

static _Noreturn void helper_main(const struct sources_job *job)
{
	struct err e;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (send_all(job, &e) < 0)
		proto_send_err(job->sock, &e);
	_exit(0);
}

int sources_start(const struct sources_job *job, pid_t *ret, struct err *e)
{
	struct clone_args args = { .exit_signal = SIGCHLD };
	pid_t pid = sys_clone3(&args, sizeof(args));

	if (pid < 0)
		return err_errno(e, "open mount sources: clone3(2)");
	if (pid == 0)
		helper_main(job);
	*ret = pid;
	if (sources_needed(job->plan, job->euid) > QUEUE_MAX)
		return 0;
	sources_reap(pid, false);
	*ret = 0;
	return 0;
}

void sources_reap(pid_t pid, bool kill_it)
{
	if (pid <= 0)
		return;
	if (kill_it)
		(void)kill(pid, SIGKILL); /* our own unreaped child: the pid is not reused */
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* --- init ------------------------------------------------------------------------------- */

static int recv_one(int sock, uint32_t index, struct err *e)
{
	struct proto_msg m;
	uint32_t got;
	int r = proto_recv(sock, NULL, &m, e);

	if (r < 0)
		return proto_is_eof(e) ? err_set(e, EPROTO, "the helper of the host ended early")
				       : r;
	if (m.step == STEP_SOURCES && m.n_fds == 1 && m.length == sizeof(got)) {
		memcpy(&got, m.body, sizeof(got));
		if (got == index)
			return m.fds[0];
	}
	for (size_t i = 0; i < m.n_fds; i++)
		(void)close(m.fds[i]);
	return err_set(e, EPROTO, "expected SOURCES, received %s", proto_step_name(m.step));
}

int sources_recv_root(int sock, struct err *e)
{
	return recv_one(sock, ROOT_INDEX, e);
}

int sources_recv(const struct plan *plan, uid_t euid, int sock, size_t index,
		 struct rootfs_source *ret, struct err *e)
{
	bool userns = sources_has_root(plan, euid);

	*ret = (struct rootfs_source){ -1, -1 };
	if (!is_sent(plan, userns, &plan->mounts[index]))
		return 0;
	int fd = recv_one(sock, (uint32_t)index, e);
	if (fd < 0)
		return fd;
	if (userns)
		ret->tree_fd = fd;
	else
		ret->userns_fd = fd;
	return 0;
}
