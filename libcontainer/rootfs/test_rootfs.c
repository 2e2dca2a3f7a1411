/* SPDX-License-Identifier: Apache-2.0 */
#include "rootfs/test_box.h"

#include "plan/hostfacts.h"

/* --- a usual container ------------------------------------------------------------------ */

static const char *const dev_data[] = { "mode=755", "size=65536k", NULL };

static void usual(struct box *b)
{
	(void)add_fs(b, "proc", "/proc");
	struct plan_mount *dev = add_fs(b, "tmpfs", "/dev");
	dev->data = (struct strs){ dev_data, 2 };
	dev->has_mode = true;
	dev->attr_set = MOUNT_ATTR_NOSUID;
	struct plan_mount *pts = add_devpts(b);
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
		{ .key = "net/ipv4/ip_forward", .value = "1" },
		{ .key = "kernel/domainname", .value = "inside" },
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
	b->plan.sysctl = (struct spec_string_map){ sysctls, 2 };
	assert_runs(b, check_usual);
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
	static const char *const mode[] = { "mode=700", NULL };

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
	m->data = (struct strs){ mode, 1 };
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

/* --- propagation, other ways to the root ---------------------------------------------------- */

static const char *check_shared(struct box *b, struct rootfs *r)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;
	struct err e = { 0 };

	(void)b;
	EXPECT(file_read_at(r->proc_fd, "self/mountinfo", 0, &text, &e) == 0);
	EXPECT(strstr(strbuf_str(&text), " / rw,relatime shared:"));
	return NULL;
}

/* A second host: a mount namespace whose mounts are all shared with the container's. */
static void in_a_shared_host(struct box *b, unsigned long propagation, bool no_pivot)
{
	autodone(strbuf) struct strbuf before = STRBUF_INIT, after = STRBUF_INIT;
	struct err e = { 0 };
	int status;

	pid_t pid = fork();
	if (pid == 0) {
		if (unshare(CLONE_NEWNS) < 0 ||
		    sys_mount(NULL, "/", NULL, MS_SHARED | MS_REC, NULL) < 0)
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
		0,
		MS_SHARED | MS_REC,
		MS_SHARED,
		MS_SLAVE | MS_REC,
		MS_SLAVE,
		MS_PRIVATE | MS_REC,
		MS_PRIVATE,
		MS_UNBINDABLE,
		MS_UNBINDABLE | MS_REC,
	};

	(void)add_fs(b, "proc", "/proc");
	(void)add_fs(b, "tmpfs", "/tmp");
	(void)add_bind(b, "src", "/tmp/src");
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		in_a_shared_host(b, kinds[i], false);
	in_a_shared_host(b, 0, true);
	in_a_shared_host(b, MS_SHARED | MS_REC, true);
}

/* What a nested container would do. Return: errno of the new procfs, 0 when it was given one. */
static int new_proc_errno(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID) < 0)
			_exit(255);
		pid_t inner = fork();
		if (inner == 0) {
			int fs = sys_fsopen("proc", FSOPEN_CLOEXEC);

			if (fs < 0 || sys_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
				_exit(254);
			_exit(sys_fsmount(fs, FSMOUNT_CLOEXEC, 0) < 0 ? errno : 0);
		}
		_exit(waitpid(inner, &status, 0) == inner ? WEXITSTATUS(status) : 253);
	}
	return waitpid(pid, &status, 0) == pid ? WEXITSTATUS(status) : 252;
}

static const char *check_no_pivot(struct box *b, struct rootfs *r)
{
	(void)b;
	(void)r;
	EXPECT(access("/etc", F_OK) == 0 && access("/canary", F_OK) < 0);
	/* The kernel gives a new one only to who sees one already, whole. */
	EXPECT(new_proc_errno() == EPERM);
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

static const char *check_chroot_mount(struct box *b, struct rootfs *r)
{
	struct statfs fs;

	(void)b;
	(void)r;
	EXPECT(statfs("/tmp", &fs) == 0 && fs.f_type == TMPFS_MAGIC);
	return NULL;
}

static void without_a_mount_namespace_only_mounts_are_made(void **state)
{
	struct box *b = *state;

	b->plan.ns[NS_MOUNT].wanted = false;
	b->unshare_flags = CLONE_NEWUTS;
	assert_runs(b, check_chroot);
	(void)add_fs(b, "tmpfs", "/tmp");
	b->unshare_flags |= CLONE_NEWNS; /* the "caller's": it ends with the test */
	assert_runs(b, check_chroot_mount);
	b->plan.n_mounts = 0;
	b->plan.root_readonly = true;
	assert_fails(b, "root.readonly: needs a private mount namespace");
	b->plan.root_readonly = false;
	mask(b, "/etc");
	assert_fails(b, "linux.maskedPaths: needs a private mount namespace");
}

/* --- user namespace, cgroups --------------------------------------------------------- */

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
		if (unshare(CLONE_NEWNS) < 0 ||
		    sys_mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL) < 0 ||
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
	struct host_facts f = { 0 };
	struct err e = { 0 };

	if (host_facts_probe(&f, false, &e) < 0 || f.cgroup_mode == CGROUP_NONE) {
		host_facts_done(&f);
		return false;
	}
	for (size_t i = 0; i < f.n_hierarchies && i < ARRAY_SIZE(cgroup_dirs); i++) {
		const struct cgroup_hierarchy *h = &f.hierarchies[i];
		const char *mount = arena_strdup(&b->plan.arena, h->mount);

		cgroup_dirs[b->plan.cgroup.n_dirs++] =
			(struct plan_cgroup_dir){ arena_strdup(&b->plan.arena, h->name), mount,
						  mount, h->is_v2 };
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		EFFECT(everything_of_a_usual_container),
		EFFECT(a_root_that_stayed_writable_is_found),
		EFFECT(tmpfs_modes_copies_and_late_readonly),
		EFFECT(bind_flags),
		EFFECT(a_shared_host_sees_nothing),
		EFFECT(without_pivot_no_proc_is_left_behind),
		EFFECT(without_a_mount_namespace_only_mounts_are_made),
		EFFECT(in_a_user_namespace),
		EFFECT(cgroup_mounts_are_readonly_throughout),
	};

	return run_effects("rootfs", tests);
}
