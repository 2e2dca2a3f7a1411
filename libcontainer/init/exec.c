/* SPDX-License-Identifier: Apache-2.0 */
#include "init/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/retry.h"
#include "base/sys.h"
#include "console/console.h"
#include "init/setup.h"
#include "proto/proto.h"
#include "security/security.h"

/* --- the process itself ------------------------------------------------------------------- */

/* LISTEN_PID is the process id as the program sees it: sd_listen_fds(3). */
static void set_listen_pid(struct init *i)
{
	const char **env = (const char **)(uintptr_t)i->envp;

	if (i->plan->request->listen_fds == 0)
		return;
	for (; *env; env++)
		if (str_eq(*env, "LISTEN_PID=1"))
			*env = arena_printf(&i->arena, "LISTEN_PID=%d", getpid());
}

static int begin_process(struct init *i, struct err *e)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return err_errno(e, "prctl(2) PR_SET_PDEATHSIG");
	if (setsid() < 0)
		return err_errno(e, "setsid(2)");
	signals_reset(i->args->signals_ignored); /* handlers went with the clone */
	set_listen_pid(i);
	return keyring_join(i->plan, &i->log, e);
}

static int report_created(struct init *i, struct err *e)
{
	int r = proto_write_step(i->args->sock, STEP_CREATED, e);
	bool commit = i->exec->needs_commit || i->args->filter->notifies;

	return r < 0 || !commit ? r : proto_read_step(i->args->sock, STEP_COMMITTED, e);
}

/* The same order, for the same reasons, as of init: init.h. */
static const struct {
	const char *name;
	int (*run)(struct init *i, struct err *e);
} steps[] = {
	{ "session", begin_process },
	{ "attributes", init_attributes },
	{ "working directory", init_first_cwd },
	{ "seccomp", init_early_filter },
	{ "credentials", init_credentials },
	{ "program", init_find_program },
	{ "notifying filter", init_notify_filter },
	{ "created", report_created },
};

/* Returns only on failure. */
static int become_program(struct init *i, struct err *e)
{
	log_debug(&i->log, "child process in init()"); /* runc's tests look for the words */
	for (size_t n = 0; n < ARRAY_SIZE(steps); n++) {
		if (steps[n].run == report_created)
			log_debug(&i->log, "setns_init: about to exec");
		TRACE(i->trace, steps[n].name);
		int r = steps[n].run(i, e);
		if (r < 0)
			return r;
	}
	init_close_rest(i, i->args->sock);
	int r = init_late_filter(i, e);
	return r < 0 ? r : init_exec_program(i, e);
}

static _Noreturn void run_process(struct init *i)
{
	struct err e;

	i->trace->who = TRACE_PROCESS; /* the joiner's until here: its own memory, or our copy */
	(void)become_program(i, &e);
	proto_send_err(i->args->sock, &e);
	_exit(1);
}

/* --- the joiner: still a process of the host ---------------------------------------------- */

/* What needs the host's /proc, before that is out of reach. A label asked for here is inherited
 * by the process, as every attribute for the next execve(2). */
static int apply_by_proc(const struct plan_process *p, struct err *e)
{
	if (!p->oom_score_adj.set && !p->apparmor_profile && !p->selinux_label)
		return 0;
	autoclose int proc = RETRY(open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC));
	if (proc < 0)
		return err_errno(e, "open /proc");
	int r = oom_score_apply(proc, getpid(), p, e);
	return r < 0 ? r : lsm_apply(proc, p, e);
}

/* The affinity of whoever called us is not the container's; a cpuset still limits it. */
static int apply_affinity(const struct plan_exec *x, struct err *e)
{
	unsigned char all[1024];
	const struct plan_cpus *f = &x->final;

	memset(all, 0xff, sizeof(all));
	if (!f->mask) {
		(void)sched_setaffinity(0, sizeof(all), (const cpu_set_t *)(const void *)all);
		return 0; /* else it keeps ours: no worse than before */
	}
	if (sched_setaffinity(0, f->n, (const cpu_set_t *)(const void *)f->mask) < 0)
		return err_errno(e, "process.execCPUAffinity.final: sched_setaffinity(2)");
	return 0;
}

