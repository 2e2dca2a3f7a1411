/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/proc.h"
#include "base/retry.h"
#include "base/str.h"
#include "container/create.h"
#include "hooks/hooks.h"
#include "init/hookstate.h"
#include "init/sources.h"
#include "net/net.h"
#include "proto/proto.h"
#include "rdt/rdt.h"
#include "security/security.h"

#define DEATH_TIMEOUT_MS 2000
#define EXEC_PATIENCE_MS 20

/* --- errors of init ------------------------------------------------------------------- */

static void explain_signal(const struct create *c, int sig, struct err *e)
{
	const struct spec_resources *res = c->spec->linux_->resources;

	(void)err_set(e, ECHILD, "init was ended by signal %d", sig);
	if (sig == SIGKILL && res && res->memory && res->memory->limit.set &&
	    res->memory->limit.v > 0)
		(void)err_append(
			e,
			"container init was OOM-killed? linux.resources.memory.limit is %lld bytes",
			(long long)res->memory->limit.v);
	else if (sig == SIGSYS)
		(void)err_append(e,
				 "by its seccomp filter, which forbids what init still has to do");
}

/* End of file instead of a message: the wait status says why. It stays for the undoing. */
static int explain_death(const struct create *c, struct err *e)
{
	siginfo_t info = { .si_pid = 0 };

	if (c->init.pidfd < 0 || proc_wait_pidfd(c->init.pidfd, DEATH_TIMEOUT_MS) < 0 ||
	    RETRY(waitid(P_PIDFD, (id_t)c->init.pidfd, &info, WEXITED | WNOWAIT | WNOHANG)) < 0 ||
	    info.si_pid == 0)
		return err_set(e, ECHILD, "init ended without a word");
	if (info.si_code == CLD_EXITED)
		return err_set(e, ECHILD, "init ended without a word, status %d", info.si_status);
	explain_signal(c, info.si_status, e);
	return -ECHILD;
}

static int expect(const struct create *c, enum proto_step step, int *ret_fd, struct err *e)
{
	TRACE(c->env->trace, proto_step_name(step));
	int r = proto_expect(c->init.sock, step, c->env->log, ret_fd, e);

	if (r == 0)
		return 0;
	if (proto_is_eof(e)) {
		(void)explain_death(c, e);
		(void)err_ctx(e, "wait for %s", proto_step_name(step));
	}
	return err_ctx(e, "error during container init");
}

static int say(const struct create *c, enum proto_step step, struct err *e)
{
	int r = proto_tell(c->init.sock, step, c->env->log, e);

	if (r == 0)
		return 0;
	if (proto_is_eof(e))
		(void)explain_death(c, e);
	return err_ctx(e, "error during container init");
}

/* --- steps ---------------------------------------------------------------------------- */

/* Before init goes on: what it mounts itself is not to show in what is opened for it. */
static int open_sources(struct create *c, struct err *e)
{
	const struct sources_job job = {
		.plan = c->plan,
		.euid = c->args.euid,
		.rootfs = c->args.rootfs,
		.proc_fd = c->args.proc_fd,
		.pid = c->init.pid,
		.pidfd = c->init.pidfd,
		.sock = c->source_sock,
	};

	if (c->source_sock < 0)
		return 0;
	int r = sources_start(&job, &c->source_helper, e);
	/* Its end of file must mean the helper's. */
	if (fd_close_end(&c->source_sock) < 0 && r == 0)
		r = err_errno(e, "close the helper's socket");
	return r;
}

/* linux.netDevices: into the namespace that is joined, or init's own new one. */
static int move_net_devices(struct create *c, struct err *e)
{
	char path[48];

	if (c->plan->n_net_devices == 0)
		return 0;
	if (c->args.ns.fd[NS_NETWORK] >= 0)
		return net_devices_move(c->plan, c->args.ns.fd[NS_NETWORK], e);
	(void)snprintf(path, sizeof(path), "%ld/ns/net", (long)c->init.pid);
	autoclose int fd = RETRY(openat(c->args.proc_fd, path, O_RDONLY | O_CLOEXEC));
	if (fd < 0)
		return err_errno(e, "open init's network namespace");
	return net_devices_move(c->plan, fd, e);
}

