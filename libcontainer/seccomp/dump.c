/* SPDX-License-Identifier: Apache-2.0 */
#include <linux/seccomp.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "seccomp/explain.h"
#include "seccomp/profile.h"
#include "seccomp/words.h"

#define ARGS_AT offsetof(struct seccomp_data, args)

/* What is known where an instruction begins: jumps lead forward only. */
struct known {
	uint32_t loaded; /* offset in seccomp_data of what the accumulator holds */
	uint32_t audit;	 /* the architecture that was found; 0: any */
};

static void print_offset(uint32_t k, struct strbuf *out)
{
	/* Of the machine this runs on. */
	bool high = (k % sizeof(uint64_t) == 4) != arch_native()->big_endian;

	if (k == offsetof(struct seccomp_data, nr))
		strbuf_adds(out, "number");
	else if (k == offsetof(struct seccomp_data, arch))
		strbuf_adds(out, "architecture");
	else if (k >= ARGS_AT)
		strbuf_addf(out, "args[%zu] %s", (k - ARGS_AT) / sizeof(uint64_t),
			    high ? "high" : "low");
	else
		strbuf_addf(out, "instruction pointer %s", high ? "high" : "low");
}

static const struct seccomp_arch *arch_of(uint32_t audit, bool x32)
{
	for (const struct seccomp_arch *a = seccomp_archs; a->name; a++)
		if (a->audit == audit && (a->column == COLUMN_X32) == x32)
			return a;
	return NULL;
}

/* What stands for the constant of a comparison. */
static const char *word_for(const struct known *at, uint32_t k)
{
	const struct seccomp_arch *a;

	if (at->loaded == offsetof(struct seccomp_data, arch)) {
		a = arch_of(k, false);
		return a ? a->name : NULL;
	}
	a = arch_of(at->audit, (k & X32_BIT) != 0);
	if (at->loaded != offsetof(struct seccomp_data, nr) || !a)
		return NULL;
	uint16_t id = syscall_id_of(a, k);
	return id ? syscall_name(id) : NULL;
}

static void print_jump(const struct sock_filter *in, size_t i, const struct known *at,
		       struct strbuf *out)
{
	static const char *const how[] = { [BPF_JEQ >> 4] = "==",
					   [BPF_JGT >> 4] = ">",
					   [BPF_JGE >> 4] = ">=",
					   [BPF_JSET >> 4] = "&" };
	const char *word = word_for(at, in->k);

	if (BPF_OP(in->code) == BPF_JA) {
		strbuf_addf(out, "go to %zu", i + 1 + in->k);
		return;
	}
	strbuf_addf(out, "if %s %#x", how[BPF_OP(in->code) >> 4], in->k);
	if (word)
		strbuf_addf(out, " (%s)", word);
	strbuf_addf(out, " go to %zu, else %zu", i + 1 + in->jt, i + 1 + in->jf);
}

static void print_return(uint32_t k, struct strbuf *out)
{
	const char *name = action_name(k);
	uint32_t kind = k & SECCOMP_RET_ACTION_FULL;

	strbuf_addf(out, "return %s", name ? name : "?");
	if (kind == SECCOMP_RET_ERRNO || kind == SECCOMP_RET_TRACE || !name)
		strbuf_addf(out, " %u", k & SECCOMP_RET_DATA);
}

static void print_one(const struct sock_filter *in, size_t i, const struct known *at,
		      struct strbuf *out)
{
	strbuf_addf(out, "%4zu  ", i);
	if (in->code == (BPF_LD | BPF_W | BPF_ABS)) {
		strbuf_adds(out, "load ");
		print_offset(in->k, out);
	} else if (BPF_CLASS(in->code) == BPF_JMP && BPF_SRC(in->code) == BPF_K &&
		   BPF_OP(in->code) <= BPF_JSET) {
		print_jump(in, i, at, out);
	} else if (in->code == (BPF_RET | BPF_K)) {
		print_return(in->k, out);
	} else if (in->code == (BPF_ALU | BPF_AND | BPF_K)) {
		strbuf_addf(out, "mask %#x", in->k);
	} else {
		/* Only a program that was given has others. */
		strbuf_addf(out, "code %#x, k %#x, jt %u, jf %u", in->code, in->k, in->jt, in->jf);
	}
	strbuf_adds(out, "\n");
}

/* What is known at @to by way of a jump. */
static void learn(struct known *v, size_t n, size_t to, const struct known *what)
{
	if (to < n)
		v[to] = *what;
}

static void follow(const struct sock_filter *in, size_t i, size_t n, struct known *v)
{
	struct known next = v[i];

	if (in->code == (BPF_LD | BPF_W | BPF_ABS))
		next.loaded = in->k;
	if (BPF_CLASS(in->code) == BPF_RET)
		return;
	if (BPF_CLASS(in->code) != BPF_JMP) {
		learn(v, n, i + 1, &next);
		return;
	}
	if (BPF_OP(in->code) == BPF_JA) {
		learn(v, n, i + 1 + in->k, &next);
		return;
	}
	learn(v, n, i + 1 + in->jf, &next);
	if (BPF_OP(in->code) == BPF_JEQ && next.loaded == offsetof(struct seccomp_data, arch))
		next.audit = in->k;
	learn(v, n, i + 1 + in->jt, &next);
}

void seccomp_dump(const struct seccomp_filter *f, struct strbuf *out)
{
	autofree struct known *v = mem_new((size_t)f->n + 1, sizeof(*v));

	for (size_t i = 0; i < f->n; i++) {
		print_one(&f->insns[i], i, &v[i], out);
		follow(&f->insns[i], i, f->n, v);
	}
}
