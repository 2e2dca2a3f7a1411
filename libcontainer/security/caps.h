/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SECURITY_CAPS_H
#define SECURITY_CAPS_H

/* The capability sets of the calling process. Private to the security layer. */

#include <stdbool.h>

#include "base/err.h"
#include "base/log.h"
#include "plan/plan.h"

/** caps_have_setgid() - is CAP_SETGID effective? Tells why setgroups(2) was denied. Runs in: init. */
bool caps_have_setgid(void);

/**
 * caps_keep() - prctl(PR_SET_KEEPCAPS): keep the permitted set while the uid changes
 * Runs in: init. Return: 0 or negative errno.
 */
MUST_CHECK int caps_keep(bool keep, struct err *e);

/**
 * caps_apply() - permitted, effective, inheritable and ambient sets; read back
 * @log: gets "ignoring unknown or unavailable capabilities: [CAP_X]" for what this process does
 *       not have, and "can't raise ambient capability CAP_X: ..."
 *
 * The sets end up as asked or smaller, never larger; capabilities(7).
 * Runs in: init, after the change of uid and caps_drop_bounding().
 */
MUST_CHECK int caps_apply(const struct plan_caps *c, const struct log_sink *log, struct err *e);

#endif
