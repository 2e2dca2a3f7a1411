/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/startpipe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/retry.h"

#define PAGE_MAX     65536 /* bytes; the largest page of any architecture */
#define REPORT_TRIES 20

/* What init writes; zero is the filling. */
enum tag { TAG_STARTED = 'S', TAG_EXECING = 'X', TAG_ERROR = 'E' };

static int fill(int fd, struct err *e)
{
	static const char zeros[4096];

	/* One page is the least a pipe can have: fewer bytes to carry (F_SETPIPE_SZ, fcntl(2)). */
	if (fcntl(fd, F_SETPIPE_SZ, (int)sizeof(zeros)) < 0)
		return err_errno(e, "shrink " STARTPIPE_NAME);
	for (;;) {
		ssize_t n = write(fd, zeros, sizeof(zeros));

		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n < 0 && errno != EINTR)
			return err_errno(e, "fill " STARTPIPE_NAME);
	}
}

int startpipe_make(int dir_fd, struct err *e)
{
	if (mkfifoat(dir_fd, STARTPIPE_NAME, 0600) < 0)
		return err_errno(e, "make " STARTPIPE_NAME);

	autoclose int fd =
		RETRY(openat(dir_fd, STARTPIPE_NAME, O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC));
	if (fd < 0)
		return err_errno(e, "open " STARTPIPE_NAME);
	int r = fill(fd, e);
	if (r < 0)
		return r;
	if (fcntl(fd, F_SETFL, O_RDWR) < 0)
		return err_errno(e, "make " STARTPIPE_NAME " blocking");
	return take_fd(&fd);
}

int startpipe_wait(int fd, struct err *e)
{
	const char tag = TAG_STARTED;

	if (fd_write_all(fd, &tag, 1) < 0)
		return err_errno(e, "wait for start");
	return 0;
}

int startpipe_execing(int fd, struct err *e)
{
	const char tag = TAG_EXECING;

	if (fd_write_all(fd, &tag, 1) < 0)
		return err_errno(e, "write " STARTPIPE_NAME);
	return 0;
}

void startpipe_report(int fd, const struct err *e)
{
	char frame[1 + sizeof(*e)];

	frame[0] = TAG_ERROR;
	memcpy(frame + 1, e, sizeof(*e));
	/* Behind TAG_EXECING a mere end of file means that the program runs. */
	for (int try = 0; try < REPORT_TRIES; try++)
		if (fd_write_all(fd, frame, sizeof(frame)) == 0)
			return;
}

int startpipe_is_waiting(int dir_fd, struct err *e)
{
	/* Init holds both ends while it waits; without any reader this open is ENXIO: fifo(7). */
	int fd = RETRY(
		openat(dir_fd, STARTPIPE_NAME, O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC));
	if (fd >= 0) /* else startpipe_start() would wait for our own end */
		return fd_close_end(&fd) < 0 ? err_errno(e, "close " STARTPIPE_NAME) : 1;
	if (errno == ENXIO || errno == ENOENT)
		return 0;
	return err_errno(e, "open " STARTPIPE_NAME);
}

/* Reads as many as are there; waits for the first. Returns 0 at end of file. */
static ssize_t read_some(int fd, char *buf, size_t n)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	for (;;) {
		ssize_t got = read(fd, buf, n);

		if (got >= 0)
			return got;
		if (errno == EAGAIN) {
			if (poll(&p, 1, -1) < 0 && errno != EINTR)
				return -1;
		} else if (errno != EINTR) {
			return -1;
		}
	}
}

static int read_whole(int fd, void *buf, size_t n)
{
	char *p = buf;

	while (n > 0) {
		ssize_t got = read_some(fd, p, n);

		if (got <= 0)
			return -EPIPE;
		p += got;
		n -= (size_t)got;
	}
	return 0;
}

static int take_report(int fd, struct err *e)
{
	if (read_whole(fd, e, sizeof(*e)) < 0)
		return err_set(e, EPROTO, "init ended within its report");
	e->text[sizeof(e->text) - 1] = '\0';
	if (e->code <= 0)
		e->code = EPROTO;
	if (!e->text[0])
		return err_set(e, e->code, "init failed without a word");
	return -e->code;
}

static int read_verdict(int fd, bool *ret_ended, struct err *e)
{
	bool execing = false;
	char tag = 0;

	for (;;) {
		ssize_t n = read_some(fd, &tag, 1);

		if (n < 0)
			return err_errno(e, "read " STARTPIPE_NAME);
		if (n == 0 && execing)
			return 0;
		*ret_ended = n == 0 || tag == TAG_ERROR;
		if (n == 0)
			return err_set(e, ESRCH, "init ended before it could execute its program");
		if (tag == TAG_ERROR)
			return take_report(fd, e);
		if (tag == TAG_EXECING)
			execing = true;
	}
}

/* All zeros at once: the page of the pipe is free, and init's write(2) ends, only when the last
 * byte of it has been read. */
static int drain(int fd, bool *ret_ended, struct err *e)
{
	autofree char *page = mem_new(PAGE_MAX, 1);
	ssize_t n = read_some(fd, page, PAGE_MAX);

	if (n < 0)
		return err_errno(e, "read " STARTPIPE_NAME);
	*ret_ended = n == 0;
	if (n == 0)
		return err_set(e, ESRCH, "init has ended");
	return 0;
}

int startpipe_start(int dir_fd, bool *ret_ended, struct err *e)
{
	*ret_ended = false;
	autoclose int fd = RETRY(
		openat(dir_fd, STARTPIPE_NAME, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC));
	if (fd < 0)
		return err_errno(e, "open " STARTPIPE_NAME);
	int r = drain(fd, ret_ended, e);
	if (r < 0)
		return r;
	return read_verdict(fd, ret_ended, e);
}
