/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CMD_SIGNALS_H
#define CMD_SIGNALS_H

#include "base/err.h"

/**
 * signal_parse() - a signal as people and programs write it
 * @text: "9", "KILL", "SIGKILL", "RTMIN+3", "sigrtmax-1", in any case; numbers from 0 (probe)
 *        to 64
 * @e:    `unknown signal "NOSUCH"`
 * Pure. Runs in: host. Return: the number, or -EINVAL.
 */
MUST_CHECK int signal_parse(const char *text, struct err *e);

#endif
