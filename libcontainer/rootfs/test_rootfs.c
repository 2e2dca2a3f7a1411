/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Effects, as root: each test builds a root file system in a temporary directory, decides a
 * plan by hand, lets a child process in namespaces of its own do all of it, and looks at the
 * result from inside. After each the mounts of the host are what they were.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/sys.h"
#include "rootfs/rootfs.h"

#define MOUNTS_MAX 24

struct box {
	char dir[64];			/* holds root/, canary/, src/ */
	int fd;
	struct strbuf mountinfo;	/* of the host, before */
	struct plan plan;
	struct request request;
	struct plan_mount mounts[MOUNTS_MAX];
	struct plan_device devices[8];
	const char *masked[8], *readonly[8];
	int unshare_flags;
	bool skip_finish;
	const char *(*check)(struct box *b, struct rootfs *r);	/* inside; NULL: all is well */
	char text[ERR_TEXT_MAX];	/* what the child said */
};

/* --- outside ------------------------------------------------------------------------ */

static int setup(void **state)
{
	struct box *b = mem_new(1, sizeof(*b));
	static const char *const dirs[] = {"root", "canary", "src", "root/etc", "root/tmp", "root/proc",
					   "root/sys", "root/dev", "root/secret", "src/sub"};
	struct err e = {0};

	(void)snprintf(b->dir, sizeof(b->dir), "/tmp/vial-rootfs-XXXXXX");
	if (!mkdtemp(b->dir) || file_read_at(AT_FDCWD, "/proc/self/mountinfo", 0, &b->mountinfo, &e) < 0)
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

static int teardown(void **state)
{
	struct box *b = *state;
	autodone(strbuf) struct strbuf now = STRBUF_INIT;
	struct err e = {0};
	int r = file_read_at(AT_FDCWD, "/proc/self/mountinfo", 0, &now, &e);

	if (r == 0 && !str_eq(strbuf_str(&now), strbuf_str(&b->mountinfo))) {
		(void)fprintf(stderr, "mounts were left on the host:\n%s", strbuf_str(&now));
		r = -1;
	}
	pid_t pid = fork();
	if (pid == 0) {
		(void)execl("/bin/rm", "rm", "-rf", "--one-file-system", "--", b->dir, (char *)NULL);
		_exit(127);
	}
	(void)waitpid(pid, NULL, 0);
	(void)close(b->fd);
	strbuf_done(&b->mountinfo);
	free(b);
	return r;
}

static void put_file(struct box *b, const char *path, const char *text)
{
	autoclose int fd = openat(b->fd, path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(fd_write_all(fd, text, strlen(text)), 0);
}

static void put_link(struct box *b, const char *target, const char *path)
{
	(void)unlinkat(b->fd, path, AT_REMOVEDIR);
	(void)unlinkat(b->fd, path, 0);
	assert_int_equal(symlinkat(target, b->fd, path), 0);
}

/* Only an empty directory can be removed. */
static void assert_canary_empty(struct box *b)
{
	assert_int_equal(unlinkat(b->fd, "canary", AT_REMOVEDIR), 0);
	assert_int_equal(mkdirat(b->fd, "canary", 0755), 0);
}

static struct plan_mount *add(struct box *b, enum mount_kind kind, const char *fstype,
			      const char *source, const char *destination)
{
	struct plan_mount *m = &b->mounts[b->plan.n_mounts];

	assert_true(b->plan.n_mounts < MOUNTS_MAX);
	*m = (struct plan_mount){.kind = kind, .index = b->plan.n_mounts++, .fstype = fstype,
				 .source = source, .destination = destination};
	return m;
}

static struct plan_mount *add_fs(struct box *b, const char *fstype, const char *destination)
{
	return add(b, MOUNT_KIND_FS, fstype, fstype, destination);
}

static struct plan_mount *add_bind(struct box *b, const char *source, const char *destination)
{
	return add(b, MOUNT_KIND_BIND, NULL, path_join(&b->plan.arena, b->dir, source), destination);
}

static void add_device(struct box *b, const char *path, uint32_t major, uint32_t minor, mode_t mode)
{
	b->devices[b->plan.n_devices++] = (struct plan_device){
		.path = path, .mode = S_IFCHR | mode, .major = major, .minor = minor};
	b->plan.make_dev = true;
}

static void mask(struct box *b, const char *path)
{
	b->masked[b->plan.masked_paths.n++] = path;
}

static void make_readonly(struct box *b, const char *path)
{
	b->readonly[b->plan.readonly_paths.n++] = path;
}

/* --- the child ---------------------------------------------------------------------- */

static int steps(struct box *b, struct rootfs *r, struct err *e)
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
		ret = rootfs_pivot(r, e);
	if (ret == 0)
		ret = rootfs_sysctl(r, e);
	if (ret == 0 && !b->skip_finish)
		ret = rootfs_finish(r, e);
	return ret < 0 ? ret : rootfs_verify(r, e);
}

static void map_root(void)
{
	struct err e = {0};

	if (file_write_at(AT_FDCWD, "/proc/self/setgroups", "deny", &e) < 0 ||
	    file_write_at(AT_FDCWD, "/proc/self/uid_map", "0 0 1", &e) < 0 ||
	    file_write_at(AT_FDCWD, "/proc/self/gid_map", "0 0 1", &e) < 0)
		_exit(3);
}

static __attribute__((noreturn)) void say(int out, int code, const char *text)
{
	if (fd_write_all(out, text, strlen(text)) < 0)
		_exit(4);
	_exit(code);
}

static void child(struct box *b, int out)
{
	struct rootfs r = ROOTFS_INIT;
	struct err e = {0};
	const char *wrong;

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
static int run(struct box *b)
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

static void assert_runs(struct box *b, const char *(*check)(struct box *, struct rootfs *))
{
	b->check = check;
	int status = run(b);
	if (status != 0)
		fail_msg("%s: %s", status == 1 ? "inside" : "error", b->text);
}

static void assert_fails(struct box *b, const char *text)
{
	b->check = NULL;
	int status = run(b);
	if (status != 2 || !strstr(b->text, text))
		fail_msg("status %d: \"%s\" lacks \"%s\"", status, b->text, text);
}

/* --- inside --------------------------------------------------------------------------- */

#define EXPECT(cond)               \
	do {                       \
		if (!(cond))       \
			return #cond; \
	} while (0)

static unsigned long flags_of(const char *path)
{
	struct statfs fs;

	return statfs(path, &fs) < 0 ? ~0UL : (unsigned long)fs.f_flags;
}

static bool is_type(const char *path, long magic)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 && (long)fs.f_type == magic;
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	return lstat(path, &st) < 0 ? 0 : st.st_mode;
}

static bool is_char(const char *path, unsigned int major, unsigned int minor)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(major, minor);
}

