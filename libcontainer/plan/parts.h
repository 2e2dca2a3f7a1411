/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_PARTS_H
#define PLAN_PARTS_H

/*
 * The builders that plan_build() calls in this order; each fills its part of the plan from
 * spec, facts and request. All pure; all run in the host process; 0 or negative errno with
 * the JSON path in @e. Private to the plan layer.
 */

#include "plan/plan.h"

struct plan_input {
	const struct spec *spec;
	const struct host_facts *facts;
	const struct request *request;
};

MUST_CHECK int plan_namespaces(const struct plan_input *in, struct plan *p, struct err *e);
MUST_CHECK int plan_idmaps(const struct plan_input *in, struct plan *p, struct err *e);
MUST_CHECK int plan_root(const struct plan_input *in, struct plan *p, struct err *e);
MUST_CHECK int plan_mounts(const struct plan_input *in, struct plan *p, struct err *e);
MUST_CHECK int plan_devices(const struct plan_input *in, struct plan *p, struct err *e);
MUST_CHECK int plan_cgroup(const struct plan_input *in, struct plan *p, struct err *e);
MUST_CHECK int plan_delegate(const struct plan_input *in, struct plan *p, struct err *e);
MUST_CHECK int plan_process(const struct plan_input *in, struct plan *p, struct err *e);
/* Called by plan_process(): scheduler, I/O priority, memory policy, CPUs of exec. */
MUST_CHECK int plan_scheduling(const struct plan_input *in, struct plan *p, struct err *e);
MUST_CHECK int plan_caps(const struct plan_input *in, struct plan *p, struct err *e);
MUST_CHECK int plan_rlimits(const struct plan_input *in, struct plan *p, struct err *e);
MUST_CHECK int plan_sysctl(const struct plan_input *in, struct plan *p, struct err *e);
MUST_CHECK int plan_net_devices(const struct plan_input *in, struct plan *p, struct err *e);
MUST_CHECK int plan_rdt(const struct plan_input *in, struct plan *p, struct err *e);
/* What is read but not yet acted on is refused here, never ignored. */
MUST_CHECK int plan_refuse(const struct plan_input *in, struct plan *p, struct err *e);

/* Clients in Go write "" for what is not set: that is NULL here. */
static inline const char *given(const char *s)
{
	return s && *s ? s : NULL;
}

/* Mount options, used by plan_mounts() and `features`. */
struct strs;
/** mount_option_names() - every option name that is understood, sorted. */
void mount_option_names(struct arena *a, struct strs *ret);

/** idmap_has() - is @id of the container mapped to one of the host? */
bool idmap_has(const struct plan_id_map *m, uint32_t id);
/**
 * plan_unmapped_option() - of a devpts or tmpfs in a new user namespace: the option "gid=5" or
 * "uid=5" whose id is not mapped there, for which the kernel only says EINVAL; or NULL
 */
const char *plan_unmapped_option(const struct plan *p, const struct plan_mount *m);
/** idmap_check() - is it a map that the kernel takes? "@where.@field: ..." if not */
MUST_CHECK int idmap_check(const struct plan_id_map *m, const char *where, const char *field,
			   struct err *e);

/* rlimit names, used by plan_rlimits(): number of "RLIMIT_NOFILE", or -1. */
int rlimit_number(const char *name);
/* capability names: number of "CAP_CHOWN", or -1; name of a number, or NULL. */
int cap_number(const char *name);
const char *cap_name(int number);

/* A name of config.json and its number in the kernel. */
struct plan_name {
	const char *name;
	uint32_t value;
};

/** plan_policy_name() - "SCHED_FIFO" of its number. */
const char *plan_policy_name(uint32_t policy);
/** plan_memory_mode_name(), plan_memory_flag_name() - those that are understood, sorted; NULL
 * behind the last. For `features`. */
const char *plan_memory_mode_name(size_t i);
const char *plan_memory_flag_name(size_t i);
/** plan_rdt_schemata() - append the lines of resctrl's file in their order: L3, MB, the rest;
 * NULL: none. Also for `update`. Pure. */
void plan_rdt_schemata(const char *l3, const char *mb, const struct strs *more, struct strbuf *out);
/** plan_print_steps() - what is done in its order, a step a line, with the command that does it. */
void plan_print_steps(const struct plan *p, const struct plan_extras *extras, struct strbuf *out);
/** plan_print_net_devices(), plan_print_rdt() - for plan_print(). */
void plan_print_net_devices(const struct plan *p, struct strbuf *out);
void plan_print_rdt(const struct plan *p, struct strbuf *out);
/** plan_print_scheduling() - what of it was asked for, for plan_print(). */
void plan_print_scheduling(const struct plan_process *p, struct strbuf *out);

#endif
