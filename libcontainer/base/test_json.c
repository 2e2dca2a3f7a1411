/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/utf8.h"

static void assert_refused(const char *text, size_t n, const char *error)
{
	autodone(json_doc) struct json_doc doc = JSON_DOC_INIT;
	struct err e = { 0 };

	if (json_parse("f", text, n, &doc, &e) == 0)
		fail_msg("accepted: %s", text);
	assert_int_equal(e.code, EINVAL);
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_string_equal(e.text, error);
}

static void assert_parses(const struct strbuf *text, struct json_doc *doc)
{
	struct err e = { 0 };

	if (json_parse("f", strbuf_str(text), text->len, doc, &e) < 0)
		fail_msg("%s", e.text);
}

struct bad {
	const char *text, *error;
};

static void check_all(const struct bad *bad, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_refused(bad[i].text, strlen(bad[i].text), bad[i].error);
}

static void refuses_what_is_not_json(void **state)
{
	static const struct bad bad[] = {
		{ "", "f:1:1: unexpected end of JSON input (unexpected EOF)" },
		{ " \n ", "f:2:2: unexpected end of JSON input (unexpected EOF)" },
		{ "{", "f:1:2: unexpected end of JSON input (unexpected EOF)" },
		{ "[1", "f:1:3: unexpected end of JSON input (unexpected EOF)" },
		{ "[1,", "f:1:4: unexpected end of JSON input (unexpected EOF)" },
		{ "{\"a\"", "f:1:5: unexpected end of JSON input (unexpected EOF)" },
		{ "{\"a\":", "f:1:6: unexpected end of JSON input (unexpected EOF)" },
		{ "{\"a\":1", "f:1:7: unexpected end of JSON input (unexpected EOF)" },
		{ "{\"a\":1,", "f:1:8: unexpected end of JSON input (unexpected EOF)" },
		{ "}", "f:1:1: invalid character '}' looking for beginning of value" },
		{ "nul", "f:1:4: unexpected end of JSON input (unexpected EOF)" },
		{ "nulx", "f:1:4: invalid character 'x' in literal null (expecting 'l')" },
		{ "tRue", "f:1:2: invalid character 'R' in literal true (expecting 'r')" },
		{ "fals ", "f:1:5: invalid character ' ' in literal false (expecting 'e')" },
		{ "True", "f:1:1: invalid character 'T' looking for beginning of value" },
		{ "NaN", "f:1:1: invalid character 'N' looking for beginning of value" },
		{ "'a'", "f:1:1: invalid character '\\'' looking for beginning of value" },
		{ "\xc3\xa9",
		  "f:1:1: invalid character '\xc3\xa9' looking for beginning of value" },
		{ "[1}", "f:1:3: invalid character '}' after array element" },
		{ "[1 2]", "f:1:4: invalid character '2' after array element" },
		{ "[\"a\"b]", "f:1:5: invalid character 'b' after array element" },
		{ "[1,]", "f:1:4: invalid character ']' looking for beginning of value" },
		{ "[,1]", "f:1:2: invalid character ',' looking for beginning of value" },
		{ "{\"a\":1]", "f:1:7: invalid character ']' after object key:value pair" },
		{ "{\"a\":1,}",
		  "f:1:8: invalid character '}' looking for beginning of object key string" },
		{ "{\"a\":}", "f:1:6: invalid character '}' looking for beginning of value" },
		{ "{\"a\" 1}", "f:1:6: invalid character '1' after object key" },
		{ "{\"a\" \"b\"}", "f:1:6: invalid character '\"' after object key" },
		{ "{1:2}",
		  "f:1:2: invalid character '1' looking for beginning of object key string" },
		{ "{a:2}",
		  "f:1:2: invalid character 'a' looking for beginning of object key string" },
		{ "{bad",
		  "f:1:2: invalid character 'b' looking for beginning of object key string" },
		{ "{\"a\":1,\"b\" 2}", "f:1:12: invalid character '2' after object key" },
		{ "{\"a\":{\"b\":[1,{\"c\":nope}]}}",
		  "f:1:20: a.b[1]: invalid character 'o' in literal null (expecting 'u')" },
	};

	(void)state;
	check_all(bad, ARRAY_SIZE(bad));
}

