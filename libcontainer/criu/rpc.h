/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRIU_RPC_H
#define CRIU_RPC_H

/*
 * The messages of CRIU's RPC, as far as we send or read them. The numbers are CRIU's; fields
 * that an older CRIU does not know it ignores, so that those whose absence would matter are
 * tied to a version (criu_opts_need()). Pure; runs in: host.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"

enum criu_type {
	CRIU_DUMP = 1,
	CRIU_RESTORE = 2,
	CRIU_PRE_DUMP = 4,
	CRIU_NOTIFY = 6,
	CRIU_FEATURE_CHECK = 9,
	CRIU_VERSION = 10,
};

struct criu_pair {
	const char *key, *value;
};

struct criu_inherit {
	const char *key;
	int fd; /* as the criu process has it */
};

/* Lists are borrowed; strings that are NULL and numbers that are 0 are left out. */
struct criu_opts {
	int images_fd, work_fd; /* ours; CRIU opens them through /proc; work_fd -1: the images' */
	pid_t pid;
	bool leave_running, ext_unix_sk, tcp_established, tcp_close, tcp_skip_in_flight;
	bool shell_job, file_locks, link_remap, auto_dedup, lazy_pages, track_mem;
	bool rst_sibling; /* what is restored becomes a child of CRIU's parent */
	const char *log_file, *root, *parent_image, *config_file, *freeze_cgroup;
	const char *page_server; /* address; with page_port */
	int32_t page_port;
	const char *lsm_profile, *lsm_mount_context;
	int cgroups_mode;  /* of criu_cgroups_mode() */
	int network_lock;  /* of criu_network_lock(); 0: CRIU's own choice */
	uint32_t empty_ns; /* CLONE_NEW* */
	const struct criu_pair *ext_mounts,
		*cgroup_roots; /* of a root: its controllers; "" is v2 */
	size_t n_ext_mounts, n_cgroup_roots;
	const struct criu_pair *join_ns; /* "uts": its file, as CRIU can open it */
	size_t n_join_ns;
	const struct criu_inherit *inherit;
	size_t n_inherit;
	struct strs external;
};

/**
 * criu_cgroups_mode(), criu_network_lock() - the number of a name: "soft", "full", "strict",
 * "ignore", "props", "none"; "iptables", "nftables", "skip"
 * Return: the number (0 is "ignore"), or -EINVAL.
 */
MUST_CHECK int criu_cgroups_mode(const char *name);
MUST_CHECK int criu_network_lock(const char *name);

/** criu_type_name() - "DUMP", "RESTORE", ... */
const char *criu_type_name(enum criu_type type);

/**
 * criu_request_encode() - append a request
 * @opts: NULL for a question about CRIU itself
 * CRIU keeps the connection open after questions; not after work.
 */
void criu_request_encode(enum criu_type type, const struct criu_opts *opts, struct strbuf *out);

/** criu_reply_encode() - append the answer to a notification. */
void criu_reply_encode(bool success, struct strbuf *out);

/* Everything that CRIU says. */
struct criu_answer {
	enum criu_type type;
	bool success;
	int32_t cr_errno;
	pid_t pid;	   /* of a restored process, or of a notification */
	char script[64];   /* of a notification: "post-restore" */
	char message[512]; /* why, in CRIU's words; or "" */
	bool mem_track, has_lazy_pages;
	uint32_t version; /* as criu_version_number() */
};

/** criu_version_number() - so that versions compare: 4.1.1 is 40101. */
static inline uint32_t criu_version_number(uint32_t major, uint32_t minor, uint32_t sublevel)
{
	return major * 10000 + minor * 100 + sublevel;
}

/** criu_answer_decode() - Return: 0 or -EBADMSG. */
MUST_CHECK int criu_answer_decode(const void *data, size_t n, struct criu_answer *ret,
				  struct err *e);

/**
 * criu_opts_need() - is a CRIU new enough for what is asked for?
 * @e: "--lsm-mount-context needs CRIU 3.16, this is 3.15"
 * Return: 0 or -ENOTSUP.
 */
MUST_CHECK int criu_opts_need(const struct criu_opts *opts, uint32_t version, struct err *e);

#endif
