/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ROOTFS_TEST_BOX_H
#define ROOTFS_TEST_BOX_H

/*
 * Effects, as root: each test builds a root file system in a temporary directory, decides a
 * plan by hand, lets a child process in namespaces of its own do all of it, and looks at the
 * result from inside. After each the mounts around it are what they were.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/sys.h"
#include "rootfs/rootfs.h"

#define MOUNTS_MAX 24

struct box {
	char dir[64]; /* holds root/, canary/, src/ */
	int fd;
	struct strbuf mountinfo; /* of the host, before */
	struct plan plan;
	struct request request;
	struct plan_mount mounts[MOUNTS_MAX];
	struct plan_device devices[8];
	const char *masked[8], *readonly[8];
	int unshare_flags;
	bool skip_finish;
	const char *(*check)(struct box *b, struct rootfs *r); /* inside; NULL: all is well */
	char text[ERR_TEXT_MAX];			       /* what the child said */
};

/* --- outside ------------------------------------------------------------------------ */

static inline int setup(void **state)
{
	struct box *b = mem_new(1, sizeof(*b));
	static const char *const dirs[] = { "root",	   "canary",	"src",	    "root/etc",
					    "root/tmp",	   "root/proc", "root/sys", "root/dev",
					    "root/secret", "src/sub" };
	struct err e = { 0 };

	(void)snprintf(b->dir, sizeof(b->dir), "/tmp/vial-rootfs-XXXXXX");
	if (!mkdtemp(b->dir) ||
	    file_read_at(AT_FDCWD, "/proc/self/mountinfo", 0, &b->mountinfo, &e) < 0)
		return -1;
	b->fd = open(b->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		if (mkdirat(b->fd, dirs[i], 0755) < 0)
			return -1;
	b->plan.request = &b->request;
	b->plan.mounts = b->mounts;
	b->plan.devices = b->devices;
	b->plan.masked_paths.v = b->masked;
	b->plan.readonly_paths.v = b->readonly;
	b->plan.ns[NS_MOUNT].wanted = true;
	b->unshare_flags = CLONE_NEWNS;
	*state = b;
	return 0;
}

static inline int teardown(void **state)
{
	struct box *b = *state;
	autodone(strbuf) struct strbuf now = STRBUF_INIT;
	struct err e = { 0 };
	int r = file_read_at(AT_FDCWD, "/proc/self/mountinfo", 0, &now, &e);

	if (r == 0 && !str_eq(strbuf_str(&now), strbuf_str(&b->mountinfo))) {
		(void)fprintf(stderr, "mounts were left on the host:\n%s", strbuf_str(&now));
		r = -1;
	}
	pid_t pid = fork();
	if (pid == 0) {
		(void)execl("/bin/rm", "rm", "-rf", "--one-file-system", "--", b->dir,
			    (char *)NULL);
		_exit(127);
	}
	(void)waitpid(pid, NULL, 0);
	(void)close(b->fd);
	strbuf_done(&b->mountinfo);
	free(b);
	return r;
}

static inline void put_file(struct box *b, const char *path, const char *text)
{
	autoclose int fd = openat(b->fd, path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(fd_write_all(fd, text, strlen(text)), 0);
}

static inline void put_link(struct box *b, const char *target, const char *path)
{
	(void)unlinkat(b->fd, path, AT_REMOVEDIR);
	(void)unlinkat(b->fd, path, 0);
	assert_int_equal(symlinkat(target, b->fd, path), 0);
}

/* Only an empty directory can be removed. */
static inline void assert_canary_empty(struct box *b)
{
	assert_int_equal(unlinkat(b->fd, "canary", AT_REMOVEDIR), 0);
	assert_int_equal(mkdirat(b->fd, "canary", 0755), 0);
}

static inline struct plan_mount *add(struct box *b, enum mount_kind kind, const char *fstype,
				     const char *source, const char *destination)
{
	struct plan_mount *m = &b->mounts[b->plan.n_mounts];

	assert_true(b->plan.n_mounts < MOUNTS_MAX);
	*m = (struct plan_mount){ .kind = kind,
				  .index = b->plan.n_mounts++,
				  .fstype = fstype,
				  .source = source,
				  .destination = destination };
	return m;
}

static inline struct plan_mount *add_fs(struct box *b, const char *fstype, const char *destination)
{
	return add(b, MOUNT_KIND_FS, fstype, fstype, destination);
}

static inline struct plan_mount *add_bind(struct box *b, const char *source,
					  const char *destination)
{
	return add(b, MOUNT_KIND_BIND, NULL, path_join(&b->plan.arena, b->dir, source),
		   destination);
}

/* A devpts of the container's own. */
static inline struct plan_mount *add_devpts(struct box *b)
{
	static const char *const data[] = { "newinstance", "ptmxmode=0666", "mode=0620", NULL };
	struct plan_mount *m = add_fs(b, "devpts", "/dev/pts");

	m->data = (struct strs){ data, 3 };
	return m;
}

static inline void add_device(struct box *b, const char *path, uint32_t major, uint32_t minor,
			      mode_t mode)
{
	b->devices[b->plan.n_devices++] = (struct plan_device){
		.path = path, .mode = S_IFCHR | mode, .major = major, .minor = minor
	};
	b->plan.make_dev = true;
}

static inline void mask(struct box *b, const char *path)
{
	b->masked[b->plan.masked_paths.n++] = path;
}

static inline void make_readonly(struct box *b, const char *path)
{
	b->readonly[b->plan.readonly_paths.n++] = path;
}

/* --- the child ---------------------------------------------------------------------- */

static inline int steps(struct box *b, struct rootfs *r, struct err *e)
{
	char path[128];
	const char *canonical = NULL;

	(void)snprintf(path, sizeof(path), "%s/root", b->dir);
	r->plan = &b->plan;
	autoclose int host = rootfs_open_host(path, &b->plan.arena, &canonical, e);
	int ret = host < 0 ? host : rootfs_enter(r, canonical, host, e);
	if (ret == 0)
		ret = rootfs_mounts(r, e);
	if (ret == 0 && b->plan.process.terminal) {
		autoclose int ptmx = rootfs_open_ptmx(r, e);
		ret = ptmx < 0 ? ptmx : rootfs_dev_console(r, ptmx, e);
	}
	if (ret == 0)
		ret = rootfs_sysctl(r, e);
	if (ret == 0 && !b->skip_finish)
		ret = rootfs_protect(r, e);
	if (ret == 0)
		ret = rootfs_pivot(r, e);
	if (ret == 0)
		ret = rootfs_finish(r, e);
	return ret < 0 ? ret : rootfs_verify(r, e);
}

static inline void map_root(void)
{
	struct err e = { 0 };

	if (file_write_at(AT_FDCWD, "/proc/self/setgroups", "deny", &e) < 0 ||
	    file_write_at(AT_FDCWD, "/proc/self/uid_map", "0 0 1", &e) < 0 ||
	    file_write_at(AT_FDCWD, "/proc/self/gid_map", "0 0 1", &e) < 0)
		_exit(3);
}

static inline __attribute__((noreturn)) void say(int out, int code, const char *text)
{
	if (fd_write_all(out, text, strlen(text)) < 0)
		_exit(4);
	_exit(code);
}

static inline void child(struct box *b, int out)
{
	struct rootfs r = ROOTFS_INIT;
	struct err e = { 0 };
	const char *wrong;

	(void)umask(0); /* as in init */
	if (unshare(b->unshare_flags) < 0)
		say(out, 3, "unshare");
	if (b->unshare_flags & CLONE_NEWUSER)
		map_root();
	r.proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (steps(b, &r, &e) < 0)
		say(out, 2, e.text);
	wrong = b->check ? b->check(b, &r) : NULL;
	say(out, wrong ? 1 : 0, wrong ? wrong : "");
}

/* Runs the container's part. Return: its exit status; b->text is what it said. */
static inline int run(struct box *b)
{
	int out[2], status;
	size_t n = 0;

	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		child(b, out[1]);
	(void)close(out[1]);
	for (ssize_t got; (got = read(out[0], b->text + n, sizeof(b->text) - 1 - n)) > 0;)
		n += (size_t)got;
	b->text[n] = '\0';
	(void)close(out[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static inline void assert_runs(struct box *b, const char *(*check)(struct box *, struct rootfs *))
{
	b->check = check;
	int status = run(b);
	if (status != 0)
		fail_msg("%s: %s", status == 1 ? "inside" : "error", b->text);
}

static inline void assert_fails(struct box *b, const char *text)
{
	b->check = NULL;
	int status = run(b);
	if (status != 2 || !strstr(b->text, text))
		fail_msg("status %d: \"%s\" lacks \"%s\"", status, b->text, text);
}

/* --- inside --------------------------------------------------------------------------- */

#define EXPECT(cond)                                                                               \
	do {                                                                                       \
		if (!(cond))                                                                       \
			return #cond;                                                              \
	} while (0)

static inline unsigned long flags_of(const char *path)
{
	struct statfs fs;

	return statfs(path, &fs) < 0 ? ~0UL : (unsigned long)fs.f_flags;
}

static inline bool is_type(const char *path, long magic)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 && (long)fs.f_type == magic;
}

static inline mode_t mode_of(const char *path)
{
	struct stat st;

	return lstat(path, &st) < 0 ? 0 : st.st_mode;
}

static inline bool is_char(const char *path, unsigned int major, unsigned int minor)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(major, minor);
}

static inline bool links_to(const char *path, const char *target)
{
	char now[PATH_MAX] = "";

	return readlink(path, now, sizeof(now) - 1) >= 0 && str_eq(now, target);
}

static inline int write_errno(const char *path)
{
	autoclose int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	return fd < 0 ? errno : 0;
}

static inline bool reads(const char *path, const char *text)
{
	char now[256] = "";
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd >= 0 && read(fd, now, sizeof(now) - 1) >= 0 && str_eq(now, text);
}

static inline int arena_teardown(void **state)
{
	arena_done(&((struct box *)*state)->plan.arena);
	return teardown(state);
}

#define EFFECT(test) cmocka_unit_test_setup_teardown(test, setup, arena_teardown)

/* Runs tests in a mount namespace of their own, so that nobody else's mounts disturb them. */
#define run_effects(name, tests)                                                                   \
	(geteuid() != 0 ? skip_effects()                                                           \
	 : own_mounts() ? 1                                                                        \
			: cmocka_run_group_tests_name(name, tests, NULL, NULL))

static inline int skip_effects(void)
{
	(void)fprintf(stderr, "1..0 # skipped: needs root\n");
	return 0;
}

static inline int own_mounts(void)
{
	if (unshare(CLONE_NEWNS) == 0 && sys_mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL) == 0)
		return 0;
	(void)fprintf(stderr, "unshare(2) or mount(2): %s\n", errno_text(errno));
	return -1;
}

#endif
