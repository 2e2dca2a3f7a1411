/* SPDX-License-Identifier: Apache-2.0 */
/* The host's control groups: layout, controllers, the right to use them, systemd. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "cgroups/cgroup.h"
#include "check/parts.h"

#define AREA	    "cgroups"
#define CONTROLLERS 4096
#define NOT_DELEGATED                                                                               \
	"containers without limits and linux.cgroupsPath run all the same; for others run below a " \
	"scope of your own: `systemd-run --user --scope -p Delegate=yes`"

static const struct {
	const char *name, *name_v1; /* the same on v1; NULL: it has none there */
	const char *used_by;
} controllers[] = {
	{ "memory", "memory", "linux.resources.memory" },
	{ "cpu", "cpu", "linux.resources.cpu" },
	{ "cpuset", "cpuset", "linux.resources.cpu.cpus and .mems" },
	{ "pids", "pids", "linux.resources.pids" },
	{ "io", "blkio", "linux.resources.blockIO" },
	{ "", "devices", "the rules for devices" },
	{ "", "freezer", "`pause`" },
};

static const char *mode_name(enum cgroup_mode mode)
{
	static const char *const names[] = { "none", "v1", "hybrid", "v2" };

	return names[mode];
}

/* The caller's own directory in a hierarchy. */
static const char *own_dir(struct arena *a, const struct cgroup_hierarchy *h)
{
	return arena_printf(a, "%s%s", h->mount, str_eq(h->own_path, "/") ? "" : h->own_path);
}

/* In the words of cgroup.controllers: "cpu io memory\n". */
static void read_controllers(struct arena *a, const char *dir, struct strbuf *out)
{
	char text[CONTROLLERS] = "";
	struct err ignored;
	const char *path = arena_printf(a, "%s/cgroup.controllers", dir);

	if (file_read_once_at(AT_FDCWD, path, text, sizeof(text), &ignored) < 0)
		return; /* the finding is that none of them is there */
	strbuf_adds(out, " ");
	strbuf_add(out, text, strcspn(text, "\n"));
	strbuf_adds(out, " ");
}

static bool has_word(const char *words, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = words; n > 0 && (at = strstr(at, word)); at += n)
		if (at > words && at[-1] == ' ' && at[n] == ' ')
			return true;
	return false;
}

/* Containers of root go below the root of a hierarchy, those of others below their own cgroup. */
static void check_controllers(const struct check_area *to, const struct host_facts *f,
			      bool rootless)
{
	autodone(strbuf) struct strbuf v1 = STRBUF_INIT, v2 = STRBUF_INIT, has = STRBUF_INIT;
	struct arena *a = &to->report->arena;

	for (size_t i = 0; i < f->n_hierarchies; i++) {
		const struct cgroup_hierarchy *h = &f->hierarchies[i];

		if (h->is_v2)
			read_controllers(a, rootless ? own_dir(a, h) : h->mount, &v2);
		else
			strbuf_addf(&v1, " %s ", h->name);
	}
	for (char *p = v1.data; p && *p; p++)
		if (*p == ',')
			*p = ' ';
	for (size_t i = 0; i < ARRAY_SIZE(controllers); i++) {
		bool v2_only = f->cgroup_mode == CGROUP_V2;
		const char *name = v2_only ? controllers[i].name : controllers[i].name_v1;

		if (!*name)
			continue;
		if (has_word(strbuf_str(&v1), name) ||
		    has_word(strbuf_str(&v2), controllers[i].name))
			strbuf_addf(&has, " %s", name);
		else
			check_warning(
				to, name,
				v2_only ? "enable it in cgroup.subtree_control of the cgroups "
					  "above, or leave those limits out"
					: "mount its hierarchy below /sys/fs/cgroup, or leave "
					  "those limits out",
				"the controller %s is not here: %s cannot be had", name,
				controllers[i].used_by);
	}
	if (has.len)
		check_pass(to, "controllers", "controllers:%s", has.data);
}

