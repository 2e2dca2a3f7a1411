/* SPDX-License-Identifier: Apache-2.0 */
/* The driver that makes directories itself: v1, hybrid and v2. */
#include <fcntl.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "cgroups/driver.h"
#include "cgroups/fs.h"

#define DESTROY_TIMEOUT_MS 2000

static int fs_prepare(struct cgroup *cg, const struct spec_resources *res, struct err *e)
{
	for (size_t i = 0; i < cg->at->n_dirs; i++) {
		const struct plan_cgroup_dir *dir = &cg->at->dirs[i];
		bool made;
		int r = dir->is_v2 ? fs2_prepare(cg, dir, res, e) : fs1_prepare(dir, &made, e);

		if (r < 0 && !cg_may_lack(cg, r))
			return r;
		if (r < 0)
			log_debug(cg->log, "going on without a cgroup: %s", e->text);
	}
	return cg->at->has_owner ? fs2_delegate(cg, e) : 0;
}

int cg_attach_explain(const struct plan_cgroup_dir *dir, struct err *e)
{
	if (e->code == EBUSY && dir->is_v2)
		return err_append(
			e,
			"controllers are enabled for the cgroups below it, so that it takes no processes itself");
	if (e->code == EOPNOTSUPP)
		return err_append(
			e, "the cgroup is threaded or has an invalid type: see its cgroup.type");
	if (e->code == ENOSPC)
		return err_append(e, "its cpuset.cpus or cpuset.mems is empty");
	return -e->code;
}

int cg_attach_one(const struct plan_cgroup_dir *dir, const char *pid, struct err *e)
{
	autoclose int fd = cg_open(dir, e);

	if (fd < 0)
		return fd;
	int r = cg_write(fd, "cgroup.procs", pid);
	if (r == 0)
		return 0;
	errno = -r;
	(void)err_errno(e, "failed to write %s: write %s/cgroup.procs", pid, dir->path);
	return cg_attach_explain(dir, e);
}

static int fs_attach(struct cgroup *cg, pid_t pid, bool skip_v2, struct err *e)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%d", pid);
	for (size_t i = 0; i < cg->at->n_dirs; i++) {
		const struct plan_cgroup_dir *dir = &cg->at->dirs[i];
		if (dir->is_v2 && skip_v2)
			continue;
		int r = cg_attach_one(dir, text, e);

		cg->joined |= r == 0;
		if (r < 0 && !cg_may_lack(cg, r))
			return r;
		if (r < 0)
			log_debug(cg->log, "going on without a cgroup: %s", e->text);
	}
	return 0;
}

/* What is still busy is tried again with everything around it: it may have new children. */
static int remove_below(void *arg, int above_fd, const char *name, struct err *e)
{
	(void)arg;
	if (unlinkat(above_fd, name, AT_REMOVEDIR) == 0 || errno == ENOENT || errno == EBUSY ||
	    errno == ENOTEMPTY)
		return 0;
	return err_errno(e, "rmdir cgroup %s", name);
}

static int remove_once(const struct plan_cgroup_dir *dir, struct err *e)
{
	const char *name;
	autoclose int fd = cg_open(dir, e);

	if (fd < 0)
		return cg_is_gone(fd) ? 0 : fd;
	int r = cg_walk(fd, &(struct cg_walker){ NULL, remove_below, NULL }, e);
	if (r < 0)
		return err_ctx(e, "%s", dir->path);
	autoclose int above = cg_open_parent(dir, &name, e);
	if (above < 0)
		return cg_is_gone(above) ? 0 : above;
	if (unlinkat(above, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	return err_errno(e, "rmdir %s", dir->path);
}

static int remove_dir(const struct plan_cgroup_dir *dir, int64_t deadline, struct err *e)
{
	for (int64_t pause = 1;; pause *= 2) {
		int r = remove_once(dir, e);

		if (r != -EBUSY && r != -ENOTEMPTY)
			return r;
		int64_t left = deadline - clock_ms();
		if (left <= 0)
			return r;
		cg_sleep_ms(pause < left ? pause : left);
	}
}

int cg_remove_dirs(struct cgroup *cg, struct err *e)
{
	int64_t deadline = clock_ms() + DESTROY_TIMEOUT_MS;
	int result = 0;

	cleanup_close_p(&cg->v2_fd);
	cg->v2_fd = -1;
	for (size_t i = 0; i < cg->at->n_dirs; i++) {
		struct err later; /* the first error is told, the others removed all the same */
		int r = remove_dir(&cg->at->dirs[i], deadline, result ? &later : e);

		if (!result)
			result = r;
	}
	return result;
}

const struct cgroup_driver cgroup_driver_fs = {
	.name = "fs",
	.prepare = fs_prepare,
	.attach = fs_attach,
	.destroy = cg_remove_dirs,
};
