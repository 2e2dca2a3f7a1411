#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Several callers on one id, and callers that die.

load helpers
setup() {
	setup_container
	PIDS=()
}
teardown() { teardown_container; }

# spawn N COMMAND...: the runtime in the background, exit code in $T/rc.N, output in $T/out.N
spawn() {
	local n=$1
	shift
	(
		status=0
		cd "$B" && env "$MARK" timeout 60 "$VIAL" --root "$ROOT" "$@" \
			</dev/null >"$T/out.$n" 2>&1 3>&- 4>&- || status=$?
		echo "$status" >"$T/rc.$n"
	) &
	PIDS+=($!)
}
# Not a bare wait, which would also wait for the watchdog of bats.
wait_all() {
	wait "${PIDS[@]}"
	PIDS=()
}
codes() { cat "$T"/rc.* | sort -n | uniq -c | tr -s ' '; }

@test "sixteen creates at once on one id: exactly one wins, and it starts" {
	local i
	set_sh 'sleep 1000'
	for i in {1..16}; do spawn "$i" create "$ID"; done
	wait_all
	is "$(cat "$T"/rc.* | grep -c '^0$')" 1 "$(codes)"
	for i in {1..16}; do
		[ "$(cat "$T/rc.$i")" -eq 0 ] || grep -q 'already exists' "$T/out.$i" || fail "$(cat "$T/out.$i")"
	done
	is "$(state_of)" created
	v start "$ID"
	status_is 0
	is "$(state_of)" running
	v delete --force "$ID"
	assert_nothing_left
}

@test "eight deletes at once: each is content or says the container does not exist" {
	local i
	for _ in 1 2 3; do
		set_sh 'sleep 1000'
		v run -d "$ID"
		status_is 0
		for i in 1 2 3 4 5 6 7 8; do spawn $i delete --force "$ID"; done
		wait_all
		for i in 1 2 3 4 5 6 7 8; do
			[ "$(cat "$T/rc.$i")" -eq 0 ] || grep -q 'does not exist' "$T/out.$i" ||
				fail "$(cat "$T/out.$i")"
		done
		assert_nothing_left
	done
}

@test "eight starts at once: one wins, the program runs once" {
	local i
	config '.root.readonly = false'
	set_sh 'echo ran >>/data/ran; sleep 1000'
	v create "$ID"
	status_is 0
	for i in 1 2 3 4 5 6 7 8; do spawn $i start "$ID"; done
	wait_all
	vial_only "runc lets several say yes"
	is "$(cat "$T"/rc.* | grep -c '^0$')" 1 "$(codes)"
	until_true 5 test -s "$B/rootfs/data/ran"
	is "$(cat "$B/rootfs/data/ran")" ran
}

@test "delete --force while create is at work: one container or none, never half of one" {
	local i
	set_sh 'sleep 1000'
	for i in 1 2 3 4 5 6; do
		spawn a create "$ID"
		sleep "0.0$i"
		spawn b delete --force "$ID"
		wait_all
		v delete --force "$ID"
		status_is 0
		assert_nothing_left
	done
}

@test "state while create is at work: an answer or an error, no crash" {
	local i
	set_sh 'sleep 1000'
	spawn a create "$ID"
	for i in 1 2 3 4 5 6 7 8; do
		v state "$ID"
		[ "$status" -le 1 ] || fail state
	done
	wait_all
	is "$(cat "$T/rc.a")" 0
	is "$(state_of)" created
}

@test "twenty containers at once" {
	local i
	set_args echo up
	for i in $(seq 20); do
		mkdir "$T/b$i"
		jq --arg cg "/vial-tests/$ID-$i" --arg r "$B/rootfs" '.linux.cgroupsPath = $cg | .root.path = $r' \
			"$B/config.json" >"$T/b$i/config.json"
		spawn "$i" run --bundle "$T/b$i" "$ID-$i"
	done
	wait_all
	is "$(cat "$T"/rc.* | sort -u)" 0 "$(cat "$T"/out.*)"
	is "$(cat "$T"/out.* | grep -c '^up$')" 20
	assert_nothing_left
}

# kill_at DELAY COMMAND...: SIGKILL to the runtime after DELAY seconds
kill_at() {
	local delay=$1 pid
	shift
	(cd "$B" && exec env "$MARK" "$VIAL" --root "$ROOT" "$@" </dev/null >"$T/out" 2>&1 3>&- 4>&-) &
	pid=$!
	sleep "$delay"
	kill -9 "$pid" 2>/dev/null || true
	wait "$pid" 2>/dev/null || true
}

@test "kill -9 of create at many moments: delete --force leaves nothing, the id is free" {
	vial_only "runc leaves cgroups"
	local ms
	set_sh 'sleep 1000'
	for ms in 001 002 003 004 005 006 007 008 010 012 014 016 018 020 025 030 040 060; do
		kill_at "0.$ms" create "$ID"
		v delete --force "$ID"
		status_is 0
		assert_nothing_left
	done
	v create "$ID"
	status_is 0
}

@test "kill -9 of run, start and delete: the same" {
	vial_only "runc leaves cgroups"
	local ms
	set_sh 'sleep 1000'
	for ms in 002 005 008 012 016 025 050; do
		kill_at "0.$ms" run "$ID"
		v delete --force "$ID"
		status_is 0
		assert_nothing_left
	done
	for ms in 001 002 004 006 010; do
		v create "$ID"
		status_is 0
		kill_at "0.$ms" start "$ID"
		kill_at "0.$ms" delete --force "$ID"
		v delete --force "$ID"
		status_is 0
		assert_nothing_left
	done
}

