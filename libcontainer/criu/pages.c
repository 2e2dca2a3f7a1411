/* SPDX-License-Identifier: Apache-2.0 */
#include "criu/pages.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "criu/wire.h"

#define MAGIC_IMAGE   0x54564319u /* of images that are not part of CRIU's own bookkeeping */
#define MAGIC_PAGEMAP 0x56084025u
#define PAGEMAP_MAX   (64u << 20) /* millions of runs of pages; a larger one is left to CRIU */
#define PARENTS_MAX   100
#define NAME_LEN      32

/* Field numbers. */
enum { HEAD_PAGES_ID = 1 };
enum { RUN_N_PAGES = 2, RUN_IN_PARENT = 3, RUN_FLAGS = 4, RUN_N_PAGES_64 = 5 };
#define FLAG_PRESENT 4u

/* --- one page map ------------------------------------------------------------------------- */

struct bytes {
	const unsigned char *at;
	size_t n;
};

static int take(struct bytes *b, size_t n, const unsigned char **ret)
{
	if (b->n < n)
		return -EBADMSG;
	*ret = b->at;
	b->at += n;
	b->n -= n;
	return 0;
}

/* Little-endian, as everything that CRIU runs on. */
static int take_u32(struct bytes *b, uint32_t *ret)
{
	const unsigned char *p;

	if (take(b, 4, &p) < 0)
		return -EBADMSG;
	*ret = p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
	return 0;
}

static int take_message(struct bytes *b, struct wire_reader *ret)
{
	const unsigned char *data = NULL;
	uint32_t n = 0;

	if (take_u32(b, &n) < 0 || take(b, n, &data) < 0)
		return -EBADMSG;
	*ret = (struct wire_reader){ data, n };
	return 0;
}

static int read_head(struct wire_reader *r, struct pagemap *ret)
{
	struct wire_field f;
	bool found = false;
	int status;

	while ((status = wire_next(r, &f)) > 0) {
		if (f.number != HEAD_PAGES_ID || f.is_bytes || f.value > UINT32_MAX)
			continue;
		ret->pages_id = (uint32_t)f.value;
		found = true;
	}
	return status < 0 || !found ? -EBADMSG : 0;
}

/* Before CRIU had flags, what was not in a parent was present. */
static int read_run(struct wire_reader *r, struct pagemap *ret)
{
	uint64_t n = 0, flags = FLAG_PRESENT;
	struct wire_field f;
	int status;

	while ((status = wire_next(r, &f)) > 0) {
		if (f.is_bytes)
			continue;
		if (f.number == RUN_N_PAGES || f.number == RUN_N_PAGES_64)
			n = f.value;
		else if (f.number == RUN_FLAGS || (f.number == RUN_IN_PARENT && f.value))
			flags = f.number == RUN_FLAGS ? f.value : 0;
	}
	if (status < 0)
		return -EBADMSG;
	if (flags & FLAG_PRESENT && __builtin_add_overflow(ret->n_pages, n, &ret->n_pages))
		ret->n_pages = UINT64_MAX;
	return 0;
}

int criu_pagemap_parse(const void *data, size_t n, struct pagemap *ret)
{
	struct bytes b = { data, n };
	uint32_t image = 0, kind = 0;
	struct wire_reader r;

	*ret = (struct pagemap){ 0 };
	if (take_u32(&b, &image) < 0 || take_u32(&b, &kind) < 0 || image != MAGIC_IMAGE ||
	    kind != MAGIC_PAGEMAP)
		return -EBADMSG;
	int status = take_message(&b, &r);
	if (status == 0)
		status = read_head(&r, ret);
	while (status == 0 && b.n > 0) {
		status = take_message(&b, &r);
		if (status == 0)
			status = read_run(&r, ret);
	}
	return status;
}

/* --- all of a directory --------------------------------------------------------------------- */

static int compare(int dir_fd, const char *path, const char *map, const struct pagemap *p,
		   struct err *e)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), want;
	char name[NAME_LEN];
	struct stat st;

	if (p->n_pages == 0)
		return 0;
	(void)snprintf(name, sizeof(name), "pages-%u.img", p->pages_id);
	if (fstatat(dir_fd, name, &st, 0) < 0)
		return err_errno(e, "%s/%s", path, name);
	if (__builtin_mul_overflow(p->n_pages, page, &want))
		want = UINT64_MAX;
	if ((uint64_t)st.st_size >= want)
		return 0;
	return err_set(e, EIO, "%s/%s: it was cut: it has %llu bytes, and %s tells of %llu", path,
		       name, (unsigned long long)st.st_size, map, (unsigned long long)want);
}

static int check_map(int dir_fd, const char *path, const char *name, struct err *e)
{
	struct strbuf text autodone(strbuf) = STRBUF_INIT;
	struct pagemap p;
	struct err ignored;

	/* CRIU will say what is wrong with it. */
	if (file_read_at(dir_fd, name, PAGEMAP_MAX, &text, &ignored) < 0 ||
	    criu_pagemap_parse(text.data, text.len, &p) < 0)
		return 0;
	return compare(dir_fd, path, name, &p, e);
}

static int check_directory(int dir_fd, const char *path, struct err *e)
{
	int own = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = own < 0 ? NULL : fdopendir(own);
	const struct dirent *entry;
	int r = 0;

	if (!d) {
		r = err_errno(e, "open %s", path);
		if (own >= 0)
			(void)close(own);
		return r;
	}
	while (r == 0 && (entry = readdir(d)))
		if (str_after(entry->d_name, "pagemap-"))
			r = check_map(dir_fd, path, entry->d_name, e);
	(void)closedir(d);
	return r;
}

int criu_check_pages(int images_fd, const char *path, struct err *e)
{
	struct strbuf where autodone(strbuf) = STRBUF_INIT;
	autoclose int fd = -1;

	strbuf_adds(&where, path);
	int r = check_directory(images_fd, path, e);
	for (int i = 0; r == 0 && i < PARENTS_MAX; i++) {
		int parent = openat(fd < 0 ? images_fd : fd, "parent",
				    O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (parent < 0)
			return 0; /* it has none; of one that is missing CRIU will tell */
		if (fd >= 0)
			(void)close(take_fd(&fd));
		fd = parent;
		strbuf_adds(&where, "/parent");
		r = check_directory(fd, strbuf_str(&where), e);
	}
	return r;
}
