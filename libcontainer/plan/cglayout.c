/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "plan/hostfacts.h"

/* One line of mountinfo, proc_pid_mountinfo(5). All strings point into the copied text. */
struct mount_line {
	uint64_t id, parent;
	char *root, *point;
	const char *fstype, *super;
};

struct mount_table {
	struct mount_line *v;
	size_t n;
};

/* The kernel writes space, tab, newline and backslash as a backslash and three octal digits. */
static void unescape(char *s)
{
	char *out = s;

	for (; *s; s++) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' &&
		    s[3] >= '0' && s[3] <= '7') {
			*out++ = (char)((s[1] - '0') * 64 + (s[2] - '0') * 8 + (s[3] - '0'));
			s += 3;
		} else {
			*out++ = *s;
		}
	}
	*out = '\0';
}

static char *next_field(char **line)
{
	return strsep(line, " ");
}

static int parse_line(char *line, struct mount_line *m)
{
	const char *id = next_field(&line);
	const char *parent = next_field(&line);

	(void)next_field(&line); /* major:minor */
	m->root = next_field(&line);
	m->point = next_field(&line);
	if (!m->point || str_to_u64(id, UINT64_MAX, &m->id) < 0 ||
	    str_to_u64(parent, UINT64_MAX, &m->parent) < 0)
		return -EINVAL;

	/* Optional fields such as "shared:1" end with a single hyphen. */
	const char *field;
	do
		field = next_field(&line);
	while (field && !str_eq(field, "-"));
	m->fstype = next_field(&line);
	(void)next_field(&line); /* source */
	m->super = next_field(&line);
	if (!m->fstype || !m->super)
		return -EINVAL;
	unescape(m->root);
	unescape(m->point);
	return 0;
}

static int parse_mounts(struct arena *a, const char *text, struct mount_table *t, struct err *e)
{
	char *rest = arena_strdup(a, text);
	size_t lines = 1;

	for (const char *p = text; *p; p++)
		lines += *p == '\n';
	t->v = arena_array(a, lines, struct mount_line);

	char *line;
	while ((line = strsep(&rest, "\n"))) {
		if (!*line)
			continue;
		if (parse_line(line, &t->v[t->n]) < 0)
			return err_set(e, EINVAL, "mountinfo: line %zu is malformed", t->n + 1);
		t->n++;
	}
	return 0;
}

static bool is_below_or_same(const char *path, const char *dir)
{
	const char *rest = str_after(path, dir);

	return rest && (!*rest || *rest == '/' || str_eq(dir, "/"));
}

static const struct mount_line *mount_by_id(const struct mount_table *t, uint64_t id)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i].id == id)
			return &t->v[i];
	return NULL;
}

/* The mount on @m, or on a directory of it, that the way to a path crosses first; or NULL. */
static const struct mount_line *next_on_way(const struct mount_table *t, const struct mount_line *m,
					    const char *path)
{
	const struct mount_line *next = NULL;

	for (size_t i = 0; i < t->n; i++) {
		const struct mount_line *c = &t->v[i];

		if (c != m && c->parent == m->id && is_below_or_same(path, c->point) &&
		    (!next || strlen(c->point) < strlen(next->point)))
			next = c;
	}
	return next;
}

/* The mount from which all ways begin: its parent is not ours to see. */
static const struct mount_line *first_on_way(const struct mount_table *t, const char *path)
{
	for (size_t i = 0; i < t->n; i++)
		if (!mount_by_id(t, t->v[i].parent) && is_below_or_same(path, t->v[i].point))
			return &t->v[i];
	return NULL;
}

/* Whether something mounted over it, or over a directory above it, hides a mount. */
static bool is_hidden(const struct mount_table *t, const struct mount_line *m)
{
	const struct mount_line *at = first_on_way(t, m->point);
	size_t steps = 0; /* a hostile text could have a cycle */

	if (!at)
		return false;
	while (at && at != m && steps++ < t->n)
		at = next_on_way(t, at, m->point);
	/* Something may be mounted on it, at the same point. */
	return at != m || next_on_way(t, m, m->point);
}

/* "rw,cpu,cpuacct" has "cpu" and "cpuacct", not "cpua". */
static bool has_option(const char *options, const char *name, size_t n)
{
	while (*options) {
		size_t len = strcspn(options, ",");

		if (len == n && strncmp(options, name, n) == 0)
			return true;
		options += len;
		options += *options == ',';
	}
	return false;
}

/*
 * Where this process is below a mount: its path in the hierarchy without the part above the
 * mounted directory. A cgroup namespace shows what is above its root as "..": such a path, or
 * one outside the mount, has no place below it, and the mount's root stands for it.
 */
