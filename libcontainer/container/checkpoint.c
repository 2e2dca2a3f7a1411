/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/hint.h"
#include "base/path.h"
#include "container/cr.h"

#define PORT_MAX 65535

struct checkpoint {
	struct cr cr;
	struct handle handle;
	struct host_facts facts;
	struct spec *spec; /* the copy of config.json */
	struct spec_linux without_cgroups;
	struct request request;
	struct plan *plan;
	bool was_paused, held, gone;
};

/* --- what is asked for --------------------------------------------------------------------- */

static int check_parent(const struct checkpoint_request *req, struct err *e)
{
	struct arena a autodone(arena) = ARENA_INIT;
	struct stat st;

	if (!req->parent_path)
		return 0;
	if (req->parent_path[0] == '/')
		return err_set_kind(e, ERR_USAGE, EINVAL,
				    "--parent-path must be relative to --image-path, not %s",
				    req->parent_path);
	const char *path = arena_printf(&a, "%s/%s", req->image_path, req->parent_path);
	if (stat(path, &st) < 0)
		return err_errno(e, "--parent-path %s", path);
	return S_ISDIR(st.st_mode)
		       ? 0
		       : err_set(e, ENOTDIR, "--parent-path %s is not a directory", path);
}

/* ADDRESS:PORT; the address may have colons of its own. */
static int parse_page_server(struct checkpoint *c, struct err *e)
{
	const char *text = c->cr.req->page_server;
	const char *colon = text ? strrchr(text, ':') : NULL;
	uint64_t port = 0;

	if (!text)
		return 0;
	if (!colon || colon == text || str_to_u64(colon + 1, PORT_MAX, &port) < 0 || port == 0)
		return err_set_kind(e, ERR_USAGE, EINVAL,
				    "--page-server is ADDRESS:PORT, not \"%s\"", text);
	c->cr.opts.page_server = arena_strndup(&c->cr.arena, text, (size_t)(colon - text));
	c->cr.opts.page_port = (int32_t)port;
	return 0;
}

static int check_status_fd(const struct checkpoint *c, struct err *e)
{
	const struct checkpoint_request *req = c->cr.req;

	if (req->has_status_fd && fcntl(req->status_fd, F_GETFD) < 0)
		return err_errno(e, "--status-fd %d", req->status_fd);
	return 0;
}

/* --- the container ------------------------------------------------------------------------- */

static int find(struct checkpoint *c, const char *id, struct err *e)
{
	int r = handle_open(&c->handle, c->cr.env, id, e);
	int status = r < 0 ? r : handle_status(&c->handle, e);

	if (status < 0)
		return status;
	if (status == CONTAINER_STOPPED)
		return err_set_kind(e, ERR_NOT_RUNNING, ESRCH,
				    "container cannot be checkpointed in stopped state");
	if (status != CONTAINER_RUNNING && status != CONTAINER_PAUSED)
		return err_set(e, EBUSY, "container cannot be checkpointed in %s state",
			       container_status_name((enum container_status)status));
	c->was_paused = status == CONTAINER_PAUSED;
	return 0;
}

/* The plan of the configuration at create, for its mounts; where the cgroups are, is recorded. */
static int decide(struct checkpoint *c, struct err *e)
{
	const struct handle *h = &c->handle;

	int r = spec_load(h->dir_fd, STATE_CONFIG, &c->spec, e);
	if (r == 0)
		r = host_facts_probe(&c->facts, false, e);
	if (r < 0)
		return r;
	c->without_cgroups = *c->spec->linux_;
	c->without_cgroups.cgroups_path = NULL;
	c->without_cgroups.resources = NULL;
	c->spec->linux_ = &c->without_cgroups;
	c->request = (struct request){ .program = h->env->program,
				       .id = h->id,
				       .bundle = h->state.bundle };
	if (faccessat(h->dir_fd, NOTIFY_DIR, F_OK, 0) == 0)
		c->request.notify_dir =
			arena_printf(&c->cr.arena, "%s/%s/" NOTIFY_DIR, h->env->root, h->id);
	return plan_build(c->spec, &c->facts, &c->request, &c->plan, e);
}

/* Of these the next container has one too, by its path in config.json: CRIU is to leave it alone. */
static int name_namespace(struct checkpoint *c, enum ns_kind kind, const char *file,
			  const char *key, struct err *e)
{
	char path[48];
	struct stat st;

	if (!c->plan->ns[kind].path)
		return 0;
	(void)snprintf(path, sizeof(path), "/proc/%ld/ns/%s", (long)c->handle.state.init.pid, file);
	if (stat(path, &st) < 0)
		return err_errno(e, "stat %s", path);
	cr_add_external(&c->cr, arena_printf(&c->cr.arena, "%s[%llu]:%s", file,
					     (unsigned long long)st.st_ino, key));
	return 0;
}

static void set_freezer(struct checkpoint *c)
{
	const struct plan_cgroup *cg = &c->handle.state.cgroup;

	for (size_t i = 0; cg->enabled && i < cg->n_dirs; i++) {
		const struct plan_cgroup_dir *d = &cg->dirs[i];

		if (str_eq(d->name, "freezer") || (d->is_v2 && !c->cr.opts.freeze_cgroup))
			c->cr.opts.freeze_cgroup = d->path;
	}
}

