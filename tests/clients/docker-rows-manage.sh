# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Rows of docker: commands on a container that runs.
. "$here/docker-daemon.sh"

row_exec() { up busybox sleep 100; inside echo inside; code_is 0; is inside; }
row_exec_exit_code() { up busybox sleep 100; inside sh -c 'exit 5'; code_is 5; }
row_exec_user() { up busybox sleep 100; capture D exec -u user "$ROW" id; code_is 0; has 'uid=1000(user)'; }
row_exec_environment() { up -e A=1 busybox sleep 100; capture D exec -e B=2 "$ROW" sh -c 'echo $A$B'; code_is 0; is 12; }
row_exec_working_directory() { up busybox sleep 100; capture D exec -w /tmp "$ROW" pwd; code_is 0; is /tmp; }
row_exec_terminal() { up busybox sleep 100; tty "$DOCKER" exec -it "$ROW" sh -c 'tty; sleep 0.5; stty size'; code_is 0; has /dev/pts/; has '24 80'; }
row_exec_standard_input() { up busybox sleep 100; out=$(echo through | D exec -i "$ROW" cat); is through; }
row_exec_detached() {
	up busybox sleep 100
	D exec -d "$ROW" sh -c 'echo done >/tmp/done'
	until_true 10 D exec "$ROW" test -s /tmp/done
}
row_exec_privileged() { up busybox sleep 100; capture D exec --privileged "$ROW" true; code_is 0; }
row_exec_missing_program_127() { up busybox sleep 100; inside no-such-program; [ "$code" -eq 127 ] || [ "$code" -eq 126 ] || no "exit code $code"; has 'executable file not found'; }
row_exec_not_executable_126() { up busybox sleep 100; inside /etc/passwd; code_is 126; has 'permission denied'; }
row_exec_has_the_filter_and_capabilities() {
	up busybox sleep 100
	inside grep -E 'CapEff|^Seccomp:' /proc/self/status
	code_is 0
	has 00000000a80425fb
	has $'Seccomp:\t2'
}
row_exec_in_the_cgroup() { up busybox sleep 100; out=$(D exec "$ROW" sh -c 'sleep 1' & sleep 0.6; cgroup pids cgroup.procs | wc -l); [ "$out" -ge 2 ] || no "$out processes"; wait; }
row_exec_of_twenty() {
	local i pids=()
	up busybox sleep 100
	for i in $(seq 20); do D exec "$ROW" true & pids+=($!); done
	for i in "${pids[@]}"; do wait "$i" || no 'one failed'; done
}
row_exec_in_a_paused_one() {
	up busybox sleep 100
	D pause "$ROW"
	inside true
	D unpause "$ROW"
	[ "$code" -ne 0 ] || no accepted
	has paused
}
row_top() { up busybox sleep 4321; capture D top "$ROW"; code_is 0; has 'sleep 4321'; }
row_top_with_options() { up busybox sleep 4321; capture D top "$ROW" -o pid,args; code_is 0; has 'sleep 4321'; has COMMAND; }
row_stats() { up --memory 64m busybox sleep 100; capture D stats --no-stream --format '{{.MemUsage}} {{.PIDs}}' "$ROW"; code_is 0; has '/ 64MiB 1'; }
row_logs() { up busybox sh -c 'echo one; echo two >&2; sleep 100'; until_true 10 logs_have two; logs_have one; }
row_logs_followed() {
	up busybox sh -c 'for i in 1 2 3; do echo line $i; sleep 0.2; done'
	capture D logs -f "$ROW"
	is $'line 1\nline 2\nline 3'
}
row_pause_and_unpause() {
	up busybox sleep 100
	D pause "$ROW"
	status_is paused || no 'not paused'
	D unpause "$ROW"
	status_is running || no 'not running'
	inside true
	code_is 0
}
row_update_memory() { up --memory 64m --memory-swap 128m busybox sleep 100; D update --memory 32m --memory-swap 64m "$ROW"; out=$(cgroup memory memory.limit_in_bytes); is 33554432; }
row_update_cpus() { up busybox sleep 100; D update --cpus 0.25 --cpu-shares 256 --cpuset-cpus 0 "$ROW"; out=$(cgroup cpu cpu.cfs_quota_us; cgroup cpu cpu.shares; cgroup cpuset cpuset.cpus); is $'25000\n256\n0'; }
row_update_pids() { up busybox sleep 100; D update --pids-limit 33 "$ROW"; out=$(cgroup pids pids.max); is 33; }
row_update_keeps_the_rest() { up --pids-limit 20 --cpu-shares 300 busybox sleep 100; D update --memory 64m --memory-swap -1 "$ROW"; out=$(cgroup pids pids.max; cgroup cpu cpu.shares; cgroup memory memory.limit_in_bytes); is $'20\n300\n67108864'; }
row_kill() { up busybox sleep 100; D kill "$ROW"; [ "$(D wait "$ROW")" = 137 ] || no 'not 137'; }
row_kill_with_a_signal() {
	up busybox sh -c 'trap "echo got usr1" USR1; echo ready; while :; do sleep 0.1; done'
	until_true 10 logs_have ready
	D kill -s USR1 "$ROW"
	until_true 10 logs_have 'got usr1'
}
row_stop_by_its_own_end() {
	up busybox sh -c 'trap "exit 4" TERM; echo ready; while :; do sleep 0.1; done'
	until_true 10 logs_have ready
	D stop -t 20 "$ROW"
	[ "$(D wait "$ROW")" = 4 ] || no 'not 4'
}
row_stop_by_force() { up busybox sh -c 'trap "" TERM; sleep 100'; D stop -t 1 "$ROW"; [ "$(D wait "$ROW")" = 137 ] || no 'not 137'; }
row_stop_signal() {
	up --stop-signal USR2 busybox sh -c 'trap "exit 6" USR2; echo ready; while :; do sleep 0.1; done'
	until_true 10 logs_have ready
	D stop -t 20 "$ROW"
	[ "$(D wait "$ROW")" = 6 ] || no 'not 6'
}
row_restart() { up busybox sh -c 'echo started; sleep 100'; D restart -t 0 "$ROW"; until_true 10 sh -c "[ \$($DOCKER logs $ROW | grep -c started) = 2 ]"; }
row_start_again() { up busybox sh -c 'echo started'; D wait "$ROW"; D start -a "$ROW"; [ "$(D logs "$ROW" | grep -c started)" = 2 ] || no 'not twice'; }
row_start_again_after_failure() {
	trap 'D rm -f "$ROW"' EXIT
	D create --name "$ROW" --network none busybox /no/such
	capture D start "$ROW"
	[ "$code" -ne 0 ] || no started
	capture D start "$ROW"
	has '/no/such'
}
row_create_and_start() { trap 'D rm -f "$ROW"' EXIT; D create --name "$ROW" --network none busybox echo later; capture D start -a "$ROW"; code_is 0; is later; }
row_restart_policy() { up --restart on-failure:2 busybox sh -c 'exit 3'; until_true 20 sh -c "[ \$($DOCKER inspect -f '{{.RestartCount}}{{.State.Status}}' $ROW) = 2exited ]"; }
row_wait() { up busybox sh -c 'sleep 0.5; exit 8'; [ "$(D wait "$ROW")" = 8 ] || no 'not 8'; }
row_attach() {
	up -i busybox cat
	echo attached | timeout 20 "$DOCKER" attach --sig-proxy=false "$ROW" || true
	until_true 10 logs_have attached
}
row_remove_by_force() { up busybox sleep 100; D rm -f "$ROW"; ! D inspect "$ROW" || no 'still there'; }
row_remove_a_paused_one() { up busybox sleep 100; D pause "$ROW"; D rm -f "$ROW"; ! D inspect "$ROW" || no 'still there'; }
row_stop_a_paused_one() { up busybox sleep 100; D pause "$ROW"; D stop -t 0 "$ROW"; status_is exited || no 'not exited'; }
row_copy_in_and_out() {
	up busybox sleep 100
	echo copied >"$WORK/copy"
	D cp "$WORK/copy" "$ROW:/tmp/copy"
	inside cat /tmp/copy
	is copied
	D cp "$ROW:/etc/passwd" "$WORK/copied"
	grep -q root "$WORK/copied" || no 'not copied out'
}
row_diff() { up busybox sh -c 'echo >/new; sleep 100'; until_true 10 D exec "$ROW" test -e /new; capture D diff "$ROW"; has 'A /new'; }
row_commit() { up busybox sh -c 'echo committed >/new; sleep 100'; until_true 10 D exec "$ROW" test -s /new; D commit "$ROW" "$ROW"; run "$ROW" cat /new; is committed; D rm -f "$ROW"; D rmi "$ROW"; }
row_export() { up busybox sleep 100; D export -o "$WORK/$ROW.tar" "$ROW"; tar -tf "$WORK/$ROW.tar" etc/passwd || no 'no /etc/passwd in it'; }
row_port_and_rename() { up busybox sleep 100; D rename "$ROW" "$ROW-2"; capture D exec "$ROW-2" true; D rename "$ROW-2" "$ROW"; code_is 0; }
row_healthcheck() {
	up --health-cmd 'test -e /tmp/ok' --health-interval 0.3s --health-retries 1 --health-timeout 20s busybox sleep 100
	until_true 20 sh -c "[ \$($DOCKER inspect -f '{{.State.Health.Status}}' $ROW) = unhealthy ]"
	inside touch /tmp/ok
	until_true 20 sh -c "[ \$($DOCKER inspect -f '{{.State.Health.Status}}' $ROW) = healthy ]"
}
row_events() {
	local since
	since=$(date +%s)
	up busybox true
	D wait "$ROW"
	out=$(D events --since "$since" --until "$(($(date +%s) + 1))" --filter "container=$ROW" --format '{{.Action}}')
	has start
	has die
}
row_kill_from_outside() { up busybox sleep 100; kill -9 "$(inspect '{{.State.Pid}}')"; [ "$(timeout 20 "$DOCKER" wait "$ROW")" = 137 ] || no 'not 137'; }
row_twenty_at_once() {
	local i pids=()
	for i in $(seq 20); do D run --rm --network none busybox sh -c "exit $i" & pids+=($!); done
	for i in $(seq 20); do
		code=0
		wait "${pids[i - 1]}" || code=$?
		code_is "$i"
	done
}
row_children_die_with_it() {
	up busybox sh -c 'sleep 7654 & sleep 7654 & wait'
	until_true 10 sh -c "[ \$($DOCKER top $ROW | grep -c 'sleep 7654') -ge 2 ]"
	D rm -f "$ROW"
	! grep -lsa 7654 /proc/[0-9]*/cmdline | xargs -r grep -la sleep || no 'a child is left'
}
row_children_die_with_it_in_the_hosts_pid_namespace() {
	up --pid host busybox sh -c 'sleep 7655 & sleep 7655 & wait'
	until_true 10 sh -c "[ \$($DOCKER top $ROW | grep -c 'sleep 7655') -ge 2 ]"
	D rm -f "$ROW"
	sleep 0.2
	! grep -lsa 7655 /proc/[0-9]*/cmdline | xargs -r grep -la '^sleep' || no 'a child is left'
}
row_dev_stdout_of_a_user() { run --user 1000 busybox sh -c 'echo out >/dev/stdout; echo err >/dev/stderr'; code_is 0; has out; has err; }
row_exec_dev_stdout_of_a_user() { up busybox sleep 100; capture D exec -u 1000 "$ROW" sh -c 'echo out >/dev/stdout; echo err >/dev/stderr'; code_is 0; has out; has err; }
row_dev_stdout_of_a_user_with_a_terminal() { tty "$DOCKER" run --rm -t --user 1000 --network none busybox sh -c 'echo out >/dev/stdout; echo tty >/dev/tty'; code_is 0; has out; has tty; }
# Docker gives the images to containerd, which refuses what it has still got of `checkpoint create`
# until that is collected: "already exists", with every runtime.
row_checkpoint_and_restore() {
	up --security-opt seccomp=unconfined busybox sh -c 'i=0; while :; do i=$((i + 1)); echo $i >/tmp/n; sleep 0.1; done'
	until_true 10 counts 3
	D checkpoint create "$ROW" saved
	status_is exited || no 'not exited'
	until_true 20 D start --checkpoint saved "$ROW"
	until_true 10 counts 4
}
counts() { inside cat /tmp/n && [ "${out:-0}" -ge "$1" ]; }