static bool links_to(const char *path, const char *target)
{
	char now[PATH_MAX] = "";

	return readlink(path, now, sizeof(now) - 1) >= 0 && str_eq(now, target);
}

static int write_errno(const char *path)
{
	autoclose int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	return fd < 0 ? errno : 0;
}

static bool reads(const char *path, const char *text)
{
	char now[256] = "";
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd >= 0 && read(fd, now, sizeof(now) - 1) >= 0 && str_eq(now, text);
}

/* --- a usual container ------------------------------------------------------------------ */

static const char *const dev_data[] = {"mode=755", "size=65536k", NULL};
static const char *const pts_data[] = {"newinstance", "ptmxmode=0666", "mode=0620", NULL};

static void usual(struct box *b)
{
	(void)add_fs(b, "proc", "/proc");
	struct plan_mount *dev = add_fs(b, "tmpfs", "/dev");
	dev->data = (struct strs){dev_data, 2};
	dev->has_mode = true;
	dev->attr_set = MOUNT_ATTR_NOSUID;
	struct plan_mount *pts = add_fs(b, "devpts", "/dev/pts");
	pts->data = (struct strs){pts_data, 3};
	pts->attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;
	struct plan_mount *sys = add_fs(b, "sysfs", "/sys");
	sys->attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID;
	sys->sb_flags = MS_RDONLY;
	add_device(b, "/dev/null", 1, 3, 0666);
	add_device(b, "/dev/zero", 1, 5, 0666);
	add_device(b, "/dev/sub/odd", 1, 7, 0640);
	b->devices[2].gid = 7;
	b->unshare_flags |= CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS;
	b->plan.ns[NS_NETWORK].wanted = true;
}

static const char *check_usual(struct box *b, struct rootfs *r)
{
	struct stat a, c;

	(void)b;
	(void)r;
	EXPECT(is_type("/proc", PROC_SUPER_MAGIC));
	EXPECT(is_type("/sys", SYSFS_MAGIC) && (flags_of("/sys") & ST_RDONLY));
	EXPECT(flags_of("/dev") & ST_NOSUID);
	EXPECT(!(flags_of("/dev") & ST_RDONLY));
	EXPECT(is_char("/dev/null", 1, 3) && is_char("/dev/zero", 1, 5));
	EXPECT(mode_of("/dev/null") == (S_IFCHR | 0666));
	EXPECT(mode_of("/dev/sub/odd") == (S_IFCHR | 0640));
	EXPECT(stat("/dev/sub/odd", &a) == 0 && a.st_gid == 7);
	EXPECT(links_to("/dev/ptmx", "pts/ptmx") && links_to("/dev/fd", "/proc/self/fd"));
	EXPECT(links_to("/dev/stderr", "/proc/self/fd/2"));
	EXPECT(is_char("/dev/console", 5, 2)); /* the test binds a multiplexer over it */
	EXPECT(write_errno("/x") == EROFS && write_errno("/dev/x") == 0);
	EXPECT(write_errno("/proc/sys/kernel/hostname") == EROFS);
	EXPECT(is_char("/etc/shadow", 1, 3) && reads("/etc/shadow", ""));
	EXPECT(is_char("/proc/timer_list", 1, 3));
	EXPECT(unlink("/etc/shadow") < 0 && is_type("/secret", TMPFS_MAGIC));
	EXPECT(access("/secret/key", F_OK) < 0 && write_errno("/secret/x") == EROFS);
	EXPECT(stat("/secret", &a) == 0 && stat("/proc/tty", &c) == 0 && a.st_dev == c.st_dev);
	EXPECT(reads("/proc/sys/net/ipv4/ip_forward", "1\n"));
	EXPECT(reads("/proc/sys/kernel/domainname", "inside\n"));
	EXPECT(chdir("/tmp") == 0 && chdir("../../../..") == 0 && access("etc/shadow", F_OK) == 0);
	EXPECT(access("/canary", F_OK) < 0);
	return NULL;
}

