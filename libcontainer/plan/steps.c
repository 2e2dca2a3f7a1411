/* SPDX-License-Identifier: Apache-2.0 */
/* The plan once more, in the order in which it is carried out: container/create.c, init/init.c. */
#include "base/jsonw.h"
#include "plan/namespaces.h"
#include "plan/parts.h"

struct order {
	const struct plan *plan;
	const struct plan_extras *extras;
	struct strbuf *out;
};

static bool is_new(const struct plan *p, enum ns_kind k)
{
	return p->ns[k].wanted && !p->ns[k].path;
}

/* " pid network": of those that are new, or those that are joined. */
static size_t add_namespaces(const struct order *o, bool joined)
{
	size_t n = 0;

	for (int k = 0; k < NS_COUNT; k++) {
		const struct plan_ns *ns = &o->plan->ns[k];

		if (!ns->wanted || (ns->path != NULL) != joined)
			continue;
		strbuf_addf(o->out, "%s %s", n++ ? "," : "", ns_types[k].name);
	}
	return n;
}

static void cgroup(const struct order *o)
{
	const struct plan_cgroup *cg = &o->plan->cgroup;

	if (!cg->enabled) {
		strbuf_adds(o->out, "  create  stay in the caller's cgroup\n");
		return;
	}
	strbuf_addf(o->out,
		    "  create  make the cgroup in %zu %s, set %zu limits, restrict devices\n",
		    cg->n_dirs, cg->n_dirs == 1 ? "hierarchy" : "hierarchies", o->extras->n_limits);
	if (cg->unit.name)
		strbuf_addf(o->out,
			    "  create  (systemd does so when it starts %s with init in it)\n",
			    cg->unit.name);
}

static void namespaces(const struct order *o)
{
	const struct plan *p = o->plan;

	strbuf_adds(o->out, "  create  start init");
	if (p->needs_bridge)
		strbuf_adds(o->out, " by a process between, which joins and is left");
	strbuf_adds(o->out, "; new namespaces:");
	if (add_namespaces(o, false) == 0)
		strbuf_adds(o->out, " none");
	strbuf_adds(o->out, "; joined:");
	if (add_namespaces(o, true) == 0)
		strbuf_adds(o->out, " none");
	strbuf_adds(o->out, "\n");
	if (is_new(p, NS_USER))
		strbuf_addf(o->out, "  create  map %zu ranges of user ids and %zu of group ids%s\n",
			    p->uid_map.n, p->gid_map.n,
			    p->use_newidmap ? ", by newuidmap and newgidmap: we lack the right"
					    : "");
	if (p->n_net_devices)
		strbuf_addf(o->out, "  create  move %zu network devices in\n", p->n_net_devices);
	if (p->loopback_up)
		strbuf_adds(o->out, "  create  set lo up: the network namespace is new\n");
	if (p->hostname || p->domainname)
		strbuf_adds(o->out, "  create  set the host and domain names that are given\n");
}

static void hooks(const struct order *o, const char *when, enum hook_kind kind, const char *where)
{
	size_t n = o->plan->spec->hooks.list[kind].n;

	if (n)
		strbuf_addf(o->out, "  %s  run %zu %s %s, %s\n", when, n, spec_hook_names[kind],
			    n == 1 ? "hook" : "hooks", where);
}

static void files(const struct order *o)
{
	const struct plan *p = o->plan;

	strbuf_addf(o->out, "  create  mount the root file system and %zu more on it\n",
		    p->n_mounts);
	if (p->make_dev)
		strbuf_addf(o->out, "  create  make %zu devices in /dev and its links\n",
			    p->n_devices);
	hooks(o, "create", HOOK_PRESTART, "on the host");
	hooks(o, "create", HOOK_CREATE_RUNTIME, "on the host");
	hooks(o, "create", HOOK_CREATE_CONTAINER, "programs of the host in the namespaces");
	strbuf_addf(o->out, "  create  enter the root by %s\n",
		    p->request->no_pivot ? "mount(2) with MS_MOVE: --no-pivot" : "pivot_root(2)");
	if (p->sysctl.n)
		strbuf_addf(o->out, "  create  write %zu sysctls\n", p->sysctl.n);
	if (p->masked_paths.n || p->readonly_paths.n || p->root_readonly)
		strbuf_addf(o->out, "  create  hide %zu paths, make %zu%s read-only\n",
			    p->masked_paths.n, p->readonly_paths.n,
			    p->root_readonly ? " and the root" : "");
}

static void filter(const struct order *o, const char *when, const char *why)
{
	if (o->extras->has_filter)
		strbuf_addf(o->out, "  %s  load the seccomp filter: %s\n", when, why);
}

static void process(const struct order *o)
{
	const struct plan_process *q = &o->plan->process;
	bool late = q->no_new_privileges;

	if (q->apparmor_profile || q->selinux_label)
		strbuf_addf(o->out, "  create  ask for the label %s at execve(2)\n",
			    q->apparmor_profile ? q->apparmor_profile : q->selinux_label);
	if (late)
		strbuf_adds(o->out, "  create  set no_new_privs\n");
	else
		filter(o, "create", "while init may, since no_new_privs is off");
	strbuf_addf(o->out, "  create  become user %u, group %u, and drop the other capabilities\n",
		    q->uid, q->gid);
	strbuf_adds(o->out, "  create  find the program\n");
	if (late && o->extras->filter_notifies)
		filter(o, "create", "before start, so that its agent is found or missed");
	strbuf_adds(o->out, "  create  wait for start\n");
	if (late && !o->extras->filter_notifies)
		filter(o, "start ", "as late as can be, since no_new_privs is on");
	hooks(o, "start ", HOOK_START_CONTAINER, "programs of the container in it");
	strbuf_adds(o->out, "  start   execute ");
	jsonw_quote(o->out, q->argv[0]);
	strbuf_adds(o->out, "\n");
	hooks(o, "start ", HOOK_POSTSTART, "on the host");
	hooks(o, "delete", HOOK_POSTSTOP, "on the host");
}

void plan_print_steps(const struct plan *plan, const struct plan_extras *extras, struct strbuf *out)
{
	const struct order o = { plan, extras, out };

	strbuf_adds(out, "order\n");
	cgroup(&o);
	if (plan->rdt.enabled)
		strbuf_addf(out, "  create  put init into the resctrl group %s\n", plan->rdt.group);
	namespaces(&o);
	files(&o);
	process(&o);
}
