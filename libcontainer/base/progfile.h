/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_PROGFILE_H
#define BASE_PROGFILE_H

/* What the first bytes of a program say: execve(2). Nothing here opens files. Runs in: any. */

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"

struct program_head {
	unsigned char bytes[4096];
	size_t n;
};

enum program_kind {
	PROGRAM_OTHER, /* neither of the others: execve(2) says ENOEXEC */
	PROGRAM_EMPTY,
	PROGRAM_SCRIPT,
	PROGRAM_ELF,
};

struct program_facts {
	enum program_kind kind;
	const char *interpreter; /* SCRIPT: ""; when its first line names none */
	bool has_cr;	      /* SCRIPT: a carriage return follows, which execve(2) counts to it */
	unsigned int machine; /* ELF: EM_* */
	const char *loader;   /* ELF of 64 bits: its PT_INTERP; NULL: it has none */
};

/**
 * program_head_read() - the first bytes of a file
 * @fd: for reading; a regular file
 * Return: false: they cannot be read.
 */
bool program_head_read(int fd, struct program_head *ret);

/**
 * program_facts_of() - what they say
 * @h:   changed; strings of @ret point into it
 * Pure.
 */
void program_facts_of(struct program_head *h, struct program_facts *ret);

/** program_machine_name() - "x86_64" of EM_X86_64. Pure. */
const char *program_machine_name(unsigned int machine);

/** program_own_machine() - what this program was compiled for. Pure. */
unsigned int program_own_machine(void);

/**
 * program_path_next() - the next file that a name without a slash may mean
 * @path: text of PATH; moved behind the directory; NULL after the last
 * Pure. Return: in @a, "./x" for an empty directory; NULL: no more.
 */
const char *program_path_next(struct arena *a, const char *name, const char **path);

/** program_path_of() - the value of PATH in an environment; without one the default. Pure. */
const char *program_path_of(const char *const *envp);

#endif
