#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# create, start, state, kill, delete, run, list.

load helpers
setup() { setup_container; }
teardown() { teardown_container; }

@test "run: output and exit code 0" {
	set_args echo hello
	v run "$ID"
	status_is 0
	output_is hello
	assert_nothing_left
}

@test "run: the program's exit code" {
	set_sh 'exit 7'
	v run "$ID"
	status_is 7
	assert_nothing_left
}

@test "run: 128 plus the signal that killed the program" {
	set_sh 'kill -9 $$; sleep 5'
	config '.linux.namespaces |= map(select(.type != "pid"))'
	v run "$ID"
	status_is 137
	assert_nothing_left
}

@test "run: stdout and stderr stay apart" {
	run_sh 'echo to-out; echo to-err >&2'
	is "$(cat "$T/out")" to-out
	is "$(cat "$T/err")" to-err
}

@test "run: standard input reaches the program" {
	set_args cat
	output=$(cd "$B" && echo through | "$VIAL" --root "$ROOT" run "$ID" 3>&-)
	output_is through
}

@test "run: a second container of the same id is refused, the first lives" {
	start_sleeper
	v run "$ID"
	fails_with 1 'container with given ID already exists'
	v create "$ID"
	fails_with 1 'container with given ID already exists'
	is "$(state_of)" running
}

@test "run --keep: stays as stopped until delete" {
	set_args true
	v run --keep "$ID"
	status_is 0
	is "$(state_of)" stopped
	is "$(state_of '.pid // 0')" 0
	v delete "$ID"
	status_is 0
	assert_nothing_left
}

@test "run --detach: returns, the container runs on, pid file is its pid" {
	start_sleeper --pid-file "$T/pid"
	is "$(state_of)" running
	is "$(cat "$T/pid")" "$(pid_of)"
	is "$(tr '\0' ' ' <"/proc/$(pid_of)/cmdline" | cut -d' ' -f1-2)" "sh -c"
	v kill "$ID" TERM
	status_is 0
	wait_state stopped
	v delete "$ID"
	status_is 0
	assert_nothing_left
}

@test "create, start, kill, delete: the states in between" {
	set_sh 'echo ran >/data/ran; trap "exit 0" TERM; while :; do sleep 0.1; done'
	config '.root.readonly = false'
	v create --bundle "$B" --pid-file "$T/pid" "$ID"
	status_is 0
	output_is ''
	is "$(state_of)" created
	is "$(cat "$T/pid")" "$(pid_of)"
	[ ! -e "$B/rootfs/data/ran" ] || fail "the program ran before start"
	v start "$ID"
	status_is 0
	is "$(state_of)" running
	until_true 5 test -e "$B/rootfs/data/ran"
	v kill "$ID"
	status_is 0
	wait_state stopped
	v delete "$ID"
	status_is 0
	v state "$ID"
	fails_with 1 'container does not exist'
	assert_nothing_left
}

@test "state: every field, absolute bundle, annotations" {
	config '.annotations = {"org.example.key": "value", "empty": ""}'
	set_sh 'sleep 100'
	v_in "$T" create --bundle bundle "$ID"
	status_is 0
	v state "$ID"
	status_is 0
	is "$(jq -r .id <"$T/out")" "$ID"
	is "$(jq -r .status <"$T/out")" created
	is "$(jq -r .bundle <"$T/out")" "$B"
	is "$(jq -r .rootfs <"$T/out")" "$B/rootfs"
	is "$(jq -r '.annotations["org.example.key"]' <"$T/out")" value
	is "$(jq -r '.annotations.empty' <"$T/out")" ''
	[[ $(jq -r .created <"$T/out") =~ ^20[0-9-]+T[0-9:]+(\.[0-9]+)?Z$ ]] || fail "created"
	kill -0 "$(jq -r .pid <"$T/out")"
	is "$(jq -r 'keys_unsorted | join(" ")' <"$T/out")" \
		"ociVersion id pid status bundle rootfs created annotations owner"
}

@test "config.json changed after create has no effect" {
	set_sh 'echo first >/data/says'
	config '.root.readonly = false'
	v create "$ID"
	status_is 0
	set_sh 'echo second >/data/says'
	v start "$ID"
	status_is 0
	wait_state stopped
	is "$(cat "$B/rootfs/data/says")" first
}

