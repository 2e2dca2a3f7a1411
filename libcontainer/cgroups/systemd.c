/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The driver that lets systemd make the cgroup, as a transient scope.
 *
 * A scope lives as long as a process is in it, so systemd is asked only when init is there: with
 * StartTransientUnit it moves init in, and the call is over when that is done. Init has run
 * nothing of the container by then; it waits for our word, which is given when the limits are
 * written too. CLONE_INTO_CGROUP would need another process to hold the scope until init is born,
 * one that counts against pids.max and memory.max, and a user may not use it from a login session,
 * whose cgroup is not hers; systemd may move any process of hers.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cgroups/driver.h"
#include "cgroups/fs.h"
#include "cgroups/sdprops.h"
#include "cgroups/systemd_call.h"

int cgroup_user_manager(struct arena *a, const char **ret, struct err *e)
{
	struct sd_call c = { .verb = SD_WHERE, .user = true };
	struct sd_bus *bus = NULL;
	int r = sd_call(&bus, &c, e);

	sd_bus_free(bus);
	if (r == 0)
		*ret = arena_strdup(a, c.where);
	return r;
}

int cgroup_ask_systemd(bool user, struct err *e)
{
	struct sd_call c = { .verb = SD_WHERE, .user = user };
	struct sd_bus *bus = NULL;
	int r = sd_call(&bus, &c, e);

	sd_bus_free(bus);
	return r;
}

/* Early, so that a bus that is absent or stuck is heard of before anything is made. */
static int prepare(struct cgroup *cg, const struct spec_resources *res, struct err *e)
{
	uid_t outside;

	cg->later = true;
	cg->res = res;
	/* Root of a user namespace has asked already, where its manager is. */
	if (cg->bus || sd_call_is_foreign(cg->at->unit.user, &outside))
		return 0;
	return sd_bus_open(cg->at->unit.user, &cg->bus, e);
}

static int add_devices(const struct cgroup *cg, struct arena *a, struct unit_properties *p,
		       struct err *e)
{
	autodone(dev_rules) struct dev_rules rules = { 0 };

	if (!cg_dir_of(cg->at, "devices") || cg->at->in_userns)
		return 0;
	int r = dev_rules_build(cg->res, &rules, e);
	if (r == 0)
		sd_device_properties(&rules, a, p);
	return r;
}

static int start(struct cgroup *cg, pid_t pid, struct err *e)
{
	autodone(arena) struct arena a = ARENA_INIT;
	autodone(settings) struct cg_settings s = { .arena = ARENA_INIT };
	const struct plan_unit *unit = &cg->at->unit;
	struct unit_properties p = { 0 };

	int r = settings_build(cg->at, cg->res, &s, e);
	if (r < 0)
		return r;
	sd_unit_properties(unit, unit->name, pid, cg->at->mode == CGROUP_V2, &a, &p);
	r = sd_limit_properties(&s, &a, &p, e);
	if (r == 0)
		r = add_devices(cg, &a, &p, e);
	if (r < 0)
		return r;
	sd_merge_properties(&a, &p, &unit->properties);
	struct sd_call c = { .verb = SD_START, .user = unit->user, .unit = unit, .p = &p };
	r = sd_call(&cg->bus, &c, e);
	cg->not_ours = r == -EEXIST;
	return r;
}

/* Read back: the directory that is limited must be the one that systemd has made. */
static int check_place(const struct cgroup *cg, pid_t pid, struct err *e)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;
	const struct plan_cgroup_dir *dir = cg_v2_dir(cg->at);
	const char *path;

	if (cg->at->mode != CGROUP_V2 || cg->at->unit.is_slice)
		return 0;
	int r = cg_v2_path(pid, &text, &path, e);
	if (r < 0)
		return r;
	const char *below = str_after(cg->at->path, path); /* "", or "/" and the cgroup below */
	if (below && str_eq(*below ? below + 1 : "", cg->at->unit.sub ? cg->at->unit.sub : ""))
		return 0;
	return err_set(e, EINVAL, "systemd has put init into %s, not into %s of %s", path,
		       cg->at->path, dir->mount);
}

/* Init first: a cgroup with processes enables no controllers for those below it. */
static int enter(struct cgroup *cg, const struct plan_cgroup_dir *dir, const char *pid,
		 struct err *e)
{
	const struct cg_maker plain = { NULL, NULL, NULL };
	bool made;

