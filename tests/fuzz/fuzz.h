/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

/*
 * What the fuzz targets share. A target is one LLVMFuzzerTestOneInput(): libFuzzer's in the preset
 * `fuzz`, called by drive.c for each file of its corpus elsewhere.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void require_at(bool holds, const char *what, const char *file, int line)
{
	if (holds)
		return;
	(void)fprintf(stderr, "%s:%d: not true: %s\n", file, line, what);
	abort();
}

/* A broken promise ends the process, which is what a fuzzer takes for a finding. */
#define require(holds) require_at((holds), #holds, __FILE__, __LINE__)

/* The input as text, up to a NUL if there is one; exactly as long, so that ASan sees its end. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = mem_new(size + 1, 1);

	if (size)
		memcpy(text, data, size);
	return text;
}

static inline void require_utf8(const char *s)
{
	for (size_t n = strlen(s); n > 0;) {
		size_t len = utf8_len(s, n);

		require(len > 0);
		s += len;
		n -= len;
	}
}

/* The next line of a text, which is cut; "" behind the last. */
static inline char *fuzz_line(char **rest)
{
	static char none[1];
	char *line = strsep(rest, "\n");

	none[0] = '\0';
	return line ? line : none;
}

/* What is left of the input, byte by byte; zeros behind its end. */
struct fuzz_bytes {
	const uint8_t *at, *end;
};

static inline uint8_t fuzz_byte(struct fuzz_bytes *b)
{
	return b->at < b->end ? *b->at++ : 0;
}

#endif
