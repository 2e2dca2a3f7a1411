/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/bus_dial.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/str.h"
#include "cgroups/bus_socket.h"

int bus_left_ms(int64_t deadline_ms)
{
	int64_t left = deadline_ms - clock_ms();

	return left > 1 ? (int)left : 1;
}

int bus_timed_out(struct err *e, const char *what)
{
	return err_set(e, ETIMEDOUT,
		       "%s: no answer within %d s: is dbus or systemd overloaded or stuck?", what,
		       BUS_TIMEOUT_MS / 1000);
}

void dbus_err_done(DBusError *d)
{
	dbus_error_free(d);
}

/* The socket that libdbus has made becomes what @fd is. */
static int replace_socket(DBusConnection *c, int fd, struct err *e)
{
	int theirs;

	if (!dbus_connection_get_socket(c, &theirs))
		return err_set(e, ENOTCONN, "libdbus has no socket");
	return dup3(fd, theirs, O_CLOEXEC) < 0 ? err_errno(e, "dup3(2)") : 0;
}

/*
 * libdbus connects without a limit, and takes no connected socket. So it connects to one of ours,
 * and its descriptor then becomes the connection made within a limit: no byte was sent by then.
 */
static int adopt(int fd, const char *guid, DBusConnection **ret, struct err *e)
{
	DBusError d autodone(dbus_err) = DBUS_ERROR_INIT;
	autodone(strbuf) struct strbuf address = STRBUF_INIT;
	char name[BUS_STAND_IN_NAME];

	autoclose int listener = bus_stand_in(name);
	if (listener < 0)
		return err_set(e, -listener, "socket for libdbus: %s", errno_text(-listener));
	char *id = dbus_address_escape_value(guid ? guid : "");
	strbuf_addf(&address, "unix:abstract=%s%s%s", name, guid ? ",guid=" : "", id);
	dbus_free(id);
	DBusConnection *c = dbus_connection_open_private(strbuf_str(&address), &d);
	if (!c)
		return err_set(e, ECONNREFUSED, "%s", d.message);
	dbus_connection_set_exit_on_disconnect(c, FALSE);
	int r = replace_socket(c, fd, e);
	if (r == 0) {
		*ret = c;
		return 0;
	}
	dbus_connection_close(c);
	dbus_connection_unref(c);
	return r;
}

static int dial_one(DBusAddressEntry *entry, int64_t deadline_ms, DBusConnection **ret,
		    struct err *e)
{
	const char *path = dbus_address_entry_get_value(entry, "path");
	const char *abstract = dbus_address_entry_get_value(entry, "abstract");

	if (!str_eq(dbus_address_entry_get_method(entry), "unix") || !(path || abstract))
		return err_set(e, EPROTONOSUPPORT,
			       "%s: only unix:path= and unix:abstract= can be connected to",
			       dbus_address_entry_get_method(entry));
	autoclose int fd = bus_connect(path ? path : abstract, !path, bus_left_ms(deadline_ms));
	if (fd == -ETIMEDOUT)
		return bus_timed_out(e, "connect");
	if (fd < 0)
		return err_set(e, -fd, "connect: %s", errno_text(-fd));
	return adopt(fd, dbus_address_entry_get_value(entry, "guid"), ret, e);
}

int bus_dial(const char *address, int64_t deadline_ms, DBusConnection **ret, struct err *e)
{
	DBusError d autodone(dbus_err) = DBUS_ERROR_INIT;
	DBusAddressEntry **entries;
	struct err other;
	int n;

	*ret = NULL;
	if (!dbus_parse_address(address, &entries, &n, &d))
		return err_set(e, EINVAL, "%s", d.message);
	int r = dial_one(entries[0], deadline_ms, ret, e);
	for (int i = 1; i < n && r < 0 && r != -ETIMEDOUT; i++) {
		r = dial_one(entries[i], deadline_ms, ret, &other);
		if (r < 0)
			(void)err_append(e, "%s", other.text);
	}
	dbus_address_entries_free(entries);
	return r;
}
