#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# run --seccomp-record: the smallest profile with which a container runs again.

load helpers

setup() {
	vial_only "no other runtime records"
	setup_container
	PROFILE=$T/profile.json
}
teardown() { teardown_container; }

record() { v run --seccomp-record "$PROFILE" "$ID"; }
apply() { config --slurpfile p "$PROFILE" '.linux.seccomp = $p[0]'; }
names() { jq -r '.syscalls[].names[]' "$PROFILE"; }

@test "record: the same runs again, something else is denied" {
	for nnp in true false; do
		config --argjson nnp $nnp '.process.noNewPrivileges = $nnp'
		set_sh 'cat /etc/passwd >/dev/null; [ -z "$WORK" ] || mkdir /tmp/x; echo fine'
		record
		status_is 0
		has fine
		jq -e '.defaultAction == "SCMP_ACT_ERRNO" and (.architectures | length) == 1' "$PROFILE"
		names | grep -qx execve
		is "$(names | grep -x mkdir || true)" ''
		apply
		v run "$ID"
		status_is 0
		has fine
		config '.process.env += ["WORK=1"]'
		v run "$ID"
		has 'Operation not permitted'
		has fine
		config 'del(.linux.seccomp) | .process.env -= ["WORK=1"]'
	done
	assert_nothing_left
}

@test "record: children and threads are noted, too" {
	set_sh '(mkdir /tmp/a; (rmdir /tmp/a)) & wait; echo fine'
	record
	status_is 0
	names | grep -qx mkdir
	names | grep -qx rmdir
	apply
	v run "$ID"
	status_is 0
	has fine
}

@test "record: what init needs before a late filter is left out" {
	set_args /bin/true
	config '.process.noNewPrivileges = true'
	record
	status_is 0
	is "$(names | grep -xE 'capset|setgroups|close_range|mount_setattr|setresuid|pivot_root' || true)" ''
	n=$(names | wc -l)
	[ "$n" -le 25 ] || fail "$n names"
	config '.process.noNewPrivileges = false | .process.user = {uid: 1000, gid: 1000}'
	record
	status_is 0
	names | grep -qx capset
	apply
	v run "$ID"
	status_is 0
}

@test "record: every name is one that the program needs" {
	set_args /bin/true
	record
	status_is 0
	# rseq is the newest of them: without it, it is one that the profile cannot know, and gets ENOSYS
	for name in $(names | grep -vxE 'exit_group|exit|rseq'); do
		config --slurpfile p "$PROFILE" --arg n "$name" \
			'.linux.seccomp = ($p[0] | .syscalls[0].names -= [$n] | .defaultAction = "SCMP_ACT_KILL_PROCESS")'
		v run "$ID"
		[ "$status" -ne 0 ] || fail "runs without $name"
	done
	assert_nothing_left
}

@test "record: the status is the container's; the profile is there all the same" {
	set_sh 'exit 7'
	record
	status_is 7
	jq -e . "$PROFILE" >/dev/null
	assert_nothing_left
}

@test "record: a relative path is below the caller's directory" {
	mkdir "$T/elsewhere"
	v_in "$T/elsewhere" run --bundle "$B" --seccomp-record p.json "$ID"
	status_is 0
	[ -s "$T/elsewhere/p.json" ]
}

@test "record: a profile of config.json is not applied, and that is said" {
	set_sh 'mkdir /tmp/x && echo fine'
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
		syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO"}]}'
	record
	status_is 0
	has fine
	has 'linux.seccomp is not applied'
}

@test "record: what cannot be" {
	v run --detach --seccomp-record "$PROFILE" "$ID"
	fails_with 1 'not detached'
	v run --seccomp-record /nonexistent/dir/p.json "$ID"
	fails_with 1 'open /nonexistent/dir'
	v create --seccomp-record "$PROFILE" "$ID"
	fails_with 1 'flag provided but not defined'
	set_args /nonexistent
	record
	[ "$status" -ne 0 ]
	[ ! -e "$PROFILE" ]
	assert_nothing_left
}

@test "record: the runtime is killed meanwhile" {
	set_sh 'while :; do sleep 0.1; done'
	(cd "$B" && exec env "$MARK" "$VIAL" --root "$ROOT" run --seccomp-record "$PROFILE" "$ID") \
		</dev/null >/dev/null 2>&1 3>&- &
	pid=$!
	wait_state running
	kill -9 $pid
	v delete --force "$ID"
	status_is 0
	[ ! -e "$PROFILE" ]
	assert_nothing_left
}
