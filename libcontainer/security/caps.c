/* SPDX-License-Identifier: Apache-2.0 */
#include "security/caps.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "plan/parts.h"
#include "security/posture.h"
#include "security/security.h"

#define CAPS 64

static uint64_t bit(int cap)
{
	return (uint64_t)1 << cap;
}

static void add_name(struct strbuf *out, int cap)
{
	const char *name = cap_name(cap);

	if (name)
		strbuf_adds(out, name);
	else
		strbuf_addf(out, "%d", cap);
}

static void add_names(struct strbuf *out, uint64_t mask)
{
	const char *blank = "";

	for (int cap = 0; cap < CAPS; cap++) {
		if (!(mask & bit(cap)))
			continue;
		strbuf_adds(out, blank);
		add_name(out, cap);
		blank = " ";
	}
}

/* Records what failed, with the names of the capabilities in question. */
static int fail(struct err *e, int code, const char *what, uint64_t mask)
{
	autodone(strbuf) struct strbuf names = STRBUF_INIT;

	add_names(&names, mask);
	return err_set(e, code, "%s [%s]", what, strbuf_str(&names));
}

/* --- bounding ------------------------------------------------------------------------- */

static int drop_bound(int cap, struct err *e)
{
	if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0)
		return 0;

	int code = errno;
	autodone(strbuf) struct strbuf name = STRBUF_INIT;
	add_name(&name, cap);
	errno = code;
	(void)err_errno(e, "drop %s from the bounding set: prctl(2)", strbuf_str(&name));
	return code == EPERM ? err_append(e, "dropping needs CAP_SETPCAP") : -e->code;
}

int caps_drop_bounding(struct posture *now, const struct plan_caps *c, struct err *e)
{
	uint64_t want = c->set ? c->bounding : 0;
	int r = 0;

	for (int cap = 0; r == 0 && cap < CAPS; cap++)
		if (now->bounding & ~want & bit(cap))
			r = drop_bound(cap, e);
	now->bounding &= want;
	return r;
}

/* --- permitted, effective, inheritable ------------------------------------------------ */

static int set_sets(const struct posture *s, struct err *e)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	for (unsigned int i = 0; i < ARRAY_SIZE(data); i++) {
		data[i].effective = (uint32_t)(s->effective >> (32 * i));
		data[i].permitted = (uint32_t)(s->permitted >> (32 * i));
		data[i].inheritable = (uint32_t)(s->inheritable >> (32 * i));
	}
	if (syscall(SYS_capset, &header, data) < 0)
		return err_errno(e, "capset(2)");
	return 0;
}

int caps_keep(bool keep, struct err *e)
{
	if (prctl(PR_SET_KEEPCAPS, keep ? 1 : 0, 0, 0, 0) < 0)
		return err_errno(e, "prctl(PR_SET_KEEPCAPS)");
	return 0;
}

/* What can be had of what is asked: capset(2) takes all or nothing. */
static void limit(const struct plan_caps *c, const struct posture *now, struct posture *want,
		  const struct log_sink *log)
{
	uint64_t heritable = now->bounding | now->inheritable;
	uint64_t missing = (c->permitted & ~now->permitted) | (c->bounding & ~now->bounding) |
			   (c->effective & ~c->permitted) | (c->inheritable & ~heritable) |
			   (c->inheritable & ~(now->permitted | now->inheritable));

	*want = (struct posture){
		.permitted = c->permitted & now->permitted,
		.inheritable = c->inheritable & heritable & (now->permitted | now->inheritable),
		.bounding = c->bounding & now->bounding,
	};
	want->effective = c->effective & want->permitted;
	if (missing) {
		autodone(strbuf) struct strbuf names = STRBUF_INIT;

		add_names(&names, missing);
		log_warn(log, "ignoring unknown or unavailable capabilities: [%s]",
			 strbuf_str(&names));
	}
}

/* --- ambient -------------------------------------------------------------------------- */

static int apply_ambient(uint64_t now, uint64_t ask, uint64_t *raised, const struct log_sink *log,
			 struct err *e)
{
	*raised = 0;
	if (now && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return err_errno(e, "clear the ambient capabilities: prctl(2)");
	for (int cap = 0; cap < CAPS; cap++) {
		if (!(ask & bit(cap)))
			continue;
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) == 0) {
			*raised |= bit(cap);
			continue;
		}

		int code = errno;
		autodone(strbuf) struct strbuf name = STRBUF_INIT;
		add_name(&name, cap);
		log_warn(log, "can't raise ambient capability %s: %s", strbuf_str(&name),
			 errno_text(code));
	}
	return 0;
}

int caps_apply(const struct plan_caps *c, const struct posture *now, struct posture *ret_want,
	       const struct log_sink *log, struct err *e)
{
	static const struct plan_caps none;

	if (!c->set)
		c = &none;
	limit(c, now, ret_want, log);
	int r = set_sets(ret_want, e);
	return r < 0 ? r : apply_ambient(now->ambient, c->ambient, &ret_want->ambient, log, e);
}

int caps_check(const struct posture *now, const struct posture *want, struct err *e)
{
	uint64_t differ = (now->permitted ^ want->permitted) | (now->effective ^ want->effective) |
			  (now->inheritable ^ want->inheritable);

	if (differ)
		return fail(e, EPERM, "capset(2) took another set than asked for:", differ);
	if (now->ambient != want->ambient)
		return fail(e, EPERM, "the ambient set is not what was asked for:",
			    now->ambient ^ want->ambient);
	if (now->bounding != want->bounding)
		return fail(e, EPERM, "the bounding set still holds",
			    now->bounding ^ want->bounding);
	return 0;
}
