/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/bind.h"

#include <errno.h>
#include <inttypes.h>
#include <strings.h>

#include "base/cleanup.h"

/* Who is filled, and where: what the functions for one kind of field need. */
struct target {
	const struct bind_field *field;
	const struct json *v;
	char *object; /* the struct that the row belongs to */
};

static void *member(const struct target *t)
{
	return t->object + t->field->offset;
}

/* By memcpy(3), because what is stored is read as a pointer to another type. */
static void set_pointer(const struct target *t, const void *p)
{
	memcpy(member(t), &p, sizeof(p));
}

static void set_count(const struct target *t, size_t n)
{
	memcpy(t->object + t->field->offset_n, &n, sizeof(n));
}

static int wrong_type(struct bind *b, const struct json *v, const char *expected)
{
	autodone(strbuf) struct strbuf found = STRBUF_INIT;

	json_describe(v, &found);
	return json_err(b->doc, v, b->e, "expected %s, found %s", expected, strbuf_str(&found));
}

/* --- scalars ------------------------------------------------------------------------- */

static int check_string(struct bind *b, const struct bind_field *f, const struct json *v)
{
	if (v->type != JSON_STRING)
		return wrong_type(b, v, "a string");
	if ((f->flags & BIND_PATH) && strlen(v->text) >= PATH_MAX)
		return json_err(b->doc, v, b->e,
				"expected a path of at most %d bytes, found one of %zu",
				PATH_MAX - 1, strlen(v->text));
	return 0;
}

static int bind_string(struct bind *b, const struct target *t)
{
	int r = check_string(b, t->field, t->v);

	if (r < 0)
		return r;
	if (*t->v->text || (t->field->flags & BIND_REQUIRED))
		*(const char **)member(t) = t->v->text;
	return 0;
}

/* Digits, perhaps behind a '-': what JSON calls a number and we an integer. */
static bool is_integer(const struct json *v)
{
	if (v->type != JSON_NUMBER)
		return false;

	const char *digits = v->text + (v->text[0] == '-');
	return digits[strspn(digits, "0123456789")] == '\0';
}

static int out_of_range(struct bind *b, const struct json *v, int64_t min, uint64_t max)
{
	autodone(strbuf) struct strbuf expected = STRBUF_INIT;

	strbuf_addf(&expected, "an integer from %" PRId64 " to %" PRIu64, min, max);
	return wrong_type(b, v, strbuf_str(&expected));
}

static int to_unsigned(struct bind *b, const struct json *v, uint64_t max, uint64_t *ret)
{
	if (!is_integer(v))
		return wrong_type(b, v, "an integer");
	if (str_to_u64(str_eq(v->text, "-0") ? "0" : v->text, max, ret) < 0)
		return out_of_range(b, v, 0, max);
	return 0;
}

static int to_signed(struct bind *b, const struct bind_field *f, const struct json *v, int64_t *ret)
{
	bool ranged = f->min || f->max;
	int64_t min = ranged ? f->min : INT64_MIN;
	int64_t max = ranged ? (int64_t)f->max : INT64_MAX;
	int64_t value;

	if (!is_integer(v))
		return wrong_type(b, v, "an integer");
	if (str_to_i64(v->text, &value) < 0 || value < min || value > max)
		return out_of_range(b, v, min, (uint64_t)max);
	*ret = value;
	return 0;
}

static int bind_unsigned(struct bind *b, const struct target *t, uint64_t type_max, uint64_t *ret)
{
	return to_unsigned(b, t->v, t->field->max ? t->field->max : type_max, ret);
}

static int bind_u32(struct bind *b, const struct target *t, uint32_t *ret)
{
	uint64_t value;
	int r = bind_unsigned(b, t, UINT32_MAX, &value);

	if (r == 0)
		*ret = (uint32_t)value;
	return r;
}

static int bind_bool(struct bind *b, const struct target *t, bool *ret)
{
	if (t->v->type != JSON_BOOL)
		return wrong_type(b, t->v, "true or false");
	*ret = t->v->boolean;
	return 0;
}

