/* SPDX-License-Identifier: Apache-2.0 */
#include "security/security.h"

#include <errno.h>
#include <stdio.h>
#include <sys/personality.h>
#include <sys/resource.h>

#include "base/sys.h"
#include "security/procfs.h"

#define PERSONALITY_QUERY 0xffffffffUL /* personality(2): only tell */

static int rlimit_get(pid_t pid, int resource, struct rlimit *ret, struct err *e)
{
	if (sys_prlimit(pid, resource, NULL, ret) < 0)
		return err_errno(e, "prlimit(2)");
	return 0;
}

static bool is_as_asked(const struct rlimit *now, const struct plan_rlimit *want)
{
	return now->rlim_cur == want->soft && now->rlim_max == want->hard;
}

static int rlimit_apply(pid_t pid, const struct plan_rlimit *want, struct err *e)
{
	const struct rlimit new = { .rlim_cur = want->soft, .rlim_max = want->hard };
	struct rlimit now;

	int r = rlimit_get(pid, want->resource, &now, e);
	if (r < 0 || is_as_asked(&now, want))
		return r;
	if (sys_prlimit(pid, want->resource, &new, NULL) < 0) {
		int code = errno;

		(void)err_errno(e, "prlimit(2)");
		if (code == EPERM && want->resource == RLIMIT_NOFILE)
			return err_append(e, "it cannot be above sysctl fs.nr_open, and raising a "
					     "hard limit needs CAP_SYS_RESOURCE");
		if (code == EPERM && want->hard > now.rlim_max)
			return err_append(e, "raising a hard limit needs CAP_SYS_RESOURCE");
		return -e->code;
	}
	r = rlimit_get(pid, want->resource, &now, e);
	if (r == 0 && !is_as_asked(&now, want))
		return err_set(e, EPERM, "prlimit(2) set another limit than asked for");
	return r;
}

int rlimits_apply(pid_t pid, const struct plan_process *p, struct err *e)
{
	for (size_t i = 0; i < p->n_rlimits; i++)
		if (rlimit_apply(pid, &p->rlimits[i], e) < 0)
			return err_ctx(e, "process.rlimits[%zu]: %s", i, p->rlimits[i].name);
	return 0;
}

int oom_score_apply(int proc_fd, pid_t pid, const struct plan_process *p, struct err *e)
{
	char path[64], text[32];

	if (!p->oom_score_adj.set)
		return 0;
	(void)snprintf(path, sizeof(path), "%d/oom_score_adj", pid);
	(void)snprintf(text, sizeof(text), "%lld", (long long)p->oom_score_adj.v);

	int r = procfs_write(proc_fd, path, text, e);
	if (r < 0) {
		if (r == -EACCES)
			(void)err_append(e, "lowering it needs CAP_SYS_RESOURCE");
		return err_ctx(e, "process.oomScoreAdj");
	}
	return 0;
}

int personality_apply(const struct plan_process *p, struct err *e)
{
	if (!p->personality_set)
		return 0;
	if (personality(p->personality) < 0)
		return err_errno(e, "linux.personality: personality(2)");

	int now = personality(PERSONALITY_QUERY);
	if (now < 0 || (unsigned long)now != p->personality)
		return err_set(e, EPERM, "linux.personality: personality(2) had no effect");
	return 0;
}
