/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SPEC_SPEC_H
#define SPEC_SPEC_H

/*
 * config.json of runtime-spec 1.3 for Linux, as structs that mirror it field by field.
 * All memory is in one arena; nothing changes after spec_load(). An optional scalar has
 * `.set`; an optional object is a pointer that may be NULL; an absent string is NULL; an
 * absent array has n == 0 (where absence and emptiness differ, a `_set` flag says so). JSON's
 * null and, where a string is optional, "" count as absent, as they do in Go.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"

struct opt_bool {
	bool set, v;
};
struct opt_i64 {
	bool set;
	int64_t v;
};
struct opt_u64 {
	bool set;
	uint64_t v;
};
struct opt_u32 {
	bool set;
	uint32_t v;
};

struct spec_string_pair {
	const char *key, *value;
};
struct spec_string_map {
	const struct spec_string_pair *v;
	size_t n;
};

/* --- process ------------------------------------------------------------------------ */

struct spec_user {
	uint32_t uid, gid; /* 0..4294967294 */
	struct opt_u32 umask;
	const uint32_t *additional_gids;
	size_t n_additional_gids;
	const char *username; /* Windows; read, unused */
};

struct spec_capabilities {
	/* names as written, e.g. "CAP_CHOWN" */
	struct strs bounding, effective, inheritable, permitted, ambient;
};

struct spec_rlimit {
	const char *type; /* "RLIMIT_NOFILE" */
	uint64_t soft, hard;
};

struct spec_scheduler {
	const char *policy;	       /* required */
	struct opt_i64 nice, priority; /* int32 */
	struct strs flags;
	struct opt_u64 runtime, deadline, period; /* nanoseconds */
};

struct spec_io_priority {
	const char *io_class; /* "class" */
	struct opt_i64 priority;
};

struct spec_cpu_affinity {
	const char *initial, *final;
};

struct spec_process {
	bool terminal;
	struct {
		bool set;
		uint64_t height, width;
	} console_size;
	struct spec_user user;
	struct strs args, env;
	const char *command_line; /* Windows; read, unused */
	const char *cwd;
	const struct spec_capabilities *capabilities;
	const struct spec_rlimit *rlimits;
	size_t n_rlimits;
	bool no_new_privileges;
	const char *apparmor_profile, *selinux_label;
	struct opt_i64 oom_score_adj; /* -1000..1000 */
	const struct spec_scheduler *scheduler;
	const struct spec_io_priority *io_priority;
	const struct spec_cpu_affinity *exec_cpu_affinity;
};

/* --- root, mounts, hooks ------------------------------------------------------------ */

struct spec_root {
	const char *path;
	bool readonly;
};

struct spec_id_mapping {
	uint32_t container_id, host_id, size;
};
struct spec_id_mappings {
	const struct spec_id_mapping *v;
	size_t n;
};

struct spec_mount {
	const char *destination; /* required */
	const char *type, *source;
	struct strs options;
	struct spec_id_mappings uid_mappings, gid_mappings;
};

struct spec_hook {
	const char *path; /* required, absolute */
	struct strs args, env;
	bool env_set;		/* "env": [] differs from no env */
	struct opt_i64 timeout; /* seconds, > 0 */
};
struct spec_hook_list {
	const struct spec_hook *v;
	size_t n;
};

enum hook_kind {
	HOOK_PRESTART,
	HOOK_CREATE_RUNTIME,
	HOOK_CREATE_CONTAINER,
	HOOK_START_CONTAINER,
	HOOK_POSTSTART,
	HOOK_POSTSTOP,
	HOOK_COUNT,
};
/* Names as in config.json: "prestart", "createRuntime", ... */
extern const char *const spec_hook_names[HOOK_COUNT];

struct spec_hooks {
	struct spec_hook_list list[HOOK_COUNT];
};

/* --- linux -------------------------------------------------------------------------- */

struct spec_namespace {
	const char *type; /* required: "pid", "network", "mount", ... */
	const char *path; /* NULL: a new one */
};

struct spec_device {
	const char *type; /* c, u, b, p */
	const char *path; /* required */
	struct opt_i64 major, minor;
	struct opt_u32 file_mode;
	struct opt_u32 uid, gid;
};

