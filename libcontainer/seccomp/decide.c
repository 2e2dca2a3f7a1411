/* SPDX-License-Identifier: Apache-2.0 */
#include <linux/seccomp.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "seccomp/profile.h"
#include "seccomp/words.h"

/* --- how new a call is --------------------------------------------------------------- */

/*
 * Numbers grow with time, but for two since they are the same everywhere: close_range(2), 436,
 * came with Linux 5.9, after faccessat2(2), 439; quotactl_fd(2), 443, with 5.14, after the
 * landlock ones, 444 to 446. On x86-64 uretprobe(2), 335, and uprobe(2), 336, came with 6.11 and
 * 6.18 where a gap had been: after mseal(2), 462, and file_setattr(2), 469. Doubled, so that
 * there is room between.
 */
static int64_t age(const struct seccomp_arch *a, uint32_t number)
{
	uint32_t n = number - syscall_columns[a->column].ranges[0].base;

	if (n == 436)
		return 2 * 439 + 1;
	if (n == 443)
		return 2 * 446 + 1;
	if (a->column == COLUMN_X86_64 && (n == 335 || n == 336))
		return 2 * (n == 335 ? 462 : 469) + 1;
	return 2 * (int64_t)n;
}

int64_t profile_newest(const struct profile *p, const struct seccomp_arch *a)
{
	const struct syscall_range *r = &syscall_columns[a->column].ranges[0];
	int64_t newest = -1;

	for (uint32_t k = 0; p->enosys && k < r->n; k++)
		if (p->chains[r->ids[k]].named && age(a, r->base + k) > newest)
			newest = age(a, r->base + k);
	return newest;
}

/* --- multiplexed calls --------------------------------------------------------------- */

/*
 * libseccomp's way: argument 0 of the call is the number of the call that is meant, the others
 * are compared as they stand.
 */
static const struct variant *multiplexed(struct profile *p, const struct variant *v, size_t call)
{
	struct variant *ret = arena_new(&p->arena, struct variant);
	struct condition *c = arena_array(&p->arena, v->n + 1, struct condition);

	*ret = *v;
	ret->conditions = c;
	ret->n = 1;
	c[0] = (struct condition){ .kind = CONDITION_EQUAL, .mask = UINT64_MAX, .value = call };
	for (uint32_t i = 0; i < v->n; i++)
		if (v->conditions[i].arg != 0)
			c[ret->n++] = v->conditions[i];
	return ret;
}

static void append(struct chain *to, const struct variant *v)
{
	to->v[to->n++] = v;
}

/* Inserts by the rule's place in the profile; behind those of the same rule. */
static void sort_in(struct chain *to, const struct variant *v)
{
	uint32_t at = to->n;

	append(to, v);
	for (; at > 0 && to->v[at - 1]->rule > v->rule; at--)
		to->v[at] = to->v[at - 1];
	to->v[at] = v;
}

static void add_multiplexed(struct profile *p, const struct chain *from, size_t call,
			    struct chain *to)
{
	if (from->plain) {
		sort_in(to, multiplexed(p, from->plain, call));
		return;
	}
	for (uint32_t i = 0; i < from->n; i++)
		sort_in(to, multiplexed(p, from->v[i], call));
}

/* The rules of socketcall(2) itself and of all it stands for. */
static const struct chain *gather(struct profile *p, const struct syscall_multiplex *m,
				  const struct chain *own)
{
	struct chain *all = arena_new(&p->arena, struct chain);
	uint32_t n = own->n;

	for (size_t i = 0; i < m->n; i++)
		if (m->calls[i])
			n += p->chains[syscall_id(m->calls[i])].n + 1;
	all->v = arena_array(&p->arena, n, const struct variant *);
	for (uint32_t i = 0; i < own->n; i++)
		append(all, own->v[i]);
	for (size_t i = 0; i < m->n; i++)
		if (m->calls[i])
			add_multiplexed(p, &p->chains[syscall_id(m->calls[i])], i, all);
	return all;
}