/* The sentence is one that runc's tests look for. */
static void warn_of_strays(const struct create *c)
{
	if (c->plan->cgroup.rootless && !c->handle.cgroup.joined && !c->handle.state.private_pidns)
		log_warn(c->env->log,
			 "no cgroup and no pid namespace of its own: not all processes of the "
			 "container can be ended. Such configuration is strongly discouraged");
}

static int place(struct create *c, struct err *e)
{
	TRACE(c->env->trace, "place init");

	if (c->plan->cgroup.enabled) {
		int r = cgroup_attach(&c->handle.cgroup, c->init.pid, c->in_cgroup, e);
		if (r < 0)
			return r;
	}
	warn_of_strays(c);
	cpu_affinity_reset(c->init.pid);
	int r = oom_score_apply(c->args.proc_fd, c->init.pid, &c->plan->process, e);
	if (r == 0 && c->plan->rdt.enabled)
		r = rdt_enter(&c->plan->rdt, c->init.pid, e);
	if (r == 0)
		r = move_net_devices(c, e);
	if (r == 0)
		r = open_sources(c, e);
	return r < 0 || c->args.is_placed ? r : say(c, STEP_PLACED, e);
}

static struct hook_state state_of(const struct create *c)
{
	return (struct hook_state){ c->spec->oci_version, c->req->id, c->req->bundle,
				    &c->spec->annotations };
}

int create_hooks(const struct create *c, enum hook_kind kind, struct err *e)
{
	TRACE(c->env->trace, "host hooks");

	const struct hook_state state = state_of(c);
	const struct hook_context how = { .kind = kind, .cwd = c->req->bundle, .log = c->env->log };

	return hook_state_run(&state, "creating", c->init.pid, &c->spec->hooks, &how, e);
}

static int mounts_ready(struct create *c, struct err *e)
{
	TRACE(c->env->trace, "wait for the mounts, hooks");

	if (!plan_host_has_turn(c->plan))
		return 0;
	int r = expect(c, STEP_MOUNTS_READY, NULL, e);
	if (r == 0)
		r = create_hooks(c, HOOK_PRESTART, e);
	if (r == 0)
		r = create_hooks(c, HOOK_CREATE_RUNTIME, e);
	/* Not before the mounts: a small RLIMIT_NOFILE would bind init's own work. Without a user
	 * namespace init sets them itself, as late as it can. */
	if (r == 0 && c->plan->ns[NS_USER].wanted)
		r = rlimits_apply(c->init.pid, &c->plan->process, e);
	return r < 0 ? r : say(c, STEP_HOOKS_DONE, e);
}

int create_send_console(struct create *c, struct err *e)
{
	if (c->console_sock < 0)
		return 0;
	int r = console_socket_send(c->console_sock, c->master_fd, e);
	(void)close(take_fd(&c->master_fd));
	(void)close(take_fd(&c->console_sock));
	return r;
}

static int terminal(struct create *c, struct err *e)
{
	TRACE(c->env->trace, "terminal");

	if (!c->plan->process.terminal)
		return 0;
	int r = expect(c, STEP_CONSOLE, &c->master_fd, e);
	return r < 0 ? r : create_send_console(c, e);
}

static int write_pid_file(const struct create *c, struct err *e)
{
	return c->req->pid_file ? pid_file_write(c->req->pid_file, c->init.pid, e) : 0;
}

/* Before the program can run: whoever reads it shall be able to act on the first thing it does. */
static int send_pidfd(struct create *c, struct err *e)
{
	if (c->pidfd_sock < 0)
		return 0;
	int r = pidfd_socket_send(c->pidfd_sock, c->init.pidfd, "standard", e);
	(void)close(take_fd(&c->pidfd_sock));
	return r;
}

