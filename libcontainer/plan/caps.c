/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "plan/parts.h"

/* capabilities(7), by number. */
static const char *const names[] = {
	"CAP_CHOWN",
	"CAP_DAC_OVERRIDE",
	"CAP_DAC_READ_SEARCH",
	"CAP_FOWNER",
	"CAP_FSETID",
	"CAP_KILL",
	"CAP_SETGID",
	"CAP_SETUID",
	"CAP_SETPCAP",
	"CAP_LINUX_IMMUTABLE",
	"CAP_NET_BIND_SERVICE",
	"CAP_NET_BROADCAST",
	"CAP_NET_ADMIN",
	"CAP_NET_RAW",
	"CAP_IPC_LOCK",
	"CAP_IPC_OWNER",
	"CAP_SYS_MODULE",
	"CAP_SYS_RAWIO",
	"CAP_SYS_CHROOT",
	"CAP_SYS_PTRACE",
	"CAP_SYS_PACCT",
	"CAP_SYS_ADMIN",
	"CAP_SYS_BOOT",
	"CAP_SYS_NICE",
	"CAP_SYS_RESOURCE",
	"CAP_SYS_TIME",
	"CAP_SYS_TTY_CONFIG",
	"CAP_MKNOD",
	"CAP_LEASE",
	"CAP_AUDIT_WRITE",
	"CAP_AUDIT_CONTROL",
	"CAP_SETFCAP",
	"CAP_MAC_OVERRIDE",
	"CAP_MAC_ADMIN",
	"CAP_SYSLOG",
	"CAP_WAKE_ALARM",
	"CAP_BLOCK_SUSPEND",
	"CAP_AUDIT_READ",
	"CAP_PERFMON",
	"CAP_BPF",
	"CAP_CHECKPOINT_RESTORE",
};
#define CAP_COUNT ((int)ARRAY_SIZE(names))

int cap_number(const char *name)
{
	for (int i = 0; i < CAP_COUNT; i++)
		if (str_eq(names[i], name))
			return i;
	return -1;
}

const char *cap_name(int number)
{
	return number >= 0 && number < CAP_COUNT ? names[number] : NULL;
}

/* Names that are left out, from all five sets. */
struct ignored {
	const char **v;
	size_t n;
};

static uint64_t read_set(const struct strs *list, uint64_t available, struct ignored *ignored)
{
	uint64_t set = 0;

	for (size_t i = 0; i < list->n; i++) {
		int n = cap_number(list->v[i]);

		if (n >= 0 && available & 1ULL << n)
			set |= 1ULL << n;
		else
			ignored->v[ignored->n++] = list->v[i];
	}
	return set;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void warn_ignored(struct plan *p, struct ignored *ignored)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;

	if (ignored->n == 0)
		return;
	qsort(ignored->v, ignored->n, sizeof(*ignored->v), compare_names);
	for (size_t i = 0; i < ignored->n; i++)
		if (i == 0 || !str_eq(ignored->v[i - 1], ignored->v[i]))
			strbuf_addf(&text, "%s%s", i ? " " : "", ignored->v[i]);
	plan_warn(p, "ignoring unknown or unavailable capabilities: [%s]", strbuf_str(&text));
}

/* Bits of @set outside @limit are taken out, with a warning. */
static uint64_t limited(struct plan *p, uint64_t set, uint64_t limit, const char *set_name,
			const char *limit_name)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;

	for (int i = 0; i < CAP_COUNT; i++)
		if (set & ~limit & 1ULL << i)
			strbuf_addf(&text, " %s", names[i]);
	if (text.len > 0)
		plan_warn(p, "process.capabilities.%s: left out, since not in %s:%s", set_name,
			  limit_name, strbuf_str(&text));
	return set & limit;
}

/* The words of runc and crun, once. */
static uint64_t raisable(struct plan *p, uint64_t set, uint64_t limit, const char *limit_name)
{
	autodone(strbuf) struct strbuf more = STRBUF_INIT;
	const char *first = NULL;

	for (int i = 0; i < CAP_COUNT; i++) {
		if (!(set & ~limit & 1ULL << i))
			continue;
		if (first)
			strbuf_addf(&more, "%s%s", more.len ? " " : "; nor are ", names[i]);
		else
			first = names[i];
	}
	if (first)
		plan_warn(
			p,
			"can't raise ambient capability %s: it is not in process.capabilities.%s%s",
			first, limit_name, strbuf_str(&more));
	return set & limit;
}

int plan_caps(const struct plan_input *in, struct plan *p, struct err *e)
{
	const struct spec_capabilities *s = in->spec->process->capabilities;
	const struct host_facts *f = in->facts;
	struct plan_caps *c = &p->process.caps;

	(void)e;
	if (!s)
		return 0;
	size_t n = s->bounding.n + s->effective.n + s->inheritable.n + s->permitted.n +
		   s->ambient.n;
	autofree const char **list = mem_new(n + 1, sizeof(*list));
	struct ignored ignored = { list, 0 };

	/* Whoever enters a user namespace has all in it: user_namespaces(7). */
	uint64_t known = (2ULL << (f->cap_last < CAP_COUNT ? f->cap_last : CAP_COUNT - 1)) - 1;
	bool all = p->ns[NS_USER].wanted;
	uint64_t bounding = all ? known : known & f->caps_bounding;
	uint64_t permitted = all ? known : known & f->caps_effective;

	c->set = true;
	c->bounding = read_set(&s->bounding, bounding, &ignored);
	c->effective = read_set(&s->effective, permitted, &ignored);
	c->permitted = read_set(&s->permitted, permitted, &ignored);
	c->inheritable = read_set(&s->inheritable, bounding, &ignored);
	c->ambient = read_set(&s->ambient, permitted, &ignored);
	warn_ignored(p, &ignored);

	/* What capset(2) would refuse as a whole is granted as far as it goes. */
	c->effective = limited(p, c->effective, c->permitted, "effective", "permitted");
	c->inheritable = limited(p, c->inheritable, c->bounding, "inheritable", "bounding");
	c->ambient = raisable(p, c->ambient, c->permitted, "permitted");
	c->ambient = raisable(p, c->ambient, c->inheritable, "inheritable");
	return 0;
}
