/* SPDX-License-Identifier: Apache-2.0 */
#include "security/procfs.h"

#include <errno.h>
#include <linux/magic.h>
#include <sys/vfs.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/retry.h"
#include "base/sys.h"

#define PROCFS_READ_MAX ((size_t)64 << 10)
#define EAGAIN_TRIES	128 /* openat2(2): a rename or mount elsewhere raced the walk */

static int procfs_open(int proc_fd, const char *path, int flags, struct err *e)
{
	struct open_how how = {
		.flags = (unsigned int)(flags | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY),
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS,
	};
	struct statfs fs;
	int tries = EAGAIN_TRIES;

	autoclose int fd = -1;
	do
		fd = RETRY(sys_openat2(proc_fd, path, &how, sizeof(how)));
	while (fd < 0 && errno == EAGAIN && --tries > 0);
	if (fd < 0)
		return err_errno(e, "open /proc/%s", path);
	if (fstatfs(fd, &fs) < 0)
		return err_errno(e, "statfs /proc/%s", path);
	if (fs.f_type != PROC_SUPER_MAGIC)
		return err_set(e, EXDEV, "/proc/%s is not on a procfs", path);
	return take_fd(&fd);
}

int procfs_write(int proc_fd, const char *path, const char *text, struct err *e)
{
	autoclose int fd = procfs_open(proc_fd, path, O_WRONLY, e);
	if (fd < 0)
		return fd;

	size_t len = strlen(text);
	ssize_t n;
	do
		n = write(fd, text, len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_errno(e, "write /proc/%s", path);
	if ((size_t)n != len)
		return err_set(e, EIO, "write /proc/%s: %zd of %zu bytes taken", path, n, len);
	return 0;
}

int procfs_read(int proc_fd, const char *path, struct strbuf *out, struct err *e)
{
	autoclose int fd = procfs_open(proc_fd, path, O_RDONLY, e);
	if (fd < 0)
		return fd;
	if (fd_read_all(fd, PROCFS_READ_MAX, out) < 0)
		return err_errno(e, "read /proc/%s", path);
	return 0;
}