static const struct chain *chain_of(struct profile *p, const struct seccomp_arch *a, uint16_t id)
{
	const struct chain *own = &p->chains[id];

	if (!a->multiplexes || own->plain)
		return own;
	for (size_t i = 0; i < ARRAY_SIZE(syscall_multiplexes); i++)
		if (str_eq(syscall_name(id), syscall_multiplexes[i].name))
			return gather(p, &syscall_multiplexes[i], own);
	return own;
}

/* --- decisions ----------------------------------------------------------------------- */

struct target profile_target(struct profile *p, const struct seccomp_arch *a, int64_t newest,
			     uint32_t number)
{
	const struct target otherwise = { REASON_DEFAULT, p->default_action, NULL, NULL };
	uint16_t id = syscall_id_of(a, number);
	bool is_private = number - syscall_columns[a->column].ranges[0].base >=
			  syscall_columns[a->column].ranges[0].n;

	if (id == 0)
		return newest < 0 ? otherwise
				  : (struct target){ REASON_UNKNOWN, RETURN_ENOSYS, NULL, NULL };
	/* Number 0 of s390 stands for those that do not fit into the instruction. */
	const struct chain *c = chain_of(p, a, id);
	if (c->plain)
		return (struct target){ REASON_RULE, c->plain->action, NULL, c->plain };
	if (c->n > 0)
		return (struct target){ REASON_RULE, p->default_action, c, NULL };
	if (!c->named && !is_private && newest >= 0 && age(a, number) > newest)
		return (struct target){ REASON_NEWER, RETURN_ENOSYS, NULL, NULL };
	return otherwise;
}

static bool variant_holds(const struct variant *v, bool is_32, const uint64_t args[SECCOMP_ARGS])
{
	for (uint32_t i = 0; i < v->n; i++)
		if (!condition_holds(&v->conditions[i], is_32, args[v->conditions[i].arg]))
			return false;
	return true;
}

static const struct seccomp_arch *arch_of(const struct profile *p, uint32_t audit, bool x32)
{
	for (size_t i = 0; i < p->n_archs; i++)
		if (p->archs[i]->audit == audit && (p->archs[i]->column == COLUMN_X32) == x32)
			return p->archs[i];
	return NULL;
}

/*
 * In seccomp_data x32 goes by x86-64's name; bit 30 of the number tells them apart. Where x32 is
 * not listed its numbers are no one's, but for -1: that is what a tracer leaves of a call that is
 * not to be made.
 */
static const struct seccomp_arch *judge(const struct profile *p, uint32_t audit, uint32_t number,
					struct verdict *otherwise)
{
	const struct seccomp_arch *plain = arch_of(p, audit, false);
	const struct seccomp_arch *x32 = arch_of(p, audit, true);

	*otherwise = (struct verdict){ REASON_BAD_ARCH, RETURN_BAD_ARCH, NULL };
	if (x32)
		return number & X32_BIT ? x32 : plain;
	if (!plain || plain->column != COLUMN_X86_64 || number < X32_BIT)
		return plain;
	if (number == UINT32_MAX)
		*otherwise = (struct verdict){ REASON_DEFAULT, p->default_action, NULL };
	else if (!(number & X32_BIT) && profile_newest(p, plain) >= 0)
		*otherwise = (struct verdict){ REASON_UNKNOWN, RETURN_ENOSYS, NULL };
	return NULL;
}

struct verdict profile_decide(struct profile *p, uint32_t audit, uint32_t number,
			      const uint64_t args[SECCOMP_ARGS])
{
	struct verdict otherwise;
	const struct seccomp_arch *a = judge(p, audit, number, &otherwise);

	if (!a)
		return otherwise;
	struct target t = profile_target(p, a, profile_newest(p, a), number);
	if (!t.chain)
		return (struct verdict){ t.reason, t.action, t.by };
	for (uint32_t i = 0; i < t.chain->n; i++)
		if (variant_holds(t.chain->v[i], a->is_32, args))
			return (struct verdict){ REASON_RULE, t.chain->v[i]->action,
						 t.chain->v[i] };
	return (struct verdict){ REASON_DEFAULT, p->default_action, NULL };
}
