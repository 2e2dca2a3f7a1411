/* SPDX-License-Identifier: Apache-2.0 */
#include "init/idmap.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/proc.h"
#include "base/retry.h"
#include "base/sys.h"

#define HELPER_TIMEOUT_MS 10000

void idmap_format(const struct plan_id_map *map, struct strbuf *out)
{
	for (size_t i = 0; i < map->n; i++)
		strbuf_addf(out, "%u %u %u\n", map->v[i].container_id, map->v[i].host_id,
			    map->v[i].size);
}

static int write_file(int proc_fd, pid_t pid, const char *name, const char *text, struct err *e)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "%ld/%s", (long)pid, name);
	return file_write_at(proc_fd, path, text, e);
}

static int write_map(int proc_fd, pid_t pid, const char *name, const struct plan_id_map *map,
		     struct err *e)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;

	idmap_format(map, &text);
	return write_file(proc_fd, pid, name, strbuf_str(&text), e);
}

/* Absolute, so that no $PATH decides what runs with these rights. */
const char *idmap_helper(bool of_groups)
{
	static const char *const candidates[][3] = {
		{ "/usr/bin/newuidmap", "/bin/newuidmap", "/usr/local/bin/newuidmap" },
		{ "/usr/bin/newgidmap", "/bin/newgidmap", "/usr/local/bin/newgidmap" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(candidates[0]); i++)
		if (access(candidates[of_groups][i], X_OK) == 0)
			return candidates[of_groups][i];
	return NULL;
}

/* With all that the helper said, less its last newline: our own advice comes behind it. */
static int helper_failed(const char *name, const char *said, struct err *e)
{
	size_t n = strlen(said);

	while (n > 0 && said[n - 1] == '\n')
		n--;
	return err_set(e, EPERM, "%s failed: %.*s", name, (int)n, said);
}

static int run_helper(const char *name, const char *path, pid_t pid, const struct plan_id_map *map,
		      struct err *e)
{
	struct arena a = ARENA_INIT;
	const char **argv = arena_array(&a, map->n * 3 + 3, const char *);
	struct proc_helper h = { .path = path, .argv = argv, .timeout_ms = HELPER_TIMEOUT_MS };
	struct proc_result result = { .status = 0 };
	size_t n = 0;

	argv[n++] = name;
	argv[n++] = arena_printf(&a, "%ld", (long)pid);
	for (size_t i = 0; i < map->n; i++) {
		argv[n++] = arena_printf(&a, "%u", map->v[i].container_id);
		argv[n++] = arena_printf(&a, "%u", map->v[i].host_id);
		argv[n++] = arena_printf(&a, "%u", map->v[i].size);
	}
	int r = proc_run(&h, &result, e);
	if (r == 0 && (result.timed_out || result.status != 0))
		r = helper_failed(name, strbuf_str(&result.err), e);
	proc_result_done(&result);
	arena_done(&a);
	return r;
}

static int by_helper(bool of_groups, pid_t pid, const struct plan_id_map *map, struct err *e)
{
	const char *name = of_groups ? "newgidmap" : "newuidmap";
	const char *path = idmap_helper(of_groups);

	if (!path)
		return err_set(e, ENOENT, "%s: executable file not found (package uidmap)", name);
	return run_helper(name, path, pid, map, e);
}

static int by_helpers(pid_t pid, const struct plan *plan, struct err *e)
{
	int r = by_helper(false, pid, &plan->uid_map, e);
	if (r < 0)
		return err_ctx(e, "linux.uidMappings");
	r = by_helper(true, pid, &plan->gid_map, e);
	if (r < 0)
		return err_ctx(e, "linux.gidMappings");
	return 0;
}

int idmap_install(int proc_fd, pid_t pid, const struct plan *plan, struct err *e)
{
	if (plan->use_newidmap)
		return by_helpers(pid, plan, e);

	int r = write_map(proc_fd, pid, "uid_map", &plan->uid_map, e);
	if (r < 0)
		return err_ctx(e, "linux.uidMappings");
	/* Without CAP_SETGID gid_map is refused until setgroups is given up. */
	if (plan->deny_setgroups) {
		r = write_file(proc_fd, pid, "setgroups", "deny", e);
		if (r < 0)
			return err_ctx(e, "give up setgroups(2)");
	}
	r = write_map(proc_fd, pid, "gid_map", &plan->gid_map, e);
	if (r < 0)
		return err_ctx(e, "linux.gidMappings");
	return 0;
}

/* --- id-mapped mounts ------------------------------------------------------------------ */

static int map_and_open(int proc_fd, pid_t pid, const struct plan_id_map *uids,
			const struct plan_id_map *gids, struct err *e)
{
	char path[48];

	int r = write_map(proc_fd, pid, "uid_map", uids, e);
	if (r < 0)
		return err_ctx(e, "uidMappings");
	r = write_map(proc_fd, pid, "gid_map", gids, e);
	if (r < 0)
		return err_ctx(e, "gidMappings");
	(void)snprintf(path, sizeof(path), "%ld/ns/user", (long)pid);
	int fd = RETRY(openat(proc_fd, path, O_RDONLY | O_CLOEXEC));
	return fd < 0 ? err_errno(e, "open %s", path) : fd;
}

static _Noreturn void wait_for_the_end(void)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		(void)pause();
}

int idmap_make_userns(int proc_fd, const struct plan_id_map *uids, const struct plan_id_map *gids,
		      struct err *e)
{
	struct clone_args args = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };
	pid_t pid = sys_clone3(&args, sizeof(args));

	if (pid < 0)
		return err_errno(e, "new user namespace for id-mapped mounts: clone3(2)");
	if (pid == 0)
		wait_for_the_end();
	int fd = map_and_open(proc_fd, pid, uids, gids, e);
	(void)kill(pid, SIGKILL); /* our own unreaped child: the pid is not reused */
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return fd < 0 ? err_ctx(e, "user namespace for id-mapped mounts") : fd;
}
