/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "state/state.h"

static const char golden[] =
	"{\"version\":1,\"phase\":\"created\",\"ociVersion\":\"1.2.0\",\"id\":\"web-1\","
	"\"bundle\":\"/b \\\"q\\\"\",\"rootfs\":\"/b/rootfs\","
	"\"created\":\"2026-11-24T10:00:00.000000001Z\",\"bootId\":\"f00d\","
	"\"init\":{\"pid\":2147483647,\"startTime\":18446744073709551615},"
	"\"cli\":{\"pid\":0,\"startTime\":0},"
	"\"privatePidns\":true,\"noNewKeyring\":false,\"poststart\":false,\"poststop\":true,"
	"\"cgroup\":{\"enabled\":true,\"mode\":\"hybrid\",\"path\":\"/web\",\"pathAsked\":true,\"rootless\":true,\"driver\":\"fs\",\"dirs\":["
	"{\"name\":\"memory\",\"mount\":\"/cg/memory\",\"path\":\"/cg/memory/web\",\"v2\":false},"
	"{\"name\":\"\",\"mount\":\"/cg/unified\",\"path\":\"/cg/unified/web\",\"v2\":true}]},"
	"\"annotations\":{\"a.b\":\"1\",\"empty\":\"\"}}\n";

static struct plan_cgroup_dir dirs[] = {
	{ "memory", "/cg/memory", "/cg/memory/web", false },
	{ "", "/cg/unified", "/cg/unified/web", true },
};
static const struct spec_string_pair pairs[] = { { "a.b", "1" }, { "empty", "" } };

static struct state sample(void)
{
	return (struct state){
		.arena = ARENA_INIT,
		.phase = STATE_CREATED,
		.oci_version = "1.2.0",
		.id = "web-1",
		.bundle = "/b \"q\"",
		.rootfs = "/b/rootfs",
		.created = "2026-11-24T10:00:00.000000001Z",
		.boot_id = "f00d",
		.init = { 2147483647, UINT64_MAX },
		.private_pidns = true,
		.poststop = true,
		.cgroup = { .enabled = true,
			    .mode = CGROUP_HYBRID,
			    .path = "/web",
			    .path_asked = true,
			    .rootless = true,
			    .dirs = dirs,
			    .n_dirs = ARRAY_SIZE(dirs) },
		.annotations = { pairs, ARRAY_SIZE(pairs) },
	};
}

static void assert_prints(const struct state *s, const char *want)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;

	state_print(s, &text);
	assert_string_equal(strbuf_str(&text), want);
}

/* --- text --------------------------------------------------------------------------- */

static void test_print(void **ctx)
{
	struct state s = sample();

	(void)ctx;
	assert_prints(&s, golden);
}

static void test_parse(void **ctx)
{
	struct state s;
	struct err e;

	(void)ctx;
	assert_int_equal(state_parse(golden, sizeof(golden) - 1, &s, &e), 0);
	assert_int_equal(s.phase, STATE_CREATED);
	assert_string_equal(s.oci_version, "1.2.0");
	assert_string_equal(s.id, "web-1");
	assert_string_equal(s.bundle, "/b \"q\"");
	assert_string_equal(s.rootfs, "/b/rootfs");
	assert_string_equal(s.created, "2026-11-24T10:00:00.000000001Z");
	assert_string_equal(s.boot_id, "f00d");
	assert_int_equal(s.init.pid, 2147483647);
	assert_true(s.init.start_time == UINT64_MAX);
	assert_int_equal(s.cli.pid, 0);
	assert_true(s.private_pidns && !s.poststart && s.poststop);
	assert_true(s.cgroup.enabled);
	assert_int_equal(s.cgroup.mode, CGROUP_HYBRID);
	assert_string_equal(s.cgroup.path, "/web");
	assert_int_equal(s.cgroup.n_dirs, 2);
	assert_true(s.cgroup.path_asked && s.cgroup.rootless);
	assert_string_equal(s.cgroup.dirs[1].path, "/cg/unified/web");
	assert_true(s.cgroup.dirs[1].is_v2 && !s.cgroup.dirs[0].is_v2);
	assert_int_equal(s.annotations.n, 2);
	assert_string_equal(s.annotations.v[1].key, "empty");
	assert_prints(&s, golden);
	state_done(&s);
	assert_null(s.id);
}

