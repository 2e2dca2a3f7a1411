/* SPDX-License-Identifier: Apache-2.0 */
#include "seccomp/explain.h"

#include <linux/seccomp.h>

#include "base/cleanup.h"

static void add_words(struct strbuf *out, const char *label, const struct strs *words)
{
	if (words->n == 0)
		return;
	strbuf_addf(out, "  %s", label);
	for (size_t i = 0; i < words->n; i++)
		strbuf_addf(out, " %s", words->v[i]);
	strbuf_adds(out, "\n");
}

static void add_profile(const struct spec_seccomp *s, struct strbuf *out)
{
	size_t names = 0, conditional = 0;

	for (size_t i = 0; i < s->n_syscalls; i++) {
		names += s->syscalls[i].names.n;
		conditional += s->syscalls[i].n_args > 0;
	}
	strbuf_addf(out, "  default %s", s->default_action);
	if (s->default_errno_ret.set)
		strbuf_addf(out, " %u", s->default_errno_ret.v);
	strbuf_adds(out, "\n");
	add_words(out, "architectures", &s->architectures);
	add_words(out, "flags", &s->flags);
	strbuf_addf(out, "  rules %zu for %zu names, %zu of them with conditions\n", s->n_syscalls,
		    names, conditional);
	if (s->listener_path)
		strbuf_addf(out, "  listener %s\n", s->listener_path);
}

void seccomp_print(const struct spec_seccomp *s, const struct seccomp_filter *f, struct strbuf *out)
{
	if (!f->insns)
		return;
	strbuf_adds(out, "seccomp\n");
	if (s)
		add_profile(s, out);
	strbuf_addf(out, "  program of %u instructions%s\n", f->n,
		    f->notifies ? ", which asks an agent" : "");
}
