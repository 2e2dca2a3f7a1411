/* SPDX-License-Identifier: Apache-2.0 */

/* The compiler and what it stands on; tests/seccomp compares it with libseccomp. */

#include <errno.h>
#include <linux/audit.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "seccomp/explain.h"
#include "seccomp/flags.h"
#include "seccomp/interp.h"
#include "seccomp/profile.h"

#define ENOSYS_IS (SECCOMP_RET_ERRNO | ENOSYS)
#define EPERM_IS  (SECCOMP_RET_ERRNO | EPERM)

static const struct seccomp_options no_options;

static uint32_t ask(const struct seccomp_filter *f, uint32_t arch, uint32_t nr, uint64_t arg0)
{
	const struct seccomp_data d = { .nr = (int)nr, .arch = arch, .args = { arg0 } };
	uint32_t answer = 0;

	assert_int_equal(bpf_run(f->insns, f->n, &d, false, &answer), 0);
	return answer;
}

static int compile(const struct spec_seccomp *s, struct seccomp_filter *f, struct err *e)
{
	memset(e, 0, sizeof(*e));
	return seccomp_compile_for(s, arch_find("SCMP_ARCH_X86_64"), &no_options, f, e);
}

/* --- names ------------------------------------------------------------------------------ */

static void every_name_is_found_and_every_number_has_its_name(void **state)
{
	(void)state;
	for (uint16_t id = 1; id <= SYSCALL_NAMES; id++) {
		assert_int_equal(syscall_id(syscall_name(id)), id);
		if (id > 1)
			assert_true(strcmp(syscall_name((uint16_t)(id - 1)), syscall_name(id)) < 0);
	}
	assert_int_equal(syscall_id(""), 0);
	assert_int_equal(syscall_id("rea"), 0);
	assert_int_equal(syscall_id("readx"), 0);
	for (const struct seccomp_arch *a = seccomp_archs; a->name; a++)
		for (uint16_t id = 1; id <= SYSCALL_NAMES; id++) {
			uint32_t number;

			if (syscall_number(a, id, &number))
				assert_int_equal(syscall_id_of(a, number), id);
		}
}

static void assert_number(const char *arch, const char *name, uint32_t expected)
{
	uint32_t number = UINT32_MAX;

	assert_true(syscall_number(arch_find(arch), syscall_id(name), &number));
	assert_int_equal(number, expected);
}

static void numbers_are_the_kernels(void **state)
{
	uint32_t number;

	(void)state;
	assert_number("SCMP_ARCH_X86_64", "clone3", 435);
	assert_number("SCMP_ARCH_X86", "socket", 359);
	assert_number("SCMP_ARCH_X32", "execve", 0x40000000 + 520);
	assert_number("SCMP_ARCH_ARM", "set_tls", 0xf0005);
	assert_number("SCMP_ARCH_AARCH64", "openat", 56);
	assert_number("SCMP_ARCH_MIPS64N32", "read", 6000);
	assert_number("SCMP_ARCH_S390X", "exit_group", 248);
	assert_number("SCMP_ARCH_LOONGARCH64", "openat2", 437);
	assert_number("SCMP_ARCH_X86_64", "listns", 470); /* no libseccomp has it */
	assert_false(syscall_number(arch_find("SCMP_ARCH_AARCH64"), syscall_id("open"), &number));
	assert_null(arch_find("SCMP_ARCH_VAX"));
}

/* --- what is new -------------------------------------------------------------------------- */

/* A profile that names nothing but @newest: what does @number get? */
static uint32_t with_newest(const char *newest, uint32_t number)
{
	autodone(seccomp_filter) struct seccomp_filter f = SECCOMP_FILTER_INIT;
	const char *const names[] = { "read", newest, NULL };
	const struct spec_seccomp_rule rule = { .names = { names, 2 }, .action = "SCMP_ACT_ALLOW" };
	const struct spec_seccomp s = { .default_action = "SCMP_ACT_ERRNO",
					.syscalls = &rule,
					.n_syscalls = 1 };
	struct err e;

	assert_int_equal(compile(&s, &f, &e), 0);
	return ask(&f, AUDIT_ARCH_X86_64, number, 0);
}

