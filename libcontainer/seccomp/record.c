/* SPDX-License-Identifier: Apache-2.0 */
#include "seccomp/record.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/jsonw.h"
#include "base/mem.h"
#include "seccomp/flags.h"
#include "seccomp/syscalls.h"

#define ARCHS 23

int seccomp_record_filter(const struct log_sink *log, struct seccomp_filter *ret, struct err *e)
{
	*ret = (struct seccomp_filter){ .n = 1, .notifies = true };
	ret->insns = mem_new(1, sizeof(*ret->insns));
	ret->insns[0] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
	return seccomp_flags(NULL, true, log, &ret->flags, e);
}

void seccomp_record_mark(void)
{
	(void)syscall(SECCOMP_RECORD_MARK);
}

/* --- noting ------------------------------------------------------------------------------ */

struct notes {
	bool seen[ARCHS][SYSCALL_NAMES + 1];
};

/* A number that no call has gets ENOSYS, with the profile or without. */
static void note(struct notes *n, const struct seccomp_data *d)
{
	uint32_t number = (uint32_t)d->nr;

	for (size_t i = 0; seccomp_archs[i].name; i++) {
		const struct seccomp_arch *a = &seccomp_archs[i];
		uint16_t id = a->audit == d->arch ? syscall_id_of(a, number) : 0;

		if (id != 0)
			n->seen[i][id] = true;
	}
}

/* Return: 0, also when who asked is gone; or negative errno. */
static int answer_one(int listener, struct notes *n, struct err *e)
{
	struct seccomp_notif q = { 0 };
	struct seccomp_notif_resp a = { 0 };

	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &q) < 0)
		return errno == ENOENT || errno == EINTR
			       ? 0
			       : err_errno(e, "ioctl(2) SECCOMP_IOCTL_NOTIF_RECV");
	a.id = q.id;
	if (q.data.nr == SECCOMP_RECORD_MARK) {
		memset(n, 0, sizeof(*n));
	} else {
		a.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
		note(n, &q.data);
	}
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &a) < 0 && errno != ENOENT)
		return err_errno(e, "ioctl(2) SECCOMP_IOCTL_NOTIF_SEND");
	return 0;
}

/* --- writing ------------------------------------------------------------------------------ */

static bool is_used(const bool *seen)
{
	for (uint16_t id = 1; id <= SYSCALL_NAMES; id++)
		if (seen[id])
			return true;
	return false;
}

static void print(const struct notes *n, struct strbuf *out)
{
	struct jsonw w;

	jsonw_init(&w, out, "\t");
	jsonw_object(&w, NULL);
	jsonw_str(&w, "defaultAction", "SCMP_ACT_ERRNO");
	jsonw_array(&w, "architectures");
	for (size_t i = 0; seccomp_archs[i].name; i++)
		if (is_used(n->seen[i]))
			jsonw_str(&w, NULL, seccomp_archs[i].name);
	jsonw_array_end(&w);
	jsonw_array(&w, "syscalls");
	jsonw_object(&w, NULL);
	jsonw_array(&w, "names");
	for (uint16_t id = 1; id <= SYSCALL_NAMES; id++) {
		bool seen = false;

		for (size_t i = 0; i < ARCHS; i++)
			seen |= n->seen[i][id];
		if (seen)
			jsonw_str(&w, NULL, syscall_name(id));
	}
	jsonw_array_end(&w);
	jsonw_str(&w, "action", "SCMP_ACT_ALLOW");
	jsonw_object_end(&w);
	jsonw_array_end(&w);
	jsonw_object_end(&w);
	strbuf_adds(out, "\n");
}

int seccomp_record(int listener, struct strbuf *out, struct err *e)
{
	struct pollfd p = { .fd = listener, .events = POLLIN };
	autofree struct notes *n = mem_new(1, sizeof(*n));
	int r = 0;

	while (r == 0) {
		if (poll(&p, 1, -1) < 0 && errno != EINTR)
			return err_errno(e, "poll(2) of the seccomp listener");
		if (p.revents & POLLIN)
			r = answer_one(listener, n, e);
		else if (p.revents)
			break; /* the last of them has ended */
	}
	if (r == 0)
		print(n, out);
	return r;
}
