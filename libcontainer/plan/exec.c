/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/exec.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "plan/namespaces.h"
#include "plan/parts.h"

#define ID_LAST (UINT32_MAX - 1) /* (uid_t)-1 means "leave it" to the kernel */

struct build {
	const struct spec *spec;
	const struct exec_request *request;
	struct arena *arena;
	struct spec_process process; /* what there will be */
};

/* --- merging ---------------------------------------------------------------------------- */

/* A document of --process replaces config.json's process but for what it does not say. */
static void take_document(struct spec_process *p, const struct spec_process *doc)
{
	const struct spec_process base = *p;

	*p = *doc;
	p->oom_score_adj = base.oom_score_adj; /* of the container, not of one process */
	if (!p->capabilities)
		p->capabilities = base.capabilities;
	if (p->n_rlimits == 0) {
		p->rlimits = base.rlimits;
		p->n_rlimits = base.n_rlimits;
	}
	if (!p->user.umask.set)
		p->user.umask = base.user.umask;
	if (!given(p->apparmor_profile))
		p->apparmor_profile = base.apparmor_profile;
	if (!given(p->selinux_label))
		p->selinux_label = base.selinux_label;
	if (!p->scheduler)
		p->scheduler = base.scheduler;
	if (!p->io_priority)
		p->io_priority = base.io_priority;
	if (!p->exec_cpu_affinity)
		p->exec_cpu_affinity = base.exec_cpu_affinity;
}

static struct strs joined(struct arena *a, const struct strs *first, const struct strs *second)
{
	const char **v = arena_array(a, first->n + second->n + 1, const char *);

	for (size_t i = 0; i < first->n; i++)
		v[i] = first->v[i];
	for (size_t i = 0; i < second->n; i++)
		v[first->n + i] = second->v[i];
	return (struct strs){ v, first->n + second->n };
}

/* Digits and nothing else: no sign, no space, no name, nothing that wraps (CVE-2026-30892). */
static bool read_id(const char *text, uint32_t *ret)
{
	uint64_t v;

	if (str_to_u64(text, ID_LAST, &v) < 0)
		return false;
	*ret = (uint32_t)v;
	return true;
}

static int take_user(struct build *b, struct err *e)
{
	const char *text = b->request->user;
	struct spec_user *u = &b->process.user;

	if (!text)
		return 0;
	const char *colon = strchr(text, ':');
	const char *uid = colon ? arena_strndup(b->arena, text, (size_t)(colon - text)) : text;

	if (!read_id(uid, &u->uid) || (colon && !read_id(colon + 1, &u->gid)))
		return err_set_kind(
			e, ERR_USAGE, EINVAL,
			"invalid user \"%s\": not UID or UID:GID, each a number from 0 to %u", text,
			ID_LAST);
	return 0;
}

static int take_groups(struct build *b, struct err *e)
{
	const struct strs *more = &b->request->groups;
	struct spec_user *u = &b->process.user;

	if (more->n == 0)
		return 0;
	uint32_t *all = arena_array(b->arena, u->n_additional_gids + more->n, uint32_t);
	for (size_t i = 0; i < u->n_additional_gids; i++)
		all[i] = u->additional_gids[i];
	for (size_t i = 0; i < more->n; i++)
		if (!read_id(more->v[i], &all[u->n_additional_gids + i]))
			return err_set_kind(
				e, ERR_USAGE, EINVAL,
				"invalid additional gid \"%s\": not a number from 0 to %u",
				more->v[i], ID_LAST);
	u->additional_gids = all;
	u->n_additional_gids += more->n;
	return 0;
}

static bool is_listed(const struct strs *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (str_eq(list->v[i], name))
			return true;
	return false;
}

/*
 * Never inheritable, or a file's capabilities would give them to another user (CVE-2022-29162);
 * so ambient only what config.json makes inheritable.
 */
static void take_caps(struct build *b)
{
	static const struct spec_capabilities none;
	const struct strs *more = &b->request->caps;

	if (more->n == 0)
		return;
	struct spec_capabilities *c = arena_new(b->arena, struct spec_capabilities);
	const char **ambient = arena_array(b->arena, more->n + 1, const char *);
	size_t n = 0;

	*c = b->process.capabilities ? *b->process.capabilities : none;
	for (size_t i = 0; i < more->n; i++)
		if (is_listed(&c->inheritable, more->v[i]))
			ambient[n++] = more->v[i];
	c->bounding = joined(b->arena, &c->bounding, more);
	c->effective = joined(b->arena, &c->effective, more);
	c->permitted = joined(b->arena, &c->permitted, more);
	c->ambient = joined(b->arena, &c->ambient, &(struct strs){ ambient, n });
	b->process.capabilities = c;
}

