/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRIU_QUOTE_H
#define CRIU_QUOTE_H

/* What matters of CRIU's log, thousands of lines of which a few say why it failed. */

#include "base/log.h"
#include "base/str.h"

/**
 * criu_quote() - the lines that tell of a failure
 * @text:      the log
 * @ret_lines: appended: the errors, each with what was said just before it where that is a
 *             warning; at most 20 lines, the last ones
 * @ret_cause: appended: the first error's own words without time and place; else nothing
 * Pure. Runs in: host.
 */
void criu_quote(const char *text, struct strbuf *ret_lines, struct strbuf *ret_cause);

/**
 * criu_explain() - add CRIU's log to an error, and quote its lines as warnings
 * @work_fd: the directory of the log
 * @name:    "dump.log"
 * @path:    of the directory, for messages
 * @message: what CRIU gave as the reason; told where the log names no other
 * Runs in: host. Return: -e->code.
 */
int criu_explain(int work_fd, const char *name, const char *path, const char *message,
		 const struct log_sink *log, struct err *e);

#endif
