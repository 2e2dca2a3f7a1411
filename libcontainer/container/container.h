/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTAINER_CONTAINER_H
#define CONTAINER_CONTAINER_H

/*
 * The operations on containers: the only layer that sees all others, and what a program that
 * links this library calls. No function prints, exits or keeps state between calls.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/log.h"
#include "base/str.h"
#include "base/trace.h"
#include "plan/exec.h"
#include "plan/plan.h"

/* Where containers live and who hears warnings; const, may serve many calls. */
struct container_env {
	const char *root;	    /* state root, absolute: "/run/vial" */
	const char *program;	    /* the name we were called by, for messages */
	const struct log_sink *log; /* may be NULL */
	const char *notify_socket;  /* of sd_notify(3), for `run` and `start`; NULL: none */
	const struct trace *trace;  /* notes the phases of a command; NULL: off */
	bool is_last; /* the process ends after this command: the kernel takes back the memory */
};

enum container_status {
	CONTAINER_CREATING,
	CONTAINER_CREATED,
	CONTAINER_RUNNING,
	CONTAINER_PAUSED,
	CONTAINER_STOPPED,
};
/** container_status_name() - "creating", "created", ... */
const char *container_status_name(enum container_status s);

/* One container as `state` and `list` show it; strings in .arena. */
struct container_info {
	struct arena arena;
	const char *oci_version, *id, *bundle, *rootfs;
	enum container_status status;
	pid_t pid;	     /* 0 when stopped */
	const char *created; /* RFC 3339 with nanoseconds, UTC: "2026-11-23T16:59:52.828225433Z" */
	struct spec_string_map annotations;
	uid_t owner; /* of the state directory */
};
void container_info_done(struct container_info *i);

/**
 * container_seal_program() - execute this program again from a sealed copy in memory, once
 *
 * Containers cannot reach the program's file through /proc then (CVE-2019-5736). For programs
 * that are command lines; call it before anything else in create and run.
 * Runs in: host. Return: 0 when it runs from such a copy; negative errno.
 */
MUST_CHECK int container_seal_program(char *const argv[], struct err *e);

/**
 * container_create() - everything up to a waiting init; leaves nothing behind on failure
 * @req: request->is_create is true
 * Runs in: host. Return: 0 or negative errno. ERR_EXISTS: "container with given ID already exists".
 */
MUST_CHECK int container_create(const struct container_env *env, const struct request *req,
				struct err *e);

/**
 * container_run() - create and start
 * @ret_status: in the foreground: as from waitpid(2); 0 when detached
 * Runs in: host. Return: 0, or negative errno when the program never ran.
 */
MUST_CHECK int container_run(const struct container_env *env, const struct request *req,
			     int *ret_status, struct err *e);

/**
 * container_start() - let a created container's program run
 * @e: also the container's own execve(2) failure, explained
 * Runs in: host. Return: 0 or negative errno.
 */
MUST_CHECK int container_start(const struct container_env *env, const char *id, struct err *e);

/**
 * container_exec() - run one more process in a container that is created, running or (on request)
 * paused
 * @ret_status: in the foreground: as from waitpid(2); 0 when detached
 * @e: "cannot exec in a stopped container", "unable to start container process: exec: ..."
 * Runs in: host. Return: 0, or negative errno when the program never ran.
 */
MUST_CHECK int container_exec(const struct container_env *env, const struct exec_request *req,
			      int *ret_status, struct err *e);

/* What checkpoint and restore ask of CRIU. Strings are borrowed. */
struct checkpoint_request {
	const char *image_path; /* absolute */
	const char *work_path;	/* of the log; absolute, or NULL: beside the images */
	bool ext_unix_sk, tcp_established, tcp_close, shell_job, file_locks;
	bool auto_dedup, lazy_pages;
	const char *cgroups_mode; /* "soft", "full", "strict", "ignore", or NULL: "soft" */
	const char *network_lock; /* "iptables", "nftables", "skip", or NULL: CRIU's choice */
	struct strs empty_ns;	  /* "network" */
	/* checkpoint alone */
	const char *parent_path; /* relative to image_path, or NULL */
	const char *page_server; /* ADDRESS:PORT, or NULL */
	bool pre_dump, leave_running, link_remap, tcp_skip_in_flight;
	bool has_status_fd;
	int status_fd; /* is written a NUL when the page server listens */
	/* restore alone */
	const char *lsm_profile, *lsm_mount_context;
};

/**
 * container_checkpoint() - save a running or paused container, which ends by that and is
 * deleted, unless it is to go on
 * @e: CRIU's failure with the cause that its log names, which is quoted as warnings, too
 * Runs in: host. Return: 0 or negative errno; the container runs on after a failure.
 */
MUST_CHECK int container_checkpoint(const struct container_env *env, const char *id,
				    const struct checkpoint_request *req, struct err *e);

/**
 * container_restore() - make a container of what was saved
 * @req:        as of container_run(); is_create is false
 * @ret_status: in the foreground: as from waitpid(2); 0 when detached
 * Runs in: host. Return: 0, or negative errno with nothing left behind.
 */
MUST_CHECK int container_restore(const struct container_env *env, const struct request *req,
				 const struct checkpoint_request *how, int *ret_status,
				 struct err *e);

/** container_can_checkpoint() - is there a CRIU that is new enough? Runs in: host. */
bool container_can_checkpoint(void);

/**
 * container_pidfd() - of a container's init, also while it has ended and nobody has reaped it
 * Runs in: host. Return: a descriptor, the caller's; -ESRCH: "container has ended".
 */
