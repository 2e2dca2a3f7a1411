/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/path.h"
#include "plan/parts.h"

static bool is_rootless(const struct plan_input *in)
{
	if (in->request->rootless != ROOTLESS_AUTO)
		return in->request->rootless == ROOTLESS_TRUE;
	return in->facts->euid != 0 || in->facts->in_userns;
}

/*
 * Where the container goes below one mount. A relative path is placed below the caller's own
 * cgroup; it is cleaned by itself first, so that ".." in it cannot climb out of that.
 */
static const char *dir_path(struct arena *a, const struct cgroup_hierarchy *h, bool is_relative,
			    const char *clean)
{
	const char *own = is_relative ? path_clean(a, h->own_path) : "/";
	const char *below = arena_printf(a, "%s%s", str_eq(own, "/") ? "" : own, clean);

	return arena_printf(a, "%s%s", str_eq(h->mount, "/") ? "" : h->mount, below);
}

static bool asks_limits(const struct spec_resources *r)
{
	return r && (r->memory || r->cpu || r->pids_limit.set || r->block_io || r->n_hugepages ||
		     r->network || r->n_rdma || r->unified.n);
}

/* Root's containers are always kept from the host's devices, which takes a cgroup. */
static int without_cgroups(const struct plan_input *in, bool rootless, struct err *e)
{
	if (!rootless)
		return err_set(e, ENOENT, "no cgroup hierarchy is mounted");
	if (asks_limits(in->spec->linux_->resources))
		return err_set(e, ENOENT, "linux.resources: no cgroup hierarchy is mounted");
	return 0;
}

/* crun's --cgroup-manager=disabled, which Podman's --cgroups=disabled sends. */
static int disabled(const struct plan_input *in, struct plan *p, struct err *e)
{
	const struct spec_resources *res = in->spec->linux_->resources;

	if (asks_limits(res))
		return err_set_kind(
			e, ERR_CONFIG, EINVAL,
			"linux.resources: limits need a cgroup, and --cgroup-manager=disabled makes none");
	if (res && res->n_devices > 0)
		plan_warn(
			p,
			"linux.resources.devices: not applied, since --cgroup-manager=disabled makes no cgroup");
	return 0;
}

int plan_cgroup(const struct plan_input *in, struct plan *p, struct err *e)
{
	const struct host_facts *f = in->facts;
	const char *asked = in->spec->linux_->cgroups_path;
	struct plan_cgroup *cg = &p->cgroup;

	if (in->request->no_cgroup)
		return disabled(in, p, e);
	if (in->request->systemd_cgroup)
		return err_set_kind(
			e, ERR_CONFIG, ENOTSUP,
			"--systemd-cgroup: systemd cgroup driver: not supported by this version");

	cg->mode = f->cgroup_mode;
	cg->rootless = is_rootless(in);
	cg->in_userns = f->in_userns;
	cg->path_asked = asked && *asked;
	if (!cg->path_asked)
		asked = arena_printf(&p->arena, "/%s", in->request->id);
	cg->path = path_clean(&p->arena, asked);
	if (str_eq(cg->path, "/"))
		return err_set_kind(
			e, ERR_CONFIG, EINVAL,
			"linux.cgroupsPath: \"%s\" names no cgroup of the container's own", asked);
	if (f->cgroup_mode == CGROUP_NONE)
		return without_cgroups(in, cg->rootless, e);

	cg->enabled = true;
	cg->dirs = arena_array(&p->arena, f->n_hierarchies, struct plan_cgroup_dir);
	for (size_t i = 0; i < f->n_hierarchies; i++)
		cg->dirs[cg->n_dirs++] = (struct plan_cgroup_dir){
			.name = f->hierarchies[i].name,
			.mount = f->hierarchies[i].mount,
			.path = dir_path(&p->arena, &f->hierarchies[i], asked[0] != '/', cg->path),
			.is_v2 = f->hierarchies[i].is_v2,
		};
	return 0;
}
