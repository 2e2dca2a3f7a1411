#!/usr/bin/env bats
# shellcheck shell=bash disable=SC2016,SC2154
# SPDX-License-Identifier: Apache-2.0
# exec: what it runs, where, what it says when it cannot. Users: exec_user.bats; cgroups:
# exec_cgroup.bats; terminals: terminals.bats; descriptors: fds.bats.

bats_require_minimum_version 1.5.0
load helpers

setup() { setup_container; }
teardown() { teardown_container; }

# exec_sh [OPTION...] -- CODE: shell commands in the container
exec_sh() {
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	v exec "${options[@]}" "$ID" sh -c "$2"
}
document() { jq -n "$@" >"$T/p.json"; }

@test "the status of the process is passed on, and the signal that ended it" {
	start_sleeper
	v exec "$ID" true
	status_is 0
	output_is ''
	v exec "$ID" sh -c 'exit 7'
	status_is 7
	v exec "$ID" sh -c 'kill -9 $$'
	status_is 137
	v exec "$ID" sh -c 'kill -TERM $$'
	status_is 143
	v exec "$ID" sh -c 'exit 255'
	status_is 255
	output_is ''
}

@test "it is in every namespace of the container, and its root" {
	local kind
	config '.linux.namespaces += [{"type":"cgroup"}]'
	start_sleeper
	for kind in pid net mnt ipc uts cgroup; do
		v exec "$ID" readlink /proc/self/ns/$kind
		is "$output" "$(readlink "/proc/$(pid_of)/ns/$kind")" "$kind"
		[ "$output" != "$(readlink /proc/self/ns/$kind)" ] || fail "$kind of the host"
	done
	v exec "$ID" sh -c 'hostname; ls -d /data; pwd'
	output_is $'box\n/data\n/'
}

@test "arguments, also those that look like options, and stdin" {
	start_sleeper
	v exec "$ID" echo -t --user "a b" ''
	output_is '-t --user a b '
	output=$(cd "$B" && echo hello | "$VIAL" --root "$ROOT" exec "$ID" cat 3>&-)
	output_is hello
}

@test "options end at the id; -- is no part of the command" {
	start_sleeper
	v exec --cwd=/tmp -- "$ID" pwd
	output_is /tmp
	v exec "$ID" --cwd /tmp
	fails_with 255 'exec: "--cwd": executable file not found in $PATH'
}

@test "--cwd: in both spellings, relative, missing, not a directory" {
	start_sleeper
	v exec --cwd /tmp "$ID" pwd
	output_is /tmp
	v exec -cwd=/bin "$ID" pwd
	output_is /bin
	v exec --cwd tmp "$ID" pwd
	fails_with 255 'exec failed: Cwd must be an absolute path'
	v exec --cwd /nope/x "$ID" pwd
	fails_with 255 'exec failed: unable to start container process: chdir to cwd ("/nope/x") set in config.json failed: no such file or directory'
	is "$(wc -l <"$T/err")" 1
	v exec --cwd /bin/busybox "$ID" pwd
	fails_with 255 'not a directory'
}

@test "a working directory that only one of root and user may enter" {
	config '.root.readonly = false'
	mkdir -m 700 "$B/rootfs/private" "$B/rootfs/users"
	chown 42 "$B/rootfs/users"
	config '.process.capabilities.effective += ["CAP_DAC_OVERRIDE"] |
		.process.capabilities.bounding += ["CAP_DAC_OVERRIDE"] |
		.process.capabilities.permitted += ["CAP_DAC_OVERRIDE"]'
	start_sleeper
	v exec --user 42 --cwd /private "$ID" pwd
	status_is 0
	v exec --user 0 --cwd /users "$ID" pwd
	output_is /users
}

