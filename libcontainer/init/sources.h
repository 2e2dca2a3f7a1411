/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INIT_SOURCES_H
#define INIT_SOURCES_H

/*
 * What init's rights do not suffice for when it mounts. Under a new user namespace: bind sources,
 * and the root itself, that its root may not reach by path, id-mapped where that is asked for.
 * Without one: the user namespaces of id-mapped mounts, whose maps only a process outside of
 * init's pid namespace can write. A helper of the host process opens all of that and sends it over
 * a socket of its own, in the order of plan->mounts; its end of file is the helper's end.
 */

#include "base/err.h"
#include "plan/plan.h"
#include "rootfs/rootfs.h"

/**
 * sources_needed() - how many descriptors the plan needs so
 * @euid: of the host process
 * Pure. Runs in: host and init, which both go by it. Return: 0 when no helper is needed.
 */
size_t sources_needed(const struct plan *plan, uid_t euid);

/** sources_has_root() - is the root file system the first of them? Pure. Runs in: host and init. */
bool sources_has_root(const struct plan *plan, uid_t euid);

/* What the helper works with; all borrowed. */
struct sources_job {
	const struct plan *plan;
	uid_t euid;	    /* of the host process */
	const char *rootfs; /* canonical path on the host */
	int proc_fd;	    /* the host's /proc */
	pid_t pid;	    /* of init, in its new namespaces */
	int pidfd;
	int sock; /* the helper's end; the host closes its own copy afterwards */
};

/**
 * sources_start() - make the helper
 * @ret: its pid, for sources_reap(); 0 when it has done all already: so that what is opened does
 *       not depend on how far init has got, it is waited for unless there is very much to open
 * Its errors reach init, whose mounts fail. Runs in: host. Return: 0 or negative errno.
 */
MUST_CHECK int sources_start(const struct sources_job *job, pid_t *ret, struct err *e);

/** sources_reap() - take its exit status away; @kill_it ends it. A pid of 0 is allowed. */
void sources_reap(pid_t pid, bool kill_it);

/**
 * sources_recv_root() - the first descriptor, when sources_has_root()
 * Runs in: init. Return: an O_PATH descriptor of the root, or negative errno.
 */
MUST_CHECK int sources_recv_root(int sock, struct err *e);

/**
 * sources_recv() - what the helper sent for a mount
 * @index: in plan->mounts; each index is asked for once, in order
 * @ret:   both -1 when nothing is sent for that mount
 * Runs in: init. Return: 0 or negative errno.
 */
MUST_CHECK int sources_recv(const struct plan *plan, uid_t euid, int sock, size_t index,
			    struct rootfs_source *ret, struct err *e);

/* Opens sources with the rights of its process; .userns_fd is closed by source_opener_done(). */
struct source_opener {
	int proc_fd;			    /* the host's /proc */
	pid_t pid;			    /* of init */
	int userns_fd;			    /* the last one that was opened or made; -1 */
	const struct plan_mount *userns_of; /* for this mount */
};
void source_opener_done(struct source_opener *o);

/**
 * source_open() - the source of a bind mount as a detached tree, id-mapped where asked for
 * Runs in: a helper of the host, in the mount namespace that the source is looked up in.
 * Return: a descriptor or negative errno.
 */
MUST_CHECK int source_open(struct source_opener *o, const struct plan_mount *m, struct err *e);

#endif
