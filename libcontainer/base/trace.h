/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_TRACE_H
#define BASE_TRACE_H

/*
 * When each phase of a command began and ended, in all processes that take part: they write into
 * memory that they share, and the host prints it in the end. Off, which a NULL says, it costs a
 * comparison a phase and no system call.
 *
 * The clock is CLOCK_REALTIME, the one that no time namespace shifts. Other processes are not
 * trusted: what they wrote is cut and escaped when it is printed.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

enum trace_who { TRACE_HOST, TRACE_BRIDGE, TRACE_INIT, TRACE_JOINER, TRACE_PROCESS, TRACE_WHO };

struct trace_buffer;

/* One process's view. .buffer NULL: off. */
struct trace {
	struct trace_buffer *buffer;
	enum trace_who who;
	bool clock_is_call; /* the clock is a system call, which a filter may forbid */
};

/* A phase that runs; ends with its block. */
struct trace_span {
	const struct trace *trace;
	uint32_t index;
};

/**
 * trace_open() - make the memory
 * @clock_is_call: see struct trace
 * Runs in: host. Return: 0 or negative errno; trace_done() gives it back.
 */
MUST_CHECK int trace_open(struct trace *t, bool clock_is_call, struct err *e);

/** trace_done() - idempotent. Runs in: host. */
void trace_done(struct trace *t);

/** trace_as() - the view of another process; @t may be NULL. Runs in: any child. */
struct trace trace_as(const struct trace *t, enum trace_who who);

/** trace_now() - nanoseconds. Runs in: any. */
int64_t trace_now(void);

/** trace_add() - a phase whose begin and end are known. @t may be NULL. Runs in: any. */
void trace_add(const struct trace *t, const char *name, int64_t begin, int64_t end);

/** trace_mark() - a moment. @t may be NULL. Runs in: any. */
void trace_mark(const struct trace *t, const char *name);

/** trace_begin(), trace_end() - for TRACE(). Run in: any. */
struct trace_span trace_begin(const struct trace *t, const char *name);
void trace_end(struct trace_span *s);

/**
 * trace_before_filter() - a seccomp filter is about to be loaded into this process
 *
 * Where the clock is a system call, what runs ends here and nothing more is noted.
 * Runs in: init, process.
 */
void trace_before_filter(struct trace *t);

/**
 * trace_print() - append the JSON of the Trace Event format
 * @title: names the host process: "vial run"
 * A phase without an end lasts until now and says "open". Runs in: host.
 */
void trace_print(const struct trace *t, const char *title, struct strbuf *out);

#define TRACE_PASTE_(a, b) a##b
#define TRACE_PASTE(a, b)  TRACE_PASTE_(a, b)

/* TRACE() - what follows in this block is the phase @name; @t may be NULL. */
#define TRACE(t, name)                                                                             \
	__attribute__((cleanup(trace_end), unused)) struct trace_span TRACE_PASTE(                 \
		trace_span_, __LINE__) = trace_begin((t), (name))

#endif
