/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <yajl/yajl_parse.h>

#include "base/cleanup.h"
#include "base/json_text.h"
#include "base/utf8.h"

#define KEYS_BY_PAIRS 16 /* up to here comparing all pairs is cheaper than sorting */
#define RECENT_MAX    32 /* bytes of a string that is looked for among those seen last */
#define RECENT_SLOTS  64

/* A value whose list is still open, and where its key begins (an object's member). */
struct pending {
	struct json *node;
	size_t key_at;
};

/* A list that is still open; its members are pending[first..]. */
struct frame {
	struct json *node;
	size_t first;
};

struct parser {
	struct json_doc *doc;
	yajl_handle yajl;
	const char *text;
	size_t n;
	size_t start, end; /* of the last token reported */
	bool finishing;	   /* yajl has seen all of the text */
	enum json_event last;
	size_t counted; /* bytes that line and column account for */
	unsigned int line, column;
	const char *key;
	size_t key_at;
	struct frame frames[JSON_DEPTH_MAX];
	size_t depth;
	struct pending *pending;
	size_t n_pending, cap_pending;
	const char *recent[RECENT_SLOTS]; /* by hash: keys and short strings come again */
	int r;
	struct err *e;
};

static void parser_done(struct parser *p)
{
	if (p->yajl)
		yajl_free(p->yajl);
	free(p->pending);
}

/* --- positions and errors ----------------------------------------------------------- */

/* Columns count code points; the '\r' before a '\n' is the last column of its line. */
static void count_to(struct parser *p, size_t at)
{
	for (; p->counted < at; p->counted++) {
		unsigned char c = (unsigned char)p->text[p->counted];

		if (c == '\n') {
			p->line++;
			p->column = 1;
		} else if ((c & 0xc0) != 0x80) {
			p->column++;
		}
	}
}

static int fail(struct parser *p, size_t at, const struct json *v, const char *fmt, ...)
	PRINTF_LIKE(4, 5);

/* An error about the byte @at, in or around value @v (or NULL); the first one counts. */
static int fail(struct parser *p, size_t at, const struct json *v, const char *fmt, ...)
{
	autodone(strbuf) struct strbuf path = STRBUF_INIT;
	char text[512];
	va_list ap;

	if (p->r < 0)
		return p->r;
	if (at < p->counted) {
		p->counted = 0;
		p->line = p->column = 1;
	}
	count_to(p, at);
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (v)
		json_path(v, &path);
	p->r = err_set_kind(p->e, ERR_CONFIG, EINVAL, "%s:%u:%u: %s%s%s", p->doc->file, p->line,
			    p->column, strbuf_str(&path), path.len ? ": " : "", text);
	return p->r;
}

static const struct json *container(const struct parser *p)
{
	return p->depth ? p->frames[p->depth - 1].node : NULL;
}

/* yajl stopped somewhere behind the last token it reported: find out why. */
static int fail_explained(struct parser *p)
{
	autodone(strbuf) struct strbuf words = STRBUF_INIT;
	const struct json *in = container(p);
	struct json_stop stop = {
		.text = p->text,
		.n = p->n,
		.last = p->last,
		.start = p->start,
		.end = p->end,
		.in_list = in != NULL,
		.in_object = in && in->type == JSON_OBJECT,
	};
	size_t at = json_explain(&stop, &words);

	return fail(p, at, container(p), "%s", strbuf_str(&words));
}

/* --- checks that yajl does not do ---------------------------------------------------- */

