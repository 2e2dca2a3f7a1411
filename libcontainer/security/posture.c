/* SPDX-License-Identifier: Apache-2.0 */
#include "security/posture.h"

#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"

#define STATUS_SIZE  4096 /* bytes; more only with hundreds of groups */
/* Signals 32 to 34: sigaction(2) of a C library refuses its own, so nobody can reset them. */
#define LIBC_SIGNALS (7ULL << 31)

/* --- text ------------------------------------------------------------------------------ */

static int missing(struct err *e, const char *name)
{
	return err_set(e, EPROTO, "/proc/self/status: no %s", name);
}

/* The value behind "\nNAME:\t"; not terminated. */
static const char *value_of(const char *status, const char *name)
{
	size_t n = strlen(name);

	for (const char *line = status; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, n) == 0 && line[n] == ':')
			return line + n + 1 + strspn(line + n + 1, "\t ");
	}
	return NULL;
}

/* One decimal number; moves @at behind it and the blanks that follow. */
static bool take_number(const char **at, uint32_t *ret)
{
	uint64_t v = 0;
	const char *p = *at;

	while (*p >= '0' && *p <= '9' && v <= UINT32_MAX)
		v = v * 10 + (uint64_t)(*p++ - '0');
	if (p == *at || v > UINT32_MAX)
		return false;
	*ret = (uint32_t)v;
	*at = p + strspn(p, "\t ");
	return true;
}

static int take_ids(const char *status, const char *name, uint32_t ret[4], struct err *e)
{
	const char *at = value_of(status, name);

	for (int i = 0; i < 4; i++)
		if (!at || !take_number(&at, &ret[i]))
			return missing(e, name);
	return 0;
}

static int take_mask(const char *status, const char *name, uint64_t *ret, struct err *e)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = value_of(status, name), *digit;
	uint64_t v = 0;

	if (!at)
		return missing(e, name);
	for (; *at && (digit = strchr(digits, *at)); at++)
		v = v << 4 | (uint64_t)(digit - digits);
	*ret = v;
	return 0;
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static int take_groups(const char *status, struct arena *a, struct posture *p, struct err *e)
{
	const char *at = value_of(status, "Groups");

	if (!at)
		return missing(e, "Groups");
	uint32_t *list = arena_array(a, strcspn(at, "\n") / 2 + 1, uint32_t);
	for (p->n_groups = 0; take_number(&at, &list[p->n_groups]);)
		p->n_groups++;
	qsort(list, p->n_groups, sizeof(*list), compare);
	p->groups = list;
	return 0;
}

int posture_parse(const char *status, struct arena *a, struct posture *ret, struct err *e)
{
	const struct {
		const char *name;
		uint64_t *mask;
	} masks[] = {
		{ "CapInh", &ret->inheritable }, { "CapPrm", &ret->permitted },
		{ "CapEff", &ret->effective },	 { "CapBnd", &ret->bounding },
		{ "CapAmb", &ret->ambient },	 { "SigBlk", &ret->blocked },
		{ "SigIgn", &ret->ignored },
	};
	uint64_t nnp = 0, mask = 0;

	*ret = (struct posture){ 0 };
	int r = take_ids(status, "Uid", ret->uid, e);
	if (r == 0)
		r = take_ids(status, "Gid", ret->gid, e);
	if (r == 0)
		r = take_groups(status, a, ret, e);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(masks); i++)
		r = take_mask(status, masks[i].name, masks[i].mask, e);
	if (r == 0)
		r = take_mask(status, "NoNewPrivs", &nnp, e);
	if (r == 0)
		r = take_mask(status, "Umask", &mask,
			      e); /* its octal digits are read as sixteenths */
	ret->ignored &= ~LIBC_SIGNALS;
	ret->no_new_privs = nnp != 0;
	ret->umask = (uint32_t)((mask & 7) | (mask >> 4 & 7) << 3 | (mask >> 8 & 7) << 6);
	return r;
}

/* --- asking: where no trusted procfs is at hand -------------------------------------------- */

static int ask_bounding(uint64_t *ret, struct err *e)
{
	*ret = 0;
	for (int cap = 0; cap < 64; cap++) {
		int r = prctl(PR_CAPBSET_READ, cap, 0, 0, 0);

		if (r < 0 && errno == EINVAL && cap > CAP_CHECKPOINT_RESTORE)
			break; /* the kernel knows no more; those before are as old as what we need */
		if (r < 0)
			return err_errno(e, "prctl(PR_CAPBSET_READ) of capability %d", cap);
		*ret |= (uint64_t)r << cap;
	}
	return 0;
}

/* No capability is ambient that is not both permitted and inheritable: capabilities(7). */
static int ask_ambient(uint64_t possible, uint64_t *ret, struct err *e)
{
	*ret = 0;
	for (int cap = 0; cap < 64; cap++) {
		if (!(possible >> cap & 1))
			continue;
		int r = prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap, 0, 0);
		if (r < 0)
			return err_errno(e, "prctl(PR_CAP_AMBIENT) of capability %d", cap);
		*ret |= (uint64_t)r << cap;
	}
	return 0;
}

