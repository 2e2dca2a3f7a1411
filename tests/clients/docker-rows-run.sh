# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Rows of docker: what `docker run` and its options do. One function, one row.
. "$here/docker-daemon.sh"

row_info_shows_the_runtime() {
	[ "$(D info -f '{{.DefaultRuntime}}')" = vial ] || no "not the default runtime"
	D info -f '{{json .Runtimes}}' | jq -e 'has("vial") and has("vial-debug")'
}
row_version_shows_the_runtime() {
	local version commit
	read -r _ _ version < <("$RUNTIME" --version | sed -n 1p)
	read -r _ commit < <("$RUNTIME" --version | sed -n 2p)
	D version -f '{{json .Server.Components}}' |
		jq -e --arg v "$version" '.[] | select(.Name == "vial" and .Version == $v)'
	[ "$(D info -f '{{.RuncCommit.ID}}')" = "$commit" ] || no "the commit is not $commit"
}
row_hello() { run busybox echo hello; code_is 0; is hello; }
row_exit_code_7() { run busybox sh -c 'exit 7'; code_is 7; }
row_exit_code_137_of_a_signal() { run --init busybox sh -c 'kill -9 $$'; code_is 137; }
row_missing_program_127() {
	run busybox no-such-program
	code_is 127
	has 'exec: "no-such-program": executable file not found in $PATH'
}
row_missing_path_127() {
	run busybox /no/such/program
	code_is 127
	has '/no/such/program'
	has 'no such file or directory'
}
row_not_executable_126() { run busybox /etc/passwd; code_is 126; has 'permission denied'; }
row_directory_as_program_126() { run busybox /etc; code_is 126; has '/etc'; }
row_missing_interpreter_127() {
	printf '#!/no/such/interpreter\n' >"$WORK/script"
	chmod 755 "$WORK/script"
	run -v "$WORK/script:/script" busybox /script
	[ "$code" -eq 127 ] || [ "$code" -eq 255 ] || [ "$code" -eq 1 ] || no "exit code $code: $out"
	has 'no such file or directory'
}
row_absent_directory_to_mount_is_named() {
	run --mount type=bind,source="$WORK/no-such-directory",target=/x busybox true
	code_is 125
	has "$WORK/no-such-directory"
}
row_mount_over_a_file_is_refused() {
	mkdir -p "$WORK/a-directory"
	run -v "$WORK/a-directory:/etc/passwd" busybox true
	[ "$code" -ge 125 ] || no "exit code $code"
	has '/etc/passwd'
	has 'not a directory'
}
row_cwd_that_is_a_file() { run -w /etc/passwd busybox true; [ "$code" -ge 125 ] || no "exit code $code"; has '/etc/passwd'; }
row_missing_cwd_is_made() { run -w /made/by/docker busybox pwd; code_is 0; is /made/by/docker; }
row_limit_too_low_is_named() {
	run --memory 6m --kernel-memory 1m busybox true || true
	run --pids-limit 1 busybox sh -c 'true & wait'
	[ "$code" -ne 0 ] || no "a fork succeeded"
	[[ $out == *[Rr]esource* || $out == *pids* ]] || no "the limit is not named: $out"
}
row_refusal_of_the_daemon_125() { run --memory 1k busybox true; code_is 125; }
row_runtime_args() { run --runtime vial-debug busybox echo hello; code_is 0; is hello; }
row_runtime_unknown() { run --runtime no-such busybox true; code_is 125; has 'no-such'; }
row_runtime_by_the_name_runc() { run --runtime runc busybox echo hello; code_is 0; is hello; }
row_standard_input() {
	out=$(echo through | D run --rm -i --network none busybox cat)
	is through
}
row_standard_input_of_a_megabyte() {
	out=$(head -c 1000000 /dev/zero | D run --rm -i --network none busybox wc -c)
	is 1000000
}
row_output_and_error_apart() {
	out=$(D run --rm --network none busybox sh -c 'echo out; echo err >&2' 2>"$WORK/err")
	is out
	[ "$(cat "$WORK/err")" = err ] || no "standard error: $(cat "$WORK/err")"
}
row_terminal() {
	tty "$DOCKER" run --rm -it --network none busybox sh -c 'tty; test -t 0 && echo a tty; exit 9'
	code_is 9
	has /dev/pts/0
	has 'a tty'
}
row_terminal_size() {
	tty "$DOCKER" run --rm -it --network none busybox sh -c 'sleep 0.5; stty size'
	code_is 0
	has '24 80'
}
row_terminal_detached() {
	up -t busybox sh -c 'tty; sleep 100'
	until_true 10 logs_have /dev/pts/0
}
row_user_by_number() { run --user 1234:4321 busybox id; code_is 0; has 'uid=1234 gid=4321'; }
row_user_by_name() { run --user user busybox id; code_is 0; has 'uid=1000(user) gid=1000(user)'; }
row_group_add() { run --user user --group-add 555 --group-add extra busybox id -G; code_is 0; has 555; has 2000; }
row_environment() { run -e A=b -e 'C=d e' busybox sh -c 'echo "$A $C $HOME"'; code_is 0; is 'b d e /root'; }
row_working_directory() { run -w /tmp busybox pwd; code_is 0; is /tmp; }
row_hostname() { run -h box --domainname example.org busybox sh -c 'hostname; cat /etc/hostname'; code_is 0; has box; }
row_entrypoint() { run --entrypoint /bin/echo busybox from entrypoint; code_is 0; is 'from entrypoint'; }
row_init() { run --init busybox cat /proc/1/comm; code_is 0; [[ $out == *init* ]] || no "$out"; }
row_read_only() { run --read-only busybox touch /x; [ "$code" -ne 0 ] || no "written"; has 'Read-only file system'; }
row_read_only_with_tmpfs() { run --read-only --tmpfs /run busybox touch /run/x; code_is 0; }
row_tmpfs_options() {
	run --tmpfs /t:size=1m,mode=700,noexec busybox sh -c 'grep " /t " /proc/mounts; stat -c %a /t'
	code_is 0
	has size=1024k
	has noexec
	has 700
}
row_tmpfs_mount() { run --mount type=tmpfs,target=/t,tmpfs-size=1m busybox grep ' /t tmpfs' /proc/mounts; code_is 0; has size=1024k; }
row_shm_size() { run --shm-size 2m busybox df -k /dev/shm; code_is 0; has 2048; }
row_volume() {
	mkdir -p "$WORK/volume"
	run -v "$WORK/volume:/v" busybox sh -c 'echo written >/v/file'
	code_is 0
	[ "$(cat "$WORK/volume/file")" = written ] || no 'not written'
}
row_volume_read_only() {
	mkdir -p "$WORK/volume-ro"
	run -v "$WORK/volume-ro:/v:ro" busybox touch /v/file
	[ "$code" -ne 0 ] || no written
	has 'Read-only file system'
}
row_volume_named() {
	run -v "$ROW:/v" busybox sh -c 'echo kept >/v/file'
	run -v "$ROW:/v" busybox cat /v/file
	code_is 0
	is kept
	D volume rm "$ROW"
}
row_volume_anonymous() { run -v /v busybox sh -c 'echo x >/v/x && grep " /v " /proc/mounts'; code_is 0; }
row_volumes_from() {
	up -v /v busybox sh -c 'echo from >/v/x; sleep 100'
	until_true 10 D exec "$ROW" test -s /v/x
	run --volumes-from "$ROW" busybox cat /v/x
	code_is 0
	is from
	D rm -f -v "$ROW"
}
row_volume_of_a_file() {
	echo content >"$WORK/file"
	run -v "$WORK/file:/etc/file:ro" busybox cat /etc/file
	code_is 0
	is content
}
row_volume_propagation() {
	mkdir -p "$WORK/propagation"
	mount --bind "$WORK/propagation" "$WORK/propagation"
	run --mount type=bind,source="$WORK/propagation",target=/v,bind-propagation=rprivate busybox grep ' /v ' /proc/self/mountinfo
	umount "$WORK/propagation"
	code_is 0
	hasnt shared:
}
row_capabilities_default() { run busybox grep CapEff /proc/self/status; code_is 0; has 00000000a80425fb; }
row_capabilities_none() { run --cap-drop ALL busybox grep CapBnd /proc/self/status; code_is 0; has 0000000000000000; }
row_capability_added() { run --cap-add NET_ADMIN busybox grep CapEff /proc/self/status; code_is 0; has 00000000a80435fb; }
row_capability_dropped() { run --cap-drop CHOWN busybox chown 1 /tmp; [ "$code" -ne 0 ] || no 'chown worked'; has 'not permitted'; }
row_capabilities_all() { run --cap-add ALL busybox true; code_is 0; }
row_privileged() { run --privileged busybox sh -c 'grep NoNewPrivs /proc/self/status; mount -t tmpfs t /mnt 2>&1 || mkdir /mnt && mount -t tmpfs t /mnt'; code_is 0; }
row_seccomp_default() { run busybox grep -E '^Seccomp:' /proc/self/status; code_is 0; has 2; }
row_seccomp_default_refuses() { run busybox unshare -m true; [ "$code" -ne 0 ] || no 'unshare worked'; has 'not permitted'; }
row_seccomp_unconfined() { run --security-opt seccomp=unconfined busybox grep -E '^Seccomp:' /proc/self/status; code_is 0; has 0; }
row_seccomp_of_a_file() {
	echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"}]}' >"$WORK/filter.json"
	run --security-opt "seccomp=$WORK/filter.json" busybox mkdir /x
	[ "$code" -ne 0 ] || no 'mkdir worked'
	has 'not permitted'
}
row_no_new_privileges() { run --security-opt no-new-privileges busybox grep NoNewPrivs /proc/self/status; code_is 0; has 1; }
row_masked_paths() { run busybox sh -c 'cat /proc/kcore /proc/keys | wc -c'; code_is 0; has 0; }
row_unmasked_paths() { run --security-opt systempaths=unconfined busybox grep -c ' /proc/' /proc/self/mountinfo; is 0; }
row_proc_sys_read_only() { run busybox sh -c 'echo x >/proc/sys/kernel/hostname'; [ "$code" -ne 0 ] || no written; has 'Read-only file system'; }
row_ulimit() { run --ulimit nofile=100:200 --ulimit core=0 busybox sh -c 'ulimit -Sn; ulimit -Hn; ulimit -c'; code_is 0; is $'100\n200\n0'; }
row_ulimit_above_the_hosts() { run --ulimit nofile=1048577 busybox true; code_is 0; }
row_device() { run --device /dev/null:/dev/mine:rw busybox sh -c 'stat -c %t:%T /dev/mine && echo x >/dev/mine'; code_is 0; is 1:3; }
row_device_read_only() {
	run --device /dev/fuse:/dev/mine:r busybox sh -c 'true </dev/mine && echo read && true >/dev/mine'
	has read
	[ "$code" -ne 0 ] || no 'written'
	has 'not permitted'
}
row_device_not_allowed() { run busybox sh -c 'mknod /tmp/x c 1 2 && cat /tmp/x'; [ "$code" -ne 0 ] || no 'read'; has 'not permitted'; }
row_device_cgroup_rule() { run --device-cgroup-rule 'c 1:11 rw' busybox sh -c 'mknod /tmp/k c 1 11 && echo x >/tmp/k'; code_is 0; }
row_sysctl() { run --sysctl net.ipv4.ip_forward=1 --sysctl kernel.msgmax=4096 busybox cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax; code_is 0; is $'1\n4096'; }
row_sysctl_of_the_host_is_refused() { run --sysctl kernel.panic=1 busybox true; [ "$code" -ne 0 ] || no accepted; has kernel.panic; }
row_oom_score_adj() { run --oom-score-adj 500 busybox cat /proc/self/oom_score_adj; code_is 0; is 500; }
row_oom_score_adj_lowered() { run --oom-score-adj -500 busybox cat /proc/self/oom_score_adj; code_is 0; is -500; }
