/* SPDX-License-Identifier: Apache-2.0 */
/* The process of exec: what it takes from config.json, from --process and from options. */
#include "plan/test_fixture.h"

#include <stdio.h>
#include "plan/exec.h"

struct exec_fixture {
	struct fixture *f;
	struct exec_request req;
	struct plan_cgroup cgroup;
	struct plan_cgroup_dir dirs[3];
	struct plan_exec *x;
	struct err e;
};

static int exec_setup(void **state)
{
	static const char *const env[] = { "PATH=/bin", "A=1", NULL };
	static const char *const args[] = { "true", NULL };
	struct exec_fixture *t = mem_new(1, sizeof(*t));

	(void)fixture_setup((void **)&t->f);
	t->f->process.env = (struct strs){ env, 2 };
	t->req.base = (struct request){ .program = "vial", .id = "c1" };
	t->req.args = (struct strs){ args, 1 };
	t->dirs[0] = (struct plan_cgroup_dir){ "cpu,cpuacct", "/c/cpu", "/c/cpu/x", false };
	t->dirs[1] = (struct plan_cgroup_dir){ "memory", "/c/memory", "/c/memory/x", false };
	t->dirs[2] = (struct plan_cgroup_dir){ "", "/c/unified", "/c/unified/x", true };
	t->cgroup = (struct plan_cgroup){
		.enabled = true, .mode = CGROUP_HYBRID, .path = "/x", .dirs = t->dirs, .n_dirs = 3
	};
	*state = t;
	return 0;
}

static int exec_teardown(void **state)
{
	struct exec_fixture *t = *state;

	plan_exec_free(t->x);
	(void)fixture_teardown((void **)&t->f);
	free(t);
	return 0;
}

#define EXEC_TEST(f) cmocka_unit_test_setup_teardown(f, exec_setup, exec_teardown)

static const struct plan_process *build(struct exec_fixture *t, const struct spec_process *doc)
{
	plan_exec_free(t->x);
	t->x = NULL;
	if (plan_exec_build(&t->f->spec, doc, &t->f->facts, &t->cgroup, &t->req, &t->x, &t->e) < 0)
		fail_msg("%s", t->e.text);
	return &t->x->plan.process;
}

static void refused(struct exec_fixture *t, const struct spec_process *doc, const char *text)
{
	struct plan_exec *x = NULL;

	assert_true(plan_exec_build(&t->f->spec, doc, &t->f->facts, &t->cgroup, &t->req, &x,
				    &t->e) < 0);
	assert_null(x);
	assert_string_equal(t->e.text, text);
}

static void the_base_is_config_json_without_its_terminal(void **state)
{
	struct exec_fixture *t = *state;

	t->f->process.terminal = true;
	t->f->process.user = (struct spec_user){ .uid = 7, .gid = 8, .umask = { true, 077 } };
	t->f->process.no_new_privileges = true;
	t->f->process.oom_score_adj = (struct opt_i64){ true, 5 };
	const struct plan_process *p = build(t, NULL);
	assert_string_equal(p->argv[0], "true");
	assert_false(p->terminal);
	assert_int_equal(p->uid, 7);
	assert_int_equal(p->gid, 8);
	assert_int_equal(p->umask, 077);
	assert_true(p->no_new_privileges);
	assert_true(p->oom_score_adj.set);
	assert_string_equal(p->cwd, "/");
	assert_string_equal(t->x->plan.session_keyring, "_ses.c1");
	assert_false(t->x->needs_commit);
}

static void options_win(void **state)
{
	struct exec_fixture *t = *state;

	t->f->process.no_new_privileges = true;
	t->req.args = STRS("id", "-u");
	t->req.cwd = "/tmp";
	t->req.user = "1000:5";
	t->req.env = STRS("A=2", "B=3", "B=4");
	t->req.groups = STRS("100", "4294967294");
	t->req.no_new_privileges = (struct opt_bool){ true, false };
	t->req.terminal = (struct opt_bool){ true, true };
	const struct plan_process *p = build(t, NULL);
	assert_string_equal(p->argv[1], "-u");
	assert_string_equal(p->cwd, "/tmp");
	assert_int_equal(p->uid, 1000);
	assert_int_equal(p->gid, 5);
	assert_string_equal(p->envp[0], "PATH=/bin");
	assert_string_equal(p->envp[1], "A=2");
	assert_string_equal(p->envp[2], "B=4");
	assert_null(p->envp[3]);
	assert_int_equal(p->n_groups, 2);
	assert_int_equal(p->groups[1], 4294967294);
	assert_false(p->no_new_privileges);
	assert_true(p->terminal);
	assert_true(t->x->needs_commit);
}

