/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_MOUNTFLAGS_H
#define PLAN_MOUNTFLAGS_H

/* The words of mounts[].options. Private to the plan layer. */

#include "plan/parts.h"

/* What the options of one mount say together, before the type of the mount is considered. */
struct mount_options {
	bool bind, recursive, remount;
	bool tmpcopyup;
	bool idmap, idmap_recursive;
	const char *idmap_text; /* what follows "idmap="; NULL: nothing */
	bool copy_symlink, src_nofollow, dest_nofollow;
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
 * @ret: memory in @a
 * Pure. Runs in: host.
 */
void mount_options_parse(struct arena *a, const struct strs *options, struct mount_options *ret);

/**
 * mount_idmap() - decide the id mapping of one mount: its own uidMappings and gidMappings, those of
 * the option "idmap=uids=0-1-10#10-11-10;gids=...", or the container's
 * @m:     .kind is set; .idmap and what belongs to it are filled
 * @where: "mounts[3]", for messages
 * Pure. Runs in: host. Return: 0 or negative errno.
 */
MUST_CHECK int mount_idmap(const struct plan_input *in, const struct spec_mount *s,
			   const struct mount_options *o, struct plan *p, struct plan_mount *m,
			   const char *where, struct err *e);

/**
 * mount_label() - the SELinux label of linux.mountLabel as a parameter of a new file system
 * Not for proc and sysfs, which take none, nor where the options name one. Pure. Runs in: host.
 */
void mount_label(struct plan *p, struct plan_mount *m);

#endif
