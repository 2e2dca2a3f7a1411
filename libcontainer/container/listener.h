/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTAINER_LISTENER_H
#define CONTAINER_LISTENER_H

/*
 * The filter of a container, and who listens when it says SCMP_ACT_NOTIFY. Shared by create and
 * exec. Private to the container layer. Everything runs in: host.
 */

#include "container/ops.h"
#include "init/hookstate.h"
#include "init/spawn.h"
#include "seccomp/seccomp.h"

/* Borrowed: from config.json, or from its annotations and the environment. */
struct listener {
	const char *path;     /* of the agent's socket; '@': abstract; NULL: nobody is asked for */
	const char *metadata; /* may be NULL */
	const struct log_sink *log;
};

/**
 * filter_compile() - the filter that config.json asks for
 * Return: 0 or negative errno.
 */
MUST_CHECK int filter_compile(const struct container_env *env, const struct spec *spec,
			      const struct request *req, struct seccomp_filter *ret, struct err *e);

/**
 * listener_find() - where the agent of a filter that notifies is to be found
 * @ret: .path is NULL for a filter that does not
 * @e:   "linux.seccomp.listenerPath is not set"
 * Return: 0 or negative errno.
 */
MUST_CHECK int listener_find(const struct container_env *env, const struct spec *spec,
			     const struct request *req, const struct seccomp_filter *f,
			     struct listener *ret, struct err *e);

/**
 * listener_take() - the listener of a process that loads its filter now
 *
 * The process says which number the descriptor will have, then loads the filter; from then on
 * any call of it may wait for an answer, so that it cannot be asked to do anything more. The
 * descriptor is copied from outside (pidfd_getfd(2)) as soon as it is there.
 *
 * Return: a descriptor; what the process reported; -EPIPE at its end (proto_is_eof()).
 */
MUST_CHECK int listener_take(const struct spawned *process, const struct log_sink *log,
			     struct err *e);

/**
 * listener_send() - take the listener and hand it to the agent with the state of the container
 * @process: the one with the filter
 * @status: "creating" or "running"
 * @init:   pid of the container's init
 * @e:      "failed to connect with seccomp agent specified in the seccomp profile: ..."
 * Return: 0 at once when nobody is asked for; as listener_take().
 */
MUST_CHECK int listener_send(const struct listener *l, const struct spawned *process,
			     const struct hook_state *state, const char *status, pid_t init,
			     struct err *e);

#endif
