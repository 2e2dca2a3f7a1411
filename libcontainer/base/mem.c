/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALIGNMENT 16u

struct arena_block {
	struct arena_block *next;
	size_t size; /* bytes of .data */
	_Alignas(ALIGNMENT) unsigned char data[];
};

/* With its head a power of two, which allocators like. Most arenas of a command stay in the first. */
#define FIRST_SIZE ((2u << 10) - sizeof(struct arena_block))
#define BLOCK_SIZE ((16u << 10) - sizeof(struct arena_block))
#define LARGE_SIZE ((1u << 20) - sizeof(struct arena_block))

static size_t product(size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		abort();
	return bytes;
}

void *mem_new(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size ? size : 1);

	if (!p)
		abort();
	return p;
}

void *mem_grow(void *p, size_t n, size_t size)
{
	size_t bytes = product(n, size);
	void *grown = realloc(p, bytes ? bytes : 1);

	if (!grown)
		abort();
	return grown;
}

char *mem_strdup(const char *s)
{
	char *copy = strdup(s);

	if (!copy)
		abort();
	return copy;
}

static void add_block(struct arena *a, size_t size)
{
	size_t bytes;

	if (__builtin_add_overflow(size, sizeof(struct arena_block), &bytes))
		abort();

	struct arena_block *b = malloc(bytes);
	if (!b)
		abort();
	b->size = size;
	b->next = a->blocks;
	a->blocks = b;
	a->used = 0;
}

/* Large documents get large blocks: each is a system call and a list entry. */
static size_t next_size(const struct arena *a)
{
	if (!a->blocks)
		return FIRST_SIZE;
	if (a->blocks->size < BLOCK_SIZE)
		return BLOCK_SIZE;
	if (a->blocks->size >= LARGE_SIZE / 2)
		return LARGE_SIZE;
	return 2 * a->blocks->size + sizeof(struct arena_block);
}

/* The next @n bytes, as they are; arena_printf() may have written them already. */
static void *take(struct arena *a, size_t n)
{
	if (n > SIZE_MAX / 2)
		abort();
	size_t bytes = (n + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	if (!bytes)
		bytes = ALIGNMENT;
	if (!a->blocks || a->blocks->size - a->used < bytes)
		add_block(a, bytes > next_size(a) ? bytes : next_size(a));

	void *p = a->blocks->data + a->used;
	a->used += bytes;
	return p;
}

/* Cleared here and not when a block is made: most of its pages may never be touched. */
void *arena_alloc(struct arena *a, size_t n, size_t size)
{
	size_t bytes = product(n, size);

	return memset(take(a, bytes), 0, bytes);
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *copy = take(a, n + 1);

	memcpy(copy, s, n);
	copy[n] = '\0';
	return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	size_t room = a->blocks ? a->blocks->size - a->used : 0;
	char *text = room ? (char *)a->blocks->data + a->used : NULL;
	va_list ap, again;

	va_start(ap, fmt);
	va_copy(again, ap);
	/* Where it fits into what is left of the block, a multiple of ALIGNMENT, once is enough. */
	int n = vsnprintf(text, room, fmt, ap);
	va_end(ap);
	if (n < 0)
		abort();

	text = take(a, (size_t)n + 1);
	if ((size_t)n >= room)
		(void)vsnprintf(text, (size_t)n + 1, fmt, again);
	va_end(again);
	return text;
}

void arena_done(struct arena *a)
{
	struct arena_block *b = a->blocks;

	while (b) {
		struct arena_block *next = b->next;

		free(b);
		b = next;
	}
	*a = (struct arena)ARENA_INIT;
}
