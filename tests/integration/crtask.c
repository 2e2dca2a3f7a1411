/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What a container does while it is saved and restored, for checkpoint.bats. Counts up in
 * /tmp/n while all is well, and writes "broken" there when what it holds was lost:
 *
 *   crtask lock FILE      holds flock(2) of a file
 *   crtask trylock FILE   ends at once, with 0 when nobody holds it
 *   crtask linked DIR     holds a file that has lost the name it was opened by, but has another
 *   crtask tcp PORT       talks to itself over a connection
 *   crtask backlog PORT   has a connection that nobody has accepted
 *   crtask unix PATH      sends to a socket of the host
 */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static void say(const char *text)
{
	int fd = open("/tmp/n.new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) < 0 || close(fd) < 0 ||
	    rename("/tmp/n.new", "/tmp/n") < 0)
		exit(3);
}

static int fail(const char *what)
{
	perror(what);
	return -1;
}

/* Each returns a descriptor or two to hold, and is asked every now and then whether they live. */
static int fds[3] = { -1, -1, -1 };

static int hold_lock(const char *file)
{
	fds[0] = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	return fds[0] < 0 || flock(fds[0], LOCK_EX) < 0 ? fail(file) : 0;
}

static int try_lock(const char *file)
{
	int fd = open(file, O_RDWR | O_CLOEXEC);

	exit(fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 ? 0 : 1);
}

static int is_well(void)
{
	return 0;
}

static int hold_linked(const char *dir)
{
	if (chdir(dir) < 0)
		return fail(dir);
	fds[0] = open("first", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (fds[0] < 0 || write(fds[0], "x", 1) != 1 || link("first", "second") < 0 ||
	    unlink("first") < 0)
		return fail("first");
	return 0;
}

static int has_other_name(void)
{
	struct stat mine, other;

	return fstat(fds[0], &mine) == 0 && stat("second", &other) == 0 &&
			       mine.st_ino == other.st_ino
		       ? 0
		       : -1;
}

static int hold_backlog(const char *port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	unsigned short number;

	if (sscanf(port, "%hu", &number) != 1)
		return fail(port);
	to.sin_port = htons(number);

	fds[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	fds[1] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fds[0] < 0 || fds[1] < 0 || bind(fds[0], (struct sockaddr *)&to, sizeof(to)) < 0 ||
	    listen(fds[0], 5) < 0 || connect(fds[1], (struct sockaddr *)&to, sizeof(to)) < 0)
		return fail("socket");
	return 0;
}

static int hold_tcp(const char *port)
{
	if (hold_backlog(port) < 0)
		return -1;
	fds[2] = accept(fds[0], NULL, NULL);
	return fds[2] < 0 ? fail("accept") : 0;
}

static int echoes(void)
{
	struct timeval limit = { .tv_sec = 5 };
	char c = 'x';

	(void)setsockopt(fds[2], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	return send(fds[1], &c, 1, MSG_NOSIGNAL) == 1 && recv(fds[2], &c, 1, 0) == 1 ? 0 : -1;
}

static int hold_unix(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };

	(void)snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	fds[0] = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return fds[0] < 0 || connect(fds[0], (struct sockaddr *)&to, sizeof(to)) < 0 ? fail(path)
										     : 0;
}

static int sends(void)
{
	return send(fds[0], "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT) == 1 || errno == EAGAIN ? 0 : -1;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*hold)(const char *);
		int (*check)(void);
	} roles[] = {
		{ "lock", hold_lock, is_well }, { "linked", hold_linked, has_other_name },
		{ "tcp", hold_tcp, echoes },	{ "backlog", hold_backlog, is_well },
		{ "unix", hold_unix, sends },	{ "trylock", try_lock, is_well },
	};
	const struct timespec pause = { 0, 50000000 };
	char text[16];

	for (size_t i = 0; argc == 3 && i < sizeof(roles) / sizeof(*roles); i++) {
		if (strcmp(argv[1], roles[i].name) != 0)
			continue;
		if (roles[i].hold(argv[2]) < 0)
			return 2;
		for (int n = 1;; n++) {
			(void)snprintf(text, sizeof(text), "%d", n);
			say(roles[i].check() == 0 ? text : "broken");
			(void)nanosleep(&pause, NULL);
		}
	}
	fprintf(stderr, "usage: crtask ROLE ARGUMENT\n");
	return 2;
}
