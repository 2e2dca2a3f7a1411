/* SPDX-License-Identifier: Apache-2.0 */
#include "oracle.h"

#include <byteswap.h>
#include <ctype.h>
#include <errno.h>
#include <linux/memfd.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/str.h"
#include "base/sys.h"
#include "seccomp/interp.h"
#include "seccomp/words.h"

/* Rules that libseccomp refuses it does not free. */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libseccomp.so\n";
}

/* --- libseccomp's program --------------------------------------------------------------- */

void oracle_done(struct oracle *o)
{
	free(o->insns);
	o->insns = NULL;
}

/* "SCMP_ARCH_X86_64" is "x86_64" to libseccomp. Return: its token, or 0. */
static uint32_t token_of(const struct seccomp_arch *a)
{
	char lower[32];
	size_t n = 0;

	for (const char *p = str_after(a->name, "SCMP_ARCH_"); *p && n < sizeof(lower) - 1; p++)
		lower[n++] = (char)tolower((unsigned char)*p);
	lower[n] = '\0';
	return seccomp_arch_resolve_name(lower);
}

bool oracle_knows(const struct seccomp_arch *a)
{
	return token_of(a) != 0;
}

static int add_archs(scmp_filter_ctx ctx, const struct spec_seccomp *s,
		     const struct seccomp_arch *native)
{
	int r = 0;

	if (native != arch_native()) {
		r = seccomp_arch_remove(ctx, seccomp_arch_native());
		if (r == 0)
			r = seccomp_arch_add(ctx, token_of(native));
	}
	for (size_t i = 0; r == 0 && i < s->architectures.n; i++) {
		const struct seccomp_arch *a = arch_find(s->architectures.v[i]);

		if (!a || !oracle_knows(a) || a->big_endian != native->big_endian)
			continue;
		r = seccomp_arch_add(ctx, token_of(a));
		if (r == -EEXIST)
			r = 0;
	}
	return r;
}

static struct scmp_arg_cmp compare_of(const struct spec_seccomp_arg *a)
{
	static const struct {
		const char *name;
		enum scmp_compare op;
	} ops[] = {
		{ "SCMP_CMP_EQ", SCMP_CMP_EQ },
		{ "SCMP_CMP_NE", SCMP_CMP_NE },
		{ "SCMP_CMP_LT", SCMP_CMP_LT },
		{ "SCMP_CMP_LE", SCMP_CMP_LE },
		{ "SCMP_CMP_GE", SCMP_CMP_GE },
		{ "SCMP_CMP_GT", SCMP_CMP_GT },
		{ "SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ },
	};
	size_t i = 0;

	while (!str_eq(ops[i].name, a->op))
		i++;
	return (struct scmp_arg_cmp){ a->index, ops[i].op, a->value, a->value_two };
}

static int add_call(scmp_filter_ctx ctx, struct oracle *o, uint32_t action, const char *name,
		    const struct scmp_arg_cmp *args, size_t n, bool any_of)
{
	int nr = seccomp_syscall_resolve_name(name);
	int r = 0;

	if (nr == __NR_SCMP_ERROR)
		return 0;
	/* Two names of PowerPC share a pseudo number: one gets the other's rules. */
	autofree char *back = seccomp_syscall_resolve_num_arch(seccomp_arch_native(), nr);
	if (back && !str_eq(back, name))
		o->refused[syscall_id(name)] = o->refused[syscall_id(back)] = true;
	if (!any_of)
		r = seccomp_rule_add_array(ctx, action, nr, (unsigned int)n, args);
	for (size_t i = 0; any_of && r == 0 && i < n; i++) {
		r = seccomp_rule_add_array(ctx, action, nr, 1, &args[i]);
		o->refused[syscall_id(name)] |= r == -EEXIST;
		r = r == -EEXIST ? 0 : r;
	}
	/* An earlier rule says the same already, or something wider: it stays. */
	o->refused[syscall_id(name)] |= r == -EEXIST;
	return r == -EEXIST ? 0 : r;
}

static int add_rule(scmp_filter_ctx ctx, struct oracle *o, uint32_t usual,
		    const struct spec_seccomp_rule *rule)
{
	autofree struct scmp_arg_cmp *args = mem_new(rule->n_args + 1, sizeof(*args));
	unsigned int seen = 0;
	bool any_of = false;
	uint32_t action;
	struct err e;

	int r = action_resolve(rule->action, rule->errno_ret, &action, &e);
	if (r < 0 || action == usual)
		return r;
	for (size_t i = 0; i < rule->n_args; i++) {
		args[i] = compare_of(&rule->args[i]);
		any_of |= (seen & 1u << args[i].arg) != 0;
		seen |= 1u << args[i].arg;
	}
	for (size_t i = 0; r == 0 && i < rule->names.n; i++)
		r = add_call(ctx, o, action, rule->names.v[i], args, rule->n_args, any_of);
	return r;
}

static bool is_sound(uint32_t k)
{
	uint32_t kind = k & SECCOMP_RET_ACTION_FULL;

	return kind == SECCOMP_RET_ERRNO || kind == SECCOMP_RET_TRACE ||
	       ((k & SECCOMP_RET_DATA) == 0 && action_name(k));
}

static int export(scmp_filter_ctx ctx, bool swap, struct oracle *ret)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;
	autoclose int fd = sys_memfd_create("oracle", MFD_CLOEXEC);

