#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# --trace: the phases of a command as Trace Event JSON.

bats_require_minimum_version 1.5.0

setup() {
	load helpers
	vial_only "--trace"
	setup_container
	TRACE=$T/trace.json
}
teardown() {
	teardown_container
}

# Well formed: numbers, names of processes, and in each process phases lie inside or behind each other.
sound() {
	jq -e . "$1" >/dev/null || fail "no JSON: $(cat "$1")"
	jq -e '[.traceEvents[] | select(.ph == "X")] | length > 0' "$1" || fail "no phases"
	jq -e '.otherData.lost == 0' "$1" || fail "lost some"
	jq -e 'all(.traceEvents[]; (.name | type == "string") and .pid == 1 and .tid >= 1 and
		(.ph == "M" or (.ph == "X" and .ts >= 0 and .dur >= 0)))' "$1" || fail "an event is wrong"
	jq -e '([.traceEvents[] | select(.ph == "X").tid] | unique) ==
		([.traceEvents[] | select(.ph == "M").tid] | unique)' "$1" || fail "processes without a name"
	jq -e '[.traceEvents[] | select(.ph == "X")] | group_by(.tid) | all(.[];
		[.[] | {b: (.ts * 1000 | round), e: ((.ts + .dur) * 1000 | round)}] as $v |
		all(range($v | length) as $i | range($i + 1; $v | length) as $k | [$v[$i], $v[$k]];
			.[0].e <= .[1].b or .[1].e <= .[0].b or
			(.[0].b <= .[1].b and .[1].e <= .[0].e) or
			(.[1].b <= .[0].b and .[0].e <= .[1].e)))' "$1" || fail "phases overlap"
}

# names PROCESS: of its phases in the order of their beginning
names() {
	jq -r --arg p "$1" '(.traceEvents[] | select(.ph == "M" and .args.name == $p).tid) as $t |
		[.traceEvents[] | select(.ph == "X" and .tid == $t)] | sort_by([.ts, -.dur])[].name' "$TRACE"
}

# in_order PROCESS NAME...: these are among them, in this order
in_order() {
	local process=$1 have want
	shift
	have=$(names "$process")
	want=$(printf '%s\n' "$@")
	[ "$(grep -Fx -f <(printf '%s\n' "$@") <<<"$have" | awk '!seen[$0]++')" = "$want" ] ||
		fail "of $process: $have"
}

# inside PROCESS OUTER INNER
inside() {
	jq -e --arg p "$1" --arg o "$2" --arg i "$3" '
		(.traceEvents[] | select(.ph == "M" and .args.name == $p).tid) as $t |
		[.traceEvents[] | select(.ph == "X" and .tid == $t)] as $x |
		first($x[] | select(.name == $o)) as $a | first($x[] | select(.name == $i)) as $b |
		$a.ts <= $b.ts and $b.ts + $b.dur <= $a.ts + $a.dur + 0.001' "$TRACE" ||
		fail "$3 is not inside $2: $(jq -c .traceEvents "$TRACE")"
}

@test "run: all processes, from the start of the program to the removal" {
	set_args true
	v --trace "$TRACE" run "$ID"
	status_is 0
	sound "$TRACE"
	in_order 'vial run' run 'start of the program' 'load and plan' 'read config.json' 'make the cgroup' \
		'make init' commit CREATED start 'the container runs' remove
	in_order init 'wait for the cgroups' root /proc 'enter the root' pivot_root credentials created \
		'wait for start' execve
	inside 'vial run' run 'make init'
	inside 'vial run' commit CREATED
	inside init root /proc
	inside init 'enter the root' pivot_root
	assert_nothing_left
}

@test "create, start, exec, delete: each has its own" {
	set_args sleep 1000
	v --trace "$TRACE" create "$ID"
	status_is 0
	sound "$TRACE"
	in_order 'vial create' create 'make init' commit
	in_order init 'wait for the cgroups' root created
	[ "$(names 'vial create' | grep -Fxc start)" -eq 0 ]

	v --trace "$TRACE" start "$ID"
	status_is 0
	sound "$TRACE"
	in_order 'vial start' start 'find, lock, load' 'start the program'
	[ -z "$(names init)" ]

	v --trace "$TRACE" exec "$ID" true
	status_is 0
	sound "$TRACE"
	in_order 'vial exec' exec 'find, load' 'load and plan' 'make the process' converse
	in_order joiner 'leave the host' 'enter the namespaces'
	in_order process session credentials created execve

	v --trace "$TRACE" delete --force "$ID"
	status_is 0
	sound "$TRACE"
	in_order 'vial delete' delete lock load destroy 'end processes, remove the cgroup' 'remove the record'
	assert_nothing_left
}

