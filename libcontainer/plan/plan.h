/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

/*
 * The decided container: a pure function of (spec, host facts, request). Everything that can
 * be decided before the first effect is decided here, so that it can be printed and tested
 * without root. Const after plan_build(); all memory in one arena; strings may point into the
 * spec and the request, which must live as long. No descriptors.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "plan/hostfacts.h"
#include "plan/unit.h"
#include "spec/spec.h"

/* What the caller of create, run or restore asked for. Strings are borrowed. */
struct request {
	const char *program; /* the name we were called by, for messages */
	const char *id;
	const char *bundle;	    /* absolute, resolved */
	const char *config_name;    /* of a file in the bundle, or absolute; NULL: config.json */
	const char *argv0;	    /* as we were called, to find what lies beside; NULL: unknown */
	const char *pid_file;	    /* absolute, or NULL */
	const char *console_socket; /* path, or NULL */
	const char *pidfd_socket;   /* path, or NULL */
	const char *seccomp_record; /* run: write a profile there; absolute, or NULL */
	const char *seccomp_receiver; /* $RUN_OCI_SECCOMP_RECEIVER, or NULL */
	bool is_create;		      /* create, not run: init waits for `start` */
	bool detach;		      /* run --detach */
	bool keep;		      /* run --keep */
	bool no_pivot, no_new_keyring, no_subreaper;
	bool systemd_cgroup;
	bool strict;		/* refuse unknown fields and versions that are not ours */
	const char *notify_dir; /* <root>/<id>/notify when $NOTIFY_SOCKET is set; NULL: it is not */
	bool no_cgroup;		/* --cgroup-manager=disabled: stay where the caller is */
	enum { ROOTLESS_AUTO, ROOTLESS_TRUE, ROOTLESS_FALSE } rootless;
	unsigned int preserve_fds; /* descriptors 3 .. 3+n-1 go to the container */
	unsigned int listen_fds;   /* $LISTEN_FDS, already counted in preserve_fds; 0: none */
};

/* Where a container finds the socket to say that it is ready, sd_notify(3). */
#define NOTIFY_DIR	   "notify" /* in the state directory */
#define NOTIFY_SOCKET_NAME "notify.sock"
#define NOTIFY_MOUNT	   "/run/notify"

/* --- namespaces --------------------------------------------------------------------- */

enum ns_kind {
	NS_PID,
	NS_NETWORK,
	NS_MOUNT,
	NS_IPC,
	NS_UTS,
	NS_USER,
	NS_CGROUP,
	NS_TIME,
	NS_COUNT
};

struct plan_ns {
	bool wanted;	  /* named in config.json */
	const char *path; /* join this one; NULL: make a new one */
};

struct plan_id_map {
	const struct spec_id_mapping *v;
	size_t n;
};

/* --- mounts ------------------------------------------------------------------------- */

enum mount_idmap {
	IDMAP_NONE,
	IDMAP_CONTAINER, /* as the container's user namespace maps, new or joined */
	IDMAP_OWN,	 /* as a user namespace maps that is made for the purpose */
};

enum mount_kind {
	MOUNT_KIND_FS, /* a new instance of a file system */
	MOUNT_KIND_BIND,
	MOUNT_KIND_CGROUP,  /* type cgroup: what it becomes depends on the layout */
	MOUNT_KIND_REMOUNT, /* option "remount": change flags of what is there */
	/* what ANNOTATION_SYSTEMD_V1 names: a tmpfs with the hierarchy name=systemd in it */
	MOUNT_KIND_SYSTEMD_V1,
};

struct plan_mount {
	enum mount_kind kind;
	size_t index;			     /* in config.json, for messages: mounts[3] */
	const char *destination;	     /* absolute inside the container, lexically clean */
	const char *source;		     /* bind: absolute path on the host; else as written */
	const char *fstype;		     /* FS: for fsopen(2) */
	bool recursive;			     /* rbind */
	uint64_t attr_set, attr_clr;	     /* MOUNT_ATTR_* of this mount */
	uint64_t rec_attr_set, rec_attr_clr; /* the r* options: this mount and below */
	bool attr_explicit;	/* any mount flag was named: for bind, unnamed ones clear */
	unsigned long sb_flags; /* MS_RDONLY, MS_SYNCHRONOUS, ... of a new super block */
	const unsigned long *propagation; /* MS_SHARED|MS_REC, ... in order of options */
	size_t n_propagation;
	struct strs data; /* file system parameters, "key=value" or "key" */
	enum mount_idmap idmap;
	bool idmap_recursive;
	struct plan_id_map uid_map, gid_map; /* IDMAP_OWN: ids of the file system -> of the host */
	bool copy_symlink;		     /* a source that is a symlink is copied, not mounted */
	bool src_nofollow;		     /* the last component of source is not followed */
	bool dest_nofollow;		     /* nor that of destination */
	bool tmpcopyup;
	bool readonly_last; /* ro is applied after all mounts are made (tmpfs, /dev, cgroup) */
	bool has_mode;	    /* tmpfs: mode= was given */
};

