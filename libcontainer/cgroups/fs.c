/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/fs.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/retry.h"

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/* Podman leaves plain directories named like controllers; nothing may be made in those. */
static int verify(int fd, const struct plan_cgroup_dir *dir, const char *path, struct err *e)
{
	struct statfs st;

	if (fstatfs(fd, &st) < 0)
		return err_errno(e, "statfs %s", path);
	if (st.f_type != (dir->is_v2 ? CGROUP2_SUPER_MAGIC : CGROUP_SUPER_MAGIC))
		return err_set(e, EINVAL, "%s is not in a cgroup%s file system", path,
			       dir->is_v2 ? "2" : "");
	return 0;
}

static int open_verified(const struct plan_cgroup_dir *dir, const char *path, struct err *e)
{
	autoclose int fd = RETRY(open(path, DIR_FLAGS));

	if (fd < 0)
		return err_errno(e, "open %s", path);
	int r = verify(fd, dir, path, e);
	return r < 0 ? r : take_fd(&fd);
}

int cg_open(const struct plan_cgroup_dir *dir, struct err *e)
{
	return open_verified(dir, dir->path, e);
}

int cg_open_parent(const struct plan_cgroup_dir *dir, const char **name, struct err *e)
{
	const char *slash = strrchr(dir->path, '/');
	autofree char *parent = mem_strdup(dir->path);

	parent[slash - dir->path] = '\0';
	*name = slash + 1;
	return open_verified(dir, parent, e);
}

/* Opens or makes one directory. */
static int make_one(int parent_fd, const char *name, bool is_last, bool *made)
{
	*made = false;
	if (!is_last) { /* mostly there already */
		int fd = RETRY(openat(parent_fd, name, DIR_FLAGS));
		if (fd >= 0 || errno != ENOENT)
			return fd < 0 ? -errno : fd;
	}
	if (mkdirat(parent_fd, name, 0755) == 0)
		*made = true;
	else if (errno != EEXIST)
		return -errno;
	int fd = RETRY(openat(parent_fd, name, DIR_FLAGS));
	return fd < 0 ? -errno : fd;
}

/* One step down: @fd becomes the directory @name in it, @at its path. */
static int descend(int *fd, const char *name, bool is_last, const struct cg_maker *m,
		   struct strbuf *at, bool *made, struct err *e)
{
	int r = 0;

	if (m->above)
		r = m->above(m->arg, *fd, strbuf_str(at), e);
	if (r < 0)
		return r;
	strbuf_addf(at, "/%s", name);
	autoclose int next = make_one(*fd, name, is_last, made);
	if (next < 0) {
		errno = -next;
		return err_errno(e, "mkdir %s", strbuf_str(at));
	}
	if (m->each)
		r = m->each(*fd, next, strbuf_str(at), e);
	if (r < 0)
		return r;
	(void)close(*fd);
	*fd = take_fd(&next);
	return 0;
}

int cg_make(const struct plan_cgroup_dir *dir, const struct cg_maker *m, bool *made, struct err *e)
{
	autodone(strbuf) struct strbuf at = STRBUF_INIT;
	autofree char *below =
		mem_strdup(dir->path + (str_eq(dir->mount, "/") ? 0 : strlen(dir->mount)));
	char *rest = below + strspn(below, "/");
	autoclose int fd = open_verified(dir, dir->mount, e);

	if (fd < 0)
		return fd;
	strbuf_adds(&at, str_eq(dir->mount, "/") ? "" : dir->mount);
	const char *name;
	while ((name = strsep(&rest, "/"))) {
		int r = descend(&fd, name, !rest, m, &at, made, e);
		if (r < 0)
			return r;
	}
	return take_fd(&fd);
}

