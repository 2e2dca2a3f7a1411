/* SPDX-License-Identifier: Apache-2.0 */
/* The container's cgroup: is it free, do its limits hold, can this kernel set them? */
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cgroups/cgroup.h"
#include "check/bundle.h"

#define LITTLE_MEMORY (4 << 20) /* bytes; a small static program starts with less, few others do */

struct told {
	const struct check_area *to;
	size_t n;
};

static void tell(void *arg, bool fatal, const char *text)
{
	struct told *t = arg;

	t->n++;
	if (fatal)
		check_failure(t->to, "resources", "leave the limit out, or enable what it needs",
			      "%s", text);
	else
		check_warning(t->to, "above", "what is less holds", "%s", text);
}

static void check_free(const struct bundle *b, const struct check_area *to)
{
	const struct cgroup cg = { .at = &b->plan->cgroup, .v2_fd = -1 };
	struct err e;

	/* Without a path of its own it is named after the container, which has no name yet. */
	if (!b->plan->cgroup.path_asked)
		return;
	if (cgroup_check_free(&cg, &e) < 0)
		check_failure(to, "path",
			      "another container uses linux.cgroupsPath, or one was not deleted",
			      "%s: %s", b->plan->cgroup.path, e.text);
	else
		check_pass(to, "path", "%s is free", b->plan->cgroup.path);
}

/* Limits, and a path that was asked for, are errors where they cannot be had. */
static void check_right(const struct bundle *b, const struct check_area *to, size_t n_limits)
{
	const struct plan_cgroup *cg = &b->plan->cgroup;

	if (!cg->rootless || (!cg->path_asked && !n_limits))
		return;
	for (size_t i = 0; i < cg->n_dirs && !cg->unit.name; i++) {
		char *above = arena_strdup(&b->report->arena, cg->dirs[i].path);

		while (access(above, F_OK) < 0 && strrchr(above, '/'))
			*strrchr(above, '/') = '\0';
		if (access(above, W_OK) == 0)
			continue;
		check_failure(
			to, "delegation",
			"leave linux.cgroupsPath and linux.resources out, or run below a scope of "
			"your own: `systemd-run --user --scope -p Delegate=yes`",
			"%s cannot be made by this user", cg->dirs[i].path);
		return;
	}
}

static void check_memory(const struct bundle *b, const struct check_area *to)
{
	const struct spec_resources *res = b->spec->linux_->resources;
	const struct spec_memory *m = res ? res->memory : NULL;

	if (m && m->limit.set && m->limit.v > 0 && m->limit.v < LITTLE_MEMORY)
		check_warning(
			to, "memory", "give it 4 MiB at least",
			"linux.resources.memory.limit is %lld bytes: the program may be killed "
			"while it starts",
			(long long)m->limit.v);
}

void bundle_limits(const struct bundle *b)
{
	const struct check_area to = { b->report, "limits" };
	const struct spec_resources *res = b->spec->linux_->resources;
	struct told told = { &to, 0 };
	struct err e;

	if (!b->plan->cgroup.enabled) {
		check_pass(&to, "cgroup", "the container stays in the cgroup of its caller");
		return;
	}
	check_free(b, &to);
	check_right(b, &to, plan_asks_limits(res));
	check_memory(b, &to);
	int r = cgroup_foresee(&b->plan->cgroup, res, &b->report->arena, tell, &told, &e);
	if (r < 0)
		check_error(&to, "resources", &e);
	else if (!told.n)
		check_pass(&to, "resources",
			   plan_asks_limits(res) ? "they can be set and hold"
						 : "none are asked for");
}
