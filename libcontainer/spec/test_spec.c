/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "spec/spec.h"

typedef int (*parse_fn)(const char *file, const char *text, size_t n, struct spec **ret,
			struct err *e);

static struct spec *parse_as(parse_fn parser, const char *text)
{
	struct spec *spec = NULL;
	struct err e = { 0 };

	if (parser("config.json", text, strlen(text), &spec, &e) < 0)
		fail_msg("%s", e.text);
	return spec;
}

static struct spec *parse(const char *text)
{
	return parse_as(spec_parse, text);
}

static struct spec *parse_linux(const char *text)
{
	autodone(strbuf) struct strbuf whole = STRBUF_INIT;

	strbuf_addf(&whole, "{\"ociVersion\":\"1.2.0\",\"linux\":%s}", text);
	return parse(strbuf_str(&whole));
}

static struct spec *parse_process(const char *text)
{
	return parse_as(spec_parse_process, text);
}

static struct spec *parse_resources(const char *text)
{
	return parse_as(spec_parse_resources, text);
}

/* --- field by field --------------------------------------------------------------------- */

static void the_least_config_has_an_empty_linux(void **state)
{
	struct spec *s = parse("{\"ociVersion\":\"1.0.0\"}");

	(void)state;
	assert_null(s->root);
	assert_null(s->process);
	assert_null(s->hostname);
	assert_non_null(s->linux_);
	assert_null(s->linux_->resources);
	assert_null(s->linux_->seccomp);
	assert_int_equal(s->linux_->n_namespaces, 0);
	assert_int_equal(s->unknown.n, 0);
	spec_free(s);
	spec_free(NULL);
}

static void versions_of_1_are_accepted(void **state)
{
	static const char *const versions[] = {
		"1.0.0", "1.0.0-rc5-dev", "1.0.2-dev", "1.2.1", "1.3.0", "1.30.12+dev",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		autodone(strbuf) struct strbuf text = STRBUF_INIT;
		struct spec *s;

		strbuf_addf(&text, "{\"ociVersion\":\"%s\"}", versions[i]);
		s = parse(strbuf_str(&text));
		assert_string_equal(s->oci_version, versions[i]);
		spec_free(s);
	}
}

static void any_version_is_read(void **state)
{
	static const char *const texts[] = { "{}", "{\"ociVersion\":null}", "{\"ociVersion\":\"\"}",
					     "{\"ociVersion\":\"invalid\"}",
					     "{\"ociVersion\":\"9.9.9\"}" };
	static const char *const versions[] = { "", "", "", "invalid", "9.9.9" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct spec *s = parse(texts[i]);

		assert_string_equal(s->oci_version, versions[i]);
		spec_free(s);
	}
}

