/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_HOSTFACTS_H
#define PLAN_HOSTFACTS_H

/* What a plan needs to know of the host, probed once, or filled by a test from a file. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"

enum cgroup_mode { CGROUP_NONE, CGROUP_V1, CGROUP_HYBRID, CGROUP_V2 };

struct cgroup_hierarchy {
	const char *name;     /* "memory", "cpu,cpuacct", "name=systemd"; "" for v2 */
	const char *mount;    /* mount point */
	const char *own_path; /* of this process in it: "/user.slice/..." */
	bool is_v2;
};

struct host_facts {
	struct arena arena;
	uid_t euid;
	gid_t egid;
	bool in_userns;		 /* not the initial user namespace */
	const char *user;	 /* $USER, or NULL */
	uint64_t caps_effective; /* of this process */
	uint64_t caps_bounding;
	uint64_t signals_ignored; /* by this process: bit n-1 is signal n */
	int cap_last;		  /* /proc/sys/kernel/cap_last_cap */
	bool has_apparmor, has_selinux;
	bool lacks_ns
		[8]; /* by enum ns_kind; a probe does not look: clone3(2) tells, init/spawn.c */
	const char *resctrl; /* its mount point, or NULL; host_facts_find_resctrl() */
	enum cgroup_mode cgroup_mode;
	const struct cgroup_hierarchy *hierarchies;
	const char *user_manager; /* cgroup of the user's systemd, for who asked; or NULL */
	size_t n_hierarchies;
	/* /etc/subuid and /etc/subgid ranges are judged by newuidmap itself */
};

/**
 * host_facts_probe() - look at this host
 * @f:      zeroed by the caller; host_facts_done() afterwards, also on failure
 * @labels: AppArmor or SELinux is asked for: look for them, too
 * Runs in: host. Return: 0 or negative errno.
 */
MUST_CHECK int host_facts_probe(struct host_facts *f, bool labels, struct err *e);
/** host_facts_probe_process() - only what the plan of a process needs: ids, capabilities, LSMs. */
MUST_CHECK int host_facts_probe_process(struct host_facts *f, bool labels, struct err *e);
void host_facts_done(struct host_facts *f);

/** host_facts_find_resctrl() - .resctrl, of @a; only for a configuration that asks for it, since it
 * reads the whole of mountinfo. Runs in: host. Return: 0 or negative errno. */
MUST_CHECK int host_facts_find_resctrl(struct arena *a, const char **ret, struct err *e);

/** resctrl_find() - where the text of mountinfo has resctrl mounted, of @a; NULL: nowhere. Pure. */
const char *resctrl_find(struct arena *a, const char *mountinfo);

/**
 * cgroup_layout_parse() - find the hierarchies in the text of mountinfo and cgroup
 * @mountinfo: text of /proc/self/mountinfo
 * @cgroup:    text of /proc/self/cgroup
 *
 * Pure. A hierarchy is a mount whose file system type is cgroup or cgroup2, never a
 * directory by its name: Podman leaves fake controller directories on v1. A hybrid host
 * has both kinds; a host whose /sys/fs/cgroup is itself cgroup2 is v2 whatever
 * /proc/self/cgroup lists.
 *
 * Fills f->cgroup_mode, hierarchies, n_hierarchies. Runs in: host. Return: 0 or -EINVAL.
 */
MUST_CHECK int cgroup_layout_parse(const char *mountinfo, const char *cgroup, struct host_facts *f,
				   struct err *e);

/**
 * cgroup_layout_add_systemd() - also the hierarchy that systemd had on v1, where v2 is all else
 * Pure. Appends it to f->hierarchies where it is mounted; f->cgroup_mode stays CGROUP_V2. On other
 * layouts it has been found already. Runs in: host. Return: 0 or -EINVAL.
 */
MUST_CHECK int cgroup_layout_add_systemd(const char *mountinfo, const char *cgroup,
					 struct host_facts *f, struct err *e);
#define CGROUP_SYSTEMD_V1 "name=systemd"
/** host_facts_find_systemd_v1() - the same, of this host; for a configuration that asks for it,
 * since it reads the whole of mountinfo. Runs in: host. Return: 0 or negative errno. */
MUST_CHECK int host_facts_find_systemd_v1(struct host_facts *f, struct err *e);

#define CGROUP_MOUNT "/sys/fs/cgroup"
/** cgroup_layout_v2() - the same where CGROUP_MOUNT is known to be the whole v2 hierarchy. Pure. */
MUST_CHECK int cgroup_layout_v2(const char *cgroup, struct host_facts *f, struct err *e);

#endif
