/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Any bytes as config.json, up to the first effect: the plan for each kind of host, its text, the
 * limits, the device rules and the seccomp program.
 */

#include "cgroups/devices.h"
#include "cgroups/settings.h"
#include "cgroups/sdprops.h"
#include "fuzz.h"
#include "hosts.h"
#include "plan/plan.h"
#include "seccomp/interp.h"
#include "seccomp/seccomp.h"

/* What other layers rely on: plan.h says so. */
static void check_plan(const struct plan *p)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;

	for (size_t i = 0; i < p->n_mounts; i++)
		require(p->mounts[i].destination[0] == '/' &&
			!strstr(p->mounts[i].destination, "/../"));
	for (size_t i = 0; i < p->n_devices; i++)
		require(p->devices[i].path[0] == '/' && !strstr(p->devices[i].path, "/../"));
	for (size_t i = 0; p->cgroup.enabled && i < p->cgroup.n_dirs; i++)
		require(str_after(p->cgroup.dirs[i].path, p->cgroup.dirs[i].mount) &&
			!strstr(p->cgroup.dirs[i].path, "/../"));
	require(p->process.uid != UINT32_MAX && p->process.gid != UINT32_MAX);
	plan_print(p, &(struct plan_extras){ .cgroup = "", .filter = "" }, &text);
	require(text.len > 0);
}

static void decide_limits(const struct spec_resources *res, const struct plan_cgroup *at)
{
	autodone(settings) struct cg_settings settings = { 0 };
	autodone(dev_rules) struct dev_rules rules = { 0 };
	autodone(arena) struct arena arena = ARENA_INIT;
	struct unit_properties properties = { 0 };
	struct err e = { 0 };
	size_t n = 0;

	if (res && settings_build(at, res, &settings, &e) == 0 &&
	    sd_limit_properties(&settings, &arena, &properties, &e) < 0)
		require(e.text[0]);
	if (dev_rules_build(res, &rules, &e) < 0)
		return;
	require(dev_rules_bpf(&rules, &arena, &n) != NULL && n > 0);
	sd_device_properties(&rules, &arena, &properties);
}

static void decide_seccomp(const struct spec *spec)
{
	struct seccomp_filter filter = SECCOMP_FILTER_INIT;
	struct seccomp_data data = { .nr = 1, .arch = 0xc000003e };
	struct seccomp_options options = { 0 };
	struct err e = { 0 };
	uint32_t answer;

	if (seccomp_options_read(&spec->annotations, NULL, NULL, &options, &e) == 0 &&
	    seccomp_compile(spec->linux_->seccomp, &options, &filter, &e) == 0 && filter.insns &&
	    !options.bpf_data)
		require(bpf_run(filter.insns, filter.n, &data, false, &answer) == 0);
	seccomp_filter_done(&filter);
}

static void decide(const struct spec *spec, size_t host)
{
	struct request request = {
		.program = "vial",
		.id = "fuzz",
		.bundle = "/bundle",
		.is_create = true,
		.console_socket = spec->process && spec->process->terminal ? "/run/console.sock"
									   : NULL,
		.systemd_cgroup = host == 1,
	};
	struct plan *plan = NULL;
	struct err e = { 0 };

	if (plan_build(spec, fuzz_host(host), &request, &plan, &e) < 0) {
		require(!plan && e.code > 0 && e.text[0]);
		return;
	}
	check_plan(plan);
	decide_limits(spec->linux_->resources, &plan->cgroup);
	plan_free(plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct spec *spec = NULL;
	struct err e = { 0 };

	if (spec_parse("f", (const char *)data, size, &spec, &e) < 0)
		return 0; /* fuzz_spec judges the error */
	for (size_t i = 0; i < FUZZ_HOSTS; i++)
		decide(spec, i);
	decide_seccomp(spec);
	spec_free(spec);
	return 0;
}
