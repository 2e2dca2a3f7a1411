/* SPDX-License-Identifier: Apache-2.0 */
#include "init/sources.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/sys.h"
#include "proto/proto.h"

#define BATCH 64

static bool is_below(const char *path, const char *dir)
{
	const char *rest = str_after(path, dir);

	return rest && (*rest == '\0' || *rest == '/');
}

/* What lies in the root may be made by an earlier mount: it is opened by init in its turn. */
static bool is_needed(const struct plan *plan, const struct plan_mount *m)
{
	return m->kind == MOUNT_KIND_BIND && m->source && m->source[0] == '/' &&
	       !is_below(m->source, plan->rootfs);
}

size_t sources_needed(const struct plan *plan, uid_t euid)
{
	size_t n = 1; /* the root */

	if (euid != 0 || !plan->ns[NS_USER].wanted || !plan->ns[NS_MOUNT].wanted ||
	    plan->ns[NS_MOUNT].path)
		return 0;
	for (size_t i = 0; i < plan->n_mounts; i++)
		if (is_needed(plan, &plan->mounts[i]))
			n++;
	return n;
}

struct batch {
	int sock;
	uint32_t index[BATCH];
	int fds[BATCH];
	size_t n;
};

static int flush(struct batch *b, struct err *e)
{
	int r = proto_send(b->sock, STEP_SOURCES, b->index, b->n * sizeof(*b->index), b->fds, b->n,
			   e);

	for (size_t i = 0; i < b->n; i++)
		(void)close(b->fds[i]);
	b->n = 0;
	return r;
}

static int add(struct batch *b, uint32_t index, int fd, struct err *e)
{
	b->index[b->n] = index;
	b->fds[b->n++] = fd;
	return b->n == BATCH ? flush(b, e) : 0;
}

static int open_source(const struct plan_mount *m, struct err *e)
{
	unsigned int flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC;
	int fd = sys_open_tree(AT_FDCWD, m->source, m->recursive ? flags | AT_RECURSIVE : flags);

	/* A mount that is locked together with what is below it can be had only as a whole. */
	if (fd < 0 && errno == EINVAL && !m->recursive)
		fd = sys_open_tree(AT_FDCWD, m->source, flags | AT_RECURSIVE);
	if (fd < 0)
		return err_errno(e, "mounts[%zu]: failed to fulfil mount request: open %s",
				 m->index, m->source);
	return fd;
}

static int open_all(const struct plan *plan, const char *rootfs, int pidfd, int sock, struct err *e)
{
	struct batch b = { .sock = sock };

	if (setns(pidfd, CLONE_NEWNS) < 0)
		return err_errno(e, "open mount sources: setns(2)");
	int fd = open(rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(e, "open %s in the container's mount namespace", rootfs);
	int r = add(&b, SOURCES_ROOT, fd, e);
	for (size_t i = 0; r == 0 && i < plan->n_mounts; i++) {
		if (!is_needed(plan, &plan->mounts[i]))
			continue;
		fd = open_source(&plan->mounts[i], e);
		r = fd < 0 ? fd : add(&b, (uint32_t)i, fd, e);
	}
	return r == 0 && b.n > 0 ? flush(&b, e) : r;
}

/* Its error travels over the pipe; nothing means success. */
static void helper(const struct plan *plan, const char *rootfs, int pidfd, int sock, int report)
{
	struct err e;

	if (open_all(plan, rootfs, pidfd, sock, &e) < 0 && fd_write_all(report, &e, sizeof(e)) < 0)
		_exit(2);
	_exit(0);
}

static int take_report(int fd, struct err *e)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;

	if (fd_read_all(fd, 2 * sizeof(*e), &text) < 0)
		return err_errno(e, "open mount sources");
	if (text.len == 0)
		return 0;
	if (text.len != sizeof(*e))
		return err_set(e, EPROTO, "open mount sources: the helper ended early");
	memcpy(e, text.data, sizeof(*e));
	return -e->code;
}

int sources_send(const struct plan *plan, const char *rootfs, int pidfd, int sock, struct err *e)
{
	struct clone_args args = { .exit_signal = SIGCHLD };
	int ends[2], status = 0;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_errno(e, "open mount sources: pipe2(2)");
	autoclose int from = ends[0], to = ends[1];

	pid_t pid = sys_clone3(&args, sizeof(args));
	if (pid < 0)
		return err_errno(e, "open mount sources: clone3(2)");
	if (pid == 0)
		helper(plan, rootfs, pidfd, sock, to);
	(void)close(take_fd(&to));
	int r = take_report(from, e);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (r == 0 && status != 0)
		r = err_set(e, EPROTO, "open mount sources: the helper ended early");
	return r;
}

static int take_one(const struct plan *plan, uint32_t index, int fd, int *fds, int *ret_root,
		    struct err *e)
{
	int *place = index == SOURCES_ROOT ? ret_root : index < plan->n_mounts ? &fds[index] : NULL;

	if (!place || *place >= 0) {
		(void)close(fd);
		return err_set(e, EPROTO, "receive SOURCES: index %u", index);
	}
	*place = fd;
	return 0;
}

int sources_recv(const struct plan *plan, size_t n, int sock, int **ret_fds, int *ret_root,
		 struct err *e)
{
	int *fds = mem_new(plan->n_mounts + 1, sizeof(*fds));
	size_t came = 0;

	for (size_t i = 0; i <= plan->n_mounts; i++)
		fds[i] = -1;
	*ret_fds = fds; /* also on failure: the caller closes what came */
	while (came < n) {
		struct proto_msg m;
		uint32_t index[BATCH];
		int r = proto_recv(sock, NULL, &m, e);

		if (r < 0)
			return r;
		if (m.step != STEP_SOURCES || m.n_fds == 0 || m.n_fds > BATCH ||
		    m.length != m.n_fds * sizeof(*index))
			return err_set(e, EPROTO, "expected SOURCES, received %s",
				       proto_step_name(m.step));
		memcpy(index, m.body, m.length);
		for (size_t i = 0; i < m.n_fds; i++) {
			int failed = take_one(plan, index[i], m.fds[i], fds, ret_root, e);

			r = failed < 0 ? failed : r;
		}
		if (r < 0)
			return r;
		came += m.n_fds;
	}
	return 0;
}
