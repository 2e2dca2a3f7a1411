/* SPDX-License-Identifier: Apache-2.0 */
#include "state/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/sys.h"
#include "base/cleanup.h"
#include "base/mem.h"
#include "base/retry.h"
#include "state/state.h"

#define NEW_PREFIX     ".new-"
#define DEAD_PREFIX    ".dead-"
#define LOCK_PAUSE_MS  5
#define TREE_DEPTH_MAX 8

static int make_parents(const char *root)
{
	autofree char *path = mem_strdup(root);

	for (char *slash = path + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		if (mkdir(path, 0711) < 0 && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	if (mkdir(path, 0700) < 0)
		return errno == EEXIST ? 0 : -errno;
	return chmod(path, 0700) < 0 ? -errno : 0; /* whatever the umask says */
}

int store_open(const char *root, bool create, struct err *e)
{
	int fd = RETRY(open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC));

	if (fd < 0 && errno == ENOENT && create) {
		if (make_parents(root) < 0)
			return err_errno(e, "mkdir %s", root);
		fd = RETRY(open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	}
	if (fd < 0)
		return err_errno(e, "open %s", root);
	return fd;
}

/* A name that no other process makes: prefix, id, pid, and a number. */
static int temporary_name(char *ret, const char *prefix, const char *id, unsigned int try)
{
	int n = snprintf(ret, STORE_NAME_MAX, "%s%.200s-%ld-%u", prefix, id, (long)getpid(), try);

	return n < 0 || n >= STORE_NAME_MAX ? -ENAMETOOLONG : 0;
}

int store_new(int root_fd, const char *id, char *ret_name, struct err *e)
{
	for (unsigned int try = 0; try < 100; try++) {
		if (temporary_name(ret_name, NEW_PREFIX, id, try) < 0)
			return err_set(e, ENAMETOOLONG, "mkdir for %s: name too long", id);
		if (mkdirat(root_fd, ret_name, 0700) < 0) {
			if (errno == EEXIST)
				continue;
			return err_errno(e, "mkdir %s in the state root", ret_name);
		}
		autoclose int fd = RETRY(
			openat(root_fd, ret_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
		if (fd >= 0 && RETRY(flock(fd, LOCK_EX | LOCK_NB)) == 0)
			return take_fd(&fd);
		int r = err_errno(e, "open %s in the state root", ret_name);
		(void)unlinkat(root_fd, ret_name, AT_REMOVEDIR);
		if (r != -ENOENT && r != -EWOULDBLOCK) /* else: swept between mkdir and lock */
			return r;
	}
	return err_set(e, EEXIST, "mkdir %s in the state root: too many tries", ret_name);
}

int store_publish(int root_fd, const char *name, const char *id, struct err *e)
{
	if (sys_renameat2(root_fd, name, root_fd, id, RENAME_NOREPLACE) == 0) {
		if (fsync(root_fd) < 0)
			return err_errno(e, "fsync the state root");
		return 0;
	}
	if (errno == EEXIST || errno == ENOTEMPTY)
		return err_set_kind(e, ERR_EXISTS, EEXIST,
				    "container with given ID already exists");
	return err_errno(e, "rename %s to %s in the state root", name, id);
}

static int does_not_exist(struct err *e)
{
	return err_set_kind(e, ERR_NO_CONTAINER, ENOENT, "container does not exist");
}

int store_find(int root_fd, const char *id, struct err *e)
{
	int fd = RETRY(openat(root_fd, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));

	if (fd >= 0)
		return fd;
	if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)
		return does_not_exist(e);
	return err_errno(e, "open %s in the state root", id);
}

/* Removed, or removed and made anew, while we waited for the lock? 1: it is still the same; 0; -errno. */
static int is_still(int root_fd, int dir_fd, const char *id)
{
	struct stat held, named;

	if (fstat(dir_fd, &held) < 0)
		return -errno;
	if (fstatat(root_fd, id, &named, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	return held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

int store_lock(int root_fd, int dir_fd, const char *id, int timeout_ms, struct err *e)
{
	const struct timespec pause = { .tv_nsec = LOCK_PAUSE_MS * 1000000L };

	for (int waited = 0; RETRY(flock(dir_fd, LOCK_EX | LOCK_NB)) < 0; waited += LOCK_PAUSE_MS) {
		if (errno != EWOULDBLOCK)
			return err_errno(e, "lock the state of %s", id);
		if (waited >= timeout_ms)
			return err_set(e, EBUSY, "another command works on container %s", id);
		(void)nanosleep(&pause, NULL);
	}
	int r = is_still(root_fd, dir_fd, id);
	if (r < 0)
		return err_set(e, -r, "stat %s in the state root: %s", id, errno_text(-r));
	return r ? 0 : does_not_exist(e);
}

/* --- removal ------------------------------------------------------------------------ */

static int remove_tree(int dir_fd, unsigned int depth);

static int remove_entry(int dir_fd, const char *name, unsigned int depth)
{
	if (unlinkat(dir_fd, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -errno;

	autoclose int fd =
		RETRY(openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	int r = remove_tree(fd, depth + 1);
	if (r < 0)
		return r;
	return unlinkat(dir_fd, name, AT_REMOVEDIR) < 0 && errno != ENOENT ? -errno : 0;
}

static bool is_dot(const char *name)
{
	return str_eq(name, ".") || str_eq(name, "..");
}

static DIR *list_dir(int dir_fd)
{
	int fd = RETRY(openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (!d && fd >= 0)
		(void)close(fd);
	return d;
}

/* Only descriptors, so that nothing outside can be reached. readdir(3) would ask four things more. */
static int remove_tree(int dir_fd, unsigned int depth)
{
	_Alignas(struct sys_dirent) char list[2048];
	int n, r = 0;

	if (depth > TREE_DEPTH_MAX)
		return -ELOOP;
	if (lseek(dir_fd, 0, SEEK_SET) < 0)
		return -errno;
	while (r == 0 && (n = sys_getdents(dir_fd, list, sizeof(list))) > 0)
		for (int at = 0; r == 0 && at < n;) {
			const struct sys_dirent *entry = (const void *)(list + at);

			if (!is_dot(entry->name))
				r = remove_entry(dir_fd, entry->name, depth);
			at += entry->length;
		}
	return r == 0 && n < 0 ? -errno : r;
}

/* What every container has, by name; that nothing else is there shows when the directory goes. */
static bool remove_usual(int root_fd, int dir_fd, const char *name)
{
	/* The third is seccomp/'s, which is no layer of ours. */
	static const char *const usual[] = { STATE_FILE, STATE_RECOVERY, "seccomp.bpf",
					     STATE_CONFIG };

	for (size_t i = 0; i < ARRAY_SIZE(usual); i++)
		if (unlinkat(dir_fd, usual[i], 0) < 0 && errno != ENOENT)
			return false;
	return unlinkat(root_fd, name, AT_REMOVEDIR) == 0;
}

static int remove_dir(int root_fd, int dir_fd, const char *name, struct err *e)
{
	if (remove_usual(root_fd, dir_fd, name))
		return 0;
	int r = remove_tree(dir_fd, 0);

	if (r == 0 && unlinkat(root_fd, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		r = -errno;
	if (r < 0)
		return err_set(e, -r, "remove %s from the state root: %s", name, errno_text(-r));
	return 0;
}

int store_remove(int root_fd, int dir_fd, const char *name, struct err *e)
{
	char dead[STORE_NAME_MAX];

	for (unsigned int try = 0;; try++) {
		if (temporary_name(dead, DEAD_PREFIX, name, try) < 0)
			return err_set(e, ENAMETOOLONG, "remove %s: name too long", name);
		if (sys_renameat2(root_fd, name, root_fd, dead, RENAME_NOREPLACE) == 0)
			break;
		if (errno == ENOENT)
			return 0;
		if (errno != EEXIST || try > 100)
			return err_errno(e, "rename %s in the state root", name);
	}
	return remove_dir(root_fd, dir_fd, dead, e);
}

static void sweep_one(int root_fd, const char *name)
{
	struct err ignored;

	autoclose int fd =
		RETRY(openat(root_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
	if (fd < 0 || RETRY(flock(fd, LOCK_EX | LOCK_NB)) < 0)
		return; /* somebody is at work on it */
	if (is_still(root_fd, fd, name) <= 0)
		return; /* it got its id between our open and our lock */
	if (remove_dir(root_fd, fd, name, &ignored) < 0)
		return; /* the next sweep tries again */
}

static bool is_left_over(const char *name)
{
	return str_after(name, NEW_PREFIX) || str_after(name, DEAD_PREFIX);
}

void store_sweep(int root_fd)
{
	DIR *d = list_dir(root_fd);

	if (!d)
		return;
	for (struct dirent *entry; (entry = readdir(d));)
		if (is_left_over(entry->d_name))
			sweep_one(root_fd, entry->d_name);
	(void)closedir(d);
}

/* --- listing ------------------------------------------------------------------------ */

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names found so far. */
struct names {
	char **v;
	size_t n, room;
};

static void names_done(struct names *l)
{
	while (l->n > 0)
		free(l->v[--l->n]);
	free(l->v);
}

static void note_entry(int root_fd, const struct sys_dirent *entry, struct names *ret)
{
	if (is_left_over(entry->name)) {
		sweep_one(root_fd, entry->name);
		return;
	}
	if (entry->name[0] == '.' || (entry->type != DT_DIR && entry->type != DT_UNKNOWN))
		return;
	if (ret->n == ret->room) {
		ret->room = ret->room ? ret->room * 2 : 16;
		ret->v = mem_grow(ret->v, ret->room, sizeof(*ret->v));
	}
	ret->v[ret->n++] = mem_strdup(entry->name);
}

int store_ids(int root_fd, char ***ret, size_t *n, struct err *e)
{
	_Alignas(struct sys_dirent) char list[2048];
	struct names found autodone(names) = { 0 };
	int got;

	if (lseek(root_fd, 0, SEEK_SET) < 0)
		return err_errno(e, "list the state root");
	while ((got = sys_getdents(root_fd, list, sizeof(list))) > 0)
		for (int at = 0; at < got;) {
			const struct sys_dirent *entry = (const void *)(list + at);

			note_entry(root_fd, entry, &found);
			at += entry->length;
		}
	if (got < 0)
		return err_errno(e, "list the state root");
	if (found.n > 0)
		qsort(found.v, found.n, sizeof(*found.v), by_name);
	*ret = found.v;
	*n = found.n;
	found = (struct names){ 0 };
	return 0;
}
