/* SPDX-License-Identifier: Apache-2.0 */
#include "check/parts.h"

void check_bundle(const struct request *req, struct check_report *ret)
{
	(void)req;
	(void)ret;
}