static void a_user_alone_keeps_the_group(void **state)
{
	struct exec_fixture *t = *state;

	t->f->process.user.gid = 9;
	t->req.user = "4294967294";
	const struct plan_process *p = build(t, NULL);
	assert_int_equal(p->uid, 4294967294);
	assert_int_equal(p->gid, 9);
}

static void hostile_users_are_refused(void **state)
{
	struct exec_fixture *t = *state;
	static const char *const users[] = {
		"",	      "root",	      "-1",
		"+1",	      " 1",	      "1 ",
		"0x1",	      "1:",	      ":1",
		":",	      "1:-1",	      "1.0",
		"1e0",	      "1:2:3",	      "4294967295",
		"4294967296", "1:root",	      "1\n",
		"\t1",	      "1:4294967296", "18446744073709551616",
		"1,2",
	};
	char text[200];

	for (size_t i = 0; i < ARRAY_SIZE(users); i++) {
		t->req.user = users[i];
		(void)snprintf(text, sizeof(text),
			       "invalid user \"%s\": not UID or UID:GID, each a number from 0 to "
			       "4294967294",
			       users[i]);
		refused(t, NULL, text);
		assert_int_equal(t->e.kind, ERR_USAGE);
	}
}

static void hostile_groups_are_refused(void **state)
{
	struct exec_fixture *t = *state;

	t->req.groups = STRS("1", "-1");
	refused(t, NULL, "invalid additional gid \"-1\": not a number from 0 to 4294967294");
	t->req.groups = STRS("");
	refused(t, NULL, "invalid additional gid \"\": not a number from 0 to 4294967294");
	t->req.groups = STRS("4294967295");
	refused(t, NULL,
		"invalid additional gid \"4294967295\": not a number from 0 to 4294967294");
}

static void a_document_replaces_what_it_says(void **state)
{
	struct exec_fixture *t = *state;
	const struct spec_rlimit limits[] = { { "RLIMIT_CORE", 1, 2 } };
	const struct spec_capabilities caps = { .bounding = STRS("CAP_CHOWN") };
	struct spec_process doc = { .args = STRS("sh"), .cwd = "/x", .terminal = true };

	t->f->process.rlimits = limits;
	t->f->process.n_rlimits = 1;
	t->f->process.capabilities = &caps;
	t->f->process.no_new_privileges = true;
	t->f->process.user = (struct spec_user){ .uid = 7, .gid = 8, .umask = { true, 077 } };
	t->req.args = (struct strs){ NULL, 0 };
	t->req.process_file = "p.json";
	const struct plan_process *p = build(t, &doc);
	assert_string_equal(p->argv[0], "sh");
	assert_string_equal(p->cwd, "/x");
	assert_true(p->terminal);
	assert_int_equal(p->uid, 0);
	assert_null(p->envp[0]); /* nothing of config.json's environment */
	assert_false(p->no_new_privileges);
	/* what it lacks */
	assert_int_equal(p->umask, 077);
	assert_int_equal(p->n_rlimits, 1);
	assert_true(p->caps.set);
	assert_int_equal(p->caps.bounding, 1);
	/* and options win over it, too */
	t->req.terminal = (struct opt_bool){ true, false };
	t->req.env = STRS("Z=1");
	p = build(t, &doc);
	assert_false(p->terminal);
	assert_string_equal(p->envp[0], "Z=1");
}

