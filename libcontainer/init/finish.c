/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/hint.h"
#include "base/sys.h"
#include "console/console.h"
#include "init/program.h"
#include "init/setup.h"
#include "proto/proto.h"
#include "proto/startpipe.h"
#include "seccomp/record.h"
#include "security/security.h"

int init_labels(struct init *i, struct err *e)
{
	int r = lsm_apply(i->args->proc_fd, &i->plan->process, e);

	if (r == 0) {
		i->status_fd = status_open(i->args->proc_fd, e);
		r = i->status_fd < 0 ? i->status_fd : 0;
	}
	(void)close(i->args->proc_fd); /* the last way back to the host's files */
	return r < 0 ? r : init_attributes(i, e);
}

int init_attributes(struct init *i, struct err *e)
{
	const struct plan_process *p = &i->plan->process;
	int r = personality_apply(p, e);

	if (r == 0)
		r = no_new_privs_apply(p, e);
	if (r < 0 || i->peer_fd < 0)
		return r;
	r = console_take(i->peer_fd, p->uid, e);
	i->peer_fd = -1;
	return r;
}

/* --- working directory ---------------------------------------------------------------- */

/*
 * The raw system call: the C library's walks upwards when the kernel says "(unreachable)", which
 * is what it says of a directory outside of the root (CVE-2024-21626).
 */
static int check_cwd(const char *cwd, struct err *e)
{
	char path[PATH_MAX];
	long n = syscall(SYS_getcwd, path, sizeof(path));

	if (n < 0)
		return err_errno(e, "getcwd(2) in cwd (\"%s\") set in config.json", cwd);
	if (path[0] != '/')
		return err_set(
			e, EPERM,
			"cwd (\"%s\") set in config.json lies outside of the container's root",
			cwd);
	return 0;
}

int init_first_cwd(struct init *i, struct err *e)
{
	/* Whoever enters the root is in "/". */
	bool is_there = str_eq(i->plan->process.cwd, "/");
	int r = is_there ? check_cwd("/", e) : init_cwd(i, e);

	i->cwd_done = i->cwd_done || (is_there && r == 0);

	/* The container's user may be allowed what its root is not. */
	return r == -EACCES ? 0 : r;
}

int init_cwd(struct init *i, struct err *e)
{
	const char *cwd = i->plan->process.cwd;

	if (chdir(cwd) < 0)
		return err_errno(e, "chdir to cwd (\"%s\") set in config.json failed", cwd);
	int r = check_cwd(cwd, e);
	i->cwd_done = r == 0;
	return r;
}

/* --- filter, credentials -------------------------------------------------------------- */

static bool filter_is_late(const struct init *i)
{
	return i->plan->process.no_new_privileges;
}

/* In a user namespace the rights to most of it are gone: the host has done it. */
static int claim(const struct plan *plan, struct err *e)
{
	const struct plan_process *p = &plan->process;

	int r = memory_policy_apply(p, e);
	if (r < 0 || plan->ns[NS_USER].wanted)
		return r;
	r = rlimits_apply(0, p, e);
	if (r == 0)
		r = io_priority_apply(0, p, e);
	return r < 0 ? r : scheduler_apply(0, p, e);
}

/*
 * The host copies the listener: it must know its number, because nothing can be told once the
 * filter is loaded. The lowest free descriptor is what the kernel takes.
 */
static int announce_listener(const struct init *i, struct err *e)
{
	int lowest = dup(i->args->sock);

	if (lowest < 0)
		return err_errno(e, "dup(2)");
	(void)close(lowest);
	uint32_t number = (uint32_t)lowest;
	return proto_send(i->args->sock, STEP_LISTENER, &number, sizeof(number), NULL, 0, e);
}

static int load_filter(const struct init *i, struct err *e)
{
	const struct seccomp_filter *f = i->args->filter;

	if (!f->insns)
		return 0;
	trace_before_filter(i->trace);
	int r = f->notifies ? announce_listener(i, e) : 0;
	if (r == 0)
		r = seccomp_filter_load(f, e);
	return r < 0 ? r : 0; /* the listener stays open until the host has it: COMMITTED */
}

int init_early_filter(struct init *i, struct err *e)
{
	/* The host's death shows as end of file from here on; a filter might forbid prctl(2) later. */
	if (prctl(PR_SET_PDEATHSIG, 0) < 0)
		return err_errno(e, "prctl(2) PR_SET_PDEATHSIG");
	(void)umask((mode_t)i->plan->process.umask);
	int r = claim(i->plan, e);
	if (r < 0)
		return r;
	return filter_is_late(i) ? 0 : load_filter(i, e);
}

