/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/devices.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/cleanup.h"

/*
 * What every container may use, whatever config.json says: making any node (opening it is
 * another matter), and the devices of its own /dev. The commonest are last, as the v2 program
 * looks from the end.
 */
static const struct dev_rule defaults[] = {
	{ true, 'b', DEV_ANY, DEV_ANY, BPF_DEVCG_ACC_MKNOD },
	{ true, 'c', DEV_ANY, DEV_ANY, BPF_DEVCG_ACC_MKNOD },
	{ true, 'c', 10, 200, DEV_ALL_ACCESS },	     /* /dev/net/tun */
	{ true, 'c', 5, 2, DEV_ALL_ACCESS },	     /* /dev/ptmx */
	{ true, 'c', 1, 7, DEV_ALL_ACCESS },	     /* /dev/full */
	{ true, 'c', 1, 8, DEV_ALL_ACCESS },	     /* /dev/random */
	{ true, 'c', 5, 0, DEV_ALL_ACCESS },	     /* /dev/tty */
	{ true, 'c', 136, DEV_ANY, DEV_ALL_ACCESS }, /* /dev/pts/N */
	{ true, 'c', 1, 5, DEV_ALL_ACCESS },	     /* /dev/zero */
	{ true, 'c', 1, 9, DEV_ALL_ACCESS },	     /* /dev/urandom */
	{ true, 'c', 1, 3, DEV_ALL_ACCESS },	     /* /dev/null */
};

static bool number_covers(int64_t wide, int64_t narrow)
{
	return wide == DEV_ANY || wide == narrow;
}

static bool covers(const struct dev_rule *wide, const struct dev_rule *narrow)
{
	return wide->type == narrow->type && number_covers(wide->major, narrow->major) &&
	       number_covers(wide->minor, narrow->minor);
}

static bool overlaps(const struct dev_rule *a, const struct dev_rule *b)
{
	return a->type == b->type &&
	       (number_covers(a->major, b->major) || number_covers(b->major, a->major)) &&
	       (number_covers(a->minor, b->minor) || number_covers(b->minor, a->minor)) &&
	       (a->access & b->access);
}

/* Takes from older rules what @new decides now. */
static void override(struct dev_rules *r, const struct dev_rule *new)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->n; i++) {
		struct dev_rule old = r->v[i];

		if (covers(new, &old)) {
			if (old.allow != new->allow)
				old.access &= ~new->access;
			else if (!(old.access & ~new->access))
				old.access = 0;
		}
		if (old.access)
			r->v[kept++] = old;
	}
	r->n = kept;
}

static void add_rule(struct dev_rules *r, const struct dev_rule *new)
{
	bool matters = new->allow != r->default_allow;

	override(r, new);
	for (size_t i = 0; i < r->n; i++)
		matters = matters || (r->v[i].allow != new->allow &&overlaps(&r->v[i], new));
	if (!matters)
		return;
	if (r->n == r->cap) {
		r->cap = r->cap ? r->cap * 2 : 32;
		r->v = mem_grow(r->v, r->cap, sizeof(*r->v));
	}
	r->v[r->n++] = *new;
}

static int bad_rule(struct err *e, size_t i, const char *field, const char *what)
{
	return err_set_kind(e, ERR_CONFIG, EINVAL, "linux.resources.devices[%zu].%s: %s", i, field,
			    what);
}

static int parse_access(const char *access, unsigned int *ret)
{
	for (*ret = 0; access && *access; access++) {
		if (*access == 'r')
			*ret |= BPF_DEVCG_ACC_READ;
		else if (*access == 'w')
			*ret |= BPF_DEVCG_ACC_WRITE;
		else if (*access == 'm')
			*ret |= BPF_DEVCG_ACC_MKNOD;
		else
			return -EINVAL;
	}
	return *ret ? 0 : -EINVAL;
}