static const char *own_below(struct arena *a, const char *root, const char *own)
{
	if (strstr(root, "/..") || strstr(own, "/.."))
		return "/";
	if (!is_below_or_same(own, root))
		return "/";
	const char *rest = str_eq(root, "/") ? own : own + strlen(root);
	return path_clean(a, rest);
}

static const struct mount_line *find_mount(const struct mount_table *t, bool is_v2,
					   const char *controllers)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct mount_line *m = &t->v[i];

		if (!str_eq(m->fstype, is_v2 ? "cgroup2" : "cgroup"))
			continue;
		if (!is_v2 && !has_option(m->super, controllers, strcspn(controllers, ",")))
			continue;
		if (!is_hidden(t, m))
			return m;
	}
	return NULL;
}

static bool is_pure_v2(const struct mount_table *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (str_eq(t->v[i].point, CGROUP_MOUNT) && str_eq(t->v[i].fstype, "cgroup2") &&
		    !is_hidden(t, &t->v[i]))
			return true;
	return false;
}

struct layout {
	struct host_facts *f;
	struct mount_table mounts;
	struct cgroup_hierarchy *found;
	size_t n, n_v2;
	bool only_v2;
};

/* A line of /proc/self/cgroup: "4:memory:/path" or "0::/path", cgroups(7). */
static int take_line(struct layout *l, char *line, struct err *e)
{
	struct arena *a = &l->f->arena;
	const char *number = strsep(&line, ":");
	char *controllers = strsep(&line, ":");
	uint64_t id;

	if (!line || *line != '/' || str_to_u64(number, UINT32_MAX, &id) < 0)
		return err_set(e, EINVAL, "/proc/self/cgroup: malformed line of hierarchy \"%s\"",
			       number);
	bool is_v2 = id == 0 && !*controllers;
	if (l->only_v2 && !is_v2)
		return 0;
	const struct mount_line *m = find_mount(&l->mounts, is_v2, controllers);
	if (!m)
		return 0;
	l->found[l->n++] = (struct cgroup_hierarchy){
		.name = controllers,
		.mount = m->point,
		.own_path = own_below(a, m->root, line),
		.is_v2 = is_v2,
	};
	l->n_v2 += is_v2;
	return 0;
}

static enum cgroup_mode mode_of(const struct layout *l)
{
	if (!l->n)
		return CGROUP_NONE;
	if (l->n == l->n_v2)
		return CGROUP_V2;
	return l->n_v2 ? CGROUP_HYBRID : CGROUP_V1;
}

int cgroup_layout_parse(const char *mountinfo, const char *cgroup, struct host_facts *f,
			struct err *e)
{
	struct layout l = { .f = f };
	size_t lines = 1;

	int r = parse_mounts(&f->arena, mountinfo, &l.mounts, e);
	if (r < 0)
		return r;
	l.only_v2 = is_pure_v2(&l.mounts);
	for (const char *p = cgroup; *p; p++)
		lines += *p == '\n';
	l.found = arena_array(&f->arena, lines, struct cgroup_hierarchy);

	char *rest = arena_strdup(&f->arena, cgroup);
	char *line;
	while ((line = strsep(&rest, "\n"))) {
		if (!*line)
			continue;
		r = take_line(&l, line, e);
		if (r < 0)
			return r;
	}
	f->cgroup_mode = mode_of(&l);
	f->hierarchies = l.found;
	f->n_hierarchies = l.n;
	return 0;
}

int cgroup_layout_add_systemd(const char *mountinfo, const char *cgroup, struct host_facts *f,
			      struct err *e)
{
	struct layout l = { .f = f, .n = f->n_hierarchies };
	const char *line = strstr(cgroup, ":" CGROUP_SYSTEMD_V1 ":");

	if (f->cgroup_mode != CGROUP_V2 || !line)
		return 0;
	int r = parse_mounts(&f->arena, mountinfo, &l.mounts, e);
	if (r < 0)
		return r;
	while (line > cgroup && line[-1] != '\n')
		line--;
	l.found = arena_array(&f->arena, l.n + 1, struct cgroup_hierarchy);
	memcpy(l.found, f->hierarchies, l.n * sizeof(*l.found));
	r = take_line(&l, arena_strndup(&f->arena, line, strcspn(line, "\n")), e);
	if (r < 0)
		return r;
	f->hierarchies = l.found;
	f->n_hierarchies = l.n;
	return 0;
}

int cgroup_layout_v2(const char *cgroup, struct host_facts *f, struct err *e)
{
	/* What mountinfo would say, had it been read. */
	static const char mounts[] = "1 0 0:1 / / rw - x x rw\n"
				     "2 1 0:2 / " CGROUP_MOUNT " rw - cgroup2 cgroup2 rw\n";

	return cgroup_layout_parse(mounts, cgroup, f, e);
}
