/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NETDEV_MESSAGES_H
#define NETDEV_MESSAGES_H

/*
 * rtnetlink(7) messages of vial-netdev: built into a buffer, read from one. Pure.
 * Runs in: the helper program vial-netdev.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NETDEV_NAME_MAX 16 /* IFNAMSIZ */
#define NETDEV_MSG_MAX	1024

struct nlmsghdr;

/* An interface, as RTM_NEWLINK tells of it. */
struct netdev_link {
	int index;
	char name[NETDEV_NAME_MAX];
	bool up;
};

/* An address that moves along. */
struct netdev_address {
	uint8_t family, prefix, scope;
	uint32_t flags;
	uint8_t local[16], peer[16], broadcast[16];
	uint8_t local_len, peer_len, broadcast_len; /* 0: not given */
};

/* Each fills @buf of NETDEV_MSG_MAX bytes and returns the message in it. */

/** netdev_get_link() - ask for one interface by name. */
struct nlmsghdr *netdev_get_link(void *buf, const char *name);
/** netdev_get_links(), netdev_get_addresses() - ask for all. */
struct nlmsghdr *netdev_get_links(void *buf);
struct nlmsghdr *netdev_get_addresses(void *buf);
/**
 * netdev_move() - put interface @index into the network namespace @netns_fd
 * @name:      its name there; may hold one %d
 * @new_index: its index there
 */
struct nlmsghdr *netdev_move(void *buf, int index, int netns_fd, const char *name, int new_index);
/** netdev_set_up() - set interface @index up. */
struct nlmsghdr *netdev_set_up(void *buf, int index);
/** netdev_add_address() - give interface @index an address. */
struct nlmsghdr *netdev_add_address(void *buf, int index, const struct netdev_address *a);

/** netdev_read_link() - false when @msg is no RTM_NEWLINK. */
bool netdev_read_link(const struct nlmsghdr *msg, struct netdev_link *ret);
/** netdev_read_address() - false unless @msg is an address of @index that moves along: permanent
 * and of global scope, which 127.0.0.0/8 and link-local ones are not. */
bool netdev_read_address(const struct nlmsghdr *msg, int index, struct netdev_address *ret);

#endif
