/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTAINER_CREATE_H
#define CONTAINER_CREATE_H

/* The host's side of create and run. Private to the container layer. Everything runs in: host. */

#include "console/console.h"
#include "container/listener.h"
#include "container/notify.h"
#include "container/ops.h"
#include "container/recorder.h"
#include "init/spawn.h"
#include "seccomp/seccomp.h"

struct cr;

struct create {
	const struct container_env *env;
	const struct request *req;
	struct arena arena;
	struct host_facts facts;
	struct strbuf config; /* text of config.json */
	struct spec *spec;
	struct plan *plan;
	struct seccomp_filter filter;
	struct listener listener;
	struct recorder recorder;
	struct init_args args;
	struct console_relay relay;
	struct notify notify; /* run: the socket of the container that says it is ready */
	int console_sock, pidfd_sock, master_fd; /* -1: none */
	char temporary
		[STORE_NAME_MAX]; /* name of the state directory before it has its id; "" after */
	struct handle handle;	  /* .dir_fd is locked */
	bool recorded;		  /* the directory bears the id */
	bool cgroup_made;
	bool starts; /* `run`: init waits for us alone, so there is no exec.fifo */
	struct spawned init;
	int source_sock;     /* of the helper that opens what init may not (init/sources.h); -1 */
	pid_t source_helper; /* 0: none is left */
	bool in_cgroup;	     /* init was born in the v2 cgroup */
	struct cr *cr;	     /* restore: what CRIU makes it of; borrowed; NULL else */
};

/** create_load() - config.json, host facts, plan; no effect yet. */
MUST_CHECK int create_load(struct create *c, struct err *e);

/**
 * create_start() - let init of a create with .starts go on; returns when its program runs
 * @e: what init says that it failed of
 * After create_container(). Runs in: host. Return: 0 or negative errno.
 */
MUST_CHECK int create_start(struct create *c, struct err *e);

/** create_container() - all steps up to a committed init, undone on failure; after create_load(). */
MUST_CHECK int create_container(struct create *c, struct err *e);

/*
 * The steps of create that restore has too: descriptors of the host's side, the filter, the
 * sockets of terminal and pidfd with standard streams that are pipes; cgroup and resctrl.
 * create_steps() does some and undoes all.
 */
typedef int (*create_step)(struct create *c, struct err *e);
MUST_CHECK int create_steps(struct create *c, const create_step *steps, size_t n, struct err *e);
MUST_CHECK int create_open_host(struct create *c, struct err *e);
MUST_CHECK int create_compile_filter(struct create *c, struct err *e);
MUST_CHECK int create_open_sockets(struct create *c, struct err *e);
MUST_CHECK int create_make_cgroup(struct create *c, struct err *e);
MUST_CHECK int create_make_rdt(struct create *c, struct err *e);

/* Parts of the conversation that restore has too. */
/** create_hooks() - run the hooks of one kind, in the runtime's namespace. */
MUST_CHECK int create_hooks(const struct create *c, enum hook_kind kind, struct err *e);
/** create_send_console() - the master, if there is a socket for it; else it stays. */
MUST_CHECK int create_send_console(struct create *c, struct err *e);
/** create_publish() - the record says CREATED; pid file and pidfd are handed out. */
MUST_CHECK int create_publish(struct create *c, struct err *e);

/**
 * run_container() - what `run` and `restore` have in common: make, start, and in the foreground
 * wait, with signals forwarded
 * @make:  all steps after create_load() up to a container that is recorded, undone on failure
 * @begin: with the terminal set up; on failure the container is removed
 */
MUST_CHECK int run_container(struct create *c, create_step make, create_step begin, int *ret_status,
			     struct err *e);

/** create_init(), create_done() - begin and end of a struct create. */
void create_init(struct create *c, const struct container_env *env, const struct request *req);
void create_done(struct create *c);

/** create_record() - make the state directory with its intent; the id is taken from here on. */
MUST_CHECK int create_record(struct create *c, struct err *e);

/** create_converse() - the conversation with init, until it is committed. */
MUST_CHECK int create_converse(struct create *c, struct err *e);

#endif
