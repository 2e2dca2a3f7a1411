/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/help.h"

#include <string.h>

#include "base/cleanup.h"
#include "cmd/global.h"

static const char summary[] = "runs containers as the Open Container Initiative specifies them";

static const char program_text[] =
	"{} makes a container from a bundle: a directory with a file config.json, which says\n"
	"what the container is, and usually with the root file system it runs on. Container\n"
	"engines call {} for each container; it starts the container's process, sets up what\n"
	"config.json asks for and is gone, unless it was told to wait.\n"
	"\n"
	"To run the bundle in the current directory, under a name that no other container has:\n"
	"\n"
	"    # {} run <container-id>\n";

/* Appends @text with every "{}" replaced. */
static void expand(struct strbuf *out, const char *text, const char *program)
{
	for (const char *mark = strstr(text, "{}"); mark; mark = strstr(text, "{}")) {
		strbuf_add(out, text, (size_t)(mark - text));
		strbuf_adds(out, program);
		text = mark + 2;
	}
	strbuf_adds(out, text);
}

/* "--bundle value, -b value" */
static void left_side(const struct option_row *row, struct strbuf *out)
{
	const char *value = row->kind == OPTION_SWITCH ? "" : " value";

	strbuf_addf(out, "--%s%s", row->name, value);
	if (row->alias != '\0')
		strbuf_addf(out, ", -%c%s", row->alias, value);
}

static size_t left_width(const struct option_row *table)
{
	size_t width = strlen("--help, -h");

	for (const struct option_row *row = table; row->name; row++) {
		struct strbuf left autodone(strbuf) = STRBUF_INIT;

		if (!row->help)
			continue;
		left_side(row, &left);
		width = left.len > width ? left.len : width;
	}
	return width;
}

static void add_option(struct strbuf *out, const struct option_row *row, size_t width,
		       const char *program)
{
	struct strbuf left autodone(strbuf) = STRBUF_INIT;

	left_side(row, &left);
	strbuf_addf(out, "   %-*s  ", (int)width, strbuf_str(&left));
	expand(out, row->help, program);
	if (row->fallback && row->kind != OPTION_TEXT)
		strbuf_addf(out, " (default: %s)", row->fallback);
	else if (row->fallback)
		strbuf_addf(out, " (default: \"%s\")", row->fallback);
	strbuf_adds(out, "\n");
}

static void add_options(struct strbuf *out, const struct option_row *table, const char *program)
{
	static const struct option_row help = { "help", 'h', OPTION_SWITCH, "show this help",
						NULL };
	size_t width = left_width(table);

	for (const struct option_row *row = table; row->name; row++)
		if (row->help)
			add_option(out, row, width, program);
	add_option(out, &help, width, program);
}

static int command_width(void)
{
	size_t width = strlen("help, h");

	for (size_t i = 0; commands[i]; i++)
		if (!commands[i]->hidden && strlen(commands[i]->name) > width)
			width = strlen(commands[i]->name);
	return (int)width;
}

void help_program(const char *program, struct strbuf *out)
{
	strbuf_addf(out, "NAME:\n   %s - %s\n\n", program, summary);
	expand(out, program_text, program);
	strbuf_addf(out,
		    "\nUSAGE:\n   %s [global options] command [command options] [arguments...]\n"
		    "\nVERSION:\n   %s\n\nCOMMANDS:\n",
		    program, VIAL_VERSION);
	int width = command_width();
	for (size_t i = 0; commands[i]; i++)
		if (!commands[i]->hidden)
			strbuf_addf(out, "   %-*s  %s\n", width, commands[i]->name,
				    commands[i]->summary);
	strbuf_addf(out, "   %-*s  %s\n\nGLOBAL OPTIONS:\n", width, "help, h",
		    "show this help, or that of one command");
	add_options(out, global_options, program);
}

void help_command(const char *program, const struct command *c, struct strbuf *out)
{
	strbuf_addf(out, "NAME:\n   %s %s - %s\n\nUSAGE:\n   %s %s%s%s\n\n", program, c->name,
		    c->summary, program, c->name, c->usage[0] ? " " : "", c->usage);
	expand(out, c->text, program);
	strbuf_adds(out, "\nOPTIONS:\n");
	add_options(out, c->options, program);
}
