/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "base/cleanup.h"
#include "cgroups/settings.h"

static void add_i64(struct cg_settings *s, struct cg_setting setting, struct opt_i64 v)
{
	if (v.set && v.v)
		setting_add(s, setting, "%" PRId64, v.v < 0 ? -1 : v.v);
}

static void add_u64(struct cg_settings *s, struct cg_setting setting, struct opt_u64 v)
{
	if (v.set && v.v)
		setting_add(s, setting, "%" PRIu64, v.v);
}

static struct cg_setting memory(const char *file, const char *json, unsigned int flags)
{
	return (struct cg_setting){ "memory", file, NULL, json, false, flags };
}

/*
 * limit <= limit+swap must hold after every write: on raising, swap goes first, on lowering,
 * limit does. Whichever is refused is tried again after the other.
 */
static void add_limit_and_swap(struct cg_settings *out, const struct spec_memory *m)
{
	struct opt_i64 swap = m->swap;
	unsigned int flags = SETTING_AGAIN;

	if (m->limit.set && m->limit.v == -1 && (!swap.set || swap.v == 0)) {
		swap = (struct opt_i64){ true, -1 };
		flags |= SETTING_MAY_LACK; /* swap accounting may be off; nobody asked for it */
	}
	add_i64(out, memory("memory.limit_in_bytes", "memory.limit", SETTING_AGAIN), m->limit);
	add_i64(out, memory("memory.memsw.limit_in_bytes", "memory.swap", flags), swap);
}

int settings_v1_memory(const struct setting_ctx *c)
{
	const struct spec_memory *m = c->res->memory;

	if (!m)
		return 0;
	add_limit_and_swap(c->out, m);
	add_i64(c->out, memory("memory.soft_limit_in_bytes", "memory.reservation", 0),
		m->reservation);
	if (m->kernel.set && m->kernel.v)
		setting_warn(c->out, "memory.kernel",
			     "ignored: kernel memory has no limit of its own");
	if (m->use_hierarchy.set && !m->use_hierarchy.v)
		setting_warn(c->out, "memory.useHierarchy",
			     "ignored: memory is always hierarchical");
	add_i64(c->out, memory("memory.kmem.tcp.limit_in_bytes", "memory.kernelTCP", 0),
		m->kernel_tcp);
	if (m->disable_oom_killer.v)
		setting_add(c->out, memory("memory.oom_control", "memory.disableOOMKiller", 0),
			    "1");

	/* Old clients send -1 as an unsigned number for "not set". */
	if (!m->swappiness.set || m->swappiness.v == UINT64_MAX)
		return 0;
	if (m->swappiness.v > 100)
		return setting_bad(c->e, "memory.swappiness", "%" PRIu64 " is not in 0..100",
				   m->swappiness.v);
	setting_add(c->out, memory("memory.swappiness", "memory.swappiness", 0), "%" PRIu64,
		    m->swappiness.v);
	return 0;
}

static struct cg_setting cpu(const char *file, const char *json, unsigned int flags)
{
	return (struct cg_setting){ "cpu", file, NULL, json, false, flags };
}

/* Pairs that limit each other (runtime <= period, burst <= quota) may come in any order. */
int settings_v1_cpu(const struct setting_ctx *c)
{
	const struct spec_cpu *v = c->res->cpu;

	if (!v)
		return 0;
	add_u64(c->out, cpu("cpu.shares", "cpu.shares", SETTING_AGAIN), v->shares);
	add_u64(c->out, cpu("cpu.cfs_period_us", "cpu.period", SETTING_AGAIN), v->period);
	add_i64(c->out, cpu("cpu.cfs_quota_us", "cpu.quota", SETTING_AGAIN), v->quota);
	if (v->burst.set)
		setting_add(c->out, cpu("cpu.cfs_burst_us", "cpu.burst", SETTING_AGAIN), "%" PRIu64,
			    v->burst.v);
	add_u64(c->out, cpu("cpu.rt_period_us", "cpu.realtimePeriod", SETTING_AGAIN),
		v->realtime_period);
	add_i64(c->out, cpu("cpu.rt_runtime_us", "cpu.realtimeRuntime", SETTING_AGAIN),
		v->realtime_runtime);
	if (v->idle.set)
		setting_add(c->out, cpu("cpu.idle", "cpu.idle", SETTING_AGAIN), "%" PRId64,
			    v->idle.v);
	return 0;
}

