/* SPDX-License-Identifier: Apache-2.0 */
#include "criu/extmount.h"

#include <stddef.h>
#include <string.h>

#include "base/str.h"

#define FIELD_POINT 4 /* proc_pid_mountinfo(5), counted from 0 */

static bool is_octal(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] < '0' || s[i] > '7')
			return false;
	return true;
}

/* The kernel writes space, tab, newline and backslash as a backslash and three octal digits. */
static const char *unescape(struct arena *a, const char *s, size_t n)
{
	char *text = arena_strndup(a, s, n), *out = text;

	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\\' && n - i > 3 && is_octal(s + i + 1, 3)) {
			*out++ = (char)((s[i + 1] - '0') * 64 + (s[i + 2] - '0') * 8 +
					(s[i + 3] - '0'));
			i += 3;
		} else {
			*out++ = s[i];
		}
	}
	*out = '\0';
	return text;
}

static bool has_id(const char *line, uint64_t id)
{
	char number[24];
	size_t n = strspn(line, "0123456789");
	uint64_t v;

	if (n == 0 || n >= sizeof(number) || line[n] != ' ')
		return false;
	memcpy(number, line, n);
	number[n] = '\0';
	return str_to_u64(number, UINT64_MAX, &v) == 0 && v == id;
}

const char *criu_mount_point(const char *mountinfo, uint64_t id, struct arena *a)
{
	for (const char *line = mountinfo; line && *line;) {
		const char *end = strchr(line, '\n');
		const char *at = line;

		for (int i = 0; has_id(line, id) && i < FIELD_POINT; i++) {
			at += strcspn(at, " \n");
			at += *at == ' ';
		}
		if (at != line)
			return unescape(a, at, strcspn(at, " \n"));
		line = end ? end + 1 : NULL;
	}
	return NULL;
}

bool criu_name_is_safe(const char *name)
{
	return !strstr(name, "]:");
}
