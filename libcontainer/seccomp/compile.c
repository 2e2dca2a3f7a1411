/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The resolved profile as a program:
 *
 *   load the architecture; one comparison for each that is listed, native first; kill the rest
 *   of each architecture: load the number; a balanced tree of comparisons over the runs of
 *   numbers that get the same; its leaves are returns and chains of conditions on arguments
 */

#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "seccomp/emit.h"
#include "seccomp/flags.h"
#include "seccomp/profile.h"

#define LO 0
#define HI 1

/* A run of numbers, up to the next run's. */
struct run {
	uint32_t from;
	struct label *to;
};

/* Chains that are written, so that names with the same rules share one. */
struct written {
	const struct chain *chain;
	bool is_32;
	struct label label;
	struct written *next;
};

/* A return for each action there is. */
struct returns {
	struct label label;
	struct returns *next;
};

struct compiler {
	struct profile profile;
	struct arena arena;
	struct program program;
	struct returns *returns;
	struct written *chains; /* of the architecture that is being written */
	struct run *runs;
	size_t n_runs, cap_runs;
};

static void compiler_done(struct compiler *c)
{
	profile_done(&c->profile);
	arena_done(&c->arena);
	free(c->runs);
	free(c);
}

static void free_compiler(struct compiler **c)
{
	compiler_done(*c);
}

static struct label *return_of(struct compiler *c, uint32_t action)
{
	for (struct returns *r = c->returns; r; r = r->next)
		if (r->label.k == action)
			return &r->label;

	struct returns *made = arena_new(&c->arena, struct returns);
	*made = (struct returns){ LABEL_RETURN(action), c->returns };
	c->returns = made;
	return &made->label;
}

/* --- conditions ---------------------------------------------------------------------- */

/* What a variant is written with: where it leads to, and for which architecture. */
struct site {
	struct program *p;
	const struct seccomp_arch *arch;
	struct label *yes, *no;
};

static void load_half(const struct site *s, const struct condition *c, int half)
{
	size_t second = (half == HI) != s->arch->big_endian ? sizeof(uint32_t) : 0;

	program_load(s->p,
		     offsetof(struct seccomp_data, args) + c->arg * sizeof(uint64_t) + second);
}

static uint32_t half_of(uint64_t v, int half)
{
	return (uint32_t)(half == HI ? v >> 32 : v);
}

/* Load half an argument, compare what @mask leaves of it. A mask of nothing always fits. */
static void write_equal(const struct site *s, const struct condition *c, int half,
			struct label *yes, struct label *no)
{
	uint32_t mask = half_of(c->mask, half);
	uint32_t value = half_of(c->value, half);

	if (value == 0 && mask != UINT32_MAX) {
		program_jump(s->p, BPF_JSET, mask, no, yes);
	} else {
		program_jump(s->p, BPF_JEQ, value, yes, no);
		if (mask != UINT32_MAX)
			program_and(s->p, mask);
	}
	load_half(s, c, half);
}

/* Both halves, or the one that the mask looks at. */
static void write_equality(const struct site *s, const struct condition *c, struct label *yes,
			   struct label *no)
{
	bool high = !s->arch->is_32 && half_of(c->mask, HI) != 0;
	struct label low = *yes;

	if (half_of(c->mask, LO) != 0) {
		write_equal(s, c, LO, yes, no);
		program_label(s->p, &low);
	}
	if (high)
		write_equal(s, c, HI, half_of(c->mask, LO) != 0 ? &low : yes, no);
}

static void write_order(const struct site *s, const struct condition *c, struct label *yes,
			struct label *no)
{
	uint32_t high = half_of(c->value, HI);
	struct label rest = { 0 };

	program_jump(s->p, c->kind == CONDITION_ABOVE ? BPF_JGT : BPF_JGE, half_of(c->value, LO),
		     yes, no);
	load_half(s, c, LO);
	if (s->arch->is_32)
		return;
	program_label(s->p, &rest);
	/* Above: yes. Equal: the lower half decides. */
	program_jump(s->p, BPF_JEQ, high, &rest, high == 0 ? yes : no);
	program_label(s->p, &rest);
	if (high != 0)
		program_jump(s->p, BPF_JGT, high, yes, &rest);
	load_half(s, c, HI);
}

