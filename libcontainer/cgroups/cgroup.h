/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CGROUPS_CGROUP_H
#define CGROUPS_CGROUP_H

/*
 * Control groups of one container. The plan has decided where; here they are made, limited,
 * joined, frozen, emptied and removed. One const table of functions a driver; settings are
 * computed beforehand by pure functions (settings.h).
 */

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/log.h"
#include "base/str.h"
#include "plan/plan.h"

struct sd_bus;

/* Where a container's cgroups are; from the plan, or from its saved state. */
struct cgroup {
	const struct plan_cgroup *at; /* borrowed */
	int v2_fd;		      /* directory of the v2 cgroup, or -1; owned */
	const struct log_sink *log;   /* may be NULL */
	bool v2_is_new;		      /* cgroup_prepare() made it just now */
	bool later;		      /* systemd makes it with init: cgroup_attach() does it all */
	bool joined;		      /* cgroup_attach() has moved init into one at least */
	bool not_ours;		      /* systemd has a unit of that name already */
	const struct spec_resources *res; /* of cgroup_prepare(), while .later; borrowed */
	struct sd_bus *bus;		  /* connection to systemd, or NULL; owned */
};
#define CGROUP_INIT                                                                                \
	{                                                                                          \
		NULL, -1, NULL, false, false, false, false, NULL, NULL                             \
	}

/** cgroup_done() - close descriptors; removes nothing. */
void cgroup_done(struct cgroup *cg);

/**
 * cgroup_check_free() - refuse directories that exist and hold processes or are frozen
 * @e: "container's cgroup is not empty: N process(es) found", "container's cgroup
 *     unexpectedly frozen"
 * Called before the intent is recorded, so that what is not ours is never killed.
 * Runs in: host. Return: 0 or -EBUSY.
 */
MUST_CHECK int cgroup_check_free(const struct cgroup *cg, struct err *e);

/**
 * cgroup_prepare() - make the directories (parents too) and open the v2 one
 *
 * On v2 controllers are enabled in the parents' cgroup.subtree_control only where they are
 * not yet, and only those the limits need or that are already available; cpuset parents are
 * filled on v1. Existing directories are taken over. With systemd only the connection is made:
 * a scope cannot be without a process (systemd.c), so cgroup_apply() does nothing then, and
 * cgroup_attach() makes, limits and joins.
 * Runs in: host. Return: 0 or negative errno; what was made stays for cgroup_destroy().
 */
MUST_CHECK int cgroup_prepare(struct cgroup *cg, const struct spec_resources *res, struct err *e);

/**
 * cgroup_apply() - write the limits; no process may be inside yet on the first call
 * @res: NULL: only the device rules that every container gets
 *
 * A limit whose controller is missing is an error that names both, e.g. "cannot set hugetlb
 * limit: container could not join or create cgroup".
 * Runs in: host. Return: 0 or negative errno.
 */
MUST_CHECK int cgroup_apply(struct cgroup *cg, const struct spec_resources *res, struct err *e);

/**
 * cgroup_update() - change limits of a container that exists: all of @res, or nothing
 *
 * What @res leaves out keeps its value; where v2 has one file for two values the other one
 * is read from it. The old values are read before each write and put back, last one first,
 * when a later one is refused. Device rules are not touched, nor is anything opened meanwhile.
 * Runs in: host. Return: 0 or negative errno.
 */
MUST_CHECK int cgroup_update(struct cgroup *cg, const struct spec_resources *res, struct err *e);

/**
 * cgroup_attach() - move a process in, everywhere but where @skip_v2 says it was born
 * @skip_v2: true when clone3(CLONE_INTO_CGROUP) put it into the v2 cgroup
 * Runs in: host. Return: 0 or negative errno.
 */
MUST_CHECK int cgroup_attach(struct cgroup *cg, pid_t pid, bool skip_v2, struct err *e);

/* Where a process of `exec` goes. */
struct cgroup_entry {
	const char *const *subs; /* for each of at->dirs: a cgroup below it, or NULL */
	bool asked;		 /* by the caller: nowhere else then */
	pid_t init;
};

/**
 * cgroup_birth_fd() - the v2 cgroup for clone3(CLONE_INTO_CGROUP) of a process of `exec`
 * Runs in: host. Return: a descriptor, the caller's; negative when there is none: then
 * cgroup_enter() does it, or says why not.
 */
int cgroup_birth_fd(const struct cgroup *cg, const char *const *subs);

/**
 * cgroup_enter() - move a process of `exec` into the cgroups of a container
 * @skip_v2: it was born in the v2 one
 * @e:       "error adding pid 123 to cgroups: open /sys/fs/cgroup/x/y/cgroup.procs: no such file
 *           or directory"
 *
 * A v2 cgroup that takes no processes or is gone is no error unless it was asked for: the
 * process goes where init is. Runs in: host. Return: 0 or negative errno.
 */
MUST_CHECK int cgroup_enter(const struct cgroup *cg, const struct cgroup_entry *to, pid_t pid,
			    bool skip_v2, struct err *e);

/**
 * cgroup_pids() - every process in the cgroups, sub-cgroups included, each once
 * @ret: heap array, the caller frees; *@n entries. A missing cgroup has none.
 * Runs in: host. Return: 0 or negative errno.
 */
