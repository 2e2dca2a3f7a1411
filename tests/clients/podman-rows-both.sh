# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Rows of podman, for root and for an ordinary user.
. "$here/podman-calls.sh"

row_info_shows_the_runtime() {
	capture P info -f '{{.Host.OCIRuntime.Name}} {{.Host.OCIRuntime.Path}} {{.Host.OCIRuntime.Version}}'
	code_is 0
	has "vial $WORK/bin/vial"
	has "$("$WORK/bin/vial" --version | head -n 1)"
}
row_hello() { run busybox echo hello; code_is 0; is hello; }
row_exit_code_7() { run busybox sh -c 'exit 7'; code_is 7; }
row_exit_code_of_a_signal() { run --init busybox sh -c 'kill -9 $$'; code_is 137; }
row_missing_program_127() { run busybox no-such-program; code_is 127; has no-such-program; has 'executable file'; }
row_missing_path_127() { run busybox /no/such/program; code_is 127; has /no/such/program; }
row_not_executable_126() { run busybox /etc/passwd; code_is 126; has 'ermission denied'; }
row_absent_directory_to_mount_is_named() { run --mount type=bind,source="$WORK/no-such",target=/x busybox true; [ "$code" -ge 125 ] || no "exit code $code"; has "$WORK/no-such"; }
row_runtime_by_path() { run busybox true; capture P --runtime "$WORK/bin/vial" run --rm --network none busybox echo by path; code_is 0; is 'by path'; }
row_runtime_flag() { capture P --runtime-flag debug run --rm --network none busybox echo flag; code_is 0; has flag; }
row_standard_input() { out=$(echo through | P run --rm -i --network none busybox cat); is through; }
row_output_and_error_apart() { out=$(P run --rm --network none busybox sh -c 'echo out; echo err >&2' 2>"$WORK/$ROW"); is out; grep -q '^err$' "$WORK/$ROW" || no 'no standard error'; }
row_terminal() { tty run --rm -it --network none busybox sh -c 'tty; exit 9'; code_is 9; has /dev/pts/0; }
row_terminal_size() { tty run --rm -it --network none busybox sh -c 'sleep 0.5; stty size'; code_is 0; has '24 80'; }
row_user() { run --user user busybox id; code_is 0; has 'uid=1000(user) gid=1000(user)'; }
row_group_add() { run --group-add 555 busybox id -G; code_is 0; has 555; }
row_environment() { run -e A=b busybox sh -c 'echo $A $container'; code_is 0; is 'b podman'; }
row_working_directory() { run -w /tmp busybox pwd; code_is 0; is /tmp; }
row_hostname() { run -h box busybox hostname; code_is 0; is box; }
row_init() { run --init busybox cat /proc/1/comm; code_is 0; [[ $out == *init* || $out == *catatonit* ]] || no "$out"; }
row_read_only() { run --read-only busybox touch /x; [ "$code" -ne 0 ] || no written; has 'Read-only'; }
row_tmpfs() { run --tmpfs /t:size=1m busybox grep ' /t ' /proc/mounts; code_is 0; has size=1024k; }
row_shm_size() { run --shm-size 2m busybox df -k /dev/shm; code_is 0; has 2048; }
row_volume() { directory; run -v "$WORK/$ROW:/v" busybox sh -c 'echo written >/v/file'; code_is 0; [ "$(cat "$WORK/$ROW/file")" = written ] || no 'not written'; }
row_volume_read_only() { directory; run -v "$WORK/$ROW:/v:ro" busybox touch /v/file; [ "$code" -ne 0 ] || no written; has 'Read-only'; }
row_volume_named() { run -v "$ROW:/v" busybox sh -c 'echo kept >/v/file'; run -v "$ROW:/v" busybox cat /v/file; is kept; P volume rm "$ROW"; }
row_volume_chowned() { directory; run --user 1000 -v "$WORK/$ROW:/v:U" busybox sh -c 'stat -c %u /v && touch /v/file'; code_is 0; is 1000; }
row_volume_overlaid() {
	directory
	echo below >"$WORK/$ROW/file"
	chown "$PODMAN_USER:" "$WORK/$ROW/file"
	run -v "$WORK/$ROW:/v:O" busybox sh -c 'cat /v/file; echo above >/v/file; cat /v/file'
	code_is 0
	is $'below\nabove'
	[ "$(cat "$WORK/$ROW/file")" = below ] || no 'written through'
}
row_volumes_from() { up -v /v busybox sh -c 'echo from >/v/x; sleep 100'; until_true 10 P exec "$ROW" test -s /v/x; run --volumes-from "$ROW" busybox cat /v/x; is from; }
row_mount_tmpfs() { run --mount type=tmpfs,destination=/t busybox touch /t/x; code_is 0; }
row_mount_devpts() { run --mount type=devpts,destination=/mypts busybox ls /mypts; code_is 0; has ptmx; }
row_rootfs() { directory; cp -a "$WORK/image/." "$WORK/$ROW"; chown -R "$PODMAN_USER:" "$WORK/$ROW"; capture P run --rm --network none --rootfs "$WORK/$ROW" /bin/echo from rootfs; code_is 0; is 'from rootfs'; }
row_capabilities() { run busybox grep CapEff /proc/self/status; code_is 0; has 00000000a80425fb; }
row_capabilities_none() { run --cap-drop all busybox grep CapBnd /proc/self/status; code_is 0; has 0000000000000000; }
row_capability_added() { run --cap-add SYS_PTRACE busybox grep CapEff /proc/self/status; code_is 0; has 00000000a80c25fb; }
row_capability_of_an_ordinary_user() { run --user 1000 --cap-add NET_BIND_SERVICE busybox grep CapAmb /proc/self/status; code_is 0; has 400; }
row_privileged() { run --privileged busybox sh -c 'mkdir /m && mount -t tmpfs t /m'; code_is 0; }
row_seccomp() { run busybox grep ^Seccomp: /proc/self/status; code_is 0; has 2; }
row_seccomp_unconfined() { run --security-opt seccomp=unconfined busybox grep ^Seccomp: /proc/self/status; code_is 0; has 0; }
row_no_new_privileges() { run --security-opt no-new-privileges busybox grep NoNewPrivs /proc/self/status; code_is 0; has 1; }
row_unmasked() { run --security-opt unmask=ALL busybox grep -c ' /proc/' /proc/self/mountinfo; is 0; }
row_ulimit() { run --ulimit nofile=100:200 --ulimit nproc=1000:1000 busybox sh -c 'ulimit -Sn; ulimit -Hn'; code_is 0; is $'100\n200'; }
row_sysctl() { run --sysctl net.ipv4.ip_forward=1 --sysctl kernel.msgmax=4096 busybox cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax; code_is 0; is $'1\n4096'; }
row_device() { run --device /dev/null:/dev/mine busybox sh -c 'echo x >/dev/mine && stat -c %F /dev/mine'; code_is 0; has 'character special'; }
row_umask() { run --umask 0077 busybox sh -c umask; code_is 0; is 0077; }
row_timezone() { run --tz UTC busybox date +%Z; code_is 0; }
row_pid_host() { run --pid host busybox readlink /proc/self/ns/pid; code_is 0; is "$(readlink /proc/self/ns/pid)"; }
row_ipc_host() { run --ipc host busybox readlink /proc/self/ns/ipc; code_is 0; is "$(readlink /proc/self/ns/ipc)"; }
row_uts_host() { run --uts host busybox hostname; code_is 0; is "$(hostname)"; }
row_network_host() { capture P run --rm --network host busybox ls /sys/class/net; code_is 0; has lo; }
row_network_default() { capture P run --rm busybox ip -o addr show; code_is 0; has 'inet 10.'; }
row_network_port() {
	trap 'P rm -f -t 0 "$ROW" >/dev/null' EXIT
	P run -d --name "$ROW" -p 127.0.0.1:18081:80 busybox sh -c 'echo served >/tmp/index.html; httpd -f -p 80 -h /tmp'
	until_true 20 busybox wget -q -O "$WORK/$ROW" http://127.0.0.1:18081/
	grep served "$WORK/$ROW"
}
row_namespaces_of_another() { up busybox sleep 1234; run --pid "container:$ROW" --ipc "container:$ROW" busybox ps; code_is 0; has 'sleep 1234'; }
row_uid_map() { run --uidmap 0:1:1000 --gidmap 0:1:1000 busybox cat /proc/self/uid_map; code_is 0; has 1000; }
row_cgroups_disabled() { run --cgroups disabled busybox echo without; code_is 0; is without; }
row_exec() { up busybox sleep 100; inside echo inside; code_is 0; is inside; }
row_exec_exit_code() { up busybox sleep 100; inside sh -c 'exit 5'; code_is 5; }
row_exec_user_env_cwd() { up busybox sleep 100; capture P exec -u user -e A=b -w /tmp "$ROW" sh -c 'id -u; echo $A; pwd'; code_is 0; is $'1000\nb\n/tmp'; }
row_exec_terminal() { up busybox sleep 100; tty exec -it "$ROW" sh -c 'tty; sleep 0.5; stty size'; code_is 0; has /dev/pts/; has '24 80'; }
row_exec_standard_input() { up busybox sleep 100; out=$(echo through | P exec -i "$ROW" cat); is through; }
row_exec_detached() { up busybox sleep 100; P exec -d "$ROW" sh -c 'echo done >/tmp/done'; until_true 10 P exec "$ROW" test -s /tmp/done; }
row_exec_privileged() { up busybox sleep 100; capture P exec --privileged "$ROW" grep CapEff /proc/self/status; code_is 0; hasnt 00000000a80425fb; }
row_exec_preserved_descriptors() { up busybox sleep 100; echo kept >"$WORK/$ROW"; out=$(P exec --preserve-fds 1 "$ROW" sh -c 'cat <&3' 3<"$WORK/$ROW"); is kept; }
row_exec_missing_program_127() { up busybox sleep 100; inside no-such-program; code_is 127; has 'executable file'; }
row_exec_not_executable_126() { up busybox sleep 100; inside /etc/passwd; code_is 126; has 'ermission denied'; }
row_exec_in_a_stopped_one() { up busybox true; P wait "$ROW"; inside true; [ "$code" -ne 0 ] || no accepted; }
row_kill_with_a_signal() { up busybox sh -c 'trap "echo got usr1" USR1; echo ready; while :; do sleep 0.1; done'; until_true 10 logs_have ready; P kill -s USR1 "$ROW"; until_true 10 logs_have 'got usr1'; }
row_kill() { up busybox sleep 100; P kill "$ROW"; [ "$(P wait "$ROW")" = 137 ] || no 'not 137'; }
row_stop() { up busybox sh -c 'trap "exit 4" TERM; echo ready; while :; do sleep 0.1; done'; until_true 10 logs_have ready; P stop -t 20 "$ROW"; [ "$(P wait "$ROW")" = 4 ] || no 'not 4'; }
row_stop_by_force() { up busybox sh -c 'trap "" TERM; sleep 100'; P stop -t 1 "$ROW"; [ "$(P wait "$ROW")" = 137 ] || no 'not 137'; }
row_restart() { up busybox sh -c 'echo started; sleep 100'; P restart -t 0 "$ROW"; [ "$(P logs "$ROW" | grep -c started)" -ge 1 ] || no 'not started'; status_is running || no 'not running'; }
row_start_attached() { trap 'P rm -f "$ROW"' EXIT; P create --name "$ROW" --network none busybox echo later; capture P start -a "$ROW"; is later; }
row_init_and_state() { trap 'P rm -f "$ROW"' EXIT; P create --name "$ROW" --network none busybox sleep 100; P init "$ROW"; [ "$(inspect '{{.State.Status}}')" = created ] || status_is initialized || no 'not initialized'; P start "$ROW"; status_is running || no 'not running'; P stop -t 0 "$ROW"; }
row_wait() { up busybox sh -c 'sleep 0.3; exit 8'; [ "$(P wait "$ROW")" = 8 ] || no 'not 8'; }
row_top() { up busybox sleep 4321; capture P top "$ROW"; code_is 0; has 'sleep 4321'; }
row_logs() { up busybox sh -c 'echo one; sleep 100'; until_true 10 logs_have one; }
row_healthcheck() {
	up --health-cmd 'test -e /tmp/ok' --health-interval disable --health-retries 1 busybox sleep 100
	P healthcheck run "$ROW" && no healthy
	inside touch /tmp/ok
	P healthcheck run "$ROW" || no unhealthy
	health_is healthy || no 'not healthy'
}
row_copy() { up busybox sleep 100; directory; echo copied >"$WORK/$ROW/copy"; P cp "$WORK/$ROW/copy" "$ROW:/tmp/copy"; inside cat /tmp/copy; is copied; }
row_commit() { up busybox sh -c 'echo committed >/new; sleep 100'; until_true 10 P exec "$ROW" test -s /new; P commit -q "$ROW" "$ROW"; run "$ROW" cat /new; is committed; P rm -f -t 0 "$ROW"; P rmi "$ROW"; }
row_mount_and_diff() { up busybox sh -c 'echo >/new; sleep 100'; until_true 10 P exec "$ROW" test -e /new; capture P diff "$ROW"; has 'A /new'; }
row_pod() {
	trap 'P pod rm -f -t 0 "$ROW"' EXIT
	P pod create --name "$ROW" --share net,ipc,uts --network none
	P run -d --pod "$ROW" --name "$ROW-1" busybox sh -c 'echo there >/dev/shm/x; sleep 100'
	until_true 10 P exec "$ROW-1" test -s /dev/shm/x
	capture P run --rm --pod "$ROW" busybox cat /dev/shm/x
	is there
	capture P pod top "$ROW"
	has sleep
	P pod stop -t 0 "$ROW"
}
row_play_kube() {
	directory
	cat >"$WORK/$ROW/pod.yaml" <<-'X'
		apiVersion: v1
		kind: Pod
		metadata:
		  name: kube
		spec:
		  containers:
		  - name: one
		    image: localhost/busybox:latest
		    command: [sh, -c, 'echo from kube; sleep 100']
		    env: [{name: A, value: b}]
		    securityContext: {runAsUser: 1000, readOnlyRootFilesystem: true}
		  - name: two
		    image: localhost/busybox:latest
		    command: [sleep, '100']
	X
	trap 'P play kube --down "$WORK/$ROW/pod.yaml"' EXIT
	P play kube --network none "$WORK/$ROW/pod.yaml"
	until_true 20 sh -c 'true'
	capture P exec kube-one sh -c 'id -u; echo $A; touch /x'
	has $'1000\nb'
	has 'Read-only'
	capture P generate kube kube
	has 'kind: Pod'
}
row_build() {
	directory
	printf 'FROM busybox\nRUN echo built >/what\nUSER user\nRUN id -u >/tmp/uid\nCMD cat /what /tmp/uid\n' >"$WORK/$ROW/Containerfile"
	P build --network none -q -t "$ROW" "$WORK/$ROW"
	run "$ROW"
	is $'built\n1000'
	P rmi "$ROW"
}
row_build_that_fails() { directory; printf 'FROM busybox\nRUN exit 17\n' >"$WORK/$ROW/Containerfile"; capture P build --network none "$WORK/$ROW"; [ "$code" -ne 0 ] || no built; has 17; }
row_ten_at_once() {
	local i pids=()
	for i in $(seq 10); do P run --rm --network none busybox sh -c "exit $i" & pids+=($!); done
	for i in $(seq 10); do code=0; wait "${pids[i - 1]}" || code=$?; code_is "$i"; done
}
row_remove_by_force() { up busybox sleep 100; P rm -f -t 0 "$ROW"; ! P inspect "$ROW" || no 'still there'; }
row_secret() { directory; echo hush >"$WORK/$ROW/s"; P secret create "$ROW" "$WORK/$ROW/s"; run --secret "$ROW" busybox cat "/run/secrets/$ROW"; P secret rm "$ROW"; is hush; }
