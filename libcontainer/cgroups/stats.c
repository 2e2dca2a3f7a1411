/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/stats.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/retry.h"
#include "cgroups/fs.h"
#include "cgroups/settings.h"

#define NS_PER_SECOND 1000000000ULL

/* Files of one directory; a file that is not there has no text. */
struct source {
	int fd;
	struct strbuf text;
	struct cg_stats *out;
};

static void source_done(struct source *s)
{
	cleanup_close_p(&s->fd);
	strbuf_done(&s->text);
}

static bool has(struct source *s, const char *file)
{
	s->text.len = 0;
	if (s->text.data)
		s->text.data[0] = '\0';
	return cg_read(s->fd, file, &s->text) == 0;
}

static const char *get(struct source *s, const char *file)
{
	return has(s, file) ? strbuf_str(&s->text) : "";
}

static uint64_t number(struct source *s, const char *file)
{
	return cg_parse_u64(get(s, file));
}

/* --- v1 -------------------------------------------------------------------------------- */

static void v1_cpuacct(struct source *s)
{
	struct arena *a = &s->out->arena;
	uint64_t ticks = (uint64_t)sysconf(_SC_CLK_TCK);
	struct cg_pairs stat = cg_parse_pairs(get(s, "cpuacct.stat"), a);

	s->out->cpu.user = cg_pair_get(&stat, "user") * NS_PER_SECOND / ticks;
	s->out->cpu.kernel = cg_pair_get(&stat, "system") * NS_PER_SECOND / ticks;
	s->out->cpu.total = number(s, "cpuacct.usage");
	s->out->cpu.percpu = cg_parse_u64s(get(s, "cpuacct.usage_percpu"), a);
	const char *all = get(s, "cpuacct.usage_all"); /* "cpu user system" */
	s->out->cpu.percpu_user = cg_parse_column(all, 1, a);
	s->out->cpu.percpu_kernel = cg_parse_column(all, 2, a);
}

static void v1_cpu(struct source *s)
{
	struct cg_pairs stat = cg_parse_pairs(get(s, "cpu.stat"), &s->out->arena);

	s->out->cpu.periods = cg_pair_get(&stat, "nr_periods");
	s->out->cpu.throttled_periods = cg_pair_get(&stat, "nr_throttled");
	s->out->cpu.throttled_time = cg_pair_get(&stat, "throttled_time");
}

static void v1_cpuset(struct source *s)
{
	struct arena *a = &s->out->arena;
	struct cg_cpuset *c = &s->out->cpuset;

	c->cpus = cg_parse_cpus(get(s, "cpuset.cpus"), a);
	c->mems = cg_parse_cpus(get(s, "cpuset.mems"), a);
	c->cpu_exclusive = number(s, "cpuset.cpu_exclusive");
	c->mem_hardwall = number(s, "cpuset.mem_hardwall");
	c->mem_exclusive = number(s, "cpuset.mem_exclusive");
	c->memory_migrate = number(s, "cpuset.memory_migrate");
	c->spread_page = number(s, "cpuset.memory_spread_page");
	c->spread_slab = number(s, "cpuset.memory_spread_slab");
	c->pressure = number(s, "cpuset.memory_pressure");
	c->load_balance = number(s, "cpuset.sched_load_balance");
	const char *level = get(s, "cpuset.sched_relax_domain_level");
	c->relax_domain_level = *level == '-' ? -(int64_t)cg_parse_u64(level + 1)
					      : (int64_t)cg_parse_u64(level);
}

/* @prefix: "memory", "memory.memsw", ...; a kernel may lack all but the first. */
static struct cg_memory_use v1_use(struct source *s, const char *prefix)
{
	struct arena *a = &s->out->arena;
	struct cg_memory_use u = { 0 };