static void everything_of_a_usual_container(void **state)
{
	struct box *b = *state;
	static const struct spec_string_pair sysctls[] = {
		{.key = "net/ipv4/ip_forward", .value = "1"},
		{.key = "kernel/domainname", .value = "inside"},
	};

	usual(b);
	put_file(b, "root/etc/shadow", "secret\n");
	put_file(b, "root/secret/key", "secret\n");
	mask(b, "/etc/shadow");
	mask(b, "/secret");
	mask(b, "/proc/timer_list");
	mask(b, "/proc/tty");
	mask(b, "/proc/not/there");
	mask(b, "/secret");
	mask(b, "/etc/shadow");
	make_readonly(b, "/proc/sys");
	make_readonly(b, "/not/there");
	b->plan.root_readonly = true;
	b->plan.process.terminal = true;
	b->plan.sysctl = (struct spec_string_map){sysctls, 2};
	mode_t old = umask(0077);
	assert_runs(b, check_usual);
	(void)umask(old);
	assert_false(access("/dev/sub", F_OK) == 0);
}

static void a_root_that_stayed_writable_is_found(void **state)
{
	struct box *b = *state;

	b->plan.root_readonly = true;
	b->skip_finish = true;
	assert_fails(b, "root.readonly: / is not read-only");
	b->plan.root_readonly = false;
	mask(b, "/secret");
	assert_fails(b, "linux.maskedPaths[0]: /secret is not masked");
	b->plan.masked_paths.n = 0;
	make_readonly(b, "/etc");
	assert_fails(b, "linux.readonlyPaths[0]: /etc is not read-only");
}

/* --- hostile roots ---------------------------------------------------------------------- */

static void proc_and_sys_are_ordinary_directories(void **state)
{
	struct box *b = *state;

	put_link(b, "../../canary", "root/proc");
	put_link(b, "/", "root/sys");
	struct plan_mount *m = add_fs(b, "proc", "/proc");
	assert_fails(b, "filesystem \"proc\" must be mounted on ordinary directory");
	assert_string_equal(strstr(b->text, "error mounting"), b->text);
	m->fstype = "sysfs";
	m->destination = "/sys";
	assert_fails(b, "must be mounted on ordinary directory");
	b->plan.n_mounts = 0;
	(void)add_bind(b, "src", "/sys");
	assert_fails(b, "must be mounted on ordinary directory");
	assert_canary_empty(b);
}

static const char *check_dev_in_root(struct box *b, struct rootfs *r)
{
	(void)b;
	(void)r;
	EXPECT(is_char("/evil/null", 1, 3) && links_to("/evil/ptmx", "pts/ptmx"));
	return NULL;
}

static void a_dev_that_is_a_link_stays_inside(void **state)
{
	struct box *b = *state;
	char target[128];

	put_link(b, "../../evil", "root/dev");
	add_device(b, "/dev/null", 1, 3, 0666);
	put_file(b, "canary/ptmx", "");
	assert_runs(b, check_dev_in_root);

	(void)snprintf(target, sizeof(target), "%s/canary", b->dir);
	put_link(b, target, "root/dev");
	assert_runs(b, NULL);
	/* The host's ptmx is there, and nothing else. */
	assert_int_equal(unlinkat(b->fd, "canary/ptmx", 0), 0);
	assert_canary_empty(b);
}

static const char *check_mask_source(struct box *b, struct rootfs *r)
{
	(void)b;
	(void)r;
	EXPECT(is_char("/etc/shadow", 1, 3));
	return NULL;
}

static void the_mask_is_never_the_images_dev_null(void **state)
{
	struct box *b = *state;

	put_file(b, "root/etc/shadow", "secret");
	put_file(b, "root/dev/null", "fake");
	mask(b, "/etc/shadow");
	assert_runs(b, check_mask_source);
	put_link(b, "/proc/sys/kernel/core_pattern", "root/dev/null");
	assert_runs(b, check_mask_source);
}

