#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016 # the variables are jq's
# What we write against JSON schemas, by a validator: state and config.json against the
# specification's own (Debian's golang-github-opencontainers-specs-dev, of 2023: newer members pass
# unchecked), features against features-schema.json beside this file, since that package has none.
# And the shape of each document: keys in order, and their types.

load helpers
load cgroup
SPEC=/usr/share/gocode/src/github.com/opencontainers/runtime-spec/schema

setup() {
	setup_container
	[ -e "$SPEC/state-schema.json" ] || fail "no schemas: install golang-github-opencontainers-specs-dev"
}
teardown() { teardown_container; }

# valid SCHEMA DOCUMENT: prints what is wrong
valid() {
	/usr/bin/python3 - "$@" <<-'END'
		import json, pathlib, sys
		import jsonschema
		schema, document = (pathlib.Path(p).resolve() for p in sys.argv[1:])
		text = json.loads(schema.read_text())
		resolver = jsonschema.RefResolver(schema.as_uri(), text)
		wrong = list(jsonschema.Draft4Validator(text, resolver=resolver)
		             .iter_errors(json.loads(document.read_text())))
		for w in wrong:
		    print("/".join(map(str, w.absolute_path)), w.message[:200])
		sys.exit(bool(wrong))
	END
}

# each EDIT: makes $T/out invalid by schema $1
finds() {
	local schema=$1 edit
	shift
	for edit in "$@"; do
		jq "$edit" "$T/out" >"$T/wrong"
		! valid "$schema" "$T/wrong" >/dev/null || fail "$edit is not found"
	done
}

