#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# events: statistics at an interval, out-of-memory events, and its end.

load helpers
load cgroup
setup() { cg_fixture; }
teardown() {
	[ -z "${EVENTS-}" ] || kill "$EVENTS" 2>/dev/null || true
	teardown_container
}

# start_events ARGUMENTS...: in the background, output in $T/events
start_events() {
	(cd / && exec "$VIAL" --root "$ROOT" events "$@" "$ID") >"$T/events" 2>"$T/events.err" 3>&- 4>&- &
	EVENTS=$!
}
end_events() { # it must end by itself, with 0
	local rc=0
	until_true 20 sh -c "! kill -0 $EVENTS 2>/dev/null" || fail "events does not end"
	wait "$EVENTS" || rc=$?
	EVENTS=
	is "$rc" 0 "$(cat "$T/events.err")"
}
lines() { wc -l <"$T/events"; }

@test "--stats: one line, and that is all" {
	start_sleeper
	v events --stats "$ID"
	status_is 0
	is "$(wc -l <"$T/out")" 1
	[[ $(cat "$T/out") == "{\"type\":\"stats\",\"id\":\"$ID\",\"data\":{\"cpu\":{"* ]] || fail "$(cat "$T/out")"
	jq -e '.data | (.cpu.usage.total > 0) and (.pids.current >= 1) and (.cpuset | has("cpu_exclusive"))
		and has("memory") and has("blkio") and has("hugetlb") and has("intel_rdt")
		and has("network_interfaces")' "$T/out" >/dev/null || fail "$(cat "$T/out")"
}

@test "the fields of memory" {
	controller memory
	resources '{"memory": {"limit": 67108864}}'
	start_sleeper
	v events --stats "$ID"
	jq -e '.data.memory | .usage.limit == 67108864 and .usage.usage > 0 and .usage.failcnt == 0
		and (.raw | length) > 10 and .swap.limit > 0' "$T/out" >/dev/null || fail "$(cat "$T/out")"
}

@test "pids, throttling" {
	controller pids
	controller cpu
	resources '{"pids": {"limit": 77}, "cpu": {"quota": 2000, "period": 100000}}'
	set_sh 'while :; do :; done'
	v run --detach "$ID"
	sleep 0.5
	v events --stats "$ID"
	jq -e '.data | .pids == {current: 1, limit: 77} and .cpu.throttling.throttledPeriods > 0' \
		"$T/out" >/dev/null || fail "$(cat "$T/out")"
}

@test "v2: psi where the kernel has it, hugetlb" {
	v2_only
	start_sleeper
	v events --stats "$ID"
	if [ -e "$(cg_dir cpu)/cpu.pressure" ] && cat "$(cg_dir cpu)/cpu.pressure" >/dev/null 2>&1; then
		jq -e '[.data.cpu.psi, .data.memory.psi, .data.blkio.psi] | all(.some | .avg10 >= 0 and .avg60 >= 0
			and .avg300 >= 0 and .total >= 0)' "$T/out" >/dev/null || fail "$(cat "$T/out")"
	fi
	jq -e '.data | has("hugetlb")' "$T/out" >/dev/null
	if grep -qw hugetlb "$CG_TOP/cgroup.controllers"; then
		jq -e '.data.hugetlb["2MB"].failcnt == 0' "$T/out" >/dev/null || fail "$(cat "$T/out")"
	fi
}

@test "lines at an interval, and the end with the container" {
	start_sleeper
	start_events --interval 100ms
	until_true 10 sh -c "[ \$(wc -l <$T/events) -ge 3 ]" || fail "$(cat "$T/events")"
	v kill "$ID" KILL
	end_events
	jq -e --arg id "$ID" '.type == "stats" and .id == $id' "$T/events" >/dev/null
	v delete "$ID"
	assert_nothing_left
}

