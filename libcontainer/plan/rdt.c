/* SPDX-License-Identifier: Apache-2.0 */
/* linux.intelRdt: which group of resctrl, and what is written into it. */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "plan/parts.h"

static bool is_group_name(const char *s)
{
	return !str_eq(s, ".") && !str_eq(s, "..") && !strchr(s, '/');
}

/* Line by line; without the lines of memory bandwidth where memBwSchema says it. */
static void add_lines(struct strbuf *out, const char *text, bool without_mb)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		if (n > 0 && !(without_mb && strncmp(text, "MB:", 3) == 0))
			strbuf_addf(out, "%.*s\n", (int)n, text);
		text += n + (text[n] == '\n');
	}
}

void plan_rdt_schemata(const char *l3, const char *mb, const struct strs *more, struct strbuf *out)
{
	if (l3)
		add_lines(out, l3, mb != NULL);
	if (mb)
		add_lines(out, mb, false);
	for (size_t i = 0; more && i < more->n; i++)
		add_lines(out, more->v[i], false);
}

int plan_rdt(const struct plan_input *in, struct plan *p, struct err *e)
{
	const struct spec_intel_rdt *s = in->spec->linux_->intel_rdt;
	autodone(strbuf) struct strbuf text = STRBUF_INIT;
	struct plan_rdt *ret = &p->rdt;

	if (!s)
		return 0;
	const char *id = given(s->clos_id), *l3 = given(s->l3_cache_schema);
	const char *mb = given(s->mem_bw_schema);
	if (id && !str_eq(id, "/") && !is_group_name(id))
		return err_set_kind(e, ERR_CONFIG, EINVAL,
				    "linux.intelRdt: invalid intelRdt.ClosID \"%s\"", id);
	if (!in->facts->resctrl)
		return err_set_kind(
			e, ERR_CONFIG, ENOTSUP,
			"linux.intelRdt: intelRdt is specified in config, but Intel RDT is not supported or enabled (no resctrl file system is mounted)");

	plan_rdt_schemata(l3, mb, &s->schemata, &text);
	ret->enabled = true;
	ret->root = in->facts->resctrl;
	ret->needs_l3 = l3 != NULL;
	ret->needs_mb = mb != NULL;
	ret->schemata = text.len ? arena_strdup(&p->arena, text.data) : NULL;
	ret->must_exist = id && !ret->schemata;
	ret->monitoring = s->enable_monitoring || s->enable_cmt || s->enable_mbm;
	/* Only monitored: no group of its own is needed for that. */
	if (!id && !ret->schemata)
		id = "/";
	ret->group = str_eq(id ? id : "", "/") ? ret->root
					       : arena_printf(&p->arena, "%s/%s", ret->root,
							      id ? id : in->request->id);
	if (ret->monitoring)
		ret->mon = arena_printf(&p->arena, "%s/mon_groups/%s", ret->group, in->request->id);
	return 0;
}

void plan_print_rdt(const struct plan *p, struct strbuf *out)
{
	if (!p->rdt.enabled)
		return;
	strbuf_addf(out, "resctrl %s%s\n", p->rdt.group, p->rdt.must_exist ? ", as it is" : "");
	for (const char *s = p->rdt.schemata; s && *s;) {
		size_t n = strcspn(s, "\n");

		strbuf_addf(out, "  %.*s\n", (int)n, s);
		s += n + 1;
	}
	if (p->rdt.mon)
		strbuf_addf(out, "  monitored in %s\n", p->rdt.mon);
}
