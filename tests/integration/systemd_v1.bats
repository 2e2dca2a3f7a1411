#!/usr/bin/env bats
# shellcheck shell=bash disable=SC2016,SC2154
# SPDX-License-Identifier: Apache-2.0
# The systemd cgroup driver where systemd has cgroup v1 (tests/vm/sdctr -1): slices and scopes in
# every hierarchy, limits both as properties and in the files of v1.

load helpers
load cgroup

setup() {
	setup_container
	[ -d /run/systemd/system ] || skip "no systemd here"
	! cg_is_v2 || skip "not cgroup v1"
	UNIT=vt-$ID.scope
	CG=vialt.slice/vialt-sub.slice/$UNIT
	config --arg p "vialt-sub.slice:vt:$ID" '.linux.cgroupsPath = $p'
}
teardown() {
	systemctl stop "$UNIT" 2>/dev/null || true
	teardown_container
}

s() { v --systemd-cgroup "$@"; }
sleeper() {
	set_sh 'trap "exit 0" TERM; while :; do sleep 0.1; done'
	s run --detach "$ID"
	status_is 0
}
prop() { systemctl show -P "$1" "$UNIT"; }
file() { cat "$(cg_v1_top "$1")/$CG/$2"; }
no_unit() { [ "$(systemctl show -P LoadState "$UNIT")" = not-found ]; }
gone() {
	assert_nothing_left
	until_true 5 no_unit || fail "the unit is still there"
}

@test "init is in its scope in every hierarchy, systemd's own and v2 too" {
	sleeper
	is "$(cut -d: -f3 "/proc/$(pid_of)/cgroup" | sort -u)" "/$CG"
	grep -q ':name=systemd:' "/proc/$(pid_of)/cgroup"
	is "$(prop Slice) $(prop Delegate) $(prop DefaultDependencies)" 'vialt-sub.slice yes no'
	v exec "$ID" cat /proc/self/cgroup
	is "$(cut -d: -f3 "$T/out" | sort -u)" "/$CG"
	v delete --force "$ID"
	status_is 0
	gone
}

@test "limits are properties and files of v1, and outlast daemon-reload" {
	config '.linux.resources += {memory: {limit: 33554432}, pids: {limit: 20},
		cpu: {shares: 512, quota: 50000, period: 100000, cpus: "0", mems: "0"}}'
	sleeper
	is "$(prop MemoryLimit) $(prop TasksMax) $(prop CPUShares) $(prop CPUQuotaPerSecUSec)" '33554432 20 512 500ms'
	systemctl daemon-reload
	is "$(file memory memory.limit_in_bytes) $(file pids pids.max) $(file cpu cpu.shares)" '33554432 20 512'
	is "$(file cpu cpu.cfs_quota_us) $(file cpu cpu.cfs_period_us)" '50000 100000'
	is "$(file cpuset cpuset.cpus) $(file cpuset cpuset.mems)" '0 0'
	v delete --force "$ID"
	gone
}

@test "update changes what it names and keeps the rest, for systemd too" {
	config '.linux.resources += {memory: {limit: 33554432}, pids: {limit: 20}, cpu: {shares: 512}}'
	sleeper
	v update --memory 67108864 "$ID"
	status_is 0
	v update --pids-limit 30 "$ID"
	status_is 0
	v update --cpu-quota 70000 "$ID"
	status_is 0
	is "$(prop MemoryLimit) $(prop TasksMax) $(prop CPUShares) $(prop CPUQuotaPerSecUSec)" '67108864 30 512 700ms'
	systemctl daemon-reload
	is "$(file memory memory.limit_in_bytes) $(file pids pids.max) $(file cpu cpu.shares)" '67108864 30 512'
	is "$(file cpu cpu.cfs_quota_us)" 70000
	v delete --force "$ID"
	gone
}

@test "update with a value that is refused changes nothing" {
	config '.linux.resources += {memory: {limit: 33554432}, pids: {limit: 20}}'
	sleeper
	v update --memory 67108864 --pids-limit 30 --cpu-quota 1 "$ID"
	status_is 1
	is "$(prop MemoryLimit) $(file memory memory.limit_in_bytes)" '33554432 33554432'
	is "$(prop TasksMax) $(file pids pids.max)" '20 20'
	v delete --force "$ID"
	gone
}

@test "device rules hold, and outlast daemon-reload" {
	config '.linux.resources.devices = [{allow: false, access: "rwm"}, {allow: true, type: "c", major: 10, minor: 229, access: "rw"}]'
	sleeper
	file devices devices.list >"$T/before.list"
	grep -qx 'c 1:3 rwm' "$T/before.list"
	grep -qx 'c 10:229 rw' "$T/before.list"
	! grep -q '^a ' "$T/before.list" || fail "all devices are allowed"
	systemctl daemon-reload
	file devices devices.list | sort | diff <(sort "$T/before.list") -
	v update --pids-limit 30 "$ID"
	status_is 0
	file devices devices.list | sort | diff <(sort "$T/before.list") -
	v delete --force "$ID"
	gone
}

@test "pause, resume, kill --all, delete" {
	sleeper
	v pause "$ID"
	status_is 0
	is_state paused
	is "$(file freezer freezer.state)" FROZEN
	v resume "$ID"
	status_is 0
	is_state running
	v kill --all "$ID" KILL
	status_is 0
	wait_state stopped
	v delete "$ID"
	status_is 0
	gone
}

@test "stats come from every hierarchy" {
	config '.linux.resources += {memory: {limit: 33554432}, pids: {limit: 20}}'
	sleeper
	v events --stats "$ID"
	status_is 0
	jq -e '.data | .pids.limit == 20 and .memory.usage.limit == 33554432 and .cpu.usage.total > 0' "$T/out"
	v delete --force "$ID"
	gone
}

@test "a program that cannot be run, a property that systemd does not know: no unit, no cgroup" {
	set_args /no/such
	s run "$ID"
	status_is 1
	gone
	config '.annotations = {"org.systemd.property.NoSuchThing": "1"}'
	set_args true
	s run "$ID"
	fails_with 1 "unable to start unit \"$UNIT\""
	gone
}

@test "a unit that has failed is reset, so that its name is free again" {
	systemd-run --quiet --unit="$UNIT" --scope --property=RuntimeMaxSec=1 sleep 100 3>&- 4>&- &
	wait $! || true
	until_true 5 systemctl --quiet is-failed "$UNIT"
	set_args echo again
	s run "$ID"
	status_is 0
	output_is again
	gone
}

@test "unified: what v1 does not know is an error" {
	config '.linux.resources.unified = {"memory.high": "10485760"}'
	set_args true
	s run "$ID"
	fails_with 1 'invalid configuration'
	gone
}

@test "run.oci.systemd.subgroup: a cgroup below the scope in every hierarchy, for exec too" {
	vial_only "crun's annotation"
	config '.annotations = {"run.oci.systemd.subgroup": "box"}'
	sleeper
	is "$(cut -d: -f3 "/proc/$(pid_of)/cgroup" | sort -u)" "/$CG/box"
	v exec "$ID" cat /proc/self/cgroup
	is "$(cut -d: -f3 "$T/out" | sort -u)" "/$CG/box"
	v delete --force "$ID"
	gone
}

@test "create, kill -9 of its maker in a hook, delete --force" {
	make_is_killed_in_a_hook "$(cg_v1_top pids)/$CG" --systemd-cgroup
	gone
}
