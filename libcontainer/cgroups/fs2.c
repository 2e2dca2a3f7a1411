/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sys/stat.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "cgroups/devices.h"
#include "cgroups/driver.h"
#include "cgroups/fs.h"
#include "cgroups/settings.h"

#define CONTROLLERS_MAX 1024 /* bytes of a line with the names of all, a dozen */

/* Which controllers the container's directory is to have. */
struct wanted {
	const struct cgroup *cg;
	const struct cg_settings *needed; /* for limits */
	bool all; /* whatever is available, for statistics and later updates */
};

static bool is_needed(const struct wanted *w, const char *controller)
{
	for (size_t i = 0; i < w->needed->n; i++)
		if (w->needed->v[i].v2 && str_eq(w->needed->v[i].controller, controller))
			return true;
	return false;
}

static bool is_permission(int r)
{
	return r == -EACCES || r == -EPERM || r == -EROFS;
}

static int enable_one(const struct wanted *w, int fd, const char *path, const char *controller,
		      struct err *e)
{
	autodone(strbuf) struct strbuf word = STRBUF_INIT;

	strbuf_addf(&word, "+%s", controller);
	int r = cg_write(fd, "cgroup.subtree_control", strbuf_str(&word));
	if (r == 0)
		return 0;
	bool is_fatal = is_needed(w, controller) && !(is_permission(r) && w->cg->at->rootless);
	if (!is_fatal) {
		log_debug(w->cg->log, "enable controller %s in %s: %s", controller, path,
			  errno_text(-r));
		return 0;
	}
	errno = -r;
	(void)err_errno(e, "enable controller %s: write %s/cgroup.subtree_control", controller,
			path);
	if (r == -EOPNOTSUPP)
		return err_append(e, "%s is threaded or has an invalid type: see its cgroup.type",
				  path);
	return r;
}

static bool is_wanted(const struct wanted *w, const char *on, const char *name)
{
	return *name && !cg_has_word(on, name) && (w->all || is_needed(w, name));
}

/*
 * In a cgroup that has processes, and is not the root, memory and io cannot be enabled; cpu and
 * pids can, but that makes it threaded, and the cgroups below it take no processes any more.
 */
static bool is_populated(int fd)
{
	autodone(strbuf) struct strbuf procs = STRBUF_INIT;

	if (faccessat(fd, "cgroup.type", F_OK, 0) < 0)
		return false;
	int r = cg_read(fd, "cgroup.procs", &procs);
	return r == -EOPNOTSUPP || (r == 0 && procs.len > 0);
}

static int refuse(const struct wanted *w, const char *path, const char *controller, struct err *e)
{
	if (!is_needed(w, controller)) {
		log_debug(w->cg->log, "controller %s is off: processes live in %s itself",
			  controller, path);
		return 0;
	}
	return err_set(
		e, EBUSY,
		"enable controller %s: processes live in %s itself: move them to a cgroup below it",
		controller, path);
}

/*
 * Writing a controller that is on already walks every cgroup of the host (4 us to 20 ms), so
 * only those that are off are written, one at a time: one refusal must not hide the others.
 */
static int enable(void *arg, int fd, const char *path, struct err *e)
{
	const struct wanted *w = arg;
	char available[CONTROLLERS_MAX], on[CONTROLLERS_MAX];

	int r = file_read_once_at(fd, "cgroup.controllers", available, sizeof(available), e);
	if (r >= 0)
		r = file_read_once_at(fd, "cgroup.subtree_control", on, sizeof(on), e);
	if (r < 0)
		return err_ctx(e, "controllers of %s", path);
	char *rest = available;
	const char *name;
	int populated = -1; /* not asked yet: mostly all are on */
	r = 0;
	while (r == 0 && rest && (name = strsep(&rest, " \n"))) {
		if (!is_wanted(w, on, name))
			continue;
		if (populated < 0)
			populated = is_populated(fd);
		r = populated ? refuse(w, path, name, e) : enable_one(w, fd, path, name, e);
	}
	return r;
}

