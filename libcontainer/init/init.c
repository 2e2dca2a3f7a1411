/* SPDX-License-Identifier: Apache-2.0 */
#include "init/init.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/sys.h"
#include "init/setup.h"
#include "proto/proto.h"
#include "proto/startpipe.h"
#include "security/security.h"

/* The script. Names are for the log. */
static const struct {
	const char *name;
	int (*run)(struct init *i, struct err *e);
} steps[] = {
	{ "user namespace", init_user_namespace },
	{ "join namespaces", init_join_namespaces },
	{ "wait for the cgroups", init_wait_placed },
	{ "namespaces", init_namespaces },
	{ "root", init_root },
	{ "files in the root", init_files },
	{ "hooks", init_hooks },
	{ "terminal", init_terminal },
	{ "enter the root", init_enter_root },
	{ "labels", init_labels },
	{ "working directory", init_first_cwd },
	{ "seccomp", init_early_filter },
	{ "credentials", init_credentials },
	{ "program", init_find_program },
	{ "notifying filter", init_notify_filter },
	{ "created", init_created },
};

static int set_up(struct init *i, struct err *e)
{
	for (size_t n = 0; n < ARRAY_SIZE(steps); n++) {
		log_debug(&i->log, "init: %s", steps[n].name);
		TRACE(i->trace, steps[n].name);
		int r = steps[n].run(i, e);
		if (r < 0)
			return r;
	}
	return 0;
}

/* --- the beginning ------------------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

int init_close_others(unsigned int from, int *keep, size_t n, struct err *e)
{
	qsort(keep, n, sizeof(*keep), by_number);
	for (size_t i = 0; i < n; i++) {
		if (keep[i] < 0 || (unsigned int)keep[i] < from)
			continue;
		unsigned int fd = (unsigned int)keep[i];
		if (fd > from && sys_close_range(from, fd - 1, 0) < 0)
			return err_errno(e, "close_range(2)");
		from = fd + 1;
	}
	if (sys_close_range(from, UINT32_MAX, 0) < 0)
		return err_errno(e, "close_range(2)");
	return 0;
}

/* All but stdio, the preserved descriptors, and those of @a. */
static int close_others(const struct init_args *a, struct err *e)
{
	int keep[5 + NS_COUNT] = { a->root_fd, a->proc_fd, a->start_fd, a->sock, a->source_sock };

	for (int k = 0; k < NS_COUNT; k++)
		keep[5 + k] = a->ns.fd[k];
	return init_close_others(3 + a->plan->request->preserve_fds, keep, ARRAY_SIZE(keep), e);
}

int init_begin(const struct init_args *args, struct err *e)
{
	/*
	 * A container we join could otherwise look into us (CVE-2016-9962). An ordinary user must
	 * stay dumpable until its ids are mapped: user_namespaces(7) by way of the owner of /proc/PID.
	 */
	if (args->euid == 0 && prctl(PR_SET_DUMPABLE, 0) < 0)
		return err_errno(e, "prctl(2) PR_SET_DUMPABLE");
	/* A host that died before this line shows as end of file on the socket. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return err_errno(e, "prctl(2) PR_SET_PDEATHSIG");
	(void)prctl(PR_SET_NAME, "vial:init"); /* else ps(1) shows the number of the sealed memfd */
	return close_others(args, e);
}

static int begin(struct init *i, struct err *e)
{
	int r = init_begin(i->args, e);

	if (r < 0)
		return r;
	if (setsid() < 0)
		return err_errno(e, "setsid(2)");
	signals_reset(i->args->signals_ignored); /* handlers went with the clone */
	(void)umask(0); /* modes are what config.json says; the program's own is set at the end */
	return 0;
}

_Noreturn void init_main(const struct init_args *args)
{
	struct trace trace = trace_as(args->trace, TRACE_INIT);
	struct init i = {
		.args = args,
		.trace = &trace,
		.plan = args->plan,
		.log = proto_log_sink(&args->sock, args->log_max),
		.rootfs = ROOTFS_INIT,
		.ptmx_fd = -1,
		.peer_fd = -1,
		.status_fd = -1,
	};
	struct err e;

	int r = begin(&i, &e);
	if (r == 0)
		r = set_up(&i, &e);
	if (r < 0) {
		proto_send_err(args->sock, &e);
		_exit(1);
	}
	if (args->start_fd >= 0)
		(void)close(args->sock); /* committed: the host may go */
	(void)init_execute(&i, &e);
	if (args->start_fd >= 0)
		startpipe_report(args->start_fd, &e);
	else
		proto_send_err(args->sock, &e);
	_exit(1);
}
