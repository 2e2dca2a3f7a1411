/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Any bytes as the document of `update --resources`: the files written for it on every kind of
 * hierarchy, what would take each back, and what systemd is told.
 */

#include "cgroups/sdprops.h"
#include "fuzz.h"

static const struct plan_cgroup_dir hybrid[] = {
	{ "memory", "/sys/fs/cgroup/memory", "/sys/fs/cgroup/memory/c", false },
	{ "cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct/c", false },
	{ "cpuset", "/sys/fs/cgroup/cpuset", "/sys/fs/cgroup/cpuset/c", false },
	{ "blkio", "/sys/fs/cgroup/blkio", "/sys/fs/cgroup/blkio/c", false },
	{ "pids", "/sys/fs/cgroup/pids", "/sys/fs/cgroup/pids/c", false },
	{ "hugetlb", "/sys/fs/cgroup/hugetlb", "/sys/fs/cgroup/hugetlb/c", false },
	{ "", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/unified/c", true },
};
static const struct plan_cgroup_dir unified[] = {
	{ "", "/sys/fs/cgroup", "/sys/fs/cgroup/c", true },
};

/* A setting names one file of the directory, and its value is one write. */
static void check_settings(const struct cg_settings *s, struct arena *a)
{
	for (size_t i = 0; i < s->n; i++) {
		require(s->v[i].controller && s->v[i].file && s->v[i].value);
		require(s->v[i].file[0] && !strchr(s->v[i].file, '/'));
		(void)setting_undo(&s->v[i], "max\n", a);
		(void)setting_undo(&s->v[i], "8:0 rbps=1 wbps=max\n8:16 rbps=max", a);
	}
}

static void decide(const struct spec_resources *res, enum cgroup_mode mode,
		   const struct plan_cgroup_dir *dirs, size_t n)
{
	autodone(settings) struct cg_settings settings = { 0 };
	autodone(arena) struct arena a = ARENA_INIT;
	struct plan_cgroup at = { .enabled = true, .mode = mode, .path = "/c", .n_dirs = n };
	struct unit_properties properties = { 0 };
	struct err e = { 0 };

	at.dirs = arena_array(&a, n, struct plan_cgroup_dir);
	memcpy(at.dirs, dirs, n * sizeof(*dirs));
	if (settings_build(&at, res, &settings, &e) < 0) {
		require(e.kind == ERR_CONFIG && str_after(e.text, "linux.resources"));
		return;
	}
	check_settings(&settings, &a);
	if (sd_limit_properties(&settings, &a, &properties, &e) < 0)
		require(e.text[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct spec *spec = NULL;
	struct err e = { 0 };

	if (spec_parse_resources("f", (const char *)data, size, &spec, &e) < 0)
		return 0; /* fuzz_spec judges the error */
	decide(spec->linux_->resources, CGROUP_HYBRID, hybrid, ARRAY_SIZE(hybrid));
	decide(spec->linux_->resources, CGROUP_V2, unified, ARRAY_SIZE(unified));
	spec_free(spec);
	return 0;
}
