/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/sys.h"

/*
 * A directory that holds `root` (hostile) and `canary` (what must never change). Every test
 * runs twice: with openat2(2), and under a filter that hides it.
 */
struct tree {
	char dir[64];
	int dir_fd, root;
};

static int setup(void **state)
{
	struct tree *t = mem_new(1, sizeof(*t));

	(void)snprintf(t->dir, sizeof(t->dir), "/tmp/vial-path-XXXXXX");
	if (!mkdtemp(t->dir))
		return -1;
	t->dir_fd = open(t->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (mkdirat(t->dir_fd, "root", 0755) < 0 || mkdirat(t->dir_fd, "canary", 0755) < 0)
		return -1;
	t->root = openat(t->dir_fd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	*state = t;
	return t->root < 0 ? -1 : 0;
}

static int teardown(void **state)
{
	struct tree *t = *state;
	pid_t pid = fork();

	if (pid == 0) {
		(void)execl("/bin/rm", "rm", "-rf", "--", t->dir, (char *)NULL);
		_exit(127);
	}
	(void)waitpid(pid, NULL, 0);
	(void)close(t->root);
	(void)close(t->dir_fd);
	free(t);
	return 0;
}

static void make_dir(const struct tree *t, const char *path)
{
	assert_int_equal(mkdirat(t->root, path, 0755), 0);
}

static void make_file(const struct tree *t, const char *path)
{
	int fd = openat(t->root, path, O_WRONLY | O_CREAT | O_EXCL, 0644);

	assert_true(fd >= 0);
	(void)close(fd);
}

static void make_link(const struct tree *t, const char *target, const char *path)
{
	assert_int_equal(symlinkat(target, t->root, path), 0);
}

static ino_t inode_at(int dir, const char *path)
{
	struct stat st;

	assert_int_equal(fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st.st_ino;
}

/* The entry that @path must lead to, named without any link; NULL: the root. */
static void assert_leads_to(const struct tree *t, const char *path, const char *real)
{
	autoclose int fd = path_open_in(t->root, path, O_PATH, 0);
	struct stat st;

	if (fd < 0)
		fail_msg("%s: %s", path, errno_text(-fd));
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_ino, inode_at(t->root, real ? real : "."));
}

static void assert_open_fails(const struct tree *t, const char *path, int flags, int code)
{
	int fd = path_open_in(t->root, path, flags, 0600);

	if (fd != -code)
		fail_msg("%s: %d (%s)", path, fd, fd < 0 ? errno_text(-fd) : "opened");
	assert_int_equal(errno, code);
}

static void assert_canary_untouched(const struct tree *t)
{
	/* rmdir and mkdir: only an empty directory can go. */
	assert_int_equal(unlinkat(t->dir_fd, "canary", AT_REMOVEDIR), 0);
	assert_int_equal(mkdirat(t->dir_fd, "canary", 0755), 0);
}

static void clean_is_lexical(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "", "/" },	       { "/", "/" },
		{ "a", "/a" },	       { "/a//b/./c/", "/a/b/c" },
		{ "/a/../b", "/b" },   { "../..", "/" },
		{ "/a/b/../..", "/" }, { "/..a/.b/...", "/..a/.b/..." },
		{ "/a/..", "/" },      { "a/../../b/", "/b" },
		{ "././.", "/" },
	};
	struct arena a = ARENA_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_string_equal(path_clean(&a, rows[i].in), rows[i].out);
	assert_string_equal(path_join(&a, "/x/y", "../z"), "/x/z");
	assert_string_equal(path_join(&a, "/x/y", "/z/"), "/z");
	arena_done(&a);
}

