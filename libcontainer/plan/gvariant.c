/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/gvariant.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/cleanup.h"

#define DEPTH_MAX 16 /* of arrays and structures in each other */

struct parser {
	const char *start, *p;
	struct arena *a;
	struct err *e;
	unsigned int depth;
};

static const struct {
	const char *name;
	const char *signature;
} type_names[] = {
	{ "boolean", "b" }, { "byte", "y" },	   { "int16", "n" },	 { "uint16", "q" },
	{ "int32", "i" },   { "uint32", "u" },	   { "int64", "x" },	 { "uint64", "t" },
	{ "double", "d" },  { "objectpath", "o" }, { "signature", "g" }, { "string", "s" },
};

static int bad(const struct parser *p, const char *what)
{
	return err_set(p->e, EINVAL, "column %zu: %s", (size_t)(p->p - p->start) + 1, what);
}

static void skip_space(struct parser *p)
{
	p->p += strspn(p->p, " \t\n");
}

static bool take(struct parser *p, char c)
{
	skip_space(p);
	if (*p->p != c)
		return false;
	p->p++;
	return true;
}

/* Length of one complete type, 0 when there is none. */
static size_t one_type(const char *s, unsigned int depth)
{
	if (*s && strchr("bynqiuxtdsog", *s))
		return 1;
	if (depth >= DEPTH_MAX)
		return 0;
	if (*s == 'a') {
		size_t n = one_type(s + 1, depth + 1);

		return n ? n + 1 : 0;
	}
	if (*s != '(' || s[1] == ')')
		return 0;
	size_t n = 1;
	while (s[n] != ')') {
		size_t m = one_type(s + n, depth + 1);

		if (m == 0)
			return 0;
		n += m;
	}
	return n + 1;
}

/* "/", "/a/b_1": what D-Bus takes for the path of an object. */
static bool is_object_path(const char *s)
{
	if (str_eq(s, "/"))
		return true;
	while (*s == '/') {
		size_t n = strspn(s + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "0123456789_");

		if (n == 0)
			return false;
		s += n + 1;
	}
	return *s == '\0';
}

static bool is_signature(const char *s)
{
	size_t n = 0;

	while (s[n]) {
		size_t one = one_type(s + n, 0);

		if (one == 0 || n + one > 255)
			return false;
		n += one;
	}
	return true;
}

static int parse_value(struct parser *p, const char *want, struct gvar *ret);

/* --- leaves ----------------------------------------------------------------------------- */

/* "'it\'s'": a backslash takes the next character as it is, but for \n and \t. */
static int parse_string(struct parser *p, const char *want, struct gvar *ret)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;
	char quote = *p->p++;

	if (*want && !strchr("sog", *want))
		return bad(p, "a string where another type is wanted");
	for (; *p->p && *p->p != quote; p->p++) {
		char c = *p->p;

		if (c == '\\' && p->p[1]) {
			c = *++p->p;
			if (c == 'n')
				c = '\n';
			else if (c == 't')
				c = '\t';
		}
		strbuf_addf(&text, "%c", c);
	}
	if (*p->p != quote)
		return bad(p, "the string has no end");
	p->p++;
	if (*want == 'o' && !is_object_path(strbuf_str(&text)))
		return bad(p, "not the path of an object");
	if (*want == 'g' && !is_signature(strbuf_str(&text)))
		return bad(p, "not a signature");
	*ret = (struct gvar){ .type = 's', .v.s = arena_strdup(p->a, strbuf_str(&text)) };
	if (*want)
		ret->type = *want;
	return 0;
}

static uint64_t unsigned_max(char type)
{
	switch (type) {
	case 'y':
		return UINT8_MAX;
	case 'q':
		return UINT16_MAX;
	case 'u':
		return UINT32_MAX;
	default:
		return UINT64_MAX;
	}
}

static bool fits_signed(char type, int64_t v)
{
	switch (type) {
	case 'n':
		return v >= INT16_MIN && v <= INT16_MAX;
	case 'i':
		return v >= INT32_MIN && v <= INT32_MAX;
	default:
		return true;
	}
}

static int parse_double(struct parser *p, const char *word, struct gvar *ret)
{
	char *end;

	ret->type = 'd';
	ret->v.d = strtod(word, &end);
	return *end || end == word ? bad(p, "not a number") : 0;
}

