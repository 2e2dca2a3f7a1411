/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "plan/unit.h"

static void is_unit(const char *path, bool user, const char *name, const char *slice)
{
	autodone(arena) struct arena a = ARENA_INIT;
	struct plan_unit u = { 0 };
	struct err e = { 0 };

	if (unit_parse(path, "c1", user, &a, &u, &e) < 0)
		fail_msg("%s", e.text);
	assert_string_equal(u.name, name);
	assert_string_equal(u.slice, slice);
	assert_int_equal(u.user, user);
}

static void no_unit(const char *path, const char *why)
{
	autodone(arena) struct arena a = ARENA_INIT;
	struct plan_unit u = { 0 };
	struct err e = { 0 };

	assert_int_equal(unit_parse(path, "c1", false, &a, &u, &e), -EINVAL);
	assert_string_equal(e.text, why);
	assert_int_equal(e.kind, ERR_CONFIG);
}

static void names(void **state)
{
	(void)state;
	is_unit(NULL, false, "vial-c1.scope", "system.slice");
	is_unit("", true, "vial-c1.scope", "user.slice");
	is_unit("machine.slice:libpod:123", false, "libpod-123.scope", "machine.slice");
	is_unit("::web", false, "web.scope", "system.slice");
	is_unit("::web", true, "web.scope", "user.slice");
	is_unit("a.slice::a-b.slice", false, "a-b.slice", "a.slice");
}

static void names_that_are_none(void **state)
{
	(void)state;
	no_unit("/a/b", "expected cgroupsPath to be of format \"slice:prefix:name\" for systemd "
			"cgroups, got \"/a/b\" instead");
	no_unit("a:b", "expected cgroupsPath to be of format \"slice:prefix:name\" for systemd "
		       "cgroups, got \"a:b\" instead");
	no_unit("a:b:c:d", "expected cgroupsPath to be of format \"slice:prefix:name\" for systemd "
			   "cgroups, got \"a:b:c:d\" instead");
	no_unit("a.slice:b:", "linux.cgroupsPath: \"a.slice:b:\" has no name");
	no_unit("::../../x",
		"linux.cgroupsPath: the name \"../../x.scope\" is not valid for systemd");
	no_unit("a/b.slice:c:d",
		"linux.cgroupsPath: the slice \"a/b.slice\" is not valid for systemd");
	char name[300] = "::";
	memset(name + 2, 'x', 290);
	no_unit(name, "linux.cgroupsPath: the name is longer than 255 bytes");
}

static void expands(const char *slice, const char *path)
{
	autodone(arena) struct arena a = ARENA_INIT;
	struct err e = { 0 };
	const char *got;

	if (unit_expand_slice(slice, &a, &got, &e) < 0)
		fail_msg("%s", e.text);
	assert_string_equal(got, path);
}

static void slices(void **state)
{
	(void)state;
	expands("-.slice", "");
	expands("system.slice", "/system.slice");
	expands("a-b.slice", "/a.slice/a-b.slice");
	expands("a-b-c.slice", "/a.slice/a-b.slice/a-b-c.slice");
}

static void slices_that_are_none(void **state)
{
	static const char *const bad[] = { "",		"slice",    ".slice",	 "a",
					   "a/b.slice", "-a.slice", "a-.slice",	 "a--b.slice",
					   "a.scope",	"--.slice", "a.slice/.." };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		autodone(arena) struct arena a = ARENA_INIT;
		struct err e = { 0 };
		const char *got;

		assert_int_equal(unit_expand_slice(bad[i], &a, &got, &e), -EINVAL);
		assert_non_null(strstr(e.text, "invalid slice name"));
	}
}

/* One annotation; the property as "NAME SIGNATURE VALUE", or the error. */
static const char *property(const char *key, const char *value, struct strbuf *out)
{
	autodone(arena) struct arena a = ARENA_INIT;
	const struct spec_string_pair pair = { key, value };
	const struct spec_string_map map = { &pair, 1 };
	struct plan_unit u = { 0 };
	struct err e = { 0 };

	out->len = 0;
	if (unit_read_annotations(&map, &a, &u, &e) < 0) {
		assert_int_equal(e.kind, ERR_CONFIG);
		strbuf_adds(out, e.text);
		return strbuf_str(out);
	}
	strbuf_adds(out, "");
	for (size_t i = 0; i < u.properties.n; i++) {
		strbuf_addf(out, "%s ", u.properties.v[i].name);
		gvar_signature(&u.properties.v[i].value, out);
		strbuf_adds(out, " ");
		gvar_print(&u.properties.v[i].value, out);
	}
	if (u.sub)
		strbuf_addf(out, "sub %s", u.sub);
	return strbuf_str(out);
}

#define P "org.systemd.property."

static void annotations(void **state)
{
	autodone(strbuf) struct strbuf b = STRBUF_INIT;

	(void)state;
	assert_string_equal(property(P "TimeoutStopUSec", "uint64 5", &b), "TimeoutStopUSec t 5");
	assert_string_equal(property(P "TimeoutStopSec", "5", &b), "TimeoutStopUSec t 5000000");
	assert_string_equal(property(P "TimeoutStopSec", "0.5", &b), "TimeoutStopUSec t 500000");
	assert_string_equal(property(P "CollectMode", "'inactive'", &b),
			    "CollectMode s 'inactive'");
	assert_string_equal(property(P "FOOSec", "'x'", &b), "FOOSec s 'x'");
	assert_string_equal(property("org.systemd.other", "x", &b), "");
	assert_string_equal(property(P, "x", &b), "");
	assert_string_equal(property("run.oci.systemd.subgroup", "box", &b), "sub box");
	assert_string_equal(property("run.oci.systemd.subgroup", "", &b), "");
}

static void annotations_that_are_wrong(void **state)
{
	autodone(strbuf) struct strbuf b = STRBUF_INIT;

	(void)state;
	assert_string_equal(property(P "Ab", "1", &b),
			    "annotation " P "Ab name incorrect: too short");
	assert_string_equal(property(P "A-b c", "1", &b),
			    "annotation " P "A-b c name incorrect: not of Latin letters only");
	assert_string_equal(property(P "Some", "x", &b),
			    "annotation " P "Some=x value parse error: column 1: neither a value "
			    "nor a type");
	assert_string_equal(property(P "TimeoutStopSec", "'5'", &b),
			    "annotation " P "TimeoutStopSec='5' value parse error: not a number of "
			    "seconds");
	assert_string_equal(property(P "TimeoutStopSec", "-1", &b),
			    "annotation " P "TimeoutStopSec=-1 value parse error: not a number of "
			    "seconds");
	assert_string_equal(property("run.oci.systemd.subgroup", "../x", &b),
			    "annotation run.oci.systemd.subgroup: \"../x\" is not one name");
	assert_string_equal(property("run.oci.systemd.subgroup", "..", &b),
			    "annotation run.oci.systemd.subgroup: \"..\" is not one name");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),       cmocka_unit_test(names_that_are_none),
		cmocka_unit_test(slices),      cmocka_unit_test(slices_that_are_none),
		cmocka_unit_test(annotations), cmocka_unit_test(annotations_that_are_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