static void wrong_processes_are_refused(void **state)
{
	struct exec_fixture *t = *state;
	const struct spec_process no_args = { .cwd = "/" };
	const struct spec_scheduler scheduler = { .policy = "SCHED_FIFO" };

	t->req.cwd = "tmp";
	refused(t, NULL, "Cwd must be an absolute path");
	t->req.cwd = NULL;
	t->req.env = STRS("X");
	refused(t, NULL, "process.env[2]: \"X\" is not of the form KEY=VALUE");
	t->req.env = (struct strs){ NULL, 0 };
	t->req.args = (struct strs){ NULL, 0 };
	refused(t, NULL, "exec args cannot be empty");
	t->req.process_file = "p.json";
	refused(t, &no_args, "args must not be empty");
	t->req.args = STRS("true");
	t->f->process.scheduler = &scheduler;
	refused(t, NULL,
		"process.scheduler: invalid scheduler.priority: 0 when scheduler.policy is SCHED_FIFO (it must be between 1 and 99)");
	t->f->process.scheduler = NULL;
	t->f->spec.process = NULL;
	refused(t, NULL, "process property must not be empty");
}

static void terminals_need_somebody_to_hold_them(void **state)
{
	struct exec_fixture *t = *state;

	t->req.base.console_socket = "s";
	refused(t, NULL, "cannot use console socket if vial will not detach or allocate tty");
	t->req.base.detach = true;
	refused(t, NULL, "cannot use console socket if vial will not detach or allocate tty");
	t->req.terminal = (struct opt_bool){ true, true };
	(void)build(t, NULL);
	t->req.base.console_socket = NULL;
	refused(t, NULL, "cannot allocate tty if vial will detach without setting console socket");
}

static void a_capability_never_becomes_inheritable(void **state)
{
	struct exec_fixture *t = *state;
	const struct spec_capabilities caps = { .inheritable = STRS("CAP_KILL"),
						.bounding = STRS("CAP_KILL", "CAP_CHOWN") };
	const uint64_t raw = 1ULL << 13, kill = 1ULL << 5, chown = 1ULL;

	t->req.caps = STRS("CAP_NET_RAW", "CAP_KILL");
	const struct plan_caps *c = &build(t, NULL)->caps;
	assert_true(c->set);
	assert_int_equal(c->bounding, raw | kill);
	assert_int_equal(c->effective, raw | kill);
	assert_int_equal(c->permitted, raw | kill);
	assert_int_equal(c->inheritable, 0);
	assert_int_equal(c->ambient, 0);

	t->f->process.capabilities = &caps;
	c = &build(t, NULL)->caps;
	assert_int_equal(c->bounding, raw | kill | chown);
	assert_int_equal(c->inheritable, kill);
	assert_int_equal(c->ambient, kill);
	t->req.caps = STRS("CAP_NOSUCH");
	(void)build(t, NULL);
	assert_string_equal(t->x->plan.warnings.v[0],
			    "ignoring unknown or unavailable capabilities: [CAP_NOSUCH]");
}

static void the_namespaces_are_those_of_init(void **state)
{
	struct exec_fixture *t = *state;
	const struct spec_namespace list[] = { { "pid", NULL }, { "network", "/x" } };

	t->f->linux_.namespaces = list;
	t->f->linux_.n_namespaces = 2;
	(void)build(t, NULL);
	assert_true(t->x->plan.ns[NS_PID].wanted);
	assert_true(t->x->plan.ns[NS_NETWORK].wanted);
	assert_false(t->x->plan.ns[NS_USER].wanted);
}

static void subcgroups_go_where_they_are_asked(void **state)
{
	struct exec_fixture *t = *state;

	(void)build(t, NULL);
	assert_false(t->x->cgroup_asked);
	assert_null(t->x->subcgroups[0]);
	t->req.cgroups = STRS("/");
	(void)build(t, NULL);
	assert_true(t->x->cgroup_asked);
	assert_null(t->x->subcgroups[2]);
	t->req.cgroups = STRS("/a//b/./c/");
	(void)build(t, NULL);
	for (int i = 0; i < 3; i++)
		assert_string_equal(t->x->subcgroups[i], "a/b/c");
	t->req.cgroups = STRS("memory:m", "cpu,cpuacct:c");
	(void)build(t, NULL);
	assert_string_equal(t->x->subcgroups[0], "c");
	assert_string_equal(t->x->subcgroups[1], "m");
	assert_null(t->x->subcgroups[2]);
}