int cg_write(int dir_fd, const char *file, const char *value)
{
	autoclose int fd = RETRY(openat(dir_fd, file, O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
	size_t len = strlen(value);

	if (fd < 0)
		return -errno;
	ssize_t n;
	do
		n = write(fd, value, len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -EIO; /* half a number is another limit */
}

int cg_read(int dir_fd, const char *file, struct strbuf *out)
{
	autoclose int fd = RETRY(openat(dir_fd, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW));

	return fd < 0 ? -errno : fd_read_all(fd, 0, out);
}

bool cg_has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = text; *p;) {
		p += strspn(p, " \n");
		size_t n = strcspn(p, " \n");
		if (n == len && strncmp(p, word, n) == 0)
			return true;
		p += n;
	}
	return false;
}

/* The directories in one directory. */
struct level {
	char **names;
	size_t n, next;
};

struct walk {
	struct level *levels;
	size_t n, cap;
};

static void pop(struct walk *w)
{
	struct level *l = &w->levels[--w->n];

	for (size_t i = 0; i < l->n; i++)
		free(l->names[i]);
	free(l->names);
}

static void walk_done(struct walk *w)
{
	while (w->n)
		pop(w);
	free(w->levels);
}

static void push(struct walk *w, DIR *d)
{
	const struct dirent *entry;

	if (w->n == w->cap) {
		w->cap = w->cap ? w->cap * 2 : 8;
		w->levels = mem_grow(w->levels, w->cap, sizeof(*w->levels));
	}
	struct level *l = &w->levels[w->n++];
	*l = (struct level){ 0 };
	while (d && (entry = readdir(d))) {
		if (entry->d_type != DT_DIR || str_eq(entry->d_name, ".") ||
		    str_eq(entry->d_name, ".."))
			continue;
		l->names = mem_grow(l->names, l->n + 1, sizeof(*l->names));
		l->names[l->n++] = mem_strdup(entry->d_name);
	}
}

/* An unreadable or vanished directory has nothing below it; removing it tells. */
static void push_dirs(struct walk *w, int fd)
{
	int copy = RETRY(openat(fd, ".", DIR_FLAGS));
	DIR *d = copy < 0 ? NULL : fdopendir(copy);

	push(w, d);
	if (d)
		(void)closedir(d);
	else if (copy >= 0)
		(void)close(copy);
}

static int enter(struct walk *walk, int *cur, const struct cg_walker *w, struct err *e)
{
	struct level *l = &walk->levels[walk->n - 1];
	const char *name = l->names[l->next++];
	int fd = RETRY(openat(*cur, name, DIR_FLAGS));

	if (fd < 0 && cg_is_gone(-errno))
		return 0;
	if (fd < 0)
		return err_errno(e, "open cgroup %s", l->names[l->next - 1]);
	(void)close(*cur);
	*cur = fd;
	int r = w->visit ? w->visit(w->arg, fd, e) : 0;
	if (r == 0)
		push_dirs(walk, fd);
	return r;
}

static int leave(struct walk *walk, int *cur, const struct cg_walker *w, struct err *e)
{
	pop(walk);
	if (!walk->n)
		return 0;
	const struct level *l = &walk->levels[walk->n - 1];
	int fd = RETRY(openat(*cur, "..", DIR_FLAGS));
	if (fd < 0)
		return err_errno(e, "open the cgroup above %s", l->names[l->next - 1]);
	(void)close(*cur);
	*cur = fd;
	return w->leave ? w->leave(w->arg, fd, l->names[l->next - 1], e) : 0;
}

int cg_walk(int fd, const struct cg_walker *w, struct err *e)
{
	autodone(walk) struct walk walk = { 0 };
	autoclose int cur = RETRY(openat(fd, ".", DIR_FLAGS));

	if (cur < 0)
		return cg_is_gone(-errno) ? 0 : err_errno(e, "open cgroup");
	int r = w->visit ? w->visit(w->arg, cur, e) : 0;
	push_dirs(&walk, cur);
	while (r == 0 && walk.n) {
		const struct level *l = &walk.levels[walk.n - 1];

		r = l->next < l->n ? enter(&walk, &cur, w, e) : leave(&walk, &cur, w, e);
	}
	return r;
}

static int event_in(const char *text, const char *key)
{
	const char *line = strstr(text, key);

	return line && line[strlen(key)] == ' ' ? line[strlen(key) + 1] == '1' : -ENODATA;
}

int cg_event(int dir_fd, const char *key)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;
	int r = cg_read(dir_fd, "cgroup.events", &text);

	return r < 0 ? r : event_in(strbuf_str(&text), key);
}

int cg_wait_event(int dir_fd, const char *key, int value, int64_t deadline_ms)
{
	autoclose int fd =
		RETRY(openat(dir_fd, "cgroup.events", O_RDONLY | O_CLOEXEC | O_NOFOLLOW));

	if (fd < 0)
		return -errno;
	for (;;) { /* reading arms the next POLLPRI */
		char text[256];
		ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

		if (n < 0 && errno != EINTR)
			return -errno;
		text[n < 0 ? 0 : n] = '\0';
		int now = n < 0 ? !value : event_in(text, key);
		if (now < 0 || now == value)
			return now < 0 ? now : 0;
		int64_t left = deadline_ms - clock_ms();
		if (left <= 0)
			return -ETIMEDOUT;
		struct pollfd p = { .fd = fd, .events = POLLPRI };
		if (poll(&p, 1, (int)left) < 0 && errno != EINTR)
			return -errno;
	}
}

void cg_sleep_ms(int64_t ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&t, &t) < 0 && errno == EINTR)
		;
}