static int save_created(struct create *c, struct err *e)
{
	TRACE(c->env->trace, "record \"created\"");

	struct state *s = &c->handle.state;

	s->phase = STATE_CREATED;
	s->init.pid = c->init.pid;
	int r = proc_start_time(s->init.pid, &s->init.start_time, NULL);
	if (r < 0)
		return err_set(e, -r, "read init's start time: %s", errno_text(-r));
	return state_save(c->handle.dir_fd, s, e);
}

int create_publish(struct create *c, struct err *e)
{
	int r = save_created(c, e);

	if (r == 0)
		r = write_pid_file(c, e);
	return r < 0 ? r : send_pidfd(c, e);
}

/* What init has no right to in its user namespace; it waits and does nothing of its own any more. */
static int schedule_from_outside(const struct create *c, struct err *e)
{
	const struct plan_process *p = &c->plan->process;

	if (!c->plan->ns[NS_USER].wanted)
		return 0;
	int r = io_priority_apply(c->init.pid, p, e);
	return r < 0 ? r : scheduler_apply(c->init.pid, p, e);
}

/* The filter is loaded here, be it early or late: what init does from now on may have to wait for
 * the agent's answers. */
static int send_listener(struct create *c, struct err *e)
{
	const struct hook_state state = state_of(c);
	int r = c->req->seccomp_record
			? recorder_start(&c->init, c->env->log, &c->recorder, e)
			: listener_send(&c->listener, &c->init, &state, "creating", c->init.pid, e);

	if (r == 0)
		return 0;
	if (proto_is_eof(e)) {
		(void)explain_death(c, e);
		(void)err_ctx(e, "wait for the seccomp listener");
	}
	return err_ctx(e, "error during container init");
}

static int commit(struct create *c, struct err *e)
{
	TRACE(c->env->trace, "commit");

	int r = send_listener(c, e);
	if (r == 0)
		r = expect(c, STEP_CREATED, NULL, e);
	if (r == 0 && c->plan->cgroup.enabled)
		r = cgroup_delegate(&c->handle.cgroup, c->init.pid, e);
	if (r == 0)
		r = schedule_from_outside(c, e);
	if (r == 0)
		r = create_publish(c, e);
	if (r < 0)
		return r;
	log_debug(c->env->log, "init: closing the pipe to signal completion");
	if (c->starts)
		return 0;
	r = say(c, STEP_COMMITTED, e);
	(void)close(take_fd(&c->init.sock));
	return r;
}

/* execve(2) closes init's end; before that, only an error may come. */
static int wait_for_exec(const struct create *c, struct err *e)
{
	struct proto_msg m;
	int r = proto_recv(c->init.sock, c->env->log, &m, e);

	if (r == 0)
		return err_set(e, EPROTO, "received %s after EXECING", proto_step_name(m.step));
	return proto_is_eof(e) ? 0 : r;
}

/*
 * EXECING and the end of file come within a fraction of a millisecond: to be woken by the second
 * only saves a sleep. The limit is for an init with so much to log that it must be read from.
 */
static void sleep_until_exec(const struct create *c)
{
	struct pollfd end = { .fd = c->init.sock, .events = 0 };

	(void)poll(&end, 1, EXEC_PATIENCE_MS);
}

int create_start(struct create *c, struct err *e)
{
	int r = say(c, STEP_COMMITTED, e);

	if (r < 0)
		return r;
	sleep_until_exec(c);
	r = proto_expect(c->init.sock, STEP_EXECING, c->env->log, NULL, e);
	if (r < 0 && proto_is_eof(e))
		r = err_set(e, ESRCH, "init ended before it could execute its program");
	if (r == 0)
		r = wait_for_exec(c, e);
	(void)close(take_fd(&c->init.sock));
	return r;
}

int create_converse(struct create *c, struct err *e)
{
	int r = place(c, e);

	if (r == 0)
		r = mounts_ready(c, e);
	if (r == 0)
		r = terminal(c, e);
	return r < 0 ? r : commit(c, e);
}
