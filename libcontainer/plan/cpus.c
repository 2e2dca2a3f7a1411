/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/cleanup.h"
#include "plan/exec.h"

#define CPUS_MAX 8192 /* CONFIG_NR_CPUS goes no higher */

static int bad(const char *field, const char *text, struct err *e)
{
	return err_set_kind(e, ERR_CONFIG, EINVAL,
			    "%s: \"%s\" is not a list of CPUs such as 0-3,5 (below %d)", field,
			    text, CPUS_MAX);
}

/* One number at *@p, which moves behind it. */
static bool take_number(const char **p, unsigned int *ret)
{
	unsigned int v = 0;
	const char *s = *p + strspn(*p, " ");

	if (*s < '0' || *s > '9')
		return false;
	for (; *s >= '0' && *s <= '9'; s++) {
		v = v * 10 + (unsigned int)(*s - '0');
		if (v >= CPUS_MAX)
			return false;
	}
	*p = s + strspn(s, " ");
	*ret = v;
	return true;
}

int plan_cpus_parse(struct arena *a, const char *field, const char *text, struct plan_cpus *ret,
		    struct err *e)
{
	unsigned char *mask = arena_alloc(a, CPUS_MAX / 8, 1);
	unsigned int first, last, top = 0;
	const char *p = text;

	for (;; p++) {
		if (!take_number(&p, &first))
			return bad(field, text, e);
		last = first;
		if (*p == '-') {
			p++;
			if (!take_number(&p, &last) || last < first)
				return bad(field, text, e);
		}
		for (unsigned int cpu = first; cpu <= last; cpu++)
			mask[cpu / 8] |= (unsigned char)(1u << cpu % 8);
		top = last > top ? last : top;
		if (*p == '\0')
			break;
		if (*p != ',')
			return bad(field, text, e);
	}
	/* The kernel takes whole words. */
	*ret = (struct plan_cpus){ mask, (top / 64 + 1) * 8 };
	return 0;
}

void plan_cpus_print(const struct plan_cpus *c, struct strbuf *out)
{
	size_t i = c->n;

	while (i > 1 && c->mask[i - 1] == 0)
		i--;
	strbuf_addf(out, "0x%x", c->mask[i - 1]);
	while (--i > 0)
		strbuf_addf(out, "%02x", c->mask[i - 1]);
}
