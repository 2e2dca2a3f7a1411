/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/bind.h"

/* "process" of config.json and the process.json of `exec`: config.md "Process". */

#define T struct spec_user
static const struct bind_field user_fields[] = {
	FIELD(T, "uid", uid, RANGE(0, ID_MAX)),
	FIELD(T, "gid", gid, RANGE(0, ID_MAX)),
	FIELD(T, "umask", umask, RANGE(0, 0777)),
	FIELD_LIST_OF(T, "additionalGids", BIND_IDS, additional_gids, n_additional_gids, ANY),
	FIELD(T, "username", username, ANY),
};
static const struct bind_type user_type = BIND_TYPE(T, user_fields);
#undef T

#define T struct spec_capabilities
static const struct bind_field capabilities_fields[] = {
	FIELD(T, "bounding", bounding, ANY),	   FIELD(T, "effective", effective, ANY),
	FIELD(T, "inheritable", inheritable, ANY), FIELD(T, "permitted", permitted, ANY),
	FIELD(T, "ambient", ambient, ANY),
};
static const struct bind_type capabilities_type = BIND_TYPE(T, capabilities_fields);
#undef T

#define T struct spec_rlimit
static const struct bind_field rlimit_fields[] = {
	FIELD(T, "type", type, REQUIRED),
	FIELD(T, "soft", soft, REQUIRED),
	FIELD(T, "hard", hard, REQUIRED),
};
static const struct bind_type rlimit_type = BIND_TYPE(T, rlimit_fields);
#undef T

#define T struct spec_scheduler
static const struct bind_field scheduler_fields[] = {
	FIELD(T, "policy", policy, REQUIRED),
	FIELD(T, "nice", nice, RANGE(INT32_MIN, INT32_MAX)),
	FIELD(T, "priority", priority, RANGE(INT32_MIN, INT32_MAX)),
	FIELD(T, "flags", flags, ANY),
	FIELD(T, "runtime", runtime, ANY),
	FIELD(T, "deadline", deadline, ANY),
	FIELD(T, "period", period, ANY),
};
static const struct bind_type scheduler_type = BIND_TYPE(T, scheduler_fields);
#undef T

#define T struct spec_io_priority
static const struct bind_field io_priority_fields[] = {
	FIELD(T, "class", io_class, REQUIRED),
	FIELD(T, "priority", priority, RANGE(INT32_MIN, INT32_MAX)),
};
static const struct bind_type io_priority_type = BIND_TYPE(T, io_priority_fields);
#undef T

#define T struct spec_cpu_affinity
static const struct bind_field cpu_affinity_fields[] = {
	FIELD(T, "initial", initial, ANY),
	FIELD(T, "final", final, ANY),
};
static const struct bind_type cpu_affinity_type = BIND_TYPE(T, cpu_affinity_fields);
#undef T

#define T struct spec_process
static const struct bind_field console_size_fields[] = {
	FIELD(T, "height", console_size.height, REQUIRED),
	FIELD(T, "width", console_size.width, REQUIRED),
};
static const struct bind_type console_size_type = BIND_TYPE(T, console_size_fields);

static const struct bind_field process_fields[] = {
	FIELD(T, "terminal", terminal, ANY),
	FIELD_INLINE("consoleSize", 0, console_size_type,
		     .offset_set = offsetof(T, console_size.set)),
	FIELD_INLINE("user", offsetof(T, user), user_type, ANY),
	FIELD(T, "args", args, ANY),
	FIELD(T, "commandLine", command_line, ANY),
	FIELD(T, "env", env, ANY),
	FIELD(T, "cwd", cwd, REQUIRED_PATH),
	FIELD_OBJECT(T, "capabilities", capabilities, capabilities_type),
	FIELD_LIST_OF(T, "rlimits", BIND_LIST, rlimits, n_rlimits, .type = &rlimit_type),
	FIELD(T, "noNewPrivileges", no_new_privileges, ANY),
	FIELD(T, "apparmorProfile", apparmor_profile, ANY),
	FIELD(T, "oomScoreAdj", oom_score_adj, RANGE(-1000, 1000)),
	FIELD_OBJECT(T, "scheduler", scheduler, scheduler_type),
	FIELD(T, "selinuxLabel", selinux_label, ANY),
	FIELD_OBJECT(T, "ioPriority", io_priority, io_priority_type),
	FIELD_OBJECT(T, "execCPUAffinity", exec_cpu_affinity, cpu_affinity_type),
};
const struct bind_type spec_process_type = BIND_TYPE(T, process_fields);
#undef T
