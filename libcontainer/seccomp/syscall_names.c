/* SPDX-License-Identifier: Apache-2.0 */
/* Written by scripts/syscall-tables.py from linux-libc-dev 7.2.13-1 and libseccomp 2.5.4. */
/* clang-format off */
#include "seccomp/syscalls.h"

#if SYSCALL_NAMES != 518 || SYSCALL_SLOTS != 2048
#	error syscalls.h speaks of other tables
#endif

const char syscall_libseccomp[] = "2.5.4";

const char syscall_text[] = "\0"
	"_llseek\0""_newselect\0""_sysctl\0""accept\0""accept4\0""access\0""acct\0""add_key\0"
	"adjtimex\0""afs_syscall\0""alarm\0""arch_prctl\0""arm_fadvise64_64\0""arm_sync_file_range\0"
	"atomic_barrier\0""atomic_cmpxchg_32\0""bdflush\0""bind\0""bpf\0""break\0""breakpoint\0"
	"brk\0""cachectl\0""cacheflush\0""cachestat\0""capget\0""capset\0""chdir\0""chmod\0""chown\0"
	"chown32\0""chroot\0""clock_adjtime\0""clock_adjtime64\0""clock_getres\0"
	"clock_getres_time64\0""clock_gettime\0""clock_gettime64\0""clock_nanosleep\0"
	"clock_nanosleep_time64\0""clock_settime\0""clock_settime64\0""clone\0""clone3\0""close\0"
	"close_range\0""connect\0""copy_file_range\0""creat\0""create_module\0""delete_module\0"
	"dup\0""dup2\0""dup3\0""epoll_create\0""epoll_create1\0""epoll_ctl\0""epoll_ctl_old\0"
	"epoll_pwait\0""epoll_pwait2\0""epoll_wait\0""epoll_wait_old\0""eventfd\0""eventfd2\0"
	"execve\0""execveat\0""exit\0""exit_group\0""faccessat\0""faccessat2\0""fadvise64\0"
	"fadvise64_64\0""fallocate\0""fanotify_init\0""fanotify_mark\0""fchdir\0""fchmod\0"
	"fchmodat\0""fchmodat2\0""fchown\0""fchown32\0""fchownat\0""fcntl\0""fcntl64\0""fdatasync\0"
	"fgetxattr\0""file_getattr\0""file_setattr\0""finit_module\0""flistxattr\0""flock\0""fork\0"
	"fremovexattr\0""fsconfig\0""fsetxattr\0""fsmount\0""fsopen\0""fspick\0""fstat\0""fstat64\0"
	"fstatat64\0""fstatfs\0""fstatfs64\0""fsync\0""ftime\0""ftruncate\0""ftruncate64\0""futex\0"
	"futex_requeue\0""futex_time64\0""futex_wait\0""futex_waitv\0""futex_wake\0""futimesat\0"
	"get_kernel_syms\0""get_mempolicy\0""get_robust_list\0""get_thread_area\0""get_tls\0"
	"getcpu\0""getcwd\0""getdents\0""getdents64\0""getegid\0""getegid32\0""geteuid\0""geteuid32\0"
	"getgid\0""getgid32\0""getgroups\0""getgroups32\0""getitimer\0""getpagesize\0""getpeername\0"
	"getpgid\0""getpgrp\0""getpid\0""getpmsg\0""getppid\0""getpriority\0""getrandom\0"
	"getresgid\0""getresgid32\0""getresuid\0""getresuid32\0""getrlimit\0""getrusage\0""getsid\0"
	"getsockname\0""getsockopt\0""gettid\0""gettimeofday\0""getuid\0""getuid32\0""getxattr\0"
	"getxattrat\0""gtty\0""idle\0""init_module\0""inotify_add_watch\0""inotify_init\0"
	"inotify_init1\0""inotify_rm_watch\0""io_cancel\0""io_destroy\0""io_getevents\0"
	"io_pgetevents\0""io_pgetevents_time64\0""io_setup\0""io_submit\0""io_uring_enter\0"
	"io_uring_register\0""io_uring_setup\0""ioctl\0""ioperm\0""iopl\0""ioprio_get\0""ioprio_set\0"
	"ipc\0""kcmp\0""kexec_file_load\0""kexec_load\0""keyctl\0""kill\0""landlock_add_rule\0"
	"landlock_create_ruleset\0""landlock_restrict_self\0""lchown\0""lchown32\0""lgetxattr\0"
	"link\0""linkat\0""listen\0""listmount\0""listns\0""listxattr\0""listxattrat\0""llistxattr\0"
	"lock\0""lookup_dcookie\0""lremovexattr\0""lseek\0""lsetxattr\0""lsm_get_self_attr\0"
	"lsm_list_modules\0""lsm_set_self_attr\0""lstat\0""lstat64\0""madvise\0""map_shadow_stack\0"
	"mbind\0""membarrier\0""memfd_create\0""memfd_secret\0""migrate_pages\0""mincore\0""mkdir\0"
	"mkdirat\0""mknod\0""mknodat\0""mlock\0""mlock2\0""mlockall\0""mmap\0""mmap2\0""modify_ldt\0"
	"mount\0""mount_setattr\0""move_mount\0""move_pages\0""mprotect\0""mpx\0""mq_getsetattr\0"
	"mq_notify\0""mq_open\0""mq_timedreceive\0""mq_timedreceive_time64\0""mq_timedsend\0"
	"mq_timedsend_time64\0""mq_unlink\0""mremap\0""mseal\0""msgctl\0""msgget\0""msgrcv\0"
	"msgsnd\0""msync\0""multiplexer\0""munlock\0""munlockall\0""munmap\0""name_to_handle_at\0"
	"nanosleep\0""newfstatat\0""nfsservctl\0""nice\0""oldfstat\0""oldlstat\0""oldolduname\0"
	"oldstat\0""olduname\0""open\0""open_by_handle_at\0""open_tree\0""open_tree_attr\0""openat\0"
	"openat2\0""pause\0""pciconfig_iobase\0""pciconfig_read\0""pciconfig_write\0"
	"perf_event_open\0""personality\0""pidfd_getfd\0""pidfd_open\0""pidfd_send_signal\0""pipe\0"
	"pipe2\0""pivot_root\0""pkey_alloc\0""pkey_free\0""pkey_mprotect\0""poll\0""ppoll\0"
	"ppoll_time64\0""prctl\0""pread64\0""preadv\0""preadv2\0""prlimit64\0""process_madvise\0"
	"process_mrelease\0""process_vm_readv\0""process_vm_writev\0""prof\0""profil\0""pselect6\0"
	"pselect6_time64\0""ptrace\0""putpmsg\0""pwrite64\0""pwritev\0""pwritev2\0""query_module\0"
	"quotactl\0""quotactl_fd\0""read\0""readahead\0""readdir\0""readlink\0""readlinkat\0""readv\0"
	"reboot\0""recv\0""recvfrom\0""recvmmsg\0""recvmmsg_time64\0""recvmsg\0""remap_file_pages\0"
	"removexattr\0""removexattrat\0""rename\0""renameat\0""renameat2\0""request_key\0"
	"reserved177\0""reserved193\0""reserved221\0""reserved82\0""restart_syscall\0"
	"riscv_flush_icache\0""riscv_hwprobe\0""rmdir\0""rseq\0""rseq_slice_yield\0""rt_sigaction\0"
	"rt_sigpending\0""rt_sigprocmask\0""rt_sigqueueinfo\0""rt_sigreturn\0""rt_sigsuspend\0"
	"rt_sigtimedwait\0""rt_sigtimedwait_time64\0""rt_tgsigqueueinfo\0""rtas\0"
	"s390_guarded_storage\0""s390_pci_mmio_read\0""s390_pci_mmio_write\0""s390_runtime_instr\0"
	"s390_sthyi\0""sched_get_priority_max\0""sched_get_priority_min\0""sched_getaffinity\0"
	"sched_getattr\0""sched_getparam\0""sched_getscheduler\0""sched_rr_get_interval\0"
	"sched_rr_get_interval_time64\0""sched_setaffinity\0""sched_setattr\0""sched_setparam\0"
	"sched_setscheduler\0""sched_yield\0""seccomp\0""security\0""select\0""semctl\0""semget\0"
	"semop\0""semtimedop\0""semtimedop_time64\0""send\0""sendfile\0""sendfile64\0""sendmmsg\0"
	"sendmsg\0""sendto\0""set_mempolicy\0""set_mempolicy_home_node\0""set_robust_list\0"
	"set_thread_area\0""set_tid_address\0""set_tls\0""setdomainname\0""setfsgid\0""setfsgid32\0"
	"setfsuid\0""setfsuid32\0""setgid\0""setgid32\0""setgroups\0""setgroups32\0""sethostname\0"
	"setitimer\0""setns\0""setpgid\0""setpriority\0""setregid\0""setregid32\0""setresgid\0"
	"setresgid32\0""setresuid\0""setresuid32\0""setreuid\0""setreuid32\0""setrlimit\0""setsid\0"
	"setsockopt\0""settimeofday\0""setuid\0""setuid32\0""setxattr\0""setxattrat\0""sgetmask\0"
	"shmat\0""shmctl\0""shmdt\0""shmget\0""shutdown\0""sigaction\0""sigaltstack\0""signal\0"
	"signalfd\0""signalfd4\0""sigpending\0""sigprocmask\0""sigreturn\0""sigsuspend\0""socket\0"
	"socketcall\0""socketpair\0""splice\0""spu_create\0""spu_run\0""ssetmask\0""stat\0""stat64\0"
	"statfs\0""statfs64\0""statmount\0""statx\0""stime\0""stty\0""subpage_prot\0""swapcontext\0"
	"swapoff\0""swapon\0""switch_endian\0""symlink\0""symlinkat\0""sync\0""sync_file_range\0"
	"sync_file_range2\0""syncfs\0""sys_debug_setcontext\0""syscall\0""sysfs\0""sysinfo\0"
	"syslog\0""sysmips\0""tee\0""tgkill\0""time\0""timer_create\0""timer_delete\0"
	"timer_getoverrun\0""timer_gettime\0""timer_gettime64\0""timer_settime\0""timer_settime64\0"
	"timerfd\0""timerfd_create\0""timerfd_gettime\0""timerfd_gettime64\0""timerfd_settime\0"
	"timerfd_settime64\0""times\0""tkill\0""truncate\0""truncate64\0""tuxcall\0""ugetrlimit\0"
	"ulimit\0""umask\0""umount\0""umount2\0""uname\0""unlink\0""unlinkat\0""unshare\0"
	"unused109\0""unused150\0""unused18\0""unused28\0""unused59\0""unused84\0""uprobe\0"
	"uretprobe\0""uselib\0""userfaultfd\0""usr26\0""usr32\0""ustat\0""utime\0""utimensat\0"
	"utimensat_time64\0""utimes\0""vfork\0""vhangup\0""vm86\0""vm86old\0""vmsplice\0""vserver\0"
	"wait4\0""waitid\0""waitpid\0""write\0""writev\0";