struct spec_device_rule {
	bool allow;		     /* required */
	const char *type;	     /* "a", "b", "c" or NULL (= a) */
	struct opt_i64 major, minor; /* unset or -1: all */
	const char *access;	     /* of r, w, m */
};

struct spec_memory {
	struct opt_i64 limit, reservation, swap, kernel, kernel_tcp; /* bytes, -1 unlimited */
	struct opt_u64 swappiness;
	struct opt_bool disable_oom_killer, use_hierarchy, check_before_update;
};

struct spec_cpu {
	struct opt_u64 shares;
	struct opt_i64 quota;
	struct opt_u64 burst, period;
	struct opt_i64 realtime_runtime;
	struct opt_u64 realtime_period;
	const char *cpus, *mems;
	struct opt_i64 idle;
};

struct spec_weight_device {
	int64_t major, minor;
	struct opt_u32 weight, leaf_weight;
};
struct spec_throttle_device {
	int64_t major, minor;
	uint64_t rate;
};
struct spec_throttle_list {
	const struct spec_throttle_device *v;
	size_t n;
};

struct spec_block_io {
	struct opt_u32 weight, leaf_weight;
	const struct spec_weight_device *weight_devices;
	size_t n_weight_devices;
	struct spec_throttle_list read_bps, write_bps, read_iops, write_iops;
};

struct spec_hugepage {
	const char *page_size;
	uint64_t limit;
};
struct spec_net_priority {
	const char *name;
	uint32_t priority;
};
struct spec_network {
	struct opt_u32 class_id;
	const struct spec_net_priority *priorities;
	size_t n_priorities;
};
struct spec_rdma {
	const char *name;
	struct opt_u32 hca_handles, hca_objects;
};

struct spec_resources {
	const struct spec_device_rule *devices;
	size_t n_devices;
	const struct spec_memory *memory;
	const struct spec_cpu *cpu;
	struct opt_i64 pids_limit; /* resources.pids.limit */
	const struct spec_block_io *block_io;
	const struct spec_hugepage *hugepages;
	size_t n_hugepages;
	const struct spec_network *network;
	const struct spec_rdma *rdma;
	size_t n_rdma;
	struct spec_string_map unified;
};

struct spec_seccomp_arg {
	uint32_t index;
	uint64_t value, value_two;
	const char *op;
};
struct spec_seccomp_rule {
	struct strs names;
	const char *action;
	struct opt_u32 errno_ret;
	const struct spec_seccomp_arg *args;
	size_t n_args;
};
struct spec_seccomp {
	const char *default_action; /* never NULL */
	struct opt_u32 default_errno_ret;
	struct strs architectures, flags;
	bool flags_set;
	const char *listener_path, *listener_metadata;
	const struct spec_seccomp_rule *syscalls;
	size_t n_syscalls;
};

struct spec_intel_rdt {
	const char *clos_id, *l3_cache_schema, *mem_bw_schema;
	struct strs schemata;
	bool enable_cmt, enable_mbm, enable_monitoring;
};

struct spec_memory_policy {
	const char *mode, *nodes;
	struct strs flags;
};
struct spec_personality {
	const char *domain;
	struct strs flags;
};
struct spec_time_offset {
	const char *clock;
	int64_t secs;
	uint32_t nanosecs;
};
struct spec_net_device {
	const char *host_name;
	const char *name; /* NULL: the same */
};

struct spec_linux {
	const struct spec_namespace *namespaces;
	size_t n_namespaces;
	struct spec_id_mappings uid_mappings, gid_mappings;
	const struct spec_time_offset *time_offsets;
	size_t n_time_offsets;
	const struct spec_device *devices;
	size_t n_devices;
	const struct spec_net_device *net_devices;
	size_t n_net_devices;
	const char *cgroups_path;
	const struct spec_resources *resources;
	const struct spec_intel_rdt *intel_rdt;
	const struct spec_memory_policy *memory_policy;
	struct spec_string_map sysctl;
	const struct spec_seccomp *seccomp;
	const char *rootfs_propagation;
	struct strs masked_paths, readonly_paths;
	const char *mount_label;
	const struct spec_personality *personality;
};

