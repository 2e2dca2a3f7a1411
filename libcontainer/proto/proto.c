/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/proto.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

#define REPORT_TRIES 20

struct datagram {
	struct proto_header header;
	unsigned char body[PROTO_BODY_MAX];
};

#define MESSAGE_MAX sizeof(struct datagram)
_Static_assert(offsetof(struct proto_msg, body) ==
		       offsetof(struct proto_msg, header) + offsetof(struct datagram, body),
	       "a message is received where it stays");

static const char *const names[] = {
	[0] = "ERROR",
	[STEP_LOG - STEP_ERROR] = "LOG",
	[STEP_USERNS_READY - STEP_ERROR] = "USERNS_READY",
	[STEP_IDMAP_DONE - STEP_ERROR] = "IDMAP_DONE",
	[STEP_TIMENS_READY - STEP_ERROR] = "TIMENS_READY",
	[STEP_OFFSETS_DONE - STEP_ERROR] = "OFFSETS_DONE",
	[STEP_INIT_SPAWNED - STEP_ERROR] = "INIT_SPAWNED",
	[STEP_SOURCES - STEP_ERROR] = "SOURCES",
	[STEP_PLACED - STEP_ERROR] = "PLACED",
	[STEP_MOUNTS_READY - STEP_ERROR] = "MOUNTS_READY",
	[STEP_HOOKS_DONE - STEP_ERROR] = "HOOKS_DONE",
	[STEP_CONSOLE - STEP_ERROR] = "CONSOLE",
	[STEP_LISTENER - STEP_ERROR] = "LISTENER",
	[STEP_CREATED - STEP_ERROR] = "CREATED",
	[STEP_COMMITTED - STEP_ERROR] = "COMMITTED",
	[STEP_EXECING - STEP_ERROR] = "EXECING",
};

#define GONE "the other side is gone"

bool proto_is_eof(const struct err *e)
{
	return e->code == EPIPE && strcmp(e->text, GONE) == 0;
}

static bool is_step(unsigned int step)
{
	return step >= STEP_ERROR && step < STEP_END;
}

const char *proto_step_name(enum proto_step step)
{
	return is_step(step) ? names[step - STEP_ERROR] : "?";
}

static struct proto_header header_of(enum proto_step step, size_t length, size_t n_fds)
{
	return (struct proto_header){ .step = (uint16_t)step,
				      .n_fds = (uint16_t)n_fds,
				      .length = (uint32_t)length };
}

/*
 * ECONNRESET: the other side ended with a word of ours unread. The kernel says it once, before
 * what that side had said to us; therefore each call is made again.
 */
static int send_bytes(int sock, const void *bytes, size_t n_bytes, const int *fds, size_t n_fds)
{
	int n = fd_send(sock, bytes, n_bytes, fds, n_fds);

	return n == -ECONNRESET ? fd_send(sock, bytes, n_bytes, fds, n_fds) : n;
}

/* Where most messages, which have no body, need not touch three pages of stack for one. */
static __attribute__((noinline)) int send_body(int sock, const struct proto_header *header,
					       const void *body, const int *fds)
{
	struct datagram d;

	d.header = *header;
	memcpy(d.body, body, header->length);
	return send_bytes(sock, &d, sizeof(*header) + header->length, fds, header->n_fds);
}

int proto_send(int sock, enum proto_step step, const void *body, size_t length, const int *fds,
	       size_t n_fds, struct err *e)
{
	const struct proto_header header = header_of(step, length, n_fds);

	if (length > PROTO_BODY_MAX)
		return err_set(e, EMSGSIZE, "send %s: %zu bytes are too many",
			       proto_step_name(step), length);
	int n = length > 0 ? send_body(sock, &header, body, fds)
			   : send_bytes(sock, &header, sizeof(header), fds, n_fds);
	return n < 0 ? err_errno(e, "send %s", proto_step_name(step)) : 0;
}

int proto_say(int sock, enum proto_step step, struct err *e)
{
	return proto_send(sock, step, NULL, 0, NULL, 0, e);
}

static void close_fds(const int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		(void)close(fds[i]);
}

static int recv_one(int sock, struct proto_msg *ret, struct err *e)
{
	const struct proto_header *h = &ret->header;
	unsigned char *message = (unsigned char *)ret + offsetof(struct proto_msg, header);

	ret->n_fds = FD_SEND_MAX;
	ssize_t n = fd_recv(sock, message, MESSAGE_MAX, ret->fds, &ret->n_fds);
	if (n == -ECONNRESET) {
		ret->n_fds = FD_SEND_MAX;
		n = fd_recv(sock, message, MESSAGE_MAX, ret->fds, &ret->n_fds);
	}
	if (n < 0)
		return err_errno(e, "receive a message");
	if (n == 0)
		return err_set(e, EPIPE, GONE);
	if ((size_t)n < sizeof(*h) || !is_step(h->step) || h->length != (size_t)n - sizeof(*h) ||
	    h->n_fds != ret->n_fds) {
		close_fds(ret->fds, ret->n_fds);
		return err_set(e, EPROTO, "receive a message: %zd bytes that are none", n);
	}
	ret->step = (enum proto_step)h->step;
	ret->length = h->length;
	return 0;
}

