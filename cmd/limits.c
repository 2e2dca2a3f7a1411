/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/limits.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"

#define SIZE_LIMIT 9223372036854775808.0 /* 2^63 */

static int bad_suffix(const char *suffix, struct err *e)
{
	return err_set_kind(e, ERR_USAGE, EINVAL, "invalid suffix: '%s'", suffix);
}

static int bad_size(const char *text, struct err *e)
{
	return err_set_kind(e, ERR_USAGE, EINVAL, "invalid size: '%s'", text);
}

/* "", "b", "k", "kb", "kib" and so on, in any case. Return: power of 1024, or -EINVAL. */
static int suffix_power(const char *suffix)
{
	static const char units[] = "kmgtp";
	char low[4] = "";

	if (strlen(suffix) > 3)
		return -EINVAL;
	for (size_t i = 0; suffix[i]; i++)
		low[i] =
			(char)(suffix[i] >= 'A' && suffix[i] <= 'Z' ? suffix[i] | 0x20 : suffix[i]);
	if (!low[0] || str_eq(low, "b"))
		return 0;
	const char *unit = strchr(units, low[0]);
	if (!unit || (low[1] && !str_eq(low + 1, "b") && !str_eq(low + 1, "ib")))
		return -EINVAL;
	return (int)(unit - units) + 1;
}

/* Digits with at most one point among them. */
static bool is_decimal(const char *s, size_t n)
{
	size_t digits = 0, points = 0;

	for (size_t i = 0; i < n; i++) {
		digits += s[i] >= '0' && s[i] <= '9';
		points += s[i] == '.';
	}
	return digits && points <= 1 && digits + points == n;
}

int size_parse(const char *text, int64_t *ret, struct err *e)
{
	size_t n = strspn(text, "0123456789.");
	const char *suffix = text + n + (text[n] == ' ');
	double scale = 1, value = 0;

	if (str_eq(text, "-1")) {
		*ret = -1;
		return 0;
	}
	if (!is_decimal(text, n))
		return bad_size(text, e);
	int power = suffix_power(suffix);
	if (power < 0)
		return bad_suffix(suffix, e);
	for (const char *p = text; p < text + n; p++) {
		if (*p == '.') {
			for (scale = 0.1, p++; p < text + n; p++, scale /= 10)
				value += (*p - '0') * scale;
			break;
		}
		value = value * 10 + (*p - '0');
	}
	uint64_t whole;
	autofree char *copy = strndup(text, n);
	if (copy && str_to_u64(copy, INT64_MAX, &whole) == 0 && power == 0) {
		*ret = (int64_t)whole; /* exact, which a double is not above 2^53 */
		return 0;
	}
	while (power-- > 0)
		value *= 1024;
	if (value >= SIZE_LIMIT)
		return err_set_kind(e, ERR_USAGE, EINVAL, "invalid size: '%s': value out of range",
				    text);
	*ret = (int64_t)value;
	return 0;
}

static int bad_number(const char *name, const char *kind, const char *text, int r, struct err *e)
{
	return err_set_kind(e, ERR_USAGE, EINVAL,
			    "invalid value for %s: strconv.Parse%s: parsing \"%s\": %s", name, kind,
			    text, r == -ERANGE ? "value out of range" : "invalid syntax");
}

static int get_u64(const struct options *o, const char *name, struct opt_u64 *ret, struct err *e)
{
	const char *text = options_text(o, name);

	if (!text)
		return 0;
	int r = str_to_u64(text, UINT64_MAX, &ret->v);
	if (r < 0)
		return bad_number(name, "Uint", text, r, e);
	ret->set = true;
	return 0;
}

static int get_i64(const struct options *o, const char *name, struct opt_i64 *ret, struct err *e)
{
	const char *text = options_text(o, name);

	if (!text)
		return 0;
	int r = str_to_i64(text, &ret->v);
	if (r < 0)
		return bad_number(name, "Int", text, r, e);
	ret->set = true;
	return 0;
}

static int get_size(const struct options *o, const char *name, struct opt_i64 *ret, struct err *e)
{
	const char *text = options_text(o, name);

	if (!text)
		return 0;
	if (size_parse(text, &ret->v, e) < 0)
		return err_ctx(e, "invalid value for %s", name);
	ret->set = true;
	return 0;
}

static int get_cpu(const struct options *o, struct spec_cpu *cpu, struct err *e)
{
	int r = get_u64(o, "cpu-period", &cpu->period, e);

	if (r == 0)
		r = get_i64(o, "cpu-quota", &cpu->quota, e);
	if (r == 0)
		r = get_u64(o, "cpu-burst", &cpu->burst, e);
	if (r == 0)
		r = get_u64(o, "cpu-share", &cpu->shares, e);
	if (r == 0)
		r = get_u64(o, "cpu-rt-period", &cpu->realtime_period, e);
	if (r == 0)
		r = get_i64(o, "cpu-rt-runtime", &cpu->realtime_runtime, e);
	if (r == 0)
		r = get_i64(o, "cpu-idle", &cpu->idle, e);
	cpu->cpus = options_text(o, "cpuset-cpus");
	cpu->mems = options_text(o, "cpuset-mems");
	return r;
}

static int get_memory(const struct options *o, struct spec_memory *m, struct err *e)
{
	int r = get_size(o, "memory", &m->limit, e);

	if (r == 0)
		r = get_size(o, "memory-reservation", &m->reservation, e);
	if (r == 0)
		r = get_size(o, "memory-swap", &m->swap, e);
	return r;
}

int limits_parse(const struct options *o, struct limits *l, struct err *e)
{
	int64_t weight = options_integer(o, "blkio-weight");
	int r = get_cpu(o, &l->cpu, e);

	if (r == 0)
		r = get_memory(o, &l->memory, e);
	if (r < 0)
		return r;
	if (weight < 0 || weight > UINT16_MAX)
		return err_set_kind(e, ERR_USAGE, EINVAL,
				    "invalid value for blkio-weight: %lld is not in 10..1000",
				    (long long)weight);
	l->block_io.weight = (struct opt_u32){ weight > 0, (uint32_t)weight };
	if (options_given(o, "pids-limit"))
		l->res.pids_limit = (struct opt_i64){ true, options_integer(o, "pids-limit") };
	l->res.cpu = &l->cpu;
	l->res.memory = &l->memory;
	l->res.block_io = &l->block_io;
	return 0;
}
