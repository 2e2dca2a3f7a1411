/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/sys.h"
#include "plan/annotations.h"
#include "plan/mountflags.h"
#include "plan/parts.h"

/* The files that lxcfs gives a container of its own; nothing else below /proc is covered. */
static const char *const proc_files[] = {
	"/proc/cpuinfo",
	"/proc/diskstats",
	"/proc/loadavg",
	"/proc/meminfo",
	"/proc/net/dev",
	"/proc/slabinfo",
	"/proc/stat",
	"/proc/swaps",
	"/proc/sys/crypto/fips_enabled",
	"/proc/sys/kernel/ns_last_pid",
	"/proc/uptime",
};

/*
 * Their super blocks are shared with other mounts or hold nothing to protect: "ro" is a matter
 * of the mount alone, else a read-only /sys of one container of a pod is that of all.
 */
static const char *const pseudo_types[] = {
	"cgroup", "cgroup2", "devpts", "mqueue", "proc", "sysfs", "tmpfs",
};

static bool is_one_of(const char *s, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(s, list[i]))
			return true;
	return false;
}

static enum mount_kind kind_of(const struct mount_options *o, const char *type,
			       enum cgroup_mode mode)
{
	if (o->remount)
		return MOUNT_KIND_REMOUNT;
	if (o->bind)
		return MOUNT_KIND_BIND;
	if (str_eq(type, "cgroup") || (str_eq(type, "cgroup2") && mode == CGROUP_V2))
		return MOUNT_KIND_CGROUP;
	return MOUNT_KIND_FS;
}

static int check_type(const struct plan_mount *m, const char *type, const char *where,
		      struct err *e)
{
	if (m->kind != MOUNT_KIND_FS)
		return 0;
	if (!*type)
		return err_set_kind(e, ERR_CONFIG, EINVAL,
				    "%s.type: must be given, or the option bind, rbind or remount",
				    where);
	if (str_eq(type, "none") || str_eq(type, "bind"))
		return err_set_kind(e, ERR_CONFIG, EINVAL,
				    "%s.type: \"%s\" needs the option bind, rbind or remount",
				    where, type);
	return 0;
}

/* CVE-2019-16884 and its kin: /proc is a procfs, and nothing hides parts of it. */
static int check_proc(const struct plan_mount *m, const char *where, struct err *e)
{
	if (str_eq(m->destination, "/proc")) {
		if (m->kind != MOUNT_KIND_FS || str_eq(m->fstype, "proc"))
			return 0; /* that a bind's source is a procfs is seen when it is opened */
		return err_set_kind(
			e, ERR_CONFIG, EINVAL,
			"%s: \"/proc\" cannot be mounted because it is not of type proc", where);
	}
	if (!str_after(m->destination, "/proc/") ||
	    is_one_of(m->destination, proc_files, ARRAY_SIZE(proc_files)))
		return 0;
	return err_set_kind(e, ERR_CONFIG, EINVAL,
			    "%s: \"%s\" cannot be mounted because it is inside /proc", where,
			    m->destination);
}

static int check_options(const struct plan_mount *m, const char *where, struct err *e)
{
	if (m->kind == MOUNT_KIND_BIND && m->data.n > 0)
		return err_set_kind(
			e, ERR_CONFIG, EINVAL,
			"%s: bind mounts cannot have any filesystem-specific options applied: \"%s\"",
			where, m->data.v[0]);
	if ((m->copy_symlink || m->src_nofollow) && m->kind != MOUNT_KIND_BIND)
		return err_set_kind(e, ERR_CONFIG, EINVAL,
				    "%s: the option %s is for bind mounts only", where,
				    m->copy_symlink ? "copy-symlink" : "src-nofollow");
	if (m->tmpcopyup && !(m->kind == MOUNT_KIND_FS && str_eq(m->fstype, "tmpfs")))
		return err_set_kind(e, ERR_CONFIG, EINVAL,
				    "%s: the option tmpcopyup is for tmpfs only", where);
	return 0;
}

