/* SPDX-License-Identifier: Apache-2.0 */

/*
 * malloc(3) of the program as it ships. musl's maps and unmaps a few pages for nearly every size it
 * has not seen yet: ninety system calls and as many page faults of a `run`. This one takes memory
 * from one block that is there from the start (untouched pages of it cost nothing) and keeps what
 * is freed in lists by size. For one thread, as this program is; the library knows nothing of it.
 */

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define GRAIN	    16u
#define CLASSES	    13u /* 16 bytes to 64 KiB */
#define FIRST_BYTES (768u << 10)
#define CHUNK_BYTES (1u << 20)

/* In front of each piece; keeps what follows aligned for any type. */
struct head {
	size_t size;	   /* bytes behind it */
	struct head *next; /* while it is free */
};
_Static_assert(sizeof(struct head) == GRAIN, "a head must not spoil the alignment");

static _Alignas(GRAIN) unsigned char first[FIRST_BYTES];
static unsigned char *fresh = first; /* never handed out before: zeros */
static size_t fresh_left = FIRST_BYTES;
static struct head *free_lists[CLASSES];

static size_t class_size(unsigned int c)
{
	return (size_t)GRAIN << c;
}

/* CLASSES when it is larger than any. */
static unsigned int class_of(size_t n)
{
	unsigned int c = 0;

	while (c < CLASSES && class_size(c) < n)
		c++;
	return c;
}

static struct head *map(size_t size)
{
	size_t bytes;

	if (__builtin_add_overflow(size, sizeof(struct head), &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	struct head *h =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (h == MAP_FAILED)
		return NULL;
	h->size = size;
	return h;
}

static struct head *take_fresh(unsigned int c)
{
	size_t bytes = sizeof(struct head) + class_size(c);

	if (fresh_left < bytes) {
		unsigned char *chunk = mmap(NULL, CHUNK_BYTES, PROT_READ | PROT_WRITE,
					    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (chunk == MAP_FAILED)
			return NULL;
		fresh = chunk;
		fresh_left = CHUNK_BYTES;
	}
	struct head *h = (struct head *)(void *)fresh;
	fresh += bytes;
	fresh_left -= bytes;
	h->size = class_size(c);
	return h;
}

/* @ret_zeroed: whether the memory is known to be zeros. */
static void *take(size_t n, bool *ret_zeroed)
{
	unsigned int c = class_of(n);
	struct head *h;

	*ret_zeroed = true;
	if (c == CLASSES) {
		h = map(n);
	} else if (free_lists[c]) {
		h = free_lists[c];
		free_lists[c] = h->next;
		*ret_zeroed = false;
	} else {
		h = take_fresh(c);
	}
	return h ? h + 1 : NULL;
}

void *malloc(size_t n)
{
	bool zeroed;

	return take(n, &zeroed);
}

void *calloc(size_t n, size_t size)
{
	size_t bytes;
	bool zeroed;

	if (__builtin_mul_overflow(n, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	void *p = take(bytes, &zeroed);
	if (p && !zeroed)
		memset(p, 0, bytes);
	return p;
}

void free(void *p)
{
	if (!p)
		return;
	struct head *h = (struct head *)p - 1;
	if (h->size > class_size(CLASSES - 1)) {
		(void)munmap(h, sizeof(*h) + h->size);
		return;
	}
	unsigned int c = class_of(h->size);
	h->next = free_lists[c];
	free_lists[c] = h;
}

void *realloc(void *p, size_t n)
{
	if (!p)
		return malloc(n);
	const struct head *h = (const struct head *)p - 1;
	if (n <= h->size)
		return p;
	void *grown = malloc(n);
	if (!grown)
		return NULL;
	memcpy(grown, p, h->size);
	free(p);
	return grown;
}

/* The C library's own calls go by these names. */
void *aligned_alloc(size_t alignment, size_t n)
{
	if (alignment <= GRAIN)
		return malloc(n);
	errno = ENOMEM; /* nobody in this program asks for more */
	return NULL;
}
