/* SPDX-License-Identifier: Apache-2.0 */
/* Effects on this host's real hierarchies; needs root, leaves nothing. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "cgroups/cgroup.h"
#include "cgroups/fs.h"
#include "cgroups/settings.h"
#include "cgroups/write.h"

struct fixture {
	struct host_facts facts;
	struct plan_cgroup at;
	struct cgroup cg;
	struct err e;
	char top[64];
};

static const struct spec_device_rule deny_all = { .allow = false, .access = "rwm" };
static const struct spec_resources plain = { .devices = &deny_all, .n_devices = 1 };

static void read_text(const char *path, struct strbuf *out)
{
	struct err e;

	assert_int_equal(file_read_at(AT_FDCWD, path, 0, out, &e), 0);
}

static int setup(void **state)
{
	struct fixture *f = mem_new(1, sizeof(*f));
	autodone(strbuf) struct strbuf mounts = STRBUF_INIT, own = STRBUF_INIT;

	read_text("/proc/self/mountinfo", &mounts);
	read_text("/proc/self/cgroup", &own);
	assert_int_equal(
		cgroup_layout_parse(strbuf_str(&mounts), strbuf_str(&own), &f->facts, &f->e), 0);
	(void)snprintf(f->top, sizeof(f->top), "/vial-test-%d", getpid());
	f->at = (struct plan_cgroup){ .enabled = true,
				      .mode = f->facts.cgroup_mode,
				      .path_asked = true };
	f->at.n_dirs = f->facts.n_hierarchies;
	f->at.dirs = arena_array(&f->facts.arena, f->at.n_dirs, struct plan_cgroup_dir);
	for (size_t i = 0; i < f->at.n_dirs; i++) {
		const struct cgroup_hierarchy *h = &f->facts.hierarchies[i];
		f->at.dirs[i] = (struct plan_cgroup_dir){
			h->name, h->mount,
			arena_printf(&f->facts.arena, "%s%s/c", h->mount, f->top), h->is_v2
		};
	}
	f->cg = (struct cgroup)CGROUP_INIT;
	f->cg.at = &f->at;
	*state = f;
	return 0;
}

static bool any_left(const struct fixture *f)
{
	struct stat st;

	for (size_t i = 0; i < f->at.n_dirs; i++)
		if (stat(f->at.dirs[i].path, &st) == 0)
			return true;
	return false;
}

/* The parent, which vial leaves alone, was made by this test. */
static int teardown(void **state)
{
	struct fixture *f = *state;
	struct err e;

	int killed = cgroup_signal_all(&f->cg, SIGKILL, &e);
	while (waitpid(-1, NULL, 0) > 0)
		;
	int r = cgroup_destroy(&f->cg, &e);
	if (killed < 0)
		r = killed;
	for (size_t i = 0; i < f->at.n_dirs; i++) {
		autofree char *parent = mem_strdup(f->at.dirs[i].path);

		*strrchr(parent, '/') = '\0';
		if (rmdir(parent) < 0 && errno != ENOENT)
			r = -errno;
	}
	arena_done(&f->facts.arena);
	free(f);
	return r;
}

static pid_t sleeper(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		for (;;)
			(void)pause();
	}
	return pid;
}

/* A container with one process in it. */
static pid_t populate(struct fixture *f, const struct spec_resources *res)
{
	if (cgroup_prepare(&f->cg, res, &f->e) < 0 || cgroup_apply(&f->cg, res, &f->e) < 0)
		fail_msg("%s", f->e.text);
	pid_t pid = sleeper();
	if (cgroup_attach(&f->cg, pid, false, &f->e) < 0)
		fail_msg("%s", f->e.text);
	return pid;
}

static void value_is(const struct fixture *f, const char *controller, const char *file,
		     const char *expected)
{
	const struct plan_cgroup_dir *dir = cg_dir_of(&f->at, controller);
	autodone(strbuf) struct strbuf text = STRBUF_INIT;
	struct err e;

	if (!dir)
		return; /* on this host another hierarchy has it, or none */
	autoclose int fd = cg_open(dir, &e);
	assert_true(fd >= 0);
	assert_int_equal(cg_read(fd, file, &text), 0);
	assert_string_equal(strbuf_str(&text), expected);
}

