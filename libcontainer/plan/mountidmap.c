/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/cleanup.h"
#include "plan/mountflags.h"

/* All ids: what a mapping that is not given leaves as it is. */
static const struct spec_id_mapping identity[] = { { 0, 0, UINT32_MAX } };

/* One text of mappings, and what is known of it for messages. */
struct reader {
	struct arena *arena;
	const char *where;
	struct err *e;
};

static int refuse_range(const struct reader *rd, const char *range, const char *why)
{
	return err_set_kind(rd->e, ERR_CONFIG, EINVAL, "%s.options: idmap: \"%s\": %s", rd->where,
			    range, why);
}

/* A number that ends at @stop or, with '\0', at the end. Moves *@s behind it. */
static int take_number(const char **s, char stop, uint32_t *ret)
{
	char digits[16];
	const char *end = stop ? strchr(*s, stop) : *s + strlen(*s);

	if (!end || (size_t)(end - *s) >= sizeof(digits))
		return -EINVAL;
	memcpy(digits, *s, (size_t)(end - *s));
	digits[end - *s] = '\0';
	*s = stop ? end + 1 : end;
	return str_to_u32(digits, ret);
}

/* The extent of @m that the id @inside of the container lies in; NULL: none. */
static const struct spec_id_mapping *extent_of(const struct plan_id_map *m, uint32_t inside)
{
	for (size_t i = 0; i < m->n; i++)
		if (inside >= m->v[i].container_id && inside - m->v[i].container_id < m->v[i].size)
			return &m->v[i];
	return NULL;
}

struct extents {
	struct spec_id_mapping *v;
	size_t n, room;
};

/*
 * "@0-1-10": the second number is an id of the container; what it is on the host, the container's
 * map says, in as many pieces as that has.
 */
static int add_relative(const struct reader *rd, const char *range, struct spec_id_mapping x,
			const struct plan_id_map *container, struct extents *out)
{
	while (x.size > 0) {
		const struct spec_id_mapping *at = extent_of(container, x.host_id);

		if (!at)
			return refuse_range(rd, range,
					    "not mapped by the container's user namespace");
		if (out->n == out->room)
			return refuse_range(rd, range, "falls into too many pieces");
		uint32_t offset = x.host_id - at->container_id;
		uint32_t size = at->size - offset < x.size ? at->size - offset : x.size;

		out->v[out->n++] =
			(struct spec_id_mapping){ x.container_id, at->host_id + offset, size };
		x.container_id += size;
		x.host_id += size;
		x.size -= size;
	}
	return 0;
}

static int add_range(const struct reader *rd, const char *range,
		     const struct plan_id_map *container, struct extents *out)
{
	bool relative = range[0] == '@';
	const char *s = range + relative;
	struct spec_id_mapping x;

	if (take_number(&s, '-', &x.container_id) < 0 || take_number(&s, '-', &x.host_id) < 0 ||
	    take_number(&s, '\0', &x.size) < 0)
		return refuse_range(rd, range, "expected FROM-TO-COUNT");
	if (x.size == 0 || x.size > UINT32_MAX - x.container_id || x.size > UINT32_MAX - x.host_id)
		return refuse_range(rd, range, "empty, or passes the last id");
	if (relative)
		return add_relative(rd, range, x, container, out);
	if (out->n == out->room)
		return refuse_range(rd, range, "too many ranges");
	out->v[out->n++] = x;
	return 0;
}

/* How many extents the ranges up to a ';' can make; at most one more than the kernel takes, so
 * that idmap_check() says so. */
static size_t count_pieces(const char *s, const struct plan_id_map *container)
{
	size_t n = 1;

	for (; *s && *s != ';'; s++)
		n += *s == '#' ? 1 : *s == '@' ? container->n : 0;
	return n < 341 ? n : 341;
}

/* "0-1-10#10-11-10", up to a ';' or the end. Moves *@s behind it. */
static int read_ranges(const struct reader *rd, const char **s, const struct plan_id_map *container,
		       struct plan_id_map *ret)
{
	size_t room = count_pieces(*s, container);
	struct extents out = { arena_array(rd->arena, room, struct spec_id_mapping), 0, room };
	int r = 0;

	while (r == 0) {
		size_t len = strcspn(*s, "#;");
		char stop = (*s)[len];

		r = add_range(rd, arena_strndup(rd->arena, *s, len), container, &out);
		*s += len + (stop != '\0');
		if (stop != '#')
			break;
	}
	*ret = (struct plan_id_map){ out.v, out.n };
	return r;
}

static int read_text(const struct reader *rd, const char *s, const struct plan *p,
		     struct plan_mount *m)
{
	int r = 0;

