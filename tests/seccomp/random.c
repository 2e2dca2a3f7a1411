/* SPDX-License-Identifier: Apache-2.0 */
#include "oracle.h"

#include "base/cleanup.h"

static const char *const actions[] = {
	"SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS",
	"SCMP_ACT_LOG",	  "SCMP_ACT_TRACE", "SCMP_ACT_TRAP",
};
static const char *const operators[] = {
	"SCMP_CMP_EQ", "SCMP_CMP_NE", "SCMP_CMP_LT",	    "SCMP_CMP_LE",
	"SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ",
};
/* Calls that have conditions more often than others: several rules shall meet. */
static const char *const favourites[] = {
	"clone", "socket", "personality", "kcmp", "semctl", "ipc", "socketcall", "_llseek",
};

struct source {
	struct arena *a;
	unsigned char (*take)(void *arg);
	void *arg;
};

static unsigned int below(struct source *s, unsigned int n)
{
	unsigned int wide = s->take(s->arg);

	return (wide << 8 | s->take(s->arg)) % n;
}

static uint64_t value(struct source *s)
{
	static const uint64_t few[] = {
		0,	     1,		 2,	     40,	 0xffffffff,	0x100000000,
		0x100000001, 0x7fffffff, 0x80000000, UINT64_MAX, UINT64_MAX - 1
	};
	uint64_t v = 0;

	if (below(s, 4) != 0)
		return few[below(s, ARRAY_SIZE(few))];
	for (int i = 0; i < 8; i++)
		v = v << 8 | s->take(s->arg);
	return v >> 8 * below(s, 8);
}

static struct strs names(struct source *s)
{
	size_t n = 1 + below(s, below(s, 4) == 0 ? 60 : 3);
	const char **v = arena_array(s->a, n + 1, const char *);

	for (size_t i = 0; i < n; i++)
		v[i] = below(s, 3) == 0 ? favourites[below(s, ARRAY_SIZE(favourites))]
					: syscall_name((uint16_t)(1 + below(s, SYSCALL_NAMES)));
	return (struct strs){ v, n };
}

static void args(struct source *s, struct spec_seccomp_rule *rule)
{
	size_t n = below(s, 3) == 0 ? 0 : 1 + below(s, 3);
	struct spec_seccomp_arg *v = arena_array(s->a, n + 1, struct spec_seccomp_arg);

	for (size_t i = 0; i < n; i++)
		v[i] = (struct spec_seccomp_arg){
			.index = below(s, below(s, 3) == 0 ? 6 : 2),
			.value = value(s),
			.value_two = value(s),
			.op = operators[below(s, ARRAY_SIZE(operators))],
		};
	rule->args = v;
	rule->n_args = n;
}

const struct spec_seccomp *oracle_random(struct arena *a, unsigned char (*take)(void *arg),
					 void *arg)
{
	struct source s = { a, take, arg };
	struct spec_seccomp *p = arena_new(a, struct spec_seccomp);
	size_t n = 1 + below(&s, 12), n_archs = below(&s, 5);
	struct spec_seccomp_rule *rules = arena_array(a, n, struct spec_seccomp_rule);
	const char **archs = arena_array(a, n_archs + 1, const char *);

	p->default_action = actions[below(&s, ARRAY_SIZE(actions))];
	if (below(&s, 2) && str_eq(p->default_action, "SCMP_ACT_ERRNO"))
		p->default_errno_ret = (struct opt_u32){ true, below(&s, 40) };
	for (size_t i = 0; i < n_archs; i++) {
		unsigned int k = below(&s, 23);

		archs[i] = seccomp_archs[k].name;
	}
	p->architectures = (struct strs){ archs, n_archs };
	for (size_t i = 0; i < n; i++) {
		rules[i].names = names(&s);
		rules[i].action = actions[below(&s, ARRAY_SIZE(actions))];
		if (str_eq(rules[i].action, "SCMP_ACT_ERRNO") && below(&s, 2))
			rules[i].errno_ret = (struct opt_u32){ true, below(&s, 4095) };
		args(&s, &rules[i]);
	}
	p->syscalls = rules;
	p->n_syscalls = n;
	return p;
}
