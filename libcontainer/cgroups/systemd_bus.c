/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/systemd_bus.h"

#include <dbus/dbus.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "cgroups/bus_dial.h"
#include "cgroups/fs.h"

#define DESTINATION "org.freedesktop.systemd1"
#define OBJECT	    "/org/freedesktop/systemd1"
#define MANAGER	    "org.freedesktop.systemd1.Manager"

struct sd_bus {
	DBusConnection *c;
	int64_t deadline_ms;
	bool direct; /* systemd's own socket, without a bus between */
};

static void message_done(DBusMessage **m)
{
	if (*m)
		dbus_message_unref(*m);
}
#define automessage __attribute__((cleanup(message_done)))

/* --- calls ---------------------------------------------------------------------------------- */

static bool is_timeout(const DBusError *d)
{
	return dbus_error_has_name(d, DBUS_ERROR_NO_REPLY) ||
	       dbus_error_has_name(d, DBUS_ERROR_TIMEOUT) ||
	       dbus_error_has_name(d, DBUS_ERROR_TIMED_OUT);
}

static int code_of(const DBusError *d)
{
	static const struct {
		const char *name;
		int code;
	} codes[] = {
		{ "org.freedesktop.systemd1.UnitExists", EEXIST },
		{ "org.freedesktop.systemd1.NoSuchUnit", ENOENT },
		{ DBUS_ERROR_ACCESS_DENIED, EACCES },
		{ DBUS_ERROR_AUTH_FAILED, EACCES },
		{ "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired", EACCES },
	};

	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		if (dbus_error_has_name(d, codes[i].name))
			return codes[i].code;
	return EIO;
}

static int explain(const DBusError *d, const char *what, struct err *e)
{
	if (is_timeout(d))
		return bus_timed_out(e, what);
	return err_set(e, code_of(d), "%s: %s", what, d->message ? d->message : d->name);
}

/*
 * Not dbus_connection_send_with_reply_and_block(): that first waits without end until the other
 * side has taken the message, which one that does not even answer the handshake never does.
 */
static int wait_reply(const struct sd_bus *bus, DBusPendingCall *pending, const char *what,
		      struct err *e)
{
	while (!dbus_pending_call_get_completed(pending)) {
		if (clock_ms() >= bus->deadline_ms)
			return bus_timed_out(e, what);
		if (!dbus_connection_read_write_dispatch(bus->c, bus_left_ms(bus->deadline_ms)))
			return err_set(e, ECONNRESET, "%s: the connection was closed", what);
	}
	return 0;
}

/* @ret: NULL: the answer does not matter. */
static int call(const struct sd_bus *bus, DBusMessage *m, DBusMessage **ret, struct err *e)
{
	const char *what = dbus_message_get_member(m);
	DBusError d autodone(dbus_err) = DBUS_ERROR_INIT;
	DBusPendingCall *pending = NULL;

	if (!dbus_connection_send_with_reply(bus->c, m, &pending, bus_left_ms(bus->deadline_ms)))
		abort();
	if (!pending)
		return err_set(e, ECONNRESET, "%s: the connection was closed", what);
	int r = wait_reply(bus, pending, what, e);
	automessage DBusMessage *reply = r < 0 ? NULL : dbus_pending_call_steal_reply(pending);
	dbus_pending_call_unref(pending);
	if (r < 0)
		return r;
	if (dbus_set_error_from_message(&d, reply))
		return dbus_connection_get_is_connected(bus->c)
			       ? explain(&d, what, e)
			       : err_set(e, ECONNRESET, "%s: the connection was closed", what);
	if (ret)
		*ret = take_ptr(reply);
	return 0;
}

static DBusMessage *manager_call(const char *method)
{
	DBusMessage *m = dbus_message_new_method_call(DESTINATION, OBJECT, MANAGER, method);

	return m ? m : (abort(), NULL); /* as base/mem.h: out of memory */
}

