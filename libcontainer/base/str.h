/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_STR_H
#define BASE_STR_H

/* Growing text, strict numbers, string predicates. Runs in: any. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"

/* A list of strings; memory belongs to whoever made the list. v[n] is NULL. */
struct strs {
	const char *const *v;
	size_t n;
};

struct strbuf {
	char *data; /* NUL-terminated; NULL while empty */
	size_t len; /* bytes before the NUL */
	size_t cap;
};
#define STRBUF_INIT                                                                                \
	{                                                                                          \
		NULL, 0, 0                                                                         \
	}

/** strbuf_reserve() - make room for @more bytes and a NUL behind what is there. */
void strbuf_reserve(struct strbuf *b, size_t more);
/** strbuf_add() - append @n bytes. */
void strbuf_add(struct strbuf *b, const void *data, size_t n);
/** strbuf_adds() - append a string. */
void strbuf_adds(struct strbuf *b, const char *s);
/** strbuf_addf() - append formatted text. */
void strbuf_addf(struct strbuf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
/** strbuf_str() - the text; "" while empty. Borrowed until the next append. */
const char *strbuf_str(const struct strbuf *b);
/** strbuf_done() - free; the struct may be used again. */
void strbuf_done(struct strbuf *b);

/**
 * str_to_u64() - a whole string of decimal digits as a number
 *
 * No sign, no space, no prefix, nothing after the digits.
 * Return: 0, -EINVAL (not a number) or -ERANGE (above @max); nothing is set then.
 */
MUST_CHECK int str_to_u64(const char *s, uint64_t max, uint64_t *ret);
/** str_to_i64() - the same with an optional leading '-'. */
MUST_CHECK int str_to_i64(const char *s, int64_t *ret);
/** str_to_u32() - str_to_u64() with UINT32_MAX. */
MUST_CHECK int str_to_u32(const char *s, uint32_t *ret);

static inline bool str_eq(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/** str_after() - what follows @prefix in @s, or NULL when @s does not start so. */
const char *str_after(const char *s, const char *prefix);

#endif
