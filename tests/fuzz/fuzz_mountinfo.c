/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The kernel's texts about mounts and cgroups, which hold names that others choose:
 * /proc/PID/mountinfo, then from a line "---" on /proc/PID/cgroup.
 */

#include "fuzz.h"
#include "plan/hostfacts.h"
#include "rootfs/parts.h"

static void check_layout(const char *mountinfo, const char *cgroup)
{
	struct host_facts f = { 0 };
	struct err e = { 0 };

	if (cgroup_layout_parse(mountinfo, cgroup, &f, &e) < 0)
		require(e.code > 0 && e.text[0]);
	else
		for (size_t i = 0; i < f.n_hierarchies; i++)
			require(f.hierarchies[i].mount && f.hierarchies[i].own_path &&
				f.hierarchies[i].name);
	host_facts_done(&f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autodone(arena) struct arena a = ARENA_INIT;
	autofree char *mountinfo = fuzz_text(data, size);
	char *cut = strstr(mountinfo, "---\n");
	const char *cgroup = "0::/\n";
	struct host_facts f = { 0 };
	struct err e = { 0 };

	if (cut) {
		*cut = '\0';
		cgroup = cut + 4;
	}
	check_layout(mountinfo, cgroup);
	if (cgroup_layout_v2(cgroup, &f, &e) == 0)
		for (size_t i = 0; i < f.n_hierarchies; i++)
			require(f.hierarchies[i].is_v2 && f.hierarchies[i].own_path[0] == '/');
	host_facts_done(&f);
	(void)resctrl_find(&a, mountinfo);
	struct mountinfo mounts autodone(mountinfo);
	mountinfo_parse(mountinfo, &mounts);
	(void)mountinfo_shows_readonly(&mounts, "/proc/sys");
	(void)mountinfo_shows_mask(&mounts, "/proc/kcore");
	/* In doubt the answer is no: that is always safe. */
	mountinfo_done(&mounts);
	require(!mountinfo_shows_readonly(&mounts, "/proc/sys"));
	return 0;
}
