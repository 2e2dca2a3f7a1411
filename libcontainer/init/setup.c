/* SPDX-License-Identifier: Apache-2.0 */
#include "init/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/str.h"
#include "console/console.h"
#include "hooks/hooks.h"
#include "init/home.h"
#include "init/hookstate.h"
#include "init/sources.h"
#include "net/net.h"
#include "plan/namespaces.h"
#include "proto/proto.h"
#include "security/security.h"

int init_user_namespace(struct init *i, struct err *e)
{
	const struct plan_ns *user = &i->plan->ns[NS_USER];

	if (!user->wanted || i->args->joins_done)
		return 0;
	int r = proto_say(i->args->sock, STEP_USERNS_READY, e);
	if (r == 0)
		r = proto_expect(i->args->sock, STEP_IDMAP_DONE, NULL, NULL, e);
	return r < 0 ? r : ns_become_root(i->plan, e);
}

int init_join_namespaces(struct init *i, struct err *e)
{
	for (int k = 0; k < NS_COUNT && !i->args->joins_done; k++) {
		int r = i->args->ns.fd[k] < 0 ? 0 : ns_join(&i->args->ns, (enum ns_kind)k, e);

		if (r < 0)
			return r;
	}
	for (int k = 0; k < NS_COUNT; k++)
		if (i->args->ns.fd[k] >= 0)
			(void)close(i->args->ns.fd[k]);
	return 0;
}

int init_wait_placed(struct init *i, struct err *e)
{
	int r = i->args->is_placed ? 0 : proto_expect(i->args->sock, STEP_PLACED, NULL, NULL, e);
	if (r < 0)
		return r;
	if (sources_has_root(i->plan, i->args->euid)) {
		i->rootfs.reached_fd = sources_recv_root(i->args->source_sock, e);
		if (i->rootfs.reached_fd < 0)
			return err_ctx(e, "root");
	}
	if (i->args->euid != 0 && prctl(PR_SET_DUMPABLE, 0) < 0)
		return err_errno(e, "prctl(2) PR_SET_DUMPABLE");
	return 0;
}

static int set_names(const struct plan *plan, struct err *e)
{
	if (plan->hostname && sethostname(plan->hostname, strlen(plan->hostname)) < 0)
		return err_errno(e, "hostname: sethostname(2) \"%s\"", plan->hostname);
	if (plan->domainname && setdomainname(plan->domainname, strlen(plan->domainname)) < 0)
		return err_errno(e, "domainname: setdomainname(2) \"%s\"", plan->domainname);
	return 0;
}

int init_namespaces(struct init *i, struct err *e)
{
	const struct plan_ns *cgroup = &i->plan->ns[NS_CGROUP];

	if (cgroup->wanted && !cgroup->path && unshare(CLONE_NEWCGROUP) < 0)
		return err_errno(e, "new cgroup namespace: unshare(2)");
	if (i->plan->loopback_up) {
		TRACE(i->trace, "loopback");
		int r = net_loopback_up(e);
		if (r < 0)
			return r;
	}
	int r = set_names(i->plan, e);
	return r < 0 ? r : keyring_join(i->plan, &i->log, e);
}

static int take_source(void *arg, size_t index, struct rootfs_source *ret, struct err *e)
{
	const struct init_args *a = arg;

	return sources_recv(a->plan, a->euid, a->source_sock, index, ret, e);
}

int init_root(struct init *i, struct err *e)
{
	i->rootfs.plan = i->plan;
	i->rootfs.log = &i->log;
	i->rootfs.trace = i->trace;
	i->rootfs.proc_fd = i->args->proc_fd;
	if (i->args->source_sock >= 0) {
		i->rootfs.take_source = take_source;
		i->rootfs.source_arg = (void *)(uintptr_t)i->args;
	}

	int r = rootfs_enter(&i->rootfs, i->args->rootfs, i->args->root_fd, e);
	if (r < 0)
		return r;
	(void)close(i->args->root_fd);
	r = rootfs_mounts(&i->rootfs, e);
	if (i->args->source_sock >= 0)
		(void)close(i->args->source_sock);
	return r;
}

/* --- what is made or read in the root before it is entered ---------------------------- */

