/* SPDX-License-Identifier: Apache-2.0 */
#include "criu/quote.h"

#include <ctype.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/fd.h"

#define LINES_MAX 20
#define CAUSE_MAX 400
#define LOG_MAX	  (64u << 20)

struct line {
	const char *s;
	size_t n;
};

/* "(00.151485) Error (criu/files-reg.c:1790): text", with a process behind the time in some. */
static bool is_of(const struct line *l, const char *level)
{
	const char *s = l->s, *end = l->s + l->n;

	if (s < end && *s == '(')
		s += strcspn(s, ")\n") + 1;
	for (; s < end && (*s == ' ' || *s == ':' || isdigit((unsigned char)*s)); s++)
		;
	return s < end && (size_t)(end - s) >= strlen(level) &&
	       memcmp(s, level, strlen(level)) == 0;
}

/* Everything up to the place in CRIU's sources goes. */
static void add_cause(const struct line *l, struct strbuf *out)
{
	const char *start = memchr(l->s, 'E', l->n);
	size_t left = start ? l->n - (size_t)(start - l->s) : 0;
	const char *text = start ? memmem(start, left, "): ", 3) : NULL;

	text = text ? text + 3 : l->s;
	size_t n = l->n - (size_t)(text - l->s);
	for (size_t i = 0; i < n && i < CAUSE_MAX; i++)
		strbuf_addf(out, "%c", isprint((unsigned char)text[i]) ? text[i] : '?');
}

static struct line next_line(const char **at)
{
	const char *end = strchr(*at, '\n');
	struct line l = { *at, end ? (size_t)(end - *at) : strlen(*at) };

	*at = end ? end + 1 : *at + l.n;
	return l;
}

/*
 * What CRIU complains about in every run and goes on: a limit of its own, and on its first run on a
 * host without /dev/net/tun the lack of that.
 */
static bool is_harmless(const struct line *l)
{
	static const char *const known[] = { "rlimit: ", "): tun: Unable to create tun: " };

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (memmem(l->s, l->n, known[i], strlen(known[i])))
			return true;
	return false;
}

struct quoted {
	struct line v[LINES_MAX];
	size_t n; /* counted on beyond the maximum: the last ones are kept */
};

static void keep(struct quoted *q, const struct line *l)
{
	q->v[q->n++ % LINES_MAX] = *l;
}

void criu_quote(const char *text, struct strbuf *ret_lines, struct strbuf *ret_cause)
{
	struct line before = { NULL, 0 };
	struct quoted q = { .n = 0 };
	bool found = false;

	for (const char *at = text; *at;) {
		struct line l = next_line(&at);
		bool error = is_of(&l, "Error (");

		if (error && before.s && is_of(&before, "Warn "))
			keep(&q, &before);
		if (error)
			keep(&q, &l);
		if (error && !found && !is_harmless(&l)) {
			add_cause(&l, ret_cause);
			found = true;
		}
		before = l;
	}
	for (size_t i = q.n > LINES_MAX ? q.n - LINES_MAX : 0; i < q.n; i++) {
		strbuf_add(ret_lines, q.v[i % LINES_MAX].s, q.v[i % LINES_MAX].n);
		strbuf_adds(ret_lines, "\n");
	}
}

static void warn_lines(const char *lines, const char *name, const struct log_sink *log)
{
	log_warn(log, "--- Quoting \"work-dir/%s\"", name);
	for (const char *at = lines; *at;) {
		struct line l = next_line(&at);

		log_warn(log, "%.*s", (int)l.n, l.s);
	}
	log_warn(log, "---");
}

int criu_explain(int work_fd, const char *name, const char *path, const char *message,
		 const struct log_sink *log, struct err *e)
{
	struct strbuf text autodone(strbuf) = STRBUF_INIT, lines autodone(strbuf) = STRBUF_INIT,
			   cause autodone(strbuf) = STRBUF_INIT;
	char context[ERR_TEXT_MAX];
	struct err absent;

	if (file_read_at(work_fd, name, LOG_MAX, &text, &absent) < 0)
		return err_append(e, "%s%sCRIU left no log %s/%s", message, *message ? "; " : "",
				  path, name);
	criu_quote(strbuf_str(&text), &lines, &cause);
	if (lines.len > 0)
		warn_lines(strbuf_str(&lines), name, log);
	if (cause.len == 0)
		strbuf_adds(&cause, message);
	(void)snprintf(context, sizeof(context), "%s", e->text);
	if (cause.len > 0)
		(void)err_set_kind(e, e->kind, e->code, "%s: %s", context, strbuf_str(&cause));
	return err_append(e, "log file: %s/%s", path, name);
}