static void strict_accepts_ours_and_nothing_unknown(void **state)
{
	static const char *const good[] = { "1.0.0", "1.0.0-rc5-dev", "1.3.0", "1.2.99+x" };
	static const char *const bad[] = { "",	     "invalid", "0.1.0", "2.0.0", "1.4.0",
					   "1.10.0", "1.0",	"1..0",	 "1.0.x", "1.0.0x" };
	struct err e;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_int_equal(
			spec_check_strict(&(struct spec){ .oci_version = good[i] }, "c", &e), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(
			spec_check_strict(&(struct spec){ .oci_version = bad[i] }, "c", &e),
			-EINVAL);
}

static void strict_names_each(void **state)
{
	struct spec *s = parse("{\"ociVersion\":\"9\",\"a\":1,\"linux\":{\"b\":2},"
			       "\"mounts\":[{\"destination\":\"/\",\"c\":3}]}");
	struct err e;

	(void)state;
	assert_int_equal(spec_check_strict(s, "config.json", &e), -EINVAL);
	assert_string_equal(
		e.text,
		"config.json: refused by --strict: ociVersion \"9\" is not supported (1.0.0 to 1.3.x are); unknown field a; unknown field linux.b; unknown field mounts[0].c");
	spec_free(s);
}

static void process_fields(void **state)
{
	struct spec *s = parse_process(
		"{\"terminal\":true,\"consoleSize\":{\"height\":24,\"width\":80},\"cwd\":\"/w\","
		"\"user\":{\"uid\":1,\"gid\":4294967294,\"umask\":63,\"additionalGids\":[5,6],"
		"\"username\":\"u\"},\"args\":[\"sh\",\"-c\",\"\"],\"env\":[\"A=b\\nc\"],"
		"\"commandLine\":\"x\",\"capabilities\":{\"bounding\":[\"CAP_A\"],"
		"\"effective\":[\"CAP_B\"],\"inheritable\":[\"CAP_C\"],\"permitted\":[\"CAP_D\"],"
		"\"ambient\":[\"CAP_E\"]},\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\","
		"\"soft\":18446744073709551615,\"hard\":18446744073709551614}],"
		"\"noNewPrivileges\":true,\"apparmorProfile\":\"p\",\"selinuxLabel\":\"l\","
		"\"oomScoreAdj\":-1000,\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"nice\":-20,"
		"\"priority\":9,\"flags\":[\"F\"],\"runtime\":1,\"deadline\":2,\"period\":3},"
		"\"ioPriority\":{\"class\":\"IOPRIO_CLASS_BE\",\"priority\":4},"
		"\"execCPUAffinity\":{\"initial\":\"0-1\",\"final\":\"2\"}}");
	const struct spec_process *p = s->process;

	(void)state;
	assert_int_equal(s->unknown.n, 0);
	assert_true(p->terminal && p->console_size.set && p->no_new_privileges);
	assert_int_equal(p->console_size.height * 100 + p->console_size.width, 2480);
	assert_int_equal(p->user.uid, 1);
	assert_int_equal(p->user.gid, 4294967294u);
	assert_int_equal(p->user.umask.v, 63);
	assert_int_equal(p->user.n_additional_gids, 2);
	assert_int_equal(p->user.additional_gids[1], 6);
	assert_string_equal(p->user.username, "u");
	assert_int_equal(p->args.n, 3);
	assert_string_equal(p->args.v[2], ""); /* an empty argument is an argument */
	assert_null(p->args.v[3]);
	assert_string_equal(p->env.v[0], "A=b\nc");
	assert_string_equal(p->command_line, "x");
	assert_string_equal(p->cwd, "/w");
	assert_string_equal(p->capabilities->bounding.v[0], "CAP_A");
	assert_string_equal(p->capabilities->effective.v[0], "CAP_B");
	assert_string_equal(p->capabilities->inheritable.v[0], "CAP_C");
	assert_string_equal(p->capabilities->permitted.v[0], "CAP_D");
	assert_string_equal(p->capabilities->ambient.v[0], "CAP_E");
	assert_int_equal(p->n_rlimits, 1);
	assert_true(p->rlimits[0].soft == UINT64_MAX && p->rlimits[0].hard == UINT64_MAX - 1);
	assert_string_equal(p->apparmor_profile, "p");
	assert_string_equal(p->selinux_label, "l");
	assert_true(p->oom_score_adj.set && p->oom_score_adj.v == -1000);
	assert_string_equal(p->scheduler->policy, "SCHED_DEADLINE");
	assert_true(p->scheduler->nice.v == -20 && p->scheduler->priority.v == 9);
	assert_string_equal(p->scheduler->flags.v[0], "F");
	assert_true(p->scheduler->runtime.v == 1 && p->scheduler->deadline.v == 2);
	assert_true(p->scheduler->period.set && p->scheduler->period.v == 3);
	assert_string_equal(p->io_priority->io_class, "IOPRIO_CLASS_BE");
	assert_int_equal(p->io_priority->priority.v, 4);
	assert_string_equal(p->exec_cpu_affinity->initial, "0-1");
	assert_string_equal(p->exec_cpu_affinity->final, "2");
	spec_free(s);
}

static void top_mounts_and_hooks(void **state)
{
	struct spec *s = parse(
		"{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\",\"readonly\":true},"
		"\"hostname\":\"h\",\"domainname\":\"d\",\"annotations\":{\"a\":\"\",\"b\":\"c\"},"
		"\"mounts\":[{\"destination\":\"/m\",\"type\":\"bind\",\"source\":\"/s\","
		"\"options\":[\"rbind\"],"
		"\"uidMappings\":[{\"containerID\":1,\"hostID\":2,\"size\":4294967295}],"
		"\"gidMappings\":[{\"containerID\":4,\"hostID\":5,\"size\":6}]}],"
		"\"hooks\":{\"prestart\":[{\"path\":\"/a\"}],"
		"\"createRuntime\":[{\"path\":\"/b\",\"env\":[]}],"
		"\"createContainer\":[{\"path\":\"/c\",\"env\":[\"X=1\"],\"timeout\":5}],"
		"\"startContainer\":[{\"path\":\"/d\",\"args\":[\"d\"]}],"
		"\"poststart\":[{\"path\":\"/e\"}],\"poststop\":[{\"path\":\"/f\"},{\"path\":\"/g\"}]}}");
	const struct spec_hook_list *h = s->hooks.list;
	const struct spec_mount *m = s->mounts;

	(void)state;
	assert_int_equal(s->unknown.n, 0);
	assert_string_equal(s->root->path, "r");
	assert_true(s->root->readonly);
	assert_string_equal(s->hostname, "h");
	assert_string_equal(s->domainname, "d");
	assert_int_equal(s->annotations.n, 2);
	assert_string_equal(s->annotations.v[0].value, "");
	assert_string_equal(s->annotations.v[1].key, "b");
	assert_int_equal(s->n_mounts, 1);
	assert_string_equal(m->type, "bind");
	assert_string_equal(m->source, "/s");
	assert_string_equal(m->options.v[0], "rbind");
	assert_int_equal(m->uid_mappings.v[0].size, UINT32_MAX);
	assert_int_equal(m->gid_mappings.v[0].container_id * 100 +
				 m->gid_mappings.v[0].host_id * 10 + m->gid_mappings.v[0].size,
			 456);
	for (int i = 0; i < HOOK_COUNT; i++)
		assert_int_equal(h[i].v[0].path[1], "abcdef"[i]);
	assert_false(h[HOOK_PRESTART].v[0].env_set);
	assert_true(h[HOOK_CREATE_RUNTIME].v[0].env_set);
	assert_int_equal(h[HOOK_CREATE_RUNTIME].v[0].env.n, 0);
	assert_int_equal(h[HOOK_CREATE_CONTAINER].v[0].timeout.v, 5);
	assert_string_equal(h[HOOK_START_CONTAINER].v[0].args.v[0], "d");
	assert_int_equal(h[HOOK_POSTSTOP].n, 2);
	assert_string_equal(spec_hook_names[HOOK_START_CONTAINER], "startContainer");
	spec_free(s);
}

static void linux_fields(void **state)
{
	struct spec *s = parse_linux(
		"{\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"network\",\"path\":\"/n\"}],"
		"\"uidMappings\":[{\"containerID\":0,\"hostID\":100000,\"size\":65536}],"
		"\"gidMappings\":[{\"containerID\":1,\"hostID\":2,\"size\":3}],"
		"\"timeOffsets\":{\"monotonic\":{\"secs\":-5,\"nanosecs\":7}},"
		"\"devices\":[{\"type\":\"c\",\"path\":\"/dev/x\",\"major\":-1,\"minor\":-1,"
		"\"fileMode\":8630,\"uid\":1,\"gid\":2}],"
		"\"netDevices\":{\"eth0\":{},\"eth1\":{\"name\":\"e\"}},\"cgroupsPath\":\"/c\","
		"\"intelRdt\":{\"closID\":\"i\",\"schemata\":[\"L3:0=f\"],\"l3CacheSchema\":\"3\","
		"\"memBwSchema\":\"m\",\"enableMonitoring\":true,\"enableCMT\":true,"
		"\"enableMBM\":true},\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"nodes\":\"0\","
		"\"flags\":[\"MPOL_F_STATIC_NODES\"]},\"sysctl\":{\"net.x\":\"1\"},"
		"\"rootfsPropagation\":\"rslave\",\"maskedPaths\":[\"/proc/kcore\"],"
		"\"readonlyPaths\":[\"/proc/sys\"],\"mountLabel\":\"ml\","
		"\"personality\":{\"domain\":\"LINUX32\",\"flags\":[\"f\"]}}");
	const struct spec_linux *l = s->linux_;

	(void)state;
	assert_int_equal(s->unknown.n, 0);
	assert_int_equal(l->n_namespaces, 2);
	assert_null(l->namespaces[0].path);
	assert_string_equal(l->namespaces[1].path, "/n");
	assert_int_equal(l->uid_mappings.v[0].host_id, 100000);
	assert_int_equal(l->gid_mappings.v[0].size, 3);
	assert_string_equal(l->time_offsets[0].clock, "monotonic");
	assert_true(l->time_offsets[0].secs == -5 && l->time_offsets[0].nanosecs == 7);
	assert_true(l->devices[0].major.set && l->devices[0].major.v == -1);
	assert_int_equal(l->devices[0].file_mode.v, 8630);
	assert_true(l->devices[0].uid.v == 1 && l->devices[0].gid.v == 2);
	assert_int_equal(l->n_net_devices, 2);
	assert_string_equal(l->net_devices[0].host_name, "eth0");
	assert_null(l->net_devices[0].name);
	assert_string_equal(l->net_devices[1].name, "e");
	assert_string_equal(l->cgroups_path, "/c");
	assert_string_equal(l->intel_rdt->clos_id, "i");
	assert_string_equal(l->intel_rdt->schemata.v[0], "L3:0=f");
	assert_string_equal(l->intel_rdt->l3_cache_schema, "3");
	assert_string_equal(l->intel_rdt->mem_bw_schema, "m");
	assert_true(l->intel_rdt->enable_cmt && l->intel_rdt->enable_mbm);
	assert_true(l->intel_rdt->enable_monitoring);
	assert_string_equal(l->memory_policy->mode, "MPOL_BIND");
	assert_string_equal(l->memory_policy->nodes, "0");
	assert_string_equal(l->memory_policy->flags.v[0], "MPOL_F_STATIC_NODES");
	assert_string_equal(l->sysctl.v[0].key, "net.x");
	assert_string_equal(l->rootfs_propagation, "rslave");
	assert_string_equal(l->masked_paths.v[0], "/proc/kcore");
	assert_string_equal(l->readonly_paths.v[0], "/proc/sys");
	assert_string_equal(l->mount_label, "ml");
	assert_string_equal(l->personality->domain, "LINUX32");
	assert_string_equal(l->personality->flags.v[0], "f");
	spec_free(s);
}

static const char all_resources[] =
	"{\"devices\":[{\"allow\":true,\"type\":\"c\",\"major\":-1,\"minor\":3,\"access\":\"rw\"}],"
	"\"memory\":{\"limit\":-1,\"reservation\":2,\"swap\":3,\"kernel\":4,\"kernelTCP\":5,"
	"\"swappiness\":18446744073709551615,\"disableOOMKiller\":true,\"useHierarchy\":false,"
	"\"checkBeforeUpdate\":true},\"cpu\":{\"shares\":1,\"quota\":-2,\"burst\":3,\"period\":4,"
	"\"realtimeRuntime\":5,\"realtimePeriod\":6,\"cpus\":\"0-1\",\"mems\":\"0\",\"idle\":1},"
	"\"pids\":{\"limit\":-1},\"blockIO\":{\"weight\":10,\"leafWeight\":65535,"
	"\"weightDevice\":[{\"major\":8,\"minor\":1,\"weight\":20,\"leafWeight\":30}],"
	"\"throttleReadBpsDevice\":[{\"major\":1,\"minor\":2,\"rate\":3}],"
	"\"throttleWriteBpsDevice\":[{\"major\":4,\"minor\":5,\"rate\":6}],"
	"\"throttleReadIOPSDevice\":[{\"major\":7,\"minor\":8,\"rate\":9}],"
	"\"throttleWriteIOPSDevice\":[{\"major\":1,\"minor\":1,\"rate\":18446744073709551615}]},"
	"\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":18446744073709551615}],"
	"\"network\":{\"classID\":7,\"priorities\":[{\"name\":\"eth0\",\"priority\":8}]},"
	"\"rdma\":{\"mlx5_1\":{\"hcaHandles\":3,\"hcaObjects\":4}},"
	"\"unified\":{\"memory.high\":\"1\"}}";

