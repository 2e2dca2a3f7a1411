#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# linux.resources at creation, on whatever layout there is; each test asks for what it needs.

load helpers
load cgroup
setup() { cg_fixture; }
teardown() {
	teardown_container
	[ -z "${LOOP-}" ] || losetup --detach "$LOOP"
}
refused() { # TEXT: run fails with it and leaves nothing
	set_args true
	v run "$ID"
	status_is 1
	has "$1"
	assert_nothing_left
}

@test "memory: limit, reservation, swap" {
	controller memory
	resources '{"memory": {"limit": 67108864, "reservation": 33554432, "swap": 100663296}}'
	start_sleeper
	is_value memory memory.limit_in_bytes memory.max 67108864
	is_value memory memory.soft_limit_in_bytes memory.low 33554432
	is_value memory memory.memsw.limit_in_bytes memory.swap.max 100663296 33554432
}

@test "memory: swap as large as the limit is no swap on v2; -1 is no limit" {
	v2_only
	controller memory
	resources '{"memory": {"limit": 67108864, "swap": 67108864}}'
	start_sleeper
	is "$(value memory - memory.swap.max)" 0
	v delete --force "$ID"
	config '.linux.resources.memory = {limit: -1}'
	start_sleeper
	is "$(value memory - memory.max) $(value memory - memory.swap.max)" 'max max'
	v delete --force "$ID"
	config '.linux.resources.memory = {limit: 67108864, swap: -1}'
	start_sleeper
	is "$(value memory - memory.max) $(value memory - memory.swap.max)" '67108864 max'
}

@test "memory: swap without a limit, or below it" {
	v2_only
	controller memory
	resources '{"memory": {"swap": 67108864}}'
	refused 'unable to set swap limit without memory limit'
	config '.linux.resources.memory = {limit: 67108864, swap: 1048576}'
	refused 'memory+swap limit should be >= memory limit'
}

@test "memory: what v2 has nothing like is said, and no error" {
	v2_only
	controller memory
	resources '{"memory": {"limit": 67108864, "swappiness": 10, "disableOOMKiller": true, "kernel": 1048576, "kernelTCP": 1048576}}'
	set_args true
	v run "$ID"
	status_is 0
	local word
	for word in swappiness disableOOMKiller kernel kernelTCP; do
		grep -q "level=warning.*linux.resources.memory.$word: ignored" "$T/err" || fail "$word: silence"
	done
}

@test "memory: swappiness and the OOM killer on v1" {
	v1_only
	controller memory
	resources '{"memory": {"swappiness": 10, "disableOOMKiller": true}}'
	start_sleeper
	is "$(value memory memory.swappiness -)" 10
	grep -q 'oom_kill_disable 1' "$(cg_file memory memory.oom_control -)"
	v delete --force "$ID"
	config '.linux.resources.memory = {swappiness: 101}'
	refused 'memory.swappiness'
}

@test "memory: too much ends with 137 on every layout" {
	controller memory
	resources '{"memory": {"limit": 33554432, "swap": 33554432}}'
	config '.linux.namespaces |= map(select(.type != "pid"))'
	set_sh 'exec tail /dev/zero'
	v run "$ID"
	status_is 137
	assert_nothing_left
}

@test "cpu: shares become a weight by runc's curve" {
	controller cpu
	local row
	for row in 2:1 3:2 10:4 100:17 512:59 1024:100 2048:174 262144:10000; do
		config --argjson s "${row%:*}" '.linux.resources.cpu = {shares: $s}'
		set_args sleep 100
		v run --detach "$ID"
		status_is 0
		is_value cpu cpu.shares cpu.weight "${row%:*}" "${row#*:}"
		v delete --force "$ID"
	done
}

