/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "plan/parts.h"

/* What a device number holds in the kernel: 12 bits of major, 20 of minor. */
#define MAJOR_MAX 0xfff
#define MINOR_MAX 0xfffff

static const struct plan_device defaults[] = {
	{ "/dev/null", S_IFCHR | 0666, 1, 3, 0, 0, true },
	{ "/dev/zero", S_IFCHR | 0666, 1, 5, 0, 0, true },
	{ "/dev/full", S_IFCHR | 0666, 1, 7, 0, 0, true },
	{ "/dev/random", S_IFCHR | 0666, 1, 8, 0, 0, true },
	{ "/dev/urandom", S_IFCHR | 0666, 1, 9, 0, 0, true },
	{ "/dev/tty", S_IFCHR | 0666, 5, 0, 0, 0, true },
};

static int type_of(const struct spec_device *s, size_t i, mode_t *ret, struct err *e)
{
	const char *type = s->type ? s->type : "";

	if (str_eq(type, "c") || str_eq(type, "u"))
		*ret = S_IFCHR;
	else if (str_eq(type, "b"))
		*ret = S_IFBLK;
	else if (str_eq(type, "p"))
		*ret = S_IFIFO;
	else
		return err_set_kind(e, ERR_CONFIG, EINVAL,
				    "linux.devices[%zu].type: invalid device type \"%s\"", i, type);
	return 0;
}

static int number(const struct opt_i64 *n, int64_t max, size_t i, const char *name, uint32_t *ret,
		  struct err *e)
{
	if (!n->set)
		return err_set_kind(e, ERR_CONFIG, EINVAL,
				    "linux.devices[%zu].%s: must be given for this type", i, name);
	if (n->v < 0 || n->v > max)
		return err_set_kind(e, ERR_CONFIG, ERANGE,
				    "linux.devices[%zu].%s: %lld is not between 0 and %lld", i,
				    name, (long long)n->v, (long long)max);
	*ret = (uint32_t)n->v;
	return 0;
}

static bool same_node(const struct plan_device *a, const struct plan_device *b)
{
	return (a->mode & S_IFMT) == (b->mode & S_IFMT) && a->major == b->major &&
	       a->minor == b->minor;
}

static int default_at(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(defaults); i++)
		if (str_eq(defaults[i].path, path))
			return (int)i;
	return -1;
}

static int build_one(const struct spec_device *s, size_t i, struct plan *p, struct plan_device *d,
		     struct err *e)
{
	mode_t type = 0;
	int r = type_of(s, i, &type, e);

	if (r == 0 && type != S_IFIFO)
		r = number(&s->major, MAJOR_MAX, i, "major", &d->major, e);
	if (r == 0 && type != S_IFIFO)
		r = number(&s->minor, MINOR_MAX, i, "minor", &d->minor, e);
	if (r < 0)
		return r;

	d->path = path_clean(&p->arena, s->path);
	if (str_eq(d->path, "/") || str_eq(d->path, "/dev"))
		return err_set_kind(e, ERR_CONFIG, EINVAL,
				    "linux.devices[%zu].path: \"%s\" cannot be a device", i,
				    s->path);
	/* Some clients give the st_mode of stat(2), with the type in it. */
	d->mode = type | (s->file_mode.set ? s->file_mode.v & 07777 : 0666);
	d->uid = s->uid.set ? s->uid.v : 0;
	d->gid = s->gid.set ? s->gid.v : 0;

	int known = default_at(d->path);
	d->is_default = known >= 0 && same_node(d, &defaults[known]);
	return 0;
}

static int compare_paths(const void *a, const void *b)
{
	const struct plan_device *const *x = a, *const *y = b;
	int c = strcmp((*x)->path, (*y)->path);

	return c ? c : (*x > *y) - (*x < *y);
}

/* Of several with one path the first stands, as it would with mknod(2). Dropped: path NULL. */
static void drop_repeated(struct plan *p, struct plan_device *list, size_t n)
{
	autofree struct plan_device **sorted = mem_new(n + 1, sizeof(struct plan_device *));
	struct plan_device *first = NULL;

	for (size_t i = 0; i < n; i++)
		sorted[i] = &list[i];
	qsort(sorted, n, sizeof(*sorted), compare_paths);
	for (size_t i = 0; i < n; i++) {
		if (!first || !str_eq(first->path, sorted[i]->path)) {
			first = sorted[i];
			continue;
		}
		if (!same_node(first, sorted[i]))
			plan_warn(p, "linux.devices: %s is given twice; the first is made",
				  first->path);
		sorted[i]->path = NULL;
	}
}

int plan_devices(const struct plan_input *in, struct plan *p, struct err *e)
{
	const struct spec_linux *l = in->spec->linux_;
	autofree struct plan_device *own = mem_new(l->n_devices + 1, sizeof(*own));
	struct plan_device *all =
		arena_array(&p->arena, ARRAY_SIZE(defaults) + l->n_devices, struct plan_device);
	size_t n = ARRAY_SIZE(defaults);

	for (size_t i = 0; i < l->n_devices; i++) {
		int r = build_one(&l->devices[i], i, p, &own[i], e);

		if (r < 0)
			return r;
	}
	drop_repeated(p, own, l->n_devices);
	for (size_t i = 0; i < n; i++)
		all[i] = defaults[i];
	for (size_t i = 0; i < l->n_devices; i++) {
		/* /dev/ptmx is always a link to the container's own pts/ptmx. */
		if (!own[i].path || str_eq(own[i].path, "/dev/ptmx"))
			continue;
		int at = default_at(own[i].path);
		all[at >= 0 ? (size_t)at : n++] = own[i];
	}
	p->devices = all;
	p->n_devices = n;
	return 0;
}
