/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_COMPARE_H
#define BENCH_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A command in words. */
struct command {
	char text[4096];
	char *argv[64];
};

/* What one command did, all its processes together. */
struct traced {
	unsigned long syscalls;
	unsigned long
		peak_kib; /* the greatest VmHWM of a process that runs the command's program */
};

/** fail() - say so, naming @command, and exit. */
_Noreturn void fail(const char *what, const char *command);

/** split_command() - into words, "{}" replaced by @n. Pure but for strtok(3)'s place. */
void split_command(const char *text, unsigned int n, struct command *c);

/** run_untimed() - run a command and wait for it; a failure ends us. */
void run_untimed(const char *text, unsigned int n);

/**
 * trace_command() - run a command and all that it clones under ptrace(2)
 *
 * Counts system calls from the execve(2) of the command on to its end; processes that it leaves
 * behind are let go then. Memory is read where a process ends or executes something else, which is
 * where its greatest is known. A process counts towards the peak until it executes a program of
 * another name than the command's: a container's own is not the runtime.
 */
void trace_command(const char *text, unsigned int n, struct traced *ret);

#endif
