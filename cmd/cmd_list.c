/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "cmd/cmd.h"
#include "cmd/info.h"

static const struct option_row options[] = {
	{ "format", 'f', OPTION_TEXT, "'table' or 'json'", "table" },
	{ "quiet", 'q', OPTION_SWITCH, "print the ids only", NULL },
	{ 0 },
};

struct list {
	struct container_info *v;
	size_t n;
};

static void list_done(struct list *l)
{
	for (size_t i = 0; i < l->n; i++)
		container_info_done(&l->v[i]);
	free(l->v);
}

static const char **find_owners(struct arena *a, const struct list *l)
{
	struct strbuf passwd autodone(strbuf) = STRBUF_INIT;
	struct err ignored;
	const char **owners = arena_array(a, l->n + 1, const char *);

	/* Without that file there are still numbers. */
	if (file_read_at(AT_FDCWD, "/etc/passwd", 0, &passwd, &ignored) < 0)
		strbuf_done(&passwd);
	for (size_t i = 0; i < l->n; i++)
		owners[i] = owner_name(a, strbuf_str(&passwd), l->v[i].owner);
	return owners;
}

static void add_ids(const struct list *l, struct strbuf *out)
{
	for (size_t i = 0; i < l->n; i++)
		strbuf_addf(out, "%s\n", l->v[i].id);
}

static void add_json(const struct list *l, const char *const *owners, struct strbuf *out)
{
	struct jsonw w;

	if (l->n == 0) {
		strbuf_adds(out, "null\n"); /* an empty Go slice, which callers know */
		return;
	}
	jsonw_init(&w, out, "");
	jsonw_array(&w, NULL);
	for (size_t i = 0; i < l->n; i++)
		info_json(&w, &l->v[i], owners[i]);
	jsonw_array_end(&w);
	strbuf_adds(out, "\n");
}

static int run(struct invocation *in, int *ret_status, struct err *e)
{
	const char *format = options_text(&in->local, "format");
	bool json = format && str_eq(format, "json");
	struct list list autodone(list) = { 0 };
	struct strbuf text autodone(strbuf) = STRBUF_INIT;

	(void)ret_status;
	if (format && !json && !str_eq(format, "table"))
		return err_set_kind(e, ERR_USAGE, EINVAL, "invalid format option");

	int r = container_list(&in->env, &list.v, &list.n, e);
	if (r == -ENOENT && !in->root_given)
		r = 0; /* no container was ever made here */
	if (r < 0)
		return r;

	if (options_on(&in->local, "quiet")) {
		add_ids(&list, &text);
	} else {
		const char **owners = find_owners(&in->arena, &list);

		if (json)
			add_json(&list, owners, &text);
		else
			info_table(list.v, owners, list.n, &text);
	}
	return output(&text, e);
}

const struct command cmd_list = {
	.name = "list",
	.summary = "list the containers below the state root",
	.usage = "[command options]",
	.text = "The root is that of the global option \"--root\".\n"
		"\n"
		"EXAMPLE:\n"
		"   To list the containers that Docker made with its runtime \"vial\":\n"
		"\n"
		"       # {} --root /run/docker/runtime-vial/moby list\n",
	.options = options,
	.run = run,
};
