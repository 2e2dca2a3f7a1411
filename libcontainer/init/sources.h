/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INIT_SOURCES_H
#define INIT_SOURCES_H

/*
 * Bind sources, and the root itself, that the root of a new user namespace may not reach by path:
 * opened for it by a helper with the host's rights, which enters init's mount namespace so that
 * what it opens belongs there.
 */

#include "base/err.h"
#include "plan/plan.h"

#define SOURCES_ROOT UINT32_MAX /* in place of a mount's index: the root file system */

/**
 * sources_needed() - how many descriptors the plan needs so; 0 without a user namespace,
 * a new mount namespace, and host rights
 * @euid: of the host process
 * Pure. Runs in: host and init, which both go by the number.
 */
size_t sources_needed(const struct plan *plan, uid_t euid);

/**
 * sources_send() - open them and send them to init
 * @pidfd: of init, in its new namespaces
 * @sock:  the host's end
 * Runs in: host; the opening in a helper process. Return: 0 or negative errno.
 */
MUST_CHECK int sources_send(const struct plan *plan, const char *rootfs, int pidfd, int sock,
			    struct err *e);

/**
 * sources_recv() - receive @n descriptors
 * @ret_fds:  one for each of plan->mounts, -1 where none came; heap, the caller's
 * @ret_root: O_PATH descriptor of the root
 * Runs in: init. Return: 0 or negative errno.
 */
MUST_CHECK int sources_recv(const struct plan *plan, size_t n, int sock, int **ret_fds,
			    int *ret_root, struct err *e);

#endif
