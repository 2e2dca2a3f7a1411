/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_ANNOTATIONS_H
#define PLAN_ANNOTATIONS_H

/* The annotations of config.json that change what is done. */

#include "spec/spec.h"

#define ANNOTATION_KEEP_GROUPS	    "run.oci.keep_original_groups"
#define ANNOTATION_DELEGATE	    "run.oci.delegate-cgroup"
#define ANNOTATION_HOOKS_STDOUT	    "run.oci.hooks.stdout"
#define ANNOTATION_HOOKS_STDERR	    "run.oci.hooks.stderr"
#define ANNOTATION_SYSTEMD_PROPERTY "org.systemd.property." /* and a name */
#define ANNOTATION_SYSTEMD_SUBGROUP "run.oci.systemd.subgroup"
#define ANNOTATION_SYSTEMD_V1	    "run.oci.systemd.force_cgroup_v1"
#define ANNOTATION_PIDFD_RECEIVER   "run.oci.pidfd_receiver"
#define ANNOTATION_MOUNT_CONTEXT    "run.oci.mount_context_type"
#define ANNOTATION_CRIU_CONFIG	    "org.criu.config"

/* All of them, sorted, and the prefixes of those that other layers read; ends with NULL. For
 * `features`: whoever writes config.json must not take them from strangers. */
extern const char *const plan_annotations[];

/** plan_annotation() - its value, or NULL. Pure. Runs in: any. */
const char *plan_annotation(const struct spec_string_map *annotations, const char *key);

#endif
