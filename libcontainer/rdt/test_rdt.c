/* SPDX-License-Identifier: Apache-2.0 */
/* Against a directory that stands in for resctrl. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "rdt/rdt.h"

struct box {
	char root[64], group[128], mon[192];
	struct plan_rdt at;
	struct err e;
};

static void make_dir(const char *dir, const char *name)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(mkdir(path, 0755), 0);
}

static void put(const char *dir, const char *name, const char *text)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(close(fd), 0);
}

static void assert_file(const char *dir, const char *name, const char *text)
{
	autodone(strbuf) struct strbuf found = STRBUF_INIT;
	char path[256];
	struct err e;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(file_read_at(AT_FDCWD, path, 0, &found, &e), 0);
	assert_string_equal(strbuf_str(&found), text);
}

static int setup(void **state)
{
	struct box *b = calloc(1, sizeof(*b));

	(void)snprintf(b->root, sizeof(b->root), "/tmp/vial-rdt-XXXXXX");
	if (!b || !mkdtemp(b->root))
		return -1;
	(void)snprintf(b->group, sizeof(b->group), "%s/c1", b->root);
	(void)snprintf(b->mon, sizeof(b->mon), "%s/mon_groups/c1", b->group);
	make_dir(b->root, "info");
	make_dir(b->root, "info/L3");
	make_dir(b->root, "info/MB");
	make_dir(b->root, "mon_groups");
	put(b->root, "info/last_cmd_status", "mask is not consecutive\n");
	b->at = (struct plan_rdt){ .enabled = true, .root = b->root, .group = b->group };
	*state = b;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int teardown(void **state)
{
	struct box *b = *state;
	int r = nftw(b->root, remove_one, 8, FTW_DEPTH | FTW_PHYS);

	free(b);
	return r;
}

/* The kernel fills a new group with files; here the test does. */
static void make_group(struct box *b)
{
	make_dir(b->root, "c1");
	put(b->group, "schemata", "");
	put(b->group, "tasks", "");
	make_dir(b->group, "mon_groups");
}

static void a_group_gets_schemata_and_task(void **state)
{
	struct box *b = *state;

	make_group(b);
	b->at.schemata = "L3:0=f\nMB:0=20\nL2:0=3\n";
	b->at.needs_l3 = b->at.needs_mb = true;
	assert_int_equal(rdt_make(&b->at, &b->e), 0);
	assert_file(b->group, "schemata", "L3:0=f\nMB:0=20\nL2:0=3\n");
	assert_int_equal(rdt_enter(&b->at, 1234, &b->e), 0);
	assert_file(b->group, "tasks", "1234");
}

static void a_monitoring_group_is_made_and_removed(void **state)
{
	struct box *b = *state;

	make_group(b);
	b->at.monitoring = true;
	b->at.mon = b->mon;
	assert_int_equal(rdt_make(&b->at, &b->e), 0);
	put(b->mon, "tasks", "");
	assert_int_equal(rdt_enter(&b->at, 77, &b->e), 0);
	assert_file(b->mon, "tasks", "77");
	char tasks[256];
	(void)snprintf(tasks, sizeof(tasks), "%s/tasks", b->mon);
	assert_int_equal(unlink(tasks), 0);
	assert_int_equal(rdt_remove(NULL, b->mon, &b->e), 0);
	assert_int_equal(access(b->mon, F_OK), -1);
	assert_int_equal(access(b->group, F_OK), 0);
}

static void a_group_that_must_exist_is_not_made(void **state)
{
	struct box *b = *state;

	b->at.must_exist = true;
	assert_false(rdt_group_exists(&b->at));
	assert_int_equal(rdt_make(&b->at, &b->e), -ENOENT);
	assert_non_null(strstr(
		b->e.text,
		"linux.intelRdt: clos dir not accessible (must be pre-created when l3CacheSchema and memBwSchema are empty)"));
	assert_false(rdt_group_exists(&b->at));
	make_group(b);
	assert_true(rdt_group_exists(&b->at));
	assert_int_equal(rdt_make(&b->at, &b->e), 0);
}

static void what_the_processor_lacks_is_said(void **state)
{
	struct box *b = *state;
	char path[128];

	b->at.needs_l3 = true;
	(void)snprintf(path, sizeof(path), "%s/info/L3", b->root);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rdt_make(&b->at, &b->e), -ENOTSUP);
	assert_non_null(strstr(b->e.text, "but Intel RDT/CAT is not enabled"));
	b->at.needs_l3 = false;
	b->at.needs_mb = true;
	(void)snprintf(path, sizeof(path), "%s/info/MB", b->root);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rdt_make(&b->at, &b->e), -ENOTSUP);
	assert_non_null(strstr(b->e.text, "but Intel RDT/MBA is not enabled"));
	b->at.needs_mb = false;
	b->at.monitoring = true;
	(void)snprintf(path, sizeof(path), "%s/mon_groups", b->root);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rdt_make(&b->at, &b->e), -ENOTSUP);
	assert_false(rdt_group_exists(&b->at));
}

static void a_refused_schemata_carries_the_kernels_reason(void **state)
{
	struct box *b = *state;

	/* Nothing fills the new directory here, so that the write fails. */
	b->at.schemata = "L3:0=5\n";
	assert_int_equal(rdt_make(&b->at, &b->e), -ENOENT);
	assert_non_null(strstr(b->e.text, "(mask is not consecutive)"));
	assert_int_equal(rdt_remove(b->group, NULL, &b->e), 0);
	assert_false(rdt_group_exists(&b->at));
	assert_int_equal(rdt_remove(b->group, b->mon, &b->e), 0); /* gone is well */
}

static void a_file_in_place_of_the_group(void **state)
{
	struct box *b = *state;

	put(b->root, "c1", "");
	assert_int_equal(rdt_enter(&b->at, 1, &b->e), -ENOTDIR);
	assert_int_equal(rdt_remove(b->group, NULL, &b->e), -ENOTDIR);
}

static void update_writes_both_at_once(void **state)
{
	struct box *b = *state;

	make_group(b);
	assert_int_equal(rdt_update(b->group, "L3:0=3\nMB:0=90", "MB:0=40", &b->e), 0);
	assert_file(b->group, "schemata", "L3:0=3\nMB:0=40\n");
	put(b->group, "schemata", "");
	assert_int_equal(rdt_update(b->group, NULL, NULL, &b->e), 0);
	assert_file(b->group, "schemata", "");
	assert_int_equal(rdt_update("/nosuch", "L3:0=3", NULL, &b->e), -ENOENT);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_group_gets_schemata_and_task),
		TEST(a_monitoring_group_is_made_and_removed),
		TEST(a_group_that_must_exist_is_not_made),
		TEST(what_the_processor_lacks_is_said),
		TEST(a_refused_schemata_carries_the_kernels_reason),
		TEST(a_file_in_place_of_the_group),
		TEST(update_writes_both_at_once),
	};

	return cmocka_run_group_tests_name("rdt", tests, NULL, NULL);
}