static void open_stays_inside_the_root(void **state)
{
	struct tree *t = *state;

	make_dir(t, "etc");
	make_dir(t, "etc/deep");
	make_file(t, "etc/passwd");
	make_link(t, "/etc", "absolute");
	make_link(t, "../../../../etc", "up");
	make_link(t, "../../passwd", "etc/deep/above");
	make_link(t, "absolute/deep/../passwd", "chain");
	make_link(t, "/../../..", "etc/root");

	assert_leads_to(t, "/", NULL);
	assert_leads_to(t, "..", NULL);
	assert_leads_to(t, "/../../etc/../..", NULL);
	assert_leads_to(t, "absolute/passwd", "etc/passwd");
	assert_leads_to(t, "/absolute/", "etc");
	assert_leads_to(t, "up/passwd", "etc/passwd");
	assert_leads_to(t, "chain", "etc/passwd");
	assert_leads_to(t, "etc/root/etc/root", NULL);
	assert_leads_to(t, "etc/deep/../../etc/deep/..", "etc");
	assert_leads_to(t, "//etc///./passwd", "etc/passwd");
	/* "../../passwd" from /etc/deep is /passwd, not /etc/passwd. */
	assert_open_fails(t, "etc/deep/above", O_PATH, ENOENT);
}

static void open_says_why_not(void **state)
{
	struct tree *t = *state;
	char name[300];

	make_file(t, "file");
	make_link(t, "loop2", "loop1");
	make_link(t, "loop1", "loop2");
	make_link(t, "self/x", "self");
	make_link(t, "nowhere", "dangling");
	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';

	assert_open_fails(t, "", O_PATH, ENOENT);
	assert_open_fails(t, "none", O_PATH, ENOENT);
	assert_open_fails(t, "none/..", O_PATH, ENOENT);
	assert_open_fails(t, "file/x", O_PATH, ENOTDIR);
	assert_open_fails(t, "file/", O_PATH, ENOTDIR);
	assert_open_fails(t, "file/..", O_PATH, ENOTDIR);
	assert_open_fails(t, "file", O_PATH | O_DIRECTORY, ENOTDIR);
	assert_open_fails(t, "loop1", O_PATH, ELOOP);
	assert_open_fails(t, "loop1/x", O_PATH, ELOOP);
	assert_open_fails(t, "self", O_PATH, ELOOP);
	assert_open_fails(t, "dangling", O_PATH, ENOENT);
	assert_open_fails(t, "dangling", O_RDONLY | O_NOFOLLOW, ELOOP);
	assert_open_fails(t, "file", O_WRONLY | O_CREAT | O_EXCL, EEXIST);
	assert_open_fails(t, "dangling", O_WRONLY | O_CREAT | O_EXCL, EEXIST);
	assert_open_fails(t, name, O_PATH, ENAMETOOLONG);
}

