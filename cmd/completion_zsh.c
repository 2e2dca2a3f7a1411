/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/completion.h"

#include "cmd/global.h"

static const char helpers[] = "# Written by `completion zsh` of the program itself.\n"
			      "\n"
			      "_vial_ids() {\n"
			      "\tlocal -a ids\n"
			      "\tlocal root=${opt_args[--root]-${_vial_root-}}\n"
			      "\tids=(${(f)\"$(_call_program ids ${(q)_vial_program} "
			      "${root:+--root ${(q)root}} list --quiet 2>/dev/null)\"})\n"
			      "\t_describe -t containers container ids\n"
			      "}\n"
			      "\n";

/* @text for a specification of _arguments in single quotes. */
static void add_escaped(const char *text, const char *program, struct strbuf *out)
{
	for (; *text; text++) {
		if (text[0] == '{' && text[1] == '}') {
			strbuf_adds(out, program);
			text++;
		} else if (*text == '\'') {
			strbuf_adds(out, "'\\''");
		} else {
			if (*text == '[' || *text == ']' || *text == ':' || *text == '\\')
				strbuf_adds(out, "\\");
			strbuf_add(out, text, 1);
		}
	}
}

static void add_value(const struct option_row *row, struct strbuf *out)
{
	const char *value = completion_value(row);

	if (row->kind == OPTION_SWITCH)
		return;
	if (str_eq(value, "dirs"))
		strbuf_adds(out, ":directory:_files -/");
	else if (str_eq(value, "files"))
		strbuf_adds(out, ":file:_files");
	else if (*value)
		strbuf_addf(out, ":value:(%s)", value);
	else
		strbuf_adds(out, ":value: ");
}

/* '*' lets an option be given again, which Go's flag package allows for all. */
static void add_options(const struct option_row *table, const char *program, struct strbuf *out)
{
	for (const struct option_row *row = table; row->name; row++) {
		const char *mark = row->kind == OPTION_SWITCH ? "" : "=";

		if (!row->help)
			continue;
		strbuf_addf(out, "\t\t'*--%s%s[", row->name, mark);
		add_escaped(row->help, program, out);
		strbuf_adds(out, "]");
		add_value(row, out);
		strbuf_adds(out, "' \\\n");
		if (row->alias == '\0')
			continue;
		strbuf_addf(out, "\t\t'*-%c[", row->alias);
		add_escaped(row->help, program, out);
		strbuf_adds(out, "]");
		add_value(row, out);
		strbuf_adds(out, "' \\\n");
	}
	strbuf_adds(out, "\t\t'(- *)'{-h,--help}'[show this help]'");
}

static void add_arguments(const struct command *c, struct strbuf *out)
{
	bool takes_id = completion_takes_id(c);

	for (size_t i = 0; i < 2; i++) {
		const char *words = completion_words(c, i);

		if (i == 0 && takes_id)
			strbuf_addf(out, " \\\n\t\t'1:container:_vial_ids'");
		else if (words)
			strbuf_addf(out, " \\\n\t\t'%zu:value:(%s)'", i + 1, words);
	}
	strbuf_adds(out, "\n");
}

void completion_zsh(const char *program, struct strbuf *out)
{
	strbuf_addf(out, "#compdef %s\n", program);
	strbuf_adds(out, helpers);
	strbuf_adds(out, "_vial_commands() {\n\tlocal -a list=(\n");
	for (size_t i = 0; commands[i]; i++) {
		if (commands[i]->hidden)
			continue;
		strbuf_addf(out, "\t\t'%s:", commands[i]->name);
		add_escaped(commands[i]->summary, program, out);
		strbuf_adds(out, "'\n");
	}
	strbuf_adds(out, "\t\t'help:show the help of a command'\n\t)\n"
			 "\t_describe -t commands command list\n}\n\n");
	for (size_t i = 0; commands[i]; i++) {
		strbuf_addf(out, "_vial_%s() {\n\t_arguments -s \\\n", commands[i]->name);
		add_options(commands[i]->options, program, out);
		add_arguments(commands[i], out);
		strbuf_adds(out, "}\n\n");
	}
	strbuf_adds(out, "_vial_help() { _arguments '1:command:_vial_commands' }\n\n"
			 "_vial() {\n\tlocal curcontext=$curcontext state line\n"
			 "\tlocal _vial_program=$words[1] _vial_root\n"
			 "\ttypeset -A opt_args\n\n\t_arguments -C -s \\\n");
	add_options(global_options, program, out);
	strbuf_adds(out, " \\\n\t\t'1:command:_vial_commands' \\\n\t\t'*::argument:->argument'\n"
			 "\t[[ $state == argument ]] || return\n"
			 "\t_vial_root=${opt_args[--root]-}\n"
			 "\t(( $+functions[_vial_$line[1]] )) && _vial_$line[1]\n}\n\n"
			 "_vial \"$@\"\n");
}
