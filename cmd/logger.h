/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CMD_LOGGER_H
#define CMD_LOGGER_H

/*
 * The log of one run of the program, in the two formats that runc's callers read: containerd's
 * shim and podman take the text of an error from the last line of it.
 */

#include <stdbool.h>
#include <time.h>

#include "base/err.h"
#include "base/log.h"
#include "base/str.h"

struct logger {
	int fd; /* 2 unless a file was asked for; close-on-exec then */
	bool is_file;
	bool json;
	bool colour;	/* standard error is a terminal and the format is text */
	time_t started; /* coloured lines count seconds from here */
	enum log_level max;
};

/** logger_init() - a logger that writes text to standard error. Runs in: host. */
void logger_init(struct logger *l);

/**
 * logger_open() - write to a file instead; appends, creates it 0644
 * @e: "open /x/log.json: no such file or directory"
 * Runs in: host. Return: 0 or negative errno; the logger still works then.
 */
MUST_CHECK int logger_open(struct logger *l, const char *path, struct err *e);

/** logger_done() - close the file. Runs in: host. */
void logger_done(struct logger *l);

/**
 * logger_emit() - write one line, by one write(2) so that processes sharing a file do not mix
 * @arg: struct logger
 * Fits struct log_sink. A line that cannot be written to the file goes to standard error.
 * Runs in: any.
 */
void logger_emit(void *arg, enum log_level level, const char *text);

/**
 * logger_error() - report why the program fails: to the log, and in plain words to standard
 * error when the log is a file
 * Runs in: host.
 */
void logger_error(struct logger *l, const char *text);

/**
 * logger_format() - append one line in @l's format
 * @now: seconds since the epoch
 *
 * Text: `time="2026-11-23T16:59:53Z" level=error msg="..."`; a value of nothing but
 * [A-Za-z0-9-._/@^+] has no quotes. JSON: keys level, msg, time. Times are UTC.
 * Pure. Runs in: any.
 */
void logger_format(const struct logger *l, time_t now, enum log_level level, const char *text,
		   struct strbuf *out);

/**
 * quote_go() - append @s as Go's %q writes it: printable runes as they are, others escaped,
 * bytes that are no UTF-8 as \xNN
 * Nothing that could steer a terminal passes. Pure. Runs in: any.
 */
void quote_go(struct strbuf *out, const char *s);

#endif
