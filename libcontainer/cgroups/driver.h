/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CGROUPS_DRIVER_H
#define CGROUPS_DRIVER_H

/*
 * Who makes a container's cgroup. What differs between v1 and v2 is decided for each directory,
 * since a hybrid host has both; freezing, killing and statistics are the same for all, by file.
 * Private to the cgroups layer. Everything runs in: host.
 */

#include "cgroups/cgroup.h"
#include "cgroups/settings.h"

/* Const, one a file; what changes is in struct cgroup. */
struct cgroup_driver {
	const char *name;
	/* Before there is an init. */
	int (*prepare)(struct cgroup *, const struct spec_resources *, struct err *);
	/* Init comes in; it waits for our word, so nothing of the container has run yet. */
	int (*attach)(struct cgroup *, pid_t, bool skip_v2, struct err *);
	/* The files have new values: tell whoever keeps them too. May be NULL. */
	int (*update)(struct cgroup *, const struct cg_settings *, struct err *);
	/* Every process has ended. */
	int (*destroy)(struct cgroup *, struct err *);
};

extern const struct cgroup_driver cgroup_driver_fs;	 /* fsdriver.c */
extern const struct cgroup_driver cgroup_driver_systemd; /* systemd.c */

/** cgroup_tell_update() - .update of the driver, if it has one. */
MUST_CHECK int cgroup_tell_update(struct cgroup *cg, const struct cg_settings *s, struct err *e);

/**
 * cg_attach_explain() - what is in the way of a process
 * @dir: the cgroup, or one above it in its hierarchy
 * @e: of the write to cgroup.procs; gets the advice
 * Return: negative errno of @e.
 */
int cg_attach_explain(const struct plan_cgroup_dir *dir, struct err *e);

/** cg_attach_one() - write a process id into cgroup.procs; the error says what is in the way. */
MUST_CHECK int cg_attach_one(const struct plan_cgroup_dir *dir, const char *pid, struct err *e);

/** cg_remove_dirs() - remove the directories; idempotent, see cgroup_destroy(). */
MUST_CHECK int cg_remove_dirs(struct cgroup *cg, struct err *e);

/** fs2_delegate() - give the v2 directory and the files that may be given to the owner. */
MUST_CHECK int fs2_delegate(const struct cgroup *cg, struct err *e);

/** cg_v2_path() - where a process is in the v2 hierarchy, "/a/b"; memory is @out's. */
MUST_CHECK int cg_v2_path(pid_t pid, struct strbuf *out, const char **ret, struct err *e);

/** systemd_enter() - let systemd move a process of `exec` where we may not. */
MUST_CHECK int systemd_enter(const struct cgroup *cg, const char *sub, pid_t pid, struct err *e);

#endif