static void newer_goes_by_age_not_by_number(void **state)
{
	(void)state;
	assert_int_equal(with_newest("faccessat2", 439), SECCOMP_RET_ALLOW);
	assert_int_equal(with_newest("faccessat2", 438), EPERM_IS);
	assert_int_equal(with_newest("faccessat2", 436), ENOSYS_IS); /* close_range */
	assert_int_equal(with_newest("process_madvise", 436), EPERM_IS);
	assert_int_equal(with_newest("close_range", 439), EPERM_IS);
	assert_int_equal(with_newest("close_range", 440), ENOSYS_IS);
	assert_int_equal(with_newest("landlock_create_ruleset", 443), ENOSYS_IS); /* quotactl_fd */
	assert_int_equal(with_newest("quotactl_fd", 446), EPERM_IS);
	assert_int_equal(with_newest("clone3", 335), ENOSYS_IS); /* uretprobe */
	assert_int_equal(with_newest("file_setattr", 335), EPERM_IS);
}

static void what_is_no_call_is_enosys(void **state)
{
	(void)state;
	assert_int_equal(with_newest("clone3", 400), ENOSYS_IS);
	assert_int_equal(with_newest("clone3", 1000), ENOSYS_IS);
	assert_int_equal(with_newest("clone3", 0x40000000), RETURN_BAD_ARCH);
	assert_int_equal(with_newest("clone3", UINT32_MAX), EPERM_IS); /* a tracer's */
}

/* --- long programs ------------------------------------------------------------------------ */

#define MANY 440

static void jumps_reach_as_far_as_it_takes(void **state)
{
	autodone(seccomp_filter) struct seccomp_filter f = SECCOMP_FILTER_INIT;
	autodone(arena) struct arena a = ARENA_INIT;
	struct spec_seccomp_rule *rules = arena_array(&a, MANY, struct spec_seccomp_rule);
	const struct spec_seccomp_arg arg = { 0, 7, 0, "SCMP_CMP_GT" };
	const struct seccomp_arch *arch = arch_find("SCMP_ARCH_X86_64");
	struct spec_seccomp s = { .default_action = "SCMP_ACT_ALLOW", .syscalls = rules };
	struct err e;

	(void)state;
	for (uint32_t nr = 0; s.n_syscalls < 300; nr++) {
		const char **name = arena_array(&a, 2, const char *);

		if (syscall_id_of(arch, nr) == 0)
			continue;
		name[0] = syscall_name(syscall_id_of(arch, nr));
		rules[s.n_syscalls++] = (struct spec_seccomp_rule){
			.names = { name, 1 },
			.action = "SCMP_ACT_ERRNO",
			.errno_ret = { true, nr + 1 },
			.args = &arg,
			.n_args = nr % 2,
		};
	}
	assert_int_equal(compile(&s, &f, &e), 0);
	assert_true(f.n > 600);
	for (uint32_t nr = 0; nr < 300; nr++) {
		if (syscall_id_of(arch, nr) == 0)
			continue;
		assert_int_equal(ask(&f, AUDIT_ARCH_X86_64, nr, 8), SECCOMP_RET_ERRNO | (nr + 1));
		assert_int_equal(ask(&f, AUDIT_ARCH_X86_64, nr, 7),
				 nr % 2 ? SECCOMP_RET_ALLOW : SECCOMP_RET_ERRNO | (nr + 1));
	}
	assert_int_equal(ask(&f, AUDIT_ARCH_I386, 1, 0), RETURN_BAD_ARCH);
}

