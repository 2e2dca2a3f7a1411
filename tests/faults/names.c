/* SPDX-License-Identifier: Apache-2.0 */
/* Names of system calls and errors, and which error fits which call. */
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "faults.h"
#include "seccomp/syscalls.h"

const char *call_name(long number)
{
	uint16_t id = syscall_id_of(arch_native(), (uint32_t)number);

	return id ? syscall_name(id) : "?";
}

static const struct {
	const char *calls;
	int errors[3];
} fitting[] = {
	{ ",open,openat,openat2,open_tree,fsopen,fsmount,fspick,socket,socketpair,pipe2,dup,dup3,"
	  "fcntl,memfd_create,pidfd_open,eventfd2,epoll_create1,signalfd4,timerfd_create,bpf,"
	  "accept4,",
	  { EMFILE, ENOMEM, EPERM } },
	{ ",write,pwrite64,writev,ftruncate,fsync,fallocate,sendfile,", { ENOSPC, EIO, EPERM } },
	{ ",mkdirat,mkdir,mknodat,symlinkat,symlink,renameat,renameat2,rename,linkat,",
	  { ENOSPC, EIO, EPERM } },
	{ ",unlinkat,unlink,rmdir,umount2,move_mount,mount_setattr,mount,fsconfig,pivot_root,",
	  { EBUSY, ENOMEM, EPERM } },
	{ ",clone,clone3,fork,vfork,unshare,setns,", { EAGAIN, ENOMEM, EPERM } },
	{ ",execve,execveat,", { ENOMEM, EMFILE, EACCES } },
	{ ",mmap,mprotect,mremap,brk,munmap,", { ENOMEM, ENOMEM, ENOMEM } },
	{ ",setresuid,setresgid,setuid,setgid,setgroups,prctl,capset,seccomp,setrlimit,prlimit64,",
	  { EPERM, EINVAL, EAGAIN } },
	{ ",recvmsg,sendmsg,recvfrom,sendto,connect,bind,listen,", { ENOMEM, ECONNRESET, EPERM } },
	{ ",close,", { EIO, ENOSPC, EINTR } },
	{ ",wait4,waitid,", { ECHILD, EINTR, EINVAL } },
	{ ",kill,tgkill,pidfd_send_signal,", { EPERM, ESRCH, EINVAL } },
	{ ",flock,", { ENOLCK, EWOULDBLOCK, EIO } },
};

int errno_of(const char *name, int set)
{
	char needle[64];

	(void)snprintf(needle, sizeof(needle), ",%s,", name);
	for (size_t i = 0; i < sizeof(fitting) / sizeof(*fitting); i++)
		if (strstr(fitting[i].calls, needle))
			return fitting[i].errors[set - 1];
	static const int others[3] = { EIO, ENOMEM, EPERM };
	return others[set - 1];
}

static const struct {
	const char *name;
	int number;
} errors[] = {
	{ "ENOSPC", ENOSPC }, { "EMFILE", EMFILE }, { "ENOMEM", ENOMEM }, { "EINTR", EINTR },
	{ "EIO", EIO },	      { "EBUSY", EBUSY },   { "EPERM", EPERM },	  { "EAGAIN", EAGAIN },
	{ "EINVAL", EINVAL }, { "ENOSYS", ENOSYS }, { "EACCES", EACCES },
};

int errno_number(const char *name)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++)
		if (strcmp(errors[i].name, name) == 0)
			return errors[i].number;
	return 0;
}