static int make_cwd(struct init *i, struct err *e)
{
	const char *cwd = i->plan->process.cwd;

	if (str_eq(cwd, "/"))
		return 0;
	autoclose int fd = path_open_in(i->rootfs.root_fd, cwd, O_PATH, 0);
	if (fd >= 0 || errno != ENOENT)
		return 0; /* what else may be wrong is chdir(2)'s to say */
	autoclose int made = path_mkdirs_in(i->rootfs.root_fd, cwd, 0755);
	if (made < 0)
		return err_errno(e, "mkdir cwd (\"%s\") set in config.json failed", cwd);
	return 0;
}

void init_make_env(struct init *i, int root_fd)
{
	const struct plan_process *p = &i->plan->process;
	size_t n = 0;

	i->envp = p->envp;
	if (p->env_has_home)
		return;
	while (p->envp[n])
		n++;
	const char **env = arena_array(&i->arena, n + 2, const char *);
	for (size_t k = 0; k < n; k++)
		env[k] = p->envp[k];
	env[n] = arena_printf(&i->arena, "HOME=%s", home_find(&i->arena, root_fd, p->uid));
	i->envp = env;
}

int init_files(struct init *i, struct err *e)
{
	int r = make_cwd(i, e);

	if (r < 0)
		return r;
	init_make_env(i, i->rootfs.root_fd);
	if (!i->plan->process.terminal)
		return 0;
	i->ptmx_fd = rootfs_open_ptmx(&i->rootfs, e);
	return i->ptmx_fd < 0 ? i->ptmx_fd : 0;
}

/* --- hooks --------------------------------------------------------------------------- */

int init_run_hooks(struct init *i, const char *status, const struct hook_context *how,
		   struct err *e)
{
	const struct spec *spec = i->plan->spec;
	const struct hook_state state = { spec->oci_version, i->plan->request->id,
					  i->plan->request->bundle, &spec->annotations };

	/* A filter may be loaded that forbids even getpid(2). */
	if (spec->hooks.list[how->kind].n == 0)
		return 0;
	return hook_state_run(&state, status, getpid(), &spec->hooks, how, e);
}

/* While the host's paths are here. */
static int open_hook_files(struct init *i, struct err *e)
{
	struct hook_context how = { .annotations = &i->plan->spec->annotations };

	if (i->plan->spec->hooks.list[HOOK_START_CONTAINER].n == 0)
		return 0;
	int r = hooks_open_files(&how, e);
	i->hook_out_fd = how.out_fd;
	i->hook_err_fd = how.err_fd;
	return r;
}

int init_hooks(struct init *i, struct err *e)
{
	const struct hook_context how = {
		.kind = HOOK_CREATE_CONTAINER,
		.cwd = i->args->rootfs,
		.log = &i->log,
	};

	int r = 0;

	if (plan_host_has_turn(i->plan)) {
		r = proto_say(i->args->sock, STEP_MOUNTS_READY, e);
		if (r == 0)
			r = proto_expect(i->args->sock, STEP_HOOKS_DONE, NULL, NULL, e);
	}
	if (r == 0)
		r = open_hook_files(i, e);
	return r < 0 ? r : init_run_hooks(i, "creating", &how, e);
}

int init_terminal(struct init *i, struct err *e)
{
	const struct plan_process *p = &i->plan->process;

	if (i->ptmx_fd < 0)
		return 0;
	i->peer_fd = console_peer(i->ptmx_fd, p->rows, p->columns, e);
	if (i->peer_fd < 0)
		return i->peer_fd;
	int r = rootfs_dev_console(&i->rootfs, i->peer_fd, e);
	if (r == 0)
		r = proto_send(i->args->sock, STEP_CONSOLE, NULL, 0, &i->ptmx_fd, 1, e);
	(void)close(take_fd(&i->ptmx_fd));
	return r;
}

int init_enter_root(struct init *i, struct err *e)
{
	static int (*const parts[])(struct rootfs *, struct err *) = {
		rootfs_sysctl, rootfs_protect, rootfs_pivot, rootfs_finish, rootfs_verify,
	};
	static const char *const names[] = { "sysctls", "hide and protect", "pivot_root",
					     "propagation", "verify" };
	int r = 0;

	for (size_t n = 0; r == 0 && n < ARRAY_SIZE(parts); n++) {
		TRACE(i->trace, names[n]);
		r = parts[n](&i->rootfs, e);
	}
	rootfs_done(&i->rootfs);
	return r;
}
