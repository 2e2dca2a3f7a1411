/* SPDX-License-Identifier: Apache-2.0 */
#include "seccomp/emit.h"

#define REACH 255

void program_init(struct program *p)
{
	p->start = BPF_MAXINSNS;
	p->full = false;
}

static void put(struct program *p, struct sock_filter insn)
{
	if (p->start == 0)
		p->full = true;
	else
		p->insns[--p->start] = insn;
}

void program_label(const struct program *p, struct label *l)
{
	l->at = p->start;
	l->is_return = false;
}

void program_load(struct program *p, size_t offset)
{
	put(p, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

void program_and(struct program *p, uint32_t mask)
{
	put(p, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask));
}

static void put_copy(struct program *p, struct label *l)
{
	if (l->is_return)
		put(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, l->k));
	else
		put(p,
		    (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, (uint32_t)(l->at - p->start)));
	l->at = p->start;
}

/* For the jump that is written next. */
static bool bring_near(struct program *p, struct label *l)
{
	if (p->full || (l->at != SIZE_MAX && l->at - p->start <= REACH))
		return false;
	put_copy(p, l);
	return true;
}

void program_jump(struct program *p, uint16_t how, uint32_t k, struct label *yes, struct label *no)
{
	/* A copy moves the other label one farther. */
	while (bring_near(p, yes) || bring_near(p, no))
		;
	if (p->full)
		return;
	put(p, (struct sock_filter)BPF_JUMP((uint16_t)(BPF_JMP | BPF_K | how), k,
					    (uint8_t)(yes->at - p->start),
					    (uint8_t)(no->at - p->start)));
}

void program_go(struct program *p, struct label *l)
{
	if (l->at != p->start && !p->full)
		put_copy(p, l);
}