	if (!dir->is_v2) {
		int r = fs1_prepare(dir, &made, e);
		return r < 0 ? r : cg_attach_one(dir, pid, e);
	}
	if (cg->at->unit.sub || cg->at->unit.is_slice || cg->at->mode != CGROUP_V2) {
		autoclose int fd = cg_make(dir, &plain, &made, e);
		int r = fd < 0 ? fd : cg_attach_one(dir, pid, e);
		if (r < 0)
			return r;
	}
	return fs2_prepare(cg, dir, cg->res, e);
}

static int attach(struct cgroup *cg, pid_t pid, bool skip_v2, struct err *e)
{
	char text[16];
	int r;

	(void)skip_v2; /* init cannot have been born in what was not there */
	(void)snprintf(text, sizeof(text), "%d", pid);
	r = start(cg, pid, e);
	if (r == 0)
		r = check_place(cg, pid, e);
	for (size_t i = 0; r == 0 && i < cg->at->n_dirs; i++)
		r = enter(cg, &cg->at->dirs[i], text, e);
	cg->later = false;
	if (r == 0)
		r = cgroup_apply(cg, cg->res, e);
	if (r == 0 && cg->at->has_owner)
		r = fs2_delegate(cg, e);
	return r;
}

static int update(struct cgroup *cg, const struct cg_settings *s, struct err *e)
{
	autodone(arena) struct arena a = ARENA_INIT;
	struct unit_properties p = { 0 };

	int r = sd_limit_properties(s, &a, &p, e);
	if (r < 0 || p.n == 0)
		return r;
	const struct plan_unit *unit = &cg->at->unit;
	struct sd_call c = { .verb = SD_SET, .user = unit->user, .unit = unit, .p = &p };
	return sd_call(&cg->bus, &c, e);
}

/* Above a sub-cgroup is the scope's own directory; in hierarchies of v1 that systemd leaves alone
 * nobody else removes it. */
static void remove_scope_dirs(const struct cgroup *cg)
{
	if (!cg->at->unit.sub || cg->at->unit.is_slice)
		return;
	for (size_t i = 0; i < cg->at->n_dirs; i++) {
		autofree char *scope = mem_strdup(cg->at->dirs[i].path);
		char *end = strrchr(scope, '/');

		if (!end)
			continue;
		*end = '\0';
		/* EBUSY: somebody lives there, whose end systemd waits for */
		if (rmdir(scope) < 0 && errno != ENOENT && errno != EBUSY)
			log_warn(cg->log, "rmdir %s: %s", scope, errno_text(errno));
	}
}

/* The processes have ended, so systemd removes the unit by itself, sooner or later; without it the
 * directories go all the same. */
static int destroy(struct cgroup *cg, struct err *e)
{
	const struct plan_unit *unit = &cg->at->unit;
	struct sd_call c = { .verb = SD_STOP, .user = unit->user, .unit = unit };
	struct err silent;
	uid_t outside;
	/* A bus that was not there for prepare() is not waited for a second time. */
	bool unasked = cg->later && !cg->bus && !sd_call_is_foreign(unit->user, &outside);

	sd_bus_free(cg->bus); /* it has spent its time on the creation */
	cg->bus = NULL;
	if (!unasked && sd_call(&cg->bus, &c, &silent) < 0)
		log_warn(cg->log, "%s; removing the cgroup without systemd", silent.text);
	sd_bus_free(cg->bus);
	cg->bus = NULL;
	int r = cg_remove_dirs(cg, e);
	remove_scope_dirs(cg);
	return r;
}

int systemd_enter(const struct cgroup *cg, const char *sub, pid_t pid, struct err *e)
{
	autodone(strbuf) struct strbuf below = STRBUF_INIT;
	const char *own = cg->at->unit.sub;
	struct sd_bus *bus = NULL;

	strbuf_addf(&below, "%s%s%s", own ? own : "", own && sub ? "/" : "", sub ? sub : "");
	struct sd_call c = { .verb = SD_ATTACH,
			     .user = cg->at->unit.user,
			     .unit = &cg->at->unit,
			     .sub = below.len ? strbuf_str(&below) : NULL,
			     .pid = pid };
	int r = sd_call(&bus, &c, e);
	sd_bus_free(bus);
	return r;
}

const struct cgroup_driver cgroup_driver_systemd = {
	.name = "systemd",
	.prepare = prepare,
	.attach = attach,
	.update = update,
	.destroy = destroy,
};