/* Hexadecimal (0x1f) counts as in C. */
static int to_u64(const char *word, uint64_t max, uint64_t *ret)
{
	if (strncmp(word, "0x", 2) != 0)
		return str_to_u64(word, max, ret);
	*ret = 0;
	for (const char *c = word + 2; *c || c == word + 2; c++) {
		const char digits[] = "0123456789abcdef";
		const char *d = *c ? strchr(digits, *c | 0x20) : NULL;

		if (!d || *ret > max >> 4)
			return -EINVAL;
		*ret = *ret << 4 | (uint64_t)(d - digits);
	}
	return *ret <= max ? 0 : -ERANGE;
}

static int parse_integer(struct parser *p, const char *word, char type, struct gvar *ret)
{
	ret->type = type;
	if (strchr("yqut", type)) {
		if (to_u64(word, unsigned_max(type), &ret->v.u) < 0)
			return bad(p, "the number does not fit its type");
		return 0;
	}
	if (str_to_i64(word, &ret->v.i) < 0 || !fits_signed(type, ret->v.i))
		return bad(p, "the number does not fit its type");
	return 0;
}

static int parse_number(struct parser *p, const char *want, struct gvar *ret)
{
	size_t n = strspn(p->p, "+-.0123456789abcdefABCDEFxX");
	const char *word = arena_strndup(p->a, p->p, n);
	bool is_hex = strncmp(word, "0x", 2) == 0;
	bool is_double = !is_hex && strpbrk(word, ".eE");
	int64_t v;
	int r;

	if (n == 0)
		return bad(p, "a value is missing");
	if (*want && !strchr("ynqiuxtd", *want))
		return bad(p, "a number where another type is wanted");
	if (is_double && *want && *want != 'd')
		return bad(p, "a fraction where a whole number is wanted");
	if (is_double || *want == 'd')
		r = parse_double(p, word, ret);
	else if (*want)
		r = parse_integer(p, word, *want, ret);
	else if (str_to_i64(word, &v) == 0)
		r = parse_integer(p, word, fits_signed('i', v) ? 'i' : 'x', ret);
	else
		r = bad(p, "not a number");
	if (r == 0)
		p->p += n;
	return r;
}

/* --- containers --------------------------------------------------------------------------- */

/* Items up to @close; @type: of each in an array, NULL: as a structure has them. */
struct list {
	struct gvar *v;
	size_t n, cap;
};

static void list_add(struct parser *p, struct list *l, const struct gvar *g)
{
	if (l->n == l->cap) {
		struct gvar *wider = arena_array(p->a, l->cap ? l->cap * 2 : 4, struct gvar);

		for (size_t i = 0; i < l->n; i++)
			wider[i] = l->v[i];
		l->v = wider;
		l->cap = l->cap ? l->cap * 2 : 4;
	}
	l->v[l->n++] = *g;
}

static const char *signature_of(struct parser *p, const struct gvar *g)
{
	autodone(strbuf) struct strbuf s = STRBUF_INIT;

	gvar_signature(g, &s);
	return arena_strdup(p->a, strbuf_str(&s));
}

static int parse_array(struct parser *p, const char *want, struct gvar *ret)
{
	struct list l = { 0 };
	const char *type = want;

	if (*want && *want != 'a')
		return bad(p, "an array where another type is wanted");
	type = *want ? arena_strndup(p->a, want + 1, one_type(want + 1, 0)) : "";
	while (!take(p, ']')) {
		struct gvar g = { 0 };

		if (l.n && !take(p, ','))
			return bad(p, "\",\" or \"]\" is missing");
		int r = parse_value(p, type, &g);
		if (r < 0)
			return r;
		if (!*type) /* the first one decides for the rest */
			type = signature_of(p, &g);
		list_add(p, &l, &g);
	}
	if (!*type)
		return bad(p, "the type of an empty array is not known; write it before: @as []");
	*ret = (struct gvar){ .type = 'a', .element = type, .items = l.v, .n = l.n };
	return 0;
}

static int parse_struct(struct parser *p, const char *want, struct gvar *ret)
{
	struct list l = { 0 };
	const char *rest = *want ? want + 1 : "";

	if (*want && *want != '(')
		return bad(p, "a structure where another type is wanted");
	while (!take(p, ')')) {
		struct gvar g = { 0 };
		size_t n = *rest ? one_type(rest, 0) : 0;

		if (*want && n == 0)
			return bad(p, "the structure has too many members");
		if (l.n && !take(p, ','))
			return bad(p, "\",\" or \")\" is missing");
		int r = parse_value(p, arena_strndup(p->a, rest, n), &g);
		if (r < 0)
			return r;
		rest += n;
		list_add(p, &l, &g);
	}
	if (l.n == 0 || (*want && *rest != ')'))
		return bad(p, "the structure has too few members");
	*ret = (struct gvar){ .type = 'r', .items = l.v, .n = l.n };
	return 0;
}