@test "--env: added to config.json's, the last of a name wins, once" {
	config '.process.env += ["A=0", "KEEP=1"]'
	start_sleeper
	v exec --env A=1 -e B=2 --env=A=3 -e 'N=a
b' "$ID" env
	status_is 0
	is "$(grep -c '^A=' "$T/out")" 1
	grep -qx A=3 "$T/out"
	grep -qx B=2 "$T/out"
	grep -qx KEEP=1 "$T/out"
	has $'N=a\nb'
	has PATH=/usr/sbin
	v exec --env A "$ID" env
	fails_with 255 '"A" is not of the form KEY=VALUE'
	v exec -e =x "$ID" env
	fails_with 255 '"=x" is not of the form KEY=VALUE'
}

@test "HOME: from passwd by uid, / without, what is given stays" {
	start_sleeper
	v exec "$ID" sh -c 'echo $HOME'
	output_is /root
	v exec -u 1000 "$ID" sh -c 'echo $HOME'
	output_is /home/user
	v exec -u 7 "$ID" sh -c 'echo $HOME'
	output_is /
	v exec -e HOME= "$ID" sh -c 'echo $HOME'
	output_is /root
	v exec -e HOME=/x "$ID" sh -c 'echo $HOME'
	output_is /x
}

@test "--process: from a file, a FIFO and /dev/fd" {
	start_sleeper
	document '{args: ["sh", "-c", "id -u; pwd; env"], cwd: "/tmp", user: {uid: 5, gid: 6},
		env: ["PATH=/bin", "ONLY=this"]}'
	v exec --process "$T/p.json" "$ID"
	status_is 0
	is "$(head -2 "$T/out")" $'5\n/tmp'
	has ONLY=this
	lacks TERM= # nothing of config.json's
	mkfifo "$T/fifo"
	cat "$T/p.json" >"$T/fifo" &
	v exec -p "$T/fifo" "$ID"
	status_is 0
	has ONLY=this
	output=$(cd "$B" && "$VIAL" --root "$ROOT" exec -p <(cat "$T/p.json") "$ID" </dev/null 3>&-)
	has ONLY=this
	# relative to the caller's directory
	v_in "$T" exec -p p.json "$ID"
	has ONLY=this
}

@test "--process: config.json's terminal and capabilities count, its words are checked" {
	start_sleeper
	document '{args: ["grep", "-E", "CapBnd|Umask", "/proc/self/status"], cwd: "/", env: ["PATH=/bin"]}'
	v exec -p "$T/p.json" "$ID"
	status_is 0
	has $'CapBnd:\t0000000020000420'
	document '{args: ["true"]}'
	v exec -p "$T/p.json" "$ID"
	fails_with 255 "$T/p.json:1:1: cwd"
	document '{args: [], cwd: "/"}'
	v exec -p "$T/p.json" "$ID"
	fails_with 255 'args must not be empty'
	document '{args: "true", cwd: "/"}'
	v exec -p "$T/p.json" "$ID"
	fails_with 255 'args: expected an array'
	document '{args: ["true"], cwd: "/", user: {uid: 4294967295}}'
	v exec -p "$T/p.json" "$ID"
	fails_with 255 'user.uid'
	echo '{' >"$T/p.json"
	v exec -p "$T/p.json" "$ID"
	status_is 255
	v exec -p "$T/nosuch.json" "$ID"
	fails_with 255 "open $T/nosuch.json: no such file or directory"
	v exec -p "$T" "$ID"
	fails_with 255 'is a directory'
	v exec -p /dev/null "$ID"
	status_is 255
}

@test "--process: options of the command line win" {
	start_sleeper
	document '{args: ["sh", "-c", "id -u; pwd; echo $A"], cwd: "/tmp", env: ["PATH=/bin", "A=1"]}'
	v exec -p "$T/p.json" --user 3 --cwd /bin --env A=2 "$ID"
	output_is $'3\n/bin\n2'
	v exec -p "$T/p.json" "$ID" echo other
	output_is other
}

