/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CGROUPS_SDPROPS_H
#define CGROUPS_SDPROPS_H

/* The properties of a container's unit, as data. Private to the cgroups layer. All are pure. */

#include <sys/types.h>

#include "cgroups/devices.h"
#include "cgroups/settings.h"
#include "plan/unit.h"

/**
 * sd_limit_properties() - limits as systemd names them: what the files say in the end
 * @s:  as of settings_build(); a file that no property stands for is left out, the driver
 *      writes it itself
 * @a:  memory of what is added to @out
 * @e:  a cpuset that cannot be read
 *
 * A CPU quota is rounded up to whole percents, as systemd keeps it; the file gets the exact one.
 * Return: 0 or -EINVAL.
 */
MUST_CHECK int sd_limit_properties(const struct cg_settings *s, struct arena *a,
				   struct unit_properties *out, struct err *e);

/**
 * sd_device_properties() - v1: device rules as DevicePolicy and DeviceAllow
 *
 * systemd writes the v1 controller's files anew whenever it likes, so it must know the rules.
 * On v2 our own program stays whatever systemd does, and it is told nothing.
 */
void sd_device_properties(const struct dev_rules *rules, struct arena *a,
			  struct unit_properties *out);

/**
 * sd_unit_properties() - those of a new unit, but for limits and devices
 * @pid: of init; not for a slice
 * @id:  for the description
 */
void sd_unit_properties(const struct plan_unit *unit, const char *id, pid_t pid, bool is_v2,
			struct arena *a, struct unit_properties *out);

/** sd_merge_properties() - append @more, which replace what has the same name. */
void sd_merge_properties(struct arena *a, struct unit_properties *p,
			 const struct unit_properties *more);

#endif
