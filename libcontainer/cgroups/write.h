/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CGROUPS_WRITE_H
#define CGROUPS_WRITE_H

/* From settings to files. Private to the cgroups layer. All run in: host. */

#include "cgroups/cgroup.h"
#include "cgroups/settings.h"

/**
 * settings_write() - write settings in their order; what may have to wait for others is tried
 * again after them
 * @undo: read each file before and put all back, last first, when one is refused; a value that
 *        cannot be put back is warned about
 * Return: 0 or negative errno.
 */
MUST_CHECK int settings_write(const struct cgroup *cg, const struct cg_settings *s, bool undo,
			      struct err *e);

/**
 * cg_check_usage() - memory.checkBeforeUpdate: v2 would kill processes to get below a new
 * limit; v1 refuses by itself
 * @m: may be NULL
 * @e: "rejecting memory limit A < B", "rejecting memory+swap limit A < B"
 * Return: 0 or negative errno.
 */
MUST_CHECK int cg_check_usage(const struct cgroup *cg, const struct spec_memory *m, struct err *e);

#endif