/* Stdio becomes the container's terminal; the caller's must not be seen there before. */
static int hide_stdio(struct err *e)
{
	autoclose int null = RETRY(open("/dev/null", O_RDWR | O_CLOEXEC | O_NOCTTY));

	if (null < 0)
		return err_errno(e, "open /dev/null");
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (dup2(null, fd) < 0)
			return err_errno(e, "dup2(2)");
	return 0;
}

static int open_terminal(struct init *i, struct err *e)
{
	const struct plan_process *p = &i->plan->process;

	if (!p->terminal)
		return 0;
	i->rootfs.root_fd = AT_FDCWD;
	autoclose int master = rootfs_open_ptmx(&i->rootfs, e);
	if (master < 0)
		return master;
	i->peer_fd = console_peer(master, p->rows, p->columns, e);
	if (i->peer_fd < 0)
		return i->peer_fd;
	return proto_send(i->args->sock, STEP_CONSOLE, NULL, 0, &master, 1, e);
}

/* Who has CAP_SYS_PTRACE in the container reads /proc/PID/environ of what comes into it. */
static void forget_environment(void)
{
	for (char **variable = environ; *variable; variable++)
		explicit_bzero(*variable, strlen(*variable));
}

static int leave_host(const struct exec_args *a, struct err *e)
{
	int keep[] = { a->sock, a->init_pidfd };
	const struct plan *plan = &a->x->plan;

	/* A host that died before this line shows as end of file on the socket. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return err_errno(e, "prctl(2) PR_SET_PDEATHSIG");
	(void)prctl(PR_SET_NAME, "vial:exec"); /* else ps(1) shows the number of the sealed memfd */
	forget_environment();
	int r = init_close_others(3 + plan->request->preserve_fds, keep, ARRAY_SIZE(keep), e);
	if (r == 0)
		r = apply_by_proc(&plan->process, e);
	if (r < 0)
		return r;
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return err_errno(e, "prctl(2) PR_SET_DUMPABLE");
	if (a->hold)
		r = proto_expect(a->sock, STEP_PLACED, NULL, NULL, e);
	if (r == 0)
		r = apply_affinity(a->x, e);
	if (r == 0 && plan->process.terminal)
		r = hide_stdio(e);
	return r;
}

/* A name that the container's /proc may hold, and nothing behind it. */
static int enter(const struct exec_args *a, struct init *i, struct err *e)
{
	int r;

	{
		TRACE(i->trace, "leave the host");
		r = leave_host(a, e);
	}
	TRACE(i->trace, "enter the namespaces");
	if (r == 0)
		r = enter_namespaces(a, e);
	if (r < 0)
		return r;
	(void)close(a->init_pidfd);
	(void)umask(0); /* the program's own is set at the end */
	r = open_terminal(i, e);
	if (r == 0)
		init_make_env(i, AT_FDCWD);
	return r;
}

static int clone_process(const struct exec_args *a, struct init *i, struct err *e)
{
	int pidfd = -1;
	struct clone_args c = {
		.flags = CLONE_PARENT | CLONE_PIDFD,
		.pidfd = (uint64_t)(uintptr_t)&pidfd,
	};
	pid_t pid = sys_clone3(&c, sizeof(c));

	if (pid == 0)
		run_process(i);
	if (pid < 0) {
		(void)err_errno(e, "clone3(2)");
		/* pid_namespaces(7): nobody is born where init is dead. */
		return e->code == ENOMEM ? err_append(e, "the container has stopped") : -e->code;
	}
	return proto_send(a->sock, STEP_INIT_SPAWNED, &pid, sizeof(pid), &pidfd, 1, e);
}

