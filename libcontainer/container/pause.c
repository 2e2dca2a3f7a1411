/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/cleanup.h"
#include "container/ops.h"

static int pause_found(const struct handle *h, struct err *e)
{
	int status = handle_status(h, e);

	if (status < 0)
		return status;
	if (status != CONTAINER_RUNNING && status != CONTAINER_CREATED)
		return err_set_kind(e, ERR_NOT_RUNNING, ESRCH, "container not running");
	if (!h->cgroup.at->enabled)
		return err_set(e, ENOTSUP, "cannot pause: the container has no cgroup");
	return cgroup_freeze(&h->cgroup, true, e);
}

static int resume_found(const struct handle *h, struct err *e)
{
	int status = handle_status(h, e);

	if (status < 0)
		return status;
	if (status != CONTAINER_PAUSED)
		return err_set(e, EINVAL, "container not paused");
	return cgroup_freeze(&h->cgroup, false, e);
}

int container_pause(const struct container_env *env, const char *id, struct err *e)
{
	struct handle h = HANDLE_INIT;

	int r = handle_open(&h, env, id, e);
	if (r == 0)
		r = pause_found(&h, e);
	handle_done(&h);
	return r;
}

int container_resume(const struct container_env *env, const char *id, struct err *e)
{
	struct handle h = HANDLE_INIT;

	int r = handle_open(&h, env, id, e);
	if (r == 0)
		r = resume_found(&h, e);
	handle_done(&h);
	return r;
}
