/* SPDX-License-Identifier: Apache-2.0 */

/*
 * An interleaving timer: runs commands of several contenders in turn, so that what else happens on
 * the machine happens to all of them, and compares CPU time and wall time.
 *
 *   compare [-n ROUNDS] [-w WARMUPS] [-j PARALLEL] [-t] [-q] <PLAN
 *
 * PLAN, on standard input: lines of a word and the rest.
 *
 *   name NAME        begins a contender
 *   before COMMAND   is run before each timed one, untimed; may be repeated
 *   time COMMAND     is timed
 *   after COMMAND    is run after each, untimed; may be repeated
 *   tail COMMAND     is run once at the end
 *
 * The COMMAND "settle" waits until all that earlier ones have left running has ended.
 *
 * A COMMAND is words separated by blanks, executed without a shell; "{}" is replaced by a number
 * that no other round has. Standard input and output are /dev/null. Any that fails ends us.
 *
 * CPU time is user and system time of the command, of everything that it waited for, and of what it
 * leaves behind (we are the subreaper): of zombies by wait4(2), of what lives by schedstat. Each
 * contender comes first equally often.
 *
 * -j: this many timed commands at a time; a round is then 4 times as many, and wall is that of the
 *     round by the number of commands. before and after are not for this.
 * -t: one more round, traced (trace.c): system calls of all processes, and the greatest VmHWM that
 *     a process of the contender's own program had.
 * -q: only check that everything works: one round, and no more output than the names.
 *
 * Output: a line a contender, separated by tabs: name, rounds, CPU ms (minimum, lower quartile,
 * median, upper quartile), wall ms (the same), system calls, peak KiB (both 0 without -t).
 */

#include "bench/compare.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LINE_SIZE     1024
#define CONTENDER_MAX 8
#define COMMAND_MAX   8
#define ROUNDS_MAX    2000
#define PARALLEL_MAX  64

struct contender {
	char *name;
	char *before[COMMAND_MAX], *after[COMMAND_MAX], *timed, *tail;
	size_t n_before, n_after;
	double cpu[ROUNDS_MAX], wall[ROUNDS_MAX]; /* ms */
	struct traced traced;
};

static struct contender contenders[CONTENDER_MAX];
static size_t n_contenders, n_rounds;
static unsigned int number;

_Noreturn void fail(const char *what, const char *command)
{
	fprintf(stderr, "compare: %s: %s\n", command, what);
	exit(1);
}

/* --- the plan --------------------------------------------------------------------------------- */

static void add(char **list, size_t *n, const char *text)
{
	if (*n == COMMAND_MAX)
		fail("too many commands", text);
	list[(*n)++] = strdup(text);
}

static void take_line(const char *word, const char *rest)
{
	struct contender *c = &contenders[n_contenders - 1];

	if (strcmp(word, "name") == 0) {
		if (n_contenders == CONTENDER_MAX)
			fail("too many contenders", rest);
		contenders[n_contenders++].name = strdup(rest);
	} else if (n_contenders == 0) {
		fail("no name before it", rest);
	} else if (strcmp(word, "before") == 0) {
		add(c->before, &c->n_before, rest);
	} else if (strcmp(word, "after") == 0) {
		add(c->after, &c->n_after, rest);
	} else if (strcmp(word, "time") == 0) {
		c->timed = strdup(rest);
	} else if (strcmp(word, "tail") == 0) {
		c->tail = strdup(rest);
	} else {
		fail("unknown word", word);
	}
}

static void read_plan(void)
{
	char line[LINE_SIZE];

	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		char *rest = strchr(line, ' ');
		if (line[0] == '\0')
			continue;
		if (!rest)
			fail("nothing behind the word", line);
		*rest = '\0';
		take_line(line, rest + 1);
	}
	if (n_contenders == 0)
		fail("no contender", "the plan");
	for (size_t i = 0; i < n_contenders; i++)
		if (!contenders[i].timed)
			fail("nothing to time", contenders[i].name);
}

/* --- running ---------------------------------------------------------------------------------- */

void split_command(const char *text, unsigned int n, struct command *c)
{
	size_t argc = 0, at = 0;

	for (const char *p = text; *p; p++) {
		if (at + 16 > sizeof(c->text))
			fail("too long", text);
		if (p[0] == '{' && p[1] == '}') {
			at += (size_t)snprintf(c->text + at, 16, "%u", n);
			p++;
		} else {
			c->text[at++] = *p;
		}
	}
	c->text[at] = '\0';
	for (char *w = strtok(c->text, " "); w; w = strtok(NULL, " ")) {
		if (argc + 1 == sizeof(c->argv) / sizeof(*c->argv))
			fail("too many words", text);
		c->argv[argc++] = w;
	}
	c->argv[argc] = NULL;
	if (argc == 0)
		fail("no command", text);
}

static pid_t launch(const char *text, unsigned int n)
{
	static posix_spawn_file_actions_t *actions;
	struct command c;
	pid_t pid;

	if (!actions) {
		static posix_spawn_file_actions_t a;

		(void)posix_spawn_file_actions_init(&a);
		(void)posix_spawn_file_actions_addopen(&a, 0, "/dev/null", O_RDONLY, 0);
		(void)posix_spawn_file_actions_addopen(&a, 1, "/dev/null", O_WRONLY, 0);
		actions = &a;
	}
	split_command(text, n, &c);
	int r = posix_spawnp(&pid, c.argv[0], actions, NULL, c.argv, environ);
	if (r != 0)
		fail(strerror(r), text);
	return pid;
}