	u.set = has(s, arena_printf(a, "%s.usage_in_bytes", prefix));
	if (!u.set)
		return u;
	u.usage = cg_parse_u64(strbuf_str(&s->text));
	u.max = number(s, arena_printf(a, "%s.max_usage_in_bytes", prefix));
	u.limit = number(s, arena_printf(a, "%s.limit_in_bytes", prefix));
	u.failcnt = number(s, arena_printf(a, "%s.failcnt", prefix));
	return u;
}

static void v1_memory(struct source *s)
{
	s->out->memory.raw = cg_parse_pairs(get(s, "memory.stat"), &s->out->arena);
	s->out->memory.cache = cg_pair_get(&s->out->memory.raw, "cache");
	s->out->memory.usage = v1_use(s, "memory");
	s->out->memory.swap = v1_use(s, "memory.memsw");
	s->out->memory.kernel = v1_use(s, "memory.kmem");
	s->out->memory.kernel_tcp = v1_use(s, "memory.kmem.tcp");
}

struct io_file {
	const char *file;
	enum cg_io_kind kind;
};

/* The first group whose first file has entries says it all: what BFQ counts, what CFQ counted
 * (before Linux 5.0), else what the throttling layer saw. */
static const struct io_file bfq_debug[] = {
	{ "blkio.bfq.sectors_recursive", CG_IO_SECTORS },
	{ "blkio.bfq.io_service_time_recursive", CG_IO_SERVICE_TIME },
	{ "blkio.bfq.io_wait_time_recursive", CG_IO_WAIT_TIME },
	{ "blkio.bfq.io_merged_recursive", CG_IO_MERGED },
	{ "blkio.bfq.io_queued_recursive", CG_IO_QUEUED },
	{ "blkio.bfq.time_recursive", CG_IO_TIME },
	{ "blkio.bfq.io_serviced_recursive", CG_IO_SERVICED },
	{ "blkio.bfq.io_service_bytes_recursive", CG_IO_SERVICE_BYTES },
	{ 0 },
};
static const struct io_file bfq[] = {
	{ "blkio.bfq.io_serviced_recursive", CG_IO_SERVICED },
	{ "blkio.bfq.io_service_bytes_recursive", CG_IO_SERVICE_BYTES },
	{ 0 },
};
static const struct io_file cfq[] = {
	{ "blkio.sectors_recursive", CG_IO_SECTORS },
	{ "blkio.io_service_time_recursive", CG_IO_SERVICE_TIME },
	{ "blkio.io_wait_time_recursive", CG_IO_WAIT_TIME },
	{ "blkio.io_merged_recursive", CG_IO_MERGED },
	{ "blkio.io_queued_recursive", CG_IO_QUEUED },
	{ "blkio.time_recursive", CG_IO_TIME },
	{ "blkio.io_serviced_recursive", CG_IO_SERVICED },
	{ "blkio.io_service_bytes_recursive", CG_IO_SERVICE_BYTES },
	{ 0 },
};
static const struct io_file throttle_recursive[] = {
	{ "blkio.throttle.io_serviced_recursive", CG_IO_SERVICED },
	{ "blkio.throttle.io_service_bytes_recursive", CG_IO_SERVICE_BYTES },
	{ 0 },
};
static const struct io_file throttle[] = {
	{ "blkio.throttle.io_serviced", CG_IO_SERVICED },
	{ "blkio.throttle.io_service_bytes", CG_IO_SERVICE_BYTES },
	{ 0 },
};
static const struct io_file *const io_groups[] = {
	bfq_debug, bfq, cfq, throttle_recursive, throttle,
};

static void v1_blkio(struct source *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(io_groups); i++) {
		for (const struct io_file *f = io_groups[i]; f->file; f++) {
			struct cg_io_list l = cg_parse_blkio(get(s, f->file), &s->out->arena);

			if (!l.n && f == io_groups[i])
				break;
			s->out->io[f->kind] = l;
			if (!f[1].file)
				return;
		}
	}
}

/* --- v2 -------------------------------------------------------------------------------- */

