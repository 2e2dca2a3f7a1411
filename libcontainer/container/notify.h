/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTAINER_NOTIFY_H
#define CONTAINER_NOTIFY_H

/*
 * sd_notify(3) for the container: its program speaks to a socket in our state directory, which
 * is mounted at NOTIFY_MOUNT; we tell our caller's $NOTIFY_SOCKET that it is ready, and which
 * process to watch. Nothing else is passed on: the container does not steer systemd.
 * Private to the container layer. Everything runs in: host.
 */

#include "container/container.h"

struct notify {
	int sock; /* of the container; -1: nobody waits for it */
	int host; /* of our caller */
	pid_t main_pid;
	const struct log_sink *log;
};
#define NOTIFY_INIT                                                                                \
	{                                                                                          \
		-1, -1, 0, NULL                                                                    \
	}

/** notify_make_dir() - make the directory for the socket in a state directory. */
MUST_CHECK int notify_make_dir(int dir_fd, struct err *e);

/**
 * notify_listen() - listen for the container, before its program runs
 * @dir_fd: the state directory
 * @main_pid: what the caller is to watch
 *
 * Does nothing when env->notify_socket is NULL. When the container was created without it, or
 * the caller's socket cannot be reached, that is a warning: nobody would hear.
 * Return: 0 or negative errno.
 */
MUST_CHECK int notify_listen(struct notify *n, const struct container_env *env, int dir_fd,
			     pid_t main_pid, struct err *e);

/**
 * notify_wait() - until the container is ready, and our caller has taken note (BARRIER=1, for at
 * most 30 s), or until it has ended
 * Return: 0 or negative errno.
 */
MUST_CHECK int notify_wait(struct notify *n, int pidfd, struct err *e);

/**
 * notify_take() - take what the container has sent, without waiting for anybody
 * For console_run(): @arg is a struct notify. After READY=1 the rest is thrown away, so that the
 * container's messages find room.
 */
void notify_take(void *arg);

void notify_done(struct notify *n);

#endif
