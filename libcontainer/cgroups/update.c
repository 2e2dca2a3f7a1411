/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "base/cleanup.h"
#include "cgroups/driver.h"
#include "cgroups/fs.h"
#include "cgroups/settings.h"
#include "cgroups/write.h"

/* Room for what @res leaves out. */
struct completed {
	struct spec_resources res;
	struct spec_memory memory;
	struct spec_cpu cpu;
};

static bool is_given(int64_t v, bool set)
{
	return set && v != 0;
}

/* "max 100000", "50000 100000": cgroup-v2 "cpu.max". */
static void complete_cpu(const char *text, struct spec_cpu *cpu)
{
	autofree char *copy = mem_strdup(text);
	char *rest = copy;
	const char *quota = strsep(&rest, " \n");
	const char *period = rest ? strsep(&rest, " \n") : "";

	if (!is_given((int64_t)cpu->period.v, cpu->period.set))
		cpu->period.set = str_to_u64(period, UINT64_MAX, &cpu->period.v) == 0;
	if (is_given(cpu->quota.v, cpu->quota.set))
		return;
	cpu->quota = (struct opt_i64){ true, -1 };
	if (!str_eq(quota, "max") && str_to_i64(quota, &cpu->quota.v) < 0)
		cpu->quota.set = false;
}

/* memory.swap counts from the limit that holds. */
static void complete_memory(const char *text, struct spec_memory *m)
{
	autofree char *copy = mem_strdup(text);
	char *rest = copy;

	m->limit.set = str_to_i64(strsep(&rest, "\n"), &m->limit.v) == 0;
}

static int complete(const struct cgroup *cg, struct completed *c, struct err *e)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;
	const struct plan_cgroup_dir *dir = cg_v2_dir(cg->at);
	bool cpu = c->res.cpu && is_given(c->cpu.quota.v, c->cpu.quota.set) !=
					 is_given((int64_t)c->cpu.period.v, c->cpu.period.set);
	bool memory = c->res.memory && is_given(c->memory.swap.v, c->memory.swap.set) &&
		      c->memory.swap.v > 0 && !is_given(c->memory.limit.v, c->memory.limit.set);

	if (!dir || (!cpu && !memory))
		return 0;
	autoclose int fd = cg_open(dir, e);
	if (fd < 0)
		return fd;
	/* A file that is not there is an error of the write that follows, in better words. */
	if (cpu && !cg_dir_of(cg->at, "cpu") && cg_read(fd, "cpu.max", &text) == 0)
		complete_cpu(strbuf_str(&text), &c->cpu);
	text.len = 0;
	if (memory && !cg_dir_of(cg->at, "memory") && cg_read(fd, "memory.max", &text) == 0)
		complete_memory(strbuf_str(&text), &c->memory);
	return 0;
}

/*
 * systemd writes what it knows when it is told anything new: also the quota, in whole percents. The
 * exact one goes back.
 */
static int tell_systemd(void *arg, const struct cg_settings *s, bool *ret_kept, struct err *e)
{
	autodone(strbuf) struct strbuf quota = STRBUF_INIT;
	struct cgroup *cg = arg;
	const struct plan_cgroup_dir *dir = cg_v2_dir(cg->at);

	autoclose int fd = dir ? cg_open(dir, e) : -1;
	if (dir && fd < 0)
		return fd;
	bool has_quota = fd >= 0 && cg_read(fd, "cpu.max", &quota) == 0;
	int r = cgroup_tell_update(cg, s, e);
	if (r < 0)
		return r;
	*ret_kept = true;
	r = has_quota ? cg_write(fd, "cpu.max", strbuf_str(&quota)) : 0;
	if (r < 0)
		return err_set(e, -r, "write %s/cpu.max: %s", dir->path, errno_text(-r));
	return settings_write(cg, s, e);
}

static void take_back_from_systemd(void *arg, const struct cg_settings *old)
{
	struct cgroup *cg = arg;
	struct err e;

	if (cgroup_tell_update(cg, old, &e) < 0)
		log_warn(cg->log, "systemd keeps the new limits: %s", e.text);
}

int cgroup_update(struct cgroup *cg, const struct spec_resources *res, struct err *e)
{
	autodone(settings) struct cg_settings s = { .arena = ARENA_INIT };
	struct completed c = { .res = *res };

	if (!cg->at->enabled)
		return err_set(e, ENOTSUP, "the container has no cgroup");
	if (res->memory) {
		c.memory = *res->memory;
		c.res.memory = &c.memory;
	}
	if (res->cpu) {
		c.cpu = *res->cpu;
		c.res.cpu = &c.cpu;
	}
	int r = complete(cg, &c, e);
	if (r == 0)
		r = settings_build(cg->at, &c.res, &s, e);
	if (r == 0)
		r = cg_check_usage(cg, c.res.memory, e);
	if (r < 0)
		return r;
	for (size_t i = 0; i < s.warnings.n; i++)
		log_warn(cg->log, "%s", s.warnings.v[i]);
	const struct settings_keeper systemd = { cg, tell_systemd, take_back_from_systemd };
	return settings_replace(cg, &s, cg->at->unit.name ? &systemd : NULL, e);
}
