/* SPDX-License-Identifier: Apache-2.0 */
#include "container/create.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/hint.h"
#include "base/proc.h"
#include "base/retry.h"
#include "base/sys.h"
#include "init/selfexe.h"
#include "init/sources.h"
#include "plan/annotations.h"
#include "proto/proto.h"
#include "proto/startpipe.h"
#include "rdt/rdt.h"
#include "rootfs/rootfs.h"

#define UNDO_TIMEOUT_MS 10000

int container_seal_program(char *const argv[], struct err *e)
{
	return selfexe_seal(argv, e);
}

void create_init(struct create *c, const struct container_env *env, const struct request *req)
{
	*c = (struct create){
		.env = env,
		.req = req,
		.args = { .root_fd = -1,
			  .proc_fd = -1,
			  .start_fd = -1,
			  .sock = -1,
			  .source_sock = -1 },
		.source_sock = -1,
		.relay = CONSOLE_RELAY_INIT,
		.recorder = RECORDER_INIT,
		.notify = NOTIFY_INIT,
		.console_sock = -1,
		.pidfd_sock = -1,
		.master_fd = -1,
		.handle = HANDLE_INIT,
		.init = SPAWNED_INIT,
	};
	for (int k = 0; k < NS_COUNT; k++)
		c->args.ns.fd[k] = -1;
	c->handle.env = env;
	c->handle.id = req->id;
}

static void close_args(struct init_args *a)
{
	int *const fds[] = { &a->root_fd, &a->proc_fd, &a->start_fd, &a->source_sock };

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		if (*fds[i] >= 0)
			(void)close(take_fd(fds[i]));
	ns_close(&a->ns);
}

void create_done(struct create *c)
{
	const int fds[] = { c->console_sock, c->pidfd_sock, c->master_fd,
			    c->init.pidfd,   c->init.sock,  c->source_sock };

	console_relay_done(&c->relay);
	recorder_done(&c->recorder);
	if (c->env->is_last)
		return;
	close_args(&c->args);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		if (fds[i] >= 0)
			(void)close(fds[i]);
	notify_done(&c->notify);
	handle_done(&c->handle);
	seccomp_filter_done(&c->filter);
	plan_free(c->plan);
	spec_free(c->spec);
	strbuf_done(&c->config);
	host_facts_done(&c->facts);
	arena_done(&c->arena);
}

/* --- steps without effects on the host ------------------------------------------------- */

static int open_proc(struct create *c, struct err *e)
{
	struct statfs fs;

	c->args.proc_fd = RETRY(open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC));
	if (c->args.proc_fd < 0)
		return err_errno(e, "open /proc");
	if (fstatfs(c->args.proc_fd, &fs) < 0)
		return err_errno(e, "statfs /proc");
	if (fs.f_type != PROC_SUPER_MAGIC)
		return err_set(e, EINVAL, "/proc is no procfs");
	return 0;
}

int create_open_host(struct create *c, struct err *e)
{
	TRACE(c->env->trace, "open the root and the namespaces");

	c->args.plan = c->plan;
	c->args.filter = &c->filter;
	c->args.euid = c->facts.euid;
	c->args.signals_ignored = c->facts.signals_ignored;
	c->args.log_max = c->env->log ? c->env->log->max : LOG_LEVEL_ERROR;
	c->args.root_fd = rootfs_open_host(c->plan->rootfs, &c->arena, &c->args.rootfs, e);
	if (c->args.root_fd < 0)
		return c->args.root_fd;
	int r = open_proc(c, e);
	return r < 0 ? r : ns_open(c->plan, &c->args.ns, e);
}

/* A denial is explained when execve(2) has it; who is killed by it cannot say so. */
static void warn_of_filter(const struct create *c)
{
	autodone(strbuf) struct strbuf action = STRBUF_INIT;
	uint32_t says, kind;

	if (seccomp_ask(&c->filter, "execve", &says) < 0)
		return;
	kind = says & SECCOMP_RET_ACTION_FULL;
	if (kind != SECCOMP_RET_KILL_PROCESS && kind != SECCOMP_RET_KILL_THREAD &&
	    kind != SECCOMP_RET_TRAP)
		return;
	seccomp_action_text(says, &action);
	log_warn(c->env->log,
		 "linux.seccomp: execve(2) gets %s: the container's program cannot be executed",
		 strbuf_str(&action));
}

int create_compile_filter(struct create *c, struct err *e)
{
	TRACE(c->env->trace, "compile the filter");

	int r = filter_compile(c->env, c->spec, c->req, &c->filter, e);

	if (r == 0)
		warn_of_filter(c);
	return r < 0 ? r : listener_find(c->env, c->spec, c->req, &c->filter, &c->listener, e);
}

int create_open_sockets(struct create *c, struct err *e)
{
	const char *receiver = c->req->pidfd_socket;

	if (!receiver)
		receiver = plan_annotation(&c->spec->annotations, ANNOTATION_PIDFD_RECEIVER);
	if (receiver && *receiver) {
		c->pidfd_sock = pidfd_socket_connect(receiver, e);
		if (c->pidfd_sock < 0)
			return c->pidfd_sock;
	}
	if (!c->plan->process.terminal) {
		stdio_open_up();
		return 0;
	}
	if (!c->req->console_socket)
		return console_relay_open(&c->relay, e);
	c->console_sock = console_socket_connect(c->req->console_socket, e);
	return c->console_sock < 0 ? c->console_sock : 0;
}

/* --- steps that leave something ---------------------------------------------------------- */

