/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/proc.h"
#include "base/sys.h"
#include "console/console.h"
#include "base/hint.h"
#include "base/retry.h"
#include "container/listener.h"
#include "container/ops.h"
#include "init/exec.h"
#include "proto/proto.h"
#include "security/security.h"

#define LAST_TIMEOUT_MS 1000 /* between the ends of a process and of its init */

/* One call of exec. */
struct exec {
	const struct container_env *env;
	struct exec_request req;
	struct handle handle;
	struct host_facts facts;
	struct spec *spec, *document; /* the copy of config.json; of --process, or NULL */
	struct plan_exec *plan;
	struct seccomp_filter filter;
	struct listener listener;
	struct exec_args args;
	struct console_relay relay;
	int console_sock, pidfd_sock, master_fd, signal_fd; /* -1: none */
	sigset_t old_mask;
	struct spawned child;
	bool was_killed; /* the child, by SIGKILL, before it executed anything */
};

/* --- what there is ------------------------------------------------------------------------ */

static int check_status(struct exec *x, struct err *e)
{
	struct handle *h = &x->handle;

	int abandoned = handle_is_abandoned(h, e);
	if (abandoned < 0)
		return abandoned;
	if (h->state.phase == STATE_CREATING && !abandoned)
		return err_set(e, EBUSY, "cannot exec in a creating container");
	x->args.init_pid = h->state.init.pid;
	x->args.init_pidfd = handle_init_pidfd(h);
	if (x->args.init_pidfd == -ESRCH)
		return err_set_kind(e, ERR_NOT_RUNNING, ESRCH,
				    "cannot exec in a stopped container");
	if (x->args.init_pidfd < 0)
		return err_set(e, -x->args.init_pidfd, "open init: pidfd_open(2): %s",
			       errno_text(-x->args.init_pidfd));
	int frozen = cgroup_is_frozen(&h->cgroup, e);
	if (frozen > 0 && !x->req.ignore_paused)
		return err_set(
			e, EBUSY,
			"cannot exec in a paused container (use --ignore-paused to override)");
	return frozen < 0 ? frozen : 0;
}

static int find(struct exec *x, struct err *e)
{
	TRACE(x->env->trace, "find, load");

	int r = handle_find(&x->handle, x->env, x->req.base.id, e);

	if (r == 0)
		r = handle_load(&x->handle, e);
	if (r < 0)
		return r;
	x->req.base.no_new_keyring = x->handle.state.no_new_keyring;
	return check_status(x, e);
}

/* Also from a pipe or FIFO, as `--process <(...)` of a shell gives it. */
static int read_document(struct exec *x, struct err *e)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;
	const char *path = x->req.process_file;

	if (!path)
		return 0;
	autoclose int fd = RETRY(open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY));
	if (fd < 0)
		return err_errno(e, "open %s", path);
	if (fd_read_all(fd, JSON_DOCUMENT_MAX, &text) < 0)
		return err_errno(e, "read %s", path);
	int r = spec_parse_process(path, strbuf_str(&text), text.len, &x->document, e);
	return r < 0 || !x->req.base.strict ? r : spec_check_strict(x->document, path, e);
}

static bool wants_labels(const struct exec *x)
{
	const struct spec_process *file = x->document ? x->document->process : NULL;

	return x->req.apparmor || x->req.selinux_label || spec_has_labels(x->spec->process) ||
	       spec_has_labels(file);
}

static int decide(struct exec *x, struct err *e)
{
	TRACE(x->env->trace, "load and plan");

	const struct log_sink *log = x->env->log;

	int r = read_document(x, e);
	if (r == 0)
		r = spec_load(x->handle.dir_fd, STATE_CONFIG, &x->spec, e);
	if (r == 0)
		r = host_facts_probe_process(&x->facts, wants_labels(x), e);
	if (r == 0)
		r = plan_exec_build(x->spec, x->document ? x->document->process : NULL, &x->facts,
				    &x->handle.state.cgroup, &x->req, &x->plan, e);
	if (r < 0)
		return r;
	for (size_t i = 0; log_is_debug(log) && x->document && i < x->document->unknown.n; i++)
		log_debug(log, "%s: unknown field %s is ignored", x->req.process_file,
			  x->document->unknown.v[i]);
	for (size_t i = 0; i < x->plan->plan.warnings.n; i++)
		log_warn(log, "%s", x->plan->plan.warnings.v[i]);
	x->args.x = x->plan;
	x->args.log_max = log ? log->max : LOG_LEVEL_ERROR;
	x->args.signals_ignored = x->facts.signals_ignored;
	return 0;
}

