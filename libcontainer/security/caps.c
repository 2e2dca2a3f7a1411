/* SPDX-License-Identifier: Apache-2.0 */
#include "security/caps.h"

#include <ctype.h>
#include <errno.h>
#include <sys/capability.h>
#include <sys/prctl.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "security/security.h"

struct sets {
	uint64_t permitted, effective, inheritable;
};

static uint64_t bit(int cap)
{
	return (uint64_t)1 << cap;
}

/* What this kernel knows, as bits. */
static uint64_t known(void)
{
	int n = cap_max_bits();

	return n >= 64 ? UINT64_MAX : bit(n) - 1;
}

static void add_name(struct strbuf *out, int cap)
{
	char *name = cap_to_name(cap);

	if (!name) {
		strbuf_addf(out, "%d", cap);
		return;
	}
	for (char *p = name; *p; p++)
		*p = (char)toupper((unsigned char)*p);
	strbuf_adds(out, name);
	(void)cap_free(name);
}

static void add_names(struct strbuf *out, uint64_t mask)
{
	const char *blank = "";

	for (int cap = 0; cap < 64; cap++) {
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

static uint64_t get_bounding(void)
{
	uint64_t mask = 0;

	for (int cap = 0; cap < 64 && (known() & bit(cap)); cap++)
		if (cap_get_bound(cap) == 1)
			mask |= bit(cap);
	return mask;
}

int caps_drop_bounding(const struct plan_process *p, struct err *e)
{
	uint64_t want = p->caps.set ? p->caps.bounding : 0;
	uint64_t drop = get_bounding() & ~want;

	for (int cap = 0; cap < 64; cap++) {
		if (!(drop & bit(cap)) || cap_drop_bound(cap) == 0)
			continue;

		int code = errno;
		autodone(strbuf) struct strbuf name = STRBUF_INIT;
		add_name(&name, cap);
		errno = code;
		(void)err_errno(e, "drop %s from the bounding set: prctl(2)", strbuf_str(&name));
		return code == EPERM ? err_append(e, "dropping needs CAP_SETPCAP") : -e->code;
	}

	uint64_t left = get_bounding() & ~want;
	if (left)
		return fail(e, EPERM, "the bounding set still holds", left);
	return 0;
}

/* --- permitted, effective, inheritable ------------------------------------------------ */

static uint64_t get_flag(cap_t caps, cap_flag_t flag)
{
	uint64_t mask = 0;

	for (int cap = 0; cap < 64 && (known() & bit(cap)); cap++) {
		cap_flag_value_t v = CAP_CLEAR;

		if (cap_get_flag(caps, cap, flag, &v) == 0 && v == CAP_SET)
			mask |= bit(cap);
	}
	return mask;
}

static int set_flag(cap_t caps, cap_flag_t flag, uint64_t mask)
{
	for (int cap = 0; cap < 64; cap++) {
		cap_value_t v = cap;

		if ((mask & bit(cap)) && cap_set_flag(caps, flag, 1, &v, CAP_SET) < 0)
			return -errno;
	}
	return 0;
}

static int get_sets(struct sets *ret, struct err *e)
{
	cap_t caps = cap_get_proc();
	if (!caps)
		return err_errno(e, "capget(2)");

	ret->permitted = get_flag(caps, CAP_PERMITTED);
	ret->effective = get_flag(caps, CAP_EFFECTIVE);
	ret->inheritable = get_flag(caps, CAP_INHERITABLE);
	(void)cap_free(caps);
	return 0;
}

static int set_sets(const struct sets *s, struct err *e)
{
	cap_t caps = cap_init();
	if (!caps)
		return err_errno(e, "cap_init(3)");

	int r = set_flag(caps, CAP_PERMITTED, s->permitted);
	if (r == 0)
		r = set_flag(caps, CAP_EFFECTIVE, s->effective);
	if (r == 0)
		r = set_flag(caps, CAP_INHERITABLE, s->inheritable);
	if (r == 0 && cap_set_proc(caps) < 0)
		r = -errno;
	(void)cap_free(caps);
	if (r < 0) {
		errno = -r;
		return err_errno(e, "capset(2)");
	}
	return 0;
}

bool caps_have_setgid(void)
{
	struct sets s;
	struct err ignored = { 0 };

	return get_sets(&s, &ignored) == 0 && (s.effective & bit(CAP_SETGID));
}

int caps_keep(bool keep, struct err *e)
{
	if (prctl(PR_SET_KEEPCAPS, keep ? 1 : 0, 0, 0, 0) < 0)
		return err_errno(e, "prctl(PR_SET_KEEPCAPS)");
	if (prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0) != (keep ? 1 : 0))
		return err_set(e, EPERM, "prctl(PR_SET_KEEPCAPS) had no effect");
	return 0;
}

/* What can be had of what is asked: capset(2) takes all or nothing. */
static void limit(const struct plan_caps *c, const struct sets *now, uint64_t bounding,
		  struct sets *want, const struct log_sink *log)
{
	uint64_t missing = (c->permitted & ~now->permitted) | (c->bounding & ~bounding) |
			   (c->effective & ~c->permitted) |
			   (c->inheritable & ~(bounding | now->inheritable)) |
			   (c->inheritable & ~(now->permitted | now->inheritable));

	want->permitted = c->permitted & now->permitted;
	want->effective = c->effective & want->permitted;
	want->inheritable = c->inheritable & (bounding | now->inheritable) &
			    (now->permitted | now->inheritable);
	if (missing) {
		autodone(strbuf) struct strbuf names = STRBUF_INIT;

		add_names(&names, missing);
		log_warn(log, "ignoring unknown or unavailable capabilities: [%s]",
			 strbuf_str(&names));
	}
}

/* --- ambient -------------------------------------------------------------------------- */

static uint64_t get_ambient(void)
{
	uint64_t mask = 0;

	for (int cap = 0; cap < 64 && (known() & bit(cap)); cap++)
		if (cap_get_ambient(cap) == 1)
			mask |= bit(cap);
	return mask;
}

static int apply_ambient(uint64_t want, const struct log_sink *log, struct err *e)
{
	uint64_t raised = 0;

	if (cap_reset_ambient() < 0)
		return err_errno(e, "clear the ambient capabilities: prctl(2)");
	for (int cap = 0; cap < 64; cap++) {
		if (!(want & bit(cap)))
			continue;
		if (cap_set_ambient(cap, CAP_SET) == 0) {
			raised |= bit(cap);
			continue;
		}

		int code = errno;
		autodone(strbuf) struct strbuf name = STRBUF_INIT;
		add_name(&name, cap);
		log_warn(log, "can't raise ambient capability %s: %s", strbuf_str(&name),
			 errno_text(code));
	}

	uint64_t differ = get_ambient() ^ raised;
	if (differ)
		return fail(e, EPERM, "the ambient set is not what was asked for:", differ);
	return 0;
}

int caps_apply(const struct plan_caps *c, const struct log_sink *log, struct err *e)
{
	static const struct plan_caps none;
	struct sets now, want;

	if (!c->set)
		c = &none;
	int r = get_sets(&now, e);
	if (r < 0)
		return r;
	limit(c, &now, get_bounding(), &want, log);
	r = set_sets(&want, e);
	if (r < 0)
		return r;
	r = apply_ambient(c->ambient, log, e);
	if (r < 0)
		return r;

	r = get_sets(&now, e);
	if (r < 0)
		return r;
	uint64_t differ = (now.permitted ^ want.permitted) | (now.effective ^ want.effective) |
			  (now.inheritable ^ want.inheritable);
	if (differ)
		return fail(e, EPERM, "capset(2) took another set than asked for:", differ);
	return 0;
}
