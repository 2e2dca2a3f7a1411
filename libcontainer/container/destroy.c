/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/proc.h"
#include "base/sys.h"
#include "container/ops.h"
#include "hooks/hooks.h"
#include "init/hookstate.h"
#include "rdt/rdt.h"

/* By a pidfd that is verified to be the recorded process; gone already is well. */
static int end_init(const struct handle *h, bool *ret_gone, struct err *e)
{
	const struct state_process *init = &h->state.init;

	*ret_gone = true;
	if (init->pid <= 0)
		return 0;
	autoclose int pidfd = proc_pidfd(init->pid, init->start_time);
	if (pidfd == -ESRCH)
		return 0;
	*ret_gone = false;
	if (pidfd < 0)
		return err_set(e, -pidfd, "end init: pidfd_open(2): %s", errno_text(-pidfd));
	if (sys_pidfd_send_signal(pidfd, SIGKILL) < 0 && errno != ESRCH)
		return err_errno(e, "end init: pidfd_send_signal(2)");
	return 0;
}

static int wait_for_init(const struct handle *h, struct err *e)
{
	TRACE(h->env->trace, "wait for init");

	const struct state_process *init = &h->state.init;

	autoclose int pidfd = init->pid > 0 ? proc_pidfd(init->pid, init->start_time) : -ESRCH;
	if (pidfd < 0)
		return 0;
	int r = proc_wait_pidfd(pidfd, END_TIMEOUT_MS);
	if (r == -ETIMEDOUT)
		return err_set(e, ETIMEDOUT,
			       "init (pid %ld) does not end: is it stuck in the kernel?",
			       (long)init->pid);
	return r < 0 ? err_set(e, -r, "wait for init: %s", errno_text(-r)) : 0;
}

static int end_cgroup(const struct handle *h, struct err *e)
{
	TRACE(h->env->trace, "end the processes");

	if (!h->cgroup.at->enabled)
		return 0;
	int r = cgroup_signal_all(&h->cgroup, SIGKILL, e);
	if (r < 0)
		return err_ctx(e, "end the processes");
	r = cgroup_is_frozen(&h->cgroup, e);
	if (r > 0)
		r = cgroup_freeze(&h->cgroup, false, e);
	if (r == 0)
		r = cgroup_wait_empty(&h->cgroup, END_TIMEOUT_MS, e);
	return r < 0 ? err_ctx(e, "end the processes") : 0;
}

static int end_processes(struct handle *h, struct err *e)
{
	TRACE(h->env->trace, "end processes, remove the cgroup");

	bool gone;
	int r = end_init(h, &gone, e);

	/* Mostly nobody is left, and to remove the cgroups is the shortest way to see that. */
	if (r == 0 && gone && cgroup_remove_empty(&h->cgroup))
		return 0;
	if (r == 0)
		r = end_cgroup(h, e);
	if (r == 0)
		r = wait_for_init(h, e);
	if (r == 0 && h->cgroup.at->enabled)
		r = cgroup_destroy(&h->cgroup, e);
	return r;
}

void handle_poststop(const struct handle *h)
{
	TRACE(h->env->trace, "poststop hooks");

	autodone(strbuf) struct strbuf json = STRBUF_INIT;
	struct spec *spec = NULL;
	struct err e;

	if (!h->state.poststop)
		return;
	if (spec_load(h->dir_fd, STATE_CONFIG, &spec, &e) < 0) {
		log_warn(h->env->log, "unable to run poststop hooks: %s", e.text);
		return;
	}
	const struct hook_state state = { h->state.oci_version, h->state.id, h->state.bundle,
					  &h->state.annotations };
	hook_state_print(&state, "stopped", 0, &json);
	const struct hook_context context = {
		.kind = HOOK_POSTSTOP,
		.state_json = strbuf_str(&json),
		.cwd = h->state.bundle,
		.log = h->env->log,
		.annotations = &h->state.annotations,
	};
	hooks_run_all(&spec->hooks, &context);
	spec_free(spec);
}

int handle_remove_rdt(const struct handle *h, struct err *e)
{
	const struct state_rdt *rdt = &h->state.rdt;

	return rdt_remove(rdt->made ? rdt->group : NULL, rdt->mon, e);
}

int handle_destroy(struct handle *h, struct err *e)
{
	TRACE(h->env->trace, "destroy");

	int r = end_processes(h, e);

	if (r == 0)
		r = handle_remove_rdt(h, e);
	if (r < 0)
		return r;
	handle_poststop(h);
	TRACE(h->env->trace, "remove the record");
	return store_remove(h->root_fd, h->dir_fd, h->id, e);
}
