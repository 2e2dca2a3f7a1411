/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/capability.h>

#include "plan/parts.h"

#define IDMAP_EXTENTS_MAX 340 /* user_namespaces(7), since Linux 4.15 */

static bool extent_is_valid(const struct spec_id_mapping *x)
{
	return x->size > 0 && x->size <= UINT32_MAX - x->container_id &&
	       x->size <= UINT32_MAX - x->host_id;
}

int idmap_check(const struct plan_id_map *m, const char *where, const char *field, struct err *e)
{
	if (m->n > IDMAP_EXTENTS_MAX)
		return err_set_kind(e, ERR_CONFIG, EINVAL,
				    "%s.%s: %zu entries, the kernel takes at most %d", where, field,
				    m->n, IDMAP_EXTENTS_MAX);
	for (size_t i = 0; i < m->n; i++)
		if (!extent_is_valid(&m->v[i]))
			return err_set_kind(e, ERR_CONFIG, ERANGE,
					    "%s.%s[%zu]: empty, or passes the last id", where,
					    field, i);
	return 0;
}

bool idmap_has(const struct plan_id_map *m, uint32_t id)
{
	for (size_t i = 0; i < m->n; i++)
		if (id >= m->v[i].container_id && id - m->v[i].container_id < m->v[i].size)
			return true;
	return false;
}

const char *plan_unmapped_option(const struct plan *p, const struct plan_mount *m)
{
	bool asks = m->fstype && (str_eq(m->fstype, "devpts") || str_eq(m->fstype, "tmpfs"));
	uint32_t id;

	if (!asks || !p->ns[NS_USER].wanted || p->ns[NS_USER].path)
		return NULL;
	for (size_t i = 0; i < m->data.n; i++) {
		const char *uid = str_after(m->data.v[i], "uid=");
		const char *gid = str_after(m->data.v[i], "gid=");

		if (uid && str_to_u32(uid, &id) == 0 && !idmap_has(&p->uid_map, id))
			return m->data.v[i];
		if (gid && str_to_u32(gid, &id) == 0 && !idmap_has(&p->gid_map, id))
			return m->data.v[i];
	}
	return NULL;
}

static bool is_only(const struct plan_id_map *m, uint32_t host_id)
{
	return m->n == 1 && m->v[0].size == 1 && m->v[0].host_id == host_id;
}

/* Who may write the maps: user_namespaces(7), "Defining user and group ID mappings". */
static void decide_writer(const struct host_facts *f, struct plan *p)
{
	const uint64_t need = 1ULL << CAP_SETUID | 1ULL << CAP_SETGID;

	if ((f->caps_effective & need) == need)
		return;
	if (is_only(&p->uid_map, f->euid) && is_only(&p->gid_map, f->egid))
		p->deny_setgroups = true;
	else
		p->use_newidmap = true;
}

static int check_user_is_mapped(const struct plan_input *in, const struct plan *p, struct err *e)
{
	const struct spec_user *u;

	if (!in->spec->process)
		return 0;
	u = &in->spec->process->user;
	if (!idmap_has(&p->uid_map, u->uid))
		return err_set_kind(e, ERR_CONFIG, EINVAL,
				    "process.user.uid: %u is not mapped by linux.uidMappings",
				    u->uid);
	if (!idmap_has(&p->gid_map, u->gid))
		return err_set_kind(e, ERR_CONFIG, EINVAL,
				    "process.user.gid: %u is not mapped by linux.gidMappings",
				    u->gid);
	return 0;
}

int plan_idmaps(const struct plan_input *in, struct plan *p, struct err *e)
{
	const struct spec_linux *l = in->spec->linux_;

	/* Without a user namespace of its own the maps mean nothing; runc ignores them, too. */
	if (!p->ns[NS_USER].wanted)
		return 0;
	if (p->ns[NS_USER].path) {
		if (l->uid_mappings.n || l->gid_mappings.n)
			plan_warn(
				p,
				"linux.uidMappings and linux.gidMappings are those of the joined user namespace; the given ones are not used");
		return 0;
	}
	if (l->uid_mappings.n == 0)
		return err_set_kind(
			e, ERR_CONFIG, EINVAL,
			"linux.uidMappings: user namespaces enabled, but no uid mappings found");
	if (l->gid_mappings.n == 0)
		return err_set_kind(
			e, ERR_CONFIG, EINVAL,
			"linux.gidMappings: user namespaces enabled, but no gid mappings found");

	p->uid_map = (struct plan_id_map){ l->uid_mappings.v, l->uid_mappings.n };
	p->gid_map = (struct plan_id_map){ l->gid_mappings.v, l->gid_mappings.n };
	int r = idmap_check(&p->uid_map, "linux", "uidMappings", e);
	if (r == 0)
		r = idmap_check(&p->gid_map, "linux", "gidMappings", e);
	if (r < 0)
		return r;
	decide_writer(in->facts, p);
	return check_user_is_mapped(in, p, e);
}
