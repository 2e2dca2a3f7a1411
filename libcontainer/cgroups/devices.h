/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CGROUPS_DEVICES_H
#define CGROUPS_DEVICES_H

/*
 * Which devices a container may use: the rules of config.json and those every container
 * gets, reduced, then as lines for v1's devices controller or as a program for v2. Private to
 * the cgroups layer.
 */

#include <linux/bpf.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "spec/spec.h"

#define DEV_ALL_ACCESS (BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE)
#define DEV_ANY	       (-1)

struct dev_rule {
	bool allow;
	char type;	      /* 'b' or 'c' */
	int64_t major, minor; /* DEV_ANY: all */
	unsigned int access;  /* BPF_DEVCG_ACC_* */
};

/* For each kind of access the last rule that matches decides, else the default. */
struct dev_rules {
	bool default_allow;
	struct dev_rule *v; /* heap */
	size_t n, cap;
};

/**
 * dev_rules_build() - rules of @res in their order, then those of every container
 * @res: may be NULL
 * @ret: zeroed by the caller; dev_rules_done() afterwards, also on failure
 * @e:   names the JSON path; kind ERR_CONFIG
 *
 * The default is to deny. A rule that changes nothing is dropped; one that a later rule
 * overrides shrinks. Pure. Runs in: host. Return: 0 or -EINVAL.
 */
MUST_CHECK int dev_rules_build(const struct spec_resources *res, struct dev_rules *ret,
			       struct err *e);
void dev_rules_done(struct dev_rules *r);

/* A write to devices.allow or devices.deny. */
struct dev_line {
	bool allow;
	const char *text;
};
struct dev_lines {
	struct dev_line *v;
	size_t n;
};

/**
 * dev_rules_v1() - what to write so that devices.list says the same
 * @current: text of devices.list; only what differs from it is written, so that no access
 *           comes or goes on the way; NULL: everything
 * @a:       memory of @ret
 * @e:       v1 has one default and exceptions to it, no exceptions to those
 * Pure. Runs in: host. Return: 0 or -EINVAL.
 */
MUST_CHECK int dev_rules_v1(const struct dev_rules *r, const char *current, struct arena *a,
			    struct dev_lines *ret, struct err *e);

/**
 * dev_rules_bpf() - a BPF_PROG_TYPE_CGROUP_DEVICE program that returns 1 to allow
 * @a: memory of the result; *@n instructions
 * Pure. Runs in: host.
 */
struct bpf_insn *dev_rules_bpf(const struct dev_rules *r, struct arena *a, size_t *n);

/** dev_rules_print() - append one line a rule. Pure. */
void dev_rules_print(const struct dev_rules *r, struct strbuf *out);

/**
 * dev_bpf_attach() - load the program and make it the only one of this kind on a cgroup
 * @cgroup_fd: directory of the v2 cgroup
 * @is_new:    nothing can be attached yet: do not ask
 *
 * The new one is attached before older ones go: both hold in between. bpf(2), Linux 4.15.
 * Runs in: host. Return: 0 or -errno of bpf(2); -EPERM in a user namespace.
 */
MUST_CHECK int dev_bpf_attach(int cgroup_fd, const struct dev_rules *r, bool is_new, struct err *e);

#endif
