/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hint.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/str.h"

#define HINT_FILE_MAX 4096

static const struct hint table[] = {
	{ "", EMFILE, false, NULL, NULL,
	  "the limit of open files for this process is reached: see `ulimit -n`" },
	{ "", ENFILE, false, NULL, NULL,
	  "the limit of open files for the whole host is reached: see `sysctl fs.file-max`" },

	/* clone3(2): the kernel's own words mislead. */
	{ "clone3(2)", EPERM, true, "/proc/sys/kernel/unprivileged_userns_clone", "0",
	  "user namespaces are switched off for ordinary users: "
	  "`sysctl kernel.unprivileged_userns_clone=1` allows them" },
	{ "clone3(2)", EPERM, true, "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1",
	  "AppArmor lets only programs with a profile make user namespaces: see "
	  "`sysctl kernel.apparmor_restrict_unprivileged_userns`" },
	{ "clone3(2)", EPERM, false, NULL, NULL,
	  "new namespaces need CAP_SYS_ADMIN or a new user namespace" },
	{ "clone3(2)", ENOSPC, false, "/proc/sys/user/max_user_namespaces", "0\n",
	  "user namespaces are switched off: `sysctl user.max_user_namespaces` is 0" },
	{ "clone3(2)", ENOSPC, false, NULL, NULL,
	  "a limit of /proc/sys/user/max_*_namespaces is reached" },
	{ "clone3(2)", EAGAIN, false, NULL, NULL,
	  "a limit of processes is reached: RLIMIT_NPROC (`ulimit -u`) or pids.max of a cgroup" },

	{ "newuidmap failed", EPERM, false, NULL, NULL,
	  "the range must be in /etc/subuid for this user; `usermod --add-subuids` adds one" },
	{ "newgidmap failed", EPERM, false, NULL, NULL,
	  "the range must be in /etc/subgid for this user; `usermod --add-subgids` adds one" },

	{ "mkdir /sys/fs/cgroup", EACCES, true, NULL, NULL,
	  "this cgroup is not delegated to you: leave linux.cgroupsPath and limits out, or run below "
	  "a scope of your own: `systemd-run --user --scope -p Delegate=yes`" },
	{ "mkdir /sys/fs/cgroup", EROFS, false, NULL, NULL,
	  "cgroups are mounted read-only here: a container that runs containers needs them writable" },

	{ "fsopen(2)", ENODEV, false, NULL, NULL,
	  "this kernel does not know this file system: see /proc/filesystems, or load its module" },

	{ "mount_setattr(2)", EPERM, false, NULL, NULL,
	  "a mount that was made outside of this user namespace keeps its flags: name those of ro, "
	  "nosuid, nodev and noexec that it has" },

	/* Rights are EPERM here; the path was opened before. */
	{ "move_mount(2)", EACCES, false, NULL, NULL,
	  "AppArmor or SELinux denies this mount to the runtime itself: `dmesg` or the audit log has the "
	  "denial" },
	{ "execveat(2)", EACCES, false, NULL, NULL,
	  "AppArmor or SELinux denies the runtime to run itself from a mount of its own: AppArmor's "
	  "profile for it needs flags=(attach_disconnected)" },
	{ "apparmor/exec", EACCES, false, NULL, NULL,
	  "the profile that this process is confined by allows no change to another" },

	/* What create writes there: config.json and state.json. */
	{ ".json", ENOSPC, false, NULL, NULL,
	  "the file system that holds the state, see --root, is full" },
	{ ".json", EDQUOT, false, NULL, NULL,
	  "the quota on the file system that holds the state, see --root, is used up" },
	{ "in the state root", EROFS, false, NULL, NULL,
	  "the state needs a place that can be written: see --root" },
};

const struct hint *hint_table(size_t *n)
{
	*n = ARRAY_SIZE(table);
	return table;
}

static bool file_begins(const char *path, const char *value)
{
	struct strbuf text autodone(strbuf) = STRBUF_INIT;
	struct err ignored;

	return file_read_at(AT_FDCWD, path, HINT_FILE_MAX, &text, &ignored) == 0 &&
	       str_after(strbuf_str(&text), value);
}

static bool fits(const struct hint *h, const struct err *e)
{
	if (h->code != e->code || !strstr(e->text, h->step))
		return false;
	if (h->ordinary && geteuid() == 0)
		return false;
	return !h->file || file_begins(h->file, h->value);
}

bool hint_given(const struct err *e)
{
	size_t n = strlen(e->text);

	return n > 0 && e->text[n - 1] == ')';
}

const char *hint_for(const struct err *e)
{
	if (hint_given(e))
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (fits(&table[i], e))
			return table[i].advice;
	return NULL;
}

int hint_add(struct err *e)
{
	const char *advice = hint_for(e);

	return advice ? err_append(e, "%s", advice) : -e->code;
}
