/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "cgroups/devices.h"

#define N(x)                                                                                       \
	{                                                                                          \
		true, x                                                                            \
	}
#define ALL                                                                                        \
	{                                                                                          \
		false, 0                                                                           \
	}

static const struct spec_device_rule deny_all = { false, NULL, ALL, ALL, "rwm" };
static const struct spec_device_rule allow_all = { true, "a", { true, -1 }, { true, -1 }, "rwm" };
static const struct spec_device_rule allow_fuse = { true, "c", N(10), N(229), "rw" };
static const struct spec_device_rule deny_fuse = { false, "c", N(10), N(229), "rwm" };
static const struct spec_device_rule allow_misc = { true, "c", N(10), ALL, "rwm" };
static const struct spec_device_rule deny_disks = { false, "b", ALL, ALL, "rwm" };

static void build(struct dev_rules *r, const struct spec_device_rule *rules, size_t n)
{
	const struct spec_resources res = { .devices = rules, .n_devices = n };
	struct err e;

	if (dev_rules_build(&res, r, &e) < 0)
		fail_msg("%s", e.text);
}

#define DEFAULTS                                                                                   \
	"allow b *:* m\nallow c *:* m\n"                                                           \
	"allow c 10:200 rwm\nallow c 5:2 rwm\nallow c 1:7 rwm\nallow c 1:8 rwm\n"                  \
	"allow c 5:0 rwm\nallow c 136:* rwm\nallow c 1:5 rwm\nallow c 1:9 rwm\nallow c 1:3 rwm\n"

/* What v1 is told, from a state of devices.list. */
static void lines_are(const struct spec_device_rule *rules, size_t n, const char *current,
		      const char *expected)
{
	autodone(dev_rules) struct dev_rules r = { 0 };
	autodone(arena) struct arena a = ARENA_INIT;
	autodone(strbuf) struct strbuf out = STRBUF_INIT;
	struct dev_lines lines = { 0 };
	struct err e;

	build(&r, rules, n);
	if (dev_rules_v1(&r, current, &a, &lines, &e) < 0)
		fail_msg("%s", e.text);
	for (size_t i = 0; i < lines.n; i++)
		strbuf_addf(&out, "%s %s\n", lines.v[i].allow ? "allow" : "deny", lines.v[i].text);
	assert_string_equal(strbuf_str(&out), expected);
}

static void v1_of_a_new_cgroup(void **state)
{
	const struct spec_device_rule docker[] = { deny_all, allow_fuse };
	const struct spec_device_rule privileged[] = { deny_all, allow_fuse, allow_all };
	const struct spec_device_rule no_disks[] = { allow_all, deny_disks, deny_fuse };

	(void)state;
	lines_are(NULL, 0, "a *:* rwm\n", "deny a\n" DEFAULTS);
	lines_are(docker, 2, "a *:* rwm\n", "deny a\nallow c 10:229 rw\n" DEFAULTS);
	lines_are(privileged, 3, "a *:* rwm\n", "");
	lines_are(privileged, 3, NULL, "allow a\n");
	lines_are(privileged, 3, "c 1:3 rwm\n", "allow a\n");
	lines_are(privileged, 3, "", "allow a\n"); /* no exceptions to deny: nothing is allowed */
	lines_are(no_disks + 2, 1, "a *:* rwm\n", "deny a\n" DEFAULTS); /* denied anyway */
}

static void v1_writes_only_what_differs(void **state)
{
	const struct spec_device_rule docker[] = { deny_all, allow_fuse };

	(void)state;
	lines_are(docker, 2,
		  "b *:* m\nc *:* m\nc 10:200 rwm\nc 5:2 rwm\nc 1:7 rwm\nc 1:8 rwm\nc 5:0 rwm\n"
		  "c 136:* rwm\nc 1:5 rwm\nc 1:9 rwm\nc 1:3 rwm\nc 1:11 r\n",
		  "allow c 10:229 rw\ndeny c 1:11 r\n");
}

/* The kernel keeps one exception for one pair of numbers: denying all of it denied what was wanted. */
static void v1_takes_back_only_what_is_not_wanted(void **state)
{
	const struct spec_device_rule docker[] = { deny_all, allow_fuse };

	(void)state;
	lines_are(docker, 2,
		  "b *:* rwm\nc *:* m\nc 10:200 rwm\nc 5:2 rwm\nc 1:7 rwm\nc 1:8 rwm\nc 5:0 rwm\n"
		  "c 136:* rwm\nc 1:5 rw\nc 1:9 rwm\nc 1:3 rwm\nc 10:229 rm\n",
		  "allow c 10:229 rw\nallow c 1:5 rwm\ndeny b *:* rw\ndeny c 10:229 m\n");
}