static int set_destination(const struct spec_mount *s, struct plan_mount *m, const char *where,
			   struct plan *p, struct err *e)
{
	if (!s->destination[0])
		return err_set_kind(e, ERR_CONFIG, EINVAL, "%s.destination: must not be empty",
				    where);
	m->destination = path_clean(&p->arena, s->destination);
	if (s->destination[0] != '/')
		plan_warn(p, "%s.destination: \"%s\" is not absolute; it is taken as \"%s\"", where,
			  s->destination, m->destination);
	return 0;
}

static int set_source(const struct plan_input *in, const struct spec_mount *s, struct plan_mount *m,
		      const char *where, struct plan *p, struct err *e)
{
	const char *source = s->source && s->source[0] ? s->source : NULL;

	if (m->kind != MOUNT_KIND_BIND) {
		m->source = source;
		return 0;
	}
	if (!source)
		return err_set_kind(e, ERR_CONFIG, EINVAL, "%s.source: a bind mount needs a source",
				    where);
	/* Not cleaned lexically: "link/.." is for the kernel to resolve. */
	m->source = source[0] == '/'
			    ? source
			    : arena_printf(&p->arena, "%s/%s", in->request->bundle, source);
	return 0;
}

static bool has_mode(const struct strs *data)
{
	for (size_t i = 0; i < data->n; i++)
		if (str_after(data->v[i], "mode="))
			return true;
	return false;
}

/* A new file system has nothing mounted below it yet: its r* options are plain ones. */
static void fold_recursive(struct plan_mount *m)
{
	uint64_t touched = m->rec_attr_set | m->rec_attr_clr;

	m->attr_set = (m->attr_set & ~touched) | m->rec_attr_set;
	m->attr_clr = (m->attr_clr & ~touched) | m->rec_attr_clr;
	m->attr_explicit |= touched != 0;
	m->rec_attr_set = m->rec_attr_clr = 0;
}

static void set_readonly(struct plan_mount *m, bool new_flags_of_super)
{
	bool is_pseudo = m->fstype && is_one_of(m->fstype, pseudo_types, ARRAY_SIZE(pseudo_types));

	if (!(m->attr_set & MOUNT_ATTR_RDONLY))
		return;
	/* Mount points, nodes and links are still to be made in these. */
	m->readonly_last = str_eq(m->destination, "/dev") || m->kind == MOUNT_KIND_CGROUP ||
			   m->kind == MOUNT_KIND_SYSTEMD_V1 ||
			   (m->kind == MOUNT_KIND_FS && str_eq(m->fstype, "tmpfs"));
	if (new_flags_of_super && !is_pseudo)
		m->sb_flags |= MS_RDONLY;
}

static void take_options(const struct mount_options *o, struct plan_mount *m)
{
	m->recursive = o->recursive;
	m->attr_set = o->attr_set;
	m->attr_clr = o->attr_clr;
	m->rec_attr_set = o->rec_attr_set;
	m->rec_attr_clr = o->rec_attr_clr;
	m->attr_explicit = o->attr_explicit;
	m->propagation = o->propagation;
	m->n_propagation = o->n_propagation;
	m->data = o->data;
	m->tmpcopyup = o->tmpcopyup;
	m->copy_symlink = o->copy_symlink;
	m->src_nofollow = o->src_nofollow;
	m->dest_nofollow = o->dest_nofollow;
	m->has_mode = has_mode(&o->data);
	/* A bind shares the super block of its source, which is not the container's to change. */
	m->sb_flags = o->bind ? 0 : o->sb_flags;
}

/* "mounts[3]". By hand, because for 100,000 mounts snprintf(3) takes longer than the rest. */
static void name_mount(char *ret, size_t size, size_t i)
{
	static const char head[] = "mounts[";
	char *s = ret + size - 2;

	s[0] = ']';
	s[1] = '\0';
	do {
		*--s = (char)('0' + i % 10);
		i /= 10;
	} while (i > 0);
	s -= sizeof(head) - 1;
	memcpy(s, head, sizeof(head) - 1);
	memmove(ret, s, (size_t)(ret + size - s));
}

