#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Scheduler, I/O priority, memory policy: seen from inside and from the host.

load helpers
setup() {
	setup_container
	vial_only "runc 1.1 has none of these"
}
teardown() { teardown_container; }

scheduler() { config --argjson s "$1" '.process.scheduler = $s'; }
memory() { config --argjson s "$1" '.linux.memoryPolicy = $s'; }
userns() {
	config '.linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}]'
	chown 100000:100000 "$B/rootfs"
}

@test "scheduler: SCHED_BATCH and nice, seen from both sides" {
	scheduler '{"policy": "SCHED_BATCH", "nice": 19}'
	start_sleeper
	chrt -p "$(pid_of)" | grep -q SCHED_BATCH || fail "$(chrt -p "$(pid_of)")"
	is "$(awk '{print $19}' "/proc/$(pid_of)/stat")" 19
}

@test "scheduler: SCHED_DEADLINE with its three times" {
	scheduler '{"policy": "SCHED_DEADLINE", "nice": 19, "priority": 0, "runtime": 42000,
		"deadline": 100000, "period": 1000000, "flags": ["SCHED_FLAG_RESET_ON_FORK"]}'
	start_sleeper
	output=$(chrt -p "$(pid_of)")
	has 'SCHED_DEADLINE|SCHED_RESET_ON_FORK'
	has '42000/100000/1000000'
}

@test "scheduler: real-time policies, also in a user namespace" {
	# cgroup v1 gives a new group no real-time at all
	config --arg cg "/vial-rt-$ID" '.linux.cgroupsPath = $cg | .linux.resources.cpu = {realtimeRuntime: 10000, realtimePeriod: 1000000}'
	scheduler '{"policy": "SCHED_RR", "priority": 3}'
	start_sleeper
	output=$(chrt -p "$(pid_of)")
	has SCHED_RR
	has 'priority: 3'
	v delete --force "$ID"
	userns
	scheduler '{"policy": "SCHED_FIFO", "priority": 1}'
	start_sleeper
	output=$(chrt -p "$(pid_of)")
	has SCHED_FIFO
}

@test "exec: takes the container's, or what its process.json says" {
	scheduler '{"policy": "SCHED_BATCH", "nice": 5}'
	config '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 4}'
	start_sleeper
	v exec "$ID" sh -c 'ionice -p $$; cut -d" " -f19 /proc/self/stat'
	status_is 0
	has 'best-effort: prio 4'
	has 5
	jq '.process | .args = ["sh", "-c", "ionice -p $$; cut -d\" \" -f19 /proc/self/stat"]
		| .ioPriority = {class: "IOPRIO_CLASS_IDLE"} | .scheduler = {policy: "SCHED_OTHER", nice: 7}' \
		"$B/config.json" >"$T/process.json"
	v exec -p "$T/process.json" "$ID"
	status_is 0
	output_is 'idle: prio 0
7' || output_is 'idle
7'
}

@test "exec: takes the memory policy" {
	[ -e /proc/self/numa_maps ] || skip "no NUMA in this kernel"
	memory '{"mode": "MPOL_INTERLEAVE", "nodes": "0"}'
	start_sleeper
	v exec "$ID" sed -n 1p /proc/self/numa_maps
	status_is 0
	has ' interleave:0 '
}

@test "scheduler: a deadline and a cpuset exclude each other" {
	[ -d /sys/fs/cgroup/cpuset ] || skip "no cpuset controller of v1"
	scheduler '{"policy": "SCHED_DEADLINE", "runtime": 42000, "deadline": 100000, "period": 1000000}'
	config '.linux.resources.cpu.cpus = "0"'
	v run "$ID"
	fails_with 1 "process scheduler can't be used together with AllowedCPUs"
	assert_nothing_left
}

@test "scheduler: what is wrong is refused, and nothing is left" {
	while IFS='|' read -r value words; do
		scheduler "$value"
		set_args echo Hello
		v run "$ID"
		fails_with 1 "$words"
		lacks Hello
		assert_nothing_left
	done <<-'ROWS'
		{"policy": "SCHED_NONE"}|invalid scheduler policy: SCHED_NONE
		{"policy": "SCHED_OTHER", "nice": 20}|invalid scheduler.nice: 20
		{"policy": "SCHED_OTHER", "priority": 1}|scheduler.priority can only be specified
		{"policy": "SCHED_OTHER", "runtime": 1}|can only be specified for SCHED_DEADLINE
		{"policy": "SCHED_DEADLINE", "deadline": 1}|sched_setattr: `SCHED_DEADLINE` requires `runtime`
		{"policy": "SCHED_ISO"}|error setting scheduler
		{"policy": "SCHED_OTHER", "flags": ["x"]}|invalid scheduler flag: x
		{"nice": 1}|policy
	ROWS
}

