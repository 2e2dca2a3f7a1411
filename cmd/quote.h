/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CMD_QUOTE_H
#define CMD_QUOTE_H

/* Text from strangers, made harmless to terminals and to those who read logs line by line. */

#include "base/str.h"

/**
 * escape_go() - append @s with Go's escapes for what is no printable rune
 * @keep: ASCII characters that stay as they are, '"' and '\' among them if so wished
 * Bytes that are no UTF-8 become \xNN. Pure. Runs in: any.
 */
void escape_go(struct strbuf *out, const char *s, const char *keep);

/**
 * quote_go() - append @s as Go's %q writes it: in quotes, printable runes as they are, others
 * escaped
 * Nothing that could steer a terminal passes. Pure. Runs in: any.
 */
void quote_go(struct strbuf *out, const char *s);

#endif