/* @forced: where ANNOTATION_SYSTEMD_V1 wants cgroup v1, whatever the mount is else; or NULL */
static int build_one(const struct plan_input *in, size_t i, const char *forced, struct plan *p,
		     struct plan_mount *m, struct err *e)
{
	const struct spec_mount *s = &in->spec->mounts[i];
	const char *type = s->type ? s->type : "";
	char where[32];
	struct mount_options o;

	name_mount(where, sizeof(where), i);
	mount_options_parse(&p->arena, &s->options, &o);
	m->index = i;
	m->kind = forced && str_eq(s->destination, forced)
			  ? MOUNT_KIND_SYSTEMD_V1
			  : kind_of(&o, type, in->facts->cgroup_mode);
	take_options(&o, m);
	int r = check_type(m, type, where, e);
	if (r == 0)
		r = set_destination(s, m, where, p, e);
	if (r == 0)
		r = set_source(in, s, m, where, p, e);
	if (r == 0)
		r = mount_idmap(in, s, &o, p, m, where, e);
	if (r < 0)
		return r;
	if (m->kind == MOUNT_KIND_FS || m->kind == MOUNT_KIND_CGROUP)
		m->fstype = type;
	if (m->kind == MOUNT_KIND_FS) {
		fold_recursive(m);
		mount_label(p, m);
	}
	set_readonly(m, m->kind == MOUNT_KIND_FS || (o.remount && !o.bind));
	r = check_proc(m, where, e);
	return r < 0 ? r : check_options(m, where, e);
}

static bool dev_is_bound(const struct plan_mount *mounts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (mounts[i].kind == MOUNT_KIND_BIND && str_eq(mounts[i].destination, "/dev"))
			return true;
	return false;
}

/* As runc: after all others, so that a /run of the configuration does not hide it. */
static void add_notify(const struct plan_input *in, struct plan *p, struct plan_mount *m)
{
	p->notify = true;
	*m = (struct plan_mount){
		.kind = MOUNT_KIND_BIND,
		.index = in->spec->n_mounts,
		.destination = NOTIFY_MOUNT,
		.source = in->request->notify_dir,
		.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
			    MOUNT_ATTR_NOEXEC,
		.attr_explicit = true,
	};
}

int plan_mounts(const struct plan_input *in, struct plan *p, struct err *e)
{
	size_t n = in->spec->n_mounts;
	struct plan_mount *mounts = arena_array(&p->arena, n + 1, struct plan_mount);
	const char *forced = plan_annotation(&in->spec->annotations, ANNOTATION_SYSTEMD_V1);
	bool found = false;

	for (size_t i = 0; i < n; i++) {
		int r = build_one(in, i, forced, p, &mounts[i], e);

		if (r < 0)
			return r;
		found = found || mounts[i].kind == MOUNT_KIND_SYSTEMD_V1;
		if (mounts[i].kind == MOUNT_KIND_CGROUP && mounts[i].data.n > 0 &&
		    in->facts->cgroup_mode != CGROUP_V2)
			plan_warn(p, "mounts[%zu].options: \"%s\" means nothing to cgroup v1", i,
				  mounts[i].data.v[0]);
	}
	if (forced && !found)
		plan_warn(p, "annotations[\"%s\"]: no entry of mounts has the destination \"%s\"",
			  ANNOTATION_SYSTEMD_V1, forced);
	if (n > 0 && !p->ns[NS_MOUNT].wanted)
		plan_warn(
			p,
			"mounts: without a mount namespace they are made in the caller's and stay there");
	if (in->request->notify_dir && p->ns[NS_MOUNT].wanted)
		add_notify(in, p, &mounts[n++]);
	else if (in->request->notify_dir)
		plan_warn(p, "NOTIFY_SOCKET: not passed on without a mount namespace");
	p->mounts = mounts;
	p->n_mounts = n;
	p->make_dev = !dev_is_bound(mounts, n);
	return 0;
}
