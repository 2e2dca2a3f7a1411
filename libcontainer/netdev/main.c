/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vial-netdev NETNS [NAME NEW-NAME]...: move network interfaces into a network namespace, for
 * linux.netDevices of config.json. Its own program, because libmnl has no static library on
 * Debian; `vial` runs it when a configuration asks for it. An error is one line on standard error,
 * exit status 1; the interfaces are where they were then.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/retry.h"
#include "base/str.h"
#include "netdev/netlink.h"

#define OWN_NETNS  "/proc/self/ns/net"
#define MOVE_TRIES 8 /* somebody may take an index of a joined namespace in between */

/* One interface, here and there. */
struct device {
	const char *name, *new_name;
	struct netdev_link link; /* as it was here */
	struct netdev_address *addresses;
	size_t n_addresses;
	int new_index; /* 0: it is here */
};

struct job {
	struct nlsock here, there;
	struct device *devices;
	size_t n_devices;
};

/* --- what there is ------------------------------------------------------------------------ */

static void note_link(const struct nlmsghdr *msg, void *arg)
{
	struct netdev_link *ret = arg, found;

	if (netdev_read_link(msg, &found))
		*ret = found;
}

static void note_address(const struct nlmsghdr *msg, void *arg)
{
	struct device *d = arg;
	struct netdev_address a;

	if (!netdev_read_address(msg, d->link.index, &a))
		return;
	d->addresses = mem_grow(d->addresses, d->n_addresses + 1, sizeof(a));
	d->addresses[d->n_addresses++] = a;
}

static void note_index(const struct nlmsghdr *msg, void *arg)
{
	int *highest = arg;
	struct netdev_link found;

	if (netdev_read_link(msg, &found) && found.index > *highest)
		*highest = found.index;
}

static int look(struct job *j, struct device *d, struct err *e)
{
	char buf[NETDEV_MSG_MAX];

	int r = nlsock_talk(&j->here, netdev_get_link(buf, d->name), note_link, &d->link, e);
	if (r < 0)
		return r;
	if (d->link.index <= 0)
		return err_set(e, ENODEV, "%s", errno_text(ENODEV));
	return nlsock_talk(&j->here, netdev_get_addresses(buf), note_address, d, e);
}

/* --- moving ------------------------------------------------------------------------------- */

static int move_to(struct nlsock *from, struct nlsock *to, int index, const char *name,
		   int *ret_index, struct err *e)
{
	char buf[NETDEV_MSG_MAX];
	int r = -EBUSY;

	for (int i = 0; i < MOVE_TRIES && r == -EBUSY; i++) {
		int highest = 0;

		r = nlsock_talk(to, netdev_get_links(buf), note_index, &highest, e);
		if (r < 0)
			return r;
		*ret_index = highest + 1;
		r = nlsock_talk(from, netdev_move(buf, index, to->netns_fd, name, *ret_index), NULL,
				NULL, e);
	}
	return r;
}

static int dress(struct nlsock *s, int index, const struct device *d, bool up, struct err *e)
{
	char buf[NETDEV_MSG_MAX];
	int r = 0;

	for (size_t i = 0; r == 0 && i < d->n_addresses; i++)
		r = nlsock_talk(s, netdev_add_address(buf, index, &d->addresses[i]), NULL, NULL, e);
	if (r < 0)
		return err_ctx(e, "set its addresses");
	if (up)
		r = nlsock_talk(s, netdev_set_up(buf, index), NULL, NULL, e);
	return r < 0 ? err_ctx(e, "set it up") : 0;
}

static int move_in(struct job *j, struct device *d, struct err *e)
{
	int index = 0;
	int r = move_to(&j->here, &j->there, d->link.index, d->new_name, &index, e);

	/* Also after a failure: the kernel moves first, renames then, and takes nothing back. */
	d->new_index = index;
	if (r < 0)
		return err_ctx(e, "move it as %s", d->new_name);
	return dress(&j->there, index, d, true, e);
}

/* After a failure: a container that was never made takes no interface away. */
static void move_back(struct job *j, struct device *d)
{
	struct err ignored;
	int index;

	if (d->new_index > 0 &&
	    move_to(&j->there, &j->here, d->new_index, d->name, &index, &ignored) == 0)
		(void)!dress(&j->here, index, d, d->link.up, &ignored);
}

static int move_all(struct job *j, struct err *e)
{
	int r = 0;
	size_t i;

	for (i = 0; r == 0 && i < j->n_devices; i++) {
		r = look(j, &j->devices[i], e);
		if (r < 0)
			(void)err_ctx(e, "%s", j->devices[i].name);
	}
	for (i = 0; r == 0 && i < j->n_devices; i++) {
		r = move_in(j, &j->devices[i], e);
		if (r < 0)
			(void)err_ctx(e, "%s", j->devices[i].name);
	}
	for (i = 0; r < 0 && i < j->n_devices; i++)
		move_back(j, &j->devices[i]);
	return r;
}

/* --- the whole ---------------------------------------------------------------------------- */

static int run(struct job *j, const char *netns, struct err *e)
{
	autoclose int here = RETRY(open(OWN_NETNS, O_RDONLY | O_CLOEXEC));
	if (here < 0)
		return err_errno(e, "open " OWN_NETNS);
	autoclose int there = RETRY(open(netns, O_RDONLY | O_CLOEXEC));
	if (there < 0)
		return err_errno(e, "open %s", netns);

	int r = nlsock_open(&j->here, here, e);
	if (r == 0)
		r = nlsock_open(&j->there, there, e);
	if (r == 0)
		r = move_all(j, e);
	nlsock_done(&j->here);
	nlsock_done(&j->there);
	return r;
}

int main(int argc, char **argv)
{
	struct job j = { 0 };
	struct err e;

	if (argc < 2 || argc % 2 != 0) {
		(void)fputs("usage: vial-netdev NETNS [NAME NEW-NAME]...\n", stderr);
		return 2;
	}
	j.n_devices = (size_t)argc / 2 - 1;
	j.devices = mem_new(j.n_devices + 1, sizeof(*j.devices));
	for (size_t i = 0; i < j.n_devices; i++) {
		j.devices[i].name = argv[2 + 2 * i];
		j.devices[i].new_name = argv[3 + 2 * i];
	}
	int r = run(&j, argv[1], &e);
	for (size_t i = 0; i < j.n_devices; i++)
		free(j.devices[i].addresses);
	free(j.devices);
	if (r < 0)
		(void)fprintf(stderr, "%s\n", e.text);
	return r < 0 ? 1 : 0;
}
