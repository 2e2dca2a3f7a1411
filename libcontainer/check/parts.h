/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CHECK_PARTS_H
#define CHECK_PARTS_H

/* What the files of this layer share. Everything runs in: host. */

#include "base/hint.h"
#include "check/check.h"

/* Where a part's findings go. */
struct check_area {
	struct check_report *report;
	const char *name;
};

/**
 * check_pass(), check_warning(), check_failure() - append a finding
 * @name:   a literal
 * @advice: a literal, or in the report's arena; NULL: none
 */
void check_pass(const struct check_area *to, const char *name, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
void check_warning(const struct check_area *to, const char *name, const char *advice,
		   const char *fmt, ...) PRINTF_LIKE(4, 5);
void check_failure(const struct check_area *to, const char *name, const char *advice,
		   const char *fmt, ...) PRINTF_LIKE(4, 5);

/** check_error() - append an error of the library as a failure, with the advice of base/hint.c. */
void check_error(const struct check_area *to, const char *name, const struct err *e);

/* The parts of check_host(). */
void check_kernel(struct check_report *ret);
void check_namespaces(const struct host_facts *f, struct check_report *ret);
void check_cgroups(const struct request *req, const struct host_facts *f, struct check_report *ret);
void check_users(const struct host_facts *f, struct check_report *ret);
void check_helpers(const struct request *req, struct check_report *ret);
void check_security(const struct host_facts *f, struct check_report *ret);

/**
 * kernel_release_parse() - "6.18.44-1-amd64" as 6 and 18
 * Pure. Return: 0 or -EINVAL.
 */
MUST_CHECK int kernel_release_parse(const char *release, unsigned int *major, unsigned int *minor);

/**
 * subids_cover() - are all ids of a range given to a user in the text of /etc/subuid?
 * @user: name; NULL: unknown, only the number counts
 * Ranges that adjoin each other count together. Pure.
 */
bool subids_cover(const char *text, const char *user, uid_t uid, uint32_t first, uint32_t size);

/** subids_count() - how many ids the text gives to a user. Pure. */
uint64_t subids_count(const char *text, const char *user, uid_t uid);

/** user_name() - of the caller, by /etc/passwd; NULL: no line there. In @a. */
const char *user_name(struct arena *a, uid_t uid);

#endif
