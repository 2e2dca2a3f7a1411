/* SPDX-License-Identifier: Apache-2.0 */
#include "seccomp/seccomp.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/sys.h"
#include "seccomp/flags.h"
#include "seccomp/interp.h"
#include "seccomp/syscalls.h"

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#	define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

#define FLAG_LOG	   "SECCOMP_FILTER_FLAG_LOG"
#define FLAG_SPEC_ALLOW	   "SECCOMP_FILTER_FLAG_SPEC_ALLOW"
#define FLAG_TSYNC	   "SECCOMP_FILTER_FLAG_TSYNC"
#define FLAG_WAIT_KILLABLE "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"

const char *const seccomp_flag_names[] = {
	FLAG_LOG, FLAG_SPEC_ALLOW, FLAG_TSYNC, FLAG_WAIT_KILLABLE, NULL,
};

static const struct {
	const char *name;
	unsigned int probe;  /* a set of flags that the kernel takes if it knows this one */
	unsigned int use;    /* what is passed when a filter is loaded */
	unsigned int listen; /* also, when it comes with a listener */
} flags[] = {
	{ FLAG_LOG, SECCOMP_FILTER_FLAG_LOG, SECCOMP_FILTER_FLAG_LOG, 0 },
	{ FLAG_SPEC_ALLOW, SECCOMP_FILTER_FLAG_SPEC_ALLOW, SECCOMP_FILTER_FLAG_SPEC_ALLOW, 0 },
	/* To all threads: init has one, so the flag changes nothing. */
	{ FLAG_TSYNC, SECCOMP_FILTER_FLAG_TSYNC, 0, 0 },
	/* About waiting for a listener; without one the kernel refuses it. */
	{ FLAG_WAIT_KILLABLE,
	  SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, 0,
	  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV },
};

/* seccomp(2): with a bad address, EFAULT says that the flags were taken, EINVAL that not. */
static bool kernel_takes(unsigned int probe)
{
	return sys_seccomp(SECCOMP_SET_MODE_FILTER, probe, NULL) < 0 && errno == EFAULT;
}

bool seccomp_flag_supported(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (str_eq(name, flags[i].name))
			return kernel_takes(flags[i].probe);
	return false;
}

static int one_flag(const char *name, bool notifies, unsigned int *ret, struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		if (!str_eq(name, flags[i].name))
			continue;
		if (!kernel_takes(flags[i].probe) && flags[i].listen)
			return err_set(e, ENOTSUP,
				       "error adding WaitKill flag to seccomp filter: SetWaitKill "
				       "requires Linux 5.19");
		if (!kernel_takes(flags[i].probe))
			return err_set(e, ENOTSUP,
				       "seccomp flag %s is not supported by this kernel", name);
		*ret |= flags[i].use | (notifies ? flags[i].listen : 0);
		return 0;
	}
	return err_set_kind(e, ERR_CONFIG, EINVAL, "seccomp flag %s is not known", name);
}

int seccomp_flags(const struct spec_seccomp *s, bool notifies, const struct log_sink *log,
		  unsigned int *ret, struct err *e)
{
	*ret = notifies ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0;
	if (notifies && !kernel_takes(SECCOMP_FILTER_FLAG_NEW_LISTENER))
		return err_set(e, ENOTSUP, "seccomp notify unsupported: it needs Linux 5.0");
	if (!s || !s->flags_set) /* Linux 4.17; what we mount needs a newer one */
		*ret |= SECCOMP_FILTER_FLAG_SPEC_ALLOW;
	for (size_t i = 0; s && i < s->flags.n; i++)
		if (one_flag(s->flags.v[i], notifies, ret, e) < 0)
			return err_ctx(e, "linux.seccomp.flags[%zu]", i);
	log_debug(log, "seccomp filter flags: %u", *ret);
	return 0;
}

/*
 * Is it in force? The call that tells may itself be denied, which tells as well; where it would kill,
 * or be seen by others, nothing is asked.
 */
static int check_loaded(const struct seccomp_filter *f, struct err *e)
{
	const struct seccomp_data d = {
		.nr = SYS_prctl,
		.arch = arch_native()->audit,
		.args = { PR_GET_SECCOMP },
	};
	uint32_t says;

	if (bpf_run(f->insns, f->n, &d, arch_native()->big_endian, &says) < 0)
		return 0; /* the kernel has taken what we do not understand */
	bool denies = (says & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO &&
		      (says & SECCOMP_RET_DATA) > 0;
	if (!denies && says != SECCOMP_RET_ALLOW)
		return 0;
	int mode = prctl(PR_GET_SECCOMP, 0, 0, 0, 0);
	/* An error is a filter's word: ours, or one around us. */
	if (mode < 0 || (!denies && mode == SECCOMP_MODE_FILTER))
		return 0;
	return err_set(e, EIO, "linux.seccomp: the filter is not in force");
}

int seccomp_filter_load(const struct seccomp_filter *f, struct err *e)
{
	struct sock_fprog program = { .len = f->n, .filter = f->insns };

	if (!f->insns)
		return 0;
	int r = sys_seccomp(SECCOMP_SET_MODE_FILTER, f->flags, &program);
	if (r < 0)
		return err_errno(e, "linux.seccomp: seccomp(2)");
	if (f->flags & SECCOMP_FILTER_FLAG_NEW_LISTENER)
		return r; /* who gets the listener has the proof; others would be asked about prctl(2) */
	return check_loaded(f, e);
}

void seccomp_filter_done(struct seccomp_filter *f)
{
	free(f->insns);
	*f = (struct seccomp_filter)SECCOMP_FILTER_INIT;
}
