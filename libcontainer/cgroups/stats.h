/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CGROUPS_STATS_H
#define CGROUPS_STATS_H

/*
 * What a container has used, from v1, hybrid and v2 alike: the fields that `events` prints. What
 * a kernel does not have is zero or empty.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "cgroups/cgroup.h"

struct cg_u64s {
	uint64_t *v;
	size_t n;
};

/* One of the two lines of a pressure file; percentages as the kernel prints them, "0.00". */
struct cg_psi_line {
	const char *avg10, *avg60, *avg300; /* NULL: there is no such line */
	uint64_t total;			    /* microseconds */
};
struct cg_psi {
	bool set;
	struct cg_psi_line some, full;
};

struct cg_memory_use {
	bool set;
	uint64_t limit, usage, max, failcnt;
};

/* A line of memory.stat. */
struct cg_pair {
	const char *key;
	uint64_t value;
};
struct cg_pairs {
	struct cg_pair *v; /* by key, ascending */
	size_t n;
};

struct cg_io_entry {
	uint64_t major, minor, value;
	const char *op; /* "Read", "Write", ...; "" for none */
};
struct cg_io_list {
	struct cg_io_entry *v;
	size_t n;
};

/* In the order in which they are printed. */
enum cg_io_kind {
	CG_IO_SERVICE_BYTES,
	CG_IO_SERVICED,
	CG_IO_QUEUED,
	CG_IO_SERVICE_TIME,
	CG_IO_WAIT_TIME,
	CG_IO_MERGED,
	CG_IO_TIME,
	CG_IO_SECTORS,
	CG_IO_COUNT,
};

struct cg_hugetlb_use {
	const char *size; /* "2MB" */
	uint64_t usage, max, failcnt;
};

struct cg_cpuset {
	struct cg_u64s cpus, mems;
	uint64_t cpu_exclusive, mem_hardwall, mem_exclusive, memory_migrate, spread_page,
		spread_slab, pressure, load_balance;
	int64_t relax_domain_level;
};

struct cg_stats {
	struct arena arena;
	struct {
		uint64_t total, kernel, user; /* nanoseconds */
		struct cg_u64s percpu, percpu_kernel, percpu_user;
		uint64_t periods, throttled_periods, throttled_time;
		struct cg_psi psi;
	} cpu;
	struct cg_cpuset cpuset;
	struct {
		uint64_t cache;
		struct cg_memory_use usage, swap, kernel, kernel_tcp;
		struct cg_pairs raw;
		struct cg_psi psi;
	} memory;
	uint64_t pids_current, pids_limit; /* 0: no limit */
	struct cg_io_list io[CG_IO_COUNT];
	struct cg_psi io_psi;
	struct cg_hugetlb_use *hugetlb;
	size_t n_hugetlb;
};

/**
 * cgroup_stats() - read them now
 * @ret: the caller's to cg_stats_done(), also on failure
 * Runs in: host. Return: 0; -ENOENT when the cgroups are gone; other negative errno.
 */
MUST_CHECK int cgroup_stats(const struct cgroup *cg, struct cg_stats *ret, struct err *e);
void cg_stats_done(struct cg_stats *s);

/*
 * The parsers: pure, of a whole file's text; lines that are not understood are left out. Results
 * live in @a.
 */
/** cg_parse_pairs() - "key 123" lines. */
struct cg_pairs cg_parse_pairs(const char *text, struct arena *a);
/** cg_pair_get() - value of a key; 0 when it is not there. */
uint64_t cg_pair_get(const struct cg_pairs *p, const char *key);
/** cg_parse_u64() - the number at the start; "max" is UINT64_MAX; 0 for anything else. */
uint64_t cg_parse_u64(const char *text);
/** cg_parse_u64s() - numbers between blanks. */
struct cg_u64s cg_parse_u64s(const char *text, struct arena *a);
/** cg_parse_cpus() - "0-3,7": 0 1 2 3 7; nothing when any part is no such list. */
struct cg_u64s cg_parse_cpus(const char *text, struct arena *a);
/** cg_parse_column() - one column of cpuacct.usage_all, whose first line has titles. */
struct cg_u64s cg_parse_column(const char *text, unsigned int column, struct arena *a);
/** cg_parse_psi() - a pressure file. */
struct cg_psi cg_parse_psi(const char *text, struct arena *a);
/** cg_parse_blkio() - "8:0 Read 4096" or "8:0 4096"; the line "Total N" is left out. */
struct cg_io_list cg_parse_blkio(const char *text, struct arena *a);
/** cg_parse_io_stat() - v2's "8:0 rbytes=1 wbytes=2 rios=3 wios=4 ..." as v1's two lists. */
void cg_parse_io_stat(const char *text, struct arena *a, struct cg_io_list *bytes,
		      struct cg_io_list *serviced);

#endif
