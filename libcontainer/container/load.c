/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/path.h"
#include "container/create.h"
#include "plan/annotations.h"
#include "seccomp/explain.h"

/* One line each, because the error itself may be too long for all of them. */
static int check_strict(const struct create *c, const char *name, struct err *e)
{
	int r = spec_check_strict(c->spec, name, e);

	for (size_t i = 0; r < 0 && c->spec->unknown.n > 1 && i < c->spec->unknown.n; i++)
		log_warn(c->env->log, "%s: unknown field %s", name, c->spec->unknown.v[i]);
	return r;
}

static int read_config(struct create *c, struct err *e)
{
	TRACE(c->env->trace, "read config.json");

	const char *name = c->req->config_name ? c->req->config_name : "config.json";

	const char *path = path_join(&c->arena, c->req->bundle, name);

	int r = file_read_at(AT_FDCWD, path, JSON_DOCUMENT_MAX, &c->config, e);
	if (r == -ENOENT)
		return err_set_kind(e, ERR_CONFIG, ENOENT, "JSON specification file %s not found",
				    name);
	if (r == -EFBIG)
		return err_set_kind(e, ERR_CONFIG, EFBIG, "%s: larger than 16 MiB", name);
	if (r < 0)
		return r;
	r = spec_parse(name, strbuf_str(&c->config), c->config.len, &c->spec, e);
	return r < 0 || !c->req->strict ? r : check_strict(c, name, e);
}

static void tell(const struct create *c)
{
	const struct log_sink *log = c->env->log;

	for (size_t i = 0; log_is_debug(log) && i < c->spec->unknown.n; i++)
		log_debug(log, "config.json: unknown field %s is ignored", c->spec->unknown.v[i]);
	for (size_t i = 0; i < c->plan->warnings.n; i++)
		log_warn(log, "%s", c->plan->warnings.v[i]);
}

static bool wants_labels(const struct spec *s)
{
	return spec_has_labels(s->process) || (s->linux_->mount_label && *s->linux_->mount_label);
}

int container_decide(const struct spec *spec, const struct request *req, struct host_facts *facts,
		     struct plan **ret, struct err *e)
{
	int r = host_facts_probe(facts, wants_labels(spec), e);

	if (r == 0 && spec->linux_->intel_rdt)
		r = host_facts_find_resctrl(&facts->arena, &facts->resctrl, e);
	if (r == 0 && plan_annotation(&spec->annotations, ANNOTATION_SYSTEMD_V1))
		r = host_facts_find_systemd_v1(facts, e);
	if (r == 0 && req->systemd_cgroup && request_is_rootless(req, facts))
		r = cgroup_user_manager(&facts->arena, &facts->user_manager, e);
	return r < 0 ? r : plan_build(spec, facts, req, ret, e);
}

int create_load(struct create *c, struct err *e)
{
	TRACE(c->env->trace, "load and plan");

	int r = read_config(c, e);
	if (r == 0)
		r = container_decide(c->spec, c->req, &c->facts, &c->plan, e);
	if (r < 0)
		return r;
	tell(c);
	if (c->plan->refusal)
		return err_set_kind(e, ERR_CONFIG, EINVAL, "%s", c->plan->refusal);
	return 0;
}

static size_t count_lines(const char *text, const char *start)
{
	size_t n = 0;

	for (; *text; text += strcspn(text, "\n"), text += *text == '\n')
		n += str_after(text, start) != NULL;
	return n;
}

static int print_plan(struct create *c, struct strbuf *out, struct err *e)
{
	autodone(strbuf) struct strbuf cgroup = STRBUF_INIT, filter = STRBUF_INIT;
	struct plan_extras x = { 0 };
	struct seccomp_options how;
	int r = cgroup_print_settings(&c->plan->cgroup, c->spec->linux_->resources, &cgroup, e);

	if (r == 0)
		r = seccomp_options_read(&c->spec->annotations, c->req->seccomp_receiver,
					 c->env->log, &how, e);
	if (r == 0)
		r = seccomp_compile(c->spec->linux_->seccomp, &how, &c->filter, e);
	if (r < 0)
		return r;
	seccomp_print(c->spec->linux_->seccomp, &c->filter, &filter);
	x.cgroup = strbuf_str(&cgroup);
	x.n_limits = count_lines(x.cgroup, "limit ");
	x.filter = strbuf_str(&filter);
	x.has_filter = c->filter.insns != NULL;
	x.filter_notifies = c->filter.notifies;
	plan_print(c->plan, &x, out);
	return 0;
}

int container_print_plan(const struct request *req, struct strbuf *out, struct err *e)
{
	const struct container_env env = { .root = "/" };
	struct create c;

	create_init(&c, &env, req);
	int r = read_config(&c, e);
	if (r == 0)
		r = container_decide(c.spec, req, &c.facts, &c.plan, e);
	if (r == 0)
		r = print_plan(&c, out, e);
	create_done(&c);
	return r;
}