static int take_options(struct build *b, struct err *e)
{
	const struct exec_request *r = b->request;
	struct spec_process *p = &b->process;

	if (r->args.n > 0)
		p->args = r->args;
	else if (!r->process_file)
		return err_set_kind(e, ERR_USAGE, EINVAL, "exec args cannot be empty");
	if (r->cwd)
		p->cwd = r->cwd;
	if (r->apparmor)
		p->apparmor_profile = r->apparmor;
	if (r->selinux_label)
		p->selinux_label = r->selinux_label;
	if (r->terminal.set)
		p->terminal = r->terminal.v;
	if (r->no_new_privileges.set)
		p->no_new_privileges = r->no_new_privileges.v;
	if (r->env.n > 0)
		p->env = joined(b->arena, &p->env, &r->env);
	take_caps(b);
	int ret = take_user(b, e);
	return ret < 0 ? ret : take_groups(b, e);
}

static int merge(struct build *b, const struct spec_process *doc, struct err *e)
{
	if (!b->spec->process)
		return err_set_kind(e, ERR_CONFIG, EINVAL, "process property must not be empty");
	b->process = *b->spec->process;
	b->process.terminal = false;
	if (doc)
		take_document(&b->process, doc);
	return take_options(b, e);
}

/* --- deciding --------------------------------------------------------------------------- */

static int namespaces(const struct spec *spec, struct plan *p, struct err *e)
{
	for (size_t i = 0; i < spec->linux_->n_namespaces; i++) {
		int k = ns_find(spec->linux_->namespaces[i].type);

		if (k < 0)
			return err_set_kind(e, ERR_CONFIG, EINVAL,
					    "linux.namespaces[%zu]: \"%s\" is not known", i,
					    spec->linux_->namespaces[i].type);
		p->ns[k] = (struct plan_ns){ .wanted = true, .path = "that of init" };
	}
	return 0;
}

static int affinity(const struct spec_process *s, struct plan_exec *x, struct err *e)
{
	const struct spec_cpu_affinity *a = s->exec_cpu_affinity;
	int r = 0;

	if (a && given(a->initial))
		r = plan_cpus_parse(&x->plan.arena, "process.execCPUAffinity.initial", a->initial,
				    &x->initial, e);
	if (r == 0 && a && given(a->final))
		r = plan_cpus_parse(&x->plan.arena, "process.execCPUAffinity.final", a->final,
				    &x->final, e);
	return r;
}

static int build(struct build *b, const struct spec_process *doc, const struct host_facts *facts,
		 struct plan_exec *x, struct err *e)
{
	struct plan *p = &x->plan;
	int r = merge(b, doc, e);

	if (r < 0)
		return r;
	/* The parts of create's plan do the rest, on a configuration with this process in it. */
	struct spec *spec = arena_new(b->arena, struct spec);
	struct spec_process *process = arena_new(b->arena, struct spec_process);
	const struct plan_input in = { spec, facts, &b->request->base };

	*process = b->process;
	*spec = *b->spec;
	spec->process = process;
	p->spec = spec;
	p->request = &b->request->base;
	r = namespaces(spec, p, e);
	if (r == 0)
		r = plan_process(&in, p, e);
	if (r == 0)
		r = plan_caps(&in, p, e);
	if (r == 0)
		r = plan_rlimits(&in, p, e);
	return r < 0 ? r : affinity(process, x, e);
}

/* What only the host may do under a user namespace, and before the program runs. */
static bool has_grants(const struct plan_process *p)
{
	return p->n_rlimits > 0 || p->scheduler.set || p->io_priority.set;
}

int plan_exec_build(const struct spec *spec, const struct spec_process *process,
		    const struct host_facts *facts, const struct plan_cgroup *cgroup,
		    const struct exec_request *request, struct plan_exec **ret, struct err *e)
{
	struct plan_exec *x = mem_new(1, sizeof(*x));
	struct build b = { .spec = spec, .request = request, .arena = &x->plan.arena };
	const struct request *base = &request->base;

	x->ignore_paused = request->ignore_paused;
	int r = build(&b, process, facts, x, e);
	if (r == 0)
		r = plan_subcgroups(&request->cgroups, cgroup, x, e);
	if (r < 0) {
		plan_exec_free(x);
		return r;
	}
	x->needs_commit = x->plan.process.terminal || base->pid_file || base->pidfd_socket ||
			  (x->plan.ns[NS_USER].wanted && has_grants(&x->plan.process));
	*ret = x;
	return 0;
}

void plan_exec_free(struct plan_exec *x)
{
	if (!x)
		return;
	arena_done(&x->plan.arena);
	free(x);
}
