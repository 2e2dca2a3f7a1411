/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What a netlink socket delivers, to vial-netdev: answers with links, addresses, errors and the
 * kernel's words about them. Lengths inside of lengths, so the buffer ends where the input does.
 */

#include <linux/netlink.h>

#include "fuzz.h"
#include "netdev/messages.h"
#include "netdev/netlink.h"

#define INDEX	 7
#define SEQUENCE 1

static void read_one(const struct nlmsghdr *msg, void *arg)
{
	size_t *n = arg;
	struct netdev_link link;
	struct netdev_address address;
	char buf[NETDEV_MSG_MAX];

	(*n)++;
	if (netdev_read_link(msg, &link))
		require(memchr(link.name, '\0', sizeof(link.name)));
	if (!netdev_read_address(msg, INDEX, &address))
		return;
	require(address.local_len <= 16 && address.peer_len <= 16 && address.broadcast_len <= 16);
	require(netdev_add_address(buf, INDEX, &address)->nlmsg_len <= sizeof(buf));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autofree char *copy = mem_new(size ? size : 1, 1); /* aligned, and exactly as long */
	struct err e = { 0 };
	size_t n = 0;

	if (size)
		memcpy(copy, data, size);
	int r = nlsock_read_answers(copy, (int)size, SEQUENCE, read_one, &n, &e);

	require(r <= 1 && (r >= 0 || e.text[0]));
	require(n <= size / sizeof(struct nlmsghdr));
	return 0;
}
