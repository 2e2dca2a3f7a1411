/* SPDX-License-Identifier: Apache-2.0 */
#include "seccomp/seccomp.h"

#include <ctype.h>
#include <errno.h>
#include <linux/memfd.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"
#include "seccomp/flags.h"
#include "seccomp/stub.h"

#define DEFAULT_ERRNO	EPERM
#define MAX_ERRNO	4095 /* of the kernel: greater ones are cut by seccomp(2) */
#define TREE_FROM_RULES 32   /* below, a list is as fast as libseccomp's binary tree */
#define ARGS_MAX	6
#define ARCH_NAME_MAX	32

/* --- names --------------------------------------------------------------------------- */

enum action_kind { ACTION_PLAIN, ACTION_ERRNO, ACTION_TRACE, ACTION_NOTIFY };

/* Sorted, as `features` prints them. */
#define ACTIONS(X)                                                                                 \
	X(SCMP_ACT_ALLOW, ACTION_PLAIN, SCMP_ACT_ALLOW)                                            \
	X(SCMP_ACT_ERRNO, ACTION_ERRNO, 0)                                                         \
	X(SCMP_ACT_KILL, ACTION_PLAIN, SCMP_ACT_KILL_THREAD)                                       \
	X(SCMP_ACT_KILL_PROCESS, ACTION_PLAIN, SCMP_ACT_KILL_PROCESS)                              \
	X(SCMP_ACT_KILL_THREAD, ACTION_PLAIN, SCMP_ACT_KILL_THREAD)                                \
	X(SCMP_ACT_LOG, ACTION_PLAIN, SCMP_ACT_LOG)                                                \
	X(SCMP_ACT_NOTIFY, ACTION_NOTIFY, 0)                                                       \
	X(SCMP_ACT_TRACE, ACTION_TRACE, 0)                                                         \
	X(SCMP_ACT_TRAP, ACTION_PLAIN, SCMP_ACT_TRAP)

#define OPERATORS(X)                                                                               \
	X(SCMP_CMP_EQ, )                                                                           \
	X(SCMP_CMP_GE, )                                                                           \
	X(SCMP_CMP_GT, )                                                                           \
	X(SCMP_CMP_LE, )                                                                           \
	X(SCMP_CMP_LT, )                                                                           \
	X(SCMP_CMP_MASKED_EQ, )                                                                    \
	X(SCMP_CMP_NE, )

#define AS_NAME(name, ...)	     #name,
#define AS_ACTION(name, kind, value) { #name, kind, value },
#define AS_OPERATOR(name, ...)	     { #name, name },

const char *const seccomp_action_names[] = { ACTIONS(AS_NAME) NULL };
const char *const seccomp_operator_names[] = { OPERATORS(AS_NAME) NULL };

static const struct {
	const char *name;
	enum action_kind kind;
	uint32_t value;
} actions[] = { ACTIONS(AS_ACTION) };

static const struct {
	const char *name;
	enum scmp_compare value;
} operators[] = { OPERATORS(AS_OPERATOR) };

const char *const seccomp_arch_names[] = {
	"SCMP_ARCH_AARCH64",
	"SCMP_ARCH_ARM",
	"SCMP_ARCH_LOONGARCH64",
	"SCMP_ARCH_MIPS",
	"SCMP_ARCH_MIPS64",
	"SCMP_ARCH_MIPS64N32",
	"SCMP_ARCH_MIPSEL",
	"SCMP_ARCH_MIPSEL64",
	"SCMP_ARCH_MIPSEL64N32",
	"SCMP_ARCH_PPC",
	"SCMP_ARCH_PPC64",
	"SCMP_ARCH_PPC64LE",
	"SCMP_ARCH_RISCV64",
	"SCMP_ARCH_S390",
	"SCMP_ARCH_S390X",
	"SCMP_ARCH_X32",
	"SCMP_ARCH_X86",
	"SCMP_ARCH_X86_64",
	NULL,
};

const char *seccomp_library_version(struct arena *a)
{
	const struct scmp_version *v = seccomp_version();

	return arena_printf(a, "%u.%u.%u", v->major, v->minor, v->micro);
}

/* --- one profile being compiled ------------------------------------------------------ */

struct compiler {
	const struct spec_seccomp *spec;
	const struct log_sink *log;
	scmp_filter_ctx ctx;
	uint32_t default_action;
	/* Native first, then those listed and known here. */
	uint32_t archs[STUB_ARCHS_MAX + 1];
	size_t n_archs;
};

static void compiler_done(struct compiler *c)
{
	if (c->ctx)
		seccomp_release(c->ctx);
}

