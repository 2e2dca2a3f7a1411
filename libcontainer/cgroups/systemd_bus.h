/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CGROUPS_SYSTEMD_BUS_H
#define CGROUPS_SYSTEMD_BUS_H

/*
 * Calls to systemd over D-Bus, each with an end: one connection has 30 s for all it does. Private
 * to the cgroups layer. Everything runs in: host.
 */

#include <sys/types.h>

#include "base/err.h"
#include "plan/unit.h"

struct sd_bus;

/**
 * sd_bus_open() - connect to the system's manager, or to the user's
 * @ret: the caller's to sd_bus_free()
 * @e:   which addresses were tried
 *
 * The bus first ($DBUS_SYSTEM_BUS_ADDRESS; for users $DBUS_SESSION_BUS_ADDRESS or
 * $XDG_RUNTIME_DIR/bus), then systemd's private socket. Return: 0 or negative errno.
 */
MUST_CHECK int sd_bus_open(bool user, struct sd_bus **ret, struct err *e);
void sd_bus_free(struct sd_bus *bus);

/**
 * sd_bus_start() - StartTransientUnit, and wait until it has been done
 * @e: "unable to start unit ..."
 *
 * A failed unit of that name is forgotten and the start repeated, once.
 * Return: 0; -EEXIST: there is such a unit, and it is not ours; other negative errno.
 */
MUST_CHECK int sd_bus_start(struct sd_bus *bus, const struct plan_unit *unit,
			    const struct unit_properties *p, struct err *e);

/** sd_bus_set() - SetUnitProperties until the next boot; what is not named stays. */
MUST_CHECK int sd_bus_set(struct sd_bus *bus, const char *unit, const struct unit_properties *p,
			  struct err *e);

/** sd_bus_stop() - StopUnit, wait, ResetFailedUnit; a unit that is not there is stopped. */
MUST_CHECK int sd_bus_stop(struct sd_bus *bus, const char *unit, struct err *e);

/** sd_bus_attach() - AttachProcessesToUnit: what the caller may not do by file. */
MUST_CHECK int sd_bus_attach(struct sd_bus *bus, const char *unit, const char *sub, pid_t pid,
			     struct err *e);

/** sd_bus_manager_cgroup() - where the manager's units are: "" for the root. */
MUST_CHECK int sd_bus_manager_cgroup(struct sd_bus *bus, struct arena *a, const char **ret,
				     struct err *e);

#endif
