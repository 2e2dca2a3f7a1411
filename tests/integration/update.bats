#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# update: all options, by flags and by JSON, and what a refusal leaves.

load helpers
load cgroup
setup() { cg_fixture; }
teardown() {
	teardown_container
	[ -z "${PARENT-}" ] || rmdir "$PARENT" 2>/dev/null || true
}

limit() { is_value memory memory.limit_in_bytes memory.max "$@"; }
both() { is_value memory memory.memsw.limit_in_bytes memory.swap.max "$@"; }
cpu_max() { # QUOTA PERIOD
	if [ -n "$(cg_v1_top cpu)" ]; then
		is "$(value cpu cpu.cfs_quota_us -) $(value cpu cpu.cfs_period_us -)" "$*"
	else
		is "$(value cpu - cpu.max)" "${1/#-1/max} $2"
	fi
}
MB=1048576

@test "memory with suffixes, and partial updates keep the rest" {
	controller memory
	resources '{"memory": {"limit": 33554432, "reservation": 16777216}}'
	start_sleeper
	v update "$ID" --memory 50M
	status_is 0
	output_is ''
	limit $((50 * MB))
	is_value memory memory.soft_limit_in_bytes memory.low $((16 * MB))
	v update --memory-reservation=20m "$ID"
	status_is 0
	limit $((50 * MB))
	is_value memory memory.soft_limit_in_bytes memory.low $((20 * MB))
	v update "$ID" --memory 67108864
	limit $((64 * MB))
	v update "$ID" --memory=0
	status_is 0
	limit $((64 * MB))
	v update "$ID"
	status_is 0
	limit $((64 * MB))
}

@test "memory and swap are raised and lowered together, in the order that fits" {
	controller memory
	has_swap
	resources '{"memory": {"limit": 33554432, "swap": 67108864}}'
	start_sleeper
	v update "$ID" --memory 100M --memory-swap 300M
	status_is 0
	limit $((100 * MB))
	both $((300 * MB)) $((200 * MB))
	v update "$ID" --memory 20M --memory-swap 30M
	status_is 0
	limit $((20 * MB))
	both $((30 * MB)) $((10 * MB))
	v update "$ID" --memory-swap 50M
	status_is 0
	limit $((20 * MB))
	both $((50 * MB)) $((30 * MB))
}
has_swap() {
	[ -n "$(cg_v1_top memory)" ] || return 0
	[ -e "$(cg_v1_top memory)/memory.memsw.limit_in_bytes" ] || skip "no swap accounting"
}

@test "memory -1 lifts the limit of swap too" {
	controller memory
	has_swap
	resources '{"memory": {"limit": 33554432, "swap": 67108864}}'
	start_sleeper
	v update "$ID" --memory -1
	status_is 0
	limit 9223372036854771712 max
	both 9223372036854771712 max
}

@test "memory-swap -1 leaves memory" {
	controller memory
	has_swap
	resources '{"memory": {"limit": 33554432, "swap": 67108864}}'
	start_sleeper
	v update "$ID" --memory-swap -1
	status_is 0
	limit $((32 * MB))
	both 9223372036854771712 max
}

@test "swap below memory is refused, nothing changes" {
	controller memory
	has_swap
	resources '{"memory": {"limit": 33554432, "swap": 67108864}}'
	start_sleeper
	v update "$ID" --memory 60M --memory-swap 40M
	status_is 1
	limit $((32 * MB))
	both $((64 * MB)) $((32 * MB))
}

@test "cpu: quota and period, each alone and both" {
	controller cpu
	resources '{"cpu": {"quota": 50000, "period": 200000}}'
	start_sleeper
	v update "$ID" --cpu-quota 30000
	status_is 0
	cpu_max 30000 200000
	v update "$ID" --cpu-period 100000
	status_is 0
	cpu_max 30000 100000
	v update "$ID" --cpu-period 10000 --cpu-quota 3000
	status_is 0
	cpu_max 3000 10000
	v update "$ID" --cpu-quota -1
	status_is 0
	cpu_max -1 10000
}

