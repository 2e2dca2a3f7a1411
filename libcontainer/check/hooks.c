/* SPDX-License-Identifier: Apache-2.0 */
/* Programs of hooks: those of startContainer lie in the container, the others on the host. */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "check/bundle.h"

static const char *fault(const char *path)
{
	struct stat st;

	if (path[0] != '/')
		return "is not absolute";
	if (stat(path, &st) < 0)
		return errno_text(errno);
	if (!S_ISREG(st.st_mode))
		return "is no regular file";
	return access(path, X_OK) == 0 ? NULL : errno_text(errno);
}

/* Return: whether nothing is wrong. */
static bool check_one(const struct bundle *b, const struct check_area *to, int kind, size_t i)
{
	const char *name =
		arena_printf(&b->report->arena, "hooks.%s[%zu]", spec_hook_names[kind], i);
	const char *path = b->spec->hooks.list[kind].v[i].path;

	if (kind == HOOK_START_CONTAINER)
		return b->in.root_fd < 0 || !bundle_judge_file(b, to, name, path);
	const char *why = fault(path);
	if (why)
		check_failure(to, "program",
			      "a hook is a program of the host, by its absolute path", "%s: %s: %s",
			      name, path, why);
	return !why;
}

void bundle_hooks(const struct bundle *b)
{
	const struct check_area to = { b->report, "hooks" };
	bool good = true;
	size_t n = 0;

	for (int k = 0; k < HOOK_COUNT; k++) {
		for (size_t i = 0; i < b->spec->hooks.list[k].n; i++, n++)
			good = check_one(b, &to, k, i) && good;
	}
	if (n && good)
		check_pass(&to, "program", "%zu programs are there", n);
}
