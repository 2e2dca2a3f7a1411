/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SECCOMP_ORACLE_H
#define TESTS_SECCOMP_ORACLE_H

/*
 * libseccomp's program for a profile, and a comparison of our program with it and with the slow
 * way of seccomp/profile.h, for calls at and around every boundary that the profile has.
 */

#include <linux/filter.h>
#include <stdint.h>

#include "seccomp/flags.h"
#include "seccomp/profile.h"
#include "seccomp/seccomp.h"

struct oracle {
	struct sock_filter *insns; /* heap */
	size_t n;
	/* By id: a rule was refused, on all architectures, because one has a rule like it. */
	bool refused[SYSCALL_NAMES + 1];
};
void oracle_done(struct oracle *o);

/**
 * oracle_compile() - by libseccomp, as runc uses it
 * @tree: its binary tree
 * Return: 0, or a negative errno of libseccomp's.
 */
int oracle_compile(const struct spec_seccomp *s, const struct seccomp_arch *native, bool tree,
		   struct oracle *ret);

/** oracle_knows() - has libseccomp this architecture? */
bool oracle_knows(const struct seccomp_arch *a);

struct comparison {
	uint64_t calls;	 /* made */
	uint64_t enosys; /* ours alone: ENOSYS */
	uint64_t newer;	 /* names that libseccomp does not know */
	uint64_t merged; /* several conditional rules, of which libseccomp makes something else */
	uint64_t faults; /* other faults of libseccomp's */
	char complaint[512]; /* the first call that is decided wrongly; "": none */
};

struct oracle_effort {
	unsigned int tries;  /* how often the arguments of a call with conditions are chosen */
	unsigned int stride; /* of the numbers without a rule one in so many is tried; 1: all */
	bool without_theirs; /* libseccomp is not asked, the profile itself only */
};

/**
 * oracle_compare() - every number of every architecture that the profile lists
 * @seed: of the choice of arguments and numbers
 */
void oracle_compare(const struct spec_seccomp *s, const struct seccomp_arch *native,
		    const struct oracle_effort *effort, uint64_t seed, struct comparison *ret);

/** oracle_random() - a profile from a stream of bytes, in @a. @take: the next byte. */
const struct spec_seccomp *oracle_random(struct arena *a, unsigned char (*take)(void *arg),
					 void *arg);

#endif