static void assert_refused(const char *text, size_t n, const char *message)
{
	struct err e = { 0 };
	struct state s;

	assert_int_equal(state_parse(text, n, &s, &e), -EINVAL);
	assert_int_equal(e.code, EINVAL);
	if (message)
		assert_string_equal(e.text, message);
	assert_null(s.id);
	assert_null(s.arena.blocks);
}

/* Whatever a power cut leaves of the text is refused, and never read beyond its end. */
static void test_torn(void **ctx)
{
	(void)ctx;
	for (size_t n = 0; n < sizeof(golden) - 2; n++) {
		autofree char *part = malloc(n + 1);

		assert_non_null(part);
		memcpy(part, golden, n);
		part[n] = '\0';
		assert_refused(part, n, NULL);
	}
	assert_refused("", 0, "state.json:1:1: unexpected end of JSON input (unexpected EOF)");
	assert_refused("{\"version\":1,", 13,
		       "state.json:1:14: unexpected end of JSON input (unexpected EOF)");
	assert_refused("\0\0\0\0", 4,
		       "state.json:1:1: invalid character '\\x00' looking for beginning of value");
}

static const struct {
	const char *from, *to, *message;
} wrong[] = {
	{ "\"version\":1,", "", "state.json: version is missing or of the wrong type" },
	{ "\"version\":1", "\"version\":\"1\"",
	  "state.json: version is missing or of the wrong type" },
	{ "\"version\":1", "\"version\":2",
	  "state.json: written by another version of this program" },
	{ "\"version\":1", "\"version\":0",
	  "state.json: written by another version of this program" },
	{ "\"version\":1", "\"version\":1.5", "state.json: version: \"1.5\" is out of range" },
	{ "\"version\":1", "\"version\":4294967297",
	  "state.json: version: \"4294967297\" is out of range" },
	{ "\"created\",", "\"paused\",", "state.json: phase: \"paused\" is not known" },
	{ "\"phase\":\"created\"", "\"phase\":1",
	  "state.json: phase is missing or of the wrong type" },
	{ "\"id\":\"web-1\",", "", "state.json: id is missing or of the wrong type" },
	{ "\"id\":\"web-1\"", "\"id\":null", "state.json: id is missing or of the wrong type" },
	{ "\"pid\":2147483647", "\"pid\":2147483648",
	  "state.json: pid: \"2147483648\" is out of range" },
	{ "\"pid\":2147483647", "\"pid\":-1", "state.json: pid: \"-1\" is out of range" },
	{ "\"startTime\":18446744073709551615", "\"startTime\":18446744073709551616",
	  "state.json: startTime: \"18446744073709551616\" is out of range" },
	{ "\"cli\":{\"pid\":0,\"startTime\":0}", "\"cli\":7",
	  "state.json: cli is missing or of the wrong type" },
	{ "\"poststop\":true", "\"poststop\":1",
	  "state.json: poststop is missing or of the wrong type" },
	{ "\"mode\":\"hybrid\"", "\"mode\":\"v3\"", "state.json: mode: \"v3\" is not known" },
	{ "\"v2\":true}]", "\"v2\":true}, 5]", "state.json: name is missing or of the wrong type" },
	{ ",\"v2\":false", "", "state.json: v2 is missing or of the wrong type" },
	{ "\"a.b\":\"1\"", "\"a.b\":1", "state.json: annotations: not a string" },
	{ "\"annotations\":{\"a.b\":\"1\",\"empty\":\"\"}", "\"annotations\":[]",
	  "state.json: annotations is missing or of the wrong type" },
};

static void test_wrong(void **ctx)
{
	(void)ctx;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		autodone(strbuf) struct strbuf text = STRBUF_INIT;
		const char *at = strstr(golden, wrong[i].from);

		assert_non_null(at);
		strbuf_add(&text, golden, (size_t)(at - golden));
		strbuf_adds(&text, wrong[i].to);
		strbuf_adds(&text, at + strlen(wrong[i].from));
		assert_refused(text.data, text.len, wrong[i].message);
	}
	assert_refused("[]", 2, "state.json: version is missing or of the wrong type");
}

/* --- files -------------------------------------------------------------------------- */

struct fixture {
	char path[64];
	int fd;
};

static int setup(void **ctx)
{
	struct fixture *f = mem_new(1, sizeof(*f));

	(void)snprintf(f->path, sizeof(f->path), "/tmp/vial-state-XXXXXX");
	assert_non_null(mkdtemp(f->path));
	f->fd = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(f->fd >= 0);
	*ctx = f;
	return 0;
}

