/* SPDX-License-Identifier: Apache-2.0 */
#include "init/livemounts.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/retry.h"
#include "base/sys.h"
#include "init/ns.h"
#include "init/setup.h"
#include "init/sources.h"
#include "proto/proto.h"
#include "rootfs/rootfs.h"

/* In the helper. */
struct work {
	const struct live_mounts *l;
	int sock;	/* to the host */
	int self_fd;	/* /proc/self/fd, of the host's procfs */
	int *trees;	/* one for each mount of the plan; -1: none */
	bool in_userns; /* the container's was entered already */
};

static bool has_userns(const struct work *w)
{
	return w->l->plan->ns[NS_USER].wanted;
}

/* --- sources ------------------------------------------------------------------------------ */

static _Noreturn void hold_namespace(const struct live_mounts *l, int ready)
{
	char word = 'x';

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (setns(l->init_pidfd, CLONE_NEWUSER) < 0 || unshare(CLONE_NEWNS) < 0)
		_exit(1);
	if (RETRY(write(ready, &word, 1)) != 1)
		_exit(1);
	for (;;)
		(void)pause();
}

/* Enters a mount namespace that another process of ours makes under the container's user
 * namespace; our rights stay the host's. */
static int enter_locked_copy(const struct live_mounts *l, struct err *e)
{
	struct clone_args args = { .flags = CLONE_PIDFD, .exit_signal = SIGCHLD };
	int ends[2], pidfd = -1;
	char word;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_errno(e, "pipe2(2)");
	autoclose int from = ends[0], to = ends[1];
	args.pidfd = (uint64_t)(uintptr_t)&pidfd;
	pid_t pid = sys_clone3(&args, sizeof(args));
	if (pid < 0)
		return err_errno(e, "clone3(2)");
	if (pid == 0)
		hold_namespace(l, to);
	(void)close(take_fd(&to));

	autoclose int holder = pidfd;
	int r = 0;
	if (RETRY(read(from, &word, 1)) != 1)
		r = err_set(e, EPERM, "no copy of the mount namespace could be made");
	else if (setns(holder, CLONE_NEWNS) < 0)
		r = err_errno(e, "setns(2)");
	sources_reap(pid, true);
	return r;
}

/* An ordinary user has rights to mount only inside, and sees the sources there, too. */
static int enter_as_user(struct work *w, struct err *e)
{
	if (setns(w->l->init_pidfd, CLONE_NEWUSER) < 0)
		return err_errno(e, "join the container's user namespace: setns(2)");
	w->in_userns = true;
	int r = ns_become_root(w->l->plan, e);
	if (r == 0 && unshare(CLONE_NEWNS) < 0)
		r = err_errno(e, "unshare(2)");
	return r;
}

static int open_sources(struct work *w, struct err *e)
{
	const struct plan *plan = w->l->plan;
	autodone(source_opener) struct source_opener o = { w->l->proc_fd, w->l->init_pid, -1,
							   NULL };
	int r = 0;

	if (has_userns(w))
		r = w->l->euid == 0 ? enter_locked_copy(w->l, e) : enter_as_user(w, e);
	if (r < 0)
		return err_ctx(e, "open mount sources");
	for (size_t i = 0; i < plan->n_mounts; i++) {
		if (plan->mounts[i].kind != MOUNT_KIND_BIND)
			continue;
		w->trees[i] = source_open(&o, &plan->mounts[i], e);
		if (w->trees[i] < 0)
			return err_ctx(e, "[%zu]", plan->mounts[i].index);
	}
	return 0;
}

static int take_source(void *arg, size_t index, struct rootfs_source *ret, struct err *e)
{
	struct work *w = arg;

	(void)e;
	*ret = (struct rootfs_source){ take_fd(&w->trees[index]), -1 };
	return 0;
}

/* --- the container ------------------------------------------------------------------------ */

