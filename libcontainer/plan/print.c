/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/cleanup.h"
#include "base/jsonw.h"
#include "base/sys.h"
#include "plan/namespaces.h"
#include "plan/parts.h"

struct flag_name {
	uint64_t flag;
	const char *name;
};

static const struct flag_name attr_names[] = {
	{ MOUNT_ATTR_RDONLY, "ro" },
	{ MOUNT_ATTR_NOSUID, "nosuid" },
	{ MOUNT_ATTR_NODEV, "nodev" },
	{ MOUNT_ATTR_NOEXEC, "noexec" },
	{ MOUNT_ATTR_NOATIME, "noatime" },
	{ MOUNT_ATTR_STRICTATIME, "strictatime" },
	{ MOUNT_ATTR_NODIRATIME, "nodiratime" },
	{ MOUNT_ATTR_NOSYMFOLLOW, "nosymfollow" },
};

static const struct flag_name sb_names[] = {
	{ MS_RDONLY, "ro" },	 { MS_SYNCHRONOUS, "sync" },  { MS_DIRSYNC, "dirsync" },
	{ MS_MANDLOCK, "mand" }, { MS_LAZYTIME, "lazytime" }, { MS_I_VERSION, "iversion" },
	{ MS_SILENT, "silent" },
};

static const struct flag_name propagation_names[] = {
	{ MS_SHARED | MS_REC, "rshared" },
	{ MS_SLAVE | MS_REC, "rslave" },
	{ MS_PRIVATE | MS_REC, "rprivate" },
	{ MS_UNBINDABLE | MS_REC, "runbindable" },
	{ MS_SHARED, "shared" },
	{ MS_SLAVE, "slave" },
	{ MS_PRIVATE, "private" },
	{ MS_UNBINDABLE, "unbindable" },
};

static void print_flags(struct strbuf *out, const char *label, uint64_t flags,
			const struct flag_name *names, size_t n)
{
	const char *separator = "";

	if (!flags)
		return;
	strbuf_addf(out, " %s=", label);
	for (size_t i = 0; i < n; i++) {
		if (!(flags & names[i].flag))
			continue;
		strbuf_addf(out, "%s%s", separator, names[i].name);
		separator = ",";
		flags &= ~names[i].flag;
	}
	if (flags)
		strbuf_addf(out, "%s0x%" PRIx64, separator, flags);
}

static void print_attrs(struct strbuf *out, const char *set_label, const char *clear_label,
			uint64_t set, uint64_t clr)
{
	const uint64_t atime = MOUNT_ATTR__ATIME;

	print_flags(out, set_label, set, attr_names, ARRAY_SIZE(attr_names));
	if ((clr & atime) && !(set & atime)) /* relatime is the mode that has no bit */
		strbuf_addf(out, "%srelatime", set ? "," : *set_label == 'r' ? " rset=" : " set=");
	print_flags(out, clear_label, clr & ~atime, attr_names, ARRAY_SIZE(attr_names));
}

static const char *propagation_name(unsigned long flags)
{
	for (size_t i = 0; i < ARRAY_SIZE(propagation_names); i++)
		if (propagation_names[i].flag == flags)
			return propagation_names[i].name;
	return "?";
}

static void print_namespaces(const struct plan *p, struct strbuf *out)
{
	strbuf_adds(out, "namespaces\n");
	for (int k = 0; k < NS_COUNT; k++) {
		if (!p->ns[k].wanted)
			continue;
		if (p->ns[k].path)
			strbuf_addf(out, "  %s join %s\n", ns_types[k].name, p->ns[k].path);
		else
			strbuf_addf(out, "  %s new\n", ns_types[k].name);
	}
	if (p->needs_bridge)
		strbuf_adds(out, "  through a bridge process\n");
	if (p->time_offsets) {
		strbuf_adds(out, "  time offsets ");
		jsonw_quote(out, p->time_offsets);
		strbuf_adds(out, "\n");
	}
}