/* As create has compiled it; a container that lost the file must not run without. */
static int load_filter(struct exec *x, struct err *e)
{
	TRACE(x->env->trace, "load the filter");

	x->args.filter = &x->filter;
	int r = seccomp_filter_read(x->handle.dir_fd, &x->filter, e);
	if (r == 0 && !x->filter.insns)
		r = filter_compile(x->env, x->spec, &x->req.base, &x->filter, e);
	return r < 0 ? r
		     : listener_find(x->env, x->spec, &x->req.base, &x->filter, &x->listener, e);
}

static int open_sockets(struct exec *x, struct err *e)
{
	const struct request *req = &x->req.base;

	if (req->pidfd_socket) {
		x->pidfd_sock = pidfd_socket_connect(req->pidfd_socket, e);
		if (x->pidfd_sock < 0)
			return x->pidfd_sock;
	}
	if (!x->plan->plan.process.terminal) {
		stdio_open_up();
		return 0;
	}
	if (!req->console_socket)
		return console_relay_open(&x->relay, e);
	x->console_sock = console_socket_connect(req->console_socket, e);
	return x->console_sock < 0 ? x->console_sock : 0;
}

/* --- the child ------------------------------------------------------------------------------ */

static bool has_v1(const struct plan_cgroup *cg)
{
	for (size_t i = 0; cg->enabled && i < cg->n_dirs; i++)
		if (!cg->dirs[i].is_v2)
			return true;
	return false;
}

/* Before the process comes into the cgroup, whose cpuset would narrow the choice. */
static int set_initial_affinity(const struct exec *x, struct err *e)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;
	const struct plan_cpus *c = &x->plan->initial;

	if (!c->mask)
		return 0;
	if (sched_setaffinity(x->child.pid, c->n, (const cpu_set_t *)(const void *)c->mask) < 0)
		return err_errno(e, "process.execCPUAffinity.initial: sched_setaffinity(2)");
	plan_cpus_print(c, &text);
	log_debug(x->env->log, "nsexec: affinity: %s", strbuf_str(&text));
	return 0;
}

static int place(struct exec *x, bool in_cgroup, struct err *e)
{
	struct plan_cgroup *at = &x->handle.state.cgroup;
	const struct cgroup_entry to = { x->plan->subcgroups, x->plan->cgroup_asked,
					 x->args.init_pid };

	if (!x->args.hold)
		return 0;
	at->path_asked = at->path_asked || x->plan->cgroup_asked;
	int r = set_initial_affinity(x, e);
	if (r == 0)
		r = cgroup_enter(&x->handle.cgroup, &to, x->child.pid, in_cgroup, e);
	return r < 0 ? r : proto_tell(x->child.sock, STEP_PLACED, x->env->log, e);
}

static int spawn_child(struct exec *x, struct err *e)
{
	TRACE(x->env->trace, "make the process");

	bool in_cgroup = false, first = x->plan->initial.mask != NULL;

	log_debug(x->env->log, "nsexec container setup"); /* runc's tests look for the words */
	autoclose int cgroup_fd = first ? -1
					: cgroup_birth_fd(&x->handle.cgroup, x->plan->subcgroups);
	bool hold = first || (x->handle.state.cgroup.enabled && cgroup_fd < 0) ||
		    has_v1(&x->handle.state.cgroup);
	x->args.trace = x->env->trace;
	int r = exec_spawn(&x->args, cgroup_fd, hold, &x->child, &in_cgroup, e);
	return r < 0 ? r : place(x, in_cgroup, e);
}

