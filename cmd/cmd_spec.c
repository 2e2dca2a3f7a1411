/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/retry.h"
#include "cmd/request.h"
#include "cmd/template.h"

#define CONFIG_NAME "config.json"

static const struct option_row options[] = {
	REQUEST_OPTION_BUNDLE,
	{ "rootless", 0, OPTION_SWITCH, "make one for a container that an ordinary user runs",
	  NULL },
	{ 0 },
};

static bool host_is_cgroup2(void)
{
	struct statfs fs;

	return statfs("/sys/fs/cgroup", &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
}

static int write_config(const struct strbuf *text, struct err *e)
{
	int fd autoclose = RETRY(open(CONFIG_NAME, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));

	if (fd < 0 && errno == EEXIST)
		return err_set(e, EEXIST, "File " CONFIG_NAME " exists. Remove it first");
	if (fd < 0)
		return err_errno(e, "open " CONFIG_NAME);
	if (fd_write_all(fd, text->data, text->len) == 0)
		return 0;

	int r = err_errno(e, "write " CONFIG_NAME);
	(void)unlink(CONFIG_NAME); /* ours, and of no use; the first error is the one to tell */
	return r;
}

static int run(struct invocation *in, int *ret_status, struct err *e)
{
	struct strbuf text autodone(strbuf) = STRBUF_INIT;
	const struct template_choice choice = {
		.hostname = in->program,
		.cgroup_namespace = host_is_cgroup2(),
		.rootless = options_on(&in->local, "rootless"),
		.uid = geteuid(),
		.gid = getegid(),
	};
	int r = request_enter_bundle(in, e);

	(void)ret_status;
	if (r < 0)
		return r;
	template_config(&choice, &text);
	return write_config(&text, e);
}

const struct command cmd_spec = {
	.name = "spec",
	.summary = "write a config.json to start from",
	.usage = "[command options]",
	.text = "DESCRIPTION:\n"
		"   Writes a file config.json into the bundle. It asks for a shell on a terminal, in a\n"
		"read-only root file system \"rootfs\" beside it, with few privileges; edit it to suit.\n"
		"A file that is there already is left alone.\n"
		"\n"
		"EXAMPLE:\n"
		"   To run a program \"hello\" that needs nothing else:\n"
		"\n"
		"       mkdir -p hello/rootfs\n"
		"       cp /path/to/hello hello/rootfs/\n"
		"       cd hello\n"
		"       {} spec\n"
		"       sed -i 's;\"sh\";\"/hello\";' config.json\n"
		"       {} run hello1\n"
		"\n"
		"   As an ordinary user, give --rootless. As root of a user namespace, do not.\n",
	.options = options,
	.run = run,
};
