/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/env.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

/* FNV-1a over the key, so that 100,000 variables are still linear work. */
static size_t key_hash(const char *s, size_t n)
{
	uint64_t h = 14695981039346656037ULL;

	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)s[i]) * 1099511628211ULL;
	return (size_t)h;
}

/* Open addressing; slots hold index + 1 into the list of variables. */
struct key_set {
	size_t *slots;
	size_t mask;
};

/* True when the key of @s was not there yet; it is now. */
static bool key_add(struct key_set *set, const struct strs *env, size_t i)
{
	const char *s = env->v[i];
	size_t len = (size_t)(strchr(s, '=') - s) + 1;

	for (size_t at = key_hash(s, len) & set->mask;; at = (at + 1) & set->mask) {
		if (set->slots[at] == 0) {
			set->slots[at] = i + 1;
			return true;
		}
		if (strncmp(env->v[set->slots[at] - 1], s, len) == 0)
			return false;
	}
}

static int check(const struct strs *env, struct err *e)
{
	for (size_t i = 0; i < env->n; i++) {
		const char *eq = strchr(env->v[i], '=');

		if (!eq || eq == env->v[i])
			return err_set_kind(e, ERR_CONFIG, EINVAL,
					    "process.env[%zu]: \"%s\" is not of the form KEY=VALUE",
					    i, env->v[i]);
	}
	return 0;
}

int plan_env(const struct strs *env, unsigned int listen_fds, struct plan *p, struct err *e)
{
	size_t size = 16, kept = 0;
	int r = check(env, e);

	if (r < 0)
		return r;
	while (size < env->n * 2)
		size *= 2;
	autofree size_t *slots = mem_new(size, sizeof(*slots));
	struct key_set set = { slots, size - 1 };

	/* Backwards, so that the last of a key wins; then turned round in place. */
	const char **out = arena_array(&p->arena, env->n + 3, const char *);
	for (size_t i = env->n; i-- > 0;) {
		if (!key_add(&set, env, i) || str_eq(env->v[i], "HOME="))
			continue;
		if (str_after(env->v[i], "HOME="))
			p->process.env_has_home = true;
		out[kept++] = env->v[i];
	}
	for (size_t i = 0; i < kept / 2; i++) {
		const char *s = out[i];

		out[i] = out[kept - 1 - i];
		out[kept - 1 - i] = s;
	}
	if (listen_fds > 0) {
		out[kept++] = arena_printf(&p->arena, "LISTEN_FDS=%u", listen_fds);
		out[kept++] = "LISTEN_PID=1";
	}
	p->process.envp = out;
	return 0;
}
