/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void set_text(struct err *e, enum err_kind kind, int code, const char *fmt, va_list ap)
	PRINTF_LIKE(4, 0);
static void set_text(struct err *e, enum err_kind kind, int code, const char *fmt, va_list ap)
{
	e->code = code;
	e->kind = kind;
	(void)vsnprintf(e->text, sizeof(e->text), fmt, ap);
}

/* Appends, cutting what does not fit. */
static void add_text(struct err *e, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);
static void add_text(struct err *e, const char *fmt, va_list ap)
{
	size_t n = strnlen(e->text, sizeof(e->text) - 1);

	(void)vsnprintf(e->text + n, sizeof(e->text) - n, fmt, ap);
}

static void add_textf(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void add_textf(struct err *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_text(e, fmt, ap);
	va_end(ap);
}

int err_set(struct err *e, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_text(e, ERR_SYSTEM, code, fmt, ap);
	va_end(ap);
	return -code;
}

int err_set_kind(struct err *e, enum err_kind kind, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_text(e, kind, code, fmt, ap);
	va_end(ap);
	return -code;
}

int err_errno(struct err *e, const char *fmt, ...)
{
	/* A failure is never reported as success, even by a caller's mistake. */
	int code = errno > 0 ? errno : EIO;
	va_list ap;

	va_start(ap, fmt);
	set_text(e, ERR_SYSTEM, code, fmt, ap);
	va_end(ap);
	add_textf(e, ": %s", errno_text(code));
	return -code;
}

int err_ctx(struct err *e, const char *fmt, ...)
{
	char prefix[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(prefix, sizeof(prefix) - 2, fmt, ap);
	va_end(ap);

	char inner[ERR_TEXT_MAX];

	memcpy(inner, e->text, sizeof(inner));
	inner[sizeof(inner) - 1] = '\0';
	int room = (int)(sizeof(e->text) - strlen(prefix) - sizeof(": "));
	(void)snprintf(e->text, sizeof(e->text), "%s: %.*s", prefix, room, inner);
	return -e->code;
}

int err_append(struct err *e, const char *fmt, ...)
{
	va_list ap;

	add_textf(e, " (");
	va_start(ap, fmt);
	add_text(e, fmt, ap);
	va_end(ap);
	add_textf(e, ")");
	return -e->code;
}
