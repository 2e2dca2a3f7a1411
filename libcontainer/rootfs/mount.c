/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/retry.h"
#include "base/sys.h"
#include "plan/parts.h"
#include "rootfs/parts.h"

#define DIR_MODE  0755
#define FILE_MODE 0755

/* Files of /proc that lxcfs and the like replace; runc allows the same. */
static const char *const proc_files[] = {
	"/proc/cpuinfo",
	"/proc/diskstats",
	"/proc/meminfo",
	"/proc/stat",
	"/proc/swaps",
	"/proc/uptime",
	"/proc/loadavg",
	"/proc/slabinfo",
	"/proc/net/dev",
	"/proc/sys/kernel/ns_last_pid",
	"/proc/sys/crypto/fips_enabled",
};

static bool is_proc_file(const char *destination)
{
	for (size_t i = 0; i < ARRAY_SIZE(proc_files); i++)
		if (str_eq(proc_files[i], destination))
			return true;
	return false;
}

static int not_proc(const struct plan_mount *m, struct err *e)
{
	return err_set(e, EINVAL, "\"%s\" cannot be mounted because it is not of type proc",
		       m->destination);
}

static int inside_proc(const struct plan_mount *m, struct err *e)
{
	return err_set(e, EINVAL, "\"%s\" cannot be mounted because it is inside /proc",
		       m->destination);
}

/* By name first: what lies below /proc now may be covered by a procfs later. */
static int check_name(const struct plan_mount *m, unsigned int what, struct err *e)
{
	if (str_eq(m->destination, "/proc"))
		return what & TARGET_PROC ? 0 : not_proc(m, e);
	if (path_is_below(m->destination, "/proc") && !is_proc_file(m->destination))
		return inside_proc(m, e);
	return 0;
}

static void proc_is(struct rootfs *r, const struct stat *st)
{
	r->proc_state = PROC_THERE;
	r->proc_dev = st->st_dev;
	r->proc_ino = st->st_ino;
}

/* Once: what covers it later is a procfs, which statfs(2) tells. */
static void look_at_proc(struct rootfs *r, const struct plan_mount *m, const struct stat *target)
{
	struct stat st;

	if (r->proc_state != PROC_UNKNOWN)
		return;
	if (str_eq(m->destination, "/proc")) { /* opened without following */
		proc_is(r, target);
		return;
	}
	autoclose int proc = path_open_in(r->root_fd, "/proc", O_PATH | O_NOFOLLOW, 0);
	if (proc < 0 || fstat(proc, &st) < 0)
		r->proc_state = PROC_ABSENT;
	else
		proc_is(r, &st);
}

/* Does it lie in a procfs? Return: 1, 0, or -errno. */
static int is_in_procfs(struct rootfs *r, int fd, const struct stat *st)
{
	struct statfs fs;

	for (size_t i = 0; i < ARRAY_SIZE(r->plain) && i < r->n_plain; i++)
		if (r->plain[i] == st->st_dev)
			return 0;
	if (fstatfs(fd, &fs) < 0)
		return -errno;
	if (fs.f_type == PROC_SUPER_MAGIC)
		return 1;
	r->plain[r->n_plain++ % ARRAY_SIZE(r->plain)] = st->st_dev;
	return 0;
}

/* Then what the name led to: a symlink of the image may lead anywhere. */
static int check_place(struct rootfs *r, const struct plan_mount *m, int target, unsigned int what,
		       struct stat *st, struct err *e)
{
	int in_proc = fstat(target, st) < 0 ? -errno : is_in_procfs(r, target, st);

	if (in_proc < 0)
		return err_errno(e, "stat %s", m->destination);
	look_at_proc(r, m, st);
	if ((in_proc && st->st_ino == PROC_ROOT_INODE) ||
	    (r->proc_state == PROC_THERE && st->st_dev == r->proc_dev && st->st_ino == r->proc_ino))
		return what & TARGET_PROC ? 0 : not_proc(m, e);
	if (in_proc && !is_proc_file(m->destination))
		return inside_proc(m, e);
	return 0;
}