static int bus_call(struct sd_bus *bus, const char *method, const char *text, DBusMessage **ret,
		    struct err *e)
{
	automessage DBusMessage *m = dbus_message_new_method_call(DBUS_SERVICE_DBUS, DBUS_PATH_DBUS,
								  DBUS_INTERFACE_DBUS, method);

	if (!m)
		abort();
	if (text && !dbus_message_append_args(m, DBUS_TYPE_STRING, &text, DBUS_TYPE_INVALID))
		abort();
	return call(bus, m, ret, e);
}

/* --- connecting ------------------------------------------------------------------------------ */

/* Not dbus_bus_register(), which waits as long as it likes. */
static int hello(struct sd_bus *bus, struct err *e)
{
	DBusError d autodone(dbus_err) = DBUS_ERROR_INIT;
	automessage DBusMessage *reply = NULL;
	const char *name;

	int r = bus_call(bus, "Hello", NULL, &reply, e);
	if (r < 0)
		return r;
	if (!dbus_message_get_args(reply, &d, DBUS_TYPE_STRING, &name, DBUS_TYPE_INVALID))
		return explain(&d, "Hello", e);
	return dbus_bus_set_unique_name(bus->c, name) ? 0 : (abort(), 0);
}

/*
 * systemd 257 reads up to 256 bytes of the handshake at once, and leaves a message that came with
 * the last of them until more comes: a short call would wait for its answer in vain. After a long
 * one there is more.
 */
static int greet_directly(struct sd_bus *bus)
{
	static const char padding[] = "                                                          "
				      "                                                          ";
	automessage DBusMessage *m =
		dbus_message_new_method_call(DESTINATION, OBJECT, DBUS_INTERFACE_PEER, "Ping");
	const char *text = padding;

	if (!m)
		abort();
	dbus_message_set_no_reply(m, TRUE);
	for (int i = 0; i < 4; i++)
		if (!dbus_message_append_args(m, DBUS_TYPE_STRING, &text, DBUS_TYPE_INVALID))
			abort();
	return dbus_connection_send(bus->c, m, NULL) ? 0 : (abort(), 0);
}

static int open_address(const char *address, bool direct, struct sd_bus **ret, struct err *e)
{
	struct sd_bus *bus = mem_new(1, sizeof(*bus));

	/* Else it ignores the signal for the whole process, and what that starts. */
	dbus_connection_set_change_sigpipe(FALSE);
	*bus = (struct sd_bus){ NULL, clock_ms() + BUS_TIMEOUT_MS, direct };
	int r = bus_dial(address, bus->deadline_ms, &bus->c, e);
	if (r == 0)
		r = direct ? greet_directly(bus) : hello(bus, e);
	if (r < 0) {
		sd_bus_free(bus);
		return err_ctx(e, "%s", address);
	}
	*ret = bus;
	return 0;
}

/* "unix:path=" and a path in which what D-Bus keeps for itself is escaped; NULL without a path. */
static char *unix_address(const char *dir, const char *name)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;

	if (!dir || dir[0] != '/')
		return NULL;
	strbuf_addf(&text, "%s/%s", dir, name);
	char *escaped = dbus_address_escape_value(strbuf_str(&text));
	text.len = 0;
	strbuf_addf(&text, "unix:path=%s", escaped);
	dbus_free(escaped);
	return mem_strdup(strbuf_str(&text));
}

static char *bus_address(bool user)
{
	const char *given = getenv(user ? "DBUS_SESSION_BUS_ADDRESS" : "DBUS_SYSTEM_BUS_ADDRESS");

	if (given && *given)
		return mem_strdup(given);
	return user ? unix_address(getenv("XDG_RUNTIME_DIR"), "bus")
		    : unix_address("/run/dbus", "system_bus_socket");
}

static int no_address(struct err *e)
{
	return err_set(e, ENOENT,
		       "no bus: neither DBUS_SESSION_BUS_ADDRESS nor XDG_RUNTIME_DIR is set");
}

