/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SECURITY_TEST_CHILD_H
#define SECURITY_TEST_CHILD_H

/* For the tests: a step runs in a process of its own, whose credentials it may spoil. */

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/str.h"
#include "security/security.h"

#define BIT(cap) ((uint64_t)1 << (cap))

/* What the step did. */
struct outcome {
	int r;
	struct err e;
	char status[8192]; /* /proc/self/status afterwards */
	char log[1024];
	int64_t extra;
};

static struct outcome *shared;

static inline int make_shared(void **state)
{
	(void)state;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	return shared == MAP_FAILED ? -1 : 0;
}

static inline int remove_shared(void **state)
{
	(void)state;
	return munmap(shared, sizeof(*shared));
}

static inline void remember(void *arg, enum log_level level, const char *text)
{
	size_t len = strlen(shared->log);

	(void)arg;
	(void)level;
	(void)snprintf(shared->log + len, sizeof(shared->log) - len, "%s\n", text);
}

static const struct log_sink log_sink = { remember, NULL, LOG_LEVEL_DEBUG };

static inline void in_child(int (*step)(const struct plan *plan, struct err *e),
			    const struct plan *plan)
{
	int status;

	memset(shared, 0, sizeof(*shared));
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		autodone(strbuf) struct strbuf text = STRBUF_INIT;
		struct err ignored = { 0 };

		shared->r = step(plan, &shared->e);
		if (file_read_at(AT_FDCWD, "/proc/self/status", 0, &text, &ignored) < 0)
			_exit(1);
		(void)snprintf(shared->status, sizeof(shared->status), "%s", strbuf_str(&text));
		strbuf_done(&text);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* The value behind "KEY:\t" in the child's status. */
static inline const char *field(const char *key)
{
	static char line[256];
	char head[64];

	(void)snprintf(head, sizeof(head), "\n%s:\t", key);
	const char *p = strstr(shared->status, head);
	assert_non_null(p);
	p += strlen(head);
	(void)snprintf(line, sizeof(line), "%.*s", (int)strcspn(p, "\n"), p);
	return line;
}

static inline void assert_caps(const char *key, uint64_t expected)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%016llx", (unsigned long long)expected);
	assert_string_equal(field(key), text);
}

/* The step's own /proc/self/status. */
static inline int own_status(void)
{
	struct err ignored = { 0 };
	int proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd = status_open(proc_fd, &ignored);

	(void)close(proc_fd);
	return fd;
}

static inline void need_root(void)
{
	if (geteuid() != 0)
		skip();
}

#endif
