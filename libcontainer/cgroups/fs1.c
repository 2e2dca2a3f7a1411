/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "cgroups/devices.h"
#include "cgroups/fs.h"
#include "cgroups/settings.h"

/* A new cpuset is empty, and one that is empty takes no process: it gets its parent's. */
static int fill_from_parent(int parent_fd, int fd, const char *file, const char *path,
			    struct err *e)
{
	autodone(strbuf) struct strbuf own = STRBUF_INIT, parents = STRBUF_INIT;
	int r = cg_read(fd, file, &own);

	if (r == 0 && own.len > 1)
		return 0;
	if (r == 0)
		r = cg_read(parent_fd, file, &parents);
	/* Twenty creates at once write the same value here; none can see an empty parent. */
	if (r == 0)
		r = cg_write(fd, file, strbuf_str(&parents));
	if (r < 0) {
		errno = -r;
		return err_errno(e, "copy %s/%s from the cgroup above", path, file);
	}
	return 0;
}

static int fill_cpuset(int parent_fd, int fd, const char *path, struct err *e)
{
	int r = fill_from_parent(parent_fd, fd, "cpuset.cpus", path, e);

	return r < 0 ? r : fill_from_parent(parent_fd, fd, "cpuset.mems", path, e);
}

int fs1_prepare(const struct plan_cgroup_dir *dir, bool *made, struct err *e)
{
	struct cg_maker m = { .each = cg_name_has(dir->name, "cpuset") ? fill_cpuset : NULL };

	autoclose int fd = cg_make(dir, &m, made, e);
	return fd < 0 ? fd : 0;
}

static int write_line(int fd, const struct plan_cgroup_dir *dir, const struct dev_line *l,
		      struct err *e)
{
	const char *file = l->allow ? "devices.allow" : "devices.deny";
	int r = cg_write(fd, file, l->text);

	if (r == 0)
		return 0;
	errno = -r;
	(void)err_errno(e, "linux.resources.devices: write \"%s\" to %s/%s", l->text, dir->path,
			file);
	if (r == -EPERM && l->allow)
		return err_append(e, "the cgroup above does not have this access itself");
	return r;
}

int fs1_devices(const struct cgroup *cg, const struct plan_cgroup_dir *dir,
		const struct spec_resources *res, struct err *e)
{
	autodone(dev_rules) struct dev_rules rules = { 0 };
	autodone(strbuf) struct strbuf current = STRBUF_INIT;
	autodone(arena) struct arena a = ARENA_INIT;
	struct dev_lines lines = { 0 };

	autoclose int fd = cg_open(dir, e);
	if (fd == -ENOENT && cg->at->rootless)
		return 0;
	if (fd < 0)
		return fd;
	int r = dev_rules_build(res, &rules, e);
	if (r < 0)
		return r;
	r = cg_read(fd, "devices.list", &current);
	if (r < 0) {
		errno = -r;
		return err_errno(e, "read %s/devices.list", dir->path);
	}
	r = dev_rules_v1(&rules, strbuf_str(&current), &a, &lines, e);
	for (size_t i = 0; r == 0 && i < lines.n; i++)
		r = write_line(fd, dir, &lines.v[i], e);
	return r;
}