static void open_creates_inside_only(void **state)
{
	struct tree *t = *state;
	char target[128];

	(void)snprintf(target, sizeof(target), "%s/canary/new", t->dir);
	make_link(t, target, "out");
	make_link(t, "../canary/new", "out2");
	make_link(t, "made", "in");

	autoclose int fd = path_open_in(t->root, "in", O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	assert_leads_to(t, "in", "made");
	assert_open_fails(t, "out", O_WRONLY | O_CREAT, ENOENT);
	assert_open_fails(t, "out2", O_WRONLY | O_CREAT, ENOENT);
	assert_canary_untouched(t);
}

static void open_keeps_a_last_link(void **state)
{
	struct tree *t = *state;
	struct stat st;

	make_file(t, "file");
	make_link(t, "file", "link");
	autoclose int fd = path_open_in(t->root, "link", O_PATH | O_NOFOLLOW, 0);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
}

static void magic_links_are_refused_plain_ones_are_not(void **state)
{
	autoclose int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char path[64];

	(void)state;
	assert_true(proc >= 0);
	autoclose int status = path_open_in(proc, "self/status", O_RDONLY, 0);
	assert_true(status >= 0);
	(void)snprintf(path, sizeof(path), "self/fd/%d", proc);
	assert_int_equal(path_open_in(proc, path, O_PATH, 0), -ELOOP);
	assert_int_equal(path_open_in(proc, "self/root/etc", O_PATH, 0), -ELOOP);
	assert_int_equal(path_open_in(proc, "self/cwd", O_PATH, 0), -ELOOP);
	assert_int_equal(path_open_in(proc, "self/exe", O_RDONLY, 0), -ELOOP);
}

static mode_t mode_at(const struct tree *t, const char *path)
{
	struct stat st;

	assert_int_equal(fstatat(t->root, path, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st.st_mode;
}

static void mkdirs_makes_what_is_missing(void **state)
{
	struct tree *t = *state;

	mode_t mask = umask(0);
	autoclose int fd = path_mkdirs_in(t->root, "/a/b/../c/d", 0751);
	(void)umask(mask);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFL) & O_PATH, O_PATH);
	assert_int_equal(mode_at(t, "a"), S_IFDIR | 0751);
	assert_int_equal(mode_at(t, "a/c/d"), S_IFDIR | 0751);
	/* As mkdir -p does. */
	assert_int_equal(mode_at(t, "a/b"), S_IFDIR | 0751);

	autoclose int again = path_mkdirs_in(t->root, "a/c", 0700);
	assert_true(again >= 0);
	assert_int_equal(mode_at(t, "a/c"), S_IFDIR | 0751);
	autoclose int top = path_mkdirs_in(t->root, "/", 0700);
	assert_true(top >= 0);
}

static void mkdirs_inherits_the_group_bit(void **state)
{
	struct tree *t = *state;

	make_dir(t, "g");
	assert_int_equal(fchmodat(t->root, "g", 02755, 0), 0);
	autoclose int fd = path_mkdirs_in(t->root, "g/h", 0755);
	assert_true(fd >= 0);
	assert_int_equal(mode_at(t, "g/h"), S_IFDIR | 02755);
}

static void mkdirs_follows_links_inside_only(void **state)
{
	struct tree *t = *state;
	char target[128];

	(void)snprintf(target, sizeof(target), "%s/canary", t->dir);
	make_link(t, target, "absolute");
	make_link(t, "../canary", "relative");
	make_link(t, "not/yet", "dangling");
	make_file(t, "file");
	make_link(t, "loop", "loop");

	autoclose int a = path_mkdirs_in(t->root, "absolute/x", 0755);
	autoclose int b = path_mkdirs_in(t->root, "relative/y", 0755);
	autoclose int c = path_mkdirs_in(t->root, "dangling/z", 0755);
	assert_true(a >= 0);
	assert_true(b >= 0);
	assert_true(c >= 0);
	assert_int_equal(mode_at(t, "canary/y"), S_IFDIR | 0755);
	assert_int_equal(mode_at(t, "not/yet/z"), S_IFDIR | 0755);
	/* The same names as outside, below the root. */
	(void)snprintf(target, sizeof(target), "%s/canary/x", t->dir + 1);
	assert_leads_to(t, "absolute/x", target);
	assert_int_equal(path_mkdirs_in(t->root, "file", 0755), -ENOTDIR);
	assert_int_equal(path_mkdirs_in(t->root, "file/x", 0755), -ENOTDIR);
	assert_int_equal(path_mkdirs_in(t->root, "loop/x", 0755), -ELOOP);
	assert_int_equal(path_mkdirs_in(t->root, "", 0755), -ENOENT);
	assert_canary_untouched(t);
}

static void mkfile_makes_or_takes(void **state)
{
	struct tree *t = *state;
	char target[128];

	(void)snprintf(target, sizeof(target), "%s/canary/f", t->dir);
	make_link(t, "../canary/f", "relative");
	make_link(t, target, "absolute");
	assert_int_equal(mkfifoat(t->root, "fifo", 0600), 0);
	make_dir(t, "dir");

	mode_t mask = umask(0);
	autoclose int fd = path_mkfile_in(t->root, "p/q/file", 0644, 0755);
	(void)umask(mask);
	assert_true(fd >= 0);
	assert_int_equal(mode_at(t, "p/q/file"), S_IFREG | 0644);
	assert_int_equal(mode_at(t, "p/q"), S_IFDIR | 0755);

	/* A fifo is not opened for reading: this would hang. */
	autoclose int fifo = path_mkfile_in(t->root, "fifo", 0644, 0755);
	assert_true(fifo >= 0);
	assert_int_equal(mode_at(t, "fifo"), S_IFIFO | 0600);

	autoclose int link = path_mkfile_in(t->root, "relative", 0644, 0755);
	assert_true(link >= 0);
	assert_int_equal(mode_at(t, "canary/f"), S_IFREG | 0644);
	autoclose int absolute = path_mkfile_in(t->root, "absolute", 0644, 0755);
	assert_true(absolute >= 0);
	assert_int_equal(path_mkfile_in(t->root, "dir", 0644, 0755), -EISDIR);
	assert_int_equal(path_mkfile_in(t->root, "new/", 0644, 0755), -EISDIR);
	assert_int_equal(path_mkfile_in(t->root, "fifo/x", 0644, 0755), -ENOTDIR);
	assert_canary_untouched(t);
}

struct racer {
	const struct tree *t;
	atomic_bool stop;
};

/* Exchanges a directory and a link to the canary, as fast as it can (CVE-2024-45310). */
static void *swap_names(void *arg)
{
	struct racer *r = arg;

	while (!atomic_load(&r->stop))
		(void)renameat2(r->t->root, "vol/a", r->t->root, "vol/link", RENAME_EXCHANGE);
	return NULL;
}

static void a_racing_rename_cannot_lead_outside(void **state)
{
	struct tree *t = *state;
	struct racer racer = { .t = t };
	pthread_t thread;
	char target[128];
	int made = 0;

	(void)snprintf(target, sizeof(target), "%s/canary", t->dir);
	make_dir(t, "vol");
	make_dir(t, "vol/a");
	make_link(t, target, "vol/link");
	assert_int_equal(pthread_create(&thread, NULL, swap_names, &racer), 0);
	for (int i = 0; i < 600; i++) {
		char path[64];

		(void)snprintf(path, sizeof(path), "vol/a/%d/x", i);
		autoclose int dir = path_mkdirs_in(t->root, path, 0755);
		(void)snprintf(path, sizeof(path), "vol/a/f%d", i);
		autoclose int file = path_mkfile_in(t->root, path, 0644, 0755);
		(void)snprintf(path, sizeof(path), "vol/a/../a/o%d", i);
		autoclose int opened = path_open_in(t->root, path, O_WRONLY | O_CREAT, 0644);
		made += (dir >= 0) + (file >= 0) + (opened >= 0);
	}
	atomic_store(&racer.stop, true);
	(void)pthread_join(thread, NULL);
	assert_true(made > 0);
	assert_canary_untouched(t);
}

/* From here on openat2(2) is not there. */
static int hide_openat2(int code)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)code),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { ARRAY_SIZE(filter), filter };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static int run_all(const char *name)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clean_is_lexical),
		cmocka_unit_test_setup_teardown(open_stays_inside_the_root, setup, teardown),
		cmocka_unit_test_setup_teardown(open_says_why_not, setup, teardown),
		cmocka_unit_test_setup_teardown(open_creates_inside_only, setup, teardown),
		cmocka_unit_test_setup_teardown(open_keeps_a_last_link, setup, teardown),
		cmocka_unit_test(magic_links_are_refused_plain_ones_are_not),
		cmocka_unit_test_setup_teardown(mkdirs_makes_what_is_missing, setup, teardown),
		cmocka_unit_test_setup_teardown(mkdirs_inherits_the_group_bit, setup, teardown),
		cmocka_unit_test_setup_teardown(mkdirs_follows_links_inside_only, setup, teardown),
		cmocka_unit_test_setup_teardown(mkfile_makes_or_takes, setup, teardown),
		cmocka_unit_test_setup_teardown(a_racing_rename_cannot_lead_outside, setup,
						teardown),
	};

	return cmocka_run_group_tests_name(name, tests, NULL, NULL);
}

int main(void)
{
	int failed = run_all("path");

	for (int i = 0; i < 2; i++) {
		int code = i ? EPERM : ENOSYS;
		pid_t pid = fork();
		int status = -1;

		if (pid == 0)
			exit(hide_openat2(code) < 0 ||
			     run_all(i ? "path, openat2 EPERM" : "path, openat2 ENOSYS") != 0);
		if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0)
			failed++;
	}
	return failed;
}
