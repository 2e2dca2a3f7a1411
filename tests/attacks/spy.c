/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The init of a hostile container, for the tests of exec: until /tmp/stop exists it looks at every
 * other process it can see, and prints each thing it finds once:
 *
 *   fd EXE LINK     a descriptor whose link could be read, of a process that executes EXE
 *   dir EXE LINK    the same, and it is a directory
 *   place EXE LINK  a working or root directory that is not the container's root
 *   env EXE         its environment, with the text CALLERS_SECRET in it
 *   exe DEV:INO     a program that could be opened for reading
 *   written LINK    a program that could be written (its first byte, with what it was)
 */

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOUND_MAX 4000

static char *found[FOUND_MAX];
static size_t n_found;

static void report(const char *line)
{
	for (size_t i = 0; i < n_found; i++)
		if (strcmp(found[i], line) == 0)
			return;
	if (n_found < FOUND_MAX)
		found[n_found++] = strdup(line);
	puts(line);
	fflush(stdout);
}

static bool read_link(const char *path, char *ret, size_t size)
{
	ssize_t n = readlink(path, ret, size - 1);

	ret[n > 0 ? n : 0] = '\0';
	return n > 0;
}

/* One that ends gives up its memory before its files, and with it what forbids a look. */
static bool has_memory(const char *pid)
{
	char path[64], byte;

	snprintf(path, sizeof(path), "/proc/%s/cmdline", pid);
	int fd = open(path, O_RDONLY);
	bool has = fd >= 0 && read(fd, &byte, 1) == 1;
	if (fd >= 0)
		close(fd);
	return has;
}

static void read_exe(const char *pid, char exe[256])
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%s/exe", pid);
	if (!read_link(path, exe, 256))
		snprintf(exe, 256, "%s", has_memory(pid) ? "?" : "ended");
	for (char *p = exe; *p; p++)
		if (isspace((unsigned char)*p))
			*p = '_';
}

static void look_at_fds(const char *pid, char exe[256])
{
	char path[300], link[256], line[600];
	struct dirent *d;
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	DIR *dir = opendir(path);
	if (!dir)
		return;
	while ((d = readdir(dir))) {
		snprintf(path, sizeof(path), "/proc/%s/fd/%s", pid, d->d_name);
		if (!read_link(path, link, sizeof(link)))
			continue;
		if (strcmp(exe, "?") == 0)
			read_exe(pid, exe); /* it has just become one that may be looked at */
		bool is_dir = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
		/* Numbers of sockets and pipes differ each time. */
		if (strncmp(link, "socket:", 7) == 0 || strncmp(link, "pipe:", 5) == 0)
			*strchr(link, ':') = '\0';
		snprintf(line, sizeof(line), "%s %s %s", is_dir ? "dir" : "fd", exe, link);
		report(line);
	}
	closedir(dir);
}

static void look_at_place(const char *pid, const char *what, const char *exe)
{
	char path[64], link[256], line[600];
	struct stat st, root;

	snprintf(path, sizeof(path), "/proc/%s/%s", pid, what);
	int fd = open(path, O_PATH);
	if (fd < 0)
		return;
	/* By descriptor: the process may go elsewhere while we look. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	bool seen = read_link(path, link, sizeof(link)) && fstat(fd, &st) == 0 &&
		    stat("/", &root) == 0;
	close(fd);
	if (!seen || (st.st_dev == root.st_dev && st.st_ino == root.st_ino))
		return;
	snprintf(line, sizeof(line), "place %s %s", exe, link);
	report(line);
}

static void look_at_environment(const char *pid, const char *exe)
{
	static const char secret[] = "CALLERS_SECRET";
	static char text[1 << 17];
	char path[64], line[300];

	snprintf(path, sizeof(path), "/proc/%s/environ", pid);
	int fd = open(path, O_RDONLY);
	if (fd < 0)
		return;
	ssize_t n = read(fd, text, sizeof(text));
	close(fd);
	if (n > 0 && memmem(text, (size_t)n, secret, sizeof(secret) - 1)) {
		snprintf(line, sizeof(line), "env %s", exe);
		report(line);
	}
}

static void look_at_exe(const char *pid, const char *exe)
{
	char path[64], line[300];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%s/exe", pid);
	int fd = open(path, O_RDONLY);
	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0) {
		snprintf(line, sizeof(line), "exe %lu:%lu", (unsigned long)st.st_dev,
			 (unsigned long)st.st_ino);
		report(line);
	}
	/* ETXTBSY lasts as long as it runs; the descriptor outlives that. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	for (int i = 0; i < 2000; i++) {
		int w = open(path, O_WRONLY);
		if (w < 0)
			continue;
		char first;
		if (pread(fd, &first, 1, 0) == 1 && pwrite(w, &first, 1, 0) == 1) {
			snprintf(line, sizeof(line), "written %s", exe);
			report(line);
		}
		close(w);
		break;
	}
	close(fd);
}

static void look_at(const char *pid, bool overwrite)
{
	char exe[256];

	read_exe(pid, exe);
	if (overwrite) {
		look_at_exe(pid, exe);
		return;
	}
	look_at_fds(pid, exe);
	look_at_place(pid, "cwd", exe);
	look_at_place(pid, "root", exe);
	look_at_environment(pid, exe);
}

int main(int argc, char **argv)
{
	bool overwrite = argc > 1 && strcmp(argv[1], "overwrite") == 0;
	char self[16];
	struct stat st;

	snprintf(self, sizeof(self), "%d", getpid());
	puts("spying");
	fflush(stdout);
	while (stat("/tmp/stop", &st) < 0) {
		DIR *dir = opendir("/proc");
		struct dirent *d;

		while (dir && (d = readdir(dir)))
			if (isdigit((unsigned char)d->d_name[0]) && strcmp(d->d_name, self) != 0)
				look_at(d->d_name, overwrite);
		if (dir)
			closedir(dir);
	}
	return 0;
}
