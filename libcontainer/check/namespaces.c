/* SPDX-License-Identifier: Apache-2.0 */
/* Which namespaces can be made: by making each, for a process that ends at once. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/sys.h"
#include "check/parts.h"
#include "plan/namespaces.h"

#define AREA "namespaces"

static int try_flags(uint64_t flags, struct err *e)
{
	struct clone_args c = { .flags = flags, .exit_signal = SIGCHLD };
	pid_t pid = sys_clone3(&c, sizeof(c));

	if (pid < 0)
		return err_errno(e, "clone3(2)");
	if (pid == 0)
		_exit(0);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return 0;
}

static bool kernel_has(const struct ns_type *t)
{
	char path[32];

	(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", t->proc_name);
	return access(path, F_OK) == 0;
}

/* A mount namespace every container has; without others a configuration can do. */
static void lacks(const struct check_area *to, const struct ns_type *t)
{
	const char *advice = "a configuration that names it in linux.namespaces is refused";

	if (t->clone_flag == ns_types[NS_MOUNT].clone_flag)
		check_failure(to, t->name, "every container has one", "this kernel has none of %s",
			      t->name);
	else
		check_warning(to, t->name, advice, "this kernel has none of %s", t->name);
}

static void refused(const struct check_area *to, const char *name, const struct err *e)
{
	check_failure(to, name, hint_for(e), "%s cannot be made: %s", name, e->text);
}

/* Ordinary users make all others inside of one of users. */
static uint64_t base_flags(const struct host_facts *f)
{
	return f->euid == 0 ? 0 : ns_types[NS_USER].clone_flag;
}

void check_namespaces(const struct host_facts *f, struct check_report *ret)
{
	const struct check_area to = { ret, AREA };
	autodone(strbuf) struct strbuf names = STRBUF_INIT;
	uint64_t base = base_flags(f);
	struct err e;

	if (base && kernel_has(&ns_types[NS_USER]) && try_flags(base, &e) < 0) {
		refused(&to, ns_types[NS_USER].name, &e);
		return;
	}
	for (int k = 0; k < NS_COUNT; k++) {
		const struct ns_type *t = &ns_types[k];

		if (!kernel_has(t))
			lacks(&to, t);
		else if (try_flags(base | t->clone_flag, &e) < 0)
			refused(&to, t->name, &e);
		else
			strbuf_addf(&names, "%s%s", names.len ? ", " : "", t->name);
	}
	if (names.len)
		check_pass(&to, "kinds", "can be made: %s", strbuf_str(&names));
}