/* Conditions that need no look. Return: 1 always holds, 0 never, -1 it depends. */
static int known(const struct condition *c, bool is_32)
{
	uint64_t width = is_32 ? UINT32_MAX : UINT64_MAX;
	uint64_t value = c->value & width;
	int holds = -1;

	if (c->kind == CONDITION_EQUAL && (c->mask & width) == 0)
		holds = 1; /* its value has no bit outside of the mask */
	else if (c->kind == CONDITION_AT_LEAST && value == 0)
		holds = 1;
	else if (c->kind == CONDITION_ABOVE && value == width)
		holds = 0;
	return holds < 0 ? holds : holds != c->negate;
}

/* Return: is anything left to be compared? Else the label is the same as before, or yes. */
static void write_variant(const struct site *s, const struct variant *v, struct label *ret)
{
	struct label at = *s->yes;
	struct label *next = s->yes;

	for (uint32_t i = 0; i < v->n; i++)
		if (known(&v->conditions[i], s->arch->is_32) == 0) {
			*ret = *s->no;
			return;
		}
	for (uint32_t i = v->n; i-- > 0;) {
		const struct condition *c = &v->conditions[i];
		struct label *yes = c->negate ? s->no : next, *no = c->negate ? next : s->no;

		if (known(c, s->arch->is_32) == 1)
			continue;
		if (c->kind == CONDITION_EQUAL)
			write_equality(s, c, yes, no);
		else
			write_order(s, c, yes, no);
		program_label(s->p, &at);
		next = &at;
	}
	*ret = *next;
}

/* One comparison of a whole argument with a value: several in a row need one load. */
static bool is_simple(const struct variant *v)
{
	return v->n == 1 && v->conditions->kind == CONDITION_EQUAL && !v->conditions->negate &&
	       v->conditions->mask == UINT64_MAX;
}

static bool goes_with(const struct variant *a, const struct variant *b)
{
	return is_simple(a) && is_simple(b) && a->conditions->arg == b->conditions->arg &&
	       half_of(a->conditions->value, HI) == half_of(b->conditions->value, HI);
}

/* Variants @first to @last of a chain that go together; @no is behind them. */
static void write_group(struct compiler *c, const struct seccomp_arch *a, const struct chain *chain,
			uint32_t first, uint32_t last, struct label *no, struct label *ret)
{
	const struct condition *common = chain->v[first]->conditions;
	const struct site s = { &c->program, a, NULL, no };
	struct label after = *no, *next = no;

	for (uint32_t i = last + 1; i-- > first;) {
		program_jump(s.p, BPF_JEQ, half_of(chain->v[i]->conditions->value, LO),
			     return_of(c, chain->v[i]->action), next);
		program_label(s.p, &after);
		next = &after;
	}
	load_half(&s, common, LO);
	program_label(s.p, ret);
	if (a->is_32)
		return;
	program_jump(s.p, BPF_JEQ, half_of(common->value, HI), ret, no);
	load_half(&s, common, HI);
	program_label(s.p, ret);
}

/* From its last variant to its first. */
static void write_chain(struct compiler *c, const struct seccomp_arch *a, const struct chain *chain,
			struct label *ret)
{
	struct label *fails = return_of(c, c->profile.default_action);
	struct label next = *fails;

	for (uint32_t i = chain->n; i-- > 0;) {
		struct label *no = next.is_return ? return_of(c, next.k) : &next;
		uint32_t first = i;
		struct label at;

		while (first > 0 && goes_with(chain->v[first - 1], chain->v[i]))
			first--;
		if (first < i) {
			write_group(c, a, chain, first, i, no, &at);
			i = first;
		} else {
			const struct site s = { &c->program, a, return_of(c, chain->v[i]->action),
						no };
			write_variant(&s, chain->v[i], &at);
		}
		next = at;
	}
	*ret = next;
}

