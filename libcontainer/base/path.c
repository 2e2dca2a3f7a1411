/* SPDX-License-Identifier: Apache-2.0 */
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/retry.h"
#include "base/str.h"
#include "base/sys.h"

#define LINKS_MAX     40  /* as the kernel's MAXSYMLINKS */
#define OPENAT2_TRIES 128 /* EAGAIN: something below the root was renamed meanwhile */
#define RACES_MAX     128 /* a name that turned into something else between two calls */

char *path_clean(struct arena *a, const char *path)
{
	size_t size = strlen(path);
	char *out = arena_alloc(a, size + 2, 1);
	size_t len = 0;

	while (*path) {
		size_t n = strcspn(path, "/");

		if (n == 2 && path[0] == '.' && path[1] == '.') {
			while (len > 0 && out[--len] != '/')
				continue;
		} else if (n > 0 && !(n == 1 && path[0] == '.')) {
			out[len++] = '/';
			memcpy(out + len, path, n);
			len += n;
		}
		path += n + (path[n] == '/');
	}
	if (len == 0)
		out[len++] = '/';
	out[len] = '\0';
	return out;
}

char *path_join(struct arena *a, const char *dir, const char *path)
{
	if (path[0] == '/')
		return path_clean(a, path);
	return path_clean(a, arena_printf(a, "%s/%s", dir, path));
}

/* --- the walk in user space --------------------------------------------------------- */

/*
 * Goes down only, one name at a time, each opened O_PATH|O_NOFOLLOW below the descriptor of
 * the directory before. The kernel is never asked for "..": that walks the names gone
 * through so far again, less one, from the root.
 */
struct walk {
	int root_fd;	    /* borrowed */
	int fd;		    /* the directory reached; owned */
	struct strbuf done; /* its names from the root: "/a/b"; no symlink among them */
	char *todo;	    /* heap: what is left, with links expanded */
	const char *next;   /* into todo */
	unsigned int links, races;
	bool make; /* missing directories are made */
	mode_t dir_mode;
};

static void walk_done(struct walk *w)
{
	if (w->fd >= 0)
		(void)close(w->fd);
	strbuf_done(&w->done);
	free(w->todo);
}

static int fail(int code)
{
	errno = code;
	return -code;
}

static void replace_fd(int *fd, int with)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = with;
}