static void wrong_subcgroups_are_refused(void **state)
{
	struct exec_fixture *t = *state;
	static const char *const out[] = { "..", "../x", "a/../..", "/..", "a/..", "/a/../b" };
	char text[100];

	for (size_t i = 0; i < ARRAY_SIZE(out); i++) {
		t->req.cgroups = STRS(out[i]);
		(void)snprintf(text, sizeof(text), "bad sub cgroup path: %s", out[i]);
		refused(t, NULL, text);
	}
	t->req.cgroups = STRS("cpu:../x");
	refused(t, NULL, "bad sub cgroup path: ../x");
	t->req.cgroups = STRS("nosuch:x");
	refused(t, NULL, "unknown controller nosuch in --cgroup");
	t->req.cgroups = STRS("cp:x");
	refused(t, NULL, "unknown controller cp in --cgroup");
	t->req.cgroups = STRS(":x");
	refused(t, NULL, "invalid --cgroup argument: :x (empty controller name)");
	t->req.cgroups = STRS("cpu,:x");
	refused(t, NULL, "invalid --cgroup argument: cpu,:x (empty controller name)");
	t->req.cgroups = STRS("a", "b");
	refused(t, NULL, "invalid --cgroup argument: a (missing <controller>: prefix)");
	t->cgroup.enabled = false;
	refused(t, NULL, "--cgroup: the container has no cgroup of its own");
}

static void a_path_that_only_looks_like_climbing_is_fine(void **state)
{
	struct exec_fixture *t = *state;

	t->req.cgroups = STRS("..a/b../...");
	(void)build(t, NULL);
	assert_string_equal(t->x->subcgroups[0], "..a/b../...");
}

static void cpus_are_read_and_printed(void **state)
{
	struct exec_fixture *t = *state;
	struct spec_cpu_affinity a = { "0-1", " 3 , 64" };
	autodone(strbuf) struct strbuf text = STRBUF_INIT;

	t->f->process.exec_cpu_affinity = &a;
	(void)build(t, NULL);
	assert_int_equal(t->x->initial.mask[0], 3);
	assert_int_equal(t->x->initial.n, 8);
	assert_int_equal(t->x->final.mask[0], 8);
	assert_int_equal(t->x->final.mask[8], 1);
	assert_int_equal(t->x->final.n, 16);
	plan_cpus_print(&t->x->initial, &text);
	strbuf_adds(&text, " ");
	plan_cpus_print(&t->x->final, &text);
	assert_string_equal(text.data, "0x3 0x10000000000000008");
}

static void wrong_cpus_are_refused(void **state)
{
	struct exec_fixture *t = *state;
	static const char *const lists[] = { "a",   "1-",   "-1",    "3-1",  "1,",	   "1 2",
					     "0x1", "1--2", "1-2-3", "8192", "99999999999" };
	char text[200];

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		struct spec_cpu_affinity a = { lists[i], NULL };

		t->f->process.exec_cpu_affinity = &a;
		(void)snprintf(text, sizeof(text),
			       "process.execCPUAffinity.initial: \"%s\" is not a list of CPUs such "
			       "as 0-3,5 (below 8192)",
			       lists[i]);
		refused(t, NULL, text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EXEC_TEST(the_base_is_config_json_without_its_terminal),
		EXEC_TEST(options_win),
		EXEC_TEST(a_user_alone_keeps_the_group),
		EXEC_TEST(hostile_users_are_refused),
		EXEC_TEST(hostile_groups_are_refused),
		EXEC_TEST(a_document_replaces_what_it_says),
		EXEC_TEST(wrong_processes_are_refused),
		EXEC_TEST(terminals_need_somebody_to_hold_them),
		EXEC_TEST(a_capability_never_becomes_inheritable),
		EXEC_TEST(the_namespaces_are_those_of_init),
		EXEC_TEST(subcgroups_go_where_they_are_asked),
		EXEC_TEST(wrong_subcgroups_are_refused),
		EXEC_TEST(a_path_that_only_looks_like_climbing_is_fine),
		EXEC_TEST(cpus_are_read_and_printed),
		EXEC_TEST(wrong_cpus_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