static void drop_dev(struct rootfs *r)
{
	if (r->dev_fd >= 0)
		(void)close(r->dev_fd);
	r->dev_fd = -1;
}

/* Those that the kernel's own promises hang on are not mounted through a symlink. */
static bool wants_ordinary_directory(const struct plan_mount *m)
{
	if (str_eq(m->destination, "/proc") || str_eq(m->destination, "/sys"))
		return true;
	return m->kind == MOUNT_KIND_FS &&
	       (str_eq(m->fstype, "proc") || str_eq(m->fstype, "sysfs"));
}

static int ordinary_directory(struct rootfs *r, const struct plan_mount *m, struct err *e)
{
	int fd = path_open_in(r->root_fd, m->destination, O_PATH | O_NOFOLLOW | O_DIRECTORY, 0);

	if (fd == -ENOTDIR)
		return err_set(e, ENOTDIR,
			       "filesystem \"%s\" must be mounted on ordinary directory",
			       m->fstype ? m->fstype : m->destination);
	return fd;
}

static int existing_target(struct rootfs *r, const struct plan_mount *m, struct err *e)
{
	if (wants_ordinary_directory(m))
		return ordinary_directory(r, m, e);
	return path_open_in(r->root_fd, m->destination,
			    m->dest_nofollow ? O_PATH | O_NOFOLLOW : O_PATH, 0);
}

static int make_target(struct rootfs *r, const struct plan_mount *m, unsigned int what,
		       struct err *e)
{
	int fd = what & TARGET_DIR
			 ? path_mkmissing_in(r->root_fd, m->destination, DIR_MODE)
			 : path_mkfile_in(r->root_fd, m->destination, FILE_MODE, DIR_MODE);
	if (fd < 0 || !(wants_ordinary_directory(m) || m->dest_nofollow))
		return fd;
	(void)close(fd);
	return existing_target(r, m, e);
}

/*
 * Right below a /dev that we have just mounted nothing is but what we made there: a directory that
 * can be made there needs no walk from the root. Return: its name, if that was done, or NULL.
 */
static const char *make_in_dev(struct rootfs *r, const struct plan_mount *m)
{
	const char *name = r->dev_fd >= 0 ? str_after(m->destination, "/dev/") : NULL;

	return name && !strchr(name, '/') && mkdirat(r->dev_fd, name, DIR_MODE) == 0 ? name : NULL;
}

