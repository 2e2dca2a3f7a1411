/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "seccomp/flags.h"
#include "seccomp/seccomp.h"
#include "seccomp/syscalls.h"

#define ANNOTATION "run.oci.seccomp"

const char *seccomp_library_version(void)
{
	return syscall_libseccomp;
}

/* --- annotations --------------------------------------------------------------------- */

static const char *annotation(const struct spec_string_map *m, const char *key)
{
	for (size_t i = 0; i < m->n; i++)
		if (str_eq(m->v[i].key, key))
			return m->v[i].value;
	return NULL;
}

int seccomp_options_read(const struct spec_string_map *annotations, const char *receiver,
			 const struct log_sink *log, struct seccomp_options *ret, struct err *e)
{
	const char *strict = annotation(annotations, ANNOTATION "_fail_unknown_syscall");
	const char *own = annotation(annotations, ANNOTATION ".receiver");

	if (annotation(annotations, ANNOTATION ".plugins"))
		return err_set_kind(e, ERR_CONFIG, ENOTSUP,
				    "annotations[\"" ANNOTATION ".plugins\"]: a runtime does not "
				    "load code from where a container's configuration says; use "
				    "listenerPath");
	*ret = (struct seccomp_options){
		.log = log,
		.fail_unknown = strict && !str_eq(strict, "0"),
		.bpf_data = annotation(annotations, ANNOTATION "_bpf_data"),
		.receiver = own ? own : receiver,
	};
	if (ret->receiver && ret->receiver[0] != '/' && ret->receiver[0] != '@')
		return err_set_kind(e, ERR_CONFIG, EINVAL,
				    "the seccomp receiver %s is not an absolute path",
				    ret->receiver);
	return 0;
}

/* --- a program that is given ----------------------------------------------------------- */

static int sextet(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* RFC 4648, with its padding or without. Return: bytes, or -1. */
static ssize_t decode(const char *text, unsigned char *out)
{
	size_t n = 0, digits = 0;
	unsigned int bits = 0;

	for (; sextet(*text) >= 0; text++) {
		bits = bits << 6 | (unsigned int)sextet(*text);
		if (++digits % 4 != 1)
			out[n++] = (unsigned char)(bits >> (6 - 2 * ((digits - 1) % 4)));
	}
	size_t padding = strspn(text, "=");
	bool fits = padding == 0 || (digits % 4 >= 2 && digits % 4 + padding == 4);

	return text[padding] || digits % 4 == 1 || !fits ? -1 : (ssize_t)n;
}

/* What is no sound program the kernel refuses when init loads it. */
static int given_program(const char *text, struct seccomp_filter *ret, struct err *e)
{
	const size_t one = sizeof(struct sock_filter);
	autofree unsigned char *bytes = mem_new(strlen(text) + 1, 1);
	ssize_t n = decode(text, bytes);

	if (n < 0)
		return err_set_kind(e, ERR_CONFIG, EINVAL,
				    "annotations[\"" ANNOTATION "_bpf_data\"]: not base64");
	if (n == 0 || (size_t)n % one != 0 || (size_t)n / one > BPF_MAXINSNS)
		return err_set_kind(e, ERR_CONFIG, EINVAL,
				    "annotations[\"" ANNOTATION "_bpf_data\"]: %zd bytes are not "
				    "1 to %d instructions of %zu bytes",
				    n, BPF_MAXINSNS, one);
	ret->n = (unsigned short)((size_t)n / one);
	ret->insns = mem_new(ret->n, one);
	memcpy(ret->insns, bytes, (size_t)n);
	ret->notifies = seccomp_notifies(ret->insns, ret->n);
	return 0;
}

bool seccomp_notifies(const struct sock_filter *insns, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (insns[i].code == (BPF_RET | BPF_K) &&
		    (insns[i].k & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_USER_NOTIF)
			return true;
	return false;
}

/* --- the filter ------------------------------------------------------------------------ */

static bool is_absent(const struct spec_seccomp *s)
{
	return !s || ((!s->default_action || !*s->default_action) && s->n_syscalls == 0);
}

int seccomp_compile(const struct spec_seccomp *s, const struct seccomp_options *options,
		    struct seccomp_filter *ret, struct err *e)
{
	autodone(seccomp_filter) struct seccomp_filter f = SECCOMP_FILTER_INIT;
	int r;

	*ret = f;
	if (options->bpf_data)
		r = given_program(options->bpf_data, &f, e);
	else if (is_absent(s))
		return 0;
	else
		r = seccomp_compile_for(s, arch_native(), options, &f, e);
	if (r == 0)
		r = seccomp_flags(s, f.notifies, options->log, &f.flags, e);
	if (r < 0)
		return r;
	if (!f.notifies && s && s->listener_path)
		log_debug(options->log,
			  "seccomp: listenerPath is unused, no rule is SCMP_ACT_NOTIFY");
	*ret = f;
	f.insns = NULL;
	return 0;
}
