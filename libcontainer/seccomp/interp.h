/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SECCOMP_INTERP_H
#define SECCOMP_INTERP_H

/* Classic BPF as seccomp(2) takes it, run here. Private to the seccomp layer; pure. */

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * bpf_run() - what a program returns for one call
 * @big_endian: the halves of 64-bit values stand as on such a machine
 * @ret:        SECCOMP_RET_* with its data
 * Return: 0; -EINVAL when the program leaves its bounds or has an instruction that seccomp(2)
 * refuses.
 */
int bpf_run(const struct sock_filter *insns, size_t n, const struct seccomp_data *data,
	    bool big_endian, uint32_t *ret);

#endif