static int parse_number(const struct opt_i64 *v, int64_t *ret)
{
	*ret = v->set ? v->v : DEV_ANY;
	return *ret >= DEV_ANY && *ret <= INT32_MAX ? 0 : -EINVAL;
}

static int add_spec_rule(const struct spec_resources *res, size_t i, struct dev_rules *r,
			 struct err *e)
{
	const struct spec_device_rule *s = &res->devices[i];
	struct dev_rule rule = { .allow = s->allow };
	bool all = !s->type || str_eq(s->type, "a");

	if (parse_access(s->access, &rule.access) < 0)
		return bad_rule(e, i, "access", "must be made of r, w and m, and not be empty");
	if (parse_number(&s->major, &rule.major) < 0)
		return bad_rule(e, i, "major", "is not a device number");
	if (parse_number(&s->minor, &rule.minor) < 0)
		return bad_rule(e, i, "minor", "is not a device number");
	if (!all && !str_eq(s->type, "b") && !str_eq(s->type, "c"))
		return bad_rule(e, i, "type", "must be a, b or c");

	if (all && rule.major == DEV_ANY && rule.minor == DEV_ANY &&
	    rule.access == DEV_ALL_ACCESS) {
		r->default_allow = rule.allow;
		r->n = 0;
		return 0;
	}
	for (const char *type = all ? "bc" : s->type; *type; type++) {
		rule.type = *type;
		add_rule(r, &rule);
	}
	return 0;
}

int dev_rules_build(const struct spec_resources *res, struct dev_rules *ret, struct err *e)
{
	for (size_t i = 0; res && i < res->n_devices; i++) {
		int r = add_spec_rule(res, i, ret, e);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < ARRAY_SIZE(defaults); i++)
		add_rule(ret, &defaults[i]);
	return 0;
}

void dev_rules_done(struct dev_rules *r)
{
	free(r->v);
	*r = (struct dev_rules){ 0 };
}

static void add_number(struct strbuf *b, int64_t number)
{
	if (number == DEV_ANY)
		strbuf_adds(b, "*");
	else
		strbuf_addf(b, "%" PRId64, number);
}

/* "c 1:3 rwm": the words of devices.allow and devices.list. */
static void add_text(struct strbuf *b, const struct dev_rule *r)
{
	strbuf_addf(b, "%c ", r->type);
	add_number(b, r->major);
	strbuf_adds(b, ":");
	add_number(b, r->minor);
	strbuf_addf(b, " %s%s%s", r->access & BPF_DEVCG_ACC_READ ? "r" : "",
		    r->access & BPF_DEVCG_ACC_WRITE ? "w" : "",
		    r->access & BPF_DEVCG_ACC_MKNOD ? "m" : "");
}

void dev_rules_print(const struct dev_rules *r, struct strbuf *out)
{
	strbuf_addf(out, "devices %s a *:* rwm\n", r->default_allow ? "allow" : "deny");
	for (size_t i = 0; i < r->n; i++) {
		strbuf_addf(out, "devices %s ", r->v[i].allow ? "allow" : "deny");
		add_text(out, &r->v[i]);
		strbuf_adds(out, "\n");
	}
}

static void add_line(struct dev_lines *l, bool allow, const char *text)
{
	l->v[l->n++] = (struct dev_line){ allow, text };
}

static const char *rule_text(struct arena *a, const struct dev_rule *r)
{
	autodone(strbuf) struct strbuf b = STRBUF_INIT;

	add_text(&b, r);
	return arena_strdup(a, strbuf_str(&b));
}

static bool has_line(const char *text, const char *line)
{
	size_t n = strlen(line);

	for (const char *p = text; *p; p += *p == '\n') {
		size_t len = strcspn(p, "\n");

		if (len == n && strncmp(p, line, n) == 0)
			return true;
		p += len;
	}
	return false;
}

