/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NETDEV_NETLINK_H
#define NETDEV_NETLINK_H

/* A netlink socket in one network namespace. Runs in: vial-netdev. */

#include "base/err.h"
#include "netdev/messages.h"

struct nlsock {
	struct mnl_socket *mnl;
	int netns_fd; /* of the namespace it belongs to; borrowed */
	uint32_t sequence;
};

/** nlsock_open() - enter @netns_fd, open a socket there. Return: 0 or negative errno. */
MUST_CHECK int nlsock_open(struct nlsock *s, int netns_fd, struct err *e);
void nlsock_done(struct nlsock *s);

/**
 * nlsock_talk() - send a request, hear all answers
 * @each: called with each answer and @arg; may be NULL
 * @e:    the kernel's own words behind the errno, where it has some
 * Return: 0 or negative errno.
 */
MUST_CHECK int nlsock_talk(struct nlsock *s, struct nlmsghdr *msg,
			   void (*each)(const struct nlmsghdr *msg, void *arg), void *arg,
			   struct err *e);

/**
 * nlsock_read_answers() - read what one recvfrom(2) delivered. Pure.
 * @buf, @left: aligned as malloc(3) does
 * @sequence:   of the request; answers to others are passed over
 * @each:       called with each answer that is no error and no end, or NULL
 * Return: 1 when more is to come, 0 at the end, or negative errno.
 */
MUST_CHECK int nlsock_read_answers(const char *buf, int left, uint32_t sequence,
				   void (*each)(const struct nlmsghdr *msg, void *arg), void *arg,
				   struct err *e);

#endif
