/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Runs a fuzz target over its corpus without libFuzzer: each file as it is, and torn at some
 * places. For gcc, for valgrind, and for ctest in every build.
 */

#include <dirent.h>
#include <fcntl.h>

#include "base/fd.h"
#include "fuzz.h"

#define TORN 8 /* how often each file is cut */

/* A copy that is just as long, so that a byte read behind it is seen. */
static void run_copy(const char *data, size_t size)
{
	autofree uint8_t *copy = mem_new(size ? size : 1, 1);

	if (size)
		memcpy(copy, data, size);
	require(LLVMFuzzerTestOneInput(copy, size) == 0);
}

static size_t run_file(int dir_fd, const char *path)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;
	struct err e = { 0 };

	if (file_read_at(dir_fd, path, 0, &text, &e) < 0) {
		(void)fprintf(stderr, "%s\n", e.text);
		exit(2);
	}
	run_copy(strbuf_str(&text), text.len);
	for (size_t i = 1; i < TORN; i++)
		run_copy(strbuf_str(&text), text.len * i / TORN);
	return TORN;
}

/* Return: inputs run. */
static size_t run_path(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	size_t n = 0;

	if (!dir)
		return run_file(AT_FDCWD, path);
	for (struct dirent *d; (d = readdir(dir));)
		if (d->d_name[0] != '.')
			n += run_file(fd, d->d_name);
	(void)closedir(dir);
	return n;
}

int main(int argc, char **argv)
{
	size_t n = 0;

	run_copy("", 0);
	for (int i = 1; i < argc; i++)
		n += run_path(argv[i]);
	(void)printf("%zu inputs\n", n);
	return n > 0 ? 0 : 2;
}