@test "cpu: quota, period, burst, idle" {
	controller cpu
	resources '{"cpu": {"quota": 40000, "period": 80000}}'
	if [ -e "$(cg_v1_top cpu)/cpu.cfs_burst_us" ] || cg_is_v2; then
		resources '{"cpu": {"quota": 40000, "period": 80000, "burst": 40000}}'
	fi
	start_sleeper
	if [ -n "$(cg_v1_top cpu)" ]; then
		is "$(value cpu cpu.cfs_quota_us -) $(value cpu cpu.cfs_period_us -)" '40000 80000'
	else
		is "$(value cpu - cpu.max)" '40000 80000'
	fi
	[ ! -e "$(cg_file cpu cpu.cfs_burst_us cpu.max.burst)" ] ||
		is_value cpu cpu.cfs_burst_us cpu.max.burst 40000
	[ -e "$(cg_file cpu cpu.idle cpu.idle)" ] || return 0
	v delete --force "$ID"
	config '.linux.resources.cpu = {idle: 1}'
	start_sleeper
	is_value cpu cpu.idle cpu.idle 1
	v delete --force "$ID"
	config '.linux.resources.cpu = {idle: 2}'
	refused cpu.idle
}

@test "cpu: realtime is said to be ignored on v2" {
	v2_only
	controller cpu
	resources '{"cpu": {"realtimeRuntime": 1000, "realtimePeriod": 100000}}'
	set_args true
	v run "$ID"
	status_is 0
	has 'cpu.realtimeRuntime: ignored'
	has 'cpu.realtimePeriod: ignored'
}

@test "cpu: realtime on v1, in either order" {
	v1_only
	controller cpu
	[ -e "$(cg_v1_top cpu)/cpu.rt_runtime_us" ] || skip "no realtime groups"
	mkdir -p "$(dirname "$(cg_dir cpu)")"
	echo 100000 >"$(dirname "$(cg_dir cpu)")/cpu.rt_runtime_us" 2>/dev/null || skip "no realtime time to give"
	resources '{"cpu": {"realtimeRuntime": 90000, "realtimePeriod": 2000000}}'
	start_sleeper
	is "$(value cpu cpu.rt_runtime_us -) $(value cpu cpu.rt_period_us -)" '90000 2000000'
	v update "$ID" --cpu-rt-period 500000 --cpu-rt-runtime 20000
	status_is 0
	is "$(value cpu cpu.rt_runtime_us -) $(value cpu cpu.rt_period_us -)" '20000 500000'
	v update "$ID" --cpu-rt-runtime 600000
	status_is 1
	is "$(value cpu cpu.rt_runtime_us -)" 20000
}

@test "pids: a limit that holds, 0, -1" {
	controller pids
	local row
	for row in 8:8 0:1 -1:max; do
		config --argjson n "${row%:*}" '.linux.resources.pids = {limit: $n}'
		v create "$ID"
		status_is 0
		is_value pids pids.max pids.max "${row#*:}"
		v delete "$ID"
	done
}

@test "cpuset: the parents are prepared" {
	controller cpuset
	CG=vial-tests/$ID/deep/er
	config --arg p "/$CG" '.linux.cgroupsPath = $p'
	resources '{"cpu": {"cpus": "0", "mems": "0"}}'
	start_sleeper
	is_value cpuset cpuset.cpus cpuset.cpus 0
	is_value cpuset cpuset.mems cpuset.mems 0
	is "$(grep Cpus_allowed_list "/proc/$(pid_of)/status" | cut -f2)" 0
}

@test "hugetlb: the limit, and that of reservations" {
	local size=2MB dir
	controller hugetlb
	resources '{"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]}'
	start_sleeper
	is_value hugetlb "hugetlb.$size.limit_in_bytes" "hugetlb.$size.max" 4194304
	dir=$(cg_dir hugetlb)
	if [ -e "$dir/hugetlb.$size.rsvd.max" ]; then is "$(cat "$dir/hugetlb.$size.rsvd.max")" 4194304; fi
	v delete --force "$ID"
	config '.linux.resources.hugepageLimits = [{pageSize: "3MB", limit: 1}]'
	refused 'hugetlb.3MB'
	config '.linux.resources.hugepageLimits = [{pageSize: "../x", limit: 1}]'
	refused 'page size'
}

