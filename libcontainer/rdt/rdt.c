/* SPDX-License-Identifier: Apache-2.0 */
#include "rdt/rdt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/retry.h"
#include "base/str.h"
#include "plan/parts.h"

static bool exists(const char *root, const char *name)
{
	autodone(strbuf) struct strbuf path = STRBUF_INIT;

	strbuf_addf(&path, "%s/%s", root, name);
	return access(strbuf_str(&path), F_OK) == 0;
}

bool rdt_group_exists(const struct plan_rdt *at)
{
	return access(at->group, F_OK) == 0;
}

static int check(const struct plan_rdt *at, struct err *e)
{
	if (at->needs_l3 && !exists(at->root, "info/L3") && !exists(at->root, "info/L3CODE"))
		return err_set(
			e, ENOTSUP,
			"intelRdt.l3CacheSchema is specified in config, but Intel RDT/CAT is not enabled");
	if (at->needs_mb && !exists(at->root, "info/MB"))
		return err_set(
			e, ENOTSUP,
			"intelRdt.memBwSchema is specified in config, but Intel RDT/MBA is not enabled");
	if (at->monitoring && !exists(at->root, "mon_groups"))
		return err_set(
			e, ENOTSUP,
			"intelRdt.enableMonitoring is specified in config, but Intel RDT monitoring is not enabled");
	return 0;
}

static int make_dir(const char *path, struct err *e)
{
	if (mkdir(path, 0755) == 0 || errno == EEXIST)
		return 0;

	int code = errno;
	(void)err_errno(e, "mkdir %s", path);
	return code == ENOSPC ? err_append(e, "the processor has no free class of service left")
			      : -e->code;
}

/* Into an existing file of a group, without following what stands in its place. */
static int write_file(const char *dir, const char *name, const char *text, struct err *e)
{
	autoclose int fd = RETRY(open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC));
	if (fd < 0)
		return err_errno(e, "open %s", dir);
	int r = file_write_at(fd, name, text, e);
	return r < 0 ? err_ctx(e, "%s", dir) : 0;
}

/* Why the kernel did not like it: one line in info/last_cmd_status of the root. */
static void add_reason(const char *root, struct err *e)
{
	autodone(strbuf) struct strbuf path = STRBUF_INIT, text = STRBUF_INIT;
	struct err ignored;

	strbuf_addf(&path, "%s/info/last_cmd_status", root);
	if (file_read_at(AT_FDCWD, strbuf_str(&path), 4096, &text, &ignored) < 0 || text.len == 0)
		return;
	text.data[strcspn(text.data, "\n")] = '\0';
	(void)err_append(e, "%s", text.data);
}

static int make(const struct plan_rdt *at, struct err *e)
{
	struct stat st;

	int r = check(at, e);
	if (r < 0)
		return r;
	if (at->must_exist && stat(at->group, &st) < 0)
		return err_errno(
			e,
			"clos dir not accessible (must be pre-created when l3CacheSchema and memBwSchema are empty): stat %s",
			at->group);
	r = make_dir(at->group, e);
	if (r == 0 && at->schemata) {
		r = write_file(at->group, "schemata", at->schemata, e);
		if (r < 0)
			add_reason(at->root, e);
	}
	if (r == 0 && at->mon)
		r = make_dir(at->mon, e);
	return r;
}

int rdt_make(const struct plan_rdt *at, struct err *e)
{
	return make(at, e) < 0 ? err_ctx(e, "linux.intelRdt") : 0;
}

int rdt_enter(const struct plan_rdt *at, pid_t pid, struct err *e)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%ld", (long)pid);
	int r = write_file(at->group, "tasks", text, e);
	if (r == 0 && at->mon)
		r = write_file(at->mon, "tasks", text, e);
	return r < 0 ? err_ctx(e, "linux.intelRdt") : 0;
}

int rdt_update(const char *group, const char *l3, const char *mb, struct err *e)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;

	plan_rdt_schemata(l3, mb, NULL, &text);
	if (text.len == 0)
		return 0;
	int r = write_file(group, "schemata", text.data, e);
	return r < 0 ? err_ctx(e, "Intel RDT") : 0;
}

static int remove_dir(const char *path, struct err *e)
{
	if (!path || rmdir(path) == 0 || errno == ENOENT)
		return 0;
	return err_errno(e, "Intel RDT: rmdir %s", path);
}

int rdt_remove(const char *group, const char *mon, struct err *e)
{
	int r = remove_dir(mon, e);

	return r < 0 ? r : remove_dir(group, e);
}
