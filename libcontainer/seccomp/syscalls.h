/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SECCOMP_SYSCALLS_H
#define SECCOMP_SYSCALLS_H

/*
 * Names and numbers of system calls, and the architectures they belong to. A name is known by
 * its id, from 1 to SYSCALL_NAMES in the order of the alphabet. The tables are written by
 * scripts/syscall-tables.py. Private to the seccomp layer; all pure, runs in: any.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SYSCALL_NAMES 518
#define SYSCALL_SLOTS 2048 /* of the hash table */

extern const char syscall_libseccomp[]; /* version of the libseccomp whose names are here */
extern const char syscall_text[];	/* all names, each with its NUL */
extern const uint16_t syscall_at[];	/* id -> where its name starts */
extern const uint16_t syscall_slots[];	/* hash -> id, open addressing */

/* A table of numbers; architectures of two byte orders share one. */
enum syscall_column_name {
	COLUMN_X86,
	COLUMN_X86_64,
	COLUMN_X32,
	COLUMN_ARM,
	COLUMN_AARCH64,
	COLUMN_MIPS,
	COLUMN_MIPS64,
	COLUMN_MIPS64N32,
	COLUMN_PARISC,
	COLUMN_PARISC64,
	COLUMN_PPC,
	COLUMN_PPC64,
	COLUMN_RISCV64,
	COLUMN_S390,
	COLUMN_S390X,
	COLUMN_LOONGARCH64,
	COLUMN_M68K,
	COLUMN_SH,
};

#define SYSCALL_RANGES 2

struct syscall_range {
	uint32_t base;	     /* number of the first */
	uint32_t n;	     /* 0: no such range */
	const uint16_t *ids; /* by number - base; 0: no call has the number */
};
struct syscall_column {
	struct syscall_range ranges[SYSCALL_RANGES]; /* ascending */
};
extern const struct syscall_column syscall_columns[];

struct seccomp_arch {
	const char *name; /* "SCMP_ARCH_X86_64" */
	uint32_t audit;	  /* AUDIT_ARCH_*: seccomp_data.arch */
	uint8_t column;	  /* enum syscall_column_name */
	bool is_32;	  /* arguments are compared by their lower half alone */
	bool big_endian;
	bool multiplexes; /* socketcall(2) and ipc(2) stand for calls of their own */
};

/* Sorted by name, as `features` prints them; ends with a NULL name. */
extern const struct seccomp_arch seccomp_archs[];

#define X32_BIT 0x40000000u /* __X32_SYSCALL_BIT: in the numbers of x32 */

/** syscall_id() - the id of a name; 0: nobody knows it. */
uint16_t syscall_id(const char *name);
/** syscall_name() - the name of an id of syscall_id(). */
const char *syscall_name(uint16_t id);
/** syscall_number() - of a name on an architecture. Return: false: it has none there. */
bool syscall_number(const struct seccomp_arch *a, uint16_t id, uint32_t *ret);
/** syscall_id_of() - the id of a number on an architecture; 0: no call has it. */
uint16_t syscall_id_of(const struct seccomp_arch *a, uint32_t number);

/** arch_find() - by name, "SCMP_ARCH_X86_64"; NULL: unknown. */
const struct seccomp_arch *arch_find(const char *name);
/** arch_native() - what this program was built for. */
const struct seccomp_arch *arch_native(void);

/* socketcall(2) and ipc(2): the calls that are their first argument. */
struct syscall_multiplex {
	const char *name;	  /* "socketcall" */
	const char *const *calls; /* by the number of the argument; NULL: no such call */
	size_t n;
};
extern const struct syscall_multiplex syscall_multiplexes[2];

#endif
