/* SPDX-License-Identifier: Apache-2.0 */
#include "container/cr.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "criu/quote.h"
#include "plan/annotations.h"

#define DIRECTORY_MODE 0700 /* images hold the memory of processes */

/* Whose configuration CRIU reads on top of its own; the second is that of every runtime. */
static const char *const config_files[] = { "/etc/criu/vial.conf", "/etc/criu/runc.conf" };

void cr_init(struct cr *c, const struct container_env *env, const struct checkpoint_request *req)
{
	*c = (struct cr){
		.env = env,
		.req = req,
		.arena = ARENA_INIT,
		.images_fd = -1,
		.work_fd = -1,
		.criu = CRIU_INIT,
	};
}

void cr_done(struct cr *c)
{
	criu_stop(&c->criu);
	if (c->images_fd >= 0)
		(void)close(c->images_fd);
	if (c->work_fd >= 0)
		(void)close(c->work_fd);
	free(c->mounts);
	free(c->roots);
	free(c->joined);
	free(c->inherit);
	free(c->external);
	arena_done(&c->arena);
}

/* --- directories -------------------------------------------------------------------------- */

static int open_directory(const char *path, bool make, struct err *e)
{
	if (make) {
		autoclose int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (root < 0)
			return err_errno(e, "open /");
		autoclose int made = path_mkdirs_in(root, path, DIRECTORY_MODE);
		if (made < 0)
			return err_errno(e, "mkdir %s", path);
	}
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? err_errno(e, "open %s", path) : fd;
}

int cr_open(struct cr *c, bool make, const char *log_name, struct err *e)
{
	const struct checkpoint_request *req = c->req;

	c->log_name = log_name;
	c->work_path = req->work_path ? req->work_path : req->image_path;
	c->images_fd = open_directory(req->image_path, make, e);
	if (c->images_fd < 0)
		return err_ctx(e, "--image-path");
	c->work_fd = open_directory(c->work_path, req->work_path != NULL, e);
	return c->work_fd < 0 ? err_ctx(e, "--work-path") : 0;
}

/* --- options ------------------------------------------------------------------------------ */

static const char *find_config(const struct spec_string_map *annotations)
{
	const char *file = plan_annotation(annotations, ANNOTATION_CRIU_CONFIG);

	if (file)
		return *file ? file : NULL;
	for (size_t i = 0; i < ARRAY_SIZE(config_files); i++)
		if (access(config_files[i], R_OK) == 0)
			return config_files[i];
	return NULL;
}

static int parse_names(struct cr *c, struct err *e)
{
	const struct checkpoint_request *req = c->req;

	c->opts.cgroups_mode = criu_cgroups_mode(req->cgroups_mode ? req->cgroups_mode : "soft");
	if (c->opts.cgroups_mode < 0)
		return err_set_kind(
			e, ERR_USAGE, EINVAL,
			"invalid manage-cgroups-mode value: %s (it is one of soft, full, "
			"strict, ignore)",
			req->cgroups_mode);
	c->opts.network_lock = req->network_lock ? criu_network_lock(req->network_lock) : 0;
	if (c->opts.network_lock < 0)
		return err_set_kind(
			e, ERR_USAGE, EINVAL,
			"invalid network-lock value: %s (it is one of iptables, nftables, "
			"skip)",
			req->network_lock);
	for (size_t i = 0; i < req->empty_ns.n; i++) {
		if (!str_eq(req->empty_ns.v[i], "network"))
			return err_set_kind(e, ERR_USAGE, EINVAL,
					    "namespace \"%s\" is not supported by --empty-ns",
					    req->empty_ns.v[i]);
		c->opts.empty_ns |= CLONE_NEWNET;
	}
	return 0;
}

int cr_options(struct cr *c, const struct spec_string_map *annotations, struct err *e)
{
	const struct checkpoint_request *req = c->req;

	c->opts = (struct criu_opts){
		.images_fd = c->images_fd,
		.work_fd = c->work_fd,
		.ext_unix_sk = req->ext_unix_sk,
		.tcp_established = req->tcp_established,
		.tcp_close = req->tcp_close,
		.tcp_skip_in_flight = req->tcp_skip_in_flight,
		.shell_job = req->shell_job,
		.file_locks = req->file_locks,
		.link_remap = req->link_remap,
		.auto_dedup = req->auto_dedup,
		.lazy_pages = req->lazy_pages,
		.log_file = c->log_name,
		.config_file = find_config(annotations),
	};
	return parse_names(c, e);
}

