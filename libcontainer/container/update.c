/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/cleanup.h"
#include "container/ops.h"
#include "rdt/rdt.h"

static bool is_same_text(const char *a, const char *b)
{
	return str_eq(a ? a : "", b ? b : "");
}

static bool is_same_number(const struct opt_i64 *a, const struct opt_i64 *b)
{
	return (a->set ? a->v : -1) == (b->set ? b->v : -1);
}

static bool is_same_rule(const struct spec_device_rule *a, const struct spec_device_rule *b)
{
	return a->allow == b->allow && is_same_text(a->type, b->type) &&
	       is_same_text(a->access, b->access) && is_same_number(&a->major, &b->major) &&
	       is_same_number(&a->minor, &b->minor);
}

/*
 * Clients send the whole of linux.resources back, device rules too. These stay as they are, as
 * with runc; whoever wants others is told.
 */
static void check_devices(const struct handle *h, const struct spec_resources *res)
{
	struct spec *spec = NULL;
	struct err ignored;

	if (!res->n_devices || spec_load(h->dir_fd, STATE_CONFIG, &spec, &ignored) < 0)
		return;
	const struct spec_resources *old = spec->linux_->resources;
	bool same = old && old->n_devices == res->n_devices;
	for (size_t i = 0; same && i < res->n_devices; i++)
		same = is_same_rule(&old->devices[i], &res->devices[i]);
	if (!same)
		log_warn(h->env->log,
			 "linux.resources.devices: ignored, update does not change device rules");
	spec_free(spec);
}

/* In the words of runc where the container has no group to change. */
static int update_rdt(const struct handle *h, const struct update_rdt *rdt, struct err *e)
{
	if (!rdt || (!rdt->l3_cache_schema && !rdt->mem_bw_schema))
		return 0;
	if (!h->state.rdt.group && rdt->l3_cache_schema)
		return err_set(e, ENOTSUP, "Intel RDT/CAT: l3 cache schema is not enabled");
	if (!h->state.rdt.group)
		return err_set(e, ENOTSUP, "Intel RDT/MBA: memory bandwidth schema is not enabled");
	return rdt_update(h->state.rdt.group, rdt->l3_cache_schema, rdt->mem_bw_schema, e);
}

static int update_found(struct handle *h, const struct spec_resources *res,
			const struct update_rdt *rdt, struct err *e)
{
	int status = handle_status(h, e);

	if (status < 0)
		return status;
	if (status == CONTAINER_STOPPED || status == CONTAINER_CREATING)
		return err_set_kind(e, ERR_NOT_RUNNING, ESRCH, "container not running");
	check_devices(h, res);
	/* First, because it can fail without a trace; the limits are all or nothing. */
	int r = update_rdt(h, rdt, e);
	return r < 0 ? r : cgroup_update(&h->cgroup, res, e);
}

int container_update(const struct container_env *env, const char *id,
		     const struct spec_resources *res, const struct update_rdt *rdt, struct err *e)
{
	struct handle h = HANDLE_INIT;

	int r = handle_open(&h, env, id, e);
	if (r == 0)
		r = update_found(&h, res, rdt, e);
	handle_done(&h);
	return r;
}