static int describe(struct checkpoint *c, struct err *e)
{
	const struct checkpoint_request *req = c->cr.req;
	struct criu_opts *o = &c->cr.opts;
	pid_t pid = c->handle.state.init.pid;

	int r = cr_options(&c->cr, &c->handle.state.annotations, e);
	if (r < 0)
		return r;
	o->pid = pid;
	o->leave_running = req->leave_running;
	o->parent_image = req->parent_path;
	o->track_mem = req->pre_dump || req->parent_path;
	set_freezer(c);
	r = parse_page_server(c, e);
	if (r == 0)
		r = cr_check_joined(c->plan, e);
	if (r == 0)
		r = name_namespace(c, NS_NETWORK, "net", CR_NETNS, e);
	if (r == 0)
		r = name_namespace(c, NS_PID, "pid", CR_PIDNS, e);
	return r;
}

static int check_features(const struct checkpoint *c, struct err *e)
{
	const struct checkpoint_request *req = c->cr.req;
	struct criu_answer can;

	if (!req->pre_dump && !req->lazy_pages)
		return 0;
	int r = criu_ask_features(&c->cr.criu, &can, e);
	if (r < 0)
		return r;
	if (req->pre_dump && !can.mem_track)
		return err_set(e, ENOTSUP,
			       "--pre-dump: this kernel does not track changes of memory "
			       "(CONFIG_MEM_SOFT_DIRTY)");
	if (req->lazy_pages && !can.has_lazy_pages)
		return err_set(e, ENOTSUP,
			       "--lazy-pages: this kernel lacks what CRIU needs of userfaultfd(2)");
	return 0;
}

/* The page server of --lazy-pages listens. */
static int notified(void *arg, const struct criu_answer *what, int fd, struct err *e)
{
	const struct checkpoint *c = arg;
	const struct checkpoint_request *req = c->cr.req;

	if (fd >= 0)
		(void)close(fd);
	if (!req->has_status_fd || !str_eq(what->script, "status-ready"))
		return 0;
	return fd_write_all(req->status_fd, "", 1) < 0
		       ? err_errno(e, "write --status-fd %d", req->status_fd)
		       : 0;
}

static int dump(struct checkpoint *c, struct err *e)
{
	const struct criu_listener listener = { notified, c };
	const struct checkpoint_request *req = c->cr.req;
	struct criu_answer answer;

	int r = cr_start(&c->cr, -1, NULL, e);
	if (r == 0)
		r = check_features(c, e);
	if (r == 0 && !req->pre_dump)
		r = cr_save_descriptors(&c->cr, c->handle.state.init.pid, e);
	if (r == 0)
		r = cr_work(&c->cr, req->pre_dump ? CRIU_PRE_DUMP : CRIU_DUMP, &listener, &answer,
			    e);
	if (r < 0 || req->pre_dump || req->leave_running)
		return r;
	criu_stop(&c->cr.criu);
	c->gone = true;
	return handle_destroy(&c->handle, e);
}

/* What is looked at must be what CRIU finds: a shell has another standard output for a moment. */
static int hold_still(struct checkpoint *c, struct err *e)
{
	if (c->was_paused || !c->cr.opts.freeze_cgroup)
		return 0;
	int r = cgroup_freeze(&c->handle.cgroup, true, e);
	c->held = r == 0;
	return r;
}

static int let_go(const struct checkpoint *c, int r, struct err *e)
{
	struct err late;

	if (!c->held || c->gone || cgroup_freeze(&c->handle.cgroup, false, &late) == 0)
		return r;
	if (r < 0) {
		log_warn(c->cr.env->log, "%s", late.text);
		return r;
	}
	*e = late;
	return -e->code;
}

static int describe_and_dump(struct checkpoint *c, struct err *e)
{
	int r = hold_still(c, e);

	if (r == 0 && !c->cr.req->pre_dump) /* memory is all that a pre-dump looks at */
		r = cr_name_mounts(&c->cr, c->plan, &c->handle.state.cgroup,
				   c->handle.state.init.pid, e);
	if (r == 0)
		r = dump(c, e);
	return let_go(c, r, e);
}

static int checkpoint(struct checkpoint *c, const char *id, struct err *e)
{
	int r = check_parent(c->cr.req, e);

	if (r == 0)
		r = check_status_fd(c, e);
	if (r == 0)
		r = find(c, id, e);
	if (r == 0)
		r = decide(c, e);
	if (r == 0 && c->facts.euid != 0)
		r = err_set(e, EPERM, "checkpoint needs root");
	if (r == 0)
		r = cr_open(&c->cr, true, c->cr.req->pre_dump ? "pre-dump.log" : "dump.log", e);
	if (r == 0)
		r = describe(c, e);
	return r < 0 ? r : describe_and_dump(c, e);
}

int container_checkpoint(const struct container_env *env, const char *id,
			 const struct checkpoint_request *req, struct err *e)
{
	struct checkpoint c = { .handle = HANDLE_INIT };

	cr_init(&c.cr, env, req);
	int r = checkpoint(&c, id, e);
	cr_done(&c.cr);
	plan_free(c.plan);
	spec_free(c.spec);
	host_facts_done(&c.facts);
	handle_done(&c.handle);
	return r < 0 ? hint_add(e) : 0;
}
