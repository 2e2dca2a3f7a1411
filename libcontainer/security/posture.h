/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SECURITY_POSTURE_H
#define SECURITY_POSTURE_H

/*
 * What the kernel says of the calling process: one read(2) of /proc/self/status instead of a
 * system call for each property and capability. Everything here runs in: init or exec's process.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "plan/plan.h"

struct posture {
	uint32_t uid[4], gid[4]; /* real, effective, saved, file system */
	const uint32_t *groups;	 /* ascending; in the arena of posture_read() */
	size_t n_groups;
	uint64_t inheritable, permitted, effective, bounding, ambient;
	uint64_t blocked; /* signals; the lowest bit is signal 1 */
	uint64_t ignored; /* signals; without those that are the C library's */
	uint32_t umask;
	bool no_new_privs;
};

/** posture_parse() - from the text of /proc/PID/status, proc_pid_status(5). Pure. Return: 0 or
 * -EPROTO for a text that lacks a line. */
MUST_CHECK int posture_parse(const char *status, struct arena *a, struct posture *ret,
			     struct err *e);

/** posture_read() - read @status_fd, an open /proc/self/status of the caller, from its start; -1: ask
 * by some ninety system calls instead. Return: 0 or negative errno. */
MUST_CHECK int posture_read(int status_fd, struct arena *a, struct posture *ret, struct err *e);

/** posture_check_ids() - are uid, gid, groups, no_new_privs and umask what @plan says, and is no signal
 * blocked or ignored? @groups_asked: setgroups(2) was called. Return: 0 or -EPERM, naming what differs. */
MUST_CHECK int posture_check_ids(const struct posture *p, const struct plan *plan,
				 bool groups_asked, struct err *e);

#endif