@test "cpu: share, burst, idle" {
	controller cpu
	resources '{"cpu": {"quota": 50000, "period": 100000}}'
	start_sleeper
	v update "$ID" --cpu-share 300
	status_is 0
	is_value cpu cpu.shares cpu.weight 300 "$(weight 300)"
	if [ -e "$(cg_file cpu cpu.cfs_burst_us cpu.max.burst)" ]; then
		v update "$ID" --cpu-burst 20000
		status_is 0
		is_value cpu cpu.cfs_burst_us cpu.max.burst 20000
		# each refuses the other's old value: the burst is more than the quota
		v update "$ID" --cpu-quota 10000 --cpu-burst 5000
		status_is 0
		is_value cpu cpu.cfs_burst_us cpu.max.burst 5000
		v update "$ID" --cpu-quota 90000 --cpu-burst 80000
		status_is 0
		is_value cpu cpu.cfs_burst_us cpu.max.burst 80000
		v update "$ID" --cpu-burst 0
		is_value cpu cpu.cfs_burst_us cpu.max.burst 0
	fi
	[ -e "$(cg_file cpu cpu.idle cpu.idle)" ] || return 0
	v update "$ID" --cpu-idle 1
	status_is 0
	is_value cpu cpu.idle cpu.idle 1
	local bad
	for bad in 2 3 -1; do
		v update "$ID" --cpu-idle "$bad"
		status_is 1
		is_value cpu cpu.idle cpu.idle 1
	done
	v update "$ID" --cpu-idle 0 --cpu-share 512
	status_is 0
	is_value cpu cpu.idle cpu.idle 0
	is_value cpu cpu.shares cpu.weight 512 "$(weight 512)"
}
weight() { # as behaviours of runc 1.4 and newer: ceil(10^((l^2 + 125 l)/612 - 7/34)), l = log2
	awk -v s="$1" 'BEGIN { l = log(s) / log(2); w = exp(log(10) * ((l * l + 125 * l) / 612 - 7 / 34)); print (w == int(w)) ? w : int(w) + 1 }'
}

@test "cpu: period and quota together, where each alone is above the parent's limit" {
	controller cpu
	PARENT=$(CG=vial-parent-$ID cg_dir cpu)
	mkdir "$PARENT"
	if [ -n "$(cg_v1_top cpu)" ]; then
		echo 50000 >"$PARENT/cpu.cfs_quota_us"
	else
		echo "50000 100000" >"$PARENT/cpu.max"
	fi
	CG=vial-parent-$ID/c
	config --arg p "/$CG" '.linux.cgroupsPath = $p'
	resources '{"cpu": {"quota": 40000, "period": 100000}}'
	start_sleeper
	v update "$ID" --cpu-period 10000 --cpu-quota 4000
	status_is 0
	cpu_max 4000 10000
	v update "$ID" --cpu-period 100000 --cpu-quota 40000
	status_is 0
	cpu_max 40000 100000
	if [ -n "$(cg_v1_top cpu)" ]; then
		v update "$ID" --cpu-quota 90000 # v2 allows it: the parent's limit holds anyway
		status_is 1
		cpu_max 40000 100000
	fi
	v delete --force "$ID"
	rmdir "$PARENT" 2>/dev/null || true
	find "$CG_TOP" -depth -type d -path "*vial-parent-$ID*" -exec rmdir {} \; 2>/dev/null || true
}

@test "cpuset" {
	controller cpuset
	start_sleeper
	v update "$ID" --cpuset-cpus 0 --cpuset-mems 0
	status_is 0
	is_value cpuset cpuset.cpus cpuset.cpus 0
	is_value cpuset cpuset.mems cpuset.mems 0
	v update "$ID" --cpuset-cpus 4000
	status_is 1
	has cpuset.cpus
	is_value cpuset cpuset.cpus cpuset.cpus 0
}

