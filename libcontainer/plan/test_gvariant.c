/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "plan/gvariant.h"

static void reads(const char *text, const char *signature, const char *value)
{
	autodone(arena) struct arena a = ARENA_INIT;
	autodone(strbuf) struct strbuf s = STRBUF_INIT, v = STRBUF_INIT;
	struct gvar g = { 0 };
	struct err e = { 0 };

	if (gvar_parse(text, &a, &g, &e) < 0)
		fail_msg("%s: %s", text, e.text);
	gvar_signature(&g, &s);
	gvar_print(&g, &v);
	assert_string_equal(strbuf_str(&s), signature);
	assert_string_equal(strbuf_str(&v), value);
}

static void refuses(const char *text, const char *why)
{
	autodone(arena) struct arena a = ARENA_INIT;
	struct gvar g = { 0 };
	struct err e = { 0 };

	assert_int_equal(gvar_parse(text, &a, &g, &e), -EINVAL);
	assert_string_equal(e.text, why);
}

static void plain_values(void **state)
{
	(void)state;
	reads("true", "b", "true");
	reads(" false ", "b", "false");
	reads("5", "i", "5");
	reads("-5", "i", "-5");
	reads("5000000000", "x", "5000000000");
	reads("1.5", "d", "1.5");
	reads("1e3", "d", "1000");
	reads("'a b'", "s", "'a b'");
	reads("\"a'b\"", "s", "'a'b'");
	reads("'it\\'s\\n'", "s", "'it's\n'");
	reads("''", "s", "''");
}

static void typed_values(void **state)
{
	(void)state;
	reads("uint64 18446744073709551615", "t", "18446744073709551615");
	reads("byte 0xff", "y", "255");
	reads("int16 -32768", "n", "-32768");
	reads("uint16 65535", "q", "65535");
	reads("uint32 1", "u", "1");
	reads("int64 1", "x", "1");
	reads("double 1", "d", "1");
	reads("boolean true", "b", "true");
	reads("objectpath '/a/b_1'", "o", "'/a/b_1'");
	reads("signature 'a(su)'", "g", "'a(su)'");
	reads("@t 5", "t", "5");
}

static void containers(void **state)
{
	(void)state;
	reads("['a', 'b']", "as", "['a', 'b']");
	reads("[uint32 1, 2]", "au", "[1, 2]");
	reads("@as []", "as", "[]");
	reads("@a(st) [('io', 5)]", "a(st)", "[('io', 5)]");
	reads("('x', true, [1])", "(sbai)", "('x', true, [1])");
	reads("[[1], [2, 3]]", "aai", "[[1], [2, 3]]");
}

static void wrong_text(void **state)
{
	(void)state;
	refuses("", "column 1: a value is missing");
	refuses("5 6", "column 3: something follows the value");
	refuses("'a", "column 3: the string has no end");
	refuses("word", "column 1: neither a value nor a type");
	refuses("uint64", "column 7: a value is missing");
	refuses("{'a': 1}", "column 1: a value is missing");
	refuses("[1, 'a']", "column 6: a string where another type is wanted");
	refuses("[1", "column 3: \",\" or \"]\" is missing");
	refuses("[]", "column 3: the type of an empty array is not known; write it before: @as []");
	refuses("()", "column 3: the structure has too few members");
	refuses("@(ss) ('a',)", "column 12: a value is missing");
	refuses("@q [1]", "column 5: an array where another type is wanted");
	refuses("@a{sv} []", "column 2: not a signature of one supported type");
	refuses("--", "column 1: not a number");
	refuses("1x", "column 1: not a number");
}

static void out_of_range(void **state)
{
	static const char fits[] = "the number does not fit its type";
	static const char *const texts[] = { "byte 256",
					     "byte -1",
					     "uint16 65536",
					     "uint32 -1",
					     "int16 32768",
					     "int32 2147483648",
					     "uint64 18446744073709551616" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		autodone(arena) struct arena a = ARENA_INIT;
		struct gvar g = { 0 };
		struct err e = { 0 };

		assert_int_equal(gvar_parse(texts[i], &a, &g, &e), -EINVAL);
		assert_non_null(strstr(e.text, fits));
	}
	refuses("uint32 1.5", "column 8: a fraction where a whole number is wanted");
	refuses("objectpath 'a'", "column 15: not the path of an object");
	refuses("objectpath '/a//b'", "column 19: not the path of an object");
	refuses("signature '('", "column 14: not a signature");
}

static void depth_is_bounded(void **state)
{
	char deep[4096];

	(void)state;
	memset(deep, '[', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	refuses(deep, "column 17: too deep");
	memset(deep, '(', sizeof(deep) - 1);
	refuses(deep, "column 17: too deep");
	memset(deep, 'a', sizeof(deep) - 1);
	deep[0] = '@';
	refuses(deep, "column 2: not a signature of one supported type");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_values), cmocka_unit_test(typed_values),
		cmocka_unit_test(containers),	cmocka_unit_test(wrong_text),
		cmocka_unit_test(out_of_range), cmocka_unit_test(depth_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
