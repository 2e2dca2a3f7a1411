/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/cleanup.h"
#include "plan/parts.h"

static int check_hooks(const struct spec_hooks *h, struct err *e)
{
	for (int k = 0; k < HOOK_COUNT; k++)
		for (size_t i = 0; i < h->list[k].n; i++)
			if (h->list[k].v[i].path[0] != '/')
				return err_set_kind(e, ERR_CONFIG, EINVAL,
						    "hooks.%s[%zu].path: \"%s\" must be absolute",
						    spec_hook_names[k], i, h->list[k].v[i].path);
	return 0;
}

/*
 * What is wrong whatever the host is. Nothing that the spec layer reads is without effect any more;
 * a field that were is to be refused here: a container that silently lacks what its configuration
 * says is worse than one that does not start.
 */
int plan_refuse(const struct plan_input *in, struct plan *p, struct err *e)
{
	(void)p;
	return check_hooks(&in->spec->hooks, e);
}