static void check_readonly(const struct check_area *to, const struct host_facts *f)
{
	for (size_t i = 0; i < f->n_hierarchies; i++) {
		struct statvfs fs;

		if (statvfs(f->hierarchies[i].mount, &fs) < 0 || !(fs.f_flag & ST_RDONLY))
			continue;
		check_failure(to, "writable",
			      "a container that runs containers needs its cgroups writable",
			      "%s is mounted read-only", f->hierarchies[i].mount);
		return;
	}
	check_pass(to, "writable", "cgroups can be made");
}

/* Not by the first error of creating one: nothing is to be made here. */
static bool may_make_below(const char *dir)
{
	autoclose int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd >= 0 && faccessat(fd, ".", W_OK, AT_EACCESS) == 0 &&
	       faccessat(fd, "cgroup.procs", W_OK, AT_EACCESS) == 0;
}

static void check_delegation(const struct check_area *to, const struct host_facts *f)
{
	for (size_t i = 0; i < f->n_hierarchies; i++) {
		const struct cgroup_hierarchy *h = &f->hierarchies[i];
		const char *dir = own_dir(&to->report->arena, h);

		if (!h->is_v2 || !may_make_below(dir))
			continue;
		check_pass(to, "delegation", "%s is delegated to this user", dir);
		return;
	}
	check_warning(to, "delegation", NOT_DELEGATED, "no cgroup is delegated to this user");
}

/* A directory that is not the root has the file, since Linux 5.14. */
static void check_kill(const struct check_area *to)
{
	unsigned int major = 0, minor = 0;
	struct utsname u;

	if (uname(&u) == 0 && kernel_release_parse(u.release, &major, &minor) == 0 &&
	    (major > 5 || (major == 5 && minor >= 14)))
		check_pass(to, "kill", "a whole cgroup can be killed at once (cgroup.kill)");
	else
		check_warning(to, "kill",
			      "it came with Linux 5.14; processes are then killed one "
			      "by one while they are frozen",
			      "this kernel has no cgroup.kill");
}

static void check_systemd(const struct check_area *to, const struct request *req,
			  const struct host_facts *f)
{
	bool is_user = request_is_rootless(req, f);
	struct err e;

	if (!req->systemd_cgroup && access("/run/systemd/system", F_OK) < 0) {
		check_pass(to, "systemd",
			   "systemd does not run here: --systemd-cgroup cannot be used");
		return;
	}
	int r = cgroup_ask_systemd(is_user, &e);
	if (r == 0)
		check_pass(to, "systemd", "systemd's %s manager answers",
			   is_user ? "user" : "system");
	else if (req->systemd_cgroup)
		check_failure(to, "systemd", "start its bus, or leave --systemd-cgroup out", "%s",
			      e.text);
	else
		check_warning(to, "systemd", "--systemd-cgroup cannot be used", "%s", e.text);
}

void check_cgroups(const struct request *req, const struct host_facts *f, struct check_report *ret)
{
	const struct check_area to = { ret, AREA };
	bool rootless = request_is_rootless(req, f);

	if (req->no_cgroup) {
		check_pass(&to, "layout", "not used: --cgroup-manager=disabled");
		return;
	}
	if (f->cgroup_mode == CGROUP_NONE && rootless) {
		check_warning(&to, "layout", "limits are refused",
			      "no cgroup hierarchy is mounted");
		return;
	}
	if (f->cgroup_mode == CGROUP_NONE) {
		check_failure(&to, "layout",
			      "mount one: `mount -t cgroup2 none /sys/fs/cgroup`; without any, "
			      "--cgroup-manager=disabled",
			      "no cgroup hierarchy is mounted");
		return;
	}
	check_pass(&to, "layout", "%s, %zu %s mounted", mode_name(f->cgroup_mode), f->n_hierarchies,
		   f->n_hierarchies == 1 ? "hierarchy" : "hierarchies");
	check_controllers(&to, f, rootless);
	if (rootless)
		check_delegation(&to, f);
	else
		check_readonly(&to, f);
	if (f->cgroup_mode != CGROUP_V1)
		check_kill(&to);
	check_systemd(&to, req, f);
}
