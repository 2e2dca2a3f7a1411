/* SPDX-License-Identifier: Apache-2.0 */
/* What setting the limits would run into, by looking at the cgroups that are there already. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cgroups/cgroup.h"
#include "cgroups/devices.h"
#include "cgroups/fs.h"
#include "cgroups/settings.h"
#include "cgroups/stats.h"

struct foresight {
	const struct plan_cgroup *at;
	struct arena *arena;
	void (*tell)(void *arg, bool fatal, const char *text);
	void *arg;
};

/* "/sys/fs/cgroup/a" of "/sys/fs/cgroup/a/b"; false at the mount itself. */
static bool go_up(const struct plan_cgroup_dir *dir, char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash || strlen(path) <= strlen(dir->mount))
		return false;
	*slash = '\0';
	return true;
}

/* The container's directory, when there is one, else the next above that exists. */
static char *nearest(const struct foresight *f, const struct plan_cgroup_dir *dir)
{
	char *path = arena_strdup(f->arena, dir->path);

	while (access(path, F_OK) < 0 && go_up(dir, path))
		;
	return path;
}

static bool read_in(const char *dir, const char *file, struct strbuf *out)
{
	autoclose int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd >= 0 && cg_read(fd, file, out) == 0;
}

static bool has_controller(const char *dir, const char *name)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;

	return read_in(dir, "cgroup.controllers", &text) && cg_has_word(strbuf_str(&text), name);
}

/* "max" and what is no number: no limit. */
static uint64_t limit_in(const char *dir, const char *file)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;
	uint64_t v = 0;

	if (!read_in(dir, file, &text))
		return UINT64_MAX;
	if (text.len)
		text.data[strcspn(text.data, "\n")] = '\0';
	return str_to_u64(strbuf_str(&text), UINT64_MAX, &v) == 0 ? v : UINT64_MAX;
}

/* Files with one number that bounds all below. */
static bool is_bound(const char *file)
{
	return str_eq(file, "memory.max") || str_eq(file, "memory.limit_in_bytes") ||
	       str_eq(file, "pids.max");
}

static bool is_among(uint64_t one, struct cg_u64s all)
{
	for (size_t i = 0; i < all.n; i++)
		if (all.v[i] == one)
			return true;
	return false;
}

/* v1 refuses what the cgroup above has not; on v2 what both have counts. */
static void compare_cpuset(const struct foresight *f, const struct plan_cgroup_dir *dir,
			   const struct cg_setting *s)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;
	const char *file = s->v2 ? arena_printf(f->arena, "%s.effective", s->file) : s->file;
	char *path = arena_strdup(f->arena, dir->path);

	/* A directory that is made gets the list of the one above it. */
	while (go_up(dir, path) && access(path, F_OK) < 0)
		;
	if (!read_in(path, file, &text))
		return;
	if (text.len)
		text.data[strcspn(text.data, "\n")] = '\0';
	struct cg_u64s above = cg_parse_cpus(strbuf_str(&text), f->arena);
	struct cg_u64s own = cg_parse_cpus(s->value, f->arena);
	for (size_t i = 0; i < own.n; i++) {
		if (is_among(own.v[i], above))
			continue;
		f->tell(f->arg, !s->v2,
			arena_printf(f->arena, "%s is %s, but %s/%s above it is %s", s->json,
				     s->value, path, file, strbuf_str(&text)));
		return;
	}
}

static void compare_above(const struct foresight *f, const struct plan_cgroup_dir *dir,
			  const struct cg_setting *s)
{
	char *path = arena_strdup(f->arena, dir->path);
	uint64_t own;

	if (!is_bound(s->file) || str_to_u64(s->value, UINT64_MAX, &own) < 0)
		return;
	while (go_up(dir, path)) {
		uint64_t above = limit_in(path, s->file);

		if (above >= own)
			continue;
		f->tell(f->arg, false,
			arena_printf(f->arena, "%s is %s, but %s/%s above it is %llu", s->json,
				     s->value, path, s->file, (unsigned long long)above));
		return;
	}
}

/* The root of a hierarchy lacks files that those below it have: one of them is looked at instead. */
static const char *example(const struct foresight *f, const struct plan_cgroup_dir *dir,
			   const char *near, const struct cg_setting *s)
{
	struct dirent *d;

	if (!str_eq(near, dir->mount))
		return near;
	DIR *list = opendir(near);
	const char *found = NULL;
	while (list && !found && (d = readdir(list))) {
		if (d->d_type != DT_DIR || d->d_name[0] == '.')
			continue;
		const char *path = arena_printf(f->arena, "%s/%s", near, d->d_name);
		found = !s->v2 || has_controller(path, s->controller) ? path : NULL;
	}
	if (list)
		(void)closedir(list);
	return found;
}

static bool is_lacking(const char *dir, const struct cg_setting *s)
{
	autoclose int fd = dir ? open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;

	if (fd < 0 || (s->flags & (SETTING_MAY_LACK | SETTING_OR_NEXT)))
		return false;
	return faccessat(fd, s->file, F_OK, 0) < 0 && errno == ENOENT;
}

/* "2MB" is hugepages-2048kB below /sys; true, too, where that cannot be told. */
static bool has_page_size(const char *size)
{
	static const char units[] = "KMGT";
	char digits[21], path[64];
	size_t n = strspn(size, "0123456789");
	const char *at = size[n] ? strchr(units, size[n]) : NULL;
	uint64_t kib;

	(void)snprintf(digits, sizeof(digits), "%.*s", (int)n, size);
	if (!at || str_to_u64(digits, UINT64_MAX, &kib) < 0 ||
	    access("/sys/kernel/mm/hugepages", F_OK) < 0)
		return true;
	kib <<= 10 * (at - units);
	(void)snprintf(path, sizeof(path), "/sys/kernel/mm/hugepages/hugepages-%" PRIu64 "kB", kib);
	return access(path, F_OK) == 0;
}

