/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

/*
 * Memory that is always there: these end the process by abort(3) when the
 * system has none left (docs/decisions.md "Out of memory"). None returns NULL.
 * Runs in: any.
 */

#include <stddef.h>

#define RETURNS_MEM __attribute__((returns_nonnull, warn_unused_result))

/** mem_new() - zeroed heap memory for @n items of @size bytes; the caller frees. */
void *mem_new(size_t n, size_t size) RETURNS_MEM;
/** mem_grow() - realloc(3) to @n items of @size bytes. */
void *mem_grow(void *p, size_t n, size_t size) RETURNS_MEM;
/** mem_strdup() - heap copy of a string; the caller frees. */
char *mem_strdup(const char *s) RETURNS_MEM;

/*
 * An arena: many small allocations with one lifetime, freed by one call.
 * All of spec and plan live in one each.
 */
struct arena_block;
struct arena {
	struct arena_block *blocks;
	size_t used; /* bytes used in the newest block */
};
#define ARENA_INIT                                                                                 \
	{                                                                                          \
		NULL, 0                                                                            \
	}

/** arena_alloc() - zeroed memory for @n items of @size bytes, aligned for any type. */
void *arena_alloc(struct arena *a, size_t n, size_t size) RETURNS_MEM;
/** arena_strndup() - copy of the first @n bytes of @s, NUL-terminated. */
char *arena_strndup(struct arena *a, const char *s, size_t n) RETURNS_MEM;
/** arena_strdup() - copy of a string. */
char *arena_strdup(struct arena *a, const char *s) RETURNS_MEM;
/** arena_printf() - formatted string. */
char *arena_printf(struct arena *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3))) RETURNS_MEM;
/** arena_done() - free all. The struct may be used again. */
void arena_done(struct arena *a);

#define arena_new(a, type)	((type *)arena_alloc((a), 1, sizeof(type)))
#define arena_array(a, n, type) ((type *)arena_alloc((a), (n), sizeof(type)))

#endif