/* Opens what make_in_dev() made. */
static int target_in_dev(struct rootfs *r, const char *name, struct target *ret_target,
			 struct err *e)
{
	autoclose int fd =
		RETRY(openat(r->dev_fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
	/* Found later on, it would be taken for one that was there before. */
	if (fd < 0 || fstat(fd, &ret_target->st) < 0)
		return err_set(e, EIO, "open the mountpoint /dev/%s: %s", name, errno_text(errno));
	ret_target->made = true;
	return take_fd(&fd);
}

/* Remembers the root of the file system that was just mounted on /dev, if it is an empty one. */
static void keep_dev(struct rootfs *r, const struct plan_mount *m)
{
	struct stat st;

	if (!str_eq(m->destination, "/dev") || !str_eq(m->fstype, "tmpfs"))
		return;
	drop_dev(r);
	autoclose int fd = path_open_in(r->root_fd, "/dev", O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);
	if (fd < 0 || fstat(fd, &st) < 0)
		return;
	r->dev_dev = st.st_dev;
	r->dev_ino = st.st_ino;
	r->plain[r->n_plain++ % ARRAY_SIZE(r->plain)] = st.st_dev;
	r->dev_fd = take_fd(&fd);
}

int mount_check_place(struct rootfs *r, const struct plan_mount *m, int target, struct err *e)
{
	struct stat st;

	return check_place(r, m, target, 0, &st, e);
}

int mount_target(struct rootfs *r, const struct plan_mount *m, unsigned int what,
		 struct target *ret_target, struct err *e)
{
	int ret = check_name(m, what, e);
	if (ret < 0)
		return ret;

	const char *made = what & TARGET_DIR ? make_in_dev(r, m) : NULL;
	if (made)
		return target_in_dev(r, made, ret_target, e);

	e->code = 0;
	autoclose int fd = existing_target(r, m, e);
	ret_target->made = fd == -ENOENT;
	if (ret_target->made) {
		fd = make_target(r, m, what, e);
		if (r->proc_state == PROC_ABSENT)
			r->proc_state = PROC_UNKNOWN; /* it may be what was made */
	}
	if (fd < 0 && e->code)
		return fd;
	if (fd < 0)
		return err_errno(e, "create mountpoint %s", m->destination);

	ret = check_place(r, m, fd, what, &ret_target->st, e);
	/* What comes over /dev covers it. */
	if (ret_target->st.st_dev == r->dev_dev && ret_target->st.st_ino == r->dev_ino)
		drop_dev(r);
	return ret < 0 ? ret : take_fd(&fd);
}

uint64_t early_attrs(const struct plan_mount *m)
{
	return m->readonly_last ? m->attr_set & ~(uint64_t)MOUNT_ATTR_RDONLY : m->attr_set;
}

void late_readonly(struct rootfs *r, int tree_fd)
{
	r->late_fds = mem_grow(r->late_fds, r->n_late + 1, sizeof(*r->late_fds));
	r->late_fds[r->n_late++] = tree_fd;
}

int mount_at(struct rootfs *r, const struct plan_mount *m, int *tree, int target_fd, struct err *e)
{
	struct stat from = { 0 }, to = { 0 };

	if (tree_attach(*tree, target_fd) < 0) {
		int ret = err_errno(e, "move_mount(2)");

		(void)fstat(*tree, &from);
		(void)fstat(target_fd, &to);
		/* The kernel says EINVAL; mount(2) of old said this, and Docker looks for it. */
		if (S_ISDIR(from.st_mode) != S_ISDIR(to.st_mode))
			return err_set(
				e, ENOTDIR,
				"move_mount(2): not a directory (a directory and a file cannot "
				"be mounted on each other)");
		return ret;
	}
	for (size_t i = 0; i < m->n_propagation; i++)
		if (tree_propagation(*tree, m->propagation[i]) < 0)
			return err_errno(e, "mount_setattr(2), propagation");

	if (str_eq(m->destination, "/")) {
		(void)close(r->root_fd);
		drop_dev(r);
		r->proc_state = PROC_UNKNOWN;
		r->root_fd = fcntl(*tree, F_DUPFD_CLOEXEC, 0);
		if (r->root_fd < 0)
			return err_errno(e, "fcntl(2)");
	}
	if (m->readonly_last && (m->attr_set & MOUNT_ATTR_RDONLY))
		late_readonly(r, take_fd(tree));
	return 0;
}

/* Is there a user namespace, but not one of the network that would allow a new sysfs? */
static bool lacks_own_sysfs(const struct rootfs *r)
{
	const struct plan_ns *ns = r->plan->ns;

	return ns[NS_USER].wanted && !(ns[NS_NETWORK].wanted && !ns[NS_NETWORK].path);
}

/*
 * The kernel gives a user namespace a sysfs only with a network namespace that it owns. The
 * host's is bound instead, with the flags on everything below, /sys/fs/cgroup too.
 */
static int bind_host_sysfs(const struct plan_mount *m)
{
	autoclose int fd = tree_clone(AT_FDCWD, "/sys", true);

	if (fd < 0 || tree_attr(fd, m->attr_set, 0, true) < 0)
		return -errno;
	return take_fd(&fd);
}

static int new_fs(struct rootfs *r, const struct plan_mount *m, const struct new_fs *fs,
		  struct err *e)
{
	int ret = fs_mount(fs, e);

	if (ret == -EINVAL && str_eq(fs->type, "overlay") && strstr(e->text, "create"))
		return err_append(e, "an overlay needs its upperdir and workdir on one file system "
				     "that is local and no overlay, such as tmpfs, ext4 or xfs");
	const char *unmapped = ret == -EINVAL ? plan_unmapped_option(r->plan, m) : NULL;
	if (unmapped)
		return err_append(
			e,
			"%s is not mapped in the user namespace: map it, or leave the option out",
			unmapped);
	if (ret != -EPERM)
		return ret;
	if (str_eq(fs->type, "sysfs") && lacks_own_sysfs(r)) {
		int fd = bind_host_sysfs(m);

		if (fd >= 0)
			return fd;
		return err_append(e, "and the host's /sys cannot be bound: %s", errno_text(-fd));
	}
	if (str_eq(fs->type, "proc") || str_eq(fs->type, "sysfs"))
		return err_append(e, "a new %s would show what is covered in the caller's",
				  fs->type);
	if (str_eq(fs->type, "mqueue") && r->plan->ns[NS_USER].wanted)
		return err_append(e,
				  "mqueue in a user namespace needs an ipc namespace of its own");
	if (r->plan->ns[NS_USER].wanted)
		return err_append(
			e,
			"the kernel lets no user namespace mount a %s like this: mount it "
			"on the host and bind it",
			fs->type);
	return ret;
}

/* Copies the directory that a tmpfs will cover into it, owner of the top included. */
static int fill_tmpfs(const struct plan_mount *m, int tree, int target, const struct stat *st,
		      struct err *e)
{
	if (fchownat(tree, "", st->st_uid, st->st_gid, AT_EMPTY_PATH) < 0)
		return err_errno(e, "tmpcopyup: chown %s", m->destination);
	if (copy_up(target, tree, e) < 0)
		return err_ctx(e, "tmpcopyup");
	return 0;
}

/* An mqueue takes no label as a parameter: its root is labelled as a file. */
static int label_mqueue(const struct rootfs *r, const struct plan_mount *m, int tree, struct err *e)
{
	const char *label = r->plan->mount_label;

	if (!label || !str_eq(m->fstype, "mqueue"))
		return 0;
	autoclose int fd = RETRY(openat(tree, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (fd < 0)
		return err_errno(e, "open the root of the mqueue");
	if (fsetxattr(fd, "security.selinux", label, strlen(label), 0) < 0)
		return err_errno(e, "linux.mountLabel: fsetxattr(2) \"%s\"", label);
	return 0;
}

/* Is there nothing to do to the mount itself, neither before nor after it is attached? */
static bool is_plain(const struct rootfs *r, const struct plan_mount *m)
{
	return !m->n_propagation && !m->rec_attr_set && !m->rec_attr_clr && !m->tmpcopyup &&
	       !(r->plan->mount_label && str_eq(m->fstype, "mqueue")) &&
	       !str_eq(m->destination, "/") && !m->readonly_last;
}

static int mount_new(struct rootfs *r, const struct plan_mount *m, const struct new_fs *fs,
		     int target, const struct stat *st, struct err *e)
{
	autoclose int tree = new_fs(r, m, fs, e);
	if (tree < 0)
		return tree;
	if (tree_attr(tree, m->rec_attr_set, m->rec_attr_clr, true) < 0)
		return err_errno(e, "mount_setattr(2), recursive");
	int ret = label_mqueue(r, m, tree, e);
	if (ret == 0 && m->tmpcopyup && str_eq(m->fstype, "tmpfs"))
		ret = fill_tmpfs(m, tree, target, st, e);
	if (ret == 0 && fs->attrs != early_attrs(m) &&
	    tree_attr(tree, MOUNT_ATTR_RDONLY, 0, false) < 0)
		return err_errno(e, "mount_setattr(2)");
	return ret < 0 ? ret : mount_at(r, m, &tree, target, e);
}

/* Where it goes. */
static int fs_target(struct rootfs *r, const struct plan_mount *m, struct target *ret,
		     struct err *e)
{
	unsigned int proc = str_eq(m->fstype, "proc") ? TARGET_PROC : 0;

	return mount_target(r, m, TARGET_DIR | proc, ret, e);
}

static int mount_fs(struct rootfs *r, const struct plan_mount *m, struct err *e)
{
	struct target at;
	char mode[32];

	autofree const char **data = mem_new(m->data.n + 1, sizeof(*data));
	struct new_fs fs = {
		.type = m->fstype,
		.source = m->source,
		.data = data,
		.n_data = m->data.n,
		.sb_flags = m->readonly_last ? m->sb_flags & ~(unsigned long)MS_RDONLY
					     : m->sb_flags,
		.attrs = early_attrs(m),
	};
	for (size_t i = 0; i < m->data.n; i++)
		data[i] = m->data.v[i];
	if (m->tmpcopyup)
		fs.attrs &= ~(uint64_t)MOUNT_ATTR_RDONLY; /* until it is filled */

	const char *made = is_plain(r, m) ? make_in_dev(r, m) : NULL;
	if (made && fs_mount_at(&fs, r->dev_fd, made))
		return 0;
	autoclose int target = made ? target_in_dev(r, made, &at, e) : fs_target(r, m, &at, e);
	if (target < 0)
		return target;

	/* A tmpfs looks like the directory that it covers, unless it is told otherwise. */
	if (str_eq(m->fstype, "tmpfs") && !m->has_mode && !at.made) {
		(void)snprintf(mode, sizeof(mode), "mode=%o", at.st.st_mode & 07777);
		data[fs.n_data++] = mode;
	}
	if (!made && is_plain(r, m) && fs_mount_at(&fs, target, ".")) {
		keep_dev(r, m);
		return 0;
	}
	return mount_new(r, m, &fs, target, &at.st, e);
}

static int remount(struct rootfs *r, const struct plan_mount *m, struct err *e)
{
	struct new_fs fs = {
		.data = m->data.v,
		.n_data = m->data.n,
		.sb_flags = m->sb_flags & ~(unsigned long)MS_RDONLY,
	};

	autoclose int fd = path_open_in(r->root_fd, m->destination, O_PATH, 0);
	if (fd < 0)
		return err_errno(e, "open %s", m->destination);
	/* The super block may be shared with the host: it is left alone unless asked about. */
	if (fs.n_data || fs.sb_flags) {
		int ret = fs_reconfigure(fd, &fs, e);

		if (ret < 0)
			return ret;
	}
	if (tree_attr_like_bind(fd, m) < 0)
		return err_errno(e, "mount_setattr(2)");
	if (tree_attr(fd, m->rec_attr_set, m->rec_attr_clr, true) < 0)
		return err_errno(e, "mount_setattr(2), recursive");
	int ret = tree_check_mount(fd, m, e);
	if (ret < 0)
		return ret;
	for (size_t i = 0; i < m->n_propagation; i++)
		if (tree_propagation(fd, m->propagation[i]) < 0)
			return err_errno(e, "mount_setattr(2), propagation");
	if (m->readonly_last && (m->attr_set & MOUNT_ATTR_RDONLY))
		late_readonly(r, take_fd(&fd));
	return 0;
}

static int mount_kind(struct rootfs *r, const struct plan_mount *m, struct err *e)
{
	switch (m->kind) {
	case MOUNT_KIND_FS:
		return mount_fs(r, m, e);
	case MOUNT_KIND_BIND:
		return mount_bind(r, m, e);
	case MOUNT_KIND_CGROUP:
	case MOUNT_KIND_SYSTEMD_V1:
		return mount_cgroup(r, m, e);
	case MOUNT_KIND_REMOUNT:
		return remount(r, m, e);
	}
	return err_set(e, EINVAL, "unknown kind of mount %d", (int)m->kind);
}

int mount_one(struct rootfs *r, const struct plan_mount *m, struct err *e)
{
	TRACE(r->trace, m->destination);

	if (mount_kind(r, m, e) == 0)
		return 0;
	(void)err_ctx(e, "mounts[%zu]", m->index);
	return err_ctx(e, "error mounting \"%s\" to rootfs at \"%s\"", m->source ? m->source : "",
		       m->destination);
}

int rootfs_mounts(struct rootfs *r, struct err *e)
{
	for (size_t i = 0; i < r->plan->n_mounts; i++) {
		int ret = mount_one(r, &r->plan->mounts[i], e);

		if (ret < 0)
			return ret;
	}
	return r->plan->make_dev ? make_devices(r, e) : 0;
}
