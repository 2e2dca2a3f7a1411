/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/cmd.h"

#define INTERVAL_DEFAULT_NS 5000000000LL

static const struct option_row options[] = {
	{ "interval", 0, OPTION_DURATION, "time between two lines of statistics, like 500ms",
	  "5s" },
	{ "stats", 0, OPTION_SWITCH, "print one line of statistics now, and nothing else", NULL },
	{ 0 },
};

static int emit(void *arg, const struct strbuf *line, struct err *e)
{
	(void)arg;
	return output(line, e);
}

static int run(struct invocation *in, int *ret_status, struct err *e)
{
	const struct events_request req = {
		.interval_ns = options_given(&in->local, "interval")
				       ? options_integer(&in->local, "interval")
				       : INTERVAL_DEFAULT_NS,
		.once = options_on(&in->local, "stats"),
		.emit = emit,
	};

	(void)ret_status;
	return container_events(&in->env, in->local.args[0], &req, e);
}

const struct command cmd_events = {
	.name = "events",
	.summary = "print statistics of a container, and when it lacks memory",
	.usage = "[command options] <container-id>",
	.text = "The <container-id> is the name that the container was created under.\n"
		"\n"
		"DESCRIPTION:\n"
		"   Prints a line of JSON at each interval: what the container has used of CPU, memory,\n"
		"processes, block I/O and huge pages, in nanoseconds and bytes. A line of the type\n"
		"\"oom\" is printed whenever the kernel kills a process of it because its memory limit\n"
		"is reached. Ends by itself when no process of the container is left.\n"
		"\n"
		"EXAMPLE:\n"
		"   To see what memory the container \"web\" uses now:\n"
		"\n"
		"       # {} events --stats web | jq .data.memory.usage\n",
	.options = options,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
