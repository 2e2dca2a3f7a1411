/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CHECK_CHECK_H
#define CHECK_CHECK_H

/*
 * What would go wrong, before anything runs: findings about this host and about a bundle. Nothing
 * is printed and nothing changed; namespaces that are made to see whether they can be made end at
 * once. Everything runs in: host.
 */

#include "base/err.h"
#include "base/mem.h"
#include "plan/plan.h"

enum check_level {
	CHECK_PASS,
	CHECK_WARNING, /* a container may run, but not as somebody may expect */
	CHECK_FAILURE, /* this container, or every one, cannot be made or run */
	CHECK_LEVELS,
};

struct check_finding {
	enum check_level level;
	const char *area;   /* "kernel": what belongs together */
	const char *name;   /* "openat2": what was looked at; stable, unlike the text */
	const char *text;   /* what was found */
	const char *advice; /* what to do about it; NULL: nothing */
};

/* Findings in the order in which they were made, those of an area together. */
struct check_report {
	struct arena arena; /* of all strings */
	struct check_finding *v;
	size_t n, cap;
	size_t count[CHECK_LEVELS];
};
#define CHECK_REPORT_INIT                                                                          \
	{                                                                                          \
		ARENA_INIT, NULL, 0, 0,                                                            \
		{                                                                                  \
			0                                                                          \
		}                                                                                  \
	}
void check_report_done(struct check_report *r);

/** check_level_name() - "pass", "warning", "failure". Pure. */
const char *check_level_name(enum check_level level);

/**
 * check_host() - kernel, control groups, users, helper programs, security modules
 * @req: .systemd_cgroup, .no_cgroup, .rootless and .argv0 count; the rest is not looked at
 * @ret: findings are appended; what cannot be found out is a finding, too
 */
void check_host(const struct request *req, struct check_report *ret);

/**
 * check_bundle() - the bundle of @req: its config.json, and this host for what that asks for
 * @req: as for `create`; .id may be one that no container has
 * @ret: as above. Paths in the root file system are resolved inside it, and nothing there is
 *       opened but regular files.
 */
void check_bundle(const struct request *req, struct check_report *ret);

#endif
