/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_NAMESPACES_H
#define PLAN_NAMESPACES_H

#include <stdint.h>

#include "plan/plan.h"

/* One row per enum ns_kind. */
struct ns_type {
	const char *name;      /* in config.json: "network" */
	const char *proc_name; /* below /proc/PID/ns: "net" */
	uint64_t clone_flag;   /* CLONE_NEWNET */
};
extern const struct ns_type ns_types[NS_COUNT];

/** ns_find() - enum ns_kind of a name as in config.json, or -1. Pure. Runs in: any. */
int ns_find(const char *name);

#endif
