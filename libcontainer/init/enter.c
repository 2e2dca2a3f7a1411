/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/proc.h"
#include "init/exec.h"
#include "init/ns.h"
#include "plan/namespaces.h"

static bool is_wanted(const struct exec_args *a, enum ns_kind k)
{
	return a->x->plan.ns[k].wanted;
}

/* Are we in it already? Joining one's own user namespace again is EINVAL. */
static bool is_ours(const struct exec_args *a, enum ns_kind k)
{
	char path[48];
	struct stat own, inits;

	(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", ns_types[k].proc_name);
	if (stat(path, &own) < 0)
		return false;
	(void)snprintf(path, sizeof(path), "/proc/%d/ns/%s", a->init_pid, ns_types[k].proc_name);
	return stat(path, &inits) == 0 && own.st_dev == inits.st_dev && own.st_ino == inits.st_ino;
}

static int join(const struct exec_args *a, enum ns_kind k, struct err *e)
{
	if (setns(a->init_pidfd, (int)ns_types[k].clone_flag) == 0)
		return 0;
	(void)err_errno(e, "join the container's %s namespace: setns(2)", ns_types[k].name);
	return e->code == ESRCH ? err_append(e, "the container has stopped") : -e->code;
}

/*
 * One by one: with the host's rights first, because a network namespace may belong to another
 * user namespace than the container's; then the user namespace and what only it gives the
 * right to; the mount namespace after those that are looked up in /proc, pid last.
 */
static int join_each(const struct exec_args *a, struct err *e)
{
	static const enum ns_kind order[] = { NS_NETWORK, NS_IPC,  NS_UTS,
					      NS_CGROUP,  NS_TIME, NS_MOUNT };
	bool user = is_wanted(a, NS_USER) && !is_ours(a, NS_USER);
	bool deferred[NS_COUNT] = { false };
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(order); i++) {
		r = is_wanted(a, order[i]) ? join(a, order[i], e) : 0;
		if (r == -EPERM && user) {
			deferred[order[i]] = true;
			r = 0;
		}
	}
	if (r == 0 && user)
		r = join(a, NS_USER, e);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(order); i++)
		r = deferred[order[i]] ? join(a, order[i], e) : 0;
	if (r == 0 && is_wanted(a, NS_PID))
		r = join(a, NS_PID, e);
	return r;
}

/* Without a mount namespace of its own the container is where init's root is. */
static int enter_root(const struct exec_args *a, struct err *e)
{
	char path[32];

	if (is_wanted(a, NS_MOUNT))
		return 0;
	(void)snprintf(path, sizeof(path), "/proc/%d/root", a->init_pid);
	if (chroot(path) < 0)
		return err_errno(e, "enter the container's root: chroot(2) %s", path);
	if (chdir("/") < 0)
		return err_errno(e, "enter the container's root: chdir(2)");
	/* The number was init's all the time, or that root is somebody else's. */
	if (proc_wait_pidfd(a->init_pidfd, 0) == 0)
		return err_set(e, ESRCH, "enter the container's root: the container has stopped");
	return 0;
}

int enter_namespaces(const struct exec_args *a, struct err *e)
{
	uint64_t flags = 0;

	for (int k = 0; k < NS_COUNT; k++)
		if (is_wanted(a, (enum ns_kind)k))
			flags |= ns_types[k].clone_flag;
	/* All or none, in one call; what it does not take in one piece may go one by one. */
	if (!is_wanted(a, NS_MOUNT) || (flags && setns(a->init_pidfd, (int)flags) < 0)) {
		int r = enter_root(a, e);

		if (r == 0)
			r = join_each(a, e);
		if (r < 0)
			return r;
	}
	return is_wanted(a, NS_USER) ? ns_become_root(&a->x->plan, e) : 0;
}