	int r = seccomp_export_bpf(ctx, fd);
	if (r < 0)
		return r;
	if (lseek(fd, 0, SEEK_SET) < 0 || fd_read_all(fd, 0, &text) < 0)
		return -EIO;
	ret->n = text.len / sizeof(struct sock_filter);
	ret->insns = mem_new(ret->n, sizeof(struct sock_filter));
	memcpy(ret->insns, text.data, text.len);
	/* It writes in the byte order of the machine that is meant. */
	for (size_t i = 0; swap && i < ret->n; i++) {
		ret->insns[i].code = bswap_16(ret->insns[i].code);
		/* ... but for some returns of a tree. */
		if (ret->insns[i].code != (BPF_RET | BPF_K) || !is_sound(ret->insns[i].k))
			ret->insns[i].k = bswap_32(ret->insns[i].k);
	}
	return 0;
}

int oracle_compile(const struct spec_seccomp *s, const struct seccomp_arch *native, bool tree,
		   struct oracle *ret)
{
	uint32_t usual;
	struct err e;

	int r = action_resolve(s->default_action, s->default_errno_ret, &usual, &e);
	if (r < 0)
		return r;
	scmp_filter_ctx ctx = seccomp_init(usual);
	if (!ctx)
		return -EINVAL;
	r = add_archs(ctx, s, native);
	if (r == 0 && tree)
		r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	for (size_t i = 0; r == 0 && i < s->n_syscalls; i++)
		r = add_rule(ctx, ret, usual, &s->syscalls[i]);
	if (r == 0)
		r = export(ctx, native->big_endian != arch_native()->big_endian, ret);
	seccomp_release(ctx);
	return r;
}

/* --- comparing ---------------------------------------------------------------------------- */

struct context {
	struct profile profile;
	struct seccomp_filter ours;
	struct oracle theirs;
	const struct seccomp_arch *arch; /* under test */
	uint64_t random;
	unsigned int stride;
	struct comparison *result;
};

static uint64_t next(struct context *c)
{
	c->random ^= c->random << 13;
	c->random ^= c->random >> 7;
	c->random ^= c->random << 17;
	return c->random;
}

static void complain(struct context *c, const char *what, const struct seccomp_data *d, uint32_t a,
		     uint32_t b)
{
	uint16_t id = syscall_id_of(c->arch, (uint32_t)d->nr);

	if (c->result->complaint[0] == '\0')
		(void)snprintf(c->result->complaint, sizeof(c->result->complaint),
			       "%s: %s %#x (%s) %#llx %#llx %#llx %#llx %#llx %#llx: %#x and %#x",
			       what, c->arch->name, (uint32_t)d->nr, id ? syscall_name(id) : "none",
			       (unsigned long long)d->args[0], (unsigned long long)d->args[1],
			       (unsigned long long)d->args[2], (unsigned long long)d->args[3],
			       (unsigned long long)d->args[4], (unsigned long long)d->args[5], a,
			       b);
}

/*
 * Several conditional rules of one call: libseccomp merges them into a tree of half arguments and
 * loses some or sees some that are not there, unless all compare the same argument with a value.
 */
static bool is_simple(const struct chain *chain)
{
	for (uint32_t i = 0; chain->n > 1 && i < chain->n; i++) {
		const struct variant *v = chain->v[i];

		if (v->n != 1 || v->conditions->kind != CONDITION_EQUAL || v->conditions->negate ||
		    v->conditions->mask != UINT64_MAX ||
		    v->conditions->arg != chain->v[0]->conditions->arg)
			return false;
	}
	return true;
}