static _Noreturn void joiner_main(const struct exec_args *a)
{
	const struct init_args args = {
		.plan = &a->x->plan,
		.filter = a->filter,
		.root_fd = -1,
		.proc_fd = -1,
		.start_fd = -1,
		.sock = a->sock,
		.source_sock = -1,
		.signals_ignored = a->signals_ignored,
	};
	struct trace trace = trace_as(a->trace, TRACE_JOINER);
	struct init i = {
		.args = &args,
		.trace = &trace,
		.plan = &a->x->plan,
		.exec = a->x,
		.log = proto_log_sink(&args.sock, a->log_max),
		.rootfs = ROOTFS_INIT,
		.ptmx_fd = -1,
		.peer_fd = -1,
		.status_fd = -1, /* no procfs that could be trusted is at hand */
	};
	struct err e;

	int r = enter(a, &i, &e);
	if (r == 0 && !a->x->plan.ns[NS_PID].wanted)
		run_process(&i);
	if (r == 0)
		r = clone_process(a, &i, &e);
	if (r < 0)
		proto_send_err(a->sock, &e);
	_exit(r < 0);
}

/* --- host --------------------------------------------------------------------------------- */

static pid_t clone_joiner(const struct exec_args *args, int cgroup_fd, int *ret_pidfd)
{
	struct clone_args c = {
		.flags = (uint64_t)CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
		.pidfd = (uint64_t)(uintptr_t)ret_pidfd,
		.exit_signal = SIGCHLD,
	};

	if (cgroup_fd >= 0) {
		c.flags |= CLONE_INTO_CGROUP;
		c.cgroup = (unsigned int)cgroup_fd;
	}
	pid_t pid = sys_clone3(&c, sizeof(c));
	if (pid == 0)
		joiner_main(args);
	return pid;
}

int exec_spawn(struct exec_args *args, int cgroup_fd, bool hold, struct spawned *ret,
	       bool *ret_in_cgroup, struct err *e)
{
	int ends[2];

	*ret_in_cgroup = false;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return err_errno(e, "socketpair(2)");
	ret->sock = ends[0];
	args->sock = ends[1];
	args->hold = hold;

	pid_t pid = -1;
	if (cgroup_fd >= 0) {
		pid = clone_joiner(args, cgroup_fd, &ret->pidfd);
		*ret_in_cgroup = pid > 0;
	}
	/* The cgroup may be gone, or take no processes: that is found out by moving into it. */
	if (pid < 0) {
		args->hold = true;
		pid = clone_joiner(args, -1, &ret->pidfd);
	}
	int code = errno;
	int closed = fd_close_end(&ends[1]);
	args->sock = -1;
	if (pid < 0) {
		errno = code;
		return err_errno(e, "clone3(2)");
	}
	ret->pid = pid;
	return closed < 0 ? err_errno(e, "close the process's socket") : 0;
}

static void reap(pid_t pid)
{
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* INIT_SPAWNED, which the joiner and the process itself race to send something before. */
static int await_spawned(struct spawned *s, const struct log_sink *log, struct proto_msg *m,
			 bool *ret_created, struct err *e)
{
	uint32_t number;

	for (;;) {
		int r = proto_recv(s->sock, log, m, e);

		if (r < 0)
			return r;
		if (m->step == STEP_CREATED && m->n_fds == 0) {
			*ret_created = true;
		} else if (m->step == STEP_LISTENER && m->length == sizeof(number)) {
			memcpy(&number, m->body, sizeof(number));
			s->listener = (int)number;
		} else {
			break;
		}
	}
	if (m->step != STEP_INIT_SPAWNED || m->n_fds != 1 || m->length != sizeof(pid_t))
		return err_set(e, EPROTO, "expected INIT_SPAWNED, received %s",
			       proto_step_name(m->step));
	return 0;
}

int exec_adopt(const struct exec_args *args, const struct log_sink *log, struct spawned *ret,
	       bool *ret_created, struct err *e)
{
	struct proto_msg m;

	*ret_created = false;
	if (!args->x->plan.ns[NS_PID].wanted)
		return 0;
	int r = await_spawned(ret, log, &m, ret_created, e);
	if (r < 0)
		return r;
	reap(ret->pid);
	(void)close(ret->pidfd);
	memcpy(&ret->pid, m.body, sizeof(ret->pid));
	ret->pidfd = m.fds[0];
	return 0;
}