static void refuses_comments(void **state)
{
	static const struct bad bad[] = {
		{ "// c\n{}",
		  "f:1:1: invalid character '/' looking for beginning of value (comments are not allowed)" },
		{ "{/* c */}",
		  "f:1:2: invalid character '/' looking for beginning of object key string (comments are not allowed)" },
		{ "[1, // one\n 2]",
		  "f:1:5: invalid character '/' looking for beginning of value (comments are not allowed)" },
		{ "{} /* c */",
		  "f:1:4: invalid character '/' after top-level value (comments are not allowed)" },
		{ "[1/2]", "f:1:3: invalid character '/' after array element" },
		{ "[1 # one\n]", "f:1:4: invalid character '#' after array element" },
	};

	(void)state;
	check_all(bad, ARRAY_SIZE(bad));
}

static void refuses_bytes_after_the_document(void **state)
{
	static const struct bad bad[] = {
		{ "{} x", "f:1:4: invalid character 'x' after top-level value" },
		{ "{}{}", "f:1:3: invalid character '{' after top-level value" },
		{ "{}\n[]", "f:2:1: invalid character '[' after top-level value" },
		{ "1 2", "f:1:3: invalid character '2' after top-level value" },
		{ "[]]", "f:1:3: invalid character ']' after top-level value" },
		/* yajl waits for more of these tokens, and then calls the document good. */
		{ "{} 12", "f:1:4: invalid character '1' after top-level value" },
		{ "{}\"abc", "f:1:3: invalid character '\"' after top-level value" },
		{ "{} tru", "f:1:4: invalid character 't' after top-level value" },
	};

	(void)state;
	check_all(bad, ARRAY_SIZE(bad));
	assert_refused("{}\0", 3, "f:1:3: invalid character '\\x00' after top-level value");
}

static void refuses_malformed_numbers(void **state)
{
	static const struct bad bad[] = {
		{ "01", "f:1:2: invalid character '1' after top-level value" },
		{ "[-01]", "f:1:4: invalid character '1' after array element" },
		{ "-", "f:1:2: unexpected end of JSON input (unexpected EOF)" },
		{ "[-]", "f:1:3: invalid character ']' in numeric literal" },
		{ "[1.]", "f:1:4: invalid character ']' after decimal point in numeric literal" },
		{ "[1.e5]", "f:1:4: invalid character 'e' after decimal point in numeric literal" },
		{ "[1e]", "f:1:4: invalid character ']' in exponent of numeric literal" },
		{ "[1e+]", "f:1:5: invalid character ']' in exponent of numeric literal" },
		{ "[0x10]", "f:1:3: invalid character 'x' after array element" },
		{ "[12abc]", "f:1:4: invalid character 'a' after array element" },
		{ "{\"a\":01}", "f:1:7: invalid character '1' after object key:value pair" },
		{ "[.5]", "f:1:2: invalid character '.' looking for beginning of value" },
		{ "[+5]", "f:1:2: invalid character '+' looking for beginning of value" },
	};

	(void)state;
	check_all(bad, ARRAY_SIZE(bad));
}

static void refuses_bad_strings(void **state)
{
	static const struct bad bad[] = {
		{ "[\"a", "f:1:4: unexpected end of JSON input (unexpected EOF)" },
		{ "[\"a\\", "f:1:5: unexpected end of JSON input (unexpected EOF)" },
		{ "[\"a\\\"", "f:1:6: unexpected end of JSON input (unexpected EOF)" },
		{ "[\"a\nb\"]", "f:1:4: invalid character '\\n' in string literal" },
		{ "[\"a\tb\"]", "f:1:4: invalid character '\\t' in string literal" },
		{ "{\"a\x01\":1}", "f:1:4: invalid character '\\x01' in string literal" },
		{ "[\"\\q\"]", "f:1:4: invalid character 'q' in string escape code" },
		{ "[\"\\\xc3\xa9\"]", "f:1:4: invalid character '\xc3\xa9' in string escape code" },
		{ "[\"\\\x01\"]", "f:1:4: invalid character '\\x01' in string escape code" },
		{ "[\"\\u12g4\"]",
		  "f:1:7: invalid character 'g' in \\u hexadecimal character escape" },
		{ "[\"\\u12\"]",
		  "f:1:7: invalid character '\"' in \\u hexadecimal character escape" },
		{ "{\"k\":\"\\u0000\"}", "f:1:7: k: U+0000 in a string" },
		{ "{\"a\":{\"\\u0000\":1}}", "f:1:8: a: U+0000 in a string" },
		{ "[\"\\ud800\"]", "f:1:3: [0]: half of a surrogate pair in a string" },
		{ "[\"\\ud800x\"]", "f:1:3: [0]: half of a surrogate pair in a string" },
		{ "[\"\\ud800\\n\"]", "f:1:3: [0]: half of a surrogate pair in a string" },
		{ "[\"ab\\udc00\"]", "f:1:5: [0]: half of a surrogate pair in a string" },
		{ "[\"\\ud800\\ud800\"]", "f:1:3: [0]: half of a surrogate pair in a string" },
		{ "[\"\\uDBFF\\u0041\"]", "f:1:3: [0]: half of a surrogate pair in a string" },
		{ "[\"\\ud83d\\ude00\\ude00\"]",
		  "f:1:15: [0]: half of a surrogate pair in a string" },
	};

	(void)state;
	check_all(bad, ARRAY_SIZE(bad));
	assert_refused("[\"a\0b\"]", 7, "f:1:4: invalid character '\\x00' in string literal");
}

