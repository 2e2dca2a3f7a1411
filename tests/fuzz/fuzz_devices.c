/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The bytes make device rules. The BPF program made of them, run here, must decide as the slow way
 * does: for each kind of access the last rule that matches. So must v1's controller, played here as
 * the kernel keeps it, after the lines that lead from the list of one configuration to another's.
 */

#include "cgroups/devices.h"
#include "fuzz.h"

#define RULES_MAX 12

static const uint32_t numbers[] = { 0, 1, 3, 8, 10, 136, 229, UINT32_MAX };

/* --- rules ------------------------------------------------------------------------------ */

struct given {
	struct spec_device_rule v[RULES_MAX];
	size_t n;
};

static struct opt_i64 number(struct fuzz_bytes *b)
{
	uint8_t c = fuzz_byte(b);

	if (c % 4 == 0)
		return (struct opt_i64){ c % 8 == 0, -1 };
	return (struct opt_i64){ true, numbers[c / 4 % (ARRAY_SIZE(numbers) - 1)] };
}

static void read_rules(struct fuzz_bytes *b, struct given *ret)
{
	static const char *const access[] = { "r", "w", "m", "rw", "rm", "wm", "rwm", "mwr" };
	static const char *const types[] = { NULL, "a", "b", "c", "c", "c" };

	for (ret->n = fuzz_byte(b) % (RULES_MAX + 1); ret->n > 0 && b->at == b->end;)
		ret->n = 0;
	for (size_t i = 0; i < ret->n; i++) {
		uint8_t c = fuzz_byte(b);

		ret->v[i] = (struct spec_device_rule){
			.allow = c & 1,
			.access = access[c / 2 % 8],
			.type = types[c / 16 % ARRAY_SIZE(types)],
			.major = number(b),
			.minor = number(b),
		};
	}
}

/* --- the slow way ------------------------------------------------------------------------ */

struct question {
	char type;
	uint32_t major, minor;
};

static bool number_matches(const struct opt_i64 *rule, uint32_t number)
{
	return !rule->set || rule->v == DEV_ANY || rule->v == number;
}

static bool spec_rule_matches(const struct spec_device_rule *r, const struct question *q)
{
	bool all = !r->type || str_eq(r->type, "a");

	return (all || r->type[0] == q->type) && number_matches(&r->major, q->major) &&
	       number_matches(&r->minor, q->minor);
}

static bool rule_matches(const struct dev_rule *r, const struct question *q)
{
	return r->type == q->type && (r->major == DEV_ANY || r->major == q->major) &&
	       (r->minor == DEV_ANY || r->minor == q->minor);
}

/* @defaults: what every container may use. @bit: one kind of access. */
static bool decide(const struct given *given, const struct dev_rules *defaults,
		   const struct question *q, unsigned int bit)
{
	static const char letters[] = { [1] = 'm', [2] = 'r', [4] = 'w' };
	bool allow = false;

	for (size_t i = 0; i < given->n; i++)
		if (spec_rule_matches(&given->v[i], q) && strchr(given->v[i].access, letters[bit]))
			allow = given->v[i].allow;
	for (size_t i = 0; i < defaults->n; i++)
		allow = allow ||
			(rule_matches(&defaults->v[i], q) && (defaults->v[i].access & bit));
	return allow;
}

/* --- BPF --------------------------------------------------------------------------------- */

static uint64_t alu(uint8_t op, uint64_t dst, uint64_t operand)
{
	if (op == BPF_MOV)
		return operand;
	if (op == BPF_AND)
		return dst & operand;
	if (op == BPF_OR)
		return dst | operand;
	if (op == BPF_LSH)
		return dst << operand;
	require(op == BPF_RSH && operand < 64);
	return dst >> operand;
}

static bool jumps(uint8_t op, uint64_t dst, uint64_t operand)
{
	if (op == BPF_JNE)
		return dst != operand;
	if (op == BPF_JEQ)
		return dst == operand;
	if (op == BPF_JSET)
		return dst & operand;
	require(op == BPF_JA);
	return true;
}

