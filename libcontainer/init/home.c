/* SPDX-License-Identifier: Apache-2.0 */
#include "init/home.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/passwd.h"
#include "base/path.h"
#include "base/retry.h"

#define PASSWD_MAX ((size_t)1 << 20)

const char *home_parse(struct arena *a, const char *passwd, uint32_t uid)
{
	size_t len = 0;
	const char *home = passwd_find(passwd, uid, PASSWD_HOME, &len);

	return home && len ? arena_strndup(a, home, len) : NULL;
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
	for (ssize_t got; n < PASSWD_MAX && (got = RETRY(read(fd, text + n, PASSWD_MAX - n))) > 0;)
		n += (size_t)got;
	text[n] = '\0';
	const char *home = home_parse(a, text, uid);
	return home ? home : "/";
}