static void refuses_bad_utf8(void **state)
{
	static const struct bad bad[] = {
		{ "[\"\xff\"]", "f:1:3: byte 0xff is not valid UTF-8" },
		{ "[\"\x80\"]", "f:1:3: byte 0x80 is not valid UTF-8" },
		{ "[\"\xc3\"]", "f:1:3: byte 0xc3 is not valid UTF-8" },
		{ "[\"\xc0\xaf\"]", "f:1:3: byte 0xc0 is not valid UTF-8" },
		{ "[\"\xe0\x80\xaf\"]", "f:1:3: byte 0xe0 is not valid UTF-8" },
		{ "[\"\xf0\x80\x80\xaf\"]", "f:1:3: byte 0xf0 is not valid UTF-8" },
		{ "[\"\xed\xa0\x80\"]", "f:1:3: byte 0xed is not valid UTF-8" },
		{ "[\"\xed\xbf\xbf\"]", "f:1:3: byte 0xed is not valid UTF-8" },
		{ "[\"\xf4\x90\x80\x80\"]", "f:1:3: byte 0xf4 is not valid UTF-8" },
		{ "[\"\xf5\x80\x80\x80\"]", "f:1:3: byte 0xf5 is not valid UTF-8" },
		{ "[\"\xe2\x82", "f:1:3: byte 0xe2 is not valid UTF-8" },
		{ "{\"\xc3\xa9\":\r\n\"\xe2\x82\xac\xff\"}",
		  "f:2:3: byte 0xff is not valid UTF-8" },
		{ "\xef\xbb\xbf{}", "f:1:1: byte order mark before the document" },
	};

	(void)state;
	check_all(bad, ARRAY_SIZE(bad));
}

/* yajl skips these two as if they were blanks. */
static void refuses_white_space_of_other_languages(void **state)
{
	static const struct bad bad[] = {
		{ "{\f}",
		  "f:1:2: invalid character '\\f' looking for beginning of object key string" },
		{ "[\v1]", "f:1:2: invalid character '\\v' looking for beginning of value" },
		{ "{\"a\":\f1}", "f:1:6: invalid character '\\f' looking for beginning of value" },
		{ "{}\f", "f:1:3: invalid character '\\f' after top-level value" },
		{ "{\"a\":1\v}", "f:1:7: invalid character '\\v' after object key:value pair" },
		{ "[1\xc2\xa0]", "f:1:3: invalid character '\xc2\xa0' after array element" },
	};

	(void)state;
	check_all(bad, ARRAY_SIZE(bad));
	assert_refused(
		"{\0}", 3,
		"f:1:2: invalid character '\\x00' looking for beginning of object key string");
}

static void refuses_duplicate_keys(void **state)
{
	static const struct bad bad[] = {
		{ "{\"a\":1,\"b\":2,\n\"a\":3}",
		  "f:2:1: a: duplicate key, the first is in line 1" },
		{ "{\"x\":{\"k\":1, \"k\":1}}",
		  "f:1:14: x.k: duplicate key, the first is in line 1" },
		{ "{\"k\":1,\"\\u006b\":1}", "f:1:8: k: duplicate key, the first is in line 1" },
		{ "{\"\":1,\"\":1}", "f:1:7: [\"\"]: duplicate key, the first is in line 1" },
		{ "{\"a\":1,\"a\":1,\"a\":1}", "f:1:8: a: duplicate key, the first is in line 1" },
	};

	(void)state;
	check_all(bad, ARRAY_SIZE(bad));
}

