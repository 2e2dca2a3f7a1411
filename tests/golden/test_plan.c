/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every config of a real client, and those of our own that use what clients do not (rules-*),
 * planned for hosts that are made up here, against the text in plan/HOST/NAME.plan; and what is
 * wrong, a configuration a line, against the errors. UPDATE_GOLDEN=1 rewrites the texts. Runs in
 * the top of the source tree.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "plan/plan.h"

#define CONFIGS		     "tests/golden/configs"
#define PLANS		     "tests/golden/plan"
#define REFUSED		     "tests/golden/refused"

#define ALL_CAPS	     ((1ULL << 41) - 1)
#define CAP_SYS_RESOURCE_BIT (1ULL << 24)

static const struct cgroup_hierarchy hybrid[] = {
	{ "memory", "/sys/fs/cgroup/memory", "/", false },
	{ "cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct", "/", false },
	{ "pids", "/sys/fs/cgroup/pids", "/", false },
	{ "devices", "/sys/fs/cgroup/devices", "/", false },
	{ "freezer", "/sys/fs/cgroup/freezer", "/", false },
	{ "name=systemd", "/sys/fs/cgroup/systemd", "/", false },
	{ "", "/sys/fs/cgroup/unified", "/", true },
};
static const struct cgroup_hierarchy unified[] = {
	{ "", "/sys/fs/cgroup", "/system.slice/client.service", true },
};
static const struct cgroup_hierarchy delegated[] = {
	{ "", "/sys/fs/cgroup", "/user.slice/user-1001.slice/user@1001.service/app", true },
};

static const struct host {
	const char *name;
	const char *only;    /* configs with this in their name; NULL: all */
	unsigned int expect; /* so many of them at least */
	struct host_facts facts;
} hosts[] = {
	/* As where this was written: root in a hybrid layout, without CAP_SYS_RESOURCE. */
	{ "hybrid-root",
	  NULL,
	  65,
	  { .caps_effective = ALL_CAPS & ~CAP_SYS_RESOURCE_BIT,
	    .caps_bounding = ALL_CAPS & ~CAP_SYS_RESOURCE_BIT,
	    .cap_last = 40,
	    .cgroup_mode = CGROUP_HYBRID,
	    .hierarchies = hybrid,
	    .n_hierarchies = ARRAY_SIZE(hybrid) } },
	{ "v2-root",
	  NULL,
	  65,
	  { .caps_effective = ALL_CAPS,
	    .caps_bounding = ALL_CAPS,
	    .cap_last = 40,
	    .cgroup_mode = CGROUP_V2,
	    .hierarchies = unified,
	    .n_hierarchies = ARRAY_SIZE(unified) } },
	/* Rootless Podman and Buildah call the runtime as root of a user namespace of theirs. */
	{ "v2-rootless",
	  "rootless",
	  4,
	  { .in_userns = true,
	    .user = "ocitest",
	    .caps_effective = ALL_CAPS,
	    .caps_bounding = ALL_CAPS,
	    .cap_last = 40,
	    .cgroup_mode = CGROUP_V2,
	    .hierarchies = delegated,
	    .n_hierarchies = ARRAY_SIZE(delegated) } },
	/* A kernel with both security modules and resctrl. */
	{ "labels",
	  "labels",
	  4,
	  { .caps_effective = ALL_CAPS,
	    .caps_bounding = ALL_CAPS,
	    .cap_last = 40,
	    .has_apparmor = true,
	    .has_selinux = true,
	    .resctrl = "/sys/fs/resctrl",
	    .cgroup_mode = CGROUP_V2,
	    .hierarchies = unified,
	    .n_hierarchies = ARRAY_SIZE(unified) } },
};

static bool is_config(const char *name)
{
	size_t len = strlen(name);

	return len > 5 && str_eq(name + len - 5, ".json") && !strstr(name, ".process.json");
}

/* The plan as text, or the error that the configuration gets. */
static void print_plan(const struct spec *spec, const struct host_facts *facts, struct strbuf *out)
{
	struct plan *plan = NULL;
	struct err e = { 0 };
	struct request request = {
		.program = "vial",
		.id = "golden",
		.bundle = "/bundle",
		.is_create = true,
		.console_socket = spec->process && spec->process->terminal ? "/run/console.sock"
									   : NULL,
	};
	if (plan_build(spec, facts, &request, &plan, &e) == 0)
		plan_print(plan, NULL, out);
	else
		strbuf_addf(out, "refused: %s\n", e.text);
	plan_free(plan);
}

