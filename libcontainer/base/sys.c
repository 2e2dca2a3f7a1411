/* SPDX-License-Identifier: Apache-2.0 */
#include "base/sys.h"

#include <errno.h>
#include <linux/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int sys_clone3(struct clone_args *args, size_t size)
{
	return (int)syscall(SYS_clone3, args, size);
}

int sys_openat2(int dir_fd, const char *path, struct open_how *how, size_t size)
{
	return (int)syscall(SYS_openat2, dir_fd, path, how, size);
}

int sys_open_tree(int dir_fd, const char *path, unsigned int flags)
{
	return (int)syscall(SYS_open_tree, dir_fd, path, flags);
}

int sys_move_mount(int from_fd, const char *from, int to_fd, const char *to, unsigned int flags)
{
	return (int)syscall(SYS_move_mount, from_fd, from, to_fd, to, flags);
}

int sys_mount_setattr(int dir_fd, const char *path, unsigned int flags, struct mount_attr *attr,
		      size_t size)
{
	return (int)syscall(SYS_mount_setattr, dir_fd, path, flags, attr, size);
}

int sys_fsopen(const char *fstype, unsigned int flags)
{
	return (int)syscall(SYS_fsopen, fstype, flags);
}

int sys_fsconfig(int fs_fd, unsigned int cmd, const char *key, const void *value, int aux)
{
	return (int)syscall(SYS_fsconfig, fs_fd, cmd, key, value, aux);
}

int sys_fsmount(int fs_fd, unsigned int flags, unsigned int attr_flags)
{
	return (int)syscall(SYS_fsmount, fs_fd, flags, attr_flags);
}

int sys_fspick(int dir_fd, const char *path, unsigned int flags)
{
	return (int)syscall(SYS_fspick, dir_fd, path, flags);
}

int sys_mount(const char *source, const char *target, const char *fstype, unsigned long flags,
	      const void *data)
{
	return (int)syscall(SYS_mount, source, target, fstype, flags, data);
}

int sys_umount2(const char *target, int flags)
{
	return (int)syscall(SYS_umount2, target, flags);
}

int sys_pivot_root(const char *new_root, const char *put_old)
{
	return (int)syscall(SYS_pivot_root, new_root, put_old);
}

int sys_renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned int flags)
{
	return (int)syscall(SYS_renameat2, from_fd, from, to_fd, to, flags);
}

int sys_file_id(int dir_fd, const char *path, struct file_id *ret)
{
	const unsigned int mask = STATX_INO | STATX_MNT_ID;
	struct statx st;

	if (syscall(SYS_statx, dir_fd, path, AT_EMPTY_PATH, mask, &st) < 0)
		return -1;
	if ((st.stx_mask & mask) != mask) {
		errno = ENOSYS;
		return -1;
	}
	*ret = (struct file_id){ st.stx_mnt_id, st.stx_ino, st.stx_dev_major, st.stx_dev_minor };
	return 0;
}

int sys_mount_id(int fd, uint64_t *ret)
{
	struct file_id id;

	if (sys_file_id(fd, "", &id) < 0)
		return -1;
	*ret = id.mount;
	return 0;
}

int sys_is_mount_root(int fd)
{
	struct statx st;

	if (syscall(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_TYPE, &st) < 0)
		return -1;
	return (st.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

/* The C libraries disagree on the type of @resource. */
int sys_prlimit(pid_t pid, int resource, const struct rlimit *new_limit, struct rlimit *old)
{
	return (int)syscall(SYS_prlimit64, pid, resource, new_limit, old);
}

int sys_pidfd_open(pid_t pid, unsigned int flags)
{
	return (int)syscall(SYS_pidfd_open, pid, flags);
}

int sys_pidfd_getfd(int pidfd, int fd)
{
	return (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
}

int sys_pidfd_send_signal(int pidfd, int sig)
{
	return (int)syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0);
}

int sys_close_range(unsigned int first, unsigned int last, unsigned int flags)
{
	return (int)syscall(SYS_close_range, first, last, flags);
}

long sys_keyctl(int op, unsigned long a, unsigned long b, unsigned long c, unsigned long d)
{
	return syscall(SYS_keyctl, op, a, b, c, d);
}

int sys_seccomp(unsigned int op, unsigned int flags, void *args)
{
	return (int)syscall(SYS_seccomp, op, flags, args);
}

int sys_bpf(int cmd, void *attr, unsigned int size)
{
	return (int)syscall(SYS_bpf, cmd, attr, size);
}

int sys_execveat(int dir_fd, const char *path, char *const argv[], char *const envp[], int flags)
{
	return (int)syscall(SYS_execveat, dir_fd, path, argv, envp, flags);
}

int sys_sched_setattr(pid_t pid, void *attr, unsigned int flags)
{
	return (int)syscall(SYS_sched_setattr, pid, attr, flags);
}

int sys_ioprio_set(int which, int who, int ioprio)
{
	return (int)syscall(SYS_ioprio_set, which, who, ioprio);
}

int sys_set_mempolicy(int mode, const unsigned long *nodemask, unsigned long maxnode)
{
	return (int)syscall(SYS_set_mempolicy, mode, nodemask, maxnode);
}

int sys_getdents(int dir_fd, void *buf, unsigned int size)
{
	return (int)syscall(SYS_getdents64, dir_fd, buf, size);
}

int sys_memfd_create(const char *name, unsigned int flags)
{
	return (int)syscall(SYS_memfd_create, name, flags);
}