/* Enough keys for the other way of searching; the earliest repetition is the one reported. */
static void refuses_duplicates_among_many_keys(void **state)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;

	(void)state;
	strbuf_adds(&text, "{");
	for (int i = 0; i < 1000; i++)
		strbuf_addf(&text, "\"k%d\":%d,\n", i, i);
	strbuf_adds(&text, "\"k900\":1,\n\"k7\":1,\n\"k900\":1}");
	assert_refused(strbuf_str(&text), text.len,
		       "f:1001:1: k900: duplicate key, the first is in line 901");
}

static void keeps_equal_keys_of_different_objects(void **state)
{
	autodone(json_doc) struct json_doc doc = JSON_DOC_INIT;
	static const char text[] = "[{\"a\":1},{\"a\":{\"a\":2}}]";
	struct err e = { 0 };

	(void)state;
	assert_int_equal(json_parse("f", text, strlen(text), &doc, &e), 0);
}

static void repeat(struct strbuf *out, const char *s, size_t times)
{
	for (size_t i = 0; i < times; i++)
		strbuf_adds(out, s);
}

static void refuses_what_is_too_deep(void **state)
{
	autodone(strbuf) struct strbuf good = STRBUF_INIT;
	autodone(strbuf) struct strbuf bad = STRBUF_INIT;
	autodone(json_doc) struct json_doc doc = JSON_DOC_INIT;

	(void)state;
	repeat(&good, "[", JSON_DEPTH_MAX);
	repeat(&good, "]", JSON_DEPTH_MAX);
	assert_parses(&good, &doc);
	repeat(&bad, "[", JSON_DEPTH_MAX + 1);
	assert_refused(strbuf_str(&bad), bad.len, "f:1:65: nested deeper than 64 levels");
	strbuf_done(&bad);
	repeat(&bad, "{\"a\":", 1000000);
	assert_refused(strbuf_str(&bad), bad.len, "f:1:321: nested deeper than 64 levels");
}

static void refuses_what_is_too_long(void **state)
{
	autodone(strbuf) struct strbuf x = STRBUF_INIT;
	autodone(strbuf) struct strbuf text = STRBUF_INIT;
	autodone(json_doc) struct json_doc doc = JSON_DOC_INIT;

	(void)state;
	repeat(&x, "x", JSON_STRING_MAX);
	strbuf_addf(&text, "{\"a\":\"%s\"}", strbuf_str(&x));
	assert_parses(&text, &doc);
	assert_int_equal(strlen(json_get(doc.root, "a")->text), JSON_STRING_MAX);

	strbuf_done(&text);
	strbuf_addf(&text, "{\"a\":\"%sx\"}", strbuf_str(&x));
	assert_refused(strbuf_str(&text), text.len,
		       "f:1:6: a: string of 1048577 bytes, at most 1048576 are read");
	strbuf_done(&text);
	strbuf_addf(&text, "{\"%sx\":1}", strbuf_str(&x));
	assert_refused(strbuf_str(&text), text.len,
		       "f:1:2: key of 1048577 bytes, at most 1048576 are read");
	strbuf_done(&text);
	repeat(&text, "1", JSON_STRING_MAX + 1);
	assert_refused(strbuf_str(&text), text.len,
		       "f:1:1: number of 1048577 bytes, at most 1048576 are read");
	strbuf_done(&text);
	strbuf_adds(&text, "[]");
	repeat(&text, " ", JSON_DOCUMENT_MAX - 1);
	assert_refused(strbuf_str(&text), text.len,
		       "f:1:1: document of 16777217 bytes, at most 16777216 are read");
}

