/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "base/cleanup.h"
#include "cgroups/settings.h"

static struct cg_setting memory(const char *file, const char *json, unsigned int flags)
{
	return (struct cg_setting){ "memory", file, NULL, json, true, flags };
}

static void add_bytes(struct cg_settings *s, struct cg_setting setting, int64_t v)
{
	if (v < 0)
		setting_add(s, setting, "max");
	else
		setting_add(s, setting, "%" PRId64, v);
}

/*
 * memory.swap of the configuration counts memory and swap together, memory.swap.max swap
 * alone. A kernel without swap accounting has no file; then none and unlimited are the same.
 */
static int add_swap(const struct setting_ctx *c, int64_t limit, int64_t swap)
{
	struct cg_setting s = memory("memory.swap.max", "memory.swap", 0);

	if (swap == 0 && limit == -1)
		swap = -1;
	if (swap == 0)
		return 0;
	if (swap < 0) {
		s.flags = SETTING_MAY_LACK;
		setting_add(c->out, s, "max");
		return 0;
	}
	if (limit <= 0)
		return setting_bad(c->e, s.json, "unable to set swap limit without memory limit");
	if (swap < limit)
		return setting_bad(c->e, s.json, "memory+swap limit should be >= memory limit");
	if (swap == limit)
		s.flags = SETTING_MAY_LACK;
	add_bytes(c->out, s, swap - limit);
	return 0;
}

static void warn_memory(struct cg_settings *out, const struct spec_memory *m)
{
	static const char none[] = "ignored: cgroup v2 has nothing like it";

	if (m->kernel.set && m->kernel.v)
		setting_warn(out, "memory.kernel", none);
	if (m->kernel_tcp.set && m->kernel_tcp.v)
		setting_warn(out, "memory.kernelTCP", none);
	if (m->swappiness.set && m->swappiness.v != UINT64_MAX)
		setting_warn(out, "memory.swappiness", none);
	if (m->disable_oom_killer.v)
		setting_warn(out, "memory.disableOOMKiller", none);
	if (m->use_hierarchy.set && !m->use_hierarchy.v)
		setting_warn(out, "memory.useHierarchy", "ignored: memory is always hierarchical");
}

int settings_v2_memory(const struct setting_ctx *c)
{
	const struct spec_memory *m = c->res->memory;

	if (!m)
		return 0;
	int r = add_swap(c, m->limit.set ? m->limit.v : 0, m->swap.set ? m->swap.v : 0);
	if (r < 0)
		return r;
	if (m->limit.set && m->limit.v)
		add_bytes(c->out, memory("memory.max", "memory.limit", 0), m->limit.v);
	if (m->reservation.set && m->reservation.v)
		add_bytes(c->out, memory("memory.low", "memory.reservation", 0), m->reservation.v);
	warn_memory(c->out, m);
	return 0;
}

static struct cg_setting cpu(const char *file, const char *json, unsigned int flags)
{
	return (struct cg_setting){ "cpu", file, NULL, json, true, flags };
}

static void add_cpu_max(const struct setting_ctx *c)
{
	const struct spec_cpu *v = c->res->cpu;
	int64_t quota = v->quota.set ? v->quota.v : 0;
	uint64_t period = v->period.set ? v->period.v : 0;

	if (!quota && !period)
		return;
	const char *json = quota ? "cpu.quota" : "cpu.period";
	if (!period)
		period = 100000; /* the kernel's default, in microseconds */
	if (quota > 0)
		setting_add(c->out, cpu("cpu.max", json, SETTING_AGAIN), "%" PRId64 " %" PRIu64,
			    quota, period);
	else
		setting_add(c->out, cpu("cpu.max", json, SETTING_AGAIN), "max %" PRIu64, period);
}