/* Only forward jumps that stay inside, as the kernel's verifier wants it. */
static uint64_t interpret(const struct bpf_insn *p, size_t n, const struct bpf_cgroup_dev_ctx *ctx)
{
	uint64_t r[11] = { 0 };

	for (size_t pc = 0; pc < n; pc++) {
		const struct bpf_insn *i = &p[pc];
		uint64_t operand = i->code & BPF_X ? r[i->src_reg] : (uint64_t)(int64_t)i->imm;
		uint32_t loaded;

		if (i->code == (BPF_JMP | BPF_EXIT))
			return r[0];
		switch (BPF_CLASS(i->code)) {
		case BPF_LDX:
			require(i->off >= 0 && (size_t)i->off <= sizeof(*ctx) - 4);
			memcpy(&loaded, (const char *)ctx + i->off, sizeof(loaded));
			r[i->dst_reg] = loaded;
			break;
		case BPF_LD: /* BPF_LD_IMM64: two slots */
			r[i->dst_reg] = (uint32_t)i->imm | (uint64_t)(uint32_t)p[++pc].imm << 32;
			break;
		case BPF_ALU64:
			r[i->dst_reg] = alu(BPF_OP(i->code), r[i->dst_reg], operand);
			break;
		default:
			require(BPF_CLASS(i->code) == BPF_JMP && i->off >= 0);
			if (jumps(BPF_OP(i->code), r[i->dst_reg], operand))
				pc += (size_t)i->off;
		}
	}
	(void)fprintf(stderr, "the program ran past its end\n");
	abort();
}

/* --- v1: security/device_cgroup.c of the kernel ------------------------------------------- */

struct v1 {
	bool allow;
	struct dev_rule v[4 * (RULES_MAX + 16)];
	size_t n;
};

static int64_t read_number(const char **p)
{
	uint64_t v = 0;

	if (**p == '*') {
		(*p)++;
		return DEV_ANY;
	}
	require(**p >= '0' && **p <= '9');
	for (; **p >= '0' && **p <= '9'; (*p)++)
		v = v * 10 + (uint64_t)(**p - '0');
	require(v <= UINT32_MAX);
	return (int64_t)v;
}

static struct dev_rule read_line(const char *p)
{
	struct dev_rule r = { .type = *p };

	require((*p == 'b' || *p == 'c') && p[1] == ' ');
	p += 2;
	r.major = read_number(&p);
	require(*p++ == ':');
	r.minor = read_number(&p);
	require(*p++ == ' ' && *p);
	for (; *p; p++) {
		require(*p == 'r' || *p == 'w' || *p == 'm');
		r.access |= *p == 'r' ? 2u : *p == 'w' ? 4u : 1u;
	}
	return r;
}

static bool is_same(const struct dev_rule *a, const struct dev_rule *b)
{
	return a->type == b->type && a->major == b->major && a->minor == b->minor;
}

/* An exception is added, or taken from the one that has the very same numbers. */
static void v1_except(struct v1 *v, const struct dev_rule *r, bool add)
{
	for (size_t i = 0; i < v->n; i++) {
		if (!is_same(&v->v[i], r))
			continue;
		v->v[i].access = add ? v->v[i].access | r->access : v->v[i].access & ~r->access;
		if (!v->v[i].access)
			v->v[i] = v->v[--v->n];
		return;
	}
	if (add) {
		require(v->n < ARRAY_SIZE(v->v));
		v->v[v->n++] = *r;
	}
}

static void v1_write(struct v1 *v, const struct dev_line *l)
{
	if (str_eq(l->text, "a")) {
		v->allow = l->allow;
		v->n = 0;
		return;
	}
	struct dev_rule r = read_line(l->text);
	v1_except(v, &r, l->allow != v->allow);
}

static void v1_apply(struct v1 *v, const struct dev_lines *lines)
{
	for (size_t i = 0; i < lines->n; i++)
		v1_write(v, &lines->v[i]);
}

static bool v1_decide(const struct v1 *v, const struct question *q, unsigned int bit)
{
	for (size_t i = 0; i < v->n; i++)
		if (rule_matches(&v->v[i], q) && (v->v[i].access & bit))
			return !v->allow;
	return v->allow;
}

static void add_number(struct strbuf *out, int64_t number)
{
	if (number == DEV_ANY)
		strbuf_adds(out, "*");
	else
		strbuf_addf(out, "%lld", (long long)number);
}

