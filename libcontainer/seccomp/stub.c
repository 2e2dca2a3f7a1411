/* SPDX-License-Identifier: Apache-2.0 */
#include "seccomp/stub.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>

#define X32_BIT	      0x40000000u /* __X32_SYSCALL_BIT of <asm/unistd.h> on x86 */
#define RETURN_ENOSYS (SECCOMP_RET_ERRNO | ENOSYS)

/* @k of a jump that stub_build() points behind the stub. */
#define TO_FILTER     UINT32_MAX

static struct sock_filter load(size_t offset)
{
	return (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset);
}

static struct sock_filter jump(uint16_t how, uint32_t k, uint8_t if_true, uint8_t if_false)
{
	return (struct sock_filter)BPF_JUMP((uint16_t)(BPF_JMP | BPF_K | how), k, if_true,
					    if_false);
}

/* The number is compared, then comes `return ENOSYS`, then the way to the filter. */
static size_t section(const struct stub_arch *a, struct sock_filter *out)
{
	bool is_x86_64 = a->token == AUDIT_ARCH_X86_64;
	size_t n = 0;

	out[n++] = load(offsetof(struct seccomp_data, nr));
	if (a->zero_is_unknown)
		out[n++] = jump(BPF_JEQ, 0, 1, 0);
	if (is_x86_64) {
		/* x32 that is not listed is the filter's to judge: nothing is above the maximum. */
		out[n++] = jump(BPF_JSET, X32_BIT, 1, 0);
		out[n++] = jump(BPF_JGT, a->max, 1, 2);
		out[n++] = jump(BPF_JGT, a->has_x32 ? a->x32_max : UINT32_MAX, 0, 1);
	} else {
		out[n++] = jump(BPF_JGT, a->max, 0, 1);
	}
	out[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, RETURN_ENOSYS);
	out[n++] = jump(BPF_JA, TO_FILTER, 0, 0);
	return n;
}

size_t stub_build(const struct stub_arch *archs, size_t n, struct sock_filter *ret)
{
	size_t len = 0;

	if (n == 0 || n > STUB_ARCHS_MAX)
		return 0;
	ret[len++] = load(offsetof(struct seccomp_data, arch));
	len += n; /* the jumps, once it is known where to */
	ret[len++] = jump(BPF_JA, TO_FILTER, 0, 0);
	for (size_t i = 0; i < n; i++) {
		size_t at = 1 + i;

		/* At most 18 + 18 * 6 instructions away: it fits the 8 bits. */
		ret[at] = jump(BPF_JEQ, archs[i].token, (uint8_t)(len - at - 1), 0);
		len += section(&archs[i], ret + len);
	}
	for (size_t i = 0; i < len; i++)
		if (ret[i].code == (BPF_JMP | BPF_JA) && ret[i].k == TO_FILTER)
			ret[i].k = (uint32_t)(len - i - 1);
	return len;
}
