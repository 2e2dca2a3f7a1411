/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CMD_LIMITS_H
#define CMD_LIMITS_H

#include "base/err.h"
#include "cmd/options.h"
#include "spec/spec.h"

/* Limits from the command line of `update`; .res points into the others. */
struct limits {
	struct spec_resources res;
	struct spec_memory memory;
	struct spec_cpu cpu;
	struct spec_block_io block_io;
};

/* The rows that limits_parse() reads. */
#define LIMITS_OPTIONS                                                                             \
	{ "blkio-weight", 0, OPTION_INTEGER, "relative weight of block I/O, 10 to 1000", "0" },    \
		{ "cpu-period", 0, OPTION_TEXT,                                                    \
		  "microseconds after which the CPU quota starts anew; 0 leaves it as it is",      \
		  NULL },                                                                          \
		{ "cpu-quota", 0, OPTION_TEXT,                                                     \
		  "microseconds of CPU time in each period; -1 for no limit", NULL },              \
		{ "cpu-burst", 0, OPTION_TEXT,                                                     \
		  "microseconds of unused quota that may be used later, on top of the quota",      \
		  NULL },                                                                          \
		{ "cpu-share", 0, OPTION_TEXT, "relative weight of CPU time, 2 to 262144", NULL }, \
		{ "cpu-rt-period", 0, OPTION_TEXT,                                                 \
		  "microseconds after which the real-time budget starts anew", NULL },             \
		{ "cpu-rt-runtime", 0, OPTION_TEXT,                                                \
		  "microseconds of real-time scheduling in each period", NULL },                   \
		{ "cpu-idle", 0, OPTION_TEXT,                                                      \
		  "1: run only when a CPU has nothing else; 0: normal", NULL },                    \
		{ "cpuset-cpus", 0, OPTION_TEXT, "CPUs to run on, like 0-3,7", NULL },             \
		{ "cpuset-mems", 0, OPTION_TEXT, "memory nodes to use, like 0,1", NULL },          \
		{ "memory", 0, OPTION_TEXT, "bytes of memory, like 512M; -1 for no limit", NULL }, \
		{ "memory-reservation", 0, OPTION_TEXT,                                            \
		  "bytes of memory to keep when the host has little", NULL },                      \
	{                                                                                          \
		"memory-swap", 0, OPTION_TEXT,                                                     \
			"bytes of memory and swap together; -1 for no limit on swap", NULL         \
	}

/**
 * limits_parse() - the options as linux.resources
 * @l: zeroed by the caller; borrows from @o
 * @e: "invalid value for cpu-quota: ..."
 * Zero leaves a value as it is, but for cpu-burst, cpu-idle and pids-limit. Pure.
 * Runs in: host. Return: 0 or -EINVAL.
 */
MUST_CHECK int limits_parse(const struct options *o, struct limits *l, struct err *e);

/**
 * size_parse() - bytes as people write them: "512M", "1.5g", "64KiB", "100"; "-1"
 * @e: in the words of Docker's go-units: "invalid suffix: 'x'", "invalid size: 'abc'"
 * Powers of 1024. Pure. Runs in: host. Return: 0 or -EINVAL.
 */
MUST_CHECK int size_parse(const char *text, int64_t *ret, struct err *e);

#endif
