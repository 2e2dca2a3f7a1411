/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CMD_TRACER_H
#define CMD_TRACER_H

/* --trace: the file, and when the command began. Everything here runs in the host process. */

#include "cmd/cmd.h"

/** tracer_begin() - note the time, once the options are known; nothing without --trace. */
void tracer_begin(struct invocation *in);

/**
 * tracer_open() - open the file of --trace; nothing without it
 *
 * Before any effect, but after the program has executed itself: a FIFO is opened once.
 * @e: "open trace /x: permission denied"
 * Return: 0 or negative errno.
 */
MUST_CHECK int tracer_open(struct invocation *in, struct err *e);

/** tracer_finish() - write the file, if one is open; a failure is a warning. */
void tracer_finish(struct invocation *in);

#endif