const uint16_t syscall_at[] = {
	0,
	1, 9, 20, 28, 35, 43, 50, 55, 63, 72, 84, 90, 101, 118, 138, 153, 171, 179, 184, 188, 194, 205,
	209, 218, 229, 239, 246, 253, 259, 265, 271, 279, 286, 300, 316, 329, 349, 363, 379, 395, 418,
	432, 448, 454, 461, 467, 479, 487, 503, 509, 523, 537, 541, 546, 551, 564, 578, 588, 602, 614,
	627, 638, 653, 661, 670, 677, 686, 691, 702, 712, 723, 733, 746, 756, 770, 784, 791, 798, 807,
	817, 824, 833, 842, 848, 856, 866, 876, 889, 902, 915, 926, 932, 937, 950, 959, 969, 977, 984,
	991, 997, 1005, 1015, 1023, 1033, 1039, 1045, 1055, 1067, 1073, 1087, 1100, 1111, 1123, 1134,
	1144, 1160, 1174, 1190, 1206, 1214, 1221, 1228, 1237, 1248, 1256, 1266, 1274, 1284, 1291, 1300,
	1310, 1322, 1332, 1344, 1356, 1364, 1372, 1379, 1387, 1395, 1407, 1417, 1427, 1439, 1449, 1461,
	1471, 1481, 1488, 1500, 1511, 1518, 1531, 1538, 1547, 1556, 1567, 1572, 1577, 1589, 1607, 1620,
	1634, 1651, 1661, 1672, 1685, 1699, 1720, 1729, 1739, 1754, 1772, 1787, 1793, 1800, 1805, 1816,
	1827, 1831, 1836, 1852, 1863, 1870, 1875, 1893, 1917, 1940, 1947, 1956, 1966, 1971, 1978, 1985,
	1995, 2002, 2012, 2024, 2035, 2040, 2055, 2068, 2074, 2084, 2102, 2119, 2137, 2143, 2151, 2159,
	2176, 2182, 2193, 2206, 2219, 2233, 2241, 2247, 2255, 2261, 2269, 2275, 2282, 2291, 2296, 2302,
	2313, 2319, 2333, 2344, 2355, 2364, 2368, 2382, 2392, 2400, 2416, 2439, 2452, 2472, 2482, 2489,
	2495, 2502, 2509, 2516, 2523, 2529, 2541, 2549, 2560, 2567, 2585, 2595, 2606, 2617, 2622, 2631,
	2640, 2652, 2660, 2669, 2674, 2692, 2702, 2717, 2724, 2732, 2738, 2755, 2770, 2786, 2802, 2814,
	2826, 2837, 2855, 2860, 2866, 2877, 2888, 2898, 2912, 2917, 2923, 2936, 2942, 2950, 2957, 2965,
	2975, 2991, 3008, 3025, 3043, 3048, 3055, 3064, 3080, 3087, 3095, 3104, 3112, 3121, 3134, 3143,
	3155, 3160, 3170, 3178, 3187, 3198, 3204, 3211, 3216, 3225, 3234, 3250, 3258, 3275, 3287, 3301,
	3308, 3317, 3327, 3339, 3351, 3363, 3375, 3386, 3402, 3421, 3435, 3441, 3446, 3463, 3476, 3490,
	3505, 3521, 3534, 3548, 3564, 3587, 3605, 3610, 3631, 3650, 3670, 3689, 3700, 3723, 3746, 3764,
	3778, 3793, 3812, 3834, 3863, 3881, 3895, 3910, 3929, 3941, 3949, 3958, 3965, 3972, 3979, 3985,
	3996, 4014, 4019, 4028, 4039, 4048, 4056, 4063, 4077, 4101, 4117, 4133, 4149, 4157, 4171, 4180,
	4191, 4200, 4211, 4218, 4227, 4237, 4249, 4261, 4271, 4277, 4285, 4297, 4306, 4317, 4327, 4339,
	4349, 4361, 4370, 4381, 4391, 4398, 4409, 4422, 4429, 4438, 4447, 4458, 4467, 4473, 4480, 4486,
	4493, 4502, 4512, 4524, 4531, 4540, 4550, 4561, 4573, 4583, 4594, 4601, 4612, 4623, 4630, 4641,
	4649, 4658, 4663, 4670, 4677, 4686, 4696, 4702, 4708, 4713, 4726, 4738, 4746, 4753, 4767, 4775,
	4785, 4790, 4806, 4823, 4830, 4851, 4859, 4865, 4873, 4880, 4888, 4892, 4899, 4904, 4917, 4930,
	4947, 4961, 4977, 4991, 5007, 5015, 5030, 5046, 5064, 5080, 5098, 5104, 5110, 5119, 5130, 5138,
	5149, 5156, 5162, 5169, 5177, 5183, 5190, 5199, 5207, 5217, 5227, 5236, 5245, 5254, 5263, 5270,
	5280, 5287, 5299, 5305, 5311, 5317, 5323, 5333, 5350, 5357, 5363, 5371, 5376, 5384, 5393, 5401,
	5407, 5414, 5422, 5428,
};

