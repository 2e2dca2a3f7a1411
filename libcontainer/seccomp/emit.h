/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SECCOMP_EMIT_H
#define SECCOMP_EMIT_H

/*
 * A classic-BPF program is written from its last instruction to its first: jumps lead forward
 * only, so all that a jump leads to is there already. A conditional jump reaches 255 instructions;
 * when its label is farther, a copy of a return, or a jump without a limit, is put in between and
 * serves from then on. Private to the seccomp layer; pure.
 */

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct program {
	struct sock_filter insns[BPF_MAXINSNS];
	size_t start; /* of what is written; BPF_MAXINSNS: nothing yet */
	bool full;    /* it does not fit; what follows is not written */
};

struct label {
	size_t at; /* of its nearest copy; SIZE_MAX: not written yet (a return only) */
	bool is_return;
	uint32_t k; /* of a return */
};
#define LABEL_RETURN(action)                                                                       \
	{                                                                                          \
		SIZE_MAX, true, action                                                             \
	}

void program_init(struct program *p);

/** program_label() - what was written last is what this label means from now on. */
void program_label(const struct program *p, struct label *l);

/** program_load() - load the word at @offset of struct seccomp_data; what was written last follows. */
void program_load(struct program *p, size_t offset);

/** program_and() - mask the word that is loaded; what was written last follows. */
void program_and(struct program *p, uint32_t mask);

/** program_jump() - BPF_JEQ, BPF_JGE, BPF_JGT or BPF_JSET with @k: where it leads in either case. */
void program_jump(struct program *p, uint16_t how, uint32_t k, struct label *yes, struct label *no);

/** program_go() - make sure that a label's code, or a way to it, is what was written last. */
void program_go(struct program *p, struct label *l);

#endif