/* Those that record whether they were given. */
static int bind_optional(struct bind *b, const struct target *t)
{
	switch (t->field->kind) {
	case BIND_OPT_BOOL: {
		struct opt_bool *o = member(t);

		o->set = true;
		return bind_bool(b, t, &o->v);
	}
	case BIND_OPT_U32: {
		struct opt_u32 *o = member(t);

		o->set = true;
		return bind_u32(b, t, &o->v);
	}
	case BIND_OPT_U64: {
		struct opt_u64 *o = member(t);

		o->set = true;
		return bind_unsigned(b, t, UINT64_MAX, &o->v);
	}
	default: {
		struct opt_i64 *o = member(t);

		o->set = true;
		return to_signed(b, t->field, t->v, &o->v);
	}
	}
}

/* --- lists --------------------------------------------------------------------------- */

static int expect_list(struct bind *b, const struct json *v, enum json_type type)
{
	if (v->type == type)
		return 0;
	return wrong_type(b, v, type == JSON_ARRAY ? "an array" : "an object");
}

static int bind_strings(struct bind *b, const struct target *t)
{
	struct strs *ret = member(t);
	int r = expect_list(b, t->v, JSON_ARRAY);

	if (r < 0)
		return r;

	size_t n = t->v->list.n;
	const char **strings = arena_array(b->arena, n + 1, const char *);
	for (size_t i = 0; i < n; i++) {
		r = check_string(b, t->field, t->v->list.items[i]);
		if (r < 0)
			return r;
		strings[i] = t->v->list.items[i]->text;
	}
	*ret = (struct strs){ strings, n };
	return 0;
}

static int bind_string_map(struct bind *b, const struct target *t)
{
	struct spec_string_map *ret = member(t);
	int r = expect_list(b, t->v, JSON_OBJECT);

	if (r < 0)
		return r;

	size_t n = t->v->list.n;
	struct spec_string_pair *pairs = arena_array(b->arena, n, struct spec_string_pair);
	for (size_t i = 0; i < n; i++) {
		const struct json *item = t->v->list.items[i];

		r = check_string(b, t->field, item);
		if (r < 0)
			return r;
		pairs[i] = (struct spec_string_pair){ item->key, item->text };
	}
	*ret = (struct spec_string_map){ pairs, n };
	return 0;
}

static int bind_ids(struct bind *b, const struct target *t)
{
	int r = expect_list(b, t->v, JSON_ARRAY);

	if (r < 0)
		return r;

	size_t n = t->v->list.n;
	uint32_t *ids = arena_array(b->arena, n, uint32_t);
	for (size_t i = 0; i < n; i++) {
		uint64_t id = 0;

		r = to_unsigned(b, t->v->list.items[i], ID_MAX, &id);
		if (r < 0)
			return r;
		ids[i] = (uint32_t)id;
	}
	set_pointer(t, ids);
	set_count(t, n);
	return 0;
}

/* Arrays of objects and, with their keys, objects of objects. */
static int bind_list(struct bind *b, const struct target *t)
{
	const struct bind_type *type = t->field->type;
	bool map = t->field->kind == BIND_MAP;
	int r = expect_list(b, t->v, map ? JSON_OBJECT : JSON_ARRAY);

	if (r < 0)
		return r;

	size_t n = t->v->list.n;
	char *items = arena_alloc(b->arena, n, type->size);
	for (size_t i = 0; i < n; i++) {
		char *item = items + i * type->size;

		if (map)
			*(const char **)(void *)item = t->v->list.items[i]->key;
		r = bind_object(b, t->v->list.items[i], type, item);
		if (r < 0)
			return r;
	}
	set_pointer(t, items);
	set_count(t, n);
	return 0;
}

/* --- objects ------------------------------------------------------------------------- */

static int bind_new_object(struct bind *b, const struct target *t)
{
	const struct bind_type *type = t->field->type;
	void *object = arena_alloc(b->arena, 1, type->size);
	int r = bind_object(b, t->v, type, object);

	if (r == 0)
		set_pointer(t, object);
	return r;
}

