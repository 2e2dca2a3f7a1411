/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/hostfacts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"

#define STATUS_MAX 4096
#define CGROUP_MAX 8192 /* a dozen hierarchies with long paths */

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

/* The second number behind "\nNAME:\t": the effective id of four. */
static bool status_id(const char *status, const char *name, uint32_t *ret)
{
	const char *at = strstr(status, name);
	char digits[16];

	at = at ? strchr(at + strlen(name), '\t') : NULL;
	size_t n = at ? strspn(at + 1, "0123456789") : 0;
	if (n == 0 || n >= sizeof(digits))
		return false;
	memcpy(digits, at + 1, n);
	digits[n] = '\0';
	return str_to_u32(digits, ret) == 0;
}

/* The kernel's own word: reading one that it does not know fails. Linux 5.9 to 6.18 know 40. */
static int last_cap(uint64_t bounding)
{
	int cap = 40;

	while (cap < 63 && prctl(PR_CAPBSET_READ, cap + 1, 0, 0, 0) >= 0)
		cap++;
	while (cap > 0 && !(bounding >> cap & 1) && prctl(PR_CAPBSET_READ, cap, 0, 0, 0) < 0)
		cap--;
	return cap;
}

static int probe_status(struct host_facts *f, struct err *e)
{
	char status[STATUS_MAX];

	int r = file_read_once_at(AT_FDCWD, "/proc/self/status", status, sizeof(status), e);
	if (r < 0)
		return r;
	f->caps_effective = status_hex(status, "\nCapEff:\t");
	f->caps_bounding = status_hex(status, "\nCapBnd:\t");
	f->signals_ignored = status_hex(status, "\nSigIgn:\t");
	f->cap_last = last_cap(f->caps_bounding);
	if (!status_id(status, "\nUid:\t", &f->euid) || !status_id(status, "\nGid:\t", &f->egid))
		return err_set(e, EPROTO, "/proc/self/status: no Uid or Gid");
	return 0;
}

/* The initial user namespace has a number of its own: PROC_USER_INIT_INO, linux/proc_ns.h. */
static bool probe_userns(void)
{
	char link[64];
	ssize_t n = readlink("/proc/self/ns/user", link, sizeof(link) - 1);

	if (n < 0)
		return false; /* a kernel without user namespaces */
	link[n] = '\0';
	return !str_eq(link, "user:[4026531837]");
}

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static bool probe_apparmor(void)
{
	autodone(strbuf) struct strbuf enabled = STRBUF_INIT;
	struct err e;

	/* No small limit: a file of sysfs claims to be a page long. */
	return file_read_at(AT_FDCWD, "/sys/module/apparmor/parameters/enabled", 0, &enabled, &e) ==
		       0 &&
	       strbuf_str(&enabled)[0] == 'Y';
}

int host_facts_probe_process(struct host_facts *f, bool labels, struct err *e)
{
	if (labels) {
		f->has_apparmor = probe_apparmor();
		f->has_selinux = exists("/sys/fs/selinux/status");
	}
	int r = probe_status(f, e);
	return r < 0 ? err_ctx(e, "probe capabilities") : 0;
}

/* proc_pid_mountinfo(5): the mount point is field 5; the type follows " - ". */
const char *resctrl_find(struct arena *a, const char *mountinfo)
{
	const char *type = strstr(mountinfo, " - resctrl ");
	const char *line = type;

	while (line && line > mountinfo && line[-1] != '\n')
		line--;
	for (int i = 0; line && i < 4; i++) {
		line = strchr(line, ' ');
		line = line ? line + 1 : NULL;
	}
	return line && line < type ? arena_strndup(a, line, strcspn(line, " ")) : NULL;
}

int host_facts_find_resctrl(struct arena *a, const char **ret, struct err *e)
{
	autodone(strbuf) struct strbuf mountinfo = STRBUF_INIT;
	int r = file_read_at(AT_FDCWD, "/proc/self/mountinfo", (size_t)256 << 20, &mountinfo, e);

	if (r < 0)
		return err_ctx(e, "find resctrl");
	*ret = resctrl_find(a, strbuf_str(&mountinfo));
	return 0;
}

/*
 * The root of a cgroup file system has inode 1; in a container or a cgroup namespace another
 * directory may be mounted here, and which one only mountinfo says.
 */
static bool is_whole_v2(void)
{
	struct statfs fs;
	struct stat st;

	return statfs(CGROUP_MOUNT, &fs) == 0 && (unsigned long)fs.f_type == CGROUP2_SUPER_MAGIC &&
	       stat(CGROUP_MOUNT, &st) == 0 && st.st_ino == 1;
}

/* mountinfo grows with every container of the host: it is read only where it must be. */
static int probe_cgroups(struct host_facts *f, struct err *e)
{
	autodone(strbuf) struct strbuf mountinfo = STRBUF_INIT;
	char cgroup[CGROUP_MAX] = "";

	int r = file_read_once_at(AT_FDCWD, "/proc/self/cgroup", cgroup, sizeof(cgroup), e);
	if (r < 0 && r != -ENOENT)
		return err_ctx(e, "find cgroups");
	if (is_whole_v2())
		return cgroup_layout_v2(cgroup, f, e);
	r = file_read_at(AT_FDCWD, "/proc/self/mountinfo", (size_t)256 << 20, &mountinfo, e);
	if (r < 0)
		return err_ctx(e, "find cgroups");
	return cgroup_layout_parse(strbuf_str(&mountinfo), cgroup, f, e);
}

int host_facts_find_systemd_v1(struct host_facts *f, struct err *e)
{
	autodone(strbuf) struct strbuf mountinfo = STRBUF_INIT;
	char cgroup[CGROUP_MAX] = "";

	if (f->cgroup_mode != CGROUP_V2)
		return 0;
	int r = file_read_once_at(AT_FDCWD, "/proc/self/cgroup", cgroup, sizeof(cgroup), e);
	if (r >= 0)
		r = file_read_at(AT_FDCWD, "/proc/self/mountinfo", (size_t)256 << 20, &mountinfo,
				 e);
	if (r < 0)
		return err_ctx(e, "find the hierarchy " CGROUP_SYSTEMD_V1);
	return cgroup_layout_add_systemd(strbuf_str(&mountinfo), cgroup, f, e);
}

int host_facts_probe(struct host_facts *f, bool labels, struct err *e)
{
	const char *user = getenv("USER");

	f->user = user ? arena_strdup(&f->arena, user) : NULL;
	f->in_userns = probe_userns();
	int r = host_facts_probe_process(f, labels, e);
	return r < 0 ? r : probe_cgroups(f, e);
}

void host_facts_done(struct host_facts *f)
{
	arena_done(&f->arena);
}