static void builds_the_tree(void **state)
{
	static const char text[] =
		"{\"n\":null,\"t\":true,\"f\":false,\"i\":-12,\"e\":1.5E+3,\n"
		"\"s\":\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\",\"l\":[],"
		"\"o\":{\"k\":[10,\"x\"]}}";
	autodone(json_doc) struct json_doc doc = JSON_DOC_INIT;
	const struct json *list;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(json_parse("f", text, strlen(text), &doc, &e), 0);
	assert_string_equal(doc.file, "f");
	assert_int_equal(doc.root->type, JSON_OBJECT);
	assert_null(doc.root->parent);
	assert_int_equal(doc.root->list.n, 8);
	assert_int_equal(json_get(doc.root, "n")->type, JSON_NULL);
	assert_true(json_get(doc.root, "t")->boolean);
	assert_false(json_get(doc.root, "f")->boolean);
	assert_string_equal(json_get(doc.root, "i")->text, "-12");
	assert_string_equal(json_get(doc.root, "e")->text, "1.5E+3");
	assert_string_equal(json_get(doc.root, "s")->text,
			    "a\"\\/\b\f\n\r\t\xc3\xa9\xf0\x9f\x98\x80");
	assert_int_equal(json_get(doc.root, "l")->list.n, 0);
	list = json_get(json_get(doc.root, "o"), "k");
	assert_int_equal(list->list.n, 2);
	assert_string_equal(list->list.items[0]->text, "10");
	assert_int_equal(list->list.items[1]->index, 1);
	assert_ptr_equal(list->list.items[1]->parent, list);
	assert_null(json_get(doc.root, "nope"));
	assert_null(json_get(list, "k"));
	assert_null(json_get(NULL, "k"));
}

static void reads_numbers_of_any_size_as_text(void **state)
{
	static const char *const numbers[] = {
		"0",
		"9",
		"-0",
		"18446744073709551615",
		"-9223372036854775808",
		"123456789012345678901234567890",
		"1e999",
		"0.1e-5",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		autodone(json_doc) struct json_doc doc = JSON_DOC_INIT;
		struct err e = { 0 };

		assert_int_equal(json_parse("f", numbers[i], strlen(numbers[i]), &doc, &e), 0);
		assert_int_equal(doc.root->type, JSON_NUMBER);
		assert_string_equal(doc.root->text, numbers[i]);
		assert_int_equal(doc.root->column, 1);
	}
}

static void knows_where_each_value_stood(void **state)
{
	static const char text[] =
		"\r\n{ \"\xc3\xa9\" : 1 ,\r\n\t\"\xf0\x9f\x98\x80\":\"\xe2\x82\xac\", \"b\":[\n 2,\n\n{}]\n, \"c\": null }";
	autodone(json_doc) struct json_doc doc = JSON_DOC_INIT;
	const struct json *v;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(json_parse("f", text, strlen(text), &doc, &e), 0);
	v = doc.root;
	assert_int_equal(v->line * 100 + v->column, 201);
	v = json_get(doc.root, "\xc3\xa9");
	assert_int_equal(v->line * 100 + v->column, 209);
	v = json_get(doc.root, "\xf0\x9f\x98\x80");
	assert_int_equal(v->line * 100 + v->column, 306);
	v = json_get(doc.root, "b");
	assert_int_equal(v->line * 100 + v->column, 315);
	assert_int_equal(v->list.items[0]->line * 100 + v->list.items[0]->column, 402);
	assert_int_equal(v->list.items[1]->line * 100 + v->list.items[1]->column, 601);
	v = json_get(doc.root, "c");
	assert_int_equal(v->line * 100 + v->column, 708);
}

static void errors_name_position_and_path(void **state)
{
	static const char text[] =
		"{\"linux\":{\"devices\":[{},{\"allow\":\"1g\"}],\"a.b\":[[7]]}}";
	autodone(json_doc) struct json_doc doc = JSON_DOC_INIT;
	const struct json *devices, *odd;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(json_parse("config.json", text, strlen(text), &doc, &e), 0);
	devices = json_get(json_get(doc.root, "linux"), "devices");
	assert_int_equal(json_err(&doc, json_get(devices->list.items[1], "allow"), &e, "no %d", 5),
			 -EINVAL);
	assert_string_equal(e.text, "config.json:1:34: linux.devices[1].allow: no 5");
	assert_int_equal(e.kind, ERR_CONFIG);
	odd = json_get(json_get(doc.root, "linux"), "a.b")->list.items[0]->list.items[0];
	(void)json_err(&doc, odd, &e, "x");
	assert_string_equal(e.text, "config.json:1:49: linux[\"a.b\"][0][0]: x");
	(void)json_err(&doc, doc.root, &e, "x");
	assert_string_equal(e.text, "config.json:1:1: x");
}

