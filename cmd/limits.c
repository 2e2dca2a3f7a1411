/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/limits.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"

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

#define FRACTION_DIGITS 15 /* more are below a byte of any unit but "p" */

static int out_of_range(const char *text, struct err *e)
{
	return err_set_kind(e, ERR_USAGE, EINVAL, "invalid size: '%s': value out of range", text);
}

/* "1.5" with unit 1024 is 1536; what is below one byte is dropped. */
static int scale(const char *s, size_t n, uint64_t unit, int64_t *ret)
{
	unsigned __int128 fraction = 0;
	uint64_t whole = 0, ten = 1;
	size_t i = 0;

	for (; i < n && s[i] != '.'; i++)
		if (__builtin_mul_overflow(whole, 10, &whole) ||
		    __builtin_add_overflow(whole, (uint64_t)(s[i] - '0'), &whole))
			return -ERANGE;
	for (size_t k = 0; ++i < n && k < FRACTION_DIGITS; k++, ten *= 10)
		fraction = fraction * 10 + (unsigned int)(s[i] - '0');
	fraction = fraction * unit / ten;
	if (__builtin_mul_overflow(whole, unit, &whole) ||
	    __builtin_add_overflow(whole, (uint64_t)fraction, &whole) || whole > INT64_MAX)
		return -ERANGE;
	*ret = (int64_t)whole;
	return 0;
}

int size_parse(const char *text, int64_t *ret, struct err *e)
{
	size_t n = strspn(text, "0123456789.");
	const char *suffix = text + n + (text[n] == ' ');

	if (str_eq(text, "-1")) {
		*ret = -1;
		return 0;
	}
	if (!is_decimal(text, n))
		return bad_size(text, e);
	int power = suffix_power(suffix);
	if (power < 0)
		return bad_suffix(suffix, e);
	return scale(text, n, 1ULL << (10 * power), ret) < 0 ? out_of_range(text, e) : 0;
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
