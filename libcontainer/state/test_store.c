/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "state/store.h"

#define GONE "container does not exist"

struct fixture {
	char path[64];	/* holds root/ and what lies outside of it */
	char root[128]; /* path/root */
	int fd;		/* of the state root */
	mode_t umask;
};

static int setup(void **ctx)
{
	struct fixture *f = mem_new(1, sizeof(*f));
	struct err e;

	(void)snprintf(f->path, sizeof(f->path), "/tmp/vial-store-XXXXXX");
	assert_non_null(mkdtemp(f->path));
	(void)snprintf(f->root, sizeof(f->root), "%s/root", f->path);
	f->umask = umask(022);
	f->fd = store_open(f->root, true, &e);
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

	(void)umask(f->umask);
	(void)close(f->fd);
	int r = nftw(f->path, unlink_one, 8, FTW_DEPTH | FTW_PHYS);
	free(f);
	return r;
}

static void make_file(int dir_fd, const char *name)
{
	autoclose int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
}

static bool exists(int dir_fd, const char *name)
{
	return faccessat(dir_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Entries of the state root, whatever they are called. */
static unsigned int count(const struct fixture *f)
{
	unsigned int n = 0;
	DIR *d = opendir(f->root);

	assert_non_null(d);
	for (struct dirent *entry; (entry = readdir(d));)
		if (!str_eq(entry->d_name, ".") && !str_eq(entry->d_name, ".."))
			n++;
	(void)closedir(d);
	return n;
}

static void assert_mode(const char *path, mode_t mode)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | mode);
}

static int publish(const struct fixture *f, const char *id)
{
	char name[STORE_NAME_MAX];
	struct err e;
	int fd = store_new(f->fd, id, name, &e);

	assert_true(fd >= 0);
	assert_int_equal(store_publish(f->fd, name, id, &e), 0);
	return fd;
}

/* --- another process that holds the lock of a directory ------------------------------- */

/* Returns when the child has it; it lets go after @ms milliseconds, or when killed. */
static pid_t hold(int root_fd, const char *name, unsigned int ms)
{
	int ends[2];
	char c;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		int fd = openat(root_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		(void)close(ends[0]);
		if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0 || write(ends[1], "x", 1) != 1)
			_exit(1);
		(void)usleep(ms * 1000);
		_exit(0);
	}
	(void)close(ends[1]);
	assert_int_equal(read(ends[0], &c, 1), 1);
	(void)close(ends[0]);
	return pid;
}

static void let_go(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static long now_ms(void)
{
	struct timespec t;

	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &t), 0);
	return (long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- the root ----------------------------------------------------------------------- */

static void test_open_creates(void **ctx)
{
	const struct fixture *f = *ctx;
	char deep[200], parent[200];
	struct err e;

	(void)snprintf(parent, sizeof(parent), "%s/a", f->path);
	(void)snprintf(deep, sizeof(deep), "%s/a/b", f->path);
	(void)umask(0);
	autoclose int fd = store_open(deep, true, &e);
	assert_true(fd >= 0);
	assert_mode(deep, 0700);
	assert_mode(parent, 0711);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);

	autoclose int again = store_open(deep, true, &e);
	assert_true(again >= 0);
	(void)snprintf(deep, sizeof(deep), "%s/strict", f->path);
	(void)umask(0277);
	autoclose int strict = store_open(deep, true, &e);
	assert_true(strict >= 0);
	assert_mode(deep, 0700);
}

static void test_open_fails(void **ctx)
{
	const struct fixture *f = *ctx;
	char path[200], want[300];
	struct err e;

	(void)snprintf(path, sizeof(path), "%s/none", f->path);
	(void)snprintf(want, sizeof(want), "open %s: no such file or directory", path);
	assert_int_equal(store_open(path, false, &e), -ENOENT);
	assert_string_equal(e.text, want);
	assert_false(exists(AT_FDCWD, path));

	make_file(AT_FDCWD, path);
	(void)snprintf(want, sizeof(want), "open %s: not a directory", path);
	assert_int_equal(store_open(path, true, &e), -ENOTDIR);
	assert_string_equal(e.text, want);
}

/* --- the life of a directory ---------------------------------------------------------- */

static void test_new_publish_find(void **ctx)
{
	const struct fixture *f = *ctx;
	char name[STORE_NAME_MAX];
	struct stat made, found;
	struct err e;

	(void)umask(0);
	autoclose int fd = store_new(f->fd, "c1", name, &e);
	assert_true(fd >= 0);
	assert_int_equal(strncmp(name, ".new-c1-", 8), 0);
	assert_int_equal(store_find(f->fd, "c1", &e), -ENOENT);
	assert_int_equal(store_publish(f->fd, name, "c1", &e), 0);
	assert_false(exists(f->fd, name));

	autoclose int by_id = store_find(f->fd, "c1", &e);
	assert_true(by_id >= 0);
	assert_int_equal(fstat(fd, &made), 0);
	assert_int_equal(fstat(by_id, &found), 0);
	assert_true(made.st_ino == found.st_ino && made.st_dev == found.st_dev);
	assert_int_equal(found.st_mode, S_IFDIR | 0700);
	/* Who made it holds its lock still; one open file description never shares it. */
	assert_int_equal(store_lock(f->fd, by_id, "c1", 0, &e), -EBUSY);
	assert_int_equal(store_lock(f->fd, fd, "c1", 0, &e), 0);
}

