/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/retry.h"
#include "cmd/cmd.h"
#include "cmd/limits.h"

static const struct option_row options[] = {
	{ "resources", 'r', OPTION_TEXT,
	  "file with linux.resources as JSON, or '-' for standard input; other options are ignored then",
	  NULL },
	LIMITS_OPTIONS,
	{ "pids-limit", 0, OPTION_INTEGER, "number of processes and threads; -1 for no limit",
	  "0" },
	{ "l3-cache-schema", 0, OPTION_TEXT, "schema of the L3 cache (Intel RDT)", NULL },
	{ "mem-bw-schema", 0, OPTION_TEXT, "schema of memory bandwidth (Intel RDT)", NULL },
	{ "kernel-memory", 0, OPTION_TEXT, NULL, NULL },
	{ "kernel-memory-tcp", 0, OPTION_TEXT, NULL, NULL },
	{ 0 },
};

static int read_text(const char *name, struct strbuf *text, struct err *e)
{
	bool is_stdin = str_eq(name, "-");
	int fd autoclose = is_stdin ? -1 : RETRY(open(name, O_RDONLY | O_CLOEXEC));

	if (!is_stdin && fd < 0)
		return err_errno(e, "open %s", name);
	int r = fd_read_all(is_stdin ? STDIN_FILENO : fd, JSON_DOCUMENT_MAX, text);
	if (r == -EFBIG)
		return err_set(e, EFBIG, "%s: larger than 16 MiB", name);
	return r < 0 ? err_errno(e, "read %s", name) : 0;
}

static int update_from_file(const struct invocation *in, const char *name, struct err *e)
{
	struct strbuf text autodone(strbuf) = STRBUF_INIT;
	struct spec *spec = NULL;
	int r = read_text(name, &text, e);

	if (r == 0)
		r = spec_parse_resources(str_eq(name, "-") ? "standard input" : name,
					 strbuf_str(&text), text.len, &spec, e);
	if (r != 0)
		return r;
	for (size_t i = 0; i < spec->unknown.n; i++)
		log_debug(&in->sink, "%s: unknown field %s is ignored", name, spec->unknown.v[i]);
	if (in->request.strict)
		r = spec_check_strict(spec, name, e);
	if (r == 0)
		r = container_update(&in->env, in->local.args[0], spec->linux_->resources, NULL, e);
	spec_free(spec);
	return r;
}

/* Without an effect, as with runc, which looks at them all the same. */
static int check_kernel_memory(const struct invocation *in, struct err *e)
{
	static const char *const names[] = { "kernel-memory", "kernel-memory-tcp" };
	bool given = false;
	int64_t size;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *text = options_text(&in->local, names[i]);

		given = given || text;
		if (text && size_parse(text, &size, e) < 0)
			return err_ctx(e, "invalid value for %s", names[i]);
	}
	if (given)
		log_warn(&in->sink, "Kernel memory settings are ignored and will be removed");
	return 0;
}

static int update_from_options(const struct invocation *in, struct err *e)
{
	struct limits limits = { 0 };
	int r = check_kernel_memory(in, e);
	if (r == 0)
		r = limits_parse(&in->local, &limits, e);
	if (r < 0)
		return r;
	const struct update_rdt rdt = { options_text(&in->local, "l3-cache-schema"),
					options_text(&in->local, "mem-bw-schema") };
	return container_update(&in->env, in->local.args[0], &limits.res, &rdt, e);
}

/* Of a wrong value and a container that is not there, the latter is told, as by runc. */
static int run(struct invocation *in, int *ret_status, struct err *e)
{
	const char *file = options_text(&in->local, "resources");
	struct container_info info;
	struct err missing;

	(void)ret_status;
	int r = file ? update_from_file(in, file, e) : update_from_options(in, e);
	if (r == 0)
		return 0;
	int found = container_info(&in->env, in->local.args[0], &info, &missing);
	if (found == 0)
		container_info_done(&info);
	if (found == 0 || missing.kind != ERR_NO_CONTAINER)
		return r;
	*e = missing;
	return found;
}

const struct command cmd_update = {
	.name = "update",
	.summary = "change the limits of a container",
	.usage = "[command options] <container-id>",
	.text = "The <container-id> is the name that the container was created under. Options may\n"
		"stand before and behind it.\n"
		"\n"
		"DESCRIPTION:\n"
		"   Changes limits of a container that is created, running or paused. What is not named\n"
		"keeps its value. Either all that is asked for holds afterwards, or, when the kernel\n"
		"refuses a value, everything is as it was.\n"
		"\n"
		"   The file of --resources has the form of linux.resources in config.json, where what\n"
		"is 0 or \"\" is left as it is:\n"
		"\n"
		"       {\n"
		"         \"memory\": { \"limit\": 0, \"reservation\": 0, \"swap\": 0, \"checkBeforeUpdate\": true },\n"
		"         \"cpu\": { \"shares\": 0, \"quota\": 0, \"burst\": 0, \"period\": 0, \"realtimeRuntime\": 0,\n"
		"                  \"realtimePeriod\": 0, \"cpus\": \"\", \"mems\": \"\", \"idle\": 0 },\n"
		"         \"pids\": { \"limit\": 100 },\n"
		"         \"blockIO\": { \"weight\": 0 }\n"
		"       }\n"
		"\n"
		"EXAMPLE:\n"
		"   To give the container \"web\" half a CPU and 512 MiB:\n"
		"\n"
		"       # {} update web --cpu-quota 50000 --memory 512M\n",
	.options = options,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
