/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/cleanup.h"
#include "cmd/completion.h"

static const struct option_row options[] = { { 0 } };

static int run(struct invocation *in, int *ret_status, struct err *e)
{
	static const struct {
		const char *shell;
		void (*write)(const char *program, struct strbuf *out);
	} shells[] = {
		{ "bash", completion_bash },
		{ "zsh", completion_zsh },
		{ "fish", completion_fish },
	};
	struct strbuf text autodone(strbuf) = STRBUF_INIT;
	const char *shell = in->local.args[0];

	(void)ret_status;
	for (size_t i = 0; i < ARRAY_SIZE(shells); i++) {
		if (str_eq(shell, shells[i].shell)) {
			shells[i].write(in->program, &text);
			return output(&text, e);
		}
	}
	return err_set_kind(e, ERR_USAGE, EINVAL, "no completion for \"%s\": bash, zsh or fish",
			    shell);
}

const struct command cmd_completion = {
	.name = "completion",
	.summary = "print a script that completes command lines",
	.usage = "bash|zsh|fish",
	.text = "DESCRIPTION:\n"
		"   Prints the script that makes a shell complete the commands and options of {}.\n"
		"Packages install it; for yourself, in bash:\n"
		"\n"
		"       $ source <({} completion bash)\n",
	.options = options,
	.min_args = 1,
	.max_args = 1,
	.hidden = true,
	.run = run,
};