struct plan_device {
	const char *path; /* absolute inside the container, clean */
	mode_t mode;	  /* S_IFCHR|0666 ... */
	uint32_t major, minor;
	uint32_t uid, gid; /* inside the container */
	bool is_default;   /* one of the six that every container has */
};

/* --- cgroups ------------------------------------------------------------------------ */

struct plan_cgroup {
	bool enabled; /* false: the container stays where the caller is */
	enum cgroup_mode mode;
	const char *path; /* below each hierarchy's mount, absolute, clean: "/docker/ID";
					 * a relative cgroupsPath: below the caller's own cgroup there */
	bool path_asked;  /* config.json has a cgroupsPath */
	bool rootless;	  /* where no limit and no path was asked, missing permission is no error */
	bool in_userns;	  /* device rules cannot be set from here */
	struct plan_unit unit; /* .name: systemd makes the cgroup, as this unit */
	const char
		*delegate; /* "a/b" below it, without limits: where init lives; v2 only; or NULL */
	bool has_owner;	   /* the v2 cgroup is delegated to this user of the host */
	uid_t owner;
	/* One per mounted hierarchy that the container joins; v2 (alone or hybrid) included.
	 * .path is the container's directory: mount point + where it goes there. */
	struct plan_cgroup_dir {
		const char *name;  /* "memory", "cpu,cpuacct", "name=systemd"; "" for v2 */
		const char *mount; /* "/sys/fs/cgroup/memory" */
		const char *path;  /* "/sys/fs/cgroup/memory/docker/ID" */
		bool is_v2;
	} * dirs;
	size_t n_dirs;
};

/* --- process ------------------------------------------------------------------------ */

struct plan_caps {
	bool set; /* false: no capabilities object: drop all */
	uint64_t bounding, effective, permitted, inheritable, ambient;
};

struct plan_rlimit {
	int resource;
	const char *name;
	uint64_t soft, hard;
};

/* The numbers are the kernel's: sched(7). */
enum plan_policy {
	PLAN_SCHED_OTHER = 0,
	PLAN_SCHED_FIFO = 1,
	PLAN_SCHED_RR = 2,
	PLAN_SCHED_BATCH = 3,
	PLAN_SCHED_ISO = 4,
	PLAN_SCHED_IDLE = 5,
	PLAN_SCHED_DEADLINE = 6,
};

struct plan_scheduler {
	bool set;
	uint32_t policy; /* enum plan_policy */
	int32_t nice;
	uint32_t priority;
	uint64_t flags;			    /* SCHED_FLAG_* */
	uint64_t runtime, deadline, period; /* nanoseconds */
	bool with_cpuset;		    /* linux.resources.cpu.cpus is set, for a message */
};

struct plan_io_priority {
	bool set;
	uint32_t class, level; /* ioprio_set(2) */
	const char *class_name;
};

/* A set of small numbers, as of memory nodes; count 0: none. */
struct plan_numbers {
	const unsigned long *v; /* bit mask as the kernel takes it */
	size_t n_bits, count;
};

struct plan_memory_policy {
	bool set;
	int mode; /* MPOL_*, with its MPOL_F_* */
	const char *name;
	struct plan_numbers nodes;
};

struct plan_process {
	const char *const *argv; /* NULL-terminated */
	const char *const *envp; /* NULL-terminated, last duplicate wins, order kept */
	bool env_has_home;	 /* else HOME comes from the container's /etc/passwd */
	const char *cwd;
	uint32_t uid, gid, umask;
	const uint32_t *groups;
	size_t n_groups;
	bool keep_groups; /* annotation run.oci.keep_original_groups */
	struct plan_caps caps;
	const struct plan_rlimit *rlimits;
	size_t n_rlimits;
	bool no_new_privileges;
	struct opt_i64 oom_score_adj;
	const char *apparmor_profile, *selinux_label; /* NULL: none */
	bool terminal;
	unsigned short rows, columns; /* 0: not asked */
	bool personality_set;
	unsigned long personality;
	struct plan_scheduler scheduler;
	struct plan_io_priority io_priority;
	struct plan_memory_policy memory_policy;
};

