/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/retry.h"
#include "container/ops.h"

int pid_file_write(const char *path, pid_t pid, struct err *e)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;
	const char *slash = strrchr(path, '/');
	if (!slash || !slash[1])
		return err_set(e, EINVAL, "pid file %s: not an absolute path of a file", path);
	autofree char *dir = slash == path ? mem_strdup("/")
					   : strndup(path, (size_t)(slash - path));
	autoclose int dir_fd = RETRY(open(dir ? dir : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (dir_fd < 0)
		return err_errno(e, "pid file %s: open %s", path, dir);
	strbuf_addf(&text, "%ld", (long)pid);
	int r = file_replace_at(dir_fd, slash + 1, &text, 0, e);
	return r < 0 ? err_ctx(e, "pid file %s", path) : 0;
}