static void resource_fields(void **state)
{
	struct spec *s = parse_resources(all_resources);
	const struct spec_resources *r = s->linux_->resources;
	const struct spec_block_io *b = r->block_io;

	(void)state;
	assert_int_equal(s->unknown.n, 0);
	assert_true(r->devices[0].allow && r->devices[0].major.v == -1);
	assert_string_equal(r->devices[0].type, "c");
	assert_string_equal(r->devices[0].access, "rw");
	assert_int_equal(r->devices[0].minor.v, 3);
	assert_true(r->memory->limit.set && r->memory->limit.v == -1);
	assert_true(r->memory->reservation.v == 2 && r->memory->swap.v == 3);
	assert_true(r->memory->kernel.v == 4 && r->memory->kernel_tcp.v == 5);
	assert_true(r->memory->swappiness.v == UINT64_MAX);
	assert_true(r->memory->disable_oom_killer.v && r->memory->check_before_update.v);
	assert_true(r->memory->use_hierarchy.set && !r->memory->use_hierarchy.v);
	assert_true(r->cpu->shares.v == 1 && r->cpu->quota.v == -2 && r->cpu->burst.v == 3);
	assert_true(r->cpu->period.v == 4 && r->cpu->realtime_runtime.v == 5);
	assert_true(r->cpu->realtime_period.v == 6 && r->cpu->idle.v == 1);
	assert_string_equal(r->cpu->cpus, "0-1");
	assert_string_equal(r->cpu->mems, "0");
	assert_true(r->pids_limit.set && r->pids_limit.v == -1);
	assert_true(b->weight.v == 10 && b->leaf_weight.v == 65535);
	assert_true(b->weight_devices[0].major == 8 && b->weight_devices[0].minor == 1);
	assert_true(b->weight_devices[0].weight.v == 20);
	assert_true(b->weight_devices[0].leaf_weight.v == 30);
	assert_true(b->read_bps.n == 1 && b->read_bps.v[0].rate == 3);
	assert_true(b->write_bps.n == 1 && b->write_bps.v[0].minor == 5);
	assert_true(b->read_iops.n == 1 && b->read_iops.v[0].major == 7);
	assert_true(b->write_iops.n == 1 && b->write_iops.v[0].rate == UINT64_MAX);
	assert_string_equal(r->hugepages[0].page_size, "2MB");
	assert_true(r->hugepages[0].limit == UINT64_MAX);
	assert_int_equal(r->network->class_id.v, 7);
	assert_string_equal(r->network->priorities[0].name, "eth0");
	assert_int_equal(r->network->priorities[0].priority, 8);
	assert_string_equal(r->rdma[0].name, "mlx5_1");
	assert_true(r->rdma[0].hca_handles.v == 3 && r->rdma[0].hca_objects.v == 4);
	assert_string_equal(r->unified.v[0].key, "memory.high");
	spec_free(s);
}

