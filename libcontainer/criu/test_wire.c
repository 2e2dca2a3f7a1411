/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "criu/wire.h"

static void assert_bytes(const struct strbuf *b, const char *want, size_t n)
{
	assert_int_equal(b->len, n);
	assert_memory_equal(b->data, want, n);
}

/* The examples of the encoding's own description. */
static void writes_fields(void **state)
{
	struct strbuf b autodone(strbuf) = STRBUF_INIT, in autodone(strbuf) = STRBUF_INIT;

	(void)state;
	wire_int(&b, 1, 150);
	wire_text(&b, 2, "testing");
	assert_bytes(&b, "\x08\x96\x01\x12\x07testing", 12);
	strbuf_done(&b);
	wire_bool(&b, 64, true);
	assert_bytes(&b, "\x80\x04\x01", 3);
	strbuf_done(&b);
	wire_int(&b, 1, -1);
	assert_bytes(&b, "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11);
	strbuf_done(&b);
	wire_int(&in, 1, 150);
	wire_message(&b, 3, &in);
	assert_bytes(&b, "\x1a\x03\x08\x96\x01", 5);
}

static void reads_back_what_it_wrote(void **state)
{
	static const int64_t values[] = {
		0, 1, 127, 128, 300, INT32_MAX, INT64_MAX, -1, INT64_MIN
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		struct strbuf b autodone(strbuf) = STRBUF_INIT;
		struct wire_field f;

		wire_int(&b, 7, values[i]);
		wire_text(&b, 8, "x");
		struct wire_reader r = { (const unsigned char *)b.data, b.len };
		assert_int_equal(wire_next(&r, &f), 1);
		assert_int_equal(f.number, 7);
		assert_false(f.is_bytes);
		assert_int_equal((int64_t)f.value, values[i]);
		assert_int_equal(wire_next(&r, &f), 1);
		assert_true(f.is_bytes);
		assert_int_equal(f.len, 1);
		assert_int_equal(wire_next(&r, &f), 0);
	}
}

static void skips_fixed_sizes(void **state)
{
	static const unsigned char data[] = { 0x0d, 1, 2, 3, 4, 0x11, 1,    2,
					      3,    4, 5, 6, 7, 8,    0x18, 5 };
	struct wire_reader r = { data, sizeof(data) };
	struct wire_field f;

	(void)state;
	assert_int_equal(wire_next(&r, &f), 1);
	assert_int_equal(f.number, 3);
	assert_int_equal(f.value, 5);
}

static void refuses_what_is_no_message(void **state)
{
	static const struct {
		const char *data;
		size_t n;
	} cases[] = {
		{ "\x08", 1 },	   /* no value */
		{ "\x08\x80", 2 }, /* a varint that does not end */
		{ "\x12\x05"
		  "ab",
		  4 }, /* a string longer than what there is */
		{ "\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11 },
		{ "\x0b", 1 },	   /* a group */
		{ "\x0f\x00", 2 }, /* no type of field */
		{ "\x00\x00", 2 }, /* field 0 */
		{ "\x0d\x01", 2 }, /* fixed, cut */
		{ "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 12 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct wire_reader r = { (const unsigned char *)cases[i].data, cases[i].n };
		struct wire_field f;

		assert_int_equal(wire_next(&r, &f), -EBADMSG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_fields),
		cmocka_unit_test(reads_back_what_it_wrote),
		cmocka_unit_test(skips_fixed_sizes),
		cmocka_unit_test(refuses_what_is_no_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