struct spec {
	struct arena arena;
	const char *oci_version;      /* any text, as runc takes it; "" when absent */
	const struct spec_root *root; /* NULL when absent */
	const struct spec_process *process;
	const char *hostname, *domainname;
	const struct spec_mount *mounts;
	size_t n_mounts;
	struct spec_hooks hooks;
	struct spec_string_map annotations;
	const struct spec_linux *linux_; /* never NULL: an empty one stands for absence */
	struct strs unknown;		 /* JSON paths of fields that were not understood */
};

/**
 * spec_load() - read config.json of a bundle
 * @dir_fd: the bundle directory
 * @name:   file name for opening and for messages, normally "config.json"
 * @ret:    the caller's to spec_free(); not set on failure
 * @e:      "JSON specification file config.json not found" when absent; else
 *          "config.json:41:18: linux.resources.memory.limit: expected an integer, found the
 *          string "1g"", kind ERR_CONFIG
 *
 * Structure only: types, ranges, required fields, paths shorter than PATH_MAX.
 * Rules that span fields are the plan's, but for one: a "seccomp" without default action and
 * rules means none, as in runc, and ->linux_->seccomp is NULL then. Fields nobody knows are
 * accepted and listed in ->unknown.
 * Runs in: host. Return: 0 or negative errno.
 */
MUST_CHECK int spec_load(int dir_fd, const char *name, struct spec **ret, struct err *e);

/** spec_parse() - the same from memory. @file is the name used in messages. Runs in: host. */
MUST_CHECK int spec_parse(const char *file, const char *text, size_t n, struct spec **ret,
			  struct err *e);

/**
 * spec_parse_process() - read the process.json of `exec --process`
 * @file: the name used in messages
 * @ret:  as of spec_load(); only ->process and ->unknown are filled, ->linux_ is an empty one
 *
 * The document is what "process" is in config.json. Runs in: host. Return: as of spec_load().
 */
MUST_CHECK int spec_parse_process(const char *file, const char *text, size_t n, struct spec **ret,
				  struct err *e);

/**
 * spec_parse_resources() - read the document of `update --resources`
 * @ret: as of spec_load(); only ->linux_->resources (never NULL here) and ->unknown are filled
 *
 * The document is what "linux.resources" is in config.json, but for the case of its keys,
 * which does not matter here, as in Go. Runs in: host. Return: as of spec_load().
 */
MUST_CHECK int spec_parse_resources(const char *file, const char *text, size_t n, struct spec **ret,
				    struct err *e);

/**
 * spec_parse_mounts() - read the document of `mounts add`
 * @ret: as of spec_load(); only ->mounts and ->unknown are filled, ->linux_ is an empty one
 *
 * The document is what "mounts" is in config.json. Runs in: host. Return: as of spec_load().
 */
MUST_CHECK int spec_parse_mounts(const char *file, const char *text, size_t n, struct spec **ret,
				 struct err *e);

/**
 * spec_check_strict() - what spec_load() and its like accept and --strict refuses
 * @file: the name used in the message
 * @e:    names every unknown field and a version that is none of ours
 * Pure. Runs in: host. Return: 0 or -EINVAL.
 */
MUST_CHECK int spec_check_strict(const struct spec *spec, const char *file, struct err *e);

/**
 * spec_reads() - is there a row for a field of config.json?
 * @path: "linux.intelRdt.schemata"; items of a list by the list's name: "mounts.uidMappings"
 * What is read is acted on, so this is what `features` may say. Pure. Runs in: any.
 */
bool spec_reads(const char *path);

/** spec_free() - free a spec; NULL is allowed. Runs in: host. */
void spec_free(struct spec *spec);

/** spec_has_labels() - does a process ask for an AppArmor profile or a SELinux label? @p may be NULL.
 * Pure. Runs in: host. */
static inline bool spec_has_labels(const struct spec_process *p)
{
	return p && ((p->apparmor_profile && *p->apparmor_profile) ||
		     (p->selinux_label && *p->selinux_label));
}

#endif