int init_credentials(struct init *i, struct err *e)
{
	int r = creds_apply(i->status_fd, i->plan, &i->log, e);
	if (i->status_fd >= 0)
		(void)close(take_fd(&i->status_fd));
	if (r < 0 || i->cwd_done)
		return r;
	return init_cwd(i, e);
}

int init_notify_filter(struct init *i, struct err *e)
{
	return filter_is_late(i) && i->args->filter->notifies ? load_filter(i, e) : 0;
}

int init_find_program(struct init *i, struct err *e)
{
	return program_find(&i->arena, i->plan->process.argv[0], i->envp, &i->program, e);
}

int init_created(struct init *i, struct err *e)
{
	int r = proto_write_step(i->args->sock, STEP_CREATED, e);

	return r < 0 ? r : proto_read_step(i->args->sock, STEP_COMMITTED, e);
}

/* --- start ----------------------------------------------------------------------------- */

/*
 * All our descriptors are close-on-exec; this closes them for good, because execve(2) takes the
 * program's path before it closes any. Where a filter forbids it the flag must do.
 */
void init_close_rest(const struct init *i, int keep)
{
	unsigned int first = 3 + i->plan->request->preserve_fds;
	unsigned int start = (unsigned int)keep;
	int with_files[] = { keep, i->hook_out_fd, i->hook_err_fd };
	struct err ignored;

	if (i->hook_out_fd > 0 || i->hook_err_fd > 0) {
		(void)!init_close_others(first, with_files, ARRAY_SIZE(with_files), &ignored);
		return;
	}
	if (start > first)
		(void)sys_close_range(first, start - 1, 0);
	(void)sys_close_range(start + 1, UINT_MAX, 0);
}

int init_late_filter(const struct init *i, struct err *e)
{
	TRACE(i->trace, "late filter");

	if (!filter_is_late(i))
		return 0;
	if (!i->args->filter->notifies)
		return load_filter(i, e);
	if (i->plan->request->seccomp_record)
		seccomp_record_mark();
	return 0;
}

/* Who else than the file's mode and mount says no: the filter, or a security module. */
static int explain_refusal(const struct init *i, int code, struct err *e)
{
	const struct plan_process *p = &i->plan->process;
	uint32_t says = SECCOMP_RET_ALLOW;

	if (seccomp_ask(i->args->filter, "execve", &says) == 0 &&
	    says == (SECCOMP_RET_ERRNO | (uint32_t)code))
		return err_append(e, "linux.seccomp answers execve(2) so: allow it there");
	if (hint_given(e))
		return -code;
	/* The new profile is not asked whether its program may run; the one that we have is. */
	if (code == EPERM && p->apparmor_profile && p->no_new_privileges)
		return err_append(
			e,
			"process.noNewPrivileges keeps AppArmor from changing to %s if this "
			"process has a profile already",
			p->apparmor_profile);
	if (code == EACCES && p->selinux_label)
		return err_append(e, "does SELinux deny it to %s? `ausearch -m avc` tells",
				  p->selinux_label);
	return -code;
}

int init_exec_program(const struct init *i, struct err *e)
{
	char *const *argv = (char *const *)(uintptr_t)i->plan->process.argv;
	char *const *envp = (char *const *)(uintptr_t)i->envp;

	trace_mark(i->trace, "execve");
	(void)execve(i->program, argv, envp);
	int code = -program_explain(i->program, errno, e);
	return explain_refusal(i, code, e);
}

int init_execute(struct init *i, struct err *e)
{
	const struct hook_context how = { .kind = HOOK_START_CONTAINER,
					  .default_env = i->envp,
					  .out_fd = i->hook_out_fd,
					  .err_fd = i->hook_err_fd };
	int start = i->args->start_fd;
	int r;

	{
		TRACE(i->trace, "wait for start");
		r = start >= 0 ? startpipe_wait(start, e) : 0;
	}
	if (r < 0)
		return r;
	init_close_rest(i, start >= 0 ? start : i->args->sock);
	r = init_late_filter(i, e);
	if (r == 0)
		r = init_run_hooks(i, "created", &how, e);
	if (r == 0)
		r = start >= 0 ? startpipe_execing(start, e)
			       : proto_write_step(i->args->sock, STEP_EXECING, e);
	return r < 0 ? r : init_exec_program(i, e);
}
