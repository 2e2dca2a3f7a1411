/* SPDX-License-Identifier: Apache-2.0 */
#include "init/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/proc.h"
#include "base/sys.h"
#include "init/idmap.h"
#include "plan/namespaces.h"
#include "proto/proto.h"

/* A kernel without one kind of namespace says no more than that the flags are wrong. */
static int explain_namespaces(const struct plan *plan, struct err *e)
{
	for (int k = 0; k < NS_COUNT; k++) {
		char path[32];

		(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", ns_types[k].proc_name);
		if (plan->ns[k].wanted && access(path, F_OK) < 0)
			return err_append(e, "this kernel has no %s namespace", ns_types[k].name);
	}
	return -e->code;
}

/* Clones init itself. Returns its pid. */
static int clone_init(struct init_args *args, int cgroup_fd, int *ret_pidfd, struct err *e)
{
	struct clone_args c = {
		.flags = args->plan->clone_flags | (uint64_t)CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
		.pidfd = (uint64_t)(uintptr_t)ret_pidfd,
		.exit_signal = SIGCHLD,
	};

	if (cgroup_fd >= 0) {
		c.flags |= CLONE_INTO_CGROUP;
		c.cgroup = (unsigned int)cgroup_fd;
	}
	pid_t pid = sys_clone3(&c, sizeof(c));
	if (pid < 0) {
		(void)err_errno(e, "clone3(2)");
		return e->code == EINVAL ? explain_namespaces(args->plan, e) : -e->code;
	}
	if (pid == 0)
		init_main(args);
	return pid;
}

static pid_t clone_bridge(const struct init_args *args, struct err *e)
{
	struct clone_args c = { .exit_signal = SIGCHLD };
	pid_t pid = sys_clone3(&c, sizeof(c));

	if (pid < 0)
		return err_errno(e, "clone3(2)");
	if (pid == 0)
		bridge_main(args);
	return pid;
}

/* fdinfo of a pidfd holds "Pid:\t123": pidfd_open(2), proc_pid_fdinfo(5). */
static int pid_of_pidfd(int proc_fd, int pidfd, pid_t *ret, struct err *e)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;
	char path[48];
	uint64_t pid;

	(void)snprintf(path, sizeof(path), "self/fdinfo/%d", pidfd);
	int r = file_read_at(proc_fd, path, 4096, &text, e);
	if (r < 0)
		return r;
	char *line = text.data ? strstr(text.data, "Pid:\t") : NULL;
	if (!line)
		return err_set(e, EPROTO, "%s: no Pid: in it", path);
	line += strlen("Pid:\t");
	line[strcspn(line, "\n")] = '\0';
	if (str_to_u64(line, INT_MAX, &pid) < 0 || pid == 0)
		return err_set(e, ESRCH, "%s: init has ended", path);
	*ret = (pid_t)pid;
	return 0;
}

static int write_offsets(int proc_fd, pid_t bridge, const struct plan *plan, struct err *e)
{
	char path[48];

	(void)snprintf(path, sizeof(path), "%ld/timens_offsets", (long)bridge);
	int r = file_write_at(proc_fd, path, plan->time_offsets, e);
	return r < 0 ? err_ctx(e, "linux.timeOffsets") : 0;
}

static bool is_new_userns(const struct plan *plan)
{
	return plan->ns[NS_USER].wanted && !plan->ns[NS_USER].path;
}

static int map_ids(const struct init_args *args, pid_t child, int sock, const struct log_sink *log,
		   struct err *e)
{
	if (!is_new_userns(args->plan))
		return 0;
	int r = proto_expect(sock, STEP_USERNS_READY, log, NULL, e);
	if (r < 0)
		return r;
	r = idmap_install(args->proc_fd, child, args->plan, e);
	if (r < 0)
		return r;
	return proto_tell(sock, STEP_IDMAP_DONE, log, e);
}

/* The host's side of bridge_main(). */
static int talk_with_bridge(const struct init_args *args, pid_t bridge, const struct log_sink *log,
			    struct spawned *ret, struct err *e)
{
	int r = map_ids(args, bridge, ret->sock, log, e);

	if (r < 0)
		return r;
	if (args->plan->time_offsets) {
		r = proto_expect(ret->sock, STEP_TIMENS_READY, log, NULL, e);
		if (r == 0)
			r = write_offsets(args->proc_fd, bridge, args->plan, e);
		if (r == 0)
			r = proto_tell(ret->sock, STEP_OFFSETS_DONE, log, e);
		if (r < 0)
			return r;
	}
	r = proto_expect(ret->sock, STEP_INIT_SPAWNED, log, &ret->pidfd, e);
	if (r < 0)
		return r;
	return pid_of_pidfd(args->proc_fd, ret->pidfd, &ret->pid, e);
}

/* Ends the bridge if it lives, and takes its exit status away. */
static void reap(pid_t pid, bool kill_it)
{
	if (kill_it)
		(void)kill(pid, SIGKILL); /* our own unreaped child: the pid is not reused */
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static int spawn_by_bridge(struct init_args *args, int their_end, const struct log_sink *log,
			   struct spawned *ret, struct err *e)
{
	pid_t bridge = clone_bridge(args, e);

	int closed = fd_close_end(&their_end);
	args->sock = -1;
	if (bridge < 0)
		return bridge;
	int r = closed < 0 ? err_errno(e, "close the bridge's socket")
			   : talk_with_bridge(args, bridge, log, ret, e);
	reap(bridge, r < 0);
	return r;
}

int spawn(struct init_args *args, int cgroup_fd, const struct log_sink *log, struct spawned *ret,
	  bool *ret_in_cgroup, struct err *e)
{
	int ends[2];

	*ret_in_cgroup = false;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return err_errno(e, "socketpair(2)");
	ret->sock = ends[0];
	args->sock = ends[1];
	if (args->plan->needs_bridge)
		return spawn_by_bridge(args, ends[1], log, ret, e);

	pid_t pid = clone_init(args, cgroup_fd, &ret->pidfd, e);
	int closed = fd_close_end(&ends[1]);
	args->sock = -1;
	if (pid < 0)
		return pid;
	ret->pid = pid;
	if (closed < 0)
		return err_errno(e, "close init's socket");
	*ret_in_cgroup = cgroup_fd >= 0;
	return map_ids(args, pid, ret->sock, log, e);
}
