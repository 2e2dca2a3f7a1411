/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/global.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "cmd/tracer.h"

#define ROOT_DEFAULT "/run/vial"
#define ROOT_NAME    "vial" /* below $XDG_RUNTIME_DIR */

const struct option_row global_options[] = {
	{ "debug", 0, OPTION_SWITCH, "log debug messages too", NULL },
	{ "log", 0, OPTION_TEXT,
	  "log to [file:]PATH, journald:ID or syslog:ID (default is standard error)", NULL },
	{ "log-format", 0, OPTION_TEXT, "format of the log: 'text' or 'json'", "text" },
	{ "log-level", 0, OPTION_TEXT,
	  "what is logged: 'error', 'warning' or 'debug'; wins over --debug", "warning" },
	{ "root", 0, OPTION_TEXT,
	  "directory that holds the state of containers; should be on a tmpfs", ROOT_DEFAULT },
	{ "systemd-cgroup", 0, OPTION_SWITCH,
	  "let systemd make the cgroups; cgroupsPath is then \"slice:prefix:name\"", NULL },
	{ "cgroup-manager", 0, OPTION_TEXT,
	  "who makes the cgroups: 'cgroupfs', 'systemd' or, for no cgroup at all, 'disabled'",
	  "cgroupfs" },
	{ "rootless", 0, OPTION_TEXT,
	  "go on without cgroups when they may not be changed: 'true', 'false' or 'auto'", "auto" },
	{ "strict", 0, OPTION_SWITCH,
	  "refuse unknown fields and unsupported versions of config.json instead of ignoring them",
	  NULL },
	{ "trace", 0, OPTION_TEXT,
	  "write the phases of the command to this file, for Perfetto or chrome://tracing", NULL },
	{ "version", 'v', OPTION_SWITCH, "print the version", NULL },
	{ 0 },
};

static int apply_log_level(struct invocation *in, struct err *e)
{
	static const struct {
		const char *name;
		enum log_level level;
	} names[] = {
		{ "error", LOG_LEVEL_ERROR },
		{ "warning", LOG_LEVEL_INFO },
		{ "debug", LOG_LEVEL_DEBUG },
	};
	const char *text = options_text(&in->global, "log-level");

	if (options_on(&in->global, "debug"))
		in->log.max = LOG_LEVEL_DEBUG;
	if (!text)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (str_eq(text, names[i].name)) {
			in->log.max = names[i].level;
			return 0;
		}
	}
	return err_set_kind(e, ERR_USAGE, EINVAL,
			    "invalid log-level: %s: expected error, warning or debug", text);
}

static int apply_log_format(struct invocation *in, struct err *e)
{
	const char *format = options_text(&in->global, "log-format");

	if (!format || str_eq(format, "text"))
		return 0;
	if (!str_eq(format, "json"))
		return err_set_kind(e, ERR_USAGE, EINVAL, "invalid log-format: %s", format);
	in->log.json = true;
	return 0;
}

/* The file first: it shall have what is wrong with the rest. */
static int apply_log(struct invocation *in, struct err *e)
{
	const char *target = options_text(&in->global, "log");
	int r = target ? logger_open(&in->log, target, e) : 0;

	if (r == 0)
		r = apply_log_format(in, e);
	if (r == 0)
		r = apply_log_level(in, e);
	in->sink = (struct log_sink){ logger_emit, &in->log, in->log.max };
	in->env.log = &in->sink;
	return r;
}

static int apply_rootless(struct invocation *in, struct err *e)
{
	const char *text = options_text(&in->global, "rootless");
	bool on = false;

	if (!text || str_eq(text, "auto")) {
		in->request.rootless = ROOTLESS_AUTO;
		return 0;
	}
	if (option_bool_parse(text, &on) < 0)
		return err_set_kind(
			e, ERR_USAGE, EINVAL,
			"invalid value \"%s\" for --rootless: expected true, false or auto", text);
	in->request.rootless = on ? ROOTLESS_TRUE : ROOTLESS_FALSE;
	return 0;
}