static double ms(const struct timeval *t)
{
	return (double)t->tv_sec * 1e3 + (double)t->tv_usec / 1e3;
}

/* CPU ms of all that we have waited for. */
static double reaped(void)
{
	struct rusage u;

	(void)getrusage(RUSAGE_CHILDREN, &u);
	return ms(&u.ru_utime) + ms(&u.ru_stime);
}

static double schedstat(const char *pid)
{
	char path[64], text[64] = "";

	(void)snprintf(path, sizeof(path), "/proc/%s/schedstat", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0; /* it has ended meanwhile, and counts as reaped */
	(void)!read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	return (double)strtoull(text, NULL, 10) / 1e6;
}

/* CPU ms of our children that live: what commands have left behind. Takes away the dead first. */
static double living(void)
{
	char path[64], text[65536];
	double sum = 0;

	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	(void)snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (n < 0)
		fail(strerror(errno), path);
	(void)close(fd);
	text[n] = '\0';
	for (char *w = strtok(text, " "); w; w = strtok(NULL, " "))
		sum += schedstat(w);
	return sum;
}

static double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Waits for @pid; others that end meanwhile are reaped and counted, too. */
static void await(pid_t pid, const char *text)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			fail(strerror(errno), text);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail("failed", text);
}

void run_untimed(const char *text, unsigned int n)
{
	if (strcmp(text, "settle") == 0) {
		while (wait(NULL) > 0)
			;
		return;
	}
	await(launch(text, n), text);
}

static void run_once(const struct contender *c, unsigned int n, double *cpu, double *wall)
{
	for (size_t i = 0; i < c->n_before; i++)
		run_untimed(c->before[i], n);

	double spent = living() + reaped(), start = now();
	run_untimed(c->timed, n);
	*wall = now() - start;
	*cpu = living() + reaped() - spent;
	for (size_t i = 0; i < c->n_after; i++)
		run_untimed(c->after[i], n);
}

/* Keeps @parallel commands running until all of the round are through. */
static void run_many(const struct contender *c, size_t parallel, double *cpu, double *wall)
{
	size_t total = 4 * parallel, begun = 0, ended = 0;
	double spent = reaped(), start = now();

	while (ended < total) {
		int status;

		while (begun < total && begun - ended < parallel) {
			(void)launch(c->timed, number++);
			begun++;
		}
		if (wait(&status) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
			fail("failed", c->timed);
		ended++;
	}
	*wall = (now() - start) / (double)total;
	*cpu = (reaped() - spent) / (double)total;
}

static void run_round(size_t round, size_t parallel, size_t store)
{
	for (size_t k = 0; k < n_contenders; k++) {
		struct contender *c = &contenders[(k + round) % n_contenders];

		if (parallel > 1)
			run_many(c, parallel, &c->cpu[store], &c->wall[store]);
		else
			run_once(c, number++, &c->cpu[store], &c->wall[store]);
	}
}

/* --- the result ------------------------------------------------------------------------------- */

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void print_spread(double *v)
{
	qsort(v, n_rounds, sizeof(*v), by_size);
	printf("\t%.3f\t%.3f\t%.3f\t%.3f", v[0], v[n_rounds / 4], v[n_rounds / 2],
	       v[n_rounds * 3 / 4]);
}

static void trace_all(void)
{
	for (size_t i = 0; i < n_contenders; i++) {
		struct contender *c = &contenders[i];
		unsigned int n = number++;

		for (size_t k = 0; k < c->n_before; k++)
			run_untimed(c->before[k], n);
		trace_command(c->timed, n, &c->traced);
		for (size_t k = 0; k < c->n_after; k++)
			run_untimed(c->after[k], n);
	}
}

static void finish(bool quiet)
{
	for (size_t i = 0; i < n_contenders; i++) {
		struct contender *c = &contenders[i];

		if (c->tail)
			run_untimed(c->tail, number++);
		printf("%s", c->name);
		if (!quiet) {
			printf("\t%zu", n_rounds);
			print_spread(c->cpu);
			print_spread(c->wall);
			printf("\t%lu\t%lu", c->traced.syscalls, c->traced.peak_kib);
		}
		printf("\n");
	}
}

static size_t size_arg(const char *text, size_t max)
{
	char *end;
	unsigned long v = strtoul(text, &end, 10);

	if (*end || v == 0 || v > max)
		fail("not a number that we take", text);
	return v;
}

int main(int argc, char **argv)
{
	size_t warmups = 1, parallel = 1;
	bool trace = false, quiet = false;

	n_rounds = 20;
	for (int o; (o = getopt(argc, argv, "n:w:j:tq")) != -1;) {
		if (o == 'n')
			n_rounds = size_arg(optarg, ROUNDS_MAX);
		else if (o == 'w')
			warmups = size_arg(optarg, ROUNDS_MAX);
		else if (o == 'j')
			parallel = size_arg(optarg, PARALLEL_MAX);
		else if (o == 't')
			trace = true;
		else if (o == 'q')
			quiet = true;
		else
			fail("usage: compare [-n ROUNDS] [-w WARMUPS] [-j PARALLEL] [-tq] <PLAN",
			     argv[0]);
	}
	if (quiet)
		n_rounds = warmups = 1;
	read_plan();
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		fail(strerror(errno), "prctl");
	number = (unsigned int)getpid() * 1000;
	for (size_t i = 0; i < warmups; i++)
		run_round(i, parallel, 0);
	for (size_t i = 0; i < n_rounds; i++)
		run_round(i, parallel, i);
	if (trace)
		trace_all();
	finish(quiet);
	return 0;
}
