# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Rows of ctr.
. "$here/containerd-calls.sh"

row_run() { run -- echo hello; code_is 0; is hello; }
row_exit_code_7() { run -- sh -c 'exit 7'; code_is 7; }
row_missing_program() { run -- no-such-program; [ "$code" -ne 0 ] || no 'no failure'; has 'exec: "no-such-program": executable file not found in $PATH'; }
row_not_executable() { run -- /etc/passwd; [ "$code" -ne 0 ] || no 'no failure'; has 'permission denied'; }
row_absent_directory_to_mount_is_named() { run --mount "type=bind,src=$WORK/no-such,dst=/x,options=rbind" -- true; [ "$code" -ne 0 ] || no 'no failure'; has "$WORK/no-such"; }
row_terminal() { tty run --rm -t "${runtime[@]}" "$IMAGE" "$ROW" sh -c 'tty; sleep 0.3; stty size'; code_is 0; has /dev/pts/0; has '24 80'; }
row_environment() { run --env A=b -- sh -c 'echo $A'; code_is 0; is b; }
row_working_directory() { run --cwd /tmp -- pwd; code_is 0; is /tmp; }
row_mount() { mkdir "$WORK/$ROW"; run --mount "type=bind,src=$WORK/$ROW,dst=/v,options=rbind:rw" -- sh -c 'echo x >/v/file'; code_is 0; test -s "$WORK/$ROW/file"; }
row_read_only() { run --read-only -- touch /x; [ "$code" -ne 0 ] || no written; has 'Read-only'; }
row_privileged() { run --privileged -- sh -c 'mkdir /m && mount -t tmpfs t /m'; code_is 0; }
row_seccomp() { run --seccomp -- grep ^Seccomp: /proc/self/status; code_is 0; has 2; }
row_capability_added() { run --cap-add CAP_NET_ADMIN -- grep CapEff /proc/self/status; code_is 0; has 35fb; }
row_rootfs() { capture C run --rm "${runtime[@]}" --rootfs "$WORK/image" "$ROW" /bin/echo from rootfs; code_is 0; is 'from rootfs'; }
row_network_of_the_host() { run --net-host -- readlink /proc/self/ns/net; code_is 0; is "$(readlink /proc/self/ns/net)"; }
row_network_by_cni() { export CNI_PATH=/usr/lib/cni NETCONFPATH=/etc/cni/net.d; run --cni -- ip -o addr show eth0; code_is 0; has 'inet 10.99.0.'; }
row_memory_limit() { up --memory-limit 67108864 --cgroup "/$TAG/$ROW" -- sleep 100; out=$(cat "/sys/fs/cgroup/memory/$TAG/$ROW/memory.limit_in_bytes"); is 67108864; }
row_cpu_limit() { up --cpus 0.5 --cgroup "/$TAG/$ROW" -- sleep 100; out=$(cat "/sys/fs/cgroup/cpu/$TAG/$ROW/cpu.cfs_quota_us"); is 50000; }
row_device() { run --device /dev/fuse -- stat -c %t:%T /dev/fuse; code_is 0; is a:e5; }
row_devices_are_kept_away() { run -- sh -c 'mknod /tmp/x c 1 2 && cat /tmp/x'; [ "$code" -ne 0 ] || no read; has 'not permitted'; }
row_detached() { up -- sleep 100; status_is RUNNING || no 'not running'; }
row_exec() { up -- sleep 100; inside echo inside; code_is 0; is inside; }
row_exec_exit_code() { up -- sleep 100; inside sh -c 'exit 5'; code_is 5; }
row_exec_user_and_cwd() { up -- sleep 100; capture C task exec --exec-id e --user 1000:1000 --cwd /tmp "$ROW" sh -c 'id -u; pwd'; code_is 0; is $'1000\n/tmp'; }
row_exec_terminal() { up -- sleep 100; tty task exec -t --exec-id e "$ROW" sh -c 'tty; sleep 0.3; stty size'; code_is 0; has '24 80'; }
row_exec_missing_program() { up -- sleep 100; inside no-such-program; [ "$code" -ne 0 ] || no 'no failure'; has 'executable file not found'; }
row_processes() { up -- sleep 100; capture C task ps "$ROW"; code_is 0; has "$(C task ls | awk -v r="$ROW" '$1 == r { print $2 }')"; }
row_metrics() { up --memory-limit 67108864 -- sleep 100; capture C task metrics "$ROW"; code_is 0; has memory; }
row_pause_and_resume() { up -- sleep 100; C task pause "$ROW"; status_is PAUSED || no 'not paused'; C task resume "$ROW"; status_is RUNNING || no 'not running'; }
row_kill() { up -- sleep 100; C task kill -s 9 "$ROW"; until_true 10 status_is STOPPED; }
row_kill_all() { up -- sh -c 'sleep 100 & sleep 100'; C task kill -a -s 9 "$ROW"; until_true 10 status_is STOPPED; }
row_remove_by_force() { up -- sleep 100; C task rm -f "$ROW" || true; until_true 10 sh -c "! ctr -a $SOCKET task ls -q | grep -x $ROW"; }
row_ten_at_once() {
	local i pids=()
	for i in $(seq 10); do C run --rm "${runtime[@]}" "$IMAGE" "$ROW-$i" sh -c "exit $i" & pids+=($!); done
	for i in $(seq 10); do code=0; wait "${pids[i - 1]}" || code=$?; code_is "$i"; done
}
row_checkpoint_and_restore() {
	up -- sh -c 'i=0; while :; do i=$((i + 1)); echo $i >/tmp/n; sleep 0.1; done'
	until_true 10 counts 3
	C containers checkpoint --task --image --rw "$ROW" "checkpoint/$ROW"
	C task kill -s KILL "$ROW"
	until_true 10 status_is STOPPED
	C task delete "$ROW"
	C containers delete "$ROW"
	C containers restore --live --rw "$ROW" "checkpoint/$ROW"
	until_true 10 counts 4
}
counts() { inside cat /tmp/n && [ "${out:-0}" -ge "$1" ]; }
