/* SPDX-License-Identifier: Apache-2.0 */
#include "init/program.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/progfile.h"
#include "base/retry.h"

/* --- finding ------------------------------------------------------------------------ */

/* 0 when execve(2) has a chance; the judge is execve(2), so doubt is no refusal: a seccomp
 * filter may forbid us to look. */
static int check(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return errno == EPERM || errno == ENOSYS ? 0 : -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0 || errno == EPERM || errno == ENOSYS)
		return 0;
	return -errno;
}

/* What of a file keeps it from being executed. */
static const char *fault(const char *path)
{
	struct statvfs fs;
	struct stat st;

	if (statvfs(path, &fs) == 0 && (fs.f_flag & ST_NOEXEC))
		return "lies on a mount with noexec";
	if (stat(path, &st) == 0 && !(st.st_mode & 0111))
		return "has no execute permission";
	return NULL;
}

static int find_by_path(const char *name, const char **ret, struct err *e)
{
	int r = check(name);

	*ret = name;
	if (r == 0)
		return 0;
	/* Clients know "permission denied" for what cannot be executed, and make it exit code 126. */
	if (r == -EISDIR)
		return err_set(e, EACCES, "exec: \"%s\": is a directory: permission denied", name);
	if (r == -EACCES) {
		const char *why = fault(name);

		(void)err_set(e, EACCES, "exec: \"%s\": %s", name, errno_text(EACCES));
		return why ? err_append(e, "it %s", why) : r;
	}
	return err_set(e, -r, "exec: \"%s\": stat %s: %s", name, name, errno_text(-r));
}

int program_find(struct arena *a, const char *name, const char *const *envp, const char **ret,
		 struct err *e)
{
	if (strchr(name, '/'))
		return find_by_path(name, ret, e);

	const char *path = program_path_of(envp), *candidate;
	while ((candidate = program_path_next(a, name, &path))) {
		if (check(candidate) == 0) {
			*ret = candidate;
			return 0;
		}
	}
	return err_set(e, ENOENT, "exec: \"%s\": executable file not found in $PATH", name);
}

/* --- explaining --------------------------------------------------------------------- */

static bool read_head(const char *path, struct program_head *h)
{
	struct stat st;

	autoclose int fd = RETRY(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
	return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && program_head_read(fd, h);
}

static bool exists(const char *path)
{
	return access(path, F_OK) == 0 || errno != ENOENT;
}

static void explain_script(const struct program_facts *f, struct err *e)
{
	if (f->has_cr)
		(void)err_append(e,
				 "the script's lines end in CR LF, so its interpreter is \"%s\\r\"",
				 f->interpreter);
	else if (!*f->interpreter)
		(void)err_append(e, "the script's first line names no interpreter");
	else if (!exists(f->interpreter))
		(void)err_append(e, "the script's interpreter %s does not exist", f->interpreter);
}

static void explain_elf(const struct program_facts *f, int code, struct err *e)
{
	if (f->machine != program_own_machine() && code == ENOEXEC)
		(void)err_append(e, "the program is for %s, this machine is %s",
				 program_machine_name(f->machine),
				 program_machine_name(program_own_machine()));
	else if (f->loader && !exists(f->loader))
		(void)err_append(
			e,
			"the program's ELF loader %s does not exist: is it made for another C library?",
			f->loader);
}

/* The program's own, or that of what it is run by. */
static void explain_access(const char *path, struct err *e)
{
	struct program_head h;
	struct program_facts f;
	const char *why = fault(path);

	if (why) {
		(void)err_append(e, "it %s", why);
		return;
	}
	if (!read_head(path, &h))
		return;
	program_facts_of(&h, &f);
	const char *by = f.kind == PROGRAM_SCRIPT ? f.interpreter : f.loader;
	why = by && !f.has_cr ? fault(by) : NULL;
	if (why)
		(void)err_append(e, "%s, by which it is run, %s", by, why);
}

int program_explain(const char *path, int code, struct err *e)
{
	struct program_head h;
	struct program_facts f;

	(void)err_set(e, code, "exec %s: %s", path, errno_text(code));
	if (code == EACCES)
		explain_access(path, e);
	if ((code != ENOENT && code != ENOEXEC) || !read_head(path, &h))
		return -code;
	program_facts_of(&h, &f);
	if (f.kind == PROGRAM_SCRIPT)
		explain_script(&f, e);
	else if (f.kind == PROGRAM_ELF)
		explain_elf(&f, code, e);
	else if (code == ENOEXEC)
		(void)err_append(
			e, f.kind == PROGRAM_EMPTY
				   ? "the file is empty"
				   : "neither an ELF program nor a script that starts with #!");
	return -code;
}
