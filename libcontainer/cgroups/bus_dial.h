/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CGROUPS_BUS_DIAL_H
#define CGROUPS_BUS_DIAL_H

/* A connection of libdbus' that is made within a limit of time. Everything runs in: host. */

#include <dbus/dbus.h>
#include <stdint.h>

#include "base/err.h"

#define BUS_TIMEOUT_MS 30000 /* dbus takes 10 to 25 s under a hundred creates at once (runc#4853) */

/** bus_left_ms() - how long to wait at most, for a deadline of clock_ms(); at least 1 ms */
int bus_left_ms(int64_t deadline_ms);

/** bus_timed_out() - "@what: no answer within 30 s: ...". Return: -ETIMEDOUT. */
int bus_timed_out(struct err *e, const char *what);

/** dbus_err_done() - for autodone(dbus_err): libdbus reports in its own struct */
void dbus_err_done(DBusError *d);

/**
 * bus_dial() - connect to the first of the addresses that takes us
 * @address: dbus-daemon(1)'s form; only unix:path= and unix:abstract= are connected to
 * @ret:     nothing was said on it yet; the caller's to close and unref; NULL on failure
 * @e:       when none takes us the error of the first, and those of the others as its advice
 * Return: 0; -ETIMEDOUT; other negative errno.
 */
MUST_CHECK int bus_dial(const char *address, int64_t deadline_ms, DBusConnection **ret,
			struct err *e);

#endif