/* libseccomp returns -errno and does not set errno. */
static int lib_error(struct err *e, int r, const char *call)
{
	errno = -r;
	return err_errno(e, "%s", call);
}

/* @errno_ret at the path "errnoRet" or "defaultErrnoRet" beside the action. */
static int resolve_action(const char *name, struct opt_u32 errno_ret, uint32_t *ret, struct err *e)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(actions) && (!name || !str_eq(name, actions[i].name)))
		i++;
	if (i == ARRAY_SIZE(actions))
		return err_set_kind(e, ERR_CONFIG, EINVAL,
				    "string %s is not a valid action for seccomp",
				    name ? name : "");
	if (actions[i].kind == ACTION_NOTIFY)
		return err_set(e, ENOTSUP, "SCMP_ACT_NOTIFY is not supported yet");
	if (actions[i].kind == ACTION_PLAIN) {
		if (errno_ret.set)
			return err_set_kind(e, ERR_CONFIG, EINVAL,
					    "action %s takes no errno, but one is given", name);
		*ret = actions[i].value;
		return 0;
	}

	uint32_t code = errno_ret.set ? errno_ret.v : DEFAULT_ERRNO;
	if (code > MAX_ERRNO)
		return err_set_kind(e, ERR_CONFIG, ERANGE, "errno %u is above %d", code, MAX_ERRNO);
	*ret = actions[i].kind == ACTION_ERRNO ? SCMP_ACT_ERRNO(code) : SCMP_ACT_TRACE(code);
	return 0;
}

static int resolve_operator(const char *name, enum scmp_compare *ret, struct err *e)
{
	for (size_t i = 0; name && i < ARRAY_SIZE(operators); i++)
		if (str_eq(name, operators[i].name)) {
			*ret = operators[i].value;
			return 0;
		}
	return err_set_kind(e, ERR_CONFIG, EINVAL, "string %s is not a valid operator for seccomp",
			    name ? name : "");
}

/* --- architectures ------------------------------------------------------------------- */

static bool is_arch_name(const char *name)
{
	for (size_t i = 0; seccomp_arch_names[i]; i++)
		if (str_eq(name, seccomp_arch_names[i]))
			return true;
	return false;
}

/* "SCMP_ARCH_X86_64" is "x86_64" to libseccomp. Return: its token, or 0. */
static uint32_t arch_token(const char *name)
{
	char lower[ARCH_NAME_MAX];
	size_t n = 0;

	for (const char *p = str_after(name, "SCMP_ARCH_"); *p && n < sizeof(lower) - 1; p++)
		lower[n++] = (char)tolower((unsigned char)*p);
	lower[n] = '\0';
	return seccomp_arch_resolve_name(lower);
}

static bool has_arch(const struct compiler *c, uint32_t token)
{
	for (size_t i = 0; i < c->n_archs; i++)
		if (c->archs[i] == token)
			return true;
	return false;
}

static int add_arch(struct compiler *c, const char *name, struct err *e)
{
	if (!is_arch_name(name))
		return err_set_kind(e, ERR_CONFIG, EINVAL,
				    "string %s is not a valid arch for seccomp", name);

	uint32_t token = arch_token(name);
	if (token == 0) {
		log_debug(c->log, "seccomp: libseccomp does not know %s", name);
		return 0;
	}
	if (has_arch(c, token))
		return 0;

	int r = seccomp_arch_add(c->ctx, token);
	if (r == -EDOM) {
		/* Of the other byte order: no program of it can run here. */
		log_debug(c->log, "seccomp: %s has no meaning on this machine", name);
		return 0;
	}
	if (r < 0)
		return lib_error(e, r, "seccomp_arch_add(3)");
	c->archs[c->n_archs++] = token;
	return 0;
}

static int add_archs(struct compiler *c, struct err *e)
{
	c->archs[c->n_archs++] = seccomp_arch_native();
	for (size_t i = 0; i < c->spec->architectures.n; i++)
		if (add_arch(c, c->spec->architectures.v[i], e) < 0)
			return err_ctx(e, "linux.seccomp.architectures[%zu]", i);
	return 0;
}

/* --- rules --------------------------------------------------------------------------- */

struct rule {
	uint32_t action;
	struct scmp_arg_cmp args[ARGS_MAX];
	size_t n_args;
	bool any_of; /* an argument is named twice: each condition is a rule of its own */
	struct scmp_arg_cmp *alternatives; /* then all of them; heap */
};

static void rule_done(struct rule *r)
{
	free(r->alternatives);
}

