/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_JSON_TEXT_H
#define BASE_JSON_TEXT_H

/* What the parts of the JSON reader share: internal to base/json*.c. */

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

#define JSON_QUOTE_MAX 60 /* bytes of input in a message */

/* The last thing that the lexer reported: from it follows what must come next. */
enum json_event {
	JSON_EVENT_NONE,
	JSON_EVENT_OBJECT, /* '{' */
	JSON_EVENT_ARRAY,  /* '[' */
	JSON_EVENT_KEY,
	JSON_EVENT_VALUE, /* a scalar, '}' or ']' */
};

/* Where a lexer stopped. */
struct json_stop {
	const char *text; /* valid UTF-8 */
	size_t n;
	enum json_event last; /* the last token it reported: bytes start to end */
	size_t start, end;
	bool in_list, in_object; /* the innermost open list, if any, and whether it is an object */
};

static inline bool json_is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* What a key can have and a path needs no quotes for; and the '.' of a number. */
static inline bool json_is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '_' || c == '-' || c == '+' || c == '.';
}

static inline size_t json_skip_space(const char *text, size_t n, size_t at)
{
	while (at < n && json_is_space(text[at]))
		at++;
	return at;
}

/**
 * json_explain() - say in the words of Go's encoding/json why a lexer could not go on
 * @stop: borrowed
 * @out:  the words are appended: `invalid character '}' looking for beginning of value`
 * Runs in: host. Return: offset of the byte that is wrong; the length of the text when it ends
 * too early.
 */
size_t json_explain(const struct json_stop *stop, struct strbuf *out);

/**
 * json_quote_clipped() - append as a JSON string at most the first @max bytes of @s, with "..."
 * where something is left out. Runs in: any.
 */
void json_quote_clipped(struct strbuf *out, const char *s, size_t n, size_t max);

#endif