static void plan_text(const char *name, const struct host_facts *facts, struct strbuf *out)
{
	struct spec *spec = NULL;
	struct err e = { 0 };

	autoclose int dir = open(CONFIGS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(dir >= 0);
	if (spec_load(dir, name, &spec, &e) < 0)
		fail_msg("%s: %s", name, e.text);
	print_plan(spec, facts, out);
	spec_free(spec);
}

static void update(const char *path, const struct strbuf *text)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_int_equal(fwrite(text->data, 1, text->len, f), text->len);
	assert_int_equal(fclose(f), 0);
}

/* Names the first line that differs. */
static void print_difference(const char *path, const char *golden, const char *now)
{
	unsigned int line = 1;

	for (;; line++) {
		size_t a = strcspn(golden, "\n"), b = strcspn(now, "\n");

		if (a != b || memcmp(golden, now, a) != 0 || !golden[a] || !now[b]) {
			print_error("%s:%u:\n-%.*s\n+%.*s\n", path, line, (int)(a > 400 ? 400 : a),
				    golden, (int)(b > 400 ? 400 : b), now);
			return;
		}
		golden += a + 1;
		now += b + 1;
	}
}

/* True when the text on disk is this one. */
static bool is_golden(const char *path, const struct strbuf *text)
{
	autodone(strbuf) struct strbuf golden = STRBUF_INIT;
	struct err e;

	if (file_read_at(AT_FDCWD, path, 0, &golden, &e) < 0) {
		print_error("%s\n", e.text);
		return false;
	}
	if (str_eq(strbuf_str(&golden), strbuf_str(text)))
		return true;
	print_difference(path, strbuf_str(&golden), strbuf_str(text));
	return false;
}

static bool check_one(const struct host *host, const char *name)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT, again = STRBUF_INIT;
	char path[512];

	plan_text(name, &host->facts, &text);
	plan_text(name, &host->facts, &again);
	assert_string_equal(strbuf_str(&text), strbuf_str(&again));
	(void)snprintf(path, sizeof(path), PLANS "/%s/%.*s.plan", host->name,
		       (int)(strlen(name) - strlen(".json")), name);
	if (getenv("UPDATE_GOLDEN")) {
		update(path, &text);
		return true;
	}
	return is_golden(path, &text);
}

static void plans_of_clients_are_as_reviewed(void **state)
{
	const struct host *host = *state;
	size_t seen = 0, wrong = 0;
	DIR *dir = opendir(CONFIGS);

	assert_non_null(dir);
	for (struct dirent *d; (d = readdir(dir));) {
		if (!is_config(d->d_name) || (host->only && !strstr(d->d_name, host->only)))
			continue;
		seen++;
		wrong += !check_one(host, d->d_name);
	}
	(void)closedir(dir);
	assert_true(seen >= host->expect);
	assert_int_equal(wrong, 0);
}

/* The error of one line; one without is a failure. */
static void refuse(const char *line, size_t len, struct strbuf *out)
{
	static const struct request request = { .id = "golden", .bundle = "/bundle" };
	struct spec *spec = NULL;
	struct plan *plan = NULL;
	struct err e = { 0 };

	if (spec_parse("config.json", line, len, &spec, &e) < 0)
		strbuf_addf(out, "reading: %s\n", e.text);
	else if (plan_build(spec, &hosts[1].facts, &request, &plan, &e) < 0)
		strbuf_addf(out, "planning: %s\n", e.text);
	else if (plan->refusal)
		strbuf_addf(out, "creating: %s\n", plan->refusal);
	else
		fail_msg("not refused: %.*s", (int)len, line);
	plan_free(plan);
	spec_free(spec);
}

static void what_is_wrong_is_refused_in_these_words(void **state)
{
	autodone(strbuf) struct strbuf lines = STRBUF_INIT, errors = STRBUF_INIT;
	const char *p;
	size_t n = 0;
	struct err e;

	(void)state;
	assert_int_equal(file_read_at(AT_FDCWD, REFUSED ".jsonl", 0, &lines, &e), 0);
	for (p = strbuf_str(&lines); *p; n++) {
		size_t len = strcspn(p, "\n");

		refuse(p, len, &errors);
		p += len + (p[len] == '\n');
	}
	assert_true(n > 90);
	if (getenv("UPDATE_GOLDEN"))
		update(REFUSED ".txt", &errors);
	assert_true(is_golden(REFUSED ".txt", &errors));
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(hosts) + 1];

	for (size_t i = 0; i < ARRAY_SIZE(hosts); i++)
		tests[i] = (struct CMUnitTest){
			.name = hosts[i].name,
			.test_func = plans_of_clients_are_as_reviewed,
			.initial_state = (void *)(uintptr_t)&hosts[i],
		};
	tests[ARRAY_SIZE(hosts)] =
		(struct CMUnitTest)cmocka_unit_test(what_is_wrong_is_refused_in_these_words);
	return cmocka_run_group_tests_name("golden plans", tests, NULL, NULL);
}
