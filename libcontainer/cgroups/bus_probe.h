/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CGROUPS_BUS_PROBE_H
#define CGROUPS_BUS_PROBE_H

#include <stdbool.h>

#include "base/err.h"

/**
 * bus_probe() - connect to a UNIX socket, and hang up
 * @name:     its path, or its abstract name without the leading zero
 * @abstract: which of them
 *
 * libdbus connects without a limit of time, and a socket whose queue of connections is full makes
 * it wait; this waits @timeout_ms at most. Who fills the queue right behind our back can still make
 * libdbus wait. Runs in: host. Return: 0; -ETIMEDOUT: no room; other negative errno.
 */
MUST_CHECK int bus_probe(const char *name, bool abstract, int timeout_ms);

#endif
