/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the container's program is there and execve(2) can run it. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/progfile.h"
#include "base/sys.h"
#include "check/bundle.h"

#define DEPTH_MAX 5 /* interpreters of interpreters: as the kernel */

/* Hooks that run before the program may put files there, as those for graphics cards do. */
bool bundle_has_hooks(const struct spec *spec)
{
	return spec->hooks.list[HOOK_PRESTART].n || spec->hooks.list[HOOK_CREATE_RUNTIME].n ||
	       spec->hooks.list[HOOK_CREATE_CONTAINER].n;
}

/* A file to be judged, and as what. */
struct judged {
	const struct bundle *b;
	const struct check_area *to;
	const char *what;
	unsigned int depth;
};

static bool wrong(const struct judged *j, const char *name, const char *advice, const char *text)
{
	if (bundle_has_hooks(j->b->spec))
		check_warning(j->to, name, "unless one of the hooks puts it there", "%s", text);
	else
		check_failure(j->to, name, advice, "%s", text);
	return true;
}

static bool missing(const struct judged *j, const char *path, int r)
{
	struct arena *a = &j->b->report->arena;
	const char *advice = "look for the name in the image, and at the mounts over it";

	if (r == -ENODATA) {
		check_warning(j->to, "cannot_tell", NULL,
			      "%s %s lies on a file system that is mounted with the container",
			      j->what, path);
		return true;
	}
	if (r == -EACCES)
		advice = "every directory above it must let this user in";
	return wrong(j, r == -ENOENT || r == -ENOTDIR ? "missing" : "unreachable", advice,
		     arena_printf(a, "%s %s: %s", j->what, path, errno_text(-r)));
}

static bool is_noexec(const struct bundle *b, const struct inside_file *f)
{
	const struct plan_mount *m = f->mount;
	struct statvfs fs;

	if (m && (m->attr_set & MOUNT_ATTR_NOEXEC))
		return true;
	/* Mount flags that are named clear the others, but not those that a user namespace locks. */
	if (m && m->attr_explicit && !b->plan->ns[NS_USER].wanted)
		return false;
	return fstatvfs(f->fd, &fs) == 0 && (fs.f_flag & ST_NOEXEC);
}

static bool has_wrong_mode(const struct judged *j, const struct inside_file *f)
{
	struct arena *a = &j->b->report->arena;

	if (S_ISDIR(f->st.st_mode))
		return wrong(j, "directory", "name a file in it",
			     arena_printf(a, "%s %s is a directory", j->what, f->path));
	if (!S_ISREG(f->st.st_mode))
		return wrong(j, "no_file", "only regular files can be executed",
			     arena_printf(a, "%s %s is no regular file", j->what, f->path));
	if (is_noexec(j->b, f))
		return wrong(
			j, "noexec", "leave the option noexec of the mount out",
			arena_printf(a, "%s %s lies on a mount with noexec", j->what, f->path));
	if (f->closed)
		return wrong(j, "permission", "set its x bits: `chmod a+x`",
			     arena_printf(a, "%s %s: the container's user %u may not search %s",
					  j->what, f->path, j->b->plan->process.uid, f->closed));
	if (!inside_may_execute(j->b->plan, f))
		return wrong(j, "permission", "set its x bits: `chmod a+x`",
			     arena_printf(a,
					  "%s %s has mode %04o and owner %u:%u: the container's "
					  "user %u may not execute it",
					  j->what, f->path, f->st.st_mode & 07777, f->st.st_uid,
					  f->st.st_gid, j->b->plan->process.uid));
	return false;
}

/* It is known to be a regular file: opening it again neither waits nor has an effect. */
static bool read_facts(const struct inside_file *f, struct program_head *h,
		       struct program_facts *ret)
{
	char self[48];

	(void)snprintf(self, sizeof(self), "/proc/self/fd/%d", f->fd);
	autoclose int fd = open(self, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || !program_head_read(fd, h))
		return false;
	program_facts_of(h, ret);
	return true;
}

static bool judge(const struct judged *j, const char *path);

static bool judge_script(const struct judged *j, const char *path, const struct program_facts *p)
{
	struct arena *a = &j->b->report->arena;
	const char *what = arena_printf(a, "the interpreter of %s,", path);
	struct judged next = { j->b, j->to, what, j->depth + 1 };

	if (p->has_cr)
		return wrong(j, "cr_lf", "`dos2unix` removes them",
			     arena_printf(a,
					  "%s %s: its lines end in CR LF, so its interpreter is "
					  "\"%s\\r\"",
					  j->what, path, p->interpreter));
	if (!*p->interpreter)
		return wrong(j, "interpreter", "its first line must be `#!` and a path",
			     arena_printf(a, "%s %s: its first line names no interpreter", j->what,
					  path));
	if (j->depth >= DEPTH_MAX)
		return wrong(j, "interpreter", "let one of them be a program",
			     arena_printf(a, "%s %s: too many scripts interpret each other",
					  j->what, path));
	return judge(&next, arena_strdup(a, p->interpreter));
}