static bool same_chain(const struct chain *a, const struct chain *b)
{
	return a->n == b->n && memcmp(a->v, b->v, a->n * sizeof(*a->v)) == 0;
}

static struct label *label_of_chain(struct compiler *c, const struct seccomp_arch *a,
				    const struct chain *chain)
{
	for (struct written *w = c->chains; w; w = w->next)
		if (w->is_32 == a->is_32 && same_chain(w->chain, chain))
			return w->label.is_return ? return_of(c, w->label.k) : &w->label;

	struct written *made = arena_new(&c->arena, struct written);
	*made = (struct written){ chain, a->is_32, { 0 }, c->chains };
	write_chain(c, a, chain, &made->label);
	c->chains = made;
	return made->label.is_return ? return_of(c, made->label.k) : &made->label;
}

/* --- numbers ------------------------------------------------------------------------- */

static void add_run(struct compiler *c, uint32_t from, struct label *to)
{
	if (c->n_runs > 0 && c->runs[c->n_runs - 1].to == to)
		return;
	if (c->n_runs == c->cap_runs) {
		c->cap_runs = c->cap_runs ? 2 * c->cap_runs : 256;
		c->runs = mem_grow(c->runs, c->cap_runs, sizeof(*c->runs));
	}
	c->runs[c->n_runs++] = (struct run){ from, to };
}

/* The runs of one architecture, from its first possible number on. */
static void add_arch(struct compiler *c, const struct seccomp_arch *a, uint32_t from)
{
	int64_t newest = profile_newest(&c->profile, a);
	struct label *none = return_of(c, newest < 0 ? c->profile.default_action : RETURN_ENOSYS);

	for (size_t i = 0; i < SYSCALL_RANGES; i++) {
		const struct syscall_range *r = &syscall_columns[a->column].ranges[i];

		if (r->n == 0)
			continue;
		if (from < r->base)
			add_run(c, from, none);
		for (uint32_t k = 0; k < r->n; k++) {
			struct target t = profile_target(&c->profile, a, newest, r->base + k);

			add_run(c, r->base + k,
				t.chain ? label_of_chain(c, a, t.chain) : return_of(c, t.action));
		}
		from = r->base + r->n;
	}
	add_run(c, from, none);
}

/* What x86-64's half of the numbers gets where x32 is not listed: see profile_decide(). */
static void add_no_x32(struct compiler *c, const struct seccomp_arch *x86_64)
{
	struct label *kill = return_of(c, RETURN_BAD_ARCH);

	add_run(c, X32_BIT, kill);
	if (profile_newest(&c->profile, x86_64) >= 0) {
		add_run(c, 2 * X32_BIT, return_of(c, RETURN_ENOSYS));
		add_run(c, 3 * X32_BIT, kill);
	}
	add_run(c, UINT32_MAX, return_of(c, c->profile.default_action));
}

static const struct seccomp_arch *listed(const struct compiler *c, uint8_t column)
{
	for (size_t i = 0; i < c->profile.n_archs; i++)
		if (c->profile.archs[i]->column == column)
			return c->profile.archs[i];
	return NULL;
}

/* The numbers of x86-64 and x32, which are one architecture to the kernel. */
static void add_x86_64(struct compiler *c)
{
	const struct seccomp_arch *x86_64 = listed(c, COLUMN_X86_64), *x32 = listed(c, COLUMN_X32);
	struct label *kill = return_of(c, RETURN_BAD_ARCH);

	if (x86_64)
		add_arch(c, x86_64, 0);
	else
		add_run(c, 0, kill);
	if (!x32) {
		add_no_x32(c, x86_64);
		return;
	}
	add_arch(c, x32, X32_BIT);
	/* By halves again: bit 30 alone tells whose a number is. */
	int64_t newest = x86_64 ? profile_newest(&c->profile, x86_64) : -1;
	struct label *high = return_of(c, c->runs[c->n_runs - 1].to->k);
	if (x86_64)
		add_run(c, 2 * X32_BIT,
			return_of(c, newest < 0 ? c->profile.default_action : RETURN_ENOSYS));
	else
		add_run(c, 2 * X32_BIT, kill);
	add_run(c, 3 * X32_BIT, high);
}

