/* SPDX-License-Identifier: Apache-2.0 */
#include "seccomp/words.h"

#include <errno.h>
#include <linux/seccomp.h>

#include "base/cleanup.h"

#define DEFAULT_ERRNO EPERM
#define MAX_ERRNO     4095 /* of the kernel: greater ones are cut by seccomp(2) */

/* Sorted, as `features` prints them. The name, SECCOMP_RET_*, does it take an errno? */
#define ACTIONS(X)                                                                                 \
	X(SCMP_ACT_ALLOW, SECCOMP_RET_ALLOW, false)                                                \
	X(SCMP_ACT_ERRNO, SECCOMP_RET_ERRNO, true)                                                 \
	X(SCMP_ACT_KILL, SECCOMP_RET_KILL_THREAD, false)                                           \
	X(SCMP_ACT_KILL_PROCESS, SECCOMP_RET_KILL_PROCESS, false)                                  \
	X(SCMP_ACT_KILL_THREAD, SECCOMP_RET_KILL_THREAD, false)                                    \
	X(SCMP_ACT_LOG, SECCOMP_RET_LOG, false)                                                    \
	X(SCMP_ACT_NOTIFY, SECCOMP_RET_USER_NOTIF, false)                                          \
	X(SCMP_ACT_TRACE, SECCOMP_RET_TRACE, true)                                                 \
	X(SCMP_ACT_TRAP, SECCOMP_RET_TRAP, false)

/* The name, what holds, is that the opposite? */
#define OPERATORS(X)                                                                               \
	X(SCMP_CMP_EQ, CONDITION_EQUAL, false)                                                     \
	X(SCMP_CMP_GE, CONDITION_AT_LEAST, false)                                                  \
	X(SCMP_CMP_GT, CONDITION_ABOVE, false)                                                     \
	X(SCMP_CMP_LE, CONDITION_ABOVE, true)                                                      \
	X(SCMP_CMP_LT, CONDITION_AT_LEAST, true)                                                   \
	X(SCMP_CMP_MASKED_EQ, CONDITION_EQUAL, false)                                              \
	X(SCMP_CMP_NE, CONDITION_EQUAL, true)

#define AS_NAME(name, value, flag) #name,
#define AS_ROW(name, value, flag)  { #name, value, flag },

const char *const seccomp_action_names[] = { ACTIONS(AS_NAME) NULL };
const char *const seccomp_operator_names[] = { OPERATORS(AS_NAME) NULL };

static const struct {
	const char *name;
	uint32_t value;
	bool takes_errno;
} actions[] = { ACTIONS(AS_ROW) };

static const struct {
	const char *name;
	uint8_t kind;
	bool negate;
} operators[] = { OPERATORS(AS_ROW) };

int action_resolve(const char *name, struct opt_u32 errno_ret, uint32_t *ret, struct err *e)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(actions) && (!name || !str_eq(name, actions[i].name)))
		i++;
	if (i == ARRAY_SIZE(actions))
		return err_set_kind(e, ERR_CONFIG, EINVAL,
				    "string %s is not a valid action for seccomp",
				    name ? name : "");
	*ret = actions[i].value;
	if (!actions[i].takes_errno) {
		if (errno_ret.set)
			return err_set_kind(e, ERR_CONFIG, EINVAL,
					    "action %s takes no errno, but one is given", name);
		return 0;
	}

	uint32_t code = errno_ret.set ? errno_ret.v : DEFAULT_ERRNO;
	if (code > MAX_ERRNO)
		return err_set_kind(e, ERR_CONFIG, ERANGE, "errno %u is above %d", code, MAX_ERRNO);
	*ret |= code;
	return 0;
}

const char *action_name(uint32_t action)
{
	uint32_t kind = action & SECCOMP_RET_ACTION_FULL;

	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		if (actions[i].value == kind)
			return actions[i].name;
	return NULL;
}

int condition_resolve(const struct spec_seccomp_arg *a, struct condition *ret, struct err *e)
{
	size_t i = 0;

	if (a->index >= SECCOMP_ARGS)
		return err_set_kind(e, ERR_CONFIG, EINVAL,
				    "index: %u, a system call has arguments 0 to 5", a->index);
	while (i < ARRAY_SIZE(operators) && (!a->op || !str_eq(a->op, operators[i].name)))
		i++;
	if (i == ARRAY_SIZE(operators))
		return err_set_kind(e, ERR_CONFIG, EINVAL,
				    "string %s is not a valid operator for seccomp",
				    a->op ? a->op : "");
	*ret = (struct condition){
		.arg = (uint8_t)a->index,
		.kind = operators[i].kind,
		.negate = operators[i].negate,
		.mask = UINT64_MAX,
		.value = a->value,
	};
	if (str_eq(a->op, "SCMP_CMP_MASKED_EQ")) {
		ret->mask = a->value;
		ret->value = a->value_two & a->value;
	}
	return 0;
}

bool condition_holds(const struct condition *c, bool is_32, uint64_t arg)
{
	uint64_t width = is_32 ? UINT32_MAX : UINT64_MAX;
	uint64_t value = c->value & width;
	bool holds = (arg & c->mask & width) == value;

	arg &= width;
	if (c->kind == CONDITION_AT_LEAST)
		holds = arg >= value;
	else if (c->kind == CONDITION_ABOVE)
		holds = arg > value;
	return holds != c->negate;
}
