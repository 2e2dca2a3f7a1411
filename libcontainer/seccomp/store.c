/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/retry.h"
#include "seccomp/seccomp.h"

/* In front of the instructions; one of another version of this program is not loaded. */
struct header {
	char magic[8];
	uint32_t flags;
	uint32_t n;
	uint32_t notifies;
	uint32_t sum; /* of the instructions */
};

static const char magic[8] = { 'v', 'i', 'a', 'l', 'b', 'p', 'f', '1' };

/* FNV-1a over words: against a torn file. Who may write the state directory may do anything. */
static uint32_t checksum(const struct sock_filter *insns, size_t n)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < n; i++) {
		h = (h ^ insns[i].code) * 16777619u;
		h = (h ^ ((uint32_t)insns[i].jt << 8 | insns[i].jf)) * 16777619u;
		h = (h ^ insns[i].k) * 16777619u;
	}
	return h;
}

int seccomp_filter_save(int dir_fd, const struct seccomp_filter *f, struct err *e)
{
	if (!f->insns)
		return 0;

	struct header h = { .flags = f->flags, .n = f->n, .notifies = f->notifies };
	size_t size = f->n * sizeof(*f->insns);
	struct iovec parts[] = { { &h, sizeof(h) }, { f->insns, size } };

	memcpy(h.magic, magic, sizeof(magic));
	h.sum = checksum(f->insns, f->n);
	autoclose int fd =
		RETRY(openat(dir_fd, SECCOMP_FILTER_FILE,
			     O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
	if (fd < 0)
		return err_errno(e, "create %s", SECCOMP_FILTER_FILE);
	ssize_t n = writev(fd, parts, 2);
	if (n < 0)
		return err_errno(e, "write %s", SECCOMP_FILTER_FILE);
	if ((size_t)n != sizeof(h) + size)
		return err_set(e, EIO, "write %s: cut short", SECCOMP_FILTER_FILE);
	return 0;
}

static int check(const struct header *h, const struct strbuf *file, struct err *e)
{
	const struct sock_filter *insns = (const void *)(file->data + sizeof(*h));

	if (memcmp(h->magic, magic, sizeof(magic)) != 0)
		return err_set(e, EBADMSG, "%s: not written by this version", SECCOMP_FILTER_FILE);
	if (h->n == 0 || h->n > BPF_MAXINSNS || h->notifies > 1 ||
	    file->len != sizeof(*h) + h->n * sizeof(*insns))
		return err_set(e, EBADMSG, "%s: %zu bytes for %u instructions", SECCOMP_FILTER_FILE,
			       file->len, h->n);
	if (h->sum != checksum(insns, h->n))
		return err_set(e, EBADMSG, "%s: its checksum does not fit", SECCOMP_FILTER_FILE);
	return 0;
}

int seccomp_filter_read(int dir_fd, struct seccomp_filter *ret, struct err *e)
{
	autodone(strbuf) struct strbuf file = STRBUF_INIT;
	struct header h;
	struct stat st;

	*ret = (struct seccomp_filter)SECCOMP_FILTER_INIT;
	autoclose int fd = RETRY(openat(dir_fd, SECCOMP_FILTER_FILE,
					O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
	if (fd < 0)
		return errno == ENOENT ? 0 : err_errno(e, "open %s", SECCOMP_FILTER_FILE);
	if (fstat(fd, &st) < 0)
		return err_errno(e, "stat %s", SECCOMP_FILTER_FILE);
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 077) != 0)
		return err_set(e, EPERM, "%s: not a file that only we can write",
			       SECCOMP_FILTER_FILE);
	if (fd_read_all(fd, sizeof(h) + BPF_MAXINSNS * sizeof(struct sock_filter), &file) < 0)
		return err_errno(e, "read %s", SECCOMP_FILTER_FILE);
	if (file.len < sizeof(h))
		return err_set(e, EBADMSG, "%s: cut short", SECCOMP_FILTER_FILE);
	memcpy(&h, file.data, sizeof(h));
	int r = check(&h, &file, e);
	if (r < 0)
		return r;
	ret->n = (unsigned short)h.n;
	ret->flags = h.flags;
	ret->notifies = h.notifies != 0;
	ret->insns = mem_new(ret->n, sizeof(struct sock_filter));
	memcpy(ret->insns, file.data + sizeof(h), ret->n * sizeof(struct sock_filter));
	return 0;
}
