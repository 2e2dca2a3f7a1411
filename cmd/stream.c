/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/retry.h"

/* Files and sockets of ours do not block; a line of a log stays in one piece there. */
static size_t piece_max(int fd, size_t n, int patience_ms)
{
	if (patience_ms < 0 || n <= PIPE_BUF)
		return n;
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && (flags & O_NONBLOCK) ? n : PIPE_BUF;
}

static int wait_for_room(int fd, int64_t deadline, int patience_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	int64_t left = patience_ms < 0 ? -1 : deadline - clock_ms();

	if (patience_ms >= 0 && left < 0)
		left = 0;
	int n = poll(&p, 1, (int)left);
	if (n == 0)
		return -ETIMEDOUT;
	return n < 0 && errno != EINTR ? -errno : 0;
}

static int write_pieces(int fd, const char *p, size_t n, int patience_ms)
{
	int64_t deadline = patience_ms < 0 ? 0 : clock_ms() + patience_ms;
	size_t piece = piece_max(fd, n, patience_ms);
	bool full = patience_ms >= 0;

	while (n > 0) {
		int r = full ? wait_for_room(fd, deadline, patience_ms) : 0;
		if (r < 0)
			return r;
		ssize_t w = write(fd, p, n < piece ? n : piece);
		if (w < 0 && errno != EINTR && errno != EAGAIN)
			return -errno;
		full = patience_ms >= 0 || (w < 0 && errno == EAGAIN);
		if (w > 0) {
			p += w;
			n -= (size_t)w;
		}
	}
	return 0;
}

int stream_write(int fd, const void *data, size_t n, int patience_ms)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction old;

	if (RETRY(sigaction(SIGPIPE, &ignore, &old)) < 0)
		return -errno;
	int r = write_pieces(fd, data, n, patience_ms);
	return sigaction(SIGPIPE, &old, NULL) < 0 ? -errno : r;
}
