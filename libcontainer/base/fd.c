/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/retry.h"
#include "base/sys.h"

#ifndef RAMFS_MAGIC
#	define RAMFS_MAGIC 0x858458f6
#endif
#define FILE_MAX_DEFAULT ((size_t)16 << 20)

int fd_write_all(int fd, const void *data, size_t n)
{
	const char *p = data;

	while (n > 0) {
		ssize_t w = write(fd, p, n);

		if (w < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		p += w;
		n -= (size_t)w;
	}
	return 0;
}

int file_write_at(int dir_fd, const char *path, const char *text, struct err *e)
{
	autoclose int fd = RETRY(openat(dir_fd, path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
	if (fd < 0)
		return err_errno(e, "open %s", path);

	size_t len = strlen(text);
	ssize_t n;
	do
		n = write(fd, text, len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_errno(e, "write %s", path);
	if ((size_t)n != len)
		return err_set(e, EIO, "write %s: %zd of %zu bytes taken", path, n, len);
	return 0;
}

int fd_read_all(int fd, size_t max, struct strbuf *out)
{
	char chunk[4096];
	size_t total = 0;

	if (!max)
		max = FILE_MAX_DEFAULT;
	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		if (n == 0)
			return 0;
		total += (size_t)n;
		if (total > max) {
			errno = EFBIG;
			return -EFBIG;
		}
		strbuf_add(out, chunk, (size_t)n);
	}
}

/* A file on a disk says how long it is: no read(2) more to see its end. Those of procfs and the
 * like say 0. */
static int read_known(int fd, size_t size, struct strbuf *out)
{
	strbuf_reserve(out, size);
	while (size > 0) {
		ssize_t n = read(fd, out->data + out->len, size);

		if (n < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		if (n == 0)
			break; /* it became shorter */
		out->len += (size_t)n;
		size -= (size_t)n;
	}
	out->data[out->len] = '\0';
	return 0;
}

int file_read_at(int dir_fd, const char *path, size_t max, struct strbuf *out, struct err *e)
{
	struct stat st;

	autoclose int fd =
		RETRY(openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
	if (fd < 0)
		return err_errno(e, "open %s", path);
	if (fstat(fd, &st) < 0)
		return err_errno(e, "stat %s", path);
	if (S_ISDIR(st.st_mode))
		return err_set(e, EISDIR, "read %s: is a directory", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, EINVAL, "read %s: not a regular file", path);

	size_t size = (size_t)st.st_size;
	if (size > (max ? max : FILE_MAX_DEFAULT)) {
		errno = EFBIG;
		return err_errno(e, "read %s", path);
	}
	int r = size > 0 ? read_known(fd, size, out) : fd_read_all(fd, max, out);
	if (r < 0) {
		errno = -r;
		return err_errno(e, "read %s", path);
	}
	return 0;
}

int file_read_once_at(int dir_fd, const char *path, char *buf, size_t size, struct err *e)
{
	ssize_t n;

	autoclose int fd = RETRY(openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY));
	if (fd < 0)
		return err_errno(e, "open %s", path);
	do
		n = read(fd, buf, size - 1);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_errno(e, "read %s", path);
	buf[n] = '\0';
	return (int)n;
}

/* On a file system that lives in memory there is nothing for fsync(2) to do. */
static bool is_volatile(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC);
}

/* On failure the caller unlinks the file. */
static int write_new(int dir_fd, const char *name, int how, const struct strbuf *text,
		     unsigned int flags, struct err *e)
{
	const mode_t mode = flags & FILE_PRIVATE ? 0600 : 0644;

	autoclose int fd = RETRY(
		openat(dir_fd, name, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | how, mode));
	if (fd < 0)
		return err_errno(e, "create %s", name);
	if (fd_write_all(fd, strbuf_str(text), text->len) < 0)
		return err_errno(e, "write %s", name);
	if ((flags & FILE_DURABLE) && fsync(fd) < 0)
		return err_errno(e, "fsync %s", name);
	return 0;
}

static int replace(int dir_fd, const char *name, const struct strbuf *text, unsigned int flags,
		   struct err *e)
{
	char temporary[300];

	int len = snprintf(temporary, sizeof(temporary), ".%s.tmp", name);
	if (len < 0 || (size_t)len >= sizeof(temporary))
		return err_set(e, ENAMETOOLONG, "create .%s.tmp: %s", name,
			       errno_text(ENAMETOOLONG));

	int r = write_new(dir_fd, temporary, O_TRUNC, text, flags, e);
	if (r == 0 && renameat(dir_fd, temporary, dir_fd, name) < 0)
		r = err_errno(e, "rename %s to %s", temporary, name);
	if (r < 0)
		(void)unlinkat(dir_fd, temporary, 0);
	return r;
}

int file_replace_at(int dir_fd, const char *name, const struct strbuf *text, unsigned int flags,
		    struct err *e)
{
	if ((flags & FILE_DURABLE) && is_volatile(dir_fd))
		flags &= ~(unsigned int)FILE_DURABLE;

	int r = flags & FILE_FIRST ? write_new(dir_fd, name, O_EXCL, text, flags, e)
				   : replace(dir_fd, name, text, flags, e);
	if (r < 0)
		return r;
	if ((flags & FILE_DURABLE) && fsync(dir_fd) < 0)
		return err_errno(e, "fsync the directory of %s", name);
	return 0;
}

int fd_send(int sock, const void *data, size_t n, const int *fds, size_t n_fds)
{
	union {
		struct cmsghdr first;
		char space[CMSG_SPACE(FD_SEND_MAX * sizeof(int))];
	} control;
	struct iovec iov = { .iov_base = (void *)(uintptr_t)data, .iov_len = n };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (n_fds > FD_SEND_MAX) {
		errno = EINVAL;
		return -EINVAL;
	}
	if (n_fds > 0) {
		memset(&control, 0, sizeof(control));
		msg.msg_control = control.space;
		msg.msg_controllen = (socklen_t)CMSG_SPACE(n_fds * sizeof(int));

		control.first.cmsg_level = SOL_SOCKET;
		control.first.cmsg_type = SCM_RIGHTS;
		control.first.cmsg_len = (socklen_t)CMSG_LEN(n_fds * sizeof(int));
		memcpy(CMSG_DATA(&control.first), fds, n_fds * sizeof(int));
	}

	ssize_t sent;
	do
		sent = sendmsg(sock, &msg, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return -errno;
	if ((size_t)sent != n) {
		errno = EIO;
		return -EIO;
	}
	return 0;
}

/* Takes the descriptors of a message; those beyond @max are closed. Returns how many came. */
static size_t take_rights(struct msghdr *msg, int *ret_fds, size_t max)
{
	size_t total = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;

		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
			if (total < max)
				ret_fds[total] = fd;
			else
				(void)close(fd);
			total++;
		}
	}
	return total;
}

ssize_t fd_recv(int sock, void *data, size_t max, int *ret_fds, size_t *n_fds)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(FD_SEND_MAX * sizeof(int))];
	} control;
	struct iovec iov = { .iov_base = data, .iov_len = max };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space),
	};
	size_t room = n_fds ? *n_fds : 0;

	ssize_t n;
	do
		n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;

	size_t came = take_rights(&msg, ret_fds, room);
	if ((msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) || came > room) {
		for (size_t i = 0; i < came && i < room; i++)
			(void)close(ret_fds[i]);
		errno = EMSGSIZE;
		return -EMSGSIZE;
	}
	if (n_fds)
		*n_fds = came;
	return n;
}

int fd_close_end(int *fd)
{
	int end = *fd;

	*fd = -1;
	/* musl's close(3) says nothing of EINTR. */
	if (end < 0 || syscall(SYS_close, end) == 0 || syscall(SYS_close, end) == 0 ||
	    errno == EBADF)
		return 0;
	return -errno;
}

int fd_cloexec_from(unsigned int first)
{
	return sys_close_range(first, UINT32_MAX, CLOSE_RANGE_CLOEXEC) < 0 ? -errno : 0;
}

int fd_null_stdio(void)
{
	struct pollfd standard[3] = { { .fd = 0 }, { .fd = 1 }, { .fd = 2 } };
	int closed = 0;

	if (poll(standard, 3, 0) >= 0 &&
	    !((standard[0].revents | standard[1].revents | standard[2].revents) & POLLNVAL))
		return 0; /* nearly always, and cheaper than to open something */
	for (;;) {
		int fd = RETRY(open("/dev/null", O_RDWR | O_NOCTTY));

		if (fd < 0)
			return -errno;
		if (fd > STDERR_FILENO) {
			(void)close(fd);
			return closed;
		}
		closed |= 1 << fd;
	}
}
