/* SPDX-License-Identifier: Apache-2.0 */

/*
 * touched PROGRAM [ARGUMENT...]: steps through PROGRAM and all processes of it that run the same
 * file, one instruction at a time, and prints where in the file each sixteen bytes of code were
 * first executed, in that order, in hexadecimal. For scripts/often.sh.
 */

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define TASK_MAX 64
#define UNITS	 (1u << 18) /* of 16 bytes: 4 MiB of code */
#define OPTIONS                                                                                    \
	(PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |     \
	 PTRACE_O_EXITKILL)

struct task {
	pid_t pid;
	bool is_known;	     /* whether begin and end are up to date */
	unsigned long begin; /* where the file begins in memory; 0: runs another program */
	unsigned long end;
};

static struct task tasks[TASK_MAX];
static size_t n_tasks;
static bool seen[UNITS];

static struct task *task_of(pid_t pid)
{
	for (size_t i = 0; i < n_tasks; i++)
		if (tasks[i].pid == pid)
			return &tasks[i];
	if (n_tasks == TASK_MAX) {
		fputs("touched: too many processes\n", stderr);
		exit(1);
	}
	tasks[n_tasks] = (struct task){ .pid = pid };
	return &tasks[n_tasks++];
}

/* vial executes itself once more through a mount of its own: the name is what stays. */
static bool is_program(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');

	return slash && (strcmp(slash + 1, name) == 0 || strcmp(path, "/") == 0);
}

static void look(struct task *t, const char *name)
{
	char file[64], line[8192], perms[8], path[4096];
	unsigned long begin, end, offset;

	t->is_known = true;
	t->begin = t->end = 0;
	(void)snprintf(file, sizeof(file), "/proc/%d/maps", (int)t->pid);
	FILE *f = fopen(file, "re");
	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx %7s %lx %*s %*s %4095s", &begin, &end, perms, &offset,
			   path) != 5 ||
		    !is_program(path, name))
			continue;
		if (!t->begin)
			t->begin = begin - offset;
		if (strchr(perms, 'x'))
			t->end = end;
	}
	(void)fclose(f);
}

static void note(const struct task *t)
{
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GETREGS, t->pid, NULL, &regs) < 0 || regs.rip < t->begin ||
	    regs.rip >= t->end)
		return;
	unsigned long unit = (regs.rip - t->begin) / 16;
	if (unit >= UNITS || seen[unit])
		return;
	seen[unit] = true;
	printf("%lx\n", unit * 16);
}

static void step(struct task *t, int status, const char *name)
{
	int signal = WSTOPSIG(status);

	if (status >> 16 == PTRACE_EVENT_EXEC)
		t->is_known = false;
	if (!t->is_known)
		look(t, name);
	if (signal == SIGTRAP || signal == SIGSTOP) {
		signal = 0;
		note(t);
	}
	(void)ptrace(t->begin ? PTRACE_SINGLESTEP : PTRACE_CONT, t->pid, NULL, signal);
}

static void follow(const char *name)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		if (pid < 0)
			continue;
		struct task *t = task_of(pid);
		if (WIFSTOPPED(status))
			step(t, status, name);
		else
			*t = tasks[--n_tasks];
	}
}

int main(int argc, char **argv)
{
	int status;

	if (argc < 2) {
		fputs("usage: touched PROGRAM [ARGUMENT...]\n", stderr);
		return 2;
	}
	pid_t pid = fork();
	if (pid == 0) {
		(void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		(void)dup2(STDERR_FILENO, STDOUT_FILENO); /* ours is for the addresses */
		(void)raise(SIGSTOP);
		(void)execv(argv[1], argv + 1);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 ||
	    ptrace(PTRACE_SETOPTIONS, pid, NULL, OPTIONS) < 0) {
		perror("touched");
		return 1;
	}
	(void)ptrace(PTRACE_CONT, pid, NULL, 0);
	const char *slash = strrchr(argv[1], '/');
	follow(slash ? slash + 1 : argv[1]);
	return 0;
}