static void v2_cpu(struct source *s)
{
	struct cg_pairs stat = cg_parse_pairs(get(s, "cpu.stat"), &s->out->arena);

	s->out->cpu.total = cg_pair_get(&stat, "usage_usec") * 1000;
	s->out->cpu.user = cg_pair_get(&stat, "user_usec") * 1000;
	s->out->cpu.kernel = cg_pair_get(&stat, "system_usec") * 1000;
	s->out->cpu.periods = cg_pair_get(&stat, "nr_periods");
	s->out->cpu.throttled_periods = cg_pair_get(&stat, "nr_throttled");
	s->out->cpu.throttled_time = cg_pair_get(&stat, "throttled_usec") * 1000;
}

static struct cg_memory_use v2_use(struct source *s, const char *prefix)
{
	struct arena *a = &s->out->arena;
	struct cg_memory_use u = { 0 };

	u.set = has(s, arena_printf(a, "%s.current", prefix));
	if (!u.set)
		return u;
	u.usage = cg_parse_u64(strbuf_str(&s->text));
	u.limit = number(s, arena_printf(a, "%s.max", prefix));
	u.max = number(s, arena_printf(a, "%s.peak", prefix)); /* Linux 5.19, 6.5 */
	return u;
}

/* Memory and swap together, as v1 counts them; there is no peak of the sum. */
static void v2_memory(struct source *s)
{
	struct cg_memory_use *memory = &s->out->memory.usage, *swap = &s->out->memory.swap;

	s->out->memory.raw = cg_parse_pairs(get(s, "memory.stat"), &s->out->arena);
	s->out->memory.cache = cg_pair_get(&s->out->memory.raw, "file");
	*memory = v2_use(s, "memory");
	*swap = v2_use(s, "memory.swap");
	if (!memory->set)
		return;
	swap->set = true;
	swap->usage += memory->usage;
	swap->max = 0;
	if (swap->limit != UINT64_MAX &&
	    __builtin_add_overflow(swap->limit, memory->limit, &swap->limit))
		swap->limit = UINT64_MAX;
}

static void v2_io(struct source *s)
{
	cg_parse_io_stat(get(s, "io.stat"), &s->out->arena, &s->out->io[CG_IO_SERVICE_BYTES],
			 &s->out->io[CG_IO_SERVICED]);
}

static void v2_pressure(struct source *s)
{
	struct arena *a = &s->out->arena;

	s->out->cpu.psi = cg_parse_psi(get(s, "cpu.pressure"), a);
	s->out->memory.psi = cg_parse_psi(get(s, "memory.pressure"), a);
	s->out->io_psi = cg_parse_psi(get(s, "io.pressure"), a);
}

/* --- both ------------------------------------------------------------------------------ */

static void pids(struct source *s)
{
	if (has(s, "pids.current")) {
		s->out->pids_current = cg_parse_u64(strbuf_str(&s->text));
		uint64_t limit = number(s, "pids.max");
		s->out->pids_limit = limit == UINT64_MAX ? 0 : limit;
		return;
	}
	/* No such controller: processes can be counted, threads not. */
	const char *procs = get(s, "cgroup.procs");
	for (const char *p = procs; *p; p++)
		s->out->pids_current += *p == '\n';
}

static void add_hugetlb(struct source *s, const char *size, size_t n, bool v2)
{
	struct cg_stats *out = s->out;
	struct arena *a = &out->arena;
	struct cg_hugetlb_use *grown = arena_array(a, out->n_hugetlb + 1, struct cg_hugetlb_use);

	for (size_t i = 0; i < out->n_hugetlb; i++)
		grown[i] = out->hugetlb[i];
	out->hugetlb = grown;
	struct cg_hugetlb_use *u = &grown[out->n_hugetlb++];
	u->size = arena_strndup(a, size, n);
	u->usage = number(
		s, arena_printf(a, "hugetlb.%s.%s", u->size, v2 ? "current" : "usage_in_bytes"));
	if (v2) {
		const char *events = get(s, arena_printf(a, "hugetlb.%s.events", u->size));
		struct cg_pairs p = cg_parse_pairs(events, a);

		u->failcnt = cg_pair_get(&p, "max");
		return;
	}
	u->max = number(s, arena_printf(a, "hugetlb.%s.max_usage_in_bytes", u->size));
	u->failcnt = number(s, arena_printf(a, "hugetlb.%s.failcnt", u->size));
}

