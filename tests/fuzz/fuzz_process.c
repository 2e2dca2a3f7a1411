/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as the process.json of `exec --process`, up to the decided process. */

#include "fuzz.h"
#include "hosts.h"
#include "plan/exec.h"

static struct spec *container(void)
{
	static const char config[] =
		"{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"rootfs\"},"
		"\"process\":{\"cwd\":\"/\",\"args\":[\"sh\"],\"user\":{\"uid\":0,\"gid\":0},"
		"\"capabilities\":{\"bounding\":[\"CAP_KILL\"],\"permitted\":[\"CAP_KILL\"]}},"
		"\"linux\":{\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"pid\"}]}}";
	struct spec *spec = NULL;
	struct err e = { 0 };

	require(spec_parse("config.json", config, sizeof(config) - 1, &spec, &e) == 0);
	return spec;
}

static void check(const struct plan_exec *x)
{
	const struct plan_process *p = &x->plan.process;
	autodone(strbuf) struct strbuf text = STRBUF_INIT;

	require(p->uid != UINT32_MAX && p->gid != UINT32_MAX);
	/* CVE-2022-29162: nothing for files' capabilities to build on. */
	require((p->caps.inheritable & ~p->caps.bounding) == 0);
	require((p->caps.effective & ~p->caps.permitted) == 0);
	if (x->initial.mask)
		plan_cpus_print(&x->initial, &text);
	if (x->final.mask)
		plan_cpus_print(&x->final, &text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct plan_cgroup cgroup = { .mode = CGROUP_V2 };
	struct spec *spec = NULL, *config;
	struct err e = { 0 };

	if (spec_parse_process("f", (const char *)data, size, &spec, &e) < 0)
		return 0; /* fuzz_spec judges the error */
	config = container();
	for (size_t i = 0; i < FUZZ_HOSTS; i++) {
		struct exec_request request = {
			.base = { .program = "vial", .id = "fuzz", .bundle = "/b", .detach = true },
			.process_file = "process.json",
		};
		struct plan_exec *x = NULL;

		request.base.console_socket = spec->process->terminal ? "/run/console.sock" : NULL;
		if (plan_exec_build(config, spec->process, fuzz_host(i), &cgroup, &request, &x,
				    &e) == 0)
			check(x);
		else
			require(!x && e.code > 0 && e.text[0]);
		plan_exec_free(x);
	}
	spec_free(config);
	spec_free(spec);
	return 0;
}