static int bind_field(struct bind *b, const struct target *t)
{
	if (t->field->offset_set)
		*(bool *)(t->object + t->field->offset_set) = true;
	switch (t->field->kind) {
	case BIND_BOOL:
		return bind_bool(b, t, member(t));
	case BIND_STRING:
		return bind_string(b, t);
	case BIND_U32:
		return bind_u32(b, t, member(t));
	case BIND_U64:
		return bind_unsigned(b, t, UINT64_MAX, member(t));
	case BIND_I64:
		return to_signed(b, t->field, t->v, member(t));
	case BIND_STRINGS:
		return bind_strings(b, t);
	case BIND_STRING_MAP:
		return bind_string_map(b, t);
	case BIND_IDS:
		return bind_ids(b, t);
	case BIND_OBJECT:
		return bind_new_object(b, t);
	case BIND_INLINE:
		return bind_object(b, t->v, t->field->type, member(t));
	case BIND_LIST:
	case BIND_MAP:
		return bind_list(b, t);
	case BIND_OPT_BOOL:
	case BIND_OPT_U32:
	case BIND_OPT_U64:
	case BIND_OPT_I64:
	default:
		return bind_optional(b, t);
	}
}

static const struct bind_field *find_field(const struct bind *b, const struct bind_type *type,
					   const char *name)
{
	for (size_t i = 0; i < type->n_fields; i++)
		if (str_eq(type->fields[i].name, name))
			return &type->fields[i];
	for (size_t i = 0; b->ignore_case && i < type->n_fields; i++)
		if (strcasecmp(type->fields[i].name, name) == 0)
			return &type->fields[i];
	return NULL;
}

static void note_unknown(struct bind *b, const struct json *v)
{
	autodone(strbuf) struct strbuf path = STRBUF_INIT;

	if (b->n_unknown == b->cap_unknown) {
		b->cap_unknown = b->cap_unknown ? 2 * b->cap_unknown : 16;
		b->unknown = mem_grow(b->unknown, b->cap_unknown, sizeof(*b->unknown));
	}
	json_path(v, &path);
	b->unknown[b->n_unknown++] = arena_strdup(b->arena, strbuf_str(&path));
}

int bind_missing(const struct bind *b, const struct json *v, const char *name)
{
	autodone(strbuf) struct strbuf path = STRBUF_INIT;

	json_path(v, &path);
	return err_set_kind(b->e, ERR_CONFIG, EINVAL, "%s:%u:%u: %s%s%s: required field is missing",
			    b->doc->file, v->line, v->column, strbuf_str(&path),
			    path.len ? "." : "", name);
}

static int check_required(const struct bind *b, const struct json *v, const struct bind_type *type,
			  uint64_t seen)
{
	for (size_t i = 0; i < type->n_fields; i++)
		if ((type->fields[i].flags & BIND_REQUIRED) && !(seen & (UINT64_C(1) << i)))
			return bind_missing(b, v, type->fields[i].name);
	return 0;
}

int bind_object(struct bind *b, const struct json *v, const struct bind_type *type, void *ret)
{
	uint64_t seen = 0; /* a bit for each row */
	int r = expect_list(b, v, JSON_OBJECT);

	for (size_t i = 0; r == 0 && i < v->list.n; i++) {
		struct target t = { .v = v->list.items[i], .object = ret };

		t.field = find_field(b, type, t.v->key);
		if (!t.field) {
			note_unknown(b, t.v);
			continue;
		}
		/* Go writes a nil slice or pointer so. */
		if (t.v->type == JSON_NULL && !(t.field->flags & BIND_REQUIRED))
			continue;

		uint64_t bit = UINT64_C(1) << (t.field - type->fields);
		if (seen & bit)
			return json_err(b->doc, t.v, b->e, "the field %s stands here twice",
					t.field->name);
		seen |= bit;
		r = bind_field(b, &t);
	}
	return r < 0 ? r : check_required(b, v, type, seen);
}