static void seccomp_fields(void **state)
{
	struct spec *s = parse_linux(
		"{\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":38,"
		"\"architectures\":[\"SCMP_ARCH_X86\"],\"flags\":[],\"listenerPath\":\"/l\","
		"\"listenerMetadata\":\"md\",\"syscalls\":[{\"names\":[\"read\",\"write\"],"
		"\"action\":\"SCMP_ACT_ALLOW\",\"errnoRet\":1,\"args\":[{\"index\":5,"
		"\"value\":18446744073709551615,\"valueTwo\":2,\"op\":\"SCMP_CMP_EQ\"}]},"
		"{\"names\":[\"x\"],\"action\":\"SCMP_ACT_LOG\",\"args\":null}]}}");
	const struct spec_seccomp *c = s->linux_->seccomp;

	(void)state;
	assert_int_equal(s->unknown.n, 0);
	assert_string_equal(c->default_action, "SCMP_ACT_ERRNO");
	assert_int_equal(c->default_errno_ret.v, 38);
	assert_string_equal(c->architectures.v[0], "SCMP_ARCH_X86");
	assert_true(c->flags_set && c->flags.n == 0);
	assert_string_equal(c->listener_path, "/l");
	assert_string_equal(c->listener_metadata, "md");
	assert_int_equal(c->n_syscalls, 2);
	assert_string_equal(c->syscalls[0].names.v[1], "write");
	assert_string_equal(c->syscalls[0].action, "SCMP_ACT_ALLOW");
	assert_int_equal(c->syscalls[0].errno_ret.v, 1);
	assert_int_equal(c->syscalls[0].args[0].index, 5);
	assert_true(c->syscalls[0].args[0].value == UINT64_MAX);
	assert_int_equal(c->syscalls[0].args[0].value_two, 2);
	assert_string_equal(c->syscalls[0].args[0].op, "SCMP_CMP_EQ");
	assert_int_equal(c->syscalls[1].n_args, 0);
	spec_free(s);
}

