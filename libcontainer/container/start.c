/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/proc.h"
#include "base/hint.h"
#include "base/retry.h"
#include "container/notify.h"
#include "container/ops.h"
#include "hooks/hooks.h"
#include "init/hookstate.h"
#include "proto/startpipe.h"

int handle_poststart(const struct handle *h, struct err *e)
{
	TRACE(h->env->trace, "poststart hooks");

	const struct hook_state state = { h->state.oci_version, h->state.id, h->state.bundle,
					  &h->state.annotations };
	const struct hook_context how = { .kind = HOOK_POSTSTART,
					  .cwd = h->state.bundle,
					  .log = h->env->log };
	struct spec *spec = NULL;

	if (!h->state.poststart)
		return 0;
	int r = spec_load(h->dir_fd, STATE_CONFIG, &spec, e);
	if (r < 0)
		return err_ctx(e, "run poststart hooks");
	r = hook_state_run(&state, "created", h->state.init.pid, &spec->hooks, &how, e);
	spec_free(spec);
	return r;
}

static int check_created(const struct handle *h, struct err *e)
{
	TRACE(h->env->trace, "look at the state");

	int status = handle_status(h, e);

	switch (status) {
	case CONTAINER_CREATED:
		return 0;
	case CONTAINER_STOPPED:
		return err_set(e, EINVAL, "cannot start a container that has stopped");
	case CONTAINER_RUNNING:
		return err_set(e, EBUSY, "cannot start an already running container");
	default:
		if (status < 0)
			return status;
		return err_set(e, EINVAL, "cannot start a container in the %s state",
			       container_status_name((enum container_status)status));
	}
}

/* runtime-spec, "Lifecycle": a failed poststart hook stops and destroys the container. */
static int poststart_or_destroy(struct handle *h, struct err *e)
{
	struct err second;
	int r = handle_poststart(h, e);

	if (r < 0 && handle_destroy(h, &second) < 0)
		log_warn(h->env->log, "%s", second.text);
	return r;
}

/* Others may work on the container while we wait for it to be ready. */
static int wait_ready(const struct handle *h, struct notify *n, struct err *e)
{
	if (n->sock < 0)
		return 0;
	if (RETRY(flock(h->dir_fd, LOCK_UN)) < 0)
		return err_errno(e, "unlock the state of %s", h->id);
	autoclose int pidfd = proc_pidfd(h->state.init.pid, h->state.init.start_time);
	if (pidfd == -ESRCH)
		return 0; /* it has ended already */
	if (pidfd < 0)
		return err_set(e, -pidfd, "open init: pidfd_open(2): %s", errno_text(-pidfd));
	return notify_wait(n, pidfd, e);
}

/*
 * Init has told why it could not go on, and ends. A client that removes the container after our
 * error (dockerd does) must find it stopped, else it leaves it and its shim behind.
 */
static void wait_end(const struct handle *h)
{
	autoclose int pidfd = proc_pidfd(h->state.init.pid, h->state.init.start_time);

	if (pidfd >= 0 && proc_wait_pidfd(pidfd, END_TIMEOUT_MS) < 0)
		log_warn(h->env->log, "%s: init has not ended", h->id);
}

/* Killed before its program could do anything: `start` would say nothing, or not enough. */
static int tell_oom(const struct handle *h, int r, struct err *e)
{
	static const char advice[] = "killed for lack of memory while it started: see "
				     "linux.resources.memory.limit";

	if (!h->state.cgroup.enabled || cgroup_oom_kills(&h->cgroup) == 0)
		return r;
	if (r < 0)
		return err_append(e, "%s", advice);
	log_warn(h->env->log, "%s: %s", h->id, advice);
	return 0;
}

int container_start(const struct container_env *env, const char *id, struct err *e)
{
	struct notify n = NOTIFY_INIT;
	struct handle h = HANDLE_INIT;
	bool ended;

	int r = handle_open(&h, env, id, e);
	if (r == 0)
		r = check_created(&h, e);
	if (r == 0)
		r = notify_listen(&n, env, h.dir_fd, h.state.init.pid, e);
	if (r == 0) {
		TRACE(env->trace, "start the program");

		r = tell_oom(&h, startpipe_start(h.dir_fd, &ended, e), e);
		if (r < 0 && ended)
			wait_end(&h);
	}
	if (r == 0)
		r = poststart_or_destroy(&h, e);
	if (r == 0)
		r = wait_ready(&h, &n, e);
	notify_done(&n);
	handle_done(&h);
	return r < 0 ? hint_add(e) : 0;
}
