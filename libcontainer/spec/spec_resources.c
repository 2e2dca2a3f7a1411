/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/bind.h"

/*
 * "linux.resources" of config.json and the document of `update --resources`:
 * config-linux.md "Control groups". Weights and swappiness have the range of their C type in
 * Go: 0 means unset in what clients write, and Docker writes a swappiness of -1 as 2^64 - 1.
 */

#define T struct spec_device_rule
static const struct bind_field device_rule_fields[] = {
	FIELD(T, "allow", allow, REQUIRED), FIELD(T, "type", type, ANY),
	FIELD(T, "major", major, ANY),	    FIELD(T, "minor", minor, ANY),
	FIELD(T, "access", access, ANY),
};
static const struct bind_type device_rule_type = BIND_TYPE(T, device_rule_fields);
#undef T

#define T struct spec_memory
static const struct bind_field memory_fields[] = {
	FIELD(T, "limit", limit, ANY),
	FIELD(T, "reservation", reservation, ANY),
	FIELD(T, "swap", swap, ANY),
	FIELD(T, "kernel", kernel, ANY),
	FIELD(T, "kernelTCP", kernel_tcp, ANY),
	FIELD(T, "swappiness", swappiness, ANY),
	FIELD(T, "disableOOMKiller", disable_oom_killer, ANY),
	FIELD(T, "useHierarchy", use_hierarchy, ANY),
	FIELD(T, "checkBeforeUpdate", check_before_update, ANY),
};
static const struct bind_type memory_type = BIND_TYPE(T, memory_fields);
#undef T

#define T struct spec_cpu
static const struct bind_field cpu_fields[] = {
	FIELD(T, "shares", shares, ANY),
	FIELD(T, "quota", quota, ANY),
	FIELD(T, "burst", burst, ANY),
	FIELD(T, "period", period, ANY),
	FIELD(T, "realtimeRuntime", realtime_runtime, ANY),
	FIELD(T, "realtimePeriod", realtime_period, ANY),
	FIELD(T, "cpus", cpus, ANY),
	FIELD(T, "mems", mems, ANY),
	FIELD(T, "idle", idle, ANY),
};
static const struct bind_type cpu_type = BIND_TYPE(T, cpu_fields);
#undef T

#define T struct spec_weight_device
static const struct bind_field weight_device_fields[] = {
	FIELD(T, "major", major, REQUIRED),
	FIELD(T, "minor", minor, REQUIRED),
	FIELD(T, "weight", weight, RANGE(0, UINT16_MAX)),
	FIELD(T, "leafWeight", leaf_weight, RANGE(0, UINT16_MAX)),
};
static const struct bind_type weight_device_type = BIND_TYPE(T, weight_device_fields);
#undef T

#define T struct spec_throttle_device
static const struct bind_field throttle_device_fields[] = {
	FIELD(T, "major", major, REQUIRED),
	FIELD(T, "minor", minor, REQUIRED),
	FIELD(T, "rate", rate, REQUIRED),
};
static const struct bind_type throttle_device_type = BIND_TYPE(T, throttle_device_fields);
#undef T

#define T struct spec_block_io
#define THROTTLE(json, member)                                                                     \
	FIELD_LIST_OF(T, json, BIND_LIST, member.v, member.n, .type = &throttle_device_type)
static const struct bind_field block_io_fields[] = {
	FIELD(T, "weight", weight, RANGE(0, UINT16_MAX)),
	FIELD(T, "leafWeight", leaf_weight, RANGE(0, UINT16_MAX)),
	FIELD_LIST_OF(T, "weightDevice", BIND_LIST, weight_devices, n_weight_devices,
		      .type = &weight_device_type),
	THROTTLE("throttleReadBpsDevice", read_bps),
	THROTTLE("throttleWriteBpsDevice", write_bps),
	THROTTLE("throttleReadIOPSDevice", read_iops),
	THROTTLE("throttleWriteIOPSDevice", write_iops),
};
static const struct bind_type block_io_type = BIND_TYPE(T, block_io_fields);
#undef T

#define T struct spec_hugepage
static const struct bind_field hugepage_fields[] = {
	FIELD(T, "pageSize", page_size, REQUIRED),
	FIELD(T, "limit", limit, REQUIRED),
};
static const struct bind_type hugepage_type = BIND_TYPE(T, hugepage_fields);
#undef T

#define T struct spec_net_priority
static const struct bind_field net_priority_fields[] = {
	FIELD(T, "name", name, REQUIRED),
	FIELD(T, "priority", priority, REQUIRED),
};
static const struct bind_type net_priority_type = BIND_TYPE(T, net_priority_fields);
#undef T

#define T struct spec_network
static const struct bind_field network_fields[] = {
	FIELD(T, "classID", class_id, ANY),
	FIELD_LIST_OF(T, "priorities", BIND_LIST, priorities, n_priorities,
		      .type = &net_priority_type),
};
static const struct bind_type network_type = BIND_TYPE(T, network_fields);
#undef T

#define T struct spec_rdma
static const struct bind_field rdma_fields[] = {
	FIELD(T, "hcaHandles", hca_handles, ANY),
	FIELD(T, "hcaObjects", hca_objects, ANY),
};
static const struct bind_type rdma_type = BIND_TYPE(T, rdma_fields);
#undef T

#define T struct spec_resources
static const struct bind_field pids_fields[] = {
	FIELD(T, "limit", pids_limit, ANY),
};
static const struct bind_type pids_type = BIND_TYPE(T, pids_fields);

static const struct bind_field resources_fields[] = {
	FIELD_LIST_OF(T, "devices", BIND_LIST, devices, n_devices, .type = &device_rule_type),
	FIELD_OBJECT(T, "memory", memory, memory_type),
	FIELD_OBJECT(T, "cpu", cpu, cpu_type),
	FIELD_INLINE("pids", 0, pids_type, ANY),
	FIELD_OBJECT(T, "blockIO", block_io, block_io_type),
	FIELD_LIST_OF(T, "hugepageLimits", BIND_LIST, hugepages, n_hugepages,
		      .type = &hugepage_type),
	FIELD_OBJECT(T, "network", network, network_type),
	FIELD_LIST_OF(T, "rdma", BIND_MAP, rdma, n_rdma, .type = &rdma_type),
	FIELD(T, "unified", unified, ANY),
};
const struct bind_type spec_resources_type = BIND_TYPE(T, resources_fields);
#undef T
