/* SPDX-License-Identifier: Apache-2.0 */
/* linux.devices: are they there, and may the container use them? */
#include <errno.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cgroups/cgroup.h"
#include "check/bundle.h"

static char type_of(const struct plan_device *d)
{
	return S_ISBLK(d->mode) ? 'b' : 'c';
}

/* In a user namespace nobody can make a device: the host's is bound. */
static bool host_has(const struct bundle *b, const struct check_area *to,
		     const struct plan_device *d)
{
	struct stat st;

	if (!b->plan->ns[NS_USER].wanted)
		return true;
	if (stat(d->path, &st) < 0)
		check_failure(to, "host", "make it there with mknod(1), or leave it out",
			      "%s: %s; in a user namespace the host's is bound", d->path,
			      errno_text(errno));
	else if ((st.st_mode & S_IFMT) != (d->mode & S_IFMT) || major(st.st_rdev) != d->major ||
		 minor(st.st_rdev) != d->minor)
		check_failure(to, "host", "give the numbers that it has there",
			      "the host's %s is not %c %u:%u; in a user namespace it is bound",
			      d->path, type_of(d), d->major, d->minor);
	else
		return true;
	return false;
}

static bool has_driver(const struct bundle *b, const struct check_area *to,
		       const struct plan_device *d)
{
	const char *path = arena_printf(&b->report->arena, "/sys/dev/%s/%u:%u",
					S_ISBLK(d->mode) ? "block" : "char", d->major, d->minor);

	if (access(path, F_OK) == 0 || access("/sys/dev", F_OK) < 0)
		return true;
	check_warning(to, "driver", "load its module, or give the numbers that it has here",
		      "%s: this host has no device %c %u:%u: opening it will fail", d->path,
		      type_of(d), d->major, d->minor);
	return false;
}

static bool may_use(const struct bundle *b, const struct check_area *to,
		    const struct plan_device *d)
{
	const struct plan_cgroup *cg = &b->plan->cgroup;
	const struct spec_resources *res = b->spec->linux_->resources;

	if (!cg->enabled || cg->rootless || cg->in_userns ||
	    cgroup_allows_device(res, type_of(d), d->major, d->minor))
		return true;
	check_warning(to, "denied",
		      "add {\"allow\": true, \"type\": ..., \"major\": ..., \"minor\": ..., "
		      "\"access\": \"rwm\"} to linux.resources.devices",
		      "%s: linux.resources.devices lets nobody read %c %u:%u", d->path, type_of(d),
		      d->major, d->minor);
	return false;
}

void bundle_devices(const struct bundle *b)
{
	const struct check_area to = { b->report, "devices" };
	const struct plan *p = b->plan;
	size_t asked = 0, sound = 0;

	for (size_t i = 0; i < p->n_devices; i++) {
		const struct plan_device *d = &p->devices[i];

		if (d->is_default || (!S_ISCHR(d->mode) && !S_ISBLK(d->mode)))
			continue;
		asked++;
		if (host_has(b, &to, d) && has_driver(b, &to, d) && may_use(b, &to, d))
			sound++;
	}
	if (asked && asked == sound)
		check_pass(&to, "devices", "%zu of linux.devices are there and may be used", asked);
}
