/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What this kernel can do, by asking it: each call is made so that it can only fail, or has no
 * effect. Who lacks rights or gives nonsense gets another error than ENOSYS.
 */
#include <errno.h>
#include <limits.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/sys.h"
#include "check/parts.h"
#include "seccomp/seccomp.h"

#define AREA	  "kernel"
#define NEW_MOUNT "Linux 5.12 is the first with all calls that mounts are made with"

int kernel_release_parse(const char *release, unsigned int *major, unsigned int *minor)
{
	char digits[2][8] = { "", "" };
	uint32_t v[2];

	for (int i = 0; i < 2; i++) {
		size_t n = strspn(release, "0123456789");

		if (n == 0 || n >= sizeof(digits[i]) || (i == 0 && release[n] != '.'))
			return -EINVAL;
		memcpy(digits[i], release, n);
		if (str_to_u32(digits[i], &v[i]) < 0)
			return -EINVAL;
		release += n + (i == 0);
	}
	*major = v[0];
	*minor = v[1];
	return 0;
}

/* Made to fail: descriptor -1, flags that nobody has. */
static int ask_clone3(void)
{
	return sys_clone3(NULL, 0);
}

/* Where the flag is unknown it is refused before the descriptor is looked at. */
static int ask_clone_into_cgroup(void)
{
	struct clone_args c = {
		.flags = CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
		.cgroup = INT_MAX,
	};
	pid_t pid = sys_clone3(&c, sizeof(c));

	if (pid == 0)
		_exit(0);
	if (pid > 0)
		(void)waitpid(pid, NULL, 0);
	if (pid < 0 && errno == EINVAL)
		errno = ENOSYS;
	return -1;
}

static int ask_fsopen(void)
{
	return sys_fsopen(NULL, ~0u);
}

static int ask_open_tree(void)
{
	return sys_open_tree(-1, NULL, ~0u);
}

static int ask_move_mount(void)
{
	return sys_move_mount(-1, NULL, -1, NULL, ~0u);
}

static int ask_mount_setattr(void)
{
	return sys_mount_setattr(-1, NULL, ~0u, NULL, 0);
}

static int ask_openat2(void)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT };

	return sys_openat2(AT_FDCWD, "/", &how, sizeof(how));
}

static int ask_pidfd(void)
{
	return sys_pidfd_open(getpid(), 0);
}

static int ask_pidfd_getfd(void)
{
	return sys_pidfd_getfd(-1, -1);
}

static int ask_close_range(void)
{
	return sys_close_range(UINT_MAX, UINT_MAX, 1u << 2); /* CLOSE_RANGE_CLOEXEC */
}

static int ask_keyrings(void)
{
	return (int)sys_keyctl(0, (unsigned long)-2, 0, 0, 0); /* KEYCTL_GET_KEYRING_ID */
}

static int ask_bpf(void)
{
	return sys_bpf(-1, NULL, 0);
}

static int ask_seccomp_filter(void)
{
	unsigned int action = SECCOMP_RET_ERRNO;

	return sys_seccomp(SECCOMP_GET_ACTION_AVAIL, 0, &action);
}

static int ask_seccomp_notify(void)
{
	struct seccomp_notif_sizes sizes;
	int r = sys_seccomp(SECCOMP_GET_NOTIF_SIZES, 0, &sizes);

	if (r < 0 && errno == EINVAL)
		errno = ENOSYS;
	return r;
}

static int ask_memory_policy(void)
{
	return sys_set_mempolicy(0, NULL, 0); /* MPOL_DEFAULT, which it is */
}