static void life_from_prepare_to_destroy(void **state)
{
	struct fixture *f = *state;
	autofree pid_t *pids = NULL;
	size_t n;

	assert_int_equal(cgroup_check_free(&f->cg, &f->e), 0);
	pid_t pid = populate(f, &plain);
	assert_int_equal(cgroup_pids(&f->cg, &pids, &n, &f->e), 0);
	assert_int_equal(n, 1);
	assert_int_equal(pids[0], pid);
	assert_int_equal(cgroup_check_free(&f->cg, &f->e), -EBUSY);
	assert_string_equal(f->e.text, "container's cgroup is not empty: 1 process(es) found");
	assert_int_equal(cgroup_wait_empty(&f->cg, 20, &f->e), -ETIMEDOUT);

	assert_int_equal(cgroup_signal_all(&f->cg, SIGKILL, &f->e), 1);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(cgroup_wait_empty(&f->cg, 2000, &f->e), 0);
	assert_int_equal(cgroup_destroy(&f->cg, &f->e), 0);
	assert_false(any_left(f));
	assert_int_equal(cgroup_destroy(&f->cg, &f->e), 0);
}

static void missing_cgroups_are_empty_and_not_frozen(void **state)
{
	struct fixture *f = *state;
	autofree pid_t *pids = NULL;
	size_t n = 7;

	assert_int_equal(cgroup_pids(&f->cg, &pids, &n, &f->e), 0);
	assert_int_equal(n, 0);
	assert_int_equal(cgroup_is_frozen(&f->cg, &f->e), 0);
	assert_int_equal(cgroup_wait_empty(&f->cg, 0, &f->e), 0);
	assert_int_equal(cgroup_signal_all(&f->cg, SIGKILL, &f->e), 0);
	assert_int_equal(cgroup_freeze(&f->cg, true, &f->e), -ENOENT);
	assert_int_equal(cgroup_attach(&f->cg, getpid(), false, &f->e), -ENOENT);
	assert_non_null(strstr(f->e.text, "unable to apply cgroup configuration: "));
}

static void rootless_goes_on_without_cgroups_but_not_without_asked_limits(void **state)
{
	struct fixture *f = *state;
	struct spec_resources res = { .pids_limit = { true, 5 } };

	f->at.rootless = true;
	f->at.path_asked = false;
	assert_int_equal(cgroup_attach(&f->cg, getpid(), false, &f->e), 0);
	assert_int_equal(cgroup_apply(&f->cg, NULL, &f->e), 0);
	if (!cg_dir_of(&f->at, "pids"))
		return;
	assert_int_equal(cgroup_apply(&f->cg, &res, &f->e), -ENOENT);
	assert_string_equal(
		f->e.text,
		"linux.resources.pids.limit: cannot set pids limit: container could not join or create cgroup");
}

static void limits_reach_the_kernel(void **state)
{
	struct fixture *f = *state;
	struct spec_memory memory = { .limit = { true, 64 << 20 }, .swap = { true, 128 << 20 } };
	struct spec_cpu cpu = { .quota = { true, 50000 },
				.shares = { true, 512 },
				.burst = { true, 20000 } };
	struct spec_resources res = plain;

	if (f->at.mode == CGROUP_V2)
		skip(); /* the host's v2 may have no controllers; settings are unit-tested */
	res.memory = &memory;
	res.cpu = &cpu;
	res.pids_limit = (struct opt_i64){ true, 20 };
	(void)populate(f, &res);
	value_is(f, "memory", "memory.limit_in_bytes", "67108864\n");
	value_is(f, "memory", "memory.memsw.limit_in_bytes", "134217728\n");
	value_is(f, "cpu", "cpu.cfs_quota_us", "50000\n");
	value_is(f, "cpu", "cpu.cfs_burst_us", "20000\n");
	value_is(f, "cpu", "cpu.shares", "512\n");
	value_is(f, "pids", "pids.max", "20\n");

	/* Raised, then lowered: swap must go first, then last. */
	memory.limit.v = memory.swap.v = 256 << 20;
	assert_int_equal(cgroup_apply(&f->cg, &res, &f->e), 0);
	value_is(f, "memory", "memory.memsw.limit_in_bytes", "268435456\n");
	memory.limit.v = memory.swap.v = 32 << 20;
	assert_int_equal(cgroup_apply(&f->cg, &res, &f->e), 0);
	value_is(f, "memory", "memory.limit_in_bytes", "33554432\n");
	value_is(f, "memory", "memory.memsw.limit_in_bytes", "33554432\n");
	memory.limit.v = -1;
	memory.swap.set = false;
	assert_int_equal(cgroup_apply(&f->cg, &res, &f->e), 0);
	value_is(f, "memory", "memory.memsw.limit_in_bytes", "9223372036854771712\n");
}

