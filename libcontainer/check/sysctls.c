/* SPDX-License-Identifier: Apache-2.0 */
/* linux.sysctl: does this kernel have them? Which are the container's own is the plan's to know. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/sys.h"
#include "check/bundle.h"

/* "net/ipv4/conf/eth0/forwarding": of a device that may come with the container's network. */
static bool is_of_a_device(const char *key)
{
	static const char *const groups[] = { "/conf/", "/neigh/" };

	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		const char *at = strstr(key, groups[i]);

		if (!at)
			continue;
		at += strlen(groups[i]);
		return !str_after(at, "all/") && !str_after(at, "default/") &&
		       !str_after(at, "lo/");
	}
	return false;
}

/* A new network namespace has fewer of them than the host's. */
static bool is_in_new_namespace(const struct bundle *b, const char *path)
{
	const struct plan_ns *ns = &b->plan->ns[NS_NETWORK];
	struct clone_args c = { .flags = CLONE_NEWNET, .exit_signal = SIGCHLD };
	int status = 0;

	if (!ns->wanted || ns->path || !str_after(path, "/proc/sys/net/"))
		return true;
	pid_t pid = sys_clone3(&c, sizeof(c));
	if (pid == 0)
		_exit(access(path, F_OK) == 0 ? 0 : 1);
	if (pid < 0)
		return true; /* not ours to make: the host's will have to do */
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status == 0;
}

void bundle_sysctls(const struct bundle *b)
{
	const struct check_area to = { b->report, "sysctl" };
	const struct spec_string_map *all = &b->plan->sysctl;
	size_t missing = 0;

	for (size_t i = 0; i < all->n; i++) {
		const char *key = all->v[i].key;
		const char *path = arena_printf(&b->report->arena, "/proc/sys/%s", key);

		if (is_of_a_device(key) ||
		    (access(path, F_OK) == 0 && is_in_new_namespace(b, path)))
			continue;
		missing++;
		check_failure(&to, "missing",
			      "is it misspelt? some come with a module, or only to the host's "
			      "network namespace",
			      "linux.sysctl: the container would have no %s", path);
	}
	if (all->n && !missing)
		check_pass(&to, "keys", "this kernel has what linux.sysctl sets");
}
