/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/bind.h"

/* The top of config.json: config.md. */

const char *const spec_hook_names[HOOK_COUNT] = {
	[HOOK_PRESTART] = "prestart",
	[HOOK_CREATE_RUNTIME] = "createRuntime",
	[HOOK_CREATE_CONTAINER] = "createContainer",
	[HOOK_START_CONTAINER] = "startContainer",
	[HOOK_POSTSTART] = "poststart",
	[HOOK_POSTSTOP] = "poststop",
};

#define T struct spec_root
static const struct bind_field root_fields[] = {
	FIELD(T, "path", path, REQUIRED_PATH),
	FIELD(T, "readonly", readonly, ANY),
};
static const struct bind_type root_type = BIND_TYPE(T, root_fields);
#undef T

#define T struct spec_mount
static const struct bind_field mount_fields[] = {
	FIELD(T, "destination", destination, REQUIRED_PATH),
	FIELD(T, "type", type, ANY),
	FIELD(T, "source", source, PATH),
	FIELD(T, "options", options, ANY),
	FIELD_LIST_OF(T, "uidMappings", BIND_LIST, uid_mappings.v, uid_mappings.n,
		      .type = &spec_id_mapping_type),
	FIELD_LIST_OF(T, "gidMappings", BIND_LIST, gid_mappings.v, gid_mappings.n,
		      .type = &spec_id_mapping_type),
};
static const struct bind_type mount_type = BIND_TYPE(T, mount_fields);
#undef T

#define T struct spec_hook
static const struct bind_field hook_fields[] = {
	FIELD(T, "path", path, REQUIRED_PATH),
	FIELD(T, "args", args, ANY),
	FIELD(T, "env", env, .offset_set = offsetof(T, env_set)),
	FIELD(T, "timeout", timeout, RANGE(1, INT32_MAX)),
};
static const struct bind_type hook_type = BIND_TYPE(T, hook_fields);
#undef T

#define T struct spec_hooks
#define HOOKS(json, kind)                                                                          \
	FIELD_LIST_OF(T, json, BIND_LIST, list[kind].v, list[kind].n, .type = &hook_type)
static const struct bind_field hooks_fields[] = {
	HOOKS("prestart", HOOK_PRESTART),
	HOOKS("createRuntime", HOOK_CREATE_RUNTIME),
	HOOKS("createContainer", HOOK_CREATE_CONTAINER),
	HOOKS("startContainer", HOOK_START_CONTAINER),
	HOOKS("poststart", HOOK_POSTSTART),
	HOOKS("poststop", HOOK_POSTSTOP),
};
static const struct bind_type hooks_type = BIND_TYPE(T, hooks_fields);
#undef T

#define T struct spec
static const struct bind_field config_fields[] = {
	FIELD(T, "ociVersion", oci_version, ANY),
	FIELD_OBJECT(T, "root", root, root_type),
	FIELD_OBJECT(T, "process", process, spec_process_type),
	FIELD(T, "hostname", hostname, ANY),
	FIELD(T, "domainname", domainname, ANY),
	FIELD_LIST_OF(T, "mounts", BIND_LIST, mounts, n_mounts, .type = &mount_type),
	FIELD_INLINE("hooks", offsetof(T, hooks), hooks_type, ANY),
	FIELD(T, "annotations", annotations, ANY),
	FIELD_OBJECT(T, "linux", linux_, spec_linux_type),
};
const struct bind_type spec_type = BIND_TYPE(T, config_fields);

static const struct bind_field mounts_fields[] = {
	FIELD_LIST_OF(T, "mounts", BIND_LIST, mounts, n_mounts, .type = &mount_type),
};
const struct bind_type spec_mounts_type = BIND_TYPE(T, mounts_fields);
#undef T
