/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CGROUPS_WRITE_H
#define CGROUPS_WRITE_H

/* From settings to files. Private to the cgroups layer. All run in: host. */

#include "cgroups/cgroup.h"
#include "cgroups/settings.h"

/**
 * settings_write() - write settings in their order; what may have to wait for others is tried
 * again after them
 * Return: 0 or negative errno.
 */
MUST_CHECK int settings_write(const struct cgroup *cg, const struct cg_settings *s, struct err *e);

/* Who else has to know what the files say. */
struct settings_keeper {
	void *arg;
	/* After the files. *@ret_kept: the new values are with the keeper, whatever is returned. */
	int (*tell)(void *arg, const struct cg_settings *s, bool *ret_kept, struct err *e);
	/* Before the files are as they were; a failure is the keeper's to log. */
	void (*take_back)(void *arg, const struct cg_settings *old);
};

/**
 * settings_replace() - settings_write() of all, or of nothing
 * @keeper: or NULL
 *
 * Each file is read before. When one is refused, or the keeper, what was written is put back, last
 * first; a value that cannot be put back is warned about. Return: 0 or negative errno.
 */
MUST_CHECK int settings_replace(const struct cgroup *cg, const struct cg_settings *s,
				const struct settings_keeper *keeper, struct err *e);

/**
 * cg_check_usage() - memory.checkBeforeUpdate: v2 would kill processes to get below a new
 * limit; v1 refuses by itself
 * @m: may be NULL
 * @e: "rejecting memory limit A < B", "rejecting memory+swap limit A < B"
 * Return: 0 or negative errno.
 */
MUST_CHECK int cg_check_usage(const struct cgroup *cg, const struct spec_memory *m, struct err *e);

#endif
