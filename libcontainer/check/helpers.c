/* SPDX-License-Identifier: Apache-2.0 */
/* Programs that some containers need, and what guards them: all of it may be absent. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/proc.h"
#include "check/parts.h"
#include "criu/swrk.h"
#include "net/net.h"

#define CRIU_TIMEOUT_MS	     5000
#define LANDLOCK_ASK_VERSION 1

/* The first word after "Version: ". */
static const char *criu_version(struct arena *a, const char *output)
{
	const char *at = strstr(output, "Version: ");

	at = at ? at + strlen("Version: ") : "of unknown version";
	return arena_strndup(a, at, strcspn(at, " \n"));
}

static void check_criu(const struct check_area *to)
{
	struct arena *a = &to->report->arena;
	const char *path = NULL;
	const char *const argv[] = { "criu", "--version", NULL };
	autodone(proc_result) struct proc_result result = { 0 };
	struct err e;

	if (criu_find(a, &path, &e) < 0) {
		check_pass(to, "criu", "criu is not installed: no checkpoint and no restore");
		return;
	}
	const struct proc_helper helper = { .path = path,
					    .argv = argv,
					    .timeout_ms = CRIU_TIMEOUT_MS };
	int r = proc_run(&helper, &result, &e);
	if (r == 0 && !result.timed_out && result.status == 0)
		check_pass(to, "criu", "%s, version %s", path,
			   criu_version(a, strbuf_str(&result.out)));
	else
		check_warning(to, "criu", "checkpoint and restore will fail: reinstall it",
			      "%s --version does not work%s%s", path, r < 0 ? ": " : "",
			      r < 0 ? e.text : "");
}

void check_helpers(const struct request *req, struct check_report *ret)
{
	const struct check_area to = { ret, "helpers" };
	const char *path;
	struct err e;

	if (net_find_helper(&ret->arena, req->argv0, &path, &e) == 0)
		check_pass(&to, "vial-netdev", "%s", path);
	else
		check_warning(&to, "vial-netdev", "linux.netDevices is refused without it", "%s",
			      e.text);
	check_criu(&to);
}

static void check_landlock(const struct check_area *to)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_ASK_VERSION);

	if (abi > 0)
		check_pass(to, "landlock", "Landlock, version %ld", abi);
	else
		check_pass(to, "landlock",
			   "Landlock is not enabled: programs cannot confine themselves by it");
}

static void check_resctrl(const struct check_area *to)
{
	const char *mount = NULL;
	struct err e;

	if (host_facts_find_resctrl(&to->report->arena, &mount, &e) < 0)
		check_error(to, "resctrl", &e);
	else if (mount)
		check_pass(to, "resctrl", "resctrl at %s", mount);
	else
		check_pass(to, "resctrl", "no resctrl is mounted: linux.intelRdt is refused");
}

void check_security(const struct host_facts *f, struct check_report *ret)
{
	const struct check_area to = { ret, "security" };

	check_pass(&to, "apparmor",
		   f->has_apparmor ? "AppArmor"
				   : "AppArmor is not enabled: process.apparmorProfile is "
				     "refused");
	check_pass(&to, "selinux",
		   f->has_selinux ? "SELinux"
				  : "SELinux is not enabled: process.selinuxLabel is refused");
	check_landlock(&to);
	check_resctrl(&to);
}