@test "start: twice, after the end, without create" {
	start_sleeper
	v start "$ID"
	fails_with 1 'cannot start an already running container'
	v kill "$ID" KILL
	wait_state stopped
	v start "$ID"
	fails_with 1 'cannot start a container that has stopped'
	v start nosuch
	fails_with 1 'container does not exist'
}

@test "kill: names with and without SIG, numbers, 0, the unknown" {
	config '.root.readonly = false'
	set_sh 'trap "echo usr1 >>/data/got" USR1; trap "echo usr2 >>/data/got" USR2
		trap "echo hup >>/data/got" HUP; echo up >>/data/got; while :; do sleep 0.05; done'
	v run -d "$ID"
	until_true 5 grep -q up "$B/rootfs/data/got"
	v kill "$ID" 0
	status_is 0
	v kill "$ID" SIGUSR1
	status_is 0
	until_true 5 grep -q usr1 "$B/rootfs/data/got"
	v kill "$ID" USR2
	status_is 0
	until_true 5 grep -q usr2 "$B/rootfs/data/got"
	v kill "$ID" 1
	status_is 0
	until_true 5 grep -q hup "$B/rootfs/data/got"
	v kill "$ID" NOSUCH
	fails_with 1 'unknown signal'
	is "$(state_of)" running
}

@test "kill: a stopped container is not running; --all is content" {
	start_sleeper
	v kill "$ID" 9
	status_is 0
	wait_state stopped
	v kill "$ID" TERM
	fails_with 1 'container not running'
	v kill --all "$ID" KILL
	status_is 0
}

@test "kill: a created container" {
	set_args true
	v create "$ID"
	v kill "$ID" KILL
	status_is 0
	wait_state stopped
	v delete "$ID"
	status_is 0
	assert_nothing_left
}

@test "kill KILL without a pid namespace reaches every process" {
	vial_only "and newer runc's"
	config '.linux.namespaces |= map(select(.type != "pid"))'
	set_sh 'sleep 1000 & sleep 1000 & sleep 1000'
	v run -d "$ID"
	status_is 0
	until_true 5 test "$(marked_pids | wc -l)" -ge 3
	v kill "$ID" KILL
	status_is 0
	until_true 5 no_marked_pids || fail "processes: $(marked_pids)"
	v delete "$ID"
	status_is 0
	assert_nothing_left
}

@test "delete: what runs is refused, --force ends it" {
	start_sleeper
	v delete "$ID"
	fails_with 1 "cannot delete container $ID that is not stopped: running"
	is "$(state_of)" running
	v delete --force "$ID"
	status_is 0
	output_is ''
	assert_nothing_left
}

@test "delete: a created container is killed" {
	set_args true
	v create "$ID"
	v delete "$ID"
	status_is 0
	assert_nothing_left
}

@test "delete: a missing container, --force is content and quiet" {
	v delete nosuch
	fails_with 1 'container does not exist'
	v delete --force nosuch
	status_is 0
	output_is ''
}

@test "delete --force without a pid namespace kills the children of a dead init" {
	config '.linux.namespaces |= map(select(.type != "pid"))'
	set_sh 'sleep 1000 </dev/null >/dev/null 2>&1 & exit 0'
	v run -d "$ID"
	status_is 0
	wait_state stopped
	[ -n "$(marked_pids)" ] || fail "the child is gone too early for this test"
	v delete --force "$ID"
	status_is 0
	assert_nothing_left
}

@test "delete --force: a frozen container" {
	needs_v1
	start_sleeper
	echo FROZEN >/sys/fs/cgroup/freezer/vial-tests/"$ID"/freezer.state
	V_TIMEOUT=10 v delete --force "$ID"
	status_is 0
	assert_nothing_left
}

@test "delete --force: nested sub-cgroups with processes" {
	needs_v1
	start_sleeper
	local sub=/sys/fs/cgroup/pids/vial-tests/$ID/a/b
	mkdir -p "$sub"
	pid_of >"$sub/cgroup.procs"
	v delete --force "$ID"
	status_is 0
	assert_nothing_left
}

