/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/str.h"

/* One word of the command line that is an option, taken apart. */
struct flag {
	const char *name; /* after the dashes, up to '=' */
	int len;
	const char *value; /* after '=', or NULL */
};

static const struct option_row help_row = { "help", 'h', OPTION_SWITCH, "show help", NULL };

void options_done(struct options *o)
{
	free((void *)o->args);
	for (size_t i = 0; i < OPTIONS_MAX; i++)
		free((void *)o->values[i].list);
	*o = (struct options){ 0 };
}

int option_bool_parse(const char *text, bool *ret)
{
	static const char *const words[] = { "1", "t", "T", "true",  "TRUE",  "True",
					     "0", "f", "F", "false", "FALSE", "False" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (str_eq(text, words[i])) {
			*ret = i < ARRAY_SIZE(words) / 2;
			return 0;
		}
	}
	return -EINVAL;
}

static bool parse_unit(const char **text, uint64_t *ret)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = {
		{ "ns", 1 },
		{ "us", 1000 },
		{ "\u00b5s", 1000 }, /* as Go writes it */
		{ "\u03bcs", 1000 },
		{ "ms", 1000000 },
		{ "s", 1000000000ULL },
		{ "m", 60000000000ULL },
		{ "h", 3600000000000ULL },
	};
	size_t n = strcspn(*text, "0123456789.");

	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (strlen(units[i].name) == n && strncmp(*text, units[i].name, n) == 0) {
			*ret = units[i].ns;
			*text += n;
			return true;
		}
	}
	return false;
}

/* "1.5h" of "1.5h30m". Digits below a nanosecond are dropped. */
static int parse_part(const char **text, uint64_t *ret)
{
	unsigned __int128 fraction = 0;
	uint64_t whole = 0, ten = 1, unit;
	const char *s = *text;
	bool digits = false;

	for (; *s >= '0' && *s <= '9'; s++, digits = true)
		if (__builtin_mul_overflow(whole, 10, &whole) ||
		    __builtin_add_overflow(whole, (uint64_t)(*s - '0'), &whole))
			return -ERANGE;
	for (s += *s == '.'; *s >= '0' && *s <= '9'; s++, digits = true) {
		if (ten >= 1000000000000000ULL)
			continue;
		fraction = fraction * 10 + (unsigned int)(*s - '0');
		ten *= 10;
	}
	if (!digits || !parse_unit(&s, &unit))
		return -EINVAL;
	*text = s;
	if (__builtin_mul_overflow(whole, unit, &whole) ||
	    __builtin_add_overflow(whole, (uint64_t)(fraction * unit / ten), ret))
		return -ERANGE;
	return 0;
}

int option_duration_parse(const char *text, int64_t *ret)
{
	bool negative = *text == '-';
	uint64_t sum = 0, part;

	text += *text == '-' || *text == '+';
	if (!*text)
		return -EINVAL;
	if (str_eq(text, "0")) {
		*ret = 0;
		return 0;
	}
	while (*text) {
		int r = parse_part(&text, &part);
		if (r < 0)
			return r;
		if (__builtin_add_overflow(sum, part, &sum) || sum > INT64_MAX)
			return -ERANGE;
	}
	*ret = negative ? -(int64_t)sum : (int64_t)sum;
	return 0;
}

static bool is_named(const struct option_row *row, const struct flag *f)
{
	if (f->len == 1 && row->alias != '\0' && f->name[0] == row->alias)
		return true;
	return strlen(row->name) == (size_t)f->len &&
	       memcmp(row->name, f->name, (size_t)f->len) == 0;
}

static const struct option_row *find(const struct option_row *table, const struct flag *f)
{
	for (const struct option_row *row = table; row->name; row++)
		if (is_named(row, f))
			return row;
	return is_named(&help_row, f) ? &help_row : NULL;
}

/* Is @word an option at all? A lone "-" is an argument: it often means standard input. */
static bool looks_like_flag(const char *word)
{
	return word[0] == '-' && word[1] != '\0';
}

static int split(const char *word, struct flag *ret, struct err *e)
{
	const char *name = word + (word[1] == '-' ? 2 : 1);
	const char *equals = strchr(name, '=');

	if (name[0] == '\0' || name[0] == '-' || name[0] == '=')
		return err_set_kind(e, ERR_USAGE, EINVAL, "bad flag syntax: %s", word);
	ret->name = name;
	ret->len = (int)(equals ? (size_t)(equals - name) : strlen(name));
	ret->value = equals ? equals + 1 : NULL;
	return 0;
}

static int set_switch(const struct flag *f, bool *ret, struct err *e)
{
	*ret = true;
	if (f->value && option_bool_parse(f->value, ret) < 0)
		return err_set_kind(e, ERR_USAGE, EINVAL,
				    "invalid boolean value \"%s\" for -%.*s: parse error", f->value,
				    f->len, f->name);
	return 0;
}

