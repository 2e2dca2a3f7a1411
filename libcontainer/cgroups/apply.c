/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "cgroups/cgroup.h"
#include "cgroups/fs.h"
#include "cgroups/write.h"

static int apply_devices(const struct cgroup *cg, const struct spec_resources *res, struct err *e)
{
	const struct plan_cgroup_dir *dir = cg_dir_of(cg->at, "devices");

	if (dir)
		return cg->at->in_userns ? 0 : fs1_devices(cg, dir, res, e);
	if (cg_v2_dir(cg->at))
		return fs2_devices(cg, res, e);
	if (cg->at->rootless || cg->at->in_userns)
		return 0;
	return err_set(
		e, ENOENT,
		"linux.resources.devices: cannot restrict devices: controller devices is not mounted");
}

int cgroup_apply(struct cgroup *cg, const struct spec_resources *res, struct err *e)
{
	autodone(settings) struct cg_settings s = { .arena = ARENA_INIT };

	if (!cg->at->enabled || cg->later)
		return 0;
	int r = settings_build(cg->at, res, &s, e);
	if (r < 0)
		return r;
	for (size_t i = 0; i < s.warnings.n; i++)
		log_warn(cg->log, "%s", s.warnings.v[i]);
	r = apply_devices(cg, res, e);
	if (r == 0)
		r = cg_check_usage(cg, res ? res->memory : NULL, e);
	if (r < 0)
		return r;
	return settings_write(cg, &s, e);
}