static const char *check_replaced_null(struct box *b, struct rootfs *r)
{
	(void)b;
	(void)r;
	EXPECT(is_char("/dev/null", 1, 3) && mode_of("/dev/null") == (S_IFCHR | 0666));
	EXPECT(reads("/etc/target", "mine"));
	return NULL;
}

static void a_false_node_in_the_image_is_replaced(void **state)
{
	struct box *b = *state;

	put_file(b, "root/etc/target", "mine");
	put_link(b, "/etc/target", "root/dev/null");
	add_device(b, "/dev/null", 1, 3, 0666);
	assert_runs(b, check_replaced_null);
	assert_int_equal(unlinkat(b->fd, "root/dev/null", 0), 0);
	assert_int_equal(mknodat(b->fd, "root/dev/null", S_IFCHR | 0600, makedev(1, 7)), 0);
	assert_runs(b, check_replaced_null);
	assert_int_equal(unlinkat(b->fd, "root/dev/null", 0), 0);
	assert_int_equal(mkdirat(b->fd, "root/dev/null", 0755), 0);
	assert_fails(b, "/dev/null");
}

static const char *check_link_target(struct box *b, struct rootfs *r)
{
	(void)b;
	(void)r;
	EXPECT(is_type("/canary/deep", TMPFS_MAGIC));
	EXPECT(is_type("/not/yet", TMPFS_MAGIC));
	EXPECT(reads("/canary/file", "source"));
	EXPECT(reads("/etc/fifo", "source"));
	return NULL;
}

static void destinations_through_links_stay_inside(void **state)
{
	struct box *b = *state;

	put_file(b, "src/file", "source");
	put_link(b, "../../../../canary", "root/out");
	put_link(b, "/not/yet", "root/dangling");
	assert_int_equal(mkfifoat(b->fd, "root/etc/fifo", 0600), 0);
	(void)add_fs(b, "tmpfs", "/out/deep");
	(void)add_fs(b, "tmpfs", "/dangling");
	(void)add_bind(b, "src/file", "/out/file");
	(void)add_bind(b, "src/file", "/etc/fifo");
	assert_runs(b, check_link_target);
	assert_canary_empty(b);
}

static void a_console_that_is_a_link_gets_no_terminal(void **state)
{
	struct box *b = *state;
	char target[128];

	struct plan_mount *pts = add_fs(b, "devpts", "/dev/pts");
	pts->data = (struct strs){pts_data, 3};
	b->plan.process.terminal = true;
	(void)snprintf(target, sizeof(target), "%s/canary/new", b->dir);
	put_link(b, target, "root/dev/console");
	assert_fails(b, "/dev/console");
	put_file(b, "root/etc/victim", "mine");
	put_link(b, "/etc/victim", "root/dev/console");
	assert_fails(b, "/dev/console");
	assert_canary_empty(b);
}

static void a_ptmx_that_is_not_devpts_is_refused(void **state)
{
	struct box *b = *state;

	b->plan.process.terminal = true;
	assert_fails(b, "open /dev/pts/ptmx: no such file or directory");
	assert_int_equal(mkdirat(b->fd, "root/dev/pts", 0755), 0);
	assert_int_equal(mknodat(b->fd, "root/dev/pts/ptmx", S_IFCHR | 0666, makedev(5, 2)), 0);
	assert_fails(b, "/dev/pts is not that of a devpts");
}

/* --- over /proc ----------------------------------------------------------------------- */

static const char *check_uptime(struct box *b, struct rootfs *r)
{
	(void)b;
	(void)r;
	EXPECT(reads("/proc/uptime", "source"));
	return NULL;
}

static void only_a_procfs_is_mounted_over_proc(void **state)
{
	struct box *b = *state;

	put_file(b, "src/file", "source");
	put_link(b, "/proc", "root/alias");
	put_link(b, "/proc/self", "root/self");
	(void)add_fs(b, "proc", "/proc");
	struct plan_mount *m = add_bind(b, "src/file", "/proc/uptime");
	assert_runs(b, check_uptime);
	m->destination = "/proc/self/attr/exec";
	assert_fails(b, "\"/proc/self/attr/exec\" cannot be mounted because it is inside /proc");
	m->destination = "/self/attr/exec";
	assert_fails(b, "cannot be mounted because it is inside /proc");
	b->plan.n_mounts = 1;
	m = add_bind(b, "src", "/proc");
	assert_fails(b, "\"/proc\" cannot be mounted because it is not of type proc");
	m->destination = "/alias";
	assert_fails(b, "cannot be mounted because it is not of type proc");
	b->plan.n_mounts = 0;
	(void)add_fs(b, "tmpfs", "/alias");
	assert_fails(b, "cannot be mounted because it is not of type proc");
	b->plan.n_mounts = 0;
	(void)add_bind(b, "/proc", "/proc");
	assert_runs(b, NULL);
}

