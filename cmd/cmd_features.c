/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cmd/cmd.h"
#include "cmd/json_strings.h"
#include "plan/annotations.h"
#include "plan/namespaces.h"
#include "plan/parts.h"
#include "seccomp/seccomp.h"

static const struct option_row options[] = { { 0 } };

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void add_namespaces(struct jsonw *w)
{
	const char *names[NS_COUNT + 1] = { NULL };

	for (int k = 0; k < NS_COUNT; k++)
		names[k] = ns_types[k].name;
	qsort(names, NS_COUNT, sizeof(*names), by_name);
	json_strings(w, "namespaces", names);
}

static void add_names(struct jsonw *w, const char *key, const char *(*name)(size_t i))
{
	jsonw_array(w, key);
	for (size_t i = 0; name(i); i++)
		jsonw_str(w, NULL, name(i));
	jsonw_array_end(w);
}

static void add_hooks(struct jsonw *w)
{
	jsonw_array(w, "hooks");
	for (size_t i = 0; i < HOOK_COUNT; i++)
		jsonw_str(w, NULL, spec_hook_names[i]);
	jsonw_array_end(w);
}

static void add_mount_options(struct jsonw *w)
{
	struct arena a autodone(arena) = ARENA_INIT;
	struct strs names = { 0 };

	mount_option_names(&a, &names);
	jsonw_array(w, "mountOptions");
	for (size_t i = 0; i < names.n; i++)
		jsonw_str(w, NULL, names.v[i]);
	jsonw_array_end(w);
}

static void add_capabilities(struct jsonw *w)
{
	jsonw_array(w, "capabilities");
	for (int i = 0; cap_name(i); i++)
		jsonw_str(w, NULL, cap_name(i));
	jsonw_array_end(w);
}

static void add_cgroup(struct jsonw *w)
{
	jsonw_object(w, "cgroup");
	jsonw_bool(w, "v1", true);
	jsonw_bool(w, "v2", true);
	jsonw_bool(w, "systemd", true);
	jsonw_bool(w, "systemdUser", true);
	jsonw_bool(w, "rdma", spec_reads("linux.resources.rdma"));
	jsonw_object_end(w);
}

static void add_seccomp(struct jsonw *w)
{
	jsonw_object(w, "seccomp");
	jsonw_bool(w, "enabled", spec_reads("linux.seccomp"));
	json_strings(w, "actions", seccomp_action_names);
	json_strings(w, "operators", seccomp_operator_names);
	json_strings(w, "archs", seccomp_arch_names);
	json_strings(w, "knownFlags", seccomp_flag_names);
	jsonw_array(w, "supportedFlags");
	for (size_t i = 0; seccomp_flag_names[i]; i++)
		if (seccomp_flag_supported(seccomp_flag_names[i]))
			jsonw_str(w, NULL, seccomp_flag_names[i]);
	jsonw_array_end(w);
	jsonw_object_end(w);
}

static void add_enabled(struct jsonw *w, const char *key, bool enabled)
{
	jsonw_object(w, key);
	jsonw_bool(w, "enabled", enabled);
	jsonw_object_end(w);
}

/* What the tables say that config.json is read by; the constants above are the drivers of cgroups/,
 * which are always linked. */
static void add_linux(const struct invocation *in, struct jsonw *w)
{
	jsonw_object(w, "linux");
	add_namespaces(w);
	add_capabilities(w);
	add_cgroup(w);
	add_seccomp(w);
	add_enabled(w, "apparmor", spec_reads("process.apparmorProfile"));
	add_enabled(w, "selinux", spec_reads("process.selinuxLabel"));
	jsonw_object(w, "intelRdt");
	jsonw_bool(w, "enabled", spec_reads("linux.intelRdt"));
	jsonw_bool(w, "schemata", spec_reads("linux.intelRdt.schemata"));
	jsonw_bool(w, "monitoring", spec_reads("linux.intelRdt.enableMonitoring"));
	jsonw_object_end(w);
	jsonw_object(w, "memoryPolicy");
	add_names(w, "modes", plan_memory_mode_name);
	add_names(w, "flags", plan_memory_flag_name);
	jsonw_object_end(w);
	jsonw_object(w, "mountExtensions");
	add_enabled(w, "idmap", spec_reads("mounts.uidMappings"));
	jsonw_object_end(w);
	add_enabled(w, "netDevices",
		    spec_reads("linux.netDevices") &&
			    container_moves_net_devices(in->request.argv0));
	jsonw_object_end(w);
}

/* runc's keys, too, as crun has them: some ask these for what a runtime can do. */
static void add_annotations(struct jsonw *w)
{
	const char *checkpoint = container_can_checkpoint() ? "true" : "false";

	jsonw_object(w, "annotations");
	jsonw_str(w, "io.github.seccomp.libseccomp.version", seccomp_library_version());
	jsonw_str(w, "org.opencontainers.runc.checkpoint.enabled", checkpoint);
	jsonw_str(w, "org.opencontainers.runc.commit", VIAL_COMMIT);
	jsonw_str(w, "org.opencontainers.runc.version", VIAL_VERSION);
	jsonw_str(w, "run.oci.vial.checkpoint.enabled", checkpoint);
	jsonw_str(w, "run.oci.vial.commit", VIAL_COMMIT);
	jsonw_str(w, "run.oci.vial.version", VIAL_VERSION);
	jsonw_object_end(w);
}

static int run(struct invocation *in, int *ret_status, struct err *e)
{
	struct strbuf text autodone(strbuf) = STRBUF_INIT;
	struct jsonw w;

	(void)ret_status;
	jsonw_init(&w, &text, "    ");
	jsonw_object(&w, NULL);
	jsonw_str(&w, "ociVersionMin", "1.0.0");
	jsonw_str(&w, "ociVersionMax", "1.3.0");
	add_hooks(&w);
	add_mount_options(&w);
	add_linux(in, &w);
	add_annotations(&w);
	json_strings(&w, "potentiallyUnsafeConfigAnnotations", plan_annotations);
	jsonw_object_end(&w);
	strbuf_adds(&text, "\n");
	return output(&text, e);
}

const struct command cmd_features = {
	.name = "features",
	.summary = "print what this program supports",
	.usage = "",
	.text = "DESCRIPTION:\n"
		"   Prints, as JSON, the versions, hooks, mount options and Linux features that this\n"
		"program supports, in the form of features.md of the OCI runtime specification.\n",
	.options = options,
	.run = run,
};
