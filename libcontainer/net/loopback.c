/* SPDX-License-Identifier: Apache-2.0 */
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "net/net.h"

int net_loopback_up(struct err *e)
{
	struct ifreq req = { .ifr_flags = IFF_UP | IFF_RUNNING };

	autoclose int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_errno(e, "set loopback up: socket(2)");
	memcpy(req.ifr_name, "lo", sizeof("lo"));
	if (ioctl(fd, SIOCSIFFLAGS, &req) < 0)
		return err_errno(e, "set loopback up: ioctl(2) SIOCSIFFLAGS");
	return 0;
}
