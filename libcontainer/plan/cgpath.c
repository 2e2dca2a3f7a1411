/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/mount.h>

#include "base/path.h"
#include "plan/annotations.h"
#include "plan/parts.h"

bool request_is_rootless(const struct request *request, const struct host_facts *facts)
{
	if (request->rootless != ROOTLESS_AUTO)
		return request->rootless == ROOTLESS_TRUE;
	return facts->euid != 0 || facts->in_userns;
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

static void add_dirs(const struct host_facts *f, struct plan *p, bool is_relative)
{
	struct plan_cgroup *cg = &p->cgroup;

	cg->enabled = true;
	cg->dirs = arena_array(&p->arena, f->n_hierarchies, struct plan_cgroup_dir);
	for (size_t i = 0; i < f->n_hierarchies; i++)
		cg->dirs[cg->n_dirs++] = (struct plan_cgroup_dir){
			.name = f->hierarchies[i].name,
			.mount = f->hierarchies[i].mount,
			.path = dir_path(&p->arena, &f->hierarchies[i], is_relative, cg->path),
			.is_v2 = f->hierarchies[i].is_v2,
		};
}

bool plan_asks_limits(const struct spec_resources *r)
{
	return r && (r->memory || r->cpu || r->pids_limit.set || r->block_io || r->n_hugepages ||
		     r->network || r->n_rdma || r->unified.n);
}

/* Root's containers are always kept from the host's devices, which takes a cgroup. */
static int without_cgroups(const struct plan_input *in, bool rootless, struct err *e)
{
	if (!rootless)
		return err_set(e, ENOENT, "no cgroup hierarchy is mounted");
	if (plan_asks_limits(in->spec->linux_->resources))
		return err_set(e, ENOENT, "linux.resources: no cgroup hierarchy is mounted");
	return 0;
}

/* crun's --cgroup-manager=disabled, which Podman's --cgroups=disabled sends. */
static int disabled(const struct plan_input *in, struct plan *p, struct err *e)
{
	const struct spec_resources *res = in->spec->linux_->resources;

	if (plan_asks_limits(res))
		return err_set_kind(
			e, ERR_CONFIG, EINVAL,
			"linux.resources: limits need a cgroup, and --cgroup-manager=disabled makes none");
	if (res && res->n_devices > 0)
		plan_warn(
			p,
			"linux.resources.devices: not applied, since --cgroup-manager=disabled makes no cgroup");
	return 0;
}

/* Below which the user's units are, by systemd's habit; asking the manager is better. */
static const char *manager_path(const struct host_facts *f, struct arena *a)
{
	if (f->user_manager)
		return f->user_manager;
	return arena_printf(a, "/user.slice/user-%u.slice/user@%u.service", f->euid, f->euid);
}

/* Where systemd puts the unit, it being asked to. */
static int by_systemd(const struct plan_input *in, struct plan *p, struct err *e)
{
	struct plan_cgroup *cg = &p->cgroup;
	struct plan_unit *u = &cg->unit;
	const char *slice;

	int r = unit_parse(in->spec->linux_->cgroups_path, in->request->id, cg->rootless, &p->arena,
			   u, e);
	if (r == 0)
		r = unit_read_annotations(&in->spec->annotations, &p->arena, u, e);
	if (r == 0)
		r = unit_expand_slice(u->is_slice ? u->name : u->slice, &p->arena, &slice, e);
	if (r < 0)
		return r;
	if (in->facts->cgroup_mode == CGROUP_NONE)
		return err_set(e, ENOENT, "--systemd-cgroup: no cgroup hierarchy is mounted");
	cg->path = arena_printf(&p->arena, "%s%s%s%s%s%s",
				u->user ? manager_path(in->facts, &p->arena) : "", slice,
				u->is_slice ? "" : "/", u->is_slice ? "" : u->name,
				u->sub ? "/" : "", u->sub ? u->sub : "");
	add_dirs(in->facts, p, false);
	return 0;
}

/* The container's id as the host has it. */
static bool host_uid(const struct plan *p, uint32_t uid, uid_t *ret)
{
	const struct plan_ns *ns = &p->ns[NS_USER];

	*ret = uid;
	if (!ns->wanted)
		return true;
	for (size_t i = 0; i < p->uid_map.n; i++) {
		const struct spec_id_mapping *m = &p->uid_map.v[i];

		if (uid < m->container_id || uid - m->container_id >= m->size)
			continue;
		*ret = m->host_id + (uid - m->container_id);
		return true;
	}
	return false;
}

static bool is_writable_cgroup(const struct plan_mount *m)
{
	return m->kind == MOUNT_KIND_CGROUP && str_eq(m->destination, "/sys/fs/cgroup") &&
	       !(m->attr_set & MOUNT_ATTR_RDONLY);
}

/* runtime-spec, "Control groups": only what the container alone sees and may change. */
static void find_owner(const struct plan_input *in, struct plan *p)
{
	const struct plan_ns *ns = &p->ns[NS_CGROUP];
	struct plan_cgroup *cg = &p->cgroup;
	bool writable = false;

	if (!ns->wanted || ns->path || cg->mode != CGROUP_V2)
		return;
	for (size_t i = 0; i < p->n_mounts; i++)
		writable = writable || is_writable_cgroup(&p->mounts[i]);
	cg->has_owner = writable && host_uid(p, p->process.uid, &cg->owner) &&
			cg->owner != in->facts->euid;
}

/* The hierarchy that ANNOTATION_SYSTEMD_V1 mounts, with a directory of the container's own. */
static int check_systemd_v1(const struct plan *p, struct err *e)
{
	const struct plan_mount *m = NULL;

	for (size_t i = 0; i < p->n_mounts; i++)
		if (p->mounts[i].kind == MOUNT_KIND_SYSTEMD_V1)
			m = &p->mounts[i];
	if (!m)
		return 0;
	for (size_t i = 0; i < p->cgroup.n_dirs; i++)
		if (str_eq(p->cgroup.dirs[i].name, CGROUP_SYSTEMD_V1))
			return 0;
	return err_set(e, ENOENT, "mounts[%zu]: annotations[\"%s\"]: %s", m->index,
		       ANNOTATION_SYSTEMD_V1,
		       p->cgroup.enabled ? "no cgroup v1 hierarchy \"" CGROUP_SYSTEMD_V1
					   "\" is mounted on the host"
					 : "the container has no cgroup of its own");
}

static int place(const struct plan_input *in, struct plan *p, struct err *e)
{
	const struct host_facts *f = in->facts;
	const char *asked = in->spec->linux_->cgroups_path;
	struct plan_cgroup *cg = &p->cgroup;

	if (in->request->no_cgroup)
		return disabled(in, p, e);
	cg->mode = f->cgroup_mode;
	cg->rootless = request_is_rootless(in->request, f);
	cg->in_userns = f->in_userns;
	cg->path_asked = asked && *asked;
	find_owner(in, p);
	if (in->request->systemd_cgroup)
		return by_systemd(in, p, e);
	if (!cg->path_asked)
		asked = arena_printf(&p->arena, "/%s", in->request->id);
	cg->path = path_clean(&p->arena, asked);
	if (str_eq(cg->path, "/"))
		return err_set_kind(
			e, ERR_CONFIG, EINVAL,
			"linux.cgroupsPath: \"%s\" names no cgroup of the container's own", asked);
	if (f->cgroup_mode == CGROUP_NONE)
		return without_cgroups(in, cg->rootless, e);

	add_dirs(f, p, asked[0] != '/');
	return 0;
}

int plan_cgroup(const struct plan_input *in, struct plan *p, struct err *e)
{
	int r = place(in, p, e);

	return r < 0 ? r : check_systemd_v1(p, e);
}
