/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CGROUPS_BUS_SOCKET_H
#define CGROUPS_BUS_SOCKET_H

#include <stdbool.h>

#include "base/err.h"

/**
 * bus_connect() - connect to a UNIX socket within a limit of time
 * @name:     its path, or its abstract name without the leading zero
 * @abstract: which of them
 *
 * A socket whose queue of connections is full would else keep connect(2) waiting for ever.
 * Runs in: host. Return: descriptor that does not block; -ETIMEDOUT: no room; other negative errno.
 */
MUST_CHECK int bus_connect(const char *name, bool abstract, int timeout_ms);

#define BUS_STAND_IN_NAME 16 /* bytes: the kernel takes five digits */

/**
 * bus_stand_in() - a socket with room, for who insists on connecting
 * @ret_name: its abstract name without the leading zero, which the kernel chooses
 * Runs in: host. Return: listening descriptor, or negative errno.
 */
MUST_CHECK int bus_stand_in(char ret_name[BUS_STAND_IN_NAME]);

#endif
