/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inject [OPTION...] -- COMMAND...: run a command under ptrace(2), count the system calls of it and
 * of its children, and do something at the Nth. A process is let go when it executes a program that
 * is not the command's own file: what the container's program and hooks do is not our matter.
 *
 *   -f WHO:N:WHAT[:TIMES]  WHO: command, children, all. WHAT: an errno by name; set1, set2, set3: one
 *                          that fits the call; KILL, TERM, INT, HUP, CHLD, CONT: that signal; KILLALL:
 *                          SIGKILL to all of them, and to what they executed; SHORT: a read or write
 *                          of half the bytes. TIMES: so many calls of that process in a row; *: all
 *                          calls of everybody from then on. Up to four.
 *   -o NAME,...            no other call is counted
 *   -p PID                 that process is one of the children, too
 *   -l MS                  after that time all is killed (10000)
 *   -r FILE                the report; -t: with a line "WHO PID NAME" for each call counted
 *
 * Report: "calls COMMAND CHILDREN ALL", "fired WHO N PID NAME WHAT" of each fault that came to pass,
 * last "end exited|killed|hang STATUS MS".
 */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "faults.h"

#define LINGER_MS 10 /* the children are watched for so long after the command has ended */
#define OPTIONS                                                                                    \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |  \
	 PTRACE_O_TRACEEXEC)

static void die(const char *what)
{
	perror(what);
	exit(125);
}

static long now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static struct proc *proc_of(struct job *j, pid_t pid)
{
	struct proc *place = NULL;

	for (int i = 0; i < PROCS_MAX; i++) {
		if (j->procs[i].pid == pid)
			return &j->procs[i];
		if (!place && j->procs[i].pid == 0)
			place = &j->procs[i];
	}
	if (!place)
		die("too many processes");
	*place = (struct proc){ .pid = pid };
	return place;
}

/* The command waits until it is traced. */
static void start(struct job *j)
{
	int go[2];
	char byte = 0;

	if (pipe(go) < 0)
		die("pipe");
	j->root = fork();
	if (j->root < 0)
		die("fork");
	if (j->root == 0) {
		sigset_t none;

		(void)sigemptyset(&none);
		(void)sigprocmask(SIG_SETMASK, &none, NULL);
		(void)close(go[1]);
		if (read(go[0], &byte, 1) != 1)
			_exit(125);
		(void)close(go[0]);
		(void)execv(j->argv[0], j->argv);
		_exit(125);
	}
	(void)close(go[0]);
	if (ptrace(PTRACE_SEIZE, j->root, 0, OPTIONS) < 0)
		die("PTRACE_SEIZE");
	(void)ptrace(PTRACE_INTERRUPT, j->root, 0, 0);
	if (waitpid(j->root, NULL, __WALL) < 0 || ptrace(PTRACE_SYSCALL, j->root, 0, 0) < 0)
		die("waitpid");
	(void)proc_of(j, j->root);
	if (write(go[1], &byte, 1) != 1)
		die("write");
	(void)close(go[1]);
	if (j->also > 0) {
		if (ptrace(PTRACE_SEIZE, j->also, 0, OPTIONS) < 0)
			die("PTRACE_SEIZE");
		(void)ptrace(PTRACE_INTERRUPT, j->also, 0, 0);
		(void)proc_of(j, j->also);
	}
}

/* --- stops -------------------------------------------------------------------------------- */

static void executed(struct job *j, struct proc *p)
{
	char path[32];
	struct stat st;

	(void)snprintf(path, sizeof(path), "/proc/%d/exe", (int)p->pid);
	if (stat(path, &st) == 0 && st.st_size == j->own_size) {
		j->started = true;
		(void)ptrace(PTRACE_SYSCALL, p->pid, 0, 0);
		return;
	}
	if (j->n_foreign < PROCS_MAX)
		j->foreign[j->n_foreign++] = p->pid;
	(void)ptrace(PTRACE_DETACH, p->pid, 0, 0);
	p->pid = 0;
}

