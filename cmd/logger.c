/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/logger.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/jsonw.h"
#include "base/utf8.h"

#define ESC "\033"

/* Beyond ASCII: what has no glyph, or whose effect is on its neighbours. */
static const struct {
	uint32_t first, last;
} unprintable[] = {
	{ 0x80, 0xa0 },	    { 0xad, 0xad },	   { 0x061c, 0x061c }, { 0x180e, 0x180e },
	{ 0x2000, 0x200f }, { 0x2028, 0x202f },	   { 0x205f, 0x206f }, { 0x3000, 0x3000 },
	{ 0xe000, 0xf8ff }, { 0xfe00, 0xfe0f },	   { 0xfeff, 0xfeff }, { 0xfff0, 0xfffb },
	{ 0xfffe, 0xffff }, { 0xe0000, 0x10ffff },
};

static const struct {
	const char *name, *tag;
	int colour;
} levels[] = {
	[LOG_LEVEL_ERROR] = { "error", "ERRO", 31 },
	[LOG_LEVEL_WARNING] = { "warning", "WARN", 33 },
	[LOG_LEVEL_INFO] = { "info", "INFO", 36 },
	[LOG_LEVEL_DEBUG] = { "debug", "DEBU", 37 },
};

void logger_init(struct logger *l)
{
	*l = (struct logger){
		.fd = STDERR_FILENO,
		.colour = isatty(STDERR_FILENO) == 1,
		.started = time(NULL),
		.max = LOG_LEVEL_INFO,
	};
}

int logger_open(struct logger *l, const char *path, struct err *e)
{
	const int flags = O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
	int fd = open(path, O_WRONLY | flags, 0644);

	/* A FIFO that nobody reads yet: with both ends ours it takes what it has room for. */
	if (fd < 0 && errno == ENXIO)
		fd = open(path, O_RDWR | flags, 0644);
	if (fd < 0)
		return err_errno(e, "open %s", path);
	l->fd = fd;
	l->is_file = true;
	l->colour = false;
	return 0;
}

void logger_done(struct logger *l)
{
	if (l->is_file)
		(void)close(l->fd);
	l->fd = STDERR_FILENO;
	l->is_file = false;
}

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

static void escape(struct strbuf *out, const char *s, const char *keep)
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
	escape(out, s, "");
	strbuf_adds(out, "\"");
}

static bool is_plain(const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c >= 0x80 || (!isalnum(c) && !strchr("-._/@^+", c)))
			return false;
	}
	return true;
}

static void format_time(time_t t, struct strbuf *out)
{
	char text[sizeof("+1234567890-01-01T00:00:00Z")];
	struct tm tm;

	if (gmtime_r(&t, &tm) && strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) > 0)
		strbuf_adds(out, text);
}

static void format_json(time_t now, const char *level, const char *text, struct strbuf *out)
{
	struct strbuf when autodone(strbuf) = STRBUF_INIT;
	struct jsonw w;

	format_time(now, &when);
	jsonw_init(&w, out, "");
	jsonw_object(&w, NULL);
	jsonw_str(&w, "level", level);
	jsonw_str(&w, "msg", text);
	jsonw_str(&w, "time", strbuf_str(&when));
	jsonw_object_end(&w);
}

static void format_text(time_t now, const char *level, const char *text, struct strbuf *out)
{
	strbuf_adds(out, "time=\"");
	format_time(now, out);
	strbuf_addf(out, "\" level=%s msg=", level);
	if (is_plain(text))
		strbuf_adds(out, text);
	else
		quote_go(out, text);
}

/* For people: no quotes, lines stay lines, but nothing that steers the terminal either. */
static void format_colour(const struct logger *l, time_t now, enum log_level level,
			  const char *text, struct strbuf *out)
{
	strbuf_addf(out, ESC "[%dm%s" ESC "[0m[%04lld] ", levels[level].colour, levels[level].tag,
		    (long long)(now - l->started));
	escape(out, text, "\n\"\\");
}

void logger_format(const struct logger *l, time_t now, enum log_level level, const char *text,
		   struct strbuf *out)
{
	if (l->json)
		format_json(now, levels[level].name, text, out);
	else if (l->colour)
		format_colour(l, now, level, text, out);
	else
		format_text(now, levels[level].name, text, out);
	strbuf_adds(out, "\n");
}

/* The last resort: when this fails too there is nobody left to tell. */
static void write_stderr(const struct strbuf *line)
{
	int r = fd_write_all(STDERR_FILENO, line->data, line->len);

	(void)r;
}

void logger_emit(void *arg, enum log_level level, const char *text)
{
	const struct logger *l = arg;
	struct strbuf line autodone(strbuf) = STRBUF_INIT;

	if (level > l->max)
		return;
	logger_format(l, time(NULL), level, text, &line);
	if (fd_write_all(l->fd, line.data, line.len) < 0 && l->is_file)
		write_stderr(&line);
}

void logger_error(struct logger *l, const char *text)
{
	logger_emit(l, LOG_LEVEL_ERROR, text);
	if (!l->is_file)
		return;

	struct strbuf line autodone(strbuf) = STRBUF_INIT;
	strbuf_addf(&line, "%s\n", text);
	write_stderr(&line);
}