/* Is theirs at least the action of a rule of this call, or the default? */
static bool is_merged(struct context *c, uint32_t number, uint32_t theirs)
{
	struct target t = profile_target(&c->profile, c->arch, -1, number);
	bool known = theirs == c->profile.default_action;

	/* A condition with a mask of nothing is none to libseccomp. */
	if (t.by)
		t.chain = &c->profile.chains[syscall_id_of(c->arch, number)];
	if (!t.chain || (!t.by && is_simple(t.chain)))
		return false;
	for (uint32_t i = 0; i < t.chain->n; i++)
		known |= t.chain->v[i]->action == theirs;
	return known;
}

static bool is_new_name(const struct context *c, uint32_t number)
{
	uint16_t id = syscall_id_of(c->arch, number);

	if (!id || !oracle_knows(c->arch))
		return !oracle_knows(c->arch);

	/* -101 and on: multiplexed; -10001 and on: not on this architecture. */
	int theirs = seccomp_syscall_resolve_name_arch(token_of(c->arch), syscall_name(id));
	return theirs == __NR_SCMP_ERROR || theirs <= -10000 ||
	       seccomp_syscall_resolve_name(syscall_name(id)) == __NR_SCMP_ERROR;
}

static bool is_multiplexed(const struct seccomp_arch *a, uint32_t number)
{
	uint16_t id = syscall_id_of(a, number);

	for (size_t i = 0; i < ARRAY_SIZE(syscall_multiplexes); i++)
		for (size_t k = 0; k < syscall_multiplexes[i].n; k++)
			if (syscall_multiplexes[i].calls[k] &&
			    syscall_id(syscall_multiplexes[i].calls[k]) == id)
				return true;
	return false;
}

/* Was a rule of this number, or of one it stands for, refused? */
static bool is_refused(const struct context *c, uint16_t id)
{
	bool refused = c->theirs.refused[id];

	for (size_t i = 0; i < ARRAY_SIZE(syscall_multiplexes); i++) {
		const struct syscall_multiplex *m = &syscall_multiplexes[i];

		if (id == 0 || !str_eq(syscall_name(id), m->name))
			continue;
		for (size_t k = 0; k < m->n; k++)
			refused |= m->calls[k] && c->theirs.refused[syscall_id(m->calls[k])];
	}
	return refused;
}

static bool is_libseccomps_fault(const struct context *c, uint32_t number)
{
	if (is_refused(c, syscall_id_of(c->arch, number)))
		return true;
	/* Version 2.5 takes x86's numbers of socket(2) and the like for those of MIPS and PowerPC. */
	return c->arch->multiplexes && c->arch->column != COLUMN_X86 &&
	       (is_multiplexed(c->arch, number) ||
		is_multiplexed(arch_find("SCMP_ARCH_X86"), number));
}

static void judge(struct context *c, const struct seccomp_data *d, const struct verdict *v,
		  uint32_t theirs)
{
	/* Where x32 stands without x86-64, the numbers from 0x80000000 on are no one's. */
	if (v->reason == REASON_BAD_ARCH && c->arch->column == COLUMN_X32)
		return;
	if (v->reason == REASON_UNKNOWN || v->reason == REASON_NEWER) {
		c->result->enosys++;
		return;
	}
	if (is_new_name(c, (uint32_t)d->nr)) {
		c->result->newer++;
		return;
	}
	if (v->action == theirs)
		return;
	if (is_libseccomps_fault(c, (uint32_t)d->nr)) {
		c->result->faults++;
		return;
	}
	if (is_merged(c, (uint32_t)d->nr, theirs))
		c->result->merged++;
	else
		complain(c, "ours and libseccomp's", d, v->action, theirs);
}

static void call(struct context *c, const struct seccomp_data *d)
{
	struct verdict v =
		profile_decide(&c->profile, d->arch, (uint32_t)d->nr, (const uint64_t *)d->args);
	uint32_t ours, theirs;

	c->result->calls++;
	if (bpf_run(c->ours.insns, c->ours.n, d, c->arch->big_endian, &ours) < 0)
		complain(c, "our program is broken", d, 0, 0);
	else if (ours != v.action)
		complain(c, "ours and the profile's", d, ours, v.action);
	if (!c->theirs.insns)
		return;
	if (bpf_run(c->theirs.insns, c->theirs.n, d, c->arch->big_endian, &theirs) < 0)
		complain(c, "libseccomp's program is broken", d, 0, 0);
	else
		judge(c, d, &v, theirs);
}

