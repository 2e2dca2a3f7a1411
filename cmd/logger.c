/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/logger.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/jsonw.h"
#include "base/retry.h"
#include "cmd/stream.h"

#define ESC	       "\033"
#define KEPT	       "\n\"\\" /* not escaped where people read */

#define JOURNAL_SOCKET "/run/systemd/journal/socket"
#define SYSLOG_SOCKET  "/dev/log"
#define SYSLOG_USER    (1 << 3) /* facility LOG_USER of syslog(3) */

static const struct {
	const char *name, *tag;
	int colour, priority; /* priority of syslog(3) */
} levels[] = {
	[LOG_LEVEL_ERROR] = { "error", "ERRO", 31, 3 },
	[LOG_LEVEL_WARNING] = { "warning", "WARN", 33, 4 },
	[LOG_LEVEL_INFO] = { "info", "INFO", 36, 6 },
	[LOG_LEVEL_DEBUG] = { "debug", "DEBU", 37, 7 },
};

/* --- where to ------------------------------------------------------------------------ */

void logger_init(struct logger *l)
{
	*l = (struct logger){
		.fd = STDERR_FILENO,
		.started = clock_real().tv_sec,
		.max = LOG_LEVEL_INFO,
	};
}

static int open_file(const char *path, struct err *e)
{
	const int flags = O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
	int fd = RETRY(open(path, O_WRONLY | flags, 0644));

	/* A FIFO that nobody reads yet: with both ends ours it takes what it has room for. */
	if (fd < 0 && errno == ENXIO)
		fd = RETRY(open(path, O_RDWR | flags, 0644));
	return fd < 0 ? err_errno(e, "open %s", path) : fd;
}

static int connect_to(const char *path, struct err *e)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	int fd autoclose = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_errno(e, "socket(2) for the log");
	if (RETRY(connect(fd, (const struct sockaddr *)&a, sizeof(a))) < 0)
		return err_errno(e, "connect the log to %s", path);
	return take_fd(&fd);
}

static int open_daemon(struct logger *l, const char *ident, enum logger_target target,
		       struct err *e)
{
	if (ident[0] == '\0')
		return err_set_kind(e, ERR_USAGE, EINVAL,
				    "invalid log target: an id is needed behind the colon");
	int fd = connect_to(target == LOGGER_JOURNAL ? JOURNAL_SOCKET : SYSLOG_SOCKET, e);
	if (fd < 0)
		return fd;
	l->ident = ident;
	l->target = target;
	return fd;
}

int logger_open(struct logger *l, const char *target, struct err *e)
{
	const char *ident;
	int fd;

	if ((ident = str_after(target, "journald:")) != NULL) {
		fd = open_daemon(l, ident, LOGGER_JOURNAL, e);
	} else if ((ident = str_after(target, "syslog:")) != NULL) {
		fd = open_daemon(l, ident, LOGGER_SYSLOG, e);
	} else {
		const char *path = str_after(target, "file:");

		fd = open_file(path ? path : target, e);
		if (fd >= 0)
			l->target = LOGGER_FILE;
	}
	if (fd < 0)
		return fd;
	l->fd = fd;
	return 0;
}

/* The last resort: when this fails too there is nobody left to tell. */
static void write_stderr(const struct strbuf *line)
{
	int r = stream_write(STDERR_FILENO, line->data, line->len, LOGGER_PATIENCE_MS);

	(void)r;
}

void logger_done(struct logger *l)
{
	struct strbuf line autodone(strbuf) = STRBUF_INIT;

	if (l->target != LOGGER_STDERR) {
		(void)close(l->fd);
		if (l->dropped > 0) {
			strbuf_addf(&line,
				    "%u messages for the log were dropped: nobody took them\n",
				    l->dropped);
			write_stderr(&line);
		}
	}
	l->fd = STDERR_FILENO;
	l->target = LOGGER_STDERR;
	l->dropped = 0;
}

/* --- formats ------------------------------------------------------------------------- */

static bool is_plain(const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c >= 0x80 || (!isalnum(c) && !strchr("-._/@^+", c)))
			return false;
	}
	return true;
}

static void format_time(time_t t, struct strbuf *out)
{
	char text[sizeof("+1234567890-01-01T00:00:00Z")];
	struct tm tm;

	if (gmtime_r(&t, &tm) && strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) > 0)
		strbuf_adds(out, text);
}

static void format_json(time_t now, const char *level, const char *text, struct strbuf *out)
{
	struct strbuf when autodone(strbuf) = STRBUF_INIT;
	struct jsonw w;

	format_time(now, &when);
	jsonw_init(&w, out, "");
	jsonw_object(&w, NULL);
	jsonw_str(&w, "level", level);
	jsonw_str(&w, "msg", text);
	jsonw_str(&w, "time", strbuf_str(&when));
	jsonw_object_end(&w);
}

