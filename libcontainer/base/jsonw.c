/* SPDX-License-Identifier: Apache-2.0 */
#include "base/jsonw.h"

#include <inttypes.h>

#include "base/utf8.h"

void jsonw_init(struct jsonw *w, struct strbuf *out, const char *indent)
{
	*w = (struct jsonw){ .out = out, .indent = indent };
}

static void break_line(struct jsonw *w)
{
	if (!*w->indent)
		return;
	strbuf_add(w->out, "\n", 1);
	for (unsigned int i = 0; i < w->depth; i++)
		strbuf_adds(w->out, w->indent);
}

/* What stands before each value: comma, line break, key. */
static void begin_value(struct jsonw *w, const char *key)
{
	if (w->need_comma)
		strbuf_add(w->out, ",", 1);
	if (w->depth > 0)
		break_line(w);
	if (key) {
		jsonw_quote(w->out, key);
		strbuf_adds(w->out, *w->indent ? ": " : ":");
	}
	w->need_comma = true;
}

static void open_list(struct jsonw *w, const char *key, const char *bracket)
{
	begin_value(w, key);
	strbuf_adds(w->out, bracket);
	w->depth++;
	w->need_comma = false;
}

/* Without a value since its opening a list stays on one line: `{}`. */
static void close_list(struct jsonw *w, const char *bracket)
{
	bool empty = !w->need_comma;

	w->depth--;
	if (!empty)
		break_line(w);
	strbuf_adds(w->out, bracket);
	w->need_comma = true;
}

void jsonw_object(struct jsonw *w, const char *key)
{
	open_list(w, key, "{");
}

void jsonw_object_end(struct jsonw *w)
{
	close_list(w, "}");
}

void jsonw_array(struct jsonw *w, const char *key)
{
	open_list(w, key, "[");
}

void jsonw_array_end(struct jsonw *w)
{
	close_list(w, "]");
}

void jsonw_str(struct jsonw *w, const char *key, const char *value)
{
	if (!value) {
		jsonw_null(w, key);
		return;
	}
	begin_value(w, key);
	jsonw_quote(w->out, value);
}

void jsonw_i64(struct jsonw *w, const char *key, int64_t value)
{
	begin_value(w, key);
	strbuf_addf(w->out, "%" PRId64, value);
}

void jsonw_u64(struct jsonw *w, const char *key, uint64_t value)
{
	begin_value(w, key);
	strbuf_addf(w->out, "%" PRIu64, value);
}

void jsonw_bool(struct jsonw *w, const char *key, bool value)
{
	jsonw_raw(w, key, value ? "true" : "false");
}

void jsonw_null(struct jsonw *w, const char *key)
{
	jsonw_raw(w, key, "null");
}

void jsonw_raw(struct jsonw *w, const char *key, const char *json)
{
	begin_value(w, key);
	strbuf_adds(w->out, json);
}

/* The short escapes of RFC 8259 section 7, or 0. */
static char short_escape(unsigned char c)
{
	switch (c) {
	case '"':
	case '\\':
		return (char)c;
	case '\b':
		return 'b';
	case '\f':
		return 'f';
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	default:
		return 0;
	}
}

/* Appends what replaces one byte that may not appear as it is. */
static void escape_byte(struct strbuf *out, unsigned char c)
{
	char letter = short_escape(c);

	if (letter)
		strbuf_addf(out, "\\%c", letter);
	else if (c >= 0x80)
		strbuf_adds(out, "\\ufffd");
	else
		strbuf_addf(out, "\\u%04x", c);
}

/*
 * What stands for more than a letter in a log: the control characters of Latin 1, which steer
 * terminals, and the two line ends of Unicode. 0 for all else; @s has @len bytes.
 */
static unsigned int quiet_rune(const char *s, size_t len)
{
	const unsigned char *u = (const unsigned char *)s;

	if (len == 2 && u[0] == 0xc2 && u[1] < 0xa0)
		return u[1];
	if (len == 3 && u[0] == 0xe2 && u[1] == 0x80 && (u[2] == 0xa8 || u[2] == 0xa9))
		return 0x2000U + (u[2] & 0x3fU);
	return 0;
}

void jsonw_quote(struct strbuf *out, const char *s)
{
	size_t n = strlen(s), done = 0, i = 0;

	strbuf_add(out, "\"", 1);
	while (i < n) {
		unsigned char c = (unsigned char)s[i];
		size_t len = utf8_len(s + i, n - i);
		unsigned int rune = quiet_rune(s + i, len);

		if (len > 0 && !rune && c >= 0x20 && c != 0x7f && c != '"' && c != '\\') {
			i += len;
			continue;
		}
		strbuf_add(out, s + done, i - done);
		if (rune)
			strbuf_addf(out, "\\u%04x", rune);
		else
			escape_byte(out, c);
		i += rune ? len : 1;
		done = i;
	}
	strbuf_add(out, s + done, n - done);
	strbuf_add(out, "\"", 1);
}
