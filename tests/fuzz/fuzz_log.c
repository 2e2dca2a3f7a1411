/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Any text as a message and as the id that the log's lines bear. Whatever it is, it stays one line of
 * text or one JSON object, and nothing in it steers a terminal.
 */

#include "base/json.h"
#include "cmd/logger.h"
#include "fuzz.h"

#define HEAD "time=\"2009-02-13T23:31:30Z\" level=warning msg="

static void format(const struct logger *l, const char *text, struct strbuf *out)
{
	logger_format(l, 1234567890, LOG_LEVEL_WARNING, text, out);
	require_utf8(strbuf_str(out));
	require(strlen(strbuf_str(out)) == out->len);
}

/* No control characters, of ASCII or of Latin 1, but those in @allowed. */
static void require_calm(const char *s, const char *allowed)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		require((c >= 0x20 && c != 0x7f) || strchr(allowed, c));
		require(c != 0xc2 || (unsigned char)s[1] >= 0xa0);
	}
}

static void check_json(const char *text)
{
	const struct logger l = { .target = LOGGER_FILE, .json = true };
	autodone(json_doc) struct json_doc doc = JSON_DOC_INIT;
	autodone(strbuf) struct strbuf line = STRBUF_INIT;
	struct err e = { 0 };

	format(&l, text, &line);
	require(strchr(line.data, '\n') == line.data + line.len - 1);
	require_calm(line.data, "\n");
	require(json_parse("line", line.data, line.len, &doc, &e) == 0);
	require(doc.root->type == JSON_OBJECT && doc.root->list.n == 3);
	const struct json *msg = json_get(doc.root, "msg");
	require(msg && msg->type == JSON_STRING);
	for (size_t n = strlen(text), len; n > 0; n -= len, text += len)
		if (!(len = utf8_len(text, n)))
			return; /* replaced */
	require(str_eq(msg->text, text - strlen(msg->text)));
}

static void check_text(const char *text)
{
	const struct logger l = { .target = LOGGER_FILE };
	autodone(strbuf) struct strbuf line = STRBUF_INIT;

	format(&l, text, &line);
	require(strchr(line.data, '\n') == line.data + line.len - 1);
	const char *p = str_after(line.data, HEAD);
	require(p);
	line.data[line.len - 1] = '\0';
	require_calm(line.data, "");
	if (*p != '"') {
		require(!strpbrk(p, " \"=\\"));
		return;
	}
	/* The quote that ends it is the last character. */
	for (p++; *p != '"'; p++) {
		p += *p == '\\';
		require(*p);
	}
	require(p[1] == '\0');
}

static void check_others(const char *text)
{
	const struct logger colour = { .target = LOGGER_STDERR, .colour = true };
	const struct logger journal = { .target = LOGGER_JOURNAL, .ident = text };
	const struct logger syslog = { .target = LOGGER_SYSLOG, .ident = text };
	autodone(strbuf) struct strbuf line = STRBUF_INIT;
	size_t newlines = 0;

	format(&colour, text, &line);
	const char *p = strchr(line.data, ']');
	require(p);
	require_calm(p, "\n");
	strbuf_done(&line);
	format(&journal, text, &line);
	require_calm(line.data, "\n");
	for (const char *s = line.data; *s; s++)
		newlines += *s == '\n';
	require(newlines == 4);
	strbuf_done(&line);
	format(&syslog, text, &line);
	require_calm(line.data, "");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autofree char *text = fuzz_text(data, size);

	check_json(text);
	check_text(text);
	check_others(text);
	return 0;
}
