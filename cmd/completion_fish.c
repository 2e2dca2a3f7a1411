/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/completion.h"

#include "cmd/global.h"

static const char functions[] =
	"# Prints the command of the line so far, and nothing when there is none yet.\n"
	"function __vial_command\n"
	"\tset -l skip 0\n"
	"\tfor word in (commandline -opc)[2..]\n"
	"\t\tif test $skip = 1\n"
	"\t\t\tset skip 0\n"
	"\t\telse if string match -q -- '-*' $word\n"
	"\t\t\tcontains -- (string replace -r '^--?' '' -- $word) $__vial_valued; and set skip 1\n"
	"\t\telse\n"
	"\t\t\techo $word\n"
	"\t\t\treturn 0\n"
	"\t\tend\n"
	"\tend\n"
	"\treturn 1\n"
	"end\n"
	"function __vial_is\n"
	"\ttest (__vial_command; or echo -) = $argv[1]\n"
	"end\n"
	"function __vial_root\n"
	"\tset -l words (commandline -opc)\n"
	"\tfor i in (seq 2 (count $words))\n"
	"\t\tstring match -q -r '^--?root=' -- $words[$i]\n"
	"\t\t\tand string replace -r '^--?root=' '' -- $words[$i]\n"
	"\t\tcontains -- $words[$i] --root -root; and echo $words[(math $i + 1)]\n"
	"\tend\n"
	"end\n"
	"function __vial_ids\n"
	"\tset -l root (__vial_root)\n"
	"\tif set -q root[1]\n"
	"\t\tcommand $argv[1] --root $root[1] list --quiet 2>/dev/null\n"
	"\telse\n"
	"\t\tcommand $argv[1] list --quiet 2>/dev/null\n"
	"\tend\n"
	"end\n\n";

static void add_quoted(const char *text, const char *program, struct strbuf *out)
{
	strbuf_adds(out, "'");
	for (; *text; text++) {
		if (text[0] == '{' && text[1] == '}') {
			strbuf_adds(out, program);
			text++;
			continue;
		}
		if (*text == '\'' || *text == '\\')
			strbuf_adds(out, "\\");
		strbuf_add(out, text, 1);
	}
	strbuf_adds(out, "'");
}

static void add_value(const struct option_row *row, struct strbuf *out)
{
	const char *value = completion_value(row);

	if (row->kind == OPTION_SWITCH)
		return;
	if (str_eq(value, "dirs"))
		strbuf_adds(out, " -x -a '(__fish_complete_directories)'");
	else if (str_eq(value, "files"))
		strbuf_adds(out, " -r -F");
	else
		strbuf_addf(out, " -x -a '%s'", value);
}

static void add_options(const char *program, const char *condition, const struct option_row *table,
			struct strbuf *out)
{
	for (const struct option_row *row = table; row->name; row++) {
		if (!row->help)
			continue;
		strbuf_addf(out, "complete -c %s -n '%s' -l %s", program, condition, row->name);
		if (row->alias != '\0')
			strbuf_addf(out, " -s %c", row->alias);
		add_value(row, out);
		strbuf_adds(out, " -d ");
		add_quoted(row->help, program, out);
		strbuf_adds(out, "\n");
	}
	strbuf_addf(out, "complete -c %s -n '%s' -l help -s h -d 'show this help'\n", program,
		    condition);
}

static void add_command(const char *program, const struct command *c, struct strbuf *out)
{
	struct strbuf condition = STRBUF_INIT;

	if (!c->hidden) {
		strbuf_addf(out, "complete -c %s -n 'not __vial_command' -a %s -d ", program,
			    c->name);
		add_quoted(c->summary, program, out);
		strbuf_addf(out, "\ncomplete -c %s -n '__vial_is help' -a %s\n", program, c->name);
	}
	strbuf_addf(&condition, "__vial_is %s", c->name);
	add_options(program, strbuf_str(&condition), c->options, out);
	if (completion_takes_id(c))
		strbuf_addf(out, "complete -c %s -n '%s' -a '(__vial_ids %s)'\n", program,
			    strbuf_str(&condition), program);
	for (size_t i = 0; i < 2; i++)
		if (completion_words(c, i))
			strbuf_addf(out, "complete -c %s -n '%s' -a '%s'\n", program,
				    strbuf_str(&condition), completion_words(c, i));
	strbuf_done(&condition);
}

void completion_fish(const char *program, struct strbuf *out)
{
	strbuf_adds(out, "# Written by `completion fish` of the program itself.\n"
			 "set -g __vial_valued");
	for (const struct option_row *row = global_options; row->name; row++)
		if (row->kind != OPTION_SWITCH)
			strbuf_addf(out, " %s", row->name);
	strbuf_adds(out, "\n");
	strbuf_adds(out, functions);
	strbuf_addf(out, "complete -c %s -f\n", program);
	add_options(program, "not __vial_command", global_options, out);
	for (size_t i = 0; commands[i]; i++)
		add_command(program, commands[i], out);
	strbuf_addf(
		out,
		"complete -c %s -n 'not __vial_command' -a help -d 'show the help of a command'\n",
		program);
}
