/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/bind.h"

/* "linux" without resources and seccomp: config-linux.md. */

#define T struct spec_namespace
static const struct bind_field namespace_fields[] = {
	FIELD(T, "type", type, REQUIRED),
	FIELD(T, "path", path, PATH),
};
static const struct bind_type namespace_type = BIND_TYPE(T, namespace_fields);
#undef T

#define T struct spec_id_mapping
static const struct bind_field id_mapping_fields[] = {
	FIELD(T, "containerID", container_id, REQUIRED, RANGE(0, ID_MAX)),
	FIELD(T, "hostID", host_id, REQUIRED, RANGE(0, ID_MAX)),
	FIELD(T, "size", size, REQUIRED),
};
const struct bind_type spec_id_mapping_type = BIND_TYPE(T, id_mapping_fields);
#undef T

#define T struct spec_time_offset
_Static_assert(offsetof(T, clock) == 0, "the key of a BIND_MAP comes first");
static const struct bind_field time_offset_fields[] = {
	FIELD(T, "secs", secs, ANY),
	FIELD(T, "nanosecs", nanosecs, ANY),
};
static const struct bind_type time_offset_type = BIND_TYPE(T, time_offset_fields);
#undef T

#define T struct spec_device
static const struct bind_field device_fields[] = {
	FIELD(T, "type", type, REQUIRED),	FIELD(T, "path", path, REQUIRED_PATH),
	FIELD(T, "major", major, ANY),		FIELD(T, "minor", minor, ANY),
	FIELD(T, "fileMode", file_mode, ANY),	FIELD(T, "uid", uid, RANGE(0, ID_MAX)),
	FIELD(T, "gid", gid, RANGE(0, ID_MAX)),
};
static const struct bind_type device_type = BIND_TYPE(T, device_fields);
#undef T

#define T struct spec_net_device
_Static_assert(offsetof(T, host_name) == 0, "the key of a BIND_MAP comes first");
static const struct bind_field net_device_fields[] = {
	FIELD(T, "name", name, ANY),
};
static const struct bind_type net_device_type = BIND_TYPE(T, net_device_fields);
#undef T

#define T struct spec_intel_rdt
static const struct bind_field intel_rdt_fields[] = {
	FIELD(T, "closID", clos_id, ANY),
	FIELD(T, "schemata", schemata, ANY),
	FIELD(T, "l3CacheSchema", l3_cache_schema, ANY),
	FIELD(T, "memBwSchema", mem_bw_schema, ANY),
	FIELD(T, "enableMonitoring", enable_monitoring, ANY),
	FIELD(T, "enableCMT", enable_cmt, ANY), /* before 1.3 */
	FIELD(T, "enableMBM", enable_mbm, ANY), /* before 1.3 */
};
static const struct bind_type intel_rdt_type = BIND_TYPE(T, intel_rdt_fields);
#undef T

#define T struct spec_memory_policy
static const struct bind_field memory_policy_fields[] = {
	FIELD(T, "mode", mode, ANY),
	FIELD(T, "nodes", nodes, ANY),
	FIELD(T, "flags", flags, ANY),
};
static const struct bind_type memory_policy_type = BIND_TYPE(T, memory_policy_fields);
#undef T

#define T struct spec_personality
static const struct bind_field personality_fields[] = {
	FIELD(T, "domain", domain, REQUIRED),
	FIELD(T, "flags", flags, ANY),
};
static const struct bind_type personality_type = BIND_TYPE(T, personality_fields);
#undef T

#define T struct spec_linux
static const struct bind_field linux_fields[] = {
	FIELD_LIST_OF(T, "namespaces", BIND_LIST, namespaces, n_namespaces,
		      .type = &namespace_type),
	FIELD_LIST_OF(T, "uidMappings", BIND_LIST, uid_mappings.v, uid_mappings.n,
		      .type = &spec_id_mapping_type),
	FIELD_LIST_OF(T, "gidMappings", BIND_LIST, gid_mappings.v, gid_mappings.n,
		      .type = &spec_id_mapping_type),
	FIELD_LIST_OF(T, "timeOffsets", BIND_MAP, time_offsets, n_time_offsets,
		      .type = &time_offset_type),
	FIELD_LIST_OF(T, "devices", BIND_LIST, devices, n_devices, .type = &device_type),
	FIELD_LIST_OF(T, "netDevices", BIND_MAP, net_devices, n_net_devices,
		      .type = &net_device_type),
	FIELD(T, "cgroupsPath", cgroups_path, PATH),
	FIELD_OBJECT(T, "resources", resources, spec_resources_type),
	FIELD_OBJECT(T, "intelRdt", intel_rdt, intel_rdt_type),
	FIELD_OBJECT(T, "memoryPolicy", memory_policy, memory_policy_type),
	FIELD(T, "sysctl", sysctl, ANY),
	FIELD_OBJECT(T, "seccomp", seccomp, spec_seccomp_type),
	FIELD(T, "rootfsPropagation", rootfs_propagation, ANY),
	FIELD(T, "maskedPaths", masked_paths, PATH),
	FIELD(T, "readonlyPaths", readonly_paths, PATH),
	FIELD(T, "mountLabel", mount_label, ANY),
	FIELD_OBJECT(T, "personality", personality, personality_type),
};
const struct bind_type spec_linux_type = BIND_TYPE(T, linux_fields);
#undef T
