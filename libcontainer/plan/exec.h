/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_EXEC_H
#define PLAN_EXEC_H

/* The decided process of `exec`: what of the container's configuration holds for it, and what
 * the caller asked for instead. Pure, as plan.h. */

#include "plan/plan.h"

/* What the caller of exec asked for. Strings are borrowed. */
struct exec_request {
	struct request base;	  /* id, program, pid_file, sockets, detach, descriptors */
	const char *process_file; /* --process as given, or NULL */
	struct strs args;	  /* the command; n == 0: the document's */
	struct strs env, caps;	  /* added */
	struct strs groups;	  /* added; decimal numbers, as given */
	struct strs cgroups;	  /* "[CONTROLLER[,CONTROLLER]:]PATH", as given */
	const char *user;	  /* "UID[:GID]" as given; NULL: not given */
	const char *cwd, *apparmor, *selinux_label; /* NULL: the document's */
	struct opt_bool terminal, no_new_privileges;
	bool ignore_paused;
	int *ret_pidfd; /* detached: gets a pidfd of the process, the caller's; NULL: nobody asks */
};

/* CPUs as sched_setaffinity(2) takes them. */
struct plan_cpus {
	const unsigned char *mask; /* NULL: not asked */
	size_t n;		   /* bytes */
};

struct plan_exec {
	/* Filled as far as it concerns a process: .process, .session_keyring, .spec, .request,
	 * .warnings; .ns[].wanted are the namespaces of the container's init to join, with a
	 * .path that only says so. */
	struct plan plan;
	bool ignore_paused;
	/* One for each directory of the container's cgroup: the cgroup below it, "a/b", or NULL. */
	const char *const *subcgroups;
	bool cgroup_asked; /* by --cgroup: nowhere else then */
	struct plan_cpus initial, final;
	bool needs_commit; /* the program runs only when the host says so */
};

/**
 * plan_exec_build() - decide everything about a process of `exec`
 * @spec:    config.json as it was at create
 * @process: the document of --process, or NULL: config.json's process without terminal. What it
 *           lacks of capabilities, limits, labels, scheduling and umask is config.json's.
 * @facts:   .caps_*, .cap_last and .has_* (of LSMs) count
 * @cgroup:  where the container is
 * @request: options win over @process; all are borrowed and must outlive the plan
 * @ret:     the caller's to plan_exec_free(); not set on failure
 *
 * Pure. Runs in: host. Return: 0 or negative errno.
 */
MUST_CHECK int plan_exec_build(const struct spec *spec, const struct spec_process *process,
			       const struct host_facts *facts, const struct plan_cgroup *cgroup,
			       const struct exec_request *request, struct plan_exec **ret,
			       struct err *e);

/** plan_exec_free() - free it; NULL is allowed. Runs in: host. */
void plan_exec_free(struct plan_exec *x);

/**
 * plan_cpus_parse() - a list of CPUs: "0-3,5", as in cpuset(7)
 * @ret: in @a
 * Pure. Runs in: host. Return: 0 or -EINVAL, naming @field.
 */
MUST_CHECK int plan_cpus_parse(struct arena *a, const char *field, const char *text,
			       struct plan_cpus *ret, struct err *e);

/** plan_cpus_print() - append the mask as one number: "0x1f". Pure. Runs in: host. */
void plan_cpus_print(const struct plan_cpus *c, struct strbuf *out);

/* Where --cgroup leads; private to the plan layer. */
MUST_CHECK int plan_subcgroups(const struct strs *given, const struct plan_cgroup *cgroup,
			       struct plan_exec *x, struct err *e);

#endif
