/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SECURITY_CAPS_H
#define SECURITY_CAPS_H

/* The capability sets of the calling process. Private to the security layer. */

#include <stdbool.h>

#include "base/err.h"
#include "base/log.h"
#include "plan/plan.h"
#include "security/posture.h"

/**
 * caps_keep() - prctl(PR_SET_KEEPCAPS): keep the permitted set while the uid changes
 * Runs in: init. Return: 0 or negative errno.
 */
MUST_CHECK int caps_keep(bool keep, struct err *e);

/**
 * caps_drop_bounding() - leave only c->bounding in the bounding set
 * @now: the caller's sets; the bounding set becomes what it should be now
 * Runs in: init. Return: 0 or negative errno.
 */
MUST_CHECK int caps_drop_bounding(struct posture *now, const struct plan_caps *c, struct err *e);

/**
 * caps_apply() - permitted, effective, inheritable and ambient sets
 * @now: the caller's sets, after the change of uid and caps_drop_bounding()
 * @ret_want: what was asked of the kernel, for caps_check()
 * @log: gets "ignoring unknown or unavailable capabilities: [CAP_X]" for what this process does
 *       not have, and "can't raise ambient capability CAP_X: ..."
 *
 * The sets end up as asked or smaller, never larger; capabilities(7). By capset(2) and prctl(2)
 * themselves: libcap asks the kernel a dozen times at each start of the program.
 * Runs in: init.
 */
MUST_CHECK int caps_apply(const struct plan_caps *c, const struct posture *now,
			  struct posture *ret_want, const struct log_sink *log, struct err *e);

/** caps_check() - did all of it take effect? Pure. Return: 0 or -EPERM. */
MUST_CHECK int caps_check(const struct posture *now, const struct posture *want, struct err *e);

#endif