/* --- kinds of mounts ---------------------------------------------------------------------- */

static const char *check_tmpfs(struct box *b, struct rootfs *r)
{
	(void)b;
	(void)r;
	EXPECT(mode_of("/tmp") == (S_IFDIR | 07711));
	EXPECT(mode_of("/fresh") == (S_IFDIR | 01777));
	EXPECT(mode_of("/named") == (S_IFDIR | 0700));
	EXPECT(mode_of("/etc") == (S_IFDIR | 0755) && is_type("/etc", TMPFS_MAGIC));
	EXPECT(reads("/etc/file", "content") && mode_of("/etc/file") == (S_IFREG | 04751));
	EXPECT(links_to("/etc/link", "/etc/file") && S_ISFIFO(mode_of("/etc/sub/fifo")));
	EXPECT(mode_of("/etc/sub") == (S_IFDIR | 02777));
	EXPECT(flags_of("/late") & ST_RDONLY);
	EXPECT(mode_of("/late/inside") == (S_IFDIR | 0755));
	EXPECT(write_errno("/late/x") == EROFS && write_errno("/named/x") == 0);
	return NULL;
}

static void tmpfs_modes_copies_and_late_readonly(void **state)
{
	struct box *b = *state;
	static const char *const mode[] = {"mode=700", NULL};

	assert_int_equal(fchmodat(b->fd, "root/tmp", 07711, 0), 0);
	put_file(b, "root/etc/file", "content");
	assert_int_equal(fchmodat(b->fd, "root/etc/file", 04751, 0), 0);
	put_link(b, "/etc/file", "root/etc/link");
	assert_int_equal(mkdirat(b->fd, "root/etc/sub", 0755), 0);
	assert_int_equal(fchmodat(b->fd, "root/etc/sub", 02777, 0), 0);
	assert_int_equal(mkfifoat(b->fd, "root/etc/sub/fifo", 0600), 0);
	(void)add_fs(b, "tmpfs", "/tmp");
	(void)add_fs(b, "tmpfs", "/fresh");
	struct plan_mount *m = add_fs(b, "tmpfs", "/named");
	m->data = (struct strs){mode, 1};
	m->has_mode = true;
	add_fs(b, "tmpfs", "/etc")->tmpcopyup = true;
	m = add_fs(b, "tmpfs", "/late");
	m->attr_set = MOUNT_ATTR_RDONLY;
	m->sb_flags = MS_RDONLY;
	m->readonly_last = true;
	(void)add_bind(b, "src", "/late/inside");
	assert_runs(b, check_tmpfs);
}

static const char *check_binds(struct box *b, struct rootfs *r)
{
	(void)b;
	(void)r;
	EXPECT((flags_of("/ro") & (ST_RDONLY | ST_NOEXEC)) == (ST_RDONLY | ST_NOEXEC));
	EXPECT(!(flags_of("/ro/sub") & ST_RDONLY) && write_errno("/ro/sub/x") == 0);
	EXPECT((flags_of("/rro/sub") & ST_RDONLY) && write_errno("/rro/sub/x") == EROFS);
	EXPECT(flags_of("/kept") & ST_NODEV);
	EXPECT(!(flags_of("/cleared") & ST_NODEV) && (flags_of("/cleared") & ST_NOSUID));
	EXPECT(!(flags_of("/remounted") & ST_NODEV) && (flags_of("/remounted") & ST_RDONLY));
	return NULL;
}

static void bind_flags(void **state)
{
	struct box *b = *state;
	static const unsigned long shared = MS_SHARED | MS_REC;

	(void)add_bind(b, "src", "/src");
	(void)add_fs(b, "tmpfs", "/src/sub");
	struct plan_mount *m = add_bind(b, "root/src", "/ro");
	m->recursive = true;
	m->attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC;
	m->attr_explicit = true;
	m->propagation = &shared;
	m->n_propagation = 1;
	m = add_bind(b, "root/src", "/rro");
	m->recursive = true;
	m->rec_attr_set = MOUNT_ATTR_RDONLY;
	add_fs(b, "tmpfs", "/nodev")->attr_set = MOUNT_ATTR_NODEV;
	(void)add_bind(b, "root/nodev", "/kept");
	m = add_bind(b, "root/nodev", "/cleared");
	m->attr_set = MOUNT_ATTR_NOSUID;
	m->attr_explicit = true;
	(void)add_bind(b, "root/nodev", "/remounted");
	m = add(b, MOUNT_KIND_REMOUNT, NULL, NULL, "/remounted");
	m->attr_set = MOUNT_ATTR_RDONLY;
	m->attr_explicit = true;
	assert_runs(b, check_binds);
}

