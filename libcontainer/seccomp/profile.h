/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SECCOMP_PROFILE_H
#define SECCOMP_PROFILE_H

/*
 * linux.seccomp, resolved: actions and operators are numbers, names are ids, conditions have one
 * form. What a call gets, in this order:
 *
 *  1. the first rule that names it without conditions, wherever it stands;
 *  2. else the first rule whose conditions all hold;
 *  3. else ENOSYS, where the call is unknown or newer than the newest one that the profile names
 *     (unless the default lets calls through);
 *  4. else the default.
 *
 * Rules that say what the default says are no rules. Private to the seccomp layer; all pure.
 */

#include "base/log.h"
#include "base/mem.h"
#include "seccomp/seccomp.h"
#include "seccomp/syscalls.h"

#define ARCHS_MAX	24
#define SECCOMP_ARGS	6
#define CONDITIONS_MAX	4096	    /* of one call: more cannot become a program */
#define RETURN_ENOSYS	0x00050026u /* SECCOMP_RET_ERRNO | ENOSYS */
#define RETURN_BAD_ARCH 0u	    /* SECCOMP_RET_KILL_THREAD, as libseccomp's default */

enum condition_kind { CONDITION_EQUAL, CONDITION_AT_LEAST, CONDITION_ABOVE };

/* (argument & mask) KIND value, or its opposite; the mask is of EQUAL alone. */
struct condition {
	uint8_t arg;
	uint8_t kind;
	bool negate;
	uint64_t mask, value;
};

/* One way for a rule to hold. */
struct variant {
	uint32_t action; /* SECCOMP_RET_* with its data */
	uint32_t rule;	 /* index in linux.seccomp.syscalls */
	uint32_t n;
	const struct condition *conditions; /* all must hold; none: it always holds */
};

/* The variants of one name, in the order of the profile. */
struct chain {
	const struct variant **v;
	uint32_t n, cap;
	const struct variant *plain; /* the first one without conditions; then it alone counts */
	bool named;		     /* in any rule, be it one that says what the default says */
};

struct profile {
	struct arena arena;
	const struct log_sink *log;
	const struct spec_seccomp *spec;
	uint32_t default_action;
	bool fail_unknown;			     /* names nobody knows are errors */
	bool notify_write;			     /* write(2) may be SCMP_ACT_NOTIFY */
	const struct seccomp_arch *archs[ARCHS_MAX]; /* native first */
	size_t n_archs;
	bool enosys;				/* calls that are too new get ENOSYS */
	struct chain chains[SYSCALL_NAMES + 1]; /* by id */
};

/**
 * profile_resolve() - fill a zeroed profile
 * @native: whose byte order counts; always among the architectures
 * @e:      "linux.seccomp.syscalls[3]: string SCMP_ACT_X is not a valid action for seccomp"
 * Return: 0 or negative errno; the caller must profile_done() either way.
 */
MUST_CHECK int profile_resolve(const struct spec_seccomp *s, const struct seccomp_arch *native,
			       struct profile *p, struct err *e);
void profile_done(struct profile *p);

/* Why a call gets what it gets. */
enum reason {
	REASON_RULE,
	REASON_DEFAULT,
	REASON_UNKNOWN,	 /* no system call has the number */
	REASON_NEWER,	 /* than the newest that the profile names */
	REASON_BAD_ARCH, /* the architecture, or x32, is not listed */
};

/* What becomes of a number before its arguments are looked at. */
struct target {
	enum reason reason;
	uint32_t action;	   /* without a chain */
	const struct chain *chain; /* REASON_RULE with conditions; where none holds: the default */
	const struct variant *by;  /* REASON_RULE without conditions */
};

/**
 * profile_newest() - how new the newest call is that the profile names on an architecture
 * Return: -1: it names none there, or nothing shall be ENOSYS.
 */
int64_t profile_newest(const struct profile *p, const struct seccomp_arch *a);

/**
 * profile_target() - of one number of a listed architecture
 * @newest: of profile_newest()
 * Memory of multiplexed chains is the profile's arena's.
 */
struct target profile_target(struct profile *p, const struct seccomp_arch *a, int64_t newest,
			     uint32_t number);

/* A decision as a person asks for it. */
struct verdict {
	enum reason reason;
	uint32_t action;
	const struct variant *by; /* REASON_RULE */
};

/**
 * profile_decide() - the slow way: what the program that is compiled must say, too
 * @audit:  AUDIT_ARCH_*
 */
struct verdict profile_decide(struct profile *p, uint32_t audit, uint32_t number,
			      const uint64_t args[SECCOMP_ARGS]);

#endif
