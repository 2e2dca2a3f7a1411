/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "cgroups/sdprops.h"

static struct plan_cgroup_dir v1_dirs[] = {
	{ "cpu,cpuacct", "/c/cpu", "/c/cpu/x", false },
	{ "cpuset", "/c/cpuset", "/c/cpuset/x", false },
	{ "memory", "/c/memory", "/c/memory/x", false },
	{ "pids", "/c/pids", "/c/pids/x", false },
	{ "blkio", "/c/blkio", "/c/blkio/x", false },
};
static struct plan_cgroup_dir v2_dirs[] = { { "", "/c", "/c/x", true } };
static const struct plan_cgroup v1 = {
	.enabled = true, .mode = CGROUP_V1, .dirs = v1_dirs, .n_dirs = 5
};
static const struct plan_cgroup v2 = {
	.enabled = true, .mode = CGROUP_V2, .dirs = v2_dirs, .n_dirs = 1
};

static void print(const struct unit_properties *p, struct strbuf *out)
{
	strbuf_adds(out, "");
	for (size_t i = 0; i < p->n; i++) {
		strbuf_addf(out, "%s%s=", i ? " " : "", p->v[i].name);
		gvar_signature(&p->v[i].value, out);
		strbuf_adds(out, ":");
		gvar_print(&p->v[i].value, out);
	}
}

static void limits_are(const struct plan_cgroup *at, const struct spec_resources *res,
		       const char *expected)
{
	autodone(settings) struct cg_settings s = { .arena = ARENA_INIT };
	autodone(arena) struct arena a = ARENA_INIT;
	autodone(strbuf) struct strbuf out = STRBUF_INIT;
	struct unit_properties p = { 0 };
	struct err e = { 0 };

	if (settings_build(at, res, &s, &e) < 0 || sd_limit_properties(&s, &a, &p, &e) < 0)
		fail_msg("%s", e.text);
	print(&p, &out);
	assert_string_equal(strbuf_str(&out), expected);
}

static void memory(void **state)
{
	struct spec_memory m = { .limit = { true, 1000 },
				 .swap = { true, 1500 },
				 .reservation = { true, 500 } };
	const struct spec_resources res = { .memory = &m };

	(void)state;
	limits_are(&v2, &res, "MemorySwapMax=t:500 MemoryMax=t:1000 MemoryLow=t:500");
	limits_are(&v1, &res, "MemoryLimit=t:1000");
	m = (struct spec_memory){ .limit = { true, -1 } };
	limits_are(&v2, &res,
		   "MemorySwapMax=t:18446744073709551615 MemoryMax=t:18446744073709551615");
	m = (struct spec_memory){ .limit = { true, 0 } };
	limits_are(&v2, &res, "");
}

static void cpu(void **state)
{
	struct spec_cpu c = { .shares = { true, 1024 },
			      .quota = { true, 50000 },
			      .period = { true, 100000 } };
	const struct spec_resources res = { .cpu = &c };

	(void)state;
	limits_are(&v2, &res,
		   "CPUWeight=t:100 CPUQuotaPeriodUSec=t:100000 CPUQuotaPerSecUSec=t:500000");
	limits_are(&v1, &res,
		   "CPUShares=t:1024 CPUQuotaPeriodUSec=t:100000 CPUQuotaPerSecUSec=t:500000");
	c = (struct spec_cpu){ .quota = { true, 12345 } };
	limits_are(&v2, &res, "CPUQuotaPeriodUSec=t:100000 CPUQuotaPerSecUSec=t:130000");
	c = (struct spec_cpu){ .quota = { true, -1 } };
	limits_are(&v2, &res,
		   "CPUQuotaPeriodUSec=t:100000 CPUQuotaPerSecUSec=t:18446744073709551615");
	c = (struct spec_cpu){ .quota = { true, 10000 }, .period = { true, 3000 } };
	limits_are(&v2, &res, "CPUQuotaPeriodUSec=t:3000 CPUQuotaPerSecUSec=t:3340000");
	c = (struct spec_cpu){ .idle = { true, 1 } };
	limits_are(&v2, &res, "CPUWeight=t:0");
	c = (struct spec_cpu){ .idle = { true, 0 }, .shares = { true, 2 } };
	limits_are(&v2, &res, "CPUWeight=t:1");
}

static void sets(void **state)
{
	struct spec_cpu c = { .cpus = "0-1,9", .mems = "0" };
	const struct spec_resources res = { .cpu = &c };

	(void)state;
	limits_are(&v2, &res, "AllowedCPUs=ay:[3, 2] AllowedMemoryNodes=ay:[1]");
	limits_are(&v1, &res, "");
}

static void sets_that_are_none(void **state)
{
	static const char *const bad[] = { "x", "3-1", "1-", "-1", "8192", "0-99999999999", "0x1" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		autodone(arena) struct arena a = ARENA_INIT;
		struct cg_setting one = { "cpuset", "cpuset.cpus", bad[i], "cpu.cpus", true, 0 };
		const struct cg_settings s = { .v = &one, .n = 1 };
		struct unit_properties p = { 0 };
		struct err e = { 0 };

		assert_int_equal(sd_limit_properties(&s, &a, &p, &e), -EINVAL);
		assert_non_null(strstr(e.text, "is not a list such as 0-3,5"));
	}
}

