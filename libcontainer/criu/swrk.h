/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRIU_SWRK_H
#define CRIU_SWRK_H

/*
 * CRIU as a worker: `criu swrk FD`, one process for each conversation, a socket pair for its
 * RPC. It asks back at stations of its work (notifications), and hands over the master of a
 * terminal that it restores. Everything runs in: host.
 */

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "criu/rpc.h"

#define CRIU_VERSION_MIN 31500 /* criu_version_number(): external pid namespaces, v2 freezer */

struct criu {
	pid_t pid; /* our child; 0: none */
	int sock;
	uint32_t version; /* criu_version_number() */
};
#define CRIU_INIT                                                                                  \
	{                                                                                          \
		0, -1, 0                                                                           \
	}

/* How the process is made. */
struct criu_setup {
	const int *fds; /* that it inherits under the same numbers; borrowed */
	size_t n_fds;
	/* Descriptors of ours, of which CRIU has its own under the same numbers. */
	int images_fd, work_fd;
	const char *images_path, *work_path;
	/* A directory that is mounted on itself at @root, as CRIU wants a root to be, in a mount
	 * namespace that only CRIU sees and that takes part in the host's mounts; -1: neither. */
	int root_fd;
	const char *root;
};

/**
 * criu_find() - the criu of $PATH
 * @e: "criu: executable file not found in $PATH: ..."
 * Return: 0 or -ENOENT.
 */
MUST_CHECK int criu_find(struct arena *a, const char **ret, struct err *e);

/**
 * criu_start() - make the process and ask its version
 * @ret: must be CRIU_INIT; the caller's to criu_stop(), also on failure
 * @e:   names what is wrong, also a version below CRIU_VERSION_MIN (-ENOTSUP)
 * Return: 0 or negative errno.
 */
MUST_CHECK int criu_start(const char *program, const struct criu_setup *setup, struct criu *ret,
			  struct err *e);

/** criu_ask_features() - what kernel and CRIU can: mem_track, lazy_pages. Return: 0 or -errno. */
MUST_CHECK int criu_ask_features(const struct criu *c, struct criu_answer *ret, struct err *e);

/* Hears what CRIU tells on its way. */
struct criu_listener {
	/* @fd: of a terminal's master, the function's own to take; or -1. Return: negative: CRIU
	 * is told to give up, and the error is that of the work. */
	int (*notify)(void *arg, const struct criu_answer *what, int fd, struct err *e);
	void *arg;
};

/**
 * criu_work() - dump, pre-dump or restore
 * @l: may be NULL
 * @ret: CRIU's last word
 * @e: "criu failed: type DUMP errno 52: ..."; -EIO. The log says more (criu_explain()).
 * A restore whose CRIU is stuck (criu_wait()) fails, too, and that CRIU is ended.
 * Return: 0 or negative errno.
 */
MUST_CHECK int criu_work(struct criu *c, enum criu_type type, const struct criu_opts *opts,
			 const struct criu_listener *l, struct criu_answer *ret, struct err *e);

/** criu_stop() - close the conversation and reap the process, which ends by that or is ended. */
void criu_stop(struct criu *c);

#endif
