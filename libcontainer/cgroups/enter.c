/* SPDX-License-Identifier: Apache-2.0 */
/* How a process of `exec` comes into the cgroup of a container that exists. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/retry.h"
#include "base/sys.h"
#include "cgroups/driver.h"
#include "cgroups/fs.h"

#define EAGAIN_TRIES 128 /* openat2(2): a rename elsewhere raced the walk */

/* Opens @sub beneath the directory; by descriptor, so that no name leads out of it. */
static int open_below(int fd, const char *sub)
{
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};
	int below;

	for (int i = 0; i < EAGAIN_TRIES; i++) {
		below = RETRY(sys_openat2(fd, sub, &how, sizeof(how)));
		if (below >= 0 || errno != EAGAIN)
			break;
	}
	return below < 0 ? -errno : below;
}

static int open_target(const struct plan_cgroup_dir *dir, const char *sub, struct err *e)
{
	autoclose int fd = cg_open(dir, e);

	if (fd < 0 || !sub)
		return take_fd(&fd);
	int below = open_below(fd, sub);
	if (below < 0) {
		errno = -below;
		return err_errno(e, "open %s/%s/cgroup.procs", dir->path, sub);
	}
	return below;
}

int cgroup_birth_fd(const struct cgroup *cg, const char *const *subs)
{
	struct err ignored;

	for (size_t i = 0; cg->at->enabled && i < cg->at->n_dirs; i++)
		if (cg->at->dirs[i].is_v2)
			return open_target(&cg->at->dirs[i], subs[i], &ignored);
	return -1;
}

/* "0::/path" in /proc/PID/cgroup: cgroups(7). */
static const char *v2_path_in(char *text)
{
	char *line = strncmp(text, "0::", 3) == 0 ? text : strstr(text, "\n0::");

	if (!line)
		return NULL;
	line = strchr(line, '/');
	if (line)
		line[strcspn(line, "\n")] = '\0';
	return line;
}

int cg_v2_path(pid_t pid, struct strbuf *out, const char **ret, struct err *e)
{
	char name[32];

	(void)snprintf(name, sizeof(name), "/proc/%d/cgroup", pid);
	int r = file_read_at(AT_FDCWD, name, 0, out, e);
	if (r < 0)
		return r;
	*ret = out->data ? v2_path_in(out->data) : NULL;
	return *ret ? 0 : err_set(e, ENOENT, "%s: init is in no v2 cgroup", name);
}

/* Where init is now: it may have moved itself below, to be able to delegate controllers. */
static int open_inits(const struct plan_cgroup_dir *dir, pid_t init, struct err *e)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT, path = STRBUF_INIT;
	const char *below;

	int r = cg_v2_path(init, &text, &below, e);
	if (r < 0)
		return r;
	strbuf_addf(&path, "%s%s", str_eq(dir->mount, "/") ? "" : dir->mount, below);
	struct plan_cgroup_dir there = *dir;
	there.path = strbuf_str(&path);
	return cg_open(&there, e);
}

static int attach(const struct plan_cgroup_dir *dir, int fd, const char *sub, const char *pid,
		  struct err *e)
{
	int r = cg_write(fd, "cgroup.procs", pid);

	if (r == 0)
		return 0;
	errno = -r;
	(void)err_errno(e, "write %s%s%s/cgroup.procs", dir->path, sub ? "/" : "", sub ? sub : "");
	return cg_attach_explain(dir, e);
}

/* Is there another place for the process, if not this one? */
static int second_choice(const struct cgroup *cg, const struct plan_cgroup_dir *dir,
			 const struct cgroup_entry *to, int r, struct err *e)
{
	if (!dir->is_v2)
		return r;
	/* The hierarchy that only keeps track of processes on a hybrid host. */
	if (cg->at->mode != CGROUP_V2 && cg_is_gone(r) && to->asked)
		return cg_open(dir, e);
	if (!to->asked && (cg_is_gone(r) || r == -EBUSY || r == -EOPNOTSUPP)) {
		log_debug(cg->log, "%s; going where init is", e->text);
		return open_inits(dir, to->init, e);
	}
	return r;
}

static int enter_one(const struct cgroup *cg, const struct plan_cgroup_dir *dir, const char *sub,
		     const struct cgroup_entry *to, const char *pid, struct err *e)
{
	autoclose int fd = open_target(dir, sub, e);
	int r = fd < 0 ? fd : attach(dir, fd, sub, pid, e);

	if (r == 0)
		return 0;
	autoclose int other = second_choice(cg, dir, to, r, e);
	return other < 0 ? other : attach(dir, other, NULL, pid, e);
}

int cgroup_enter(const struct cgroup *cg, const struct cgroup_entry *to, pid_t pid, bool skip_v2,
		 struct err *e)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%d", pid);
	for (size_t i = 0; cg->at->enabled && i < cg->at->n_dirs; i++) {
		const struct plan_cgroup_dir *dir = &cg->at->dirs[i];

		if (dir->is_v2 && skip_v2)
			continue;
		int r = enter_one(cg, dir, to->subs[i], to, text, e);
		if (r == -EACCES && dir->is_v2 && cg->at->unit.user)
			r = systemd_enter(cg, to->subs[i], pid, e);
		if (r < 0 && !cg_may_lack(cg, r))
			return err_ctx(e, "error adding pid %d to cgroups", pid);
		if (r < 0)
			log_debug(cg->log, "going on without a cgroup: %s", e->text);
	}
	return 0;
}
