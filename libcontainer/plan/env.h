/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_ENV_H
#define PLAN_ENV_H

#include "plan/plan.h"

/**
 * plan_env() - the environment of the container's process
 * @env:        "KEY=VALUE" strings; of a key given twice the last wins and keeps the last's place
 * @listen_fds: > 0: LISTEN_FDS=N and LISTEN_PID=1 are added
 * Fills p->process.envp and env_has_home. Pure, linear. Runs in: host.
 */
MUST_CHECK int plan_env(const struct strs *env, unsigned int listen_fds, struct plan *p,
			struct err *e);

#endif
