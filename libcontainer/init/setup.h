/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INIT_SETUP_H
#define INIT_SETUP_H

/* What the steps of init share. Private to the init layer. Everything here runs in: init. */

#include "base/log.h"
#include "hooks/hooks.h"
#include "init/init.h"
#include "rootfs/rootfs.h"

struct init {
	const struct init_args *args;
	const struct plan *plan;
	struct log_sink log;
	struct arena arena;
	struct rootfs rootfs;
	const char *const *envp; /* the program's, HOME included */
	const char *program;	 /* found */
	int ptmx_fd, peer_fd;	 /* terminal; -1: none */
	bool cwd_done;
};

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
MUST_CHECK int init_find_program(struct init *i, struct err *e);
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