static void test_new_twice(void **ctx)
{
	const struct fixture *f = *ctx;
	char one[STORE_NAME_MAX], two[STORE_NAME_MAX];
	struct err e;

	autoclose int a = store_new(f->fd, "c1", one, &e);
	autoclose int b = store_new(f->fd, "c1", two, &e);
	assert_true(a >= 0 && b >= 0);
	assert_string_not_equal(one, two);
}

static void test_publish_existing(void **ctx)
{
	const struct fixture *f = *ctx;
	char name[STORE_NAME_MAX];
	struct err e;

	autoclose int first = publish(f, "c1");
	make_file(first, "mark");
	autoclose int fd = store_new(f->fd, "c1", name, &e);
	assert_true(fd >= 0);
	assert_int_equal(store_publish(f->fd, name, "c1", &e), -EEXIST);
	assert_int_equal(e.kind, ERR_EXISTS);
	assert_string_equal(e.text, "container with given ID already exists");
	assert_true(exists(f->fd, "c1/mark"));
	assert_true(exists(f->fd, name));
	/* An empty directory would be replaced by a plain rename(2). */
	assert_int_equal(unlinkat(first, "mark", 0), 0);
	assert_int_equal(store_publish(f->fd, name, "c1", &e), -EEXIST);
	assert_int_equal(e.kind, ERR_EXISTS);
}

static void assert_not_found(int root_fd, const char *id)
{
	struct err e;

	assert_int_equal(store_find(root_fd, id, &e), -ENOENT);
	assert_int_equal(e.kind, ERR_NO_CONTAINER);
	assert_string_equal(e.text, GONE);
}

static void test_find_fails(void **ctx)
{
	const struct fixture *f = *ctx;

	assert_not_found(f->fd, "missing");
	make_file(f->fd, "file");
	assert_not_found(f->fd, "file");
	assert_int_equal(symlinkat("/", f->fd, "link"), 0);
	assert_not_found(f->fd, "link");
}

/* --- locks ---------------------------------------------------------------------------- */

static void test_lock_busy(void **ctx)
{
	const struct fixture *f = *ctx;
	struct err e;

	(void)close(publish(f, "c1"));
	autoclose int fd = store_find(f->fd, "c1", &e);
	pid_t holder = hold(f->fd, "c1", 30000);
	assert_int_equal(store_lock(f->fd, fd, "c1", 0, &e), -EBUSY);
	assert_string_equal(e.text, "another command works on container c1");
	long start = now_ms();
	assert_int_equal(store_lock(f->fd, fd, "c1", 50, &e), -EBUSY);
	assert_true(now_ms() - start >= 50);
	let_go(holder);
	/* The kernel drops the lock of the dead. */
	assert_int_equal(store_lock(f->fd, fd, "c1", 0, &e), 0);
}

static void test_lock_waits(void **ctx)
{
	const struct fixture *f = *ctx;
	struct err e;

	(void)close(publish(f, "c1"));
	autoclose int fd = store_find(f->fd, "c1", &e);
	pid_t holder = hold(f->fd, "c1", 50);
	assert_int_equal(store_lock(f->fd, fd, "c1", 20000, &e), 0);
	let_go(holder);
}

static void test_lock_removed(void **ctx)
{
	const struct fixture *f = *ctx;
	struct err e;

	(void)close(publish(f, "c1"));
	autoclose int fd = store_find(f->fd, "c1", &e);
	assert_int_equal(unlinkat(f->fd, "c1", AT_REMOVEDIR), 0);
	assert_int_equal(store_lock(f->fd, fd, "c1", 0, &e), -ENOENT);
	assert_int_equal(e.kind, ERR_NO_CONTAINER);
	assert_string_equal(e.text, GONE);

	/* Another container took the id. */
	autoclose int other = publish(f, "c1");
	assert_int_equal(store_lock(f->fd, fd, "c1", 0, &e), -ENOENT);
	assert_int_equal(e.kind, ERR_NO_CONTAINER);
	assert_int_equal(store_lock(f->fd, other, "c1", 0, &e), 0);
}

/* --- removal ---------------------------------------------------------------------------- */

