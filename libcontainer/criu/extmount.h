/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRIU_EXTMOUNT_H
#define CRIU_EXTMOUNT_H

/*
 * Mounts whose source lies outside of the container, which CRIU neither saves nor makes by
 * itself: at dump their mount points get names, at restore the names get sources.
 *
 * CRIU reads a name back by looking for "]:" behind the mount point, which an image can arrange
 * for with a symlink (CVE-2026-119101 of runc and its kin): whatever holds that is refused.
 * Pure; runs in: host.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"

/**
 * criu_mount_point() - where a mount is, as the container sees it
 * @mountinfo: text of its /proc/PID/mountinfo
 * Return: a string in @a, or NULL: there is no such mount.
 */
const char *criu_mount_point(const char *mountinfo, uint64_t id, struct arena *a);

/** criu_name_is_safe() - does CRIU read back what we say? */
bool criu_name_is_safe(const char *name);

#endif
