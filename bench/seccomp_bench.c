/* SPDX-License-Identifier: Apache-2.0 */

/*
 * seccomp_bench CONFIG.JSON [ROUNDS]: our compiler and libseccomp's two, side by side: time to
 * compile the profile of a bundle's configuration, instructions, and time to install the program
 * by seccomp(2) in a process of its own. Rounds alternate; the median of each is told.
 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/sys.h"
#include "oracle.h"

enum { OURS, LIST, TREE, KINDS };
static const char *const names[KINDS] = { "vial", "libseccomp list", "libseccomp tree" };

static double now_us(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* In a child that has nothing else to do; its median comes back by a pipe. */
static double install_us(const struct sock_filter *insns, size_t n)
{
	struct sock_fprog program = { (unsigned short)n, (struct sock_filter *)(uintptr_t)insns };
	double us = -1;
	int ends[2];

	if (pipe(ends) < 0)
		return us;
	pid_t pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		double start = now_us(CLOCK_MONOTONIC);
		int r = sys_seccomp(1 /* SECCOMP_SET_MODE_FILTER */, 4 /* SPEC_ALLOW */, &program);
		double end = now_us(CLOCK_MONOTONIC) - start;
		if (r < 0 || write(ends[1], &end, sizeof(end)) < 0)
			_exit(1);
		_exit(0);
	}
	(void)close(ends[1]);
	if (read(ends[0], &us, sizeof(us)) != (ssize_t)sizeof(us))
		us = -1;
	(void)close(ends[0]);
	(void)waitpid(pid, NULL, 0);
	return us;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), ascending);
	return v[n / 2];
}

static double compile(const struct spec_seccomp *s, int kind, struct oracle *ret)
{
	const struct seccomp_options options = { 0 };
	struct seccomp_filter f = SECCOMP_FILTER_INIT;
	struct err e;
	double start = now_us(CLOCK_PROCESS_CPUTIME_ID);
	int r = kind == OURS ? seccomp_compile_for(s, arch_native(), &options, &f, &e)
			     : oracle_compile(s, arch_native(), kind == TREE, ret);
	double end = now_us(CLOCK_PROCESS_CPUTIME_ID);

	if (kind == OURS) {
		ret->insns = f.insns;
		ret->n = f.n;
	}
	return r < 0 ? -1 : end - start;
}

static void measure(const struct spec_seccomp *s, size_t rounds)
{
	double *compiling[KINDS], *installing[KINDS];
	size_t insns[KINDS];

	for (int k = 0; k < KINDS; k++) {
		compiling[k] = mem_new(rounds, sizeof(double));
		installing[k] = mem_new(rounds, sizeof(double));
	}
	for (size_t i = 0; i < rounds; i++)
		for (int k = 0; k < KINDS; k++) {
			struct oracle o = { 0 };

			compiling[k][i] = compile(s, k, &o);
			installing[k][i] = install_us(o.insns, o.n);
			insns[k] = o.n;
			oracle_done(&o);
		}
	printf("%-16s %14s %13s %14s %14s\n", "", "compile us CPU", "instructions", "install us",
	       "its minimum");
	for (int k = 0; k < KINDS; k++) {
		double middle = median(installing[k], rounds);

		printf("%-16s %14.0f %13zu %14.0f %14.0f\n", names[k], median(compiling[k], rounds),
		       insns[k], middle, installing[k][0]);
		free(compiling[k]);
		free(installing[k]);
	}
}

int main(int argc, char **argv)
{
	size_t rounds = argc > 2 ? (size_t)strtod(argv[2], NULL) : 41;
	struct spec *spec = NULL;
	struct err e;

	if (argc < 2 || rounds == 0) {
		fprintf(stderr, "usage: %s CONFIG.JSON [ROUNDS]\n", argv[0]);
		return 2;
	}
	if (spec_load(AT_FDCWD, argv[1], &spec, &e) < 0) {
		fprintf(stderr, "%s\n", e.text);
		return 1;
	}
	if (!spec->linux_->seccomp) {
		fprintf(stderr, "%s: no linux.seccomp\n", argv[1]);
		return 1;
	}
	measure(spec->linux_->seccomp, rounds);
	spec_free(spec);
	return 0;
}