static bool read_number(const char **at, int64_t *ret)
{
	char digits[16] = "";
	size_t n = strspn(*at, "0123456789");
	uint64_t v;

	*ret = DEV_ANY;
	if (**at == '*') {
		*at += 1;
		return true;
	}
	if (n >= sizeof(digits))
		return false;
	memcpy(digits, *at, n);
	if (str_to_u64(digits, UINT32_MAX, &v) < 0)
		return false;
	*ret = (int64_t)v;
	*at += n;
	return true;
}

/* A line of devices.list: "c 1:3 rwm". */
static bool read_line(const char *line, struct dev_rule *ret)
{
	*ret = (struct dev_rule){ .allow = true, .type = *line };
	if ((*line != 'b' && *line != 'c') || line[1] != ' ')
		return false;
	line += 2;
	if (!read_number(&line, &ret->major) || *line++ != ':')
		return false;
	return read_number(&line, &ret->minor) && *line++ == ' ' &&
	       parse_access(line, &ret->access) == 0;
}

/* What of @rule's own numbers, no wider ones, the rules allow together: one exception in v1. */
static unsigned int access_of(const struct dev_rule *v, size_t n, const struct dev_rule *rule)
{
	unsigned int access = 0;

	for (size_t i = 0; i < n; i++)
		if (v[i].type == rule->type && v[i].major == rule->major &&
		    v[i].minor == rule->minor)
			access |= v[i].access;
	return access;
}

/* @current as rules; a line that is none is left out: it cannot be taken back either. */
static struct dev_rule *read_list(const char *current, struct arena *a, size_t *n)
{
	struct dev_rule *v = arena_array(a, strlen(current) / 2 + 1, struct dev_rule);
	char *rest = arena_strdup(a, current);
	const char *line;

	for (*n = 0; (line = strsep(&rest, "\n"));)
		*n += read_line(line, &v[*n]);
	return v;
}

/*
 * From a list of exceptions to deny, to another: first what is new, then what is gone. A kind of
 * access is taken from an exception alone, since taking all of it would take what stays, too.
 */
static void diff_lines(const struct dev_rules *wanted, const char *current, struct arena *a,
		       struct dev_lines *ret)
{
	size_t n;
	const struct dev_rule *now = read_list(current, a, &n);

	for (size_t i = 0; i < wanted->n; i++)
		if (wanted->v[i].access & ~access_of(now, n, &wanted->v[i]))
			add_line(ret, true, rule_text(a, &wanted->v[i]));
	for (size_t i = 0; i < n; i++) {
		struct dev_rule gone = now[i];

		gone.access &= ~access_of(wanted->v, wanted->n, &gone);
		if (gone.access)
			add_line(ret, false, rule_text(a, &gone));
	}
}

int dev_rules_v1(const struct dev_rules *r, const char *current, struct arena *a,
		 struct dev_lines *ret, struct err *e)
{
	struct dev_lines wanted = { .v = arena_array(a, r->n + 1, struct dev_line) };
	size_t lines = r->n + 2;

	for (size_t i = 0; i < r->n; i++) {
		const char *text = rule_text(a, &r->v[i]);

		if (r->v[i].allow == r->default_allow)
			return err_set_kind(
				e, ERR_CONFIG, EINVAL,
				"linux.resources.devices: cgroup v1 cannot %s \"%s\" within a wider rule that says otherwise",
				r->v[i].allow ? "allow" : "deny", text);
		add_line(&wanted, r->v[i].allow, text);
	}
	for (const char *p = current ? current : ""; *p; p++)
		lines += *p == '\n';
	ret->v = arena_array(a, lines, struct dev_line);

	bool now_allows = !current || has_line(current, "a *:* rwm");
	if (!r->default_allow && !now_allows) {
		diff_lines(r, current, a, ret);
		return 0;
	}
	if (!r->default_allow || !current || !now_allows)
		add_line(ret, r->default_allow, "a");
	for (size_t i = 0; i < wanted.n; i++)
		ret->v[ret->n++] = wanted.v[i];
	return 0;
}
