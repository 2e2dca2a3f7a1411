#!/usr/bin/env bats
# shellcheck shell=bash disable=SC2016,SC2094,SC2154
# SPDX-License-Identifier: Apache-2.0
# Attacks on exec, as recipes of the CVEs of runtimes: what a hostile container can see of, or do to,
# a process that comes into it.

bats_require_minimum_version 1.5.0
load ../integration/helpers

setup() {
	setup_container
	echo "host secret $RANDOM" >"$T/secret"
	SECRET=$(cat "$T/secret")
}
teardown() { teardown_container; }

# start_spy MODE: spy.c is the container's init
start_spy() {
	[ -x "$BATS_RUN_TMPDIR/spy" ] ||
		cc -static -D_GNU_SOURCE -o "$BATS_RUN_TMPDIR/spy" "$BATS_TEST_DIRNAME/spy.c"
	cp "$BATS_RUN_TMPDIR/spy" "$B/rootfs/bin/spy"
	set_args /bin/spy "$1"
	(cd "$B" && env "$MARK" "$VIAL" --root "$ROOT" run -d "$ID" </dev/null >"$T/spy" 2>&1 3>&-)
	until_true 10 grep -q spying "$T/spy" || fail "$(cat "$T/spy")"
}
add_caps() {
	local cap
	for cap; do
		config --arg c "$cap" '.process.capabilities |= with_entries(.value += [$c])'
	done
}
execs() {
	local n=$1
	while [ $((n -= 1)) -ge 0 ]; do
		v exec "${@:2}" "$ID" true
		status_is 0
	done
}

@test "fd_link_spy_2016_9962: no link of a joining process can be read without CAP_SYS_PTRACE" {
	start_spy watch
	execs 30
	# the program itself, once it runs, has the same rights as the spy: its stdio may be seen
	is "$(grep -E '^(fd|dir|place) ' "$T/spy" |
		grep -Ev '^fd (/bin/busybox|ended) (/dev/null|/.*/(out|err))$' || true)" ''
}

@test "fd_link_spy_2016_9962: nor as another user, at all" {
	config '.process.user = {"uid": 1000, "gid": 1000}'
	start_spy watch
	execs 30 --user 0
	is "$(grep -E '^(fd|dir|place) ' "$T/spy" || true)" ''
}

@test "fd_spy_with_sys_ptrace: no directory, not even with CAP_SYS_PTRACE" {
	add_caps CAP_SYS_PTRACE
	start_spy watch
	export CALLERS_SECRET=hush
	execs 30
	execs 5 --cwd /tmp
	# the spy is able to see them: each has its socket
	grep -Eq '^fd [^ ]*(memfd|vial)[^ ]* socket' "$T/spy" || fail "saw nothing: $(cat "$T/spy")"
	is "$(grep '^dir ' "$T/spy" || true)" ''
	is "$(grep '^place ' "$T/spy" | grep -v '^place [^ ]* /tmp$' || true)" ''
	# nor what is in the caller's environment
	is "$(grep '^env ' "$T/spy" || true)" ''
	# besides stdio nothing but the socket
	is "$(grep '^fd ' "$T/spy" | grep -Ev ' (socket|/dev/null|[^ ]*/(out|err))$' || true)" ''
}

@test "fd_spy_with_sys_ptrace: with a terminal: the container's, never the caller's" {
	add_caps CAP_SYS_PTRACE
	start_spy watch
	local n
	for n in $(seq 15); do
		(cd "$B" && script -qec "$VIAL --root $ROOT exec -t $ID true $n" /dev/null </dev/null \
			>/dev/null 2>&1 3>&-)
	done
	is "$(grep '^dir ' "$T/spy" || true)" ''
	is "$(grep '^place ' "$T/spy" || true)" ''
	# "/dev/pts/N" of the host would be the devpts of another instance, shown as "/N"
	is "$(grep '^fd ' "$T/spy" | grep -Ev ' (socket|/dev/null|/dev/pts/[0-9]+|/null)$' || true)" ''
}