static void v1_ignores_lines_that_are_none(void **state)
{
	(void)state;
	lines_are(
		NULL, 0,
		"b *:* m\nc *:* m\nc 10:200 rwm\nc 5:2 rwm\nc 1:7 rwm\nc 1:8 rwm\nc 5:0 rwm\n"
		"c 136:* rwm\nc 1:5 rwm\nc 1:9 rwm\nc 1:3 rwm\n"
		"c 4294967296:1 r\nc 1:1\nd 1:1 r\nc 1:1 x\nc :1 r\nc 1 r\nc 11111111111111111111:1 r\n",
		"");
}

static void v1_has_no_holes_in_exceptions(void **state)
{
	const struct spec_device_rule rules[] = { deny_all, allow_misc, deny_fuse };
	autodone(dev_rules) struct dev_rules r = { 0 };
	autodone(arena) struct arena a = ARENA_INIT;
	struct dev_lines lines = { 0 };
	struct err e;

	(void)state;
	build(&r, rules, 3);
	assert_int_equal(dev_rules_v1(&r, NULL, &a, &lines, &e), -EINVAL);
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_string_equal(
		e.text,
		"linux.resources.devices: cgroup v1 cannot deny \"c 10:229 rw\" within a wider rule that says otherwise");
}

static void bad_rules_are_named(void **state)
{
	static const struct {
		struct spec_device_rule rule;
		const char *text;
	} cases[] = {
		{ { true, "c", ALL, ALL, "" },
		  "access: must be made of r, w and m, and not be empty" },
		{ { true, "c", ALL, ALL, NULL },
		  "access: must be made of r, w and m, and not be empty" },
		{ { true, "c", ALL, ALL, "rx" },
		  "access: must be made of r, w and m, and not be empty" },
		{ { true, "p", ALL, ALL, "r" }, "type: must be a, b or c" },
		{ { true, "c", N(-2), ALL, "r" }, "major: is not a device number" },
		{ { true, "c", N(1), N(1LL << 31), "r" }, "minor: is not a device number" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		autodone(dev_rules) struct dev_rules r = { 0 };
		const struct spec_resources res = { .devices = &cases[i].rule, .n_devices = 1 };
		char expected[160];
		struct err e;

		(void)snprintf(expected, sizeof(expected), "linux.resources.devices[0].%s",
			       cases[i].text);
		assert_int_equal(dev_rules_build(&res, &r, &e), -EINVAL);
		assert_string_equal(e.text, expected);
	}
}

/* The few instructions that the compiler emits; anything else, or a stray jump, fails. */
static uint64_t alu(uint8_t op, uint64_t dst, uint64_t operand)
{
	if (op == BPF_MOV)
		return operand;
	if (op == BPF_AND)
		return dst & operand;
	if (op == BPF_OR)
		return dst | operand;
	if (op == BPF_LSH)
		return dst << operand;
	assert_int_equal(op, BPF_RSH);
	return dst >> operand;
}

static bool jumps(uint8_t op, uint64_t dst, uint64_t operand)
{
	if (op == BPF_JNE)
		return dst != operand;
	if (op == BPF_JEQ)
		return dst == operand;
	if (op == BPF_JSET)
		return dst & operand;
	assert_int_equal(op, BPF_JA);
	return true;
}

static uint64_t interpret(const struct bpf_insn *p, size_t n, const struct bpf_cgroup_dev_ctx *ctx)
{
	uint64_t r[11] = { 0 };

	for (size_t pc = 0; pc < n; pc++) {
		const struct bpf_insn *i = &p[pc];
		uint64_t operand = i->code & BPF_X ? r[i->src_reg] : (uint64_t)(int64_t)i->imm;
		uint32_t loaded;

		if (i->code == (BPF_JMP | BPF_EXIT))
			return r[0];
		switch (BPF_CLASS(i->code)) {
		case BPF_LDX:
			assert_in_range(i->off, 0, sizeof(*ctx) - 4);
			memcpy(&loaded, (const char *)ctx + i->off, sizeof(loaded));
			r[i->dst_reg] = loaded;
			break;
		case BPF_LD: /* BPF_LD_IMM64: two slots */
			r[i->dst_reg] = (uint32_t)i->imm | (uint64_t)(uint32_t)p[++pc].imm << 32;
			break;
		case BPF_ALU64:
			r[i->dst_reg] = alu(BPF_OP(i->code), r[i->dst_reg], operand);
			break;
		default:
			assert_int_equal(BPF_CLASS(i->code), BPF_JMP);
			if (jumps(BPF_OP(i->code), r[i->dst_reg], operand))
				pc += (size_t)i->off;
		}
	}
	fail_msg("the program ran past its end");
	return 0;
}

/* The meaning of the rules, kind by kind. */
static bool decide(const struct dev_rules *r, char type, uint32_t major, uint32_t minor,
		   unsigned int access)
{
	for (unsigned int bit = 1; bit <= DEV_ALL_ACCESS; bit <<= 1) {
		bool allow = r->default_allow;

		if (!(access & bit))
			continue;
		for (size_t i = 0; i < r->n; i++) {
			const struct dev_rule *x = &r->v[i];
			if (x->type == type && (x->access & bit) &&
			    (x->major == DEV_ANY || x->major == major) &&
			    (x->minor == DEV_ANY || x->minor == minor))
				allow = x->allow;
		}
		if (!allow)
			return false;
	}
	return true;
}

static bool ask(const struct dev_rules *r, char type, uint32_t major, uint32_t minor,
		unsigned int access)
{
	autodone(arena) struct arena a = ARENA_INIT;
	const struct bpf_cgroup_dev_ctx ctx = { .access_type = access << 16 |
							       (type == 'b' ? BPF_DEVCG_DEV_BLOCK
									    : BPF_DEVCG_DEV_CHAR),
						.major = major,
						.minor = minor };
	size_t n;
	const struct bpf_insn *p = dev_rules_bpf(r, &a, &n);

	return interpret(p, n, &ctx) == 1;
}

static void program_agrees_with_the_rules(void **state)
{
	const struct spec_device_rule sets[][4] = {
		{ deny_all },
		{ allow_all },
		{ deny_all, allow_misc, deny_fuse, { true, "c", N(10), N(229), "r" } },
		{ allow_all,
		  deny_disks,
		  { true, "b", N(8), ALL, "rm" },
		  { false, NULL, N(8), N(1), "m" } },
		{ { true, "b", N(8), N(0), "r" },
		  { true, "b", N(8), N(0), "w" },
		  deny_fuse,
		  allow_fuse },
	};
	static const uint32_t numbers[] = { 0, 1, 3, 5, 8, 10, 11, 136, 200, 229, UINT32_MAX };
	const size_t n = ARRAY_SIZE(numbers);

	(void)state;
	for (size_t s = 0; s < ARRAY_SIZE(sets); s++) {
		autodone(dev_rules) struct dev_rules r = { 0 };
		size_t used = 0;

		while (used < 4 && sets[s][used].access)
			used++;
		build(&r, sets[s], used);
		for (size_t i = 0; i < n * n * 2 * DEV_ALL_ACCESS; i++) {
			unsigned int access = 1 + (unsigned int)(i % DEV_ALL_ACCESS);
			size_t rest = i / DEV_ALL_ACCESS;
			uint32_t major = numbers[rest / 2 % n], minor = numbers[rest / 2 / n];
			char type = rest % 2 ? 'b' : 'c';

			assert_int_equal(ask(&r, type, major, minor, access),
					 decide(&r, type, major, minor, access));
		}
	}
}

static void decisions(void **state)
{
	const struct spec_device_rule rules[] = {
		deny_all, allow_fuse, { true, "b", N(8), N(0), "r" }, { true, "b", N(8), N(0), "w" }
	};
	const unsigned int r_ = BPF_DEVCG_ACC_READ, w = BPF_DEVCG_ACC_WRITE,
			   m = BPF_DEVCG_ACC_MKNOD;
	autodone(dev_rules) struct dev_rules r = { 0 };

	(void)state;
	build(&r, rules, ARRAY_SIZE(rules));
	assert_true(ask(&r, 'c', 1, 3, r_ | w));
	assert_true(ask(&r, 'c', 136, 77, r_ | w));
	assert_true(ask(&r, 'b', 8, 1, m));
	assert_true(ask(&r, 'c', 10, 229, r_ | w));
	assert_true(ask(&r, 'b', 8, 0, r_ | w)); /* one rule each */
	assert_false(ask(&r, 'b', 8, 1, r_));
	assert_false(ask(&r, 'c', 1, 11, r_));
	assert_false(ask(&r, 'b', 1, 3, r_));
	assert_false(ask(&r, 'c', 5, 1, r_));
}

static void later_rules_override(void **state)
{
	const struct spec_device_rule rules[] = {
		deny_all, allow_misc, allow_fuse, { false, "c", N(10), ALL, "rwm" }
	};
	autodone(dev_rules) struct dev_rules r = { 0 };
	autodone(strbuf) struct strbuf out = STRBUF_INIT;

	(void)state;
	build(&r, rules, ARRAY_SIZE(rules));
	dev_rules_print(&r, &out);
	assert_null(strstr(strbuf_str(&out), "c 10:229"));
	assert_null(strstr(strbuf_str(&out), "c 10:*"));
	assert_non_null(
		strstr(strbuf_str(&out), "devices deny a *:* rwm\ndevices allow b *:* m\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(v1_of_a_new_cgroup),
		cmocka_unit_test(v1_writes_only_what_differs),
		cmocka_unit_test(v1_takes_back_only_what_is_not_wanted),
		cmocka_unit_test(v1_ignores_lines_that_are_none),
		cmocka_unit_test(v1_has_no_holes_in_exceptions),
		cmocka_unit_test(bad_rules_are_named),
		cmocka_unit_test(program_agrees_with_the_rules),
		cmocka_unit_test(decisions),
		cmocka_unit_test(later_rules_override),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
