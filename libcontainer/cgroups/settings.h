/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CGROUPS_SETTINGS_H
#define CGROUPS_SETTINGS_H

/*
 * linux.resources as a list of file writes, computed without touching the system. Private to
 * the cgroups layer. The device rules are in devices.h.
 */

#include "base/err.h"
#include "base/mem.h"
#include "plan/plan.h"

enum {
	/* The file may be absent, because its absence means the same or the kernel is older. */
	SETTING_MAY_LACK = 1 << 0,
	/* Valid only together with another value: refused, it is tried again after the rest. */
	SETTING_AGAIN = 1 << 1,
	/* When its file is absent the next setting says the same in other words; else that one
	 * is skipped. */
	SETTING_OR_NEXT = 1 << 2,
};

struct cg_setting {
	const char *controller; /* "memory"; where it is, is for cg_dir_of() */
	const char *file;	/* in the container's directory */
	const char *value;
	const char *json; /* "linux.resources.memory.limit" */
	bool v2;
	unsigned int flags;
};

struct cg_settings {
	struct arena arena;
	struct cg_setting *v;
	size_t n, cap;
	struct strs warnings; /* for the log: what this kind of hierarchy has no file for */
};

/**
 * settings_build() - the writes for @res in their order
 * @at:  where which controller is: v1 unless only the v2 hierarchy could have it
 * @ret: zeroed by the caller; settings_done() afterwards, also on failure
 * @e:   names the JSON path; kind ERR_CONFIG
 *
 * Zero means "not set" in memory, cpu and blockIO values, as clients send it so; not in
 * pids.limit and cpu.idle. Sources: the kernel's cgroup-v1 and cgroup-v2 documents,
 * runtime-spec 1.3 config-linux.md. Pure. Runs in: host. Return: 0 or -EINVAL.
 */
MUST_CHECK int settings_build(const struct plan_cgroup *at, const struct spec_resources *res,
			      struct cg_settings *ret, struct err *e);
void settings_done(struct cg_settings *s);

/**
 * setting_undo() - what to write to take a setting back
 * @current: text of its file before the write
 * @a:       memory of the result
 *
 * Files with a line for each device or resource take such a line; one that is absent is
 * written as the kernel's default. Pure. Runs in: host.
 * Return: NULL when the file cannot be put back: it has many lines and no key.
 */
const char *setting_undo(const struct cg_setting *s, const char *current, struct arena *a);

/** cg_dir_of() - the directory whose hierarchy has v1 controller @name, or NULL. Pure. */
const struct plan_cgroup_dir *cg_dir_of(const struct plan_cgroup *at, const char *name);

/** cg_name_has() - whether a hierarchy's name, "cpu,cpuacct", has one controller. Pure. */
bool cg_name_has(const char *names, const char *name);

/** cg_v2_dir() - the directory in the v2 hierarchy, or NULL. Pure. */
const struct plan_cgroup_dir *cg_v2_dir(const struct plan_cgroup *at);

/** shares_to_weight() - cpu.shares (2..262144) as cpu.weight (1..10000); 0 stays 0. Pure. */
uint64_t shares_to_weight(uint64_t shares);

/* What follows is for settings_v1.c and settings_v2.c. */

struct setting_ctx {
	struct cg_settings *out;
	const struct spec_resources *res;
	struct err *e;
};

/** setting_add() - append; @json is below "linux.resources.". */
void setting_add(struct cg_settings *s, struct cg_setting setting, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
void setting_warn(struct cg_settings *s, const char *json, const char *why);
MUST_CHECK int setting_bad(struct err *e, const char *json, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* One builder a controller and version; a missing object adds nothing. 0 or -EINVAL. */
MUST_CHECK int settings_v1_memory(const struct setting_ctx *c);
MUST_CHECK int settings_v1_cpu(const struct setting_ctx *c);
MUST_CHECK int settings_v1_blkio(const struct setting_ctx *c);
MUST_CHECK int settings_v1_hugetlb(const struct setting_ctx *c);
MUST_CHECK int settings_v2_memory(const struct setting_ctx *c);
MUST_CHECK int settings_v2_cpu(const struct setting_ctx *c);
MUST_CHECK int settings_v2_io(const struct setting_ctx *c);
MUST_CHECK int settings_v2_hugetlb(const struct setting_ctx *c);

#endif
