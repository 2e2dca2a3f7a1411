#!/usr/bin/env bats
# shellcheck shell=bash disable=SC2016,SC2154
# SPDX-License-Identifier: Apache-2.0
# Descriptors: --preserve-fds, LISTEN_FDS, and none beside.

bats_require_minimum_version 1.5.0
load helpers

setup() {
	setup_container
	echo three >"$T/three"
	echo four >"$T/four"
}
teardown() { teardown_container; }

# A process that becomes the runtime with LISTEN_PID its own.
with_listen_pid() { sh -c 'LISTEN_PID=$$ LISTEN_FDS='"$1"' LISTEN_FDNAMES=a:b exec "$@"' sh "${@:2}"; }

@test "exec --preserve-fds: those, with their numbers, and no other" {
	start_sleeper
	output=$(cd "$B" && "$VIAL" --root "$ROOT" exec --preserve-fds 2 "$ID" sh -c \
		'cat <&3; cat <&4; ls /proc/self/fd | tr "\n" " "' 3<"$T/three" 4<"$T/four" 7</ 9</ </dev/null)
	output_is $'three\nfour\n0 1 2 3 4 5 '
	output=$(cd "$B" && "$VIAL" --root "$ROOT" exec --preserve-fds=1 "$ID" sh -c \
		'cat <&3; ls /proc/self/fd | tr "\n" " "' 3<"$T/three" 4<"$T/four" </dev/null)
	output_is $'three\n0 1 2 3 4 '
}

@test "exec --preserve-fds: one that is not open, no number" {
	start_sleeper
	status=0
	output=$(cd "$B" && "$VIAL" --root "$ROOT" exec --preserve-fds 3 "$ID" true \
		3<"$T/three" 4>&- 5>&- </dev/null 2>&1) || status=$?
	fails_with 255 'exec failed: unable to stat preserved-fd 1 (of 3)'
	v exec --preserve-fds=-1 "$ID" true
	fails_with 1 'invalid value "-1" for flag -preserve-fds: parse error'
	v exec --preserve-fds x "$ID" true
	fails_with 1 'invalid value "x" for flag -preserve-fds: parse error'
}

@test "exec: with a terminal, too" {
	start_sleeper
	mkfifo "$T/silent" # at the end of its input script(1) types a NUL, which a terminal echoes
	(cd "$B" && script -qec "$VIAL --root $ROOT exec -t --preserve-fds 1 $ID \
		sh -c 'cat <&3; ls /proc/self/fd | tr \"\n\" \" \"' >$T/out 3<$T/three 4<&-" /dev/null \
		<>"$T/silent" >/dev/null 3>&-)
	is "$(tr -d '\r' <"$T/out")" $'three\n0 1 2 3 4 '
}

@test "exec: detached processes keep the caller's stdio and nothing else" {
	start_sleeper
	(cd "$B" && "$VIAL" --root "$ROOT" exec -d --pid-file "$T/pid" "$ID" sleep 1000 \
		</dev/null >"$T/o" 2>"$T/e" 3</ 10</etc 63</tmp)
	local pid
	pid=$(cat "$T/pid")
	is "$(find "/proc/$pid/fd" -type l -printf '%f ')" '0 1 2 '
	is "$(readlink "/proc/$pid/fd/1")" "$T/o"
	is "$(readlink "/proc/$pid/fd/2")" "$T/e"
}

@test "LISTEN_FDS with our pid: passed on by run, before those of --preserve-fds" {
	set_sh 'echo "$LISTEN_FDS $LISTEN_PID ${LISTEN_FDNAMES-none}"; cat <&3; cat <&4;
		ls /proc/self/fd | tr "\n" " "'
	output=$(cd "$B" && with_listen_pid 1 "$VIAL" --root "$ROOT" run --preserve-fds 1 "$ID" \
		3<"$T/three" 4<"$T/four" 5</ </dev/null)
	output_is $'1 1 none\nthree\nfour\n0 1 2 3 4 5 '
}

@test "LISTEN_FDS of another process is not ours" {
	set_sh 'echo "${LISTEN_FDS-none}"; ls /proc/self/fd | tr "\n" " "'
	output=$(cd "$B" && LISTEN_FDS=1 "$VIAL" --root "$ROOT" run "$ID" 3<"$T/three" </dev/null)
	output_is $'none\n0 1 2 3 '
	output=$(cd "$B" && LISTEN_FDS=1 LISTEN_PID=1 "$VIAL" --root "$ROOT" run "$ID" \
		3<"$T/three" </dev/null)
	output_is $'none\n0 1 2 3 '
	output=$(cd "$B" && with_listen_pid x "$VIAL" --root "$ROOT" run "$ID" 3<"$T/three" </dev/null)
	output_is $'none\n0 1 2 3 '
}

@test "LISTEN_FDS that are not open" {
	set_args true
	status=0
	output=$(cd "$B" && with_listen_pid 2 "$VIAL" --root "$ROOT" run "$ID" \
		3<"$T/three" 4>&- 5>&- </dev/null 2>&1) || status=$?
	fails_with 1 'unable to stat preserved-fd 1 (of 2)'
	assert_nothing_left
}

@test "LISTEN_FDS of exec: LISTEN_PID is the process as it sees itself" {
	start_sleeper
	output=$(cd "$B" && with_listen_pid 1 "$VIAL" --root "$ROOT" exec "$ID" \
		sh -c '[ "$LISTEN_PID" = $$ ] && echo "$LISTEN_FDS"; cat <&3' 3<"$T/three" </dev/null)
	output_is $'1\nthree'
}

@test "run --no-subreaper is taken, also as restore's callers write it" {
	set_sh 'exit 3'
	v run -no-subreaper "$ID"
	status_is 3
	v run --no-subreaper=true "$ID"
	status_is 3
}

@test "run: orphans of a container without a pid namespace are reaped" {
	config '.linux.namespaces |= map(select(.type != "pid")) | .linux.maskedPaths = [] |
		.linux.readonlyPaths = []'
	set_sh '(sh -c "sleep 0.2 & :"); sleep 1; exit 0'
	v run "$ID"
	status_is 0
	assert_nothing_left
}
