/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What `start` reads from exec.fifo: init's zeros, its marks, its report, and an end anywhere.
 * The container's root has the other end until its program is executed.
 */

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"
#include "proto/startpipe.h"

#define PAGE	  65536	     /* what `start` takes for the zeros, at most, by one read(2) */
#define PIPE_SIZE (PAGE * 4) /* so that the input is behind them */

/* One directory with one FIFO for all inputs; gone from the file system while it is held open. */
static int fifo_dir(void)
{
	static int dir_fd = -1;
	char path[] = "/tmp/fuzz-startpipe-XXXXXX";

	if (dir_fd >= 0)
		return dir_fd;
	require(mkdtemp(path));
	dir_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	require(dir_fd >= 0 && mkfifoat(dir_fd, STARTPIPE_NAME, 0600) == 0);
	return dir_fd;
}

static void unmake(void)
{
	char path[64];
	ssize_t n;
	char link[32];

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fifo_dir());
	n = readlink(link, path, sizeof(path) - 1);
	(void)unlinkat(fifo_dir(), STARTPIPE_NAME, 0);
	if (n > 0) {
		path[n] = '\0';
		(void)rmdir(path);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char zeros[PAGE];
	static bool registered;
	struct err e = { 0 };
	bool ended = false;
	int dir_fd = fifo_dir();

	if (!registered)
		registered = atexit(unmake) == 0;
	int init = openat(dir_fd, STARTPIPE_NAME, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	require(init >= 0);
	require(fcntl(init, F_SETPIPE_SZ, PIPE_SIZE) >= 0);
	require(write(init, zeros, PAGE) == PAGE);
	if (size)
		require(write(init, data, size < PAGE ? size : PAGE) > 0);
	/* The end of file comes when this one is closed, but the FIFO keeps what is in it only while
	 * somebody has it open. */
	int keep = openat(dir_fd, STARTPIPE_NAME, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	require(keep >= 0);
	(void)close(init);
	int r = startpipe_start(dir_fd, &ended, &e);
	require(r <= 0 && (r == 0 || (e.code > 0 && e.text[0])));
	require(memchr(e.text, '\0', sizeof(e.text)));
	require(r < 0 || !ended);
	(void)close(keep);
	return 0;
}
