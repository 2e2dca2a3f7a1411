/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CMD_LOGGER_H
#define CMD_LOGGER_H

/*
 * The log of one run of the program, in the two formats that runc's callers read: containerd's
 * shim and podman take the text of an error from the last line of it. Nobody who reads too
 * slowly, or not at all, makes the program hang: after a second a message is dropped.
 */

#include <stdbool.h>
#include <time.h>

#include "base/err.h"
#include "base/log.h"
#include "base/str.h"
#include "cmd/quote.h"

#define LOGGER_PATIENCE_MS 1000

enum logger_target {
	LOGGER_STDERR,
	LOGGER_FILE,
	LOGGER_JOURNAL, /* the native protocol of systemd-journald */
	LOGGER_SYSLOG,	/* RFC 3164, as syslog(3) */
};

struct logger {
	enum logger_target target;
	int fd;		   /* 2, or the target's; close-on-exec then */
	const char *ident; /* JOURNAL: the field ID; SYSLOG: the tag. Borrowed. */
	bool json;
	bool colour;	/* standard error is a terminal and the format is text */
	time_t started; /* coloured lines count seconds from here */
	enum log_level max;
	unsigned int dropped; /* messages that nobody took in time, since the last one taken */
};

/** logger_init() - a logger that writes text to standard error. Runs in: host. */
void logger_init(struct logger *l);

/**
 * logger_open() - write elsewhere
 * @target: "PATH" or "file:PATH": appended to, made 0644; "journald:ID"; "syslog:ID".
 *          Borrowed.
 * @e: "open /x/log.json: no such file or directory"
 * Runs in: host. Return: 0 or negative errno; the logger still works then.
 */
MUST_CHECK int logger_open(struct logger *l, const char *target, struct err *e);

/** logger_done() - close, and say what was dropped on standard error. Runs in: host. */
void logger_done(struct logger *l);

/**
 * logger_emit() - write one message, by one write(2) so that processes sharing a file do not mix
 * @arg: struct logger
 * Fits struct log_sink. What cannot be written to the target goes to standard error; what
 * nobody takes for LOGGER_PATIENCE_MS is dropped and counted, and the next message waits no more.
 * Runs in: any.
 */
void logger_emit(void *arg, enum log_level level, const char *text);

/**
 * logger_error() - report why the program fails: to the log, and in plain words to standard
 * error when the log is elsewhere
 * Runs in: host.
 */
void logger_error(struct logger *l, const char *text);

/**
 * logger_format() - append one message in the format of @l's target
 * @now: seconds since the epoch
 *
 * Text: `time="2026-11-23T16:59:53Z" level=error msg="..."`; a value of nothing but
 * [A-Za-z0-9-._/@^+] has no quotes. JSON: keys level, msg, time. Times are UTC.
 * Pure. Runs in: any.
 */
void logger_format(const struct logger *l, time_t now, enum log_level level, const char *text,
		   struct strbuf *out);

#endif
