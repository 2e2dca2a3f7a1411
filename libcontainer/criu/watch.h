/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRIU_WATCH_H
#define CRIU_WATCH_H

/*
 * Waiting for CRIU with an end: CRIU 4.1 and 4.2 wait for ever when the first process that they
 * restore dies at the wrong moment. Everything runs in: host.
 */

#include <sys/types.h>

#include "base/err.h"

/**
 * criu_wait() - wait until CRIU says something, or closes its end
 * @root:     the first process that it restores, a child of ours, not reaped; 0: none is known. When
 *            that one has been ending for five seconds without a word of CRIU's, there will be
 *            none: the restore has failed, whatever CRIU waits for.
 * @limit_ms: -1: none
 * @e:        "what criu restores was ended, and criu says nothing" (-EIO); -ETIMEDOUT
 * Return: 0 or negative errno.
 */
MUST_CHECK int criu_wait(int sock, pid_t root, int limit_ms, struct err *e);

/**
 * criu_end() - end a CRIU, its helpers first, and reap it
 * @pid: a child of ours, not reaped
 * Not for one that saves: its code is in the container's processes. What it has restored by then is
 * the caller's to end.
 */
void criu_end(pid_t pid);

#endif
