/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/bind.h"

/* "linux.seccomp": config-linux.md "Seccomp". */

#define T struct spec_seccomp_arg
static const struct bind_field arg_fields[] = {
	FIELD(T, "index", index, REQUIRED),
	FIELD(T, "value", value, REQUIRED),
	FIELD(T, "valueTwo", value_two, ANY),
	FIELD(T, "op", op, REQUIRED),
};
static const struct bind_type arg_type = BIND_TYPE(T, arg_fields);
#undef T

#define T struct spec_seccomp_rule
static const struct bind_field rule_fields[] = {
	FIELD(T, "names", names, REQUIRED),
	FIELD(T, "action", action, REQUIRED),
	FIELD(T, "errnoRet", errno_ret, ANY),
	FIELD_LIST_OF(T, "args", BIND_LIST, args, n_args, .type = &arg_type),
};
static const struct bind_type rule_type = BIND_TYPE(T, rule_fields);
#undef T

#define T struct spec_seccomp
static const struct bind_field seccomp_fields[] = {
	/* Required too, but for an object that switches seccomp off: spec/load.c. */
	FIELD(T, "defaultAction", default_action, ANY),
	FIELD(T, "defaultErrnoRet", default_errno_ret, ANY),
	FIELD(T, "architectures", architectures, ANY),
	FIELD(T, "flags", flags, .offset_set = offsetof(T, flags_set)),
	FIELD(T, "listenerPath", listener_path, PATH),
	FIELD(T, "listenerMetadata", listener_metadata, ANY),
	FIELD_LIST_OF(T, "syscalls", BIND_LIST, syscalls, n_syscalls, .type = &rule_type),
};
const struct bind_type spec_seccomp_type = BIND_TYPE(T, seccomp_fields);
#undef T
