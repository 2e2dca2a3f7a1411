/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/sdprops.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/cleanup.h"

#define USEC_PER_SEC   1000000
#define PERCENT_USEC   10000 /* one percent of a CPU, in microseconds a second */
#define PERIOD_DEFAULT 100000
#define CPUS_MAX       8192

static void add_u64(struct arena *a, struct unit_properties *p, const char *name, uint64_t v)
{
	struct unit_properties one = { 0 };

	unit_property_add(a, &one, name, (struct gvar){ .type = 't', .v.u = v });
	sd_merge_properties(a, p, &one);
}

static void add_bool(struct arena *a, struct unit_properties *p, const char *name, bool v)
{
	unit_property_add(a, p, name, (struct gvar){ .type = 'b', .v.u = v });
}

static void add_text(struct arena *a, struct unit_properties *p, const char *name, const char *v)
{
	unit_property_add(a, p, name, (struct gvar){ .type = 's', .v.s = v });
}

void sd_merge_properties(struct arena *a, struct unit_properties *p,
			 const struct unit_properties *more)
{
	for (size_t i = 0; i < more->n; i++) {
		size_t k = 0;

		while (k < p->n && !str_eq(p->v[k].name, more->v[i].name))
			k++;
		if (k < p->n)
			p->v[k] = more->v[i];
		else
			unit_property_add(a, p, more->v[i].name, more->v[i].value);
	}
}

/* --- limits ------------------------------------------------------------------------------- */

/* Files whose number is the property's. "max" and -1 are systemd's infinity. */
static const struct {
	const char *file, *property;
	bool v2;
} numbers[] = {
	{ "memory.max", "MemoryMax", true },
	{ "memory.high", "MemoryHigh", true },
	{ "memory.low", "MemoryLow", true },
	{ "memory.min", "MemoryMin", true },
	{ "memory.swap.max", "MemorySwapMax", true },
	{ "cpu.weight", "CPUWeight", true },
	{ "io.weight", "IOWeight", true },
	{ "pids.max", "TasksMax", true },
	{ "memory.limit_in_bytes", "MemoryLimit", false },
	{ "cpu.shares", "CPUShares", false },
	{ "blkio.weight", "BlockIOWeight", false },
	{ "pids.max", "TasksMax", false },
};

static bool to_number(const char *text, uint64_t *ret)
{
	*ret = UINT64_MAX;
	return str_eq(text, "max") || str_eq(text, "-1") || str_to_u64(text, UINT64_MAX, ret) == 0;
}

/* What is gathered from more than one file. */
struct quota {
	bool set;
	uint64_t quota, period; /* microseconds; UINT64_MAX: none */
};

static void take_quota(struct quota *q, const char *value)
{
	q->set = true;
	if (!to_number(value, &q->quota))
		q->quota = UINT64_MAX;
}

static void take_period(struct quota *q, const char *value)
{
	uint64_t v;

	q->set = true;
	if (str_to_u64(value, UINT64_MAX, &v) == 0 && v)
		q->period = v;
}

/* "50000 100000" */
static void take_cpu_max(struct quota *q, const char *value)
{
	autofree char *copy = mem_strdup(value);
	char *rest = copy;

	take_quota(q, strsep(&rest, " \n"));
	if (rest)
		take_period(q, rest);
}

static void add_quota(struct arena *a, struct unit_properties *out, const struct quota *q)
{
	uint64_t usec = UINT64_MAX;

	if (!q->set)
		return;
	if (q->quota != UINT64_MAX && q->quota < UINT64_MAX / USEC_PER_SEC) {
		usec = q->quota * USEC_PER_SEC / q->period;
		usec = (usec + PERCENT_USEC - 1) / PERCENT_USEC * PERCENT_USEC;
	}
	add_u64(a, out, "CPUQuotaPeriodUSec", q->period);
	add_u64(a, out, "CPUQuotaPerSecUSec", usec);
}

/* "0-3,8" as a bit mask of bytes. */
static int add_set(struct arena *a, struct unit_properties *out, const char *name,
		   const struct cg_setting *s, struct err *e)
{
	unsigned char mask[CPUS_MAX / 8] = { 0 };
	autofree char *copy = mem_strdup(s->value);
	char *rest = copy, *range;
	uint64_t top = 0;

	while ((range = strsep(&rest, ", \n"))) {
		const char *first = strsep(&range, "-");
		uint64_t from, to;

		if (!*first && !range)
			continue;
		if (str_to_u64(first, CPUS_MAX - 1, &from) < 0 ||
		    str_to_u64(range ? range : first, CPUS_MAX - 1, &to) < 0 || to < from)
			return err_set_kind(e, ERR_CONFIG, EINVAL,
					    "%s: \"%s\" is not a list such as 0-3,5", s->json,
					    s->value);
		for (uint64_t i = from; i <= to; i++)
			mask[i / 8] |= (unsigned char)(1u << i % 8);
		top = to / 8 + 1 > top ? to / 8 + 1 : top;
	}
	struct gvar *bytes = arena_array(a, top + 1, struct gvar);
	for (uint64_t i = 0; i < top; i++)
		bytes[i] = (struct gvar){ .type = 'y', .v.u = mask[i] };
	struct unit_properties one = { 0 };
	unit_property_add(a, &one, name,
			  (struct gvar){ .type = 'a', .element = "y", .items = bytes, .n = top });
	sd_merge_properties(a, out, &one);
	return 0;
}