/* --- absence -------------------------------------------------------------------------- */

static void null_and_empty_strings_count_as_absent(void **state)
{
	struct spec *s = parse(
		"{\"ociVersion\":\"1.0.0\",\"root\":null,\"process\":{\"cwd\":\"\",\"args\":null,"
		"\"env\":null,\"user\":null,\"capabilities\":null,\"oomScoreAdj\":null,"
		"\"apparmorProfile\":\"\",\"terminal\":null,\"consoleSize\":null},\"mounts\":null,"
		"\"hooks\":{\"prestart\":null,\"poststop\":[{\"path\":\"/x\",\"env\":null}]},"
		"\"annotations\":null,\"hostname\":\"\",\"linux\":{\"resources\":{\"memory\":null,"
		"\"pids\":null},\"namespaces\":[{\"type\":\"pid\",\"path\":\"\"}],"
		"\"seccomp\":{\"defaultAction\":\"A\",\"flags\":null},\"sysctl\":null}}");

	(void)state;
	assert_int_equal(s->unknown.n, 0);
	assert_null(s->root);
	assert_null(s->hostname);
	assert_string_equal(s->process->cwd, ""); /* required: the plan judges it */
	assert_int_equal(s->process->args.n, 0);
	assert_null(s->process->capabilities);
	assert_null(s->process->apparmor_profile);
	assert_false(s->process->oom_score_adj.set);
	assert_false(s->process->console_size.set);
	assert_int_equal(s->n_mounts, 0);
	assert_int_equal(s->hooks.list[HOOK_PRESTART].n, 0);
	assert_false(s->hooks.list[HOOK_POSTSTOP].v[0].env_set);
	assert_null(s->linux_->resources->memory);
	assert_false(s->linux_->resources->pids_limit.set);
	assert_null(s->linux_->namespaces[0].path);
	assert_false(s->linux_->seccomp->flags_set);
	spec_free(s);
}

