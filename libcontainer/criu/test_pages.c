/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "criu/pages.h"

#define MAGIC		 "\x19\x43\x56\x54\x25\x40\x08\x56"
#define HEAD		 "\x02\0\0\0\x08\x07" /* pages-7.img */

#define PARSE(text, ret) criu_pagemap_parse(text, sizeof(text) - 1, ret)

static void counts_the_pages_of_all_runs(void **state)
{
	struct pagemap p;

	(void)state;
	assert_int_equal(PARSE(MAGIC HEAD, &p), 0);
	assert_int_equal(p.pages_id, 7);
	assert_int_equal(p.n_pages, 0);
	assert_int_equal(PARSE(MAGIC HEAD "\x08\0\0\0\x08\x80\x20\x10\x05\x20\x04\x68"
					  "\x06\0\0\0\x08\x01\x10\x02\x20\x06",
			       &p),
			 -EBADMSG); /* a field without its value */
	assert_int_equal(PARSE(MAGIC HEAD "\x07\0\0\0\x08\x80\x20\x10\x05\x20\x04"
					  "\x06\0\0\0\x08\x01\x10\x02\x20\x06",
			       &p),
			 0);
	assert_int_equal(p.n_pages, 7);
}

static void what_a_parent_or_a_page_server_has_is_not_counted(void **state)
{
	struct pagemap p;

	(void)state;
	assert_int_equal(PARSE(MAGIC HEAD "\x06\0\0\0\x08\x01\x10\x02\x20\x01"
					  "\x06\0\0\0\x08\x01\x10\x02\x20\x02",
			       &p),
			 0);
	assert_int_equal(p.n_pages, 0);
}

static void images_of_all_versions_are_read(void **state)
{
	struct pagemap p;

	(void)state;
	/* without flags; the last is in a parent */
	assert_int_equal(PARSE(MAGIC HEAD "\x04\0\0\0\x08\x01\x10\x03"
					  "\x06\0\0\0\x08\x01\x10\x03\x18\0"
					  "\x06\0\0\0\x08\x01\x10\x03\x18\x01",
			       &p),
			 0);
	assert_int_equal(p.n_pages, 6);
	/* with 64 bits */
	assert_int_equal(PARSE(MAGIC HEAD "\x06\0\0\0\x08\x01\x20\x04\x28\x09", &p), 0);
	assert_int_equal(p.n_pages, 9);
}

static void the_sum_has_no_end_to_run_over(void **state)
{
	struct pagemap p;

	(void)state;
	assert_int_equal(PARSE(MAGIC HEAD
			       "\x0d\0\0\0\x20\x04\x28\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
			       "\x04\0\0\0\x20\x04\x28\x09",
			       &p),
			 0);
	assert_true(p.n_pages == UINT64_MAX);
}

static void what_is_no_page_map_is_refused(void **state)
{
	struct pagemap p;

	(void)state;
	assert_int_equal(PARSE("", &p), -EBADMSG);
	assert_int_equal(PARSE(MAGIC, &p), -EBADMSG);
	assert_int_equal(PARSE("\x19\x43\x56\x54\x26\x40\x08\x56" HEAD, &p), -EBADMSG);
	assert_int_equal(PARSE(MAGIC "\x02\0\0\0\x10\x07", &p), -EBADMSG);
	assert_int_equal(PARSE(MAGIC HEAD "\x02\0\0", &p), -EBADMSG);
	assert_int_equal(PARSE(MAGIC HEAD "\x03\0\0\0\x10\x07", &p), -EBADMSG);
	assert_int_equal(PARSE(MAGIC HEAD "\xff\xff\xff\xff\x10\x07", &p), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_the_pages_of_all_runs),
		cmocka_unit_test(what_a_parent_or_a_page_server_has_is_not_counted),
		cmocka_unit_test(images_of_all_versions_are_read),
		cmocka_unit_test(the_sum_has_no_end_to_run_over),
		cmocka_unit_test(what_is_no_page_map_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