static void mount_errors_say_what_is_wrong(void **state)
{
	struct box *b = *state;
	static const char *const bad[] = {"size=lots", NULL};
	static const char *const unknown[] = {"colour=red", NULL};

	struct plan_mount *m = add_bind(b, "/nonex", "/x");
	assert_fails(b, "error mounting \"/nonex\" to rootfs at \"/x\": mounts[0]: failed to fulfil "
			"mount request: open /nonex: no such file or directory");
	*m = (struct plan_mount){.kind = MOUNT_KIND_FS, .fstype = "tmpfs", .source = "tmpfs",
				 .destination = "/x", .data = {bad, 1}};
	assert_fails(b, "\"size=lots\": invalid argument (tmpfs: Bad value for 'size')");
	m->data.v = unknown;
	assert_fails(b, "(tmpfs: Unknown parameter 'colour')");
	m->data.n = 0;
	m->fstype = "nosuchfs";
	assert_fails(b, "fsopen(2): \"nosuchfs\": no such device");
	b->plan.n_mounts = 0;
	put_file(b, "root/etc/file", "");
	m = add_bind(b, "src", "/etc/file");
	assert_fails(b, "(a directory and a file cannot be mounted on each other)");
	m->destination = "/etc/file/deeper";
	assert_fails(b, "not a directory");
}

/* --- propagation, other ways to the root ---------------------------------------------------- */

static const char *check_shared(struct box *b, struct rootfs *r)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;
	struct err e = {0};

	(void)b;
	EXPECT(file_read_at(r->proc_fd, "self/mountinfo", 0, &text, &e) == 0);
	EXPECT(strstr(strbuf_str(&text), " / rw,relatime shared:"));
	return NULL;
}

/* A second host: a mount namespace whose mounts are all shared with the container's. */
static void in_a_shared_host(struct box *b, unsigned long propagation, bool no_pivot)
{
	autodone(strbuf) struct strbuf before = STRBUF_INIT, after = STRBUF_INIT;
	struct err e = {0};
	int status;

	pid_t pid = fork();
	if (pid == 0) {
		if (unshare(CLONE_NEWNS) < 0 || sys_mount(NULL, "/", NULL, MS_SHARED | MS_REC, NULL) < 0)
			_exit(10);
		if (file_read_at(AT_FDCWD, "/proc/self/mountinfo", 0, &before, &e) < 0)
			_exit(11);
		b->plan.root_propagation = propagation;
		b->request.no_pivot = no_pivot;
		b->check = propagation == (MS_SHARED | MS_REC) && !no_pivot ? check_shared : NULL;
		int r = run(b);
		if (r != 0) {
			(void)fprintf(stderr, "propagation %lx: %s\n", propagation, b->text);
			_exit(12);
		}
		if (file_read_at(AT_FDCWD, "/proc/self/mountinfo", 0, &after, &e) < 0)
			_exit(13);
		_exit(str_eq(strbuf_str(&before), strbuf_str(&after)) ? 0 : 14);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (status != 0)
		fail_msg("propagation %lx no_pivot %d: exit %d", propagation, no_pivot,
			 WEXITSTATUS(status));
}

static void a_shared_host_sees_nothing(void **state)
{
	struct box *b = *state;
	static const unsigned long kinds[] = {
		0, MS_SHARED | MS_REC, MS_SHARED, MS_SLAVE | MS_REC, MS_SLAVE, MS_PRIVATE | MS_REC,
		MS_PRIVATE, MS_UNBINDABLE, MS_UNBINDABLE | MS_REC,
	};

	(void)add_fs(b, "proc", "/proc");
	(void)add_fs(b, "tmpfs", "/tmp");
	(void)add_bind(b, "src", "/tmp/src");
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		in_a_shared_host(b, kinds[i], false);
	in_a_shared_host(b, 0, true);
	in_a_shared_host(b, MS_SHARED | MS_REC, true);
}

static const char *check_no_pivot(struct box *b, struct rootfs *r)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;
	struct err e = {0};
	size_t n = 0;

	(void)b;
	EXPECT(access("/etc", F_OK) == 0 && access("/canary", F_OK) < 0);
	EXPECT(file_read_at(r->proc_fd, "self/mountinfo", 0, &text, &e) == 0);
	for (const char *p = strbuf_str(&text); (p = strstr(p, " - proc ")); p++)
		n++;
	EXPECT(n == 0);
	EXPECT(!strstr(strbuf_str(&text), " - sysfs "));
	return NULL;
}

static void without_pivot_no_proc_is_left_behind(void **state)
{
	struct box *b = *state;

	b->request.no_pivot = true;
	assert_runs(b, check_no_pivot);
	b->plan.root_propagation = MS_PRIVATE | MS_REC;
	assert_fails(b, "rootfsPropagation of [r]private is not safe with no_pivot");
}

static const char *check_chroot(struct box *b, struct rootfs *r)
{
	(void)b;
	(void)r;
	EXPECT(access("/etc", F_OK) == 0 && access("/canary", F_OK) < 0);
	return NULL;
}

