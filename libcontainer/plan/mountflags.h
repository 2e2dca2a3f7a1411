/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_MOUNTFLAGS_H
#define PLAN_MOUNTFLAGS_H

/* The words of mounts[].options. Private to the plan layer. */

#include "plan/plan.h"

/* What the options of one mount say together, before the type of the mount is considered. */
struct mount_options {
	bool bind, recursive, remount;
	bool tmpcopyup;
	bool attr_explicit;	     /* a flag of the mount was named, to set or to clear */
	uint64_t attr_set, attr_clr; /* MOUNT_ATTR_*; of two that contradict the last stands */
	uint64_t rec_attr_set, rec_attr_clr;
	unsigned long sb_flags; /* MS_*; without MS_RDONLY, which depends on the type */
	unsigned long *propagation;
	size_t n_propagation;
	struct strs data; /* what is not one of our words, split at commas */
};

/**
 * mount_options_parse() - add up the options of one mount
 * @where: "mounts[3]", for messages
 * @ret:   memory in @a
 * @e:     for a word that is known but has no implementation, kind ERR_CONFIG
 * Pure. Runs in: host. Return: 0 or negative errno.
 */
MUST_CHECK int mount_options_parse(struct arena *a, const struct strs *options, const char *where,
				   struct mount_options *ret, struct err *e);

#endif