@test "programs that cannot be executed: one line, 255" {
	config '.root.readonly = false'
	printf '#!/mmnnttbb foo bar\nsh\n' >"$B/rootfs/run.sh"
	chmod 755 "$B/rootfs/run.sh"
	touch "$B/rootfs/plain"
	start_sleeper
	v exec "$ID" /no/such
	fails_with 255 'exec failed: unable to start container process: exec: "/no/such": stat /no/such: no such file or directory'
	v exec "$ID" nosuch
	fails_with 255 'exec failed: unable to start container process: exec: "nosuch": executable file not found in $PATH'
	v exec "$ID" /run.sh
	fails_with 255 'exec /run.sh: no such file or directory'
	is "$(wc -l <"$T/err")" 1
	v exec "$ID" /plain
	fails_with 255 'permission denied'
	v exec "$ID" /tmp
	fails_with 255 'permission denied'
	v exec "$ID" ''
	status_is 255
	v exec -e PATH=/nowhere "$ID" true
	fails_with 255 'executable file not found in $PATH'
}

@test "wrong calls: no id, no command, no such container, unknown option" {
	v exec
	fails_with 1 '"exec" requires a minimum of 1 argument(s)'
	v exec nosuch true
	fails_with 255 'exec failed: container does not exist'
	v exec 'a/b' true
	fails_with 255 'exec failed: invalid container ID format'
	v exec --nosuch "$ID" true
	fails_with 1 'flag provided but not defined: -nosuch'
	v exec --tty=maybe "$ID" true
	fails_with 1 'invalid boolean value "maybe" for -tty: parse error'
	start_sleeper
	v exec "$ID"
	fails_with 255 'exec failed: exec args cannot be empty'
}

@test "a log file gets the error, stderr the plain words" {
	start_sleeper
	v --log "$T/log" --log-format json exec "$ID" /no/such
	status_is 255
	is "$(jq -r .level <"$T/log")" error
	[[ $(jq -r .msg <"$T/log") == 'exec failed: unable to start'* ]] || fail "$(cat "$T/log")"
	is "$(cat "$T/err")" "$(jq -r .msg <"$T/log")"
	v --debug --log "$T/debug" exec "$ID" true
	status_is 0
	output_is ''
	grep -q 'nsexec' "$T/debug"
	grep -q 'child process in init()' "$T/debug"
	grep -q 'setns_init: about to exec' "$T/debug"
}

@test "--detach: returns at once; --pid-file is the process, relative to the caller" {
	start_sleeper
	mkdir "$T/else"
	v_in "$T/else" exec --detach --pid-file pid "$ID" sleep 1000
	status_is 0
	local pid
	pid=$(cat "$T/else/pid")
	is "$(tr '\0' ' ' <"/proc/$pid/cmdline")" 'sleep 1000 '
	[ "$pid" != "$(pid_of)" ]
	is "$(wc -l <"$T/else/pid")" 0
	v exec -d --pid-file="$T/pid2" "$ID" sleep 1001
	status_is 0
	is "$(tr '\0' ' ' <"/proc/$(cat "$T/pid2")/cmdline")" 'sleep 1001 '
	v delete -f "$ID"
	assert_nothing_left
}

@test "--pid-file that cannot be written: nothing runs" {
	start_sleeper
	config '.'
	v exec --pid-file "$T/nosuch/pid" "$ID" touch /tmp/ran
	fails_with 255 'no such file or directory'
	v exec -d --pid-file "$T" "$ID" touch /tmp/ran
	status_is 255
	v exec "$ID" ls /tmp
	output_is ''
}

@test "created: a process runs in it, and it stays created" {
	set_sh 'echo started'
	v create "$ID"
	v exec "$ID" sh -c 'hostname; cat /proc/1/comm'
	status_is 0
	has box
	is "$(state_of)" created
	v start "$ID"
	status_is 0
}