int settings_v2_cpu(const struct setting_ctx *c)
{
	const struct spec_cpu *v = c->res->cpu;

	if (!v)
		return 0;
	/* An idle cgroup refuses a weight: the weight goes first, and again after idle is off. */
	if (v->shares.set && v->shares.v)
		setting_add(c->out, cpu("cpu.weight", "cpu.shares", SETTING_AGAIN), "%" PRIu64,
			    shares_to_weight(v->shares.v));
	if (v->idle.set)
		setting_add(c->out, cpu("cpu.idle", "cpu.idle", 0), "%" PRId64, v->idle.v);
	add_cpu_max(c);
	if (v->burst.set)
		setting_add(c->out, cpu("cpu.max.burst", "cpu.burst", SETTING_AGAIN), "%" PRIu64,
			    v->burst.v);
	if (v->realtime_period.set && v->realtime_period.v)
		setting_warn(c->out, "cpu.realtimePeriod",
			     "ignored: cgroup v2 has nothing like it");
	if (v->realtime_runtime.set && v->realtime_runtime.v)
		setting_warn(c->out, "cpu.realtimeRuntime",
			     "ignored: cgroup v2 has nothing like it");
	return 0;
}

/* blkio's 10..1000 as io.weight's 1..10000. */
static uint32_t io_weight(uint32_t blkio)
{
	return 1 + (blkio - 10) * 9999 / 990;
}

/* @device: "8:0 " or "". BFQ's file takes blkio's numbers and wins where it is. */
static int add_weight(const struct setting_ctx *c, const char *device, uint32_t weight,
		      const char *json)
{
	if (weight < 10 || weight > 1000)
		return setting_bad(c->e, json, "weight %u is not in 10..1000", weight);
	setting_add(c->out,
		    (struct cg_setting){ "io", "io.bfq.weight", NULL, json, true, SETTING_OR_NEXT },
		    "%s%u", device, weight);
	setting_add(c->out, (struct cg_setting){ "io", "io.weight", NULL, json, true, 0 }, "%s%u",
		    device, io_weight(weight));
	return 0;
}

static int add_weight_device(const struct setting_ctx *c, size_t i)
{
	const struct spec_weight_device *d = &c->res->block_io->weight_devices[i];
	struct arena *a = &c->out->arena;
	const char *json = arena_printf(a, "blockIO.weightDevice[%zu]", i);

	if (d->leaf_weight.set && d->leaf_weight.v)
		setting_warn(c->out, json, "leafWeight ignored: cgroup v2 has nothing like it");
	if (!d->weight.set || !d->weight.v)
		return 0;
	return add_weight(c, arena_printf(a, "%" PRId64 ":%" PRId64 " ", d->major, d->minor),
			  d->weight.v, json);
}

static void add_throttles(const struct setting_ctx *c, const char *key, const char *json,
			  const struct spec_throttle_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		setting_add(c->out,
			    (struct cg_setting){
				    "io", "io.max", NULL,
				    arena_printf(&c->out->arena, "blockIO.%s[%zu]", json, i), true,
				    0 },
			    "%" PRId64 ":%" PRId64 " %s=%" PRIu64, list->v[i].major,
			    list->v[i].minor, key, list->v[i].rate);
}

int settings_v2_io(const struct setting_ctx *c)
{
	const struct spec_block_io *b = c->res->block_io;
	int r;

	if (!b)
		return 0;
	if (b->weight.set && b->weight.v) {
		r = add_weight(c, "", b->weight.v, "blockIO.weight");
		if (r < 0)
			return r;
	}
	if (b->leaf_weight.set && b->leaf_weight.v)
		setting_warn(c->out, "blockIO.leafWeight",
			     "ignored: cgroup v2 has nothing like it");
	for (size_t i = 0; i < b->n_weight_devices; i++) {
		r = add_weight_device(c, i);
		if (r < 0)
			return r;
	}
	add_throttles(c, "rbps", "throttleReadBpsDevice", &b->read_bps);
	add_throttles(c, "wbps", "throttleWriteBpsDevice", &b->write_bps);
	add_throttles(c, "riops", "throttleReadIOPSDevice", &b->read_iops);
	add_throttles(c, "wiops", "throttleWriteIOPSDevice", &b->write_iops);
	return 0;
}
