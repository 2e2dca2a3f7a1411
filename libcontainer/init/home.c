/* SPDX-License-Identifier: Apache-2.0 */
#include "init/home.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/str.h"

#define PASSWD_MAX ((size_t)1 << 20)

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

const char *home_parse(struct arena *a, const char *passwd, uint32_t uid)
{
	for (const char *line = passwd; *line; line += strcspn(line, "\n") + 1) {
		size_t len = 0, home_len = 0;
		const char *id = field(line, 2, &len);
		const char *home = field(line, 5, &home_len);

		if (id && home && is_uid(id, len, uid))
			return home_len ? arena_strndup(a, home, home_len) : NULL;
		if (!line[strcspn(line, "\n")])
			break;
	}
	return NULL;
}

const char *home_find(struct arena *a, int root_fd, uint32_t uid)
{
	struct stat st;

	autoclose int fd =
		path_open_in(root_fd, "/etc/passwd", O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return "/";

	autofree char *text = mem_new(PASSWD_MAX + 1, 1);
	size_t n = 0;
	for (ssize_t got; n < PASSWD_MAX && (got = read(fd, text + n, PASSWD_MAX - n)) > 0;)
		n += (size_t)got;
	text[n] = '\0';
	const char *home = home_parse(a, text, uid);
	return home ? home : "/";
}
