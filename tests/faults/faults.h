/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAULTS_H
#define FAULTS_H

/* What the parts of the injector share. */

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#define FAULTS_MAX 4
#define PROCS_MAX  4096

enum who {
	WHO_COMMAND,  /* the process that was started */
	WHO_CHILDREN, /* all others, until they execute a foreign program */
	WHO_ALL,
	WHO_COUNT,
};

enum fault_kind { FAULT_ERROR, FAULT_SIGNAL, FAULT_KILL_ALL, FAULT_SHORT };

struct fault {
	enum who who;
	long at; /* the Nth call of those; from 1 on */
	enum fault_kind kind;
	int number; /* errno or signal */
	int set;    /* 1 to 3: the errno comes from errno_of() instead */
	int times;  /* so many calls of that process in a row */
	bool stays; /* all calls from then on, whoever makes them */
	pid_t victim;
	int left;
};

struct proc {
	pid_t pid;   /* 0: this place is free */
	bool inside; /* of a system call: the next stop is its end */
	int fail;    /* errno with which the call ends that was taken away */
};

struct job {
	struct fault faults[FAULTS_MAX];
	int n_faults;
	const char *only; /* ",read,write,": no other call counts; NULL: all */
	long limit_ms;
	pid_t also; /* a process that is traced as a child, too; 0: none */
	FILE *report;
	bool trace; /* each call into the report */
	char **argv;

	pid_t root;
	off_t own_size; /* of the program under test: how it is known again */
	bool started;	/* executed */
	bool ended;
	int status;
	long ms;
	long counts[WHO_COUNT];
	struct proc procs[PROCS_MAX];
	pid_t foreign[PROCS_MAX];
	int n_foreign;
};

/**
 * call_name() - name of a system call of this machine, "?" for an unknown one
 */
const char *call_name(long number);

/**
 * errno_of() - what the call may well fail with
 * @set: 1 to 3
 */
int errno_of(const char *name, int set);

/**
 * errno_number() - "ENOSPC" to a number, 0 for an unknown name
 */
int errno_number(const char *name);

/**
 * job_parse() - the command line; exits with a message when it is wrong
 */
void job_parse(struct job *j, int argc, char **argv);

/**
 * call_entered() - a process is about to make a system call: count it, inject
 */
void call_entered(struct job *j, struct proc *p, long number);

/**
 * call_skip() - the call at whose entry the process stands is not made
 */
void call_skip(pid_t pid);

/**
 * call_fail() - the call at whose end the process stands returns this error
 */
void call_fail(pid_t pid, int number);

/**
 * call_shorten() - the read or write at whose entry the process stands is asked for half of its bytes
 *
 * Return: false when there is but one.
 */
bool call_shorten(pid_t pid);

#endif
