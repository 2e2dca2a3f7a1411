/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/settings.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"

bool cg_name_has(const char *names, const char *name)
{
	size_t len = strlen(name);

	while (*names) {
		size_t n = strcspn(names, ",");

		if (n == len && strncmp(names, name, n) == 0)
			return true;
		names += n;
		names += *names == ',';
	}
	return false;
}

const struct plan_cgroup_dir *cg_dir_of(const struct plan_cgroup *at, const char *name)
{
	for (size_t i = 0; i < at->n_dirs; i++)
		if (!at->dirs[i].is_v2 && cg_name_has(at->dirs[i].name, name))
			return &at->dirs[i];
	return NULL;
}

const struct plan_cgroup_dir *cg_v2_dir(const struct plan_cgroup *at)
{
	for (size_t i = 0; i < at->n_dirs; i++)
		if (at->dirs[i].is_v2)
			return &at->dirs[i];
	return NULL;
}

/*
 * A v1 hierarchy that is mounted has its controller; on a hybrid host one that is not may be
 * in the v2 hierarchy. Without both, v1 words are kept: the error then names what is missing.
 */
static bool is_on_v2(const struct plan_cgroup *at, const char *name)
{
	return !cg_dir_of(at, name) && cg_v2_dir(at);
}

static const char *vformat(struct arena *a, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);
static const char *vformat(struct arena *a, const char *fmt, va_list ap)
{
	char *text = NULL;

	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	const char *copy = arena_strdup(a, text);
	free(text);
	return copy;
}

void setting_add(struct cg_settings *s, struct cg_setting setting, const char *fmt, ...)
{
	va_list ap;

	if (s->n == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 16;
		s->v = mem_grow(s->v, s->cap, sizeof(*s->v));
	}
	va_start(ap, fmt);
	setting.value = vformat(&s->arena, fmt, ap);
	va_end(ap);
	setting.json = arena_printf(&s->arena, "linux.resources.%s", setting.json);
	setting.file = arena_strdup(&s->arena, setting.file);
	s->v[s->n++] = setting;
}

void setting_warn(struct cg_settings *s, const char *json, const char *why)
{
	const char **grown = arena_array(&s->arena, s->warnings.n + 2, const char *);

	for (size_t i = 0; i < s->warnings.n; i++)
		grown[i] = s->warnings.v[i];
	grown[s->warnings.n] = arena_printf(&s->arena, "linux.resources.%s: %s", json, why);
	s->warnings = (struct strs){ grown, s->warnings.n + 1 };
}

int setting_bad(struct err *e, const char *json, const char *fmt, ...)
{
	autofree char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	int n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		abort();
	return err_set_kind(e, ERR_CONFIG, EINVAL, "linux.resources.%s: %s", json, text);
}

void settings_done(struct cg_settings *s)
{
	arena_done(&s->arena);
	free(s->v);
	*s = (struct cg_settings){ .arena = ARENA_INIT };
}

/*
 * The curve goes through (2, 1), (1024, 100) and (262144, 10000), so that the default of one
 * version is the default of the other.
 */
uint64_t shares_to_weight(uint64_t shares)
{
	if (shares == 0)
		return 0;
	if (shares <= 2)
		return 1;
	if (shares >= 262144)
		return 10000;
	double l = log2((double)shares);
	return (uint64_t)ceil(pow(10, (l * l + 125 * l) / 612.0 - 7.0 / 34.0));
}

static void add_pids(const struct setting_ctx *c, bool v2)
{
	const struct opt_i64 *limit = &c->res->pids_limit;
	struct cg_setting s = { "pids", "pids.max", NULL, "pids.limit", v2, 0 };

	if (!limit->set)
		return;
	if (limit->v < 0)
		setting_add(c->out, s, "max");
	else /* a limit of 0 would keep the container's own first process out */
		setting_add(c->out, s, "%lld", limit->v ? (long long)limit->v : 1LL);
}

