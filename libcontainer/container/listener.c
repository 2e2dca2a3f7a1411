/* SPDX-License-Identifier: Apache-2.0 */
#include "container/listener.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/jsonw.h"
#include "base/retry.h"
#include "base/sys.h"
#include "proto/proto.h"
#include "seccomp/record.h"

#define STATE_VERSION	"1.3.0" /* of the runtime-spec whose ContainerProcessState this is */
#define LOOK_AGAIN_MS	1
#define AGENT_TIMEOUT_S 10

/* --- what config.json asks for ------------------------------------------------------------ */

static int read_options(const struct container_env *env, const struct spec *spec,
			const struct request *req, struct seccomp_options *ret, struct err *e)
{
	return seccomp_options_read(&spec->annotations, req->seccomp_receiver, env->log, ret, e);
}

int filter_compile(const struct container_env *env, const struct spec *spec,
		   const struct request *req, struct seccomp_filter *ret, struct err *e)
{
	struct seccomp_options options;
	int r = read_options(env, spec, req, &options, e);

	if (r == 0 && req->seccomp_record) {
		if (spec->linux_->seccomp)
			log_warn(env->log, "linux.seccomp is not applied: a profile is recorded");
		return seccomp_record_filter(env->log, ret, e);
	}
	return r < 0 ? r : seccomp_compile(spec->linux_->seccomp, &options, ret, e);
}

int listener_find(const struct container_env *env, const struct spec *spec,
		  const struct request *req, const struct seccomp_filter *f, struct listener *ret,
		  struct err *e)
{
	const struct spec_seccomp *s = spec->linux_->seccomp;
	struct seccomp_options options;

	*ret = (struct listener){ .log = env->log };
	if (!f->notifies || req->seccomp_record)
		return 0;
	int r = read_options(env, spec, req, &options, e);
	if (r < 0)
		return r;
	ret->path = s && s->listener_path && *s->listener_path ? s->listener_path
							       : options.receiver;
	ret->metadata = s ? s->listener_metadata : NULL;
	if (!ret->path)
		return err_set_kind(e, ERR_CONFIG, EINVAL,
				    "linux.seccomp.listenerPath is not set, but a rule is "
				    "SCMP_ACT_NOTIFY");
	return 0;
}

/* --- taking it ---------------------------------------------------------------------------- */

static int expect_number(int sock, const struct log_sink *log, uint32_t *ret, struct err *e)
{
	struct proto_msg m;
	int r = proto_recv(sock, log, &m, e);

	if (r < 0)
		return r;
	if (m.step != STEP_LISTENER || m.n_fds != 0 || m.length != sizeof(*ret))
		return err_set(e, EPROTO, "expected LISTENER, received %s",
			       proto_step_name(m.step));
	memcpy(ret, m.body, sizeof(*ret));
	return 0;
}

static int check_listener(int fd, struct err *e)
{
	char path[40], target[64] = "";

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (readlink(path, target, sizeof(target) - 1) < 0)
		return err_errno(e, "readlink %s", path);
	if (!str_eq(target, "anon_inode:seccomp notify"))
		return err_set(e, EPROTO, "the listener is %s", target);
	return 0;
}

/* Return: is there a word from the process, or its end? */
static bool has_word(int sock, int timeout_ms)
{
	struct pollfd p = { .fd = sock, .events = POLLIN };

	return poll(&p, 1, timeout_ms) > 0;
}

/* Whatever the process says now, there is no listener. */
static int hear_why(int sock, const struct log_sink *log, struct err *e)
{
	struct proto_msg m;
	int r = proto_recv(sock, log, &m, e);

	return r < 0 ? r
		     : err_set(e, EPROTO, "received %s before the listener",
			       proto_step_name(m.step));
}

int listener_take(const struct spawned *process, const struct log_sink *log, struct err *e)
{
	uint32_t number = 0;
	bool last = false; /* the process has gone on, or has failed: look once more */
	int r = 0;

	if (process->listener >= 0)
		number = (uint32_t)process->listener;
	else
		r = expect_number(process->sock, log, &number, e);
	if (r < 0)
		return r;
	for (;;) {
		autoclose int fd = sys_pidfd_getfd(process->pidfd, (int)number);

		if (fd >= 0) {
			r = check_listener(fd, e);
			return r < 0 ? r : take_fd(&fd);
		}
		if (errno != EBADF && errno != ESRCH)
			return err_errno(e, "pidfd_getfd(2) of the seccomp listener");
		if (last)
			return hear_why(process->sock, log, e);
		last = has_word(process->sock, LOOK_AGAIN_MS);
	}
}

/* --- handing it on ------------------------------------------------------------------------ */

static int connect_agent(const char *path, struct err *e)
{
	static const char failed[] =
		"failed to connect with seccomp agent specified in the seccomp profile";
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	const struct timeval limit = { .tv_sec = AGENT_TIMEOUT_S };
	size_t n = strlen(path);

	if (n >= sizeof(to.sun_path))
		return err_set(e, ENAMETOOLONG, "%s: %s: %s", failed, path,
			       errno_text(ENAMETOOLONG));
	memcpy(to.sun_path, path, n);
	if (path[0] == '@')
		to.sun_path[0] = '\0'; /* the abstract namespace: unix(7) */

	socklen_t length =
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + (path[0] == '@' ? 0 : 1));
	autoclose int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (sock < 0)
		return err_errno(e, "%s: socket(2)", failed);
	if (RETRY(connect(sock, (const struct sockaddr *)&to, length)) < 0)
		return err_errno(e, "%s: connect(2) %s", failed, path);
	if (setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0)
		return err_errno(e, "%s: setsockopt(2) SO_SNDTIMEO", failed);
	return take_fd(&sock);
}

/* runtime-spec, config-linux.md "The Container Process State". */
static void print_state(const struct listener *l, pid_t pid, const char *state_json,
			struct strbuf *out)
{
	struct jsonw w;

	jsonw_init(&w, out, "");
	jsonw_object(&w, NULL);
	jsonw_str(&w, "ociVersion", STATE_VERSION);
	jsonw_array(&w, "fds");
	jsonw_str(&w, NULL, "seccompFd");
	jsonw_array_end(&w);
	jsonw_i64(&w, "pid", pid);
	if (l->metadata && *l->metadata)
		jsonw_str(&w, "metadata", l->metadata);
	jsonw_raw(&w, "state", state_json);
	jsonw_object_end(&w);
}

int listener_send(const struct listener *l, const struct spawned *process,
		  const struct hook_state *state, const char *status, pid_t init, struct err *e)
{
	autodone(strbuf) struct strbuf inner = STRBUF_INIT, text = STRBUF_INIT;

	if (!l->path)
		return 0;
	autoclose int fd = listener_take(process, l->log, e);
	if (fd < 0)
		return fd;
	autoclose int agent = connect_agent(l->path, e);
	if (agent < 0)
		return agent;
	hook_state_print(state, status, init, &inner);
	print_state(l, process->pid, strbuf_str(&inner), &text);
	if (fd_send(agent, text.data, text.len, &fd, 1) < 0)
		return err_errno(e, "send the listener to the seccomp agent at %s: sendmsg(2)",
				 l->path);
	log_debug(l->log, "seccomp: the agent at %s has the listener", l->path);
	return 0;
}
