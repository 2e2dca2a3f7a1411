/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/compare.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef PTRACE_GET_SYSCALL_INFO
#	define PTRACE_GET_SYSCALL_INFO	  0x420e
#	define PTRACE_SYSCALL_INFO_ENTRY 1
#endif

#define TASK_MAX 4096
#define OPTIONS                                                                                    \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |  \
	 PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL)

/* The start of the kernel's struct ptrace_syscall_info: C libraries differ on its name. */
struct stop_info {
	uint8_t op, pad[3];
	uint32_t arch;
	uint64_t instruction_pointer, stack_pointer, nr;
	uint64_t rest[8];
};

/* Tasks, by pid; those that run something else than the command are marked. */
static struct {
	pid_t pid;
	bool other;
} tasks[TASK_MAX];
static size_t n_tasks;

static bool *other_of(pid_t pid)
{
	for (size_t i = 0; i < n_tasks; i++)
		if (tasks[i].pid == pid)
			return &tasks[i].other;
	if (n_tasks == TASK_MAX)
		fail("too many processes", "trace");
	tasks[n_tasks].pid = pid;
	tasks[n_tasks].other = false;
	return &tasks[n_tasks++].other;
}

static unsigned long peak_of(pid_t pid)
{
	char path[64], text[4096];

	(void)snprintf(path, sizeof(path), "/proc/%d/status", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (fd >= 0)
		(void)close(fd);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	const char *line = strstr(text, "VmHWM:");
	return line ? strtoul(line + strlen("VmHWM:"), NULL, 10) : 0;
}

static void note_peak(pid_t pid, struct traced *ret)
{
	unsigned long kib = *other_of(pid) ? 0 : peak_of(pid);

	if (kib > ret->peak_kib)
		ret->peak_kib = kib;
}

static void at_syscall(pid_t pid, struct traced *ret)
{
	struct stop_info info = { 0 };

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof(info), &info) < 0 ||
	    info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return;
	ret->syscalls++;
	/* What it executes has memory of its own, and the old one's greatest is gone then. */
	if (info.nr == SYS_execve || info.nr == SYS_execveat)
		note_peak(pid, ret);
}

/* Has @pid executed the command's program once more, or something else? */
static bool runs_other(pid_t pid, const char *program)
{
	char path[64], text[4096] = "";
	const char *slash = strrchr(program, '/');

	(void)snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (fd >= 0)
		(void)close(fd);
	if (n <= 0)
		return true;
	const char *own = strrchr(text, '/');
	own = own ? own + 1 : text;
	/* runc calls itself "runc init". */
	return strcmp(own, slash ? slash + 1 : program) != 0;
}

/* Return: the signal to pass on. */
static int at_stop(pid_t pid, int status, const char *program, struct traced *ret)
{
	int sig = WSTOPSIG(status), event = status >> 16;
	unsigned long child;

	if (sig == (SIGTRAP | 0x80)) {
		at_syscall(pid, ret);
		return 0;
	}
	switch (event) {
	case PTRACE_EVENT_CLONE:
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
		if (ptrace(PTRACE_GETEVENTMSG, pid, NULL, &child) == 0)
			*other_of((pid_t)child) = *other_of(pid);
		return 0;
	case PTRACE_EVENT_EXEC:
		*other_of(pid) = runs_other(pid, program);
		return 0;
	case PTRACE_EVENT_EXIT:
		note_peak(pid, ret);
		return 0;
	case 0:
		return sig == SIGSTOP || sig == SIGTRAP ? 0 : sig;
	default: /* PTRACE_EVENT_STOP: a new task, or a group stop */
		return 0;
	}
}

static pid_t start(struct command *c)
{
	pid_t pid = fork();

	if (pid < 0)
		fail(strerror(errno), c->argv[0]);
	if (pid > 0)
		return pid;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	(void)dup2(null, 0);
	(void)dup2(null, 1);
	(void)raise(SIGSTOP);
	(void)execvp(c->argv[0], c->argv);
	_exit(127);
}

/* What the command has left behind goes on without us. */
static void let_go(void)
{
	for (size_t i = 0; i < n_tasks; i++) {
		int status;

		if (kill(tasks[i].pid, 0) < 0 || ptrace(PTRACE_INTERRUPT, tasks[i].pid, 0, 0) < 0)
			continue;
		if (waitpid(tasks[i].pid, &status, __WALL) > 0 && WIFSTOPPED(status))
			(void)ptrace(PTRACE_DETACH, tasks[i].pid, 0, 0);
	}
}

/* Return: the command's wait status. */
static int follow(pid_t first, const char *program, struct traced *ret)
{
	for (;;) {
		int status;
		pid_t pid = waitpid(-1, &status, __WALL);

		if (pid < 0)
			fail(strerror(errno), "waitpid");
		if (WIFSTOPPED(status)) {
			int sig = at_stop(pid, status, program, ret);

			(void)ptrace(PTRACE_SYSCALL, pid, 0, (void *)(intptr_t)sig);
		} else if (pid == first) {
			return status;
		}
	}
}

void trace_command(const char *text, unsigned int n, struct traced *ret)
{
	struct command c;
	int status;

	n_tasks = 0;
	split_command(text, n, &c);
	pid_t pid = start(&c);
	if (waitpid(pid, &status, WUNTRACED) < 0 ||
	    ptrace(PTRACE_SEIZE, pid, 0, (void *)OPTIONS) < 0)
		fail(strerror(errno), "ptrace");
	*other_of(pid) = true; /* this program, until it executes the command */
	(void)kill(pid, SIGCONT);
	status = follow(pid, c.argv[0], ret);
	let_go();
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail("failed when traced", text);
}
