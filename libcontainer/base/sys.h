/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_SYS_H
#define BASE_SYS_H

/*
 * System calls that a libc lacks or declares in headers that clash with the kernel's.
 * <sys/mount.h> is never included in this program: it and <linux/mount.h> define the
 * same names. Each wrapper returns what syscall(2) returns: -1 and errno on failure.
 * Runs in: any.
 */

#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PROC_ROOT_INODE 1 /* of the root of every procfs */

#ifndef RENAME_NOREPLACE
#	define RENAME_NOREPLACE 1
#endif
#ifndef MNT_FORCE
#	define MNT_FORCE 1
#endif
#ifndef MNT_DETACH
#	define MNT_DETACH 2
#endif
#ifndef AT_RECURSIVE
#	define AT_RECURSIVE 0x8000
#endif
#ifndef AT_EMPTY_PATH
#	define AT_EMPTY_PATH 0x1000
#endif
#ifndef OPEN_TREE_CLOEXEC
#	define OPEN_TREE_CLOEXEC O_CLOEXEC
#endif
#ifndef MOUNT_ATTR_NOSYMFOLLOW
#	define MOUNT_ATTR_NOSYMFOLLOW 0x00200000
#endif
#ifndef CLONE_INTO_CGROUP
#	define CLONE_INTO_CGROUP 0x200000000ULL
#endif
#ifndef CLONE_CLEAR_SIGHAND
#	define CLONE_CLEAR_SIGHAND 0x100000000ULL
#endif
#ifndef CLONE_NEWTIME
#	define CLONE_NEWTIME 0x00000080
#endif

int sys_clone3(struct clone_args *args, size_t size);
int sys_openat2(int dir_fd, const char *path, struct open_how *how, size_t size);
int sys_open_tree(int dir_fd, const char *path, unsigned int flags);
int sys_move_mount(int from_fd, const char *from, int to_fd, const char *to, unsigned int flags);
int sys_mount_setattr(int dir_fd, const char *path, unsigned int flags, struct mount_attr *attr,
		      size_t size);
int sys_fsopen(const char *fstype, unsigned int flags);
int sys_fsconfig(int fs_fd, unsigned int cmd, const char *key, const void *value, int aux);
int sys_fsmount(int fs_fd, unsigned int flags, unsigned int attr_flags);
int sys_fspick(int dir_fd, const char *path, unsigned int flags);
int sys_mount(const char *source, const char *target, const char *fstype, unsigned long flags,
	      const void *data);
int sys_umount2(const char *target, int flags);
int sys_pivot_root(const char *new_root, const char *put_old);
int sys_renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned int flags);
/* Which file of which mount. */
struct file_id {
	uint64_t mount, ino;
	uint32_t dev_major, dev_minor;
};
/** sys_file_id() - statx(2) of @path below @dir_fd, "" for @dir_fd itself. Linux 5.8. */
int sys_file_id(int dir_fd, const char *path, struct file_id *ret);
/** sys_mount_id() - statx(2) STATX_MNT_ID of an open file; -1 with ENOSYS before Linux 5.8. */
int sys_mount_id(int fd, uint64_t *ret);
/** sys_is_mount_root() - statx(2) STATX_ATTR_MOUNT_ROOT of an open file: 1, 0, or -1. Linux 5.8. */
int sys_is_mount_root(int fd);
struct rlimit;
int sys_prlimit(pid_t pid, int resource, const struct rlimit *new_limit, struct rlimit *old);
int sys_pidfd_open(pid_t pid, unsigned int flags);
int sys_pidfd_send_signal(int pidfd, int sig);
int sys_pidfd_getfd(int pidfd, int fd);
int sys_close_range(unsigned int first, unsigned int last, unsigned int flags);
long sys_keyctl(int op, unsigned long a, unsigned long b, unsigned long c, unsigned long d);
int sys_seccomp(unsigned int op, unsigned int flags, void *args);
int sys_bpf(int cmd, void *attr, unsigned int size);
int sys_execveat(int dir_fd, const char *path, char *const argv[], char *const envp[], int flags);
int sys_sched_setattr(pid_t pid, void *attr, unsigned int flags);
int sys_ioprio_set(int which, int who, int ioprio);
int sys_set_mempolicy(int mode, const unsigned long *nodemask, unsigned long maxnode);
/* A record of getdents64(2). */
struct sys_dirent {
	uint64_t ino;
	int64_t offset;
	unsigned short length;
	unsigned char type;
	char name[];
};
/** sys_getdents() - getdents64(2): bytes of records in @buf, 0 at the end. */
int sys_getdents(int dir_fd, void *buf, unsigned int size);
int sys_memfd_create(const char *name, unsigned int flags);

#endif
