/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/crequest.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "cmd/request.h"

int checkpoint_request_fill(struct invocation *in, struct checkpoint_request *ret, struct err *e)
{
	const struct options *o = &in->local;
	char *cwd autofree = getcwd(NULL, 0);

	/* CRIU is a child of ours, and who ignores the signal never hears how one ended: wait(2). */
	(void)signal(SIGCHLD, SIG_DFL);
	if (!cwd)
		return err_errno(e, "getcwd(3)");
	*ret = (struct checkpoint_request){
		.image_path = path_join(&in->arena, cwd, CHECKPOINT_DIRECTORY),
		.ext_unix_sk = options_on(o, "ext-unix-sk"),
		.tcp_established = options_on(o, "tcp-established"),
		.tcp_close = options_on(o, "tcp-close"),
		.shell_job = options_on(o, "shell-job"),
		.file_locks = options_on(o, "file-locks"),
		.auto_dedup = options_on(o, "auto-dedup"),
		.cgroups_mode = options_text(o, "manage-cgroups-mode"),
		.network_lock = options_text(o, "network-lock"),
		.empty_ns = options_list(o, "empty-ns"),
	};
	if (options_text(o, "image-path"))
		ret->image_path = path_join(&in->arena, cwd, options_text(o, "image-path"));
	return request_path(in, "work-path", &ret->work_path, e);
}
