/* SPDX-License-Identifier: Apache-2.0 */
/* linux.netDevices. */
#include <errno.h>
#include <string.h>

#include "plan/parts.h"

#define NAME_SIZE 16 /* IFNAMSIZ */

/* dev_valid_name() of net/core/dev.c. */
static bool is_name(const char *s)
{
	size_t n = strlen(s);

	return n > 0 && n < NAME_SIZE && !str_eq(s, ".") && !str_eq(s, "..") &&
	       strcspn(s, "/: \t\n\v\f\r") == n;
}

/* A template has one %d and no other '%': dev_prep_valid_name(), the same file. */
static bool is_template(const char *s)
{
	const char *percent = strchr(s, '%');

	return !percent || (percent[1] == 'd' && !strchr(percent + 1, '%'));
}

static int refuse(struct err *e, const char *text)
{
	return err_set_kind(e, ERR_CONFIG, EINVAL, "linux.netDevices: %s", text);
}

int plan_net_devices(const struct plan_input *in, struct plan *p, struct err *e)
{
	const struct spec_linux *l = in->spec->linux_;

	if (l->n_net_devices == 0)
		return 0;
	if (!p->ns[NS_NETWORK].wanted)
		return refuse(e, "unable to move network devices without a NET namespace");
	if (in->facts->euid != 0 || in->facts->in_userns)
		return refuse(e, "network devices are not supported for rootless containers");

	struct plan_net_device *list =
		arena_array(&p->arena, l->n_net_devices, struct plan_net_device);
	for (size_t i = 0; i < l->n_net_devices; i++) {
		const char *name = l->net_devices[i].host_name;
		const char *new_name = given(l->net_devices[i].name);

		if (!is_name(name) || strchr(name, '%'))
			return err_set_kind(e, ERR_CONFIG, EINVAL,
					    "linux.netDevices: invalid network device name \"%s\"",
					    name);
		if (new_name && (!is_name(new_name) || !is_template(new_name)))
			return err_set_kind(
				e, ERR_CONFIG, EINVAL,
				"linux.netDevices.%s.name: invalid network device name \"%s\"",
				name, new_name);
		list[i] = (struct plan_net_device){ name, new_name ? new_name : name };
	}
	p->net_devices = list;
	p->n_net_devices = l->n_net_devices;
	return 0;
}

void plan_print_net_devices(const struct plan *p, struct strbuf *out)
{
	for (size_t i = 0; i < p->n_net_devices; i++)
		strbuf_addf(out, "network device %s as %s\n", p->net_devices[i].name,
			    p->net_devices[i].new_name);
}
