/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The floor: only the kernel's work of `run`, in one program without JSON, state, checks or safety.
 * No runtime can be faster that does the same; bench/compare gives the ratio. Each phase can be left
 * out (--without=PHASE,...), which tells what it costs; --times prints when each began.
 *
 *   floor [options] ROOTFS PROGRAM [ARGUMENT...]
 *
 * ROOTFS holds PROGRAM and the directories proc, dev and sys. Needs root and a cgroup2 hierarchy.
 */

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PHASES(X)                                                                                  \
	X(CGROUP, "cgroup")                                                                        \
	X(BPF, "bpf")                                                                              \
	X(CLONE, "clone")                                                                          \
	X(NET, "net")                                                                              \
	X(MOUNTS, "mounts")                                                                        \
	X(DEVICES, "devices")                                                                      \
	X(PIVOT, "pivot")                                                                          \
	X(HIDE, "hide")                                                                            \
	X(CAPS, "caps")                                                                            \
	X(SECCOMP, "seccomp")                                                                      \
	X(EXEC, "exec")                                                                            \
	X(RMDIR, "rmdir")

#define AS_ENUM(name, text) PHASE_##name,
#define AS_NAME(name, text) text,
enum phase { PHASES(AS_ENUM) PHASE_COUNT };
static const char *const phase_names[] = { PHASES(AS_NAME) };

static unsigned int without; /* bit: phase */
static bool user_namespace, read_only, times;
static const char *cgroup_parent = "/sys/fs/cgroup", *rootfs;
static struct sock_fprog filter;
static struct timespec *began; /* of each phase, shared with the child; [PHASE_COUNT]: the end */
static int maps_ready[2];

static _Noreturn void die(const char *what)
{
	perror(what);
	_exit(125);
}

static bool enter(enum phase p)
{
	if (times)
		(void)clock_gettime(CLOCK_MONOTONIC, &began[p]);
	return !(without & 1U << p);
}

/* --- the cgroup and its device program ------------------------------------------------------ */

static struct bpf_insn program[128];
static unsigned int n_program;

static void emit(uint8_t code, unsigned int dst, unsigned int src, int off, int imm)
{
	program[n_program++] = (struct bpf_insn){ .code = code,
						  .dst_reg = dst & 0xfU,
						  .src_reg = src & 0xfU,
						  .off = (int16_t)off,
						  .imm = imm };
}

static void answer(int yes)
{
	emit(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, yes);
	emit(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* Registers: 2 type, 3 access, 4 major, 5 minor. -1: any. */
static void allow(int type, int major, int minor)
{
	int left = 2 + (major >= 0) + (minor >= 0);

	emit(BPF_JMP | BPF_JNE | BPF_K, 2, 0, left, type);
	if (major >= 0)
		emit(BPF_JMP | BPF_JNE | BPF_K, 4, 0, --left, major);
	if (minor >= 0)
		emit(BPF_JMP | BPF_JNE | BPF_K, 5, 0, --left, minor);
	answer(1);
}

/* mknod of any device, and all access to the default devices of the specification. */
static void attach_device_program(int cgroup)
{
	static const int devices[][2] = { { 1, 3 }, { 1, 5 }, { 1, 7 },	   { 1, 8 },
					  { 1, 9 }, { 5, 0 }, { 136, -1 }, { 5, 2 } };
	union bpf_attr load = { .prog_type = BPF_PROG_TYPE_CGROUP_DEVICE };
	union bpf_attr attach = { .target_fd = (uint32_t)cgroup };

	emit(BPF_LDX | BPF_MEM | BPF_W, 2, 1, 0, 0);
	emit(BPF_ALU64 | BPF_MOV | BPF_X, 3, 2, 0, 0);
	emit(BPF_ALU64 | BPF_AND | BPF_K, 2, 0, 0, 0xffff);
	emit(BPF_ALU64 | BPF_RSH | BPF_K, 3, 0, 0, 16);
	emit(BPF_LDX | BPF_MEM | BPF_W, 4, 1, 4, 0);
	emit(BPF_LDX | BPF_MEM | BPF_W, 5, 1, 8, 0);
	emit(BPF_JMP | BPF_JNE | BPF_K, 3, 0, 2, BPF_DEVCG_ACC_MKNOD);
	answer(1);
	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
		allow(BPF_DEVCG_DEV_CHAR, devices[i][0], devices[i][1]);
	answer(0);

	load.insns = (uintptr_t)program;
	load.insn_cnt = n_program;
	load.license = (uintptr_t) "Apache-2.0";
	int fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof(load));
	if (fd < 0)
		die("load the device program");
	attach.attach_bpf_fd = (uint32_t)fd;
	attach.attach_type = BPF_CGROUP_DEVICE;
	attach.attach_flags = BPF_F_ALLOW_MULTI;
	if (syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof(attach)) < 0)
		die("attach the device program");
	(void)close(fd);
}

