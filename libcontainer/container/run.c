/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/hint.h"
#include "base/proc.h"
#include "base/retry.h"
#include "base/sys.h"
#include "container/create.h"

/* What a foreground run changes in its own process, and puts back. */
struct foreground {
	int signal_fd; /* -1: detached */
	sigset_t old_mask;
	bool made_subreaper;
};

static int enter_foreground(struct foreground *f, const struct create *c, struct err *e)
{
	const struct plan_ns *pid = &c->plan->ns[NS_PID];
	bool is_private = pid->wanted && !pid->path; /* its orphans go to its own init */
	int was = 0;

	if (c->req->detach)
		return 0;
	/* Orphans of a container without a pid namespace come to us, not to init. */
	if (!c->req->no_subreaper && !is_private && prctl(PR_GET_CHILD_SUBREAPER, &was) == 0 &&
	    !was) {
		if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
			return err_errno(e, "prctl(2) PR_SET_CHILD_SUBREAPER");
		f->made_subreaper = true;
	}
	f->signal_fd = console_signals(c->facts.signals_ignored, &f->old_mask, e);
	return f->signal_fd < 0 ? f->signal_fd : 0;
}

static void leave_foreground(struct foreground *f, bool is_last)
{
	if (is_last)
		return; /* a signal that comes now is too late to end us otherwise */
	if (f->signal_fd >= 0) {
		(void)close(f->signal_fd);
		(void)sigprocmask(SIG_SETMASK, &f->old_mask, NULL);
	}
	if (f->made_subreaper)
		(void)prctl(PR_SET_CHILD_SUBREAPER, 0);
}

static int start(struct create *c, struct err *e)
{
	TRACE(c->env->trace, "start");

	/* In the foreground it is us whom the caller watches. */
	pid_t main_pid = c->req->detach ? c->init.pid : c->handle.state.cli.pid;
	int r = notify_listen(&c->notify, c->env, c->handle.dir_fd, main_pid, e);

	if (r == 0)
		r = create_start(c, e);
	if (r < 0)
		return err_ctx(e, "unable to start container process");
	return handle_poststart(&c->handle, e);
}

/* Other commands may work on it now. */
static int unlock(const struct create *c, struct err *e)
{
	if (RETRY(flock(c->handle.dir_fd, LOCK_UN)) < 0)
		return err_errno(e, "unlock the state of %s", c->req->id);
	return 0;
}

/* Detached, but not before the container is ready, if our caller wants to know. */
static int leave(struct create *c, struct err *e)
{
	if (c->notify.sock < 0)
		return 0;
	int r = unlock(c, e);
	return r < 0 ? r : notify_wait(&c->notify, c->init.pidfd, e);
}

static int attend(struct create *c, const struct foreground *f, int *ret_status, struct err *e)
{
	TRACE(c->env->trace, "the container runs");

	int r = unlock(c, e);

	if (r < 0)
		return r;
	c->relay.watch_fd = c->notify.sock;
	c->relay.watch = notify_take;
	c->relay.watch_arg = &c->notify;
	r = console_run(&c->relay, c->master_fd, c->init.pidfd, c->init.pid, f->signal_fd,
			ret_status, e);
	console_relay_done(&c->relay);
	if (r == 0)
		c->handle.state.init.pid = 0; /* reaped: the number may be somebody else's */
	return r;
}

/* The lock is ours again, or the container is gone by another's hand, which is as well. */
static void remove_ended(struct create *c)
{
	TRACE(c->env->trace, "remove");

	struct err e;
	int r = store_lock(c->handle.root_fd, c->handle.dir_fd, c->req->id, LOCK_TIMEOUT_MS, &e);

	if (r == 0)
		r = handle_destroy(&c->handle, &e);
	if (r < 0 && e.kind != ERR_NO_CONTAINER)
		log_warn(c->env->log, "unable to destroy container: %s", e.text);
}

/* Started and failed: nothing of it stays, as if it had never been created. */
static void remove_failed(struct create *c)
{
	TRACE(c->env->trace, "remove");

	struct err e;

	proc_kill_pidfd(c->init.pidfd);
	(void)RETRY(waitid(P_PIDFD, (id_t)c->init.pidfd, NULL, WEXITED));
	if (handle_destroy(&c->handle, &e) < 0)
		log_warn(c->env->log, "unable to destroy container: %s", e.text);
}

/* The exit status has only a number for what happened. */
static void explain_end(const struct create *c, int status)
{
	const struct log_sink *log = c->env->log;
	uint64_t killed = status ? cgroup_oom_kills(&c->handle.cgroup) : 0;

	if (killed)
		log_warn(log,
			 "%llu of the container's processes killed for lack of memory: see "
			 "linux.resources.memory.limit",
			 (unsigned long long)killed);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS && c->filter.insns)
		log_warn(
			log,
			"the program was ended by SIGSYS, as linux.seccomp does for a system call "
			"that it kills; `vial run --seccomp-record` writes a profile with all that "
			"the program needs");
}

static void end_all(struct create *c)
{
	struct err e;

	if (cgroup_signal_all(&c->handle.cgroup, SIGKILL, &e) < 0)
		log_warn(c->env->log, "%s", e.text);
}

/* What run and restore do differently. */
struct way {
	create_step make, start;
};

static int run(struct create *c, const struct way *w, struct foreground *f, int *ret_status,
	       struct err *e)
{
	c->starts = true;
	int r = create_load(c, e);

	if (r == 0)
		r = enter_foreground(f, c, e);
	if (r == 0)
		r = w->make(c, e);
	if (r < 0)
		return r;
	if (c->master_fd >= 0)
		r = console_relay_raw(&c->relay, c->master_fd, e);
	if (r == 0)
		r = w->start(c, e);
	if (r < 0) {
		remove_failed(c);
		return r;
	}
	if (c->req->detach)
		return leave(c, e);
	r = attend(c, f, ret_status, e);
	if (r == 0)
		explain_end(c, *ret_status);
	if (c->req->seccomp_record)
		end_all(c); /* the recorder ends with the last of them */
	if (!c->req->keep)
		remove_ended(c);
	if (r == 0 && c->req->seccomp_record)
		r = recorder_finish(&c->recorder, c->req->seccomp_record, e);
	return r;
}

int run_container(struct create *c, create_step make, create_step begin, int *ret_status,
		  struct err *e)
{
	const struct way w = { make, begin };
	struct foreground f = { .signal_fd = -1 };

	*ret_status = 0;
	int r = run(c, &w, &f, ret_status, e);
	leave_foreground(&f, c->env->is_last);
	return r;
}

int container_run(const struct container_env *env, const struct request *req, int *ret_status,
		  struct err *e)
{
	struct create c;

	*ret_status = 0;
	int r = container_id_check(req->id, e);
	if (r < 0)
		return r;
	create_init(&c, env, req);
	r = run_container(&c, create_container, start, ret_status, e);
	create_done(&c);
	return r < 0 ? hint_add(e) : 0;
}
