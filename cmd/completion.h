/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CMD_COMPLETION_H
#define CMD_COMPLETION_H

/*
 * Completion scripts for shells, from the same tables as the help texts: a new command or option
 * is completed as soon as it has its row. All pure; run in the host.
 */

#include "cmd/cmd.h"

/** How the value of an option is completed: "dirs", "files", "" (not at all), or its words. */
const char *completion_value(const struct option_row *row);

/** completion_takes_id() - is the first argument of @c the id of a container that exists? */
bool completion_takes_id(const struct command *c);

/** completion_words() - words of the argument at @index (0: the first) of @c; NULL: none known. */
const char *completion_words(const struct command *c, size_t index);

/** completion_bash(), ... - append the script of that shell for a program called @program. */
void completion_bash(const char *program, struct strbuf *out);
void completion_zsh(const char *program, struct strbuf *out);
void completion_fish(const char *program, struct strbuf *out);

#endif
