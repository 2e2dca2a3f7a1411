/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/completion.h"

#include <string.h>

/* What the names of options say about their values; of others there is nothing to offer. */
static const struct {
	const char *option, *value;
	const char *fallback; /* only with this default; NULL: with any */
} values[] = {
	{ "bundle", "dirs", NULL },
	{ "cgroup-manager", "cgroupfs systemd disabled", NULL },
	{ "config", "files", NULL },
	{ "console-socket", "files", NULL },
	{ "empty-ns", "network", NULL },
	{ "format", "text json", "text" },
	{ "format", "table json", NULL },
	{ "image-path", "dirs", NULL },
	{ "log", "files", NULL },
	{ "log-format", "text json", NULL },
	{ "log-level", "error warning debug", NULL },
	{ "manage-cgroups-mode", "soft full strict ignore", NULL },
	{ "network-lock", "iptables nftables skip", NULL },
	{ "parent-path", "dirs", NULL },
	{ "pid-file", "files", NULL },
	{ "pidfd-socket", "files", NULL },
	{ "process", "files", NULL },
	{ "resources", "files", NULL },
	{ "root", "dirs", NULL },
	{ "rootless", "true false auto", NULL },
	{ "trace", "files", NULL },
	{ "work-path", "dirs", NULL },
};

#define SIGNALS "TERM KILL HUP INT QUIT USR1 USR2 STOP CONT WINCH"

const char *completion_value(const struct option_row *row)
{
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		if (str_eq(values[i].option, row->name) &&
		    (!values[i].fallback ||
		     (row->fallback && str_eq(values[i].fallback, row->fallback))))
			return values[i].value;
	return "";
}

bool completion_takes_id(const struct command *c)
{
	return strstr(c->usage, "<container-id>") && !c->makes_container &&
	       !str_eq(c->name, "restore"); /* its id is a new one */
}

const char *completion_words(const struct command *c, size_t index)
{
	if (str_eq(c->name, "kill") && index == 1)
		return SIGNALS;
	if (str_eq(c->name, "completion") && index == 0)
		return "bash zsh fish";
	return NULL;
}
