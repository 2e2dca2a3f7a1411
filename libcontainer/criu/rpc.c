/* SPDX-License-Identifier: Apache-2.0 */
#include "criu/rpc.h"

#include <errno.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "criu/wire.h"

#define LOG_EVERYTHING 4

/* Field numbers of the messages. */
enum { REQ_TYPE = 1, REQ_OPTS = 2, REQ_NOTIFY_SUCCESS = 3, REQ_KEEP_OPEN = 4, REQ_FEATURES = 5 };
enum {
	RESP_TYPE = 1,
	RESP_SUCCESS = 2,
	RESP_RESTORE = 4,
	RESP_NOTIFY = 5,
	RESP_ERRNO = 7,
	RESP_FEATURES = 8,
	RESP_MESSAGE = 9,
	RESP_VERSION = 10,
};
enum { FEATURE_MEM_TRACK = 1, FEATURE_LAZY_PAGES = 2 };
enum { VERSION_MAJOR = 1, VERSION_MINOR = 2, VERSION_SUBLEVEL = 4 };
enum {
	OPT_IMAGES_FD = 1,
	OPT_PID = 2,
	OPT_LEAVE_RUNNING = 3,
	OPT_EXT_UNIX_SK = 4,
	OPT_TCP_ESTABLISHED = 5,
	OPT_SHELL_JOB = 7,
	OPT_FILE_LOCKS = 8,
	OPT_LOG_LEVEL = 9,
	OPT_LOG_FILE = 10,
	OPT_PAGE_SERVER = 11,
	OPT_NOTIFY_SCRIPTS = 12,
	OPT_ROOT = 13,
	OPT_PARENT_IMAGE = 14,
	OPT_TRACK_MEM = 15,
	OPT_AUTO_DEDUP = 16,
	OPT_WORK_FD = 17,
	OPT_LINK_REMAP = 18,
	OPT_EXT_MOUNT = 23,
	OPT_MANAGE_CGROUPS = 24,
	OPT_CGROUP_ROOT = 25,
	OPT_RST_SIBLING = 26,
	OPT_INHERIT_FD = 27,
	OPT_CGROUPS_MODE = 34,
	OPT_EXTERNAL = 37,
	OPT_EMPTY_NS = 38,
	OPT_JOIN_NS = 39,
	OPT_FREEZE_CGROUP = 44,
	OPT_TCP_SKIP_IN_FLIGHT = 46,
	OPT_LAZY_PAGES = 48,
	OPT_ORPHAN_PTS_MASTER = 50,
	OPT_CONFIG_FILE = 51,
	OPT_TCP_CLOSE = 52,
	OPT_LSM_PROFILE = 53,
	OPT_LSM_MOUNT_CONTEXT = 63,
	OPT_NETWORK_LOCK = 64,
};

/* --- names -------------------------------------------------------------------------------- */

static int find_name(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (names[i] && str_eq(names[i], name))
			return (int)i;
	return -EINVAL;
}

int criu_cgroups_mode(const char *name)
{
	static const char *const names[] = { "ignore", "none", "props", "soft", "full", "strict" };

	return find_name(names, ARRAY_SIZE(names), name);
}

int criu_network_lock(const char *name)
{
	static const char *const names[] = { NULL, "iptables", "nftables", "skip" };

	return find_name(names, ARRAY_SIZE(names), name);
}

const char *criu_type_name(enum criu_type type)
{
	switch (type) {
	case CRIU_DUMP:
		return "DUMP";
	case CRIU_RESTORE:
		return "RESTORE";
	case CRIU_PRE_DUMP:
		return "PRE_DUMP";
	case CRIU_NOTIFY:
		return "NOTIFY";
	case CRIU_FEATURE_CHECK:
		return "FEATURE_CHECK";
	case CRIU_VERSION:
		return "VERSION";
	}
	return "UNKNOWN";
}

/* --- what we say -------------------------------------------------------------------------- */

static void add_text(struct strbuf *out, unsigned int field, const char *text)
{
	if (text)
		wire_text(out, field, text);
}

static void add_pair(struct strbuf *out, unsigned int field, const struct criu_pair *p)
{
	struct strbuf body autodone(strbuf) = STRBUF_INIT;

	wire_text(&body, 1, p->key);
	wire_text(&body, 2, p->value);
	wire_message(out, field, &body);
}

