/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SECCOMP_EXPLAIN_H
#define SECCOMP_EXPLAIN_H

/* What a filter decides, for people. Everything runs in: host. */

#include "base/str.h"
#include "seccomp/seccomp.h"

/* A system call as one writes it on a command line. */
struct seccomp_question {
	const char *arch;	 /* "SCMP_ARCH_X86", "x86"; NULL: this machine's */
	const char *call;	 /* name or number */
	const char *const *args; /* decimal or 0x...; those not given are 0 */
	size_t n_args;
};

/**
 * seccomp_explain() - append what the filter of a profile decides, and by which rule
 * @s: may be NULL: there is no filter
 * @e: "no system call has the name \"x\""
 * Return: 0 or negative errno.
 */
MUST_CHECK int seccomp_explain(const struct spec_seccomp *s, const struct seccomp_options *options,
			       const struct seccomp_question *q, struct strbuf *out, struct err *e);

/**
 * seccomp_print() - append what a profile is, in a few lines; nothing without a filter
 * @s: as written; NULL when the filter is not of a profile
 * Pure.
 */
void seccomp_print(const struct spec_seccomp *s, const struct seccomp_filter *f,
		   struct strbuf *out);

/** seccomp_dump() - append the program, an instruction a line. Pure. */
void seccomp_dump(const struct seccomp_filter *f, struct strbuf *out);

#endif