static void what_the_kernel_would_not_take_is_refused(void **state)
{
	autodone(arena) struct arena a = ARENA_INIT;
	autodone(seccomp_filter) struct seccomp_filter f = SECCOMP_FILTER_INIT;
	struct spec_seccomp_arg *args = arena_array(&a, 5000, struct spec_seccomp_arg);
	const char *const names[] = { "read", NULL };
	struct spec_seccomp_rule rule = {
		.names = { names, 1 }, .action = "SCMP_ACT_ERRNO", .args = args, .n_args = 2000
	};
	const struct spec_seccomp s = { .default_action = "SCMP_ACT_ALLOW",
					.syscalls = &rule,
					.n_syscalls = 1 };
	struct err e;

	(void)state;
	for (uint64_t i = 0; i < 5000; i++)
		args[i] = (struct spec_seccomp_arg){ 0, i << 33 | i, 0, "SCMP_CMP_GT" };
	assert_int_equal(compile(&s, &f, &e), -E2BIG);
	assert_string_equal(e.text, "linux.seccomp: the program has more than 4096 instructions, "
				    "which is what the kernel takes");
	rule.n_args = 5000;
	assert_int_equal(compile(&s, &f, &e), -E2BIG);
	assert_string_equal(e.text, "linux.seccomp.syscalls[0]: args: more than 4096");
	assert_null(f.insns);
}

/* --- the interpreter ---------------------------------------------------------------------- */

static void assert_broken(const struct sock_filter *insns, size_t n)
{
	const struct seccomp_data d = { 0 };
	uint32_t ret;

	assert_int_equal(bpf_run(insns, n, &d, false, &ret), -EINVAL);
}

static void programs_that_are_not_sound(void **state)
{
	const struct sock_filter endless[] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0) };
	const struct sock_filter outside[] = { BPF_STMT(BPF_JMP | BPF_JA, 9),
					       BPF_STMT(BPF_RET | BPF_K, 0) };
	const struct sock_filter odd[] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 2),
					   BPF_STMT(BPF_RET | BPF_K, 0) };
	const struct sock_filter far[] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 64),
					   BPF_STMT(BPF_RET | BPF_K, 0) };
	const struct sock_filter byte[] = { BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
					    BPF_STMT(BPF_RET | BPF_K, 0) };
	const struct sock_filter memory[] = { BPF_STMT(BPF_LD | BPF_MEM, 16),
					      BPF_STMT(BPF_RET | BPF_K, 0) };

	(void)state;
	assert_broken(endless, 1);
	assert_broken(outside, 2);
	assert_broken(odd, 2);
	assert_broken(far, 2);
	assert_broken(byte, 2);
	assert_broken(memory, 2);
	assert_broken(NULL, 0);
}

static void programs_of_others_run(void **state)
{
	const struct sock_filter p[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 16),
		BPF_STMT(BPF_ST, 3),
		BPF_STMT(BPF_LD | BPF_IMM, 5),
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_LD | BPF_MEM, 3),
		BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 0),
		BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, 2),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 1, 0),
		BPF_STMT(BPF_RET | BPF_A, 0),
		BPF_STMT(BPF_RET | BPF_K, 77),
	};
	struct seccomp_data d = { .args = { 37 } };
	uint32_t ret = 0;

	(void)state;
	assert_int_equal(bpf_run(p, ARRAY_SIZE(p), &d, false, &ret), 0);
	assert_int_equal(ret, 84);
	assert_int_equal(bpf_run(p, ARRAY_SIZE(p), &d, true, &ret), 0);
	assert_int_equal(ret, 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_name_is_found_and_every_number_has_its_name),
		cmocka_unit_test(numbers_are_the_kernels),
		cmocka_unit_test(newer_goes_by_age_not_by_number),
		cmocka_unit_test(what_is_no_call_is_enosys),
		cmocka_unit_test(jumps_reach_as_far_as_it_takes),
		cmocka_unit_test(what_the_kernel_would_not_take_is_refused),
		cmocka_unit_test(programs_that_are_not_sound),
		cmocka_unit_test(programs_of_others_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
