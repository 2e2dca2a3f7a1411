# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# lib.sh: what the scripts of the clients share.
#
# A client CLIENT.sh RUNTIME RESULTS [ROW...] starts its client with RUNTIME under the name `vial`,
# runs the rows (functions row_* of CLIENT-rows*.sh, each in a shell of its own with `set -eu`),
# writes a line `ROW<tab>ok|fail<tab>last words` for each to RESULTS, and stops all it started. It
# runs in a mount, network and pid namespace of its own with its own /run: a daemon of this host is
# not disturbed, what is left can be counted, and the end of the script is the end of everything.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
docs=$here/../../docs/clients
ROW_LIMIT=${ROW_LIMIT:-120}
ROW_JOBS=${ROW_JOBS:-2}

# isolate "$@": go on in namespaces of our own.
isolate() {
	if [ "$$" -ne 1 ]; then
		exec unshare --mount --net --pid --fork --kill-child --mount-proc --propagation private "$0" "$@"
	fi
	ip link set lo up
	mount -t tmpfs -o mode=755 tmpfs /run
	mkdir -p /run/lock /run/user
}

# begin CLIENT RUNTIME RESULTS: the directory of our own, and what there is before.
begin() {
	CLIENT=$1 RUNTIME=$(realpath "$2") RESULTS=$(realpath -m "$3")
	WORK=$(mktemp -d "/var/tmp/vial-$CLIENT.XXXXXX")
	TAG=$(basename "$WORK" | tr . -)
	LOGS=$RESULTS.logs
	rm -rf "$LOGS"
	mkdir -p "$LOGS" "$WORK/bin"
	: >"$RESULTS"
	export CLIENT RUNTIME RESULTS WORK TAG LOGS
	ln -s "$RUNTIME" "$WORK/bin/vial"
	ln -s "$("$here/../../scripts/criu-for-tests.sh")/criu" "$WORK/bin/criu" # for checkpoint and restore
	trap finish EXIT
	trap 'exit 1' INT TERM
	private_etc
	snapshot >"$WORK/before"
}

# The user `ocitest`, with ranges for user namespaces, exists in our mount namespace only.
private_etc() {
	cp -a /etc "$WORK/etc"
	mount --bind "$WORK/etc" /etc
	sed -i '/^ocitest:/d' /etc/passwd /etc/group
	echo "ocitest:x:1777:1777::$WORK/home:/bin/sh" >>/etc/passwd
	echo 'ocitest:x:1777:' >>/etc/group
	printf 'ocitest:300000:65536\ncontainers:400000:200000\n' | tee /etc/subuid >/etc/subgid
	mkdir "$WORK/home"
	chown 1777:1777 "$WORK/home"
	chmod 755 "$WORK"
}

# What a client may leave behind: processes and mounts of our namespaces, cgroups of ours.
snapshot() {
	local pid mine
	for pid in /proc/[0-9]*; do
		pid=${pid#/proc/}
		[ "$pid" = 1 ] || [ "$pid" = "$BASHPID" ] || [ "$(ps -o sid= -p "$pid" | tr -d ' ')" = "$(ps -o sid= -p $$ | tr -d ' ')" ] ||
			echo "process $pid $(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null)"
	done
	awk '{ print "mount", $5, $4 }' /proc/self/mountinfo
	# What the client makes outside of a parent that we can name.
	case $CLIENT in
	docker) mine='*/docker/*' ;;
	podman) mine='*/libpod*' ;;
	buildah) mine='*/buildah-*' ;;
	cri) mine='*/k8s.io/*' ;;
	*) mine="*$TAG*" ;;
	esac
	find /sys/fs/cgroup -mindepth 2 -type d \( -path "*$TAG*" -o -path "$mine" \) \
		-printf 'cgroup %p\n' 2>/dev/null | sort -u || true
	find /run/vial /run/runc -mindepth 1 -printf 'state %p\n' 2>/dev/null || true
}

# result ROW ok|fail [WORDS]
result() { printf '%s\t%s\t%s\n' "$1" "$2" "${3-}" >>"$RESULTS"; }

