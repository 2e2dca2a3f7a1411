/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SECCOMP_WORDS_H
#define SECCOMP_WORDS_H

/* Actions and operators by their names in config.json. Private to the seccomp layer; pure. */

#include "base/err.h"
#include "seccomp/profile.h"

/**
 * action_resolve() - "SCMP_ACT_ERRNO" and its errno to SECCOMP_RET_*
 * @name: may be NULL
 * @e:    "string X is not a valid action for seccomp", "errno 5000 is above 4095"
 */
MUST_CHECK int action_resolve(const char *name, struct opt_u32 errno_ret, uint32_t *ret,
			      struct err *e);
/** action_name() - "SCMP_ACT_ERRNO" of SECCOMP_RET_*; NULL: no action. */
const char *action_name(uint32_t action);

/** condition_resolve() - one element of "args". @e: "index: 9, a system call has arguments 0 to 5" */
MUST_CHECK int condition_resolve(const struct spec_seccomp_arg *a, struct condition *ret,
				 struct err *e);
/** condition_holds() - for the value of its argument. */
bool condition_holds(const struct condition *c, bool is_32, uint64_t arg);

#endif