/* The kernel may run it all the same: 32 bits beside 64, or by binfmt_misc. */
static bool other_machine(const struct judged *j, const char *path, unsigned int machine)
{
	struct arena *a = &j->b->report->arena;
	const char *name = program_machine_name(machine);
	const char *own = program_machine_name(program_own_machine());
	const char *text =
		arena_printf(a, "%s %s is for %s, this machine is %s", j->what, path, name, own);
	const char *emulator = arena_printf(a, "/proc/sys/fs/binfmt_misc/qemu-%s", name);

	if ((str_eq(name, "i386") && str_eq(own, "x86_64")) ||
	    (str_eq(name, "arm") && str_eq(own, "aarch64")) || access(emulator, F_OK) == 0) {
		check_warning(j->to, "architecture", "this kernel may run it all the same", "%s",
			      text);
		return true;
	}
	return wrong(j, "architecture", "take the image for this machine", text);
}

static bool judge_elf(const struct judged *j, const char *path, const struct program_facts *p)
{
	const struct judged next = {
		j->b, j->to, arena_printf(&j->b->report->arena, "the ELF loader of %s,", path),
		j->depth + 1
	};

	if (p->machine != program_own_machine())
		return other_machine(j, path, p->machine);
	if (p->loader && j->depth < DEPTH_MAX)
		return judge(&next, arena_strdup(&j->b->report->arena, p->loader));
	return false;
}

static bool judge(const struct judged *j, const char *path)
{
	struct inside_file f autodone(inside_file) = INSIDE_FILE_INIT;
	const char *full = path_join(&j->b->report->arena, j->b->plan->process.cwd, path);
	struct program_head h;
	struct program_facts p;

	int r = inside_find(&j->b->in, full, &f);
	if (r < 0)
		return missing(j, full, r);
	if (has_wrong_mode(j, &f))
		return true;
	if (!read_facts(&f, &h, &p))
		return false; /* this user may not; the container's may */
	switch (p.kind) {
	case PROGRAM_SCRIPT:
		return judge_script(j, full, &p);
	case PROGRAM_ELF:
		return judge_elf(j, full, &p);
	case PROGRAM_EMPTY:
		return wrong(j, "format", "copy it again",
			     arena_printf(&j->b->report->arena, "%s %s is empty", j->what, full));
	case PROGRAM_OTHER:
		break;
	}
	return wrong(
		j, "format", "begin a script with `#!/bin/sh`",
		arena_printf(&j->b->report->arena,
			     "%s %s is neither an ELF program nor a script that starts with #!",
			     j->what, full));
}

bool bundle_judge_file(const struct bundle *b, const struct check_area *to, const char *what,
		       const char *path)
{
	return judge(&(struct judged){ b, to, what, 0 }, path);
}

/* As init does it: the first that may be executed. */
static const char *find_by_path(const struct bundle *b, const char *name, bool *cannot_tell)
{
	struct arena *a = &b->report->arena;
	const char *path = program_path_of(b->plan->process.envp);
	const char *candidate;

	while ((candidate = program_path_next(a, name, &path))) {
		struct inside_file f autodone(inside_file) = INSIDE_FILE_INIT;
		const char *full = path_join(a, b->plan->process.cwd, candidate);
		int r = inside_find(&b->in, full, &f);

		*cannot_tell = *cannot_tell || r == -ENODATA;
		if (r == 0 && !S_ISDIR(f.st.st_mode) && !f.closed &&
		    inside_may_execute(b->plan, &f))
			return full;
	}
	return NULL;
}

static void check_cwd(const struct bundle *b)
{
	const struct check_area to = { b->report, "program" };
	const char *cwd = b->plan->process.cwd;
	struct inside_file f autodone(inside_file) = INSIDE_FILE_INIT;
	int r = inside_find(&b->in, cwd, &f);

	if (r == 0 && !S_ISDIR(f.st.st_mode))
		check_failure(&to, "cwd", "name a directory", "process.cwd %s is no directory",
			      cwd);
	else if (r < 0 && r != -ENODATA && r != -ENOENT) /* it is made where it is not there */
		check_failure(&to, "cwd", NULL, "process.cwd %s: %s", cwd, errno_text(-r));
}

void bundle_program(const struct bundle *b)
{
	const struct check_area to = { b->report, "program" };
	const char *name = b->plan->process.argv[0];
	const char *path = name;
	bool cannot_tell = false;

	check_cwd(b);
	if (!strchr(name, '/'))
		path = find_by_path(b, name, &cannot_tell);
	if (!path && (cannot_tell || bundle_has_hooks(b->spec))) {
		check_warning(&to, "cannot_tell", NULL,
			      "\"%s\" is in no directory of $PATH that can be looked into", name);
		return;
	}
	if (!path) {
		check_failure(&to, "missing", "name it with its path, or set PATH in process.env",
			      "\"%s\" is not found in $PATH, which is %s", name,
			      program_path_of(b->plan->process.envp));
		return;
	}
	if (!bundle_judge_file(b, &to, "the program", path))
		check_pass(&to, "file", "%s",
			   path_join(&b->report->arena, b->plan->process.cwd, path));
}
