/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CMD_PSTABLE_H
#define CMD_PSTABLE_H

#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"

/**
 * ps_filter() - the lines of ps(1)'s table about some processes
 * @text: output of ps: a line of titles, then one line a process
 * @pids: @n of them, ascending
 * @out:  the titles and the lines whose number under PID is one of @pids are appended
 * @e:    "couldn't find PID field in ps output", "unable to parse pid: ..."
 * Pure. Runs in: host. Return: 0 or -EINVAL.
 */
MUST_CHECK int ps_filter(const char *text, const pid_t *pids, size_t n, struct strbuf *out,
			 struct err *e);

#endif
