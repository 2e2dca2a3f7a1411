/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CMD_CREQUEST_H
#define CMD_CREQUEST_H

/* What checkpoint and restore have in common: their options and the request made from them. */

#include "cmd/cmd.h"

#define CHECKPOINT_DIRECTORY "checkpoint" /* in the working directory */

#define CHECKPOINT_OPTION_IMAGE_PATH                                                               \
	{                                                                                          \
		"image-path", 0, OPTION_TEXT, "directory of the image files", "./checkpoint"       \
	}

#define CHECKPOINT_OPTION_WORK_PATH                                                                \
	{                                                                                          \
		"work-path", 0, OPTION_TEXT,                                                       \
			"directory for CRIU's log and other work; that of the images by default",  \
			NULL                                                                       \
	}

#define CHECKPOINT_OPTIONS_BOTH                                                                    \
	{ "tcp-established", 0, OPTION_SWITCH, "keep open TCP connections", NULL },                \
		{ "tcp-close", 0, OPTION_SWITCH, "close TCP connections instead of failing",       \
		  NULL },                                                                          \
		{ "ext-unix-sk", 0, OPTION_SWITCH,                                                 \
		  "allow UNIX sockets that are connected to outside of the container", NULL },     \
		{ "shell-job", 0, OPTION_SWITCH,                                                   \
		  "allow processes that belong to a terminal of the caller", NULL },               \
		{ "file-locks", 0, OPTION_SWITCH, "keep file locks", NULL },                       \
		{ "manage-cgroups-mode", 0, OPTION_TEXT,                                           \
		  "what to do of cgroups: soft, full, strict or ignore", "soft" },                 \
		{ "network-lock", 0, OPTION_TEXT,                                                  \
		  "how the network is held still: iptables, nftables or skip", NULL },             \
		{ "empty-ns", 0, OPTION_LIST,                                                      \
		  "namespace whose content is left out: network (may be repeated)", NULL },        \
	{                                                                                          \
		"auto-dedup", 0, OPTION_SWITCH,                                                    \
			"drop pages of images that are not needed any more", NULL                  \
	}

/**
 * checkpoint_request_fill() - the request of the options above
 * To be called before the working directory changes. Runs in: host. Return: 0 or -errno.
 */
MUST_CHECK int checkpoint_request_fill(struct invocation *in, struct checkpoint_request *ret,
				       struct err *e);

#endif
