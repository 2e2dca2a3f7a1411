/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INIT_IDMAP_H
#define INIT_IDMAP_H

/* ID maps of a new user namespace: linux.uidMappings and linux.gidMappings. */

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "plan/plan.h"

/**
 * idmap_install() - map the IDs of a process that waits in a new user namespace
 * @proc_fd: the host's /proc
 * @pid:     that process
 *
 * By one write(2) a file, or by newuidmap(1) and newgidmap(1) where the plan says that we may
 * not do it ourselves; setgroups(2) is given up before gid_map where the plan says so:
 * user_namespaces(7).
 * Runs in: host, between the steps USERNS_READY and IDMAP_DONE. Return: 0 or negative errno.
 */
MUST_CHECK int idmap_install(int proc_fd, pid_t pid, const struct plan *plan, struct err *e);

/**
 * idmap_make_userns() - a user namespace that is only a pair of maps, for id-mapped mounts
 * @proc_fd: a procfs that shows this process's pid namespace
 * Its one process ends before this returns. Runs in: a helper of the host, with its rights.
 * Return: a descriptor of the namespace or negative errno.
 */
MUST_CHECK int idmap_make_userns(int proc_fd, const struct plan_id_map *uids,
				 const struct plan_id_map *gids, struct err *e);

/** idmap_helper() - path of newuidmap(1), or newgidmap(1); NULL: there is none. Runs in: host. */
const char *idmap_helper(bool of_groups);

/** idmap_format() - append a map in the syntax of /proc/PID/uid_map. Pure. */
void idmap_format(const struct plan_id_map *map, struct strbuf *out);

#endif
