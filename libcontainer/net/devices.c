/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/proc.h"
#include "net/net.h"

#define HELPER		  "vial-netdev"
#define HELPER_TIMEOUT_MS 30000

/* Where it is installed, by us or by the distribution's package of this very program; else beside
 * this program, when that was called by a path. Never by PATH. */
int net_find_helper(struct arena *a, const char *argv0, const char **ret, struct err *e)
{
	static const char *const installed[] = { VIAL_NETDEV, "/usr/libexec/vial/" HELPER };

	for (size_t i = 0; i < sizeof(installed) / sizeof(installed[0]); i++) {
		*ret = installed[i];
		if (access(*ret, X_OK) == 0)
			return 0;
	}
	autofree char *self = argv0 && strchr(argv0, '/') ? realpath(argv0, NULL) : NULL;
	char *slash = self ? strrchr(self, '/') : NULL;
	if (slash) {
		*slash = '\0';
		*ret = arena_printf(a, "%s/" HELPER, self);
		if (access(*ret, X_OK) == 0)
			return 0;
	}
	return err_set(e, ENOENT,
		       "the helper program " VIAL_NETDEV " is not there, and none is beside %s",
		       argv0 ? argv0 : "this program");
}

static int run_helper(const char *path, const char *const *argv, struct err *e)
{
	static const char *const no_env[] = { NULL };
	const struct proc_helper helper = {
		.path = path,
		.argv = argv,
		.envp = no_env,
		.timeout_ms = HELPER_TIMEOUT_MS,
	};
	autodone(proc_result) struct proc_result result = { 0 };

	int r = proc_run(&helper, &result, e);
	if (r < 0)
		return r;
	if (result.timed_out)
		return err_set(e, ETIMEDOUT, HELPER " took more than %d s",
			       HELPER_TIMEOUT_MS / 1000);
	if (result.status == 0)
		return 0;
	const char *text = strbuf_str(&result.err);
	size_t n = strcspn(text, "\n");
	if (n == 0)
		return err_set(e, EIO, HELPER " ended with wait status 0x%x",
			       (unsigned int)result.status);
	return err_set(e, EIO, "%.*s", (int)n, text);
}

int net_devices_move(const struct plan *plan, int netns_fd, struct err *e)
{
	autodone(arena) struct arena a = ARENA_INIT;
	const char *path;
	size_t n = 0;

	int r = net_find_helper(&a, plan->request->argv0, &path, e);
	if (r < 0)
		return err_ctx(e, "linux.netDevices");
	const char **argv = arena_array(&a, 3 + 2 * plan->n_net_devices, const char *);
	argv[n++] = HELPER;
	/* The helper inherits no descriptor of ours, but it can open this one. */
	argv[n++] = arena_printf(&a, "/proc/%ld/fd/%d", (long)getpid(), netns_fd);
	for (size_t i = 0; i < plan->n_net_devices; i++) {
		argv[n++] = plan->net_devices[i].name;
		argv[n++] = plan->net_devices[i].new_name;
	}
	r = run_helper(path, argv, e);
	return r < 0 ? err_ctx(e, "linux.netDevices") : 0;
}