static void print_map(struct strbuf *out, const char *label, const struct plan_id_map *m)
{
	for (size_t i = 0; i < m->n; i++)
		strbuf_addf(out, "  %s %u -> %u, %u\n", label, m->v[i].container_id,
			    m->v[i].host_id, m->v[i].size);
}

static void print_idmaps(const struct plan *p, struct strbuf *out)
{
	if (p->uid_map.n == 0)
		return;
	strbuf_addf(out, "id maps%s%s\n", p->use_newidmap ? ", by newuidmap and newgidmap" : "",
		    p->deny_setgroups ? ", setgroups denied" : "");
	print_map(out, "uid", &p->uid_map);
	print_map(out, "gid", &p->gid_map);
}

static const char *const kind_names[] = {
	[MOUNT_KIND_FS] = "fs",
	[MOUNT_KIND_BIND] = "bind",
	[MOUNT_KIND_CGROUP] = "cgroup",
	[MOUNT_KIND_REMOUNT] = "remount",
	[MOUNT_KIND_SYSTEMD_V1] = "systemd-v1",
};

static void print_ids(struct strbuf *out, const char *label, const struct plan_id_map *m)
{
	for (size_t i = 0; i < m->n; i++)
		strbuf_addf(out, "%s%u->%u,%u", i ? "#" : label, m->v[i].container_id,
			    m->v[i].host_id, m->v[i].size);
}

static void print_mount_extras(const struct plan_mount *m, struct strbuf *out)
{
	const struct {
		bool is_set;
		const char *name;
	} flags[] = {
		{ m->copy_symlink, "copy-symlink" },   { m->src_nofollow, "src-nofollow" },
		{ m->dest_nofollow, "dest-nofollow" }, { m->tmpcopyup, "tmpcopyup" },
		{ m->readonly_last, "ro-last" },
	};

	if (m->idmap != IDMAP_NONE)
		strbuf_addf(out, " %sidmap=%s", m->idmap_recursive ? "r" : "",
			    m->idmap == IDMAP_CONTAINER ? "container" : "own");
	print_ids(out, " uids=", &m->uid_map);
	print_ids(out, " gids=", &m->gid_map);
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (flags[i].is_set)
			strbuf_addf(out, " %s", flags[i].name);
	strbuf_adds(out, "\n");
}

static void print_mount(const struct plan_mount *m, struct strbuf *out)
{
	strbuf_addf(out, "  [%zu] %s%s %s", m->index, m->recursive ? "r" : "", kind_names[m->kind],
		    m->destination);
	if (m->fstype)
		strbuf_addf(out, " type=%s", m->fstype);
	if (m->source)
		strbuf_addf(out, " source=%s", m->source);
	print_attrs(out, "set", "clear", m->attr_set, m->attr_clr);
	if (m->attr_explicit && m->kind == MOUNT_KIND_BIND)
		strbuf_adds(out, " rest-cleared");
	print_attrs(out, "rset", "rclear", m->rec_attr_set, m->rec_attr_clr);
	print_flags(out, "sb", m->sb_flags, sb_names, ARRAY_SIZE(sb_names));
	for (size_t i = 0; i < m->n_propagation; i++)
		strbuf_addf(out, " %s", propagation_name(m->propagation[i]));
	for (size_t i = 0; i < m->data.n; i++)
		strbuf_addf(out, "%s%s", i ? "," : " data=", m->data.v[i]);
	print_mount_extras(m, out);
}

static void print_list(struct strbuf *out, const char *label, const struct strs *list)
{
	if (list->n == 0)
		return;
	strbuf_addf(out, "%s\n", label);
	for (size_t i = 0; i < list->n; i++)
		strbuf_addf(out, "  %s\n", list->v[i]);
}

