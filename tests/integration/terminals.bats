#!/usr/bin/env bats
# shellcheck shell=bash disable=SC2016,SC2154
# SPDX-License-Identifier: Apache-2.0
# Terminals of exec, and what create, run and exec have in common there; --pidfd-socket. More of
# create and run in lifecycle.bats.

bats_require_minimum_version 1.5.0
load helpers

setup() { setup_container; }
teardown() {
	[ -z "${RECVTTY_PID-}" ] || kill "$RECVTTY_PID" 2>/dev/null || true
	[ -z "${RECVPIDFD_PID-}" ] || kill "$RECVPIDFD_PID" 2>/dev/null || true
	teardown_container
}

# with_tty COMMAND: a shell command with a controlling terminal; its stdout and stderr are files, as
# a test suite's are
with_tty() {
	status=0
	[ -p "$T/held" ] || mkfifo "$T/held" # script(1) would type the end of its input
	(cd "$B" && exec env "$MARK" script -qec "{ $1
} >$T/out 2>$T/err" /dev/null <>"$T/held" \
		>"$T/script" 2>&1 3>&-) || status=$?
	output=$(sed 's/\\"/"/g' "$T/out" "$T/err")
}
R() { printf "%s --root %s" "$VIAL" "$ROOT"; }
no_cr() { ! grep -q $'\r' "$T/out" || fail "a carriage return in the output"; }

@test "exec --tty: a terminal of the container's, no carriage returns" {
	start_sleeper
	with_tty "$(R) exec --tty $ID sh -c 'tty; test -t 0 -a -t 1 -a -t 2 && echo all; echo x; exit 5'"
	status_is 5
	output_is $'/dev/pts/0\nall\nx'
	no_cr
	with_tty "$(R) exec -t $ID sh -c 'ls -l /proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2'"
	is "$(grep -c -- '-> /dev/pts/0' "$T/out")" 3
	with_tty "$(R) exec -t=true $ID tty"
	output_is /dev/pts/0
}

@test "exec without --tty, or --tty=false, has none" {
	start_sleeper
	v exec "$ID" tty
	output_is 'not a tty'
	v exec --tty=false "$ID" tty
	output_is 'not a tty'
	jq -n '{args: ["tty"], cwd: "/", terminal: true, env: ["PATH=/bin:/usr/bin"]}' >"$T/p.json"
	v exec --tty=false -p "$T/p.json" "$ID"
	output_is 'not a tty'
	with_tty "$(R) exec -p $T/p.json $ID"
	output_is /dev/pts/0
}

@test "the terminal of config.json's process is not exec's" {
	config '.process.terminal = true'
	set_args sleep 1000
	start_recvtty
	v run -d --console-socket "$T/tty.sock" "$ID"
	status_is 0
	v exec "$ID" sh -c 'tty || true'
	output_is 'not a tty'
}

@test "run: no carriage returns in the foreground, stdin from /dev/null" {
	config '.process.terminal = true'
	set_sh 'stty size; echo a; printf "b\nc\n"; ls -l /dev/console | cut -c1'
	with_tty "stty rows 31 cols 97; $(R) run $ID </dev/null"
	status_is 0
	output_is $'31 97\na\nb\nc\nc'
	no_cr
}

@test "stdin closed by the caller" {
	start_sleeper
	with_tty "$(R) exec -t $ID sh -c 'tty; echo up' <&-"
	status_is 0
	output_is $'/dev/pts/0\nup'
	output=$(cd "$B" && "$VIAL" --root "$ROOT" exec "$ID" sh -c 'readlink /proc/self/fd/0; cat' <&- 3>&-)
	output_is /dev/null
	output=$(cd "$B" && "$VIAL" --root "$ROOT" exec "$ID" readlink /proc/self/fd/1 >&- 2>"$T/err" 3>&-)
	is "$(cat "$T/err")" ''
}

