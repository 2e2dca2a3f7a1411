/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_NUMBERS_H
#define PLAN_NUMBERS_H

/* Lists of CPUs and memory nodes: "0-3,7", as taskset(1) and numactl(8) take them. */

#include "base/err.h"
#include "base/mem.h"
#include "plan/plan.h"

/**
 * plan_numbers_parse() - a list as a bit mask
 * @text: numbers and ranges between commas; blanks around them and empty elements are allowed
 * @max:  the highest number that may stand there
 * @ret:  .v is of @a; its length is that of the highest number
 *
 * Pure. Runs in: host. Return: 0 or -EINVAL; the text of @e has no context.
 */
MUST_CHECK int plan_numbers_parse(struct arena *a, const char *text, uint32_t max,
				  struct plan_numbers *ret, struct err *e);

/** plan_numbers_print() - append @n as a list: "0-3,7". Pure. */
void plan_numbers_print(const struct plan_numbers *n, struct strbuf *out);

#endif
