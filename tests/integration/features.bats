#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# `features`, `spec` and `state` against what the specification says of their form; and that
# `features` does not claim what is refused.

load helpers
setup() { setup_container; }
teardown() { teardown_container; }

# Facts of features.md: the names, which are objects, lists of strings, booleans.
SCHEMA='
def strings: type == "array" and all(.[]; type == "string");
def enabled: type == "object" and (.enabled | type == "boolean");
def version: type == "string" and test("^[0-9]+\\.[0-9]+\\.[0-9]+");
[
	(keys - ["ociVersionMin", "ociVersionMax", "hooks", "mountOptions", "linux", "annotations",
		"potentiallyUnsafeConfigAnnotations"] == []),
	(.ociVersionMin | version), (.ociVersionMax | version),
	(.hooks | strings), (.mountOptions | strings),
	(.linux | keys - ["namespaces", "capabilities", "cgroup", "seccomp", "apparmor", "selinux",
		"intelRdt", "memoryPolicy", "mountExtensions", "netDevices"] == []),
	(.linux.namespaces | strings), (.linux.capabilities | strings),
	(.linux.cgroup | [.v1, .v2, .systemd, .systemdUser, .rdma] | all(type == "boolean")),
	(.linux.seccomp | enabled and ([.actions, .operators, .archs, .knownFlags, .supportedFlags]
		| all(strings))),
	(.linux.apparmor | enabled), (.linux.selinux | enabled), (.linux.netDevices | enabled),
	(.linux.intelRdt | enabled and ([.schemata, .monitoring] | all(type == "boolean"))),
	(.linux.memoryPolicy | [.modes, .flags] | all(strings)),
	(.linux.mountExtensions.idmap | enabled),
	(.annotations | type == "object" and all(.[]; type == "string")),
	(.potentiallyUnsafeConfigAnnotations | strings)
] | all'

@test "features: valid against the schema" {
	vial_only
	v features
	status_is 0
	jq -e "$SCHEMA" "$T/out"
}

@test "features: the schema check finds what is wrong" {
	vial_only
	v features
	status_is 0
	local edit
	for edit in '.extra = 1' '.ociVersionMin = "1"' 'del(.hooks)' '.mountOptions += [1]' \
		'.linux.intelRdt = {}' '.linux.x = {}' '.annotations.x = true' \
		'.linux.memoryPolicy.modes = {}' '.linux.seccomp.actions = "x"'; do
		! jq "$edit" "$T/out" | jq -e "$SCHEMA" >/dev/null || fail "$edit is not found"
	done
}

@test "features: lists are sorted, without doubles; capabilities by number" {
	vial_only
	v features
	jq -e '[.mountOptions, .linux.namespaces, .linux.memoryPolicy.modes, .linux.memoryPolicy.flags,
		.potentiallyUnsafeConfigAnnotations] | all(. == unique)' "$T/out"
	jq -e '.linux.capabilities | length == 41 and .[0] == "CAP_CHOWN" and .[40] == "CAP_CHECKPOINT_RESTORE"' "$T/out"
	jq -e '.hooks == ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"]' "$T/out"
}

@test "features: network devices only with the program that moves them" {
	vial_only
	local dir
	dir=$(dirname "$(realpath "$VIAL")")
	[ -x "$dir/vial-netdev" ] || skip "no vial-netdev beside $VIAL"
	[ ! -e /usr/libexec/vial-netdev ] && [ ! -e /usr/local/libexec/vial-netdev ] || skip "one is installed"
	v features
	jq -e '.linux.netDevices.enabled and .linux.intelRdt.schemata and .linux.apparmor.enabled' "$T/out"
	mkdir "$T/alone"
	cp "$VIAL" "$T/alone/vial"
	VIAL=$T/alone/vial v features
	status_is 0
	jq -e '.linux.netDevices.enabled == false' "$T/out"
	jq -e "$SCHEMA" "$T/out"
}

@test "features: no mode of memoryPolicy that is refused" {
	vial_only
	[ -e /proc/self/numa_maps ] || skip "no NUMA in this kernel"
	v features
	local mode nodes
	for mode in $(jq -r '.linux.memoryPolicy.modes[]' "$T/out"); do
		nodes=0
		case $mode in MPOL_DEFAULT | MPOL_LOCAL) nodes= ;; esac
		config --arg m "$mode" --arg n "$nodes" '.linux.memoryPolicy = {mode: $m, nodes: $n}'
		v run "$ID"
		status_is 0
	done
}

@test "features: no mount option that is refused as unknown" {
	vial_only
	v features
	cp "$T/out" "$T/features"
	local option
	for option in $(jq -r '.mountOptions[]' "$T/features"); do
		case $option in remount | bind | rbind | idmap | ridmap | mand | iversion | copy-symlink | *-nofollow) continue ;; esac
		config --arg o "$option" '.mounts += [{destination: "/data", type: "tmpfs", source: "tmpfs", options: [$o]}]'
		v plan
		status_is 0
		lacks "data=$option"
		config '.mounts |= .[:-1]'
	done
}

# Facts of config.md: what must be there, and of which type.
@test "spec: its output is a valid configuration, also --rootless" {
	vial_only
	local option
	for option in "" --rootless; do
		rm -f "$T/spec.json"
		mkdir -p "$T/new"
		rm -f "$T/new/config.json"
		v spec ${option:+"$option"} -b "$T/new"
		status_is 0
		jq -e '(.ociVersion | test("^1\\.[0-3]\\.[0-9]+")) and (.root.path | type == "string")
			and (.process | (.cwd | startswith("/")) and (.args | length > 0)
				and (.user.uid | type == "number") and (.env | all(test("^[^=]+="))))
			and (.mounts | all(.destination | startswith("/")))
			and (.linux.namespaces | all(.type | IN("pid", "network", "ipc", "uts", "mount", "cgroup", "user")))' \
			"$T/new/config.json"
		cp -al "$(image)" "$T/new/rootfs"
		v --strict plan -b "$T/new"
		status_is 0
		rm -r "$T/new/rootfs"
	done
}

# Facts of runtime.md, "State".
@test "state: has what the specification asks for" {
	config '.annotations = {a: "b"}'
	start_sleeper
	v state "$ID"
	status_is 0
	jq -e --arg id "$ID" --arg b "$B" '(.ociVersion | type == "string") and .id == $id
		and (.status | IN("creating", "created", "running", "stopped"))
		and (.pid | type == "number" and . > 0) and .bundle == $b and .annotations == {a: "b"}' "$T/out"
	v kill "$ID" KILL
	wait_state stopped
	v state "$ID"
	jq -e '.status == "stopped" and (.pid // 0) == 0' "$T/out"
}
