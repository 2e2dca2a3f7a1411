/* SPDX-License-Identifier: Apache-2.0 */
/* Namespaces that are joined, user and group ids, limits of the process. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/sys.h"
#include "check/bundle.h"
#include "plan/namespaces.h"
#include "plan/parts.h"

/* --- namespaces ------------------------------------------------------------------------- */

void bundle_namespaces(const struct bundle *b)
{
	const struct check_area to = { b->report, "config" };

	for (int k = 0; k < NS_COUNT; k++) {
		const struct plan_ns *ns = &b->plan->ns[k];
		char path[32];

		(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", ns_types[k].proc_name);
		if (ns->wanted && access(path, F_OK) < 0)
			check_failure(&to, "namespace", "leave it out of linux.namespaces",
				      "this kernel has no %s namespace", ns_types[k].name);
		else if (ns->path && access(ns->path, R_OK) < 0)
			check_failure(&to, "namespace",
				      "what it belongs to must run, or the file be mounted",
				      "the %s namespace %s cannot be joined: %s", ns_types[k].name,
				      ns->path, errno_text(errno));
	}
}

/* --- ids ---------------------------------------------------------------------------------- */

/* By newuidmap: one's own id, and those that subuid(5) gives. */
static void check_map(const struct bundle *b, const struct plan_id_map *m, bool of_groups)
{
	const struct check_area to = { b->report, "ids" };
	const char *file = of_groups ? "/etc/subgid" : "/etc/subuid";
	const char *name = of_groups ? "gid_mappings" : "uid_mappings";
	const char *user = user_name(&b->report->arena, b->facts.euid);
	uint32_t own = of_groups ? b->facts.egid : b->facts.euid;
	autodone(strbuf) struct strbuf text = STRBUF_INIT;
	struct err e;
	bool bad = false;

	if (file_read_at(AT_FDCWD, file, 0, &text, &e) < 0)
		strbuf_done(&text); /* then nothing is given */
	for (size_t i = 0; i < m->n; i++) {
		const struct spec_id_mapping *v = &m->v[i];

		if ((v->host_id == own && v->size == 1) ||
		    subids_cover(strbuf_str(&text), user, b->facts.euid, v->host_id, v->size))
			continue;
		bad = true;
		check_failure(&to, name,
			      of_groups ? "`usermod --add-subgids` adds a range"
					: "`usermod --add-subuids` adds a range",
			      "linux.%s[%zu]: %s does not give %u ids from %u on to this user",
			      of_groups ? "gidMappings" : "uidMappings", i, file, v->size,
			      v->host_id);
	}
	if (!bad)
		check_pass(&to, name, "%s gives all that is mapped", file);
}

/* User and group are the plan's to judge; of the others setgroups(2) would say EINVAL. */
static void check_groups(const struct bundle *b)
{
	const struct check_area to = { b->report, "ids" };
	const struct plan_process *q = &b->plan->process;

	for (size_t i = 0; i < q->n_groups; i++)
		if (!idmap_has(&b->plan->gid_map, q->groups[i]))
			check_failure(&to, "group", "map it in linux.gidMappings",
				      "process.user.additionalGids[%zu] %u is not mapped", i,
				      q->groups[i]);
}

/* --- limits of the process ---------------------------------------------------------------- */

static void check_rlimits(const struct bundle *b)
{
	const struct check_area to = { b->report, "limits" };
	const struct plan_process *q = &b->plan->process;

	if (b->facts.caps_effective & 1ULL << CAP_SYS_RESOURCE && !b->facts.in_userns)
		return;
	for (size_t i = 0; i < q->n_rlimits; i++) {
		struct rlimit now;

		if (sys_prlimit(0, q->rlimits[i].resource, NULL, &now) < 0 ||
		    q->rlimits[i].hard <= now.rlim_max)
			continue;
		check_failure(&to, "rlimits", "lower it; raising it needs CAP_SYS_RESOURCE",
			      "process.rlimits: %s is %llu, this process may have %llu",
			      q->rlimits[i].name, (unsigned long long)q->rlimits[i].hard,
			      (unsigned long long)now.rlim_max);
	}
}

void bundle_ids(const struct bundle *b)
{
	const struct plan_ns *ns = &b->plan->ns[NS_USER];

	if (b->plan->use_newidmap) {
		check_map(b, &b->plan->uid_map, false);
		check_map(b, &b->plan->gid_map, true);
	}
	if (ns->wanted && !ns->path)
		check_groups(b);
	check_rlimits(b);
}