static int ask_sets(struct posture *p, struct err *e)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, data) < 0)
		return err_errno(e, "capget(2)");
	p->effective = data[0].effective | (uint64_t)data[1].effective << 32;
	p->permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
	p->inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
	int r = ask_bounding(&p->bounding, e);
	return r < 0 ? r : ask_ambient(p->permitted & p->inheritable, &p->ambient, e);
}

static int ask_groups(struct arena *a, struct posture *p, struct err *e)
{
	int n = getgroups(0, NULL);
	if (n < 0)
		return err_errno(e, "getgroups(2)");

	uint32_t *list = arena_array(a, (size_t)n + 1, uint32_t);
	if (n > 0 && getgroups(n, list) != n)
		return err_errno(e, "getgroups(2)");
	qsort(list, (size_t)n, sizeof(*list), compare);
	p->groups = list;
	p->n_groups = (size_t)n;
	return 0;
}

static int ask_blocked(uint64_t *ret, struct err *e)
{
	sigset_t set;

	if (sigprocmask(SIG_SETMASK, NULL, &set) < 0)
		return err_errno(e, "sigprocmask(2)");
	*ret = 0;
	for (int sig = 1; sig <= 64; sig++)
		if (sigismember(&set, sig) == 1)
			*ret |= (uint64_t)1 << (sig - 1);
	return 0;
}

static uint64_t ask_ignored(void)
{
	struct sigaction now;
	uint64_t ignored = 0;

	for (int sig = 1; sig <= 64; sig++)
		if (sigaction(sig, NULL, &now) == 0 && now.sa_handler == SIG_IGN)
			ignored |= (uint64_t)1 << (sig - 1);
	return ignored & ~LIBC_SIGNALS;
}

static int ask(struct arena *a, struct posture *p, struct err *e)
{
	mode_t mask = umask(0);

	(void)umask(mask); /* there is no way to ask but to set */
	*p = (struct posture){ 0 };
	if (getresuid(&p->uid[0], &p->uid[1], &p->uid[2]) < 0)
		return err_errno(e, "getresuid(2)");
	if (getresgid(&p->gid[0], &p->gid[1], &p->gid[2]) < 0)
		return err_errno(e, "getresgid(2)");
	p->uid[3] = p->uid[1]; /* credentials(7): the file system ids follow the effective ones */
	p->gid[3] = p->gid[1];
	p->no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
	(void)umask(mask);
	p->umask = umask(mask); /* what is in force now, also when the first two failed */
	p->ignored = ask_ignored();
	int r = ask_blocked(&p->blocked, e);
	if (r == 0)
		r = ask_sets(p, e);
	return r < 0 ? r : ask_groups(a, p, e);
}

/* --- reading --------------------------------------------------------------------------- */

int posture_read(int status_fd, struct arena *a, struct posture *ret, struct err *e)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;

	if (status_fd < 0)
		return ask(a, ret, e);
	for (size_t size = STATUS_SIZE;; size *= 2) {
		strbuf_reserve(&text, size);
		ssize_t n = pread(status_fd, text.data, size, 0);

		if (n < 0 && errno == EINTR) {
			size /= 2;
			continue;
		}
		if (n < 0)
			return err_errno(e, "read /proc/self/status");
		if ((size_t)n < size) {
			text.data[n] = '\0';
			return posture_parse(text.data, a, ret, e);
		}
	}
}

/* --- comparing ------------------------------------------------------------------------- */

static bool all_are(const uint32_t ids[4], uint32_t id)
{
	return ids[0] == id && ids[1] == id && ids[2] == id && ids[3] == id;
}

static int check_groups(const struct posture *p, const struct plan_process *want, struct err *e)
{
	if (p->n_groups != want->n_groups)
		return err_set(e, EPERM, "setgroups(2) left %zu groups instead of %zu", p->n_groups,
			       want->n_groups);
	if (want->n_groups == 0)
		return 0;

	size_t bytes = want->n_groups * sizeof(uint32_t);
	autofree uint32_t *asked = mem_new(want->n_groups, sizeof(uint32_t));
	memcpy(asked, want->groups, bytes);
	qsort(asked, want->n_groups, sizeof(uint32_t), compare);
	if (memcmp(p->groups, asked, bytes) != 0)
		return err_set(e, EPERM, "setgroups(2) set other groups than asked for");
	return 0;
}

int posture_check_ids(const struct posture *p, const struct plan *plan, bool groups_asked,
		      struct err *e)
{
	const struct plan_process *want = &plan->process;

	if (!all_are(p->uid, want->uid))
		return err_set(e, EPERM, "setresuid(2) to %u had no effect", want->uid);
	if (!all_are(p->gid, want->gid))
		return err_set(e, EPERM, "setresgid(2) to %u had no effect", want->gid);
	if (want->no_new_privileges && !p->no_new_privs)
		return err_set(e, EPERM,
			       "process.noNewPrivileges: prctl(PR_SET_NO_NEW_PRIVS) had no effect");
	if (p->umask != want->umask)
		return err_set(e, EPERM, "umask(2) to %04o had no effect", want->umask);
	if (p->blocked)
		return err_set(e, EPERM, "signals are blocked: %#llx",
			       (unsigned long long)p->blocked);
	if (p->ignored)
		return err_set(e, EPERM, "signals are ignored: %#llx",
			       (unsigned long long)p->ignored);
	return groups_asked ? check_groups(p, want, e) : 0;
}
