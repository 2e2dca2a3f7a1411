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

/* "; new namespaces: pid, network": of those that are new, or those that are joined. */
static void add_namespaces(const struct order *o, bool joined, const char *label)
{
	size_t n = 0;

	for (int k = 0; k < NS_COUNT; k++) {
		const struct plan_ns *ns = &o->plan->ns[k];

		if (!ns->wanted || (ns->path != NULL) != joined)
			continue;
		strbuf_addf(o->out, "%s %s", n++ ? "," : label, ns_types[k].name);
	}
}

/* "1 limit", "2 limits". */
static void add_count(struct strbuf *out, size_t n, const char *what)
{
	strbuf_addf(out, "%zu %s%s", n, what, n == 1 ? "" : "s");
}

static void cgroup(const struct order *o)
{
	const struct plan_cgroup *cg = &o->plan->cgroup;

	if (!cg->enabled) {
		strbuf_adds(o->out, "  create  stay in the caller's cgroup\n");
		return;
	}
	strbuf_addf(o->out, "  create  make the cgroup in %zu %s, ", cg->n_dirs,
		    cg->n_dirs == 1 ? "hierarchy" : "hierarchies");
	if (o->extras->n_limits) {
		strbuf_adds(o->out, "set ");
		add_count(o->out, o->extras->n_limits, "limit");
		strbuf_adds(o->out, ", ");
	}
	strbuf_adds(o->out, "restrict devices\n");
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
	add_namespaces(o, false, "; new namespaces:");
	add_namespaces(o, true, "; joined:");
	strbuf_adds(o->out, "\n");
	if (is_new(p, NS_USER)) {
		strbuf_adds(o->out, "  create  map ");
		add_count(o->out, p->uid_map.n, "range");
		strbuf_addf(o->out, " of user ids and %zu of group ids%s\n", p->gid_map.n,
			    p->use_newidmap ? ", by newuidmap and newgidmap: we lack the right"
					    : "");
	}
	if (p->n_net_devices) {
		strbuf_adds(o->out, "  create  move ");
		add_count(o->out, p->n_net_devices, "network device");
		strbuf_adds(o->out, " in\n");
	}
	if (p->loopback_up)
		strbuf_adds(o->out, "  create  set lo up: the network namespace is new\n");
	if (p->hostname)
		strbuf_adds(o->out, "  create  set the host name\n");
	if (p->domainname)
		strbuf_adds(o->out, "  create  set the domain name\n");
}

static void hooks(const struct order *o, const char *when, enum hook_kind kind, const char *where)
{
	size_t n = o->plan->spec->hooks.list[kind].n;

	if (n)
		strbuf_addf(o->out, "  %s  run %zu %s %s, %s\n", when, n, spec_hook_names[kind],
			    n == 1 ? "hook" : "hooks", where);
}

static void protect_paths(const struct order *o)
{
	const struct plan *p = o->plan;
	const char *before = "  create  ";

	if (p->masked_paths.n) {
		strbuf_addf(o->out, "%shide ", before);
		add_count(o->out, p->masked_paths.n, "path");
		before = ", ";
	}
	if (p->readonly_paths.n) {
		strbuf_addf(o->out, "%smake ", before);
		add_count(o->out, p->readonly_paths.n, "path");
		strbuf_addf(o->out, "%s read-only", p->root_readonly ? " and the root" : "");
		before = ", ";
	} else if (p->root_readonly) {
		strbuf_addf(o->out, "%smake the root read-only", before);
		before = ", ";
	}
	if (*before == ',')
		strbuf_adds(o->out, "\n");
}

static void files(const struct order *o)
{
	const struct plan *p = o->plan;

	strbuf_adds(o->out, "  create  mount the root file system");
	if (p->n_mounts)
		strbuf_addf(o->out, " and %zu more on it", p->n_mounts);
	strbuf_adds(o->out, "\n");
	if (p->make_dev) {
		strbuf_adds(o->out, "  create  make ");
		add_count(o->out, p->n_devices, "device node");
		strbuf_adds(o->out, " in /dev and its links\n");
	}
	hooks(o, "create", HOOK_PRESTART, "on the host");
	hooks(o, "create", HOOK_CREATE_RUNTIME, "on the host");
	hooks(o, "create", HOOK_CREATE_CONTAINER, "programs of the host in the namespaces");
	if (p->sysctl.n) {
		strbuf_adds(o->out, "  create  write ");
		add_count(o->out, p->sysctl.n, "sysctl");
		strbuf_adds(o->out, "\n");
	}
	protect_paths(o);
	strbuf_addf(o->out, "  create  enter the root by %s\n",
		    p->request->no_pivot ? "mount(2) with MS_MOVE: --no-pivot" : "pivot_root(2)");
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
