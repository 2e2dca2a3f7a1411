/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What has to do with filters that notify. First a byte that says which: what the kernel tells
 * `--seccomp-record` of a program's system calls, and errors meanwhile; a state directory's
 * seccomp.bpf, which exec loads; and the word of a process about its listener.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/sys.h"
#include "container/listener.h"
#include "fuzz.h"
#include "seccomp/record.h"
#include "seccomp/syscalls.h"

#define ARCHS	 23
#define CALL	 6 /* bytes of a notification: what happens, architecture, number */
#define CALLS	 (32768 / CALL)
#define HEADER	 24 /* of seccomp.bpf */
#define SUM_AT	 20
#define INSN	 8
#define FILE_MAX (HEADER + (BPF_MAXINSNS + 2) * INSN)

/* --- a listener, played by a pipe of notifications ------------------------------------------ */

enum { HAPPENS_WELL, HAPPENS_GONE, HAPPENS_LATE, HAPPENS_SIGNAL, HAPPENS_ERROR, HAPPENS_MARK };

static int kernel = -1; /* the end that is read as a listener; -1: ioctl(2) is the system's */
static bool seen[SYSCALL_NAMES + 1], seen_arch[ARCHS];
static uint8_t happens;
static bool broken;

int __real_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...);

static void expect(const struct seccomp_data *d)
{
	for (size_t i = 0; seccomp_archs[i].name; i++) {
		uint16_t id = seccomp_archs[i].audit == d->arch
				      ? syscall_id_of(&seccomp_archs[i], (uint32_t)d->nr)
				      : 0;

		require(i < ARCHS);
		if (id)
			seen[id] = seen_arch[i] = true;
	}
}

static int receive(struct seccomp_notif *q)
{
	static const int errors[] = {
		[HAPPENS_GONE] = ENOENT, [HAPPENS_SIGNAL] = EINTR, [HAPPENS_ERROR] = EINVAL
	};
	uint8_t call[CALL];

	for (size_t i = 0; i < sizeof(*q); i++)
		require(((const uint8_t *)q)[i] ==
			0); /* else the kernel refuses: seccomp_unotify(2) */
	require(read(kernel, call, CALL) == CALL);
	happens = call[0] % 16;
	if (happens < ARRAY_SIZE(errors) && errors[happens]) {
		broken |= happens == HAPPENS_ERROR;
		errno = errors[happens];
		return -1;
	}
	q->id = call[0];
	q->data.arch = call[1] < 0xf0 ? seccomp_archs[call[1] % ARCHS].audit : call[1];
	q->data.nr = happens == HAPPENS_MARK
			     ? SECCOMP_RECORD_MARK
			     : (int)((uint32_t)call[2] | (uint32_t)call[3] << 8 |
				     (uint32_t)call[4] << 16 | (uint32_t)call[5] << 24);
	if (q->data.nr == SECCOMP_RECORD_MARK) {
		memset(seen, 0, sizeof(seen));
		memset(seen_arch, 0, sizeof(seen_arch));
	} else {
		expect(&q->data);
	}
	return 0;
}

static int answer(const struct seccomp_notif_resp *a)
{
	require(a->error == 0 && a->val == 0); /* nothing is pretended to the program */
	if (happens != HAPPENS_LATE)
		return 0;
	errno = ENOENT;
	return -1;
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	va_list list;

	va_start(list, request);
	void *arg = va_arg(list, void *);
	va_end(list);
	if (kernel < 0 || fd != kernel)
		return __real_ioctl(fd, request, arg);
	if ((uint32_t)request == (uint32_t)SECCOMP_IOCTL_NOTIF_RECV)
		return receive(arg);
	require((uint32_t)request == (uint32_t)SECCOMP_IOCTL_NOTIF_SEND);
	return answer(arg);
}

/* An array of a profile has the names that it should, once each. */
static void check_names(const struct json *names, size_t n, bool (*is_due)(const char *name))
{
	require(names && names->type == JSON_ARRAY && names->list.n == n);
	for (size_t i = 0; i < n; i++) {
		const struct json *name = names->list.items[i];

		require(name->type == JSON_STRING && is_due(name->text));
		for (size_t k = 0; k < i; k++)
			require(!str_eq(name->text, names->list.items[k]->text));
	}
}

static bool is_due_call(const char *name)
{
	return seen[syscall_id(name)];
}

static bool is_due_arch(const char *name)
{
	const struct seccomp_arch *a = arch_find(name);

	return a && seen_arch[a - seccomp_archs];
}

static void check_profile(const struct strbuf *text)
{
	struct json_doc doc = JSON_DOC_INIT;
	size_t calls = 0, archs = 0;
	struct err e;

	for (size_t i = 0; i <= SYSCALL_NAMES; i++)
		calls += seen[i];
	for (size_t i = 0; i < ARCHS; i++)
		archs += seen_arch[i];
	require(json_parse("profile", text->data, text->len, &doc, &e) == 0);
	check_names(json_get(doc.root, "architectures"), archs, is_due_arch);
	const struct json *rules = json_get(doc.root, "syscalls");
	require(rules && rules->type == JSON_ARRAY && rules->list.n == 1);
	check_names(json_get(rules->list.items[0], "names"), calls, is_due_call);
	json_doc_done(&doc);
}

