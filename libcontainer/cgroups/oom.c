/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>

#include "base/cleanup.h"
#include "base/retry.h"
#include "cgroups/cgroup.h"
#include "cgroups/fs.h"
#include "cgroups/settings.h"
#include "cgroups/stats.h"

static uint64_t count_kills(int events_fd)
{
	char text[1024];
	autodone(arena) struct arena a = ARENA_INIT;
	ssize_t n;

	do
		n = pread(events_fd, text, sizeof(text) - 1, 0); /* reading arms the next POLLPRI */
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return 0;
	text[n] = '\0';
	struct cg_pairs p = cg_parse_pairs(text, &a);
	return cg_pair_get(&p, "oom_kill");
}

static int open_v2(const struct plan_cgroup_dir *dir, struct cg_oom *ret, struct err *e)
{
	autoclose int fd = cg_open(dir, e);

	if (fd < 0)
		return fd;
	ret->fd = RETRY(openat(fd, "memory.events", O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
	if (ret->fd < 0)
		return errno == ENOENT ? 0 : err_errno(e, "open %s/memory.events", dir->path);
	ret->events = POLLPRI;
	ret->seen = count_kills(ret->fd);
	return 0;
}

/* cgroup-v1/memory.rst, "OOM Control": the kernel counts them on an eventfd. */
static int open_v1(const struct plan_cgroup_dir *dir, struct cg_oom *ret, struct err *e)
{
	char text[32];

	ret->dir_fd = cg_open(dir, e);
	if (ret->dir_fd < 0)
		return ret->dir_fd;
	ret->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (ret->fd < 0)
		return err_errno(e, "eventfd(2)");
	ret->events = POLLIN;
	autoclose int control =
		RETRY(openat(ret->dir_fd, "memory.oom_control", O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
	if (control < 0)
		return err_errno(e, "open %s/memory.oom_control", dir->path);
	(void)snprintf(text, sizeof(text), "%d %d", ret->fd, control);
	int r = cg_write(ret->dir_fd, "cgroup.event_control", text);
	if (r == 0)
		return 0;
	errno = -r;
	return err_errno(e, "write %s/cgroup.event_control", dir->path);
}

uint64_t cgroup_oom_kills(const struct cgroup *cg)
{
	const struct plan_cgroup_dir *dir = cg_dir_of(cg->at, "memory");
	const char *file = dir ? "memory.oom_control" : "memory.events";
	struct err ignored;

	if (!dir)
		dir = cg_v2_dir(cg->at);
	autoclose int fd = dir ? cg_open(dir, &ignored) : -1;
	autoclose int counts = fd >= 0 ? openat(fd, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
	return counts >= 0 ? count_kills(counts) : 0;
}

int cg_oom_open(const struct cgroup *cg, struct cg_oom *ret, struct err *e)
{
	const struct plan_cgroup_dir *v1 = cg_dir_of(cg->at, "memory");
	const struct plan_cgroup_dir *v2 = cg_v2_dir(cg->at);

	if (v1)
		return open_v1(v1, ret, e);
	return v2 ? open_v2(v2, ret, e) : 0;
}

uint64_t cg_oom_take(struct cg_oom *w)
{
	uint64_t n = 0;

	if (w->dir_fd < 0) {
		uint64_t now = count_kills(w->fd);

		n = now > w->seen ? now - w->seen : 0;
		w->seen += n;
		return n;
	}
	if (RETRY(read(w->fd, &n, sizeof(n))) != (ssize_t)sizeof(n))
		return 0;
	/* The removal of the cgroup is told in the same way. */
	return faccessat(w->dir_fd, "memory.oom_control", F_OK, 0) == 0 ? n : 0;
}

void cg_oom_done(struct cg_oom *w)
{
	cleanup_close_p(&w->fd);
	cleanup_close_p(&w->dir_fd);
	*w = (struct cg_oom)CG_OOM_INIT;
}
