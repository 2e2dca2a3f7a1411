/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/numbers.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"

#define WORD_BITS (8 * sizeof(unsigned long))

struct range {
	uint32_t from, to;
};

static bool number_is_set(const struct plan_numbers *n, size_t i)
{
	return n->v[i / WORD_BITS] >> (i % WORD_BITS) & 1;
}

static int parse_number(const char *text, uint32_t max, uint32_t *ret, struct err *e)
{
	uint64_t v = 0;

	switch (str_to_u64(text, UINT64_MAX, &v)) {
	case 0:
		break;
	case -ERANGE:
		v = UINT64_MAX;
		break;
	default:
		return err_set(e, EINVAL, "\"%s\" is not a number", text);
	}
	if (v > max)
		return err_set(e, EINVAL, "values larger than %u are not supported", max);
	*ret = (uint32_t)v;
	return 0;
}

static int parse_range(char *text, uint32_t max, struct range *ret, struct err *e)
{
	char *dash = strchr(text, '-');

	if (!dash) {
		int r = parse_number(text, max, &ret->from, e);

		ret->to = ret->from;
		return r;
	}
	*dash = '\0';
	int r = parse_number(text, max, &ret->from, e);
	if (r == 0)
		r = parse_number(dash + 1, max, &ret->to, e);
	if (r < 0)
		return r;
	if (ret->from > ret->to)
		return err_set(e, EINVAL, "invalid range: %s-%s", text, dash + 1);
	return 0;
}

/* Cuts the next element off, without the blanks around it; NULL at the end. */
static char *next_element(char **rest)
{
	char *s = strsep(rest, ",");

	if (!s)
		return NULL;
	s += strspn(s, " \t\n");
	for (size_t len = strlen(s); len > 0 && strchr(" \t\n", s[len - 1]); len--)
		s[len - 1] = '\0';
	return s;
}

/* The first pass finds how long the mask is. */
static int highest(const char *text, uint32_t max, uint32_t *ret, struct err *e)
{
	autofree char *copy = mem_strdup(text);
	char *rest = copy;
	bool any = false;

	*ret = 0;
	for (char *s; (s = next_element(&rest));) {
		struct range range = { 0 };

		if (!*s)
			continue;
		int r = parse_range(s, max, &range, e);
		if (r < 0)
			return r;
		any = true;
		if (range.to > *ret)
			*ret = range.to;
	}
	return any ? 0 : err_set(e, EINVAL, "no members found in set \"%s\"", text);
}

/* Starts and ends of ranges, counted where they are: work that does not grow with their length. */
static int count_ends(const char *text, uint32_t max, int32_t *ends, struct err *e)
{
	autofree char *copy = mem_strdup(text);
	char *rest = copy;

	for (char *s; (s = next_element(&rest));) {
		struct range range = { 0 };

		if (!*s)
			continue;
		int r = parse_range(s, max, &range, e);
		if (r < 0)
			return r;
		ends[range.from]++;
		ends[range.to + 1]--;
	}
	return 0;
}

int plan_numbers_parse(struct arena *a, const char *text, uint32_t max, struct plan_numbers *ret,
		       struct err *e)
{
	uint32_t last;
	int32_t open = 0;

	int r = highest(text, max, &last, e);
	if (r < 0)
		return r;
	autofree int32_t *ends = mem_new((size_t)last + 2, sizeof(*ends));
	r = count_ends(text, max, ends, e);
	if (r < 0)
		return r;
	unsigned long *v = arena_array(a, last / WORD_BITS + 1, unsigned long);
	*ret = (struct plan_numbers){ .v = v, .n_bits = (last / WORD_BITS + 1) * WORD_BITS };
	for (uint32_t i = 0; i <= last; i++) {
		open += ends[i];
		if (open == 0)
			continue;
		v[i / WORD_BITS] |= 1UL << (i % WORD_BITS);
		ret->count++;
	}
	return 0;
}

void plan_numbers_print(const struct plan_numbers *n, struct strbuf *out)
{
	const char *separator = "";

	for (size_t i = 0; i < n->n_bits; i++) {
		size_t from = i;

		if (!number_is_set(n, i))
			continue;
		while (i + 1 < n->n_bits && number_is_set(n, i + 1))
			i++;
		strbuf_addf(out, "%s%zu", separator, from);
		if (i > from)
			strbuf_addf(out, "-%zu", i);
		separator = ",";
	}
}