static void add_number(struct arena *a, struct unit_properties *out, const struct cg_setting *s)
{
	uint64_t v;

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		if (numbers[i].v2 == s->v2 && str_eq(numbers[i].file, s->file) &&
		    to_number(s->value, &v))
			add_u64(a, out, numbers[i].property, v);
}

int sd_limit_properties(const struct cg_settings *s, struct arena *a, struct unit_properties *out,
			struct err *e)
{
	struct quota q = { .quota = UINT64_MAX, .period = PERIOD_DEFAULT };
	int r = 0;

	for (size_t i = 0; r == 0 && i < s->n; i++) {
		const struct cg_setting *v = &s->v[i];

		if (str_eq(v->file, "cpu.max"))
			take_cpu_max(&q, v->value);
		else if (str_eq(v->file, "cpu.cfs_quota_us"))
			take_quota(&q, v->value);
		else if (str_eq(v->file, "cpu.cfs_period_us"))
			take_period(&q, v->value);
		else if (v->v2 && str_eq(v->file, "cpuset.cpus"))
			r = add_set(a, out, "AllowedCPUs", v, e);
		else if (v->v2 && str_eq(v->file, "cpuset.mems"))
			r = add_set(a, out, "AllowedMemoryNodes", v, e);
		else if (v->v2 && str_eq(v->file, "cpu.idle") && str_eq(v->value, "1"))
			add_u64(a, out, "CPUWeight", 0); /* systemd 252: idle */
		else
			add_number(a, out, v);
	}
	add_quota(a, out, &q);
	return r;
}

/* --- devices ------------------------------------------------------------------------------- */

static const char *device_name(const struct dev_rule *r, struct arena *a)
{
	const char *kind = r->type == 'b' ? "block" : "char";

	if (r->major == DEV_ANY)
		return r->minor == DEV_ANY ? arena_printf(a, "%s-*", kind) : NULL;
	if (r->minor == DEV_ANY)
		return arena_printf(a, "%s-%" PRId64, kind, r->major);
	return arena_printf(a, "/dev/%s/%" PRId64 ":%" PRId64, kind, r->major, r->minor);
}

static const char *access_text(unsigned int access, struct arena *a)
{
	return arena_printf(a, "%s%s%s", access & BPF_DEVCG_ACC_READ ? "r" : "",
			    access & BPF_DEVCG_ACC_WRITE ? "w" : "",
			    access & BPF_DEVCG_ACC_MKNOD ? "m" : "");
}

void sd_device_properties(const struct dev_rules *rules, struct arena *a,
			  struct unit_properties *out)
{
	struct gvar *list = arena_array(a, rules->n + 1, struct gvar);
	size_t n = 0;

	add_text(a, out, "DevicePolicy", rules->default_allow ? "auto" : "strict");
	for (size_t i = 0; !rules->default_allow && i < rules->n; i++) {
		const char *name = rules->v[i].allow ? device_name(&rules->v[i], a) : NULL;

		if (!name)
			continue;
		struct gvar *pair = arena_array(a, 2, struct gvar);
		pair[0] = (struct gvar){ .type = 's', .v.s = name };
		pair[1] = (struct gvar){ .type = 's', .v.s = access_text(rules->v[i].access, a) };
		list[n] = (struct gvar){ .type = 'r', .items = pair, .n = 2 };
		n++;
	}
	unit_property_add(a, out, "DeviceAllow",
			  (struct gvar){ .type = 'a', .element = "(ss)", .items = list, .n = n });
}

/* --- the unit ------------------------------------------------------------------------------ */

static void add_pid(struct arena *a, struct unit_properties *out, pid_t pid)
{
	struct gvar *item = arena_array(a, 1, struct gvar);

	*item = (struct gvar){ .type = 'u', .v.u = (uint32_t)pid };
	unit_property_add(a, out, "PIDs",
			  (struct gvar){ .type = 'a', .element = "u", .items = item, .n = 1 });
}

static void add_wants(struct arena *a, struct unit_properties *out, const char *slice)
{
	struct gvar *item = arena_array(a, 1, struct gvar);

	*item = (struct gvar){ .type = 's', .v.s = slice };
	unit_property_add(a, out, "Wants",
			  (struct gvar){ .type = 'a', .element = "s", .items = item, .n = 1 });
}

void sd_unit_properties(const struct plan_unit *unit, const char *id, pid_t pid, bool is_v2,
			struct arena *a, struct unit_properties *out)
{
	add_text(a, out, "Description", arena_printf(a, "vial container %s", id));
	if (unit->is_slice) {
		add_wants(a, out, unit->slice);
	} else {
		add_text(a, out, "Slice", unit->slice);
		add_bool(a, out, "Delegate", true);
		add_pid(a, out, pid);
	}
	add_bool(a, out, "MemoryAccounting", true);
	add_bool(a, out, "CPUAccounting", true);
	add_bool(a, out, is_v2 ? "IOAccounting" : "BlockIOAccounting", true);
	add_bool(a, out, "TasksAccounting", true);
	add_bool(a, out, "DefaultDependencies", false);
	add_text(a, out, "CollectMode", "inactive-or-failed"); /* nothing to reset when it fails */
}
