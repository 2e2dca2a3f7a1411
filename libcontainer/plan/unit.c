/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/unit.h"

#include <errno.h>

#include "base/cleanup.h"
#include "plan/annotations.h"

#define USEC_PER_SEC  1000000
#define UNIT_NAME_MAX 255 /* UNIT_NAME_MAX of systemd, less one */

void unit_property_add(struct arena *a, struct unit_properties *p, const char *name,
		       struct gvar value)
{
	if (p->n == p->cap) {
		struct unit_property *wider =
			arena_array(a, p->cap ? p->cap * 2 : 8, struct unit_property);

		for (size_t i = 0; i < p->n; i++)
			wider[i] = p->v[i];
		p->v = wider;
		p->cap = p->cap ? p->cap * 2 : 8;
	}
	p->v[p->n++] = (struct unit_property){ arena_strdup(a, name), value };
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && str_eq(s + n - m, end);
}

/* Characters of a unit's name, systemd.unit(5); "/" among them would lead elsewhere. */
static int check_name(const char *name, const char *what, struct err *e)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				":-_.\\@+");

	if (name[n])
		return err_set_kind(e, ERR_CONFIG, EINVAL,
				    "linux.cgroupsPath: %s \"%s\" is not valid for systemd", what,
				    name);
	if (n > UNIT_NAME_MAX)
		return err_set_kind(e, ERR_CONFIG, EINVAL,
				    "linux.cgroupsPath: %s is longer than %d bytes", what,
				    UNIT_NAME_MAX);
	return 0;
}

static int split(const char *path, char *copy, const char *part[3], struct err *e)
{
	char *rest = copy;

	for (int i = 0; i < 3; i++)
		part[i] = strsep(&rest, ":");
	if (part[0] && part[1] && part[2] && !rest)
		return 0;
	return err_set_kind(e, ERR_CONFIG, EINVAL,
			    "expected cgroupsPath to be of format \"slice:prefix:name\" for "
			    "systemd cgroups, got \"%s\" instead",
			    path);
}

int unit_parse(const char *path, const char *id, bool user, struct arena *a, struct plan_unit *ret,
	       struct err *e)
{
	const char *part[3] = { "", "vial", id };
	int r = 0;

	if (path && *path)
		r = split(path, arena_strdup(a, path), part, e);
	if (r < 0)
		return r;
	ret->user = user;
	ret->slice = *part[0] ? part[0] : user ? "user.slice" : "system.slice";
	ret->is_slice = ends_with(part[2], ".slice");
	if (ret->is_slice)
		ret->name = part[2];
	else if (*part[1])
		ret->name = arena_printf(a, "%s-%s.scope", part[1], part[2]);
	else
		ret->name = arena_printf(a, "%s.scope", part[2]);
	if (!*part[2])
		return err_set_kind(e, ERR_CONFIG, EINVAL, "linux.cgroupsPath: \"%s\" has no name",
				    path);
	r = check_name(ret->name, "the name", e);
	return r < 0 ? r : check_name(ret->slice, "the slice", e);
}

static int bad_slice(const char *slice, struct err *e)
{
	return err_set_kind(e, ERR_CONFIG, EINVAL, "linux.cgroupsPath: invalid slice name: %s",
			    slice);
}

int unit_expand_slice(const char *slice, struct arena *a, const char **ret, struct err *e)
{
	autodone(strbuf) struct strbuf path = STRBUF_INIT;
	const size_t suffix = strlen(".slice");

	*ret = "";
	if (str_eq(slice, "-.slice"))
		return 0;
	if (!ends_with(slice, ".slice") || strlen(slice) == suffix || strchr(slice, '/'))
		return bad_slice(slice, e);
	size_t len = strlen(slice) - suffix;
	if (slice[0] == '-' || slice[len - 1] == '-')
		return bad_slice(slice, e);
	for (size_t i = 0; i <= len; i++) {
		if (i < len && slice[i] != '-')
			continue;
		if (i && slice[i - 1] == '-')
			return bad_slice(slice, e);
		strbuf_addf(&path, "/%.*s.slice", (int)i, slice);
	}
	*ret = arena_strdup(a, strbuf_str(&path));
	return 0;
}

static int check_property_name(const char *name, const char *key, struct err *e)
{
	const char *why = NULL;

	if (strlen(name) < 3)
		why = "too short";
	else if (name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")])
		why = "not of Latin letters only";
	if (!why)
		return 0;
	return err_set_kind(e, ERR_CONFIG, EINVAL, "annotation %s name incorrect: %s", key, why);
}

/* "TimeoutStopSec" is a setting of unit files; the property counts microseconds. */
static bool is_seconds(const char *name)
{
	size_t n = strlen(name);

	return n > 3 && ends_with(name, "Sec") && name[n - 4] >= 'a' && name[n - 4] <= 'z';
}

static int to_usec(struct gvar *g)
{
	uint64_t usec;

	if (g->type == 'd') {
		if (!(g->v.d >= 0 && g->v.d < 9e12))
			return -EINVAL;
		usec = (uint64_t)(g->v.d * USEC_PER_SEC);
	} else if (strchr("nix", g->type)) {
		if (g->v.i < 0 || g->v.i > INT64_MAX / USEC_PER_SEC)
			return -EINVAL;
		usec = (uint64_t)g->v.i * USEC_PER_SEC;
	} else if (strchr("yqut", g->type)) {
		if (g->v.u > UINT64_MAX / USEC_PER_SEC)
			return -EINVAL;
		usec = g->v.u * USEC_PER_SEC;
	} else {
		return -EINVAL;
	}
	*g = (struct gvar){ .type = 't', .v.u = usec };
	return 0;
}

static int read_property(const struct spec_string_pair *annotation, const char *name,
			 struct arena *a, struct plan_unit *unit, struct err *e)
{
	struct gvar value = { 0 };
	int r = check_property_name(name, annotation->key, e);

	if (r < 0)
		return r;
	r = gvar_parse(annotation->value, a, &value, e);
	if (r == 0 && is_seconds(name)) {
		name = arena_printf(a, "%.*sUSec", (int)strlen(name) - 3, name);
		r = to_usec(&value);
		if (r < 0)
			r = err_set(e, EINVAL, "not a number of seconds");
	}
	if (r < 0) {
		e->kind = ERR_CONFIG;
		return err_ctx(e, "annotation %s=%s value parse error", annotation->key,
			       annotation->value);
	}
	unit_property_add(a, &unit->properties, name, value);
	return 0;
}

static int read_subgroup(const char *value, struct plan_unit *unit, struct err *e)
{
	if (strchr(value, '/') || str_eq(value, ".") || str_eq(value, ".."))
		return err_set_kind(e, ERR_CONFIG, EINVAL,
				    "annotation " ANNOTATION_SYSTEMD_SUBGROUP
				    ": \"%s\" is not one name",
				    value);
	unit->sub = *value ? value : NULL;
	return 0;
}

int unit_read_annotations(const struct spec_string_map *annotations, struct arena *a,
			  struct plan_unit *unit, struct err *e)
{
	for (size_t i = 0; i < annotations->n; i++) {
		const struct spec_string_pair *x = &annotations->v[i];
		const char *name = str_after(x->key, ANNOTATION_SYSTEMD_PROPERTY);
		int r = 0;

		if (name && *name)
			r = read_property(x, name, a, unit, e);
		else if (str_eq(x->key, ANNOTATION_SYSTEMD_SUBGROUP))
			r = read_subgroup(x->value, unit, e);
		if (r < 0)
			return r;
	}
	return 0;
}
