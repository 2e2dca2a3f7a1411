/* SPDX-License-Identifier: Apache-2.0 */
/* What the caller may: limits of the kernel on users, subordinate ids and their helpers. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/passwd.h"
#include "check/parts.h"
#include "init/idmap.h"
#include "plan/namespaces.h"

#define AREA	   "users"
#define FEW_FILES  64 /* an execution needs some twenty */
#define FEW_SUBIDS 65536
#define SUBIDS_ADVICE                                                                              \
	"`usermod --add-subuids 100000-165535 --add-subgids 100000-165535 NAME`, as root"

const char *user_name(struct arena *a, uid_t uid)
{
	autodone(strbuf) struct strbuf passwd = STRBUF_INIT;
	struct err ignored;
	size_t n = 0;

	if (file_read_at(AT_FDCWD, "/etc/passwd", 0, &passwd, &ignored) < 0)
		return NULL;
	const char *name = passwd_find(strbuf_str(&passwd), uid, PASSWD_NAME, &n);
	return name && n ? arena_strndup(a, name, n) : NULL;
}

/* --- subordinate ids: subuid(5) ------------------------------------------------------- */

struct range {
	uint64_t first, size;
};

/* A number that ends at one of @ends. */
static bool number(const char **at, char end, uint64_t *ret)
{
	char digits[16];
	size_t n = strspn(*at, "0123456789");

	if (n == 0 || n >= sizeof(digits))
		return false;
	memcpy(digits, *at, n);
	digits[n] = '\0';
	*at += n;
	if (**at != end && !(end == '\n' && **at == '\0'))
		return false;
	*at += **at != '\0';
	return str_to_u64(digits, (uint64_t)UINT32_MAX + 1, ret) == 0;
}

/* "NAME:FIRST:SIZE" or "UID:FIRST:SIZE". Moves on to the next line. */
static bool next_range(const char **text, const char *user, uid_t uid, struct range *ret)
{
	char digits[16];
	const char *line = *text;
	size_t n = strcspn(line, ":\n"), all = strcspn(line, "\n");

	(void)snprintf(digits, sizeof(digits), "%u", uid);
	*text = line + all + (line[all] == '\n');
	bool is_mine = (user && strlen(user) == n && strncmp(line, user, n) == 0) ||
		       (strlen(digits) == n && strncmp(line, digits, n) == 0);
	if (!is_mine || line[n] != ':')
		return false;
	line += n + 1;
	return number(&line, ':', &ret->first) && number(&line, '\n', &ret->size);
}

/* How many ids from @first on one line gives; the longest. */
static uint64_t given_from(const char *text, const char *user, uid_t uid, uint64_t first)
{
	uint64_t most = 0;
	struct range r;

	while (*text) {
		if (!next_range(&text, user, uid, &r) || first < r.first ||
		    first - r.first >= r.size)
			continue;
		uint64_t left = r.size - (first - r.first);
		most = left > most ? left : most;
	}
	return most;
}

bool subids_cover(const char *text, const char *user, uid_t uid, uint32_t first, uint32_t size)
{
	uint64_t at = first, end = at + size;

	while (at < end) {
		uint64_t n = given_from(text, user, uid, at);

		if (n == 0)
			return false;
		at += n;
	}
	return true;
}

uint64_t subids_count(const char *text, const char *user, uid_t uid)
{
	uint64_t sum = 0;
	struct range r;

	while (*text)
		if (next_range(&text, user, uid, &r))
			sum += r.size;
	return sum;
}

static void check_subids(const struct check_area *to, const char *file, const char *name, uid_t uid)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;
	const char *user = user_name(&to->report->arena, uid);
	struct err e;
	int r = file_read_at(AT_FDCWD, file, 0, &text, &e);

	if (r < 0 && r != -ENOENT) {
		check_error(to, name, &e);
		return;
	}
	uint64_t n = subids_count(strbuf_str(&text), user, uid);
	if (n >= FEW_SUBIDS)
		check_pass(to, name, "%s gives %llu ids to this user", file, (unsigned long long)n);
	else
		check_warning(to, name, SUBIDS_ADVICE,
			      "%s gives %llu ids to this user: images with more users than that "
			      "cannot be run",
			      file, (unsigned long long)n);
}

