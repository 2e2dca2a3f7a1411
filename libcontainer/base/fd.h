/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_FD_H
#define BASE_FD_H

/* Files by directory descriptor, whole writes, descriptors over sockets. */

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"

#define FD_SEND_MAX 250 /* descriptors in one message; the kernel takes 253 (SCM_MAX_FD) */

/**
 * fd_write_all() - write @n bytes, resuming after EINTR and short writes
 * Runs in: any. Return: 0 or -errno of write(2), errno set; no struct err because the
 * caller knows the name of the file.
 */
MUST_CHECK int fd_write_all(int fd, const void *data, size_t n);

/**
 * file_write_at() - write a value into an existing file (procfs, sysfs, cgroupfs)
 * @dir_fd: directory, or AT_FDCWD
 * @path:   below it; its last component is not followed when a symlink
 * @text:   the whole value, in one write(2)
 * @e:      names @path
 *
 * Runs in: any. Return: 0, -errno of openat(2) or write(2), -EIO for a short write.
 */
MUST_CHECK int file_write_at(int dir_fd, const char *path, const char *text, struct err *e);

/**
 * file_read_at() - append a whole file to @out
 * @max: -EFBIG when the file is larger; 0 means 16 MiB
 *
 * Opened O_NONBLOCK and refused with -EINVAL when not a regular file, so that a FIFO
 * or device in a hostile place cannot block or feed without end.
 * Runs in: any. Return: 0 or negative errno; -ENOENT is the caller's to judge.
 */
MUST_CHECK int file_read_at(int dir_fd, const char *path, size_t max, struct strbuf *out,
			    struct err *e);

/**
 * file_read_once_at() - read a small file of the kernel (procfs, sysfs, cgroupfs) in one read(2)
 * @buf: @size bytes; NUL-terminated
 * Runs in: any. Return: bytes read, or negative errno.
 */
MUST_CHECK int file_read_once_at(int dir_fd, const char *path, char *buf, size_t size,
				 struct err *e);

/**
 * fd_read_all() - append all that can be read from @fd until end of file
 * @max: as in file_read_at()
 * Runs in: any. Return: 0, -EFBIG, or -errno of read(2); errno is set.
 */
MUST_CHECK int fd_read_all(int fd, size_t max, struct strbuf *out);

#define FILE_PRIVATE 1u /* mode 0600; else 0644; less what the umask takes */
#define FILE_DURABLE 2u /* fsync(2) of file and directory: survives a power cut; not in memory */
#define FILE_FIRST   4u /* there is none yet, and nobody looks: no temporary name */

/**
 * file_replace_at() - put a file in place at once: temporary name, rename
 * @dir_fd: directory; must be readable (not O_PATH)
 * @name:   a name in it, without '/'
 * @flags:  FILE_*
 *
 * Runs in: host. Return: 0 or negative errno; the old file stays on failure.
 */
MUST_CHECK int file_replace_at(int dir_fd, const char *name, const struct strbuf *text,
			       unsigned int flags, struct err *e);

/**
 * fd_send() - one message with descriptors (SCM_RIGHTS), without SIGPIPE
 * @fds: borrowed; @n_fds at most FD_SEND_MAX
 * Runs in: any. Return: 0 or -errno, errno set.
 */
MUST_CHECK int fd_send(int sock, const void *data, size_t n, const int *fds, size_t n_fds);

/**
 * fd_recv() - one message with descriptors, which arrive close-on-exec
 * @ret_fds:   up to *@n_fds descriptors, the caller's to close; *@n_fds is updated
 * Runs in: any. Return: bytes received (0: the peer is gone), or -errno, errno set;
 * -EMSGSIZE when data or descriptors were cut (what came is closed).
 */
MUST_CHECK ssize_t fd_recv(int sock, void *data, size_t max, int *ret_fds, size_t *n_fds);

/**
 * fd_close_end() - close an end of a pipe or socket whose end of file somebody waits for
 * @fd: -1 afterwards; -1 before: nothing to do
 *
 * Elsewhere a close(2) that fails costs a descriptor until the command ends; here it would make the
 * command wait for itself for ever. It is tried twice: Linux has closed it in spite of an error
 * (close(2), "Dealing with error returns"), and then the second says EBADF.
 * Runs in: any process with one thread. Return: 0 or -errno, errno set.
 */
MUST_CHECK int fd_close_end(int *fd);

/**
 * fd_cloexec_from() - set close-on-exec on every descriptor from @first on
 * Runs in: any. Return: 0 or -errno, errno set. close_range(2), Linux 5.11.
 */
MUST_CHECK int fd_cloexec_from(unsigned int first);

/**
 * fd_null_stdio() - open /dev/null for each of descriptors 0 to 2 that is closed
 * Runs in: start of main, before anything else opens a file (security.md 2.3, rule 15).
 * Return: a bit for each that was closed: 1 << N; or -errno, errno set.
 */
MUST_CHECK int fd_null_stdio(void);

#endif
