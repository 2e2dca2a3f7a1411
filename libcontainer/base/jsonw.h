/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_JSONW_H
#define BASE_JSONW_H

/*
 * Writing JSON: the one escaper for state, logs and messages. Appends to a strbuf; cannot
 * fail. Control characters (below 0x20, 0x7f to U+009F), U+2028, U+2029 and invalid UTF-8 never appear
 * unescaped in the output (an invalid byte becomes U+FFFD). Runs in: any.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct jsonw {
	struct strbuf *out;
	const char *indent; /* "" for one line, "  " or "\t" for pretty */
	unsigned int depth;
	bool need_comma;
};

void jsonw_init(struct jsonw *w, struct strbuf *out, const char *indent);
/*
 * @key is NULL inside arrays and at the top. The members of a list that is empty take no line
 * of their own: `{}`.
 */
void jsonw_object(struct jsonw *w, const char *key);
void jsonw_object_end(struct jsonw *w);
void jsonw_array(struct jsonw *w, const char *key);
void jsonw_array_end(struct jsonw *w);
/* A @value of NULL is written as null. */
void jsonw_str(struct jsonw *w, const char *key, const char *value);
void jsonw_i64(struct jsonw *w, const char *key, int64_t value);
void jsonw_u64(struct jsonw *w, const char *key, uint64_t value);
void jsonw_bool(struct jsonw *w, const char *key, bool value);
void jsonw_null(struct jsonw *w, const char *key);
/** jsonw_raw() - a value that is JSON already. */
void jsonw_raw(struct jsonw *w, const char *key, const char *json);
/** jsonw_quote() - append @s as a JSON string, with its quotes. */
void jsonw_quote(struct strbuf *out, const char *s);

#endif