@test "paused: refused, or waiting with --ignore-paused" {
	start_sleeper
	v pause "$ID"
	v exec "$ID" true
	fails_with 255 'exec failed: cannot exec in a paused container (use --ignore-paused to override)'
	v exec --ignore-paused=false "$ID" true
	fails_with 255 'cannot exec in a paused container'
	(cd "$B" && exec "$VIAL" --root "$ROOT" exec --ignore-paused "$ID" sh -c 'echo ran; exit 3' \
		</dev/null >"$T/late" 2>&1 3>&-) &
	local pid=$!
	sleep 0.5
	[ -d "/proc/$pid" ] || fail "did not wait"
	is "$(cat "$T/late")" ''
	v resume "$ID"
	status=0
	wait "$pid" || status=$?
	status_is 3
	is "$(cat "$T/late")" ran
}

@test "paused: whoever waits with --ignore-paused can be ended, and nothing stays" {
	start_sleeper
	v pause "$ID"
	(cd "$B" && exec env "$MARK" "$VIAL" --root "$ROOT" exec --ignore-paused "$ID" sleep 1000 \
		</dev/null >/dev/null 2>&1 3>&-) &
	local pid=$!
	sleep 0.5
	kill -TERM "$pid"
	wait "$pid" || true
	v resume "$ID"
	v exec "$ID" ps
	lacks 'sleep 1000'
	v delete -f "$ID"
	assert_nothing_left
}

@test "stopped: refused" {
	set_args true
	v run --keep "$ID"
	v exec "$ID" true
	fails_with 255 'exec failed: cannot exec in a stopped container'
	v exec --ignore-paused -d "$ID" true
	fails_with 255 'cannot exec in a stopped container'
}

@test "signals sent to exec reach the process" {
	start_sleeper
	(cd "$B" && exec env "$MARK" "$VIAL" --root "$ROOT" exec "$ID" \
		sh -c 'trap "exit 9" TERM; touch /tmp/up; while :; do sleep 0.05; done' \
		</dev/null >"$T/out" 2>&1 3>&-) &
	local pid=$!
	until_true 10 "$VIAL" --root "$ROOT" exec "$ID" test -e /tmp/up
	kill -TERM "$pid"
	status=0
	wait "$pid" || status=$?
	status_is 9
}

@test "what config.json says of limits, umask, privileges, filter, personality holds" {
	config '.process.rlimits += [{"type":"RLIMIT_CORE","soft":7,"hard":8192}] |
		.process.user.umask = 63 | .process.oomScoreAdj = 777 |
		.linux.seccomp = {"defaultAction":"SCMP_ACT_ALLOW",
		"syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","errnoRet":1}]}'
	[ "$(uname -m)" != x86_64 ] || config '.linux.personality = {"domain":"LINUX32"}'
	start_sleeper
	v exec "$ID" sh -c 'grep -E "^(Umask|NoNewPrivs|Seccomp):" /proc/self/status; ulimit -c;
		cat /proc/self/oom_score_adj; uname -m; mkdir /tmp/x 2>&1'
	has $'Umask:\t0077'
	has $'NoNewPrivs:\t1'
	has $'Seccomp:\t2'
	has $'\n777\n'
	has 'Operation not permitted'
	grep -E 'core file size|Max core' "$T/out" || true
	[ "$(uname -m)" != x86_64 ] || has i686
	v exec "$ID" grep core /proc/self/limits
	[[ $output =~ 7\ +8192 ]] || fail limits
}

@test "--no-new-privs in both directions" {
	config '.process.noNewPrivileges = false'
	start_sleeper
	v exec "$ID" grep NoNewPrivs /proc/self/status
	output_is $'NoNewPrivs:\t0'
	v exec --no-new-privs "$ID" grep NoNewPrivs /proc/self/status
	output_is $'NoNewPrivs:\t1'
	v exec --no-new-privs=false "$ID" grep NoNewPrivs /proc/self/status
	output_is $'NoNewPrivs:\t0'
}

