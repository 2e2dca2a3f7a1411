# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# advice-rows.sh: what the users of Docker and Podman read when a program cannot be executed, and the
# exit code they get. The same rows for all of them. What runc leaves to be guessed is not asked of it.
case $CLIENT in
docker)
	. "$here/docker-daemon.sh"
	STARTED=127
	;;
*)
	. "$here/podman-calls.sh"
	STARTED=126 # Podman does not look at what `start` says
	;;
esac

has_advice() { ! "$WORK/bin/vial" --version | grep -q '^runc version'; }

V=$WORK/$ROW.d
# volume NAME MODE: a file of that name in the directory $V, from standard input
volume() {
	mkdir -p "$V"
	cat >"$V/$1"
	chmod "$2" "$V/$1"
	chmod 755 "$V"
}
# says CODE TEXT OPTION...: `run` does
says() {
	local want=$1 text=$2
	shift 2
	run "$@"
	code_is "$want"
	! has_advice || has "$text"
}

row_advice_missing_program() {
	run busybox no-such-program
	code_is 127
	has 'exec: "no-such-program": executable file not found in $PATH'
}
row_advice_not_executable() { run busybox /etc/passwd; code_is 126; has 'ermission denied'; }
row_advice_interpreter() {
	has_advice || return 0
	printf '#!/no/such/interpreter\n' | volume script 755
	says $STARTED "no such file or directory (the script's interpreter /no/such/interpreter does not exist)" -v "$V:/v" busybox /v/script
}
row_advice_cr_lf() {
	has_advice || return 0
	printf '#!/bin/sh\r\ntrue\r\n' | volume script 755
	says $STARTED "no such file or directory (the script's lines end in CR LF, so its interpreter is" -v "$V:/v" busybox /v/script
}
row_advice_loader() {
	has_advice || return 0
	volume ls 755 </bin/ls
	says $STARTED "no such file or directory (the program's ELF loader /lib" -v "$V:/v" busybox /v/ls
}
row_advice_architecture() {
	has_advice || return 0
	{
		printf '\177ELF\002\002\001\000\000\000\000\000\000\000\000\000\000\002\000\026\000\000\000\001'
		head -c 200 /dev/zero
	} | volume program 755
	run -v "$V:/v" busybox /v/program
	[ "$code" -ge 125 ] || no "exit code $code"
	has 'exec format error (the program is for s390x, this machine is '
}
row_advice_interpreter_without_permission() {
	has_advice || return 0
	volume interpreter 644 </bin/busybox
	printf '#!/v/interpreter sh\n' | volume script 755
	says 126 'permission denied (/v/interpreter, by which it is run, has no execute permission)' -v "$V:/v" busybox /v/script
}
row_advice_noexec() {
	has_advice || return 0
	local options=:noexec # Docker has no such option: there the mount on the host has
	mkdir -p "$V"
	[ "$CLIENT" != docker ] || mount -t tmpfs -o mode=755,noexec noexec "$V"
	[ "$CLIENT" != docker ] || options=
	volume program 755 </bin/busybox
	says 126 'permission denied (it lies on a mount with noexec)' -v "$V:/v$options" busybox /v/program
	[ "$CLIENT" != docker ] || umount "$V"
}
row_advice_filter() {
	has_advice || return 0
	echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["execve"], "action": "SCMP_ACT_ERRNO"}]}' | volume denies.json 644
	run --security-opt seccomp="$V/denies.json" busybox true
	[ "$code" -ge 125 ] || no "exit code $code"
	has '(linux.seccomp answers execve(2) so: allow it there)'
}
row_advice_memory_limit_too_low() {
	[ "$CLIENT" != podman-rootless ] || return 0 # it may set no limit here
	cd "$WORK" # conmon leaves a file in its working directory
	run --memory 6m --memory-swap 6m busybox sh -c 'exec tail -c 100000000 /dev/zero >/dev/null'
	code_is 137
}
