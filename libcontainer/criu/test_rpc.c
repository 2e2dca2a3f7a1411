/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "criu/rpc.h"
#include "criu/wire.h"

/* Value of a varint field of a message, or -1. */
static int64_t number_in(const char *data, size_t n, unsigned int field)
{
	struct wire_reader r = { (const unsigned char *)data, n };
	struct wire_field f;

	while (wire_next(&r, &f) > 0)
		if (f.number == field && !f.is_bytes)
			return (int64_t)f.value;
	return -1;
}

static struct wire_field bytes_in(const char *data, size_t n, unsigned int field)
{
	struct wire_reader r = { (const unsigned char *)data, n };
	struct wire_field f;

	while (wire_next(&r, &f) > 0)
		if (f.number == field && f.is_bytes)
			return f;
	return (struct wire_field){ 0 };
}

static void assert_text(const struct wire_field *f, const char *want)
{
	assert_int_equal(f->len, strlen(want));
	assert_memory_equal(f->text, want, f->len);
}

static void asks_for_a_dump(void **state)
{
	static const struct criu_pair mounts[] = { { "/etc/hosts", "/hosts" } };
	const struct criu_opts o = {
		.images_fd = 5,
		.work_fd = -1,
		.pid = 4711,
		.tcp_established = true,
		.cgroups_mode = criu_cgroups_mode("soft"),
		.ext_mounts = mounts,
		.n_ext_mounts = 1,
	};
	struct strbuf b autodone(strbuf) = STRBUF_INIT;

	(void)state;
	criu_request_encode(CRIU_DUMP, &o, &b);
	assert_int_equal(number_in(b.data, b.len, 1), 1);
	assert_int_equal(number_in(b.data, b.len, 4), -1); /* the connection ends with it */
	struct wire_field opts = bytes_in(b.data, b.len, 2);
	assert_int_equal(number_in(opts.text, opts.len, 1), 5);
	assert_int_equal(number_in(opts.text, opts.len, 2), 4711);
	assert_int_equal(number_in(opts.text, opts.len, 3), -1);
	assert_int_equal(number_in(opts.text, opts.len, 5), 1);
	assert_int_equal(number_in(opts.text, opts.len, 17), -1);
	assert_int_equal(number_in(opts.text, opts.len, 34), 3);
	struct wire_field mount = bytes_in(opts.text, opts.len, 23);
	struct wire_field key = bytes_in(mount.text, mount.len, 1);
	struct wire_field value = bytes_in(mount.text, mount.len, 2);
	assert_text(&key, "/etc/hosts");
	assert_text(&value, "/hosts");
}

/* An empty name and none are not the same: none stands for every controller. */
static void the_root_of_v2_has_an_empty_name(void **state)
{
	static const struct criu_pair roots[] = { { "", "/a" } };
	const struct criu_opts o = { .work_fd = -1, .cgroup_roots = roots, .n_cgroup_roots = 1 };
	struct strbuf b autodone(strbuf) = STRBUF_INIT;

	(void)state;
	criu_request_encode(CRIU_RESTORE, &o, &b);
	struct wire_field opts = bytes_in(b.data, b.len, 2);
	struct wire_field root = bytes_in(opts.text, opts.len, 25);
	struct wire_field path = bytes_in(root.text, root.len, 2);
	struct wire_field name = bytes_in(root.text, root.len, 1);
	assert_text(&path, "/a");
	assert_true(name.is_bytes);
	assert_int_equal(name.len, 0);
}

static void knows_names(void **state)
{
	(void)state;
	assert_int_equal(criu_cgroups_mode("ignore"), 0);
	assert_int_equal(criu_cgroups_mode("strict"), 5);
	assert_int_equal(criu_cgroups_mode("Soft"), -EINVAL);
	assert_int_equal(criu_cgroups_mode(""), -EINVAL);
	assert_int_equal(criu_network_lock("skip"), 3);
	assert_int_equal(criu_network_lock("ipvs"), -EINVAL);
}

static void reads_notifications(void **state)
{
	/* type 6, success, notify { "post-restore", 4711 } */
	static const char data[] = "\x08\x06\x10\x01\x2a\x11\x0a\x0cpost-restore\x10\xe7\x24";
	struct criu_answer a;
	struct err e;

	(void)state;
	assert_int_equal(criu_answer_decode(data, sizeof(data) - 1, &a, &e), 0);
	assert_int_equal(a.type, CRIU_NOTIFY);
	assert_true(a.success);
	assert_string_equal(a.script, "post-restore");
	assert_int_equal(a.pid, 4711);
}

static void reads_versions_and_failures(void **state)
{
	static const char version[] = "\x08\x0a\x10\x01\x52\x06\x08\x04\x10\x01\x20\x01";
	static const char failure[] = "\x08\x01\x10\x00\x38\x34\x4a\x03"
				      "bad";
	struct criu_answer a;
	struct err e;

	(void)state;
	assert_int_equal(criu_answer_decode(version, sizeof(version) - 1, &a, &e), 0);
	assert_int_equal(a.version, criu_version_number(4, 1, 1));
	assert_int_equal(criu_answer_decode(failure, sizeof(failure) - 1, &a, &e), 0);
	assert_false(a.success);
	assert_int_equal(a.cr_errno, 52);
	assert_string_equal(a.message, "bad");
}

static void refuses_garbage(void **state)
{
	struct criu_answer a;
	struct err e;

	(void)state;
	assert_int_equal(criu_answer_decode("", 0, &a, &e), -EBADMSG);
	assert_int_equal(criu_answer_decode("\xff", 1, &a, &e), -EBADMSG);
	/* A restored process in a message that is cut. */
	assert_int_equal(criu_answer_decode("\x08\x02\x22\x02\x08\x80", 6, &a, &e), -EBADMSG);
	/* A version that would overflow its number. */
	assert_int_equal(criu_answer_decode("\x08\x0a\x52\x03\x08\xff\x7f", 7, &a, &e), -EBADMSG);
}

static void an_old_criu_is_not_asked_for_what_is_new(void **state)
{
	struct criu_opts o = { .lsm_mount_context = "x" };
	struct err e;

	(void)state;
	assert_int_equal(criu_opts_need(&o, 31600, &e), 0);
	assert_int_equal(criu_opts_need(&o, 31599, &e), -ENOTSUP);
	assert_string_equal(e.text, "--lsm-mount-context needs CRIU 3.16, this is 3.15");
	o = (struct criu_opts){ .network_lock = 3 };
	assert_int_equal(criu_opts_need(&o, 31600, &e), -ENOTSUP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(asks_for_a_dump),
		cmocka_unit_test(the_root_of_v2_has_an_empty_name),
		cmocka_unit_test(knows_names),
		cmocka_unit_test(reads_notifications),
		cmocka_unit_test(reads_versions_and_failures),
		cmocka_unit_test(refuses_garbage),
		cmocka_unit_test(an_old_criu_is_not_asked_for_what_is_new),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
