/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_text.h"

#include "base/cleanup.h"
#include "base/utf8.h"

static char char_at(const struct json_stop *s, size_t at)
{
	if (at >= s->n)
		return '\0';
	return s->text[at];
}

static size_t skip_space(const struct json_stop *s, size_t at)
{
	return json_skip_space(s->text, s->n, at);
}

static size_t word_end(const struct json_stop *s, size_t at)
{
	while (at < s->n && json_is_word(s->text[at]))
		at++;
	return at;
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static size_t explain_escape(const struct json_stop *s, size_t at, struct strbuf *out)
{
	size_t len = at + 1 < s->n ? utf8_len(s->text + at + 1, s->n - at - 1) : 0;

	if (char_at(s, at + 1) == 'u') {
		strbuf_adds(out, "\\u without four hexadecimal digits in a string");
		return at;
	}
	/* Not through the escaper: it would double the backslash that is meant. */
	if ((unsigned char)char_at(s, at + 1) < 0x20 || char_at(s, at + 1) == 0x7f)
		strbuf_adds(out, "unknown escape in a string");
	else
		strbuf_addf(out, "unknown escape %.*s in a string", (int)(1 + len), s->text + at);
	return at;
}

static bool escape_is_good(const struct json_stop *s, size_t at)
{
	char c = char_at(s, at + 1);

	if (c != 'u')
		return c && strchr("\"\\/bfnrt", c);
	for (size_t i = 2; i < 6; i++)
		if (!is_hex(char_at(s, at + i)))
			return false;
	return true;
}

/* A string that begins @at and that the lexer did not take. */
static size_t explain_string(const struct json_stop *s, size_t at, struct strbuf *out)
{
	for (size_t i = at + 1; i < s->n && s->text[i] != '"'; i++) {
		unsigned char c = (unsigned char)s->text[i];

		if (c == '\n') {
			strbuf_adds(out, "string without an end in its line");
			return at;
		}
		if (c < 0x20) {
			strbuf_addf(out, "control character 0x%02x in a string", c);
			return i;
		}
		if (c != '\\')
			continue;
		if (i + 1 == s->n)
			break;
		if (!escape_is_good(s, i))
			return explain_escape(s, i, out);
		i++;
	}
	strbuf_adds(out, "string without an end");
	return at;
}

/* Something stands @at that cannot; @expected is what could, or NULL for nothing at all. */
static size_t explain_token(const struct json_stop *s, size_t at, const char *expected,
			    struct strbuf *out)
{
	size_t end = word_end(s, at);

	if (at >= s->n) {
		strbuf_adds(out, "unexpected end of file");
		return at;
	}
	if (s->text[at] == '/' && (char_at(s, at + 1) == '/' || char_at(s, at + 1) == '*')) {
		strbuf_adds(out, "comments are not allowed");
		return at;
	}
	if ((unsigned char)s->text[at] < 0x20) {
		strbuf_addf(out, "unexpected byte 0x%02x", (unsigned char)s->text[at]);
		return at;
	}

	if (expected)
		strbuf_addf(out, "expected %s, found ", expected);
	else
		strbuf_adds(out, "unexpected ");
	if (end == at)
		end += utf8_len(s->text + at, s->n - at);
	if (s->text[at] == '"')
		strbuf_adds(out, "a string");
	else
		json_quote_clipped(out, s->text + at, end - at, JSON_QUOTE_MAX);
	if (!expected)
		strbuf_adds(out, " after the end of the document");
	return at;
}

static size_t explain_number(const struct json_stop *s, size_t at, struct strbuf *out)
{
	strbuf_adds(out, "malformed number ");
	json_quote_clipped(out, s->text + at, word_end(s, at) - at, JSON_QUOTE_MAX);
	return at;
}

static bool starts_number(const struct json_stop *s, size_t at)
{
	char c = char_at(s, at);

	return c == '-' || (c >= '0' && c <= '9');
}

/* A value was due @at. */
static size_t explain_value(const struct json_stop *s, size_t at, const char *expected,
			    struct strbuf *out)
{
	if (char_at(s, at) == '"')
		return explain_string(s, at, out);
	if (starts_number(s, at))
		return explain_number(s, at, out);
	return explain_token(s, at, expected, out);
}

static size_t explain_key(const struct json_stop *s, size_t at, const char *expected,
			  struct strbuf *out)
{
	if (char_at(s, at) == '"')
		return explain_string(s, at, out);
	return explain_token(s, at, expected, out);
}

static size_t explain_after_value(const struct json_stop *s, struct strbuf *out)
{
	size_t at = skip_space(s, s->end);

	/* The lexer takes "01" for a 0 and something behind it. */
	if (at == s->end && json_is_word(char_at(s, at)) && starts_number(s, s->start))
		return explain_number(s, s->start, out);
	if (!s->in_list)
		return explain_token(s, at, NULL, out);
	if (char_at(s, at) != ',')
		return explain_token(s, at, s->in_object ? "\",\" or \"}\"" : "\",\" or \"]\"",
				     out);
	at = skip_space(s, at + 1);
	if (s->in_object)
		return explain_key(s, at, "a string as key", out);
	return explain_value(s, at, "a value", out);
}

size_t json_explain(const struct json_stop *stop, struct strbuf *out)
{
	size_t at = skip_space(stop, stop->end);

	switch (stop->last) {
	case JSON_EVENT_VALUE:
		return explain_after_value(stop, out);
	case JSON_EVENT_KEY:
		if (char_at(stop, at) != ':')
			return explain_token(stop, at, "\":\"", out);
		return explain_value(stop, skip_space(stop, at + 1), "a value", out);
	case JSON_EVENT_OBJECT:
		return explain_key(stop, at, "a string as key or \"}\"", out);
	case JSON_EVENT_ARRAY:
		return explain_value(stop, at, "a value or \"]\"", out);
	case JSON_EVENT_NONE:
	default:
		return explain_value(stop, at, "a value", out);
	}
}
