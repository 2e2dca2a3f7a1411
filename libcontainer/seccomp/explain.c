/* SPDX-License-Identifier: Apache-2.0 */
#include "seccomp/explain.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "seccomp/interp.h"
#include "seccomp/profile.h"
#include "seccomp/words.h"

/* A question, understood. */
struct call {
	const struct seccomp_arch *arch;
	uint32_t number;
	uint64_t args[SECCOMP_ARGS];
};

/* --- the question ---------------------------------------------------------------------- */

/* Return: 0 to 15, or -1. */
static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Decimal, or hexadecimal with 0x. */
static int parse_number(const char *text, uint64_t max, uint64_t *ret)
{
	const char *hex = str_after(text, "0x");
	uint64_t v = 0;

	if (!hex)
		return str_to_u64(text, max, ret);
	size_t n = strlen(hex);
	if (n == 0 || n > 2 * sizeof(v))
		return -EINVAL;
	for (; *hex; hex++) {
		if (hex_digit(*hex) < 0)
			return -EINVAL;
		v = v << 4 | (uint64_t)hex_digit(*hex);
	}
	*ret = v;
	return v > max ? -ERANGE : 0;
}

/* "SCMP_ARCH_X86", or "x86" in any case. */
static const struct seccomp_arch *parse_arch(const char *name)
{
	for (const struct seccomp_arch *a = seccomp_archs; name && a->name; a++)
		if (str_eq(a->name, name) ||
		    strcasecmp(str_after(a->name, "SCMP_ARCH_"), name) == 0)
			return a;
	return name ? NULL : arch_native();
}

static int parse_call(const struct seccomp_question *q, struct call *ret, struct err *e)
{
	uint64_t number = 0;

	ret->arch = parse_arch(q->arch);
	if (!ret->arch)
		return err_set_kind(e, ERR_USAGE, EINVAL, "no architecture has the name \"%s\"",
				    q->arch);
	uint16_t id = syscall_id(q->call);
	if (id != 0 && !syscall_number(ret->arch, id, &ret->number))
		return err_set_kind(e, ERR_USAGE, EINVAL, "%s has no system call %s",
				    ret->arch->name, q->call);
	if (id == 0 && parse_number(q->call, UINT32_MAX, &number) < 0)
		return err_set_kind(e, ERR_USAGE, EINVAL, "no system call has the name \"%s\"",
				    q->call);
	if (id == 0)
		ret->number = (uint32_t)number;
	if (q->n_args > SECCOMP_ARGS)
		return err_set_kind(e, ERR_USAGE, EINVAL, "a system call has at most %d arguments",
				    SECCOMP_ARGS);
	for (size_t i = 0; i < q->n_args; i++)
		if (parse_number(q->args[i], UINT64_MAX, &ret->args[i]) < 0)
			return err_set_kind(e, ERR_USAGE, EINVAL,
					    "argument \"%s\" is not a number of 64 bits",
					    q->args[i]);
	return 0;
}

/* --- the answer ------------------------------------------------------------------------ */

void seccomp_action_text(uint32_t action, struct strbuf *out)
{
	const char *name = action_name(action);
	uint32_t kind = action & SECCOMP_RET_ACTION_FULL, data = action & SECCOMP_RET_DATA;

	strbuf_adds(out, name ? name : "no known action");
	if (kind == SECCOMP_RET_ERRNO)
		strbuf_addf(out, " %u (%s)", data, errno_text((int)data));
	else if (kind == SECCOMP_RET_TRACE)
		strbuf_addf(out, " %u", data);
}

static void print_call(const struct call *c, struct strbuf *out)
{
	uint16_t id = syscall_id_of(c->arch, c->number);

	strbuf_addf(out, "%s: %s (%u", c->arch->name, id ? syscall_name(id) : "no system call",
		    c->number);
	for (size_t i = 0; i < SECCOMP_ARGS; i++)
		strbuf_addf(out, "%s%#llx", i ? ", " : "; ", (unsigned long long)c->args[i]);
	strbuf_adds(out, "): ");
}

static void print_conditions(const struct spec_seccomp_rule *rule, struct strbuf *out)
{
	for (size_t i = 0; i < rule->n_args; i++) {
		const struct spec_seccomp_arg *a = &rule->args[i];

		strbuf_addf(out, "%sargs[%u] %s %#llx", i ? ", " : " (", a->index, a->op,
			    (unsigned long long)a->value);
		if (str_eq(a->op, "SCMP_CMP_MASKED_EQ"))
			strbuf_addf(out, " %#llx", (unsigned long long)a->value_two);
	}
	if (rule->n_args > 0)
		strbuf_adds(out, ")");
}

