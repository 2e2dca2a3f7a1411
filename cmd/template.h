/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CMD_TEMPLATE_H
#define CMD_TEMPLATE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/str.h"

/* What the config.json of `spec` depends on. */
struct template_choice {
	const char *hostname;
	bool cgroup_namespace; /* on a host with cgroup v2 alone */
	bool rootless; /* user namespace with one id, the caller's; nothing that needs root */
	uid_t uid;
	gid_t gid;
};

/**
 * template_config() - append the configuration, indented by tabs, without a last newline
 * The same document as runc's, field by field: scripts edit it with sed and jq.
 * Pure. Runs in: host.
 */
void template_config(const struct template_choice *c, struct strbuf *out);

#endif
