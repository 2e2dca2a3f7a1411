/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/sys.h"
#include "rootfs/parts.h"

int open_hidden(struct rootfs *r, const char *path, struct err *e)
{
	int fd = path_open_in(r->root_fd, path, O_PATH, 0);

	return fd < 0 && fd != -ENOENT ? err_errno(e, "open %s", path) : fd;
}

/* --- places ------------------------------------------------------------------------- */

/* Where a path is: @name below @fd, or "" for what @fd, which is @own then, is open on. */
struct place {
	int fd, own;
	const char *name;
};

static void place_done(struct place *p)
{
	if (p->own >= 0)
		(void)close(p->own);
}

/* A file right below /proc that the kernel made and that is neither a link nor a process. */
static const char *proc_name(const char *path)
{
	static const char *const links[] = { "self", "thread-self", "mounts", "net" };
	const char *name = str_after(path, "/proc/");

	if (!name || *name == '.' || (*name >= '0' && *name <= '9') || strchr(name, '/'))
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		if (str_eq(name, links[i]))
			return NULL;
	return *name ? name : NULL;
}

/* Its names are the kernel's: nobody can put a link there, so what is right below it needs no look
 * of its own. */
int own_proc(struct rootfs *r)
{
	if (r->own_proc_fd != OWN_PROC_UNKNOWN)
		return r->own_proc_fd;
	r->own_proc_fd = -1;
	autoclose int fd = path_open_in(r->root_fd, "/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);
	if (fd >= 0 && fd_is_procfs_root(fd))
		r->own_proc_fd = take_fd(&fd);
	return r->own_proc_fd;
}

/* Return: 0, -ENOENT, or an error in @e. */
static int find_place(struct rootfs *r, const char *path, struct place *ret, struct err *e)
{
	const char *name = proc_name(path);

	if (name && own_proc(r) >= 0) {
		*ret = (struct place){ r->own_proc_fd, -1, name };
		return 0;
	}
	int fd = open_hidden(r, path, e);
	*ret = (struct place){ fd, fd, "" };
	return fd < 0 ? fd : 0;
}

/* One that is not noted is only looked for again. */
static void note_absent(uint64_t *bits, size_t i)
{
	*bits |= i < 64 ? (uint64_t)1 << i : 0;
}

/* --- read-only ------------------------------------------------------------------------ */

/* Return: 0, -ENOENT, or an error in @e. */
static int make_readonly(struct rootfs *r, const char *path, struct err *e)
{
	struct place at autodone(place) = { -1, -1, NULL };

	int ret = find_place(r, path, &at, e);
	if (ret < 0)
		return ret;

	autoclose int tree = tree_clone_at(at.fd, at.name, true);
	if (tree == -ENOENT)
		return tree;
	if (tree < 0)
		return err_errno(e, "%s: open_tree(2)", path);
	if (tree_attr(tree, MOUNT_ATTR_RDONLY, 0, false) < 0)
		return err_errno(e, "%s: mount_setattr(2)", path);
	/* Gone in this moment: ENOENT would mean that it never was. */
	if (tree_attach_at(tree, at.fd, at.name) < 0)
		return err_set(e, EIO, "%s: move_mount(2): %s", path, errno_text(errno));
	return 0;
}

int make_readonly_paths(struct rootfs *r, struct err *e)
{
	for (size_t i = 0; i < r->plan->readonly_paths.n; i++) {
		int ret = make_readonly(r, r->plan->readonly_paths.v[i], e);

		if (ret == -ENOENT)
			note_absent(&r->absent_readonly, i);
		else if (ret < 0)
			return err_ctx(e, "linux.readonlyPaths[%zu]", i);
	}
	return 0;
}

/* --- masks ---------------------------------------------------------------------------- */

int null_open(struct rootfs *r, struct err *e)
{
	if (r->plan->masked_paths.n == 0)
		return 0;

	autoclose int fd = tree_clone(AT_FDCWD, "/dev/null", false);
	if (fd < 0)
		return err_errno(e, "open /dev/null");
	if (!fd_is_null(fd))
		return err_set(e, ENODEV, "the host's /dev/null is not the null device");
	if (tree_attr(fd, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, 0, false) < 0)
		return err_errno(e, "/dev/null: mount_setattr(2)");
	r->null_fd = take_fd(&fd);
	return 0;
}

/* The two masks. Each is attached itself the first time and copied from there afterwards. */
struct masks {
	int null_fd, dir_fd;
	bool null_used, dir_used;
	const char *dir_at; /* where the mask for directories is, when it is not open yet */
};

static void masks_done(struct masks *m)
{
	if (m->dir_fd >= 0)
		(void)close(m->dir_fd);
}

/*
 * An empty read-only directory, the same for all: mounted on @target at once, which may become the
 * working directory, or else in *@ret_fd.
 */
static int empty_directory(const struct plan *p, int target, int *ret_fd, struct err *e)
{
	struct arena a autodone(arena) = ARENA_INIT;
	const char *data[] = { "nr_inodes=2", "mode=755", NULL };
	const struct new_fs fs = {
		.type = "tmpfs",
		.source = "tmpfs",
		.data = data,
		.n_data = ARRAY_SIZE(data) - (p->mount_label ? 0 : 1),
		.sb_flags = MS_RDONLY,
		.attrs = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
			 MOUNT_ATTR_NOEXEC,
	};

	if (p->mount_label)
		data[2] = arena_printf(&a, "%s=%s", p->mount_context_type, p->mount_label);
	if (fs_mount_at(&fs, target, "."))
		return 0;
	*ret_fd = fs_mount(&fs, e);
	return *ret_fd < 0 ? *ret_fd : 0;
}

static int attach_mask(int mask, bool *used, int target, struct err *e)
{
	autoclose int copy = *used ? tree_clone(mask, "", false) : -1;

	if (*used && copy < 0)
		return err_errno(e, "open_tree(2)");
	/* As above, no ENOENT. */
	if (tree_attach(*used ? copy : mask, target) < 0)
		return err_set(e, EIO, "move_mount(2): %s", errno_text(errno));
	*used = true;
	return 0;
}

/* The first directory. What is mounted at once is opened only when another needs a copy. */
static int make_mask(struct rootfs *r, struct masks *m, int target, const char *path, struct err *e)
{
	int ret = empty_directory(r->plan, target, &m->dir_fd, e);

	if (ret < 0)
		return ret;
	if (fchdir(r->root_fd) < 0)
		return err_errno(e, "chdir to the root");
	m->dir_at = path;
	if (m->dir_fd >= 0)
		return attach_mask(m->dir_fd, &m->dir_used, target, e);
	m->dir_used = true;
	return 0;
}

static int mask_directory(struct rootfs *r, struct masks *m, int target, const struct stat *st,
			  const char *path, struct err *e)
{
	struct stat mine;

	if (m->dir_fd < 0 && !m->dir_at)
		return make_mask(r, m, target, path, e);
	if (m->dir_fd < 0)
		m->dir_fd = path_open_in(r->root_fd, m->dir_at, O_PATH | O_DIRECTORY, 0);
	if (m->dir_fd < 0 || fstat(m->dir_fd, &mine) < 0)
		return err_set(e, EIO, "stat the mask: %s", errno_text(errno));
	return mine.st_dev == st->st_dev ? 0 : attach_mask(m->dir_fd, &m->dir_used, target, e);
}

/*
 * Is it there, and no directory? Return: 0, or what move_mount(2) would say. A copy of the mask that
 * found no place would be unmounted as it is closed, and the kernel waits for all processors then.
 */
static int look_for_file(const struct place *at)
{
	struct stat st = { 0 };

	if (*at->name == '\0')
		return 0; /* open, and no directory */
	/* What else stat(2) may say is move_mount(2)'s to tell. */
	if (fstatat(at->fd, at->name, &st, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
		return -ENOENT;
	return S_ISDIR(st.st_mode) ? -EINVAL : 0;
}

/* Return: 0; -ENOENT or, of a directory, -EINVAL; an error. */
static int mask_file(struct masks *m, const struct place *at, struct err *e)
{
	int ret = m->null_used ? look_for_file(at) : 0;

	if (ret < 0)
		return ret;
	autoclose int copy = m->null_used ? tree_clone(m->null_fd, "", false) : -1;
	if (m->null_used && copy < 0)
		return err_errno(e, "open_tree(2)");
	ret = tree_attach_at(m->null_used ? copy : m->null_fd, at->fd, at->name);
	if (ret == -ENOENT && *at->name == '\0')
		return err_set(e, EIO, "it was removed meanwhile");
	if (ret < 0)
		return err_errno(e, "move_mount(2)");
	m->null_used = true;
	return 0;
}

/* By a look at what it is. */
static int mask_opened(struct rootfs *r, struct masks *m, const char *path, struct err *e)
{
	struct stat st;

	autoclose int target = open_hidden(r, path, e);
	if (target < 0)
		return target;
	if (fstat(target, &st) < 0)
		return err_errno(e, "stat %s", path);
	if (S_ISDIR(st.st_mode))
		return mask_directory(r, m, target, &st, path, e);
	/* Given twice. */
	if (S_ISCHR(st.st_mode) && fd_is_null(target) && fd_is_readonly(target))
		return 0;
	return mask_file(m, &(struct place){ target, -1, "" }, e);
}

static int mask_one(struct rootfs *r, struct masks *m, size_t i, struct err *e)
{
	const char *path = r->plan->masked_paths.v[i];
	const char *name = proc_name(path);
	int ret = -EINVAL;

	/* Most that are right below /proc are files, or are not there: the kernel says so itself.
	 * EINVAL is what it says of a directory. */
	if (name && own_proc(r) >= 0)
		ret = mask_file(m, &(struct place){ r->own_proc_fd, -1, name }, e);
	if (ret == -EINVAL)
		ret = mask_opened(r, m, path, e);
	if (ret != -ENOENT)
		return ret;
	note_absent(&r->absent_masked, i);
	return 0;
}

int make_masked_paths(struct rootfs *r, struct err *e)
{
	autodone(masks) struct masks m = { .null_fd = r->null_fd, .dir_fd = -1 };

	for (size_t i = 0; i < r->plan->masked_paths.n; i++)
		if (mask_one(r, &m, i, e) < 0)
			return err_ctx(e, "linux.maskedPaths[%zu]: %s", i,
				       r->plan->masked_paths.v[i]);
	return 0;
}