const uint16_t syscall_slots[] = {
	0, 0, 0, 0, 137, 325, 290, 0, 0, 0, 0, 0, 0, 0, 0, 19, 209, 0, 0, 275, 90, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 323, 0, 0, 0, 0, 0, 0, 134, 0, 0, 190, 0, 0, 0, 410, 0, 342, 0, 0, 0, 319, 0, 0, 0, 108,
	181, 0, 0, 0, 0, 103, 0, 351, 0, 0, 242, 0, 0, 0, 0, 0, 0, 0, 205, 0, 0, 0, 0, 300, 0, 0, 0, 0,
	0, 0, 464, 0, 0, 384, 0, 0, 304, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 352, 76, 151, 0, 0, 0,
	0, 0, 445, 0, 0, 66, 0, 133, 330, 403, 0, 0, 0, 0, 0, 341, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 92, 247, 0, 0, 0, 0, 218, 0, 0, 0, 264, 0, 0, 0, 113, 513, 0, 0, 0, 375, 154, 0,
	6, 0, 0, 0, 0, 0, 0, 0, 261, 0, 226, 0, 503, 0, 0, 0, 284, 416, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 98, 55, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 193, 438, 0, 0, 312, 0, 0, 74, 400, 142, 0, 0, 0,
	0, 0, 0, 0, 0, 426, 0, 0, 0, 0, 0, 80, 97, 0, 0, 0, 0, 0, 0, 499, 0, 0, 0, 0, 0, 31, 0, 25,
	310, 377, 0, 0, 0, 422, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 165, 135, 0, 0, 0, 0, 0, 0, 0, 40,
	54, 0, 0, 0, 0, 0, 363, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 415,
	156, 145, 294, 335, 0, 0, 47, 0, 0, 0, 166, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 232, 0, 0, 0, 60, 0, 0, 0, 0, 0, 313, 0, 67, 0, 0, 0, 0, 104, 110, 53, 0, 0, 0,
	0, 212, 496, 0, 0, 298, 0, 0, 0, 0, 0, 0, 162, 0, 0, 459, 188, 0, 69, 0, 432, 159, 0, 0, 0, 0,
	0, 189, 0, 0, 18, 0, 0, 0, 0, 0, 0, 0, 158, 386, 437, 0, 0, 0, 46, 0, 0, 0, 0, 0, 0, 463, 391,
	0, 0, 0, 0, 404, 0, 0, 0, 0, 0, 498, 88, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 418, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 116, 277, 0, 0, 0, 0, 0, 0, 244, 0, 0, 0, 0, 0, 0, 0, 0, 317, 127, 172,
	380, 382, 0, 0, 175, 0, 0, 0, 234, 0, 0, 0, 0, 0, 1, 314, 0, 0, 0, 219, 37, 265, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 417, 0, 0, 0, 0, 0, 0, 0, 0, 130, 0, 56, 0, 0, 0, 0, 0, 0, 0, 213, 344, 419, 0,
	0, 192, 374, 387, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 111, 217, 0, 0, 442, 0, 0, 0, 0, 0, 0,
	26, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 339, 349, 456, 0, 0, 0, 0, 0, 0, 235,
	0, 0, 0, 0, 0, 421, 0, 0, 0, 474, 371, 0, 0, 0, 0, 0, 0, 0, 0, 0, 495, 0, 0, 0, 208, 0, 0, 0,
	0, 195, 289, 0, 0, 0, 0, 0, 0, 0, 0, 61, 0, 0, 0, 0, 0, 262, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	141, 468, 346, 0, 268, 0, 0, 0, 0, 0, 0, 0, 150, 509, 0, 350, 0, 0, 0, 203, 0, 0, 227, 392, 0,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 269, 0, 0, 263, 250, 484, 0, 376, 0, 0, 420, 0, 0, 267, 0, 0, 0,
	102, 0, 0, 0, 0, 87, 260, 0, 0, 0, 0, 0, 149, 0, 0, 0, 0, 117, 95, 444, 381, 9, 215, 280, 452,
	282, 462, 0, 0, 14, 0, 0, 0, 364, 466, 0, 0, 0, 0, 0, 0, 174, 0, 0, 0, 0, 0, 239, 0, 0, 295, 0,
	86, 0, 7, 167, 0, 0, 0, 0, 0, 0, 148, 500, 0, 0, 0, 0, 0, 0, 170, 0, 0, 0, 0, 394, 447, 0, 114,
	0, 0, 0, 0, 0, 0, 161, 0, 0, 0, 0, 278, 0, 0, 517, 0, 494, 0, 0, 0, 0, 0, 0, 353, 0, 369, 0,
	485, 71, 177, 0, 0, 326, 0, 0, 0, 168, 0, 0, 293, 0, 0, 0, 179, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	514, 0, 0, 0, 0, 0, 0, 408, 362, 5, 72, 0, 0, 0, 238, 0, 0, 0, 0, 274, 450, 0, 0, 0, 279, 0, 0,
	0, 0, 0, 0, 458, 0, 272, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 273, 201, 0, 169, 0, 0, 0, 0, 0,
	0, 0, 0, 306, 0, 288, 423, 481, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 196, 204, 216, 358,
	0, 0, 240, 0, 0, 0, 0, 0, 115, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 488, 0, 399, 0, 0, 332, 0, 473,
	0, 0, 411, 0, 0, 0, 0, 0, 0, 0, 0, 20, 516, 0, 0, 0, 0, 0, 0, 308, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 10, 0, 0, 0, 0, 0, 0, 77, 479, 57, 0, 0, 0, 17, 0, 0, 0, 0, 0, 42, 0, 0, 0, 0, 0, 0,
	0, 0, 365, 0, 0, 0, 406, 0, 465, 0, 0, 0, 0, 0, 367, 0, 0, 0, 0, 0, 478, 0, 50, 286, 0, 0, 491,
	0, 0, 0, 0, 0, 0, 435, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 73, 0, 0, 0, 0, 0, 0, 0, 0, 30, 0, 0,
	0, 0, 0, 0, 0, 414, 486, 395, 0, 0, 0, 347, 433, 0, 0, 0, 427, 0, 0, 0, 0, 0, 0, 0, 0, 0, 126,
	0, 0, 322, 163, 0, 0, 0, 0, 39, 0, 0, 146, 32, 0, 0, 0, 0, 0, 0, 52, 0, 0, 0, 0, 409, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 63, 0, 413, 0, 0, 251, 0, 0, 0, 84, 200, 441, 0, 105, 477, 187, 0, 0, 0, 0,
	0, 0, 372, 439, 0, 0, 0, 457, 27, 0, 0, 138, 461, 0, 0, 131, 0, 8, 397, 0, 0, 152, 0, 0, 0,
	249, 0, 0, 0, 0, 0, 0, 0, 405, 0, 0, 0, 0, 0, 348, 43, 41, 140, 0, 15, 412, 0, 139, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 487, 0, 93, 0, 0, 0, 129, 0, 0, 0, 0, 34, 368, 0, 0, 0, 23, 0, 45, 75, 82, 460,
	0, 253, 0, 0, 506, 258, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 302, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 38, 436, 292, 0, 0, 0, 0, 0, 0, 0, 107, 176, 252, 0, 0, 0, 471,
	0, 132, 0, 0, 222, 101, 0, 379, 0, 0, 0, 0, 0, 0, 0, 0, 0, 99, 0, 0, 311, 316, 428, 0, 0, 0, 0,
	0, 194, 123, 0, 0, 183, 0, 0, 0, 354, 0, 0, 0, 0, 0, 0, 0, 120, 13, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 220, 78, 85, 259, 0, 0, 112, 0, 237, 296, 398, 0, 0, 0, 0, 0, 0, 0, 0, 65, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 28, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 359, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 51, 361, 0, 0, 0, 0, 0, 0, 451, 0, 0, 0, 33, 245, 0, 0, 0, 0, 0, 0, 182, 0, 0,
	0, 0, 0, 0, 0, 0, 291, 389, 490, 0, 508, 0, 0, 331, 180, 0, 0, 0, 0, 0, 0, 390, 0, 0, 449, 0,
	320, 0, 0, 0, 0, 0, 0, 256, 504, 0, 0, 0, 388, 0, 356, 0, 0, 366, 0, 0, 210, 0, 0, 178, 0, 0,
	0, 70, 160, 0, 0, 480, 0, 0, 0, 431, 0, 0, 229, 0, 0, 0, 0, 305, 271, 16, 0, 0, 0, 21, 0, 0, 0,
	0, 0, 430, 0, 0, 0, 285, 254, 370, 0, 0, 373, 0, 0, 0, 0, 206, 0, 79, 191, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 147, 0, 0, 0, 0, 0, 0, 0, 36, 512, 0, 0, 0, 0, 0, 0, 0, 0, 482, 0, 164, 0, 0,
	287, 360, 0, 0, 0, 0, 0, 0, 197, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 62, 0, 224,
	0, 0, 321, 0, 0, 0, 0, 0, 0, 425, 0, 0, 230, 0, 0, 0, 0, 0, 12, 128, 228, 0, 0, 0, 453, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 429, 0, 0, 0, 0, 276, 385, 0, 343, 0, 333, 281, 0, 143,
	318, 0, 186, 199, 0, 81, 68, 0, 0, 153, 0, 4, 89, 0, 223, 0, 0, 0, 0, 0, 0, 0, 357, 0, 0, 0, 0,
	0, 0, 0, 443, 0, 0, 83, 327, 246, 307, 336, 0, 401, 0, 35, 198, 440, 0, 0, 118, 49, 0, 518, 0,
	0, 0, 0, 100, 0, 501, 0, 0, 324, 483, 0, 0, 345, 64, 0, 0, 0, 0, 299, 0, 0, 211, 470, 511, 0,
	0, 505, 0, 0, 0, 0, 0, 0, 0, 173, 472, 0, 454, 0, 0, 0, 0, 0, 236, 301, 510, 22, 0, 59, 303, 0,
	0, 0, 0, 94, 378, 0, 0, 0, 355, 0, 402, 0, 0, 0, 0, 0, 297, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 119, 257, 0, 0, 0, 0, 0, 0, 0, 0, 469, 44, 489, 0,
	48, 157, 0, 0, 309, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 171, 0, 0, 0, 11, 493, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 58, 0, 0, 0, 0, 0, 124, 407, 0, 383, 0, 0, 0, 0, 0, 0, 266, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 109, 96, 0, 0, 0, 0, 0, 0, 24, 396, 0, 0, 0, 0, 424, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 455, 492, 507, 0, 0, 221, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 334, 185, 446, 0, 0, 0, 0, 125, 0, 122, 136, 121, 0, 0, 0, 0, 0, 0, 233, 0, 0, 0, 0, 0,
	0, 155, 231, 315, 467, 184, 0, 0, 328, 0, 475, 0, 0, 0, 0, 0, 0, 0, 270, 283, 0, 0, 393, 0, 0,
	241, 0, 0, 0, 434, 0, 0, 0, 0, 0, 0, 0, 338, 497, 0, 476, 0, 0, 0, 0, 329, 0, 0, 0, 0, 248, 0,
	0, 214, 202, 0, 0, 0, 0, 225, 0, 0, 0, 2, 0, 243, 0, 0, 0, 0, 0, 0, 0, 0, 29, 448, 0, 106, 515,
	0, 0, 0, 0, 0, 0, 0, 0, 340, 0, 0, 0, 0, 0, 207, 0, 337, 0, 91, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 502, 0, 0, 0, 144, 0, 0, 0, 0, 0, 0, 0, 0,
};