@test "exec: window size, changes of it, and Ctrl-C as SIGINT" {
	start_sleeper
	status=0
	output=$(cd "$B" && {
		sleep 1.5
		printf '\003'
		sleep 1
	} | script -qec "stty rows 31 cols 97; $(R) exec -t $ID sh -c 'stty size;
		trap \"echo interrupted; exit 3\" INT; echo up; while :; do sleep 0.05; done'" \
		/dev/null 3>&-) || status=$?
	has '31 97'
	has interrupted
	status_is 3
}

@test "exec: a window that changes while it runs" {
	start_sleeper
	# The size of the outer terminal is changed from inside; SIGWINCH goes to the foreground group.
	with_tty "stty rows 20 cols 50; ($(R) exec -t $ID sh -c 'stty size; touch /tmp/up;
		while [ \"\$(stty size)\" = \"20 50\" ]; do sleep 0.05; done; stty size') &
		while ! $(R) exec $ID test -e /tmp/up; do sleep 0.05; done </dev/null
		stty rows 40 cols 60 </dev/tty; wait"
	output_is $'20 50\n40 60'
}

@test "exec: the caller's settings are restored, also after an error" {
	start_sleeper
	with_tty "stty -g </dev/tty >$T/a; $(R) exec -t $ID true; stty -g </dev/tty >$T/b;
		$(R) exec -t $ID /no/such; stty -g </dev/tty >$T/c; $(R) exec -t $ID sh -c 'stty raw; kill -9 \$\$'
		stty -g </dev/tty >$T/d"
	cmp "$T/a" "$T/b"
	cmp "$T/a" "$T/c"
	cmp "$T/a" "$T/d"
}

@test "exec: without a terminal of the caller" {
	start_sleeper
	status=0
	output=$(cd "$B" && setsid -w "$VIAL" --root "$ROOT" exec -t "$ID" true </dev/null 2>&1 3>&-) ||
		status=$?
	fails_with 255 'exec failed: open /dev/tty: no such device or address'
}

@test "exec: wrong combinations" {
	start_sleeper
	v exec -d -t "$ID" true
	fails_with 255 "exec failed: cannot allocate tty if $PROGRAM will detach without setting console socket"
	v exec -d --console-socket "$T/none" "$ID" true
	fails_with 255 "exec failed: cannot use console socket if $PROGRAM will not detach or allocate tty"
	v exec -t --console-socket "$T/none" "$ID" true
	fails_with 255 "exec failed: cannot use console socket if $PROGRAM will not detach or allocate tty"
	v exec -d -t --console-socket "$T/none" "$ID" true
	fails_with 255 "console socket: dial unix $T/none: connect: no such file or directory"
	: >"$T/plain"
	v exec -d -t --console-socket "$T/plain" "$ID" true
	fails_with 255 'connection refused'
}

@test "exec --console-socket: the terminal is handed over, typed into, owned by the user" {
	start_sleeper
	mkfifo "$T/in"
	exec 8<>"$T/in"
	start_recvtty -s "$T/in"
	v exec -d -t -u 1000 --console-socket "$T/tty.sock" --pid-file "$T/pid" "$ID" \
		sh -c 'tty; ls -ln $(tty); read x; echo "read $x"; exec sleep 1000'
	status_is 0
	until_true 5 grep -q /dev/pts/0 "$T/tty" || fail "$(cat "$T/tty" "$T/tty.err")"
	until_true 5 grep -Eq '^crw--w---- +1 1000 +5 ' "$T/tty" || fail "$(cat "$T/tty")"
	echo typed >&8
	until_true 5 grep -q 'read typed' "$T/tty" || fail "$(cat "$T/tty")"
	! grep -q $'\r' "$T/tty" || fail "a carriage return"
	is "$(tr '\0' ' ' <"/proc/$(cat "$T/pid")/cmdline")" 'sleep 1000 '
	exec 8>&-
}

@test "consoleSize of the document" {
	start_sleeper
	jq -n '{args: ["stty", "size"], cwd: "/", terminal: true, consoleSize: {height: 10, width: 110},
		env: ["PATH=/bin:/usr/bin"]}' >"$T/p.json"
	start_recvtty
	v exec -d -p "$T/p.json" --console-socket "$T/tty.sock" "$ID"
	status_is 0
	until_true 5 grep -qx '10 110' "$T/tty" || fail "$(cat "$T/tty")"
	jq '.consoleSize.height = 70000' "$T/p.json" >"$T/q.json"
	v exec -d -p "$T/q.json" --console-socket "$T/tty.sock" "$ID"
	fails_with 255 'process.consoleSize: at most 65535 rows and columns'
}