static void add_to_list(struct option_value *v, const char *text)
{
	size_t n = v->n_list + 1; /* with the NULL */

	/* There is room for a power of two, or thousands would cost their square. */
	if ((n & (n - 1)) == 0)
		v->list = mem_grow((void *)v->list, 2 * n, sizeof(*v->list));
	v->list[v->n_list++] = text;
	v->list[v->n_list] = NULL;
}

static int set_value(const struct option_row *row, const struct flag *f, struct option_value *v,
		     struct err *e)
{
	uint64_t number = 0;
	int64_t one;

	if (row->kind == OPTION_INTEGERS && str_to_i64(f->value, &one) < 0)
		return err_set_kind(
			e, ERR_USAGE, EINVAL,
			"invalid value \"%s\" for flag -%.*s: strconv.ParseInt: parsing "
			"\"%s\": invalid syntax",
			f->value, f->len, f->name, f->value);
	if (row->kind == OPTION_LIST || row->kind == OPTION_INTEGERS) {
		add_to_list(v, f->value);
		return 0;
	}
	v->text = f->value;
	if (row->kind == OPTION_TEXT)
		return 0;

	int r;
	if (row->kind == OPTION_INTEGER)
		r = str_to_i64(f->value, &v->integer);
	else if (row->kind == OPTION_DURATION)
		r = option_duration_parse(f->value, &v->integer);
	else
		r = str_to_u64(f->value, INT32_MAX, &number);
	if (r < 0)
		return err_set_kind(e, ERR_USAGE, EINVAL, "invalid value \"%s\" for flag -%.*s: %s",
				    f->value, f->len, f->name,
				    r == -ERANGE ? "value out of range" : "parse error");
	v->number = (uint32_t)number;
	return 0;
}

/* Return: the number of words used (1 or 2), or -EINVAL. */
static int take_flag(struct options *o, char *const *argv, struct err *e)
{
	struct flag f;
	int used = 1;
	int r = split(argv[0], &f, e);

	if (r < 0)
		return r;

	const struct option_row *row = find(o->table, &f);
	if (!row)
		return err_set_kind(e, ERR_USAGE, EINVAL, "flag provided but not defined: -%.*s",
				    f.len, f.name);
	if (row == &help_row) {
		r = set_switch(&f, &o->help, e);
		return r < 0 ? r : used;
	}

	struct option_value *v = &o->values[row - o->table];
	if (row->kind == OPTION_SWITCH) {
		r = set_switch(&f, &v->on, e);
	} else {
		if (!f.value) {
			f.value = argv[1];
			used = 2;
		}
		if (!f.value)
			return err_set_kind(e, ERR_USAGE, EINVAL, "flag needs an argument: -%.*s",
					    f.len, f.name);
		r = set_value(row, &f, v, e);
	}
	v->given = true;
	return r < 0 ? r : used;
}

int options_parse(const struct option_row *table, char *const *argv, bool stop_at_first,
		  struct options *ret, struct err *e)
{
	size_t argc = 0;
	bool only_args = false;

	while (argv[argc])
		argc++;
	*ret = (struct options){ .table = table, .args = mem_new(argc + 1, sizeof(*ret->args)) };

	for (size_t i = 0; i < argc;) {
		if (only_args || !looks_like_flag(argv[i])) {
			ret->args[ret->n_args++] = argv[i++];
			only_args = only_args || stop_at_first;
			continue;
		}
		if (str_eq(argv[i], "--")) {
			only_args = true;
			i++;
			continue;
		}

		int used = take_flag(ret, argv + i, e);
		if (used < 0)
			return used;
		i += (size_t)used;
	}
	return 0;
}

static const struct option_value *value_of(const struct options *o, const char *name)
{
	for (size_t i = 0; o->table[i].name; i++)
		if (str_eq(o->table[i].name, name))
			return &o->values[i];
	abort();
}

const char *options_text(const struct options *o, const char *name)
{
	const char *text = value_of(o, name)->text;

	return text && text[0] != '\0' ? text : NULL;
}

struct strs options_list(const struct options *o, const char *name)
{
	const struct option_value *v = value_of(o, name);

	return (struct strs){ v->list, v->n_list };
}

bool options_on(const struct options *o, const char *name)
{
	return value_of(o, name)->on;
}

uint32_t options_number(const struct options *o, const char *name)
{
	return value_of(o, name)->number;
}

int64_t options_integer(const struct options *o, const char *name)
{
	return value_of(o, name)->integer;
}

bool options_given(const struct options *o, const char *name)
{
	return value_of(o, name)->given;
}
