/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTAINER_CR_H
#define CONTAINER_CR_H

/*
 * What checkpoint and restore share: directories, the request to CRIU, its lists. Private to the
 * container layer. Everything runs in: host.
 */

#include "container/ops.h"
#include "criu/swrk.h"

#define CR_DESCRIPTORS "descriptors.json" /* in the image directory: what 0, 1 and 2 were */
#define CR_STDIO       3
/* Names for namespaces that config.json gives by path. */
#define CR_NETNS       "extRootNetNS"
#define CR_PIDNS       "extRootPidNS"

struct cr {
	const struct container_env *env;
	const struct checkpoint_request *req;
	struct arena arena;
	int images_fd, work_fd;
	const char *work_path, *log_name;
	struct criu criu;
	struct criu_opts opts; /* its lists are the ones below */
	struct criu_pair *mounts, *roots, *joined;
	struct criu_inherit *inherit;
	const char **external;
	size_t n_mounts, n_roots, n_joined, n_inherit, n_external;
};

/** cr_init(), cr_done() - begin and end; cr_done() ends a CRIU that still works. */
void cr_init(struct cr *c, const struct container_env *env, const struct checkpoint_request *req);
void cr_done(struct cr *c);

/**
 * cr_open() - open the directories of images and log
 * @make: make them, 0700, when they are not there
 * @log_name: "dump.log"
 * Return: 0 or negative errno.
 */
MUST_CHECK int cr_open(struct cr *c, bool make, const char *log_name, struct err *e);

/** cr_options() - fill c->opts with what both have. @annotations: of the container, for CRIU's
 * configuration file. Return: 0 or negative errno. */
MUST_CHECK int cr_options(struct cr *c, const struct spec_string_map *annotations, struct err *e);

/** cr_check_joined() - refuse namespaces joined by path that CRIU would make anew, before dump and
 * restore. Return: 0 or -ENOTSUP. */
MUST_CHECK int cr_check_joined(const struct plan *plan, struct err *e);

/** cr_start() - find and start CRIU, with c->inherit; @root_fd, @root: struct criu_setup. Return: 0
 * or negative errno. */
MUST_CHECK int cr_start(struct cr *c, int root_fd, const char *root, struct err *e);

/** cr_work() - let CRIU do it; a failure is explained by its log. Return: 0 or negative errno. */
MUST_CHECK int cr_work(struct cr *c, enum criu_type type, const struct criu_listener *l,
		       struct criu_answer *ret, struct err *e);

/* cr_add_*() - one more of a list; strings are borrowed. */
void cr_add_mount(struct cr *c, const char *key, const char *value);
void cr_add_root(struct cr *c, const char *controller, const char *path);
void cr_add_joined(struct cr *c, const char *kind, const char *file);
void cr_add_inherit(struct cr *c, const char *key, int fd);
void cr_add_external(struct cr *c, const char *text);

/**
 * cr_name_mounts() - before a dump: name the mounts of a container whose sources lie outside
 * @plan: of its configuration; @cgroup: where it is
 * @pid:  its init
 * Return: 0; -EINVAL for mounts that CRIU cannot handle.
 */
MUST_CHECK int cr_name_mounts(struct cr *c, const struct plan *plan,
			      const struct plan_cgroup *cgroup, pid_t pid, struct err *e);

/** cr_give_mounts() - before a restore: the sources of these names. Return: 0 or -EINVAL. */
MUST_CHECK int cr_give_mounts(struct cr *c, const struct plan *plan, struct err *e);

/**
 * cr_make_mount_points() - before a restore: make those that the root lacks, as create would
 * @root_fd: O_PATH
 * Return: 0 or negative errno.
 */
MUST_CHECK int cr_make_mount_points(const struct plan *plan, int root_fd, struct err *e);

/**
 * cr_save_descriptors() - write down what the standard files of @pid are, and tell CRIU of files
 * that only the host has
 * Return: 0 or negative errno.
 */
MUST_CHECK int cr_save_descriptors(struct cr *c, pid_t pid, struct err *e);

/**
 * cr_load_descriptors() - before a restore: our standard files take the place of those that lay
 * outside of the container
 * @fds: as CRIU inherits them
 * Return: 0 or negative errno.
 */
MUST_CHECK int cr_load_descriptors(struct cr *c, struct err *e);

#endif
