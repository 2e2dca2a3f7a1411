/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "cmd/cmd.h"
#include "cmd/pattern.h"
#include "cmd/signals.h"

static const struct option_row options[] = {
	{ "all", 'a', OPTION_SWITCH,
	  "signal every process; a container that has stopped is no error", NULL },
	PATTERN_OPTION,
	{ 0 },
};

struct what {
	int sig;
	bool all;
};

static int kill_one(const struct container_env *env, const char *id, const void *arg, struct err *e)
{
	const struct what *w = arg;

	return container_kill(env, id, w->sig, w->all, e);
}

/* That there is no such container is what one wants to hear first. */
static int unknown_signal(const struct invocation *in, const char *id, struct err *e)
{
	struct container_info info autodone(container_info) = { 0 };
	struct err first;

	if (container_info(&in->env, id, &info, &first) < 0)
		*e = first;
	return -e->code;
}

static int run(struct invocation *in, int *ret_status, struct err *e)
{
	const char *id = in->local.args[0], *text = in->local.args[1];
	bool pattern = options_on(&in->local, "regex");
	const struct what w = {
		.sig = signal_parse(text && text[0] != '\0' ? text : "TERM", e),
		.all = options_on(&in->local, "all"),
	};

	(void)ret_status;
	if (w.sig < 0)
		return pattern ? w.sig : unknown_signal(in, id, e);
	if (pattern)
		return pattern_each(in, id, kill_one, &w, "killed", e);
	return kill_one(&in->env, id, &w, e);
}

const struct command cmd_kill = {
	.name = "kill",
	.summary = "send a signal to the first process of a container",
	.usage = "[command options] <container-id> [signal]",
	.text = "The <container-id> is the name that the container was created under. The signal is\n"
		"a name, with or without SIG and in any case, or a number; TERM when not given.\n"
		"Real-time signals are RTMIN+N and RTMAX-N.\n"
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