@test "delete removes only what the runtime made" {
	set_args true
	v run "$ID"
	status_is 0
	[ -f "$B/config.json" ] && [ -x "$B/rootfs/bin/busybox" ]
	[ -e /sys/fs/cgroup/pids ] || [ -e /sys/fs/cgroup/cgroup.procs ]
}

@test "list: table, json, quiet, sorted" {
	start_sleeper
	v list -q
	output_is "$ID"
	v list
	is "$(sed -n 1p "$T/out" | tr -s ' ' | sed 's/ $//')" "ID PID STATUS BUNDLE CREATED OWNER"
	has "$ID"
	has running
	v list --format json
	is "$(jq -r '.[0].id' <"$T/out")" "$ID"
	is "$(jq -r '.[0].status' <"$T/out")" running
	v list -f yaml
	fails_with 1 'invalid format option'
}

@test "list: an empty root is null, an unknown one an error" {
	mkdir "$ROOT"
	v list -f json
	is "$output" null
	vial_only "and newer runc's"
	status=0
	output=$("$VIAL" --root "$T/nosuch" list 2>&1) || status=$?
	fails_with 1 "no such file or directory"
}

@test "pid-file: relative to the caller's directory, not the bundle's" {
	set_args true
	mkdir "$T/else"
	v_in "$T/else" create --bundle "$B" --pid-file here.pid "$ID"
	status_is 0
	is "$(cat "$T/else/here.pid")" "$(pid_of)"
}

@test "pid-file: one that cannot be written fails and leaves nothing" {
	start_before=$(marked_pids)
	v create --pid-file "$T/nosuch/pid" "$ID"
	status_is 1
	has 'no such file or directory'
	is "$(marked_pids)" "$start_before"
	assert_nothing_left
}

@test "preserve-fds: as many as asked, the rest is closed" {
	set_sh 'cat <&3; cat <&4; ls /proc/self/fd | tr "\n" " "'
	echo three >"$T/three"
	echo four >"$T/four"
	output=$(cd "$B" && "$VIAL" --root "$ROOT" run --preserve-fds 2 "$ID" \
		3<"$T/three" 4<"$T/four" 7<"$T/three" 9</ </dev/null)
	is "$(echo "$output" | sed -n 1p)" three
	is "$(echo "$output" | sed -n 2p)" four
	# 0 1 2, the two, and the directory that ls reads
	is "$(echo "$output" | sed -n 3p)" "0 1 2 3 4 5 "
}

@test "preserve-fds: a descriptor that is not open" {
	vial_only "Go has opened it for itself"
	set_args true
	status=0
	output=$(cd "$B" && "$VIAL" --root "$ROOT" run --preserve-fds 3 "$ID" \
		3>&- 4>&- 5>&- </dev/null 2>&1) || status=$?
	fails_with 1 'unable to stat preserved-fd'
	assert_nothing_left
}

@test "no descriptor of the caller or the runtime reaches the program" {
	set_sh 'ls /proc/self/fd | tr "\n" " "'
	output=$(cd "$B" && "$VIAL" --root "$ROOT" run "$ID" 3</ 10</ 251</etc/passwd </dev/null)
	is "$output" "0 1 2 3 "
}

@test "log: text on stderr, JSON in a file, both for errors" {
	set_args true
	v --log "$T/log" --log-format json run --bundle "$T/nosuch" "$ID"
	status_is 1
	is "$(jq -r .level <"$T/log")" error
	[[ $(jq -r .msg <"$T/log") == "$PROGRAM run failed: "*"no such file or directory" ]] ||
		fail "$(cat "$T/log")"
	jq -e .time <"$T/log"
	has "$PROGRAM run failed: "
	v run --bundle "$T/nosuch" "$ID"
	[[ $(cat "$T/err") == 'time="20'*'" level=error msg="'"$PROGRAM"' run failed: '* ]] || fail log
}

@test "terminal: run in the foreground with the caller's" {
	config '.process.terminal = true'
	set_sh 'test -t 0 && test -t 1 && test -t 2 && tty; ls -l /dev/console | cut -c1; exit 5'
	status=0
	output=$(cd "$B" && script -qec "$VIAL --root $ROOT run $ID" /dev/null </dev/null 3>&-) ||
		status=$?
	status_is 5
	has /dev/pts/0
	assert_nothing_left
}