static int compare_sizes(const void *a, const void *b)
{
	return strcmp(((const struct cg_hugetlb_use *)a)->size,
		      ((const struct cg_hugetlb_use *)b)->size);
}

/* The sizes of pages are in the names of files: "hugetlb.2MB.current". */
static void hugetlb(struct source *s, bool v2)
{
	int copy = RETRY(openat(s->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	DIR *d = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;

	if (!d)
		cleanup_close_p(&copy);
	while (d && (entry = readdir(d))) {
		const char *size = str_after(entry->d_name, "hugetlb.");
		size_t n = size ? strcspn(size, ".") : 0;

		if (size && size[n] && str_eq(size + n + 1, v2 ? "current" : "usage_in_bytes"))
			add_hugetlb(s, size, n, v2);
	}
	if (d)
		(void)closedir(d);
	if (s->out->n_hugetlb)
		qsort(s->out->hugetlb, s->out->n_hugetlb, sizeof(*s->out->hugetlb), compare_sizes);
}

static void hugetlb_v1(struct source *s)
{
	hugetlb(s, false);
}

static void hugetlb_v2(struct source *s)
{
	hugetlb(s, true);
}

static const struct {
	const char *controller; /* as v1 names it; NULL: on v2 only */
	void (*v1)(struct source *);
	void (*v2)(struct source *);
} readers[] = {
	{ "cpuacct", v1_cpuacct, v2_cpu },     { "cpu", v1_cpu, NULL },
	{ "cpuset", v1_cpuset, NULL },	       { "memory", v1_memory, v2_memory },
	{ "blkio", v1_blkio, v2_io },	       { "pids", pids, pids },
	{ "hugetlb", hugetlb_v1, hugetlb_v2 },
};

void cg_stats_done(struct cg_stats *s)
{
	arena_done(&s->arena);
	*s = (struct cg_stats){ .arena = ARENA_INIT };
}

static int read_v1(const struct plan_cgroup_dir *dir, void (*reader)(struct source *),
		   struct cg_stats *out, struct err *e)
{
	autodone(source) struct source s = { .fd = cg_open(dir, e), .out = out };

	if (s.fd < 0)
		return s.fd;
	reader(&s);
	return 0;
}

static int read_v2(const struct cgroup *cg, struct cg_stats *out, struct err *e)
{
	const struct plan_cgroup_dir *dir = cg_v2_dir(cg->at);

	if (!dir)
		return 0;
	autodone(source) struct source s = { .fd = cg_open(dir, e), .out = out };
	if (s.fd < 0)
		return s.fd;
	for (size_t i = 0; i < ARRAY_SIZE(readers); i++)
		if (readers[i].v2 && !cg_dir_of(cg->at, readers[i].controller))
			readers[i].v2(&s);
	if (cg->at->mode == CGROUP_V2)
		v2_pressure(&s);
	return 0;
}

int cgroup_stats(const struct cgroup *cg, struct cg_stats *ret, struct err *e)
{
	*ret = (struct cg_stats){ .arena = ARENA_INIT };
	if (!cg->at->enabled)
		return err_set(e, ENOTSUP, "the container has no cgroup");
	for (size_t i = 0; i < ARRAY_SIZE(readers); i++) {
		const struct plan_cgroup_dir *dir = cg_dir_of(cg->at, readers[i].controller);
		int r = dir ? read_v1(dir, readers[i].v1, ret, e) : 0;

		if (r < 0)
			return r;
	}
	return read_v2(cg, ret, e);
}
