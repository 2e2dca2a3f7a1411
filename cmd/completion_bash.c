/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/completion.h"

#include "cmd/global.h"

static const char head[] =
	"# Completion of the command line for bash (4.2 or newer), with or without bash-completion.\n"
	"# Written by `completion bash` of the program itself.\n"
	"\n"
	"# _vial_reply WORD...: those that begin with the current word.\n"
	"_vial_reply() {\n"
	"\tmapfile -t COMPREPLY < <(compgen -W \"$*\" -- \"$cur\")\n"
	"}\n\n";

static const char tail[] =
	"# _vial_argument INDEX: complete an argument of the command.\n"
	"_vial_argument() {\n"
	"\tlocal words\n"
	"\twords=$(_vial_words \"$command\" \"$1\")\n"
	"\tif [[ $words == ids ]]; then\n"
	"\t\twords=$(\"${COMP_WORDS[0]}\" ${root:+--root \"$root\"} list --quiet 2>/dev/null)\n"
	"\tfi\n"
	"\t_vial_reply \"$words\"\n"
	"}\n"
	"\n"
	"# _vial_value KIND: complete the value of an option.\n"
	"_vial_value() {\n"
	"\tcase $1 in\n"
	"\tdirs) mapfile -t COMPREPLY < <(compgen -d -- \"$cur\") ;;\n"
	"\tfiles) mapfile -t COMPREPLY < <(compgen -f -- \"$cur\") ;;\n"
	"\t*) _vial_reply \"$1\" ;;\n"
	"\tesac\n"
	"}\n"
	"\n"
	"_vial() {\n"
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} command='' root='' index=0 i=1 word kind\n"
	"\n"
	"\tCOMPREPLY=()\n"
	"\twhile ((i < COMP_CWORD)); do\n"
	"\t\tword=${COMP_WORDS[i]}\n"
	"\t\t((++i))\n"
	"\t\tif [[ $word != -* ]]; then\n"
	"\t\t\tif [[ -z $command ]]; then command=$word; else ((++index)); fi\n"
	"\t\t\tcontinue\n"
	"\t\tfi\n"
	"\t\tkind=$(_vial_kind \"$command\" \"$word\") || continue\n"
	"\t\t# bash splits --root=DIR at the sign\n"
	"\t\t[[ ${COMP_WORDS[i]} != '=' ]] || ((++i))\n"
	"\t\tif ((i >= COMP_CWORD)); then\n"
	"\t\t\t[[ $cur != '=' ]] || cur=''\n"
	"\t\t\t_vial_value \"$kind\"\n"
	"\t\t\treturn\n"
	"\t\tfi\n"
	"\t\t[[ $command || $word != --root ]] || root=${COMP_WORDS[i]}\n"
	"\t\t((++i))\n"
	"\tdone\n"
	"\tif [[ $cur == -* ]]; then\n"
	"\t\t_vial_reply \"$(_vial_options \"$command\")\"\n"
	"\telif [[ -z $command ]]; then\n"
	"\t\t_vial_reply \"$_vial_commands\"\n"
	"\telif [[ $command == help || $command == h ]]; then\n"
	"\t\t((index > 0)) || _vial_reply \"$_vial_commands\"\n"
	"\telse\n"
	"\t\t_vial_argument \"$index\"\n"
	"\tfi\n"
	"}\n"
	"\n";

static void add_options(const char *name, const struct option_row *table, struct strbuf *out)
{
	strbuf_addf(out, "\t'%s') echo '", name);
	for (const struct option_row *row = table; row->name; row++)
		if (row->help)
			strbuf_addf(out, "--%s ", row->name);
	strbuf_adds(out, "--help' ;;\n");
}

static void add_kinds(const char *name, const struct option_row *table, struct strbuf *out)
{
	for (const struct option_row *row = table; row->name; row++) {
		if (row->kind == OPTION_SWITCH)
			continue;
		strbuf_addf(out, "\t%s:--%s | %s:-%s", name, row->name, name, row->name);
		if (row->alias != '\0')
			strbuf_addf(out, " | %s:-%c", name, row->alias);
		strbuf_addf(out, ") echo '%s' ;;\n", completion_value(row));
	}
}

static void add_words(const struct command *c, struct strbuf *out)
{
	if (completion_takes_id(c))
		strbuf_addf(out, "\t%s:0) echo ids ;;\n", c->name);
	for (size_t i = 0; i < 2; i++)
		if (completion_words(c, i))
			strbuf_addf(out, "\t%s:%zu) echo '%s' ;;\n", c->name, i,
				    completion_words(c, i));
}

void completion_bash(const char *program, struct strbuf *out)
{
	strbuf_adds(out, head);
	strbuf_adds(out, "_vial_commands='");
	for (size_t i = 0; commands[i]; i++)
		if (!commands[i]->hidden)
			strbuf_addf(out, "%s ", commands[i]->name);
	strbuf_adds(out, "help'\n\n# _vial_options COMMAND: its options; '' stands before the "
			 "command.\n_vial_options() {\n\tcase $1 in\n");
	add_options("", global_options, out);
	for (size_t i = 0; commands[i]; i++)
		add_options(commands[i]->name, commands[i]->options, out);
	strbuf_adds(out,
		    "\t*) echo --help ;;\n\tesac\n}\n\n"
		    "# _vial_kind COMMAND OPTION: what its value is; fails when it takes none.\n"
		    "_vial_kind() {\n\tcase $1:$2 in\n");
	add_kinds("", global_options, out);
	for (size_t i = 0; commands[i]; i++)
		add_kinds(commands[i]->name, commands[i]->options, out);
	strbuf_adds(out, "\t*) return 1 ;;\n\tesac\n}\n\n"
			 "# _vial_words COMMAND INDEX: what its arguments may be.\n"
			 "_vial_words() {\n\tcase $1:$2 in\n");
	for (size_t i = 0; commands[i]; i++)
		add_words(commands[i], out);
	strbuf_adds(out, "\tesac\n}\n\n");
	strbuf_adds(out, tail);
	strbuf_addf(out, "complete -F _vial %s\n", program);
}
