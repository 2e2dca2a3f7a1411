/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "cgroups/cgroup.h"
#include "cgroups/settings.h"

static struct plan_cgroup_dir v1_dirs[] = {
	{ "cpu,cpuacct", "/c/cpu,cpuacct", "/c/cpu,cpuacct/x", false },
	{ "memory", "/c/memory", "/c/memory/x", false },
	{ "name=systemd", "/c/systemd", "/c/systemd/x", false },
	{ "", "/c/unified", "/c/unified/x", true },
};
static struct plan_cgroup_dir v2_dirs[] = { { "", "/c", "/c/x", true } };

static const struct plan_cgroup v1 = {
	.enabled = true, .mode = CGROUP_V1, .dirs = v1_dirs, .n_dirs = 3
};
static const struct plan_cgroup hybrid = {
	.enabled = true, .mode = CGROUP_HYBRID, .dirs = v1_dirs, .n_dirs = 4
};
static const struct plan_cgroup v2 = {
	.enabled = true, .mode = CGROUP_V2, .dirs = v2_dirs, .n_dirs = 1
};

/* The writes as text, without the device rules that follow. */
static void writes_are(const struct plan_cgroup *at, const struct spec_resources *res,
		       const char *expected)
{
	autodone(strbuf) struct strbuf out = STRBUF_INIT;
	struct err e = { 0 };

	if (cgroup_print_settings(at, res, &out, &e) < 0)
		fail_msg("%s", e.text);
	char *devices = strstr(out.data, "devices ");
	assert_non_null(devices);
	*devices = '\0';
	assert_string_equal(out.data, expected);
}

static void refused_as(const struct plan_cgroup *at, const struct spec_resources *res,
		       const char *expected)
{
	autodone(strbuf) struct strbuf out = STRBUF_INIT;
	struct err e = { 0 };

	assert_int_equal(cgroup_print_settings(at, res, &out, &e), -EINVAL);
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_string_equal(e.text, expected);
}

static void nothing_asked_writes_nothing(void **state)
{
	const struct spec_memory zero = { .limit = { true, 0 },
					  .swap = { true, 0 },
					  .disable_oom_killer = { true, false } };
	const struct spec_cpu shares = { .shares = { true, 0 }, .cpus = "" };
	const struct spec_block_io weight = { .weight = { true, 0 } };
	const struct spec_resources docker = { .memory = &zero,
					       .cpu = &shares,
					       .block_io = &weight };

	(void)state;
	writes_are(&v1, NULL, "");
	writes_are(&v1, &docker, "");
	writes_are(&v2, &docker, "");
}

static void memory(void **state)
{
	const struct spec_memory m = { .limit = { true, 64 << 20 },
				       .reservation = { true, 32 << 20 },
				       .swap = { true, 128 << 20 },
				       .kernel_tcp = { true, 4096 },
				       .kernel = { true, 9 },
				       .swappiness = { true, 10 },
				       .disable_oom_killer = { true, true } };
	const struct spec_resources res = { .memory = &m };

	(void)state;
	writes_are(
		&v1, &res,
		"limit v1 memory.limit_in_bytes 67108864\n"
		"limit v1 memory.memsw.limit_in_bytes 134217728\n"
		"limit v1 memory.soft_limit_in_bytes 33554432\n"
		"limit v1 memory.kmem.tcp.limit_in_bytes 4096\n"
		"limit v1 memory.oom_control 1\n"
		"limit v1 memory.swappiness 10\n"
		"warning linux.resources.memory.kernel: ignored: kernel memory has no limit of its own\n");
	writes_are(
		&v2, &res,
		"limit v2 memory.swap.max 67108864\n"
		"limit v2 memory.max 67108864\n"
		"limit v2 memory.low 33554432\n"
		"warning linux.resources.memory.kernel: ignored: cgroup v2 has nothing like it\n"
		"warning linux.resources.memory.kernelTCP: ignored: cgroup v2 has nothing like it\n"
		"warning linux.resources.memory.swappiness: ignored: cgroup v2 has nothing like it\n"
		"warning linux.resources.memory.disableOOMKiller: ignored: cgroup v2 has nothing like it\n");
}

