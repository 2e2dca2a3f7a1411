/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "cmd/request.h"
#include "seccomp/explain.h"

static const struct option_row options[] = {
	REQUEST_OPTION_BUNDLE,
	{ "arch", 'a', OPTION_TEXT,
	  "architecture of the system call: x86, SCMP_ARCH_X86, ...; this machine's by default",
	  NULL },
	{ "dump", 0, OPTION_SWITCH, "print the program, an instruction a line", NULL },
	{ 0 },
};

static int dump(const struct spec_seccomp *s, const struct seccomp_options *how, struct strbuf *out,
		struct err *e)
{
	autodone(seccomp_filter) struct seccomp_filter f = SECCOMP_FILTER_INIT;
	int r = seccomp_compile(s, how, &f, e);

	if (r == 0)
		seccomp_dump(&f, out);
	return r;
}

static int answer(const struct invocation *in, const struct spec *spec, struct err *e)
{
	const struct options *o = &in->local;
	struct strbuf text autodone(strbuf) = STRBUF_INIT;
	const struct spec_seccomp *s = spec->linux_->seccomp;
	const struct seccomp_question q = { options_text(o, "arch"), o->args[0], o->args + 1,
					    o->n_args > 0 ? o->n_args - 1 : 0 };
	struct seccomp_options how;

	int r = seccomp_options_read(&spec->annotations, getenv(SECCOMP_RECEIVER_ENV), in->env.log,
				     &how, e);
	if (r == 0 && options_on(o, "dump"))
		r = dump(s, &how, &text, e);
	if (r == 0 && o->n_args > 0)
		r = seccomp_explain(s, &how, &q, &text, e);
	return r < 0 ? r : output(&text, e);
}

static int run(struct invocation *in, int *ret_status, struct err *e)
{
	struct spec *spec = NULL;

	(void)ret_status;
	if (in->local.n_args == 0 && !options_on(&in->local, "dump"))
		return err_set_kind(e, ERR_USAGE, EINVAL, "name a system call, or ask for --dump");
	int r = request_enter_bundle(in, e);
	if (r == 0)
		r = spec_load(AT_FDCWD, "config.json", &spec, e);
	if (r != 0)
		return r;
	r = answer(in, spec, e);
	spec_free(spec);
	return r;
}

const struct command cmd_seccomp = {
	.name = "seccomp",
	.summary = "show what the system call filter of a bundle decides, and why",
	.usage = "[command options] [<system call> [argument...]]",
	.text = "The <system call> is a name or a number; arguments are numbers, 0 when not given.\n"
		"\n"
		"DESCRIPTION:\n"
		"   Compiles linux.seccomp of config.json as create does, runs the program for one\n"
		"system call, and prints the action and the rule that decided it, by its path in\n"
		"config.json. Needs no privilege and changes nothing.\n",
	.options = options,
	.min_args = 0,
	.max_args = 7,
	.run = run,
};