static void add_inherit(struct strbuf *out, const struct criu_inherit *i)
{
	struct strbuf body autodone(strbuf) = STRBUF_INIT;

	wire_text(&body, 1, i->key);
	wire_int(&body, 2, i->fd);
	wire_message(out, OPT_INHERIT_FD, &body);
}

static void add_page_server(struct strbuf *out, const struct criu_opts *o)
{
	struct strbuf body autodone(strbuf) = STRBUF_INIT;

	if (!o->page_server)
		return;
	wire_text(&body, 1, o->page_server);
	wire_int(&body, 2, o->page_port);
	wire_message(out, OPT_PAGE_SERVER, &body);
}

static void add_switches(struct strbuf *out, const struct criu_opts *o)
{
	const struct {
		unsigned int field;
		bool on;
	} rows[] = {
		{ OPT_LEAVE_RUNNING, o->leave_running },
		{ OPT_EXT_UNIX_SK, o->ext_unix_sk },
		{ OPT_TCP_ESTABLISHED, o->tcp_established },
		{ OPT_SHELL_JOB, o->shell_job },
		{ OPT_FILE_LOCKS, o->file_locks },
		{ OPT_TRACK_MEM, o->track_mem },
		{ OPT_AUTO_DEDUP, o->auto_dedup },
		{ OPT_LINK_REMAP, o->link_remap },
		{ OPT_RST_SIBLING, o->rst_sibling },
		{ OPT_TCP_SKIP_IN_FLIGHT, o->tcp_skip_in_flight },
		{ OPT_LAZY_PAGES, o->lazy_pages },
		{ OPT_TCP_CLOSE, o->tcp_close },
		{ OPT_NOTIFY_SCRIPTS, true },
		{ OPT_ORPHAN_PTS_MASTER, true },
		{ OPT_MANAGE_CGROUPS, true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].on)
			wire_bool(out, rows[i].field, true);
}

static void add_opts(struct strbuf *out, const struct criu_opts *o)
{
	wire_int(out, OPT_IMAGES_FD, o->images_fd);
	if (o->work_fd >= 0)
		wire_int(out, OPT_WORK_FD, o->work_fd);
	if (o->pid > 0)
		wire_int(out, OPT_PID, o->pid);
	add_switches(out, o);
	wire_int(out, OPT_LOG_LEVEL, LOG_EVERYTHING);
	add_text(out, OPT_LOG_FILE, o->log_file);
	add_page_server(out, o);
	add_text(out, OPT_ROOT, o->root);
	add_text(out, OPT_PARENT_IMAGE, o->parent_image);
	for (size_t i = 0; i < o->n_ext_mounts; i++)
		add_pair(out, OPT_EXT_MOUNT, &o->ext_mounts[i]);
	for (size_t i = 0; i < o->n_cgroup_roots; i++)
		add_pair(out, OPT_CGROUP_ROOT, &o->cgroup_roots[i]);
	for (size_t i = 0; i < o->n_inherit; i++)
		add_inherit(out, &o->inherit[i]);
	wire_int(out, OPT_CGROUPS_MODE, o->cgroups_mode);
	for (size_t i = 0; i < o->n_join_ns; i++)
		add_pair(out, OPT_JOIN_NS, &o->join_ns[i]);
	for (size_t i = 0; i < o->external.n; i++)
		wire_text(out, OPT_EXTERNAL, o->external.v[i]);
	if (o->empty_ns)
		wire_int(out, OPT_EMPTY_NS, o->empty_ns);
	add_text(out, OPT_FREEZE_CGROUP, o->freeze_cgroup);
	add_text(out, OPT_CONFIG_FILE, o->config_file);
	add_text(out, OPT_LSM_PROFILE, o->lsm_profile);
	add_text(out, OPT_LSM_MOUNT_CONTEXT, o->lsm_mount_context);
	if (o->network_lock)
		wire_int(out, OPT_NETWORK_LOCK, o->network_lock);
}

void criu_request_encode(enum criu_type type, const struct criu_opts *opts, struct strbuf *out)
{
	struct strbuf body autodone(strbuf) = STRBUF_INIT;

	wire_int(out, REQ_TYPE, type);
	if (opts) {
		add_opts(&body, opts);
		wire_message(out, REQ_OPTS, &body);
		return;
	}
	wire_bool(out, REQ_KEEP_OPEN, true);
	if (type != CRIU_FEATURE_CHECK)
		return;
	/* CRIU answers what it is asked about. */
	wire_bool(&body, FEATURE_MEM_TRACK, true);
	wire_bool(&body, FEATURE_LAZY_PAGES, true);
	wire_message(out, REQ_FEATURES, &body);
}

