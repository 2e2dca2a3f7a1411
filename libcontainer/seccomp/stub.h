/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SECCOMP_STUB_H
#define SECCOMP_STUB_H

/*
 * Instructions put before a filter: a system call newer than all that the profile knows
 * returns ENOSYS, which programs take as "use the older one", where the profile's default
 * (usually EPERM) would break them. Private to the seccomp layer.
 */

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STUB_ARCHS_MAX 18
/* Load, one jump an architecture, one past them; at most six instructions a section. */
#define STUB_INSNS_MAX (2 + STUB_ARCHS_MAX * 7)

struct stub_arch {
	uint32_t token;	      /* AUDIT_ARCH_*, as in seccomp_data.arch */
	uint32_t max;	      /* the greatest number that the profile names */
	bool has_x32;	      /* x86-64 alone: the x32 numbers have a limit of their own */
	uint32_t x32_max;     /* with bit 30 */
	bool zero_is_unknown; /* s390: number 0 stands for those that do not fit */
};

/**
 * stub_build() - write the instructions
 * @archs: at most STUB_ARCHS_MAX, no token twice
 * @ret:   room for STUB_INSNS_MAX
 * Runs in: host. Pure. Return: how many instructions were written.
 */
size_t stub_build(const struct stub_arch *archs, size_t n, struct sock_filter *ret);

#endif