static void refused_values_are_named(void **state)
{
	struct fixture *f = *state;
	struct spec_cpu cpu = { .cpus = "4000" };
	struct spec_resources res = { .cpu = &cpu };

	if (!cg_dir_of(&f->at, "cpuset"))
		skip();
	assert_int_equal(cgroup_prepare(&f->cg, &res, &f->e), 0);
	assert_true(cgroup_apply(&f->cg, &res, &f->e) < 0);
	assert_non_null(
		strstr(f->e.text, "linux.resources.cpu.cpus: write \"4000\" to /sys/fs/cgroup/"));
	assert_non_null(strstr(f->e.text, "/cpuset.cpus: "));
	cpu = (struct spec_cpu){ .quota = { true, 5 } };
	assert_int_equal(cgroup_apply(&f->cg, &res, &f->e), -EINVAL);
	assert_non_null(strstr(f->e.text, "linux.resources.cpu.quota: write \"5\" to "));
}

/* A keeper as systemd is one, which refuses; @kept: when it has the values already. */
struct refusing {
	bool kept;
	unsigned int taken_back;
	char old[64];
};

static int refuse(void *arg, const struct cg_settings *s, bool *ret_kept, struct err *e)
{
	const struct refusing *k = arg;

	assert_true(s->n > 0);
	*ret_kept = k->kept;
	return err_set(e, EIO, "no");
}

static void take_back(void *arg, const struct cg_settings *old)
{
	struct refusing *k = arg;

	k->taken_back++;
	assert_int_equal(old->n, 1);
	(void)snprintf(k->old, sizeof(k->old), "%s", old->v[0].value);
}

static void what_a_keeper_refuses_is_put_back(void **state)
{
	struct fixture *f = *state;
	const struct spec_resources first = { .pids_limit = { true, 20 } };
	const struct spec_resources second = { .pids_limit = { true, 30 } };

	if (!cg_dir_of(&f->at, "pids"))
		skip();
	assert_int_equal(cgroup_prepare(&f->cg, &first, &f->e), 0);
	assert_int_equal(cgroup_apply(&f->cg, &first, &f->e), 0);
	for (int kept = 0; kept < 2; kept++) {
		autodone(settings) struct cg_settings s = { .arena = ARENA_INIT };
		struct refusing k = { .kept = kept };
		const struct settings_keeper keeper = { &k, refuse, take_back };

		assert_int_equal(settings_build(&f->at, &second, &s, &f->e), 0);
		assert_int_equal(settings_replace(&f->cg, &s, &keeper, &f->e), -EIO);
		value_is(f, "pids", "pids.max", "20\n");
		assert_int_equal(k.taken_back, kept);
		assert_string_equal(k.old, kept ? "20" : "");
	}
}

static void missing_controller_is_named(void **state)
{
	struct fixture *f = *state;
	const struct spec_rdma device = { "mlx", { true, 1 }, { false, 0 } };
	struct spec_resources res = { .rdma = &device, .n_rdma = 1 };

	assert_int_equal(cgroup_prepare(&f->cg, NULL, &f->e), 0);
	assert_int_equal(cgroup_apply(&f->cg, &res, &f->e), -ENOENT);
	assert_non_null(strstr(
		f->e.text,
		"linux.resources.rdma.mlx: cannot set rdma limit: container could not join or create cgroup"));
}

static bool v2_has(const struct fixture *f, const char *controller)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;
	const struct plan_cgroup_dir *dir = cg_v2_dir(&f->at);

	if (!dir)
		return false;
	autoclose int fd = open(dir->mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return cg_read(fd, "cgroup.controllers", &text) == 0 &&
	       cg_has_word(strbuf_str(&text), controller);
}

/* The one controller that a hybrid host commonly leaves to v2. */
static void a_limit_enables_its_v2_controller_on_the_way_down(void **state)
{
	struct fixture *f = *state;
	autodone(strbuf) struct strbuf text = STRBUF_INIT;
	const struct spec_hugepage page = { "2MB", 4 << 20 };
	const struct spec_resources res = { .hugepages = &page, .n_hugepages = 1 };

	if (cg_dir_of(&f->at, "hugetlb") || !v2_has(f, "hugetlb"))
		skip();
	(void)populate(f, &res);
	assert_int_equal(cg_read(f->cg.v2_fd, "hugetlb.2MB.max", &text), 0);
	assert_string_equal(strbuf_str(&text), "4194304\n");
}

static int open_errno(const char *path)
{
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? errno : 0;
}