/* Which rules name the call, but do not decide here. */
static void print_others(struct profile *p, const struct call *c, const struct variant *by,
			 struct strbuf *out)
{
	struct target t = profile_target(p, c->arch, profile_newest(p, c->arch), c->number);
	uint32_t told = UINT32_MAX;

	for (uint32_t i = 0; t.chain && i < t.chain->n && t.chain->v[i] != by; i++) {
		if (t.chain->v[i]->rule == told)
			continue;
		told = t.chain->v[i]->rule;
		strbuf_addf(out, "  not linux.seccomp.syscalls[%u]: its conditions do not hold",
			    told);
		print_conditions(&p->spec->syscalls[told], out);
		strbuf_adds(out, "\n");
	}
}

static void print_reason(struct profile *p, const struct call *c, const struct verdict *v,
			 struct strbuf *out)
{
	switch (v->reason) {
	case REASON_RULE:
		strbuf_addf(out, "  by linux.seccomp.syscalls[%u]", v->by->rule);
		print_conditions(&p->spec->syscalls[v->by->rule], out);
		strbuf_adds(out, "\n");
		break;
	case REASON_DEFAULT:
		strbuf_adds(out, "  by linux.seccomp.defaultAction: no rule decides\n");
		break;
	case REASON_UNKNOWN:
		strbuf_adds(out, "  by default: no system call is known by this number\n");
		break;
	case REASON_NEWER:
		strbuf_adds(out, "  by default: it is newer than the newest that the profile "
				 "names, so programs shall think it is not there\n");
		break;
	case REASON_BAD_ARCH:
		strbuf_adds(out, "  by linux.seccomp.architectures: not in the list\n");
		return;
	}
	print_others(p, c, v->by, out);
}

static int run_program(const struct seccomp_filter *f, const struct call *c, uint32_t *ret,
		       struct err *e)
{
	struct seccomp_data d = { .nr = (int)c->number, .arch = c->arch->audit };

	for (size_t i = 0; i < SECCOMP_ARGS; i++)
		d.args[i] = c->args[i];
	if (bpf_run(f->insns, f->n, &d, arch_native()->big_endian, ret) < 0)
		return err_set(e, EINVAL, "the program is not sound");
	return 0;
}

bool seccomp_knows(const char *name)
{
	return syscall_id(name) != 0;
}

int seccomp_ask(const struct seccomp_filter *f, const char *call, uint32_t *ret)
{
	struct call c = { .arch = arch_native() };
	uint16_t id = syscall_id(call);
	struct err ignored;

	*ret = SECCOMP_RET_ALLOW;
	if (id == 0 || !syscall_number(c.arch, id, &c.number))
		return -EINVAL;
	return f->insns ? run_program(f, &c, ret, &ignored) : 0;
}

/* The program itself is asked; the profile then says why. */
static int explain_profile(const struct spec_seccomp *s, const struct seccomp_options *options,
			   const struct call *c, uint32_t action, struct strbuf *out, struct err *e)
{
	autofree struct profile *p = mem_new(1, sizeof(*p));

	p->fail_unknown = options->fail_unknown;
	p->notify_write = options->receiver != NULL;
	int r = profile_resolve(s, arch_native(), p, e);
	if (r == 0) {
		struct verdict v = profile_decide(p, c->arch->audit, c->number, c->args);

		if (v.action != action)
			r = err_set(e, EPROTO,
				    "the program says %#x, the profile %#x: a mistake "
				    "of this compiler",
				    action, v.action);
		else
			print_reason(p, c, &v, out);
	}
	profile_done(p);
	return r;
}

int seccomp_explain(const struct spec_seccomp *s, const struct seccomp_options *options,
		    const struct seccomp_question *q, struct strbuf *out, struct err *e)
{
	autodone(seccomp_filter) struct seccomp_filter f = SECCOMP_FILTER_INIT;
	uint32_t action = SECCOMP_RET_ALLOW;
	struct call c = { 0 };

	int r = parse_call(q, &c, e);
	if (r == 0)
		r = seccomp_compile(s, options, &f, e);
	if (r == 0 && f.insns)
		r = run_program(&f, &c, &action, e);
	if (r != 0)
		return r;
	print_call(&c, out);
	seccomp_action_text(action, out);
	strbuf_adds(out, "\n");
	if (!f.insns)
		strbuf_adds(out, "  there is no filter\n");
	else if (options->bpf_data)
		strbuf_adds(out, "  by the program in annotations[\"run.oci.seccomp_bpf_data\"]\n");
	else
		r = explain_profile(s, options, &c, action, out, e);
	return r;
}
