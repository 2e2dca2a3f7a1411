/* SPDX-License-Identifier: Apache-2.0 */
/* Capabilities and rlimits. */
#include "plan/test_fixture.h"

#include <linux/capability.h>
#include <sys/resource.h>

#define BIT(cap) (1ULL << (cap))

static void names_of_capabilities_are_the_kernels(void **state)
{
	(void)state;
	assert_int_equal(cap_number("CAP_CHOWN"), CAP_CHOWN);
	assert_int_equal(cap_number("CAP_SYS_ADMIN"), CAP_SYS_ADMIN);
	assert_int_equal(cap_number("CAP_SETFCAP"), CAP_SETFCAP);
	assert_int_equal(cap_number("CAP_AUDIT_READ"), CAP_AUDIT_READ);
	assert_int_equal(cap_number("CAP_CHECKPOINT_RESTORE"), 40);
	for (int i = 0; i <= 40; i++)
		assert_int_equal(cap_number(cap_name(i)), i);
	assert_int_equal(cap_number("cap_chown"), -1);
	assert_int_equal(cap_number("CHOWN"), -1);
	assert_null(cap_name(41));
	assert_null(cap_name(-1));
}

static void without_the_object_all_are_dropped(void **state)
{
	struct fixture *f = *state;
	const struct spec_capabilities none = { 0 };

	assert_accepted(f, plan_caps);
	assert_false(f->plan.process.caps.set);
	assert_int_equal(f->plan.process.caps.bounding, 0);
	f->process.capabilities = &none;
	assert_accepted(f, plan_caps);
	assert_true(f->plan.process.caps.set);
	assert_int_equal(f->plan.process.caps.bounding, 0);
}

static void five_sets_are_read(void **state)
{
	struct fixture *f = *state;
	const struct strs both = STRS("CAP_KILL", "CAP_CHOWN");
	const struct spec_capabilities c = { .bounding = both,
					     .effective = STRS("CAP_KILL"),
					     .permitted = both,
					     .inheritable = both,
					     .ambient = STRS("CAP_CHOWN") };

	f->process.capabilities = &c;
	assert_accepted(f, plan_caps);
	assert_int_equal(f->plan.process.caps.bounding, BIT(CAP_KILL) | BIT(CAP_CHOWN));
	assert_int_equal(f->plan.process.caps.effective, BIT(CAP_KILL));
	assert_int_equal(f->plan.process.caps.permitted, BIT(CAP_KILL) | BIT(CAP_CHOWN));
	assert_int_equal(f->plan.process.caps.inheritable, BIT(CAP_KILL) | BIT(CAP_CHOWN));
	assert_int_equal(f->plan.process.caps.ambient, BIT(CAP_CHOWN));
	assert_int_equal(f->plan.warnings.n, 0);
}

static void unknown_and_unheld_are_named_once(void **state)
{
	struct fixture *f = *state;
	const struct strs list = STRS("CAP_ZZZ", "CAP_SYS_RESOURCE", "CAP_KILL", "CAP_AAA");
	const struct spec_capabilities c = { .bounding = list,
					     .effective = list,
					     .permitted = list };

	f->facts.caps_bounding &= ~BIT(CAP_SYS_RESOURCE);
	f->facts.caps_effective &= ~BIT(CAP_SYS_RESOURCE);
	f->process.capabilities = &c;
	assert_accepted(f, plan_caps);
	assert_int_equal(f->plan.process.caps.bounding, BIT(CAP_KILL));
	assert_int_equal(f->plan.warnings.n, 1);
	assert_string_equal(
		f->plan.warnings.v[0],
		"ignoring unknown or unavailable capabilities: [CAP_AAA CAP_SYS_RESOURCE CAP_ZZZ]");
}

static void a_user_namespace_gives_all_that_the_kernel_has(void **state)
{
	struct fixture *f = *state;
	const struct strs list = STRS("CAP_SYS_RESOURCE", "CAP_CHECKPOINT_RESTORE");
	const struct spec_capabilities c = { .bounding = list, .permitted = list };

	f->facts.caps_bounding = f->facts.caps_effective = 0;
	f->facts.cap_last = 39;
	f->plan.ns[NS_USER].wanted = true;
	f->process.capabilities = &c;
	assert_accepted(f, plan_caps);
	assert_int_equal(f->plan.process.caps.permitted, BIT(CAP_SYS_RESOURCE));
	assert_string_equal(
		f->plan.warnings.v[0],
		"ignoring unknown or unavailable capabilities: [CAP_CHECKPOINT_RESTORE]");
}

