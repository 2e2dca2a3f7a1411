/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of the injector, and what it does at a system call. */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <unistd.h>

#include "faults.h"

static const char *const who_names[WHO_COUNT] = { "command", "children", "all" };

static const struct {
	const char *name;
	int number;
} signals[] = {
	{ "KILL", SIGKILL }, { "TERM", SIGTERM }, { "INT", SIGINT },   { "HUP", SIGHUP },
	{ "CHLD", SIGCHLD }, { "CONT", SIGCONT }, { "PIPE", SIGPIPE },
};

/* --- the command line --------------------------------------------------------------------- */

static void usage(const char *what)
{
	(void)fprintf(stderr, "inject: %s; see tests/faults/inject.c\n", what);
	exit(125);
}

static void parse_what(struct fault *f, const char *what)
{
	f->kind = FAULT_ERROR;
	f->number = errno_number(what);
	if (f->number)
		return;
	if (strncmp(what, "set", 3) == 0 && what[3] >= '1' && what[3] <= '3' && !what[4]) {
		f->set = what[3] - '0';
		return;
	}
	if (strcmp(what, "SHORT") == 0) {
		f->kind = FAULT_SHORT;
		return;
	}
	f->kind = FAULT_SIGNAL;
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		if (strcmp(signals[i].name, what) == 0)
			f->number = signals[i].number;
	if (strcmp(what, "KILLALL") == 0) {
		f->kind = FAULT_KILL_ALL;
		f->number = SIGKILL;
	}
	if (!f->number)
		usage(what);
}

static long number_of(const char *text)
{
	long n;
	char rest;

	if (sscanf(text, "%ld%c", &n, &rest) != 1 || n < 1)
		usage(text);
	return n;
}

static void parse_fault(struct job *j, const char *text)
{
	char who[16];
	char what[16];
	char times[8] = "1";

	if (j->n_faults == FAULTS_MAX)
		usage("too many faults");
	struct fault *f = &j->faults[j->n_faults++];
	if (sscanf(text, "%15[a-z]:%ld:%15[A-Za-z0-9]:%7s", who, &f->at, what, times) < 3 ||
	    f->at < 1)
		usage(text);
	f->stays = strcmp(times, "*") == 0;
	f->times = f->stays ? 1 : (int)number_of(times);
	f->who = WHO_COUNT;
	for (int i = 0; i < WHO_COUNT; i++)
		if (strcmp(who_names[i], who) == 0)
			f->who = (enum who)i;
	if (f->who == WHO_COUNT)
		usage(text);
	parse_what(f, what);
}

static const char *between_commas(const char *list)
{
	size_t size = strlen(list) + 3;
	char *text = malloc(size);

	if (!text)
		usage("no memory");
	(void)snprintf(text, size, ",%s,", list);
	return text;
}

void job_parse(struct job *j, int argc, char **argv)
{
	int c;

	j->limit_ms = 10000;
	j->report = stderr;
	while ((c = getopt(argc, argv, "f:o:p:l:r:t")) != -1) {
		if (c == 'f')
			parse_fault(j, optarg);
		else if (c == 'o')
			j->only = between_commas(optarg);
		else if (c == 'p')
			j->also = (pid_t)number_of(optarg);
		else if (c == 'l')
			j->limit_ms = number_of(optarg);
		else if (c == 't')
			j->trace = true;
		else if (c == 'r')
			j->report = fopen(optarg, "we");
		else
			usage("unknown option");
		if (!j->report)
			usage("no report");
	}
	j->argv = argv + optind;
	if (!j->argv[0] || j->argv[0][0] != '/')
		usage("no absolute command");
}

/* --- what is done ------------------------------------------------------------------------- */

#if defined(__x86_64__)
void call_skip(pid_t pid)
{
	struct user_regs_struct regs;

	(void)ptrace(PTRACE_GETREGS, pid, 0, &regs);
	regs.orig_rax = (unsigned long long)-1;
	(void)ptrace(PTRACE_SETREGS, pid, 0, &regs);
}

void call_fail(pid_t pid, int number)
{
	struct user_regs_struct regs;

	(void)ptrace(PTRACE_GETREGS, pid, 0, &regs);
	regs.rax = (unsigned long long)-(long long)number;
	(void)ptrace(PTRACE_SETREGS, pid, 0, &regs);
}