@test "ioPriority: seen from both sides, also in a user namespace" {
	config '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 4}'
	run_sh 'ionice -p 1'
	has 'best-effort: prio 4'
	config '.process.ioPriority = {class: "IOPRIO_CLASS_RT", priority: 7}'
	userns
	start_sleeper
	is "$(ionice -p "$(pid_of)")" 'realtime: prio 7'
}

@test "ioPriority: what is wrong is refused" {
	config '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 8}'
	v run "$ID"
	fails_with 1 'invalid ioPriority.Priority: 8'
	config '.process.ioPriority = {class: "none", priority: 1}'
	v run "$ID"
	fails_with 1 'invalid ioPriority.Class: "none"'
	assert_nothing_left
}

@test "memoryPolicy: the modes, as numa_maps shows them" {
	[ -e /proc/self/numa_maps ] || skip "no NUMA in this kernel"
	while IFS='|' read -r value words; do
		memory "$value"
		run_sh 'sed -n 1p /proc/self/numa_maps'
		has " $words "
	done <<-'ROWS'
		{"mode": "MPOL_INTERLEAVE", "nodes": "0"}|interleave:0
		{"mode": "MPOL_BIND", "nodes": "0", "flags": ["MPOL_F_STATIC_NODES"]}|bind=static:0
		{"mode": "MPOL_PREFERRED", "nodes": "0", "flags": ["MPOL_F_RELATIVE_NODES"]}|prefer=relative:0
		{"mode": "MPOL_DEFAULT"}|default
		{"mode": "MPOL_LOCAL"}|local
	ROWS
}

@test "memoryPolicy: what is wrong is refused, and nothing is left" {
	while IFS='|' read -r value words; do
		memory "$value"
		v run "$ID"
		fails_with 1 "$words"
		assert_nothing_left
	done <<-'ROWS'
		{}|invalid memory policy mode
		{"mode": "INTERLEAVE", "nodes": "0"}|invalid memory policy
		{"mode": "MPOL_INTERLEAVE", "nodes": "0", "flags": ["x"]}|invalid memory policy flag
		{"nodes": "0"}|invalid memory policy mode
		{"mode": "MPOL_DEFAULT", "nodes": "0-7"}|mode requires 0 nodes but got 8
		{"mode": "MPOL_BIND"}|at least one node
		{"mode": "MPOL_BIND", "nodes": "0-9876543210"}|invalid memory policy node
	ROWS
	[ -e /proc/self/numa_maps ] || skip "no NUMA in this kernel"
	memory '{"mode": "MPOL_BIND", "nodes": "900"}'
	v run "$ID"
	fails_with 1 'linux.memoryPolicy: MPOL_BIND: set_mempolicy(2): invalid argument'
	assert_nothing_left
}

@test "execCPUAffinity: wrong lists are refused at create" {
	config '.process.execCPUAffinity = {initial: "3-1"}'
	v run "$ID"
	fails_with 1 'process.execCPUAffinity.initial'
	config '.process.execCPUAffinity = {final: "x"}'
	v run "$ID"
	fails_with 1 'process.execCPUAffinity.final'
	assert_nothing_left
}

@test "run.oci.pidfd_receiver: a socket that nobody listens on is an error, nothing is left" {
	config --arg s "$T/nobody.sock" '.annotations["run.oci.pidfd_receiver"] = $s'
	v run "$ID"
	status_is 1
	has nobody.sock
	assert_nothing_left
}

@test "run.oci.pidfd_receiver: gets a pidfd of init, which a signal by it ends" {
	start_recvpidfd 9
	config --arg s "$T/pidfd.sock" '.annotations["run.oci.pidfd_receiver"] = $s'
	v create --pid-file "$T/pid" "$ID"
	status_is 0
	wait "$RECVPIDFD_PID"
	is "$(awk '{ print $NF }' "$T/pidfd")" "$(cat "$T/pid")"
	wait_state stopped
	v delete "$ID"
	status_is 0
	assert_nothing_left
}
