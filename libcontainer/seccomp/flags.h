/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SECCOMP_FLAGS_H
#define SECCOMP_FLAGS_H

/* Private to the seccomp layer. */

#include "seccomp/seccomp.h"

/**
 * seccomp_flags() - linux.seccomp.flags as bits for seccomp(2)
 * @e: "linux.seccomp.flags[0]: seccomp flag X is not known"
 * Runs in: host. Return: 0 or negative errno.
 */
MUST_CHECK int seccomp_flags(const struct spec_seccomp *s, const struct log_sink *log,
			     unsigned int *ret, struct err *e);

#endif
