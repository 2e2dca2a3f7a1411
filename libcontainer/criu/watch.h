/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRIU_WATCH_H
#define CRIU_WATCH_H

/*
 * Waiting for CRIU without being at its mercy: who waits can be ended by a signal and then ends
 * CRIU, which itself may wait for ever or loop. Everything runs in: host.
 */

#include <sys/types.h>

#include "base/err.h"

/**
 * criu_wait() - wait until CRIU says something
 * @root:     the first process that it restores, 0: none known. When that one is ending and CRIU
 *            says nothing for five seconds, it never will: it waits for the end of a process of
 *            whose children it is the tracer itself.
 * @limit_ms: -1: none
 * @e:        "interrupted by SIGTERM" (-EINTR); "criu waits for ..." (-EIO); -ETIMEDOUT
 * The signals that end a process by hand do not do so meanwhile, unless they are ignored; they
 * are taken. Return: 0 or negative errno.
 */
MUST_CHECK int criu_wait(int sock, pid_t root, int limit_ms, struct err *e);

/**
 * criu_end() - end a CRIU, its helpers first, and reap it
 * What it has restored by then is the caller's to end; what it saves goes on.
 */
void criu_end(pid_t pid);

#endif
