/* SPDX-License-Identifier: Apache-2.0 */
#include "netdev/netlink.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/mem.h"

#define ANSWER_MAX ((size_t)64 << 10)
#define ERRNO_MAX  4095

int nlsock_open(struct nlsock *s, int netns_fd, struct err *e)
{
	int on = 1;

	if (setns(netns_fd, CLONE_NEWNET) < 0)
		return err_errno(e, "enter a network namespace: setns(2)");
	s->mnl = mnl_socket_open(NETLINK_ROUTE);
	if (!s->mnl)
		return err_errno(e, "netlink: socket(2)");
	if (mnl_socket_bind(s->mnl, 0, MNL_SOCKET_AUTOPID) < 0)
		return err_errno(e, "netlink: bind(2)");
	s->netns_fd = netns_fd;
	(void)mnl_socket_setsockopt(s->mnl, NETLINK_EXT_ACK, &on, sizeof(on));
	(void)mnl_socket_setsockopt(s->mnl, NETLINK_CAP_ACK, &on, sizeof(on));
	return 0;
}

void nlsock_done(struct nlsock *s)
{
	if (s->mnl)
		(void)mnl_socket_close(s->mnl);
	s->mnl = NULL;
}

static int append_words(const struct nlattr *attr, void *arg)
{
	struct err *e = arg;

	if (mnl_attr_get_type(attr) != NLMSGERR_ATTR_MSG)
		return MNL_CB_OK;
	(void)err_append(e, "%.*s", (int)mnl_attr_get_payload_len(attr),
			 (const char *)mnl_attr_get_payload(attr));
	return MNL_CB_STOP;
}

/* NLMSG_ERROR, with NETLINK_CAP_ACK: the errno, the head of our request, attributes. */
static int read_error(const struct nlmsghdr *msg, struct err *e)
{
	const struct nlmsgerr *error = mnl_nlmsg_get_payload(msg);

	if (msg->nlmsg_len < mnl_nlmsg_size(sizeof(*error)))
		return err_set(e, EBADMSG, "netlink: a short answer");
	if (error->error == 0)
		return 0;
	if (error->error > 0 || error->error < -ERRNO_MAX)
		return err_set(e, EBADMSG, "netlink: an answer with the error %d", error->error);
	(void)err_set(e, -error->error, "%s", errno_text(-error->error));
	if (!(msg->nlmsg_flags & NLM_F_ACK_TLVS))
		return -e->code;
	(void)mnl_attr_parse(msg, sizeof(*error), append_words, e);
	return -e->code;
}

int nlsock_read_answers(const char *buf, int left, uint32_t sequence,
			void (*each)(const struct nlmsghdr *msg, void *arg), void *arg,
			struct err *e)
{
	const struct nlmsghdr *msg = (const void *)buf;
	const char *end = buf + left;
	int more = 1;

	/* libmnl takes lengths from 2^31 on for negative numbers. */
	for (; mnl_nlmsg_ok(msg, left) && msg->nlmsg_len <= (uint32_t)left;
	     msg = mnl_nlmsg_next(msg, &left)) {
		/* It looks for attributes up to the next multiple of four. The kernel fills up. */
		if ((const char *)mnl_nlmsg_get_payload_tail(msg) > end)
			return err_set(e, EBADMSG, "netlink: an answer is cut off");
		if (msg->nlmsg_seq != sequence)
			continue;
		if (msg->nlmsg_type == NLMSG_ERROR)
			return read_error(msg, e);
		if (msg->nlmsg_type == NLMSG_DONE)
			return 0;
		if (each)
			each(msg, arg);
		more = msg->nlmsg_flags & NLM_F_MULTI ? 1 : 0;
	}
	return more;
}

int nlsock_talk(struct nlsock *s, struct nlmsghdr *msg,
		void (*each)(const struct nlmsghdr *msg, void *arg), void *arg, struct err *e)
{
	autofree char *buf = mem_new(ANSWER_MAX, 1);
	int r = 1;

	msg->nlmsg_seq = ++s->sequence;
	if (mnl_socket_sendto(s->mnl, msg, msg->nlmsg_len) < 0)
		return err_errno(e, "netlink: sendto(2)");
	while (r > 0) {
		ssize_t n = mnl_socket_recvfrom(s->mnl, buf, ANSWER_MAX);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, "netlink: recvfrom(2)");
		r = nlsock_read_answers(buf, (int)n, s->sequence, each, arg, e);
	}
	return r;
}