/* However long the keys are, the end of the message is there, and it is valid UTF-8. */
static void a_long_path_leaves_room_for_the_error(void **state)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;
	autodone(json_doc) struct json_doc doc = JSON_DOC_INIT;
	struct err e = { 0 };

	(void)state;
	for (int i = 0; i < 60; i++) {
		strbuf_adds(&text, "{\"");
		repeat(&text, "\x7f\xf4\x88\xb3\xbf", 40);
		strbuf_adds(&text, "\":");
	}
	strbuf_adds(&text, "nope");
	assert_int_equal(json_parse("f", strbuf_str(&text), text.len, &doc, &e), -EINVAL);
	assert_non_null(strstr(e.text, "...: invalid character 'o' in literal null"));
	assert_true(strlen(e.text) < 1100);
	for (const char *s = e.text; *s; s += utf8_len(s, strlen(s)))
		assert_true(utf8_len(s, strlen(s)) > 0);
}

static void describes_values(void **state)
{
	static const char text[] =
		"[null,true,false,1.50,\"1g\",\"a\\nb\",[1],{},"
		"\"012345678901234567890123456789012345678901234567890123456789x\"]";
	static const char *const words[] = {
		"null",
		"true",
		"false",
		"the number 1.50",
		"the string \"1g\"",
		"the string \"a\\nb\"",
		"an array",
		"an object",
		"the string \"012345678901234567890123456789012345678901234567890123456789...\"",
	};
	autodone(json_doc) struct json_doc doc = JSON_DOC_INIT;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(json_parse("f", text, strlen(text), &doc, &e), 0);
	assert_int_equal(doc.root->list.n, ARRAY_SIZE(words));
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		autodone(strbuf) struct strbuf out = STRBUF_INIT;

		json_describe(doc.root->list.items[i], &out);
		assert_string_equal(strbuf_str(&out), words[i]);
	}
}

static double cpu_seconds(void)
{
	return (double)clock() / CLOCKS_PER_SEC;
}

/* Quadratic, either document would take minutes; the limit leaves room for sanitizers. */
static void big_documents_take_linear_time(void **state)
{
	autodone(strbuf) struct strbuf keys = STRBUF_INIT;
	autodone(strbuf) struct strbuf items = STRBUF_INIT;
	autodone(json_doc) struct json_doc a = JSON_DOC_INIT;
	autodone(json_doc) struct json_doc b = JSON_DOC_INIT;
	double start = cpu_seconds();

	(void)state;
	strbuf_adds(&keys, "{\"first\":0");
	for (int i = 0; i < 300000; i++)
		strbuf_addf(&keys, ",\n\"some-longer-key-%d\":\"value\"", i);
	strbuf_adds(&keys, "}");
	assert_parses(&keys, &a);
	assert_int_equal(a.root->list.n, 300001);

	strbuf_adds(&items, "[\"\"");
	for (int i = 0; i < 500000; i++)
		strbuf_adds(&items, ",\"NAME=\\u0041value\"");
	strbuf_adds(&items, "]");
	assert_parses(&items, &b);
	assert_int_equal(b.root->list.n, 500001);
	assert_true(cpu_seconds() - start < 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_is_not_json),
		cmocka_unit_test(refuses_comments),
		cmocka_unit_test(refuses_bytes_after_the_document),
		cmocka_unit_test(refuses_malformed_numbers),
		cmocka_unit_test(refuses_bad_strings),
		cmocka_unit_test(refuses_bad_utf8),
		cmocka_unit_test(refuses_white_space_of_other_languages),
		cmocka_unit_test(refuses_duplicate_keys),
		cmocka_unit_test(refuses_duplicates_among_many_keys),
		cmocka_unit_test(keeps_equal_keys_of_different_objects),
		cmocka_unit_test(refuses_what_is_too_deep),
		cmocka_unit_test(refuses_what_is_too_long),
		cmocka_unit_test(builds_the_tree),
		cmocka_unit_test(reads_numbers_of_any_size_as_text),
		cmocka_unit_test(knows_where_each_value_stood),
		cmocka_unit_test(errors_name_position_and_path),
		cmocka_unit_test(a_long_path_leaves_room_for_the_error),
		cmocka_unit_test(describes_values),
		cmocka_unit_test(big_documents_take_linear_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
