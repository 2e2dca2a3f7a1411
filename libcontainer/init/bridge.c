/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/sys.h"
#include "init/spawn.h"
#include "plan/namespaces.h"
#include "proto/proto.h"

/* Entered for children only, so last; the user namespace has its own place. */
static bool is_late(enum ns_kind k)
{
	return k == NS_USER || k == NS_PID || k == NS_TIME;
}

/*
 * First with the host's rights: a network namespace may belong to another user namespace than
 * the one we enter. What only the user namespace's owner may join is left for after.
 */
static int join_early(const struct init_args *a, bool deferred[NS_COUNT], struct err *e)
{
	for (int k = 0; k < NS_COUNT; k++) {
		if (a->ns.fd[k] < 0 || is_late((enum ns_kind)k))
			continue;
		int r = ns_join(&a->ns, (enum ns_kind)k, e);
		if (r == -EPERM && a->plan->ns[NS_USER].wanted)
			deferred[k] = true;
		else if (r < 0)
			return r;
	}
	return 0;
}

static int join_deferred(const struct init_args *a, const bool deferred[NS_COUNT], struct err *e)
{
	for (int k = 0; k < NS_COUNT; k++) {
		int r = deferred[k] ? ns_join(&a->ns, (enum ns_kind)k, e) : 0;

		if (r < 0)
			return r;
	}
	return 0;
}

static int enter_userns(const struct init_args *a, struct err *e)
{
	int r;

	if (a->ns.fd[NS_USER] >= 0) {
		r = ns_join(&a->ns, NS_USER, e);
		return r < 0 ? r : ns_become_root(a->plan, e);
	}
	if (!a->plan->ns[NS_USER].wanted)
		return 0;
	if (unshare(CLONE_NEWUSER) < 0)
		return err_errno(e, "new user namespace: unshare(2)");
	r = proto_say(a->sock, STEP_USERNS_READY, e);
	if (r == 0)
		r = proto_expect(a->sock, STEP_IDMAP_DONE, NULL, NULL, e);
	return r < 0 ? r : ns_become_root(a->plan, e);
}

static int enter_timens(const struct init_args *a, struct err *e)
{
	int r;

	if (a->ns.fd[NS_TIME] >= 0)
		return ns_join(&a->ns, NS_TIME, e);
	if (!a->plan->time_offsets)
		return 0;
	if (unshare(CLONE_NEWTIME) < 0)
		return err_errno(e, "new time namespace: unshare(2)");
	r = proto_say(a->sock, STEP_TIMENS_READY, e);
	return r < 0 ? r : proto_expect(a->sock, STEP_OFFSETS_DONE, NULL, NULL, e);
}

static int clone_init(const struct init_args *a, struct err *e)
{
	struct init_args for_init = *a;
	int pidfd = -1;
	struct clone_args c = {
		.flags = (a->plan->clone_flags & ~(uint64_t)CLONE_NEWUSER) | CLONE_PARENT |
			 CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
		.pidfd = (uint64_t)(uintptr_t)&pidfd,
	};

	for_init.joins_done = true;
	pid_t pid = sys_clone3(&c, sizeof(c));
	if (pid < 0)
		return err_errno(e, "clone3(2)");
	if (pid == 0)
		init_main(&for_init);
	return proto_send(a->sock, STEP_INIT_SPAWNED, NULL, 0, &pidfd, 1, e);
}

static int run(const struct init_args *a, struct err *e)
{
	struct trace trace = trace_as(a->trace, TRACE_BRIDGE);
	bool deferred[NS_COUNT] = { false };

	TRACE(&trace, "join namespaces, make init");

	int r = init_begin(a, e);
	if (r == 0)
		r = join_early(a, deferred, e);
	if (r == 0)
		r = enter_userns(a, e);
	if (r == 0)
		r = join_deferred(a, deferred, e);
	if (r == 0)
		r = enter_timens(a, e);
	if (r == 0 && a->ns.fd[NS_PID] >= 0)
		r = ns_join(&a->ns, NS_PID, e);
	return r < 0 ? r : clone_init(a, e);
}

_Noreturn void bridge_main(const struct init_args *args)
{
	struct err e;

	if (run(args, &e) == 0)
		_exit(0);
	proto_send_err(args->sock, &e);
	_exit(1);
}