@test "a failing program with a terminal: one line, 255" {
	start_sleeper
	with_tty "$(R) exec -t $ID /no/such"
	fails_with 255 'exec failed: unable to start container process: exec: "/no/such": stat /no/such: no such file or directory'
	is "$(wc -l <"$T/err")" 1
	is "$(cat "$T/out")" ''
}

@test "a container without devpts: an error that names it" {
	config '.mounts |= map(select(.destination != "/dev/pts"))'
	start_sleeper
	with_tty "$(R) exec -t $ID true"
	fails_with 255 '/dev/pts'
}

@test "an image's ptmx is not taken for one" {
	config '.mounts |= map(select(.destination != "/dev/pts"))
		| .process.capabilities.effective += ["CAP_MKNOD"]
		| .process.capabilities.permitted += ["CAP_MKNOD"]
		| .process.capabilities.bounding += ["CAP_MKNOD"]'
	start_sleeper
	v exec "$ID" sh -c 'mkdir /dev/pts && mkfifo /dev/pts/ptmx'
	status_is 0
	V_TIMEOUT=10 with_tty "timeout 10 $(R) exec -t $ID true"
	status_is 255
	v exec "$ID" sh -c 'rm /dev/pts/ptmx; ln -s /dev/null /dev/pts/ptmx'
	with_tty "timeout 10 $(R) exec -t $ID true"
	status_is 255
}

@test "--pidfd-socket: run, create and exec send a descriptor of the process" {
	set_args sleep 1000
	start_recvpidfd 0
	v run -d --pidfd-socket "$T/pidfd.sock" "$ID"
	status_is 0
	wait "$RECVPIDFD_PID"
	is "$(cat "$T/pidfd")" "standard $(pid_of)"
	rm "$T/pidfd.sock"
	start_recvpidfd 10
	v exec -d --pidfd-socket="$T/pidfd.sock" --pid-file "$T/pid" "$ID" \
		sh -c 'trap "exit 4" USR1; while :; do sleep 0.05; done'
	status_is 0
	wait "$RECVPIDFD_PID"
	is "$(cat "$T/pidfd")" "setns $(cat "$T/pid")"
	until_true 5 test ! -e "/proc/$(cat "$T/pid")"
	v delete -f "$ID"
	rm "$T/pidfd.sock"
	start_recvpidfd 0
	v create --pidfd-socket "$T/pidfd.sock" "$ID"
	status_is 0
	wait "$RECVPIDFD_PID"
	is "$(cat "$T/pidfd")" "standard $(pid_of)"
	v delete "$ID"
	assert_nothing_left
}

@test "--pidfd-socket: nobody listens" {
	set_args sleep 1000
	v run -d --pidfd-socket "$T/none.sock" "$ID"
	fails_with 1 "pidfd socket: dial unix $T/none.sock: connect: no such file or directory"
	v create --pidfd-socket "$T/none.sock" "$ID"
	status_is 1
	assert_nothing_left
	v run -d "$ID"
	v exec --pidfd-socket "$T/none.sock" "$ID" true
	fails_with 255 "exec failed: pidfd socket: dial unix $T/none.sock"
}