static void seccomp_without_action_and_rules_is_none(void **state)
{
	static const char *const texts[] = {
		"{\"seccomp\":{},\"mountLabel\":\"m\"}",
		"{\"seccomp\":{\"defaultAction\":\"\",\"syscalls\":[]},\"mountLabel\":\"m\"}",
		"{\"seccomp\":null,\"mountLabel\":\"m\"}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct spec *s = parse_linux(texts[i]);

		assert_null(s->linux_->seccomp);
		assert_string_equal(s->linux_->mount_label, "m");
		spec_free(s);
	}
}

static void unknown_fields_are_accepted_and_named(void **state)
{
	struct spec *s = parse(
		"{\"ociVersion\":\"1.9.0\",\"windows\":{\"x\":1},\"Root\":{},\"process\":{\"cwd\":\"/\","
		"\"new\":[1]},\"mounts\":[{\"destination\":\"/a\"},{\"destination\":\"/b\",\"n.w\":0}],"
		"\"linux\":{\"resources\":{\"memory\":{\"limit\":1,\"zram\":null}}}}");
	static const char *const paths[] = {
		"windows",
		"Root",
		"process.new",
		"mounts[1][\"n.w\"]",
		"linux.resources.memory.zram",
	};

	(void)state;
	assert_null(s->root); /* keys are case-sensitive: config.md "JSON" */
	assert_int_equal(s->unknown.n, ARRAY_SIZE(paths));
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		assert_string_equal(s->unknown.v[i], paths[i]);
	assert_null(s->unknown.v[s->unknown.n]);
	spec_free(s);
}

