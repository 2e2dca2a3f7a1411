/* SPDX-License-Identifier: Apache-2.0 */
#include "base/passwd.h"

#include <stdbool.h>
#include <string.h>

#include "base/str.h"

/* The @i-th field of a line of passwd(5). */
static const char *field(const char *line, unsigned int i, size_t *ret_len)
{
	for (; i > 0; i--) {
		line += strcspn(line, ":\n");
		if (*line != ':')
			return NULL;
		line++;
	}
	*ret_len = strcspn(line, ":\n");
	return line;
}

static bool is_uid(const char *text, size_t len, uint32_t uid)
{
	char digits[16];
	uint32_t v;

	if (len >= sizeof(digits))
		return false;
	memcpy(digits, text, len);
	digits[len] = '\0';
	return str_to_u32(digits, &v) == 0 && v == uid;
}

const char *passwd_find(const char *passwd, uint32_t uid, unsigned int i, size_t *ret_len)
{
	for (const char *line = passwd; *line; line += strcspn(line, "\n") + 1) {
		size_t len = 0;
		const char *id = field(line, 2, &len);
		const char *found = field(line, i, ret_len);

		if (id && found && is_uid(id, len, uid))
			return found;
		if (!line[strcspn(line, "\n")])
			break;
	}
	return NULL;
}
