/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The standard files of a container. Pipes and sockets of a client, and files of the host, are
 * not the container's: at dump it is written down what they are, at restore ours replace them.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/jsonw.h"
#include "container/cr.h"
#include "criu/extmount.h"

#define DESCRIPTORS_MAX (64u << 10)
#define MEMORY_MAJOR	1 /* /dev/null and its like */

/* "mnt_id:\t27" of /proc/PID/fdinfo/N, proc_pid_fdinfo(5). */
static long mount_of(pid_t pid, int fd)
{
	char path[64], text[512];
	struct err ignored;
	uint64_t id = 0;

	(void)snprintf(path, sizeof(path), "/proc/%ld/fdinfo/%d", (long)pid, fd);
	if (file_read_once_at(AT_FDCWD, path, text, sizeof(text), &ignored) <= 0)
		return -1;
	const char *at = strstr(text, "mnt_id:\t");
	if (!at)
		return -1;
	char *number = strchr(at, '\t') + 1;
	number[strcspn(number, "\n")] = '\0';
	return str_to_u64(number, INT32_MAX, &id) == 0 ? (long)id : -1;
}

static bool has_mount(pid_t pid, long id)
{
	struct strbuf text autodone(strbuf) = STRBUF_INIT;
	struct arena a autodone(arena) = ARENA_INIT;
	char path[48];
	struct err ignored;

	(void)snprintf(path, sizeof(path), "/proc/%ld/mountinfo", (long)pid);
	return file_read_at(AT_FDCWD, path, 0, &text, &ignored) < 0 ||
	       criu_mount_point(strbuf_str(&text), (uint64_t)id, &a);
}

/* CRIU's name for a file that no mount of the container leads to; NULL for others. */
static const char *name_of_file(struct cr *c, pid_t pid, int fd)
{
	char path[48];
	struct stat st;

	(void)snprintf(path, sizeof(path), "/proc/%ld/fd/%d", (long)pid, fd);
	if (stat(path, &st) < 0)
		return NULL;
	/* A terminal of the caller's is one of --shell-job, a socket is of --ext-unix-sk. */
	if (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode) &&
	    !(S_ISCHR(st.st_mode) && major(st.st_rdev) == MEMORY_MAJOR))
		return NULL;
	long id = mount_of(pid, fd);
	if (id < 0 || has_mount(pid, id))
		return NULL;
	return arena_printf(&c->arena, "file[%lx:%llx]", id, (unsigned long long)st.st_ino);
}

static const char *describe(struct cr *c, pid_t pid, int fd)
{
	char path[48], target[PATH_MAX];

	(void)snprintf(path, sizeof(path), "/proc/%ld/fd/%d", (long)pid, fd);
	ssize_t n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return ""; /* closed by the program */
	const char *file = target[0] == '/' ? name_of_file(c, pid, fd) : NULL;
	if (!file)
		return arena_strndup(&c->arena, target, (size_t)n);
	cr_add_external(c, file);
	return file;
}

int cr_save_descriptors(struct cr *c, pid_t pid, struct err *e)
{
	struct strbuf text autodone(strbuf) = STRBUF_INIT;
	struct jsonw w;

	jsonw_init(&w, &text, "");
	jsonw_array(&w, NULL);
	for (int fd = 0; fd < CR_STDIO; fd++)
		jsonw_str(&w, NULL, describe(c, pid, fd));
	jsonw_array_end(&w);
	int r = file_replace_at(c->images_fd, CR_DESCRIPTORS, &text, FILE_PRIVATE, e);
	return r < 0 ? err_ctx(e, "%s", c->req->image_path) : 0;
}

static bool lay_outside(const char *what)
{
	return str_after(what, "pipe:[") || str_after(what, "file[");
}

int cr_load_descriptors(struct cr *c, struct err *e)
{
	struct strbuf text autodone(strbuf) = STRBUF_INIT;
	struct json_doc doc autodone(json_doc) = JSON_DOC_INIT;

	int r = file_read_at(c->images_fd, CR_DESCRIPTORS, DESCRIPTORS_MAX, &text, e);
	if (r == 0)
		r = json_parse(CR_DESCRIPTORS, strbuf_str(&text), text.len, &doc, e);
	if (r == 0 && (doc.root->type != JSON_ARRAY || doc.root->list.n != CR_STDIO))
		r = json_err(&doc, doc.root, e, "expected an array of %d strings", CR_STDIO);
	if (r < 0)
		return err_ctx(e, "%s", c->req->image_path);
	for (int fd = 0; fd < CR_STDIO; fd++) {
		const struct json *item = doc.root->list.items[fd];

		if (item->type != JSON_STRING)
			return json_err(&doc, item, e, "expected a string");
		if (lay_outside(item->text))
			cr_add_inherit(c, arena_strdup(&c->arena, item->text), fd);
	}
	return 0;
}
