/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_RETRY_H
#define BASE_RETRY_H

#include <errno.h>

/**
 * RETRY() - a system call that is made again when a signal interrupted it
 *
 * For calls that may wait: open (of a FIFO, on a network file system), read, write, connect, flock,
 * waitid. Nothing of ours handles signals, but stopping and tracing interrupt some calls, too.
 * Not for poll(2) with a time limit, which would begin anew, nor for close(2).
 * Runs in: any. The value is that of the last call; errno is its.
 */
#define RETRY(call)                                                                                \
	__extension__({                                                                            \
		__typeof__(call) retry_;                                                           \
		do                                                                                 \
			retry_ = (call);                                                           \
		while (retry_ < 0 && errno == EINTR);                                              \
		retry_;                                                                            \
	})

#endif
