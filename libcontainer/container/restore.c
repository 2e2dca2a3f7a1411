/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/hint.h"
#include "base/sys.h"
#include "container/cr.h"
#include "container/create.h"
#include "criu/pages.h"
#include "init/livemounts.h"
#include "rdt/rdt.h"

/* --- what CRIU tells us -------------------------------------------------------------------- */

/* Its clone(2) made the process a sibling of CRIU's: our child. */
static int take_init(struct create *c, pid_t pid, struct err *e)
{
	if (c->init.pid > 0)
		return 0;
	c->init.pid = pid;
	c->init.pidfd = sys_pidfd_open(pid, 0);
	return c->init.pidfd < 0 ? err_errno(e, "pidfd_open(2) of the restored process") : 0;
}

/* The namespaces are there, nothing is in them: as after createRuntime's place in create. */
static int run_hooks(struct create *c, pid_t pid, struct err *e)
{
	int r = take_init(c, pid, e);

	if (r == 0)
		r = create_hooks(c, HOOK_PRESTART, e);
	return r < 0 ? r : create_hooks(c, HOOK_CREATE_RUNTIME, e);
}

static int take_terminal(struct create *c, int fd, struct err *e)
{
	if (fd < 0)
		return err_set(e, EPROTO, "criu sent no descriptor with orphan-pts-master");
	if (c->master_fd >= 0 || !c->plan->process.terminal) {
		(void)close(fd);
		return 0; /* of another terminal that the container had opened */
	}
	c->master_fd = fd;
	return create_send_console(c, e);
}

static int reseal(const struct create *c, struct err *e)
{
	const struct live_mounts l = {
		.plan = c->plan,
		.euid = c->facts.euid,
		.proc_fd = c->args.proc_fd,
		.init_pid = c->init.pid,
		.init_pidfd = c->init.pidfd,
		.what = LIVE_RESEAL,
	};

	return live_mounts_apply(&l, c->env->log, e);
}

/* All is restored and nothing runs yet. */
static int commit(struct create *c, pid_t pid, struct err *e)
{
	int r = take_init(c, pid, e);

	if (r == 0)
		r = reseal(c, e);
	return r < 0 ? r : create_publish(c, e);
}

static int notified(void *arg, const struct criu_answer *what, int fd, struct err *e)
{
	struct create *c = arg;

	log_debug(c->env->log, "criu: %s", what->script);
	if (str_eq(what->script, "orphan-pts-master"))
		return take_terminal(c, fd, e);
	if (fd >= 0)
		(void)close(fd);
	if (str_eq(what->script, "setup-namespaces"))
		return run_hooks(c, what->pid, e);
	return str_eq(what->script, "post-restore") ? commit(c, what->pid, e) : 0;
}

/* --- what we tell CRIU --------------------------------------------------------------------- */

static void add_namespace(struct create *c, enum ns_kind kind, const char *key)
{
	if (c->args.ns.fd[kind] >= 0)
		cr_add_inherit(c->cr, key, c->args.ns.fd[kind]);
}

/* Of these kinds CRIU has saved what is in them, and restores it in a new one unless told. */
static void join_namespace(struct create *c, enum ns_kind kind, const char *name)
{
	int fd = c->args.ns.fd[kind];

	if (fd >= 0)
		cr_add_joined(c->cr, name,
			      arena_printf(&c->cr->arena, "/proc/%ld/fd/%d", (long)getpid(), fd));
}

/* Where the container's cgroups go, for CRIU to put those of its processes below. */
static void add_cgroup_roots(struct create *c)
{
	const struct plan_cgroup *cg = &c->plan->cgroup;

	for (size_t i = 0; cg->enabled && i < cg->n_dirs; i++) {
		const struct plan_cgroup_dir *d = &cg->dirs[i];
		const char *path = str_after(d->path, d->mount);

		if (path)
			cr_add_root(c->cr, d->name, *path ? path : "/");
	}
}

static int check_profile(const char *text, struct err *e)
{
	const char *name = text ? strchr(text, ':') : NULL;

	if (!text)
		return 0;
	if (!name || !name[1] || !(str_after(text, "apparmor:") || str_after(text, "selinux:")))
		return err_set_kind(
			e, ERR_USAGE, EINVAL,
			"--lsm-profile is apparmor:PROFILE or selinux:LABEL, not \"%s\"", text);
	return 0;
}

/* To CRIU our own cgroup would be one that is there already. check_new() has looked before it was. */
static int mode_for_criu(int mode)
{
	return mode == criu_cgroups_mode("strict") ? criu_cgroups_mode("full") : mode;
}

static int describe(struct create *c, struct err *e)
{
	const struct checkpoint_request *req = c->cr->req;

	int r = cr_options(c->cr, &c->spec->annotations, e);
	if (r < 0)
		return r;
	c->cr->opts.cgroups_mode = mode_for_criu(c->cr->opts.cgroups_mode);
	c->cr->opts.root = c->args.rootfs;
	c->cr->opts.rst_sibling = true;
	c->cr->opts.lsm_profile = req->lsm_profile;
	c->cr->opts.lsm_mount_context = req->lsm_mount_context;
	r = cr_check_joined(c->plan, e);
	if (r == 0)
		r = cr_give_mounts(c->cr, c->plan, e);
	if (r == 0)
		r = cr_load_descriptors(c->cr, e);
	add_namespace(c, NS_NETWORK, CR_NETNS);
	add_namespace(c, NS_PID, CR_PIDNS);
	join_namespace(c, NS_UTS, "uts");
	join_namespace(c, NS_IPC, "ipc");
	add_cgroup_roots(c);
	return r < 0 ? r : cr_make_mount_points(c->plan, c->args.root_fd, e);
}