static void print_devices(const struct plan *p, struct strbuf *out)
{
	strbuf_addf(out, "device nodes%s\n", p->make_dev ? "" : ", none made: /dev is bound");
	for (size_t i = 0; i < p->n_devices; i++) {
		const struct plan_device *d = &p->devices[i];

		strbuf_addf(out, "  %s %c %u:%u mode=%04o owner=%u:%u\n", d->path,
			    S_ISBLK(d->mode)	? 'b'
			    : S_ISFIFO(d->mode) ? 'p'
						: 'c',
			    d->major, d->minor, (unsigned int)(d->mode & 07777), d->uid, d->gid);
	}
}

static void print_rootfs(const struct plan *p, struct strbuf *out)
{
	strbuf_addf(out, "root %s%s", p->rootfs, p->root_readonly ? " ro" : "");
	if (p->root_propagation)
		strbuf_addf(out, " %s", propagation_name(p->root_propagation));
	if (p->mount_label)
		strbuf_addf(out, " %s=%s", p->mount_context_type, p->mount_label);
	strbuf_adds(out, p->request->no_pivot ? " by move\n" : "\n");
	strbuf_adds(out, "mounts\n");
	for (size_t i = 0; i < p->n_mounts; i++)
		print_mount(&p->mounts[i], out);
	print_devices(p, out);
	print_list(out, "masked paths", &p->masked_paths);
	print_list(out, "read-only paths", &p->readonly_paths);
}

static void print_cap_set(struct strbuf *out, const char *label, uint64_t set)
{
	strbuf_addf(out, "  %s", label);
	if (!set)
		strbuf_adds(out, " none");
	for (int i = 0; i < 64; i++)
		if (set & 1ULL << i)
			strbuf_addf(out, " %s", cap_name(i) ? cap_name(i) : "?");
	strbuf_adds(out, "\n");
}

static void print_limit(struct strbuf *out, uint64_t v)
{
	if (v == UINT64_MAX)
		strbuf_adds(out, " unlimited");
	else
		strbuf_addf(out, " %" PRIu64, v);
}

static void print_credentials(const struct plan_process *q, struct strbuf *out)
{
	strbuf_addf(out, "  user %u:%u umask %04o groups", q->uid, q->gid, q->umask);
	for (size_t i = 0; i < q->n_groups; i++)
		strbuf_addf(out, " %u", q->groups[i]);
	strbuf_adds(out, q->keep_groups ? " and the caller's\n" : q->n_groups ? "\n" : " none\n");
	print_cap_set(out, "bounding", q->caps.bounding);
	print_cap_set(out, "effective", q->caps.effective);
	print_cap_set(out, "permitted", q->caps.permitted);
	print_cap_set(out, "inheritable", q->caps.inheritable);
	print_cap_set(out, "ambient", q->caps.ambient);
	for (size_t i = 0; i < q->n_rlimits; i++) {
		strbuf_addf(out, "  %s soft", q->rlimits[i].name);
		print_limit(out, q->rlimits[i].soft);
		strbuf_adds(out, " hard");
		print_limit(out, q->rlimits[i].hard);
		strbuf_adds(out, "\n");
	}
}

static void print_quoted(struct strbuf *out, const char *label, const char *const *list)
{
	strbuf_addf(out, "  %s", label);
	for (; *list; list++) {
		strbuf_adds(out, " ");
		jsonw_quote(out, *list);
	}
	strbuf_adds(out, "\n");
}

