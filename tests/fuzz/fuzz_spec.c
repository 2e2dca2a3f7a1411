/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Any bytes as config.json, as process.json, as the document of `update` and as that of `mounts
 * add`. What is accepted keeps the promises of spec.h that other layers rely on.
 */

#include <limits.h>

#include "fuzz.h"
#include "spec/spec.h"

typedef int (*parse_fn)(const char *file, const char *text, size_t n, struct spec **ret,
			struct err *e);

static void check_strs(const struct strs *s)
{
	for (size_t i = 0; i < s->n; i++)
		require(strlen(s->v[i]) <= (1u << 20));
	require(!s->v || !s->v[s->n]);
}

static void check_process(const struct spec_process *p)
{
	require(p->cwd && strlen(p->cwd) < PATH_MAX);
	require(p->user.uid != UINT32_MAX && p->user.gid != UINT32_MAX);
	for (size_t i = 0; i < p->user.n_additional_gids; i++)
		require(p->user.additional_gids[i] != UINT32_MAX);
	for (size_t i = 0; i < p->n_rlimits; i++)
		require(p->rlimits[i].type != NULL);
	check_strs(&p->args);
	check_strs(&p->env);
}

static void check_linux(const struct spec_linux *l)
{
	for (size_t i = 0; i < l->n_namespaces; i++) {
		require(l->namespaces[i].type != NULL);
		require(!l->namespaces[i].path || *l->namespaces[i].path);
	}
	for (size_t i = 0; i < l->n_devices; i++)
		require(l->devices[i].type && l->devices[i].path);
	for (size_t i = 0; l->seccomp && i < l->seccomp->n_syscalls; i++)
		require(l->seccomp->syscalls[i].action != NULL);
	require(!l->seccomp || l->seccomp->default_action);
	check_strs(&l->masked_paths);
	check_strs(&l->readonly_paths);
}

static void check(const struct spec *s)
{
	require(s->linux_ != NULL);
	check_linux(s->linux_);
	check_strs(&s->unknown);
	if (s->process)
		check_process(s->process);
	require(!s->root || s->root->path);
	for (size_t i = 0; i < s->n_mounts; i++)
		require(s->mounts[i].destination != NULL);
	for (int k = 0; k < HOOK_COUNT; k++)
		for (size_t i = 0; i < s->hooks.list[k].n; i++)
			require(s->hooks.list[k].v[i].path != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const parse_fn parsers[] = { spec_parse, spec_parse_process, spec_parse_resources,
					    spec_parse_mounts };

	for (size_t i = 0; i < sizeof(parsers) / sizeof(parsers[0]); i++) {
		struct spec *spec = NULL;
		struct err e = { 0 };
		int r = parsers[i]("f", (const char *)data, size, &spec, &e);

		if (r < 0) {
			require(!spec && e.kind == ERR_CONFIG && str_after(e.text, "f:") != NULL);
			continue;
		}
		check(spec);
		spec_free(spec);
	}
	return 0;
}
