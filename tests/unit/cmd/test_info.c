/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "cmd/info.h"

/* The container layer's; it is not linked here. */
const char *container_status_name(enum container_status s)
{
	return s == CONTAINER_STOPPED ? "stopped" : "running";
}

static const struct container_info ev1 = {
	.oci_version = "1.3.0",
	.id = "ev1",
	.bundle = "/tmp/ev",
	.rootfs = "/tmp/ev/rootfs",
	.status = CONTAINER_RUNNING,
	.pid = 16228,
	.created = "2026-11-23T16:59:52.828225433Z",
};

static void expect_json(const struct container_info *i, const char *indent, const char *owner,
			const char *want)
{
	struct strbuf out autodone(strbuf) = STRBUF_INIT;
	struct jsonw w;

	jsonw_init(&w, &out, indent);
	info_json(&w, i, owner);
	assert_string_equal(strbuf_str(&out), want);
}

/* runc's own output for the same container. */
static void test_json(void **state)
{
	(void)state;
	expect_json(&ev1, "  ", "",
		    "{\n"
		    "  \"ociVersion\": \"1.3.0\",\n"
		    "  \"id\": \"ev1\",\n"
		    "  \"pid\": 16228,\n"
		    "  \"status\": \"running\",\n"
		    "  \"bundle\": \"/tmp/ev\",\n"
		    "  \"rootfs\": \"/tmp/ev/rootfs\",\n"
		    "  \"created\": \"2026-11-23T16:59:52.828225433Z\",\n"
		    "  \"owner\": \"\"\n"
		    "}");
}

static void test_annotations_sorted(void **state)
{
	static const struct spec_string_pair pairs[] = { { "b", "2" },
							 { "a.c", "\"3\"" },
							 { "a", "" } };
	struct container_info i = ev1;

	(void)state;
	i.status = CONTAINER_STOPPED;
	i.pid = 0;
	i.annotations = (struct spec_string_map){ pairs, ARRAY_SIZE(pairs) };
	expect_json(&i, "", "root",
		    "{\"ociVersion\":\"1.3.0\",\"id\":\"ev1\",\"pid\":0,\"status\":\"stopped\","
		    "\"bundle\":\"/tmp/ev\",\"rootfs\":\"/tmp/ev/rootfs\","
		    "\"created\":\"2026-11-23T16:59:52.828225433Z\","
		    "\"annotations\":{\"a\":\"\",\"a.c\":\"\\\"3\\\"\",\"b\":\"2\"},"
		    "\"owner\":\"root\"}");
}

static void expect_table(const struct container_info *v, const char *const *owners, size_t n,
			 const char *want)
{
	struct strbuf out autodone(strbuf) = STRBUF_INIT;

	info_table(v, owners, n, &out);
	assert_string_equal(strbuf_str(&out), want);
}

static void test_table(void **state)
{
	static const char *const owners[] = { "root", "#4242" };
	struct container_info v[] = { ev1, ev1 };

	(void)state;
	expect_table(v, owners, 0,
		     "ID          PID         STATUS      BUNDLE      CREATED     OWNER\n");
	expect_table(v, owners, 1,
		     "ID          PID         STATUS      BUNDLE      "
		     "CREATED                          OWNER\n"
		     "ev1         16228       running     /tmp/ev     "
		     "2026-11-23T16:59:52.828225433Z   root\n");

	v[1].id = "longer-than-12";
	v[1].bundle = "/b\xc3\xbc\033[2J";
	expect_table(v, owners, 2,
		     "ID               PID         STATUS      BUNDLE      "
		     "CREATED                          OWNER\n"
		     "ev1              16228       running     /tmp/ev     "
		     "2026-11-23T16:59:52.828225433Z   root\n"
		     "longer-than-12   16228       running     /b\xc3\xbc?[2J     "
		     "2026-11-23T16:59:52.828225433Z   #4242\n");
}

static void test_owner(void **state)
{
	static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
				     "broken\n"
				     "also:broken\n"
				     "minus:x:-1:0\n"
				     "short:x:7\n"
				     "# comment:x:8a:0\n"
				     "user:x:1000:1000::/home:/bin/sh\n"
				     "again:x:1000:1000\n"
				     "last:x:65534:1";
	struct arena a autodone(arena) = ARENA_INIT;

	(void)state;
	assert_string_equal(owner_name(&a, passwd, 0), "root");
	assert_string_equal(owner_name(&a, passwd, 7), "short");
	assert_string_equal(owner_name(&a, passwd, 1000), "user");
	assert_string_equal(owner_name(&a, passwd, 65534), "last");
	assert_string_equal(owner_name(&a, passwd, 8), "#8");
	assert_string_equal(owner_name(&a, passwd, 4294967295), "#4294967295");
	assert_string_equal(owner_name(&a, "", 0), "#0");
	assert_string_equal(owner_name(&a, "::0:0::/:\n", 0), "#0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_annotations_sorted),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
