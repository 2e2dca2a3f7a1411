/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROTO_PROTO_H
#define PROTO_PROTO_H

/*
 * The conversation between the host process and the bridge and init it made, over one
 * SEQPACKET pair: one datagram a message, descriptors by SCM_RIGHTS. Each side says which
 * step it expects; anything else is an error that names both. An ERROR may come at any time
 * and carries the whole struct err; LOG carries a message for the host's log.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"

/* Values start at 0x40 so that a zeroed or foreign datagram is no step. */
enum proto_step {
	STEP_ERROR = 0x40, /* child -> host: struct err */
	STEP_LOG,	   /* child -> host: a byte of level, then text */
	STEP_USERNS_READY, /* child -> host: its user namespace waits for maps */
	STEP_IDMAP_DONE,   /* host -> child */
	STEP_TIMENS_READY, /* bridge -> host: a time namespace waits for offsets */
	STEP_OFFSETS_DONE, /* host -> bridge */
	STEP_INIT_SPAWNED, /* bridge -> host: pidfd of init; of exec: its pid, too */
	STEP_SOURCES,	   /* helper -> init: index of a mount, its descriptor (init/sources.h) */
	STEP_PLACED,	   /* host -> init: cgroups, limits, oom score are set */
	STEP_MOUNTS_READY, /* init -> host: run prestart and createRuntime hooks */
	STEP_HOOKS_DONE,   /* host -> init */
	STEP_CONSOLE,	   /* init -> host: master of the terminal */
	STEP_LISTENER,	   /* init -> host: the number that the seccomp listener will have */
	STEP_CREATED,	   /* init -> host: all is set up but execve(2) */
	STEP_COMMITTED,	   /* host -> init: the state is on disk; it may outlive the host */
	STEP_EXECING, /* init -> host, in `run`: the next call is execve(2); then end of file */
	STEP_END,
};

#define PROTO_BODY_MAX 8192

/* In front of each message. */
struct proto_header {
	uint16_t step;
	uint16_t n_fds;
	uint32_t length;
};

struct proto_msg {
	enum proto_step step;
	size_t length;
	struct proto_header header; /* with the body: the message as it is received */
	unsigned char body[PROTO_BODY_MAX];
	int fds[FD_SEND_MAX]; /* the receiver's to close */
	size_t n_fds;
};

/** proto_step_name() - "MOUNTS_READY"; "?" for no step. Pure. Runs in: any. */
const char *proto_step_name(enum proto_step step);

/**
 * proto_send() - send one message
 * @fds: borrowed
 * Runs in: any. Return: 0, or negative errno; -EPIPE when the other side is gone.
 */
MUST_CHECK int proto_send(int sock, enum proto_step step, const void *body, size_t length,
			  const int *fds, size_t n_fds, struct err *e);

/** proto_is_eof() - is this error the end of the other side, not a word from it? Pure. Runs in: any. */
bool proto_is_eof(const struct err *e);

/** proto_say() - a message without body or descriptors. Runs in: any. */
MUST_CHECK int proto_say(int sock, enum proto_step step, struct err *e);

/**
 * proto_tell() - proto_say() to a side that may have ended before it could hear
 * @log, @e: as of proto_recv(): if the other side is gone, what it said last is the error
 * Runs in: any. Return: 0, or negative errno; proto_is_eof() when it ended without a word.
 */
MUST_CHECK int proto_tell(int sock, enum proto_step step, const struct log_sink *log,
			  struct err *e);

/**
 * proto_recv() - receive the next message that is neither ERROR nor LOG
 * @log: takes LOG messages; may be NULL
 * @ret: filled; its descriptors are the caller's to close
 * @e:   on ERROR: what the other side reported, as it is
 *
 * Runs in: any. Return: 0; -EPIPE at end of file; the reported code on ERROR.
 */
MUST_CHECK int proto_recv(int sock, const struct log_sink *log, struct proto_msg *ret,
			  struct err *e);

/**
 * proto_expect() - receive, and insist on a step
 * @ret_fd: NULL: the message must carry no descriptor; else it must carry one, the caller's
 * Runs in: any. Return: as proto_recv(), -EPROTO for another step.
 */
MUST_CHECK int proto_expect(int sock, enum proto_step step, const struct log_sink *log, int *ret_fd,
			    struct err *e);

/**
 * proto_write_step(), proto_read_step() - proto_say() and proto_expect() by write(2) and read(2)
 *
 * For init once its seccomp filter is loaded: a profile that was recorded from a program must
 * not have to name our sendmsg(2) and recvmsg(2). No ERROR or LOG is understood here.
 * Runs in: init. Return: 0, -EPIPE at end of file, -EPROTO for another step.
 */
MUST_CHECK int proto_write_step(int sock, enum proto_step step, struct err *e);
MUST_CHECK int proto_read_step(int sock, enum proto_step step, struct err *e);

/** proto_send_err() - tell the host, by write(2); failure is ignored, there is nobody else to
 * tell. Runs in: child. */
void proto_send_err(int sock, const struct err *e);

/** proto_log_sink() - a sink whose messages travel to the host; @sock must outlive it. Runs in: child. */
struct log_sink proto_log_sink(const int *sock, enum log_level max);

#endif