static void swap_of_v2_is_without_memory(void **state)
{
	static const struct {
		int64_t limit, swap;
		const char *writes;
	} cases[] = {
		{ 100, 100, "limit v2 memory.swap.max 0 if present\nlimit v2 memory.max 100\n" },
		{ 100, 150, "limit v2 memory.swap.max 50\nlimit v2 memory.max 100\n" },
		{ 100, -1, "limit v2 memory.swap.max max if present\nlimit v2 memory.max 100\n" },
		{ 100, 0, "limit v2 memory.max 100\n" },
		{ -1, 0, "limit v2 memory.swap.max max if present\nlimit v2 memory.max max\n" },
		{ -1, -1, "limit v2 memory.swap.max max if present\nlimit v2 memory.max max\n" },
		{ 0, -1, "limit v2 memory.swap.max max if present\n" },
	};
	struct spec_memory m = { .limit.set = true, .swap.set = true };
	const struct spec_resources res = { .memory = &m };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		m.limit.v = cases[i].limit;
		m.swap.v = cases[i].swap;
		writes_are(&v2, &res, cases[i].writes);
	}
	m.limit.v = 0;
	m.swap.v = 5;
	refused_as(&v2, &res,
		   "linux.resources.memory.swap: unable to set swap limit without memory limit");
	m.limit.v = 6;
	refused_as(&v2, &res,
		   "linux.resources.memory.swap: memory+swap limit should be >= memory limit");
}

static void unlimited_memory_of_v1_lifts_swap(void **state)
{
	const struct spec_memory m = { .limit = { true, -1 } };
	const struct spec_resources res = { .memory = &m };

	(void)state;
	writes_are(&v1, &res,
		   "limit v1 memory.limit_in_bytes -1\n"
		   "limit v1 memory.memsw.limit_in_bytes -1 if present\n");
}

static void swappiness_range(void **state)
{
	struct spec_memory m = { .swappiness = { true, 101 } };
	const struct spec_resources res = { .memory = &m };

	(void)state;
	refused_as(&v1, &res, "linux.resources.memory.swappiness: 101 is not in 0..100");
	m.swappiness.v = UINT64_MAX; /* -1 of old clients */
	writes_are(&v1, &res, "");
	m.swappiness.v = 0;
	writes_are(&v1, &res, "limit v1 memory.swappiness 0\n");
}

static void cpu(void **state)
{
	const struct spec_cpu c = { .shares = { true, 512 },
				    .quota = { true, 50000 },
				    .period = { true, 20000 },
				    .burst = { true, 0 },
				    .idle = { true, 0 },
				    .cpus = "0-1",
				    .mems = "0",
				    .realtime_period = { true, 1000000 },
				    .realtime_runtime = { true, 5000 } };
	const struct spec_resources res = { .cpu = &c };

	(void)state;
	writes_are(&v1, &res,
		   "limit v1 cpu.shares 512\n"
		   "limit v1 cpu.cfs_period_us 20000\n"
		   "limit v1 cpu.cfs_quota_us 50000\n"
		   "limit v1 cpu.cfs_burst_us 0\n"
		   "limit v1 cpu.rt_period_us 1000000\n"
		   "limit v1 cpu.rt_runtime_us 5000\n"
		   "limit v1 cpu.idle 0\n"
		   "limit v1 cpuset.cpus 0-1\n"
		   "limit v1 cpuset.mems 0\n");
	writes_are(
		&v2, &res,
		"limit v2 cpu.weight 59\n"
		"limit v2 cpu.idle 0\n"
		"limit v2 cpu.max 50000 20000\n"
		"limit v2 cpu.max.burst 0\n"
		"limit v2 cpuset.cpus 0-1\n"
		"limit v2 cpuset.mems 0\n"
		"warning linux.resources.cpu.realtimePeriod: ignored: cgroup v2 has nothing like it\n"
		"warning linux.resources.cpu.realtimeRuntime: ignored: cgroup v2 has nothing like it\n");
}