static void check_idmap_helper(const struct check_area *to, bool of_groups)
{
	const char *name = of_groups ? "newgidmap" : "newuidmap";
	const char *path = idmap_helper(of_groups);
	const char *advice = "install the package uidmap; without it a container has one user";
	struct stat st;

	if (!path)
		check_warning(to, name, advice, "%s is not installed", name);
	else if (stat(path, &st) == 0 && !(st.st_mode & S_ISUID) &&
		 getxattr(path, "security.capability", NULL, 0) <= 0)
		check_warning(to, name, "reinstall the package uidmap",
			      "%s has neither the set-user-ID bit nor capabilities", path);
	else
		check_pass(to, name, "%s", path);
}

/* --- limits ----------------------------------------------------------------------------- */

static void check_sysctl(const struct check_area *to, const char *name, const char *path, char bad,
			 const char *advice)
{
	char text[32] = "";
	struct err ignored;

	/* A kernel without it does not restrict. */
	if (file_read_once_at(AT_FDCWD, path, text, sizeof(text), &ignored) < 0)
		return;
	text[strcspn(text, "\n")] = '\0';
	if (text[0] == bad && !text[1])
		check_warning(to, name, advice, "%s is %s", path, text);
	else
		check_pass(to, name, "%s is %s", path, text);
}

/* max_user_namespaces and its like, of this user namespace. */
static void check_max(const struct check_area *to)
{
	uint64_t least = UINT64_MAX;
	struct err ignored;
	bool bad = false;

	for (int k = 0; k < NS_COUNT; k++) {
		char path[64], text[32] = "";
		const char *name = k == NS_MOUNT ? "mnt" : ns_types[k].proc_name;
		uint64_t v;

		(void)snprintf(path, sizeof(path), "/proc/sys/user/max_%s_namespaces", name);
		if (file_read_once_at(AT_FDCWD, path, text, sizeof(text), &ignored) < 0)
			continue;
		text[strcspn(text, "\n")] = '\0';
		if (str_to_u64(text, UINT64_MAX, &v) < 0)
			continue;
		least = v < least ? v : least;
		if (v > 0)
			continue;
		bad = true;
		check_warning(to, "max_namespaces",
			      arena_printf(&to->report->arena,
					   "`sysctl user.max_%s_namespaces=N` "
					   "allows them",
					   name),
			      "%s is 0", path);
	}
	if (!bad && least != UINT64_MAX)
		check_pass(to, "max_namespaces", "%llu or more namespaces of each kind",
			   (unsigned long long)least);
}

static void check_files(const struct check_area *to)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) < 0)
		return;
	if (l.rlim_cur < FEW_FILES)
		check_warning(to, "open_files", "raise it: `ulimit -n`",
			      "this process may have %llu files open",
			      (unsigned long long)l.rlim_cur);
	else
		check_pass(to, "open_files", "%llu files may be open",
			   (unsigned long long)l.rlim_cur);
}

void check_users(const struct host_facts *f, struct check_report *ret)
{
	const struct check_area to = { ret, AREA };

	check_max(&to);
	check_files(&to);
	if (f->euid == 0 && !f->in_userns)
		return;
	check_sysctl(&to, "unprivileged_userns_clone", "/proc/sys/kernel/unprivileged_userns_clone",
		     '0', "`sysctl kernel.unprivileged_userns_clone=1` allows user namespaces");
	check_sysctl(&to, "apparmor_restrict_unprivileged_userns",
		     "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", '1',
		     "only programs with a profile of AppArmor may make user namespaces");
	if (f->euid == 0)
		return; /* in a user namespace: who made it has given the ids */
	check_subids(&to, "/etc/subuid", "subuid", f->euid);
	check_subids(&to, "/etc/subgid", "subgid", f->euid);
	check_idmap_helper(&to, false);
	check_idmap_helper(&to, true);
}
