/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

static void emit(const struct log_sink *log, enum log_level level, const char *fmt, va_list ap)
	PRINTF_LIKE(3, 0);
static void emit(const struct log_sink *log, enum log_level level, const char *fmt, va_list ap)
{
	char text[ERR_TEXT_MAX];

	if (!log || level > log->max)
		return;
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	log->emit(log->arg, level, text);
}

void log_warn(const struct log_sink *log, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit(log, LOG_LEVEL_WARNING, fmt, ap);
	va_end(ap);
}

void log_debug(const struct log_sink *log, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit(log, LOG_LEVEL_DEBUG, fmt, ap);
	va_end(ap);
}
