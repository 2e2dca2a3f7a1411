/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/path.h"
#include "rootfs/parts.h"

/*
 * What was promised of read-only and masked paths is read back: for most by one reading of
 * mountinfo, for those that it does not name (behind a symlink, in need of escapes) by opening
 * them again. What did not exist a moment ago was promised nothing.
 */

#define MOUNTINFO_MAX (256u << 10) /* bytes; with more mounts than that each path is opened */

/* --- by mountinfo --------------------------------------------------------------------- */

static const char *field(const char **at)
{
	const char *start = *at, *p = start;

	while (*p && *p != ' ' && *p != '\n') /* strcspn(3) begins with a table of all bytes */
		p++;
	*at = p + (*p == ' ');
	return start;
}

/* Moves @at to the next line. */
static bool parse(const char **at, struct mountinfo_line *l)
{
	const char *end = strchr(*at, '\n');

	if (!end)
		return false;
	for (int i = 0; i < 3; i++)
		(void)field(at);
	l->root = field(at);
	l->point = field(at);
	l->options = field(at);
	while (*at < end && strncmp(*at, "- ", 2) != 0)
		(void)field(at);
	(void)field(at);
	l->type = field(at);
	(void)field(at);
	l->super = field(at);
	*at = end + 1;
	return true;
}

static bool is(const char *at, const char *word)
{
	while (*word && *at == *word)
		at++, word++;
	return *word == '\0' && (*at == ' ' || *at == '\n');
}

static bool has_option(const char *options, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = options; *p != ' ' && *p != '\n';) {
		size_t len = strcspn(p, ", \n");

		if (len == n && strncmp(p, word, n) == 0)
			return true;
		p += len + (p[len] == ',');
	}
	return false;
}

void mountinfo_parse(const char *text, struct mountinfo *ret)
{
	struct mountinfo_line l;
	size_t room = 0;

	*ret = (struct mountinfo){ 0 };
	while (parse(&text, &l)) {
		if (ret->n == room) {
			room = room ? room * 2 : 32;
			ret->v = mem_grow(ret->v, room, sizeof(*ret->v));
		}
		ret->v[ret->n++] = l;
	}
}

void mountinfo_done(struct mountinfo *m)
{
	free(m->v);
	*m = (struct mountinfo){ 0 };
}

/* The one that is seen at @path: of several there, the last. */
static const struct mountinfo_line *find(const struct mountinfo *m, const char *path)
{
	for (size_t i = m->n; i > 0; i--)
		if (is(m->v[i - 1].point, path))
			return &m->v[i - 1];
	return NULL;
}

bool mountinfo_shows_readonly(const struct mountinfo *m, const char *path)
{
	const struct mountinfo_line *l = find(m, path);

	return l && has_option(l->options, "ro");
}

bool mountinfo_shows_mask(const struct mountinfo *m, const char *path)
{
	const struct mountinfo_line *l = find(m, path);

	if (!l || !has_option(l->options, "ro"))
		return false;
	/* The host's /dev/null, or our tmpfs, which has no room for a file. */
	if (is(l->type, "devtmpfs") || is(l->type, "tmpfs"))
		return is(l->root, "/null") || (is(l->type, "tmpfs") && is(l->root, "/") &&
						has_option(l->super, "nr_inodes=2"));
	return false;
}

/* --- by opening ----------------------------------------------------------------------- */

static bool is_empty_mask(int fd)
{
	struct statfs fs;
	struct stat st;

	/* Ours has room for one more inode than its root: nothing is in it. */
	return fstat(fd, &st) == 0 && fstatfs(fd, &fs) == 0 && S_ISDIR(st.st_mode) &&
	       fs.f_type == TMPFS_MAGIC && fs.f_files == 2 && fs.f_ffree == 1;
}

static int check_readonly(struct rootfs *r, size_t i, const char *path, struct err *e)
{
	autoclose int fd = open_hidden(r, path, e);

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	if (!fd_is_readonly(fd))
		return err_set(e, EIO, "linux.readonlyPaths[%zu]: %s is not read-only", i, path);
	return 0;
}

static int check_masked(struct rootfs *r, size_t i, const char *path, struct err *e)
{
	autoclose int fd = open_hidden(r, path, e);

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	if (!fd_is_readonly(fd) || !(fd_is_null(fd) || is_empty_mask(fd)))
		return err_set(e, EIO, "linux.maskedPaths[%zu]: %s is not masked", i, path);
	return 0;
}

static bool is_noted(uint64_t bits, size_t i)
{
	return i < 64 && bits >> i & 1;
}

int verify_hidden_paths(struct rootfs *r, struct err *e)
{
	const struct strs *ro = &r->plan->readonly_paths, *masked = &r->plan->masked_paths;
	autodone(strbuf) struct strbuf text = STRBUF_INIT;
	autodone(mountinfo) struct mountinfo mounts = { 0 };
	struct err ignored;
	int ret = 0;

	if (ro->n == 0 && masked->n == 0)
		return 0;
	/* The host's procfs, in which nobody in here can have mounted anything. */
	if (r->proc_fd < 0 ||
	    file_read_at(r->proc_fd, "self/mountinfo", MOUNTINFO_MAX, &text, &ignored) < 0)
		strbuf_done(&text);
	mountinfo_parse(strbuf_str(&text), &mounts);
	for (size_t i = 0; ret == 0 && i < ro->n; i++)
		if (!is_noted(r->absent_readonly, i) &&
		    !mountinfo_shows_readonly(&mounts, ro->v[i]))
			ret = check_readonly(r, i, ro->v[i], e);
	for (size_t i = 0; ret == 0 && i < masked->n; i++)
		if (!is_noted(r->absent_masked, i) && !mountinfo_shows_mask(&mounts, masked->v[i]))
			ret = check_masked(r, i, masked->v[i], e);
	return ret;
}