static void print_process(const struct plan *p, struct strbuf *out)
{
	const struct plan_process *q = &p->process;

	strbuf_adds(out, "process\n");
	print_quoted(out, "args", q->argv);
	print_quoted(out, "env", q->envp);
	if (!q->env_has_home)
		strbuf_adds(out, "  HOME from the container's /etc/passwd\n");
	strbuf_addf(out, "  cwd %s\n", q->cwd);
	print_credentials(q, out);
	strbuf_addf(out, "  no_new_privs %s\n", q->no_new_privileges ? "yes" : "no");
	if (q->oom_score_adj.set)
		strbuf_addf(out, "  oom_score_adj %" PRId64 "\n", q->oom_score_adj.v);
	if (q->apparmor_profile)
		strbuf_addf(out, "  apparmor %s\n", q->apparmor_profile);
	if (q->selinux_label)
		strbuf_addf(out, "  selinux %s\n", q->selinux_label);
	if (q->terminal)
		strbuf_addf(out, "  terminal %ux%u\n", q->rows, q->columns);
	if (q->personality_set)
		strbuf_addf(out, "  personality 0x%lx\n", q->personality);
	plan_print_scheduling(q, out);
	if (p->session_keyring)
		strbuf_addf(out, "  keyring %s\n", p->session_keyring);
}

static void print_unit(const struct plan_unit *u, struct strbuf *out)
{
	if (!u->name)
		return;
	strbuf_addf(out, "  systemd %s unit %s in %s\n", u->user ? "user" : "system", u->name,
		    u->slice);
	for (size_t i = 0; i < u->properties.n; i++) {
		strbuf_addf(out, "  property %s ", u->properties.v[i].name);
		gvar_print(&u->properties.v[i].value, out);
		strbuf_adds(out, "\n");
	}
}

static void print_cgroup(const struct plan *p, struct strbuf *out)
{
	if (!p->cgroup.enabled) {
		strbuf_adds(out, "cgroup none\n");
		return;
	}
	strbuf_addf(out, "cgroup %s\n", p->cgroup.path);
	print_unit(&p->cgroup.unit, out);
	if (p->cgroup.delegate)
		strbuf_addf(out, "  delegated below it: %s\n", p->cgroup.delegate);
	if (p->cgroup.has_owner)
		strbuf_addf(out, "  owner %u\n", p->cgroup.owner);
	for (size_t i = 0; i < p->cgroup.n_dirs; i++)
		strbuf_addf(out, "  %s %s\n",
			    p->cgroup.dirs[i].is_v2 ? "v2" : p->cgroup.dirs[i].name,
			    p->cgroup.dirs[i].path);
}

static void print_hooks(const struct plan *p, struct strbuf *out)
{
	for (int k = 0; k < HOOK_COUNT; k++) {
		const struct spec_hook_list *list = &p->spec->hooks.list[k];

		for (size_t i = 0; i < list->n; i++) {
			strbuf_addf(out, "hook %s #%zu %s", spec_hook_names[k], i, list->v[i].path);
			if (list->v[i].timeout.set)
				strbuf_addf(out, " timeout %" PRId64 " s", list->v[i].timeout.v);
			strbuf_adds(out, "\n");
		}
	}
}

void plan_print(const struct plan *plan, const struct plan_extras *extras, struct strbuf *out)
{
	strbuf_addf(out, "container %s\n", plan->request->id);
	print_namespaces(plan, out);
	print_idmaps(plan, out);
	print_cgroup(plan, out);
	if (extras)
		strbuf_adds(out, extras->cgroup);
	plan_print_rdt(plan, out);
	plan_print_net_devices(plan, out);
	print_rootfs(plan, out);
	if (plan->hostname)
		strbuf_addf(out, "hostname %s\n", plan->hostname);
	if (plan->domainname)
		strbuf_addf(out, "domainname %s\n", plan->domainname);
	for (size_t i = 0; i < plan->sysctl.n; i++)
		strbuf_addf(out, "sysctl %s = %s\n", plan->sysctl.v[i].key,
			    plan->sysctl.v[i].value);
	print_process(plan, out);
	if (extras)
		strbuf_adds(out, extras->filter);
	print_hooks(plan, out);
	if (extras)
		plan_print_steps(plan, extras, out);
	if (plan->refusal)
		strbuf_addf(out, "refused by create: %s\n", plan->refusal);
	print_list(out, "warnings", &plan->warnings);
}