/* End of file where a word was due: the wait status says why. */
static int explain_death(struct exec *x, struct err *e)
{
	siginfo_t info = { .si_pid = 0 };

	if (proc_wait_pidfd(x->child.pidfd, END_TIMEOUT_MS) < 0 ||
	    RETRY(waitid(P_PIDFD, (id_t)x->child.pidfd, &info, WEXITED | WNOWAIT | WNOHANG)) < 0 ||
	    info.si_pid == 0)
		return err_set(e, ECHILD, "the process ended without a word");
	if (info.si_code == CLD_EXITED)
		return err_set(e, ECHILD, "the process ended without a word, status %d",
			       info.si_status);
	x->was_killed = info.si_status == SIGKILL;
	return err_set(e, ECHILD, "the process was ended by signal %d", info.si_status);
}

static int expect(struct exec *x, enum proto_step step, int *ret_fd, struct err *e)
{
	int r = proto_expect(x->child.sock, step, x->env->log, ret_fd, e);

	return r < 0 && proto_is_eof(e) ? explain_death(x, e) : r;
}

/* Nobody kills a process that shares no pid namespace with an init that ended meanwhile. */
static int check_alive(const struct exec *x, struct err *e)
{
	if (x->plan->plan.ns[NS_PID].wanted || proc_wait_pidfd(x->args.init_pidfd, 0) < 0)
		return 0;
	return err_set_kind(e, ERR_NOT_RUNNING, ESRCH, "cannot exec in a stopped container");
}

/* All is set up but execve(2): hand out what others wait for. */
static int hand_out(struct exec *x, struct err *e)
{
	TRACE(x->env->trace, "hand out");

	const struct plan *p = &x->plan->plan;
	int r = 0;

	if (p->ns[NS_USER].wanted) {
		r = rlimits_apply(x->child.pid, &p->process, e);
		if (r == 0)
			r = io_priority_apply(x->child.pid, &p->process, e);
		if (r == 0)
			r = scheduler_apply(x->child.pid, &p->process, e);
	}
	if (r == 0 && x->req.base.pid_file)
		r = pid_file_write(x->req.base.pid_file, x->child.pid, e);
	if (r == 0 && x->pidfd_sock >= 0)
		r = pidfd_socket_send(x->pidfd_sock, x->child.pidfd, "setns", e);
	if (r == 0 && x->console_sock >= 0) {
		r = console_socket_send(x->console_sock, x->master_fd, e);
		(void)close(take_fd(&x->master_fd));
	} else if (r == 0 && x->master_fd >= 0) {
		r = console_relay_raw(&x->relay, x->master_fd, e);
	}
	return r;
}

/* Only now: until here a signal shall end us, and with us the process. */
static int take_signals(struct exec *x, struct err *e)
{
	if (x->req.base.detach)
		return 0;
	x->signal_fd = console_signals(x->facts.signals_ignored, &x->old_mask, e);
	return x->signal_fd < 0 ? x->signal_fd : 0;
}

/* execve(2) closes the other end; before that, only an error may come. */
static int wait_for_exec(const struct exec *x, struct err *e)
{
	TRACE(x->env->trace, "wait for execve");

	struct proto_msg m;
	int r = proto_recv(x->child.sock, x->env->log, &m, e);

	if (r == 0)
		return err_set(e, EPROTO, "received %s after CREATED", proto_step_name(m.step));
	return proto_is_eof(e) ? 0 : r;
}

static int send_listener(const struct exec *x, struct err *e)
{
	const struct state *s = &x->handle.state;
	const struct hook_state state = { s->oci_version, s->id, s->bundle, &s->annotations };

	return listener_send(&x->listener, &x->child, &state, "running", s->init.pid, e);
}

/* Whoever got the pidfd or the pid may have ended the process already: wait_for_exec() sees that. */
static int commit(const struct exec *x, struct err *e)
{
	if (!x->plan->needs_commit && !x->filter.notifies)
		return 0;
	int r = proto_tell(x->child.sock, STEP_COMMITTED, x->env->log, e);
	return r < 0 && proto_is_eof(e) ? 0 : r;
}

