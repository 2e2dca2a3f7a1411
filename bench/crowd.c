/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A host with much on it: makes mounts or cgroups, runs a command, and takes them away again.
 *
 *   crowd mounts|cgroups COUNT DIRECTORY COMMAND [ARGUMENT...]
 *
 * Mounts go below DIRECTORY, in the caller's mount namespace, which should be its own: there they
 * end with it. Cgroups are made below DIRECTORY, 1000 in each of its children.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void check(int r, const char *what)
{
	if (r >= 0)
		return;
	fprintf(stderr, "crowd: %s: %s\n", what, strerror(errno));
	exit(125);
}

static void make_mounts(unsigned long count, const char *dir)
{
	char path[512];

	check(mount("crowd", dir, "tmpfs", 0, NULL), dir);
	for (unsigned long i = 0; i < count; i++) {
		(void)snprintf(path, sizeof(path), "%s/%lu", dir, i);
		check(mkdir(path, 0755), path);
		check(mount("crowd", path, "tmpfs", 0, NULL), path);
	}
}

static void group(char *path, size_t size, const char *dir, unsigned long i)
{
	(void)snprintf(path, size, "%s/crowd-%lu", dir, i / 1000);
}

static void make_cgroups(unsigned long count, const char *dir)
{
	char path[512];

	for (unsigned long i = 0; i < count; i++) {
		group(path, sizeof(path), dir, i);
		if (i % 1000 == 0)
			check(mkdir(path, 0755), path);
		(void)snprintf(path + strlen(path), sizeof(path) - strlen(path), "/%lu", i);
		check(mkdir(path, 0755), path);
	}
}

static void remove_cgroups(unsigned long count, const char *dir)
{
	char path[512];

	for (unsigned long i = count; i-- > 0;) {
		group(path, sizeof(path), dir, i);
		(void)snprintf(path + strlen(path), sizeof(path) - strlen(path), "/%lu", i);
		check(rmdir(path), path);
		group(path, sizeof(path), dir, i);
		if (i % 1000 == 0)
			check(rmdir(path), path);
	}
}

static int run(char *const argv[])
{
	int status = 0;
	pid_t pid = fork();

	check(pid, "fork");
	if (pid == 0) {
		(void)execvp(argv[0], argv);
		check(-1, argv[0]);
	}
	check(waitpid(pid, &status, 0), "waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	if (argc < 5 || (strcmp(argv[1], "mounts") != 0 && strcmp(argv[1], "cgroups") != 0)) {
		fputs("usage: crowd mounts|cgroups COUNT DIRECTORY COMMAND [ARGUMENT...]\n",
		      stderr);
		return 2;
	}

	unsigned long count = strtoul(argv[2], NULL, 10);
	if (argv[1][0] == 'm') {
		make_mounts(count, argv[3]);
		return run(argv + 4);
	}
	make_cgroups(count, argv[3]);
	int status = run(argv + 4);
	remove_cgroups(count, argv[3]);
	return status;
}