/* A value at, or next to, one that a condition has. */
static uint64_t near(struct context *c, const struct condition *cond)
{
	uint64_t value = cond->value, mask = cond->mask;

	switch (next(c) % 10) {
	case 0:
	case 1:
		return value;
	case 2:
		return value + 1;
	case 3:
		return value - 1;
	case 4:
		return value ^ 1ull << next(c) % 64;
	case 5:
		return value | (~mask & next(c));
	case 6:
		return value + (1ull << 32);
	case 7:
		return value - (1ull << 32);
	case 8:
		return next(c) % 2 ? 0 : UINT64_MAX;
	default:
		return next(c);
	}
}

static void call_with_conditions(struct context *c, struct seccomp_data *d,
				 const struct chain *chain, unsigned int tries)
{
	while (tries-- > 0) {
		const struct variant *v = chain->v[next(c) % chain->n];

		for (size_t i = 0; i < SECCOMP_ARGS; i++)
			d->args[i] = next(c) % 3 ? next(c) : next(c) % 4;
		for (uint32_t k = 0; k < v->n; k++)
			d->args[v->conditions[k].arg] = near(c, &v->conditions[k]);
		if (next(c) % 2)
			for (uint32_t k = 0; k < v->n; k++)
				d->args[v->conditions[k].arg] = v->conditions[k].value;
		call(c, d);
	}
}

static void call_number(struct context *c, uint32_t number, unsigned int tries)
{
	struct seccomp_data d = { .nr = (int)number, .arch = c->arch->audit };
	struct target t = profile_target(&c->profile, c->arch, -1, number);
	bool has_rules = t.chain && t.chain->n > 0;

	if (!has_rules && c->stride > 1 && next(c) % c->stride)
		return;
	call(c, &d);
	for (size_t i = 0; i < SECCOMP_ARGS; i++)
		d.args[i] = next(c);
	call(c, &d);
	if (has_rules)
		call_with_conditions(c, &d, t.chain, tries);
}

static void call_arch(struct context *c, unsigned int tries)
{
	static const uint32_t odd[] = { 0,	    0x3fffffff, 0x40000000, 0x7fffffff, 0x80000000,
					0xbfffffff, 0xc0000000, 0xfffffffe, 0xffffffff };

	for (size_t i = 0; i < SYSCALL_RANGES; i++) {
		const struct syscall_range *r = &syscall_columns[c->arch->column].ranges[i];

		for (uint32_t k = 0; r->n && k < r->n + 40; k++)
			call_number(c, r->base + k - 20, tries);
	}
	for (size_t i = 0; i < ARRAY_SIZE(odd); i++)
		call_number(c, odd[i], tries);
}

/* An architecture that the profile does not list is killed. */
static void call_strangers(struct context *c)
{
	for (const struct seccomp_arch *a = seccomp_archs; a->name; a++) {
		struct seccomp_data d = { .nr = 1, .arch = a->audit };
		bool listed = false;

		for (size_t i = 0; i < c->profile.n_archs; i++)
			listed |= c->profile.archs[i]->audit == a->audit;
		c->arch = a;
		if (!listed)
			call(c, &d);
	}
}

void oracle_compare(const struct spec_seccomp *s, const struct seccomp_arch *native,
		    const struct oracle_effort *effort, uint64_t seed, struct comparison *ret)
{
	struct context *c = mem_new(1, sizeof(*c));
	const struct seccomp_options options = { 0 };
	struct err e = { 0 };

	memset(ret, 0, sizeof(*ret));
	c->result = ret;
	c->random = seed * 2 + 1;
	c->stride = effort->stride;
	int r = seccomp_compile_for(s, native, &options, &c->ours, &e);
	if (r == 0)
		r = profile_resolve(s, native, &c->profile, &e);
	/* libseccomp refuses some; ours is compared with the profile alone then. */
	if (r == 0 && !effort->without_theirs && oracle_knows(native))
		/* Its list takes what an earlier architecture had loaded for its own; its tree does not. */
		(void)oracle_compile(s, native, true, &c->theirs);
	if (r < 0 && r != -E2BIG)
		(void)snprintf(ret->complaint, sizeof(ret->complaint), "%.500s", e.text);
	for (size_t i = 0; r == 0 && i < c->profile.n_archs; i++) {
		c->arch = c->profile.archs[i];
		call_arch(c, effort->tries);
	}
	if (r == 0)
		call_strangers(c);
	oracle_done(&c->theirs);
	seccomp_filter_done(&c->ours);
	profile_done(&c->profile);
	free(c);
}
