/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CMD_STREAM_H
#define CMD_STREAM_H

/* Writing to descriptors that others read, or should: standard output and error, logs. */

#include <stddef.h>

#include "base/err.h"

#define STREAM_WAIT -1 /* for ever */

/**
 * stream_write() - write all of it, without dying of SIGPIPE
 * @patience_ms: how long to wait for room in all; STREAM_WAIT
 *
 * The descriptor may block (it is somebody else's, whose O_NONBLOCK is not ours to set): with a
 * patience it is written in pieces that a pipe takes without blocking, pipe(7).
 * Runs in: host. Return: 0, -ETIMEDOUT, or -errno of write(2).
 */
MUST_CHECK int stream_write(int fd, const void *data, size_t n, int patience_ms);

#endif