@test "a filter without no_new_privs, loaded before the user changes" {
	config '.process.noNewPrivileges = false | .linux.seccomp = {"defaultAction":"SCMP_ACT_ALLOW",
		"syscalls":[{"names":["close_range","openat2","mount"],"action":"SCMP_ACT_ERRNO","errnoRet":38}]}'
	start_sleeper
	v exec -u 1000 "$ID" sh -c 'id -u; grep Seccomp: /proc/self/status; ls /proc/self/fd | wc -l'
	output_is $'1000\nSeccomp:\t2\n4'
}

@test "labels of security modules that are not there are refused" {
	start_sleeper
	[ -e /sys/fs/selinux/status ] || {
		v exec --process-label system_u:object_r:x_t:s0 "$ID" true
		fails_with 255 'selinux is not enabled'
	}
	[ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ] || {
		v exec --apparmor some-profile "$ID" true
		fails_with 255 'apparmor is not enabled'
		v exec --apparmor= "$ID" true
		status_is 0
	}
}

@test "affinity: all CPUs, or what execCPUAffinity says" {
	[ "$(nproc --all)" -ge 2 ] || skip "needs two CPUs"
	start_sleeper
	output=$(cd "$B" && taskset -c 1 "$VIAL" --root "$ROOT" exec "$ID" \
		grep Cpus_allowed_list /proc/self/status </dev/null 3>&-)
	is "$output" "$(grep Cpus_allowed_list /proc/1/status)"
	document '{args: ["grep", "Cpus_allowed_list", "/proc/self/status"], cwd: "/",
		env: ["PATH=/bin"], execCPUAffinity: {initial: "0", final: "1"}}'
	v --debug exec -p "$T/p.json" "$ID"
	status_is 0
	has $'Cpus_allowed_list:\t1'
	[[ $output == *nsexec*": affinity: 0x1"* ]] || fail "initial affinity"
	document '{args: ["true"], cwd: "/", execCPUAffinity: {final: "x"}}'
	v exec -p "$T/p.json" "$ID"
	fails_with 255 'process.execCPUAffinity.final: "x" is not a list of CPUs'
	document '{args: ["true"], cwd: "/", execCPUAffinity: {final: "8000"}}'
	v exec -p "$T/p.json" "$ID"
	fails_with 255 'process.execCPUAffinity.final'
}

@test "time namespace: the process sees the container's clocks" {
	[ -e /proc/self/ns/time ] || skip "no time namespaces"
	config '.linux.namespaces += [{"type":"time"}] | .linux.timeOffsets = {"boottime":{"secs":1337}}'
	start_sleeper
	v exec "$ID" cat /proc/self/timens_offsets
	has 1337
	v exec "$ID" readlink /proc/self/ns/time
	is "$output" "$(readlink "/proc/$(pid_of)/ns/time")"
}

@test "without pid, mount or any namespace of its own" {
	config '.linux.namespaces |= map(select(.type != "pid")) | .linux.maskedPaths = [] |
		.linux.readonlyPaths = []'
	start_sleeper
	v exec "$ID" sh -c 'readlink /proc/self/ns/pid; hostname'
	output_is "$(readlink /proc/self/ns/pid)"$'\n'box
	v delete -f "$ID"
	config '.linux.namespaces = [] | del(.hostname) | .mounts = [] | .root.readonly = false'
	set_args sleep 1000
	v run -d "$ID"
	status_is 0
	v exec "$ID" ls /data
	status_is 0
	lacks sbin
	v exec "$ID" ls -d /bin/busybox /work
	lacks $'\n/work'
	v delete -f "$ID"
}