void criu_reply_encode(bool success, struct strbuf *out)
{
	wire_int(out, REQ_TYPE, CRIU_NOTIFY);
	wire_bool(out, REQ_NOTIFY_SUCCESS, success);
}

/* --- what CRIU says ----------------------------------------------------------------------- */

static void copy(char *to, size_t size, const struct wire_field *f)
{
	(void)snprintf(to, size, "%.*s", (int)(f->len < size ? f->len : size - 1), f->text);
}

static int read_restored(struct criu_answer *a, const struct wire_field *f)
{
	if (f->number == 1)
		a->pid = (pid_t)f->value;
	return 0;
}

static int read_notification(struct criu_answer *a, const struct wire_field *f)
{
	if (f->number == 1 && f->is_bytes)
		copy(a->script, sizeof(a->script), f);
	else if (f->number == 2)
		a->pid = (pid_t)f->value;
	return 0;
}

static int read_features(struct criu_answer *a, const struct wire_field *f)
{
	if (f->number == FEATURE_MEM_TRACK)
		a->mem_track = f->value != 0;
	else if (f->number == FEATURE_LAZY_PAGES)
		a->has_lazy_pages = f->value != 0;
	return 0;
}

static int read_version(struct criu_answer *a, const struct wire_field *f)
{
	if (f->is_bytes)
		return 0;
	if (f->value > 99)
		return -EBADMSG;
	if (f->number == VERSION_MAJOR)
		a->version += criu_version_number((uint32_t)f->value, 0, 0);
	else if (f->number == VERSION_MINOR)
		a->version += criu_version_number(0, (uint32_t)f->value, 0);
	else if (f->number == VERSION_SUBLEVEL)
		a->version += (uint32_t)f->value;
	return 0;
}

static int read_fields(const void *data, size_t n, struct criu_answer *a,
		       int (*take)(struct criu_answer *, const struct wire_field *))
{
	struct wire_reader r = { data, n };
	struct wire_field f;

	for (;;) {
		int status = wire_next(&r, &f);

		if (status > 0)
			status = take(a, &f) < 0 ? -EBADMSG : 1;
		if (status <= 0)
			return status;
	}
}

static int read_nested(struct criu_answer *a, const struct wire_field *f)
{
	switch (f->number) {
	case RESP_RESTORE:
		return read_fields(f->text, f->len, a, read_restored);
	case RESP_NOTIFY:
		return read_fields(f->text, f->len, a, read_notification);
	case RESP_FEATURES:
		return read_fields(f->text, f->len, a, read_features);
	case RESP_VERSION:
		return read_fields(f->text, f->len, a, read_version);
	case RESP_MESSAGE:
		copy(a->message, sizeof(a->message), f);
		return 0;
	default:
		return 0;
	}
}

static int read_answer(struct criu_answer *a, const struct wire_field *f)
{
	if (f->is_bytes)
		return read_nested(a, f);
	if (f->number == RESP_TYPE)
		a->type = (enum criu_type)f->value;
	else if (f->number == RESP_SUCCESS)
		a->success = f->value != 0;
	else if (f->number == RESP_ERRNO)
		a->cr_errno = (int32_t)f->value;
	return 0;
}

int criu_answer_decode(const void *data, size_t n, struct criu_answer *ret, struct err *e)
{
	*ret = (struct criu_answer){ 0 };
	if (read_fields(data, n, ret, read_answer) < 0 || ret->type == 0)
		return err_set(e, EBADMSG, "criu: not a message of its RPC");
	return 0;
}

int criu_opts_need(const struct criu_opts *opts, uint32_t version, struct err *e)
{
	const struct {
		const char *what;
		bool asked;
		uint32_t since;
	} rows[] = {
		{ "--lsm-mount-context", opts->lsm_mount_context, criu_version_number(3, 16, 0) },
		{ "--network-lock", opts->network_lock, criu_version_number(3, 17, 0) },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].asked && version < rows[i].since)
			return err_set(e, ENOTSUP, "%s needs CRIU %u.%u, this is %u.%u",
				       rows[i].what, rows[i].since / 10000,
				       rows[i].since / 100 % 100, version / 10000,
				       version / 100 % 100);
	return 0;
}