static void add_network(const struct setting_ctx *c, bool is_v2)
{
	const struct spec_network *net = c->res->network;

	if (!net)
		return;
	if (is_v2) {
		setting_warn(c->out, "network", "ignored: cgroup v2 has no such controller");
		return;
	}
	if (net->class_id.set && net->class_id.v)
		setting_add(c->out,
			    (struct cg_setting){ "net_cls", "net_cls.classid", NULL,
						 "network.classID", false, 0 },
			    "%u", net->class_id.v);
	for (size_t i = 0; i < net->n_priorities; i++)
		setting_add(c->out,
			    (struct cg_setting){
				    "net_prio", "net_prio.ifpriomap", NULL,
				    arena_printf(&c->out->arena, "network.priorities[%zu]", i),
				    false, 0 },
			    "%s %u", net->priorities[i].name, net->priorities[i].priority);
}

static void add_rdma(const struct setting_ctx *c, bool v2)
{
	for (size_t i = 0; i < c->res->n_rdma; i++) {
		const struct spec_rdma *r = &c->res->rdma[i];
		autodone(strbuf) struct strbuf value = STRBUF_INIT;

		strbuf_adds(&value, r->name);
		if (r->hca_handles.set)
			strbuf_addf(&value, " hca_handle=%u", r->hca_handles.v);
		if (r->hca_objects.set)
			strbuf_addf(&value, " hca_object=%u", r->hca_objects.v);
		setting_add(c->out,
			    (struct cg_setting){ "rdma", "rdma.max", NULL,
						 arena_printf(&c->out->arena, "rdma.%s", r->name),
						 v2, 0 },
			    "%s", strbuf_str(&value));
	}
}

static void add_cpuset(const struct setting_ctx *c, bool v2)
{
	const struct spec_cpu *cpu = c->res->cpu;

	if (!cpu)
		return;
	if (cpu->cpus && *cpu->cpus)
		setting_add(c->out,
			    (struct cg_setting){ "cpuset", "cpuset.cpus", NULL, "cpu.cpus", v2, 0 },
			    "%s", cpu->cpus);
	if (cpu->mems && *cpu->mems)
		setting_add(c->out,
			    (struct cg_setting){ "cpuset", "cpuset.mems", NULL, "cpu.mems", v2, 0 },
			    "%s", cpu->mems);
}

/* One write a line, as files like io.max take one device a write. Last, so that they win. */
static int add_unified(const struct setting_ctx *c, bool is_v2)
{
	const struct spec_string_map *map = &c->res->unified;

	if (map->n && !is_v2)
		return setting_bad(c->e, "unified",
				   "invalid configuration: cannot be used on cgroup v1");
	for (size_t i = 0; i < map->n; i++) {
		const char *key = map->v[i].key;
		const char *json = arena_printf(&c->out->arena, "unified.%s", key);
		size_t prefix = strcspn(key, ".");

		if (strchr(key, '/'))
			return setting_bad(
				c->e, json,
				"unified resource \"%s\" must be a file name (no slashes)", key);
		if (!prefix || !key[prefix])
			return setting_bad(
				c->e, json,
				"unified resource \"%s\" must be in the form CONTROLLER.PARAMETER",
				key);
		char *lines = arena_strdup(&c->out->arena, map->v[i].value);
		const char *line;
		while ((line = strsep(&lines, "\n")))
			if (*line)
				setting_add(c->out,
					    (struct cg_setting){
						    arena_strndup(&c->out->arena, key, prefix), key,
						    NULL, json, true, 0 },
					    "%s", line);
	}
	return 0;
}

typedef int (*builder)(const struct setting_ctx *c);

int settings_build(const struct plan_cgroup *at, const struct spec_resources *res,
		   struct cg_settings *ret, struct err *e)
{
	static const struct {
		const char *controller;
		builder v1, v2;
	} builders[] = {
		{ "memory", settings_v1_memory, settings_v2_memory },
		{ "cpu", settings_v1_cpu, settings_v2_cpu },
		{ "blkio", settings_v1_blkio, settings_v2_io },
		{ "hugetlb", settings_v1_hugetlb, settings_v2_hugetlb },
	};
	struct setting_ctx c = { ret, res, e };

	if (!res)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(builders); i++) {
		bool v2 = is_on_v2(at, builders[i].controller);
		int r = v2 ? builders[i].v2(&c) : builders[i].v1(&c);

		if (r < 0)
			return r;
	}
	add_cpuset(&c, is_on_v2(at, "cpuset"));
	add_pids(&c, is_on_v2(at, "pids"));
	add_rdma(&c, is_on_v2(at, "rdma"));
	add_network(&c, at->mode == CGROUP_V2);
	return add_unified(&c, at->mode == CGROUP_V2);
}
