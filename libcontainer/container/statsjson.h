/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTAINER_STATSJSON_H
#define CONTAINER_STATSJSON_H

#include "base/str.h"
#include "cgroups/stats.h"

/**
 * stats_print() - append the line of `events`: {"type":"stats","id":"ID","data":{...}} and a
 * newline
 *
 * Keys, their order and which of them are left out while zero are what callers of runc know.
 * Pure. Runs in: host.
 */
void stats_print(const char *id, const struct cg_stats *s, struct strbuf *out);

#endif
