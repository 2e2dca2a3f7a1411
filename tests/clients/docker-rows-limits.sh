# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Rows of docker: namespaces, networks, cgroups.
. "$here/docker-daemon.sh"

v1() { [ -d /sys/fs/cgroup/memory ] || no 'this host has no cgroup v1'; }

row_pid_namespace_own() { run busybox sh -c 'echo $$'; code_is 0; is 1; }
row_pid_namespace_of_the_host() {
	run --pid host busybox readlink /proc/self/ns/pid
	code_is 0
	is "$(readlink /proc/self/ns/pid)"
}
row_pid_namespace_of_another() {
	up busybox sleep 1234
	run --pid "container:$ROW" busybox ps
	code_is 0
	has 'sleep 1234'
}
row_ipc_namespace_of_the_host() { run --ipc host busybox readlink /proc/self/ns/ipc; code_is 0; is "$(readlink /proc/self/ns/ipc)"; }
row_ipc_namespace_of_another() {
	up --ipc shareable busybox sh -c 'echo there >/dev/shm/x; sleep 100'
	until_true 10 D exec "$ROW" test -s /dev/shm/x
	run --ipc "container:$ROW" busybox cat /dev/shm/x
	code_is 0
	is there
}
row_uts_namespace_of_the_host() { run --uts host busybox hostname; code_is 0; is "$(hostname)"; }
row_network_of_the_host() { capture D run --rm --network host busybox readlink /proc/self/ns/net; code_is 0; is "$(readlink /proc/self/ns/net)"; }
row_network_none() { run busybox ls /sys/class/net; code_is 0; is lo; }
row_network_bridge() { capture D run --rm busybox ip -o addr show eth0; code_is 0; has 'inet 172.'; }
row_network_of_another() {
	up busybox sleep 100
	capture D run --rm --network "container:$ROW" busybox readlink /proc/self/ns/net
	code_is 0
	local mine=$out
	inside readlink /proc/self/ns/net
	is "$mine"
}
row_network_published_port() {
	trap 'D rm -f "$ROW" >/dev/null' EXIT
	D run -d --name "$ROW" -p 127.0.0.1:18080:80 busybox sh -c 'echo served >/tmp/index.html; httpd -f -p 80 -h /tmp'
	until_true 20 busybox wget -q -O "$WORK/served" http://127.0.0.1:18080/
	[ "$(cat "$WORK/served")" = served ] || no "$(cat "$WORK/served")"
}
row_network_of_users_with_names() {
	trap 'D rm -f "$ROW" >/dev/null; D network rm "$ROW" >/dev/null' EXIT
	D network create "$ROW"
	D run -d --name "$ROW" --network "$ROW" busybox sh -c 'httpd -f -p 80 -h /etc'
	# The static busybox cannot resolve a name for wget.
	capture D run --rm --network "$ROW" busybox sh -c \
		'wget -q -O - http://$(nslookup '"$ROW"' | awk "/^Address/ { a = \$2 } END { print a }")/group'
	code_is 0
	has 'root:x:0:'
}
row_cgroup_namespace_private() { run --cgroupns private busybox cat /proc/self/cgroup; code_is 0; hasnt docker; hasnt "$TAG"; }
row_cgroup_namespace_of_the_host() { run --cgroupns host busybox cat /proc/self/cgroup; code_is 0; has "/$TAG/"; }
row_cgroup_parent() {
	run --cgroupns host --cgroup-parent "/$TAG/inner" busybox cat /proc/self/cgroup
	code_is 0
	has "/$TAG/inner/"
	rmdir /sys/fs/cgroup/*/"$TAG/inner" 2>/dev/null || true
}
row_cgroup_is_visible_inside() { v1; run --memory 64m busybox cat /sys/fs/cgroup/memory/memory.limit_in_bytes; code_is 0; is 67108864; }
row_cgroup_is_read_only_inside() { run busybox mkdir /sys/fs/cgroup/memory/x; [ "$code" -ne 0 ] || no 'made'; has 'Read-only'; }
row_memory() {
	v1
	up --memory 64m --memory-swap 128m --memory-reservation 32m --memory-swappiness 10 busybox sleep 100
	out=$(cgroup memory memory.limit_in_bytes; cgroup memory memory.soft_limit_in_bytes; cgroup memory memory.swappiness)
	is $'67108864\n33554432\n10'
}
row_memory_swap() { v1; up --memory 64m --memory-swap 128m busybox sleep 100; out=$(cgroup memory memory.memsw.limit_in_bytes); is 134217728; }
row_oom_kill_is_reported() {
	trap 'D rm -f "$ROW" >/dev/null' EXIT
	capture D run --name "$ROW" --network none --memory 16m --memory-swap 16m busybox sh -c 'exec tail /dev/zero'
	code_is 137
	[ "$(inspect '{{.State.OOMKilled}}')" = true ] || no 'OOMKilled is not true'
}
row_oom_kill_disabled() { v1; up --memory 64m --oom-kill-disable busybox sleep 100; cgroup memory memory.oom_control | grep 'oom_kill_disable 1'; }
row_cpus() { v1; up --cpus 0.5 busybox sleep 100; out=$(cgroup cpu cpu.cfs_quota_us; cgroup cpu cpu.cfs_period_us); is $'50000\n100000'; }
row_cpu_shares() { v1; up --cpu-shares 512 busybox sleep 100; out=$(cgroup cpu cpu.shares); is 512; }
row_cpu_quota() { v1; up --cpu-quota 30000 --cpu-period 60000 busybox sleep 100; out=$(cgroup cpu cpu.cfs_quota_us; cgroup cpu cpu.cfs_period_us); is $'30000\n60000'; }
row_cpu_real_time() { run --cpu-rt-runtime 1000 busybox true; code_is 0; }
row_cpuset() { run --cpuset-cpus 0 --cpuset-mems 0 busybox grep Cpus_allowed_list /proc/self/status; code_is 0; [[ $out == *$'\t0' ]] || no "$out"; }
row_cpuset_that_is_not_there() { run --cpuset-cpus 999 busybox true; code_is 125; has 999; }
row_pids() { v1; up --pids-limit 20 busybox sleep 100; out=$(cgroup pids pids.max); is 20; }
row_blkio_weight() { run --blkio-weight 300 busybox true; code_is 0; capture D run --rm --blkio-weight 300 busybox cat /sys/fs/cgroup/blkio/blkio.weight; is 300; }
row_blkio_throttle() {
	v1
	local disk
	disk=$(lsblk -dnpo NAME | head -n 1)
	up --device-read-bps "$disk:1mb" --device-write-iops "$disk:100" busybox sleep 100
	out=$(cgroup blkio blkio.throttle.read_bps_device; cgroup blkio blkio.throttle.write_iops_device)
	has 1048576
	has 100
}
row_blkio_throttle_of_no_device() { run --device-read-bps /dev/no-such:1mb busybox true; [ "$code" -ne 0 ] || no accepted; has /dev/no-such; }