int sd_bus_open(bool user, struct sd_bus **ret, struct err *e)
{
	struct err second;
	autofree char *address = bus_address(user);
	autofree char *private = user ? unix_address(getenv("XDG_RUNTIME_DIR"), "systemd/private")
				      : unix_address("/run/systemd", "private");

	int r = address ? open_address(address, false, ret, e) : no_address(e);
	if (r < 0 && r != -ETIMEDOUT && private && access("/run/systemd/system", F_OK) == 0 &&
	    open_address(private, true, ret, &second) == 0)
		return 0;
	return r < 0 ? err_ctx(e, "connect to systemd's %s manager over D-Bus",
			       user ? "user" : "system")
		     : 0;
}

void sd_bus_free(struct sd_bus *bus)
{
	if (!bus)
		return;
	if (bus->c) {
		dbus_connection_close(bus->c);
		dbus_connection_unref(bus->c);
	}
	free(bus);
}

/* --- values ------------------------------------------------------------------------------------ */

static void append(DBusMessageIter *to, const struct gvar *g);

static void append_items(DBusMessageIter *to, const struct gvar *g)
{
	DBusMessageIter inner;

	if (!dbus_message_iter_open_container(to,
					      g->type == 'a' ? DBUS_TYPE_ARRAY : DBUS_TYPE_STRUCT,
					      g->type == 'a' ? g->element : NULL, &inner))
		abort();
	for (size_t i = 0; i < g->n; i++)
		append(&inner, &g->items[i]);
	if (!dbus_message_iter_close_container(to, &inner))
		abort();
}

static void append(DBusMessageIter *to, const struct gvar *g)
{
	DBusBasicValue v = { 0 };

	if (g->type == 'a' || g->type == 'r') {
		append_items(to, g);
		return;
	}
	switch (g->type) {
	case 'b':
		v.bool_val = g->v.u != 0;
		break;
	case 'y':
		v.byt = (unsigned char)g->v.u;
		break;
	case 'n':
		v.i16 = (dbus_int16_t)g->v.i;
		break;
	case 'q':
		v.u16 = (dbus_uint16_t)g->v.u;
		break;
	case 'i':
		v.i32 = (dbus_int32_t)g->v.i;
		break;
	case 'u':
		v.u32 = (dbus_uint32_t)g->v.u;
		break;
	case 'x':
		v.i64 = g->v.i;
		break;
	case 't':
		v.u64 = g->v.u;
		break;
	case 'd':
		v.dbl = g->v.d;
		break;
	default:
		v.str = (char *)(uintptr_t)g->v.s;
	}
	if (!dbus_message_iter_append_basic(to, g->type, &v))
		abort();
}

static void append_property(DBusMessageIter *list, const struct unit_property *p)
{
	autodone(strbuf) struct strbuf signature = STRBUF_INIT;
	DBusMessageIter pair, variant;

	gvar_signature(&p->value, &signature);
	if (!dbus_message_iter_open_container(list, DBUS_TYPE_STRUCT, NULL, &pair) ||
	    !dbus_message_iter_append_basic(&pair, DBUS_TYPE_STRING, &p->name) ||
	    !dbus_message_iter_open_container(&pair, DBUS_TYPE_VARIANT, strbuf_str(&signature),
					      &variant))
		abort();
	append(&variant, &p->value);
	if (!dbus_message_iter_close_container(&pair, &variant) ||
	    !dbus_message_iter_close_container(list, &pair))
		abort();
}

static void append_properties(DBusMessageIter *to, const struct unit_properties *p)
{
	DBusMessageIter list;

	if (!dbus_message_iter_open_container(to, DBUS_TYPE_ARRAY, "(sv)", &list))
		abort();
	for (size_t i = 0; i < p->n; i++)
		append_property(&list, &p->v[i]);
	if (!dbus_message_iter_close_container(to, &list))
		abort();
}

static void append_text(DBusMessageIter *to, const char *text)
{
	if (!dbus_message_iter_append_basic(to, DBUS_TYPE_STRING, &text))
		abort();
}

