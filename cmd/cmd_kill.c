/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/cmd.h"
#include "cmd/signals.h"

static const struct option_row options[] = {
	{ "all", 'a', OPTION_SWITCH,
	  "signal every process; a container that has stopped is no error", NULL },
	{ 0 },
};

static int run(struct invocation *in, int *ret_status, struct err *e)
{
	const char *text = in->local.args[1];
	int sig = signal_parse(text && text[0] != '\0' ? text : "TERM", e);

	(void)ret_status;
	if (sig < 0)
		return sig;
	return container_kill(&in->env, in->local.args[0], sig, options_on(&in->local, "all"), e);
}

const struct command cmd_kill = {
	.name = "kill",
	.summary = "send a signal to the first process of a container",
	.usage = "[command options] <container-id> [signal]",
	.text = "The <container-id> is the name that the container was created under. The signal is\n"
		"a name, with or without SIG and in any case, or a number; TERM when not given.\n"
		"\n"
		"DESCRIPTION:\n"
		"   KILL reaches every process of a container that has no pid namespace of its own.\n"
		"Signal 0 only finds out whether the process is there. Options stand before the\n"
		"<container-id>.\n"
		"\n"
		"EXAMPLE:\n"
		"   To ask the container \"web\" to end, and to make it:\n"
		"\n"
		"       # {} kill web\n"
		"       # {} kill web KILL\n",
	.options = options,
	.min_args = 1,
	.max_args = 2,
	.stop_at_first = true,
	.run = run,
};