/* devices.list: the exceptions where the default denies, else one line for all. */
static void v1_list(const struct v1 *v, struct strbuf *out)
{
	if (v->allow)
		strbuf_adds(out, "a *:* rwm\n");
	for (size_t i = 0; !v->allow && i < v->n; i++) {
		strbuf_addf(out, "%c ", v->v[i].type);
		add_number(out, v->v[i].major);
		strbuf_adds(out, ":");
		add_number(out, v->v[i].minor);
		strbuf_addf(out, " %s%s%s\n", v->v[i].access & 2 ? "r" : "",
			    v->v[i].access & 4 ? "w" : "", v->v[i].access & 1 ? "m" : "");
	}
}

/* --- together ----------------------------------------------------------------------------- */

static void require_v1(const struct v1 *v, const struct question *q, unsigned int bit, bool allow)
{
	autodone(strbuf) struct strbuf list = STRBUF_INIT;

	if (v1_decide(v, q, bit) == allow)
		return;
	v1_list(v, &list);
	(void)fprintf(stderr, "v1 does not %s access %u to %c %u:%u:\n%s", allow ? "allow" : "deny",
		      bit, q->type, q->major, q->minor, strbuf_str(&list));
	abort();
}

/* What each kind of access to each device gets, by the program, and by v1 if there is one. */
static void compare(const struct given *given, const struct dev_rules *rules, const struct v1 *v1)
{
	autodone(dev_rules) struct dev_rules defaults = { 0 };
	autodone(arena) struct arena a = ARENA_INIT;
	const size_t n = ARRAY_SIZE(numbers);
	struct err e = { 0 };
	size_t n_insns;
	const struct bpf_insn *p = dev_rules_bpf(rules, &a, &n_insns);

	require(dev_rules_build(NULL, &defaults, &e) == 0);
	for (size_t i = 0; i < n * n * 2; i++) {
		const struct question q = { i % 2 ? 'b' : 'c', numbers[i / 2 % n],
					    numbers[i / 2 / n] };
		unsigned int allowed = 0;

		for (unsigned int bit = 1; bit <= DEV_ALL_ACCESS; bit <<= 1)
			allowed |= decide(given, &defaults, &q, bit) ? bit : 0;
		for (unsigned int ask = 1; ask <= DEV_ALL_ACCESS; ask++) {
			const struct bpf_cgroup_dev_ctx ctx = {
				ask << 16 |
					(q.type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR),
				q.major, q.minor
			};

			require(interpret(p, n_insns, &ctx) == ((ask & ~allowed) == 0));
		}
		for (unsigned int bit = 1; v1 && bit <= DEV_ALL_ACCESS; bit <<= 1)
			require_v1(v1, &q, bit, (allowed & bit) != 0);
	}
}

/*
 * Return: can v1 say it at all, and was its list the whole truth? A cgroup that allows by default does
 * not list its exceptions; one that is taken over keeps those, which can only deny more.
 */
static bool to_v1(const struct dev_rules *rules, struct v1 *v, bool is_new)
{
	bool is_hiding = !is_new && v->allow && v->n > 0 && rules->default_allow;
	autodone(arena) struct arena a = ARENA_INIT;
	autodone(strbuf) struct strbuf now = STRBUF_INIT;
	struct dev_lines lines = { 0 };
	struct err e = { 0 };

	v1_list(v, &now);
	if (dev_rules_v1(rules, is_new ? NULL : strbuf_str(&now), &a, &lines, &e) < 0) {
		require(e.kind == ERR_CONFIG && e.text[0]);
		return false;
	}
	v1_apply(v, &lines);
	return !is_hiding;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_bytes b = { data, data + size };
	struct v1 v1 = { .allow = fuzz_byte(&b) & 1 };

	for (size_t i = 0; i < 2; i++) {
		autodone(dev_rules) struct dev_rules rules = { 0 };
		struct given given;
		struct err e = { 0 };

		read_rules(&b, &given);
		const struct spec_resources res = { .devices = given.v, .n_devices = given.n };
		require(dev_rules_build(&res, &rules, &e) == 0);
		bool is_possible = to_v1(&rules, &v1, i == 0 && (size & 1));
		compare(&given, &rules, is_possible ? &v1 : NULL);
	}
	return 0;
}
