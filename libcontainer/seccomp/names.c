/* SPDX-License-Identifier: Apache-2.0 */
#include "seccomp/syscalls.h"

#include <linux/audit.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "seccomp/seccomp.h"

#ifndef AUDIT_ARCH_LOONGARCH64
#	define AUDIT_ARCH_LOONGARCH64 (258 | __AUDIT_ARCH_64BIT | __AUDIT_ARCH_LE)
#endif

#define LITTLE false
#define BIG    true
#define BITS32 true
#define BITS64 false

/* The multiplexing ones are those that libseccomp treats so. */
#define ARCHS(X)                                                                                   \
	X(AARCH64, AUDIT_ARCH_AARCH64, AARCH64, BITS64, LITTLE, false)                             \
	X(ARM, AUDIT_ARCH_ARM, ARM, BITS32, LITTLE, false)                                         \
	X(LOONGARCH64, AUDIT_ARCH_LOONGARCH64, LOONGARCH64, BITS64, LITTLE, false)                 \
	X(M68K, AUDIT_ARCH_M68K, M68K, BITS32, BIG, true)                                          \
	X(MIPS, AUDIT_ARCH_MIPS, MIPS, BITS32, BIG, true)                                          \
	X(MIPS64, AUDIT_ARCH_MIPS64, MIPS64, BITS64, BIG, false)                                   \
	X(MIPS64N32, AUDIT_ARCH_MIPS64N32, MIPS64N32, BITS32, BIG, false)                          \
	X(MIPSEL, AUDIT_ARCH_MIPSEL, MIPS, BITS32, LITTLE, true)                                   \
	X(MIPSEL64, AUDIT_ARCH_MIPSEL64, MIPS64, BITS64, LITTLE, false)                            \
	X(MIPSEL64N32, AUDIT_ARCH_MIPSEL64N32, MIPS64N32, BITS32, LITTLE, false)                   \
	X(PARISC, AUDIT_ARCH_PARISC, PARISC, BITS32, BIG, false)                                   \
	X(PARISC64, AUDIT_ARCH_PARISC64, PARISC64, BITS64, BIG, false)                             \
	X(PPC, AUDIT_ARCH_PPC, PPC, BITS32, BIG, true)                                             \
	X(PPC64, AUDIT_ARCH_PPC64, PPC64, BITS64, BIG, true)                                       \
	X(PPC64LE, AUDIT_ARCH_PPC64LE, PPC64, BITS64, LITTLE, true)                                \
	X(RISCV64, AUDIT_ARCH_RISCV64, RISCV64, BITS64, LITTLE, false)                             \
	X(S390, AUDIT_ARCH_S390, S390, BITS32, BIG, true)                                          \
	X(S390X, AUDIT_ARCH_S390X, S390X, BITS64, BIG, true)                                       \
	X(SH, AUDIT_ARCH_SHEL, SH, BITS32, LITTLE, true)                                           \
	X(SHEB, AUDIT_ARCH_SH, SH, BITS32, BIG, true)                                              \
	X(X32, AUDIT_ARCH_X86_64, X32, BITS32, LITTLE, false)                                      \
	X(X86, AUDIT_ARCH_I386, X86, BITS32, LITTLE, true)                                         \
	X(X86_64, AUDIT_ARCH_X86_64, X86_64, BITS64, LITTLE, false)