static void paths_are_shorter_than_the_kernels_limit(void **state)
{
	autodone(strbuf) struct strbuf path = STRBUF_INIT;
	autodone(strbuf) struct strbuf text = STRBUF_INIT;
	struct spec *s = NULL;
	struct err e = { 0 };

	(void)state;
	while (path.len < PATH_MAX - 1)
		strbuf_adds(&path, "/");
	strbuf_addf(&text, "{\"cwd\":\"%s\"}", strbuf_str(&path));
	s = parse_process(strbuf_str(&text));
	assert_int_equal(strlen(s->process->cwd), PATH_MAX - 1);
	spec_free(s);

	strbuf_done(&text);
	strbuf_addf(&text, "{\"ociVersion\":\"1.0.0\",\"linux\":{\"maskedPaths\":[\"/\",\"%s/\"]}}",
		    strbuf_str(&path));
	assert_int_equal(spec_parse("c", strbuf_str(&text), text.len, &s, &e), -EINVAL);
	assert_string_equal(e.text, "c:1:51: linux.maskedPaths[1]: expected a path of at most 4095 "
				    "bytes, found one of 4096");
}

/* --- the other documents --------------------------------------------------------- */

static void mounts_alone_are_a_list(void **state)
{
	static const char good[] = "[{\"destination\": \"/a\", \"options\": [\"bind\"], \"x\": 1}, "
				   "{\"destination\": \"/b\"}]";
	static const struct {
		const char *text, *error;
	} bad[] = {
		{ "[{\"destination\": 1}]",
		  "m.json:1:18: [0].destination: expected a string, found the number 1" },
		{ "[{}]", "m.json:1:2: [0].destination: required field is missing" },
		{ "[1]", "m.json:1:2: [0]: expected an object, found the number 1" },
		{ "{}", "m.json:1:1: expected an array, found an object" },
	};
	struct spec *spec = NULL;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(spec_parse_mounts("m.json", good, strlen(good), &spec, &e), 0);
	assert_int_equal(spec->n_mounts, 2);
	assert_string_equal(spec->mounts[1].destination, "/b");
	assert_string_equal(spec->mounts[0].options.v[0], "bind");
	assert_int_equal(spec->unknown.n, 1);
	assert_non_null(spec->linux_);
	spec_free(spec);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_true(spec_parse_mounts("m.json", bad[i].text, strlen(bad[i].text), &spec,
					      &e) < 0);
		assert_string_equal(e.text, bad[i].error);
	}
}