static void without_a_mount_namespace_nothing_is_mounted(void **state)
{
	struct box *b = *state;

	b->plan.ns[NS_MOUNT].wanted = false;
	b->unshare_flags = CLONE_NEWUTS;
	assert_runs(b, check_chroot);
	(void)add_fs(b, "tmpfs", "/tmp");
	assert_fails(b, "mounts: needs a private mount namespace");
	b->plan.n_mounts = 0;
	b->plan.root_readonly = true;
	assert_fails(b, "root.readonly: needs a private mount namespace");
	b->plan.root_readonly = false;
	mask(b, "/etc");
	assert_fails(b, "linux.maskedPaths: needs a private mount namespace");
}

/* --- user namespace, cgroups, sysctl --------------------------------------------------------- */

static const char *check_userns(struct box *b, struct rootfs *r)
{
	(void)b;
	(void)r;
	EXPECT(is_char("/dev/null", 1, 3) && write_errno("/dev/null") == 0);
	EXPECT(is_char("/dev/zero", 1, 5));
	EXPECT((flags_of("/locked") & (ST_NODEV | ST_NOSUID)) == (ST_NODEV | ST_NOSUID));
	EXPECT(is_type("/sys", SYSFS_MAGIC) && (flags_of("/sys") & ST_RDONLY));
	EXPECT(is_char("/etc/shadow", 1, 3) && write_errno("/x") == EROFS);
	return NULL;
}

static void in_a_user_namespace(void **state)
{
	struct box *b = *state;

	put_file(b, "root/etc/shadow", "secret");
	(void)add_fs(b, "tmpfs", "/dev");
	struct plan_mount *sys = add_fs(b, "sysfs", "/sys");
	sys->attr_set = MOUNT_ATTR_RDONLY;
	add_device(b, "/dev/null", 1, 3, 0666);
	add_device(b, "/dev/zero", 1, 5, 0666);
	b->unshare_flags |= CLONE_NEWUSER;
	b->plan.ns[NS_USER].wanted = true;
	b->plan.root_readonly = true;
	mask(b, "/etc/shadow");

	/* A mount of the host with flags that the user namespace locks. */
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		char path[128];

		(void)snprintf(path, sizeof(path), "%s/src", b->dir);
		if (unshare(CLONE_NEWNS) < 0 || sys_mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL) < 0 ||
		    sys_mount("t", path, "tmpfs", MS_NODEV, NULL) < 0)
			_exit(10);
		struct plan_mount *m = add_bind(b, "src", "/locked");
		m->attr_set = MOUNT_ATTR_NOSUID;
		m->attr_explicit = true;
		b->check = check_userns;
		if (run(b) != 0) {
			(void)fprintf(stderr, "%s\n", b->text);
			_exit(11);
		}
		/* What is locked cannot be cleared by name. */
		m->attr_clr = MOUNT_ATTR_NODEV;
		if (run(b) != 2 || !strstr(b->text, "operation not permitted"))
			_exit(12);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static struct plan_cgroup_dir cgroup_dirs[16];

/* This host's own hierarchies, the container in this process's cgroups. */
static bool host_cgroups(struct box *b)
{
	struct host_facts f = {0};
	struct err e = {0};

	if (host_facts_probe(&f, &e) < 0 || f.cgroup_mode == CGROUP_NONE) {
		host_facts_done(&f);
		return false;
	}
	for (size_t i = 0; i < f.n_hierarchies && i < ARRAY_SIZE(cgroup_dirs); i++) {
		const struct cgroup_hierarchy *h = &f.hierarchies[i];
		const char *mount = arena_strdup(&b->plan.arena, h->mount);

		cgroup_dirs[b->plan.cgroup.n_dirs++] = (struct plan_cgroup_dir){
			arena_strdup(&b->plan.arena, h->name), mount, mount, h->is_v2};
	}
	b->plan.cgroup.dirs = cgroup_dirs;
	b->plan.cgroup.mode = f.cgroup_mode;
	b->plan.cgroup.enabled = true;
	host_facts_done(&f);
	return true;
}

static const char *check_cgroups(struct box *b, struct rootfs *r)
{
	(void)r;
	EXPECT(flags_of("/sys/fs/cgroup") & ST_RDONLY);
	for (size_t i = 0; i < b->plan.cgroup.n_dirs && b->plan.cgroup.mode != CGROUP_V2; i++) {
		char path[PATH_MAX];

		(void)snprintf(path, sizeof(path), "/sys/fs/cgroup%s",
			       strrchr(b->plan.cgroup.dirs[i].mount, '/'));
		EXPECT(is_type(path, CGROUP_SUPER_MAGIC) || is_type(path, CGROUP2_SUPER_MAGIC));
		EXPECT(flags_of(path) & ST_RDONLY);
		EXPECT(flags_of(path) & ST_NOEXEC);
	}
	return NULL;
}

