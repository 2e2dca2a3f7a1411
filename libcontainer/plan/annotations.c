/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/annotations.h"

const char *const plan_annotations[] = {
	ANNOTATION_CRIU_CONFIG,	  ANNOTATION_SYSTEMD_PROPERTY, ANNOTATION_DELEGATE,
	ANNOTATION_HOOKS_STDERR,  ANNOTATION_HOOKS_STDOUT,     ANNOTATION_KEEP_GROUPS,
	ANNOTATION_MOUNT_CONTEXT, ANNOTATION_PIDFD_RECEIVER,   "run.oci.seccomp",
	ANNOTATION_SYSTEMD_V1,	  ANNOTATION_SYSTEMD_SUBGROUP, NULL,
};

const char *plan_annotation(const struct spec_string_map *annotations, const char *key)
{
	for (size_t i = 0; annotations && i < annotations->n; i++)
		if (str_eq(annotations->v[i].key, key))
			return annotations->v[i].value;
	return NULL;
}