# shape: each member's path and type, in the document's order; items of a list alike
shape() { jq -rc 'def s: if type == "object" then to_entries | map([.key, (.value | s)])
	elif type == "array" then map(s) | unique else type end; s' "$1"; }

@test "features: against its schema" {
	vial_only "runc of Debian is older"
	v features
	status_is 0
	valid "$HERE/features-schema.json" "$T/out"
	finds "$HERE/features-schema.json" '.extra = 1' '.ociVersionMin = "1"' 'del(.hooks)' '.mountOptions += [1]' \
		'.linux.namespaces += ["x"]' '.linux.intelRdt = {}' '.linux.cgroup.v1 = 1' '.annotations.x = true' \
		'.linux.seccomp.archs += [.linux.seccomp.archs[0]]' '.linux.netDevices.enabled = "yes"'
}

@test "features: the members that runc's has, in its order" {
	vial_only "runc of Debian is older"
	v features
	is "$(jq -c keys_unsorted "$T/out")" \
		'["ociVersionMin","ociVersionMax","hooks","mountOptions","linux","annotations","potentiallyUnsafeConfigAnnotations"]'
	is "$(jq -c '.linux | keys_unsorted' "$T/out")" \
		'["namespaces","capabilities","cgroup","seccomp","apparmor","selinux","intelRdt","memoryPolicy","mountExtensions","netDevices"]'
	is "$(jq -c '.linux.seccomp | keys_unsorted' "$T/out")" \
		'["enabled","actions","operators","archs","knownFlags","supportedFlags"]'
	jq -e '.annotations | ."org.opencontainers.runc.version" == ."run.oci.vial.version" and
		."org.opencontainers.runc.commit" == ."run.oci.vial.commit" and
		(."org.opencontainers.runc.checkpoint.enabled" | IN("true", "false"))' "$T/out"
}

@test "state: against the specification's schema, in each state it knows" {
	config '.annotations = {"a.b": "c"}'
	set_args sleep 200
	v create "$ID"
	status_is 0
	v state "$ID"
	valid "$SPEC/state-schema.json" "$T/out"
	is "$(shape "$T/out")" '[["ociVersion","string"],["id","string"],["pid","number"],["status","string"],["bundle","string"],["rootfs","string"],["created","string"],["annotations",[["a.b","string"]]],["owner","string"]]'
	v start "$ID"
	v state "$ID"
	valid "$SPEC/state-schema.json" "$T/out"
	finds "$SPEC/state-schema.json" '.pid = "1"' '.pid = -1' 'del(.bundle)' '.status = "x"' '.annotations.a = 1'
	v kill "$ID" KILL
	wait_state stopped
	v state "$ID"
	valid "$SPEC/state-schema.json" "$T/out"
	v list --format json
	is "$(wc -l <"$T/out")" 1
	is "$(shape "$T/out")" '[[["ociVersion","string"],["id","string"],["pid","number"],["status","string"],["bundle","string"],["rootfs","string"],["created","string"],["annotations",[["a.b","string"]]],["owner","string"]]]'
}

@test "the state that hooks read: against the specification's schema" {
	local hook
	set_args true
	for hook in prestart createRuntime createContainer poststart poststop; do
		config --arg h "$hook" --arg f "$T/hook" '.hooks = {($h): [{path: "/bin/sh", args: ["sh", "-c", "cat >" + $f]}]}'
		v run "$ID"
		status_is 0
		valid "$SPEC/state-schema.json" "$T/hook"
		rm "$T/hook"
	done
}

@test "spec: against the specification's schema, and byte by byte as runc 1.5.1 writes it" {
	vial_only "runc of Debian is older"
	local option sum
	ln -s "$VIAL" "$T/runc" # which is also the host name in it
	VIAL=$T/runc
	for option in '' --rootless; do
		sum=fae353a9c6447ab67d306c25bf2d6c8e93df5a8504bebb0b08738068f5e55330
		[ -z "$option" ] || sum=cb410bbe4aaae5b2b0109e5912c3f01fda753a3c51beee9861604197f7da5677
		mkdir "$T/new"
		v spec ${option:+"$option"} --bundle "$T/new"
		status_is 0
		valid "$SPEC/config-schema.json" "$T/new/config.json"
		is "$(sha256sum <"$T/new/config.json")" "$sum  -"
		cp "$T/new/config.json" "$T/out"
		finds "$SPEC/config-schema.json" '.root = 1' 'del(.root.path)' '.process.cwd = []' '.mounts[0].options = "ro"'
		rm -r "$T/new"
	done
}

# Members that are 0 or that the layout of cgroups has not are left out, as by runc.
@test "events --stats: members in runc's order and their types" {
	# in_order(ALL): the keys are among these, in this order; a cgroup v1 with the controller has all
	local defs='def in_order(all): keys_unsorted as $k | [all[] | select(IN($k[]))] == $k;'
	start_sleeper
	v events --stats "$ID"
	status_is 0
	is "$(wc -l <"$T/out")" 1
	jq -e 'keys_unsorted == ["type", "id", "data"] and .type == "stats"' "$T/out"
	jq -e '.data | keys_unsorted == ["cpu", "cpuset", "memory", "pids", "blkio", "hugetlb", "intel_rdt", "network_interfaces"]' "$T/out"
	jq -e "$defs"'.data.cpu.usage | in_order(["total", "percpu", "percpu_kernel", "percpu_user", "kernel", "user"]) and
		has("kernel") and has("user") and
		all(.[]; type == "number" or (type == "array" and all(.[]; type == "number")))' "$T/out"
	jq -e "$defs"'.data.cpuset | ([.cpus, .mems] | all(type == "array" or . == null)) and (.cpu_exclusive | type == "number") and
		in_order(["cpus", "cpu_exclusive", "mems", "mem_hardwall", "mem_exclusive", "memory_migrate",
		"memory_spread_page", "memory_spread_slab", "memory_pressure", "sched_load_balance", "sched_relax_domain_level"]) and
		(del(.cpus, .mems) | length == 9 and all(.[]; type == "number"))' "$T/out"
	jq -e "$defs"'.data.memory | in_order(["cache", "usage", "swap", "kernel", "kernelTCP", "raw", "psi"]) and
		((.raw // {}) | all(.[]; type == "number")) and ([.usage, .swap, .kernel, .kernelTCP] | map(values) |
		all(.failcnt == (.failcnt | floor) and (.limit | type == "number")))' "$T/out"
	jq -e '.data | (.pids.current // 0 | type == "number") and .network_interfaces == null and
		([.blkio, .hugetlb, .intel_rdt] | all(type == "object"))' "$T/out"
	[ -z "$(cg_v1_top cpuset)" ] || jq -e '.data.cpuset | (.cpus | length > 0) and (.mems | length > 0)' "$T/out"
	[ -z "$(cg_v1_top memory)" ] || jq -e '.data.memory | has("usage") and has("swap") and has("kernel") and has("kernelTCP") and has("raw")' "$T/out"
}

@test "ps, --version: as runc 1.5.1 prints them" {
	start_sleeper
	v ps "$ID"
	is "$(head -1 "$T/out")" 'UID        PID  PPID  C STIME TTY          TIME CMD'
	v ps --format json "$ID"
	[[ $(cat "$T/out") =~ ^\[[0-9]+(,[0-9]+)*\]$ ]] || fail "$(cat "$T/out")"
	v --version
	[[ $(sed -n 1p "$T/out") =~ ^$PROGRAM\ version\ [0-9]+\.[0-9]+\.[0-9]+ ]]
	[[ $(sed -n 2p "$T/out") =~ ^commit:\ .+ ]]
	[[ $(sed -n 3p "$T/out") =~ ^spec:\ [0-9]+\.[0-9]+\.[0-9]+ ]]
	grep -Eq '^libseccomp: [0-9]+\.[0-9]+\.[0-9]+$' "$T/out"
}
