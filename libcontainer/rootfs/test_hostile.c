/* SPDX-License-Identifier: Apache-2.0 */
#include "rootfs/test_box.h"
#include "rootfs/parts.h"

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

/* mount(2) takes a path, but ours is ".": what the descriptor is open on. */
static const char *check_mount_by_descriptor(struct box *b, struct rootfs *r)
{
	static const char *const mode[] = { "mode=700", "size=4k,mode=711" };
	struct new_fs fs = { .type = "tmpfs", .source = "tmpfs", .data = mode, .n_data = 1 };

	(void)b;
	(void)r;
	EXPECT(mkdirat(AT_FDCWD, "/a", 0755) == 0 && mkdirat(AT_FDCWD, "/victim", 0755) == 0);
	autoclose int fd = openat(AT_FDCWD, "/a", O_PATH | O_CLOEXEC);
	EXPECT(renameat(AT_FDCWD, "/a", AT_FDCWD, "/b") == 0);
	EXPECT(symlinkat("/victim", AT_FDCWD, "/a") == 0);

	/* Not for mount(2): it would cut, share or not know them. */
	fs.n_data = 2;
	EXPECT(!fs_mount_at(&fs, fd, "."));
	fs.n_data = 1;
	fs.attrs = MOUNT_ATTR_RDONLY;
	EXPECT(!fs_mount_at(&fs, fd, "."));
	fs.attrs = 0;
	fs.sb_flags = MS_SYNCHRONOUS;
	EXPECT(!fs_mount_at(&fs, fd, "."));
	fs.sb_flags = 0;
	EXPECT(mode_of("/b") == (S_IFDIR | 0755));

	fs.attrs = MOUNT_ATTR_NOSUID | MOUNT_ATTR_STRICTATIME;
	EXPECT(fs_mount_at(&fs, fd, "."));
	EXPECT(mode_of("/b") == (S_IFDIR | 0700) && (flags_of("/b") & ST_NOSUID));
	EXPECT(mode_of("/victim") == (S_IFDIR | 0755));
	return NULL;
}

static void a_mount_follows_its_descriptor(void **state)
{
	assert_runs(*state, check_mount_by_descriptor);
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

static void a_false_node_in_the_image_is_refused(void **state)
{
	struct box *b = *state;

	put_file(b, "root/etc/target", "mine");
	put_link(b, "/etc/target", "root/dev/null");
	add_device(b, "/dev/null", 1, 3, 0666);
	assert_fails(b, "/dev/null: what is there already is not that device");
	assert_int_equal(unlinkat(b->fd, "root/dev/null", 0), 0);
	assert_int_equal(mknodat(b->fd, "root/dev/null", S_IFCHR | 0600, makedev(1, 7)), 0);
	assert_fails(b, "/dev/null: what is there already is not that device");
	assert_int_equal(unlinkat(b->fd, "root/dev/null", 0), 0);
	assert_int_equal(mkdirat(b->fd, "root/dev/null", 0755), 0);
	assert_fails(b, "/dev/null: what is there already is not that device");
}

static void the_right_node_gets_its_mode_and_owner(void **state)
{
	struct box *b = *state;

	put_file(b, "root/etc/target", "mine");
	assert_int_equal(mknodat(b->fd, "root/dev/null", S_IFCHR | 0600, makedev(1, 3)), 0);
	add_device(b, "/dev/null", 1, 3, 0666);
	assert_runs(b, check_replaced_null);
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

	(void)add_devpts(b);
	b->plan.process.terminal = true;
	(void)snprintf(target, sizeof(target), "%s/canary/new", b->dir);
	put_link(b, target, "root/dev/console");
	assert_fails(b, "/dev/console");
	put_file(b, "canary/new", "");
	assert_fails(b, "/dev/console");
	assert_int_equal(unlinkat(b->fd, "canary/new", 0), 0);
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

/* --- wrong configurations, sysctl, the root itself ----------------------------------------- */

static void mount_errors_say_what_is_wrong(void **state)
{
	struct box *b = *state;
	static const char *const bad[] = { "size=lots", NULL };
	static const char *const unknown[] = { "colour=red", NULL };

	struct plan_mount *m = add_bind(b, "/nonex", "/x");
	assert_fails(b,
		     "error mounting \"/nonex\" to rootfs at \"/x\": mounts[0]: failed to fulfil "
		     "mount request: open /nonex: no such file or directory");
	*m = (struct plan_mount){ .kind = MOUNT_KIND_FS,
				  .fstype = "tmpfs",
				  .source = "tmpfs",
				  .destination = "/x",
				  .data = { bad, 1 } };
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

static void sysctls_go_to_the_real_proc_only(void **state)
{
	struct box *b = *state;
	static struct spec_string_pair one[] = { { .key = "net/ipv4/ip_forward", .value = "1" } };

	b->plan.sysctl = (struct spec_string_map){ one, 1 };
	b->unshare_flags |= CLONE_NEWNET;
	assert_int_equal(mkdirat(b->fd, "root/proc/sys", 0755), 0);
	assert_int_equal(mkdirat(b->fd, "root/proc/sys/net", 0755), 0);
	assert_int_equal(mkdirat(b->fd, "root/proc/sys/net/ipv4", 0755), 0);
	put_file(b, "root/proc/sys/net/ipv4/ip_forward", "fake");
	assert_runs(b, NULL);
	autodone(strbuf) struct strbuf text = STRBUF_INIT;
	struct err e = { 0 };
	assert_int_equal(file_read_at(b->fd, "root/proc/sys/net/ipv4/ip_forward", 0, &text, &e), 0);
	assert_string_equal(strbuf_str(&text), "fake");
	one[0].key = "net/ipv4/nothing";
	assert_fails(b, "linux.sysctl: open /proc/sys/net/ipv4/nothing: no such file or directory");
	one[0].key = "net/../../self/oom_score_adj";
	assert_fails(b, "linux.sysctl");
}

static void open_host_resolves_once_and_refuses(void **state)
{
	struct box *b = *state;
	struct err e = { 0 };
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		EFFECT(proc_and_sys_are_ordinary_directories),
		EFFECT(a_dev_that_is_a_link_stays_inside),
		EFFECT(a_mount_follows_its_descriptor),
		EFFECT(the_mask_is_never_the_images_dev_null),
		EFFECT(a_false_node_in_the_image_is_refused),
		EFFECT(the_right_node_gets_its_mode_and_owner),
		EFFECT(destinations_through_links_stay_inside),
		EFFECT(a_console_that_is_a_link_gets_no_terminal),
		EFFECT(a_ptmx_that_is_not_devpts_is_refused),
		EFFECT(only_a_procfs_is_mounted_over_proc),
		EFFECT(mount_errors_say_what_is_wrong),
		EFFECT(sysctls_go_to_the_real_proc_only),
		EFFECT(open_host_resolves_once_and_refuses),
	};

	return run_effects("hostile rootfs", tests);
}