static void test_remove(void **ctx)
{
	const struct fixture *f = *ctx;
	char outside[128], file[160];
	struct err e;

	(void)snprintf(outside, sizeof(outside), "%s/outside", f->path);
	(void)snprintf(file, sizeof(file), "%s/canary", outside);
	assert_int_equal(mkdir(outside, 0755), 0);
	make_file(AT_FDCWD, file);

	autoclose int fd = publish(f, "c1");
	make_file(fd, "state.json");
	assert_int_equal(mkfifoat(fd, "exec.fifo", 0600), 0);
	assert_int_equal(mkdirat(fd, "sub", 0700), 0);
	assert_int_equal(symlinkat(outside, fd, "to-dir"), 0);
	assert_int_equal(symlinkat(file, fd, "to-file"), 0);
	assert_int_equal(symlinkat("../../../outside", fd, "sub/to-dir"), 0);
	assert_int_equal(symlinkat("dangling", fd, "sub/to-nothing"), 0);

	assert_int_equal(store_remove(f->fd, fd, "c1", &e), 0);
	assert_int_equal(count(f), 0);
	assert_true(exists(AT_FDCWD, file));
	assert_not_found(f->fd, "c1");
	assert_int_equal(store_remove(f->fd, fd, "c1", &e), 0);
}

/* A directory that a dead command left half removed is in nobody's way. */
static void test_remove_beside_dead(void **ctx)
{
	const struct fixture *f = *ctx;
	char dead[64];
	struct err e;

	(void)snprintf(dead, sizeof(dead), ".dead-c1-%ld-0", (long)getpid());
	assert_int_equal(mkdirat(f->fd, dead, 0700), 0);
	autoclose int fd = publish(f, "c1");
	assert_int_equal(store_remove(f->fd, fd, "c1", &e), 0);
	assert_false(exists(f->fd, "c1"));
	assert_true(exists(f->fd, dead));
	assert_int_equal(count(f), 1);
}

static void test_sweep(void **ctx)
{
	const struct fixture *f = *ctx;
	char mine[STORE_NAME_MAX];
	struct err e;

	autoclose int held = store_new(f->fd, "mine", mine, &e);
	assert_true(held >= 0);
	(void)close(publish(f, "c1"));
	assert_int_equal(mkdirat(f->fd, ".new-left-1-0", 0700), 0);
	make_file(f->fd, ".new-left-1-0/state.json");
	assert_int_equal(mkdirat(f->fd, ".dead-left-1-0", 0700), 0);
	assert_int_equal(mkdirat(f->fd, ".new-busy-1-0", 0700), 0);
	assert_int_equal(mkdirat(f->fd, ".other", 0700), 0);
	assert_int_equal(symlinkat("c1", f->fd, ".new-link-1-0"), 0);
	pid_t holder = hold(f->fd, ".new-busy-1-0", 30000);

	make_file(f->fd, "c1/state.json");
	store_sweep(f->fd);
	assert_false(exists(f->fd, ".new-left-1-0"));
	assert_false(exists(f->fd, ".dead-left-1-0"));
	assert_true(exists(f->fd, ".new-busy-1-0"));
	assert_true(exists(f->fd, mine));
	assert_true(exists(f->fd, ".other"));
	assert_true(exists(f->fd, "c1/state.json"));

	let_go(holder);
	store_sweep(f->fd);
	assert_false(exists(f->fd, ".new-busy-1-0"));
	assert_true(exists(f->fd, mine));
}

/* --- listing ---------------------------------------------------------------------------- */

static void test_ids(void **ctx)
{
	const struct fixture *f = *ctx;
	static const char *const made[] = { "b", "a10", "a", "C" };
	static const char *const sorted[] = { "C", "a", "a10", "b" };
	char **ids = NULL;
	size_t n = 99;
	struct err e;

	assert_int_equal(store_ids(f->fd, &ids, &n, &e), 0);
	assert_int_equal(n, 0);
	free(ids);
	for (size_t i = 0; i < ARRAY_SIZE(made); i++)
		(void)close(publish(f, made[i]));
	make_file(f->fd, "file");
	assert_int_equal(symlinkat("a", f->fd, "link"), 0);
	assert_int_equal(mkdirat(f->fd, ".new-x-1-0", 0700), 0);
	assert_int_equal(mkdirat(f->fd, ".dead-x-1-0", 0700), 0);

	assert_int_equal(store_ids(f->fd, &ids, &n, &e), 0);
	assert_int_equal(n, ARRAY_SIZE(sorted));
	assert_false(exists(f->fd, ".new-x-1-0"));
	assert_false(exists(f->fd, ".dead-x-1-0"));
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(ids[i], sorted[i]);
		free(ids[i]);
	}
	free(ids);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_open_creates), TEST(test_open_fails),		TEST(test_new_publish_find),
		TEST(test_new_twice),	 TEST(test_publish_existing),	TEST(test_find_fails),
		TEST(test_lock_busy),	 TEST(test_lock_waits),		TEST(test_lock_removed),
		TEST(test_remove),	 TEST(test_remove_beside_dead), TEST(test_sweep),
		TEST(test_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
