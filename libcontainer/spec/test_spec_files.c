/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "spec/spec.h"

#define CONFIGS "tests/golden/configs"

static void load_golden(int dir_fd, const char *name)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;
	struct spec *spec = NULL;
	struct err e = { 0 };
	int r;

	if (strstr(name, ".process.json")) {
		r = file_read_at(dir_fd, name, 0, &text, &e);
		if (r == 0)
			r = spec_parse_process(name, strbuf_str(&text), text.len, &spec, &e);
	} else {
		r = spec_load(dir_fd, name, &spec, &e);
	}
	if (r < 0)
		fail_msg("%s", e.text);
	if (spec->unknown.n > 0)
		fail_msg("%s: unknown field %s", name, spec->unknown.v[0]);
	assert_non_null(spec->process);
	assert_non_null(spec->linux_);
	assert_string_equal(spec->process->cwd[0] == '/' ? "/" : spec->process->cwd, "/");
	assert_true(spec->process->args.n > 0);
	spec_free(spec);
}

static void every_client_config_is_understood_whole(void **state)
{
	DIR *dir = opendir(CONFIGS);
	size_t n = 0;

	(void)state;
	assert_non_null(dir);
	for (struct dirent *d = readdir(dir); d; d = readdir(dir)) {
		size_t len = strlen(d->d_name);

		if (len < 5 || !str_eq(d->d_name + len - 5, ".json"))
			continue;
		load_golden(dirfd(dir), d->d_name);
		n++;
	}
	(void)closedir(dir);
	assert_int_equal(n, 82);
}

static void a_docker_config_arrives_in_the_struct(void **state)
{
	autoclose int dir = open(CONFIGS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct spec_resources *r;
	struct spec *s = NULL;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(spec_load(dir, "docker20-limits.json", &s, &e), 0);
	assert_string_equal(s->oci_version, "1.0.2-dev");
	assert_non_null(s->root->path);
	assert_true(s->hooks.list[HOOK_PRESTART].n == 1);
	assert_string_equal(s->hooks.list[HOOK_PRESTART].v[0].args.v[0], "libnetwork-setkey");
	assert_true(s->n_mounts > 5);
	assert_string_equal(s->mounts[0].destination, "/proc");
	assert_string_equal(s->process->capabilities->bounding.v[0], "CAP_CHOWN");
	r = s->linux_->resources;
	assert_true(r->memory->limit.set);
	assert_int_equal(r->memory->limit.v, 67108864);
	assert_int_equal(r->pids_limit.v, 50);
	assert_true(r->pids_limit.set);
	assert_true(r->n_devices > 0);
	assert_false(r->devices[0].allow);
	assert_false(r->devices[0].major.set);
	assert_string_equal(s->linux_->seccomp->default_action, "SCMP_ACT_ERRNO");
	assert_true(s->linux_->seccomp->n_syscalls > 10);
	spec_free(s);
}

static void a_missing_file_is_named_as_clients_know_it(void **state)
{
	autoclose int dir = open(CONFIGS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct spec *s = NULL;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(spec_load(dir, "config.json", &s, &e), -ENOENT);
	assert_string_equal(e.text, "JSON specification file config.json not found");
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_null(s);
}

static void a_file_that_is_none_is_refused(void **state)
{
	char path[] = "/tmp/test_spec.XXXXXX";
	struct spec *s = NULL;
	struct err e = { 0 };

	(void)state;
	assert_non_null(mkdtemp(path));
	autoclose int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(mkfifoat(dir, "config.json", 0600), 0);
	assert_int_equal(spec_load(dir, "config.json", &s, &e), -EINVAL);
	assert_string_equal(e.text, "read config.json: not a regular file");
	assert_int_equal(spec_load(dir, ".", &s, &e), -EISDIR);
	assert_int_equal(unlinkat(dir, "config.json", 0), 0);
	assert_int_equal(rmdir(path), 0);
	assert_null(s);
}

/* 100,000 of each: quadratic this would take minutes. */
static void long_lists_take_linear_time(void **state)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;
	clock_t start = clock();
	struct spec *s = NULL;
	struct err e = { 0 };

	(void)state;
	strbuf_adds(&text, "{\"ociVersion\":\"1.0.0\",\"process\":{\"cwd\":\"/\",\"env\":[\"A=1\"");
	for (int i = 0; i < 100000; i++)
		strbuf_addf(&text, ",\"NAME%d=value\"", i);
	strbuf_adds(&text, "]},\"mounts\":[{\"destination\":\"/\"}");
	for (int i = 0; i < 100000; i++)
		strbuf_addf(&text, ",{\"destination\":\"/m%d\",\"type\":\"tmpfs\"}", i);
	strbuf_adds(&text, "],\"z\":0");
	for (int i = 0; i < 100000; i++)
		strbuf_addf(&text, ",\"x%d\":0", i);
	strbuf_adds(&text, "}");
	assert_int_equal(spec_parse("config.json", strbuf_str(&text), text.len, &s, &e), 0);
	assert_int_equal(s->process->env.n, 100001);
	assert_int_equal(s->n_mounts, 100001);
	assert_int_equal(s->unknown.n, 100001);
	spec_free(s);
	assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_client_config_is_understood_whole),
		cmocka_unit_test(a_docker_config_arrives_in_the_struct),
		cmocka_unit_test(a_missing_file_is_named_as_clients_know_it),
		cmocka_unit_test(a_file_that_is_none_is_refused),
		cmocka_unit_test(long_lists_take_linear_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