int fs2_prepare(struct cgroup *cg, const struct plan_cgroup_dir *dir,
		const struct spec_resources *res, struct err *e)
{
	autodone(settings) struct cg_settings needed = { .arena = ARENA_INIT };
	/* Where systemd has put it, the cgroups above are systemd's: what no limit needs stays. */
	struct wanted w = { cg, &needed, cg->at->mode == CGROUP_V2 && !cg->at->unit.name };
	struct cg_maker m = { .above = enable, .arg = &w };

	int r = settings_build(cg->at, res, &needed, e);
	if (r < 0)
		return r;
	int fd = cg_make(dir, &m, &cg->v2_is_new, e);
	if (fd < 0)
		return fd;
	if (cg->v2_fd >= 0)
		(void)close(cg->v2_fd);
	cg->v2_fd = fd;
	return 0;
}

int fs2_devices(const struct cgroup *cg, const struct spec_resources *res, struct err *e)
{
	autodone(dev_rules) struct dev_rules rules = { 0 };
	int r = dev_rules_build(res, &rules, e);

	if (r < 0)
		return r;
	if (cg->v2_fd < 0)
		return cg->at->rootless ? 0
					: err_set(e, ENOENT, "no cgroup to restrict devices in");
	r = dev_bpf_attach(cg->v2_fd, &rules, cg->v2_is_new, e);
	if (r == -EPERM && (cg->at->rootless || cg->at->in_userns)) {
		/* The devices of a user namespace's mounts cannot be opened anyway (SB_I_NODEV). */
		log_debug(cg->log, "device rules: %s", e->text);
		return 0;
	}
	return r;
}

/* Files that the kernel says may be given away; before Linux 4.15 it did not say. */
static int read_delegate(struct strbuf *out)
{
	struct err ignored;

	if (file_read_at(AT_FDCWD, "/sys/kernel/cgroup/delegate", 0, out, &ignored) < 0)
		strbuf_adds(out, "cgroup.procs\ncgroup.subtree_control\ncgroup.threads\n");
	return out->data ? 0 : -ENOENT;
}

/* @name: of the cgroup of the descriptor, for messages */
static int give(int fd, uid_t owner, const char *name, struct err *e)
{
	autodone(strbuf) struct strbuf files = STRBUF_INIT;

	if (fchown(fd, owner, (gid_t)-1) < 0)
		return err_errno(e, "give the cgroup to user %u: chown %s", owner, name);
	char *rest = read_delegate(&files) < 0 ? NULL : files.data;
	const char *file;
	while (rest && (file = strsep(&rest, "\n"))) {
		if (!*file || strchr(file, '/'))
			continue;
		if (fchownat(fd, file, owner, (gid_t)-1, AT_SYMLINK_NOFOLLOW) < 0 &&
		    errno != ENOENT)
			return err_errno(e, "give the cgroup to user %u: chown %s/%s", owner, name,
					 file);
	}
	return 0;
}

int fs2_delegate(const struct cgroup *cg, struct err *e)
{
	return cg->v2_fd < 0 ? 0 : give(cg->v2_fd, cg->at->owner, cg->at->path, e);
}

int cgroup_delegate(const struct cgroup *cg, pid_t pid, struct err *e)
{
	static const struct cg_maker plain = { NULL, NULL, NULL };
	autodone(strbuf) struct strbuf path = STRBUF_INIT;
	const struct plan_cgroup_dir *dir = cg_v2_dir(cg->at);
	char text[16];
	bool made;

	if (!cg->at->delegate)
		return 0;
	strbuf_addf(&path, "%s/%s", dir->path, cg->at->delegate);
	struct plan_cgroup_dir below = *dir;
	below.path = strbuf_str(&path);
	autoclose int fd = cg_make(&below, &plain, &made, e);
	int r = fd < 0 ? fd : 0;
	if (r == 0 && cg->at->has_owner)
		r = give(fd, cg->at->owner, below.path, e);
	(void)snprintf(text, sizeof(text), "%d", pid);
	if (r == 0)
		r = cg_attach_one(&below, text, e);
	return r < 0 ? err_ctx(e, "annotation run.oci.delegate-cgroup") : 0;
}
