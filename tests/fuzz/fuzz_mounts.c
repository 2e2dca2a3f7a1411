/* SPDX-License-Identifier: Apache-2.0 */

/*
 * One mount, a line each: destination, type, source, options between commas, linux.mountLabel.
 */

#include "fuzz.h"
#include "hosts.h"
#include "plan/mountflags.h"

static struct strs split(struct arena *a, char *text)
{
	const char **v = arena_array(a, strlen(text) + 2, const char *);
	struct strs list = { v, 0 };

	for (const char *word; (word = strsep(&text, ","));)
		v[list.n++] = word;
	return list;
}

static void check_options(const struct mount_options *o)
{
	require((o->attr_set & o->attr_clr) == 0 || o->attr_set);
	for (size_t i = 0; i < o->data.n; i++)
		require(o->data.v[i] && !strchr(o->data.v[i], ','));
}

static void check_plan(const struct plan *p)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;

	for (size_t i = 0; i < p->n_mounts; i++)
		require(p->mounts[i].destination[0] == '/' &&
			!strstr(p->mounts[i].destination, "/../"));
	plan_print(p, NULL, &text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autodone(arena) struct arena a = ARENA_INIT;
	autofree char *text = fuzz_text(data, size);
	char *rest = text;
	const struct spec_mount mount = { .destination = fuzz_line(&rest),
					  .type = fuzz_line(&rest),
					  .source = fuzz_line(&rest),
					  .options = split(&a, fuzz_line(&rest)) };
	const struct spec_namespace namespaces[] = { { .type = "mount" }, { .type = "user" } };
	const struct spec_id_mapping map = { 0, 1000, 10 };
	const struct spec_id_mappings maps = { &map, size % 2 };
	const struct spec_linux linux_ = { .namespaces = namespaces,
					   .n_namespaces = 1 + size % 2,
					   .uid_mappings = maps,
					   .gid_mappings = maps,
					   .mount_label = fuzz_line(&rest) };
	const struct spec_root root = { .path = "rootfs" };
	const char *const args[] = { "sh", NULL };
	const struct spec_process process = { .cwd = "/", .args = { args, 1 } };
	const struct spec spec = { .root = &root,
				   .process = &process,
				   .linux_ = &linux_,
				   .mounts = &mount,
				   .n_mounts = 1 };
	const struct request request = { .program = "vial", .id = "f", .bundle = "/b" };
	struct mount_options options = { 0 };
	struct plan *plan = NULL;
	struct err e = { 0 };

	mount_options_parse(&a, &mount.options, &options);
	check_options(&options);
	if (plan_build(&spec, fuzz_host(size), &request, &plan, &e) == 0)
		check_plan(plan);
	else
		require(!plan && e.code > 0 && e.text[0]);
	plan_free(plan);
	return 0;
}
