/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "check/parts.h"

#define STATUS_MAX 4096

/* What a filter forbids looks like a kernel that lacks it. */
static void check_filter(struct check_report *ret)
{
	const struct check_area to = { ret, "kernel" };
	char status[STATUS_MAX] = "";
	struct err ignored;

	if (file_read_once_at(AT_FDCWD, "/proc/self/status", status, sizeof(status), &ignored) >
		    0 &&
	    strstr(status, "\nSeccomp:\t2"))
		check_warning(&to, "filter", "what is missing here may be the filter's doing",
			      "this process runs under a seccomp filter already");
}

void check_host(const struct request *req, struct check_report *ret)
{
	const struct check_area to = { ret, "host" };
	autodone(host_facts) struct host_facts facts = { 0 };
	struct err e;

	if (host_facts_probe(&facts, true, &e) < 0) {
		check_error(&to, "facts", &e);
		return;
	}
	check_kernel(ret);
	check_filter(ret);
	check_namespaces(&facts, ret);
	check_cgroups(req, &facts, ret);
	check_users(&facts, ret);
	check_helpers(req, ret);
	check_security(&facts, ret);
}
