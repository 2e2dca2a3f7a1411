#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# pause and resume, and what may be done in between.

load helpers
load cgroup
setup() {
	cg_fixture
	if ! cg_is_v2 && [ -z "$(cg_v1_top freezer)" ]; then skip "no freezer here"; fi
}
teardown() { teardown_container; }

@test "pause stops every process, resume lets them go on" {
	start_ticker
	v pause "$ID"
	status_is 0
	output_is ''
	is "$(state_of)" paused
	[ "$(pid_of)" -gt 0 ]
	local n
	n=$(ticks)
	sleep 0.5
	is "$(ticks)" "$n" "it runs on while paused"
	v resume "$ID"
	status_is 0
	output_is ''
	is "$(state_of)" running
	until_true 10 sh -c "[ \$(wc -c <$T/ticks) -gt $n ]" || fail "it does not run on"
	v delete --force "$ID"
	assert_nothing_left
}

@test "a created container can be paused, and is created again afterwards" {
	set_args true
	v create "$ID"
	status_is 0
	v pause "$ID"
	status_is 0
	is "$(state_of)" paused
	v start "$ID"
	status_is 1
	v resume "$ID"
	status_is 0
	is "$(state_of)" created
	v start "$ID"
	status_is 0
	wait_state stopped
	v delete "$ID"
	assert_nothing_left
}

@test "pausing what is paused, resuming what is not" {
	start_sleeper
	v resume "$ID"
	fails_with 1 'container not paused'
	v pause "$ID"
	v pause "$ID"
	fails_with 1 'container not running'
	is "$(state_of)" paused
	v resume "$ID"
	status_is 0
	v resume "$ID"
	fails_with 1 'container not paused'
	is "$(state_of)" running
}

@test "a container that does not exist, and one that has stopped" {
	local cmd
	for cmd in pause resume; do
		v "$cmd" "$ID"
		fails_with 1 'container does not exist'
		v "$cmd" 'a/b'
		fails_with 1 'invalid container ID format'
		v "$cmd"
		fails_with 1 'requires exactly 1 argument'
	done
	set_args true
	v run --detach "$ID"
	wait_state stopped
	v pause "$ID"
	fails_with 1 'container not running'
	v resume "$ID"
	fails_with 1 'container not paused'
	v delete "$ID"
	assert_nothing_left
}

@test "list shows it" {
	start_sleeper
	v pause "$ID"
	v list
	has ' paused '
}

@test "update leaves it paused" {
	start_ticker
	v pause "$ID"
	if [ -n "$(cg_v1_top pids)$(cg_is_v2 && grep -w pids "$CG_TOP"/cgroup.controllers)" ]; then
		v update "$ID" --pids-limit 33
		status_is 0
		is_value pids pids.max pids.max 33
	else
		v update "$ID"
		status_is 0
	fi
	is "$(state_of)" paused
	local n
	n=$(ticks)
	sleep 0.3
	is "$(ticks)" "$n" "update let it run"
	v resume "$ID"
	status_is 0
}

@test "KILL reaches a paused container" {
	start_sleeper
	v pause "$ID"
	v kill "$ID" KILL
	status_is 0
	wait_state stopped
	v delete "$ID"
	status_is 0
	assert_nothing_left
}

@test "KILL reaches a paused container without a pid namespace, all of it" {
	config '.linux.namespaces |= map(select(.type != "pid"))'
	set_sh 'sleep 1000 & sleep 1000 & sleep 1000 & wait'
	v run --detach "$ID"
	status_is 0
	v pause "$ID"
	v kill "$ID" KILL
	status_is 0
	wait_state stopped
	until_true 10 no_marked_pids || fail "processes live on"
	v delete "$ID"
	assert_nothing_left
}

@test "TERM waits for resume" {
	start_sleeper
	v pause "$ID"
	v kill "$ID" TERM
	status_is 0
	is "$(state_of)" paused
	v resume "$ID"
	wait_state stopped
}

@test "delete refuses a paused container, delete --force ends it" {
	start_sleeper
	v pause "$ID"
	v delete "$ID"
	fails_with 1 "cannot delete container $ID that is not stopped: paused"
	is "$(state_of)" paused
	v delete --force "$ID"
	status_is 0
	assert_nothing_left
}

@test "kill --all on a paused container" {
	start_sleeper
	v pause "$ID"
	v kill --all "$ID" 9
	status_is 0
	wait_state stopped
	v delete "$ID"
	assert_nothing_left
}

@test "forty processes that fork are paused, all of them" {
	config '.mounts += [{destination: "/data", type: "bind", source: "'"$T"'", options: ["rbind", "rw"]}]'
	set_sh 'i=0; while [ $i -lt 40 ]; do (while :; do /bin/true; echo x >>/data/ticks; sleep 0.02; done) & i=$((i + 1)); done; wait'
	v run --detach "$ID"
	status_is 0
	until_true 10 test -s "$T/ticks"
	v pause "$ID"
	status_is 0
	local n
	n=$(ticks)
	sleep 0.5
	is "$(ticks)" "$n" "some run on"
	v delete --force "$ID"
	status_is 0
	assert_nothing_left
}