@test "exe_overwrite_2019_5736: the runtime's file cannot be reached, nor its copy written" {
	local before n host
	before=$(sha256sum <"$VIAL")
	ln -s /proc/self/exe "$B/rootfs/bin/evil"
	printf '#!/proc/self/exe\n' >"$B/rootfs/bin/evil.sh"
	chmod 755 "$B/rootfs/bin/evil.sh"
	add_caps CAP_SYS_PTRACE CAP_DAC_OVERRIDE
	start_spy overwrite
	for n in $(seq 15); do
		v exec "$ID" /bin/evil "$n"
		v exec "$ID" /bin/evil.sh
	done
	execs 5
	is "$(sha256sum <"$VIAL")" "$before"
	is "$(grep '^written ' "$T/spy" | grep -v busybox || true)" ''
	host=$(stat -c '%d:%i' "$VIAL")
	is "$(grep -x "exe $host" "$T/spy" || true)" ''
	grep -q '^exe ' "$T/spy" || fail "the spy saw no program"
}

@test "cwd_fd_leak: create with a working directory in /proc/self/fd" {
	local n
	for n in $(seq 3 23); do
		config --arg d "/proc/self/fd/$n" '.process.cwd = $d'
		set_sh "cat ../../../../../../../..$T/secret; cat ..$T/secret; cat .$T/secret"
		v run "$ID"
		lacks "$SECRET"
	done
	assert_nothing_left
}

@test "exec_cwd_fd: exec --cwd into /proc/self/fd" {
	local n
	start_sleeper
	for n in $(seq 3 23); do
		v exec --cwd "/proc/self/fd/$n" "$ID" \
			sh -c "cat ../../../../../../../..$T/secret; cat ..$T/secret; cat .$T/secret"
		lacks "$SECRET"
		status_is 255
	done
}

@test "exec_cwd_fd: a symlink of the image to such a place" {
	local n
	for n in 3 4 5 6 7 8 9; do ln -s "/proc/self/fd/$n" "$B/rootfs/l$n"; done
	start_sleeper
	for n in 3 4 5 6 7 8 9; do
		v exec --cwd "/l$n" "$ID" cat "../../../../../../../..$T/secret"
		lacks "$SECRET"
		status_is 255
	done
}

@test "cwd_caller_fd: the caller leaks / at 7, 9 and 15" {
	local n
	start_sleeper
	for n in 7 9 15; do
		status=0
		output=$(cd "$B" && "$VIAL" --root "$ROOT" exec --cwd "/proc/self/fd/$n" "$ID" \
			sh -c "cat ../../../../../../../..$T/secret; cat .$T/secret" \
			7</ 9</ 15</ </dev/null 2>&1 3>&-) || status=$?
		lacks "$SECRET"
		status_is 255
	done
	v delete -f "$ID"
	for n in 7 9 15; do
		config --arg d "/proc/self/fd/$n" '.process.cwd = $d'
		set_sh "cat ../../../../../../../..$T/secret; cat .$T/secret"
		status=0
		output=$(cd "$B" && "$VIAL" --root "$ROOT" run "$ID" 7</ 9</ 15</ </dev/null 2>&1 3>&-) ||
			status=$?
		lacks "$SECRET"
	done
}

@test "cwd_caller_fd: a directory given by --preserve-fds is no working directory" {
	start_sleeper
	status=0
	output=$(cd "$B" && "$VIAL" --root "$ROOT" exec --preserve-fds 1 --cwd /proc/self/fd/3 "$ID" \
		cat "./$T/secret" 3</ </dev/null 2>&1) || status=$?
	lacks "$SECRET"
	fails_with 255 "lies outside of the container's root"
}

