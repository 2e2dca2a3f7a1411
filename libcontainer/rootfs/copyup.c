/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/sendfile.h>

#include "base/cleanup.h"
#include "base/retry.h"
#include "rootfs/parts.h"

#define DEPTH_MAX 64 /* directories below each other; two descriptors for each */
#define CHUNK	  ((size_t)1 << 20)

static int copy_file(int from_dir, int to_dir, const char *name, struct err *e)
{
	struct stat st;
	ssize_t n;

	/* O_NONBLOCK: what was a file a moment ago may be a fifo now. */
	autoclose int from = RETRY(
		openat(from_dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
	if (from < 0 || fstat(from, &st) < 0)
		return err_errno(e, "open %s", name);
	if (!S_ISREG(st.st_mode))
		return err_set(e, EINVAL, "%s: not a regular file any more", name);

	autoclose int to = RETRY(
		openat(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
	if (to < 0)
		return err_errno(e, "create %s", name);
	do
		n = sendfile(to, from, NULL, CHUNK);
	while (n > 0 || (n < 0 && errno == EINTR));
	if (n < 0)
		return err_errno(e, "copy %s", name);
	if (fchown(to, st.st_uid, st.st_gid) < 0 || fchmod(to, st.st_mode & 07777) < 0)
		return err_errno(e, "chown %s", name);
	return 0;
}

static int copy_link(int from_dir, int to_dir, const char *name, struct err *e)
{
	char target[PATH_MAX + 1];

	ssize_t n = readlinkat(from_dir, name, target, PATH_MAX);
	if (n < 0)
		return err_errno(e, "readlink %s", name);
	target[n] = '\0';
	if (symlinkat(target, to_dir, name) < 0)
		return err_errno(e, "symlink %s", name);
	return 0;
}

/* Devices, fifos and sockets: the node only. */
static int copy_node(int to_dir, const char *name, const struct stat *st, struct err *e)
{
	if (mknodat(to_dir, name, st->st_mode, st->st_rdev) < 0)
		return err_errno(e, "mknod %s", name);
	return 0;
}

static int copy_tree(int from_fd, int to_fd, unsigned int depth, struct err *e);

static int copy_directory(int from_dir, int to_dir, const char *name, unsigned int depth,
			  struct err *e)
{
	struct stat st;

	autoclose int from =
		RETRY(openat(from_dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
	if (from < 0 || fstat(from, &st) < 0)
		return err_errno(e, "open %s", name);
	if (mkdirat(to_dir, name, 0700) < 0)
		return err_errno(e, "mkdir %s", name);

	autoclose int to =
		RETRY(openat(to_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
	if (to < 0)
		return err_errno(e, "open %s", name);
	if (copy_tree(from, to, depth + 1, e) < 0)
		return err_ctx(e, "%s", name);
	if (fchown(to, st.st_uid, st.st_gid) < 0 || fchmod(to, st.st_mode & 07777) < 0)
		return err_errno(e, "chown %s", name);
	return 0;
}

static int copy_entry(int from_dir, int to_dir, const char *name, unsigned int depth, struct err *e)
{
	struct stat st;
	int r;

	if (fstatat(from_dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_errno(e, "stat %s", name);
	if (S_ISDIR(st.st_mode))
		return copy_directory(from_dir, to_dir, name, depth, e);
	if (S_ISREG(st.st_mode))
		return copy_file(from_dir, to_dir, name, e);

	r = S_ISLNK(st.st_mode) ? copy_link(from_dir, to_dir, name, e)
				: copy_node(to_dir, name, &st, e);
	if (r < 0)
		return r;
	if (fchownat(to_dir, name, st.st_uid, st.st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return err_errno(e, "chown %s", name);
	return 0;
}

static void dir_done(DIR **d)
{
	if (*d)
		(void)closedir(*d);
}

static int copy_tree(int from_fd, int to_fd, unsigned int depth, struct err *e)
{
	if (depth > DEPTH_MAX)
		return err_set(e, ELOOP, "more than %d directories deep", DEPTH_MAX);

	autoclose int fd = RETRY(openat(from_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (fd < 0)
		return err_errno(e, "open directory");

	DIR *d __attribute__((cleanup(dir_done))) = fdopendir(fd);
	if (!d)
		return err_errno(e, "open directory");
	int from = take_fd(&fd);

	for (;;) {
		errno = 0;
		struct dirent *entry = readdir(d);

		if (!entry && errno)
			return err_errno(e, "read directory");
		if (!entry)
			return 0;
		if (str_eq(entry->d_name, ".") || str_eq(entry->d_name, ".."))
			continue;

		int r = copy_entry(from, to_fd, entry->d_name, depth, e);
		if (r < 0)
			return r;
	}
}

int copy_up(int from_dir_fd, int to_dir_fd, struct err *e)
{
	return copy_tree(from_dir_fd, to_dir_fd, 1, e);
}
