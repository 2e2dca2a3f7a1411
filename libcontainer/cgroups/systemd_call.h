/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CGROUPS_SYSTEMD_CALL_H
#define CGROUPS_SYSTEMD_CALL_H

/* One thing asked of systemd, by whoever may ask. Private to the cgroups layer. */

#include <limits.h>
#include <sys/types.h>

#include "base/err.h"
#include "cgroups/systemd_bus.h"

enum sd_verb { SD_START, SD_SET, SD_STOP, SD_ATTACH, SD_WHERE };

struct sd_call {
	enum sd_verb verb;
	bool user;			 /* of the user's manager */
	const struct plan_unit *unit;	 /* not SD_WHERE */
	const struct unit_properties *p; /* SD_START, SD_SET */
	const char *sub;		 /* SD_ATTACH: cgroup below, or NULL */
	pid_t pid;			 /* SD_ATTACH */
	char where[PATH_MAX];		 /* SD_WHERE: the answer */
};

/**
 * sd_call_is_foreign() - are we another user to the bus than we are to ourselves?
 *
 * Root of a user namespace, as Podman calls us, is uid 0 by its own account; the bus sees the
 * user, and closes the connection of who claims to be somebody else.
 * Runs in: host. Return: true; *@ret_outside is the user's id.
 */
bool sd_call_is_foreign(bool user, uid_t *ret_outside);

/**
 * sd_call() - ask, and wait for the answer
 * @bus: a connection to use, NULL in it: make one; not used, and may be NULL, where we are foreign
 *
 * Where we are foreign a child asks: in a user namespace of its own, where it has the id that
 * the bus sees. It ends with the answer.
 * Runs in: host. Return: 0 or negative errno, as of the functions of systemd_bus.h.
 */
MUST_CHECK int sd_call(struct sd_bus **bus, struct sd_call *c, struct err *e);

#endif