static int take_error(const struct proto_msg *m, struct err *e)
{
	if (m->length != sizeof(*e))
		return err_set(e, EPROTO, "receive ERROR: %zu bytes", m->length);
	memcpy(e, m->body, sizeof(*e));
	e->text[sizeof(e->text) - 1] = '\0';
	if (e->code <= 0)
		e->code = EPROTO;
	return -e->code;
}

static void take_log(const struct proto_msg *m, const struct log_sink *log)
{
	if (!log || m->length < 2 || m->body[m->length - 1] != '\0' || m->body[0] > log->max)
		return;
	log->emit(log->arg, (enum log_level)m->body[0], (const char *)m->body + 1);
}

int proto_recv(int sock, const struct log_sink *log, struct proto_msg *ret, struct err *e)
{
	for (;;) {
		int r = recv_one(sock, ret, e);

		if (r < 0)
			return r;
		if (ret->step == STEP_LOG) {
			take_log(ret, log);
		} else if (ret->step == STEP_ERROR) {
			close_fds(ret->fds, ret->n_fds);
			return take_error(ret, e);
		} else {
			return 0;
		}
		close_fds(ret->fds, ret->n_fds);
	}
}

int proto_expect(int sock, enum proto_step step, const struct log_sink *log, int *ret_fd,
		 struct err *e)
{
	struct proto_msg m;
	int r = proto_recv(sock, log, &m, e);

	if (r < 0)
		return r;
	if (m.step != step || m.n_fds != (ret_fd ? 1 : 0)) {
		close_fds(m.fds, m.n_fds);
		return err_set(e, EPROTO, "expected %s, received %s with %zu descriptors",
			       proto_step_name(step), proto_step_name(m.step), m.n_fds);
	}
	if (ret_fd)
		*ret_fd = m.fds[0];
	return 0;
}

/* On a stack of its own: a message is large. */
static __attribute__((noinline)) int hear_last(int sock, const struct log_sink *log, struct err *e)
{
	struct proto_msg m;

	if (proto_recv(sock, log, &m, e) < 0)
		return -e->code;
	close_fds(m.fds, m.n_fds);
	return err_set(e, EPROTO, "the other side ended after %s", proto_step_name(m.step));
}

int proto_tell(int sock, enum proto_step step, const struct log_sink *log, struct err *e)
{
	int r = proto_say(sock, step, e);

	return r == -EPIPE ? hear_last(sock, log, e) : r;
}

/* SIGPIPE may end the child here: its host is gone, and it would end anyway. */
static int write_bytes(int sock, const void *bytes, size_t n_bytes)
{
	ssize_t n;

	do
		n = write(sock, bytes, n_bytes);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

static int write_plain(int sock, enum proto_step step, const void *body, size_t length)
{
	struct datagram d;

	d.header = header_of(step, length, 0);
	memcpy(d.body, body, length);
	return write_bytes(sock, &d, sizeof(d.header) + length);
}

int proto_write_step(int sock, enum proto_step step, struct err *e)
{
	const struct proto_header header = header_of(step, 0, 0);

	if (write_bytes(sock, &header, sizeof(header)) < 0)
		return err_errno(e, "send %s", proto_step_name(step));
	return 0;
}

int proto_read_step(int sock, enum proto_step step, struct err *e)
{
	struct proto_header h;
	ssize_t n;

	do
		n = read(sock, &h, sizeof(h));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_errno(e, "receive %s", proto_step_name(step));
	if (n == 0)
		return err_set(e, EPIPE, GONE);
	if ((size_t)n != sizeof(h) || h.step != step)
		return err_set(e, EPROTO, "expected %s, received %s", proto_step_name(step),
			       (size_t)n < sizeof(h) ? "?" : proto_step_name(h.step));
	return 0;
}

void proto_send_err(int sock, const struct err *e)
{
	/* Behind EXECING a mere end of file means that the program runs. */
	for (int try = 0; try < REPORT_TRIES; try++)
		if (write_plain(sock, STEP_ERROR, e, sizeof(*e)) == 0)
			return;
	/* the host is gone; it will see our end of file */
}

static void emit_to_host(void *arg, enum log_level level, const char *text)
{
	unsigned char body[ERR_TEXT_MAX + 2];
	size_t n = strnlen(text, ERR_TEXT_MAX);

	body[0] = (unsigned char)level;
	memcpy(body + 1, text, n);
	body[n + 1] = '\0';
	if (write_plain(*(const int *)arg, STEP_LOG, body, n + 2) < 0)
		return; /* a lost log line must not fail a container */
}

struct log_sink proto_log_sink(const int *sock, enum log_level max)
{
	return (struct log_sink){ .emit = emit_to_host,
				  .arg = (void *)(uintptr_t)sock,
				  .max = max };
}
