/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Any bytes as a JSON document. What is accepted must survive being written and read again;
 * what is refused must say where.
 */

#include <errno.h>

#include "base/json.h"
#include "base/jsonw.h"
#include "fuzz.h"

/* Depth is bounded by JSON_DEPTH_MAX, so recursion is fine here. */
static void write_value(struct jsonw *w, const struct json *v)
{
	bool list = v->type == JSON_ARRAY || v->type == JSON_OBJECT;

	require(v->line > 0 && v->column > 0);
	switch (v->type) {
	case JSON_NULL:
		jsonw_null(w, v->key);
		break;
	case JSON_BOOL:
		jsonw_bool(w, v->key, v->boolean);
		break;
	case JSON_NUMBER:
		jsonw_raw(w, v->key, v->text);
		break;
	case JSON_STRING:
		require_utf8(v->text);
		jsonw_str(w, v->key, v->text);
		break;
	case JSON_ARRAY:
		jsonw_array(w, v->key);
		break;
	case JSON_OBJECT:
		jsonw_object(w, v->key);
		break;
	}
	for (size_t i = 0; list && i < v->list.n; i++) {
		require(v->list.items[i]->parent == v);
		write_value(w, v->list.items[i]);
	}
	if (v->type == JSON_ARRAY)
		jsonw_array_end(w);
	else if (v->type == JSON_OBJECT)
		jsonw_object_end(w);
}

static void write_document(const struct json_doc *doc, const char *indent, struct strbuf *out)
{
	struct jsonw w;

	jsonw_init(&w, out, indent);
	write_value(&w, doc->root);
}

/* Compact text, read and written indented, then read and written compact, is the same. */
static void check_round_trip(const struct json_doc *doc)
{
	autodone(strbuf) struct strbuf first = STRBUF_INIT;
	autodone(strbuf) struct strbuf pretty = STRBUF_INIT;
	autodone(strbuf) struct strbuf second = STRBUF_INIT;
	autodone(json_doc) struct json_doc again = JSON_DOC_INIT;
	struct err e = { 0 };

	write_document(doc, "", &first);
	write_document(doc, "  ", &pretty);
	/* Escapes make text longer, so a big document may not fit again. */
	if (pretty.len > JSON_DOCUMENT_MAX)
		return;
	require(json_parse("again", strbuf_str(&pretty), pretty.len, &again, &e) == 0);
	write_document(&again, "", &second);
	require(str_eq(strbuf_str(&first), strbuf_str(&second)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autodone(json_doc) struct json_doc doc = JSON_DOC_INIT;
	struct err e = { 0 };
	int r = json_parse("f", (const char *)data, size, &doc, &e);

	if (r == 0) {
		check_round_trip(&doc);
		return 0;
	}
	require(r == -EINVAL && e.code == EINVAL && e.kind == ERR_CONFIG);
	require(str_after(e.text, "f:") != NULL);
	require_utf8(e.text);
	return 0;
}
