/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/bus_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"

/* The length of an abstract name counts, since zeros are part of it; false: too long. */
static bool fill_address(const char *name, bool abstract, struct sockaddr_un *a, socklen_t *ret_len)
{
	size_t n = strlen(name), at = abstract ? 1 : 0;

	if (at + n >= sizeof(a->sun_path))
		return false;
	*a = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(a->sun_path + at, name, n);
	*ret_len =
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + at + n + (abstract ? 0 : 1));
	return true;
}

int bus_connect(const char *name, bool abstract, int timeout_ms)
{
	/* unix(7): connect(2) waits for room in the queue, and for that as long as for sending. */
	const struct timeval limit = { timeout_ms / 1000, timeout_ms % 1000 * 1000L };
	struct sockaddr_un a;
	socklen_t len;

	if (!fill_address(name, abstract, &a, &len))
		return -ENAMETOOLONG;
	autoclose int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&a, len) < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	return fcntl(fd, F_SETFL, O_NONBLOCK) < 0 ? -errno : take_fd(&fd);
}

int bus_stand_in(char ret_name[BUS_STAND_IN_NAME])
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(a.sun_family); /* nothing but that: the kernel finds a name */

	autoclose int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&a, len) < 0 || listen(fd, SOMAXCONN) < 0)
		return -errno;
	len = sizeof(a);
	if (getsockname(fd, (struct sockaddr *)&a, &len) < 0)
		return -errno;
	size_t n = len - offsetof(struct sockaddr_un, sun_path);
	if (n < 2 || n > BUS_STAND_IN_NAME)
		return -EADDRNOTAVAIL;
	memcpy(ret_name, a.sun_path + 1, n - 1);
	ret_name[n - 1] = '\0';
	return take_fd(&fd);
}
