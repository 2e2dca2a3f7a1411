/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/proc.h"
#include "base/sys.h"
#include "container/ops.h"

static int not_running(struct err *e)
{
	return err_set_kind(e, ERR_NOT_RUNNING, ESRCH, "container not running");
}

static int signal_init(const struct handle *h, int sig, struct err *e)
{
	autoclose int pidfd = proc_pidfd(h->state.init.pid, h->state.init.start_time);

	if (pidfd == -ESRCH)
		return not_running(e);
	if (pidfd < 0)
		return err_set(e, -pidfd, "open init: pidfd_open(2): %s", errno_text(-pidfd));
	if (sys_pidfd_send_signal(pidfd, sig) == 0)
		return 0;
	return errno == ESRCH ? not_running(e) : err_errno(e, "signal init: pidfd_send_signal(2)");
}

/* A frozen process of cgroup v1 does not even die before it is thawed. */
static int thaw(const struct handle *h, struct err *e)
{
	int frozen = cgroup_is_frozen(&h->cgroup, e);

	return frozen <= 0 ? frozen : cgroup_freeze(&h->cgroup, false, e);
}

/* Every process of the cgroup: those whose init shares its pid namespace with others, or has
 * gone before them. */
static int signal_all(const struct handle *h, int sig, bool running, struct err *e)
{
	int n = h->cgroup.at->enabled ? cgroup_signal_all(&h->cgroup, sig, e) : 0;

	if (n < 0)
		return n;
	if (n == 0 && running)
		return signal_init(h, sig, e);
	return n == 0 ? not_running(e) : 0;
}

static int send(const struct handle *h, int sig, bool all, struct err *e)
{
	int status = handle_status(h, e);

	if (status < 0)
		return status;
	bool running = status != CONTAINER_STOPPED && status != CONTAINER_CREATING;
	bool whole = (sig == SIGKILL && !h->state.private_pidns) || (all && running);
	if (!running && !(sig == SIGKILL && whole))
		return not_running(e);

	int r = whole ? signal_all(h, sig, running, e) : signal_init(h, sig, e);
	return r == 0 && sig == SIGKILL ? thaw(h, e) : r;
}

int container_kill(const struct container_env *env, const char *id, int sig, bool all,
		   struct err *e)
{
	struct handle h = HANDLE_INIT;

	int r = handle_find(&h, env, id, e);
	if (r == 0)
		r = handle_load(&h, e);
	if (r == 0)
		r = send(&h, sig, all, e);
	handle_done(&h);
	return r < 0 && e->kind == ERR_NOT_RUNNING && all ? 0 : r;
}
