/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdint.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/sys.h"
#include "cgroups/devices.h"

#define LOAD_TRIES 20

enum {
	R_RESULT = 0,
	R_CTX = 1,
	R_TYPE = 2,
	R_ACCESS = 3,
	R_MAJOR = 4,
	R_MINOR = 5,
	R_DEVICE = 6, /* major << 32 | minor */
	R_OTHER = 7,
};

/* Instructions of one rule at most: 2 matches, 2 for the access, 2 to return, and the 4 of a group
 * of its own. Around them 9 at the beginning and 2 at the end. */
enum { RULE_INSNS = 10, FRAME_INSNS = 11 };
enum { GROUP_MAX = 1000 }; /* rules; a jump reaches 32767 instructions */
enum { PENDING = -1 };	   /* a jump whose target is not known yet */

struct program {
	struct bpf_insn *v;
	size_t n;
};

static void emit(struct program *p, uint8_t code, unsigned int dst, unsigned int src, int16_t off)
{
	p->v[p->n++] = (struct bpf_insn){
		.code = code, .dst_reg = dst & 0xfU, .src_reg = src & 0xfU, .off = off
	};
}

static void emit_imm(struct program *p, uint8_t code, unsigned int dst, int16_t off, int64_t imm)
{
	emit(p, code, dst, 0, off);
	p->v[p->n - 1].imm = (int32_t)imm;
}

static void emit_return(struct program *p, int result)
{
	emit_imm(p, BPF_ALU64 | BPF_MOV | BPF_K, R_RESULT, 0, result);
	emit(p, BPF_JMP | BPF_EXIT, 0, 0, 0);
}

/* struct bpf_cgroup_dev_ctx: access_type is access << 16 | type. */
static void emit_prologue(struct program *p)
{
	emit(p, BPF_LDX | BPF_MEM | BPF_W, R_TYPE, R_CTX,
	     (int16_t)offsetof(struct bpf_cgroup_dev_ctx, access_type));
	emit(p, BPF_ALU64 | BPF_MOV | BPF_X, R_ACCESS, R_TYPE, 0);
	emit_imm(p, BPF_ALU64 | BPF_AND | BPF_K, R_TYPE, 0, 0xffff);
	emit_imm(p, BPF_ALU64 | BPF_RSH | BPF_K, R_ACCESS, 0, 16);
	emit(p, BPF_LDX | BPF_MEM | BPF_W, R_MAJOR, R_CTX,
	     (int16_t)offsetof(struct bpf_cgroup_dev_ctx, major));
	emit(p, BPF_LDX | BPF_MEM | BPF_W, R_MINOR, R_CTX,
	     (int16_t)offsetof(struct bpf_cgroup_dev_ctx, minor));
	emit(p, BPF_ALU64 | BPF_MOV | BPF_X, R_DEVICE, R_MAJOR, 0);
	emit_imm(p, BPF_ALU64 | BPF_LSH | BPF_K, R_DEVICE, 0, 32);
	emit(p, BPF_ALU64 | BPF_OR | BPF_X, R_DEVICE, R_MINOR, 0);
}

/* The type is the group's. Jumps that leave the rule are set once its end is known. */
static void emit_general(struct program *p, const struct dev_rule *r)
{
	const uint8_t jne = BPF_JMP | BPF_JNE | BPF_K;
	size_t start = p->n;

	if (r->major != DEV_ANY)
		emit_imm(p, jne, R_MAJOR, 0, r->major);
	if (r->minor != DEV_ANY)
		emit_imm(p, jne, R_MINOR, 0, r->minor);
	size_t matches_end = p->n;
	if (r->access != DEV_ALL_ACCESS && r->allow) {
		emit_imm(p, BPF_ALU64 | BPF_AND | BPF_K, R_ACCESS, 0, DEV_ALL_ACCESS & ~r->access);
		emit_imm(p, jne, R_ACCESS, 2, 0);
	} else if (r->access != DEV_ALL_ACCESS) {
		emit_imm(p, BPF_JMP | BPF_JSET | BPF_K, R_ACCESS, 1, r->access);
		emit(p, BPF_JMP | BPF_JA, 0, 0, 2);
	}
	emit_return(p, r->allow);
	for (size_t i = start; i < matches_end; i++)
		p->v[i].off = (int16_t)(p->n - i - 1);
}

/* Most rules allow all access to one device or major number: one branch to the end of the group.
 * The kernel's verifier, a third of a millisecond of a `run`, pays for branches. */
static bool emit_short(struct program *p, const struct dev_rule *r)
{
	if (!r->allow || r->access != DEV_ALL_ACCESS || r->major == DEV_ANY)
		return false;
	if (r->minor == DEV_ANY) {
		emit_imm(p, BPF_JMP | BPF_JEQ | BPF_K, R_MAJOR, PENDING, r->major);
		return true;
	}
	emit_imm(p, BPF_LD | BPF_IMM | BPF_DW, R_OTHER, 0, r->minor);
	emit_imm(p, 0, 0, 0, r->major); /* the upper half */
	emit(p, BPF_JMP | BPF_JEQ | BPF_X, R_DEVICE, R_OTHER, PENDING);
	return true;
}