	while (r == 0 && *s) {
		const char *uids = str_after(s, "uids="), *gids = str_after(s, "gids=");
		struct plan_id_map *to = uids ? &m->uid_map : &m->gid_map;

		if (!uids && !gids)
			return refuse_range(rd, s, "expected uids= or gids=");
		if (to->n)
			return refuse_range(rd, s, "given twice");
		s = uids ? uids : gids;
		r = read_ranges(rd, &s, uids ? &p->uid_map : &p->gid_map, to);
	}
	return r;
}

static struct plan_id_map or_containers(struct plan_id_map given_map, struct plan_id_map container)
{
	if (given_map.n)
		return given_map;
	return container.n ? container : (struct plan_id_map){ identity, ARRAY_SIZE(identity) };
}

static bool same_map(const struct plan_id_map *a, const struct plan_id_map *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (a->v[i].container_id != b->v[i].container_id ||
		    a->v[i].host_id != b->v[i].host_id || a->v[i].size != b->v[i].size)
			return false;
	return true;
}

static int own_map(const struct spec_mount *s, const struct mount_options *o, struct plan *p,
		   struct plan_mount *m, const char *where, struct err *e)
{
	const struct reader rd = { &p->arena, where, e };
	bool mapped = s->uid_mappings.n || s->gid_mappings.n;

	if (mapped && (!s->uid_mappings.n || !s->gid_mappings.n))
		return err_set_kind(
			e, ERR_CONFIG, EINVAL,
			"%s: id-mapped mounts must have both uid and gid mappings specified",
			where);
	if (mapped && o->idmap_text)
		return err_set_kind(e, ERR_CONFIG, EINVAL,
				    "%s: has uidMappings and gidMappings and the option idmap=%s",
				    where, o->idmap_text);
	m->uid_map = (struct plan_id_map){ s->uid_mappings.v, s->uid_mappings.n };
	m->gid_map = (struct plan_id_map){ s->gid_mappings.v, s->gid_mappings.n };
	int r = mapped ? 0 : read_text(&rd, o->idmap_text, p, m);
	if (r < 0)
		return r;
	m->uid_map = or_containers(m->uid_map, p->uid_map);
	m->gid_map = or_containers(m->gid_map, p->gid_map);
	r = idmap_check(&m->uid_map, where, "uidMappings", e);
	if (r == 0)
		r = idmap_check(&m->gid_map, where, "gidMappings", e);
	m->idmap = IDMAP_OWN;
	return r;
}

int mount_idmap(const struct plan_input *in, const struct spec_mount *s,
		const struct mount_options *o, struct plan *p, struct plan_mount *m,
		const char *where, struct err *e)
{
	bool mapped = s->uid_mappings.n || s->gid_mappings.n;

	if (!mapped && !o->idmap)
		return 0;
	if (m->kind != MOUNT_KIND_BIND)
		return err_set_kind(e, ERR_CONFIG, EINVAL,
				    "%s: id-mapped mounts are only supported for bind-mounts",
				    where);
	if (in->facts->euid != 0)
		return err_set_kind(
			e, ERR_CONFIG, EPERM,
			"%s: id-mapped mounts are not supported for rootless containers", where);
	m->idmap_recursive = o->idmap_recursive;
	m->idmap = IDMAP_CONTAINER;
	if (!mapped && !(o->idmap_text && *o->idmap_text)) {
		if (p->ns[NS_USER].wanted)
			return 0;
		return err_set_kind(
			e, ERR_CONFIG, EINVAL,
			"%s.options: idmap without mappings needs a user namespace in linux.namespaces",
			where);
	}
	int r = own_map(s, o, p, m, where, e);
	if (r < 0)
		return r;
	/* The usual case in a pod: the container's namespace serves, no other need be made. */
	if (p->uid_map.n && same_map(&m->uid_map, &p->uid_map) &&
	    same_map(&m->gid_map, &p->gid_map)) {
		m->idmap = IDMAP_CONTAINER;
		m->uid_map = m->gid_map = (struct plan_id_map){ NULL, 0 };
	}
	return 0;
}

void mount_label(struct plan *p, struct plan_mount *m)
{
	static const char *const unlabelled[] = { "proc", "sysfs", "mqueue" };

	if (!p->mount_label)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(unlabelled); i++)
		if (str_eq(m->fstype, unlabelled[i]))
			return;
	for (size_t i = 0; i < m->data.n; i++)
		if (strstr(m->data.v[i], "context="))
			return;

	const char **data = arena_array(&p->arena, m->data.n + 2, const char *);
	for (size_t i = 0; i < m->data.n; i++)
		data[i] = m->data.v[i];
	data[m->data.n] = arena_printf(&p->arena, "%s=%s", p->mount_context_type, p->mount_label);
	m->data = (struct strs){ data, m->data.n + 1 };
}
