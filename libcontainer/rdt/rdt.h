/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RDT_RDT_H
#define RDT_RDT_H

/*
 * Intel RDT: groups of the resctrl file system (Documentation/arch/x86/resctrl.rst). All paths come
 * from the plan, whose root is a fact of the host, so that a directory can stand in for it in tests.
 * Everything runs in: host.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "plan/plan.h"

/** rdt_group_exists() - is the group there already? It is then not ours to remove. */
bool rdt_group_exists(const struct plan_rdt *at);

/**
 * rdt_make() - the group, its schemata in one write(2), the monitoring group
 * @e: "linux.intelRdt: clos dir not accessible (must be pre-created when l3CacheSchema and
 *     memBwSchema are empty): ..."; "... but Intel RDT/CAT is not enabled"; the kernel's own words
 *     of info/last_cmd_status behind a refused schemata
 * Return: 0 or negative errno; what was made by then is rdt_remove()'s.
 */
MUST_CHECK int rdt_make(const struct plan_rdt *at, struct err *e);

/** rdt_enter() - put process @pid into the group and the monitoring group. */
MUST_CHECK int rdt_enter(const struct plan_rdt *at, pid_t pid, struct err *e);

/** rdt_update() - new schemata for a group that exists, for `update --l3-cache-schema` and
 * `--mem-bw-schema`; NULL: not this one. */
MUST_CHECK int rdt_update(const char *group, const char *l3, const char *mb, struct err *e);

/**
 * rdt_remove() - remove what rdt_make() made; absence is well
 * @group: NULL when the group was there before
 * @mon:   NULL: none
 */
MUST_CHECK int rdt_remove(const char *group, const char *mon, struct err *e);

#endif
