/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "cmd/template.h"
#include "spec/spec.h"

static struct spec *make(const struct template_choice *c)
{
	struct strbuf text autodone(strbuf) = STRBUF_INIT;
	struct spec *spec = NULL;
	struct err e = { 0 };

	template_config(c, &text);
	if (spec_parse("config.json", text.data, text.len, &spec, &e) < 0)
		fail_msg("%s", e.text);
	assert_int_equal(spec->unknown.n, 0);
	return spec;
}

static bool has_namespace(const struct spec *s, const char *type)
{
	for (size_t i = 0; i < s->linux_->n_namespaces; i++)
		if (str_eq(s->linux_->namespaces[i].type, type))
			return true;
	return false;
}

static const struct spec_mount *find_mount(const struct spec *s, const char *destination)
{
	for (size_t i = 0; i < s->n_mounts; i++)
		if (str_eq(s->mounts[i].destination, destination))
			return &s->mounts[i];
	fail_msg("no mount on %s", destination);
	return NULL;
}

static bool has_option(const struct spec_mount *m, const char *option)
{
	for (size_t i = 0; i < m->options.n; i++)
		if (str_eq(m->options.v[i], option))
			return true;
	return false;
}

static void test_root(void **state)
{
	struct spec *s = make(&(struct template_choice){ .hostname = "vial" });

	(void)state;
	assert_string_equal(s->oci_version, "1.3.0");
	assert_string_equal(s->hostname, "vial");
	assert_int_equal(s->n_mounts, 7);
	assert_true(has_namespace(s, "network"));
	assert_false(has_namespace(s, "user"));
	assert_false(has_namespace(s, "cgroup"));
	assert_true(has_option(find_mount(s, "/dev/pts"), "gid=5"));
	assert_string_equal(find_mount(s, "/sys")->type, "sysfs");
	assert_int_equal(s->linux_->resources->n_devices, 1);
	assert_int_equal(s->linux_->uid_mappings.n, 0);
	assert_true(s->process->terminal);
	assert_true(s->process->no_new_privileges);
	spec_free(s);
}

static void test_rootless(void **state)
{
	struct spec *s = make(&(struct template_choice){ .hostname = "vial",
							 .rootless = true,
							 .cgroup_namespace = true,
							 .uid = 4294967294,
							 .gid = 100 });

	(void)state;
	assert_false(has_namespace(s, "network"));
	assert_true(has_namespace(s, "user"));
	assert_true(has_namespace(s, "cgroup"));
	assert_false(has_option(find_mount(s, "/dev/pts"), "gid=5"));
	assert_true(has_option(find_mount(s, "/sys"), "rbind"));
	assert_null(s->linux_->resources);
	assert_int_equal(s->linux_->uid_mappings.v[0].host_id, 4294967294);
	assert_int_equal(s->linux_->gid_mappings.v[0].host_id, 100);
	spec_free(s);
}

/* The name comes from the command line: it may be anything. */
static void test_hostname(void **state)
{
	char long_name[66] = { 0 };

	(void)state;
	memset(long_name, 'x', 65);
	struct spec *s = make(&(struct template_choice){ .hostname = long_name });
	assert_string_equal(s->hostname, "vial");
	spec_free(s);

	s = make(&(struct template_choice){ .hostname = "a\"b\\\n" });
	assert_string_equal(s->hostname, "a\"b\\\n");
	spec_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_root),
		cmocka_unit_test(test_rootless),
		cmocka_unit_test(test_hostname),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
