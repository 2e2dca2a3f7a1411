#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Limits as the kernel shows them, on cgroup v1 and hybrid hosts (each test asks for what it needs).

load helpers
setup() {
	setup_container
	CG=vial-tests/$ID
}
teardown() {
	teardown_container
	rmdir /sys/fs/cgroup/*/vial-parent-"$ID" 2>/dev/null || true
}

controller() { mountpoint -q "/sys/fs/cgroup/$1" || skip "no v1 controller $1 here"; }
resources() { config --argjson r "$1" '.linux.resources += $r'; }
value() { cat "/sys/fs/cgroup/$1/$CG/$2"; }

@test "every hierarchy is joined, the v2 one too" {
	start_sleeper
	local pid
	pid=$(pid_of)
	while IFS=: read -r _ names path; do
		# A view of cgroup2 alone: /proc still lists what else the kernel has.
		[ -z "$names" ] || [ ! -e /sys/fs/cgroup/cgroup.procs ] || continue
		case $names in
		rdma | misc | net_cls | net_prio | perf_event | hugetlb) continue ;;
		'') [ "$PROGRAM" != runc ] || continue ;;
		esac
		is "$path" "/$CG" "$names"
	done <"/proc/$pid/cgroup"
	v delete --force "$ID"
	assert_nothing_left
}

@test "without cgroupsPath: the id" {
	needs_v1
	config 'del(.linux.cgroupsPath)'
	start_sleeper
	grep -q ":pids:/$ID\$" "/proc/$(pid_of)/cgroup" || fail "$(cat "/proc/$(pid_of)/cgroup")"
	v delete --force "$ID"
	status_is 0
	is "$(find /sys/fs/cgroup -mindepth 2 -maxdepth 3 -type d -name "$ID")" ''
}

@test "a relative cgroupsPath lies below our own" {
	needs_v1
	config --arg p "$CG" '.linux.cgroupsPath = $p'
	start_sleeper
	local own
	own=$(sed -n 's/^[0-9]*:pids://p' /proc/self/cgroup)
	grep -q ":pids:${own%/}/$CG\$" "/proc/$(pid_of)/cgroup" || fail "$(cat "/proc/$(pid_of)/cgroup")"
	v delete --force "$ID"
	assert_nothing_left
}

@test "memory" {
	controller memory
	resources '{"memory": {"limit": 67108864, "reservation": 33554432, "swappiness": 10}}'
	start_sleeper
	is "$(value memory memory.limit_in_bytes)" 67108864
	is "$(value memory memory.soft_limit_in_bytes)" 33554432
	is "$(value memory memory.swappiness)" 10
}

@test "memory: too much ends with 137" {
	controller memory
	resources '{"memory": {"limit": 33554432}}'
	config '.linux.namespaces |= map(select(.type != "pid"))'
	set_sh 'exec tail /dev/zero'
	v run "$ID"
	status_is 137
	assert_nothing_left
}

@test "cpu: shares, quota, period" {
	controller cpu
	resources '{"cpu": {"shares": 512, "quota": 50000, "period": 200000}}'
	start_sleeper
	is "$(value cpu cpu.shares)" 512
	is "$(value cpu cpu.cfs_quota_us)" 50000
	is "$(value cpu cpu.cfs_period_us)" 200000
}

@test "cpu: quota alone, period alone, no quota" {
	controller cpu
	resources '{"cpu": {"quota": 30000}}'
	start_sleeper
	is "$(value cpu cpu.cfs_quota_us) $(value cpu cpu.cfs_period_us)" "30000 100000"
	v delete --force "$ID"
	config '.linux.resources.cpu = {period: 50000}'
	start_sleeper
	is "$(value cpu cpu.cfs_quota_us) $(value cpu cpu.cfs_period_us)" "-1 50000"
	v delete --force "$ID"
	config '.linux.resources.cpu = {quota: -1}'
	start_sleeper
	is "$(value cpu cpu.cfs_quota_us)" -1
}

@test "cpuset, parents filled" {
	controller cpuset
	config --arg p "/vial-parent-$ID/$CG" '.linux.cgroupsPath = $p'
	resources '{"cpu": {"cpus": "0", "mems": "0"}}'
	start_sleeper
	CG=vial-parent-$ID/$CG
	is "$(value cpuset cpuset.cpus)" 0
	is "$(value cpuset cpuset.mems)" 0
	is "$(grep Cpus_allowed_list "/proc/$(pid_of)/status" | cut -f2)" 0
	v delete --force "$ID"
	find /sys/fs/cgroup/*/vial-parent-"$ID" -depth -type d -exec rmdir {} \; 2>/dev/null || true
}

@test "pids: a limit holds" {
	controller pids
	resources '{"pids": {"limit": 8}}'
	set_sh 'cat /sys/fs/cgroup/pids/pids.max; for i in 1 2 3 4 5 6 7 8 9; do sleep 0.3 & done; wait'
	v run "$ID"
	is "$(sed -n 1p "$T/out")" 8
	has "can't fork"
}

