/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What comes from the container's side: datagrams of init's (or of whoever took its place) in the
 * conversation with the host, and sd_notify(3) messages of the program's. First a byte that says
 * which; then each datagram with two bytes of length before it.
 */

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "container/notify.h"
#include "fuzz.h"
#include "proto/proto.h"

static void emit(void *arg, enum log_level level, const char *text)
{
	(void)arg;
	require(level <= LOG_LEVEL_DEBUG);
	require(strlen(text) <= PROTO_BODY_MAX);
}

static const struct log_sink sink = { .emit = emit, .max = LOG_LEVEL_DEBUG };

static void send_all(int fd, struct fuzz_bytes *b)
{
	while (b->at < b->end) {
		size_t n = (size_t)fuzz_byte(b) | (size_t)fuzz_byte(b) << 8;
		size_t left = (size_t)(b->end - b->at);

		if (n > left)
			n = left;
		if (send(fd, b->at, n, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
			return; /* the queue is full: enough */
		b->at += n;
	}
}

/* Until the other side has no more to say. */
static void receive(int fd)
{
	struct proto_msg m;
	struct err e = { 0 };

	while (proto_recv(fd, &sink, &m, &e) == 0) {
		require(m.step > STEP_LOG && m.step < STEP_END && m.length <= PROTO_BODY_MAX);
		require(m.n_fds == 0);
	}
	require(e.code > 0 && memchr(e.text, '\0', sizeof(e.text)));
}

static void converse(struct fuzz_bytes *b, uint8_t how)
{
	struct err e = { 0 };
	int ends[2], got;

	require(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
	send_all(ends[1], b);
	(void)close(ends[1]);
	if (how % 4 == 1)
		require(proto_expect(ends[0], STEP_CREATED, &sink, NULL, &e) <= 0);
	else if (how % 4 == 2)
		require(proto_expect(ends[0], STEP_CONSOLE, &sink, &got, &e) < 0);
	else if (how % 4 == 3)
		require(proto_read_step(ends[0], STEP_COMMITTED, &e) <= 0);
	receive(ends[0]);
	(void)close(ends[0]);
}

/* The caller hears of READY, MAINPID and BARRIER, in this order and of nothing else. */
static void check_host(int fd)
{
	static const char *const allowed[] = { "READY=", "MAINPID=1234\n", "BARRIER=1" };
	char text[8192];

	for (size_t i = 0;; i++) {
		ssize_t n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);

		if (n < 0)
			return;
		text[n] = '\0';
		require(i < ARRAY_SIZE(allowed) && str_after(text, allowed[i]));
		require(i > 0 || strchr(text, '\n') == text + n - 1);
	}
}

static void be_notified(struct fuzz_bytes *b)
{
	struct notify n = NOTIFY_INIT;
	int ours[2], theirs[2];
	size_t sent = 0;

	require(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ours) == 0);
	require(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, theirs) == 0);
	n = (struct notify){ .sock = ours[0], .host = theirs[0], .main_pid = 1234 };
	send_all(ours[1], b);
	for (; sent < 64; sent++)
		notify_take(&n);
	check_host(theirs[1]);
	notify_done(&n);
	(void)close(ours[1]);
	(void)close(theirs[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_bytes b = { data, data + size };
	uint8_t how = fuzz_byte(&b);

	if (how & 0x80)
		be_notified(&b);
	else
		converse(&b, how);
	return 0;
}
