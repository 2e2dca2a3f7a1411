/* SPDX-License-Identifier: Apache-2.0 */

/*
 * dgram [-k] [-c TEXT] PATH: a peer that speaks in datagrams, as systemd's notify and journal
 * sockets do.
 *
 * Listens at PATH ("@NAME" is abstract) until it is killed, and prints each datagram with a line
 * end behind it. Descriptors that come along are announced as "fd" lines and closed, which
 * answers BARRIER=1; with -k they stay open and nothing is answered. Says "ready" on standard
 * error. With -c it is the other side: sends one datagram TEXT to PATH ('|' stands for a line
 * end) and ends.
 */

#include <errno.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static socklen_t make_address(const char *path, struct sockaddr_un *a)
{
	size_t n = strlen(path);

	*a = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (n >= sizeof(a->sun_path))
		return 0;
	memcpy(a->sun_path, path, n);
	if (path[0] == '@')
		a->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + (path[0] != '@'));
}

static int fail(const char *what)
{
	perror(what);
	return 1;
}

static int send_text(int s, const struct sockaddr_un *a, socklen_t len, const char *text)
{
	char copy[4096];
	size_t n = 0;

	for (; text[n] && n < sizeof(copy); n++)
		copy[n] = (char)(text[n] == '|' ? '\n' : text[n]);
	if (sendto(s, copy, n, 0, (const struct sockaddr *)a, len) < 0)
		return fail("sendto");
	return 0;
}

static int receive(int s, bool keep)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(16 * sizeof(int))];
	} control;
	char text[65536];
	struct iovec v = { text, sizeof(text) };
	struct msghdr m = { .msg_iov = &v,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(s, &m, 0);

	if (n < 0)
		return errno == EINTR ? 0 : fail("recvmsg");
	printf("%.*s\n", (int)n, text);
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		for (size_t i = 0; i < count; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
			printf("fd\n");
			if (!keep)
				(void)close(fd);
		}
	}
	(void)fflush(stdout);
	return 0;
}

int main(int argc, char **argv)
{
	const char *text = NULL;
	struct sockaddr_un a;
	bool keep = false;
	int option;

	while ((option = getopt(argc, argv, "kc:")) != -1) {
		keep = keep || option == 'k';
		if (option == 'c')
			text = optarg;
	}
	if (optind + 1 != argc) {
		fprintf(stderr, "usage: dgram [-k] [-c TEXT] PATH\n");
		return 2;
	}

	socklen_t len = make_address(argv[optind], &a);
	int s = socket(AF_UNIX, SOCK_DGRAM, 0);

	if (s < 0 || len == 0)
		return fail("socket");
	if (text)
		return send_text(s, &a, len, text);
	if (bind(s, (const struct sockaddr *)&a, len) < 0)
		return fail("bind");
	fprintf(stderr, "ready\n");
	for (;;)
		if (receive(s, keep))
			return 1;
}
