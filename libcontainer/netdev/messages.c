/* SPDX-License-Identifier: Apache-2.0 */
#include "netdev/messages.h"

#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

#define IPV4_LOOPBACK 127 /* first byte of 127.0.0.0/8 */

_Static_assert(NETDEV_NAME_MAX == IFNAMSIZ, "as the kernel has it");

/* --- building ----------------------------------------------------------------------------- */

static struct nlmsghdr *link_message(void *buf, int type, int flags, int index,
				     struct ifinfomsg **ret)
{
	struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);

	msg->nlmsg_type = (uint16_t)type;
	msg->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	*ret = mnl_nlmsg_put_extra_header(msg, sizeof(**ret));
	(*ret)->ifi_family = AF_UNSPEC;
	(*ret)->ifi_index = index;
	return msg;
}

struct nlmsghdr *netdev_get_link(void *buf, const char *name)
{
	struct ifinfomsg *info;
	struct nlmsghdr *msg = link_message(buf, RTM_GETLINK, 0, 0, &info);

	mnl_attr_put_strz(msg, IFLA_IFNAME, name);
	return msg;
}

struct nlmsghdr *netdev_get_links(void *buf)
{
	struct ifinfomsg *info;

	return link_message(buf, RTM_GETLINK, NLM_F_DUMP, 0, &info);
}

struct nlmsghdr *netdev_get_addresses(void *buf)
{
	struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
	struct ifaddrmsg *info;

	msg->nlmsg_type = RTM_GETADDR;
	msg->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	info = mnl_nlmsg_put_extra_header(msg, sizeof(*info));
	info->ifa_family = AF_UNSPEC;
	return msg;
}

struct nlmsghdr *netdev_move(void *buf, int index, int netns_fd, const char *name, int new_index)
{
	struct ifinfomsg *info;
	struct nlmsghdr *msg = link_message(buf, RTM_SETLINK, NLM_F_ACK, index, &info);

	mnl_attr_put_u32(msg, IFLA_NET_NS_FD, (uint32_t)netns_fd);
	mnl_attr_put_u32(msg, IFLA_NEW_IFINDEX, (uint32_t)new_index);
	mnl_attr_put_strz(msg, IFLA_IFNAME, name);
	return msg;
}

struct nlmsghdr *netdev_set_up(void *buf, int index)
{
	struct ifinfomsg *info;
	struct nlmsghdr *msg = link_message(buf, RTM_SETLINK, NLM_F_ACK, index, &info);

	info->ifi_flags = IFF_UP;
	info->ifi_change = IFF_UP;
	return msg;
}

struct nlmsghdr *netdev_add_address(void *buf, int index, const struct netdev_address *a)
{
	struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
	struct ifaddrmsg *info;

	msg->nlmsg_type = RTM_NEWADDR;
	msg->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE;
	info = mnl_nlmsg_put_extra_header(msg, sizeof(*info));
	info->ifa_family = a->family;
	info->ifa_prefixlen = a->prefix;
	info->ifa_scope = a->scope;
	info->ifa_index = (uint32_t)index;
	mnl_attr_put_u32(msg, IFA_FLAGS, a->flags);
	if (a->local_len)
		mnl_attr_put(msg, IFA_LOCAL, a->local_len, a->local);
	if (a->peer_len)
		mnl_attr_put(msg, IFA_ADDRESS, a->peer_len, a->peer);
	if (a->broadcast_len)
		mnl_attr_put(msg, IFA_BROADCAST, a->broadcast_len, a->broadcast);
	return msg;
}

/* --- reading ------------------------------------------------------------------------------ */

static int read_link_attr(const struct nlattr *attr, void *arg)
{
	struct netdev_link *ret = arg;

	if (mnl_attr_get_type(attr) != IFLA_IFNAME)
		return MNL_CB_OK;
	const char *name = mnl_attr_get_payload(attr);
	size_t n = strnlen(name, mnl_attr_get_payload_len(attr));

	if (n >= sizeof(ret->name))
		return MNL_CB_ERROR;
	memcpy(ret->name, name, n);
	ret->name[n] = '\0';
	return MNL_CB_OK;
}

bool netdev_read_link(const struct nlmsghdr *msg, struct netdev_link *ret)
{
	if (msg->nlmsg_type != RTM_NEWLINK ||
	    msg->nlmsg_len < mnl_nlmsg_size(sizeof(struct ifinfomsg)))
		return false;
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(msg);
	*ret = (struct netdev_link){ .index = info->ifi_index, .up = info->ifi_flags & IFF_UP };
	return mnl_attr_parse(msg, sizeof(*info), read_link_attr, ret) == MNL_CB_OK;
}

static uint8_t take_address(const struct nlattr *attr, uint8_t ret[16])
{
	size_t n = mnl_attr_get_payload_len(attr);

	if (n > 16)
		return 0;
	memcpy(ret, mnl_attr_get_payload(attr), n);
	return (uint8_t)n;
}

static int read_address_attr(const struct nlattr *attr, void *arg)
{
	struct netdev_address *ret = arg;

	switch (mnl_attr_get_type(attr)) {
	case IFA_LOCAL:
		ret->local_len = take_address(attr, ret->local);
		break;
	case IFA_ADDRESS:
		ret->peer_len = take_address(attr, ret->peer);
		break;
	case IFA_BROADCAST:
		ret->broadcast_len = take_address(attr, ret->broadcast);
		break;
	case IFA_FLAGS:
		if (mnl_attr_get_payload_len(attr) == sizeof(uint32_t))
			ret->flags = mnl_attr_get_u32(attr);
		break;
	default:
		break;
	}
	return MNL_CB_OK;
}

static bool is_loopback(const struct netdev_address *a)
{
	const uint8_t *v = a->local_len ? a->local : a->peer;

	return a->family == AF_INET && v[0] == IPV4_LOOPBACK;
}

bool netdev_read_address(const struct nlmsghdr *msg, int index, struct netdev_address *ret)
{
	if (msg->nlmsg_type != RTM_NEWADDR ||
	    msg->nlmsg_len < mnl_nlmsg_size(sizeof(struct ifaddrmsg)))
		return false;
	const struct ifaddrmsg *info = mnl_nlmsg_get_payload(msg);
	*ret = (struct netdev_address){ .family = info->ifa_family,
					.prefix = info->ifa_prefixlen,
					.scope = info->ifa_scope,
					.flags = info->ifa_flags };
	if (mnl_attr_parse(msg, sizeof(*info), read_address_attr, ret) != MNL_CB_OK)
		return false;
	if ((int)info->ifa_index != index || info->ifa_scope != RT_SCOPE_UNIVERSE ||
	    !(ret->flags & IFA_F_PERMANENT) || is_loopback(ret))
		return false;
	/* What the kernel reports and does not take. */
	ret->flags &= IFA_F_NODAD | IFA_F_NOPREFIXROUTE | IFA_F_HOMEADDRESS;
	return true;
}
