/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SECCOMP_FLAGS_H
#define SECCOMP_FLAGS_H

/* Private to the seccomp layer. */

#include "seccomp/seccomp.h"

/**
 * seccomp_flags() - linux.seccomp.flags as bits for seccomp(2)
 * @s: NULL: the default ones
 * @notifies: the program has SCMP_ACT_NOTIFY: a listener is made with it
 * @e: "linux.seccomp.flags[0]: seccomp flag X is not known"
 * Runs in: host. Return: 0 or negative errno.
 */
MUST_CHECK int seccomp_flags(const struct spec_seccomp *s, bool notifies,
			     const struct log_sink *log, unsigned int *ret, struct err *e);

/** seccomp_notifies() - can a program return SECCOMP_RET_USER_NOTIF? Pure. */
bool seccomp_notifies(const struct sock_filter *insns, size_t n);

struct seccomp_arch;
/**
 * seccomp_compile_for() - the rules alone, for any machine
 * @native: its architecture
 * Pure. Runs in: host.
 */
MUST_CHECK int seccomp_compile_for(const struct spec_seccomp *s, const struct seccomp_arch *native,
				   const struct seccomp_options *options,
				   struct seccomp_filter *ret, struct err *e);

#endif