/* --- values ------------------------------------------------------------------------------- */

static size_t word_length(const char *s)
{
	return strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789");
}

static bool is_word(const struct parser *p, size_t n, const char *word)
{
	return strlen(word) == n && strncmp(p->p, word, n) == 0;
}

/* true, false, or a type and then a value. */
static int parse_word(struct parser *p, const char *want, struct gvar *ret)
{
	size_t n = word_length(p->p);

	if (is_word(p, n, "true") || is_word(p, n, "false")) {
		if (*want && *want != 'b')
			return bad(p, "a boolean where another type is wanted");
		*ret = (struct gvar){ .type = 'b', .v.u = *p->p == 't' };
		p->p += n;
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(type_names); i++) {
		if (!is_word(p, n, type_names[i].name))
			continue;
		if (*want && !str_eq(want, type_names[i].signature))
			return bad(p, "another type is wanted here");
		p->p += n;
		return parse_value(p, type_names[i].signature, ret);
	}
	return bad(p, "neither a value nor a type");
}

static int parse_typed(struct parser *p, const char *want, struct gvar *ret)
{
	size_t n = one_type(++p->p, 0);

	if (n == 0)
		return bad(p, "not a signature of one supported type");
	const char *type = arena_strndup(p->a, p->p, n);
	if (*want && !str_eq(want, type))
		return bad(p, "another type is wanted here");
	p->p += n;
	return parse_value(p, type, ret);
}

static int parse_one(struct parser *p, const char *want, struct gvar *ret)
{
	skip_space(p);
	if (*p->p == '\'' || *p->p == '"')
		return parse_string(p, want, ret);
	if (*p->p == '@')
		return parse_typed(p, want, ret);
	if (take(p, '['))
		return parse_array(p, want, ret);
	if (take(p, '('))
		return parse_struct(p, want, ret);
	if (*p->p >= 'a' && *p->p <= 'z')
		return parse_word(p, want, ret);
	return parse_number(p, want, ret);
}

static int parse_value(struct parser *p, const char *want, struct gvar *ret)
{
	if (p->depth++ >= DEPTH_MAX)
		return bad(p, "too deep");
	int r = parse_one(p, want, ret);
	p->depth--;
	return r;
}

int gvar_parse(const char *text, struct arena *a, struct gvar *ret, struct err *e)
{
	struct parser p = { .start = text, .p = text, .a = a, .e = e };

	int r = parse_value(&p, "", ret);
	if (r < 0)
		return r;
	skip_space(&p);
	return *p.p ? bad(&p, "something follows the value") : 0;
}

void gvar_signature(const struct gvar *g, struct strbuf *out)
{
	if (g->type == 'a') {
		strbuf_addf(out, "a%s", g->element);
	} else if (g->type == 'r') {
		strbuf_adds(out, "(");
		for (size_t i = 0; i < g->n; i++)
			gvar_signature(&g->items[i], out);
		strbuf_adds(out, ")");
	} else {
		strbuf_addf(out, "%c", g->type);
	}
}

static void print_items(const struct gvar *g, struct strbuf *out)
{
	strbuf_adds(out, g->type == 'a' ? "[" : "(");
	for (size_t i = 0; i < g->n; i++) {
		strbuf_adds(out, i ? ", " : "");
		gvar_print(&g->items[i], out);
	}
	strbuf_adds(out, g->type == 'a' ? "]" : ")");
}

void gvar_print(const struct gvar *g, struct strbuf *out)
{
	switch (g->type) {
	case 'b':
		strbuf_adds(out, g->v.u ? "true" : "false");
		return;
	case 'y':
	case 'q':
	case 'u':
	case 't':
		strbuf_addf(out, "%" PRIu64, g->v.u);
		return;
	case 'n':
	case 'i':
	case 'x':
		strbuf_addf(out, "%" PRId64, g->v.i);
		return;
	case 'd':
		strbuf_addf(out, "%g", g->v.d);
		return;
	case 'a':
	case 'r':
		print_items(g, out);
		return;
	default:
		strbuf_addf(out, "'%s'", g->v.s);
	}
}
