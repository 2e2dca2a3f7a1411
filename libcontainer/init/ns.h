/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INIT_NS_H
#define INIT_NS_H

/* Namespaces that are joined by path: linux.namespaces[].path. */

#include "base/err.h"
#include "plan/plan.h"

struct ns_fds {
	int fd[NS_COUNT]; /* -1: not joined */
};

/**
 * ns_open() - open the namespaces that the plan joins, and check that each is of its type
 * @ret: the caller's to ns_close(), also on failure
 * Runs in: host, before any namespace is entered. Return: 0 or negative errno.
 */
MUST_CHECK int ns_open(const struct plan *plan, struct ns_fds *ret, struct err *e);
void ns_close(struct ns_fds *ns);

/**
 * ns_join() - enter one namespace: setns(2)
 * Runs in: bridge or init. Return: 0 or negative errno, with the reason in @e.
 */
MUST_CHECK int ns_join(const struct ns_fds *ns, enum ns_kind kind, struct err *e);

/**
 * ns_become_root() - uid and gid 0 of a user namespace that was just entered, no groups
 * Runs in: bridge or init. Return: 0 or negative errno.
 */
MUST_CHECK int ns_become_root(const struct plan *plan, struct err *e);

#endif
