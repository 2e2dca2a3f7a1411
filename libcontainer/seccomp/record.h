/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SECCOMP_RECORD_H
#define SECCOMP_RECORD_H

/*
 * Recording: a filter that asks about every system call, and a process that notes each and lets
 * it go on. What was noted is the smallest profile that lets the same run again.
 */

#include "base/str.h"
#include "seccomp/seccomp.h"

/* A system call that is none: what came before it is forgotten. Init makes it where the filter of
 * a real profile would be loaded. */
#define SECCOMP_RECORD_MARK 0x3ffffff0

/** seccomp_record_filter() - the filter that asks. Runs in: host. Return: 0 or negative errno. */
MUST_CHECK int seccomp_record_filter(const struct log_sink *log, struct seccomp_filter *ret,
				     struct err *e);

/** seccomp_record_mark() - forget what came before. Runs in: init. */
void seccomp_record_mark(void);

/**
 * seccomp_record() - note and answer until nobody is left who has the filter
 * @out: the profile as JSON is appended: an object for linux.seccomp
 * Runs in: a process of its own. Return: 0 or negative errno.
 */
MUST_CHECK int seccomp_record(int listener, struct strbuf *out, struct err *e);

#endif
