/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

/* The error type of every function that can fail: caller-owned, no heap, sendable as is. */

#include <stddef.h>

#define MUST_CHECK	  __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

#define ERR_TEXT_MAX	  2032

/* What a caller may act on beyond the errno. */
enum err_kind {
	ERR_SYSTEM = 0,	  /* a system call or a finding about the system */
	ERR_CONFIG,	  /* config.json or another document is wrong */
	ERR_USAGE,	  /* the command line is wrong */
	ERR_NO_CONTAINER, /* no container has this id */
	ERR_NOT_RUNNING,  /* the container has stopped */
	ERR_EXISTS,	  /* a container has this id already */
};

struct err {
	int code; /* positive errno; 0 when nothing failed */
	enum err_kind kind;
	char text[ERR_TEXT_MAX]; /* lower case, no period, outermost context first */
};

/**
 * err_set() - record a finding of our own
 * @e:    filled; never NULL
 * @code: positive errno that fits best
 *
 * Runs in: any.
 * Return: -@code, so that the one form of use is `return err_set(...)`.
 */
int err_set(struct err *e, int code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/** err_set_kind() - like err_set(), with a kind that a caller acts on. */
int err_set_kind(struct err *e, enum err_kind kind, int code, const char *fmt, ...)
	PRINTF_LIKE(4, 5);

/**
 * err_errno() - record a failed system call; errno is read first and appended as text
 *
 * Runs in: any. Return: -errno.
 */
int err_errno(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

/**
 * err_ctx() - put context before the text while an error travels outward
 *
 * Runs in: any. Return: -e->code.
 */
int err_ctx(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

/**
 * err_append() - add advice behind the text, in brackets: ` (hint)`
 *
 * Runs in: any. Return: -e->code.
 */
int err_append(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

/**
 * errno_text() - the words for an errno, the same under every libc
 * @code: positive errno
 *
 * The words are those of Go's runtime (lower-case glibc), because clients
 * match on them: "no such file or directory", "device or resource busy".
 *
 * Runs in: any. Return: a static string; "errno N" is never returned for
 * values below 134, "unknown error" for others.
 */
const char *errno_text(int code);

#endif