static void resources_mind_no_case_but_mind_twice(void **state)
{
	static const char twice[] = "{\"cpu\":{},\n\"CPU\":{}}";
	struct spec *s = parse_resources("{\"CPU\":{\"Cpus\":\"1\"},\"Memory\":{\"LIMIT\":5}}");
	struct err e = { 0 };

	(void)state;
	assert_string_equal(s->linux_->resources->cpu->cpus, "1");
	assert_int_equal(s->linux_->resources->memory->limit.v, 5);
	assert_int_equal(s->unknown.n, 0);
	spec_free(s);
	assert_int_equal(spec_parse_resources("-", twice, strlen(twice), &s, &e), -EINVAL);
	assert_string_equal(e.text, "-:2:7: CPU: the field cpu stands here twice");
}

static void other_documents_are_checked_alike(void **state)
{
	static const char process[] = "{\"cwd\":\"/\",\"args\":\"sh\"}";
	static const char resources[] = "{\"memory\":{\"limit\":\"1g\"}}";
	struct spec *s = NULL;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(spec_parse_process("p", process, strlen(process), &s, &e), -EINVAL);
	assert_string_equal(e.text, "p:1:19: args: expected an array, found the string \"sh\"");
	assert_int_equal(spec_parse_process("p", "[]", 2, &s, &e), -EINVAL);
	assert_string_equal(e.text, "p:1:1: expected an object, found an array");
	assert_int_equal(spec_parse_resources("-", resources, strlen(resources), &s, &e), -EINVAL);
	assert_string_equal(e.text, "-:1:20: memory.limit: expected an integer, "
				    "found the string \"1g\"");
	assert_int_equal(spec_parse_resources("-", "{", 1, &s, &e), -EINVAL);
	assert_string_equal(e.text, "-:1:2: unexpected end of JSON input (unexpected EOF)");
	assert_null(s);
}

static void what_is_read_can_be_asked(void **state)
{
	static const char *const fields[] = { "ociVersion", "linux.intelRdt.schemata",
					      "mounts.uidMappings", "linux.resources.rdma" };
	static const char *const none[] = { "",
					    "linux.",
					    "linux.intelrdt",
					    "linux.intelRdt.x",
					    "ociVersion.x",
					    "mounts.uidMappings.." };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		assert_true(spec_reads(fields[i]));
	for (size_t i = 0; i < ARRAY_SIZE(none); i++)
		assert_false(spec_reads(none[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_least_config_has_an_empty_linux),
		cmocka_unit_test(versions_of_1_are_accepted),
		cmocka_unit_test(any_version_is_read),
		cmocka_unit_test(strict_accepts_ours_and_nothing_unknown),
		cmocka_unit_test(strict_names_each),
		cmocka_unit_test(process_fields),
		cmocka_unit_test(top_mounts_and_hooks),
		cmocka_unit_test(linux_fields),
		cmocka_unit_test(resource_fields),
		cmocka_unit_test(seccomp_fields),
		cmocka_unit_test(null_and_empty_strings_count_as_absent),
		cmocka_unit_test(seccomp_without_action_and_rules_is_none),
		cmocka_unit_test(unknown_fields_are_accepted_and_named),
		cmocka_unit_test(paths_are_shorter_than_the_kernels_limit),
		cmocka_unit_test(mounts_alone_are_a_list),
		cmocka_unit_test(resources_mind_no_case_but_mind_twice),
		cmocka_unit_test(other_documents_are_checked_alike),
		cmocka_unit_test(what_is_read_can_be_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
