/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CHECK_BUNDLE_H
#define CHECK_BUNDLE_H

/* What the parts of check_bundle() share. Private to the check layer. Runs in: host. */

#include "check/inside.h"
#include "check/parts.h"

struct bundle {
	const struct request *req;
	struct check_report *report;
	struct spec *spec;
	struct host_facts facts;
	struct plan *plan; /* NULL: create would refuse the configuration */
	struct inside in;  /* .root_fd -1: there is no root file system to look into */
};

/* The parts; those below need .plan, the last two .in as well. */
void bundle_seccomp(const struct bundle *b);
void bundle_hooks(const struct bundle *b);
void bundle_namespaces(const struct bundle *b);
void bundle_ids(const struct bundle *b);
void bundle_limits(const struct bundle *b);
void bundle_sysctls(const struct bundle *b);
void bundle_devices(const struct bundle *b);
void bundle_mounts(const struct bundle *b);
void bundle_program(const struct bundle *b);

/**
 * bundle_has_hooks() - are there hooks that may put files into the root file system? Pure.
 */
bool bundle_has_hooks(const struct spec *spec);

/**
 * bundle_judge_file() - could execve(2) run a file of the container?
 * @what: as it is called in texts: "the program"
 * Appends a finding to @to when not. Return: whether it found something wrong.
 */
bool bundle_judge_file(const struct bundle *b, const struct check_area *to, const char *what,
		       const char *path);

#endif
