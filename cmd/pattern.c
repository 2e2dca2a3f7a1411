/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/pattern.h"

#include <errno.h>
#include <regex.h>
#include <stdlib.h>

#include "base/cleanup.h"

struct ids {
	char **v;
	size_t n;
};

static void ids_done(struct ids *ids)
{
	for (size_t i = 0; i < ids->n; i++)
		free(ids->v[i]);
	free(ids->v);
}

static int compile(const char *pattern, regex_t *re, struct err *e)
{
	char why[128];
	int r = regcomp(re, pattern, REG_EXTENDED | REG_NOSUB);

	if (r == 0)
		return 0;
	(void)regerror(r, re, why, sizeof(why));
	return err_set_kind(e, ERR_USAGE, EINVAL, "invalid regular expression \"%s\": %s", pattern,
			    why);
}

int pattern_each(struct invocation *in, const char *pattern,
		 int (*one)(const struct container_env *env, const char *id, const void *arg,
			    struct err *e),
		 const void *arg, const char *done, struct err *e)
{
	struct ids ids autodone(ids) = { 0 };
	size_t matched = 0, failed = 0;
	int last = 0;
	regex_t re;

	int r = container_ids(&in->env, &ids.v, &ids.n, e);
	if (r == -ENOENT && !in->root_given)
		r = 0; /* no container was ever made here */
	if (r == 0)
		r = compile(pattern, &re, e);
	if (r < 0)
		return r;
	for (size_t i = 0; i < ids.n; i++) {
		struct err why;

		if (regexec(&re, ids.v[i], 0, NULL, 0) != 0)
			continue;
		matched++;
		r = one(&in->env, ids.v[i], arg, &why);
		if (r == 0)
			continue;
		log_warn(in->env.log, "container %s could not be %s: %s", ids.v[i], done, why.text);
		last = why.code;
		failed++;
	}
	regfree(&re);
	if (failed == 0)
		return 0;
	return err_set(e, last, "%zu of %zu containers could not be %s", failed, matched, done);
}
