/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/retry.h"
#include "base/sys.h"
#include "rootfs/parts.h"

/*
 * A procfs that nobody else can see, hence nobody has mounted anything over its files
 * (CVE-2025-52881). Where it is refused, the host's: its sysctls too are those of the
 * namespaces of whoever opens them, and RESOLVE_NO_XDEV keeps out of anything mounted there.
 */
static int private_proc(struct rootfs *r, struct err *e)
{
	const struct new_fs fs = {
		.type = "proc",
		.source = "proc",
		.attrs = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
	};

	int fd = fs_mount(&fs, e);
	if (fd < 0 && r->proc_fd >= 0)
		fd = fcntl(r->proc_fd, F_DUPFD_CLOEXEC, 0);
	return fd < 0 ? -e->code : fd;
}

static int write_sysctl(int proc, const struct spec_string_pair *s, struct err *e)
{
	autodone(strbuf) struct strbuf path = STRBUF_INIT;
	struct open_how how = {
		.flags = O_WRONLY | O_CLOEXEC | O_NOFOLLOW,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS |
			   RESOLVE_NO_XDEV,
	};

	strbuf_addf(&path, "sys/%s", s->key);
	autoclose int fd = RETRY(sys_openat2(proc, strbuf_str(&path), &how, sizeof(how)));
	if (fd < 0)
		return err_errno(e, "open /proc/%s", strbuf_str(&path));

	size_t len = strlen(s->value);
	ssize_t n = RETRY(write(fd, s->value, len));
	if (n < 0)
		return err_errno(e, "write /proc/%s", strbuf_str(&path));
	if ((size_t)n != len)
		return err_set(e, EIO, "write /proc/%s: %zd of %zu bytes taken", strbuf_str(&path),
			       n, len);
	return 0;
}

static int write_all(int proc, const struct spec_string_map *map, struct err *e)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < map->n; i++)
		ret = write_sysctl(proc, &map->v[i], e);
	return ret;
}

static int write_by_private(struct rootfs *r, const struct spec_string_map *map, struct err *e)
{
	autoclose int proc = private_proc(r, e);

	if (proc < 0)
		return proc;
	if (!fd_is_procfs_root(proc))
		return err_set(e, EINVAL, "not the root of a procfs");
	return write_all(proc, map, e);
}

int rootfs_sysctl(struct rootfs *r, struct err *e)
{
	const struct spec_string_map *map = &r->plan->sysctl;
	struct err second;

	if (map->n == 0)
		return 0;
	/* The container's own will mostly do; not where it is read-only, or something was mounted over
	 * its files. */
	if (own_proc(r) >= 0 && write_all(r->own_proc_fd, map, e) == 0)
		return 0;

	bool is_second = own_proc(r) >= 0;
	if (write_by_private(r, map, is_second ? &second : e) == 0)
		return 0;
	if (is_second && !str_eq(second.text, e->text))
		(void)err_append(e, "%s", second.text);
	return err_ctx(e, "linux.sysctl");
}
