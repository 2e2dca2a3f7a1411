/* SPDX-License-Identifier: Apache-2.0 */
#include "seccomp/interp.h"

#include <errno.h>
#include <string.h>

#define WORDS (sizeof(struct seccomp_data) / sizeof(uint32_t))

struct machine {
	uint32_t a, x, memory[BPF_MEMWORDS];
	uint32_t words[WORDS]; /* of seccomp_data */
};

static void fill_words(const struct seccomp_data *d, bool big_endian, uint32_t words[WORDS])
{
	const uint64_t wide[] = { d->instruction_pointer,
				  d->args[0],
				  d->args[1],
				  d->args[2],
				  d->args[3],
				  d->args[4],
				  d->args[5] };

	words[0] = (uint32_t)d->nr;
	words[1] = d->arch;
	for (size_t i = 0; i < 7; i++) {
		words[2 + 2 * i + (big_endian ? 1 : 0)] = (uint32_t)wide[i];
		words[2 + 2 * i + (big_endian ? 0 : 1)] = (uint32_t)(wide[i] >> 32);
	}
}

static int load(struct machine *m, const struct sock_filter *in)
{
	uint32_t *to = BPF_CLASS(in->code) == BPF_LDX ? &m->x : &m->a;

	switch (in->code) {
	case BPF_LD | BPF_W | BPF_ABS:
		if (in->k % sizeof(uint32_t) != 0 || in->k / sizeof(uint32_t) >= WORDS)
			return -EINVAL;
		*to = m->words[in->k / sizeof(uint32_t)];
		return 0;
	case BPF_LD | BPF_W | BPF_LEN:
	case BPF_LDX | BPF_W | BPF_LEN:
		*to = sizeof(struct seccomp_data);
		return 0;
	case BPF_LD | BPF_IMM:
	case BPF_LDX | BPF_IMM:
		*to = in->k;
		return 0;
	case BPF_LD | BPF_MEM:
	case BPF_LDX | BPF_MEM:
		if (in->k >= BPF_MEMWORDS)
			return -EINVAL;
		*to = m->memory[in->k];
		return 0;
	default:
		return -EINVAL;
	}
}

static int store(struct machine *m, const struct sock_filter *in)
{
	if (in->k >= BPF_MEMWORDS || (in->code != BPF_ST && in->code != BPF_STX))
		return -EINVAL;
	m->memory[in->k] = in->code == BPF_ST ? m->a : m->x;
	return 0;
}

static int calculate(struct machine *m, const struct sock_filter *in)
{
	uint32_t by = BPF_SRC(in->code) == BPF_X ? m->x : in->k;

	switch (BPF_OP(in->code)) {
	case BPF_ADD:
		m->a += by;
		return 0;
	case BPF_SUB:
		m->a -= by;
		return 0;
	case BPF_MUL:
		m->a *= by;
		return 0;
	case BPF_DIV:
		m->a = by ? m->a / by : 0; /* by zero the kernel's program returns 0 */
		return by ? 0 : -EDOM;
	case BPF_AND:
		m->a &= by;
		return 0;
	case BPF_OR:
		m->a |= by;
		return 0;
	case BPF_XOR:
		m->a ^= by;
		return 0;
	case BPF_LSH:
		m->a <<= by & 31;
		return 0;
	case BPF_RSH:
		m->a >>= by & 31;
		return 0;
	case BPF_NEG:
		m->a = -m->a;
		return 0;
	default:
		return -EINVAL;
	}
}

/* Return: how many instructions to skip, or negative errno. */
static int64_t jump(const struct machine *m, const struct sock_filter *in)
{
	uint32_t with = BPF_SRC(in->code) == BPF_X ? m->x : in->k;

	switch (BPF_OP(in->code)) {
	case BPF_JA:
		return in->k;
	case BPF_JEQ:
		return m->a == with ? in->jt : in->jf;
	case BPF_JGT:
		return m->a > with ? in->jt : in->jf;
	case BPF_JGE:
		return m->a >= with ? in->jt : in->jf;
	case BPF_JSET:
		return m->a & with ? in->jt : in->jf;
	default:
		return -EINVAL;
	}
}

static int step(struct machine *m, const struct sock_filter *in, size_t *at)
{
	int64_t skip;

	switch (BPF_CLASS(in->code)) {
	case BPF_LD:
	case BPF_LDX:
		return load(m, in);
	case BPF_ST:
	case BPF_STX:
		return store(m, in);
	case BPF_ALU:
		return calculate(m, in);
	case BPF_JMP:
		skip = jump(m, in);
		*at += skip > 0 ? (size_t)skip : 0;
		return skip < 0 ? (int)skip : 0;
	case BPF_MISC:
		if (BPF_MISCOP(in->code) == BPF_TAX)
			m->x = m->a;
		else
			m->a = m->x;
		return 0;
	default:
		return -EINVAL;
	}
}

int bpf_run(const struct sock_filter *insns, size_t n, const struct seccomp_data *data,
	    bool big_endian, uint32_t *ret)
{
	struct machine m = { 0 };
	int r = 0;

	fill_words(data, big_endian, m.words);
	for (size_t i = 0; r == 0 && i < n;) {
		const struct sock_filter *in = &insns[i++];

		if (BPF_CLASS(in->code) == BPF_RET) {
			*ret = BPF_RVAL(in->code) == BPF_A ? m.a : in->k;
			return 0;
		}
		r = step(&m, in, &i);
	}
	*ret = 0;
	return r == -EDOM ? 0 : -EINVAL;
}