MUST_CHECK int container_pidfd(const struct container_env *env, const char *id, struct err *e);

/** container_info() - look one up. Runs in: host. ERR_NO_CONTAINER: "container does not exist". */
MUST_CHECK int container_info(const struct container_env *env, const char *id,
			      struct container_info *ret, struct err *e);

/** container_moves_net_devices() - is the program there that linux.netDevices needs?
 * @argv0: as we were called. Runs in: host. */
bool container_moves_net_devices(const char *argv0);

/**
 * container_list() - all of them, sorted by id
 * @ret: heap array of *@n; each to be container_info_done(), then free(3). Broken entries are
 *       warned about on env->log and skipped. A missing root is -ENOENT:
 *       "open /nonexist: no such file or directory".
 * Runs in: host.
 */
MUST_CHECK int container_list(const struct container_env *env, struct container_info **ret,
			      size_t *n, struct err *e);

/**
 * container_ids() - the ids of all of them, sorted, those whose state cannot be read included
 * @ret: heap array of *@n heap strings; the caller frees all. Errors as container_list().
 * Runs in: host.
 */
MUST_CHECK int container_ids(const struct container_env *env, char ***ret, size_t *n,
			     struct err *e);

/**
 * container_kill() - signal init; SIGKILL reaches every process when init has no pid namespace
 * of its own
 * @all: every process, and success when stopped already
 * Runs in: host. ERR_NOT_RUNNING: "container not running".
 */
MUST_CHECK int container_kill(const struct container_env *env, const char *id, int sig, bool all,
			      struct err *e);

/**
 * container_delete() - remove a stopped (or created) container and all it holds
 * @force: kill first; a missing container is success; works from a torn or lost state file
 * Runs in: host. Waits on events for at most 10 s, then fails with the record kept.
 */
MUST_CHECK int container_delete(const struct container_env *env, const char *id, bool force,
				struct err *e);

/**
 * container_mounts() - add mounts to a container that runs, or remove them
 * @file: a JSON array as "mounts" in config.json, or "-" for standard input; for removal only the
 *        destinations count. Relative sources are below the bundle.
 * All mounts are made, or none. The record is not changed. Runs in: host; in a helper process.
 */
MUST_CHECK int container_mounts(const struct container_env *env, const char *id, const char *file,
				bool remove, struct err *e);

/**
 * container_pause(), container_resume() - freeze every process, and let them go on
 * Runs in: host. Return: 0 or negative errno. ERR_NOT_RUNNING: "container not running" (also
 * when it is paused already); "container not paused".
 */
MUST_CHECK int container_pause(const struct container_env *env, const char *id, struct err *e);
MUST_CHECK int container_resume(const struct container_env *env, const char *id, struct err *e);

/**
 * container_pids() - every process of the container, as the host numbers them, sorted
 * @ret: heap array of *@n, the caller frees; none when it has stopped
 * Runs in: host. Return: 0 or negative errno.
 */
MUST_CHECK int container_pids(const struct container_env *env, const char *id, pid_t **ret,
			      size_t *n, struct err *e);

/* Schemata of Intel RDT; NULL: as it is. */
struct update_rdt {
	const char *l3_cache_schema, *mem_bw_schema;
};

/**
 * container_update() - change limits of a container that has not stopped: all of @res or nothing
 * @res: what it leaves out, or sets to zero where that means "not set", keeps its value; device
 *       rules in it are ignored, with a warning when they are others than at create
 * @rdt: NULL: nothing of it
 * Runs in: host. Return: 0 or negative errno. ERR_NOT_RUNNING: "container not running".
 */
MUST_CHECK int container_update(const struct container_env *env, const char *id,
				const struct spec_resources *res, const struct update_rdt *rdt,
				struct err *e);

/* What `events` is to do. */
struct events_request {
	int64_t interval_ns; /* between two stats; > 0 */
	bool once;	     /* stats now, and that is all */
	/* Gets each line, newline included. Return: 0, or negative errno, which ends all. */
	int (*emit)(void *arg, const struct strbuf *line, struct err *e);
	void *arg;
};

/**
 * container_events() - stats at an interval, and processes killed for lack of memory as they
 * are killed, until the container has no processes any more
 * Runs in: host. Return: 0 or negative errno. ERR_NOT_RUNNING: "container with id ID is not
 * running".
 */
MUST_CHECK int container_events(const struct container_env *env, const char *id,
				const struct events_request *req, struct err *e);

/**
 * container_decide() - what create would do with a configuration, and no effect
 * @facts: zeroed; filled with what is asked for; the caller's to host_facts_done(), also on failure
 * @ret:   the caller's to plan_free(), before @facts, @spec and @req end
 * @e:     names the JSON path. What can be shown but not done is in (*ret)->refusal.
 * Runs in: host. Return: 0 or negative errno.
 */
MUST_CHECK int container_decide(const struct spec *spec, const struct request *req,
				struct host_facts *facts, struct plan **ret, struct err *e);

/** container_print_plan() - append what would be done for @req, as stable text. Runs in: host. */
MUST_CHECK int container_print_plan(const struct request *req, struct strbuf *out, struct err *e);

/** container_id_check() - [A-Za-z0-9_+-][A-Za-z0-9_+.-]*, at most 255 bytes.
 * @e: "container id cannot be empty", "invalid container ID format". Runs in: host. */
MUST_CHECK int container_id_check(const char *id, struct err *e);

#endif
