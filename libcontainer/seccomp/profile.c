/* SPDX-License-Identifier: Apache-2.0 */
#include "seccomp/profile.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "seccomp/words.h"

/* --- architectures ------------------------------------------------------------------- */

static bool has_arch(const struct profile *p, const struct seccomp_arch *a)
{
	for (size_t i = 0; i < p->n_archs; i++)
		if (p->archs[i] == a)
			return true;
	return false;
}

static int add_archs(struct profile *p, const struct seccomp_arch *native, struct err *e)
{
	p->archs[p->n_archs++] = native;
	for (size_t i = 0; i < p->spec->architectures.n; i++) {
		const char *name = p->spec->architectures.v[i];
		const struct seccomp_arch *a = arch_find(name);

		if (!a)
			return err_set_kind(e, ERR_CONFIG, EINVAL,
					    "linux.seccomp.architectures[%zu]: string %s is not "
					    "a valid arch for seccomp",
					    i, name);
		/* Of the other byte order: no program of it can run here. */
		if (a->big_endian != native->big_endian)
			log_debug(p->log, "seccomp: %s has no meaning on this machine", name);
		else if (!has_arch(p, a))
			p->archs[p->n_archs++] = a;
	}
	return 0;
}

/* --- rules --------------------------------------------------------------------------- */

static int add_to_chain(struct profile *p, const char *name, const struct variant *v, struct err *e)
{
	uint16_t id = syscall_id(name);
	struct chain *c = &p->chains[id];

	if (id == 0 && p->fail_unknown)
		return err_set_kind(e, ERR_CONFIG, EINVAL, "unknown system call \"%s\"", name);
	if (id == 0) {
		log_debug(p->log, "seccomp: unknown system call \"%s\" is left out", name);
		return 0;
	}
	c->named = true;
	if (!v || c->plain)
		return 0;
	if (v->n == 0) {
		c->plain = v;
		return 0;
	}
	if (c->n == CONDITIONS_MAX)
		return err_set_kind(e, ERR_CONFIG, E2BIG,
				    "system call %s: more than %d rules with conditions", name,
				    CONDITIONS_MAX);
	if (c->n == c->cap) {
		uint32_t cap = c->cap ? 2 * c->cap : 4;
		const struct variant **grown = arena_array(&p->arena, cap, const struct variant *);

		for (uint32_t i = 0; i < c->n; i++)
			grown[i] = c->v[i];
		c->v = grown;
		c->cap = cap;
	}
	c->v[c->n++] = v;
	return 0;
}

/* An argument named twice: each condition is a rule of its own, as in runc and crun. */
static bool is_any_of(const struct spec_seccomp_rule *s)
{
	unsigned int seen = 0;

	for (size_t i = 0; i < s->n_args; i++) {
		unsigned int bit = 1u << s->args[i].index;

		if (seen & bit)
			return true;
		seen |= bit;
	}
	return false;
}

static int resolve_conditions(struct profile *p, const struct spec_seccomp_rule *s,
			      struct condition **ret, struct err *e)
{
	if (s->n_args > CONDITIONS_MAX)
		return err_set_kind(e, ERR_CONFIG, E2BIG, "args: more than %d", CONDITIONS_MAX);
	*ret = s->n_args ? arena_array(&p->arena, s->n_args, struct condition) : NULL;
	for (size_t i = 0; i < s->n_args; i++)
		if (condition_resolve(&s->args[i], &(*ret)[i], e) < 0)
			return err_ctx(e, "args[%zu]", i);
	return 0;
}

static int make_variants(struct profile *p, const struct spec_seccomp_rule *s, size_t index,
			 struct variant **ret, size_t *ret_n, struct err *e)
{
	struct condition *conditions = NULL;
	uint32_t action;

	int r = action_resolve(s->action, s->errno_ret, &action, e);
	if (r == 0)
		r = resolve_conditions(p, s, &conditions, e);
	*ret_n = 0;
	if (r < 0 || action == p->default_action)
		return r;

	bool any_of = is_any_of(s);
	*ret_n = any_of ? s->n_args : 1;
	*ret = arena_array(&p->arena, *ret_n, struct variant);
	for (size_t i = 0; i < *ret_n; i++)
		(*ret)[i] = (struct variant){
			.action = action,
			.rule = (uint32_t)index,
			.n = any_of ? 1 : (uint32_t)s->n_args,
			.conditions = conditions ? conditions + i : NULL,
		};
	return 0;
}

static int add_name(struct profile *p, const char *name, const struct variant *v, size_t n,
		    struct err *e)
{
	bool notifies = n > 0 && v->action == SECCOMP_RET_USER_NOTIF;

	if (notifies && !p->notify_write && str_eq(name, "write"))
		return err_set_kind(e, ERR_CONFIG, EINVAL,
				    "SCMP_ACT_NOTIFY cannot be used for the write syscall");
	int r = n == 0 ? add_to_chain(p, name, NULL, e) : 0;
	for (size_t i = 0; r == 0 && i < n; i++)
		r = add_to_chain(p, name, &v[i], e);
	return r;
}

static int add_rule(struct profile *p, size_t index, struct err *e)
{
	const struct spec_seccomp_rule *s = &p->spec->syscalls[index];
	struct variant *variants = NULL;
	size_t n;

	int r = make_variants(p, s, index, &variants, &n, e);
	for (size_t i = 0; r == 0 && i < s->names.n; i++)
		r = add_name(p, s->names.v[i], variants, n, e);
	return r < 0 ? err_ctx(e, "linux.seccomp.syscalls[%zu]", index) : 0;
}

/* A default that lets calls through, or says ENOSYS itself, makes nothing of new calls. */
static bool wants_enosys(uint32_t action)
{
	return action != SECCOMP_RET_ALLOW && action != SECCOMP_RET_LOG &&
	       (action & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_TRACE && action != RETURN_ENOSYS;
}

static int resolve_default(struct profile *p, struct err *e)
{
	const struct spec_seccomp *s = p->spec;
	int r = action_resolve(s->default_action, s->default_errno_ret, &p->default_action, e);

	if (r == 0 && p->default_action == SECCOMP_RET_USER_NOTIF)
		r = err_set_kind(e, ERR_CONFIG, EINVAL,
				 "SCMP_ACT_NOTIFY cannot be used as default action");
	p->enosys = wants_enosys(p->default_action);
	return r < 0 ? err_ctx(e, "linux.seccomp.defaultAction") : 0;
}

int profile_resolve(const struct spec_seccomp *s, const struct seccomp_arch *native,
		    struct profile *p, struct err *e)
{
	p->spec = s;
	int r = resolve_default(p, e);
	if (r == 0)
		r = add_archs(p, native, e);
	for (size_t i = 0; r == 0 && i < s->n_syscalls; i++)
		r = add_rule(p, i, e);
	return r;
}

void profile_done(struct profile *p)
{
	arena_done(&p->arena);
}
