/* SPDX-License-Identifier: Apache-2.0 */
#include "init/ns.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/retry.h"
#include "plan/namespaces.h"

static int open_one(enum ns_kind kind, const char *path, struct err *e)
{
	autoclose int fd = RETRY(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
	if (fd < 0)
		return err_errno(e, "join the %s namespace: open %s", ns_types[kind].name, path);

	int type = ioctl(fd, NS_GET_NSTYPE);
	if (type < 0)
		return err_set(e, EINVAL, "join the %s namespace: %s is no namespace",
			       ns_types[kind].name, path);
	if ((uint64_t)(unsigned int)type != ns_types[kind].clone_flag)
		return err_set(e, EINVAL,
			       "join the %s namespace: %s is a namespace of another type",
			       ns_types[kind].name, path);
	return take_fd(&fd);
}

int ns_open(const struct plan *plan, struct ns_fds *ret, struct err *e)
{
	for (int k = 0; k < NS_COUNT; k++)
		ret->fd[k] = -1;
	for (int k = 0; k < NS_COUNT; k++) {
		if (!plan->ns[k].path)
			continue;
		int fd = open_one((enum ns_kind)k, plan->ns[k].path, e);
		if (fd < 0)
			return fd;
		ret->fd[k] = fd;
	}
	return 0;
}

void ns_close(struct ns_fds *ns)
{
	for (int k = 0; k < NS_COUNT; k++) {
		if (ns->fd[k] >= 0)
			(void)close(ns->fd[k]);
		ns->fd[k] = -1;
	}
}

int ns_join(const struct ns_fds *ns, enum ns_kind kind, struct err *e)
{
	if (setns(ns->fd[kind], (int)ns_types[kind].clone_flag) < 0)
		return err_errno(e, "join the %s namespace: setns(2)", ns_types[kind].name);
	return 0;
}

int ns_become_root(const struct plan *plan, struct err *e)
{
	/* In a joined namespace setgroups(2) may be denied; there it is its owner's affair. */
	if (!plan->deny_setgroups && setgroups(0, NULL) < 0 &&
	    !(plan->ns[NS_USER].path && errno == EPERM))
		return err_errno(e, "become root of the user namespace: setgroups(2)");
	if (setresgid(0, 0, 0) < 0) {
		(void)err_errno(e, "become root of the user namespace: setresgid(2)");
		return e->code == EINVAL ? err_append(e, "gid 0 is not mapped") : -e->code;
	}
	if (setresuid(0, 0, 0) < 0) {
		(void)err_errno(e, "become root of the user namespace: setresuid(2)");
		return e->code == EINVAL ? err_append(e, "uid 0 is not mapped") : -e->code;
	}
	return 0;
}
