/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/pstable.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"

#define BLANKS " \t"

/* The column that is titled PID, from 0; -EINVAL when there is none. */
static int pid_column(char *titles)
{
	const char *title;

	for (int column = 0; (title = strsep(&titles, BLANKS));) {
		if (str_eq(title, "PID"))
			return column;
		column += *title != '\0';
	}
	return -EINVAL;
}

/* The word in a column of a line that has been copied; NULL when the line is shorter. */
static const char *word_at(char *line, int column)
{
	const char *word;

	while ((word = strsep(&line, BLANKS)))
		if (*word && column-- == 0)
			return word;
	return NULL;
}

static int compare(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

	return (x > y) - (x < y);
}

static int pid_of(const char *line, size_t n, int column, pid_t *ret, struct err *e)
{
	autofree char *copy = strndup(line, n);
	uint64_t pid = 0;

	if (!copy)
		abort();
	const char *word = word_at(copy, column);
	if (!word || str_to_u64(word, INT32_MAX, &pid) < 0)
		return err_set(e, EINVAL, "unable to parse pid: \"%s\" is no number",
			       word ? word : "");
	*ret = (pid_t)pid;
	return 0;
}

int ps_filter(const char *text, const pid_t *pids, size_t n, struct strbuf *out, struct err *e)
{
	size_t len = strcspn(text, "\n");
	autofree char *titles = strndup(text, len);

	if (!titles)
		abort();
	int column = pid_column(titles);
	if (column < 0)
		return err_set(e, EINVAL, "couldn't find PID field in ps output");
	strbuf_add(out, text, len);
	strbuf_adds(out, "\n");
	for (const char *line = text + len; *line; line += len) {
		pid_t pid = 0;

		line += *line == '\n';
		len = strcspn(line, "\n");
		if (len == 0)
			continue;
		int r = pid_of(line, len, column, &pid, e);
		if (r < 0)
			return r;
		if (!n || !bsearch(&pid, pids, n, sizeof(*pids), compare))
			continue;
		strbuf_add(out, line, len);
		strbuf_adds(out, "\n");
	}
	return 0;
}