static int make_cgroup(char *path, size_t size)
{
	(void)snprintf(path, size, "%s/floor-%d", cgroup_parent, getpid());
	if (mkdir(path, 0755) < 0)
		die(path);
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		die(path);
	return fd;
}

/* --- the child -------------------------------------------------------------------------------- */

static void loopback_up(void)
{
	struct ifreq r = { .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memcpy(r.ifr_name, "lo", sizeof("lo"));
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &r) < 0)
		die("loopback");
	(void)close(fd);
}

static const struct {
	const char *target, *type, *data;
	unsigned long flags;
} mounts[] = {
	{ "proc", "proc", NULL, MS_NOSUID | MS_NOEXEC | MS_NODEV },
	{ "dev", "tmpfs", "mode=755,size=65536k", MS_NOSUID | MS_STRICTATIME },
	{ "dev/pts", "devpts", "newinstance,ptmxmode=0666,mode=0620,gid=5", MS_NOSUID | MS_NOEXEC },
	{ "dev/shm", "tmpfs", "mode=1777,size=65536k", MS_NOSUID | MS_NOEXEC | MS_NODEV },
	{ "dev/mqueue", "mqueue", NULL, MS_NOSUID | MS_NOEXEC | MS_NODEV },
	{ "sys", "sysfs", NULL, MS_NOSUID | MS_NOEXEC | MS_NODEV | MS_RDONLY },
};

static void make_mounts(void)
{
	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		const char *target = mounts[i].target;

		if (strncmp(target, "dev/", 4) == 0 && mkdir(target, 0755) < 0)
			die(target);
		if (mount("none", target, mounts[i].type, mounts[i].flags, mounts[i].data) < 0)
			die(target);
	}
	/* A hierarchy belongs to the user namespace of its cgroup namespace. */
	if (user_namespace ? mount(cgroup_parent, "sys/fs/cgroup", NULL, MS_BIND, NULL) < 0
			   : mount("none", "sys/fs/cgroup", "cgroup2",
				   MS_NOSUID | MS_NOEXEC | MS_NODEV | MS_RDONLY, NULL) < 0)
		die("sys/fs/cgroup");
}

static void make_device(const char *name, unsigned int major, unsigned int minor)
{
	char path[64], host[64];

	(void)snprintf(path, sizeof(path), "dev/%s", name);
	if (!user_namespace) {
		if (mknod(path, S_IFCHR | 0666, makedev(major, minor)) < 0)
			die(path);
		return;
	}
	(void)snprintf(host, sizeof(host), "/dev/%s", name);
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
	if (fd < 0 || close(fd) < 0 || mount(host, path, NULL, MS_BIND, NULL) < 0)
		die(path);
}

static void make_devices(void)
{
	static const char *const links[][2] = {
		{ "/proc/self/fd", "dev/fd" },	     { "/proc/self/fd/0", "dev/stdin" },
		{ "/proc/self/fd/1", "dev/stdout" }, { "/proc/self/fd/2", "dev/stderr" },
		{ "/proc/kcore", "dev/core" },	     { "pts/ptmx", "dev/ptmx" }
	};

	make_device("null", 1, 3);
	make_device("zero", 1, 5);
	make_device("full", 1, 7);
	make_device("random", 1, 8);
	make_device("urandom", 1, 9);
	make_device("tty", 5, 0);
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		if (symlink(links[i][0], links[i][1]) < 0)
			die(links[i][1]);
}

