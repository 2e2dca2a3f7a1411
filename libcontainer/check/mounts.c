/* SPDX-License-Identifier: Apache-2.0 */
/* Sources of mounts: are they there, do they fit what they cover, can they be id-mapped? */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/sys.h"
#include "check/bundle.h"
#include "init/idmap.h"
#include "plan/parts.h"

#define FILESYSTEMS_MAX 8192

/* What one mount is judged by. */
struct mounts {
	const struct bundle *b;
	struct check_area to;
	const char *known; /* text of /proc/filesystems; NULL: not readable */
	size_t bad;
};

static void wrong(struct mounts *s, const struct plan_mount *m, const char *name,
		  const char *advice, const char *text)
{
	s->bad++;
	check_failure(&s->to, name, advice, "mounts[%zu] at %s: %s", m->index, m->destination,
		      text);
}

/* "nodev\ttmpfs\n" or "\text4\n". */
static bool is_known(const char *known, const char *type)
{
	size_t n = strlen(type);

	for (const char *at = known; (at = strstr(at, type)); at += n)
		if (at > known && at[-1] == '\t' && at[n] == '\n')
			return true;
	return false;
}

static void check_type(struct mounts *s, const struct plan_mount *m)
{
	size_t family = strcspn(m->fstype, "."); /* "fuse.sshfs" */

	if (!s->known || is_known(s->known, arena_strndup(&s->b->report->arena, m->fstype, family)))
		return;
	s->bad++;
	check_warning(&s->to, "file_system", "load its module, or correct the type",
		      "mounts[%zu] at %s: this kernel does not know the file system %s yet",
		      m->index, m->destination, m->fstype);
}

static void check_userns(struct mounts *s, const struct plan_mount *m)
{
	const struct plan_ns *ns = s->b->plan->ns;
	bool own_ipc = ns[NS_IPC].wanted && !ns[NS_IPC].path;
	bool own_pid = ns[NS_PID].wanted && !ns[NS_PID].path;

	if (!ns[NS_USER].wanted || ns[NS_USER].path)
		return;
	const char *unmapped = plan_unmapped_option(s->b->plan, m);
	if (unmapped)
		wrong(s, m, "id", "map it, or leave the option out",
		      arena_printf(&s->b->report->arena, "%s is not mapped in the user namespace",
				   unmapped));
	if (str_eq(m->fstype, "mqueue") && !own_ipc)
		wrong(s, m, "mqueue", "add one to linux.namespaces, or bind /dev/mqueue",
		      "mqueue in a user namespace needs an ipc namespace of its own");
	if (str_eq(m->fstype, "proc") && !own_pid)
		wrong(s, m, "proc", "add one to linux.namespaces, or bind /proc",
		      "proc in a user namespace needs a pid namespace of its own");
}

/* --- bind mounts -------------------------------------------------------------------------- */

/* On a copy of the mount that nobody sees, and that goes with its descriptor. */
static int try_idmap(const struct plan_mount *m, int userns)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP,
				   .userns_fd = (uint64_t)(unsigned int)userns };
	autoclose int tree =
		sys_open_tree(AT_FDCWD, m->source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (tree < 0)
		return -errno;
	return sys_mount_setattr(tree, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0 ? -errno : 0;
}

static void check_idmap(struct mounts *s, const struct plan_mount *m)
{
	static const struct spec_id_mapping any = { 0, 1000, 1 };
	const struct plan_id_map map = { &any, 1 };
	struct arena *a = &s->b->report->arena;
	struct err e;

	if (m->idmap == IDMAP_NONE)
		return;
	autoclose int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	autoclose int userns = idmap_make_userns(proc, &map, &map, &e);
	if (userns < 0) {
		wrong(s, m, "idmap", "only root can map the ids of a mount", e.text);
		return;
	}
	int r = try_idmap(m, userns);
	if (r == -EINVAL)
		wrong(s, m, "idmap",
		      "give the files to the container's users, or keep them on ext4, xfs, btrfs or tmpfs",
		      arena_printf(a, "the file system of %s has no id-mapped mounts", m->source));
	else if (r < 0)
		wrong(s, m, "idmap", r == -EPERM ? "only root can map the ids of a mount" : NULL,
		      arena_printf(a, "%s cannot be id-mapped: %s", m->source, errno_text(-r)));
}

static bool is_in_root(const struct plan *p, const char *path)
{
	const char *rest = str_after(path, p->rootfs);

	return rest && (*rest == '\0' || *rest == '/');
}

static void no_source(struct mounts *s, const struct plan_mount *m, int code)
{
	const char *text =
		arena_printf(&s->b->report->arena, "source %s: %s", m->source, errno_text(code));

	if (is_in_root(s->b->plan, m->source) || bundle_has_hooks(s->b->spec)) {
		s->bad++;
		check_warning(&s->to, "source", "unless a mount before it or a hook makes it",
			      "mounts[%zu] at %s: %s", m->index, m->destination, text);
	} else {
		wrong(s, m, "source",
		      code == EACCES ? "every directory above it must let this user in"
				     : "the runtime makes no sources: make it, or correct the path",
		      text);
	}
}

/* By what the root file system has there; where it has nothing, a fitting one is made. */
static void check_fit(struct mounts *s, const struct plan_mount *m, const struct stat *source)
{
	struct stat st;
	autoclose int fd = path_open_in(s->b->in.root_fd, m->destination, O_PATH, 0);

	if (fd < 0 || fstat(fd, &st) < 0 || S_ISDIR(st.st_mode) == S_ISDIR(source->st_mode))
		return;
	wrong(s, m, "kind", "mount files on files, directories on directories",
	      S_ISDIR(st.st_mode) ? "a file cannot be mounted on a directory"
				  : "a directory cannot be mounted on a file");
}

static void check_bind(struct mounts *s, const struct plan_mount *m)
{
	struct stat st;
	int flags = O_PATH | O_CLOEXEC | (m->src_nofollow || m->copy_symlink ? O_NOFOLLOW : 0);

	autoclose int fd = open(m->source, flags);
	if (fd < 0 || fstat(fd, &st) < 0) {
		no_source(s, m, errno);
		return;
	}
	if (!m->copy_symlink)
		check_fit(s, m, &st);
	check_idmap(s, m);
}

void bundle_mounts(const struct bundle *b)
{
	struct mounts s = { b, { b->report, "mounts" }, NULL, 0 };
	struct err ignored;
	char text[FILESYSTEMS_MAX] = "";

	if (file_read_once_at(AT_FDCWD, "/proc/filesystems", text, sizeof(text), &ignored) > 0)
		s.known = text;
	for (size_t i = 0; i < b->plan->n_mounts; i++) {
		const struct plan_mount *m = &b->plan->mounts[i];

		if (m->kind == MOUNT_KIND_BIND) {
			check_bind(&s, m);
		} else if (m->kind == MOUNT_KIND_FS) {
			check_type(&s, m);
			check_userns(&s, m);
		}
	}
	if (!s.bad)
		check_pass(&s.to, "sources", "%zu mounts can be made", b->plan->n_mounts);
}
