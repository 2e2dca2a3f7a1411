/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/quote.h"

#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"

/*
 * Beyond ASCII: controls, formats, private use and blanks of the Unicode database, as Go's
 * unicode.IsPrint has them; code points that are not assigned yet count as printable here.
 */
static const struct {
	uint32_t first, last;
} unprintable[] = {
	{ 0x80, 0xa0 },	      { 0xad, 0xad },	      { 0x600, 0x605 },	    { 0x61c, 0x61c },
	{ 0x6dd, 0x6dd },     { 0x70f, 0x70f },	      { 0x890, 0x891 },	    { 0x8e2, 0x8e2 },
	{ 0x1680, 0x1680 },   { 0x180e, 0x180e },     { 0x2000, 0x200f },   { 0x2028, 0x202f },
	{ 0x205f, 0x206f },   { 0x3000, 0x3000 },     { 0xd800, 0xf8ff },   { 0xfeff, 0xfeff },
	{ 0xfff9, 0xfffb },   { 0x110bd, 0x110bd },   { 0x110cd, 0x110cd }, { 0x13430, 0x13438 },
	{ 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a },   { 0xe0001, 0xe0001 }, { 0xe0020, 0xe007f },
	{ 0xf0000, 0xffffd }, { 0x100000, 0x10fffd },
};

static uint32_t decode(const char *s, size_t len)
{
	static const unsigned char lead_bits[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t rune = (unsigned char)s[0] & lead_bits[len];

	for (size_t i = 1; i < len; i++)
		rune = rune << 6 | ((unsigned char)s[i] & 0x3f);
	return rune;
}

static bool is_printable(uint32_t rune)
{
	if (rune < 0x80)
		return rune >= 0x20 && rune < 0x7f;
	for (size_t i = 0; i < ARRAY_SIZE(unprintable); i++)
		if (rune >= unprintable[i].first && rune <= unprintable[i].last)
			return false;
	return true;
}

/* The escape letter of a control character that has one, '"' and '\' included. */
static char short_escape(uint32_t rune)
{
	static const char from[] = "\a\b\f\n\r\t\v\"\\";
	static const char to[] = "abfnrtv\"\\";
	const char *at = rune > 0 && rune < 0x80 ? strchr(from, (int)rune) : NULL;

	if (!at)
		return '\0';
	return to[at - from];
}

/* @keep: ASCII characters that stay as they are. */
static void escape_rune(struct strbuf *out, const char *s, size_t len, const char *keep)
{
	uint32_t rune = decode(s, len);
	char letter = short_escape(rune);

	if (rune < 0x80 && strchr(keep, (int)rune))
		strbuf_add(out, s, len);
	else if (letter != '\0')
		strbuf_addf(out, "\\%c", letter);
	else if (is_printable(rune))
		strbuf_add(out, s, len);
	else if (rune < 0x80)
		strbuf_addf(out, "\\x%02x", rune);
	else if (rune <= 0xffff)
		strbuf_addf(out, "\\u%04x", rune);
	else
		strbuf_addf(out, "\\U%08x", rune);
}

void escape_go(struct strbuf *out, const char *s, const char *keep)
{
	size_t n = strlen(s);

	for (size_t i = 0; i < n;) {
		size_t len = utf8_len(s + i, n - i);

		if (len > 0)
			escape_rune(out, s + i, len, keep);
		else
			strbuf_addf(out, "\\x%02x", (unsigned char)s[i]);
		i += len > 0 ? len : 1;
	}
}

void quote_go(struct strbuf *out, const char *s)
{
	strbuf_adds(out, "\"");
	escape_go(out, s, "");
	strbuf_adds(out, "\"");
}
