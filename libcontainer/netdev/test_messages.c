/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "netdev/messages.h"

#define INDEX 7

struct search {
	int type;
	const struct nlattr *found;
};

static int compare(const struct nlattr *attr, void *arg)
{
	struct search *s = arg;

	if (mnl_attr_get_type(attr) != s->type)
		return MNL_CB_OK;
	s->found = attr;
	return MNL_CB_STOP;
}

static const struct nlattr *find(const struct nlmsghdr *msg, size_t head, int type)
{
	struct search s = { type, NULL };

	(void)mnl_attr_parse(msg, (unsigned int)head, compare, &s);
	assert_non_null(s.found);
	return s.found;
}

static void a_move_names_namespace_index_and_name(void **state)
{
	char buf[NETDEV_MSG_MAX];
	const struct nlmsghdr *msg = netdev_move(buf, INDEX, 9, "eth%d", 12);
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(msg);

	(void)state;
	assert_int_equal(msg->nlmsg_type, RTM_SETLINK);
	assert_int_equal(msg->nlmsg_flags, NLM_F_REQUEST | NLM_F_ACK);
	assert_int_equal(info->ifi_index, INDEX);
	assert_int_equal(mnl_attr_get_u32(find(msg, sizeof(*info), IFLA_NET_NS_FD)), 9);
	assert_int_equal(mnl_attr_get_u32(find(msg, sizeof(*info), IFLA_NEW_IFINDEX)), 12);
	assert_string_equal(mnl_attr_get_str(find(msg, sizeof(*info), IFLA_IFNAME)), "eth%d");
}

static void setting_up_changes_one_flag(void **state)
{
	char buf[NETDEV_MSG_MAX];
	const struct nlmsghdr *msg = netdev_set_up(buf, INDEX);
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(msg);

	(void)state;
	assert_int_equal(info->ifi_flags, IFF_UP);
	assert_int_equal(info->ifi_change, IFF_UP);
}

static void a_link_is_read(void **state)
{
	char buf[NETDEV_MSG_MAX];
	struct nlmsghdr *msg = netdev_get_link(buf, "veth0");
	struct netdev_link link;

	(void)state;
	assert_false(netdev_read_link(msg, &link));
	msg->nlmsg_type = RTM_NEWLINK;
	((struct ifinfomsg *)mnl_nlmsg_get_payload(msg))->ifi_index = INDEX;
	assert_true(netdev_read_link(msg, &link));
	assert_string_equal(link.name, "veth0");
	assert_int_equal(link.index, INDEX);
	assert_false(link.up);
}

static void a_name_too_long_is_no_link(void **state)
{
	char buf[NETDEV_MSG_MAX];
	struct nlmsghdr *msg = netdev_get_link(buf, "a-name-of-sixteen");
	struct netdev_link link;

	(void)state;
	msg->nlmsg_type = RTM_NEWLINK;
	assert_false(netdev_read_link(msg, &link));
	msg->nlmsg_len = NLMSG_HDRLEN;
	assert_false(netdev_read_link(msg, &link));
}

/* As the kernel tells of it. */
static struct nlmsghdr *told(void *buf, uint8_t first, uint8_t scope, uint32_t flags)
{
	struct netdev_address a = { .family = AF_INET,
				    .prefix = 24,
				    .scope = scope,
				    .flags = flags,
				    .local = { first, 0, 0, 5 },
				    .peer = { first, 0, 0, 5 },
				    .broadcast = { first, 0, 0, 255 },
				    .local_len = 4,
				    .peer_len = 4,
				    .broadcast_len = 4 };

	return netdev_add_address(buf, INDEX, &a);
}

static void a_global_permanent_address_moves_along(void **state)
{
	char buf[NETDEV_MSG_MAX], again[NETDEV_MSG_MAX];
	struct netdev_address a;
	struct nlmsghdr *msg =
		told(buf, 10, RT_SCOPE_UNIVERSE, IFA_F_PERMANENT | IFA_F_NOPREFIXROUTE);

	(void)state;
	assert_true(netdev_read_address(msg, INDEX, &a));
	assert_int_equal(a.prefix, 24);
	assert_int_equal(a.local[0], 10);
	assert_int_equal(a.broadcast[3], 255);
	assert_int_equal(a.flags, IFA_F_NOPREFIXROUTE);

	struct netdev_address b;
	msg = netdev_add_address(again, INDEX, &a);
	assert_int_equal(msg->nlmsg_type, RTM_NEWADDR);
	mnl_attr_put_u32(msg, IFA_FLAGS, IFA_F_PERMANENT); /* the later one counts */
	assert_true(netdev_read_address(msg, INDEX, &b));
	assert_memory_equal(a.local, b.local, 16);
}

static void other_addresses_stay(void **state)
{
	char buf[NETDEV_MSG_MAX];
	struct netdev_address a;

	(void)state;
	assert_false(netdev_read_address(told(buf, 10, RT_SCOPE_UNIVERSE, IFA_F_PERMANENT),
					 INDEX + 1, &a));
	assert_false(netdev_read_address(told(buf, 10, RT_SCOPE_UNIVERSE, 0), INDEX, &a));
	assert_false(netdev_read_address(told(buf, 10, RT_SCOPE_LINK, IFA_F_PERMANENT), INDEX, &a));
	assert_false(netdev_read_address(told(buf, 10, RT_SCOPE_HOST, IFA_F_PERMANENT), INDEX, &a));
	assert_false(
		netdev_read_address(told(buf, 127, RT_SCOPE_UNIVERSE, IFA_F_PERMANENT), INDEX, &a));
	assert_false(netdev_read_address(netdev_get_links(buf), INDEX, &a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_move_names_namespace_index_and_name),
		cmocka_unit_test(setting_up_changes_one_flag),
		cmocka_unit_test(a_link_is_read),
		cmocka_unit_test(a_name_too_long_is_no_link),
		cmocka_unit_test(a_global_permanent_address_moves_along),
		cmocka_unit_test(other_addresses_stay),
	};

	return cmocka_run_group_tests_name("vial-netdev", tests, NULL, NULL);
}
