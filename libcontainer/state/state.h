/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STATE_STATE_H
#define STATE_STATE_H

/*
 * What must survive the command: one small record for each container. It is written before the
 * first effect (phase CREATING, the intent) and replaced as the container advances, so that
 * whoever comes later knows what there is to remove.
 */

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "plan/plan.h"

#define STATE_FILE     "state.json"
#define STATE_RECOVERY "recovery"    /* state_recover() */
#define STATE_CONFIG   "config.json" /* the copy of config.json as it was at create */

enum state_phase {
	STATE_CREATING, /* effects may exist in part; the CLI below is at work, or died */
	STATE_CREATED,	/* init waits on exec.fifo, or has executed its program */
};

struct state_process {
	pid_t pid;	     /* as the host sees it; 0: none */
	uint64_t start_time; /* proc_start_time() */
};

struct state_rdt {
	const char *group,
		*mon; /* the container's group of resctrl, its monitoring group; or NULL */
	bool made;    /* the group is ours to remove; the monitoring group always is */
};

struct state {
	struct arena arena; /* of a loaded state; empty for one that borrows from a plan */
	enum state_phase phase;
	const char *oci_version, *id, *bundle, *rootfs;
	const char *created; /* RFC 3339 with nanoseconds, UTC */
	const char *
		boot_id; /* /proc/sys/kernel/random/boot_id: start times of another boot mean nothing */
	struct state_process init, cli;
	bool private_pidns;	  /* init is its own pid 1: killing it kills all */
	bool no_new_keyring;	  /* asked for at create: exec makes none either */
	bool poststart, poststop; /* there are such hooks in the copy of config.json */
	struct plan_cgroup cgroup;
	struct state_rdt rdt;
	struct spec_string_map annotations;
};

/** state_print() - the record as one line of JSON. Pure. Runs in: host. */
void state_print(const struct state *s, struct strbuf *out);

/**
 * state_parse() - the record from its text; strict, since whoever can write it can name cgroups
 * @ret: the caller's to state_done(); its strings live in its arena
 * Pure. Runs in: host. Return: 0 or -EINVAL.
 */
MUST_CHECK int state_parse(const char *text, size_t n, struct state *ret, struct err *e);

/**
 * state_save() - replace state.json by rename(2); the first, the intent, is also made durable
 * Runs in: host. Return: 0 or negative errno; the old record stays on failure.
 */
MUST_CHECK int state_save(int dir_fd, const struct state *s, struct err *e);

/** state_load() - read state.json. Runs in: host. Return: 0; -ENOENT; -EINVAL for a torn one. */
MUST_CHECK int state_load(int dir_fd, struct state *ret, struct err *e);

/**
 * state_recover() - what state_save() also keeps where it cannot be torn: in the target of a
 * symlink, which has no content to lose at a power cut
 * @ret: as of state_load(), but without annotations
 * Runs in: host, for delete --force. Return: 0 or negative errno.
 */
MUST_CHECK int state_recover(int dir_fd, struct state *ret, struct err *e);

/** state_done() - free what state_load() made. */
void state_done(struct state *s);

#endif
