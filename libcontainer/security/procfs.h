/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SECURITY_PROCFS_H
#define SECURITY_PROCFS_H

/* Files of a procfs that an attacker may have mounted over. Private to the security layer. */

#include "base/err.h"
#include "base/str.h"

/**
 * procfs_write() - write a value in one write(2) into an existing file below a procfs
 * @proc_fd: the procfs' root; nothing mounted below it is crossed, and no magic link taken
 * @e:       names @path
 * Runs in: host or init. Return: 0; -ENOENT when there is no such file; negative errno.
 */
MUST_CHECK int procfs_write(int proc_fd, const char *path, const char *text, struct err *e);

/** procfs_read() - append a file of at most 64 KiB; opened as in procfs_write(). */
MUST_CHECK int procfs_read(int proc_fd, const char *path, struct strbuf *out, struct err *e);

#endif
