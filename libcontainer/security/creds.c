/* SPDX-License-Identifier: Apache-2.0 */
#include "security/security.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/proc.h"
#include "base/retry.h"
#include "security/caps.h"

/*
 * The kernel's own calls: those of the C library stop all threads of the process around each
 * call, with three system calls, and there is one thread here.
 */
static int set_groups(const struct plan_process *p)
{
	return (int)syscall(SYS_setgroups, p->n_groups, p->groups);
}

/* @ret_asked: whether the groups are now those of @plan. */
static int apply_groups(const struct plan *plan, const struct posture *now, bool *ret_asked,
			const struct log_sink *log, struct err *e)
{
	const struct plan_process *p = &plan->process;

	*ret_asked = false;
	if (p->keep_groups)
		return 0;
	if (plan->deny_setgroups && p->n_groups == 0) {
		log_debug(log, "supplementary groups stay: the user namespace denies setgroups(2)");
		return 0;
	}
	*ret_asked = set_groups(p) == 0;
	if (*ret_asked)
		return 0;

	int code = errno;
	bool denied = code == EPERM && (now->effective & (1ULL << CAP_SETGID));
	if (denied && p->n_groups == 0) {
		/* A joined user namespace; its maker gave setgroups up: user_namespaces(7). */
		log_debug(log, "supplementary groups stay: the user namespace denies setgroups(2)");
		return 0;
	}
	(void)err_errno(e, "process.user.additionalGids: setgroups(2)");
	if (denied)
		return err_append(e, "the user namespace denies it");
	if (code == EPERM)
		return err_append(e, "it needs CAP_SETGID");
	if (code == EINVAL)
		return err_append(e, "is each group mapped in the user namespace?");
	return -e->code;
}

static bool all_are(const uint32_t ids[4], uint32_t id)
{
	return ids[0] == id && ids[1] == id && ids[2] == id && ids[3] == id;
}

static int apply_gid(const struct posture *now, gid_t gid, struct err *e)
{
	if (all_are(now->gid, gid) || syscall(SYS_setresgid, gid, gid, gid) == 0)
		return 0;

	int code = errno;
	(void)err_errno(e, "process.user.gid: setresgid(2) to %u", gid);
	return code == EINVAL ? err_append(e, "it is not mapped in the user namespace") : -e->code;
}

static int apply_uid(const struct posture *now, uid_t uid, struct err *e)
{
	if (all_are(now->uid, uid) || syscall(SYS_setresuid, uid, uid, uid) == 0)
		return 0;

	int code = errno;
	(void)err_errno(e, "process.user.uid: setresuid(2) to %u", uid);
	return code == EINVAL ? err_append(e, "it is not mapped in the user namespace") : -e->code;
}

static bool all_are_root(const struct posture *p)
{
	return p->uid[0] == 0 && p->uid[1] == 0 && p->uid[2] == 0;
}

static int apply_ids(const struct plan *plan, const struct posture *now, bool *ret_groups_asked,
		     const struct log_sink *log, struct err *e)
{
	const struct plan_process *p = &plan->process;
	/* Root that stays root keeps its capabilities anyway: capabilities(7). */
	bool keep = p->uid != 0 || !all_are_root(now);

	int r = apply_groups(plan, now, ret_groups_asked, log, e);
	if (r == 0)
		r = apply_gid(now, p->gid, e);
	if (r == 0 && keep)
		r = caps_keep(true, e);
	if (r == 0)
		r = apply_uid(now, p->uid, e);
	if (r == 0 && keep)
		r = caps_keep(false, e);
	return r;
}

int status_open(int proc_fd, struct err *e)
{
	int fd = RETRY(openat(proc_fd, "self/status", O_RDONLY | O_CLOEXEC));

	return fd < 0 ? err_errno(e, "open /proc/self/status") : fd;
}

int creds_apply(int status_fd, const struct plan *plan, const struct log_sink *log, struct err *e)
{
	struct arena a autodone(arena) = ARENA_INIT;
	struct posture now, want;
	bool groups_asked;

	int r = posture_read(status_fd, &a, &now, e);
	if (r == 0)
		r = caps_drop_bounding(&now, &plan->process.caps, e);
	if (r == 0)
		r = apply_ids(plan, &now, &groups_asked, log, e);
	/* KEEPCAPS has kept the permitted set, so @now still holds; what is read at the end tells. */
	if (r == 0)
		r = caps_apply(&plan->process.caps, &now, &want, log, e);
	if (r == 0)
		r = posture_read(status_fd, &a, &now, e);
	if (r == 0)
		r = posture_check_ids(&now, plan, groups_asked, e);
	return r < 0 ? r : caps_check(&now, &want, e);
}

int no_new_privs_apply(const struct plan_process *p, struct err *e)
{
	if (!p->no_new_privileges)
		return 0;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_errno(e, "process.noNewPrivileges: prctl(PR_SET_NO_NEW_PRIVS)");
	return 0;
}

void signals_reset(uint64_t which)
{
	proc_reset_signals(which);
}