@test "terminal: window size, and Ctrl-C reaches the program as SIGINT" {
	config '.process.terminal = true'
	set_sh 'stty size; trap "echo interrupted; exit 3" INT; echo up; while :; do sleep 0.05; done'
	status=0
	output=$(cd "$B" && {
		sleep 1.5
		printf '\003'
		sleep 1
	} | script -qec "stty rows 31 cols 97; $VIAL --root $ROOT run $ID" /dev/null 3>&-) || status=$?
	has '31 97'
	has interrupted
	status_is 3
}

@test "terminal: the caller's settings are restored" {
	config '.process.terminal = true'
	set_args true
	output=$(cd "$B" && script -qec "stty -g >$T/a; $VIAL --root $ROOT run $ID; stty -g >$T/b" \
		/dev/null </dev/null 3>&-)
	cmp "$T/a" "$T/b"
}

@test "terminal: without one of the caller" {
	config '.process.terminal = true'
	set_args true
	status=0
	output=$(cd "$B" && setsid -w "$VIAL" --root "$ROOT" run "$ID" </dev/null 2>&1 3>&-) ||
		status=$?
	fails_with 1 'open /dev/tty: no such device or address'
	assert_nothing_left
}

@test "terminal: create and run --detach need a console socket" {
	config '.process.terminal = true'
	set_args true
	v create "$ID"
	fails_with 1 "cannot allocate tty if $PROGRAM will detach without setting console socket"
	v run -d "$ID"
	fails_with 1 "cannot allocate tty if $PROGRAM will detach without setting console socket"
	assert_nothing_left
}

@test "console-socket: create hands the terminal over" {
	config '.process.terminal = true'
	set_sh 'tty; echo from-inside; read x; echo "read $x"'
	mkfifo "$T/in"
	exec 8<>"$T/in"
	start_recvtty -s "$T/in"
	v create --console-socket "$T/tty.sock" "$ID"
	status_is 0
	v start "$ID"
	status_is 0
	until_true 5 grep -q from-inside "$T/tty" || fail "$(cat "$T/tty" "$T/tty.err")"
	grep -q /dev/pts/0 "$T/tty"
	echo typed >&8
	until_true 5 grep -q 'read typed' "$T/tty" || fail "$(cat "$T/tty")"
	exec 8>&-
	wait_state stopped
	kill "$RECVTTY_PID" 2>/dev/null || true
	v delete "$ID"
	status_is 0
	assert_nothing_left
}

@test "console-socket: not without a terminal, nobody listening, no socket" {
	set_args true
	v create --console-socket "$T/none.sock" "$ID"
	fails_with 1 "cannot use console socket if $PROGRAM will not detach or allocate tty"
	config '.process.terminal = true'
	v create --console-socket "$T/none.sock" "$ID"
	status_is 1
	has "$T/none.sock"
	assert_nothing_left
}

@test "the state directory is private whatever the umask" {
	vial_only "runc gives 711"
	set_args true
	(umask 0 && v create "$ID")
	is "$(stat -c %a "$ROOT/$ID")" 700
	is "$(find "$ROOT/$ID" -perm /022 ! -type l ! -type s ! -type p)" ''
}

@test "no-pivot: runs, root is the rootfs" {
	set_sh 'ls / | grep -c bundle; ls /bin/busybox'
	v run --no-pivot "$ID"
	has /bin/busybox
	is "$(sed -n 1p "$T/out")" 0
}

@test "signals sent to run reach the program" {
	config '.root.readonly = false'
	set_sh 'trap "exit 9" TERM; echo up >/data/up; while :; do sleep 0.05; done'
	(cd "$B" && exec env "$MARK" "$VIAL" --root "$ROOT" run "$ID" </dev/null >"$T/out" 2>&1 3>&-) &
	local pid=$!
	until_true 5 test -e "$B/rootfs/data/up"
	kill -TERM "$pid"
	status=0
	wait "$pid" || status=$?
	status_is 9
	assert_nothing_left
}
