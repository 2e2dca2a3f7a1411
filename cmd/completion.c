/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/completion.h"

#include <string.h>

/* What the names of options say about their values; of others there is nothing to offer. */
static const struct {
	const char *option, *value;
} values[] = {
	{ "bundle", "dirs" },
	{ "cgroup-manager", "cgroupfs systemd disabled" },
	{ "config", "files" },
	{ "console-socket", "files" },
	{ "empty-ns", "network" },
	{ "format", "table json" },
	{ "image-path", "dirs" },
	{ "log", "files" },
	{ "log-format", "text json" },
	{ "log-level", "error warning debug" },
	{ "manage-cgroups-mode", "soft full strict ignore" },
	{ "parent-path", "dirs" },
	{ "pid-file", "files" },
	{ "pidfd-socket", "files" },
	{ "process", "files" },
	{ "resources", "files" },
	{ "root", "dirs" },
	{ "rootless", "true false auto" },
	{ "work-path", "dirs" },
};

#define SIGNALS "TERM KILL HUP INT QUIT USR1 USR2 STOP CONT WINCH"

const char *completion_value(const struct option_row *row)
{
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		if (str_eq(values[i].option, row->name))
			return values[i].value;
	return "";
}

bool completion_takes_id(const struct command *c)
{
	return strstr(c->usage, "<container-id>") && !c->makes_container;
}

const char *completion_words(const struct command *c, size_t index)
{
	if (str_eq(c->name, "kill") && index == 1)
		return SIGNALS;
	if (str_eq(c->name, "completion") && index == 0)
		return "bash zsh fish";
	return NULL;
}
