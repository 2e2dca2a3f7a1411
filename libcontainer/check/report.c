/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "check/parts.h"

const char *check_level_name(enum check_level level)
{
	static const char *const names[CHECK_LEVELS] = { "pass", "warning", "failure" };

	return names[level];
}

void check_report_done(struct check_report *r)
{
	arena_done(&r->arena);
	free(r->v);
	*r = (struct check_report)CHECK_REPORT_INIT;
}

static void add(const struct check_area *to, struct check_finding finding)
{
	struct check_report *r = to->report;

	if (r->n == r->cap) {
		r->cap = r->cap ? r->cap * 2 : 64;
		r->v = mem_grow(r->v, r->cap, sizeof(*r->v));
	}
	finding.area = to->name;
	r->v[r->n++] = finding;
	r->count[finding.level]++;
}

static const char *vformat(struct arena *a, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);
static const char *vformat(struct arena *a, const char *fmt, va_list ap)
{
	autofree char *text = NULL;

	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	return arena_strdup(a, text);
}

void check_pass(const struct check_area *to, const char *name, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	const char *text = vformat(&to->report->arena, fmt, ap);
	va_end(ap);
	add(to, (struct check_finding){ CHECK_PASS, NULL, name, text, NULL });
}

void check_warning(const struct check_area *to, const char *name, const char *advice,
		   const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	const char *text = vformat(&to->report->arena, fmt, ap);
	va_end(ap);
	add(to, (struct check_finding){ CHECK_WARNING, NULL, name, text, advice });
}

void check_failure(const struct check_area *to, const char *name, const char *advice,
		   const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	const char *text = vformat(&to->report->arena, fmt, ap);
	va_end(ap);
	add(to, (struct check_finding){ CHECK_FAILURE, NULL, name, text, advice });
}

void check_error(const struct check_area *to, const char *name, const struct err *e)
{
	check_failure(to, name, hint_for(e), "%s", e->text);
}
