/* SPDX-License-Identifier: Apache-2.0 */
#include "check/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"

#define LINKS_MAX	    40	 /* as the kernel */
#define RESOLVED_MOUNTS_MAX 1000 /* those behind stand where they say */

void inside_file_done(struct inside_file *f)
{
	cleanup_close_p(&f->fd);
	f->fd = -1;
}

void inside_done(struct inside *in)
{
	cleanup_close_p(&in->root_fd);
	in->root_fd = -1;
}

/* --- which file system has it --------------------------------------------------------- */

static bool is_under(const char *path, const char *dir)
{
	const char *rest = str_eq(dir, "/") ? path : str_after(path, dir);

	return rest && (*rest == '\0' || *rest == '/');
}

/* The last mount among those that lie deepest: it covers the others. */
static const struct plan_mount *mount_of(const struct inside *in, const char *path,
					 const char **ret_rest)
{
	const struct plan_mount *found = NULL;
	size_t longest = 0;

	*ret_rest = path;
	for (size_t i = 0; i < in->n; i++) {
		const char *dest = in->destination[i];
		size_t n = str_eq(dest, "/") ? 0 : strlen(dest);

		if (in->plan->mounts[i].kind == MOUNT_KIND_REMOUNT || !is_under(path, dest) ||
		    (found && n < longest))
			continue;
		found = &in->plan->mounts[i];
		longest = n;
		*ret_rest = path + n;
	}
	return found;
}

static int open_bind(const struct plan_mount *m, const char *rest)
{
	if (m->copy_symlink)
		return -ENODATA;
	autoclose int source =
		open(m->source, O_PATH | O_CLOEXEC | (m->src_nofollow ? O_NOFOLLOW : 0));
	if (source < 0)
		return -errno;
	if (!*rest)
		return take_fd(&source);
	return path_open_in(source, rest, O_PATH | O_NOFOLLOW, 0);
}

/* A path whose directories are no symlinks. */
static int open_place(const struct inside *in, const char *path, const struct plan_mount **ret)
{
	const char *rest;
	const struct plan_mount *m = mount_of(in, path, &rest);

	*ret = m;
	if (!m || m->tmpcopyup)
		return path_open_in(in->root_fd, path, O_PATH | O_NOFOLLOW, 0);
	if (m->kind == MOUNT_KIND_BIND)
		return open_bind(m, rest);
	/* A new tmpfs is empty; what others hold is not known before they are mounted. */
	if (m->kind == MOUNT_KIND_FS && str_eq(m->fstype, "tmpfs") && *rest)
		return -ENOENT;
	return -ENODATA;
}

/* --- following ------------------------------------------------------------------------- */

struct walk {
	const struct inside *in;
	const char *at;	  /* how far we are: "" for the root */
	const char *rest; /* what is left */
	unsigned int links;
	struct inside_file *file; /* what is at .at */
};

static const char *parent_of(struct arena *a, const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? arena_strndup(a, path, (size_t)(slash - path)) : "";
}

static int follow(struct walk *w, int fd)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(fd, "", target, sizeof(target) - 1);

	if (n < 0)
		return -errno;
	if (++w->links > LINKS_MAX)
		return -ELOOP;
	target[n] = '\0';
	if (target[0] == '/')
		w->at = "";
	w->rest = arena_printf(w->in->arena, "%s/%s", target, w->rest);
	return 0;
}

/* Is something mounted there or below, so that what is not there yet is made? */
static bool will_be_made(const struct inside *in, const char *path)
{
	bool found = false;

	for (size_t i = 0; i < in->n && !found; i++)
		found = is_under(in->destination[i], path);
	return found;
}

/* One name of the path. */
static int step(struct walk *w, const char *name)
{
	struct arena *a = w->in->arena;
	const struct plan_mount *m;
	struct stat st;

	if (!*name || str_eq(name, "."))
		return 0;
	if (str_eq(name, "..")) {
		w->at = parent_of(a, w->at);
		return 0;
	}
	const char *path = arena_printf(a, "%s/%s", w->at, name);
	w->file->path = path;
	autoclose int fd = open_place(w->in, path, &m);
	if ((fd == -ENOENT || fd == -ENODATA) && *w->rest && will_be_made(w->in, path)) {
		w->at = path;
		return 0;
	}
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode))
		return follow(w, fd);
	w->at = path;
	inside_file_done(w->file);
	w->file->fd = take_fd(&fd);
	w->file->st = st;
	w->file->mount = m;
	if (!S_ISDIR(st.st_mode))
		return *w->rest ? -ENOTDIR : 0;
	if (*w->rest && !w->file->closed && !inside_may_execute(w->in->plan, w->file))
		w->file->closed = path;
	return 0;
}

