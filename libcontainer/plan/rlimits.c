/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sys/resource.h>

#include "base/cleanup.h"
#include "plan/parts.h"

static const struct {
	const char *name;
	int number;
} limits[] = {
	{ "RLIMIT_AS", RLIMIT_AS },
	{ "RLIMIT_CORE", RLIMIT_CORE },
	{ "RLIMIT_CPU", RLIMIT_CPU },
	{ "RLIMIT_DATA", RLIMIT_DATA },
	{ "RLIMIT_FSIZE", RLIMIT_FSIZE },
	{ "RLIMIT_LOCKS", RLIMIT_LOCKS },
	{ "RLIMIT_MEMLOCK", RLIMIT_MEMLOCK },
	{ "RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE },
	{ "RLIMIT_NICE", RLIMIT_NICE },
	{ "RLIMIT_NOFILE", RLIMIT_NOFILE },
	{ "RLIMIT_NPROC", RLIMIT_NPROC },
	{ "RLIMIT_RSS", RLIMIT_RSS },
	{ "RLIMIT_RTPRIO", RLIMIT_RTPRIO },
	{ "RLIMIT_RTTIME", RLIMIT_RTTIME },
	{ "RLIMIT_SIGPENDING", RLIMIT_SIGPENDING },
	{ "RLIMIT_STACK", RLIMIT_STACK },
};

int rlimit_number(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
		if (str_eq(limits[i].name, name))
			return (int)limits[i].number;
	return -1;
}

int plan_rlimits(const struct plan_input *in, struct plan *p, struct err *e)
{
	const struct spec_process *s = in->spec->process;
	struct plan_rlimit *list = arena_array(&p->arena, s->n_rlimits, struct plan_rlimit);
	uint64_t seen = 0;

	for (size_t i = 0; i < s->n_rlimits; i++) {
		const struct spec_rlimit *r = &s->rlimits[i];
		int number = rlimit_number(r->type);

		if (number < 0)
			return err_set_kind(e, ERR_CONFIG, EINVAL,
					    "process.rlimits[%zu]: wrong rlimit value: %s", i,
					    r->type);
		if (seen & 1ULL << number)
			return err_set_kind(e, ERR_CONFIG, EINVAL,
					    "process.rlimits[%zu]: duplicate %s", i, r->type);
		if (r->soft > r->hard)
			return err_set_kind(
				e, ERR_CONFIG, EINVAL,
				"process.rlimits[%zu]: %s: soft limit %llu is above hard limit %llu",
				i, r->type, (unsigned long long)r->soft,
				(unsigned long long)r->hard);
		seen |= 1ULL << number;
		list[i] = (struct plan_rlimit){ number, r->type, r->soft, r->hard };
	}
	p->process.rlimits = list;
	p->process.n_rlimits = s->n_rlimits;
	return 0;
}