MUST_CHECK int cgroup_pids(const struct cgroup *cg, pid_t **ret, size_t *n, struct err *e);

/**
 * cgroup_signal_all() - send a signal to every process inside
 *
 * For SIGKILL: cgroup.kill on v2; else, and on v1, freeze where possible, signal each,
 * thaw, and again until a pass finds nobody new, so that a fork storm cannot outrun it.
 * Runs in: host. Return: number signalled, or negative errno.
 */
MUST_CHECK int cgroup_signal_all(const struct cgroup *cg, int sig, struct err *e);

/**
 * cgroup_wait_empty() - wait until no process is inside
 * @timeout_ms: bound; events of cgroup.events on v2, pidfds of the processes on v1
 * Runs in: host. Return: 0, -ETIMEDOUT, or negative errno.
 */
MUST_CHECK int cgroup_wait_empty(const struct cgroup *cg, int timeout_ms, struct err *e);

/**
 * cgroup_delegate() - make the v2 cgroup below the container's own that plan_cgroup.delegate names,
 * give it to the owner of the other, if there is one, and move init in
 * For after init's cgroup namespace, whose root stays the container's own. Runs in: host.
 * Return: 0, also when nothing is asked for, or negative errno.
 */
MUST_CHECK int cgroup_delegate(const struct cgroup *cg, pid_t pid, struct err *e);

/**
 * cgroup_destroy() - remove the directories, sub-cgroups first; idempotent
 *
 * EBUSY is retried with growing pauses for at most 2 s in all. Only the container's own
 * directories go; parents stay even when empty. Symlinks are never followed.
 * Runs in: host. Return: 0 (also when all is gone already) or negative errno.
 */
MUST_CHECK int cgroup_destroy(struct cgroup *cg, struct err *e);

/**
 * cgroup_remove_empty() - remove the directories if nobody is in them and nothing is below them
 * Runs in: host. Return: true when all are gone; false leaves the rest to cgroup_destroy(), also
 * for what systemd keeps.
 */
bool cgroup_remove_empty(struct cgroup *cg);

/** cgroup_freeze() - freeze or thaw, waiting for the kernel's word (2 s). Runs in: host. */
MUST_CHECK int cgroup_freeze(const struct cgroup *cg, bool frozen, struct err *e);

/** cgroup_is_frozen() - 1, 0, or negative errno; a missing cgroup is not frozen. Runs in: host. */
MUST_CHECK int cgroup_is_frozen(const struct cgroup *cg, struct err *e);

/* Hears of processes killed for lack of memory. */
struct cg_oom {
	int fd;	       /* to be polled for .events; -1: there is no memory controller */
	short events;  /* POLLIN or POLLPRI */
	int dir_fd;    /* v1: of the memory cgroup */
	uint64_t seen; /* v2: how many there have been */
};
#define CG_OOM_INIT                                                                                \
	{                                                                                          \
		-1, 0, -1, 0                                                                       \
	}

/**
 * cg_oom_open() - listen from now on: an eventfd on v1, memory.events on v2
 * @ret: the caller's to cg_oom_done(), also on failure; must be CG_OOM_INIT before
 * Runs in: host. Return: 0, also without a memory controller; negative errno.
 */
MUST_CHECK int cg_oom_open(const struct cgroup *cg, struct cg_oom *ret, struct err *e);

/** cgroup_oom_kills() - how many processes in it were ever killed for lack of memory; 0 also when
 * nobody counts. Runs in: host. */
uint64_t cgroup_oom_kills(const struct cgroup *cg);

/** cg_oom_take() - how many since the last call; 0 when the cgroup is gone. Runs in: host. */
uint64_t cg_oom_take(struct cg_oom *w);
void cg_oom_done(struct cg_oom *w);

/** cgroup_ask_systemd() - can systemd's manager, of the user or the system, be spoken to? For
 * `vial check`. Runs in: host. Return: 0 or negative errno. */
MUST_CHECK int cgroup_ask_systemd(bool user, struct err *e);

/** cgroup_user_manager() - ask the user's systemd where its units are. Runs in: host. */
MUST_CHECK int cgroup_user_manager(struct arena *a, const char **ret, struct err *e);

/**
 * cgroup_foresee() - what cgroup_prepare() and cgroup_apply() would run into; changes nothing
 * @tell: called with each finding, of @a: a limit that cannot be set (fatal), or that a cgroup above
 *        makes moot
 * Runs in: host. Return: 0, or -EINVAL for a value that is wrong by itself.
 */
MUST_CHECK int cgroup_foresee(const struct plan_cgroup *at, const struct spec_resources *res,
			      struct arena *a,
			      void (*tell)(void *arg, bool fatal, const char *text), void *arg,
			      struct err *e);

/**
 * cgroup_allows_device() - may the container read a device, by its own rules and those that each has?
 * @type: 'b' or 'c'
 * Rules that are wrong allow nothing. Pure. Runs in: host.
 */
bool cgroup_allows_device(const struct spec_resources *res, char type, uint32_t major,
			  uint32_t minor);

/** cgroup_print_settings() - append what cgroup_apply() would write, for `vial plan`. Pure. */
MUST_CHECK int cgroup_print_settings(const struct plan_cgroup *at, const struct spec_resources *res,
				     struct strbuf *out, struct err *e);

#endif
