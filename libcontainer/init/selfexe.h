/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INIT_SELFEXE_H
#define INIT_SELFEXE_H

#include "base/err.h"

/**
 * selfexe_seal() - execute this program again from where nobody can write it, unless it runs from there
 *
 * A container that reaches /proc/PID/exe of its runtime must find a file that nobody can write
 * (CVE-2019-5736): one of a read-only overlay that is mounted nowhere, or, where there is no
 * overlay, a sealed copy in memory. What decides is the kernel's word on /proc/self/exe, never an
 * environment variable.
 * Runs in: host, first thing in create and run. Return: 0 when already sealed; does not
 * return when it executes; negative errno.
 */
MUST_CHECK int selfexe_seal(char *const argv[], struct err *e);

#endif
