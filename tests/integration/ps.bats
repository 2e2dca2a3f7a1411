#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load helpers
load cgroup
setup() { cg_fixture; }
teardown() { teardown_container; }

@test "the table of ps -ef, but only the container's processes" {
	set_sh 'sleep 1001 & sleep 1002 & wait'
	v run --detach "$ID"
	status_is 0
	until_true 5 sh -c "[ \$('$VIAL' --root '$ROOT' ps --format json '$ID' | jq length) -eq 3 ]"
	v ps "$ID"
	status_is 0
	[[ $(sed -n 1p "$T/out") =~ ^UID\ +PID\ +PPID\ +C\ STIME\ TTY\ +TIME\ CMD$ ]] || fail header
	is "$(wc -l <"$T/out")" 4
	has 'sleep 1001'
	has 'sleep 1002'
	lacks 'bats'
}

@test "json: an array of numbers of the host, in one line" {
	start_sleeper
	v ps --format json "$ID"
	status_is 0
	is "$(wc -l <"$T/out")" 1
	is "$(jq -c "index($(pid_of)) != null" "$T/out")" true
	v ps -f json "$ID"
	status_is 0
	jq -e 'all(type == "number")' "$T/out" >/dev/null
	v ps --format=table "$ID"
	has 'PID'
}

@test "what follows the id goes to ps" {
	start_sleeper
	v ps "$ID" -e -x
	status_is 0
	[[ $(sed -n 1p "$T/out") =~ ^\ *PID\ +TTY\ +STAT\ +TIME\ +COMMAND$ ]] || fail header
	grep -q "^ *$(pid_of) " "$T/out"
	v ps "$ID" -e -o pid,args
	status_is 0
	is "$(sed -n 1p "$T/out" | tr -s ' ')" ' PID COMMAND'
	v ps "$ID" -e -o args,pid --format json
	status_is 1 # those are ps's own options
}

@test "what ps does not print, and what it refuses" {
	start_sleeper
	v ps "$ID" -e -o args
	fails_with 1 "couldn't find PID field in ps output"
	v ps "$ID" --no-such-option
	fails_with 1 'exit status 1'
	v ps --format xml "$ID"
	fails_with 1 'invalid format option'
}

@test "without a ps on the host: the table fails, json works" {
	vial_only "the reference finds other programs by PATH too"
	start_sleeper
	cd "$B"
	status=0
	PATH=/nonexistent "$VIAL" --root "$ROOT" ps "$ID" >"$T/out" 2>"$T/err" 3>&- || status=$?
	output=$(cat "$T/out" "$T/err")
	fails_with 1 'executable file not found in $PATH'
	PATH=/nonexistent "$VIAL" --root "$ROOT" ps -f json "$ID" 3>&- | jq -e 'length >= 1' >/dev/null
}

@test "a stopped container: titles only" {
	set_args true
	v run --detach "$ID"
	wait_state stopped
	v ps "$ID"
	status_is 0
	is "$(wc -l <"$T/out")" 1
	has PID
	v ps -f json "$ID"
	status_is 0
	output_is null
	v delete "$ID"
	v ps "$ID"
	fails_with 1 'container does not exist'
	v ps
	fails_with 1 'requires a minimum of 1 argument'
}

@test "a created and a paused container" {
	set_args true
	v create "$ID"
	v ps -f json "$ID"
	is "$(jq -c . "$T/out")" "[$(pid_of)]"
	v delete "$ID"
	start_sleeper
	v pause "$ID"
	v ps -f json "$ID"
	is "$(jq "index($(pid_of)) != null" "$T/out")" true
}

@test "processes of sub-cgroups that the container made count too" {
	start_sleeper
	local dir pid
	dir=$(cg_dir pids)
	mkdir "$dir/below" "$dir/below/deep"
	sleep 300 3>&- 4>&- &
	pid=$!
	if ! echo "$pid" >"$dir/below/deep/cgroup.procs"; then
		kill "$pid"
		skip "no process may go there"
	fi
	v ps -f json "$ID"
	is "$(jq "index($pid) != null" "$T/out")" true
	v delete --force "$ID"
	status_is 0
	! kill -0 "$pid" 2>/dev/null || fail "it lives on"
	assert_nothing_left
}
