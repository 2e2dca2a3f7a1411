/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Our compiler against libseccomp: the profiles that Docker, Podman and containerd's CRI write,
 * and random ones, for every architecture.
 */

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "oracle.h"

#define CONFIGS "tests/golden/configs"

static struct comparison total;

static void sum(const struct comparison *c)
{
	total.calls += c->calls;
	total.enosys += c->enosys;
	total.newer += c->newer;
	total.merged += c->merged;
	total.faults += c->faults;
}

static void tell(const char *what)
{
	print_message("%s: %llu calls, %llu ENOSYS, %llu of new names, %llu merged, %llu faults\n",
		      what, (unsigned long long)total.calls, (unsigned long long)total.enosys,
		      (unsigned long long)total.newer, (unsigned long long)total.merged,
		      (unsigned long long)total.faults);
	total = (struct comparison){ 0 };
}

static void compare_file(const char *name, size_t *ret_n)
{
	autoclose int dir = open(CONFIGS, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct spec *spec = NULL;
	struct comparison c;
	struct err e;

	if (strstr(name, ".process.") || spec_load(dir, name, &spec, &e) < 0)
		return;
	if (spec->linux_->seccomp) {
		oracle_compare(spec->linux_->seccomp, arch_native(),
			       &(struct oracle_effort){ 200, 1, false }, 1, &c);
		if (c.complaint[0])
			fail_msg("%s: %s", name, c.complaint);
		sum(&c);
		(*ret_n)++;
	}
	spec_free(spec);
}

static void profiles_of_clients(void **state)
{
	struct dirent **files;
	size_t n = 0;
	int count = scandir(CONFIGS, &files, NULL, alphasort);

	(void)state;
	assert_true(count > 0);
	for (int i = 0; i < count; i++) {
		if (strstr(files[i]->d_name, ".json"))
			compare_file(files[i]->d_name, &n);
		free(files[i]);
	}
	free(files);
	assert_true(n >= 20);
	assert_int_equal(total.merged, 0);
	assert_int_equal(total.faults, 0);
	tell("clients");
}

static unsigned char take(void *arg)
{
	uint64_t *s = arg;

	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return (unsigned char)(*s >> 24);
}

static void compare_random(uint64_t seed, const struct seccomp_arch *a)
{
	autodone(arena) struct arena arena = ARENA_INIT;
	uint64_t stream = seed * 1000003 + (uint64_t)(a - seccomp_archs) + 1;
	struct comparison c;

	oracle_compare(oracle_random(&arena, take, &stream), a,
		       &(struct oracle_effort){ 40, 1, false }, seed, &c);
	if (c.complaint[0])
		fail_msg("seed %llu, %s: %s", (unsigned long long)seed, a->name, c.complaint);
	sum(&c);
}

static void random_profiles(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 25; seed++)
		for (const struct seccomp_arch *a = seccomp_archs; a->name; a++)
			compare_random(seed, a);
	tell("random");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(profiles_of_clients),
		cmocka_unit_test(random_profiles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
