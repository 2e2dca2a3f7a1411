#!/usr/bin/env bats
# shellcheck shell=bash disable=SC2016
# SPDX-License-Identifier: Apache-2.0
# System calls that say they did it and did not: what was promised is read back, so that a container
# either has it or does not start.

bats_require_minimum_version 1.5.0
load ../integration/helpers

setup() {
	setup_container
	vial_only "reads back what others believe"
	config '.process.user = {uid: 1000, gid: 1000, additionalGids: [7, 9]} | .process.noNewPrivileges = true
		| .process.capabilities = ({} | .bounding = ["CAP_KILL", "CAP_CHOWN"] | .permitted = ["CAP_KILL"])
		| .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["acct"], action: "SCMP_ACT_ERRNO"}]}
		| .mounts += [{destination: "/data", source: "/etc", options: ["rbind", "ro", "nosuid"]}]'
	set_sh 'grep -E "^(Cap|NoNew|Seccomp|Groups|Uid|Gid)" /proc/self/status
		cut -d" " -f4-6 /proc/self/mountinfo; ls -ld /../bin/busybox /../home; echo shown'
	v run "$ID"
	status_is 0
	grep -q '^shown$' "$T/out"
	grep -q '^Seccomp:.2$' "$T/out"
	cp "$T/out" "$T/clean"
}
teardown() { teardown_container; }

# lie CALL WHEN: run with that call's success made up. What came of it is in $outcome: failed, same, or
# what may not be; false when there is no such call.
lie() {
	local code=0
	env -C "$B" "$MARK" ASAN_OPTIONS=detect_leaks=0 timeout -k 5 60 strace -f -qq -o "$T/trace" -e trace="$1" \
		-e inject="$1:retval=0:when=$2" "$VIAL" --root "$ROOT" run "$ID" </dev/null >"$T/lied" 2>&1 3>&- || code=$?
	outcome=failed
	if [[ $code -eq 124 || $code -eq 137 ]]; then
		outcome=hangs
	elif [ "$code" -eq 0 ]; then
		# In any order: which mask is the copy of which is nothing that a program sees.
		outcome=$(diff <(sort "$T/clean") <(sort "$T/lied")) && outcome=same
	fi
	"$VIAL" --root "$ROOT" delete --force "$ID" 3>&-
	grep -q INJECTED "$T/trace"
}
# caught CALL WHEN...: one of them at least made the run fail, and none changed what the program sees
caught() {
	local call=$1 when failures=0 injected=0
	for when in "${@:2}"; do
		lie "$call" "$when" || continue
		injected=$((injected + 1))
		[[ $outcome = same || $outcome = failed ]] || fail "$call, $when: $outcome $(grep INJECTED "$T/trace")"
		[ "$outcome" = same ] || failures=$((failures + 1))
	done
	[ $injected -gt 0 ] || fail "$call is never called"
	[ $failures -gt 0 ] || fail "$call: $injected lies, none found out"
}

@test "lies: the root: the old one is gone, / is read-only, binds have their flags" {
	caught pivot_root 1
	caught umount2 1
	caught mount_setattr 1 2 3 4 5 6 7 8 9
	assert_nothing_left
}

@test "lies: masked and read-only paths" {
	local n
	# The last ones: /dev and what else is mounted comes before.
	n=$(env -C "$B" "$MARK" ASAN_OPTIONS=detect_leaks=0 strace -f -qq -e trace=move_mount "$VIAL" --root "$ROOT" run "$ID" \
		</dev/null 2>&1 >/dev/null 3>&- | grep -c 'move_mount(')
	[ "$n" -gt 6 ] || fail "only $n"
	caught move_mount $((n - 5)) $((n - 3)) $((n - 1)) "$n"
	assert_nothing_left
}

@test "lies: the bounding set, no_new_privs, capabilities" {
	caught prctl $(seq 1 6 43) 1+
	caught capset 1 2
	assert_nothing_left
}

@test "lies: user, groups" {
	caught setgroups 1
	caught setresgid 1
	caught setresuid 1
	assert_nothing_left
}

@test "lies: seccomp, with and without no_new_privs" {
	caught seccomp 1
	config '.linux.seccomp.syscalls += [{names: ["prctl"], action: "SCMP_ACT_ERRNO", errnoRet: 77}]'
	caught seccomp 1
	config '.process.noNewPrivileges = false | .linux.seccomp.syscalls |= .[:1]'
	v run "$ID"
	cp "$T/out" "$T/clean"
	grep -q '^Seccomp:.2$' "$T/clean"
	caught seccomp 1
	assert_nothing_left
}

@test "lies: exec: capabilities, groups, seccomp" {
	local call
	set_sh 'sleep 1000'
	v run -d "$ID"
	status_is 0
	for call in setgroups setresuid setresgid capset seccomp prctl; do
		status=0
		ASAN_OPTIONS=detect_leaks=0 timeout -k 5 60 strace -f -qq -o "$T/trace" -e trace=$call -e "inject=$call:retval=0" \
			"$VIAL" --root "$ROOT" exec "$ID" echo ran </dev/null >"$T/out" 2>&1 3>&- || status=$?
		grep -q INJECTED "$T/trace" || fail "no $call"
		output=$(cat "$T/out")
		[ "$status" -eq 255 ] || fail "exec with a false $call"
		lacks ran
	done
}