/* In a child that joins: exit status is a bit for each device that may be opened. */
static int devices_seen(struct fixture *f, const struct spec_resources *res)
{
	int go[2], status;
	char c;

	assert_int_equal(pipe(go), 0);
	pid_t pid = fork();
	if (pid == 0) {
		(void)close(go[1]);
		if (read(go[0], &c, 1) != 0)
			_exit(99);
		_exit((open_errno("/dev/null") == 0) | (open_errno("/dev/urandom") == 0) << 1 |
		      (open_errno("/dev/kmsg") == 0) << 2);
	}
	(void)close(go[0]);
	if (cgroup_prepare(&f->cg, res, &f->e) < 0 || cgroup_apply(&f->cg, res, &f->e) < 0 ||
	    cgroup_attach(&f->cg, pid, false, &f->e) < 0)
		fail_msg("%s", f->e.text);
	(void)close(go[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void devices_are_denied_but_the_default_ones(void **state)
{
	struct fixture *f = *state;
	const struct spec_device_rule kmsg = { true, "c", { true, 1 }, { true, 11 }, "r" };
	const struct spec_device_rule all = { true, NULL, { false, 0 }, { false, 0 }, "rwm" };
	const struct spec_device_rule with_null_denied[] = {
		all, { false, "c", { true, 1 }, { true, 11 }, "rwm" }
	};

	if (access("/dev/kmsg", F_OK) < 0)
		skip();
	assert_int_equal(devices_seen(f, &plain), 3);
	assert_int_equal(devices_seen(f, NULL), 3);
	assert_int_equal(
		devices_seen(f, &(struct spec_resources){ .devices = &kmsg, .n_devices = 1 }), 7);
	assert_int_equal(devices_seen(f, &plain), 3); /* taken back */
	assert_int_equal(
		devices_seen(f, &(struct spec_resources){ .devices = &all, .n_devices = 1 }), 7);
	assert_int_equal(devices_seen(f, &(struct spec_resources){ .devices = with_null_denied,
								   .n_devices = 2 }),
			 3);
}

static void frozen_processes_are_thawed_killed_and_noticed(void **state)
{
	struct fixture *f = *state;
	pid_t pid = populate(f, &plain);
	int status;

	assert_int_equal(cgroup_freeze(&f->cg, true, &f->e), 0);
	assert_int_equal(cgroup_is_frozen(&f->cg, &f->e), 1);
	assert_int_equal(cgroup_freeze(&f->cg, false, &f->e), 0);
	assert_int_equal(cgroup_is_frozen(&f->cg, &f->e), 0);
	assert_int_equal(cgroup_freeze(&f->cg, true, &f->e), 0);
	assert_int_equal(cgroup_signal_all(&f->cg, SIGKILL, &f->e), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));

	assert_int_equal(cgroup_freeze(&f->cg, true, &f->e), 0);
	assert_int_equal(cgroup_check_free(&f->cg, &f->e), -EBUSY);
	assert_string_equal(f->e.text, "container's cgroup unexpectedly frozen");
}

static void other_signals_reach_everyone(void **state)
{
	struct fixture *f = *state;
	pid_t pids[70];
	int status;

	pids[0] = populate(f, &plain);
	for (size_t i = 1; i < ARRAY_SIZE(pids); i++) {
		pids[i] = sleeper();
		assert_int_equal(cgroup_attach(&f->cg, pids[i], false, &f->e), 0);
	}
	assert_int_equal(cgroup_signal_all(&f->cg, SIGTERM, &f->e), (int)ARRAY_SIZE(pids));
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(WTERMSIG(status), SIGTERM);
	}
}

/* "c/sub/sub/..." in each hierarchy, with a process at the end of the first. */
static pid_t nest(struct fixture *f, int depth)
{
	pid_t pid = populate(f, &plain);

	for (size_t i = 0; i < f->at.n_dirs; i++) {
		autodone(strbuf) struct strbuf path = STRBUF_INIT;

		if (str_eq(f->at.dirs[i].name, "cpuset"))
			continue; /* an empty cpuset takes no process; the others suffice */
		strbuf_adds(&path, f->at.dirs[i].path);
		for (int d = 0; d < depth; d++) {
			strbuf_adds(&path, "/sub");
			assert_int_equal(mkdir(strbuf_str(&path), 0755), 0);
		}
		char text[16];
		(void)snprintf(text, sizeof(text), "%d", pid);
		autoclose int fd = open(strbuf_str(&path), O_DIRECTORY | O_CLOEXEC);
		assert_int_equal(cg_write(fd, "cgroup.procs", text), 0);
	}
	return pid;
}

static void subcgroups_are_emptied_and_removed(void **state)
{
	struct fixture *f = *state;
	pid_t pid = nest(f, 60);

	assert_int_equal(cgroup_destroy(&f->cg, &f->e), -EBUSY); /* after 2 s */
	assert_non_null(strstr(f->e.text, "rmdir /sys/fs/cgroup"));
	assert_int_equal(cgroup_signal_all(&f->cg, SIGKILL, &f->e), 1);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(cgroup_wait_empty(&f->cg, 2000, &f->e), 0);
	assert_int_equal(cgroup_destroy(&f->cg, &f->e), 0);
	assert_false(any_left(f));
}

/* Forks for ever; each parent ends at once, so that the PIDs are always new ones. */
static void storm(void)
{
	for (;;) {
		pid_t pid = fork();

		if (pid > 0)
			_exit(0);
		(void)usleep(200);
	}
}

static void fork_storm_is_outrun(void **state)
{
	struct fixture *f = *state;
	struct spec_resources res = plain;

	res.pids_limit = (struct opt_i64){ true, 60 };
	if (cgroup_prepare(&f->cg, &res, &f->e) < 0 ||
	    (cg_dir_of(&f->at, "pids") && cgroup_apply(&f->cg, &res, &f->e) < 0))
		fail_msg("%s", f->e.text);
	for (int i = 0; i < 8; i++) {
		pid_t pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			struct err e;

			if (cgroup_attach(&f->cg, getpid(), false, &e) == 0)
				storm();
			_exit(1);
		}
	}
	(void)usleep(100000);
	assert_true(cgroup_signal_all(&f->cg, SIGKILL, &f->e) > 0);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	assert_int_equal(cgroup_wait_empty(&f->cg, 5000, &f->e), 0);
	assert_int_equal(cgroup_destroy(&f->cg, &f->e), 0);
}

