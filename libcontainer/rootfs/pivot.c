/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/retry.h"
#include "base/sys.h"
#include "rootfs/parts.h"

#define MOUNTINFO_MAX ((size_t)64 << 20)

static int change_root(struct err *e)
{
	if (chroot(".") < 0)
		return err_errno(e, "chroot(2)");
	if (chdir("/") < 0)
		return err_errno(e, "chdir /");
	return 0;
}

/* Undoes mountinfo's octal escapes, in place: "\040" is a blank (proc_pid_mountinfo(5)). */
static void unescape(char *s)
{
	char *out = s;

	while (*s) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' &&
		    s[3] >= '0' && s[3] <= '7') {
			*out++ = (char)((s[1] - '0') * 64 + (s[2] - '0') * 8 + (s[3] - '0'));
			s += 4;
		} else {
			*out++ = *s++;
		}
	}
	*out = '\0';
}

/* The mount point of a line of mountinfo when it is a proc or sysfs, else NULL. Cuts the line. */
static char *kernel_fs_mount(char *line)
{
	char *type = strstr(line, " - ");
	char *path = NULL;

	if (!type)
		return NULL;
	type += 3;
	if (!str_after(type, "proc ") && !str_after(type, "sysfs "))
		return NULL;
	for (int field = 0; field < 5 && line; field++)
		path = strsep(&line, " ");
	if (path)
		unescape(path);
	return path;
}

/* A mount that cannot go, because a user namespace locks it, is covered. */
static int hide_mount(const char *path, struct err *e)
{
	static const char *const data[] = { "mode=0" };
	const struct new_fs fs = { .type = "tmpfs",
				   .source = "tmpfs",
				   .data = data,
				   .n_data = 1,
				   .attrs = MOUNT_ATTR_RDONLY };

	autoclose int target = RETRY(openat(AT_FDCWD, path, O_PATH | O_CLOEXEC));
	if (target < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : err_errno(e, "open %s", path);
	/* Unmounting must not reach the host. EINVAL: something else is mounted over it. */
	if (tree_propagation(target, MS_SLAVE | MS_REC) < 0 && errno != EINVAL)
		return err_errno(e, "make %s a slave: mount_setattr(2)", path);
	if (sys_umount2(path, MNT_DETACH) == 0)
		return 0;
	if (errno != EINVAL && errno != EPERM)
		return err_errno(e, "umount %s", path);

	autoclose int tree = fs_mount(&fs, e);
	if (tree < 0)
		return err_ctx(e, "cover %s", path);
	return tree_attach(tree, target) < 0 ? err_errno(e, "cover %s", path) : 0;
}

/*
 * The host's procfs and sysfs stay mounted behind a moved root, and a nested mount namespace
 * could mount new ones because these are fully visible. So they go, the newest first.
 */
static int hide_kernel_fs(struct rootfs *r, struct err *e)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;
	char self[64], root[PATH_MAX];

	(void)snprintf(self, sizeof(self), "self/fd/%d", r->root_fd);
	ssize_t n = readlinkat(r->proc_fd, self, root, sizeof(root) - 1);
	if (n < 0)
		return err_errno(e, "readlink /proc/%s", self);
	root[n] = '\0';
	if (file_read_at(r->proc_fd, "self/mountinfo", MOUNTINFO_MAX, &text, e) < 0)
		return -e->code;

	int ret = 0;
	while (ret == 0 && text.len > 0) {
		char *start = memrchr(text.data, '\n', text.len - 1);
		char *line = start ? start + 1 : text.data;

		text.len = (size_t)(line - text.data);
		char *path = kernel_fs_mount(line);
		if (path && !path_is_below(path, root))
			ret = hide_mount(path, e);
	}
	return ret;
}

static int move_root(struct rootfs *r, struct err *e)
{
	autoclose int slash = RETRY(openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC));
	if (slash < 0)
		return err_errno(e, "open /");

	int ret = hide_kernel_fs(r, e);
	if (ret < 0)
		return ret;
	if (tree_attach(r->root_fd, slash) < 0)
		return err_errno(e, "move the root to /: move_mount(2)");
	return change_root(e);
}

static int pivot(struct rootfs *r, struct err *e)
{
	unsigned long flags = r->plan->root_propagation;

	/* Only where "/" may be shared is the host's root held: unmounting it must not reach
	 * the host. By default everything is a slave already. */
	if (flags && !((flags & MS_REC) && !(flags & MS_SHARED))) {
		r->old_root_fd = RETRY(openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC));
		if (r->old_root_fd < 0)
			return err_errno(e, "open /");
	}
	if (sys_pivot_root(".", ".") < 0)
		return err_errno(e, "pivot_root(2)");
	if (r->old_root_fd >= 0) {
		if (tree_propagation(r->old_root_fd, MS_SLAVE | MS_REC) < 0)
			return err_errno(e, "make the old root a slave: mount_setattr(2)");
		(void)close(r->old_root_fd);
		r->old_root_fd = -1;
	}
	/* "." is the new root with the old one mounted over it. */
	if (sys_umount2(".", MNT_DETACH) < 0)
		return err_errno(e, "unmount the old root");
	if (chdir("/") < 0)
		return err_errno(e, "chdir /");
	return 0;
}

int rootfs_pivot(struct rootfs *r, struct err *e)
{
	if (fchdir(r->root_fd) < 0)
		return err_errno(e, "chdir to the root");
	if (!has_mount_ns(r))
		return change_root(e);
	return r->plan->request && r->plan->request->no_pivot ? move_root(r, e) : pivot(r, e);
}
