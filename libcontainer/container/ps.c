/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/cleanup.h"
#include "container/ops.h"

static int find_pids(const struct handle *h, pid_t **ret, size_t *n, struct err *e)
{
	int status;

	if (h->cgroup.at->enabled)
		return cgroup_pids(&h->cgroup, ret, n, e);
	/* Without a cgroup init is the only one that is known to belong to it. */
	status = handle_status(h, e);
	if (status < 0)
		return status;
	*n = status != CONTAINER_STOPPED && h->state.init.pid > 0;
	*ret = mem_new(1, sizeof(**ret));
	**ret = h->state.init.pid;
	return 0;
}

int container_pids(const struct container_env *env, const char *id, pid_t **ret, size_t *n,
		   struct err *e)
{
	struct handle h = HANDLE_INIT;

	*ret = NULL;
	*n = 0;
	int r = handle_find(&h, env, id, e);
	if (r == 0)
		r = handle_load(&h, e);
	if (r == 0)
		r = find_pids(&h, ret, n, e);
	handle_done(&h);
	return r;
}