/* --- jobs ---------------------------------------------------------------------------------------- */

/* Only of this unit: a hundred creates at once must not hear of each other. */
static int watch_jobs(struct sd_bus *bus, const char *unit, struct err *e)
{
	autodone(strbuf) struct strbuf rule = STRBUF_INIT;

	if (bus->direct) /* hears everything */
		return 0;
	strbuf_addf(&rule,
		    "type='signal',sender='" DESTINATION "',path='" OBJECT "',interface='" MANAGER
		    "',member='JobRemoved',arg2='%s'",
		    unit);
	return bus_call(bus, "AddMatch", strbuf_str(&rule), NULL, e);
}

/* Is it the end of @job? Then @ret_result, of the message, tells how. */
static bool is_end(DBusMessage *m, const char *job, const char **ret_result)
{
	dbus_uint32_t id;
	const char *path, *unit;

	return dbus_message_is_signal(m, MANAGER, "JobRemoved") &&
	       dbus_message_get_args(m, NULL, DBUS_TYPE_UINT32, &id, DBUS_TYPE_OBJECT_PATH, &path,
				     DBUS_TYPE_STRING, &unit, DBUS_TYPE_STRING, ret_result,
				     DBUS_TYPE_INVALID) &&
	       str_eq(path, job);
}

static int wait_job(struct sd_bus *bus, const char *job, const char *what, struct err *e)
{
	while (clock_ms() < bus->deadline_ms) {
		automessage DBusMessage *m = dbus_connection_pop_message(bus->c);
		const char *result;

		if (!m && !dbus_connection_read_write(bus->c, bus_left_ms(bus->deadline_ms)))
			return err_set(e, ECONNRESET, "%s: the connection was closed", what);
		if (m && is_end(m, job, &result))
			return str_eq(result, "done")
				       ? 0
				       : err_set(e, EIO, "%s: the job ended with \"%s\"", what,
						 result);
	}
	return bus_timed_out(e, what);
}

/* A call that answers with a job. */
static int run_job(struct sd_bus *bus, DBusMessage *m, struct err *e)
{
	DBusError d autodone(dbus_err) = DBUS_ERROR_INIT;
	automessage DBusMessage *reply = NULL;
	const char *job, *what = dbus_message_get_member(m);

	int r = call(bus, m, &reply, e);
	if (r < 0)
		return r;
	if (!dbus_message_get_args(reply, &d, DBUS_TYPE_OBJECT_PATH, &job, DBUS_TYPE_INVALID))
		return explain(&d, what, e);
	return wait_job(bus, job, what, e);
}

static void reset_failed(struct sd_bus *bus, const char *unit)
{
	automessage DBusMessage *m = manager_call("ResetFailedUnit");
	DBusMessageIter args;
	struct err ignored; /* mostly: there is no such unit any more */

	dbus_message_iter_init_append(m, &args);
	append_text(&args, unit);
	if (call(bus, m, NULL, &ignored) < 0)
		return;
}

static int start_once(struct sd_bus *bus, const char *unit, const struct unit_properties *p,
		      struct err *e)
{
	automessage DBusMessage *m = manager_call("StartTransientUnit");
	DBusMessageIter args, aux;

	dbus_message_iter_init_append(m, &args);
	append_text(&args, unit);
	append_text(&args, "replace");
	append_properties(&args, p);
	if (!dbus_message_iter_open_container(&args, DBUS_TYPE_ARRAY, "(sa(sv))", &aux) ||
	    !dbus_message_iter_close_container(&args, &aux))
		abort();
	return run_job(bus, m, e);
}

int sd_bus_start(struct sd_bus *bus, const struct plan_unit *unit, const struct unit_properties *p,
		 struct err *e)
{
	int r = watch_jobs(bus, unit->name, e);

