/* SPDX-License-Identifier: Apache-2.0 */
/* linux.seccomp: names nobody knows, and calls without which no program starts. */
#include <errno.h>
#include <linux/seccomp.h>

#include "base/cleanup.h"
#include "check/bundle.h"
#include "seccomp/seccomp.h"

/* The first is init's own; the others come before main(), or at its end. */
static const char *const needed[] = { "execve", "brk",		"mmap",	      "mprotect", "read",
				      "write",	"close",	"arch_prctl", "openat",	  "munmap",
				      "fstat",	"rt_sigaction", "exit_group" };

static void check_names(const struct check_area *to, const struct spec_seccomp *s)
{
	autodone(strbuf) struct strbuf names = STRBUF_INIT;
	size_t n = 0;

	for (size_t i = 0; i < s->n_syscalls; i++)
		for (size_t k = 0; k < s->syscalls[i].names.n; k++)
			if (!seccomp_knows(s->syscalls[i].names.v[k]) && ++n <= 10)
				strbuf_addf(&names, "%s%s", names.len ? ", " : "",
					    s->syscalls[i].names.v[k]);
	if (n > 10)
		strbuf_addf(&names, " and %zu more", n - 10);
	if (n)
		check_warning(to, "unknown_call", "such rules are left out: is a name misspelt?",
			      "no system call has the name %s", strbuf_str(&names));
}

static bool is_let_through(uint32_t action)
{
	uint32_t kind = action & SECCOMP_RET_ACTION_FULL;

	return kind == SECCOMP_RET_ALLOW || kind == SECCOMP_RET_LOG ||
	       kind == SECCOMP_RET_USER_NOTIF || kind == SECCOMP_RET_TRACE;
}

static bool is_needed(const struct check_area *to, const struct seccomp_filter *f, size_t i)
{
	autodone(strbuf) struct strbuf action = STRBUF_INIT;
	const char *advice = "allow it in linux.seccomp; `vial run --seccomp-record` writes a "
			     "profile that lets the program run";
	uint32_t v;

	if (seccomp_ask(f, needed[i], &v) < 0 || is_let_through(v))
		return false;
	seccomp_action_text(v, &action);
	if (i == 0)
		check_failure(to, needed[i], advice, "%s gets %s: the program cannot be executed",
			      needed[i], strbuf_str(&action));
	else
		check_warning(to, needed[i], advice, "%s gets %s: few programs start without it",
			      needed[i], strbuf_str(&action));
	return true;
}

void bundle_seccomp(const struct bundle *b)
{
	const struct check_area to = { b->report, "seccomp" };
	autodone(seccomp_filter) struct seccomp_filter f = SECCOMP_FILTER_INIT;
	const struct spec_seccomp *s = b->spec->linux_->seccomp;
	struct seccomp_options how;
	bool denied = false;
	struct err e;

	int r = seccomp_options_read(&b->spec->annotations, b->req->seccomp_receiver, NULL, &how,
				     &e);
	if (r == 0)
		r = seccomp_compile(s, &how, &f, &e);
	if (r < 0) {
		check_error(&to, "profile", &e);
		return;
	}
	if (!f.insns) {
		check_pass(&to, "profile", "there is no filter");
		return;
	}
	if (s)
		check_names(&to, s);
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
		denied = is_needed(&to, &f, i) || denied;
	if (!denied)
		check_pass(&to, "profile", "%u instructions; programs can start under it", f.n);
}