/* "..", or nothing but slashes: the file is then not the one that was seen last. */
static int reopen(struct walk *w)
{
	const char *path = *w->at ? w->at : "/";

	if (w->file->fd >= 0 && w->file->path && str_eq(w->file->path, path))
		return 0;
	inside_file_done(w->file);
	w->file->path = path;
	w->file->fd = open_place(w->in, path, &w->file->mount);
	if (w->file->fd < 0)
		return w->file->fd;
	return fstat(w->file->fd, &w->file->st) < 0 ? -errno : 0;
}

int inside_find(const struct inside *in, const char *path, struct inside_file *ret)
{
	struct walk w = { in, "", path, 0, ret };
	int r = 0;

	*ret = (struct inside_file)INSIDE_FILE_INIT;
	while (r == 0 && *w.rest) {
		size_t n = strcspn(w.rest, "/");
		const char *name = arena_strndup(in->arena, w.rest, n);

		w.rest += n;
		w.rest += strspn(w.rest, "/");
		r = step(&w, name);
	}
	if (r == 0)
		r = reopen(&w);
	if (r < 0)
		inside_file_done(ret);
	return r;
}

/* Where a mount lands: through symlinks, as far as there is anything; the rest is made. */
static const char *resolve(const struct inside *in, const char *destination)
{
	struct inside_file f autodone(inside_file) = INSIDE_FILE_INIT;

	return inside_find(in, destination, &f) == 0 ? f.path : destination;
}

int inside_open(struct inside *in, const struct plan *plan, struct arena *a)
{
	*in = (struct inside){ .plan = plan, .arena = a };
	in->root_fd = open(plan->rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (in->root_fd < 0)
		return -errno;
	in->destination = arena_array(a, plan->n_mounts, const char *);
	for (size_t i = 0; i < plan->n_mounts; i++) {
		const char *to = plan->mounts[i].destination;

		in->destination[i] = i < RESOLVED_MOUNTS_MAX ? resolve(in, to) : to;
		in->n = i + 1;
	}
	return 0;
}

/* --- permission ------------------------------------------------------------------------- */

/* Of the host -> of the container; false: the container does not have it. */
static bool to_container(const struct plan *p, const struct plan_id_map *map, uint32_t id,
			 uint32_t *ret)
{
	*ret = id;
	if (!p->ns[NS_USER].wanted || p->ns[NS_USER].path)
		return true;
	for (size_t i = 0; i < map->n; i++) {
		if (id < map->v[i].host_id || id - map->v[i].host_id >= map->v[i].size)
			continue;
		*ret = map->v[i].container_id + (id - map->v[i].host_id);
		return true;
	}
	return false;
}

static bool has_group(const struct plan_process *q, uint32_t gid)
{
	bool found = q->gid == gid || q->keep_groups;

	for (size_t i = 0; i < q->n_groups && !found; i++)
		found = q->groups[i] == gid;
	return found;
}

bool inside_may_execute(const struct plan *plan, const struct inside_file *f)
{
	const struct plan_process *q = &plan->process;
	const uint64_t any = 1ULL << CAP_DAC_OVERRIDE, search = 1ULL << CAP_DAC_READ_SEARCH;
	bool is_dir = S_ISDIR(f->st.st_mode);
	uint32_t uid, gid;

	if (f->mount && f->mount->idmap != IDMAP_NONE)
		return (f->st.st_mode & 0111) || is_dir; /* whose it is then is not seen here */
	bool owned = to_container(plan, &plan->uid_map, f->st.st_uid, &uid);
	bool grouped = to_container(plan, &plan->gid_map, f->st.st_gid, &gid);
	if (owned && grouped && is_dir && (q->caps.effective & (any | search)))
		return true;
	if (owned && grouped && (q->caps.effective & any) && (f->st.st_mode & 0111))
		return true;
	if (owned && uid == q->uid)
		return f->st.st_mode & 0100;
	return grouped && has_group(q, gid) ? f->st.st_mode & 0010 : f->st.st_mode & 0001;
}