@test "a filter that kills: init is not killed by looking at the clock" {
	set_args true
	config '.process.noNewPrivileges = false | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
		syscalls: [{names: ["clock_gettime", "gettimeofday", "time"], action: "SCMP_ACT_KILL_PROCESS"}]}'
	v --trace "$TRACE" run "$ID"
	status_is 0
	sound "$TRACE"
	in_order init root seccomp
	assert_nothing_left
}

@test "user and time namespaces, with a bridge: one clock for all" {
	[ -e /proc/self/ns/time ] || fail "this kernel has no time namespace"
	set_args true
	config '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {monotonic: {secs: 86400}}'
	v --trace "$TRACE" run "$ID"
	status_is 0
	sound "$TRACE"
	in_order bridge 'join namespaces, make init'
	jq -e '[.traceEvents[] | select(.ph == "X") | .dur] | max < 60e6' "$TRACE"
	assert_nothing_left
}

@test "what fails is traced, too, and fails as without" {
	set_args /no/such/program
	v --trace "$TRACE" run "$ID"
	fails_with 1 '/no/such/program'
	sound "$TRACE"
	in_order 'vial run' run 'make init' undo
	v --trace "$TRACE" state nobody
	fails_with 1 'container does not exist'
	sound "$TRACE"
	in_order 'vial state' state
	assert_nothing_left
}

@test "an old file is replaced; what the container sees has nothing of it" {
	seq 100000 >"$TRACE"
	run_sh 'env; ls -l /proc/self/fd'
	lacks TRACE
	set_sh 'env; ls /proc/self/fd | wc -l'
	v --trace "$TRACE" run "$ID"
	status_is 0
	lacks TRACE
	sound "$TRACE"
	[ "$(tail -n 1 "$T/out")" -le 4 ]
	assert_nothing_left
}

@test "a FIFO that somebody reads; one that nobody does" {
	set_args true
	mkfifo "$T/fifo"
	v --trace "$T/fifo" run "$ID"
	fails_with 1 "open trace $T/fifo: nobody reads this FIFO"
	cat "$T/fifo" >"$TRACE" 3>&- &
	local reader=$!
	# the other end is there as soon as it can be opened without waiting
	until_true 10 sh -c "exec 9>'$T/fifo'" || fail "no reader"
	wait "$reader"
	cat "$T/fifo" >"$TRACE" 3>&- &
	reader=$!
	v --trace "$T/fifo" run "$ID" # opens without waiting: tried until the reader is there
	for _ in $(seq 200); do
		[ "$status" -ne 0 ] || break
		sleep 0.05
		v --trace "$T/fifo" run "$ID"
	done
	status_is 0
	wait "$reader"
	sound "$TRACE"
	assert_nothing_left
}

@test "a file that cannot be written: an error before anything happens" {
	set_args touch /made
	config '.root.readonly = false'
	v --trace "$T/none/trace" run "$ID"
	fails_with 1 "open trace $T/none/trace: no such file or directory"
	v --trace "$T" run "$ID"
	fails_with 1 "open trace $T: is a directory"
	v --trace "$T/none/trace" list
	fails_with 1 "open trace $T/none/trace: no such file or directory"
	[ ! -e "$B/rootfs/made" ]
	v --trace /dev/full run "$ID"
	status_is 0
	has 'write trace: no space left on device'
	[ -e "$B/rootfs/made" ]
	assert_nothing_left
}

@test "without --trace there is no system call more" {
	set_args true
	ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o "$T/calls" "$VIAL" --root "$ROOT" "${DRIVER_OPTION[@]}" run --bundle "$B" "$ID"
	[ "$(grep -c clocksource "$T/calls")" -eq 0 ] || fail "something is traced"
	ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o "$T/calls" "$VIAL" --root "$ROOT" "${DRIVER_OPTION[@]}" --trace "$TRACE" \
		run --bundle "$B" "$ID"
	grep -q clocksource "$T/calls" # the pattern can match
	assert_nothing_left
}