static void a_kernel_newer_than_we_are_is_no_trouble(void **state)
{
	struct fixture *f = *state;
	const struct spec_capabilities c = { .bounding = STRS("CAP_CHECKPOINT_RESTORE") };

	f->facts.cap_last = 63;
	f->process.capabilities = &c;
	assert_accepted(f, plan_caps);
	assert_int_equal(f->plan.process.caps.bounding, BIT(40));
}

static void what_the_kernel_would_refuse_is_left_out(void **state)
{
	struct fixture *f = *state;
	const struct spec_capabilities c = {
		.bounding = STRS("CAP_CHOWN", "CAP_FOWNER"),
		.effective = STRS("CAP_KILL"),
		.permitted = STRS("CAP_CHOWN"),
		.inheritable = STRS("CAP_FOWNER", "CAP_KILL"),
		.ambient = STRS("CAP_CHOWN", "CAP_FOWNER"),
	};

	f->process.capabilities = &c;
	assert_accepted(f, plan_caps);
	assert_int_equal(f->plan.process.caps.effective, 0);
	assert_int_equal(f->plan.process.caps.inheritable, BIT(CAP_FOWNER));
	assert_int_equal(f->plan.process.caps.ambient, 0);
	assert_int_equal(f->plan.warnings.n, 4);
	assert_string_equal(
		f->plan.warnings.v[0],
		"process.capabilities.effective: left out, since not in permitted: CAP_KILL");
	assert_string_equal(
		f->plan.warnings.v[1],
		"process.capabilities.inheritable: left out, since not in bounding: CAP_KILL");
	assert_string_equal(
		f->plan.warnings.v[2],
		"can't raise ambient capability CAP_FOWNER: it is not in process.capabilities.permitted");
	assert_string_equal(
		f->plan.warnings.v[3],
		"can't raise ambient capability CAP_CHOWN: it is not in process.capabilities.inheritable");
}

static void limits(struct fixture *f, const struct spec_rlimit *list, size_t n)
{
	f->process.rlimits = list;
	f->process.n_rlimits = n;
}

static void rlimits_keep_their_order_and_infinity(void **state)
{
	struct fixture *f = *state;
	const struct spec_rlimit list[] = { { "RLIMIT_NOFILE", 512, 1024 },
					    { "RLIMIT_CORE", UINT64_MAX, UINT64_MAX } };

	limits(f, list, 2);
	assert_accepted(f, plan_rlimits);
	assert_int_equal(f->plan.process.n_rlimits, 2);
	assert_int_equal(f->plan.process.rlimits[0].resource, RLIMIT_NOFILE);
	assert_int_equal(f->plan.process.rlimits[0].soft, 512);
	assert_int_equal(f->plan.process.rlimits[1].hard, UINT64_MAX);
	assert_int_equal(rlimit_number("RLIMIT_RTTIME"), RLIMIT_RTTIME);
	assert_int_equal(rlimit_number("NOFILE"), -1);
}

static void wrong_rlimits_are_refused(void **state)
{
	struct fixture *f = *state;
	const struct spec_rlimit unknown = { "RLIMIT_TEST", 1, 1 };
	const struct spec_rlimit twice[] = { { "RLIMIT_CPU", 1, 1 }, { "RLIMIT_CPU", 1, 1 } };
	const struct spec_rlimit above = { "RLIMIT_CPU", 2, 1 };

	limits(f, &unknown, 1);
	assert_refused(f, plan_rlimits, "process.rlimits[0]: wrong rlimit value: RLIMIT_TEST");
	limits(f, twice, 2);
	assert_refused(f, plan_rlimits, "process.rlimits[1]: duplicate RLIMIT_CPU");
	limits(f, &above, 1);
	assert_refused(f, plan_rlimits,
		       "process.rlimits[0]: RLIMIT_CPU: soft limit 2 is above hard limit 1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names_of_capabilities_are_the_kernels),
		TEST(without_the_object_all_are_dropped),
		TEST(five_sets_are_read),
		TEST(unknown_and_unheld_are_named_once),
		TEST(a_user_namespace_gives_all_that_the_kernel_has),
		TEST(a_kernel_newer_than_we_are_is_no_trouble),
		TEST(what_the_kernel_would_refuse_is_left_out),
		TEST(rlimits_keep_their_order_and_infinity),
		TEST(wrong_rlimits_are_refused),
	};

	return cmocka_run_group_tests_name("plan capabilities and rlimits", tests, NULL, NULL);
}