@test "delete --force ends it, too" {
	start_sleeper
	start_events --interval 100ms
	until_true 10 test -s "$T/events"
	v delete --force "$ID"
	status_is 0
	end_events
	assert_nothing_left
}

@test "it ends with a container that shares the pid namespace only when all are gone" {
	config '.linux.namespaces |= map(select(.type != "pid"))'
	set_sh '(trap "" TERM; sleep 300) & sleep 300'
	v run --detach "$ID"
	status_is 0
	start_events --interval 100ms
	until_true 10 test -s "$T/events"
	v kill "$ID" TERM
	wait_state stopped
	local n
	n=$(lines)
	until_true 10 sh -c "[ \$(wc -l <$T/events) -gt $n ]" || fail "it ended with init"
	v kill "$ID" KILL
	end_events
	v delete "$ID"
	assert_nothing_left
}

@test "oom: a line for a killed process" {
	controller memory
	resources '{"memory": {"limit": 33554432}}'
	if [ -e "$(cg_v1_top memory)/memory.memsw.limit_in_bytes" ] || cg_is_v2; then
		resources '{"memory": {"limit": 33554432, "swap": 33554432}}'
	fi
	config '.mounts += [{destination: "/data", type: "bind", source: "'"$T"'", options: ["rbind", "rw"]}]'
	set_sh 'until [ -e /data/go ]; do sleep 0.1; done; (exec tail /dev/zero); sleep 300'
	v run --detach "$ID"
	status_is 0
	start_events --interval 1h
	sleep 0.5
	touch "$T/go"
	until_true 20 grep -qx "{\"type\":\"oom\",\"id\":\"$ID\"}" "$T/events" || fail "$(cat "$T/events" "$T/events.err")"
	is "$(state_of)" running
	v delete --force "$ID"
	end_events
	assert_nothing_left
}

@test "oom that ends the container comes before the end" {
	controller memory
	resources '{"memory": {"limit": 33554432}}'
	if [ -e "$(cg_v1_top memory)/memory.memsw.limit_in_bytes" ] || cg_is_v2; then
		resources '{"memory": {"limit": 33554432, "swap": 33554432}}'
	fi
	config '.mounts += [{destination: "/data", type: "bind", source: "'"$T"'", options: ["rbind", "rw"]}]
		| .linux.namespaces |= map(select(.type != "pid"))'
	set_sh 'until [ -e /data/go ]; do sleep 0.1; done; exec tail /dev/zero'
	v run --detach "$ID"
	start_events
	sleep 0.5
	touch "$T/go"
	end_events
	is "$(jq -r .type "$T/events")" oom
}

@test "a paused container has statistics, too" {
	if ! cg_is_v2 && [ -z "$(cg_v1_top freezer)" ]; then skip "no freezer here"; fi
	start_sleeper
	v pause "$ID"
	v events --stats "$ID"
	status_is 0
	jq -e '.type == "stats"' "$T/out" >/dev/null
}

@test "it waits, it does not spin" {
	start_sleeper
	start_events --interval 1h
	sleep 1
	local ticks
	ticks=$(awk '{ print $14 + $15 }' "/proc/$EVENTS/stat")
	[ "$ticks" -le 20 ] || fail "$ticks ticks of CPU"
	is "$(lines)" 0
	v delete --force "$ID"
	end_events
}

@test "what is wrong" {
	v events "$ID"
	fails_with 1 'container does not exist'
	v events
	fails_with 1 'requires exactly 1 argument'
	start_sleeper
	v events --interval 0 "$ID"
	fails_with 1 'duration interval must be greater than 0'
	v events --interval=-1s "$ID"
	fails_with 1 'duration interval must be greater than 0'
	v events --interval 5 "$ID"
	fails_with 1 'invalid value "5" for flag -interval'
	v kill "$ID" KILL
	wait_state stopped
	v events --stats "$ID"
	fails_with 1 "container with id $ID is not running"
	v events "$ID"
	fails_with 1 "container with id $ID is not running"
}