static int apply_cgroup_manager(struct invocation *in, struct err *e)
{
	const char *text = options_text(&in->global, "cgroup-manager");
	struct request *req = &in->request;

	req->systemd_cgroup = options_on(&in->global, "systemd-cgroup");
	if (!text)
		return 0;
	bool systemd = str_eq(text, "systemd");
	req->no_cgroup = str_eq(text, "disabled");
	if (!systemd && !req->no_cgroup && !str_eq(text, "cgroupfs"))
		return err_set_kind(
			e, ERR_USAGE, EINVAL,
			"invalid cgroup-manager: %s: expected cgroupfs, systemd or disabled", text);
	if (req->systemd_cgroup && !systemd)
		return err_set_kind(
			e, ERR_USAGE, EINVAL,
			"--systemd-cgroup and --cgroup-manager=%s contradict each other", text);
	req->systemd_cgroup = systemd;
	return 0;
}

/* The initial user namespace maps every id to itself: user_namespaces(7). */
static int probe_userns(bool *ret, struct err *e)
{
	struct strbuf map autodone(strbuf) = STRBUF_INIT;
	int r = file_read_at(AT_FDCWD, "/proc/self/uid_map", 0, &map, e);

	if (r < 0)
		return r;
	*ret = !str_eq(strbuf_str(&map), "         0          0 4294967295\n");
	return 0;
}

/*
 * Root of a container's user namespace has a real user's XDG_RUNTIME_DIR; the system's root
 * may have one that is left over from sudo, which does not count.
 */
static int is_ordinary_user(bool *ret, struct err *e)
{
	const char *user = getenv("USER");
	int r;

	*ret = true;
	if (geteuid() != 0)
		return 0;
	r = probe_userns(ret, e);
	if (r == 0 && *ret)
		*ret = !user || !str_eq(user, "root");
	return r;
}

static int default_root(struct invocation *in, struct err *e)
{
	const char *runtime_dir = getenv("XDG_RUNTIME_DIR");
	bool ordinary = false;

	in->env.root = ROOT_DEFAULT;
	if (!runtime_dir || runtime_dir[0] != '/')
		return 0;

	int r = is_ordinary_user(&ordinary, e);
	if (r == 0 && ordinary)
		in->env.root = path_join(&in->arena, runtime_dir, ROOT_NAME);
	return r;
}

static int apply_root(struct invocation *in, struct err *e)
{
	const char *given = options_text(&in->global, "root");

	if (!given)
		return default_root(in, e);

	char *cwd autofree = given[0] == '/' ? mem_strdup("/") : getcwd(NULL, 0);
	if (!cwd)
		return err_errno(e, "getcwd(3)");
	in->env.root = path_join(&in->arena, cwd, given);
	in->root_given = true;
	if (str_eq(in->env.root, "/"))
		return err_set_kind(e, ERR_USAGE, EINVAL,
				    "Option --root argument should not be set to /");
	return 0;
}

int global_apply(struct invocation *in, struct err *e)
{
	int r = apply_log(in, e);

	tracer_begin(in);
	const char *notify_socket = getenv("NOTIFY_SOCKET");

	in->request.program = in->program;
	in->request.argv0 = in->argv[0];
	in->request.strict = options_on(&in->global, "strict");
	in->env.notify_socket = notify_socket && notify_socket[0] ? notify_socket : NULL;
	if (r == 0)
		r = apply_root(in, e);
	if (r == 0)
		r = apply_rootless(in, e);
	if (r == 0)
		r = apply_cgroup_manager(in, e);
	return r;
}

int global_make_root(const struct invocation *in, struct err *e)
{
	if (in->root_given || str_eq(in->env.root, ROOT_DEFAULT))
		return 0;
	if (mkdir(in->env.root, 0700) < 0 && errno != EEXIST)
		return err_errno(e, "mkdir %s", in->env.root);
	if (chmod(in->env.root, 0700 | S_ISVTX) < 0)
		return err_errno(e, "chmod %s", in->env.root);
	return 0;
}