@test "pids: number, 0, -1" {
	controller pids
	start_sleeper
	v update "$ID" --pids-limit 30
	status_is 0
	is_value pids pids.max pids.max 30
	v update "$ID" --pids-limit -1
	status_is 0
	is_value pids pids.max pids.max max
	echo '{"pids": {"limit": 40}}' >"$T/r.json"
	v update --resources "$T/r.json" "$ID"
	is_value pids pids.max pids.max 40
	v update "$ID" --pids-limit=0
	status_is 0
	is_value pids pids.max pids.max 1
}

@test "blkio weight, where the kernel has one" {
	controller blkio io
	start_sleeper
	local dir
	dir=$(cg_dir blkio)
	if ! ls "$dir"/*io.*weight >/dev/null 2>&1; then
		v update "$ID" --blkio-weight 500
		status_is 1
		has blockIO.weight
		lacks 'no such file' # podman and Docker take that for a missing program
		return
	fi
	v update "$ID" --blkio-weight 500
	status_is 0
	if [ -e "$dir/io.bfq.weight" ]; then
		is "$(head -1 "$dir/io.bfq.weight")" 'default 500'
	elif [ -e "$dir/io.weight" ]; then
		is "$(head -1 "$dir/io.weight")" 'default 4950'
	fi
	v update "$ID" --blkio-weight 5000
	status_is 1
}

@test "throttles by JSON, the last of two wins" {
	controller blkio io
	start_sleeper
	local dev
	dev=$(block_device)
	jq -n --argjson a "${dev%:*}" --argjson i "${dev#*:}" '{blockIO: {
		throttleReadBpsDevice: [{major: $a, minor: $i, rate: 1000}, {major: $a, minor: $i, rate: 1048576}],
		throttleWriteIOPSDevice: [{major: $a, minor: $i, rate: 300}]}}' >"$T/r.json"
	v update -r "$T/r.json" "$ID"
	status_is 0
	if [ -n "$(cg_v1_top blkio)" ]; then
		is "$(value blkio blkio.throttle.read_bps_device -)" "$dev 1048576"
		is "$(value blkio blkio.throttle.write_iops_device -)" "$dev 300"
	else
		is "$(value blkio - io.max)" "$dev rbps=1048576 wbps=max riops=max wiops=300"
	fi
}

@test "all or nothing: what came before the refused value is put back" {
	controller memory
	controller cpu
	controller pids
	resources '{"memory": {"limit": 33554432}, "cpu": {"shares": 1024, "quota": 50000}, "pids": {"limit": 50}}'
	start_sleeper
	# written last of all, and no number that the kernel takes
	v update "$ID" --memory 64M --cpu-share 2048 --cpu-quota 20000 --cpu-idle 7 --pids-limit 20
	status_is 1
	has cpu.idle
	limit $((32 * MB))
	is_value cpu cpu.shares cpu.weight 1024 100
	cpu_max 50000 100000
	is_value pids pids.max pids.max 50
	local dev
	dev=$(block_device)
	jq -n '{memory: {limit: 67108864, reservation: 1048576}, cpu: {quota: -1, shares: 2},
		hugepageLimits: [{pageSize: "3MB", limit: 0}]}' >"$T/r.json"
	v update -r - "$ID" <"$T/r.json"
	v update -r "$T/r.json" "$ID"
	status_is 1
	limit $((32 * MB))
	is_value cpu cpu.shares cpu.weight 1024 100
	cpu_max 50000 100000
	lacks 'put back'
}

@test "all or nothing: devices that had no throttle, and one that had" {
	controller blkio io
	local dev
	dev=$(block_device)
	resources "{\"blockIO\": {\"throttleReadBpsDevice\": [{\"major\": ${dev%:*}, \"minor\": ${dev#*:}, \"rate\": 1048576}]}}"
	start_sleeper
	jq -n --argjson a "${dev%:*}" --argjson i "${dev#*:}" '{blockIO: {
		throttleReadBpsDevice: [{major: $a, minor: $i, rate: 5}],
		throttleWriteBpsDevice: [{major: $a, minor: $i, rate: 7}]},
		hugepageLimits: [{pageSize: "3MB", limit: 0}]}' >"$T/r.json"
	v update -r "$T/r.json" "$ID"
	status_is 1
	if [ -n "$(cg_v1_top blkio)" ]; then
		is "$(value blkio blkio.throttle.read_bps_device -)" "$dev 1048576"
		is "$(value blkio blkio.throttle.write_bps_device -)" ''
	else
		is "$(value blkio - io.max)" "$dev rbps=1048576 wbps=max riops=max wiops=max"
	fi
}

@test "JSON: keys in any case, zeros and unknown keys, flags are ignored" {
	controller memory
	controller cpu
	resources '{"memory": {"limit": 33554432}, "cpu": {"shares": 1024}}'
	start_sleeper
	echo '{"Memory":{"LIMIT":67108864,"kernel":0,"swap":0},"CPU":{"Shares":0,"quota":0,"period":0,"cpus":""},"blockIO":{"weight":0},"x":1}' >"$T/r.json"
	v update --memory 20M --cpu-share 7 --resources "$T/r.json" "$ID"
	status_is 0
	limit $((64 * MB))
	is_value cpu cpu.shares cpu.weight 1024 100
}

@test "JSON from standard input, a pipe and a FIFO" {
	controller memory
	start_sleeper
	(cd "$B" && echo '{"memory":{"limit":67108864}}' | "$VIAL" --root "$ROOT" update --resources=- "$ID") 3>&-
	limit $((64 * MB))
	(cd "$B" && "$VIAL" --root "$ROOT" update -r - "$ID" <<<'{"memory":{"limit":33554432}}') 3>&-
	limit $((32 * MB))
	mkfifo "$T/fifo"
	echo '{"memory":{"limit":50331648}}' >"$T/fifo" 3>&- &
	v update -r "$T/fifo" "$ID"
	status_is 0
	limit $((48 * MB))
}

@test "JSON that is wrong: an error that says where, nothing changes" {
	controller memory
	resources '{"memory": {"limit": 33554432}}'
	start_sleeper
	local text
	for text in '' '{' '[]' '{"memory": {"limit": "1g"}}' '{"memory": 5}' '{"cpu": {"shares": -1}}' \
		'{"memory": {"limit": 67108864}} x'; do
		printf '%s' "$text" >"$T/r.json"
		v update -r "$T/r.json" "$ID"
		[ "$status" -eq 1 ] || fail "<$text> was taken"
		limit $((32 * MB))
	done
	v update -r "$T/none" "$ID"
	fails_with 1 'no such file or directory'
	v update -r "$T" "$ID"
	status_is 1
}

@test "numbers that are none" {
	start_sleeper
	v update "$ID" --memory 1x
	fails_with 1 "invalid value for memory: invalid suffix: 'x'"
	v update "$ID" --memory-swap abc
	fails_with 1 "invalid value for memory-swap: invalid size: 'abc'"
	v update "$ID" --memory-reservation=-5
	fails_with 1 'invalid value for memory-reservation: '
	v update "$ID" --cpu-quota 5.5
	fails_with 1 'invalid value for cpu-quota: '
	v update "$ID" --cpu-period -1
	fails_with 1 'invalid value for cpu-period: '
	v update "$ID" --cpu-share 99999999999999999999
	fails_with 1 'invalid value for cpu-share: '
	v update "$ID" --cpu-idle on
	fails_with 1 'invalid value for cpu-idle: '
	v update "$ID" --pids-limit many
	fails_with 1 'invalid value "many" for flag -pids-limit'
	v update "$ID" --memory
	fails_with 1 'flag needs an argument: -memory'
	v update "$ID" --no-such 1
	fails_with 1 'flag provided but not defined: -no-such'
}

@test "kernel memory: a warning" {
	start_sleeper
	v update "$ID" --kernel-memory 50M
	status_is 0
	has 'level=warning'
	v update "$ID" --kernel-memory-tcp 50M
	status_is 0
	has 'level=warning'
	v update "$ID" --kernel-memory x
	fails_with 1 "invalid value for kernel-memory: invalid size: 'x'"
	v update --help
	lacks 'kernel-memory'
}

@test "checkBeforeUpdate: a limit below what is used is refused" {
	controller memory
	[ -z "$(cg_v1_top memory)" ] || skip "v1 refuses by itself"
	resources '{"memory": {"limit": 67108864}}'
	config '.mounts += [{destination: "/data", type: "tmpfs", source: "tmpfs"}]'
	set_sh 'dd if=/dev/zero of=/data/x bs=1M count=16 2>/dev/null; echo x >/data/y; while :; do sleep 1; done'
	v run --detach "$ID"
	until_true 10 sh -c "[ \$(cat $(cg_dir memory)/memory.current) -gt 16000000 ]"
	echo '{"memory": {"limit": 4194304, "checkBeforeUpdate": true}}' >"$T/r.json"
	v update -r "$T/r.json" "$ID"
	fails_with 1 'rejecting memory limit'
	echo '{"memory": {"limit": 67108864, "swap": 67108865, "checkBeforeUpdate": true}}' >"$T/r.json"
	v update -r "$T/r.json" "$ID"
	status_is 0
	limit $((64 * MB))
	is "$(state_of)" running
}

@test "device rules stay as they are, and whoever sends others is told" {
	start_sleeper
	local before=
	if [ -n "$(cg_v1_top devices)" ]; then before=$(cat "$(cg_dir devices)/devices.list"); fi
	echo '{"devices": [{"allow": false, "access": "rwm"}]}' >"$T/r.json"
	v update -r "$T/r.json" "$ID"
	status_is 0
	if [ "$PROGRAM" = vial ]; then output_is ''; fi
	echo '{"devices": [{"allow": true, "access": "rwm"}]}' >"$T/r.json"
	v update -r "$T/r.json" "$ID"
	status_is 0
	if [ "$PROGRAM" = vial ]; then has 'update does not change device rules'; fi
	[ -z "$before" ] || is "$(cat "$(cg_dir devices)/devices.list")" "$before"
}

@test "containers that do not exist, have stopped, are created" {
	v update "$ID" --pids-limit 5
	fails_with 1 'container does not exist'
	v update "$ID" --memory x --cpu-quota y
	fails_with 1 'container does not exist'
	lacks 'invalid value'
	v update --resources "$T/nosuch.json" "$ID"
	fails_with 1 'container does not exist'
	lacks nosuch
	v update --pids-limit x "$ID"
	fails_with 1 'invalid value "x" for flag -pids-limit: parse error'
	v update
	fails_with 1 'requires exactly 1 argument'
	set_args true
	v create "$ID"
	v update "$ID" --pids-limit 55 # without a controller: an error
	if [ "$status" -eq 0 ]; then is_value pids pids.max pids.max 55; else has 'cannot set pids limit'; fi
	v start "$ID"
	wait_state stopped
	v update "$ID" --pids-limit 5
	fails_with 1 'container not running'
	v delete "$ID"
	assert_nothing_left
}

@test "a limit whose controller is missing" {
	start_sleeper
	echo '{"rdma": {"mlx5_0": {"hcaHandles": 2}}}' >"$T/r.json"
	[ -z "$(cg_v1_top rdma)" ] || skip "there is one"
	v update -r "$T/r.json" "$ID"
	fails_with 1 'cannot set rdma limit: container could not join or create cgroup'
}

@test "RDT schemas on a machine without" {
	[ ! -d /sys/fs/resctrl/info ] || skip "this machine has it"
	start_sleeper
	v update "$ID" --l3-cache-schema 'L3:0=ff'
	status_is 1
	has 'Intel RDT'
	v update "$ID" --mem-bw-schema 'MB:0=50'
	status_is 1
	has 'Intel RDT'
}