/* hugetlb.SIZE.max: no cgroup to look at need be there yet. */
static bool is_of_no_page_size(const struct foresight *f, const struct cg_setting *s)
{
	const char *size = str_after(s->file, "hugetlb.");

	if (!size || (s->flags & SETTING_MAY_LACK))
		return false;
	return !has_page_size(arena_printf(f->arena, "%.*s", (int)strcspn(size, "."), size));
}

static void foresee_one(const struct foresight *f, const struct cg_setting *s)
{
	const struct plan_cgroup_dir *dir = s->v2 ? cg_v2_dir(f->at)
						  : cg_dir_of(f->at, s->controller);
	const char *what = NULL;

	if (!dir) {
		f->tell(f->arg, true,
			arena_printf(f->arena, "%s: controller %s is not mounted", s->json,
				     s->controller));
		return;
	}
	const char *near = nearest(f, dir);
	const char *like = example(f, dir, near, s);
	bool has = !s->v2 || str_eq(s->controller, "cgroup") || has_controller(near, s->controller);
	/* What is off here but on at the mount is enabled on the way down. */
	if (!has && !has_controller(dir->mount, s->controller))
		what = arena_printf(f->arena, "%s: controller %s is not available in %s", s->json,
				    s->controller, dir->mount);
	else if (has && is_lacking(like, s))
		what = arena_printf(f->arena, "%s: this kernel has no %s in %s", s->json, s->file,
				    like);
	else if (is_of_no_page_size(f, s))
		what = arena_printf(f->arena, "%s: this kernel has no %s", s->json, s->file);
	if (what)
		f->tell(f->arg, true, what);
	else if (str_eq(s->controller, "cpuset"))
		compare_cpuset(f, dir, s);
	else
		compare_above(f, dir, s);
}

static bool is_about(const struct dev_rule *r, char type, uint32_t major, uint32_t minor)
{
	return r->type == type && (r->access & BPF_DEVCG_ACC_READ) &&
	       (r->major == DEV_ANY || r->major == major) &&
	       (r->minor == DEV_ANY || r->minor == minor);
}

bool cgroup_allows_device(const struct spec_resources *res, char type, uint32_t major,
			  uint32_t minor)
{
	autodone(dev_rules) struct dev_rules rules = { 0 };
	struct err ignored;

	if (dev_rules_build(res, &rules, &ignored) < 0)
		return false;
	bool allowed = rules.default_allow;
	for (size_t i = 0; i < rules.n; i++)
		if (is_about(&rules.v[i], type, major, minor))
			allowed = rules.v[i].allow;
	return allowed;
}

/* "c 1:3 rwm" of devices.list, and the same of devices.allow, where all is just "a". */
static bool covers(const char *above, const char *own)
{
	char type, acc[4], own_type, own_acc[4], n[2][12], own_n[2][12];

	if (str_eq(own, "a"))
		own = "a *:* rwm";
	if (sscanf(above, "%c %11[^:]:%11s %3s", &type, n[0], n[1], acc) != 4 ||
	    sscanf(own, "%c %11[^:]:%11s %3s", &own_type, own_n[0], own_n[1], own_acc) != 4)
		return false;
	for (size_t i = 0; i < 2; i++)
		if (!str_eq(n[i], "*") && !str_eq(n[i], own_n[i]))
			return false;
	return (type == 'a' || type == own_type) && strspn(own_acc, acc) == strlen(own_acc);
}

static bool is_listed(const char *list, const char *own)
{
	for (const char *line = list; *line; line += strcspn(line, "\n"), line += *line == '\n')
		if (covers(line, own))
			return true;
	return false;
}

/* v1 lets nobody allow what the cgroup above does not. On v2 the programs above are not to be read. */
static int foresee_devices(const struct foresight *f, const struct spec_resources *res,
			   struct err *e)
{
	autodone(strbuf) struct strbuf list = STRBUF_INIT;
	autodone(dev_rules) struct dev_rules rules = { 0 };
	const struct plan_cgroup_dir *dir = cg_dir_of(f->at, "devices");
	struct dev_lines lines = { 0 };

	if (!dir || f->at->in_userns || f->at->rootless)
		return 0;
	char *path = arena_strdup(f->arena, dir->path);
	while (go_up(dir, path) && access(path, F_OK) < 0)
		;
	int r = dev_rules_build(res, &rules, e);
	if (r == 0)
		r = dev_rules_v1(&rules, NULL, f->arena, &lines, e);
	if (r < 0 || !read_in(path, "devices.list", &list))
		return r;
	for (size_t i = 0; i < lines.n; i++)
		if (lines.v[i].allow && !is_listed(strbuf_str(&list), lines.v[i].text)) {
			f->tell(f->arg, true,
				arena_printf(f->arena,
					     "linux.resources.devices: %s is not allowed in %s",
					     lines.v[i].text, path));
			break;
		}
	return 0;
}

int cgroup_foresee(const struct plan_cgroup *at, const struct spec_resources *res, struct arena *a,
		   void (*tell)(void *arg, bool fatal, const char *text), void *arg, struct err *e)
{
	autodone(settings) struct cg_settings s = { .arena = ARENA_INIT };
	const struct foresight f = { at, a, tell, arg };

	if (!at->enabled)
		return 0;
	int r = settings_build(at, res, &s, e);
	if (r < 0)
		return r;
	for (size_t i = 0; i < s.warnings.n; i++)
		tell(arg, false, arena_strdup(a, s.warnings.v[i]));
	for (size_t i = 0; i < s.n; i++)
		foresee_one(&f, &s.v[i]);
	return foresee_devices(&f, res, e);
}