static void record(const uint8_t *data, size_t size)
{
	autodone(strbuf) struct strbuf out = STRBUF_INIT;
	size_t n = size / CALL < CALLS ? size / CALL : CALLS;
	struct err e = { 0 };
	int ends[2];

	memset(seen, 0, sizeof(seen));
	memset(seen_arch, 0, sizeof(seen_arch));
	broken = false;
	require(pipe2(ends, O_CLOEXEC) == 0);
	require(write(ends[1], data, n * CALL) == (ssize_t)(n * CALL));
	(void)close(ends[1]);
	kernel = ends[0];
	int r = seccomp_record(kernel, &out, &e);
	kernel = -1;
	(void)close(ends[0]);
	require((r < 0) == broken);
	if (r == 0)
		check_profile(&out);
	else
		require(e.code == -r && out.len == 0);
}

/* --- a filter that was saved ---------------------------------------------------------------- */

static char path[] = "/tmp/fuzz-listener-XXXXXX";

static void unmake(void)
{
	(void)rmdir(path);
}

static int directory(void)
{
	static int fd = -1;

	if (fd >= 0)
		return fd;
	require(mkdtemp(path) && atexit(unmake) == 0);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	require(fd >= 0);
	return fd;
}

static void put32(uint8_t *at, uint32_t value)
{
	memcpy(at, &value, sizeof(value));
}

/* As the header's checksum is made, over words: nothing that is random fits it. */
static uint32_t checksum(const uint8_t *file, size_t n)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < n; i++) {
		const uint8_t *in = file + HEADER + i * INSN;
		uint16_t code;
		uint32_t k;

		memcpy(&code, in, sizeof(code));
		memcpy(&k, in + 4, sizeof(k));
		h = (h ^ code) * 16777619u;
		h = (h ^ ((uint32_t)in[2] << 8 | in[3])) * 16777619u;
		h = (h ^ k) * 16777619u;
	}
	return h;
}

static void make_sound(uint8_t *file, size_t n)
{
	static const char magic[] = { 'v', 'i', 'a', 'l', 'b', 'p', 'f', '1' };

	memcpy(file, magic, sizeof(magic));
	put32(file + 12, (uint32_t)n);
	put32(file + SUM_AT, checksum(file, n));
}

static void write_file(int dir_fd, const uint8_t *file, size_t size)
{
	int fd =
		openat(dir_fd, SECCOMP_FILTER_FILE, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	require(fd >= 0 && write(fd, file, size) == (ssize_t)size);
	(void)close(fd);
}

/* What was accepted is what is written of it. */
static void check_filter(int dir_fd, const struct seccomp_filter *f, const uint8_t *file,
			 size_t size)
{
	autodone(strbuf) struct strbuf again = STRBUF_INIT;
	struct err e;
	uint32_t says;

	require(f->insns && f->n > 0 && f->n <= BPF_MAXINSNS);
	require(seccomp_ask(f, "execve", &says) <= 0); /* whatever the program does, it ends */
	require(unlinkat(dir_fd, SECCOMP_FILTER_FILE, 0) == 0);
	require(seccomp_filter_save(dir_fd, f, &e) == 0);
	require(file_read_at(dir_fd, SECCOMP_FILTER_FILE, 0, &again, &e) == 0);
	require(again.len == size && memcmp(again.data, file, size) == 0);
}

static void load(uint8_t how, const uint8_t *data, size_t size)
{
	struct seccomp_filter f = SECCOMP_FILTER_INIT;
	struct err e = { 0 };
	int dir_fd = directory();

	if (size > FILE_MAX)
		size = FILE_MAX;
	uint8_t *file = mem_new(size + 1, 1);
	if (size)
		memcpy(file, data, size);
	if (how & 4 && size >= HEADER + INSN) {
		size = HEADER + (size - HEADER) / INSN * INSN;
		make_sound(file, (size - HEADER) / INSN);
	}
	write_file(dir_fd, file, size);
	if (seccomp_filter_read(dir_fd, &f, &e) == 0)
		check_filter(dir_fd, &f, file, size);
	else
		require(!f.insns && e.code > 0);
	(void)unlinkat(dir_fd, SECCOMP_FILTER_FILE, 0);
	seccomp_filter_done(&f);
	free(file);
}

/* --- the word about a listener -------------------------------------------------------------- */

/* None of our descriptors is a listener, whichever number is said and by whatever message. */
static void take(uint8_t how, const uint8_t *data, size_t size)
{
	struct spawned process = SPAWNED_INIT;
	struct err e = { 0 };
	int ends[2];

	require(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
	process.sock = ends[0];
	process.pidfd = sys_pidfd_open(getpid(), 0);
	process.listener = how & 4 ? how >> 3 : -1;
	require(process.pidfd >= 0 || errno == ENOSYS); /* valgrind does not know it */
	while (size > 0) {
		size_t n = data[0] < size - 1 ? data[0] : size - 1;

		if (send(ends[1], data + 1, n, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
			break;
		data += n + 1;
		size -= n + 1;
	}
	(void)close(ends[1]);
	int r = listener_take(&process, NULL, &e);
	require(r < 0 && e.code > 0 && memchr(e.text, '\0', sizeof(e.text)));
	if (process.pidfd >= 0)
		(void)close(process.pidfd);
	(void)close(ends[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t how = size ? data[0] : 0;

	if (size) {
		data++;
		size--;
	}
	if (how % 4 == 1)
		load(how, data, size);
	else if (how % 4 == 2)
		take(how, data, size);
	else
		record(data, size);
	return 0;
}
