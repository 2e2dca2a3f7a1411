/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_GVARIANT_H
#define PLAN_GVARIANT_H

/*
 * Typed values as D-Bus has them: the properties of a systemd unit, and the text in which an
 * annotation gives one.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"

/* One value. @type is its first letter: b y n q i u x t d s o g, 'a' array, 'r' structure. */
struct gvar {
	char type;
	const char *element; /* array: signature of its elements */
	union {
		int64_t i;  /* n i x */
		uint64_t u; /* b y q u t */
		double d;
		const char *s; /* s o g */
	} v;
	const struct gvar *items; /* array, structure */
	size_t n;
};

/**
 * gvar_parse() - read a value in GVariant's text form
 * @a:   memory of the result
 * @ret: filled on success
 * @e:   what is wrong, and at which column
 *
 * Numbers (with a fraction or exponent: double), 'text' and "text", true, false, arrays [1, 2],
 * structures ('a', 1); before a value a type by name (uint64 5) or signature (@as []). Without
 * one an integer is an int32 when it fits, else an int64; the elements of an array agree. No
 * dictionaries, maybes, variants or bytestrings: no property of a scope has them.
 * Pure. Runs in: host. Return: 0 or -EINVAL.
 */
MUST_CHECK int gvar_parse(const char *text, struct arena *a, struct gvar *ret, struct err *e);

/** gvar_signature() - append the D-Bus signature: "as", "(st)". Pure. */
void gvar_signature(const struct gvar *g, struct strbuf *out);

/** gvar_print() - append the value as text, for `vial plan` and tests. Pure. */
void gvar_print(const struct gvar *g, struct strbuf *out);

#endif