/*
 * A balanced tree over runs @lo to @hi - 1. Return: the label of a leaf, or @own, which is set.
 * A single number in the midst of what gets the same needs one comparison.
 */
static struct label *write_tree(struct compiler *c, size_t lo, size_t hi, struct label *own)
{
	const struct run *r = &c->runs[lo];
	struct label left, right;

	if (hi - lo == 1)
		return r->to;
	if (hi - lo == 3 && r[0].to == r[2].to && r[2].from - r[1].from == 1) {
		program_jump(&c->program, BPF_JEQ, r[1].from, r[1].to, r[0].to);
	} else {
		size_t middle = lo + (hi - lo) / 2;
		struct label *above = write_tree(c, middle, hi, &right);
		struct label *below = write_tree(c, lo, middle, &left);

		program_jump(&c->program, BPF_JGE, c->runs[middle].from, above, below);
	}
	program_label(&c->program, own);
	return own;
}

static struct label *write_arch(struct compiler *c, const struct seccomp_arch *a, struct label *own)
{
	c->n_runs = 0;
	c->chains = NULL;
	if (a->column == COLUMN_X86_64 || a->column == COLUMN_X32)
		add_x86_64(c);
	else
		add_arch(c, a, 0);

	struct label *root = write_tree(c, 0, c->n_runs, own);
	if (root != own)
		return root;
	program_load(&c->program, offsetof(struct seccomp_data, nr));
	program_label(&c->program, own);
	return own;
}

/* --- the program --------------------------------------------------------------------- */

static bool is_second_of_pair(const struct compiler *c, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (c->profile.archs[k]->audit == c->profile.archs[i]->audit)
			return true;
	return false;
}

static void write_program(struct compiler *c)
{
	struct label own[ARCHS_MAX], *sections[ARCHS_MAX];
	struct label *next = return_of(c, RETURN_BAD_ARCH), others;
	const struct profile *p = &c->profile;

	for (size_t i = p->n_archs; i-- > 0;)
		if (!is_second_of_pair(c, i))
			sections[i] = write_arch(c, p->archs[i], &own[i]);
	for (size_t i = p->n_archs; i-- > 0;) {
		if (is_second_of_pair(c, i))
			continue;
		program_jump(&c->program, BPF_JEQ, p->archs[i]->audit, sections[i], next);
		program_label(&c->program, &others);
		next = &others;
	}
	program_load(&c->program, offsetof(struct seccomp_data, arch));
}

static int take_program(const struct compiler *c, struct seccomp_filter *ret, struct err *e)
{
	const struct program *p = &c->program;

	if (p->full)
		return err_set(e, E2BIG,
			       "linux.seccomp: the program has more than %d instructions, which "
			       "is what the kernel takes",
			       BPF_MAXINSNS);
	ret->n = (unsigned short)(BPF_MAXINSNS - p->start);
	ret->insns = mem_new(ret->n, sizeof(struct sock_filter));
	memcpy(ret->insns, p->insns + p->start, ret->n * sizeof(struct sock_filter));
	ret->notifies = seccomp_notifies(ret->insns, ret->n);
	return 0;
}

int seccomp_compile_for(const struct spec_seccomp *s, const struct seccomp_arch *native,
			const struct seccomp_options *options, struct seccomp_filter *ret,
			struct err *e)
{
	__attribute__((cleanup(free_compiler))) struct compiler *c = mem_new(1, sizeof(*c));

	c->profile.log = options->log;
	c->profile.fail_unknown = options->fail_unknown;
	c->profile.notify_write = options->receiver != NULL;
	program_init(&c->program);
	int r = profile_resolve(s, native, &c->profile, e);
	if (r < 0)
		return r;
	write_program(c);
	return take_program(c, ret, e);
}