/* --- network devices, resctrl ------------------------------------------------------ */

struct plan_net_device {
	const char *name, *new_name; /* here; in the container, perhaps a template with %d */
};

struct plan_rdt {
	bool enabled;
	const char *root,
		*group;	      /* mount point of resctrl; the container's group, perhaps the root */
	const char *mon;      /* monitoring group of our own, or NULL */
	const char *schemata; /* text for the file of that name, or NULL */
	bool must_exist;      /* a group that is only named is not ours to make */
	bool needs_l3, needs_mb, monitoring;
};

struct plan {
	struct arena arena;
	const struct spec *spec;       /* borrowed */
	const struct request *request; /* borrowed */

	const char *rootfs; /* absolute path on the host */
	bool root_readonly;
	unsigned long root_propagation; /* MS_PRIVATE, MS_SLAVE|MS_REC, ...; 0: not asked */

	struct plan_ns ns[NS_COUNT];
	uint64_t clone_flags;	  /* for clone3; no NEWCGROUP, with offsets no NEWTIME */
	bool needs_bridge;	  /* a process between host and init joins and writes offsets */
	const char *time_offsets; /* text for timens_offsets, or NULL */
	struct plan_id_map uid_map, gid_map;
	bool deny_setgroups;
	bool use_newidmap; /* newuidmap and newgidmap write the maps */

	const struct plan_mount *mounts;
	size_t n_mounts;
	const struct plan_device *devices;
	size_t n_devices;
	bool make_dev; /* /dev is not bound by config.json: its nodes are ours */
	struct strs masked_paths, readonly_paths;

	struct plan_cgroup cgroup;
	struct plan_process process;
	const struct plan_net_device *net_devices;
	size_t n_net_devices;
	struct plan_rdt rdt;
	struct spec_string_map sysctl; /* keys with '/' for '.': "net/ipv4/ip_forward" */
	const char *hostname, *domainname;
	const char *mount_label;	/* SELinux, of what is mounted anew; NULL: none */
	const char *mount_context_type; /* "context", or of run.oci.mount_context_type */
	const char *session_keyring;	/* "_ses.ID", or NULL */
	bool loopback_up;		/* a new network namespace */

	bool notify; /* the container gets a socket for sd_notify(3): the last mount */

	const char *refusal;  /* why create must refuse what can be shown all the same; or NULL */
	struct strs warnings; /* for the log, in order */
};

/**
 * plan_build() - decide everything
 * @spec, @facts, @request: borrowed; spec and request must outlive the plan
 * @ret: the caller's to plan_free(); not set on failure
 * @e:   names the JSON path; kind ERR_CONFIG
 *
 * Pure: no system call. Runs in: host. Return: 0 or negative errno.
 */
MUST_CHECK int plan_build(const struct spec *spec, const struct host_facts *facts,
			  const struct request *request, struct plan **ret, struct err *e);

/** request_is_rootless() - are cgroups only those of an ordinary user? Pure. Runs in: host. */
bool request_is_rootless(const struct request *request, const struct host_facts *facts);

/** plan_asks_limits() - does it ask for more than rules for devices? @r may be NULL. Pure. */
bool plan_asks_limits(const struct spec_resources *r);

/** plan_free() - free a plan; NULL is allowed. Runs in: host. */
void plan_free(struct plan *plan);

/**
 * plan_host_has_turn() - is there something for the host between the mounts and pivot_root(2)?
 * Hooks of the runtime's namespace; under a user namespace what only the host has the right to.
 * Else the two need not wait for each other. Pure. Runs in: host and init, which must agree.
 */
bool plan_host_has_turn(const struct plan *plan);

/* What other layers have decided and belongs into the text. */
struct plan_extras {
	const char *cgroup; /* lines about limits and devices */
	size_t n_limits;    /* files that are written in the cgroup */
	const char *filter; /* lines about the seccomp filter */
	bool has_filter, filter_notifies;
};

/**
 * plan_print() - append the plan as stable text, for `vial plan` and golden files
 * @extras: NULL: only what the plan itself knows, without the order of the steps
 */
void plan_print(const struct plan *plan, const struct plan_extras *extras, struct strbuf *out);

/** plan_warn() - add a line to plan->warnings while building. Runs in: host. */
void plan_warn(struct plan *plan, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
