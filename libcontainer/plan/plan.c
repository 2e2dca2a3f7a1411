/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "plan/parts.h"

void plan_warn(struct plan *plan, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);

	size_t n = plan->warnings.n;
	const char **list = (const char **)(uintptr_t)plan->warnings.v;

	/* Room doubles whenever n is a power of two, so that many warnings stay linear. */
	if ((n & (n - 1)) == 0 || !list) {
		list = arena_array(&plan->arena, n ? n * 2 + 1 : 2, const char *);
		for (size_t i = 0; i < n; i++)
			list[i] = plan->warnings.v[i];
	}
	list[n] = arena_strdup(&plan->arena, text);
	list[n + 1] = NULL;
	plan->warnings.v = list;
	plan->warnings.n++;
}

/* Namespaces come first: the other parts ask which are new. */
static int (*const parts[])(const struct plan_input *, struct plan *, struct err *) = {
	plan_refuse,   plan_namespaces, plan_idmaps,	  plan_root,	plan_process,
	plan_caps,     plan_rlimits,	plan_mounts,	  plan_devices, plan_cgroup,
	plan_delegate, plan_sysctl,	plan_net_devices, plan_rdt,
};

int plan_build(const struct spec *spec, const struct host_facts *facts,
	       const struct request *request, struct plan **ret, struct err *e)
{
	const struct plan_input in = { spec, facts, request };
	struct plan *p = mem_new(1, sizeof(*p));

	p->spec = spec;
	p->request = request;
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		int r = parts[i](&in, p, e);

		if (r < 0) {
			plan_free(p);
			return r;
		}
	}
	*ret = p;
	return 0;
}

bool plan_host_has_turn(const struct plan *plan)
{
	const struct spec_hooks *h = &plan->spec->hooks;

	return plan->ns[NS_USER].wanted || h->list[HOOK_PRESTART].n > 0 ||
	       h->list[HOOK_CREATE_RUNTIME].n > 0;
}

void plan_free(struct plan *plan)
{
	if (!plan)
		return;
	arena_done(&plan->arena);
	free(plan);
}
