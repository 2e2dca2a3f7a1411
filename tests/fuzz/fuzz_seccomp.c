/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The bytes make a profile (tests/seccomp/random.c); our program for it must decide as the slow
 * way does, and as libseccomp's where that is sound.
 */

#include "fuzz.h"
#include "oracle.h"

struct stream {
	const uint8_t *at, *end;
};

static unsigned char take(void *arg)
{
	struct stream *s = arg;

	return s->at < s->end ? *s->at++ : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autodone(arena) struct arena arena = ARENA_INIT;
	struct stream s = { data, data + size };
	const struct seccomp_arch *native = &seccomp_archs[take(&s) % 23];
	/* All numbers, and libseccomp, for one in sixteen: they take most of the time. */
	const struct oracle_effort effort = { 20, size % 16 ? 64 : 1, size % 16 != 0 };
	struct comparison c;

	oracle_compare(oracle_random(&arena, take, &s), native, &effort, size, &c);
	if (c.complaint[0]) {
		fprintf(stderr, "%s: %s\n", native->name, c.complaint);
		abort();
	}
	return 0;
}