int create_make_cgroup(struct create *c, struct err *e)
{
	TRACE(c->env->trace, "make the cgroup");

	const struct spec_resources *res = c->spec->linux_->resources;

	if (!c->plan->cgroup.enabled)
		return 0;
	c->cgroup_made = true;
	int r = cgroup_prepare(&c->handle.cgroup, res, e);
	return r < 0 ? r : cgroup_apply(&c->handle.cgroup, res, e);
}

int create_make_rdt(struct create *c, struct err *e)
{
	TRACE(c->env->trace, "make the resctrl group");

	return c->plan->rdt.enabled ? rdt_make(&c->plan->rdt, e) : 0;
}

static int make_startpipe(struct create *c, struct err *e)
{
	TRACE(c->env->trace, "make exec.fifo");

	if (c->starts)
		return 0;
	c->args.start_fd = startpipe_make(c->handle.dir_fd, e);
	return c->args.start_fd < 0 ? c->args.start_fd : 0;
}

/* A way to init for what it has not the right to open itself. */
static int make_source_socket(struct create *c, struct err *e)
{
	int ends[2];

	if (sources_needed(c->plan, c->args.euid) == 0)
		return 0;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return err_errno(e, "socketpair(2)");
	c->source_sock = ends[0];
	c->args.source_sock = ends[1];
	return 0;
}

/* Is it in all its places as soon as it is born? */
static bool is_placed_by_birth(const struct create *c)
{
	const struct plan *p = c->plan;

	return c->args.euid == 0 && !p->needs_bridge && !p->rdt.enabled && p->n_net_devices == 0 &&
	       c->source_sock < 0 && p->cgroup.enabled && p->cgroup.mode == CGROUP_V2 &&
	       p->cgroup.n_dirs == 1 && !p->cgroup.unit.name && c->handle.cgroup.v2_fd >= 0;
}

static int make_init(struct create *c, struct err *e)
{
	TRACE(c->env->trace, "make init");

	log_debug(c->env->log, "nsexec container setup"); /* runc's tests look for the words */
	int r = make_source_socket(c, e);
	c->args.is_placed = is_placed_by_birth(c);
	c->args.trace = c->env->trace;
	if (r == 0)
		r = spawn(&c->args, c->handle.cgroup.v2_fd, c->env->log, &c->init, &c->in_cgroup,
			  e);
	/* Their ends of file must mean init's. */
	if (fd_close_end(&c->args.start_fd) < 0 && r == 0)
		r = err_errno(e, "close " STARTPIPE_NAME);
	if (fd_close_end(&c->args.source_sock) < 0 && r == 0)
		r = err_errno(e, "close init's socket for sources");
	if (r == 0)
		r = create_converse(c, e);
	sources_reap(c->source_helper, r < 0);
	c->source_helper = 0;
	return r < 0 ? err_ctx(e, "unable to start container process") : 0;
}

/* --- undoing ------------------------------------------------------------------------------ */

static void end_init(struct create *c)
{
	if (c->init.sock >= 0)
		(void)close(take_fd(&c->init.sock));
	if (c->init.pidfd < 0)
		return;
	proc_kill_pidfd(c->init.pidfd);
	if (proc_wait_pidfd(c->init.pidfd, UNDO_TIMEOUT_MS) == 0)
		(void)RETRY(waitid(P_PIDFD, (id_t)c->init.pidfd, NULL, WEXITED | WNOHANG));
}

static int undo_cgroup(struct create *c, struct err *e)
{
	if (!c->cgroup_made || c->handle.cgroup.not_ours)
		return 0;
	int r = cgroup_signal_all(&c->handle.cgroup, SIGKILL, e);
	if (r >= 0)
		r = cgroup_wait_empty(&c->handle.cgroup, UNDO_TIMEOUT_MS, e);
	return r < 0 ? r : cgroup_destroy(&c->handle.cgroup, e);
}

/* Backwards. The record goes last, and only if all else is gone. */
static void undo(struct create *c)
{
	TRACE(c->env->trace, "undo");

	struct err e;
	int r = 0;

	end_init(c);
	close_args(&c->args); /* undoing needs a few descriptors, and they may be scarce */
	if (c->recorded)
		r = undo_cgroup(c, &e);
	if (r == 0 && c->recorded)
		r = handle_remove_rdt(&c->handle, &e);
	if (r < 0) {
		log_warn(c->env->log, "%s; `delete --force %s` may remove it later", e.text,
			 c->req->id);
		return;
	}
	if (c->init.pid > 0)
		handle_poststop(&c->handle);
	if (c->handle.dir_fd >= 0 && store_remove(c->handle.root_fd, c->handle.dir_fd,
						  c->recorded ? c->req->id : c->temporary, &e) < 0)
		log_warn(c->env->log, "%s", e.text);
}

int create_steps(struct create *c, const create_step *steps, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		int r = steps[i](c, e);

		if (r < 0) {
			undo(c);
			return r;
		}
	}
	return 0;
}

int create_container(struct create *c, struct err *e)
{
	static const create_step steps[] = {
		create_open_host,   create_compile_filter, create_open_sockets, create_record,
		create_make_cgroup, create_make_rdt,	   make_startpipe,	make_init,
	};

	return create_steps(c, steps, ARRAY_SIZE(steps), e);
}

int container_create(const struct container_env *env, const struct request *req, struct err *e)
{
	struct create c;

	int r = container_id_check(req->id, e);
	if (r < 0)
		return r;
	create_init(&c, env, req);
	r = create_load(&c, e);
	if (r == 0)
		r = create_container(&c, e);
	create_done(&c);
	return r < 0 ? hint_add(e) : 0;
}