@test "a user namespace: ids, limits and groups are the container's" {
	config '.linux.namespaces += [{"type":"user"}] |
		.linux.uidMappings = [{"containerID":0,"hostID":100000,"size":2000}] |
		.linux.gidMappings = [{"containerID":0,"hostID":200000,"size":2000}] |
		.linux.maskedPaths = [] | .linux.readonlyPaths = []'
	chown -R 100000:200000 "$B/rootfs/data"
	start_sleeper
	v exec -u 1000:1000 -g 100 "$ID" sh -c 'id; ulimit -n; readlink /proc/self/ns/user; cat /proc/self/uid_map'
	status_is 0
	has 'uid=1000(user) gid=1000(user) groups=100'
	has $'\n1024\n'
	has "$(readlink "/proc/$(pid_of)/ns/user")"
	has 100000
	v exec -u 5000 "$ID" true
	fails_with 255 'process.user.uid: setresuid(2) to 5000: invalid argument (it is not mapped in the user namespace)'
}

@test "a caller that ignores SIGCHLD hears the status all the same" {
	command -v python3 >/dev/null || skip "no python3"
	start_sleeper
	local ignore='import os, signal, sys
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
os.execv(sys.argv[1], sys.argv[1:])'
	status=0
	(cd "$B" && exec timeout 30 python3 -c "$ignore" "$VIAL" --root "$ROOT" exec "$ID" \
		sh -c 'exit 3' </dev/null 3>&-) || status=$?
	status_is 3
	v delete -f "$ID"
	set_sh 'exit 4'
	status=0
	(cd "$B" && exec timeout 30 python3 -c "$ignore" "$VIAL" --root "$ROOT" run "$ID" \
		</dev/null 3>&-) || status=$?
	status_is 4
}

@test "a network namespace of another user namespace" {
	local other
	unshare -n sleep 300 3>&- &
	other=$!
	has_own_net() { [ "$(readlink "/proc/$other/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }
	until_true 5 has_own_net
	config --arg n "/proc/$other/ns/net" '.linux.namespaces |= map(select(.type != "network")) |
		.linux.namespaces += [{"type":"user"}, {"type":"network","path":$n}] |
		.linux.uidMappings = [{"containerID":0,"hostID":100000,"size":2000}] |
		.linux.gidMappings = [{"containerID":0,"hostID":200000,"size":2000}] |
		.linux.maskedPaths = [] | .linux.readonlyPaths = [] |
		.mounts |= map(select(.destination != "/sys" and .destination != "/sys/fs/cgroup"))'
	start_sleeper
	v exec "$ID" readlink /proc/self/ns/net
	output_is "$(readlink /proc/$other/ns/net)"
	v exec "$ID" readlink /proc/self/ns/user
	output_is "$(readlink "/proc/$(pid_of)/ns/user")"
	kill $other
}

@test "twenty at once" {
	local i pids=()
	start_sleeper
	for i in $(seq 20); do
		(cd "$B" && exec "$VIAL" --root "$ROOT" exec "$ID" sh -c "exit $i" </dev/null 3>&-) &
		pids+=($!)
	done
	for i in $(seq 20); do
		status=0
		wait "${pids[i - 1]}" || status=$?
		status_is "$i"
	done
}

# exec_while_it_dies DELAY...: exec, and that long afterwards `delete -f`.
exec_while_it_dies() {
	local delay pid
	for delay; do
		start_sleeper
		(cd "$B" && exec env "$MARK" timeout -k 5 20 "$VIAL" --root "$ROOT" exec "$ID" sleep 1000 \
			</dev/null >"$T/exec.out" 2>&1 3>&-) &
		pid=$!
		sleep "$delay"
		v delete -f "$ID"
		status_is 0
		status=0
		wait "$pid" || status=$?
		[[ $status -ne 0 && $status -ne 124 ]] || fail "after $delay: $(cat "$T/exec.out")"
	done
	assert_nothing_left
}

@test "into a container that dies: an error or the signal, no hang, nothing left" {
	exec_while_it_dies 0.001 0.002 0.003 0.004 0.005 0.006
}

@test "into a container without a pid namespace that dies" {
	config '.linux.namespaces |= map(select(.type != "pid")) | .linux.maskedPaths = [] |
		.linux.readonlyPaths = []'
	exec_while_it_dies 0.001 0.003 0.005 0.007
}
