/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_text.h"

#include <stdio.h>

#include "base/utf8.h"

/*
 * The words are those of Go's encoding/json, because people and scripts know them from every
 * other runtime: which byte, and in or after what it stands. A scan walks on from the last token
 * that the lexer took, and ends at the first byte that cannot be.
 */
struct scan {
	const struct json_stop *s;
	size_t at;
	struct strbuf *out;
};

static char here(const struct scan *c)
{
	if (c->at >= c->s->n)
		return '\0';
	return c->s->text[c->at];
}

static bool at_end(const struct scan *c)
{
	return c->at >= c->s->n;
}

static void skip_space(struct scan *c)
{
	c->at = json_skip_space(c->s->text, c->s->n, c->at);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* A character between apostrophes. What cannot be seen is told by its number. */
static void add_quoted(struct scan *c)
{
	static const char named[] = "\aa\bb\ff\nn\rr\tt\vv\\\\''";
	unsigned char byte = (unsigned char)here(c);

	for (const char *n = named; *n; n += 2)
		if ((unsigned char)*n == byte) {
			strbuf_addf(c->out, "'\\%c'", n[1]);
			return;
		}
	if (byte < 0x20 || byte == 0x7f)
		strbuf_addf(c->out, "'\\x%02x'", byte);
	else
		strbuf_addf(c->out, "'%.*s'", (int)utf8_len(c->s->text + c->at, c->s->n - c->at),
			    c->s->text + c->at);
}

static bool starts_comment(const struct scan *c)
{
	if (here(c) != '/' || c->at + 1 >= c->s->n)
		return false;
	return c->s->text[c->at + 1] == '/' || c->s->text[c->at + 1] == '*';
}

/* The scan ends: the byte where it stands cannot be @where. Return: false. */
static bool wrong(struct scan *c, const char *where)
{
	if (at_end(c)) {
		strbuf_adds(c->out, "unexpected end of JSON input (unexpected EOF)");
		return false;
	}
	strbuf_adds(c->out, "invalid character ");
	add_quoted(c);
	strbuf_addf(c->out, " %s", where);
	if (starts_comment(c))
		strbuf_adds(c->out, " (comments are not allowed)");
	return false;
}

static bool scan_escape(struct scan *c)
{
	c->at++;
	if (here(c) != 'u') {
		if (at_end(c) || !here(c) || !strchr("\"\\/bfnrt", here(c)))
			return wrong(c, "in string escape code");
		c->at++;
		return true;
	}
	c->at++;
	for (int i = 0; i < 4; i++, c->at++)
		if (!is_hex(here(c)))
			return wrong(c, "in \\u hexadecimal character escape");
	return true;
}

/* Return: true when the string is whole, and the scan behind it; so for the others, too. */
static bool scan_string(struct scan *c)
{
	c->at++;
	while (here(c) != '"') {
		if ((unsigned char)here(c) < 0x20)
			return wrong(c, "in string literal");
		if (here(c) != '\\')
			c->at++;
		else if (!scan_escape(c))
			return false;
	}
	c->at++;
	return true;
}

static bool scan_digits(struct scan *c, const char *where)
{
	if (!is_digit(here(c)))
		return wrong(c, where);
	while (is_digit(here(c)))
		c->at++;
	return true;
}

static bool scan_number(struct scan *c)
{
	if (here(c) == '-')
		c->at++;
	if (here(c) == '0')
		c->at++;
	else if (!scan_digits(c, "in numeric literal"))
		return false;
	if (here(c) == '.') {
		c->at++;
		if (!scan_digits(c, "after decimal point in numeric literal"))
			return false;
	}
	if (here(c) != 'e' && here(c) != 'E')
		return true;
	c->at++;
	if (here(c) == '+' || here(c) == '-')
		c->at++;
	return scan_digits(c, "in exponent of numeric literal");
}

static bool scan_word(struct scan *c, const char *word)
{
	char where[64];

	for (const char *w = word; *w; w++, c->at++) {
		if (here(c) == *w)
			continue;
		(void)snprintf(where, sizeof(where), "in literal %s (expecting '%c')", word, *w);
		return wrong(c, where);
	}
	return true;
}

/* A scalar; what begins a list the lexer has told. */
static bool scan_value(struct scan *c)
{
	skip_space(c);
	switch (here(c)) {
	case '"':
		return scan_string(c);
	case 't':
		return scan_word(c, "true");
	case 'f':
		return scan_word(c, "false");
	case 'n':
		return scan_word(c, "null");
	default:
		if (here(c) == '-' || is_digit(here(c)))
			return scan_number(c);
		return wrong(c, "looking for beginning of value");
	}
}

static bool scan_key(struct scan *c)
{
	skip_space(c);
	if (here(c) != '"')
		return wrong(c, "looking for beginning of object key string");
	return scan_string(c);
}

static bool scan_colon_and_value(struct scan *c)
{
	skip_space(c);
	if (here(c) != ':')
		return wrong(c, "after object key");
	c->at++;
	return scan_value(c);
}

static bool scan_after_value(struct scan *c)
{
	skip_space(c);
	if (!c->s->in_list)
		return wrong(c, "after top-level value");
	if (here(c) != ',')
		return wrong(c, c->s->in_object ? "after object key:value pair"
						: "after array element");
	c->at++;
	if (!c->s->in_object)
		return scan_value(c);
	return scan_key(c) && scan_colon_and_value(c);
}

/* From the token that the lexer took last, up to the end of the next. */
static bool scan_next(struct scan *c)
{
	switch (c->s->last) {
	case JSON_EVENT_VALUE:
		return scan_after_value(c);
	case JSON_EVENT_KEY:
		return scan_colon_and_value(c);
	case JSON_EVENT_OBJECT:
		return scan_key(c) && scan_colon_and_value(c);
	case JSON_EVENT_ARRAY:
	case JSON_EVENT_NONE:
	default:
		return scan_value(c);
	}
}

size_t json_explain(const struct json_stop *stop, struct strbuf *out)
{
	struct scan c = { stop, stop->end, out };

	bool whole = scan_next(&c);

	/*
	 * The lexer looks one byte further than a token: what it refuses can stand behind one
	 * that is whole, as the 1 in "01". Where the text ends the scan ends, too.
	 */
	while (whole)
		whole = scan_after_value(&c);
	return c.at;
}
