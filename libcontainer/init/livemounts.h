/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INIT_LIVEMOUNTS_H
#define INIT_LIVEMOUNTS_H

/*
 * Mounts in a container that runs and may be hostile. A helper process opens the sources as the
 * host sees them, under a user namespace in a copy of the host's mount namespace that the
 * container's owns, so that what is locked there stays locked. Then it closes all else and enters
 * the container's mount and user namespaces, but not its pid namespace: nobody there sees it.
 * Destinations are resolved below the container's root, with the rights of its own root.
 */

#include "base/err.h"
#include "base/log.h"
#include "plan/plan.h"

struct live_mounts {
	const struct plan *plan; /* of the container, with the mounts in question; borrowed */
	uid_t euid;		 /* of the host process */
	int proc_fd;		 /* the host's /proc */
	pid_t init_pid;
	int init_pidfd; /* verified */
	enum { LIVE_ADD, LIVE_REMOVE, LIVE_RESEAL } what;
};

/**
 * live_mounts_apply() - add the plan's mounts to the container, remove them, or give those of a
 * restored container their flags (rootfs_reseal())
 * Runs in: host; all effects in its helper. Return: 0 or negative errno.
 */
MUST_CHECK int live_mounts_apply(const struct live_mounts *l, const struct log_sink *log,
				 struct err *e);

#endif
