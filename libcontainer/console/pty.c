/* SPDX-License-Identifier: Apache-2.0 */
#include "console/console.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/retry.h"

#define CONNECT_SECONDS 10 /* a receiver whose backlog is full must not stop us for ever */

/* A line feed stays one byte: programs compare output through a terminal byte by byte. */
static int clear_onlcr(int master_fd, struct err *e)
{
	struct termios t;

	if (tcgetattr(master_fd, &t) < 0)
		return err_errno(e, "terminal: tcgetattr(3)");
	t.c_oflag &= ~(tcflag_t)ONLCR;
	if (tcsetattr(master_fd, TCSANOW, &t) < 0)
		return err_errno(e, "terminal: tcsetattr(3)");
	return 0;
}

static int set_size(int master_fd, unsigned short rows, unsigned short columns, struct err *e)
{
	struct winsize size;

	if (rows == 0 && columns == 0)
		return 0;
	if (ioctl(master_fd, TIOCGWINSZ, &size) < 0)
		return err_errno(e, "process.consoleSize: ioctl(TIOCGWINSZ)");
	size.ws_row = rows ? rows : size.ws_row;
	size.ws_col = columns ? columns : size.ws_col;
	if (ioctl(master_fd, TIOCSWINSZ, &size) < 0)
		return err_errno(e, "process.consoleSize: ioctl(TIOCSWINSZ)");
	return 0;
}

int console_peer(int master_fd, unsigned short rows, unsigned short columns, struct err *e)
{
	int locked = 0;

	if (ioctl(master_fd, TIOCSPTLCK, &locked) < 0)
		return err_errno(e, "terminal: ioctl(TIOCSPTLCK)");
	int r = clear_onlcr(master_fd, e);
	if (r == 0)
		r = set_size(master_fd, rows, columns, e);
	if (r < 0)
		return r;

	int peer = ioctl(master_fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (peer < 0)
		return err_errno(e, "terminal: ioctl(TIOCGPTPEER)");
	return peer;
}

static int own(int peer_fd, uid_t uid, struct err *e)
{
	struct stat st;

	if (fstat(peer_fd, &st) < 0)
		return err_errno(e, "terminal: fstat(2)");
	if (st.st_uid != uid && fchown(peer_fd, uid, (gid_t)-1) < 0)
		return err_errno(e, "terminal: fchown(2) to %u", uid);
	return 0;
}

/* Of a pipe's inode: what others must have to open that end once more, and no more than that. */
static mode_t open_again(int fd)
{
	switch (fcntl(fd, F_GETFL) & O_ACCMODE) {
	case O_RDONLY:
		return S_IRUSR | S_IRGRP | S_IROTH;
	case O_WRONLY:
		return S_IWUSR | S_IWGRP | S_IWOTH;
	default:
		return S_IRUSR | S_IRGRP | S_IROTH | S_IWUSR | S_IWGRP | S_IWOTH;
	}
}

void stdio_open_up(void)
{
	struct statfs fs;
	struct stat st;

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fstat(fd, &st) < 0 || !S_ISFIFO(st.st_mode))
			continue;
		if (fstatfs(fd, &fs) < 0 || fs.f_type != PIPEFS_MAGIC)
			continue;
		mode_t mode = st.st_mode & 07777;
		mode_t more = open_again(fd);
		if ((mode & more) != more)
			(void)fchmod(
				fd, mode | more); /* somebody else's: it is only not opened again */
	}
}

int console_take(int peer_fd, uid_t uid, struct err *e)
{
	/* Before the change of owner: what is no terminal of ours must not get one. */
	if (ioctl(peer_fd, TIOCSCTTY, 0) < 0)
		return err_errno(e, "terminal: ioctl(TIOCSCTTY)");
	int r = own(peer_fd, uid, e);
	if (r < 0)
		return r;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		/* dup2(2) onto itself would leave it close-on-exec. */
		r = fd == peer_fd ? fcntl(fd, F_SETFD, 0) : dup2(peer_fd, fd);
		if (r < 0)
			return err_errno(e, "terminal: dup2(2)");
	}
	return 0;
}

static int connect_to(int sock, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = strlen(path);

	if (len >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, len + 1);
	return RETRY(connect(sock, (const struct sockaddr *)&address, sizeof(address)));
}

/* sun_path takes 107 bytes; a longer path goes through a descriptor of the socket's inode. */
static int connect_long(int sock, const char *path)
{
	char link[64];

	autoclose int fd = RETRY(open(path, O_PATH | O_CLOEXEC));
	if (fd < 0)
		return -1;
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	return connect_to(sock, link);
}

static int connect_receiver(const char *what, const char *path, struct err *e)
{
	const struct timeval limit = { .tv_sec = CONNECT_SECONDS };

	autoclose int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (sock < 0)
		return err_errno(e, "%s %s: socket(2)", what, path);
	if (setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0)
		return err_errno(e, "%s %s: setsockopt(2)", what, path);

	int r = connect_to(sock, path);
	if (r < 0 && errno == ENAMETOOLONG)
		r = connect_long(sock, path);
	if (r < 0)
		return err_errno(e, "%s: dial unix %s: connect", what, path);
	return take_fd(&sock);
}

int console_socket_connect(const char *path, struct err *e)
{
	return connect_receiver("console socket", path, e);
}

int pidfd_socket_connect(const char *path, struct err *e)
{
	return connect_receiver("pidfd socket", path, e);
}

int pidfd_socket_send(int sock, int pidfd, const char *type, struct err *e)
{
	if (fd_send(sock, type, strlen(type), &pidfd, 1) < 0)
		return err_errno(e, "pidfd socket: sendmsg(2)");
	return 0;
}

int console_socket_send(int sock, int master_fd, struct err *e)
{
	static const char name[] = "/dev/pts/ptmx";

	if (fd_send(sock, name, sizeof(name) - 1, &master_fd, 1) < 0)
		return err_errno(e, "console socket: sendmsg(2)");
	return 0;
}