@test "pids: -1 is max" {
	controller pids
	resources '{"pids": {"limit": -1}}'
	start_sleeper
	is "$(value pids pids.max)" max
}

@test "blkio throttle" {
	controller blkio
	local dev
	dev=$(lsblk -dno MAJ:MIN 2>/dev/null | head -1 | tr -d ' ')
	[ -n "$dev" ] || skip "no block device"
	resources "{\"blockIO\": {\"throttleReadBpsDevice\": [{\"major\": ${dev%:*}, \"minor\": ${dev#*:}, \"rate\": 1048576}],
		\"throttleWriteIOPSDevice\": [{\"major\": ${dev%:*}, \"minor\": ${dev#*:}, \"rate\": 300}]}}"
	start_sleeper
	is "$(value blkio blkio.throttle.read_bps_device)" "$dev 1048576"
	is "$(value blkio blkio.throttle.write_iops_device)" "$dev 300"
}

@test "devices: nothing but the defaults and what is allowed" {
	controller devices
	resources '{"devices": [{"allow": false, "access": "rwm"}, {"allow": true, "type": "c", "major": 10, "minor": 229, "access": "rw"}]}'
	config '.linux.resources.devices |= .[-2:]'
	start_sleeper
	local list
	list=$(value devices devices.list)
	grep -qx 'c 10:229 rw' <<<"$list" || fail "$list"
	grep -qx 'c 1:3 rwm' <<<"$list"
	grep -qx 'c 5:2 rwm' <<<"$list"
	grep -qx 'c 136:\* rwm' <<<"$list"
	! grep -q '^a' <<<"$list" || fail "all are allowed: $list"
	! grep -q '^b .*[rw]' <<<"$list" || fail "block devices: $list"
}

@test "zeros mean unset, as containerd writes them" {
	resources '{"memory": {"kernel": 0}, "cpu": {"shares": 0, "quota": 0, "period": 0}, "blockIO": {"weight": 0}}'
	set_args true
	v run "$ID"
	status_is 0
}

@test "a limit whose controller is not mounted" {
	! mountpoint -q /sys/fs/cgroup/net_cls || skip "net_cls is here"
	resources '{"hugepageLimits": [{"pageSize": "3MB", "limit": 1}]}'
	set_args true
	v run "$ID"
	status_is 1
	assert_nothing_left
}

@test "a limit the kernel refuses: the file is named, nothing is left" {
	controller cpuset
	resources '{"cpu": {"cpus": "100000"}}'
	set_args true
	v run "$ID"
	status_is 1
	has cpuset.cpus
	assert_nothing_left
}

@test "the cgroup must be empty" {
	needs_v1
	local dir=/sys/fs/cgroup/pids/$CG
	mkdir -p "$dir"
	sleep 100 3>&- 4>&- &
	local pid=$!
	echo "$pid" >"$dir/cgroup.procs"
	set_args true
	v run "$ID"
	if [ "$PROGRAM" = vial ]; then
		fails_with 1 "container's cgroup is not empty"
		kill -0 "$pid" || fail "a stranger was killed"
	fi
	kill "$pid"
	wait "$pid" 2>/dev/null || true
	until_true 5 rmdir "$dir" || true
}

@test "a cgroup that is frozen" {
	controller freezer
	local dir=/sys/fs/cgroup/freezer/$CG
	mkdir -p "$dir"
	echo FROZEN >"$dir/freezer.state"
	set_args true
	V_TIMEOUT=10 v run "$ID"
	vial_only "runc 1.1 thaws it"
	fails_with 1 'frozen'
	echo THAWED >"$dir/freezer.state"
	rmdir "$dir"
	assert_nothing_left
}

@test "cgroupsPath cannot leave the hierarchy" {
	config --arg id "$ID" '.linux.cgroupsPath = "/../../../../vial-tests/escape/../../../../tmp/" + $id'
	set_args true
	v run "$ID"
	[ ! -e "/tmp/$ID" ] || fail "left the hierarchy"
	assert_nothing_left
	find /sys/fs/cgroup/*/tmp -depth -type d -exec rmdir {} \; 2>/dev/null || true
	rmdir /sys/fs/cgroup/*/vial-tests/escape 2>/dev/null || true
}

@test "an empty directory of that name is taken over and removed" {
	needs_v1
	mkdir -p "/sys/fs/cgroup/pids/$CG"
	snapshot >/dev/null
	set_args true
	v run "$ID"
	status_is 0
	assert_nothing_left
}

@test "limits hold before the program runs" {
	controller pids
	resources '{"pids": {"limit": 1}}'
	set_args cat /sys/fs/cgroup/pids/pids.max
	v run "$ID"
	status_is 0
	output_is 1
	assert_nothing_left
}
