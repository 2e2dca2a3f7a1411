/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INIT_SETUP_H
#define INIT_SETUP_H

/* What the steps of init share. Private to the init layer. Everything here runs in: init. */

#include "base/log.h"
#include "hooks/hooks.h"
#include "init/init.h"
#include "plan/exec.h"
#include "rootfs/rootfs.h"

struct init {
	const struct init_args *args;
	const struct plan *plan;
	const struct plan_exec *exec; /* NULL: this is init */
	struct log_sink log;
	struct trace *trace; /* this process's */
	struct arena arena;
	struct rootfs rootfs;
	const char *const *envp; /* the program's, HOME included */
	const char *program;	 /* found */
	int ptmx_fd, peer_fd;	 /* terminal; -1: none */
	int status_fd;		 /* status_open(); -1 before and after */
	bool cwd_done;
	int hook_out_fd, hook_err_fd; /* for startContainer hooks; 0: none */
};

/**
 * init_close_others() - close every descriptor from @from on but those in @keep
 * @keep: sorted here; negative ones mean nothing
 * Runs in: bridge and init. Return: 0 or negative errno.
 */
MUST_CHECK int init_close_others(unsigned int from, int *keep, size_t n, struct err *e);

/**
 * init_make_env() - i->envp: the plan's, and HOME by the container's /etc/passwd when it lacks it
 * @root_fd: the container's root; AT_FDCWD when the caller stands in it
 */
void init_make_env(struct init *i, int root_fd);

/* One step each; 0 or negative errno. setup.c: before pivot_root(2). */
MUST_CHECK int init_user_namespace(struct init *i, struct err *e);
MUST_CHECK int init_join_namespaces(struct init *i, struct err *e);
MUST_CHECK int init_wait_placed(struct init *i, struct err *e);
MUST_CHECK int init_namespaces(struct init *i, struct err *e);
MUST_CHECK int init_root(struct init *i, struct err *e);
MUST_CHECK int init_files(struct init *i, struct err *e);
MUST_CHECK int init_hooks(struct init *i, struct err *e);
MUST_CHECK int init_terminal(struct init *i, struct err *e);
MUST_CHECK int init_enter_root(struct init *i, struct err *e);
/* finish.c: after. */
MUST_CHECK int init_labels(struct init *i, struct err *e);
MUST_CHECK int init_early_filter(struct init *i, struct err *e);
MUST_CHECK int init_credentials(struct init *i, struct err *e);
/* A late filter that notifies is loaded before CREATED: its agent is found by create, or not. */
MUST_CHECK int init_notify_filter(struct init *i, struct err *e);
MUST_CHECK int init_find_program(struct init *i, struct err *e);
/* Personality, no_new_privs, the terminal in i->peer_fd as stdio. */
MUST_CHECK int init_attributes(struct init *i, struct err *e);
/* Where the filter is the last thing: close all descriptors but stdio, the preserved ones and @keep. */
void init_close_rest(const struct init *i, int keep);
MUST_CHECK int init_late_filter(const struct init *i, struct err *e);
/* execve(2); returns only on failure, explained. */
int init_exec_program(const struct init *i, struct err *e);
MUST_CHECK int init_created(struct init *i, struct err *e);
/* Waits for start, then executes the program. Returns only on failure, with @e set. */
int init_execute(struct init *i, struct err *e);
/* Working directory: before the filter and the change of user; where that was refused, after. */
MUST_CHECK int init_first_cwd(struct init *i, struct err *e);
MUST_CHECK int init_cwd(struct init *i, struct err *e);
/* Hooks that run in the container's namespaces; @how as of hook_state_run(). */
MUST_CHECK int init_run_hooks(struct init *i, const char *status, const struct hook_context *how,
			      struct err *e);

#endif