static void hide(void)
{
	static const char *const masked[] = { "/proc/acpi",	     "/proc/asound",
					      "/proc/kcore",	     "/proc/keys",
					      "/proc/latency_stats", "/proc/timer_list",
					      "/proc/timer_stats",   "/proc/sched_debug",
					      "/sys/firmware",	     "/proc/scsi" };
	static const char *const fixed[] = { "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
					     "/proc/sysrq-trigger" };

	for (size_t i = 0; i < sizeof(masked) / sizeof(masked[0]); i++)
		if (mount("/dev/null", masked[i], NULL, MS_BIND, NULL) < 0 && errno == ENOTDIR)
			(void)mount("none", masked[i], "tmpfs", MS_RDONLY, NULL);
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		if (mount(fixed[i], fixed[i], NULL, MS_BIND | MS_REC, NULL) == 0 &&
		    mount(NULL, fixed[i], NULL,
			  MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
			  NULL) < 0)
			die(fixed[i]);
}

static void pivot(void)
{
	if (syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0)
		die("pivot_root");
	if (read_only && mount(NULL, "/", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL) < 0)
		die("read-only root");
	if (chdir("/") < 0)
		die("chdir");
}

/* What Docker keeps. */
#define KEPT 0xa80425fbU

static void drop_capabilities(void)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2] = { { KEPT, KEPT, 0 }, { 0, 0, 0 } };
	struct rlimit files = { 1024, 1024 };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || setrlimit(RLIMIT_NOFILE, &files) < 0)
		die("limits");
	for (int c = 0; c <= 40; c++)
		if ((c >= 32 || !(KEPT & 1U << c)) && prctl(PR_CAPBSET_DROP, c) < 0)
			die("bounding set");
	if (setgroups(0, NULL) < 0 || syscall(SYS_setresgid, 0, 0, 0) < 0 ||
	    syscall(SYS_setresuid, 0, 0, 0) < 0 || syscall(SYS_capset, &h, d) < 0)
		die("credentials");
}

static void become_root(void)
{
	char c;

	if (read(maps_ready[0], &c, 1) != 1 || syscall(SYS_setresgid, 0, 0, 0) < 0 ||
	    syscall(SYS_setresuid, 0, 0, 0) < 0)
		die("user namespace");
}

static _Noreturn void child(char *const argv[])
{
	char *const envp[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };

	if (user_namespace)
		become_root();
	if (setsid() < 0 || sethostname("floor", 5) < 0)
		die("names");
	if (enter(PHASE_NET))
		loopback_up();
	bool mounting = enter(PHASE_MOUNTS);
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0 ||
	    mount(rootfs, rootfs, NULL, MS_BIND | MS_REC, NULL) < 0 || chdir(rootfs) < 0)
		die(rootfs);
	if (mounting)
		make_mounts();
	if (enter(PHASE_DEVICES) && mounting)
		make_devices();
	if (enter(PHASE_PIVOT))
		pivot();
	else if (chroot(".") < 0)
		die("chroot");
	if (enter(PHASE_HIDE) && mounting)
		hide();
	if (enter(PHASE_CAPS))
		drop_capabilities();
	if (enter(PHASE_SECCOMP) && filter.len > 0 &&
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) < 0)
		die("seccomp");
	(void)enter(PHASE_EXEC);
	(void)execve(argv[0], argv, envp);
	die(argv[0]);
}

/* --- the parent ------------------------------------------------------------------------------- */

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die(path);
	(void)close(fd);
}

static void map_ids(pid_t pid)
{
	char path[48];

	(void)snprintf(path, sizeof(path), "/proc/%d/uid_map", pid);
	write_file(path, "0 100000 65536");
	(void)snprintf(path, sizeof(path), "/proc/%d/gid_map", pid);
	write_file(path, "0 100000 65536");
	if (write(maps_ready[1], "", 1) != 1)
		die("pipe");
}