static void syscall_stop(struct job *j, struct proc *p)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, p->pid, sizeof(info), &info) < 0)
		return; /* it is dying */
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
		if (j->started)
			call_entered(j, p, (long)info.entry.nr);
	} else if (info.op == PTRACE_SYSCALL_INFO_EXIT && p->fail) {
		call_fail(p->pid, p->fail);
		p->fail = 0;
	}
	(void)ptrace(PTRACE_SYSCALL, p->pid, 0, 0);
}

static bool stops_group(int sig)
{
	return sig == SIGSTOP || sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU;
}

static void stopped(struct job *j, struct proc *p, int status)
{
	int event = status >> 16;
	int sig = WSTOPSIG(status);

	if (event == PTRACE_EVENT_EXEC)
		executed(j, p);
	else if (event == PTRACE_EVENT_STOP && stops_group(sig))
		(void)ptrace(PTRACE_LISTEN, p->pid, 0, 0);
	else if (event != 0)
		(void)ptrace(PTRACE_SYSCALL, p->pid, 0, 0);
	else if (sig == (SIGTRAP | 0x80))
		syscall_stop(j, p);
	else
		(void)ptrace(PTRACE_SYSCALL, p->pid, 0, (void *)(uintptr_t)sig);
}

static void gone(struct job *j, struct proc *p, int status, long since)
{
	if (p->pid == j->root) {
		j->ended = true;
		j->status = status;
		j->ms = now_ms() - since;
	}
	p->pid = 0;
}

/* Takes all events that there are. Returns whether somebody is still traced. */
static bool take_events(struct job *j, long since)
{
	int status;

	for (;;) {
		pid_t pid = waitpid(-1, &status, __WALL | WNOHANG);

		if (pid <= 0)
			return pid == 0;
		struct proc *p = proc_of(j, pid);
		if (WIFSTOPPED(status))
			stopped(j, p, status);
		else
			gone(j, p, status, since);
	}
}

static void kill_traced(const struct job *j)
{
	for (int i = 0; i < PROCS_MAX; i++)
		if (j->procs[i].pid > 0)
			(void)kill(j->procs[i].pid, SIGKILL);
}

/* Where each of them waits, for who has to find out why. */
static void report_hang(const struct job *j)
{
	for (int i = 0; i < PROCS_MAX; i++) {
		char path[40];
		char text[128] = "";

		if (j->procs[i].pid == 0)
			continue;
		(void)snprintf(path, sizeof(path), "/proc/%d/syscall", (int)j->procs[i].pid);
		FILE *f = fopen(path, "re");
		if (!f)
			continue;
		if (fgets(text, sizeof(text), f)) {
			long number = -1;

			(void)sscanf(text, "%ld", &number);
			(void)fprintf(j->report, "waits %d %s %s", (int)j->procs[i].pid,
				      call_name(number), text);
		}
		(void)fclose(f);
	}
}

static void report_end(const struct job *j, bool hang)
{
	const char *how = hang ? "hang" : WIFEXITED(j->status) ? "exited" : "killed";
	int number = WIFEXITED(j->status) ? WEXITSTATUS(j->status) : WTERMSIG(j->status);

	(void)fprintf(j->report, "calls %ld %ld %ld\n", j->counts[WHO_COMMAND],
		      j->counts[WHO_CHILDREN], j->counts[WHO_ALL]);
	(void)fprintf(j->report, "end %s %d %ld\n", how, hang ? 0 : number, j->ms);
}

int main(int argc, char **argv)
{
	static struct job j;
	struct timespec tick = { .tv_nsec = 2000000 };
	sigset_t child;
	struct stat st;
	long since;
	bool hang = false;

	job_parse(&j, argc, argv);
	if (stat(j.argv[0], &st) < 0)
		die(j.argv[0]);
	j.own_size = st.st_size;
	(void)sigemptyset(&child);
	(void)sigaddset(&child, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &child, NULL);
	start(&j);
	since = now_ms();
	while (take_events(&j, since)) {
		long t = now_ms() - since;

		if (j.ended && t > j.ms + LINGER_MS)
			break;
		if (!hang && !j.ended && t > j.limit_ms) {
			hang = true;
			j.ms = t;
			report_hang(&j);
			kill_traced(&j);
		}
		(void)sigtimedwait(&child, NULL, &tick);
	}
	report_end(&j, hang);
	if (fclose(j.report) != 0)
		die("report");
	return 0; /* who is still traced runs on */
}