/* To the root, then down the names in w->done. A name that became a symlink is ENOTDIR. */
static int rewalk(struct walk *w)
{
	int fd = RETRY(openat(w->root_fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
	if (fd < 0)
		return -errno;
	replace_fd(&w->fd, fd);

	const char *p = strbuf_str(&w->done);
	while (*p == '/') {
		char name[NAME_MAX + 1] = "";
		size_t n = strcspn(++p, "/");

		memcpy(name, p, n);
		p += n;
		fd = RETRY(openat(w->fd, name, O_PATH | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC));
		if (fd < 0)
			return -errno;
		replace_fd(&w->fd, fd);
	}
	return 0;
}

static int walk_up(struct walk *w)
{
	char *cut = w->done.data ? strrchr(w->done.data, '/') : NULL;

	if (!cut)
		return 0;
	*cut = '\0';
	w->done.len = (size_t)(cut - w->done.data);
	return rewalk(w);
}

/*
 * Procfs has plain links in its root (self, mounts, net); those further down (exe, cwd, root,
 * fd/N, ns/X) jump to where their text does not lead, and RESOLVE_NO_MAGICLINKS refuses them.
 */
static bool is_magic_link(int dir_fd, int link_fd)
{
	struct statfs fs;
	struct stat st;

	if (fstatfs(link_fd, &fs) < 0 || fstat(dir_fd, &st) < 0)
		return true;
	return fs.f_type == PROC_SUPER_MAGIC && st.st_ino != PROC_ROOT_INODE;
}

/* Puts a link's target before what is left to walk. */
static int expand_link(struct walk *w, int link_fd)
{
	char target[PATH_MAX];

	if (++w->links > LINKS_MAX || is_magic_link(w->fd, link_fd))
		return fail(ELOOP);

	ssize_t n = readlinkat(link_fd, "", target, sizeof(target));
	if (n < 0)
		return -errno;
	if (n == 0)
		return fail(ENOENT);
	if ((size_t)n >= sizeof(target))
		return fail(ENAMETOOLONG);

	struct strbuf todo = STRBUF_INIT;
	strbuf_add(&todo, target, (size_t)n);
	strbuf_adds(&todo, w->next);
	free(w->todo);
	w->todo = todo.data;
	w->next = w->todo;
	if (target[0] != '/')
		return 0;
	strbuf_done(&w->done);
	return rewalk(w);
}

static int make_directory(int dir_fd, const char *name, mode_t mode)
{
	return mkdirat(dir_fd, name, mode) < 0 && errno != EEXIST ? -errno : 0;
}

/* Opens @name as it is, a directory being made first when it is missing and wanted. */
static int open_name(struct walk *w, const char *name, bool make, struct stat *st)
{
	for (;;) {
		int fd = RETRY(openat(w->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC));

		if (fd >= 0) {
			if (fstat(fd, st) == 0)
				return fd;
			int code = errno;
			(void)close(fd);
			return fail(code);
		}
		if (errno != ENOENT || !make)
			return -errno;
		if (++w->races > RACES_MAX)
			return fail(EAGAIN);

		int r = make_directory(w->fd, name, w->dir_mode);
		if (r < 0)
			return fail(-r);
	}
}

static int descend(struct walk *w, const char *name)
{
	struct stat st;

	if (str_eq(name, "."))
		return 0;
	if (str_eq(name, ".."))
		return walk_up(w);

	autoclose int fd = open_name(w, name, w->make, &st);
	if (fd < 0)
		return fd;
	if (S_ISLNK(st.st_mode))
		return expand_link(w, fd);
	if (!S_ISDIR(st.st_mode))
		return fail(ENOTDIR);
	strbuf_adds(&w->done, "/");
	strbuf_adds(&w->done, name);
	replace_fd(&w->fd, take_fd(&fd));
	return 0;
}

/* Takes the next name. Return: 1, 0 at the end (or "name/", "."), or negative errno. */
static int next_name(struct walk *w, char name[NAME_MAX + 1], bool *ret_last)
{
	w->next += strspn(w->next, "/");

	size_t n = strcspn(w->next, "/");
	if (n == 0)
		return 0;
	if (n > NAME_MAX)
		return fail(ENAMETOOLONG);
	memcpy(name, w->next, n);
	name[n] = '\0';
	w->next += n;
	*ret_last = *w->next == '\0' && !str_eq(name, ".") && !str_eq(name, "..");
	return 1;
}

/*
 * The last name. Return: 1 when it was a link, whose target is now to be walked; 0 with
 * *@ret_fd; or negative errno.
 */
static int open_last(struct walk *w, const char *name, int flags, mode_t mode, int *ret_fd)
{
	bool keep_link = (flags & O_NOFOLLOW) || ((flags & O_CREAT) && (flags & O_EXCL));
	struct stat st;

	for (;;) {
		autoclose int fd = keep_link ? -1 : open_name(w, name, false, &st);

		if (fd >= 0 && S_ISLNK(st.st_mode))
			return expand_link(w, fd) < 0 ? -errno : 1;
		if (fd < 0 && !keep_link && (errno != ENOENT || !(flags & O_CREAT)))
			return -errno;

		*ret_fd = RETRY(openat(w->fd, name, flags | O_NOFOLLOW | O_CLOEXEC, mode));
		/* With O_PATH a link that came in between is opened as such: refuse it. */
		if (*ret_fd >= 0 && !keep_link && fstat(*ret_fd, &st) == 0 && S_ISLNK(st.st_mode)) {
			(void)close(*ret_fd);
			errno = ELOOP;
		} else if (*ret_fd >= 0) {
			return 0;
		}
		if (errno != ELOOP || keep_link || ++w->races > RACES_MAX)
			return -errno;
	}
}

static int walk_start(struct walk *w, int root_fd, const char *path)
{
	w->root_fd = root_fd;
	w->todo = mem_strdup(path);
	w->next = w->todo;
	return *path ? rewalk(w) : fail(ENOENT);
}

static int open_here(int fd, int flags, mode_t mode)
{
	int r = RETRY(openat(fd, ".", flags | O_CLOEXEC, mode));

	return r < 0 ? -errno : r;
}

static int walk_open(int root_fd, const char *path, int flags, mode_t mode)
{
	autodone(walk) struct walk w = { .fd = -1 };
	char name[NAME_MAX + 1];
	bool last;

	int r = walk_start(&w, root_fd, path);
	while (r >= 0) {
		int fd = -1;

		r = next_name(&w, name, &last);
		if (r < 0)
			break;
		if (r == 0)
			return open_here(w.fd, flags, mode);
		if (!last) {
			r = descend(&w, name);
			continue;
		}
		r = open_last(&w, name, flags, mode, &fd);
		if (r == 0)
			return fd;
	}
	return fail(-r);
}

int path_open_in(int root_fd, const char *path, int flags, mode_t mode)
{
	bool creates = (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;
	struct open_how how = {
		.flags = (uint64_t)(unsigned int)(flags | O_CLOEXEC),
		.mode = creates ? mode & 07777 : 0,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};

	for (int i = 0; i < OPENAT2_TRIES; i++) {
		int fd = RETRY(sys_openat2(root_fd, path, &how, sizeof(how)));

		if (fd >= 0)
			return fd;
		if (errno != EAGAIN && errno != EINTR)
			break;
	}
	/* EAGAIN to the end: a racing rename cannot disturb the walk, which asks for no "..". */
	if (errno != ENOSYS && errno != EPERM && errno != EAGAIN)
		return -errno;
	return walk_open(root_fd, path, flags, mode);
}

/* Mostly only the last directory is missing. -ENOENT: more is, or it is not so simple. */
static int mkdir_last(int root_fd, const char *path, mode_t mode)
{
	const char *slash = strrchr(path, '/');
	char parent[PATH_MAX];

	if (!slash || strlen(path) >= sizeof(parent) || !slash[1] || str_eq(slash + 1, ".") ||
	    str_eq(slash + 1, ".."))
		return -ENOENT;
	memcpy(parent, path, (size_t)(slash - path) + 1);
	parent[slash - path + 1] = '\0';
	autoclose int dir = path_open_in(root_fd, parent, O_PATH | O_DIRECTORY, 0);
	if (dir < 0)
		return -ENOENT;

	if (mkdirat(dir, slash + 1, mode) < 0)
		return -ENOENT; /* a dangling link, or a race: the walk sees to it */
	int fd = RETRY(openat(dir, slash + 1, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
	return fd < 0 ? -ENOENT : fd;
}

static int mkdirs_by_walk(int root_fd, const char *path, mode_t mode)
{
	autodone(walk) struct walk w = { .fd = -1, .make = true, .dir_mode = mode };
	char name[NAME_MAX + 1];
	bool last;

	int r = walk_start(&w, root_fd, path);
	while (r >= 0) {
		r = next_name(&w, name, &last);
		if (r == 0)
			return take_fd(&w.fd);
		if (r > 0)
			r = descend(&w, name);
	}
	return fail(-r);
}

int path_mkmissing_in(int root_fd, const char *path, mode_t mode)
{
	int fd = mkdir_last(root_fd, path, mode);

	return fd == -ENOENT ? mkdirs_by_walk(root_fd, path, mode) : fd;
}

int path_mkdirs_in(int root_fd, const char *path, mode_t mode)
{
	int fd = path_open_in(root_fd, path, O_PATH | O_DIRECTORY, 0);

	return fd == -ENOENT ? path_mkmissing_in(root_fd, path, mode) : fd;
}

/*
 * The last name of a file that is wanted. Return: 1 when there is more to do (a link was
 * expanded, or the file was just made and is now to be opened), 0 with *@ret_fd.
 */
static int make_last(struct walk *w, const char *name, mode_t mode, int *ret_fd)
{
	for (; w->races <= RACES_MAX; w->races++) {
		struct stat st;
		autoclose int fd = open_name(w, name, false, &st);

		if (fd >= 0 && S_ISLNK(st.st_mode))
			return expand_link(w, fd) < 0 ? -errno : 1;
		if (fd >= 0 && S_ISDIR(st.st_mode))
			return fail(EISDIR);
		if (fd >= 0) {
			*ret_fd = take_fd(&fd);
			return 0;
		}
		if (errno != ENOENT)
			return -errno;

		autoclose int made = RETRY(openat(
			w->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
		if (made < 0 && errno != EEXIST)
			return -errno;
	}
	return fail(EAGAIN);
}

int path_mkfile_in(int root_fd, const char *path, mode_t mode, mode_t dir_mode)
{
	autodone(walk) struct walk w = { .fd = -1, .make = true, .dir_mode = dir_mode };
	char name[NAME_MAX + 1];
	bool last;

	int r = walk_start(&w, root_fd, path);
	while (r >= 0) {
		int fd = -1;

		r = next_name(&w, name, &last);
		if (r == 0)
			return fail(EISDIR);
		if (r < 0)
			break;
		if (!last) {
			r = descend(&w, name);
			continue;
		}
		r = make_last(&w, name, mode, &fd);
		if (r == 0)
			return fd;
	}
	return fail(-r);
}
