/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_UNIT_H
#define PLAN_UNIT_H

/* The systemd unit that holds a container: from cgroupsPath and annotations. */

#include "base/err.h"
#include "plan/gvariant.h"
#include "plan/hostfacts.h"
#include "spec/spec.h"

/* A property of a unit, as systemd's D-Bus interface names and types it. */
struct unit_property {
	const char *name;
	struct gvar value;
};

struct unit_properties {
	struct unit_property *v;
	size_t n, cap;
};

/** unit_property_add() - append; memory of the list is @a's. Pure. Runs in: host. */
void unit_property_add(struct arena *a, struct unit_properties *p, const char *name,
		       struct gvar value);

struct plan_unit {
	const char *name;  /* "vial-web.scope"; NULL: the file system driver */
	const char *slice; /* "machine-web.slice" */
	bool is_slice;	   /* the unit is a slice itself */
	bool user;	   /* of the user's manager, not of the system's */
	const char *sub;   /* the container's cgroup is this one below the unit's; or NULL */
	struct unit_properties properties; /* from annotations */
};

/**
 * unit_parse() - the unit that cgroupsPath names
 * @path: "slice:prefix:name"; "" as a slice: the default; "" or NULL: all of it
 * @id:   name, where none is given
 * @e:    "expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, got
 *        ... instead"
 * Pure. Runs in: host. Return: 0 or -EINVAL.
 */
MUST_CHECK int unit_parse(const char *path, const char *id, bool user, struct arena *a,
			  struct plan_unit *ret, struct err *e);

/**
 * unit_expand_slice() - where systemd puts a slice: "a-b.slice" is "/a.slice/a-b.slice"
 * @ret: "" for "-.slice", the root
 * Pure. Runs in: host. Return: 0 or -EINVAL.
 */
MUST_CHECK int unit_expand_slice(const char *slice, struct arena *a, const char **ret,
				 struct err *e);

/**
 * unit_read_annotations() - org.systemd.property.NAME and run.oci.systemd.subgroup
 * @unit: parsed before
 * @e:    names the annotation
 * Pure. Runs in: host. Return: 0 or -EINVAL.
 */
MUST_CHECK int unit_read_annotations(const struct spec_string_map *annotations, struct arena *a,
				     struct plan_unit *unit, struct err *e);

#endif