static int resolve_arg(const struct spec_seccomp_arg *a, struct scmp_arg_cmp *ret, struct err *e)
{
	enum scmp_compare op = SCMP_CMP_EQ;

	if (a->index >= ARGS_MAX)
		return err_set_kind(e, ERR_CONFIG, EINVAL,
				    "index: %u, a system call has arguments 0 to 5", a->index);
	int r = resolve_operator(a->op, &op, e);
	if (r < 0)
		return r;
	*ret = SCMP_CMP64(a->index, op, a->value, a->value_two);
	return 0;
}

static int resolve_args(const struct spec_seccomp_rule *s, struct rule *rule, struct err *e)
{
	unsigned int seen = 0;

	rule->alternatives = mem_new(s->n_args + 1, sizeof(*rule->alternatives));
	rule->n_args = s->n_args;
	for (size_t i = 0; i < s->n_args; i++) {
		if (resolve_arg(&s->args[i], &rule->alternatives[i], e) < 0)
			return err_ctx(e, "args[%zu]", i);
		rule->any_of |= (seen & 1u << s->args[i].index) != 0;
		seen |= 1u << s->args[i].index;
	}
	for (size_t i = 0; i < s->n_args && !rule->any_of; i++)
		rule->args[i] = rule->alternatives[i];
	return 0;
}

static int add_one(struct compiler *c, uint32_t action, int nr, const struct scmp_arg_cmp *args,
		   size_t n)
{
	int r = seccomp_rule_add_array(c->ctx, action, nr, (unsigned int)n, args);

	/* An earlier rule says the same already, or something wider: it stays. */
	return r == -EEXIST ? 0 : r;
}

static int add_name(struct compiler *c, const struct rule *rule, const char *name, struct err *e)
{
	int r = 0;

	int nr = seccomp_syscall_resolve_name(name);
	if (nr == __NR_SCMP_ERROR) {
		log_debug(c->log, "seccomp: unknown system call \"%s\" is left out", name);
		return 0;
	}
	if (!rule->any_of) {
		r = add_one(c, rule->action, nr, rule->args, rule->n_args);
	} else {
		for (size_t i = 0; r == 0 && i < rule->n_args; i++)
			r = add_one(c, rule->action, nr, &rule->alternatives[i], 1);
	}
	if (r < 0) {
		(void)lib_error(e, r, "seccomp_rule_add_array(3)");
		return err_ctx(e, "system call %s", name);
	}
	return 0;
}

static int add_rule(struct compiler *c, const struct spec_seccomp_rule *s, struct err *e)
{
	autodone(rule) struct rule rule = { 0 };

	int r = resolve_action(s->action, s->errno_ret, &rule.action, e);
	if (r == 0)
		r = resolve_args(s, &rule, e);
	/* libseccomp takes no rule that says what the default says. */
	if (r < 0 || rule.action == c->default_action)
		return r;
	for (size_t i = 0; r == 0 && i < s->names.n; i++)
		r = add_name(c, &rule, s->names.v[i], e);
	return r;
}

static int add_rules(struct compiler *c, struct err *e)
{
	for (size_t i = 0; i < c->spec->n_syscalls; i++)
		if (add_rule(c, &c->spec->syscalls[i], e) < 0)
			return err_ctx(e, "linux.seccomp.syscalls[%zu]", i);
	return 0;
}

/* --- the stub ------------------------------------------------------------------------ */

/* The greatest number that the profile names on an architecture; -1: none. */
static int64_t greatest(const struct spec_seccomp *s, uint32_t arch)
{
	int64_t max = -1;

	for (size_t i = 0; i < s->n_syscalls; i++)
		for (size_t j = 0; j < s->syscalls[i].names.n; j++) {
			int nr = seccomp_syscall_resolve_name_arch(arch, s->syscalls[i].names.v[j]);

			if (nr > max)
				max = nr;
		}
	return max;
}