/* From @n - 1 downwards those of one type. Returns how many are left. */
static size_t emit_group(struct program *p, const struct dev_rule *v, size_t n)
{
	size_t start = p->n, last = n > GROUP_MAX ? n - GROUP_MAX : 0;
	char type = v[n - 1].type;
	bool pending = false;

	emit_imm(p, BPF_JMP | BPF_JNE | BPF_K, R_TYPE, 0,
		 type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
	for (; n > last && v[n - 1].type == type; n--)
		if (emit_short(p, &v[n - 1]))
			pending = true;
		else
			emit_general(p, &v[n - 1]);
	if (pending) {
		emit(p, BPF_JMP | BPF_JA, 0, 0, 2);
		for (size_t i = start; i < p->n; i++)
			if (p->v[i].off == PENDING)
				p->v[i].off = (int16_t)(p->n - i - 1);
		emit_return(p, true);
	}
	p->v[start].off = (int16_t)(p->n - start - 1);
	return n;
}

struct bpf_insn *dev_rules_bpf(const struct dev_rules *r, struct arena *a, size_t *n)
{
	struct program p = { arena_array(a, r->n * RULE_INSNS + FRAME_INSNS + 1, struct bpf_insn),
			     0 };

	if (r->n)
		emit_prologue(&p);
	/*
	 * R_ACCESS holds what no rule has decided yet. An allow rule takes its kinds out, and when
	 * none is left the answer is yes; a deny rule that has one of them says no.
	 */
	for (size_t left = r->n; left > 0;)
		left = emit_group(&p, r->v, left);
	emit_return(&p, r->default_allow);
	*n = p.n;
	return p.v;
}

static int load(const struct dev_rules *r, struct err *e)
{
	autodone(arena) struct arena a = ARENA_INIT;
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_CGROUP_DEVICE };
	size_t n;

	attr.insns = (uintptr_t)dev_rules_bpf(r, &a, &n);
	attr.insn_cnt = (uint32_t)n;
	attr.license = (uintptr_t) "Apache-2.0";
	/* The verifier gives up with EAGAIN when a signal comes, be it one that means nothing. */
	int fd = -1, tries = 0;
	do
		fd = sys_bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
	while (fd < 0 && (errno == EAGAIN || errno == EINTR) && ++tries < LOAD_TRIES);
	if (fd < 0)
		return err_errno(
			e, "linux.resources.devices: load program of %zu instructions: bpf(2)", n);
	return fd;
}

static int attach(int cgroup_fd, int prog_fd, struct err *e)
{
	union bpf_attr attr = { .target_fd = (uint32_t)cgroup_fd };

	attr.attach_bpf_fd = (uint32_t)prog_fd;
	attr.attach_type = BPF_CGROUP_DEVICE;
	attr.attach_flags = BPF_F_ALLOW_MULTI;
	if (sys_bpf(BPF_PROG_ATTACH, &attr, sizeof(attr)) < 0)
		return err_errno(e,
				 "linux.resources.devices: attach program to the cgroup: bpf(2)");
	return 0;
}

static int detach(int cgroup_fd, uint32_t id, struct err *e)
{
	union bpf_attr attr = { .prog_id = id };

	autoclose int prog_fd = sys_bpf(BPF_PROG_GET_FD_BY_ID, &attr, sizeof(attr));
	if (prog_fd < 0 && errno == ENOENT)
		return 0; /* gone by itself */
	if (prog_fd < 0)
		return err_errno(e, "linux.resources.devices: open older program %u: bpf(2)", id);
	union bpf_attr from = { .target_fd = (uint32_t)cgroup_fd };
	from.attach_bpf_fd = (uint32_t)prog_fd;
	from.attach_type = BPF_CGROUP_DEVICE;
	if (sys_bpf(BPF_PROG_DETACH, &from, sizeof(from)) < 0 && errno != ENOENT)
		return err_errno(e, "linux.resources.devices: detach older program %u: bpf(2)", id);
	return 0;
}

/* A kernel takes at most 64 programs of one kind on a cgroup (BPF_CGROUP_MAX_PROGS). */
struct attached {
	uint32_t ids[64], n;
};

static int query(int cgroup_fd, struct attached *ret, struct err *e)
{
	union bpf_attr attr = { 0 };

	attr.query.target_fd = (uint32_t)cgroup_fd;
	attr.query.attach_type = BPF_CGROUP_DEVICE;
	attr.query.prog_ids = (uintptr_t)ret->ids;
	attr.query.prog_cnt = ARRAY_SIZE(ret->ids);
	if (sys_bpf(BPF_PROG_QUERY, &attr, sizeof(attr)) < 0)
		return err_errno(e, "linux.resources.devices: list programs of the cgroup: bpf(2)");
	ret->n = attr.query.prog_cnt;
	return 0;
}

int dev_bpf_attach(int cgroup_fd, const struct dev_rules *r, bool is_new, struct err *e)
{
	struct attached old = { .n = 0 };
	int res = is_new ? 0 : query(cgroup_fd, &old, e);

	if (res < 0)
		return res;
	if (r->n || !r->default_allow) { /* allowing all needs no program */
		autoclose int prog_fd = load(r, e);
		if (prog_fd < 0)
			return prog_fd;
		res = attach(cgroup_fd, prog_fd, e);
	}
	for (uint32_t i = 0; res == 0 && i < old.n; i++)
		res = detach(cgroup_fd, old.ids[i], e);
	return res;
}