static pid_t clone_child(int cgroup, char *const argv[])
{
	struct clone_args c = {
		.flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS,
		.exit_signal = SIGCHLD,
	};

	if (!(without & 1U << PHASE_NET))
		c.flags |= CLONE_NEWNET;
	if (user_namespace)
		c.flags |= CLONE_NEWUSER;
	if (cgroup >= 0) {
		c.flags |= CLONE_INTO_CGROUP;
		c.cgroup = (uint64_t)cgroup;
	}
	if (user_namespace && pipe2(maps_ready, O_CLOEXEC) < 0)
		die("pipe");
	pid_t pid = (pid_t)syscall(SYS_clone3, &c, sizeof(c));
	if (pid < 0)
		die("clone3");
	if (pid == 0)
		child(argv);
	if (user_namespace)
		map_ids(pid);
	return pid;
}

static void print_times(void)
{
	for (int p = 0; p < PHASE_COUNT; p++) {
		const struct timespec *a = &began[p], *b = &began[p + 1];
		long us = (b->tv_sec - a->tv_sec) * 1000000 + (b->tv_nsec - a->tv_nsec) / 1000;

		fprintf(stderr, "%-8s %6ld us\n", phase_names[p], us);
	}
}

static int run(char *const argv[])
{
	char path[256];
	int cgroup = -1, status = 0;

	if (enter(PHASE_CGROUP))
		cgroup = make_cgroup(path, sizeof(path));
	if (enter(PHASE_BPF) && cgroup >= 0)
		attach_device_program(cgroup);
	(void)enter(PHASE_CLONE);
	pid_t pid = clone_child(cgroup, argv);
	if (waitpid(pid, &status, 0) < 0)
		die("wait");
	(void)enter(PHASE_RMDIR);
	if (cgroup >= 0 && rmdir(path) < 0)
		die(path);
	(void)enter(PHASE_COUNT);
	if (times)
		print_times();
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* --- the command line ------------------------------------------------------------------------- */

static void read_filter(const char *path)
{
	static struct sock_filter insns[BPF_MAXINSNS];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, insns, sizeof(insns));

	if (n <= 0 || (size_t)n % sizeof(*insns) != 0)
		die(path);
	(void)close(fd);
	filter = (struct sock_fprog){ (unsigned short)((size_t)n / sizeof(*insns)), insns };
}

static void leave_out(char *list)
{
	for (char *word = strtok(list, ","); word; word = strtok(NULL, ",")) {
		unsigned int p = 0;

		while (p < PHASE_COUNT && strcmp(word, phase_names[p]) != 0)
			p++;
		if (p == PHASE_COUNT || p == PHASE_CLONE || p == PHASE_EXEC || p == PHASE_RMDIR) {
			fprintf(stderr, "floor: no phase to leave out: %s\n", word);
			_exit(2);
		}
		without |= 1U << p;
	}
}

static _Noreturn void usage(void)
{
	fputs("usage: floor [--without=PHASE,...] [--seccomp=FILE] [--cgroup=DIR] [--userns]\n"
	      "             [--readonly] [--times] ROOTFS PROGRAM [ARGUMENT...]\n",
	      stderr);
	_exit(2);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "without", required_argument, NULL, 'w' },
		{ "seccomp", required_argument, NULL, 's' },
		{ "cgroup", required_argument, NULL, 'c' },
		{ "userns", no_argument, NULL, 'u' },
		{ "readonly", no_argument, NULL, 'r' },
		{ "times", no_argument, NULL, 't' },
		{ 0 },
	};

	for (int o; (o = getopt_long(argc, argv, "+", options, NULL)) != -1;) {
		switch (o) {
		case 'w':
			leave_out(optarg);
			break;
		case 's':
			read_filter(optarg);
			break;
		case 'c':
			cgroup_parent = optarg;
			break;
		case 'u':
			user_namespace = true;
			break;
		case 'r':
			read_only = true;
			break;
		case 't':
			times = true;
			break;
		default:
			usage();
		}
	}
	if (argc - optind < 2)
		usage();
	rootfs = argv[optind];
	if (times) {
		began = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (began == MAP_FAILED)
			die("mmap");
	}
	return run(argv + optind + 1);
}