@test "io: weights on v2" {
	v2_only
	controller blkio io
	resources '{"blockIO": {"weight": 500}}'
	set_args sleep 100
	v run --detach "$ID"
	if [ ! -e "$(cg_dir io)/io.weight" ] && [ ! -e "$(cg_dir io)/io.bfq.weight" ]; then
		fails_with 1 'blockIO.weight'
		return
	fi
	status_is 0
	if [ -e "$(cg_dir io)/io.bfq.weight" ]; then
		is "$(head -1 "$(cg_dir io)/io.bfq.weight")" 'default 500'
	else
		is "$(head -1 "$(cg_dir io)/io.weight")" 'default 4950'
	fi
	v delete --force "$ID"
	config '.linux.resources.blockIO = {weight: 5}'
	refused '10..1000'
}

# A block device whose scheduler knows weights: LOOP, and BFQ as "7:0".
weighted_device() {
	truncate -s 8M "$T/disk"
	LOOP=$(losetup --find --show "$T/disk" 2>/dev/null) || skip "no loop devices"
	echo bfq 2>/dev/null >"/sys/block/${LOOP#/dev/}/queue/scheduler" || skip "no BFQ in this kernel"
	BFQ=$(cat "/sys/block/${LOOP#/dev/}/dev")
}

weight() { value blkio blkio.bfq.weight io.bfq.weight | sed -n '1s/^default //; 1p'; }

@test "io: weights, for all and for a device, of the BFQ scheduler" {
	controller blkio io
	weighted_device
	resources "$(jq -n --argjson a "${BFQ%:*}" --argjson i "${BFQ#*:}" '{blockIO: {weight: 500,
		weightDevice: [{major: $a, minor: $i, weight: 300}]}}')"
	start_sleeper
	is "$(weight)" 500
	grep -qx "$BFQ 300" "$(cg_file blkio blkio.bfq.weight_device io.bfq.weight)" || fail "for a device"
	v update --blkio-weight=600 "$ID"
	status_is 0
	is "$(weight)" 600 # the kernel forgets the device's with it
	v update --blkio-weight 5000 "$ID"
	status_is 1
	is "$(weight)" 600
	v delete --force "$ID"
	config '.linux.resources.blockIO = {weightDevice: [{major: 4000, minor: 1, weight: 300}]}'
	refused 'weightDevice[0]'
}

@test "io: leaf weights of v1 where no scheduler has them" {
	v1_only
	controller blkio
	[ ! -e "$(cg_v1_top blkio)/blkio.leaf_weight" ] || skip "there are some"
	resources '{"blockIO": {"leafWeight": 500}}'
	refused 'blockIO.leafWeight'
}

@test "io: throttles; the last of two for one device wins" {
	controller blkio io
	local dev
	dev=$(block_device)
	resources "$(jq -n --argjson a "${dev%:*}" --argjson i "${dev#*:}" '{blockIO: {
		throttleReadBpsDevice: [{major: $a, minor: $i, rate: 5}, {major: $a, minor: $i, rate: 1048576}],
		throttleWriteBpsDevice: [{major: $a, minor: $i, rate: 2097152}],
		throttleReadIOPSDevice: [{major: $a, minor: $i, rate: 100}],
		throttleWriteIOPSDevice: [{major: $a, minor: $i, rate: 200}]}}')"
	start_sleeper
	if [ -n "$(cg_v1_top blkio)" ]; then
		is "$(value blkio blkio.throttle.read_bps_device -)" "$dev 1048576"
		is "$(value blkio blkio.throttle.write_bps_device -)" "$dev 2097152"
		is "$(value blkio blkio.throttle.read_iops_device -)" "$dev 100"
		is "$(value blkio blkio.throttle.write_iops_device -)" "$dev 200"
	else
		is "$(value blkio - io.max)" "$dev rbps=1048576 wbps=2097152 riops=100 wiops=200"
	fi
	v delete --force "$ID"
	config '.linux.resources.blockIO = {throttleReadBpsDevice: [{major: 4000, minor: 1, rate: 5}]}'
	refused 'throttleReadBpsDevice[0]'
}

@test "unified: written last, line by line" {
	v2_only
	controller pids
	controller memory
	resources '{"pids": {"limit": 20}, "memory": {"limit": 67108864}, "unified": {"pids.max": "50", "memory.high": "33554432", "memory.max": "max"}}'
	start_sleeper
	is "$(value pids - pids.max)" 50
	is "$(value memory - memory.high)" 33554432
	is "$(value memory - memory.max)" max
	local dev
	grep -qw io "$CG_TOP/cgroup.controllers" || return 0
	dev=$(block_device)
	v delete --force "$ID"
	config --arg t "$dev rbps=1048576
$dev wiops=90" '.linux.resources.unified = {"io.max": $t}'
	start_sleeper
	is "$(value io - io.max)" "$dev rbps=1048576 wbps=max riops=max wiops=90"
}