static int teardown(void **ctx)
{
	struct fixture *f = *ctx;

	(void)unlinkat(f->fd, STATE_FILE, 0);
	(void)unlinkat(f->fd, "recovery", 0);
	(void)unlinkat(f->fd, "." STATE_FILE ".tmp", AT_REMOVEDIR);
	int r = rmdir(f->path); /* fails when a temporary file was left */
	(void)close(f->fd);
	free(f);
	return r;
}

static void save(struct fixture *f, const struct state *s)
{
	struct err e;

	assert_int_equal(state_save(f->fd, s, &e), 0);
}

static void test_save_load(void **ctx)
{
	struct state s = sample(), got;
	struct stat st;
	struct err e;

	s.phase = STATE_CREATING;
	save(*ctx, &s);
	s.phase = STATE_CREATED;
	save(*ctx, &s);
	assert_int_equal(fstatat(((struct fixture *)*ctx)->fd, STATE_FILE, &st, 0), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	assert_int_equal(state_load(((struct fixture *)*ctx)->fd, &got, &e), 0);
	assert_prints(&got, golden);
	state_done(&got);
}

static void test_load_missing(void **ctx)
{
	struct fixture *f = *ctx;
	struct state got;
	struct err e;

	assert_int_equal(state_load(f->fd, &got, &e), -ENOENT);
	assert_string_equal(e.text, "load the state: open state.json: no such file or directory");
	assert_int_equal(state_recover(f->fd, &got, &e), -ENOENT);
	assert_string_equal(e.text,
			    "recover the state: readlink recovery: no such file or directory");
}

static void test_save_failure_keeps(void **ctx)
{
	struct fixture *f = *ctx;
	struct state s = sample(), got;
	struct err e;

	save(f, &s);
	assert_int_equal(mkdirat(f->fd, "." STATE_FILE ".tmp", 0700), 0);
	s.id = "other";
	assert_int_equal(state_save(f->fd, &s, &e), -EISDIR);
	assert_string_equal(e.text, "save the state: create .state.json.tmp: is a directory");
	assert_int_equal(state_load(f->fd, &got, &e), 0);
	assert_prints(&got, golden);
	state_done(&got);
}

static void assert_recovers(struct fixture *f, off_t size, const char *message)
{
	struct state s = sample(), got;
	autodone(strbuf) struct strbuf want = STRBUF_INIT;
	struct err e;

	save(f, &s);
	autoclose int fd = openat(f->fd, STATE_FILE, O_WRONLY | O_CLOEXEC);
	assert_int_equal(ftruncate(fd, size), 0);
	assert_int_equal(state_load(f->fd, &got, &e), -EINVAL);
	assert_string_equal(e.text, message);
	assert_int_equal(state_recover(f->fd, &got, &e), 0);
	s.annotations.n = 0;
	state_print(&s, &want);
	assert_prints(&got, strbuf_str(&want));
	state_done(&got);
}

static void test_recover(void **ctx)
{
	assert_recovers(
		*ctx, 0,
		"load the state: state.json:1:1: unexpected end of JSON input (unexpected EOF)");
	assert_recovers(
		*ctx, 13,
		"load the state: state.json:1:14: unexpected end of JSON input (unexpected EOF)");
}

static void test_recover_garbage(void **ctx)
{
	struct fixture *f = *ctx;
	struct state got;
	struct err e;

	assert_int_equal(symlinkat("/etc/passwd", f->fd, "recovery"), 0);
	assert_int_equal(state_recover(f->fd, &got, &e), -EINVAL);
	assert_null(got.id);
}

/* What no symlink can hold is in state.json alone. */
static void test_too_long_for_symlink(void **ctx)
{
	struct fixture *f = *ctx;
	struct state s = sample(), got;
	char bundle[5000];
	struct err e;

	memset(bundle, 'x', sizeof(bundle) - 1);
	bundle[sizeof(bundle) - 1] = '\0';
	s.bundle = bundle;
	save(f, &s);
	assert_int_equal(state_recover(f->fd, &got, &e), -ENOENT);
	assert_int_equal(state_load(f->fd, &got, &e), 0);
	assert_string_equal(got.bundle, bundle);
	state_done(&got);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_torn),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test_setup_teardown(test_save_load, setup, teardown),
		cmocka_unit_test_setup_teardown(test_load_missing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_save_failure_keeps, setup, teardown),
		cmocka_unit_test_setup_teardown(test_recover, setup, teardown),
		cmocka_unit_test_setup_teardown(test_recover_garbage, setup, teardown),
		cmocka_unit_test_setup_teardown(test_too_long_for_symlink, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
