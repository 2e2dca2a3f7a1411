/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "init/home.h"
#include "init/hookstate.h"
#include "init/idmap.h"
#include "init/program.h"
#include "init/sources.h"

struct fixture {
	char path[64];
	int fd;
	struct arena arena;
	struct err e;
	char want[512], name[256]; /* scratch */
};

static int setup(void **ctx)
{
	struct fixture *f = mem_new(1, sizeof(*f));

	(void)snprintf(f->path, sizeof(f->path), "/tmp/vial-init-XXXXXX");
	assert_non_null(mkdtemp(f->path));
	f->fd = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(f->fd >= 0);
	*ctx = f;
	return 0;
}

static int unlink_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int teardown(void **ctx)
{
	struct fixture *f = *ctx;
	int r = nftw(f->path, unlink_one, 8, FTW_DEPTH | FTW_PHYS);

	(void)close(f->fd);
	arena_done(&f->arena);
	free(f);
	return r;
}

static void put(const struct fixture *f, const char *name, const void *data, size_t n, mode_t mode)
{
	struct err e;

	assert_int_equal(file_replace_at(f->fd, name, data, n, mode, false, &e), 0);
}

static void puts_in(const struct fixture *f, const char *name, const char *text, mode_t mode)
{
	put(f, name, text, strlen(text), mode);
}

/* Path of an entry of the temporary directory. */
static const char *at(struct fixture *f, const char *name)
{
	(void)snprintf(f->name, sizeof(f->name), "%s/%s", f->path, name);
	return f->name;
}

/* --- program_find() ------------------------------------------------------------------- */

static void assert_finds(struct fixture *f, const char *name, const char *path, const char *want)
{
	const char *const envp[] = { "XPATH=/nowhere", path, "PATH=/second/is/ignored", NULL };
	const char *got = NULL;

	assert_int_equal(program_find(&f->arena, name, envp, &got, &f->e), 0);
	assert_string_equal(got, want);
}

static void make_programs(struct fixture *f)
{
	assert_int_equal(mkdirat(f->fd, "one", 0755), 0);
	assert_int_equal(mkdirat(f->fd, "two", 0755), 0);
	puts_in(f, "one/plain", "", 0644);
	puts_in(f, "two/plain", "", 0755);
	puts_in(f, "one/both", "", 0755);
	puts_in(f, "two/both", "", 0755);
	assert_int_equal(mkdirat(f->fd, "one/dir", 0755), 0);
	puts_in(f, "two/dir", "", 0755);
}

static void test_find_in_path(void **ctx)
{
	static const char *const names[] = { "plain", "dir" };
	struct fixture *f = *ctx;
	char path[256], want[256];

	make_programs(f);
	(void)snprintf(path, sizeof(path), "PATH=/none:%s/one:%s/two", f->path, f->path);
	/* What cannot be executed is passed over. */
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		(void)snprintf(want, sizeof(want), "%s/two/%s", f->path, names[i]);
		assert_finds(f, names[i], path, want);
	}
	(void)snprintf(want, sizeof(want), "%s/one/both", f->path);
	assert_finds(f, "both", path, want);
	/* A name with a slash is not searched for. */
	assert_finds(f, want, "PATH=/none", want);
}

static void test_find_by_default_path(void **ctx)
{
	struct fixture *f = *ctx;
	const char *const none[] = { "HOME=/", NULL };
	const char *got = NULL;

	assert_int_equal(program_find(&f->arena, "sh", none, &got, &f->e), 0);
	assert_int_equal(access(got, X_OK), 0);
	const char *const empty[] = { "PATH=", NULL };
	assert_int_equal(program_find(&f->arena, "sh", empty, &got, &f->e), -ENOENT);
}

static void assert_not_in_path(struct fixture *f, const char *name, const char *path)
{
	const char *const envp[] = { path, NULL };
	const char *got = NULL;

	(void)snprintf(f->want, sizeof(f->want),
		       "exec: \"%s\": executable file not found in $PATH", name);
	assert_int_equal(program_find(&f->arena, name, envp, &got, &f->e), -ENOENT);
	assert_string_equal(f->e.text, f->want);
}

static void test_find_nothing(void **ctx)
{
	struct fixture *f = *ctx;
	char path[256];

	make_programs(f);
	(void)snprintf(path, sizeof(path), "PATH=%s/one", f->path);
	assert_not_in_path(f, "none", path);
	assert_not_in_path(f, "plain", path);
	assert_not_in_path(f, "dir", path);
	assert_not_in_path(f, "", path);
	assert_not_in_path(f, "both", "PATH=/none");
}

static void assert_find_fails(struct fixture *f, const char *name, int code, const char *fmt)
	__attribute__((format(printf, 4, 0)));
static void assert_find_fails(struct fixture *f, const char *name, int code, const char *fmt)
{
	const char *const envp[] = { NULL };
	const char *got = NULL;
	const char *path = at(f, name);

	(void)snprintf(f->want, sizeof(f->want), fmt, path, path);
	assert_int_equal(program_find(&f->arena, path, envp, &got, &f->e), -code);
	assert_int_equal(f->e.code, code);
	assert_string_equal(f->e.text, f->want);
}

static void test_find_absolute(void **ctx)
{
	struct fixture *f = *ctx;

	make_programs(f);
	assert_int_equal(symlinkat("dangling", f->fd, "link"), 0);
	assert_find_fails(f, "none", ENOENT, "exec: \"%s\": stat %s: no such file or directory");
	assert_find_fails(f, "link", ENOENT, "exec: \"%s\": stat %s: no such file or directory");
	assert_find_fails(f, "one/both/x", ENOTDIR, "exec: \"%s\": stat %s: not a directory");
	assert_find_fails(f, "one/plain", EACCES, "exec: \"%s\": permission denied");
	assert_find_fails(f, "one/dir", EACCES, "exec: \"%s\": is a directory: permission denied");
}
