/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/retry.h"
#include "base/sys.h"
#include "rootfs/parts.h"

#define MOUNT_DATA_MAX 4000 /* bytes; mount(2) takes one page with its end */

static const struct {
	unsigned long flag;
	const char *name;
} sb_options[] = {
	{ MS_RDONLY, "ro" },	 { MS_SYNCHRONOUS, "sync" },  { MS_DIRSYNC, "dirsync" },
	{ MS_MANDLOCK, "mand" }, { MS_LAZYTIME, "lazytime" },
};

/* Adds what the kernel logged on a configuration descriptor: lines "e tmpfs: Bad value ...". */
static int with_kernel_log(int fs_fd, int r, struct err *e)
{
	char line[512];
	autodone(strbuf) struct strbuf log = STRBUF_INIT;

	for (ssize_t n; (n = RETRY(read(fs_fd, line, sizeof(line)))) > 0;) {
		const char *text = line;

		while (n > 0 && line[n - 1] == '\n')
			n--;
		if (n > 2 && line[1] == ' ') {
			text += 2;
			n -= 2;
		}
		if (log.len)
			strbuf_adds(&log, "; ");
		strbuf_add(&log, text, (size_t)n);
	}
	return log.len ? err_append(e, "%s", strbuf_str(&log)) : r;
}

/* One "key=value" or "key". */
static int configure_one(int fs_fd, const char *option, struct err *e)
{
	const char *value = strchr(option, '=');
	int r;

	if (!value) {
		r = sys_fsconfig(fs_fd, FSCONFIG_SET_FLAG, option, NULL, 0);
	} else {
		autofree char *key = mem_strdup(option);

		key[value - option] = '\0';
		r = sys_fsconfig(fs_fd, FSCONFIG_SET_STRING, key, value + 1, 0);
	}
	return r < 0 ? with_kernel_log(fs_fd, err_errno(e, "fsconfig(2): \"%s\"", option), e) : 0;
}

static int configure(int fs_fd, const struct new_fs *fs, struct err *e)
{
	int r = 0;

	if (fs->source && sys_fsconfig(fs_fd, FSCONFIG_SET_STRING, "source", fs->source, 0) < 0)
		return with_kernel_log(fs_fd, err_errno(e, "fsconfig(2): source"), e);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(sb_options); i++)
		if (fs->sb_flags & sb_options[i].flag)
			r = configure_one(fs_fd, sb_options[i].name, e);
	/* Of the two that mount(2) has as a flag and fsconfig(2) not, one file system may know this
	 * as its own parameter; to the others it means nothing. MS_SILENT is moot: what the kernel
	 * has to say comes to us and not to its log. */
	if (r == 0 && (fs->sb_flags & MS_I_VERSION) &&
	    sys_fsconfig(fs_fd, FSCONFIG_SET_FLAG, "iversion", NULL, 0) < 0 && errno != EINVAL)
		r = with_kernel_log(fs_fd, err_errno(e, "fsconfig(2): \"iversion\""), e);
	for (size_t i = 0; r == 0 && i < fs->n_data; i++)
		r = configure_one(fs_fd, fs->data[i], e);
	return r;
}

int fs_mount(const struct new_fs *fs, struct err *e)
{
	autoclose int fs_fd = sys_fsopen(fs->type, FSOPEN_CLOEXEC);
	if (fs_fd < 0)
		return err_errno(e, "fsopen(2): \"%s\"", fs->type);

	int r = configure(fs_fd, fs, e);
	if (r < 0)
		return r;
	if (sys_fsconfig(fs_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return with_kernel_log(fs_fd, err_errno(e, "fsconfig(2): create"), e);

	int fd = sys_fsmount(fs_fd, FSMOUNT_CLOEXEC, (unsigned int)fs->attrs);
	return fd < 0 ? with_kernel_log(fs_fd, err_errno(e, "fsmount(2)"), e) : fd;
}

int fs_reconfigure(int mount_fd, const struct new_fs *fs, struct err *e)
{
	autoclose int fs_fd = sys_fspick(mount_fd, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);
	if (fs_fd < 0)
		return err_errno(e, "fspick(2)");

	int r = configure(fs_fd, fs, e);
	if (r < 0)
		return r;
	if (sys_fsconfig(fs_fd, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) < 0)
		return with_kernel_log(fs_fd, err_errno(e, "fsconfig(2): reconfigure"), e);
	return 0;
}

/* --- mount(2) -------------------------------------------------------------------------- */

static const struct {
	uint64_t attr;
	unsigned long flag;
} attr_flags[] = {
	{ MOUNT_ATTR_NOSUID, MS_NOSUID },	    { MOUNT_ATTR_NODEV, MS_NODEV },
	{ MOUNT_ATTR_NOEXEC, MS_NOEXEC },	    { MOUNT_ATTR_NOATIME, MS_NOATIME },
	{ MOUNT_ATTR_STRICTATIME, MS_STRICTATIME }, { MOUNT_ATTR_NODIRATIME, MS_NODIRATIME },
};

static bool is_simple_type(const char *type)
{
	static const char *const types[] = { "proc", "tmpfs", "devpts", "mqueue", "sysfs" };

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (str_eq(types[i], type))
			return true;
	return false;
}

/* MOUNT_ATTR_RDONLY is none of them: see is_readonly_tmpfs(). */
static bool to_flags(uint64_t attrs, unsigned long *ret)
{
	*ret = 0;
	for (size_t i = 0; i < ARRAY_SIZE(attr_flags); i++)
		if (attrs & attr_flags[i].attr) {
			*ret |= attr_flags[i].flag;
			attrs &= ~attr_flags[i].attr;
		}
	return attrs == 0;
}

/* What a comma would cut in two stays with fsconfig(2). */
static bool to_text(const struct new_fs *fs, struct strbuf *out)
{
	for (size_t i = 0; i < fs->n_data; i++) {
		if (strchr(fs->data[i], ','))
			return false;
		strbuf_addf(out, "%s%s", i ? "," : "", fs->data[i]);
	}
	return out->len < MOUNT_DATA_MAX;
}

/* With MS_RDONLY mount(2) makes both the mount and the super block read-only. Others may share that
 * of a sysfs or a procfs, but a new tmpfs has its own. */
static bool is_readonly_tmpfs(const struct new_fs *fs)
{
	return fs->sb_flags == MS_RDONLY && (fs->attrs & MOUNT_ATTR_RDONLY) &&
	       str_eq(fs->type, "tmpfs");
}

bool fs_mount_at(const struct new_fs *fs, int dir_fd, const char *name)
{
	autodone(strbuf) struct strbuf data = STRBUF_INIT;
	bool is_readonly = is_readonly_tmpfs(fs);
	uint64_t attrs = is_readonly ? fs->attrs & ~(uint64_t)MOUNT_ATTR_RDONLY : fs->attrs;
	unsigned long flags;

	if ((fs->sb_flags && !is_readonly) || !is_simple_type(fs->type) ||
	    !to_flags(attrs, &flags) || !to_text(fs, &data))
		return false;
	flags |= is_readonly ? MS_RDONLY : 0;
	return fchdir(dir_fd) == 0 &&
	       sys_mount(fs->source, name, fs->type, flags, strbuf_str(&data)) == 0;
}