@test "kill -9 of create while a hook runs: nobody waits for ever" {
	vial_only
	config '.hooks.createRuntime = [{path: "/bin/sleep", args: ["sleep", "3"]}]'
	kill_at 0.5 create "$ID"
	v delete --force "$ID"
	status_is 0
	until_true 10 no_marked_pids || fail "processes: $(marked_pids)"
	assert_nothing_left
}

@test "SIGTERM and SIGINT to create leave nothing after delete --force" {
	vial_only
	local sig
	set_sh 'sleep 1000'
	config '.hooks.createRuntime = [{path: "/bin/sleep", args: ["sleep", "1"]}]'
	for sig in TERM INT; do
		(cd "$B" && exec env "$MARK" "$VIAL" --root "$ROOT" create "$ID" </dev/null >"$T/out" 2>&1 3>&- 4>&-) &
		local pid=$!
		sleep 0.3
		kill -$sig "$pid"
		wait "$pid" || true
		v delete --force "$ID"
		status_is 0
		assert_nothing_left
	done
}

@test "init killed while created: stopped, start fails, delete works" {
	set_sh 'sleep 1000'
	v create "$ID"
	kill -9 "$(pid_of)"
	wait_state stopped
	v start "$ID"
	status_is 1
	v delete "$ID"
	status_is 0
	assert_nothing_left
}

@test "a stranger who got the pid is not touched" {
	vial_only "edits our state file"
	set_sh 'sleep 1000'
	v run -d "$ID"
	status_is 0
	local pid stranger
	pid=$(pid_of)
	sleep 1000 3>&- 4>&- &
	stranger=$!
	kill -9 "$pid"
	wait_state stopped
	sed -i "s/\\b$pid\\b/$stranger/" "$ROOT/$ID/state.json"
	grep -q "$stranger" "$ROOT/$ID/state.json" || fail "the pid is not in state.json"
	is "$(state_of)" stopped
	v kill "$ID" KILL
	v delete --force "$ID"
	status_is 0
	kill -0 "$stranger" || fail "a stranger was killed"
	kill "$stranger"
}

@test "a state file that is empty, torn or lost: delete --force kills and removes all" {
	vial_only "peers leave the process"
	local how
	set_sh 'sleep 1000'
	for how in 'truncate -s 0' 'truncate -s 40' 'rm'; do
		v run -d "$ID"
		status_is 0
		$how "$ROOT/$ID/state.json"
		v state "$ID"
		[ "$status" -le 1 ] || fail "state with $how"
		v delete --force "$ID"
		status_is 0
		assert_nothing_left
	done
}

@test "a fork storm in its own pid namespace dies at once" {
	set_sh 'for i in $(seq 40); do (while :; do sleep 0.05; done) & done; wait'
	v run -d "$ID"
	status_is 0
	sleep 0.5
	V_TIMEOUT=10 v delete --force "$ID"
	status_is 0
	assert_nothing_left
}

@test "a slow fork storm in the host's pid namespace dies too" {
	vial_only "runc leaves the cgroup"
	config '.linux.namespaces |= map(select(.type != "pid"))'
	set_sh 'for i in $(seq 20); do (while :; do sleep 0.1; done) & done; wait'
	v run -d "$ID"
	status_is 0
	sleep 0.5
	V_TIMEOUT=10 v delete --force "$ID"
	status_is 0
	assert_nothing_left
}

@test "a log nobody reads does not hang" {
	vial_only "runc waits for a reader"
	mkfifo "$T/log.fifo"
	set_args true
	V_TIMEOUT=10 v --log "$T/log.fifo" run "$ID"
	[ "$status" -ne 124 ] || fail "hangs"
	V_TIMEOUT=10 v --log "$T/log.fifo" run --bundle "$T/nosuch" "$ID"
	[ "$status" -ne 124 ] || fail "hangs"
	assert_nothing_left
}

# One of them keeps an end of a pipe or socket open whose end of file somebody waits for.
@test "a close(2) that fails, whichever, hangs no command" {
	vial_only "counts our system calls"
	local command n args
	for command in foreground run start exec; do
		if [ "$command" = foreground ]; then set_args true; else set_sh 'sleep 1000'; fi
		for n in $(seq 1 40); do
			args=(run --detach "$ID")
			[ "$command" != foreground ] || args=(run "$ID")
			[[ $command = run || $command = foreground ]] || v create "$ID"
			[ "$command" != start ] || args=(start "$ID")
			[ "$command" != exec ] || { v start "$ID" && args=(exec "$ID" true); }
			status=0
			env -C "$B" "$MARK" ASAN_OPTIONS=detect_leaks=0 timeout -k 2 20 strace -qq -o "$T/trace" \
				-e trace=close -e "inject=close:error=EIO:when=$n" \
				"$VIAL" --root "$ROOT" "${args[@]}" </dev/null >"$T/out" 2>&1 3>&- || status=$?
			[[ $status -ne 124 && $status -ne 137 ]] ||
				fail "$command hangs at close $n: $(grep INJECTED "$T/trace")"
			v delete --force "$ID"
			status_is 0
			grep -q INJECTED "$T/trace" || break
		done
		[ "$n" -gt 3 ] || fail "$command: nothing was injected"
	done
	assert_nothing_left
}
