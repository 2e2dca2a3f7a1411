/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cgroups/devices.h"
#include "cgroups/driver.h"
#include "cgroups/fs.h"
#include "cgroups/settings.h"
#include "cgroups/systemd_bus.h"

void cgroup_done(struct cgroup *cg)
{
	cleanup_close_p(&cg->v2_fd);
	cg->v2_fd = -1;
	sd_bus_free(cg->bus);
	cg->bus = NULL;
}

int cgroup_check_free(const struct cgroup *cg, struct err *e)
{
	autofree pid_t *pids = NULL;
	size_t n = 0;

	if (!cg->at->enabled)
		return 0;
	if (cg->at->mode == CGROUP_V2 && cg->at->n_dirs == 1) { /* mostly it is not there */
		autoclose int fd = cg_open(&cg->at->dirs[0], e);

		if (cg_is_gone(fd))
			return 0;
	}
	int r = cgroup_pids(cg, &pids, &n, e);
	if (r < 0)
		return r;
	if (n)
		return err_set(e, EBUSY, "container's cgroup is not empty: %zu process(es) found",
			       n);
	r = cgroup_is_frozen(cg, e);
	if (r > 0)
		return err_set(e, EBUSY, "container's cgroup unexpectedly frozen");
	return r;
}

bool cg_may_lack(const struct cgroup *cg, int r)
{
	return cg->at->rootless && !cg->at->path_asked &&
	       (r == -EACCES || r == -EPERM || r == -EROFS || r == -ENOENT);
}

static const struct cgroup_driver *driver_of(const struct cgroup *cg)
{
	return cg->at->unit.name ? &cgroup_driver_systemd : &cgroup_driver_fs;
}

int cgroup_prepare(struct cgroup *cg, const struct spec_resources *res, struct err *e)
{
	if (!cg->at->enabled)
		return 0;
	int r = driver_of(cg)->prepare(cg, res, e);
	return r < 0 ? err_ctx(e, "unable to apply cgroup configuration") : 0;
}

int cgroup_attach(struct cgroup *cg, pid_t pid, bool skip_v2, struct err *e)
{
	if (!cg->at->enabled)
		return 0;
	cg->joined = skip_v2 || cg->at->unit.name;
	int r = driver_of(cg)->attach(cg, pid, skip_v2, e);
	return r < 0 ? err_ctx(e, "unable to apply cgroup configuration") : 0;
}

int cgroup_tell_update(struct cgroup *cg, const struct cg_settings *s, struct err *e)
{
	const struct cgroup_driver *d = driver_of(cg);

	return d->update ? d->update(cg, s, e) : 0;
}

bool cgroup_remove_empty(struct cgroup *cg)
{
	bool all = cg->at->enabled && driver_of(cg) == &cgroup_driver_fs;

	for (size_t i = 0; all && i < cg->at->n_dirs; i++) {
		const char *name;
		struct err ignored;
		autoclose int above = cg_open_parent(&cg->at->dirs[i], &name, &ignored);

		all = above >= 0 && (unlinkat(above, name, AT_REMOVEDIR) == 0 || errno == ENOENT);
	}
	return all;
}

int cgroup_destroy(struct cgroup *cg, struct err *e)
{
	return cg->at->enabled ? driver_of(cg)->destroy(cg, e) : 0;
}

int cgroup_print_settings(const struct plan_cgroup *at, const struct spec_resources *res,
			  struct strbuf *out, struct err *e)
{
	autodone(settings) struct cg_settings s = { .arena = ARENA_INIT };
	autodone(dev_rules) struct dev_rules rules = { 0 };

	if (!at->enabled)
		return 0;
	int r = settings_build(at, res, &s, e);
	if (r == 0)
		r = dev_rules_build(res, &rules, e);
	if (r < 0)
		return r;
	for (size_t i = 0; i < s.n; i++)
		strbuf_addf(out, "limit %s %s %s%s%s\n", s.v[i].v2 ? "v2" : "v1", s.v[i].file,
			    s.v[i].value, s.v[i].flags & SETTING_OR_NEXT ? " or else" : "",
			    s.v[i].flags & SETTING_MAY_LACK ? " if present" : "");
	for (size_t i = 0; i < s.warnings.n; i++)
		strbuf_addf(out, "warning %s\n", s.warnings.v[i]);
	dev_rules_print(&rules, out);
	return 0;
}