static void format_text(time_t now, const char *level, const char *text, struct strbuf *out)
{
	strbuf_adds(out, "time=\"");
	format_time(now, out);
	strbuf_addf(out, "\" level=%s msg=", level);
	if (is_plain(text))
		strbuf_adds(out, text);
	else
		quote_go(out, text);
}

/* For people: no quotes, lines stay lines, but nothing that steers the terminal either. */
static void format_colour(const struct logger *l, time_t now, enum log_level level,
			  const char *text, struct strbuf *out)
{
	strbuf_addf(out, ESC "[%dm%s" ESC "[0m[%04lld] ", levels[level].colour, levels[level].tag,
		    (long long)(now - l->started));
	escape_go(out, text, KEPT);
}

/* Standard error beside a log: the same for people, without time and colour. */
static void format_plain(const char *text, struct strbuf *out)
{
	escape_go(out, text, KEPT);
	strbuf_adds(out, "\n");
}

/* systemd's "Native Journal Protocol": FIELD=value lines; escapes keep a value on its line. */
static void format_journal(const struct logger *l, enum log_level level, const char *text,
			   struct strbuf *out)
{
	strbuf_addf(out, "PRIORITY=%d\nID=", levels[level].priority);
	escape_go(out, l->ident, "\"\\");
	strbuf_adds(out, "\nSYSLOG_IDENTIFIER=");
	escape_go(out, l->ident, "\"\\");
	strbuf_adds(out, "\nMESSAGE=");
	escape_go(out, text, "\"\\");
}

/* RFC 3164. The daemon takes the time of arrival in its place where it knows better. */
static void format_syslog(const struct logger *l, time_t now, enum log_level level,
			  const char *text, struct strbuf *out)
{
	char when[sizeof("Nov 23 16:59:53 ")];
	struct tm tm;

	strbuf_addf(out, "<%d>", SYSLOG_USER | levels[level].priority);
	if (localtime_r(&now, &tm) && strftime(when, sizeof(when), "%b %e %H:%M:%S ", &tm) > 0)
		strbuf_adds(out, when);
	escape_go(out, l->ident, "\"\\");
	strbuf_addf(out, "[%d]: ", (int)getpid());
	escape_go(out, text, "\"\\");
}

void logger_format(const struct logger *l, time_t now, enum log_level level, const char *text,
		   struct strbuf *out)
{
	if (l->target == LOGGER_JOURNAL) {
		format_journal(l, level, text, out);
	} else if (l->target == LOGGER_SYSLOG) {
		format_syslog(l, now, level, text, out);
		return; /* a datagram needs no end */
	} else if (l->json) {
		format_json(now, levels[level].name, text, out);
	} else if (l->colour) {
		format_colour(l, now, level, text, out);
	} else {
		format_text(now, levels[level].name, text, out);
	}
	strbuf_adds(out, "\n");
}

/* --- writing ------------------------------------------------------------------------- */

static int put(struct logger *l, enum log_level level, const char *text)
{
	struct strbuf line autodone(strbuf) = STRBUF_INIT;

	/* Not before: mostly there is nothing to say. */
	l->colour = l->target == LOGGER_STDERR && isatty(STDERR_FILENO) == 1;
	logger_format(l, clock_real().tv_sec, level, text, &line);
	/* One message has waited in vain already: the others only look whether there is room. */
	int r = stream_write(l->fd, line.data, line.len, l->dropped ? 0 : LOGGER_PATIENCE_MS);
	if (r == -ETIMEDOUT) {
		l->dropped++;
	} else if (r < 0 && l->target != LOGGER_STDERR && level != LOG_LEVEL_ERROR) {
		/* An error is told there in any case, by logger_error(). */
		strbuf_done(&line);
		strbuf_addf(&line, "%s: ", levels[level].name);
		format_plain(text, &line);
		write_stderr(&line);
	}
	return r;
}

void logger_emit(void *arg, enum log_level level, const char *text)
{
	struct strbuf note autodone(strbuf) = STRBUF_INIT;
	struct logger *l = arg;

	if (level > l->max)
		return;
	if (put(l, level, text) < 0 || l->dropped == 0)
		return;
	strbuf_addf(&note, "%u messages before this one were dropped: nobody took them",
		    l->dropped);
	if (put(l, LOG_LEVEL_WARNING, strbuf_str(&note)) == 0)
		l->dropped = 0;
}

void logger_error(struct logger *l, const char *text)
{
	logger_emit(l, LOG_LEVEL_ERROR, text);
	if (l->target == LOGGER_STDERR)
		return;

	struct strbuf line autodone(strbuf) = STRBUF_INIT;
	format_plain(text, &line);
	write_stderr(&line);
}
