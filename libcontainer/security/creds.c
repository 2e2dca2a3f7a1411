/* SPDX-License-Identifier: Apache-2.0 */
#include "security/security.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/proc.h"
#include "security/caps.h"

static int compare_gids(const void *a, const void *b)
{
	gid_t x = *(const gid_t *)a, y = *(const gid_t *)b;

	return (x > y) - (x < y);
}

/* The kernel keeps the list sorted: credentials(7) promises no order. */
static int check_groups(const gid_t *want, size_t n, struct err *e)
{
	int count = getgroups(0, NULL);
	if (count < 0)
		return err_errno(e, "getgroups(2)");
	if ((size_t)count != n)
		return err_set(e, EPERM, "setgroups(2) left %d groups instead of %zu", count, n);
	if (n == 0)
		return 0;

	autofree gid_t *found = mem_new(n, sizeof(gid_t));
	autofree gid_t *asked = mem_new(n, sizeof(gid_t));
	if (getgroups(count, found) != count)
		return err_errno(e, "getgroups(2)");
	memcpy(asked, want, n * sizeof(gid_t));
	qsort(found, n, sizeof(gid_t), compare_gids);
	qsort(asked, n, sizeof(gid_t), compare_gids);
	if (memcmp(found, asked, n * sizeof(gid_t)) != 0)
		return err_set(e, EPERM, "setgroups(2) set other groups than asked for");
	return 0;
}

static int apply_groups(const struct plan *plan, const struct log_sink *log, struct err *e)
{
	const struct plan_process *p = &plan->process;

	if (p->keep_groups)
		return 0;
	if (plan->deny_setgroups && p->n_groups == 0) {
		log_debug(log, "supplementary groups stay: the user namespace denies setgroups(2)");
		return 0;
	}
	if (setgroups(p->n_groups, p->groups) == 0)
		return check_groups(p->groups, p->n_groups, e);

	int code = errno;
	bool denied = code == EPERM && caps_have_setgid();
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

static int apply_gid(gid_t gid, struct err *e)
{
	gid_t real, effective, saved;

	if (setresgid(gid, gid, gid) < 0) {
		int code = errno;

		(void)err_errno(e, "process.user.gid: setresgid(2) to %u", gid);
		return code == EINVAL ? err_append(e, "it is not mapped in the user namespace")
				      : -e->code;
	}
	if (getresgid(&real, &effective, &saved) < 0)
		return err_errno(e, "getresgid(2)");
	if (real != gid || effective != gid || saved != gid)
		return err_set(e, EPERM, "setresgid(2) to %u had no effect", gid);
	return 0;
}

static int apply_uid(uid_t uid, struct err *e)
{
	uid_t real, effective, saved;

	if (setresuid(uid, uid, uid) < 0) {
		int code = errno;

		(void)err_errno(e, "process.user.uid: setresuid(2) to %u", uid);
		return code == EINVAL ? err_append(e, "it is not mapped in the user namespace")
				      : -e->code;
	}
	if (getresuid(&real, &effective, &saved) < 0)
		return err_errno(e, "getresuid(2)");
	if (real != uid || effective != uid || saved != uid)
		return err_set(e, EPERM, "setresuid(2) to %u had no effect", uid);
	return 0;
}

int creds_apply(const struct plan *plan, const struct log_sink *log, struct err *e)
{
	const struct plan_process *p = &plan->process;

	int r = apply_groups(plan, log, e);
	if (r == 0)
		r = apply_gid(p->gid, e);
	if (r == 0)
		r = caps_keep(true, e);
	if (r == 0)
		r = apply_uid(p->uid, e);
	if (r == 0)
		r = caps_keep(false, e);
	return r < 0 ? r : caps_apply(&p->caps, log, e);
}

int no_new_privs_apply(const struct plan_process *p, struct err *e)
{
	if (!p->no_new_privileges)
		return 0;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_errno(e, "process.noNewPrivileges: prctl(PR_SET_NO_NEW_PRIVS)");
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return err_set(e, EPERM,
			       "process.noNewPrivileges: prctl(PR_SET_NO_NEW_PRIVS) had no effect");
	return 0;
}

void signals_reset(void)
{
	proc_reset_signals();
}
