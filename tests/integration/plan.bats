#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# `vial plan`: the text as a whole; what is decided from a configuration is tested in tests/golden.

load helpers
setup() {
	setup_container
	vial_only "the command is ours"
}
teardown() { teardown_container; }

order() { sed -n '/^order$/,/^[^ o]/p' "$T/out"; }

@test "the order of hooks is that in which they run" {
	local kind
	for kind in prestart createRuntime createContainer startContainer poststart poststop; do
		config --arg k $kind --arg f "$B/ran" '.hooks[$k] = [{path: "/bin/sh", args: ["sh", "-c", "echo \($k) >>\"\($f)\" 2>/dev/null || echo \($k) >>/data/ran"]}]'
	done
	config '.mounts += [{destination: "/data", type: "bind", source: ".", options: ["bind"]}]'
	v plan "$ID"
	status_is 0
	order | sed -n 's/.* run 1 \([a-zA-Z]*\) hook.*/\1/p' >"$T/planned"
	is "$(wc -l <"$T/planned")" 6
	[ ! -e "$B/ran" ] || fail "a hook has run"
	v run "$ID"
	status_is 0
	diff "$T/planned" "$B/ran"
	assert_nothing_left
}

@test "no effect, no privilege, and the same text again" {
	config '.linux.resources.pids = {limit: 5} | .linux.resources.memory = {limit: 67108864}'
	v plan "$ID"
	status_is 0
	cp "$T/out" "$T/first"
	v plan "$ID"
	cmp "$T/first" "$T/out"
	order | grep -qE "make the cgroup in [0-9]+ hierarch(y|ies), set $(grep -c '^limit ' "$T/out") limits" || fail "limits are not counted"
	assert_nothing_left
	cp "$VIAL" "$T/vial"
	chmod 755 "$T/vial" "$T" "$B"
	(cd "$B" && setpriv --reuid 12345 --regid 12345 --clear-groups "$T/vial" plan "$ID" >"$T/user")
	grep -q '^order$' "$T/user"
}

@test "the filter: what it is, and when it is loaded" {
	v plan
	status_is 0
	lacks seccomp
	config '.process.noNewPrivileges = false | .linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 38, architectures: ["SCMP_ARCH_X86_64"],
		syscalls: [{names: ["read", "write"], action: "SCMP_ACT_ALLOW"},
			{names: ["personality"], action: "SCMP_ACT_ALLOW", args: [{index: 0, value: 8, op: "SCMP_CMP_EQ"}]}]}'
	v plan
	has '  default SCMP_ACT_ERRNO 38'
	has '  rules 2 for 3 names, 1 of them with conditions'
	has '  create  load the seccomp filter'
	config '.process.noNewPrivileges = true'
	v plan
	has '  start   load the seccomp filter'
	lacks '  create  load the seccomp filter'
	config '.linux.seccomp.defaultAction = "SCMP_ACT_NOSUCH"'
	v plan
	fails_with 1 SCMP_ACT_NOSUCH
}

@test "the man page names every part of the text" {
	local c part
	for c in "$TOP"/tests/golden/configs/*.json "$B/config.json"; do
		[[ $c != *.process.json ]] || continue
		v plan --config "$c" || true
		[ "$status" -eq 0 ] || continue
		grep -oE '^[a-z][a-z -]*[a-z]' "$T/out" >>"$T/parts"
	done
	[ "$(sort -u "$T/parts" | wc -l)" -gt 10 ]
	sed -n '/^\.SH OUTPUT/,/^\.SH EXIT/p' "$TOP/man/vial-plan.8" | sed 's/\\-/-/g' >"$T/page"
	for part in 'masked paths' 'read-only paths' 'refused by create' 'id maps' $(grep -oE '^[a-z]+' "$T/parts" | sort -u); do
		grep -qw -- "$part" "$T/page" || fail "not in the man page: $part"
	done
}
