/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NET_NET_H
#define NET_NET_H

/* The container's network namespace. */

#include "base/err.h"
#include "plan/plan.h"

/**
 * net_loopback_up() - set the loopback interface of the current network namespace up
 * By ioctl(2), netdevice(7); the kernel gives it 127.0.0.1 and ::1 itself.
 * Runs in: init. Return: 0 or negative errno.
 */
MUST_CHECK int net_loopback_up(struct err *e);

/**
 * net_devices_move() - linux.netDevices: by the helper program vial-netdev
 * @netns_fd: of the container's network namespace; borrowed
 * @e: "linux.netDevices: eth0: no such device". The devices are where they were then.
 * Runs in: host, before the createRuntime hooks. Return: 0 or negative errno.
 */
MUST_CHECK int net_devices_move(const struct plan *plan, int netns_fd, struct err *e);

/**
 * net_find_helper() - path of vial-netdev
 * @argv0: as the program was called, or NULL
 * @ret:   in @a, or a literal
 * Runs in: host. Return: 0 or -ENOENT.
 */
MUST_CHECK int net_find_helper(struct arena *a, const char *argv0, const char **ret, struct err *e);

#endif
