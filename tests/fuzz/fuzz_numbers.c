/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Any text as a number, size, duration, signal, list of CPUs or boolean: what is accepted is what a
 * slow reading of the same text says, and what is printed of it reads the same again.
 */

#include <errno.h>
#include <inttypes.h>

#include "cgroups/stats.h"
#include "cmd/limits.h"
#include "cmd/options.h"
#include "cmd/signals.h"
#include "fuzz.h"
#include "plan/exec.h"
#include "plan/numbers.h"

/* Digits alone. Return: 0 with the number, -EINVAL, -ERANGE. */
static int slow_number(const char *s, uint64_t *ret)
{
	unsigned __int128 v = 0;
	bool too_big = false;

	if (!*s || strspn(s, "0123456789") != strlen(s))
		return -EINVAL;
	for (; *s; s++) {
		v = v * 10 + (unsigned int)(*s - '0');
		too_big = too_big || v > UINT64_MAX;
		if (too_big)
			v = 0;
	}
	*ret = (uint64_t)v;
	return too_big ? -ERANGE : 0;
}

static void check_integers(const char *text)
{
	uint64_t want = 0, got = 0;
	uint32_t small = 7;
	int64_t i = 0;
	int r = slow_number(text, &want);

	require(str_to_u64(text, UINT64_MAX, &got) == r && (r < 0 || got == want));
	int r32 = str_to_u32(text, &small);
	require(r32 == (r == 0 && want > UINT32_MAX ? -ERANGE : r));
	require(small == (r32 == 0 ? want : 7));

	bool negative = *text == '-';
	r = slow_number(text + negative, &want);
	if (r == 0 && want > (uint64_t)INT64_MAX + negative)
		r = -ERANGE;
	require(str_to_i64(text, &i) == r);
	require(r < 0 || (uint64_t)i == (negative ? -want : want));
}

/* In units of 1 of @unit, the fraction cut off; -1 when it does not fit. */
static int64_t slow_scaled(const char *s, size_t n, uint64_t unit)
{
	unsigned __int128 whole = 0, fraction = 0;
	uint64_t ten = 1;
	size_t i = 0;

	for (; i < n && s[i] != '.'; i++) {
		whole = whole * 10 + (unsigned int)(s[i] - '0');
		if (whole > INT64_MAX)
			return -1;
	}
	for (i++; i < n && ten < 1000000000000000ULL; i++, ten *= 10)
		fraction = fraction * 10 + (unsigned int)(s[i] - '0');
	whole = whole * unit + fraction * unit / ten;
	return whole > INT64_MAX ? -1 : (int64_t)whole;
}

static void check_size(const char *text)
{
	static const char units[] = "bkmgtp";
	size_t n = strspn(text, "0123456789.");
	struct err e = { 0 };
	int64_t size = -2;

	if (size_parse(text, &size, &e) < 0) {
		require(size == -2 && e.kind == ERR_USAGE && e.text[0]);
		return;
	}
	if (str_eq(text, "-1")) {
		require(size == -1);
		return;
	}
	require(n > 0);
	const char *unit = text + n + (text[n] == ' ');
	const char *found = *unit ? strchr(units, *unit | 0x20) : units;
	require(found);
	require(size == slow_scaled(text, n, 1ULL << (10 * (found - units))));
}

static void check_duration(const char *text)
{
	const char *digits = text + (*text == '-' || *text == '+');
	int64_t ns = 0;
	int r = option_duration_parse(text, &ns);

	require(r == 0 || r == -EINVAL || r == -ERANGE);
	if (r < 0)
		return;
	require(*text == '-' ? ns <= 0 : ns >= 0);
	require(*digits && (*digits == '.' || (*digits >= '0' && *digits <= '9')));
	/* One number and one unit: by the other parser. */
	size_t n = strspn(digits, "0123456789.");
	if (str_eq(digits + n, "s"))
		require(slow_scaled(digits, n, 1000000000) == (ns < 0 ? -ns : ns));
	if (str_eq(digits + n, "ms"))
		require(slow_scaled(digits, n, 1000000) == (ns < 0 ? -ns : ns));
}

static void check_words(const char *text)
{
	struct err e = { 0 };
	int signal = signal_parse(text, &e);
	bool on;

	require(signal >= 0 ? signal <= 64 : e.kind == ERR_USAGE && e.text[0]);
	if (option_bool_parse(text, &on) == 0)
		require(strlen(text) <= 5 && strchr(on ? "1tT" : "0fF", *text));
}

static void check_cpus(const char *text)
{
	autodone(arena) struct arena a = ARENA_INIT;
	autodone(strbuf) struct strbuf first = STRBUF_INIT;
	autodone(strbuf) struct strbuf second = STRBUF_INIT;
	struct plan_numbers numbers = { 0 }, again = { 0 };
	struct plan_cpus cpus = { 0 };
	struct err e = { 0 };

	(void)cg_parse_cpus(text, &a);
	if (plan_cpus_parse(&a, "f", text, &cpus, &e) == 0)
		require(cpus.n >= 8 && cpus.n % 8 == 0);
	if (plan_numbers_parse(&a, text, 8191, &numbers, &e) < 0) {
		require(e.text[0]);
		return;
	}
	plan_numbers_print(&numbers, &first);
	require(plan_numbers_parse(&a, strbuf_str(&first), 8191, &again, &e) == 0);
	plan_numbers_print(&again, &second);
	require(str_eq(strbuf_str(&first), strbuf_str(&second)) && numbers.count == again.count);
	/* The list of CPUs that exec takes is stricter; what both take is the same set. */
	for (size_t i = 0; cpus.mask && i < numbers.n_bits && i < cpus.n * 8; i++) {
		bool here = numbers.v[i / (8 * sizeof(long))] >> (i % (8 * sizeof(long))) & 1;
		bool there = (unsigned int)cpus.mask[i / 8] >> (i % 8) & 1u;

		require(here == there);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autofree char *text = fuzz_text(data, size);

	check_integers(text);
	check_size(text);
	check_duration(text);
	check_words(text);
	check_cpus(text);
	return 0;
}
