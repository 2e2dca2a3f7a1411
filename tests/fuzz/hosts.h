/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FUZZ_HOSTS_H
#define TESTS_FUZZ_HOSTS_H

/* Hosts to plan for, made up, so that a finding does not depend on the machine. */

#include "plan/plan.h"

#define FUZZ_CAPS  ((1ULL << 41) - 1)
#define FUZZ_HOSTS 3

/** fuzz_host() - host number @i of FUZZ_HOSTS: hybrid, v2, v2 for an ordinary user. */
static inline const struct host_facts *fuzz_host(size_t i)
{
	static const struct cgroup_hierarchy hybrid[] = {
		{ "memory", "/sys/fs/cgroup/memory", "/", false },
		{ "cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct", "/", false },
		{ "devices", "/sys/fs/cgroup/devices", "/", false },
		{ "blkio", "/sys/fs/cgroup/blkio", "/a", false },
		{ "cpuset", "/sys/fs/cgroup/cpuset", "/", false },
		{ "", "/sys/fs/cgroup/unified", "/", true },
	};
	static const struct cgroup_hierarchy unified[] = {
		{ "", "/sys/fs/cgroup", "/user.slice/user-1001.slice/app", true },
	};
	static const struct host_facts hosts[FUZZ_HOSTS] = {
		{ .caps_effective = FUZZ_CAPS,
		  .caps_bounding = FUZZ_CAPS,
		  .cap_last = 40,
		  .cgroup_mode = CGROUP_HYBRID,
		  .hierarchies = hybrid,
		  .n_hierarchies = ARRAY_SIZE(hybrid) },
		{ .caps_effective = FUZZ_CAPS,
		  .caps_bounding = FUZZ_CAPS,
		  .cap_last = 40,
		  .has_apparmor = true,
		  .resctrl = "/sys/fs/resctrl",
		  .cgroup_mode = CGROUP_V2,
		  .hierarchies = unified,
		  .n_hierarchies = ARRAY_SIZE(unified) },
		{ .euid = 1001,
		  .egid = 1001,
		  .in_userns = true,
		  .has_selinux = true,
		  .user = "somebody",
		  .cap_last = 40,
		  .user_manager = "/user.slice",
		  .cgroup_mode = CGROUP_V2,
		  .hierarchies = unified,
		  .n_hierarchies = ARRAY_SIZE(unified) },
	};

	return &hosts[i % FUZZ_HOSTS];
}

#endif