@test "unified: a file of the core" {
	v2_only
	resources '{"unified": {"cgroup.max.depth": "3"}}'
	start_sleeper
	is "$(value cgroup - cgroup.max.depth)" 3
}

@test "unified: what is wrong" {
	v2_only
	resources '{"unified": {"a/b": "1"}}'
	refused 'unified resource "a/b" must be a file name (no slashes)'
	config '.linux.resources.unified = {foo: "1"}'
	refused 'unified resource "foo" must be in the form CONTROLLER.PARAMETER'
	config '.linux.resources.unified = {"foo.bar": "1"}'
	refused 'controller "foo" not available'
	config '.linux.resources.unified = {"cgroup.max.depth": "x"}'
	refused 'unified.cgroup.max.depth'
}

@test "unified on v1: invalid configuration" {
	v1_only
	resources '{"unified": {"memory.max": "max"}}'
	refused 'invalid configuration'
}

@test "network classes: v2 says that it ignores them, v1 without the controller refuses" {
	resources '{"network": {"classID": 1048577, "priorities": [{"name": "lo", "priority": 5}]}}'
	set_args true
	if cg_is_v2; then
		v run "$ID"
		status_is 0
		has 'linux.resources.network: ignored'
	elif [ -z "$(cg_v1_top net_cls)" ]; then
		refused 'cannot set net_cls limit: container could not join or create cgroup'
	else
		skip "v1 with the controller"
	fi
}

# The kernel ends a hierarchy when it is unmounted, unless a removed cgroup still fades away in it.
released() {
	mountpoint -q "$T/net" || mount -t cgroup -o net_cls,net_prio none "$T/net"
	umount "$T/net"
	! grep -q net_cls /proc/self/cgroup
}

@test "network classes: on v1 with the controllers" {
	v1_only
	if [ -z "$(cg_v1_top net_cls)" ]; then
		mkdir "$T/net"
		mount -t cgroup -o net_cls,net_prio none "$T/net" 2>/dev/null ||
			skip "no net_cls and net_prio for v1 in this kernel"
		snapshot >"$T/before"
	fi
	resources '{"network": {"classID": 1048577, "priorities": [{"name": "lo", "priority": 5}]}}'
	start_sleeper
	is "$(value net_cls net_cls.classid -)" 1048577
	grep -qx 'lo 5' "$(cg_file net_prio net_prio.ifpriomap -)" || fail "priority"
	v delete --force "$ID"
	config '.linux.resources.network = {priorities: [{name: "nosuch0", priority: 5}]}'
	refused 'linux.resources.network.priorities[0]'
	rmdir "$(cg_v1_top net_cls)/vial-tests"
	[ ! -d "$T/net" ] || until_true 20 released || true # it may take longer; exec_cgroup.bats knows
}

@test "a controller that is not there: runc's words" {
	resources '{"rdma": {"mlx5_0": {"hcaHandles": 2}}}'
	if [ -z "$(cg_v1_top rdma)" ] && ! grep -qsw rdma "$(cg_v2_top)/cgroup.controllers"; then
		refused 'cannot set rdma limit: container could not join or create cgroup'
	else
		refused 'rdma.mlx5_0' # there is no such device
	fi
	cg_is_v2 || return 0
	config 'del(.linux.resources.rdma) | .linux.resources.unified = {"misc.max": "res_a 1"}'
	if grep -qw misc "$CG_TOP/cgroup.controllers"; then
		refused 'unified.misc.max'
	else
		refused 'controller "misc" not available'
	fi
}

@test "limits hold before the program runs, and plan says which" {
	controller pids
	resources '{"pids": {"limit": 9}}'
	v create "$ID"
	is_value pids pids.max pids.max 9
	v delete "$ID"
	vial_only plan
	v plan "$ID"
	status_is 0
	has ' pids.max 9'
}
