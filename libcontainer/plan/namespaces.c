/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/namespaces.h"

#include <errno.h>

#include "base/cleanup.h"
#include "base/sys.h"
#include "plan/parts.h"

const struct ns_type ns_types[NS_COUNT] = {
	[NS_PID] = { "pid", "pid", CLONE_NEWPID },
	[NS_NETWORK] = { "network", "net", CLONE_NEWNET },
	[NS_MOUNT] = { "mount", "mnt", CLONE_NEWNS },
	[NS_IPC] = { "ipc", "ipc", CLONE_NEWIPC },
	[NS_UTS] = { "uts", "uts", CLONE_NEWUTS },
	[NS_USER] = { "user", "user", CLONE_NEWUSER },
	[NS_CGROUP] = { "cgroup", "cgroup", CLONE_NEWCGROUP },
	[NS_TIME] = { "time", "time", CLONE_NEWTIME },
};

int ns_find(const char *name)
{
	for (int k = 0; k < NS_COUNT; k++)
		if (str_eq(ns_types[k].name, name))
			return k;
	return -1;
}

static int collect(const struct plan_input *in, struct plan *p, struct err *e)
{
	const struct spec_linux *l = in->spec->linux_;

	for (size_t i = 0; i < l->n_namespaces; i++) {
		const struct spec_namespace *n = &l->namespaces[i];
		const char *path = n->path ? n->path : ""; /* "" means a new one, too */
		int k = ns_find(n->type);

		if (k < 0)
			return err_set_kind(
				e, ERR_CONFIG, EINVAL,
				"linux.namespaces[%zu]: namespace {\"%s\" \"%s\"} does not exist",
				i, n->type, path);
		if (p->ns[k].wanted)
			return err_set_kind(e, ERR_CONFIG, EINVAL,
					    "malformed spec file: duplicated ns {\"%s\" \"%s\"}",
					    n->type, path);
		if (*path && *path != '/')
			return err_set_kind(e, ERR_CONFIG, EINVAL,
					    "linux.namespaces[%zu].path: \"%s\" must be absolute",
					    i, n->path);
		if (in->facts->lacks_ns[k])
			return err_set_kind(
				e, ERR_CONFIG, EINVAL,
				"linux.namespaces[%zu]: this kernel has no %s namespace", i,
				n->type);
		p->ns[k] = (struct plan_ns){ .wanted = true, .path = *path ? path : NULL };
	}
	return 0;
}

static bool is_new(const struct plan *p, enum ns_kind k)
{
	return p->ns[k].wanted && !p->ns[k].path;
}

/*
 * The root of a cgroup namespace is where its maker is, so that comes after the cgroup;
 * offsets of a time namespace are written before anyone is in it.
 */
static bool comes_later(const struct plan *p, enum ns_kind k)
{
	return k == NS_CGROUP || (k == NS_TIME && p->time_offsets);
}

static int time_offsets(const struct plan_input *in, struct plan *p, struct err *e)
{
	const struct spec_linux *l = in->spec->linux_;
	struct strbuf text = STRBUF_INIT;

	if (l->n_time_offsets == 0)
		return 0;
	if (!p->ns[NS_TIME].wanted)
		return err_set_kind(
			e, ERR_CONFIG, EINVAL,
			"time namespace offsets specified, but time namespace isn't enabled in the config");
	if (p->ns[NS_TIME].path)
		return err_set_kind(
			e, ERR_CONFIG, EINVAL,
			"time namespace enabled, but both namespace path and time offsets specified -- you may only provide one");

	for (size_t i = 0; i < l->n_time_offsets; i++) {
		const struct spec_time_offset *o = &l->time_offsets[i];

		if (!str_eq(o->clock, "monotonic") && !str_eq(o->clock, "boottime")) {
			strbuf_done(&text);
			return err_set_kind(
				e, ERR_CONFIG, EINVAL,
				"linux.timeOffsets: \"%s\" is not a valid clock for time namespaces",
				o->clock);
		}
		strbuf_addf(&text, "%s %lld %u\n", o->clock, (long long)o->secs, o->nanosecs);
	}
	p->time_offsets = arena_strdup(&p->arena, strbuf_str(&text));
	strbuf_done(&text);
	return 0;
}

/*
 * Joining a pid or time namespace takes effect for children only, time offsets must be
 * written before the first process enters, and new namespaces must belong to a user
 * namespace that is joined: all need a process between host and init.
 */
static bool bridge_is_needed(const struct plan *p)
{
	if (p->ns[NS_PID].path || p->ns[NS_TIME].path || p->ns[NS_USER].path || p->time_offsets)
		return true;
	if (!is_new(p, NS_USER))
		return false;
	for (int k = 0; k < NS_COUNT; k++)
		if (p->ns[k].path)
			return true;
	return false;
}

static int names(const struct plan_input *in, struct plan *p, struct err *e)
{
	p->hostname = given(in->spec->hostname);
	p->domainname = given(in->spec->domainname);
	if (p->hostname && !p->ns[NS_UTS].wanted)
		return err_set_kind(
			e, ERR_CONFIG, EINVAL,
			"hostname: unable to set hostname without a private UTS namespace");
	if (p->domainname && !p->ns[NS_UTS].wanted)
		return err_set_kind(
			e, ERR_CONFIG, EINVAL,
			"domainname: unable to set domainname without a private UTS namespace");
	return 0;
}

int plan_namespaces(const struct plan_input *in, struct plan *p, struct err *e)
{
	int r = collect(in, p, e);
	if (r < 0)
		return r;
	r = time_offsets(in, p, e);
	if (r < 0)
		return r;

	for (int k = 0; k < NS_COUNT; k++)
		if (is_new(p, (enum ns_kind)k) && !comes_later(p, (enum ns_kind)k))
			p->clone_flags |= ns_types[k].clone_flag;
	p->needs_bridge = bridge_is_needed(p);
	p->loopback_up = is_new(p, NS_NETWORK);
	return names(in, p, e);
}
