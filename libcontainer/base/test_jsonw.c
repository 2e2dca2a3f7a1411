/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/jsonw.h"

static void write_sample(struct strbuf *out, const char *indent)
{
	struct jsonw w;

	jsonw_init(&w, out, indent);
	jsonw_object(&w, NULL);
	jsonw_str(&w, "id", "c1");
	jsonw_i64(&w, "low", INT64_MIN);
	jsonw_u64(&w, "high", UINT64_MAX);
	jsonw_array(&w, "list");
	jsonw_bool(&w, NULL, true);
	jsonw_bool(&w, NULL, false);
	jsonw_null(&w, NULL);
	jsonw_object(&w, NULL);
	jsonw_object_end(&w);
	jsonw_array(&w, NULL);
	jsonw_array_end(&w);
	jsonw_array_end(&w);
	jsonw_raw(&w, "raw", "{\"x\":1}");
	jsonw_object(&w, "o");
	jsonw_str(&w, "none", NULL);
	jsonw_object_end(&w);
	jsonw_object_end(&w);
}

static void writes_on_one_line(void **state)
{
	autodone(strbuf) struct strbuf out = STRBUF_INIT;

	(void)state;
	write_sample(&out, "");
	assert_string_equal(strbuf_str(&out), "{\"id\":\"c1\",\"low\":-9223372036854775808,"
					      "\"high\":18446744073709551615,"
					      "\"list\":[true,false,null,{},[]],\"raw\":{\"x\":1},"
					      "\"o\":{\"none\":null}}");
}

static void writes_indented_as_go_does(void **state)
{
	autodone(strbuf) struct strbuf out = STRBUF_INIT;

	(void)state;
	write_sample(&out, "  ");
	assert_string_equal(strbuf_str(&out), "{\n"
					      "  \"id\": \"c1\",\n"
					      "  \"low\": -9223372036854775808,\n"
					      "  \"high\": 18446744073709551615,\n"
					      "  \"list\": [\n"
					      "    true,\n"
					      "    false,\n"
					      "    null,\n"
					      "    {},\n"
					      "    []\n"
					      "  ],\n"
					      "  \"raw\": {\"x\":1},\n"
					      "  \"o\": {\n"
					      "    \"none\": null\n"
					      "  }\n"
					      "}");
}

static void an_empty_list_stands_alone(void **state)
{
	autodone(strbuf) struct strbuf out = STRBUF_INIT;
	struct jsonw w;

	(void)state;
	jsonw_init(&w, &out, "\t");
	jsonw_array(&w, NULL);
	jsonw_array_end(&w);
	assert_string_equal(strbuf_str(&out), "[]");
}

static void quotes_what_must_not_stand_bare(void **state)
{
	static const struct {
		const char *raw, *quoted;
	} cases[] = {
		{ "", "\"\"" },
		{ "plain /path <&>", "\"plain /path <&>\"" },
		{ "\"\\", "\"\\\"\\\\\"" },
		{ "\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"" },
		{ "\x01\x1f\x7f", "\"\\u0001\\u001f\\u007f\"" },
		{ "\x1b[2J", "\"\\u001b[2J\"" },
		{ "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
		  "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"" },
		{ "a\xff"
		  "b",
		  "\"a\\ufffdb\"" },
		{ "\xc2\x85\xc2\x9b", "\"\\u0085\\u009b\"" },
		{ "\xc2\xa0\xe2\x80\xa7", "\"\xc2\xa0\xe2\x80\xa7\"" },
		{ "a\xe2\x80\xa8\xe2\x80\xa9z", "\"a\\u2028\\u2029z\"" },
		{ "\xc0\xaf", "\"\\ufffd\\ufffd\"" },			    /* overlong '/' */
		{ "\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"" },	    /* half of a pair */
		{ "\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"" }, /* above U+10FFFF */
		{ "\xe2\x82", "\"\\ufffd\\ufffd\"" },			    /* cut short */
		{ "\xc3", "\"\\ufffd\"" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		autodone(strbuf) struct strbuf out = STRBUF_INIT;

		jsonw_quote(&out, cases[i].raw);
		assert_string_equal(strbuf_str(&out), cases[i].quoted);
	}
}

/* Every sequence of two bytes comes back, or as U+FFFD where it is no UTF-8. */
static void what_is_written_can_be_read(void **state)
{
	(void)state;
	for (unsigned int a = 1; a < 256; a++) {
		for (unsigned int b = 1; b < 256; b++) {
			autodone(strbuf) struct strbuf out = STRBUF_INIT;
			autodone(json_doc) struct json_doc doc = JSON_DOC_INIT;
			char s[3] = { (char)a, (char)b, '\0' };
			struct err e = { 0 };

			jsonw_quote(&out, s);
			assert_int_equal(json_parse("x", strbuf_str(&out), out.len, &doc, &e), 0);
			if ((a < 0x80 && b < 0x80) ||
			    (a >= 0xc2 && a < 0xe0 && b >= 0x80 && b < 0xc0))
				assert_string_equal(doc.root->text, s);
			else
				assert_non_null(strstr(doc.root->text, "\xef\xbf\xbd"));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_on_one_line),
		cmocka_unit_test(writes_indented_as_go_does),
		cmocka_unit_test(an_empty_list_stands_alone),
		cmocka_unit_test(quotes_what_must_not_stand_bare),
		cmocka_unit_test(what_is_written_can_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