@test "leaked_caller_fds: only stdio is there, for the program and on its way" {
	start_sleeper
	output=$(cd "$B" && "$VIAL" --root "$ROOT" exec "$ID" sh -c \
		'for n in 3 4 5 6 7 8 9 10 15 200; do cat /proc/self/fd/$n/etc/hostname 2>/dev/null && echo "fd $n"; done
		ls /proc/self/fd | tr "\n" " "' 3</ 4</etc 7</ 9</ 15</ 200</ </dev/null)
	output_is '0 1 2 3 '
}

@test "exec /proc/self/fd/N is no program" {
	local n
	start_sleeper
	for n in 3 4 5 6 7 8 9; do
		status=0
		output=$(cd "$B" && "$VIAL" --root "$ROOT" exec "$ID" "/proc/self/fd/$n" --version \
			3<"$VIAL" 7<"$VIAL" 9<"$VIAL" </dev/null 2>&1) || status=$?
		status_is 255
		lacks 'spec:'
	done
}

@test "tiocsti_2016_10124: the caller's terminal is not the process's" {
	start_sleeper
	output=$(cd "$B" && script -qec "$VIAL --root $ROOT exec $ID sh -c 'cut -d\" \" -f7 /proc/self/stat; : </dev/tty'" \
		/dev/null </dev/null 2>&1 3>&- | tr -d '\r')
	is "$(grep -cx '\(^@\)\?0' <<<"$output")" 1 "$output" # no controlling terminal
	has "can't open /dev/tty"
}

@test "tiocsti: the call itself, on each descriptor, by run and exec" {
	cat >"$T/tiocsti.c" <<-'END'
		#include <errno.h>
		#include <stdio.h>
		#include <sys/ioctl.h>
		int main(void)
		{
			char c = 'X';
			for (int fd = 0; fd < 3; fd++)
				printf("fd %d: %s\n", fd, ioctl(fd, TIOCSTI, &c) == 0 ? "typed" : "refused");
			return 0;
		}
	END
	cc -static -o "$B/rootfs/bin/tiocsti" "$T/tiocsti.c"
	set_args /bin/tiocsti
	output=$(cd "$B" && script -qec "$VIAL --root $ROOT run $ID" /dev/null </dev/null 2>&1 3>&- | tr -d '\r')
	is "$(grep -c 'fd [012]: refused$' <<<"$output")" 3 "$output"
	lacks typed
	start_sleeper
	output=$(cd "$B" && script -qec "$VIAL --root $ROOT exec $ID /bin/tiocsti" /dev/null </dev/null 2>&1 3>&- | tr -d '\r')
	is "$(grep -c 'fd [012]: refused$' <<<"$output")" 3 "$output"
	lacks typed
}

# A network namespace of its own, so that every abstract socket there is ours.
@test "abstract_socket_2020_15257: none, whatever a command does" {
	config '.linux.namespaces |= map(select(.type != "network"))'
	mkdir "$T/ends"
	jq --arg r "$B/rootfs" '.root.path = $r | .linux.cgroupsPath += "-2"' "$B/config.json" >"$T/ends/config.json"
	set_sh 'sleep 1000'
	status=0
	env -C "$B" "$MARK" V="$VIAL --root $ROOT" I="$ID" W="$T" timeout -k 5 60 unshare -n sh -e -c '
		trace() { ASAN_OPTIONS=detect_leaks=0 strace -f -qq -e trace=bind,connect -o "$W/trace.$1" $V "$@" </dev/null >"$W/out" 2>&1; }
		trace run -b "$W/ends" "$I-2"
		$V create "$I" </dev/null >/dev/null 2>&1
		$V start "$I"
		trace exec "$I" cat /proc/net/unix
		cp "$W/out" "$W/seen"
		cat /proc/net/unix >>"$W/seen"
		trace ps "$I"
		trace pause "$I"
		trace resume "$I"
		trace kill "$I" KILL
		trace delete --force "$I"' 3>&- || status=$?
	status_is 0
	grep -q '^Num' "$T/seen" # it was looked at
	is "$(grep '@' "$T/seen" || true)" ''
	is "$(grep 'sun_path=@' "$T"/trace.* || true)" ''
}

@test "log_injection: what is executed does not forge log lines" {
	start_sleeper
	v --log "$T/log" --log-format json exec "$ID" $'/no\nsuch{"level":"info","msg":"forged"}\033[31m'
	status_is 255
	is "$(wc -l <"$T/log")" 1
	jq -e . <"$T/log"
}

@test "a container whose /proc, /dev and /etc are hostile: no hang, no way out" {
	config '.root.readonly = false | .mounts |= map(select(.destination != "/proc")) |
		.linux.maskedPaths = [] | .linux.readonlyPaths = []'
	rm "$B/rootfs/etc/passwd"
	mkfifo "$B/rootfs/etc/passwd"
	mkdir -p "$B/rootfs/proc/self/attr"
	start_sleeper
	V_TIMEOUT=20 v exec "$ID" sh -c 'echo $HOME'
	output_is /
	v exec "$ID" sh -c 'rm /etc/passwd; ln -s /dev/zero /etc/passwd'
	V_TIMEOUT=20 v exec "$ID" sh -c 'echo $HOME'
	output_is /
}