static void concurrent_prepares_share_new_parents(void **state)
{
	struct fixture *f = *state;
	pid_t pids[20];
	int status;

	for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i])
			continue;
		struct err e;
		for (size_t d = 0; d < f->at.n_dirs; d++)
			f->at.dirs[d].path =
				arena_printf(&f->facts.arena, "%s%zu", f->at.dirs[d].path, i);
		bool ok = cgroup_prepare(&f->cg, NULL, &e) == 0 &&
			  cgroup_apply(&f->cg, NULL, &e) == 0;
		pid_t inside = fork();
		if (inside == 0) {
			(void)pause();
			_exit(0);
		}
		ok = ok && cgroup_attach(&f->cg, inside, false, &e) == 0;
		(void)kill(inside, SIGKILL);
		(void)waitpid(inside, NULL, 0);
		_exit(cgroup_destroy(&f->cg, &e) == 0 && ok ? 0 : 1);
	}
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
}

static void plain_directories_are_no_cgroups(void **state)
{
	struct fixture *f = *state;
	char root[] = "/tmp/vial-cgXXXXXX";
	struct plan_cgroup_dir fake = { "memory", root, NULL, false };

	assert_non_null(mkdtemp(root));
	fake.path = arena_printf(&f->facts.arena, "%s/x", root);
	struct plan_cgroup at = { .enabled = true, .mode = CGROUP_V1, .dirs = &fake, .n_dirs = 1 };
	struct cgroup cg = CGROUP_INIT;
	cg.at = &at;
	assert_int_equal(cgroup_prepare(&cg, NULL, &f->e), -EINVAL);
	assert_non_null(strstr(f->e.text, "is not in a cgroup file system"));
	assert_int_equal(rmdir(root), 0); /* nothing was made in it */
}

int main(void)
{
#define EFFECT(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
	const struct CMUnitTest tests[] = {
		EFFECT(life_from_prepare_to_destroy),
		EFFECT(missing_cgroups_are_empty_and_not_frozen),
		EFFECT(rootless_goes_on_without_cgroups_but_not_without_asked_limits),
		EFFECT(limits_reach_the_kernel),
		EFFECT(refused_values_are_named),
		EFFECT(what_a_keeper_refuses_is_put_back),
		EFFECT(missing_controller_is_named),
		EFFECT(a_limit_enables_its_v2_controller_on_the_way_down),
		EFFECT(devices_are_denied_but_the_default_ones),
		EFFECT(frozen_processes_are_thawed_killed_and_noticed),
		EFFECT(other_signals_reach_everyone),
		EFFECT(subcgroups_are_emptied_and_removed),
		EFFECT(fork_storm_is_outrun),
		EFFECT(concurrent_prepares_share_new_parents),
		EFFECT(plain_directories_are_no_cgroups),
	};

	if (geteuid() != 0) {
		(void)puts("skipped: not root");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