/*
 * A scope of systemd cannot be without a process, and with "ignore" what is restored stays where
 * CRIU is; else CRIU stays outside, so that the container's limits do not bind it.
 */
static int place_criu(struct create *c, struct err *e)
{
	bool inside = c->cr->opts.cgroups_mode == criu_cgroups_mode("ignore") ||
		      c->handle.cgroup.later;
	int r = 0;

	if (c->plan->cgroup.enabled && inside)
		r = cgroup_attach(&c->handle.cgroup, c->cr->criu.pid, false, e);
	if (r == 0 && c->plan->rdt.enabled)
		r = rdt_enter(&c->plan->rdt, c->cr->criu.pid, e);
	return r;
}

static int start_criu(struct create *c, struct err *e)
{
	int r = cr_start(c->cr, c->args.root_fd, c->args.rootfs, e);

	return r < 0 ? r : place_criu(c, e);
}

/* It was held still while it was saved, and with "full" CRIU restores that, too. */
static int thaw(const struct create *c, struct err *e)
{
	int frozen = c->plan->cgroup.enabled ? cgroup_is_frozen(&c->handle.cgroup, e) : 0;

	return frozen > 0 ? cgroup_freeze(&c->handle.cgroup, false, e) : frozen;
}

static int restore_processes(struct create *c, struct err *e)
{
	const struct criu_listener listener = { notified, c };
	struct criu_answer answer;

	int r = describe(c, e);
	if (r == 0)
		r = start_criu(c, e);
	if (r == 0)
		r = cr_work(c->cr, CRIU_RESTORE, &listener, &answer, e);
	criu_stop(&c->cr->criu);
	if (r == 0 && c->init.pid <= 0)
		r = err_set(e, EPROTO, "criu restored nothing");
	return r < 0 ? r : thaw(c, e);
}

/* --- the whole ----------------------------------------------------------------------------- */

static int check_user(struct create *c, struct err *e)
{
	return c->facts.euid == 0 ? 0 : err_set(e, EPERM, "restore needs root");
}

static bool find_root(const struct plan_id_map *map, uint32_t *ret)
{
	for (size_t i = 0; i < map->n; i++) {
		if (map->v[i].container_id != 0)
			continue;
		*ret = map->v[i].host_id;
		return true;
	}
	return false;
}

/*
 * Under a user namespace CRIU opens images first with root's rights, then with those of the
 * container's root: that one's group may look names up in the directory, which is 0700 else.
 */
static int share_images(const struct create *c, uint32_t gid)
{
	struct stat st;

	if (fstat(c->cr->images_fd, &st) < 0 || fchown(c->cr->images_fd, (uid_t)-1, gid) < 0)
		return -1;
	return fchmod(c->cr->images_fd, (st.st_mode & 07777) | S_IXGRP);
}

static int open_images(struct create *c, struct err *e)
{
	uint32_t gid;
	int r = cr_open(c->cr, false, "restore.log", e);

	if (r == 0)
		r = criu_check_pages(c->cr->images_fd, c->cr->req->image_path, e);
	if (r < 0 || !c->plan->ns[NS_USER].wanted || !find_root(&c->plan->gid_map, &gid))
		return r;
	if (share_images(c, gid) < 0) /* it may be read-only, and open to all already */
		log_warn(c->env->log, "--image-path: chown(2) to the container's root: %s",
			 errno_text(errno));
	return 0;
}

/* With "strict" none of its cgroups may be there. */
static int check_new(struct create *c, struct err *e)
{
	const struct plan_cgroup *cg = &c->plan->cgroup;
	const char *mode = c->cr->req->cgroups_mode;

	if (!mode || !str_eq(mode, "strict") || !cg->enabled)
		return 0;
	for (size_t i = 0; i < cg->n_dirs; i++) {
		const char *path = cg->dirs[i].path;

		if (access(path, F_OK) == 0)
			return err_set(e, EEXIST,
				       "--manage-cgroups-mode strict: %s is there already", path);
		if (errno != ENOENT)
			return err_errno(e, "--manage-cgroups-mode strict: %s", path);
	}
	return 0;
}

static int restore_container(struct create *c, struct err *e)
{
	static const create_step steps[] = {
		check_user,	     open_images,	create_open_host, create_compile_filter,
		create_open_sockets, check_new,		create_record,	  create_make_cgroup,
		create_make_rdt,     restore_processes,
	};

	return create_steps(c, steps, ARRAY_SIZE(steps), e);
}

/* It runs already. */
static int started(struct create *c, struct err *e)
{
	(void)c;
	(void)e;
	return 0;
}

int container_restore(const struct container_env *env, const struct request *req,
		      const struct checkpoint_request *how, int *ret_status, struct err *e)
{
	struct create c;
	struct cr cr;

	*ret_status = 0;
	int r = container_id_check(req->id, e);
	if (r == 0)
		r = check_profile(how->lsm_profile, e);
	if (r < 0)
		return r;
	create_init(&c, env, req);
	cr_init(&cr, env, how);
	c.cr = &cr;
	if (req->no_pivot)
		log_warn(env->log, "--no-pivot has no effect: CRIU always uses pivot_root(2)");
	r = run_container(&c, restore_container, started, ret_status, e);
	cr_done(&cr);
	create_done(&c);
	return r < 0 ? hint_add(e) : 0;
}