/* A sysfs is that of a network namespace, an mqueue that of an ipc namespace. */
static int more_namespaces(const struct plan *plan)
{
	int flags = 0;

	for (size_t i = 0; i < plan->n_mounts; i++) {
		const struct plan_mount *m = &plan->mounts[i];

		if (m->kind != MOUNT_KIND_FS)
			continue;
		if (str_eq(m->fstype, "sysfs") && plan->ns[NS_NETWORK].wanted)
			flags |= CLONE_NEWNET;
		if (str_eq(m->fstype, "mqueue") && plan->ns[NS_IPC].wanted)
			flags |= CLONE_NEWIPC;
	}
	return flags;
}

static int enter(struct work *w, struct err *e)
{
	int flags = CLONE_NEWNS | more_namespaces(w->l->plan);
	bool join_user = has_userns(w) && !w->in_userns;

	int r = setns(w->l->init_pidfd, flags | (join_user ? CLONE_NEWUSER : 0));
	/* EINVAL: the user namespace that the container joined is our own. */
	if (r < 0 && errno == EINVAL && join_user) {
		join_user = false;
		r = setns(w->l->init_pidfd, flags);
	}
	if (r < 0) {
		(void)err_errno(e, "join the container's namespaces: setns(2)");
		return e->code == ESRCH ? err_append(e, "the container has stopped") : -e->code;
	}
	return join_user ? ns_become_root(w->l->plan, e) : 0;
}

/* Of the host's we keep what is to be mounted, and our own descriptors to unmount by. */
static int drop_the_host(struct work *w, struct err *e)
{
	size_t n = w->l->plan->n_mounts;
	int *keep autofree = mem_new(n + 3, sizeof(*keep));

	memcpy(keep, w->trees, n * sizeof(*keep));
	keep[n] = w->sock;
	keep[n + 1] = w->self_fd;
	keep[n + 2] = w->l->init_pidfd;
	return init_close_others(3, keep, n + 3, e);
}

static int work(struct work *w, struct err *e)
{
	const struct log_sink log = proto_log_sink(&w->sock, LOG_LEVEL_WARNING);
	static int (*const apply[])(struct rootfs *, struct err *) = {
		[LIVE_ADD] = rootfs_add,
		[LIVE_REMOVE] = rootfs_remove,
		[LIVE_RESEAL] = rootfs_reseal,
	};
	struct rootfs r = ROOTFS_INIT;

	w->self_fd = RETRY(openat(w->l->proc_fd, "self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC));
	if (w->self_fd < 0)
		return err_errno(e, "open /proc/self/fd");
	int ret = w->l->what == LIVE_ADD ? open_sources(w, e) : 0;
	if (ret == 0)
		ret = drop_the_host(w, e);
	if (ret == 0)
		ret = enter(w, e);
	if (ret < 0)
		return ret;
	(void)umask(0);
	r.plan = w->l->plan;
	r.log = &log;
	r.proc_fd = w->self_fd;
	r.take_source = take_source;
	r.source_arg = w;
	ret = apply[w->l->what](&r, e);
	rootfs_done(&r);
	return ret;
}

static _Noreturn void helper_main(const struct live_mounts *l, int sock)
{
	size_t n = l->plan->n_mounts;
	struct work w = { .l = l, .sock = sock, .trees = mem_new(n + 1, sizeof(int)) };
	struct err e;

	for (size_t i = 0; i < n; i++)
		w.trees[i] = -1;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)prctl(PR_SET_DUMPABLE, l->euid != 0);
	if (work(&w, &e) < 0)
		proto_send_err(sock, &e);
	else if (proto_say(sock, STEP_CREATED, &e) < 0)
		_exit(1);
	_exit(0);
}

int live_mounts_apply(const struct live_mounts *l, const struct log_sink *log, struct err *e)
{
	struct clone_args args = { .exit_signal = SIGCHLD };
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return err_errno(e, "socketpair(2)");
	autoclose int ours = ends[0], theirs = ends[1];
	pid_t pid = sys_clone3(&args, sizeof(args));
	if (pid < 0)
		return err_errno(e, "clone3(2)");
	if (pid == 0)
		helper_main(l, theirs);
	(void)close(take_fd(&theirs));
	int r = proto_expect(ours, STEP_CREATED, log, NULL, e);
	if (r < 0 && proto_is_eof(e))
		r = err_set(e, EPROTO, "the helper process ended early");
	sources_reap(pid, r < 0);
	return r;
}
