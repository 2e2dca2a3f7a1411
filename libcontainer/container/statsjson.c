/* SPDX-License-Identifier: Apache-2.0 */
#include "container/statsjson.h"

#include "base/jsonw.h"

static void add_nonzero(struct jsonw *w, const char *key, uint64_t v)
{
	if (v)
		jsonw_u64(w, key, v);
}

static void add_list(struct jsonw *w, const char *key, const struct cg_u64s *l)
{
	if (!l->n)
		return;
	jsonw_array(w, key);
	for (size_t i = 0; i < l->n; i++)
		jsonw_u64(w, NULL, l->v[i]);
	jsonw_array_end(w);
}

static void add_psi_line(struct jsonw *w, const char *key, const struct cg_psi_line *l)
{
	jsonw_object(w, key);
	jsonw_raw(w, "avg10", l->avg10 ? l->avg10 : "0");
	jsonw_raw(w, "avg60", l->avg60 ? l->avg60 : "0");
	jsonw_raw(w, "avg300", l->avg300 ? l->avg300 : "0");
	jsonw_u64(w, "total", l->total);
	jsonw_object_end(w);
}

static void add_psi(struct jsonw *w, const struct cg_psi *p)
{
	if (!p->set)
		return;
	jsonw_object(w, "psi");
	add_psi_line(w, "some", &p->some);
	add_psi_line(w, "full", &p->full);
	jsonw_object_end(w);
}

static void add_cpu(struct jsonw *w, const struct cg_stats *s)
{
	jsonw_object(w, "cpu");
	jsonw_object(w, "usage");
	add_nonzero(w, "total", s->cpu.total);
	add_list(w, "percpu", &s->cpu.percpu);
	add_list(w, "percpu_kernel", &s->cpu.percpu_kernel);
	add_list(w, "percpu_user", &s->cpu.percpu_user);
	jsonw_u64(w, "kernel", s->cpu.kernel);
	jsonw_u64(w, "user", s->cpu.user);
	jsonw_object_end(w);
	if (s->cpu.periods || s->cpu.throttled_periods || s->cpu.throttled_time) {
		jsonw_object(w, "throttling");
		add_nonzero(w, "periods", s->cpu.periods);
		add_nonzero(w, "throttledPeriods", s->cpu.throttled_periods);
		add_nonzero(w, "throttledTime", s->cpu.throttled_time);
		jsonw_object_end(w);
	}
	add_psi(w, &s->cpu.psi);
	jsonw_object_end(w);
}

static void add_cpuset(struct jsonw *w, const struct cg_cpuset *c)
{
	jsonw_object(w, "cpuset");
	add_list(w, "cpus", &c->cpus);
	jsonw_u64(w, "cpu_exclusive", c->cpu_exclusive);
	add_list(w, "mems", &c->mems);
	jsonw_u64(w, "mem_hardwall", c->mem_hardwall);
	jsonw_u64(w, "mem_exclusive", c->mem_exclusive);
	jsonw_u64(w, "memory_migrate", c->memory_migrate);
	jsonw_u64(w, "memory_spread_page", c->spread_page);
	jsonw_u64(w, "memory_spread_slab", c->spread_slab);
	jsonw_u64(w, "memory_pressure", c->pressure);
	jsonw_u64(w, "sched_load_balance", c->load_balance);
	jsonw_i64(w, "sched_relax_domain_level", c->relax_domain_level);
	jsonw_object_end(w);
}

static void add_use(struct jsonw *w, const char *key, const struct cg_memory_use *u)
{
	if (!u->set)
		return;
	jsonw_object(w, key);
	jsonw_u64(w, "limit", u->limit);
	add_nonzero(w, "usage", u->usage);
	add_nonzero(w, "max", u->max);
	jsonw_u64(w, "failcnt", u->failcnt);
	jsonw_object_end(w);
}

static void add_memory(struct jsonw *w, const struct cg_stats *s)
{
	jsonw_object(w, "memory");
	add_nonzero(w, "cache", s->memory.cache);
	add_use(w, "usage", &s->memory.usage);
	add_use(w, "swap", &s->memory.swap);
	add_use(w, "kernel", &s->memory.kernel);
	add_use(w, "kernelTCP", &s->memory.kernel_tcp);
	if (s->memory.raw.n) {
		jsonw_object(w, "raw");
		for (size_t i = 0; i < s->memory.raw.n; i++)
			jsonw_u64(w, s->memory.raw.v[i].key, s->memory.raw.v[i].value);
		jsonw_object_end(w);
	}
	add_psi(w, &s->memory.psi);
	jsonw_object_end(w);
}

static void add_io_list(struct jsonw *w, const char *key, const struct cg_io_list *l)
{
	if (!l->n)
		return;
	jsonw_array(w, key);
	for (size_t i = 0; i < l->n; i++) {
		jsonw_object(w, NULL);
		add_nonzero(w, "major", l->v[i].major);
		add_nonzero(w, "minor", l->v[i].minor);
		if (*l->v[i].op)
			jsonw_str(w, "op", l->v[i].op);
		add_nonzero(w, "value", l->v[i].value);
		jsonw_object_end(w);
	}
	jsonw_array_end(w);
}

static void add_blkio(struct jsonw *w, const struct cg_stats *s)
{
	static const char *const keys[CG_IO_COUNT] = {
		[CG_IO_SERVICE_BYTES] = "ioServiceBytesRecursive",
		[CG_IO_SERVICED] = "ioServicedRecursive",
		[CG_IO_QUEUED] = "ioQueueRecursive",
		[CG_IO_SERVICE_TIME] = "ioServiceTimeRecursive",
		[CG_IO_WAIT_TIME] = "ioWaitTimeRecursive",
		[CG_IO_MERGED] = "ioMergedRecursive",
		[CG_IO_TIME] = "ioTimeRecursive",
		[CG_IO_SECTORS] = "sectorsRecursive",
	};

	jsonw_object(w, "blkio");
	for (int i = 0; i < CG_IO_COUNT; i++)
		add_io_list(w, keys[i], &s->io[i]);
	add_psi(w, &s->io_psi);
	jsonw_object_end(w);
}

static void add_hugetlb(struct jsonw *w, const struct cg_stats *s)
{
	jsonw_object(w, "hugetlb");
	for (size_t i = 0; i < s->n_hugetlb; i++) {
		const struct cg_hugetlb_use *u = &s->hugetlb[i];

		jsonw_object(w, u->size);
		add_nonzero(w, "usage", u->usage);
		add_nonzero(w, "max", u->max);
		jsonw_u64(w, "failcnt", u->failcnt);
		jsonw_object_end(w);
	}
	jsonw_object_end(w);
}

void stats_print(const char *id, const struct cg_stats *s, struct strbuf *out)
{
	struct jsonw w;

	jsonw_init(&w, out, "");
	jsonw_object(&w, NULL);
	jsonw_str(&w, "type", "stats");
	jsonw_str(&w, "id", id);
	jsonw_object(&w, "data");
	add_cpu(&w, s);
	add_cpuset(&w, &s->cpuset);
	add_memory(&w, s);
	jsonw_object(&w, "pids");
	add_nonzero(&w, "current", s->pids_current);
	add_nonzero(&w, "limit", s->pids_limit);
	jsonw_object_end(&w);
	add_blkio(&w, s);
	add_hugetlb(&w, s);
	jsonw_object(&w, "intel_rdt");
	jsonw_object_end(&w);
	jsonw_null(&w, "network_interfaces"); /* those of config.json, which has none */
	jsonw_object_end(&w);
	jsonw_object_end(&w);
	strbuf_adds(out, "\n");
}
