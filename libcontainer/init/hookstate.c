/* SPDX-License-Identifier: Apache-2.0 */
#include "init/hookstate.h"

#include "base/cleanup.h"
#include "base/jsonw.h"

void hook_state_print(const struct hook_state *s, const char *status, pid_t pid, struct strbuf *out)
{
	struct jsonw w;

	jsonw_init(&w, out, "");
	jsonw_object(&w, NULL);
	jsonw_str(&w, "ociVersion", s->oci_version);
	jsonw_str(&w, "id", s->id);
	jsonw_str(&w, "status", status);
	if (pid > 0)
		jsonw_i64(&w, "pid", pid);
	jsonw_str(&w, "bundle", s->bundle);
	if (s->annotations->n > 0) {
		jsonw_object(&w, "annotations");
		for (size_t i = 0; i < s->annotations->n; i++)
			jsonw_str(&w, s->annotations->v[i].key, s->annotations->v[i].value);
		jsonw_object_end(&w);
	}
	jsonw_object_end(&w);
}

int hook_state_run(const struct hook_state *s, const char *status, pid_t pid,
		   const struct spec_hooks *hooks, const struct hook_context *how, struct err *e)
{
	autodone(strbuf) struct strbuf json = STRBUF_INIT;
	struct hook_context context = *how;

	if (hooks->list[how->kind].n == 0)
		return 0;
	hook_state_print(s, status, pid, &json);
	context.state_json = strbuf_str(&json);
	if (how->kind !=
	    HOOK_START_CONTAINER) /* whose files are open, since their paths are not here */
		context.annotations = s->annotations;
	return hooks_run(hooks, &context, e);
}
