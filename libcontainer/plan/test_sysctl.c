/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/test_fixture.h"

static void give(struct fixture *f, const char *key)
{
	struct spec_string_pair *pair = arena_new(&f->plan.arena, struct spec_string_pair);

	*pair = (struct spec_string_pair){ key, "1" };
	f->linux_.sysctl = (struct spec_string_map){ pair, 1 };
}

static void want_all(struct fixture *f, bool wanted)
{
	for (int k = 0; k < NS_COUNT; k++)
		f->plan.ns[k] = (struct plan_ns){ .wanted = wanted };
}

static void keys_of_own_namespaces_become_paths(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *key, *path;
	} rows[] = {
		{ "kernel.msgmax", "kernel/msgmax" },
		{ "kernel.shm_rmid_forced", "kernel/shm_rmid_forced" },
		{ "kernel/sem", "kernel/sem" },
		{ "fs.mqueue.msg_max", "fs/mqueue/msg_max" },
		{ "net.ipv4.ip_forward", "net/ipv4/ip_forward" },
		{ "net/ipv4/conf/eno2.100/rp_filter", "net/ipv4/conf/eno2.100/rp_filter" },
		{ "net.ipv4.conf.eno2/100.rp_filter", "net/ipv4/conf/eno2.100/rp_filter" },
		{ "user.max_user_namespaces", "user/max_user_namespaces" },
		{ "kernel.domainname", "kernel/domainname" },
	};

	want_all(f, true);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		give(f, rows[i].key);
		assert_accepted(f, plan_sysctl);
		assert_int_equal(f->plan.sysctl.n, 1);
		assert_string_equal(f->plan.sysctl.v[0].key, rows[i].path);
		assert_string_equal(f->plan.sysctl.v[0].value, "1");
	}
}

static void a_joined_namespace_will_do(void **state)
{
	struct fixture *f = *state;

	f->plan.ns[NS_NETWORK] = (struct plan_ns){ true, "/run/netns/x" };
	give(f, "net.core.somaxconn");
	assert_accepted(f, plan_sysctl);
}

static void keys_of_the_host_are_refused(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *key, *text;
	} rows[] = {
		{ "kernel.msgmax",
		  "sysctl \"kernel.msgmax\" is not allowed in the hosts ipc namespace" },
		{ "fs.mqueue.x",
		  "sysctl \"fs.mqueue.x\" is not allowed in the hosts ipc namespace" },
		{ "user.a", "sysctl \"user.a\" is not allowed in the hosts user namespace" },
		{ "kernel.domainname",
		  "sysctl \"kernel.domainname\" is not in a separate kernel namespace" },
	};

	want_all(f, false);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		give(f, rows[i].key);
		assert_refused(f, plan_sysctl, rows[i].text);
	}
}

/* Shown by `plan`, refused by create. */
static void the_hosts_network_is_refused_later(void **state)
{
	struct fixture *f = *state;
	const struct plan_ns hosts[] = { { false, NULL }, { true, "/proc/self/ns/net" } };

	for (size_t i = 0; i < ARRAY_SIZE(hosts); i++) {
		f->plan.ns[NS_NETWORK] = hosts[i];
		f->plan.refusal = NULL;
		give(f, "net.a");
		assert_accepted(f, plan_sysctl);
		assert_string_equal(f->plan.refusal,
				    "sysctl \"net.a\" not allowed in host network namespace");
	}
	f->plan.ns[NS_NETWORK] = (struct plan_ns){ true, NULL };
	f->plan.refusal = NULL;
	assert_accepted(f, plan_sysctl);
	assert_null(f->plan.refusal);
}

static void keys_of_no_namespace_and_detours_are_refused(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *key, *text;
	} rows[] = {
		{ "kernel.foo", "sysctl \"kernel.foo\" is not in a separate kernel namespace" },
		{ "kernel.shmmaxx",
		  "sysctl \"kernel.shmmaxx\" is not in a separate kernel namespace" },
		{ "vm.max_map_count",
		  "sysctl \"vm.max_map_count\" is not in a separate kernel namespace" },
		{ "netx.a", "sysctl \"netx.a\" is not in a separate kernel namespace" },
		{ "net", "sysctl \"net\" is not in a separate kernel namespace" },
		{ "kernel.hostname",
		  "sysctl \"kernel.hostname\" is not allowed as it conflicts with the OCI \"hostname\" field" },
		{ "net/../kernel/core_pattern",
		  "sysctl \"net/../kernel/core_pattern\" is not a valid name" },
		{ "net.//.kernel.core_pattern",
		  "sysctl \"net.//.kernel.core_pattern\" is not a valid name" },
		{ "net/./a", "sysctl \"net/./a\" is not a valid name" },
		{ "net..a", "sysctl \"net..a\" is not a valid name" },
		{ "/net/a", "sysctl \"/net/a\" is not a valid name" },
		{ "net.a.", "sysctl \"net.a.\" is not a valid name" },
		{ "", "sysctl \"\" is not a valid name" },
	};

	want_all(f, true);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		give(f, rows[i].key);
		assert_refused(f, plan_sysctl, rows[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(keys_of_own_namespaces_become_paths),
		TEST(a_joined_namespace_will_do),
		TEST(keys_of_the_host_are_refused),
		TEST(the_hosts_network_is_refused_later),
		TEST(keys_of_no_namespace_and_detours_are_refused),
	};

	return cmocka_run_group_tests_name("plan sysctl", tests, NULL, NULL);
}
