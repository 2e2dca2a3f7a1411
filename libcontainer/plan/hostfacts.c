/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/hostfacts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "plan/namespaces.h"

/* The value of "NAME:\tHEX" in /proc/self/status. */
static uint64_t status_hex(const char *status, const char *name)
{
	const char *line = strstr(status, name);

	uint64_t v = 0;

	for (line = line ? line + strlen(name) : ""; *line; line++) {
		if (*line >= '0' && *line <= '9')
			v = v << 4 | (uint64_t)(*line - '0');
		else if (*line >= 'a' && *line <= 'f')
			v = v << 4 | (uint64_t)(*line - 'a' + 10);
		else
			break;
	}
	return v;
}

static int probe_caps(struct host_facts *f, struct err *e)
{
	autodone(strbuf) struct strbuf status = STRBUF_INIT, last = STRBUF_INIT;

	int r = file_read_at(AT_FDCWD, "/proc/self/status", 0, &status, e);
	if (r < 0)
		return r;
	f->caps_effective = status_hex(strbuf_str(&status), "\nCapEff:\t");
	f->caps_bounding = status_hex(strbuf_str(&status), "\nCapBnd:\t");
	f->signals_ignored = status_hex(strbuf_str(&status), "\nSigIgn:\t");

	f->cap_last = 40; /* CAP_CHECKPOINT_RESTORE, Linux 5.9: the oldest we run on has it */
	r = file_read_at(AT_FDCWD, "/proc/sys/kernel/cap_last_cap", 64, &last, e);
	if (r == 0 && last.len > 1) {
		uint64_t v;

		last.data[last.len - 1] = '\0';
		if (str_to_u64(last.data, 63, &v) == 0)
			f->cap_last = (int)v;
	}
	return 0;
}

/* The initial user namespace maps every id to itself: user_namespaces(7). */
static bool probe_userns(void)
{
	autodone(strbuf) struct strbuf map = STRBUF_INIT;
	unsigned int inside, outside, count;
	struct err e;

	if (file_read_at(AT_FDCWD, "/proc/self/uid_map", 0, &map, &e) < 0)
		return false; /* a kernel without user namespaces */
	if (sscanf(strbuf_str(&map), "%u %u %u", &inside, &outside, &count) != 3)
		return true;
	return !(inside == 0 && outside == 0 && count == UINT32_MAX);
}

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static bool probe_apparmor(void)
{
	autodone(strbuf) struct strbuf enabled = STRBUF_INIT;
	struct err e;

	return file_read_at(AT_FDCWD, "/sys/module/apparmor/parameters/enabled", 64, &enabled,
			    &e) == 0 &&
	       strbuf_str(&enabled)[0] == 'Y';
}

static void probe_namespaces(struct host_facts *f)
{
	for (int k = 0; k < NS_COUNT; k++) {
		char path[32];

		(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", ns_types[k].proc_name);
		f->has_ns[k] = exists(path);
	}
}

int host_facts_probe_process(struct host_facts *f, struct err *e)
{
	f->euid = geteuid();
	f->egid = getegid();
	f->has_apparmor = probe_apparmor();
	f->has_selinux = exists("/sys/fs/selinux/status");
	int r = probe_caps(f, e);
	return r < 0 ? err_ctx(e, "probe capabilities") : 0;
}

/*
 * The root of a cgroup file system has inode 1; in a container or a cgroup namespace another
 * directory may be mounted here, and which one only mountinfo says.
 */
static bool is_whole_v2(void)
{
	struct statfs fs;
	struct stat st;

	return statfs(CGROUP_MOUNT, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC &&
	       stat(CGROUP_MOUNT, &st) == 0 && st.st_ino == 1;
}

/* mountinfo grows with every container of the host: it is read only where it must be. */
static int probe_cgroups(struct host_facts *f, struct err *e)
{
	autodone(strbuf) struct strbuf mountinfo = STRBUF_INIT, cgroup = STRBUF_INIT;

	int r = file_read_at(AT_FDCWD, "/proc/self/cgroup", 0, &cgroup, e);
	if (r < 0 && r != -ENOENT)
		return err_ctx(e, "find cgroups");
	if (is_whole_v2())
		return cgroup_layout_v2(strbuf_str(&cgroup), f, e);
	r = file_read_at(AT_FDCWD, "/proc/self/mountinfo", (size_t)256 << 20, &mountinfo, e);
	if (r < 0)
		return err_ctx(e, "find cgroups");
	return cgroup_layout_parse(strbuf_str(&mountinfo), strbuf_str(&cgroup), f, e);
}

int host_facts_probe(struct host_facts *f, struct err *e)
{
	const char *user = getenv("USER");

	f->user = user ? arena_strdup(&f->arena, user) : NULL;
	f->in_userns = probe_userns();
	probe_namespaces(f);
	int r = host_facts_probe_process(f, e);
	return r < 0 ? r : probe_cgroups(f, e);
}

void host_facts_done(struct host_facts *f)
{
	arena_done(&f->arena);
}
