# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Rows of podman that need root: limits, the freezer, cgroups.
. "$here/podman-calls.sh"

row_memory() { up --memory 64m --memory-swap 128m --memory-reservation 32m busybox sleep 100; out=$(cgroup memory memory.limit_in_bytes; cgroup memory memory.soft_limit_in_bytes); is $'67108864\n33554432'; }
row_cpus() { up --cpus 0.5 --cpu-shares 512 --cpuset-cpus 0 busybox sleep 100; out=$(cgroup cpu cpu.cfs_quota_us; cgroup cpu cpu.shares; cgroup cpuset cpuset.cpus); is $'50000\n512\n0'; }
row_pids() { up --pids-limit 20 busybox sleep 100; out=$(cgroup pids pids.max); is 20; }
row_oom_kill() { trap 'P rm -f "$ROW"' EXIT; capture P run --name "$ROW" --network none --memory 16m --memory-swap 16m busybox tail /dev/zero; code_is 137; [ "$(inspect '{{.State.OOMKilled}}')" = true ] || no 'OOMKilled is not true'; }
row_oom_score_adj() { run --oom-score-adj 500 busybox cat /proc/self/oom_score_adj; code_is 0; is 500; }
row_device_cgroup_rule() { run --device-cgroup-rule 'c 1:11 rw' busybox sh -c 'mknod /tmp/k c 1 11 && true >/tmp/k'; [ "$code" -eq 0 ] || has 'not permitted'; }
row_cgroup_namespace_host() { run --cgroupns host busybox cat /proc/self/cgroup; code_is 0; has libpod; }
row_cgroup_namespace_private() { run --cgroupns private busybox cat /proc/self/cgroup; code_is 0; hasnt libpod; }
row_cgroup_parent() { run --cgroupns host --cgroup-parent "/$TAG" busybox cat /proc/self/cgroup; code_is 0; has "/$TAG/"; }
row_pause_and_unpause() { up busybox sleep 100; P pause "$ROW"; status_is paused || no 'not paused'; P unpause "$ROW"; status_is running || no 'not running'; inside true; code_is 0; }
row_pod_pause() { trap 'P pod rm -f -t 0 "$ROW"' EXIT; P pod create --name "$ROW" --network none; P run -d --pod "$ROW" --name "$ROW-1" busybox sleep 100; P pod pause "$ROW"; status_is paused || [ "$(P inspect -f '{{.State.Status}}' "$ROW-1")" = paused ] || no 'not paused'; P pod unpause "$ROW"; }
row_remove_a_paused_one() { up busybox sleep 100; P pause "$ROW"; P rm -f -t 0 "$ROW"; }
row_update() { up busybox sleep 100; P update --memory 64m --cpus 0.25 --pids-limit 33 "$ROW" || P update --memory 64m --cpus 0.25 "$ROW"; out=$(cgroup memory memory.limit_in_bytes; cgroup cpu cpu.cfs_quota_us); is $'67108864\n25000'; }
row_stats() { up --memory 64m busybox sleep 100; capture P stats --no-stream --format '{{.MemUsage}} {{.PIDs}}' "$ROW"; code_is 0; has ' / 67.11MB 1'; }
row_exec_in_a_paused_one() { up busybox sleep 100; P pause "$ROW"; inside true; P unpause "$ROW"; [ "$code" -ne 0 ] || no accepted; }
row_userns_auto() { run --userns auto busybox cat /proc/self/uid_map; code_is 0; }
row_checkpoint_is_asked() { capture "$RUNTIME" checkpoint --help; code_is 0; }
row_checkpoint_and_restore() {
	PATH=$WORK/bin:$PATH
	up busybox sh -c 'i=0; while :; do i=$((i + 1)); echo $i >/tmp/n; sleep 0.1; done'
	until_true 10 counts 3
	P container checkpoint "$ROW"
	status_is exited || no 'not exited'
	P container restore "$ROW"
	until_true 10 counts 4
}
counts() { inside cat /tmp/n && [ "${out:-0}" -ge "$1" ]; }
row_restart_policy() { up --restart on-failure:2 busybox sh -c 'exit 3'; until_true 30 sh -c "[ \"\$(podman --storage-driver overlay --root $WORK/podman/root --runroot $WORK/podman/run --tmpdir $WORK/podman/tmp inspect -f '{{.RestartCount}}{{.State.Status}}' $ROW)\" = 2exited ]"; }
row_network_of_its_own() {
	trap 'P rm -f -t 0 "$ROW"; P network rm -f "$ROW"' EXIT
	P network create "$ROW"
	P run -d --name "$ROW" --network "$ROW" busybox sh -c 'echo served >/tmp/index.html; httpd -f -p 80 -h /tmp'
	capture P run --rm --network "$ROW" busybox wget -q -O - "http://$(inspect '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}')/"
	is served
}