bool call_shorten(pid_t pid)
{
	struct user_regs_struct regs;

	(void)ptrace(PTRACE_GETREGS, pid, 0, &regs);
	if (regs.rdx < 2)
		return false;
	regs.rdx /= 2;
	(void)ptrace(PTRACE_SETREGS, pid, 0, &regs);
	return true;
}
#elif defined(__aarch64__)
#	include <elf.h>
#	ifndef NT_ARM_SYSTEM_CALL
#		define NT_ARM_SYSTEM_CALL 0x404
#	endif
void call_skip(pid_t pid)
{
	int none = -1;
	struct iovec io = { &none, sizeof(none) };

	(void)ptrace(PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL, &io);
}

void call_fail(pid_t pid, int number)
{
	struct user_regs_struct regs;
	struct iovec io = { &regs, sizeof(regs) };

	(void)ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &io);
	regs.regs[0] = (unsigned long long)-(long long)number;
	(void)ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &io);
}

bool call_shorten(pid_t pid)
{
	struct user_regs_struct regs;
	struct iovec io = { &regs, sizeof(regs) };

	(void)ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &io);
	if (regs.regs[2] < 2)
		return false;
	regs.regs[2] /= 2;
	(void)ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &io);
	return true;
}
#else
#	error "how is a system call skipped on this machine?"
#endif

static void kill_all(const struct job *j)
{
	for (int i = 0; i < PROCS_MAX; i++)
		if (j->procs[i].pid > 0)
			(void)kill(j->procs[i].pid, SIGKILL);
	for (int i = 0; i < j->n_foreign; i++)
		(void)kill(j->foreign[i], SIGKILL);
}

static bool can_be_short(const char *name)
{
	char needle[64];

	(void)snprintf(needle, sizeof(needle), ",%s,", name);
	return strstr(",read,write,pread64,pwrite64,recvfrom,sendto,getdents64,", needle) != NULL;
}

static void apply(struct job *j, struct fault *f, struct proc *p, const char *name)
{
	f->left--;
	if (f->kind == FAULT_SHORT && !(can_be_short(name) && call_shorten(p->pid)))
		return;
	(void)fprintf(j->report, "fired %s %ld %d %s", who_names[f->who], f->at, (int)p->pid, name);
	if (f->kind == FAULT_KILL_ALL) {
		(void)fprintf(j->report, " kill all\n");
		kill_all(j);
	} else if (f->kind == FAULT_SHORT) {
		(void)fprintf(j->report, " short\n");
	} else if (f->kind == FAULT_SIGNAL) {
		(void)fprintf(j->report, " signal %d\n", f->number);
		(void)kill(p->pid, f->number);
	} else {
		p->fail = f->set ? errno_of(name, f->set) : f->number;
		(void)fprintf(j->report, " error %d\n", p->fail);
		call_skip(p->pid);
	}
}

/* What never returns cannot fail; and without arch_prctl(2) the C library ends itself at its start,
 * or takes the error of set_tid_address(2) for a number of its thread. Neither can fail. */
static bool counts(const struct job *j, const char *name)
{
	char needle[64];

	(void)snprintf(needle, sizeof(needle), ",%s,", name);
	if (strstr(",exit,exit_group,rt_sigreturn,arch_prctl,set_tid_address,", needle))
		return false;
	return !j->only || strstr(j->only, needle);
}

void call_entered(struct job *j, struct proc *p, long number)
{
	const char *name = call_name(number);
	enum who who = p->pid == j->root ? WHO_COMMAND : WHO_CHILDREN;

	if (!counts(j, name))
		return;
	j->counts[who]++;
	j->counts[WHO_ALL]++;
	if (j->trace)
		(void)fprintf(j->report, "%s %d %s\n", who_names[who], (int)p->pid, name);
	for (int i = 0; i < j->n_faults; i++) {
		struct fault *f = &j->faults[i];

		if (!f->victim && (f->who == WHO_ALL || f->who == who) &&
		    j->counts[f->who] == f->at) {
			f->victim = p->pid;
			f->left = f->times;
		}
		if (f->victim && (f->stays || (f->victim == p->pid && f->left > 0)))
			apply(j, f, p, name);
	}
}