#define AS_ROW(name, audit, column, is_32, big, multiplexes)                                       \
	{ "SCMP_ARCH_" #name, audit, COLUMN_##column, is_32, big, multiplexes },
#define AS_NAME(name, ...) "SCMP_ARCH_" #name,

const struct seccomp_arch seccomp_archs[] = { ARCHS(AS_ROW){ NULL, 0, 0, false, false, false } };
const char *const seccomp_arch_names[] = { ARCHS(AS_NAME) NULL };

#if defined(__x86_64__) && defined(__ILP32__)
#	define NATIVE "SCMP_ARCH_X32"
#elif defined(__x86_64__)
#	define NATIVE "SCMP_ARCH_X86_64"
#elif defined(__i386__)
#	define NATIVE "SCMP_ARCH_X86"
#elif defined(__aarch64__)
#	define NATIVE "SCMP_ARCH_AARCH64"
#elif defined(__arm__)
#	define NATIVE "SCMP_ARCH_ARM"
#elif defined(__riscv) && __riscv_xlen == 64
#	define NATIVE "SCMP_ARCH_RISCV64"
#elif defined(__loongarch64)
#	define NATIVE "SCMP_ARCH_LOONGARCH64"
#elif defined(__s390x__)
#	define NATIVE "SCMP_ARCH_S390X"
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#	define NATIVE "SCMP_ARCH_PPC64LE"
#elif defined(__powerpc64__)
#	define NATIVE "SCMP_ARCH_PPC64"
#elif defined(__powerpc__)
#	define NATIVE "SCMP_ARCH_PPC"
#elif defined(__mips64) && defined(__MIPSEL__)
#	define NATIVE "SCMP_ARCH_MIPSEL64"
#elif defined(__mips64)
#	define NATIVE "SCMP_ARCH_MIPS64"
#elif defined(__mips__) && defined(__MIPSEL__)
#	define NATIVE "SCMP_ARCH_MIPSEL"
#elif defined(__mips__)
#	define NATIVE "SCMP_ARCH_MIPS"
#else
#	error "which seccomp architecture is this?"
#endif

/* linux/net.h: SYS_SOCKET and on; linux/ipc.h: SEMOP and on. */
static const char *const socket_calls[] = {
	NULL,	       "socket",     "bind",	"connect", "listen",  "accept",	  "getsockname",
	"getpeername", "socketpair", "send",	"recv",	   "sendto",  "recvfrom", "shutdown",
	"setsockopt",  "getsockopt", "sendmsg", "recvmsg", "accept4", "recvmmsg", "sendmmsg",
};
static const char *const ipc_calls[] = {
	NULL, "semop", "semget", "semctl", "semtimedop", NULL,	   NULL,     NULL, NULL,
	NULL, NULL,    "msgsnd", "msgrcv", "msgget",	 "msgctl", NULL,     NULL, NULL,
	NULL, NULL,    NULL,	 "shmat",  "shmdt",	 "shmget", "shmctl",
};
const struct syscall_multiplex syscall_multiplexes[2] = {
	{ "socketcall", socket_calls, ARRAY_SIZE(socket_calls) },
	{ "ipc", ipc_calls, ARRAY_SIZE(ipc_calls) },
};

/* As in scripts/syscall-tables.py: FNV-1a, folded. */
static uint32_t hash_of(const char *name)
{
	uint32_t h = 2166136261u;

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 16777619u;
	return h ^ h >> 15;
}

uint16_t syscall_id(const char *name)
{
	uint32_t at = hash_of(name) % SYSCALL_SLOTS;

	/* It ends: three of four slots are free. */
	for (; syscall_slots[at] != 0; at = (at + 1) % SYSCALL_SLOTS)
		if (str_eq(syscall_name(syscall_slots[at]), name))
			return syscall_slots[at];
	return 0;
}

const char *syscall_name(uint16_t id)
{
	return syscall_text + syscall_at[id];
}

bool syscall_number(const struct seccomp_arch *a, uint16_t id, uint32_t *ret)
{
	for (size_t i = 0; i < SYSCALL_RANGES; i++) {
		const struct syscall_range *r = &syscall_columns[a->column].ranges[i];

		for (uint32_t k = 0; k < r->n; k++)
			if (r->ids[k] == id && id != 0) {
				*ret = r->base + k;
				return true;
			}
	}
	return false;
}

uint16_t syscall_id_of(const struct seccomp_arch *a, uint32_t number)
{
	for (size_t i = 0; i < SYSCALL_RANGES; i++) {
		const struct syscall_range *r = &syscall_columns[a->column].ranges[i];

		if (number >= r->base && number - r->base < r->n)
			return r->ids[number - r->base];
	}
	return 0;
}

const struct seccomp_arch *arch_find(const char *name)
{
	for (const struct seccomp_arch *a = seccomp_archs; a->name; a++)
		if (str_eq(a->name, name))
			return a;
	return NULL;
}

const struct seccomp_arch *arch_native(void)
{
	return arch_find(NATIVE);
}
