/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_PROC_H
#define BASE_PROC_H

/* Processes: identity, waiting, helpers with a time limit. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"

/**
 * proc_stat_parse() - start time and state in the text of /proc/PID/stat, which is cut
 * @ret_state: may be NULL
 * The name in it is the process's own choice. Pure. Return: 0 or -EBADMSG.
 */
MUST_CHECK int proc_stat_parse(char *text, uint64_t *ret, char *ret_state);

/**
 * proc_start_time() - field 22 of /proc/PID/stat: ticks after boot (proc_pid_stat(5))
 * @ret_state: process state letter ('R', 'Z', ...); may be NULL
 * Runs in: host. Return: 0, or -ESRCH when there is no such process.
 */
MUST_CHECK int proc_start_time(pid_t pid, uint64_t *ret, char *ret_state);

/**
 * proc_pidfd() - pidfd of a process that is verified to be the one that was recorded
 * @start: its recorded start time; checked after the pidfd is open, so that a reused PID
 *         is never signalled
 * Runs in: host. Return: a descriptor; -ESRCH when that process is gone (or a zombie).
 */
MUST_CHECK int proc_pidfd(pid_t pid, uint64_t start);

/**
 * proc_kill_pidfd() - SIGKILL to a child; tried again when it fails, because who undoes something
 * waits for its end next
 * Runs in: host.
 */
void proc_kill_pidfd(int pidfd);

/**
 * proc_wait_pidfd() - wait until the process behind a pidfd has ended
 * @timeout_ms: -1 for ever
 * Runs in: any. Return: 0, -ETIMEDOUT, or -errno of poll(2).
 */
MUST_CHECK int proc_wait_pidfd(int pidfd, int timeout_ms);

/**
 * proc_reset_signals() - default disposition of signals, empty mask
 * @which: bit n-1 is signal n
 * Runs in: a new process, before it executes a program.
 */
void proc_reset_signals(uint64_t which);

/* A helper program: hook, newuidmap. */
struct proc_helper {
	const char *path;	 /* absolute; executed as is */
	const char *const *argv; /* NULL-terminated; argv[0] as given */
	const char *const *envp; /* NULL-terminated; NULL: the caller's environment */
	const char *cwd;	 /* NULL: unchanged */
	const char *input;	 /* sent to standard input; NULL: /dev/null */
	size_t input_len;
	int timeout_ms;	    /* 0: none */
	int out_fd, err_fd; /* > 0: its standard output or error, which is not captured then */
};

struct proc_result {
	int status;		/* as from waitpid(2); valid unless timed out */
	bool timed_out;		/* the whole process group was killed */
	struct strbuf out, err; /* captured, at most 64 KiB each */
};

/** proc_result_done() - free the captured output. */
void proc_result_done(struct proc_result *r);

/**
 * proc_run() - run a helper to its end in a process group of its own
 *
 * Standard output and error are captured; what comes after 64 KiB is read and dropped. After
 * @timeout_ms the whole group gets SIGKILL. EPIPE while feeding its input is not an error.
 * Descendants that outlive the helper with its output pipes open are not waited for. No
 * signal handler is installed; SIGCHLD must not be ignored, or its status is lost (-ECHILD).
 * The helper starts with default dispositions, an empty signal mask and descriptors 0 to 2.
 *
 * Runs in: host or init (hooks). Return: 0 when it could be started (see @ret), or
 * negative errno when it could not: its execve(2) error is reported as such.
 */
MUST_CHECK int proc_run(const struct proc_helper *h, struct proc_result *ret, struct err *e);

#endif
