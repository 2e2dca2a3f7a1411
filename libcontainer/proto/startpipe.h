/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROTO_STARTPIPE_H
#define PROTO_STARTPIPE_H

/*
 * How `start` reaches a waiting init, and hears whether its program could be executed: one FIFO,
 * exec.fifo, in the state directory. It is full of zero bytes from the beginning, so that init's
 * first write(2) blocks until `start` has emptied it. After that init writes what it does, and
 * execve(2) closes its end: end of file.
 *
 * Init needs nothing but write(2) on it, because a seccomp filter without no_new_privs is loaded
 * before it waits. Both ends of a FIFO survive any of us; no socket, no /proc, no name outside
 * of the state directory.
 */

#include <stdbool.h>

#include "base/err.h"

#define STARTPIPE_NAME "exec.fifo"

/**
 * startpipe_make() - make the FIFO and fill it
 * @dir_fd: the state directory
 * Runs in: host. Return: a descriptor for init (read and write, close-on-exec), or negative errno.
 */
MUST_CHECK int startpipe_make(int dir_fd, struct err *e);

/**
 * startpipe_wait() - block until `start` comes
 * Runs in: init. Return: 0 or negative errno.
 */
MUST_CHECK int startpipe_wait(int fd, struct err *e);

/** startpipe_execing() - say that execve(2) comes next. Runs in: init. */
MUST_CHECK int startpipe_execing(int fd, struct err *e);

/** startpipe_report() - say what went wrong; failure is ignored, nobody else would hear. Runs in: init. */
void startpipe_report(int fd, const struct err *e);

/**
 * startpipe_is_waiting() - does an init wait on the FIFO of this state directory?
 * Runs in: host. Return: 1, 0 (it has executed its program, or has ended), or negative errno.
 */
MUST_CHECK int startpipe_is_waiting(int dir_fd, struct err *e);

/**
 * startpipe_start() - let init go on, and wait until its program runs
 * @dir_fd:    the state directory, locked: two starters would share the bytes
 * @ret_ended: on failure: init ends or has ended; if not, it still waits, or what became of it could
 *             not be read
 *
 * Runs in: host. Return: 0; what init reported; -ESRCH when it ended without a word.
 */
MUST_CHECK int startpipe_start(int dir_fd, bool *ret_ended, struct err *e);

#endif
