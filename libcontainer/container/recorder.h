/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTAINER_RECORDER_H
#define CONTAINER_RECORDER_H

/* run --seccomp-record. Private to the container layer. Everything runs in: host. */

#include "init/spawn.h"

struct recorder {
	pid_t pid;  /* 0: none */
	int result; /* a pipe: what it has to say in the end */
};
#define RECORDER_INIT                                                                              \
	{                                                                                          \
		0, -1                                                                              \
	}

/**
 * recorder_start() - take the listener of @process and make a process that answers
 * Return: 0; as listener_take().
 */
MUST_CHECK int recorder_start(const struct spawned *process, const struct log_sink *log,
			      struct recorder *ret, struct err *e);

/**
 * recorder_finish() - wait for the profile and write it
 * @path: absolute
 * To be called when all processes of the container have ended. Return: 0 or negative errno.
 */
MUST_CHECK int recorder_finish(struct recorder *r, const char *path, struct err *e);

/** recorder_done() - end it, whatever it does. */
void recorder_done(struct recorder *r);

#endif