	if (r == 0)
		r = start_once(bus, unit->name, p, e);
	if (r == -EEXIST) {
		reset_failed(bus, unit->name);
		r = start_once(bus, unit->name, p, e);
	}
	if (r == -EEXIST && unit->is_slice)
		return 0; /* slices are shared */
	if (r < 0 && r != -EEXIST)
		reset_failed(bus, unit->name);
	return r < 0 ? err_ctx(e, "unable to start unit \"%s\"", unit->name) : 0;
}

int sd_bus_set(struct sd_bus *bus, const char *unit, const struct unit_properties *p, struct err *e)
{
	automessage DBusMessage *m = manager_call("SetUnitProperties");
	DBusMessageIter args;
	dbus_bool_t runtime = TRUE;

	dbus_message_iter_init_append(m, &args);
	append_text(&args, unit);
	if (!dbus_message_iter_append_basic(&args, DBUS_TYPE_BOOLEAN, &runtime))
		abort();
	append_properties(&args, p);
	int r = call(bus, m, NULL, e);
	return r < 0 ? err_ctx(e, "unable to set properties of unit \"%s\"", unit) : 0;
}

int sd_bus_stop(struct sd_bus *bus, const char *unit, struct err *e)
{
	automessage DBusMessage *m = manager_call("StopUnit");
	DBusMessageIter args;

	dbus_message_iter_init_append(m, &args);
	append_text(&args, unit);
	append_text(&args, "replace");
	int r = watch_jobs(bus, unit, e);
	if (r == 0)
		r = run_job(bus, m, e);
	if (r == -ENOENT)
		return 0;
	if (r == 0)
		reset_failed(bus, unit);
	return r < 0 ? err_ctx(e, "unable to stop unit \"%s\"", unit) : 0;
}

int sd_bus_attach(struct sd_bus *bus, const char *unit, const char *sub, pid_t pid, struct err *e)
{
	automessage DBusMessage *m = manager_call("AttachProcessesToUnit");
	autodone(strbuf) struct strbuf below = STRBUF_INIT;
	DBusMessageIter args, pids;
	dbus_uint32_t id = (dbus_uint32_t)pid;

	strbuf_addf(&below, "%s%s", sub ? "/" : "", sub ? sub : "");
	dbus_message_iter_init_append(m, &args);
	append_text(&args, unit);
	append_text(&args, strbuf_str(&below));
	if (!dbus_message_iter_open_container(&args, DBUS_TYPE_ARRAY, "u", &pids) ||
	    !dbus_message_iter_append_basic(&pids, DBUS_TYPE_UINT32, &id) ||
	    !dbus_message_iter_close_container(&args, &pids))
		abort();
	int r = call(bus, m, NULL, e);
	return r < 0 ? err_ctx(e, "unable to move process %d to unit \"%s\"", pid, unit) : 0;
}

int sd_bus_manager_cgroup(struct sd_bus *bus, struct arena *a, const char **ret, struct err *e)
{
	automessage DBusMessage *m =
		dbus_message_new_method_call(DESTINATION, OBJECT, DBUS_INTERFACE_PROPERTIES, "Get");
	automessage DBusMessage *reply = NULL;
	DBusMessageIter args, variant;
	const char *text;

	if (!m)
		abort();
	dbus_message_iter_init_append(m, &args);
	append_text(&args, MANAGER);
	append_text(&args, "ControlGroup");
	int r = call(bus, m, &reply, e);
	if (r < 0)
		return err_ctx(e, "ask the manager for its cgroup");
	if (!dbus_message_iter_init(reply, &args) ||
	    dbus_message_iter_get_arg_type(&args) != DBUS_TYPE_VARIANT)
		return err_set(e, EPROTO, "the manager's ControlGroup is no text");
	dbus_message_iter_recurse(&args, &variant);
	if (dbus_message_iter_get_arg_type(&variant) != DBUS_TYPE_STRING)
		return err_set(e, EPROTO, "the manager's ControlGroup is no text");
	dbus_message_iter_get_basic(&variant, &text);
	*ret = arena_strdup(a, str_eq(text, "/") ? "" : text);
	return 0;
}