/* A default that lets calls through, or says ENOSYS itself, needs no stub. */
static bool wants_stub(uint32_t default_action)
{
	return default_action != SCMP_ACT_ALLOW && default_action != SCMP_ACT_LOG &&
	       (default_action & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_TRACE &&
	       default_action != SCMP_ACT_ERRNO(ENOSYS);
}

static size_t build_stub(const struct compiler *c, struct sock_filter *ret)
{
	struct stub_arch archs[STUB_ARCHS_MAX];
	size_t n = 0;

	if (!wants_stub(c->default_action))
		return 0;
	for (size_t i = 0; i < c->n_archs && n < STUB_ARCHS_MAX; i++) {
		uint32_t token = c->archs[i];
		int64_t max = greatest(c->spec, token);

		/* In seccomp_data x32 goes by x86-64's token. */
		if (max < 0 || token == SCMP_ARCH_X32)
			continue;
		archs[n] = (struct stub_arch){
			.token = token,
			.max = (uint32_t)max,
			.zero_is_unknown = token == SCMP_ARCH_S390 || token == SCMP_ARCH_S390X,
		};
		if (token == SCMP_ARCH_X86_64 && has_arch(c, SCMP_ARCH_X32)) {
			int64_t x32 = greatest(c->spec, SCMP_ARCH_X32);

			archs[n].has_x32 = x32 >= 0;
			archs[n].x32_max = (uint32_t)(x32 < 0 ? 0 : x32);
		}
		n++;
	}
	return stub_build(archs, n, ret);
}

/* --- the program --------------------------------------------------------------------- */

/* libseccomp before 2.6 writes programs into files only. */
static int export(const struct compiler *c, struct strbuf *out, struct err *e)
{
	autoclose int fd = sys_memfd_create("seccomp", MFD_CLOEXEC);
	if (fd < 0)
		return err_errno(e, "linux.seccomp: memfd_create(2)");

	int r = seccomp_export_bpf(c->ctx, fd);
	if (r < 0) {
		(void)lib_error(e, r, "seccomp_export_bpf(3)");
		return err_ctx(e, "linux.seccomp");
	}
	if (lseek(fd, 0, SEEK_SET) < 0 || fd_read_all(fd, 0, out) < 0)
		return err_errno(e, "linux.seccomp: read the program");
	if (out->len == 0 || out->len % sizeof(struct sock_filter) != 0)
		return err_set(e, EBADMSG, "linux.seccomp: libseccomp wrote %zu bytes", out->len);
	return 0;
}

static int assemble(const struct compiler *c, struct seccomp_filter *ret, struct err *e)
{
	struct sock_filter stub[STUB_INSNS_MAX];
	autodone(strbuf) struct strbuf body = STRBUF_INIT;

	int r = export(c, &body, e);
	if (r < 0)
		return r;

	size_t n_stub = build_stub(c, stub);
	size_t n_body = body.len / sizeof(struct sock_filter);
	if (n_stub + n_body > BPF_MAXINSNS)
		return err_set(
			e, E2BIG,
			"linux.seccomp: the program has %zu instructions, the kernel takes %d",
			n_stub + n_body, BPF_MAXINSNS);
	ret->n = (unsigned short)(n_stub + n_body);
	ret->insns = mem_new(ret->n, sizeof(struct sock_filter));
	memcpy(ret->insns, stub, n_stub * sizeof(struct sock_filter));
	memcpy(ret->insns + n_stub, body.data, body.len);
	return 0;
}

static int start(struct compiler *c, struct err *e)
{
	const struct spec_seccomp *s = c->spec;
	size_t names = 0;

	int r = resolve_action(s->default_action, s->default_errno_ret, &c->default_action, e);
	if (r < 0)
		return err_ctx(e, "linux.seccomp.defaultAction");
	c->ctx = seccomp_init(c->default_action);
	if (!c->ctx)
		return err_set(e, ENOTSUP,
			       "linux.seccomp.defaultAction: this kernel does not know %s",
			       s->default_action);
	for (size_t i = 0; i < s->n_syscalls; i++)
		names += s->syscalls[i].names.n;
	if (names <= TREE_FROM_RULES)
		return 0;
	r = seccomp_attr_set(c->ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	return r < 0 ? lib_error(e, r, "linux.seccomp: seccomp_attr_set(3)") : 0;
}

int seccomp_compile(const struct spec_seccomp *s, const struct log_sink *log,
		    struct seccomp_filter *ret, struct err *e)
{
	__attribute__((cleanup(compiler_done))) struct compiler c = { .spec = s, .log = log };
	unsigned int flags;

	*ret = (struct seccomp_filter)SECCOMP_FILTER_INIT;
	if (!s || ((!s->default_action || !*s->default_action) && s->n_syscalls == 0))
		return 0;

	int r = seccomp_flags(s, log, &flags, e);
	if (r == 0)
		r = start(&c, e);
	if (r == 0)
		r = add_archs(&c, e);
	if (r == 0)
		r = add_rules(&c, e);
	if (r == 0)
		r = assemble(&c, ret, e);
	if (r < 0)
		return r;
	ret->flags = flags;
	if (s->listener_path)
		log_debug(log, "seccomp: listenerPath is unused, no rule is SCMP_ACT_NOTIFY");
	return 0;
}