static void cgroup_mounts_are_readonly_throughout(void **state)
{
	struct box *b = *state;

	if (!host_cgroups(b))
		skip();
	struct plan_mount *m = add(b, MOUNT_KIND_CGROUP, "cgroup", "cgroup", "/sys/fs/cgroup");
	m->attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID;
	m->sb_flags = MS_RDONLY;
	m->readonly_last = true;
	assert_runs(b, check_cgroups);
	b->plan.ns[NS_CGROUP].wanted = true;
	b->unshare_flags |= CLONE_NEWCGROUP;
	assert_runs(b, check_cgroups);
	b->unshare_flags |= CLONE_NEWUSER;
	b->plan.ns[NS_USER].wanted = true;
	assert_runs(b, check_cgroups);
}

static void sysctls_go_to_the_real_proc_only(void **state)
{
	struct box *b = *state;
	static struct spec_string_pair one[] = {{.key = "net/ipv4/ip_forward", .value = "1"}};

	b->plan.sysctl = (struct spec_string_map){one, 1};
	b->unshare_flags |= CLONE_NEWNET;
	assert_int_equal(mkdirat(b->fd, "root/proc/sys", 0755), 0);
	assert_int_equal(mkdirat(b->fd, "root/proc/sys/net", 0755), 0);
	assert_int_equal(mkdirat(b->fd, "root/proc/sys/net/ipv4", 0755), 0);
	put_file(b, "root/proc/sys/net/ipv4/ip_forward", "fake");
	assert_runs(b, NULL);
	autodone(strbuf) struct strbuf text = STRBUF_INIT;
	struct err e = {0};
	assert_int_equal(file_read_at(b->fd, "root/proc/sys/net/ipv4/ip_forward", 0, &text, &e), 0);
	assert_string_equal(strbuf_str(&text), "fake");
	one[0].key = "net/ipv4/nothing";
	assert_fails(b, "linux.sysctl: open /proc/sys/net/ipv4/nothing: no such file or directory");
	one[0].key = "net/../../self/oom_score_adj";
	assert_fails(b, "linux.sysctl");
}

/* --- the root itself ------------------------------------------------------------------------ */

static void open_host_resolves_once_and_refuses(void **state)
{
	struct box *b = *state;
	struct err e = {0};
	const char *path = NULL;
	char link[128], real[128];

	(void)snprintf(link, sizeof(link), "%s/link", b->dir);
	(void)snprintf(real, sizeof(real), "%s/root", b->dir);
	put_link(b, "src/../root", "link");
	put_file(b, "file", "");
	autoclose int fd = rootfs_open_host(link, &b->plan.arena, &path, &e);
	assert_true(fd >= 0);
	assert_string_equal(path, real);
	assert_int_equal(rootfs_open_host("/b/nope", &b->plan.arena, &path, &e), -ENOENT);
	assert_string_equal(e.text, "invalid rootfs: stat /b/nope: no such file or directory");
	assert_int_equal(rootfs_open_host("/../.", &b->plan.arena, &path, &e), -EINVAL);
	(void)snprintf(link, sizeof(link), "%s/file", b->dir);
	assert_int_equal(rootfs_open_host(link, &b->plan.arena, &path, &e), -ENOTDIR);
}

static int arena_teardown(void **state)
{
	arena_done(&((struct box *)*state)->plan.arena);
	return teardown(state);
}

#define EFFECT(test) cmocka_unit_test_setup_teardown(test, setup, arena_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EFFECT(everything_of_a_usual_container),
		EFFECT(a_root_that_stayed_writable_is_found),
		EFFECT(proc_and_sys_are_ordinary_directories),
		EFFECT(a_dev_that_is_a_link_stays_inside),
		EFFECT(the_mask_is_never_the_images_dev_null),
		EFFECT(a_false_node_in_the_image_is_replaced),
		EFFECT(destinations_through_links_stay_inside),
		EFFECT(a_console_that_is_a_link_gets_no_terminal),
		EFFECT(a_ptmx_that_is_not_devpts_is_refused),
		EFFECT(only_a_procfs_is_mounted_over_proc),
		EFFECT(tmpfs_modes_copies_and_late_readonly),
		EFFECT(bind_flags),
		EFFECT(mount_errors_say_what_is_wrong),
		EFFECT(a_shared_host_sees_nothing),
		EFFECT(without_pivot_no_proc_is_left_behind),
		EFFECT(without_a_mount_namespace_nothing_is_mounted),
		EFFECT(in_a_user_namespace),
		EFFECT(cgroup_mounts_are_readonly_throughout),
		EFFECT(sysctls_go_to_the_real_proc_only),
		EFFECT(open_host_resolves_once_and_refuses),
	};

	if (geteuid() != 0) {
		(void)printf("1..0 # skipped: needs root\n");
		return 0;
	}
	return cmocka_run_group_tests_name("rootfs", tests, NULL, NULL);
}