# row FILE FUNCTION: run it with a time limit; its output is kept when it fails. The clients lose
# a line or a race on a busy machine now and then, with any runtime: a second try decides.
row() {
	local name=${2#row_} first
	if try "$1" "$2"; then
		result "$name" ok
		return
	fi
	first=$(words "$status" "$LOGS/$name.log")
	if try "$1" "$2"; then
		result "$name" ok "at the second try; $first"
	else
		result "$name" fail "$(words "$status" "$LOGS/$name.log")"
	fi
}

try() {
	local name=${2#row_} log
	log=$LOGS/$name.log
	: >"$log"
	status=0
	ROW=$name LOG=$log timeout -k 10 "$ROW_LIMIT" bash -c \
		'set -euo pipefail; . "$0/lib.sh"; . "$1"; exec {BASH_XTRACEFD}>>"$LOG"; set -x; "$2"' \
		"$here" "$1" "$2" >>"$log" 2>&1 </dev/null || status=$?
	[ "$status" -eq 0 ] && rm "$log"
}

# The reason in one line: what the row itself said is wrong, else the last line that is no trace.
words() {
	local said
	[ "$1" -ne 124 ] && [ "$1" -ne 137 ] || printf 'no end within %s s; ' "$ROW_LIMIT"
	said=$(grep -a '^ROW: ' "$2" | tail -n 1 || true)
	[ -n "$said" ] || said=$(grep -av '^+' "$2" | tail -n 1 || true)
	[ -n "$said" ] || said=$(tail -n 1 "$2")
	printf '%s' "$said" | tr '\t\n\r' '   ' | cut -c 1-300
}

# rows FILE [ROW...]: all rows of FILE, or those named, ROW_JOBS at a time.
rows() {
	local file=$1 function wanted running=0
	shift
	# shellcheck disable=SC2013 # not by <(...): the wait -n of bash 5.3 counts that, too
	for function in $(grep -oE '^row_[a-z0-9_]+' "$file"); do
		if [ $# -gt 0 ]; then
			wanted=no
			for name; do [ "row_$name" != "$function" ] || wanted=yes; done
			[ $wanted = yes ] || continue
		fi
		row "$file" "$function" &
		running=$((running + 1))
		[ "$running" -lt "$ROW_JOBS" ] || { wait -n && running=$((running - 1)); }
	done
	while [ "$running" -gt 0 ]; do wait -n && running=$((running - 1)); done
}

# Called on exit: stop (the client's own function), then count what is left.
finish() {
	local status=$?
	trap - EXIT
	set +e
	stop
	settle
	[ "$status" -eq 0 ] || result "script" fail "the script ended with $status"
	sweep
	exit 0
}

settle() {
	local left=
	for _ in $(seq 50); do
		left=$(snapshot | grep -vxFf "$WORK/before")
		[ -n "$left" ] || break
		sleep 0.2
	done
	if [ -z "$left" ]; then
		result nothing_is_left ok
	else
		printf '%s\n' "$left" >"$LOGS/nothing_is_left.log"
		result nothing_is_left fail "$(printf '%s' "$left" | tr '\n' ';' | cut -c 1-300)"
	fi
}

# What we must not leave even when the client or the runtime did.
sweep() {
	for _ in 1 2 3; do
		snapshot | grep -vxFf "$WORK/before" | sed -n 's/^process \([0-9]*\) .*/\1/p' | while read -r pid; do
			kill -9 "$pid" 2>/dev/null
		done
		sleep 0.1
	done
	snapshot | grep -vxFf "$WORK/before" | sed -n 's/^cgroup //p' | sort -r | while read -r dir; do
		rmdir "$dir" 2>/dev/null
	done
	umount /etc
	awk -v w="$WORK/" 'index($5, w) == 1 { print $5 }' /proc/self/mountinfo | sort -r | while read -r dir; do
		umount -l "$dir" 2>/dev/null
	done
	rm -rf --one-file-system "$WORK"
}

# end_pid PID [SECONDS]: TERM, then KILL.
end_pid() {
	[ -n "${1-}" ] || return 0
	kill "$1" 2>/dev/null || return 0
	for _ in $(seq $((${2:-20} * 10))); do
		kill -0 "$1" 2>/dev/null || return 0
		[ "$(ps -o stat= -p "$1" | cut -c1)" != Z ] || return 0
		sleep 0.1
	done
	kill -9 "$1" 2>/dev/null
}

# until_true SECONDS COMMAND...
until_true() {
	local n=$(($1 * 10))
	shift
	for _ in $(seq "$n"); do
		! "$@" >/dev/null 2>&1 || return 0
		sleep 0.1
	done
	no "still not: $*"
}

# config FILE: a file of docs/clients with the path of the runtime under test in it.
config() { sed "s|/usr/local/bin/vial|$WORK/bin/vial|g" "$docs/$1"; }

# image DIR: a root of busybox.
image() {
	local applet
	mkdir -p "$1"/{bin,etc,tmp,proc,sys,dev,root,var,home,usr/bin,usr/sbin,sbin,run}
	chmod 1777 "$1/tmp"
	cp /bin/busybox "$1/bin/busybox"
	for applet in $(/bin/busybox --list); do
		[ "$applet" = busybox ] || ln -s busybox "$1/bin/$applet"
	done
	printf 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home:/bin/sh\n' >"$1/etc/passwd"
	printf 'root:x:0:\nuser:x:1000:\nextra:x:2000:user\n' >"$1/etc/group"
}

# In a row: what is wrong, and the end of it.
no() {
	local words="$*"
	printf 'ROW: %s\n' "${words//$'\n'/ }" >&2
	exit 1
}

# capture COMMAND...: its output (both) in $out, its exit code in $code.
capture() {
	code=0
	out=$("$@" 2>&1 </dev/null) || code=$?
	out=${out//$'\r'/}
}
code_is() { [ "$code" -eq "$1" ] || no "exit code $code, not $1: $out"; }
is() { [ "$out" = "$1" ] || no "<$out>, not <$1>"; }
has() { [[ $out == *"$1"* ]] || no "<$1> is not in <$out>"; }
hasnt() { [[ $out != *"$1"* ]] || no "<$1> is in <$out>"; }
