/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/json_text.h"
#include "base/jsonw.h"
#include "base/utf8.h"

#define PATH_KEY_MAX  128  /* bytes of one key in a path */
#define PATH_TEXT_MAX 1000 /* bytes of a path, so that a message has room for the rest */

void json_quote_clipped(struct strbuf *out, const char *s, size_t n, size_t max)
{
	autodone(strbuf) struct strbuf part = STRBUF_INIT;
	size_t take = 0;

	while (take < n) {
		size_t len = utf8_len(s + take, n - take);

		if (take + (len ? len : 1) > max)
			break;
		take += len ? len : 1;
	}
	strbuf_add(&part, s, take);
	if (take < n)
		strbuf_adds(&part, "...");
	jsonw_quote(out, strbuf_str(&part));
}

void json_doc_done(struct json_doc *doc)
{
	arena_done(&doc->arena);
	arena_done(&doc->nodes);
	*doc = (struct json_doc)JSON_DOC_INIT;
}

const struct json *json_get(const struct json *obj, const char *key)
{
	if (!obj || obj->type != JSON_OBJECT)
		return NULL;
	for (size_t i = 0; i < obj->list.n; i++)
		if (str_eq(obj->list.items[i]->key, key))
			return obj->list.items[i];
	return NULL;
}

static bool is_plain_key(const char *key)
{
	size_t n = 0;

	for (; key[n]; n++)
		if (!json_is_word(key[n]) || key[n] == '.' || n >= PATH_KEY_MAX)
			return false;
	return n > 0;
}

/* Cuts what was appended behind @start, not within a character. */
static void clip(struct strbuf *out, size_t start, size_t max)
{
	if (out->len - start <= max)
		return;
	out->len = start + max;
	while (((unsigned char)out->data[out->len] & 0xc0) == 0x80)
		out->len--;
	strbuf_adds(out, "...");
}

void json_path(const struct json *v, struct strbuf *out)
{
	size_t start = out->len;
	const struct json *steps[JSON_DEPTH_MAX + 1];
	size_t n = 0;

	for (; v && v->parent && n <= JSON_DEPTH_MAX; v = v->parent)
		steps[n++] = v;
	for (size_t i = n; i-- > 0;) {
		const struct json *step = steps[i];

		if (!step->key) {
			strbuf_addf(out, "[%u]", step->index);
		} else if (is_plain_key(step->key)) {
			strbuf_addf(out, "%s%s", i + 1 < n ? "." : "", step->key);
		} else {
			strbuf_adds(out, "[");
			json_quote_clipped(out, step->key, strlen(step->key), PATH_KEY_MAX);
			strbuf_adds(out, "]");
		}
	}
	clip(out, start, PATH_TEXT_MAX);
}

int json_err(const struct json_doc *doc, const struct json *v, struct err *e, const char *fmt, ...)
{
	autodone(strbuf) struct strbuf path = STRBUF_INIT;
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	json_path(v, &path);
	return err_set_kind(e, ERR_CONFIG, EINVAL, "%s:%u:%u: %s%s%s", doc->file, v->line,
			    v->column, strbuf_str(&path), path.len ? ": " : "", text);
}

void json_describe(const struct json *v, struct strbuf *out)
{
	switch (v->type) {
	case JSON_NULL:
		strbuf_adds(out, "null");
		break;
	case JSON_BOOL:
		strbuf_adds(out, v->boolean ? "true" : "false");
		break;
	case JSON_NUMBER:
		strbuf_addf(out, "the number %.*s%s", JSON_QUOTE_MAX, v->text,
			    strlen(v->text) > JSON_QUOTE_MAX ? "..." : "");
		break;
	case JSON_STRING:
		strbuf_adds(out, "the string ");
		json_quote_clipped(out, v->text, strlen(v->text), JSON_QUOTE_MAX);
		break;
	case JSON_ARRAY:
		strbuf_adds(out, "an array");
		break;
	case JSON_OBJECT:
		strbuf_adds(out, "an object");
		break;
	}
}