static void pids_and_io(void **state)
{
	struct spec_block_io io = { .weight = { true, 500 } };
	struct spec_resources res = { .pids_limit = { true, 0 }, .block_io = &io };

	(void)state;
	limits_are(&v2, &res, "IOWeight=t:4950 TasksMax=t:1");
	res = (struct spec_resources){ .pids_limit = { true, -1 } };
	limits_are(&v2, &res, "TasksMax=t:18446744073709551615");
	res = (struct spec_resources){ .pids_limit = { true, 20 } };
	limits_are(&v1, &res, "TasksMax=t:20");
}

static void unified_wins(void **state)
{
	const struct spec_string_pair pairs[] = { { "memory.high", "7" },
						  { "memory.max", "max" },
						  { "pids.max", "9" },
						  { "memory.oom.group", "1" },
						  { "cpu.max", "max 50000" } };
	const struct spec_resources res = { .pids_limit = { true, 20 }, .unified = { pairs, 5 } };

	(void)state;
	limits_are(&v2, &res,
		   "TasksMax=t:9 MemoryHigh=t:7 MemoryMax=t:18446744073709551615 "
		   "CPUQuotaPeriodUSec=t:50000 CPUQuotaPerSecUSec=t:18446744073709551615");
}

static void devices_on_v1(void **state)
{
	struct dev_rule rules[] = {
		{ true, 'c', DEV_ANY, DEV_ANY, BPF_DEVCG_ACC_MKNOD },
		{ true, 'c', 1, 3, DEV_ALL_ACCESS },
		{ true, 'b', 8, DEV_ANY, BPF_DEVCG_ACC_READ },
		{ false, 'c', 5, 1, DEV_ALL_ACCESS },
		{ true, 'c', DEV_ANY, 7, BPF_DEVCG_ACC_READ },
	};
	struct dev_rules r = { .v = rules, .n = 5 };
	autodone(arena) struct arena a = ARENA_INIT;
	autodone(strbuf) struct strbuf out = STRBUF_INIT;
	struct unit_properties p = { 0 };

	(void)state;
	sd_device_properties(&r, &a, &p);
	print(&p, &out);
	assert_string_equal(strbuf_str(&out),
			    "DevicePolicy=s:'strict' DeviceAllow=a(ss):[('char-*', 'm'), "
			    "('/dev/char/1:3', 'rwm'), ('block-8', 'r')]");
	out.len = 0;
	r.default_allow = true;
	p = (struct unit_properties){ 0 };
	sd_device_properties(&r, &a, &p);
	print(&p, &out);
	assert_string_equal(strbuf_str(&out), "DevicePolicy=s:'auto' DeviceAllow=a(ss):[]");
}

static void a_scope_and_a_slice(void **state)
{
	struct plan_unit u = { .name = "web-1.scope", .slice = "a.slice" };
	autodone(arena) struct arena a = ARENA_INIT;
	autodone(strbuf) struct strbuf out = STRBUF_INIT;
	struct unit_properties p = { 0 };

	(void)state;
	sd_unit_properties(&u, "c1", 42, true, &a, &p);
	print(&p, &out);
	assert_string_equal(strbuf_str(&out),
			    "Description=s:'vial container c1' Slice=s:'a.slice' Delegate=b:true "
			    "PIDs=au:[42] MemoryAccounting=b:true CPUAccounting=b:true "
			    "IOAccounting=b:true TasksAccounting=b:true "
			    "DefaultDependencies=b:false CollectMode=s:'inactive-or-failed'");
	out.len = 0;
	p = (struct unit_properties){ 0 };
	u.is_slice = true;
	sd_unit_properties(&u, "c1", 42, false, &a, &p);
	print(&p, &out);
	assert_null(strstr(out.data, "PIDs"));
	assert_null(strstr(out.data, "Delegate"));
	assert_non_null(strstr(out.data, "Wants=as:['a.slice']"));
	assert_non_null(strstr(out.data, "BlockIOAccounting"));
}

static void annotations_replace(void **state)
{
	autodone(arena) struct arena a = ARENA_INIT;
	autodone(strbuf) struct strbuf out = STRBUF_INIT;
	struct unit_properties p = { 0 }, more = { 0 };

	(void)state;
	unit_property_add(&a, &p, "Aaa", (struct gvar){ .type = 'u', .v.u = 1 });
	unit_property_add(&a, &p, "Bbb", (struct gvar){ .type = 'u', .v.u = 2 });
	unit_property_add(&a, &more, "Aaa", (struct gvar){ .type = 's', .v.s = "x" });
	unit_property_add(&a, &more, "Ccc", (struct gvar){ .type = 'b', .v.u = 1 });
	sd_merge_properties(&a, &p, &more);
	print(&p, &out);
	assert_string_equal(strbuf_str(&out), "Aaa=s:'x' Bbb=u:2 Ccc=b:true");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory),
		cmocka_unit_test(cpu),
		cmocka_unit_test(sets),
		cmocka_unit_test(sets_that_are_none),
		cmocka_unit_test(pids_and_io),
		cmocka_unit_test(unified_wins),
		cmocka_unit_test(devices_on_v1),
		cmocka_unit_test(a_scope_and_a_slice),
		cmocka_unit_test(annotations_replace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
