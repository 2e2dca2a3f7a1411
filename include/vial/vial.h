/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIAL_VIAL_H
#define VIAL_VIAL_H

/*
 * Containers from a program of yours: libvial.a, `pkg-config --static vial`.
 *
 * Every function that can fail returns 0 (or what it says) or a negative errno and fills the
 * vial_error that the caller owns; it may be NULL. Nothing is printed, nothing exits, there are no
 * globals, and signal handlers, masks, working directory and umask are those of before.
 *
 * What a caller must know (docs/api.md):
 * - SIGCHLD must not be ignored while a function runs: helpers are waited for.
 * - vial_create() and vial_exec() fork without execve(2): call them while the process has one
 *   thread.
 * - A container gets descriptors 0 to 2 of the caller, and no other.
 * - A container made here is a child of the calling process: vial_wait() or vial_delete() reaps it.
 * - When memory runs out, the process ends by abort(3).
 * - Where root of a container is root of the host: vial_seal() first (CVE-2019-5736).
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#define VIAL_ERROR_TEXT_MAX 2032

/* What a caller may act on beyond the errno. Kinds may be added. */
enum vial_error_kind {
	VIAL_ERROR_SYSTEM,
	VIAL_ERROR_CONFIG,	 /* config.json is wrong */
	VIAL_ERROR_USAGE,	 /* an argument is wrong */
	VIAL_ERROR_NO_CONTAINER, /* no container has this id */
	VIAL_ERROR_NOT_RUNNING,	 /* it has stopped */
	VIAL_ERROR_EXISTS,	 /* a container has this id already */
};

struct vial_error {
	int code; /* positive errno; 0 when nothing failed */
	enum vial_error_kind kind;
	char text[VIAL_ERROR_TEXT_MAX]; /* outermost context first */
};

enum vial_log_level { VIAL_LOG_ERROR, VIAL_LOG_WARNING, VIAL_LOG_INFO, VIAL_LOG_DEBUG };

/* Called while a function of the library runs; must not call one itself. */
typedef void (*vial_log_fn)(void *arg, enum vial_log_level level, const char *text);

/* An environment: a state root and who hears warnings. */
struct vial;
/* A bundle that was read and found well-formed. */
struct vial_bundle;

/**
 * vial_open() - make an environment; nothing is touched on disk
 * @root: state root, absolute: "/run/vial"; made when a container is
 * @log:  may be NULL
 * @ret:  the caller's to vial_close()
 */
int vial_open(const char *root, vial_log_fn log, void *arg, enum vial_log_level max,
	      struct vial **ret, struct vial_error *e);
/** vial_close() - free it; containers stay. NULL is allowed. */
void vial_close(struct vial *v);

/**
 * vial_bundle_load() - read config.json of a bundle
 * @path: a directory, relative or absolute
 * @ret:  the caller's to vial_bundle_free(); create reads config.json anew
 */
int vial_bundle_load(const char *path, struct vial_bundle **ret, struct vial_error *e);
/** vial_bundle_free() - free it. NULL is allowed. */
void vial_bundle_free(struct vial_bundle *b);

/* Zero is the default of each. */
struct vial_create_options {
	const char *console_socket; /* path; needed when the configuration has a terminal */
	bool systemd_cgroup;	    /* cgroups by systemd */
	bool strict;		    /* refuse unknown fields */
};

/** vial_create() - a container up to a waiting init; leaves nothing behind on failure.
 * @o: may be NULL */
int vial_create(struct vial *v, const struct vial_bundle *b, const char *id,
		const struct vial_create_options *o, struct vial_error *e);

/** vial_start() - let a created container's program run; also reports why it cannot be executed. */
int vial_start(struct vial *v, const char *id, struct vial_error *e);

/* Zero is the default of each. */
struct vial_exec_options {
	const char *const *env; /* NAME=VALUE to add, NULL-terminated */
	const char *cwd;
	const char *user; /* "UID[:GID]" */
};

/**
 * vial_exec() - one more process in a container
 * @argv: NULL-terminated
 * @o:    may be NULL
 * Return: its pidfd, close-on-exec, the caller's to vial_wait() on and close(2); negative errno
 * when the program never ran.
 */
int vial_exec(struct vial *v, const char *id, const char *const *argv,
	      const struct vial_exec_options *o, struct vial_error *e);

enum vial_status {
	VIAL_CREATING,
	VIAL_CREATED,
	VIAL_RUNNING,
	VIAL_PAUSED,
	VIAL_STOPPED,
};

struct vial_state {
	const char *id, *bundle, *rootfs;
	const char *created; /* RFC 3339, UTC */
	enum vial_status status;
	pid_t pid;   /* 0 when stopped */
	uid_t owner; /* of the state */
};

/** vial_state() - look one up. @ret: one, the caller's to vial_states_free(). */
int vial_state(struct vial *v, const char *id, struct vial_state **ret, struct vial_error *e);

/** vial_list() - all of them, sorted by id; none when there is no root yet.
 * @ret: @n of them, the caller's to vial_states_free() */
int vial_list(struct vial *v, struct vial_state **ret, size_t *n, struct vial_error *e);
/** vial_states_free() - free what vial_state() or vial_list() gave. NULL is allowed. */
void vial_states_free(struct vial_state *s);

/** vial_kill() - signal init. @all: every process, and success when stopped already. */
int vial_kill(struct vial *v, const char *id, int sig, bool all, struct vial_error *e);

/**
 * vial_pidfd() - of the container's init, to poll(2): readable once it has ended
 * Return: a descriptor, close-on-exec, the caller's; -ESRCH when it ended and was reaped.
 */
int vial_pidfd(struct vial *v, const char *id, struct vial_error *e);

/**
 * vial_wait() - wait until the process behind a pidfd has ended, and reap it when it is a child
 * @timeout_ms: -1 for ever
 * @ret_status: as from waitpid(2); -1 when it is no child of this process; may be NULL
 * Return: 0, -ETIMEDOUT or other negative errno.
 */
int vial_wait(int pidfd, int timeout_ms, int *ret_status, struct vial_error *e);

/** vial_delete() - remove a stopped (or created) container, and reap its init when that is a
 * child. @force: kill it first; a missing container is success. */
int vial_delete(struct vial *v, const char *id, bool force, struct vial_error *e);

/**
 * vial_seal() - execute this program again from where a container cannot write it, once
 *
 * First thing in main(). Return: 0 when it runs from there; does not return when it executes;
 * negative errno.
 */
int vial_seal(char *const argv[], struct vial_error *e);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