/* The CFQ scheduler's files went with it in Linux 5.0; BFQ's say the same. */
static void add_weight(const struct setting_ctx *c, const char *file, const char *json,
		       const char *value)
{
	const char *bfq = arena_printf(&c->out->arena, "blkio.bfq.%s", file);
	const char *cfq = arena_printf(&c->out->arena, "blkio.%s", file);

	setting_add(c->out, (struct cg_setting){ "blkio", bfq, NULL, json, false, SETTING_OR_NEXT },
		    "%s", value);
	setting_add(c->out, (struct cg_setting){ "blkio", cfq, NULL, json, false, 0 }, "%s", value);
}

static void add_weight_device(const struct setting_ctx *c, size_t i)
{
	const struct spec_weight_device *d = &c->res->block_io->weight_devices[i];
	struct arena *a = &c->out->arena;
	const char *json = arena_printf(a, "blockIO.weightDevice[%zu]", i);

	if (d->weight.set && d->weight.v)
		add_weight(c, "weight_device", json,
			   arena_printf(a, "%" PRId64 ":%" PRId64 " %u", d->major, d->minor,
					d->weight.v));
	if (d->leaf_weight.set && d->leaf_weight.v)
		setting_add(c->out,
			    (struct cg_setting){ "blkio", "blkio.leaf_weight_device", NULL, json,
						 false, 0 },
			    "%" PRId64 ":%" PRId64 " %u", d->major, d->minor, d->leaf_weight.v);
}

static void add_throttles(const struct setting_ctx *c, const char *file, const char *json,
			  const struct spec_throttle_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		setting_add(c->out,
			    (struct cg_setting){
				    "blkio", file, NULL,
				    arena_printf(&c->out->arena, "blockIO.%s[%zu]", json, i), false,
				    0 },
			    "%" PRId64 ":%" PRId64 " %" PRIu64, list->v[i].major, list->v[i].minor,
			    list->v[i].rate);
}

int settings_v1_blkio(const struct setting_ctx *c)
{
	const struct spec_block_io *b = c->res->block_io;

	if (!b)
		return 0;
	if (b->weight.set && b->weight.v)
		add_weight(c, "weight", "blockIO.weight",
			   arena_printf(&c->out->arena, "%u", b->weight.v));
	if (b->leaf_weight.set && b->leaf_weight.v)
		setting_add(c->out,
			    (struct cg_setting){ "blkio", "blkio.leaf_weight", NULL,
						 "blockIO.leafWeight", false, 0 },
			    "%u", b->leaf_weight.v);
	for (size_t i = 0; i < b->n_weight_devices; i++)
		add_weight_device(c, i);
	add_throttles(c, "blkio.throttle.read_bps_device", "throttleReadBpsDevice", &b->read_bps);
	add_throttles(c, "blkio.throttle.write_bps_device", "throttleWriteBpsDevice",
		      &b->write_bps);
	add_throttles(c, "blkio.throttle.read_iops_device", "throttleReadIOPSDevice",
		      &b->read_iops);
	add_throttles(c, "blkio.throttle.write_iops_device", "throttleWriteIOPSDevice",
		      &b->write_iops);
	return 0;
}

/* "2MB" in a file name; the reservation's file is newer (Linux 5.7) and may be absent. */
static int add_hugepages(const struct setting_ctx *c, bool v2)
{
	struct arena *a = &c->out->arena;
	const char *end = v2 ? "max" : "limit_in_bytes";

	for (size_t i = 0; i < c->res->n_hugepages; i++) {
		const struct spec_hugepage *h = &c->res->hugepages[i];
		const char *json = arena_printf(a, "hugepageLimits[%zu]", i);

		if (!*h->page_size ||
		    strspn(h->page_size, "0123456789KMGTB") != strlen(h->page_size))
			return setting_bad(c->e, json, "page size \"%s\" is not like \"2MB\"",
					   h->page_size);
		setting_add(c->out,
			    (struct cg_setting){
				    "hugetlb", arena_printf(a, "hugetlb.%s.%s", h->page_size, end),
				    NULL, json, v2, 0 },
			    "%" PRIu64, h->limit);
		setting_add(c->out,
			    (struct cg_setting){
				    "hugetlb",
				    arena_printf(a, "hugetlb.%s.rsvd.%s", h->page_size, end), NULL,
				    json, v2, SETTING_MAY_LACK },
			    "%" PRIu64, h->limit);
	}
	return 0;
}

int settings_v1_hugetlb(const struct setting_ctx *c)
{
	return add_hugepages(c, false);
}

int settings_v2_hugetlb(const struct setting_ctx *c)
{
	return add_hugepages(c, true);
}