static void quota_and_period_alone(void **state)
{
	struct spec_cpu c = { .quota = { true, 30000 } };
	const struct spec_resources res = { .cpu = &c };

	(void)state;
	writes_are(&v2, &res, "limit v2 cpu.max 30000 100000\n");
	c.quota.v = -1;
	writes_are(&v2, &res, "limit v2 cpu.max max 100000\n");
	writes_are(&v1, &res, "limit v1 cpu.cfs_quota_us -1\n");
	c = (struct spec_cpu){ .period = { true, 5000 } };
	writes_are(&v2, &res, "limit v2 cpu.max max 5000\n");
}

static void weight_of_shares(void **state)
{
	static const struct {
		uint64_t shares, weight;
	} cases[] = {
		{ 0, 0 },	   { 1, 1 },	      { 2, 1 },
		{ 3, 2 },	   { 1024, 100 },     { 2048, 174 },
		{ 262143, 10000 }, { 262144, 10000 }, { UINT64_MAX, 10000 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(shares_to_weight(cases[i].shares), cases[i].weight);
	for (uint64_t s = 2; s < 262144; s++)
		assert_true(shares_to_weight(s) <= shares_to_weight(s + 1));
}

static void pids(void **state)
{
	struct spec_resources res = { .pids_limit = { true, 0 } };

	(void)state;
	writes_are(&v2, &res, "limit v2 pids.max 1\n");
	res.pids_limit.v = -1;
	writes_are(&v1, &res, "limit v1 pids.max max\n");
	res.pids_limit.v = 50;
	writes_are(&v1, &res, "limit v1 pids.max 50\n");
}

static void block_io(void **state)
{
	const struct spec_weight_device wd = { 8, 16, { true, 1000 }, { false, 0 } };
	const struct spec_throttle_device td = { 8, 0, 1048576 };
	struct spec_block_io b = { .weight = { true, 10 },
				   .weight_devices = &wd,
				   .n_weight_devices = 1,
				   .read_bps = { &td, 1 },
				   .write_iops = { &td, 1 } };
	const struct spec_resources res = { .block_io = &b };

	(void)state;
	writes_are(&v1, &res,
		   "limit v1 blkio.bfq.weight 10 or else\n"
		   "limit v1 blkio.weight 10\n"
		   "limit v1 blkio.bfq.weight_device 8:16 1000 or else\n"
		   "limit v1 blkio.weight_device 8:16 1000\n"
		   "limit v1 blkio.throttle.read_bps_device 8:0 1048576\n"
		   "limit v1 blkio.throttle.write_iops_device 8:0 1048576\n");
	writes_are(&v2, &res,
		   "limit v2 io.bfq.weight 10 or else\n"
		   "limit v2 io.weight 1\n"
		   "limit v2 io.bfq.weight 8:16 1000 or else\n"
		   "limit v2 io.weight 8:16 10000\n"
		   "limit v2 io.max 8:0 rbps=1048576\n"
		   "limit v2 io.max 8:0 wiops=1048576\n");
	b.weight.v = 9;
	refused_as(&v2, &res, "linux.resources.blockIO.weight: weight 9 is not in 10..1000");
}

static void hugetlb_and_rdma(void **state)
{
	struct spec_hugepage h = { "2MB", 4194304 };
	const struct spec_rdma r = { "mlx4_0", { true, 2 }, { true, 2000 } };
	const struct spec_resources res = {
		.hugepages = &h, .n_hugepages = 1, .rdma = &r, .n_rdma = 1
	};

	(void)state;
	writes_are(&v2, &res,
		   "limit v2 hugetlb.2MB.max 4194304\n"
		   "limit v2 hugetlb.2MB.rsvd.max 4194304 if present\n"
		   "limit v2 rdma.max mlx4_0 hca_handle=2 hca_object=2000\n");
	writes_are(&v1, &res,
		   "limit v1 hugetlb.2MB.limit_in_bytes 4194304\n"
		   "limit v1 hugetlb.2MB.rsvd.limit_in_bytes 4194304 if present\n"
		   "limit v1 rdma.max mlx4_0 hca_handle=2 hca_object=2000\n");
	h.page_size = "../../x";
	refused_as(&v2, &res,
		   "linux.resources.hugepageLimits[0]: page size \"../../x\" is not like \"2MB\"");
}

/* The specification has no misc but as a file of v2; rdma with one of its two numbers. */
static void misc_and_half_of_rdma(void **state)
{
	struct spec_string_pair misc = { "misc.max", "res_a 3\nres_b max" };
	const struct spec_rdma r = { "mlx4_0", { true, 2 }, { false, 0 } };
	const struct spec_resources res = { .unified = { &misc, 1 }, .rdma = &r, .n_rdma = 1 };

	(void)state;
	writes_are(&v2, &res,
		   "limit v2 rdma.max mlx4_0 hca_handle=2\n"
		   "limit v2 misc.max res_a 3\n"
		   "limit v2 misc.max res_b max\n");
	refused_as(&v1, &res,
		   "linux.resources.unified: invalid configuration: cannot be used on cgroup v1");
}

static void network(void **state)
{
	const struct spec_net_priority p = { "eth0", 5 };
	const struct spec_network n = { { true, 1048577 }, &p, 1 };
	const struct spec_resources res = { .network = &n };

	(void)state;
	writes_are(&v1, &res,
		   "limit v1 net_cls.classid 1048577\n"
		   "limit v1 net_prio.ifpriomap eth0 5\n");
	writes_are(&v2, &res,
		   "warning linux.resources.network: ignored: cgroup v2 has no such controller\n");
}

static void unified(void **state)
{
	struct spec_string_pair pairs[] = { { "memory.high", "1000" },
					    { "io.max", "8:0 rbps=1\n8:16 rbps=2\n" } };
	const struct spec_resources res = { .pids_limit = { true, 3 }, .unified = { pairs, 2 } };

	(void)state;
	writes_are(&v2, &res,
		   "limit v2 pids.max 3\n"
		   "limit v2 memory.high 1000\n"
		   "limit v2 io.max 8:0 rbps=1\n"
		   "limit v2 io.max 8:16 rbps=2\n");
	refused_as(&hybrid, &res,
		   "linux.resources.unified: invalid configuration: cannot be used on cgroup v1");
	pairs[1].key = "../memory.max";
	refused_as(
		&v2, &res,
		"linux.resources.unified.../memory.max: unified resource \"../memory.max\" must be a file name (no slashes)");
	pairs[1].key = "memory";
	refused_as(
		&v2, &res,
		"linux.resources.unified.memory: unified resource \"memory\" must be in the form CONTROLLER.PARAMETER");
}

static void hybrid_takes_from_v2_what_v1_lacks(void **state)
{
	const struct spec_memory m = { .limit = { true, 5 } };
	const struct spec_resources res = { .memory = &m, .pids_limit = { true, 3 } };

	(void)state;
	writes_are(&hybrid, &res,
		   "limit v1 memory.limit_in_bytes 5\n"
		   "limit v2 pids.max 3\n");
	assert_ptr_equal(cg_dir_of(&hybrid, "cpuacct"), &v1_dirs[0]);
	assert_null(cg_dir_of(&hybrid, "cpua"));
	assert_null(cg_dir_of(&hybrid, ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_asked_writes_nothing),
		cmocka_unit_test(memory),
		cmocka_unit_test(swap_of_v2_is_without_memory),
		cmocka_unit_test(unlimited_memory_of_v1_lifts_swap),
		cmocka_unit_test(swappiness_range),
		cmocka_unit_test(cpu),
		cmocka_unit_test(quota_and_period_alone),
		cmocka_unit_test(weight_of_shares),
		cmocka_unit_test(pids),
		cmocka_unit_test(block_io),
		cmocka_unit_test(hugetlb_and_rdma),
		cmocka_unit_test(misc_and_half_of_rdma),
		cmocka_unit_test(network),
		cmocka_unit_test(unified),
		cmocka_unit_test(hybrid_takes_from_v2_what_v1_lacks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
