/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/mount.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "plan/annotations.h"
#include "plan/parts.h"

static const struct {
	const char *name;
	unsigned long flags;
} propagations[] = {
	{ "private", MS_PRIVATE },	 { "rprivate", MS_PRIVATE | MS_REC },
	{ "shared", MS_SHARED },	 { "rshared", MS_SHARED | MS_REC },
	{ "slave", MS_SLAVE },		 { "rslave", MS_SLAVE | MS_REC },
	{ "unbindable", MS_UNBINDABLE }, { "runbindable", MS_UNBINDABLE | MS_REC },
};

static int root_propagation(const struct plan_input *in, struct plan *p, struct err *e)
{
	const char *name = given(in->spec->linux_->rootfs_propagation);

	if (!name)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(propagations); i++)
		if (str_eq(propagations[i].name, name)) {
			p->root_propagation = propagations[i].flags;
			return 0;
		}
	return err_set_kind(e, ERR_CONFIG, EINVAL, "linux.rootfsPropagation: \"%s\" is not known",
			    name);
}

/* Hiding paths in a mount namespace that is not the container's would hide them from the host. */
static int hidden_paths(const struct plan_input *in, struct plan *p, struct err *e)
{
	const struct spec_linux *l = in->spec->linux_;

	if ((l->masked_paths.n || l->readonly_paths.n) && !p->ns[NS_MOUNT].wanted)
		return err_set_kind(
			e, ERR_CONFIG, EINVAL,
			"linux.%s: unable to restrict sys entries without a private MNT namespace",
			l->masked_paths.n ? "maskedPaths" : "readonlyPaths");
	p->masked_paths = l->masked_paths;
	p->readonly_paths = l->readonly_paths;
	return 0;
}

/* SELinux: how new file systems in the container are labelled. */
static int label(const struct plan_input *in, struct plan *p, struct err *e)
{
	static const char key[] = ANNOTATION_MOUNT_CONTEXT;
	static const char *const types[] = { "context", "fscontext", "defcontext", "rootcontext" };
	const struct spec_string_map *notes = &in->spec->annotations;
	const char *type = types[0];

	p->mount_label = given(in->spec->linux_->mount_label);
	if (!p->mount_label)
		return 0;
	if (!in->facts->has_selinux)
		return err_set_kind(e, ERR_CONFIG, ENOTSUP,
				    "linux.mountLabel: selinux is not enabled in this kernel");
	for (size_t i = 0; i < notes->n; i++)
		if (str_eq(notes->v[i].key, key))
			type = notes->v[i].value;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (str_eq(type, types[i]))
			p->mount_context_type = types[i];
	if (!p->mount_context_type)
		return err_set_kind(e, ERR_CONFIG, EINVAL,
				    "annotations.%s: \"%s\" is none of context, fscontext, "
				    "defcontext and rootcontext",
				    key, type);
	return 0;
}

int plan_root(const struct plan_input *in, struct plan *p, struct err *e)
{
	if (!in->spec->root)
		return err_set_kind(e, ERR_CONFIG, EINVAL, "root: must be specified");

	if (!in->spec->root->path || !in->spec->root->path[0])
		return err_set_kind(e, ERR_CONFIG, EINVAL, "root.path: must not be empty");
	p->rootfs = path_join(&p->arena, in->request->bundle, in->spec->root->path);
	p->root_readonly = in->spec->root->readonly;
	int r = label(in, p, e);
	if (r == 0)
		r = root_propagation(in, p, e);
	return r < 0 ? r : hidden_paths(in, p, e);
}
