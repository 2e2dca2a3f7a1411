/* SPDX-License-Identifier: Apache-2.0 */
#include "container/recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/retry.h"
#include "base/sys.h"
#include "container/listener.h"
#include "seccomp/record.h"

#define RESULT_MAX (1u << 20)

/* The profile begins with '{'; anything else is why there is none. */
static _Noreturn void record(int listener, int result)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;
	struct err e;

	(void)prctl(PR_SET_NAME, "vial:record");
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (seccomp_record(listener, &text, &e) < 0) {
		strbuf_done(&text);
		strbuf_adds(&text, e.text);
	}
	_exit(fd_write_all(result, text.data, text.len) < 0);
}

/* Without a signal at its end: the container's parent waits for others. */
static pid_t clone_recorder(int listener, int result)
{
	struct clone_args c = { 0 };
	pid_t pid = sys_clone3(&c, sizeof(c));

	if (pid != 0)
		return pid;
	/* Only these two; an end of the conversation would hide init's. */
	int high = listener > result ? listener : result,
	    low = listener > result ? result : listener;
	if (low > 3)
		(void)sys_close_range(3, (unsigned int)low - 1, 0);
	if (high > low + 1)
		(void)sys_close_range((unsigned int)low + 1, (unsigned int)high - 1, 0);
	(void)sys_close_range((unsigned int)high + 1, UINT_MAX, 0);
	record(listener, result);
}

int recorder_start(const struct spawned *process, const struct log_sink *log, struct recorder *ret,
		   struct err *e)
{
	int ends[2];

	autoclose int listener = listener_take(process, log, e);
	if (listener < 0)
		return listener;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_errno(e, "pipe2(2)");
	ret->result = ends[0];
	ret->pid = clone_recorder(listener, ends[1]);
	(void)close(ends[1]);
	if (ret->pid < 0) {
		ret->pid = 0;
		return err_errno(e, "clone3(2) of the recorder");
	}
	return 0;
}

int recorder_finish(struct recorder *r, const char *path, struct err *e)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;
	const char *slash = strrchr(path, '/');

	if (fd_read_all(r->result, RESULT_MAX, &text) < 0)
		return err_errno(e, "seccomp record: read the profile");
	if (text.len == 0 || text.data[0] != '{')
		return err_set(e, EPROTO, "seccomp record: %s",
			       text.len ? text.data : "the recorder ended without a word");
	autofree char *dir = slash == path ? mem_strdup("/")
					   : strndup(path, (size_t)(slash - path));
	autoclose int dir_fd = RETRY(open(dir ? dir : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (dir_fd < 0)
		return err_errno(e, "seccomp record: open %s", dir);
	int ret = file_replace_at(dir_fd, slash + 1, &text, 0, e);
	return ret < 0 ? err_ctx(e, "seccomp record") : 0;
}

void recorder_done(struct recorder *r)
{
	if (r->result >= 0)
		(void)close(take_fd(&r->result));
	if (r->pid <= 0)
		return;
	(void)kill(r->pid, SIGKILL); /* our own unreaped child: the pid is not reused */
	while (waitpid(r->pid, NULL, __WALL) < 0 && errno == EINTR)
		;
	r->pid = 0;
}
