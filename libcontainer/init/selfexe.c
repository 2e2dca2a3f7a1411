/* SPDX-License-Identifier: Apache-2.0 */
#include "init/selfexe.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/memfd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/hint.h"
#include "base/retry.h"
#include "base/str.h"
#include "base/sys.h"

#ifndef MFD_EXEC
#	define MFD_EXEC 0x0010U /* Linux 6.3 */
#endif
#ifndef F_SEAL_EXEC
#	define F_SEAL_EXEC 0x0020 /* Linux 6.3 */
#endif

#define SEALS	 (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
#define SELF_EXE "/proc/self/exe"

static bool is_sealed(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);

	return seals >= 0 && (seals & SEALS) == SEALS;
}

static int copy(int from, int to, struct err *e)
{
	struct stat st;

	if (fstat(from, &st) < 0)
		return err_errno(e, "stat " SELF_EXE);
	for (off_t left = st.st_size; left > 0;) {
		ssize_t n = sendfile(to, from, NULL, (size_t)left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, "copy " SELF_EXE);
		if (n == 0)
			return err_set(e, EIO, "copy " SELF_EXE ": it became shorter");
		left -= n;
	}
	return 0;
}

static int make_sealed(int from, struct err *e)
{
	const char *name = "vial:" SELF_EXE;

	/* A kernel before 6.3 does not know MFD_EXEC and gives what it asks for. */
	autoclose int fd = sys_memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
	if (fd < 0 && errno == EINVAL)
		fd = sys_memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return err_errno(e, "memfd_create(2)");

	int r = copy(from, fd, e);
	if (r < 0)
		return r;
	if (fchmod(fd, 0555) < 0)
		return err_errno(e, "chmod the copy");
	if (fcntl(fd, F_ADD_SEALS, SEALS | F_SEAL_EXEC) < 0 && fcntl(fd, F_ADD_SEALS, SEALS) < 0)
		return err_errno(e, "seal the copy");
	return take_fd(&fd);
}

/* --- a read-only overlay ---------------------------------------------------------------- */

/*
 * The directory of the program as the lower layer of an overlay that is mounted nowhere: its file
 * is another inode than the host's, without an upper layer nobody can write it, and the pages are
 * those that the host's file has in memory already, so nothing is copied. An overlay without an
 * upper layer wants two lower ones; the second shows nothing of what is executed.
 */
#define SECOND_LAYER "/dev"

/* The mount, and where the program's name begins in @path; where an overlay cannot be had or would
 * not show this very file: -1, and a copy is made. */
static int mount_overlay(const char *path, const struct stat *exe, const char **ret_name)
{
	const char *slash = strrchr(path, '/');
	char layers[PATH_MAX + sizeof(":" SECOND_LAYER)];
	struct stat st;

	if (!slash || strpbrk(path, ":,\\") || str_after(path, SECOND_LAYER "/"))
		return -1;
	(void)snprintf(layers, sizeof(layers), "%.*s:" SECOND_LAYER, (int)(slash - path + 1), path);
	*ret_name = slash + 1;

	autoclose int fs = sys_fsopen("overlay", FSOPEN_CLOEXEC);
	if (fs < 0 || sys_fsconfig(fs, FSCONFIG_SET_STRING, "lowerdir", layers, 0) < 0 ||
	    sys_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -1;
	autoclose int tree = sys_fsmount(fs, FSMOUNT_CLOEXEC,
					 MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	if (tree < 0)
		return -1;
	if (fstatat(tree, slash + 1, &st, AT_SYMLINK_NOFOLLOW) < 0 || st.st_ino != exe->st_ino ||
	    st.st_size != exe->st_size || st.st_dev == exe->st_dev)
		return -1;
	return take_fd(&tree);
}

/* The program's path by the kernel; from an overlay that is mounted nowhere it is "/NAME". */
static bool exe_path(char path[static PATH_MAX])
{
	ssize_t n = readlinkat(AT_FDCWD, SELF_EXE, path, PATH_MAX - 1);

	if (n <= 0)
		return false;
	path[n] = '\0';
	return path[0] == '/';
}

static bool is_in_overlay(const char *path)
{
	struct statfs fs;

	return strchr(path + 1, '/') == NULL && statfs(SELF_EXE, &fs) == 0 &&
	       (unsigned long)fs.f_type == OVERLAYFS_SUPER_MAGIC && (fs.f_flags & ST_RDONLY);
}

static int execute_copy(int exe, char *const argv[], struct err *e)
{
	autoclose int fd = make_sealed(exe, e);

	if (fd < 0)
		return err_ctx(e, "protect " SELF_EXE);
	(void)sys_execveat(fd, "", argv, environ, AT_EMPTY_PATH);
	return err_errno(e, "protect " SELF_EXE ": execveat(2)");
}

static int seal(char *const argv[], struct err *e)
{
	char path[PATH_MAX] = "/";
	const char *name = NULL;
	struct stat st;
	bool has_path = exe_path(path);

	if (has_path && is_in_overlay(path))
		return 0;
	bool may_be_sealed = !has_path || str_after(path, "/memfd:");
	autoclose int tree =
		!may_be_sealed && stat(SELF_EXE, &st) == 0 ? mount_overlay(path, &st, &name) : -1;
	if (tree >= 0) {
		(void)sys_execveat(tree, name, argv, environ, AT_SYMLINK_NOFOLLOW);
		return err_errno(e, "protect " SELF_EXE ": execveat(2)");
	}

	autoclose int exe = RETRY(openat(AT_FDCWD, SELF_EXE, O_RDONLY | O_CLOEXEC));
	if (exe < 0)
		return err_errno(e, "protect " SELF_EXE ": open");
	return is_sealed(exe) ? 0 : execute_copy(exe, argv, e);
}

int selfexe_seal(char *const argv[], struct err *e)
{
	return seal(argv, e) < 0 ? hint_add(e) : 0;
}