static int converse(struct exec *x, struct err *e)
{
	TRACE(x->env->trace, "converse");

	bool created = false;
	int r = x->plan->plan.process.terminal ? expect(x, STEP_CONSOLE, &x->master_fd, e) : 0;

	if (r == 0)
		r = exec_adopt(&x->args, x->env->log, &x->child, &created, e);
	if (r == 0)
		r = send_listener(x, e);
	if (r < 0)
		return proto_is_eof(e) ? explain_death(x, e) : r;
	if (!created)
		r = expect(x, STEP_CREATED, NULL, e);
	if (r == 0)
		r = check_alive(x, e);
	if (r == 0)
		r = hand_out(x, e);
	if (r == 0)
		r = take_signals(x, e);
	if (r == 0)
		r = commit(x, e);
	return r < 0 ? r : wait_for_exec(x, e);
}

static void end_child(struct exec *x)
{
	if (x->child.sock >= 0)
		(void)close(take_fd(&x->child.sock));
	if (x->child.pidfd < 0)
		return;
	proc_kill_pidfd(x->child.pidfd);
	if (proc_wait_pidfd(x->child.pidfd, END_TIMEOUT_MS) == 0)
		(void)RETRY(waitid(P_PIDFD, (id_t)x->child.pidfd, NULL, WEXITED | WNOHANG));
}

static int start(struct exec *x, struct err *e)
{
	int r = spawn_child(x, e);

	if (r == 0)
		r = converse(x, e);
	if (r == 0)
		return 0;
	end_child(x);
	/* Whatever failed, that will be why. Init ends when its processes have been reaped. */
	if (e->kind != ERR_NOT_RUNNING && !hint_given(e) &&
	    proc_wait_pidfd(x->args.init_pidfd, x->was_killed ? LAST_TIMEOUT_MS : 0) == 0)
		(void)err_append(e, "the container has stopped meanwhile");
	return err_ctx(e, "unable to start container process");
}

/* --- the whole ------------------------------------------------------------------------------ */

static int (*const steps[])(struct exec *, struct err *) = {
	find, decide, load_filter, open_sockets, start,
};

static int run(struct exec *x, int *ret_status, struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		int r = steps[i](x, e);

		if (r < 0)
			return r;
	}
	if (x->req.base.detach) {
		if (x->req.ret_pidfd)
			*x->req.ret_pidfd = take_fd(&x->child.pidfd);
		return 0;
	}
	return console_run(x->master_fd >= 0 ? &x->relay : NULL, x->master_fd, x->child.pidfd,
			   x->child.pid, x->signal_fd, ret_status, e);
}

static void done(struct exec *x)
{
	const int fds[] = { x->console_sock, x->pidfd_sock, x->master_fd,      x->signal_fd,
			    x->child.pidfd,  x->child.sock, x->args.init_pidfd };

	console_relay_done(&x->relay);
	if (x->signal_fd >= 0)
		(void)sigprocmask(SIG_SETMASK, &x->old_mask, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		if (fds[i] >= 0)
			(void)close(fds[i]);
	handle_done(&x->handle);
	seccomp_filter_done(&x->filter);
	plan_exec_free(x->plan);
	spec_free(x->document);
	spec_free(x->spec);
	host_facts_done(&x->facts);
}

int container_exec(const struct container_env *env, const struct exec_request *req, int *ret_status,
		   struct err *e)
{
	struct exec x = {
		.env = env,
		.req = *req,
		.handle = HANDLE_INIT,
		.args = { .init_pidfd = -1, .sock = -1 },
		.relay = CONSOLE_RELAY_INIT,
		.console_sock = -1,
		.pidfd_sock = -1,
		.master_fd = -1,
		.signal_fd = -1,
		.child = SPAWNED_INIT,
	};

	*ret_status = 0;
	int r = run(&x, ret_status, e);
	done(&x);
	return r < 0 ? hint_add(e) : 0;
}
