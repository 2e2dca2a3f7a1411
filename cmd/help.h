/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CMD_HELP_H
#define CMD_HELP_H

#include "base/str.h"
#include "cmd/cmd.h"

/* Both pure; both run in the host process. */

/** help_program() - append the help of the program itself. */
void help_program(const char *program, struct strbuf *out);

/** help_command() - append the help of one command. */
void help_command(const char *program, const struct command *c, struct strbuf *out);

#endif