/* Return: the 16 bits of "\uXXXX", whose form the lexer has checked; -1 for other text. */
static int unicode_escape(const char *s, const char *end)
{
	int v = 0;

	if (end - s < 6 || s[0] != '\\' || s[1] != 'u')
		return -1;
	for (int i = 2; i < 6; i++) {
		int c = (unsigned char)s[i];

		v = v << 4 | (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	return v;
}

/*
 * The lexer lets U+0000 and halves of surrogate pairs pass; the first cuts a path short in
 * every system call, the others become a '?' that eats what follows.
 */
static int check_escapes(struct parser *p, const struct json *v)
{
	const char *end = p->text + p->end;

	for (const char *s = p->text + p->start; s < end; s++) {
		if (*s != '\\')
			continue;

		size_t at = (size_t)(s - p->text);
		int c = unicode_escape(s, end);
		if (c == 0)
			return fail(p, at, v, "U+0000 in a string");
		if (c >= 0xdc00 && c <= 0xdfff)
			return fail(p, at, v, "half of a surrogate pair in a string");
		if (c >= 0xd800 && c <= 0xdbff) {
			int low = unicode_escape(s + 6, end);

			if (low < 0xdc00 || low > 0xdfff)
				return fail(p, at, v, "half of a surrogate pair in a string");
			s += 6;
		}
		s += c < 0 ? 1 : 5;
	}
	return 0;
}

static int check_string(struct parser *p, const struct json *v, const char *what, size_t len)
{
	if (len > JSON_STRING_MAX)
		return fail(p, p->start, v, "%s of %zu bytes, at most %u are read", what, len,
			    JSON_STRING_MAX);
	return check_escapes(p, v);
}

static int by_key(const void *a, const void *b)
{
	const struct pending *x = a, *y = b;
	int order = strcmp(x->node->key, y->node->key);

	/* Among equals the document's order, so that "first" and "again" are right. */
	return order ? order : (x->key_at > y->key_at) - (x->key_at < y->key_at);
}

static int fail_duplicate(struct parser *p, const struct pending *first,
			  const struct pending *again)
{
	return fail(p, again->key_at, again->node, "duplicate key, the first is in line %u",
		    first->node->line);
}

static int check_few_keys(struct parser *p, const struct pending *members, size_t n)
{
	for (size_t i = 1; i < n; i++)
		for (size_t k = 0; k < i; k++)
			if (str_eq(members[i].node->key, members[k].node->key))
				return fail_duplicate(p, &members[k], &members[i]);
	return 0;
}

/* Sorted, duplicates are neighbours. The array may be reordered: the tree has its own copy. */
static int check_keys(struct parser *p, struct pending *members, size_t n)
{
	const struct pending *again = NULL;

	if (n <= KEYS_BY_PAIRS)
		return check_few_keys(p, members, n);
	qsort(members, n, sizeof(*members), by_key);
	for (size_t i = 1; i < n; i++)
		if (str_eq(members[i].node->key, members[i - 1].node->key) &&
		    (!again || members[i].key_at < again->key_at))
			again = &members[i];
	return again ? fail_duplicate(p, again - 1, again) : 0;
}

/* --- events -------------------------------------------------------------------------- */

/* Finds the extent of the token that yajl reports now. */
static bool take_token(struct parser *p, enum json_event event)
{
	size_t at = p->end;

	while (at < p->n &&
	       (json_is_space(p->text[at]) || p->text[at] == ',' || p->text[at] == ':'))
		at++;
	/* yajl takes these for white space; RFC 8259 section 2 does not. */
	if (at < p->n && (p->text[at] == '\v' || p->text[at] == '\f'))
		return fail_explained(p) == 0;
	p->start = at;
	/* A number that ends with the text is reported against yajl's own closing blank. */
	p->end = p->finishing ? p->n : yajl_get_bytes_consumed(p->yajl);
	p->last = event;
	return true;
}

static void add_pending(struct parser *p, struct json *node)
{
	if (p->n_pending == p->cap_pending) {
		p->cap_pending = p->cap_pending ? 2 * p->cap_pending : 64;
		p->pending = mem_grow(p->pending, p->cap_pending, sizeof(*p->pending));
	}
	p->pending[p->n_pending++] = (struct pending){ node, p->key_at };
}

/* A copy of the document's, shared by those who say the same often: names, types, options. */
static const char *keep(struct parser *p, const char *text, size_t n)
{
	uint32_t hash = 2166136261u; /* FNV-1a */

	if (n >= RECENT_MAX)
		return arena_strndup(&p->doc->arena, text, n);
	for (size_t i = 0; i < n; i++)
		hash = (hash ^ (unsigned char)text[i]) * 16777619u;

	const char **slot = &p->recent[(hash ^ hash >> 16) % RECENT_SLOTS];
	if (!*slot || strncmp(*slot, text, n) != 0 || (*slot)[n] != '\0')
		*slot = arena_strndup(&p->doc->arena, text, n);
	return *slot;
}

static struct json *add_node(struct parser *p, enum json_type type)
{
	struct json *node = arena_new(&p->doc->nodes, struct json);

	count_to(p, p->start);
	node->type = type;
	node->line = p->line;
	node->column = p->column;
	node->parent = container(p);
	if (!node->parent) {
		p->doc->root = node;
		return node;
	}
	if (node->parent->type == JSON_OBJECT)
		node->key = p->key;
	else
		node->index = (unsigned int)(p->n_pending - p->frames[p->depth - 1].first);
	add_pending(p, node);
	return node;
}

static int on_null(void *ctx)
{
	struct parser *p = ctx;

	if (!take_token(p, JSON_EVENT_VALUE))
		return 0;
	(void)add_node(p, JSON_NULL);
	return 1;
}

static int on_bool(void *ctx, int value)
{
	struct parser *p = ctx;

	if (!take_token(p, JSON_EVENT_VALUE))
		return 0;
	add_node(p, JSON_BOOL)->boolean = value;
	return 1;
}

static int on_number(void *ctx, const char *text, size_t n)
{
	static const char digits[10][2] = { "0", "1", "2", "3", "4", "5", "6", "7", "8", "9" };
	struct parser *p = ctx;

	if (!take_token(p, JSON_EVENT_VALUE))
		return 0;

	struct json *node = add_node(p, JSON_NUMBER);
	if (n > JSON_STRING_MAX)
		return fail(p, p->start, node, "number of %zu bytes, at most %u are read", n,
			    JSON_STRING_MAX) == 0;
	/* Most numbers have one digit; a copy of each would be most of a big document's memory. */
	node->text = n == 1 ? digits[*text - '0'] : arena_strndup(&p->doc->arena, text, n);
	return 1;
}

static int on_string(void *ctx, const unsigned char *text, size_t n)
{
	struct parser *p = ctx;

	if (!take_token(p, JSON_EVENT_VALUE))
		return 0;

	struct json *node = add_node(p, JSON_STRING);
	node->text = "";
	if (check_string(p, node, "string", n) < 0)
		return 0;
	node->text = keep(p, (const char *)text, n);
	return 1;
}

static int on_key(void *ctx, const unsigned char *text, size_t n)
{
	struct parser *p = ctx;

	if (!take_token(p, JSON_EVENT_KEY) || check_string(p, container(p), "key", n) < 0)
		return 0;
	p->key = keep(p, (const char *)text, n);
	p->key_at = p->start;
	return 1;
}

static int open_list(struct parser *p, enum json_type type)
{
	if (!take_token(p, type == JSON_OBJECT ? JSON_EVENT_OBJECT : JSON_EVENT_ARRAY))
		return 0;
	if (p->depth == JSON_DEPTH_MAX)
		return fail(p, p->start, NULL, "nested deeper than %d levels", JSON_DEPTH_MAX) == 0;

	struct json *node = add_node(p, type);
	p->frames[p->depth++] = (struct frame){ node, p->n_pending };
	return 1;
}

static int close_list(void *ctx)
{
	struct parser *p = ctx;

	if (!take_token(p, JSON_EVENT_VALUE))
		return 0;

	struct frame *f = &p->frames[p->depth - 1];
	size_t n = p->n_pending - f->first;
	const struct json **items = arena_array(&p->doc->nodes, n, const struct json *);

	for (size_t i = 0; i < n; i++)
		items[i] = p->pending[f->first + i].node;
	f->node->list.items = items;
	f->node->list.n = n;
	if (f->node->type == JSON_OBJECT && n > 1 && check_keys(p, p->pending + f->first, n) < 0)
		return 0;
	p->n_pending = f->first;
	p->depth--;
	return 1;
}

static int on_object(void *ctx)
{
	return open_list(ctx, JSON_OBJECT);
}

static int on_array(void *ctx)
{
	return open_list(ctx, JSON_ARRAY);
}

/* --- the whole document -------------------------------------------------------------- */

static void *yajl_new(void *ctx, size_t n)
{
	(void)ctx;
	return mem_new(n, 1);
}

static void *yajl_grow(void *ctx, void *p, size_t n)
{
	(void)ctx;
	return mem_grow(p, n, 1);
}

static void yajl_drop(void *ctx, void *p)
{
	(void)ctx;
	free(p);
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_bool,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_object,
	.yajl_map_key = on_key,
	.yajl_end_map = close_list,
	.yajl_start_array = on_array,
	.yajl_end_array = close_list,
};

/* yajl's own check takes overlong forms and surrogates. */
static int check_utf8(struct parser *p)
{
	if (p->n >= 3 && memcmp(p->text, "\xef\xbb\xbf", 3) == 0)
		return fail(p, 0, NULL, "byte order mark before the document");
	for (size_t at = 0; at < p->n;) {
		size_t len = utf8_len(p->text + at, p->n - at);

		if (len == 0)
			return fail(p, at, NULL, "byte 0x%02x is not valid UTF-8",
				    (unsigned char)p->text[at]);
		at += len;
	}
	return 0;
}

static int run_parser(struct parser *p)
{
	yajl_alloc_funcs memory = { yajl_new, yajl_grow, yajl_drop, NULL };

	p->yajl = yajl_alloc(&callbacks, &memory, p);
	yajl_config(p->yajl, yajl_dont_validate_strings, 1);

	yajl_status status = yajl_parse(p->yajl, (const unsigned char *)p->text, p->n);
	if (status == yajl_status_ok) {
		p->finishing = true;
		status = yajl_complete_parse(p->yajl);
	}
	if (p->r < 0)
		return p->r;
	/* yajl overlooks an unfinished token behind the document, and calls '\f' a blank. */
	if (status != yajl_status_ok || p->depth > 0 || p->last != JSON_EVENT_VALUE ||
	    json_skip_space(p->text, p->n, p->end) != p->n)
		return fail_explained(p);
	return 0;
}

int json_parse(const char *file, const char *text, size_t n, struct json_doc *doc, struct err *e)
{
	autodone(parser) struct parser p = {
		.doc = doc,
		.text = text,
		.n = n,
		.line = 1,
		.column = 1,
		.e = e,
	};

	doc->file = arena_strdup(&doc->arena, file);
	if (n > JSON_DOCUMENT_MAX)
		return fail(&p, 0, NULL, "document of %zu bytes, at most %u are read", n,
			    JSON_DOCUMENT_MAX);
	if (check_utf8(&p) < 0)
		return p.r;
	return run_parser(&p);
}