int cr_check_joined(const struct plan *plan, struct err *e)
{
	const struct {
		enum ns_kind kind;
		const char *name;
	} rows[] = { { NS_USER, "user" }, { NS_TIME, "time" }, { NS_CGROUP, "cgroup" } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (plan->ns[rows[i].kind].path)
			return err_set(e, ENOTSUP,
				       "linux.namespaces: CRIU cannot restore into a %s namespace "
				       "that is joined by path",
				       rows[i].name);
	return 0;
}

/* --- lists -------------------------------------------------------------------------------- */

void cr_add_mount(struct cr *c, const char *key, const char *value)
{
	c->mounts = mem_grow(c->mounts, c->n_mounts + 1, sizeof(*c->mounts));
	c->mounts[c->n_mounts++] = (struct criu_pair){ key, value };
}

void cr_add_root(struct cr *c, const char *controller, const char *path)
{
	c->roots = mem_grow(c->roots, c->n_roots + 1, sizeof(*c->roots));
	c->roots[c->n_roots++] = (struct criu_pair){ controller, path };
}

void cr_add_joined(struct cr *c, const char *kind, const char *file)
{
	c->joined = mem_grow(c->joined, c->n_joined + 1, sizeof(*c->joined));
	c->joined[c->n_joined++] = (struct criu_pair){ kind, file };
}

void cr_add_inherit(struct cr *c, const char *key, int fd)
{
	c->inherit = mem_grow(c->inherit, c->n_inherit + 1, sizeof(*c->inherit));
	c->inherit[c->n_inherit++] = (struct criu_inherit){ key, fd };
}

void cr_add_external(struct cr *c, const char *text)
{
	c->external = mem_grow(c->external, c->n_external + 1, sizeof(*c->external));
	c->external[c->n_external++] = text;
}

/* --- CRIU --------------------------------------------------------------------------------- */

int cr_start(struct cr *c, int root_fd, const char *root, struct err *e)
{
	int *fds autofree = mem_new(c->n_inherit + 1, sizeof(*fds));
	const char *program;
	int r = criu_find(&c->arena, &program, e);

	for (size_t i = 0; i < c->n_inherit; i++)
		fds[i] = c->inherit[i].fd;
	const struct criu_setup setup = {
		.fds = fds,
		.n_fds = c->n_inherit,
		.images_fd = c->images_fd,
		.work_fd = c->work_fd,
		.images_path = c->req->image_path,
		.work_path = c->work_path,
		.root_fd = root_fd,
		.root = root,
	};
	if (r == 0)
		r = criu_start(program, &setup, &c->criu, e);
	if (r == 0)
		log_debug(c->env->log, "%s: CRIU %u.%u.%u", program, c->criu.version / 10000,
			  c->criu.version / 100 % 100, c->criu.version % 100);
	return r;
}

int cr_work(struct cr *c, enum criu_type type, const struct criu_listener *l,
	    struct criu_answer *ret, struct err *e)
{
	struct criu_opts *o = &c->opts;

	o->ext_mounts = c->mounts;
	o->n_ext_mounts = c->n_mounts;
	o->cgroup_roots = c->roots;
	o->n_cgroup_roots = c->n_roots;
	o->join_ns = c->joined;
	o->n_join_ns = c->n_joined;
	o->inherit = c->inherit;
	o->n_inherit = c->n_inherit;
	o->external = (struct strs){ c->external, c->n_external };
	int r = criu_work(&c->criu, type, o, l, ret, e);
	return r == -EIO ? criu_explain(c->work_fd, c->log_name, c->work_path, ret->message,
					c->env->log, e)
			 : r;
}

bool container_can_checkpoint(void)
{
	const struct criu_setup setup = { .images_fd = -1, .work_fd = -1, .root_fd = -1 };
	struct arena a autodone(arena) = ARENA_INIT;
	struct criu c = CRIU_INIT;
	const char *program;
	struct err e;

	bool can = criu_find(&a, &program, &e) == 0 && criu_start(program, &setup, &c, &e) == 0;
	criu_stop(&c);
	return can;
}