static const struct question {
	const char *name, *what;
	int (*ask)(void); /* a descriptor, 0, or -1 and errno */
	enum check_level level;
	const char *without; /* what lacks without it */
} questions[] = {
	{ "clone3", "clone3(2)", ask_clone3, CHECK_FAILURE, "containers are made with it" },
	{ "clone_into_cgroup", "clone3(2) into a cgroup", ask_clone_into_cgroup, CHECK_FAILURE,
	  "containers on cgroup v2 are born in their cgroup; it came with Linux 5.7" },
	{ "openat2", "openat2(2)", ask_openat2, CHECK_WARNING,
	  "paths in a container are then resolved by a slower walk; it came with Linux 5.6" },
	{ "fsopen", "fsopen(2)", ask_fsopen, CHECK_FAILURE, NEW_MOUNT },
	{ "open_tree", "open_tree(2)", ask_open_tree, CHECK_FAILURE, NEW_MOUNT },
	{ "move_mount", "move_mount(2)", ask_move_mount, CHECK_FAILURE, NEW_MOUNT },
	{ "mount_setattr", "mount_setattr(2) and id-mapped mounts", ask_mount_setattr,
	  CHECK_FAILURE, NEW_MOUNT },
	{ "pidfd", "pidfd_open(2)", ask_pidfd, CHECK_FAILURE,
	  "processes are watched and signalled by it; it came with Linux 5.3" },
	{ "pidfd_getfd", "pidfd_getfd(2)", ask_pidfd_getfd, CHECK_WARNING,
	  "the listener of a seccomp profile is fetched by it; it came with Linux 5.6" },
	{ "close_range", "close_range(2)", ask_close_range, CHECK_FAILURE,
	  "descriptors are kept from containers by it; it came with Linux 5.11" },
	{ "seccomp", "seccomp filters", ask_seccomp_filter, CHECK_FAILURE,
	  "a kernel with CONFIG_SECCOMP_FILTER has them" },
	{ "seccomp_notify", "seccomp notifications", ask_seccomp_notify, CHECK_WARNING,
	  "linux.seccomp with SCMP_ACT_NOTIFY is refused; they came with Linux 5.0" },
	{ "bpf", "bpf(2)", ask_bpf, CHECK_WARNING,
	  "on cgroup v2 the rules for devices are a program for it" },
	{ "keyrings", "key rings", ask_keyrings, CHECK_WARNING,
	  "containers then share the caller's; `--no-new-keyring` says that this is wanted" },
	{ "memory_policy", "NUMA memory policies", ask_memory_policy, CHECK_WARNING,
	  "linux.memoryPolicy is refused; a kernel with CONFIG_NUMA has them" },
};

static void ask_all(const struct check_area *to)
{
	autodone(strbuf) struct strbuf names = STRBUF_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(questions); i++) {
		const struct question *q = &questions[i];
		int r = q->ask();

		if (r > 2)
			(void)close(r);
		if (r >= 0 || errno != ENOSYS)
			strbuf_addf(&names, "%s%s", names.len ? ", " : "", q->what);
		else if (q->level == CHECK_FAILURE)
			check_failure(to, q->name, q->without, "this kernel has no %s", q->what);
		else
			check_warning(to, q->name, q->without, "this kernel has no %s", q->what);
	}
	if (names.len)
		check_pass(to, "calls", "has %s", strbuf_str(&names));
}

static void check_seccomp_flags(const struct check_area *to)
{
	autodone(strbuf) struct strbuf has = STRBUF_INIT, lacks = STRBUF_INIT;

	for (size_t i = 0; seccomp_flag_names[i]; i++) {
		const char *name = seccomp_flag_names[i];
		struct strbuf *out = seccomp_flag_supported(name) ? &has : &lacks;

		strbuf_addf(out, "%s%s", out->len ? ", " : "", name);
	}
	if (has.len)
		check_pass(to, "seccomp_flags", "has %s", strbuf_str(&has));
	if (lacks.len)
		check_warning(to, "seccomp_flags_missing",
			      "a profile that names them in linux.seccomp.flags is refused",
			      "this kernel has no %s", strbuf_str(&lacks));
}

void check_kernel(struct check_report *ret)
{
	const struct check_area to = { ret, AREA };
	unsigned int major = 0, minor = 0;
	struct utsname u;

	if (uname(&u) < 0 || kernel_release_parse(u.release, &major, &minor) < 0)
		check_warning(&to, "version", NULL, "the kernel does not tell its version");
	else if (major < 5 || (major == 5 && minor < 12))
		check_failure(&to, "version", "run a kernel of 5.12 or newer",
			      "%s %s is older than Linux 5.12", u.sysname, u.release);
	else
		check_pass(&to, "version", "%s %s on %s", u.sysname, u.release, u.machine);
	ask_all(&to);
	check_seccomp_flags(&to);
}
