/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CMD_INFO_H
#define CMD_INFO_H

/* How `state` and `list` show a container. All pure but owner_name(); run in the host. */

#include "base/jsonw.h"
#include "base/str.h"
#include "container/container.h"

/**
 * info_json() - write one container as an object, keys in the order that callers rely on
 * @owner: "" in `state`, a user's name in `list`
 */
void info_json(struct jsonw *w, const struct container_info *i, const char *owner);

/**
 * info_table() - append the table of `list`
 * @owners: @n names, one per container
 * Columns are 12 wide or 3 wider than their longest cell; control characters become '?'.
 */
void info_table(const struct container_info *v, const char *const *owners, size_t n,
		struct strbuf *out);

/**
 * owner_name() - the name of a user id in a passwd(5) text, else "#UID"
 * @passwd: whole text of /etc/passwd
 */
const char *owner_name(struct arena *a, const char *passwd, uid_t uid);

#endif
