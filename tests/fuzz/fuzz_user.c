/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The options of `exec` that are texts with a meaning, one a line: --user, --cap, --additional-gids,
 * --cgroup, --env, --cwd. A user is digits and nothing else (CVE-2026-30892), and what it means
 * is what is written.
 */

#include <inttypes.h>

#include "fuzz.h"
#include "hosts.h"
#include "plan/exec.h"

static struct spec *container(void)
{
	static const char config[] =
		"{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"rootfs\"},"
		"\"process\":{\"cwd\":\"/\",\"args\":[\"sh\"],\"user\":{\"uid\":7,\"gid\":8}},"
		"\"linux\":{\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"pid\"}]}}";
	struct spec *spec = NULL;
	struct err e = { 0 };

	require(spec_parse("config.json", config, sizeof(config) - 1, &spec, &e) == 0);
	return spec;
}

/* Without leading zeros, which are allowed, the number's text is the one given. */
static bool says(const char **text, uint32_t number)
{
	char want[16];
	size_t n = strspn(*text, "0123456789");
	size_t zeros = strspn(*text, "0");

	if (n == 0)
		return false;
	if (zeros == n)
		zeros--;
	(void)snprintf(want, sizeof(want), "%" PRIu32, number);
	if (strlen(want) != n - zeros || strncmp(*text + zeros, want, n - zeros) != 0)
		return false;
	*text += n;
	return true;
}

static void check_user(const char *text, const struct plan_process *p)
{
	require(says(&text, p->uid));
	require(p->uid != UINT32_MAX && p->gid != UINT32_MAX);
	if (*text) {
		require(*text++ == ':');
		require(says(&text, p->gid));
	}
	require(*text == '\0');
}

static bool has_dots(const char *path)
{
	for (const char *p = path; *p; p += *p == '/') {
		size_t n = strcspn(p, "/");

		if (n == 2 && p[0] == '.' && p[1] == '.')
			return true;
		p += n;
	}
	return false;
}

static void check(const struct plan_exec *x, const struct plan_cgroup *cgroup, const char *user)
{
	if (user)
		check_user(user, &x->plan.process);
	require(x->plan.process.caps.inheritable == 0);
	for (size_t i = 0; x->subcgroups && i < cgroup->n_dirs; i++)
		require(!x->subcgroups[i] ||
			(x->subcgroups[i][0] != '/' && !has_dots(x->subcgroups[i])));
}

/* One word to add, unless it is empty. */
static struct strs list_of(const char *const *v)
{
	return (struct strs){ v, *v[0] ? 1 : 0 };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct plan_cgroup_dir dirs[] = { { "memory", "/m", "/m/c", false },
					  { "", "/u", "/u/c", true } };
	const struct plan_cgroup cgroup = {
		.enabled = true, .mode = CGROUP_HYBRID, .path = "/c", .dirs = dirs, .n_dirs = 2
	};
	autofree char *text = fuzz_text(data, size);
	char *rest = text;
	const char *user = fuzz_line(&rest);
	const char *const cap[] = { fuzz_line(&rest), NULL };
	const char *const group[] = { fuzz_line(&rest), NULL };
	const char *const sub[] = { fuzz_line(&rest), NULL };
	const char *const env[] = { fuzz_line(&rest), NULL };
	const char *cwd = fuzz_line(&rest);
	const char *const args[] = { "sh", NULL };
	struct exec_request request = {
		.base = { .program = "vial", .id = "fuzz", .bundle = "/b" },
		.args = { args, 1 },
		.user = *user ? user : NULL,
		.caps = list_of(cap),
		.groups = list_of(group),
		.cgroups = list_of(sub),
		.env = list_of(env),
		.cwd = *cwd ? cwd : NULL,
	};
	struct spec *config = container();
	struct plan_exec *x = NULL;
	struct err e = { 0 };

	if (plan_exec_build(config, NULL, fuzz_host(0), &cgroup, &request, &x, &e) == 0)
		check(x, &cgroup, request.user);
	else
		require(!x && e.code > 0 && e.text[0]);
	plan_exec_free(x);
	spec_free(config);
	return 0;
}
