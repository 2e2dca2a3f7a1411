/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INIT_HOOKSTATE_H
#define INIT_HOOKSTATE_H

/* The state of a container as hooks read it: runtime-spec, "State". */

#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"
#include "hooks/hooks.h"
#include "spec/spec.h"

struct hook_state {
	const char *oci_version, *id, *bundle;
	const struct spec_string_map *annotations;
};

/**
 * hook_state_print() - append it as one line of JSON, without a newline
 * @status: "creating", "created", "running" or "stopped"
 * @pid:    of init, as the reader of the text sees it; 0: left out
 * Pure. Runs in: host and init.
 */
void hook_state_print(const struct hook_state *s, const char *status, pid_t pid,
		      struct strbuf *out);

/**
 * hook_state_run() - hooks_run() with that text on standard input
 * @how: .state_json is not used
 * Runs in: host and init. Return: as of hooks_run(); 0 at once when there are no such hooks.
 */
MUST_CHECK int hook_state_run(const struct hook_state *s, const char *status, pid_t pid,
			      const struct spec_hooks *hooks, const struct hook_context *how,
			      struct err *e);

#endif
