# shellcheck shell=bash disable=SC2016,SC2034
# SPDX-License-Identifier: Apache-2.0
#
# What the integration tests share. Run as root: `bats tests/integration`.
#
#   VIAL     the runtime under test, absolute (default: build/release/vial). With VIAL=/usr/sbin/runc
#            the expectations themselves are tested against the reference; what is ours alone is
#            skipped then.
#   RECVTTY  the receiver of --console-socket (default: build/recvtty, else compiled here)
#   VIAL_DRIVER=systemd  every container is made with --systemd-cgroup

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TOP=$(cd "$HERE/../.." && pwd)
VIAL=${VIAL:-$TOP/build/release/vial}
PROGRAM=$(basename "$VIAL")
DRIVER_OPTION=()
[ "${VIAL_DRIVER-}" != systemd ] || DRIVER_OPTION=(--systemd-cgroup)
[ -n "${RECVTTY-}" ] || [ ! -x "$TOP/build/recvtty" ] || RECVTTY=$TOP/build/recvtty

# All tests of one run share one image; each bundle has a copy of it made of hard links.
image() {
	local image=$BATS_RUN_TMPDIR/image applet
	if [ ! -d "$image" ]; then
		mkdir -p "$image.new"/{bin,etc,tmp,proc,sys,dev,root,var,home,data}
		cp /bin/busybox "$image.new/bin/busybox"
		for applet in $(/bin/busybox --list); do
			[ "$applet" = busybox ] || ln -s busybox "$image.new/bin/$applet"
		done
		printf 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n' \
			>"$image.new/etc/passwd"
		printf 'root:x:0:\nuser:x:1000:\n' >"$image.new/etc/group"
		mv "$image.new" "$image"
	fi
	echo "$image"
}

# setup_container: a fresh id, state root and bundle; remembers what the host looks like.
setup_container() {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	ID=t$$-$BATS_TEST_NUMBER
	T=$BATS_TEST_TMPDIR
	ROOT=$T/state
	B=$T/bundle
	export VIAL_TEST_ID=$ID-$RANDOM
	MARK="VIAL_TEST_ID=$VIAL_TEST_ID"
	export -n VIAL_TEST_ID # only the runtime and what it starts carry the mark
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" "$T" 2>/dev/null || true
	new_bundle "$B"
	snapshot >"$T/before"
}

# new_bundle DIR: base config and a root file system; args are a shell command by set_sh.
new_bundle() {
	mkdir -p "$1"
	cp -al "$(image)" "$1/rootfs"
	local cg=/vial-tests/$ID
	[ "${VIAL_DRIVER-}" != systemd ] || cg=vialtests.slice:vt:$ID
	jq --arg mark "$MARK" --arg cg "$cg" \
		'.process.env += [$mark] | .linux.cgroupsPath = $cg' \
		"$HERE/config.json" >"$1/config.json"
}

# config JQ-ARGUMENTS...: edit the bundle's config.json.
config() {
	jq "$@" "$B/config.json" >"$B/config.json.new" && mv "$B/config.json.new" "$B/config.json"
}
set_sh() { config --arg c "$1" '.process.args = ["sh", "-c", $c]'; }
set_args() {
	jq '.process.args = $ARGS.positional' "$B/config.json" --args -- "$@" >"$B/config.json.new" &&
		mv "$B/config.json.new" "$B/config.json"
}

# v ARGUMENTS...: run the runtime with our state root; fills status and output (stdout, then
# stderr; apart in $T/out and $T/err). Files, not pipes: a detached container keeps them open.
v() { v_in "$B" "$@"; }
v_in() {
	local dir=$1
	shift
	status=0
	(
		cd "$dir" || exit 125
		exec env "$MARK" timeout --foreground -k 5 "${V_TIMEOUT:-60}" \
			"$VIAL" --root "$ROOT" "${DRIVER_OPTION[@]}" "$@" </dev/null >"$T/out" 2>"$T/err" 3>&- 4>&-
	) || status=$?
	output=$(sed 's/\\"/"/g' "$T/out" "$T/err") # a text log line escapes its quotes
	if grep -q 'Sanitizer\|runtime error: ' "$T/out" "$T/err"; then
		echo "$output"
		fail "a sanitizer spoke"
	fi
}

# w COMMAND...: output and status of a shell command that calls the runtime, its quotes not escaped
w() {
	status=0
	(cd "$B" && exec env "$MARK" timeout --foreground -k 5 60 "$@" </dev/null >"$T/out" 2>"$T/err" 3>&- 4>&-) ||
		status=$?
	output=$(sed 's/\\"/"/g' "$T/out" "$T/err")
}
# hold_userns: somebody else's user namespace, whose ids are not mapped yet; $NS_HOLDER is in it
hold_userns() {
	env "$MARK" unshare -U sleep 1000 3>&- 4>&- &
	NS_HOLDER=$!
	until_true 5 sh -c "[ \"\$(readlink /proc/$NS_HOLDER/ns/user)\" != \"\$(readlink /proc/self/ns/user)\" ]"
}
fail() {
	printf 'FAILED: %s\nstatus: %s\noutput: %s\n' "$*" "${status-}" "${output-}" >&2
	return 1
}
is() { [ "$1" = "$2" ] || fail "expected <$2>, got <$1>${3:+ ($3)}"; }
status_is() { [ "$status" -eq "$1" ] || fail "expected exit code $1"; }
has() { [[ $output == *"$1"* ]] || fail "expected output with <$1>"; }
lacks() { [[ $output != *"$1"* ]] || fail "expected output without <$1>"; }
output_is() { [ "$output" = "$1" ] || fail "expected output <$1>"; }
# fails_with CODE TEXT: the error, and one line of it.
fails_with() { status_is "$1" && has "$2"; }
needs_v1() { [ "$(stat -fc %T /sys/fs/cgroup)" != cgroup2fs ] || skip "paths of cgroup v1"; }
vial_only() { [ "$PROGRAM" = vial ] || skip "ours alone: ${1-}"; }

# run_sh CODE: run the container in the foreground with shell commands, whose own exit codes
# do not matter; the run must succeed.
run_sh() {
	set_sh "$1
:"
	v run "$ID"
	status_is 0
}

# until_true SECONDS COMMAND...: wait for a condition that no event announces to us.
until_true() {
	local tries=$(($1 * 20))
	shift
	while ! "$@" >/dev/null 2>&1; do
		[ $((tries -= 1)) -gt 0 ] || return 1
		sleep 0.05
	done
}
state_of() { (cd / && "$VIAL" --root "$ROOT" state "$ID") 3>&- | jq -r "${1:-.status}"; }
is_state() { [ "$(state_of)" = "$1" ]; }
wait_state() { until_true 10 is_state "$1" || fail "$ID: not $1 but $(state_of)"; }
pid_of() { state_of .pid; }

# background container that waits for signals: sleeps in the shell, so that TERM ends it
start_sleeper() {
	set_sh 'trap "exit 0" TERM; while :; do sleep 0.1; done'
	v run --detach "$@" "$ID"
	status_is 0
}

# Somebody else's cgroup may vanish under find(1).
cgroup_dirs() { find /sys/fs/cgroup -mindepth 2 -type d \( -path "*vial-tests/$ID*" -o -path "*/vt-$ID.scope*" \) 2>/dev/null || true; }
marked_pids() {
	grep -lzFx "$MARK" /proc/[0-9]*/environ 2>/dev/null | sed -n 's@^/proc/\([0-9]*\)/.*@\1@p'
}

# make_is_killed_in_a_hook DIR OPTION...: `create` ends by SIGKILL in a hook, when the cgroup DIR is there;
# then `delete --force`.
make_is_killed_in_a_hook() {
	local dir=$1 pid
	shift
	config '.hooks.createRuntime = [{path: "/bin/sleep", args: ["sleep", "1000"]}]'
	set_args true
	(cd "$B" && exec env "$MARK" "$VIAL" --root "$ROOT" "$@" create "$ID" </dev/null >/dev/null 2>&1 3>&- 4>&-) &
	pid=$!
	until_true 10 test -d "$dir"
	kill -9 "$pid"
	wait "$pid" 2>/dev/null || true
	for pid in $(marked_pids); do # the hook outlives who ran it
		[ "$(cat "/proc/$pid/comm")" != sleep ] || kill "$pid"
	done
	v delete --force "$ID"
	status_is 0
}

# The tests' own mounts are below $T; what lies elsewhere is the host's.
snapshot() {
	echo "mounts:"
	cut -d' ' -f3- /proc/self/mountinfo | sort
	echo "cgroups:"
	cgroup_dirs
	echo "state:"
	[ ! -d "$ROOT" ] || find "$ROOT" -mindepth 1
	echo "processes:"
	marked_pids
}
same_as_before() { snapshot >"$T/now" && cmp -s "$T/before" "$T/now"; }

# assert_nothing_left: no mount, cgroup, state or process that was not there before. What the
# kernel still tears down of a killed process gets a moment.
assert_nothing_left() {
	until_true 5 same_as_before || fail "left behind:
$(diff "$T/before" "$T/now")"
}

# For every suite: whatever a test did, nothing of it survives it.
teardown_container() {
	local pid dir
	[ -n "${T-}" ] || return 0
	if [ -d "$ROOT" ]; then
		for dir in "$ROOT"/*/; do
			[ -d "$dir" ] || continue
			timeout 20 "$VIAL" --root "$ROOT" delete --force "$(basename "$dir")" \
				>/dev/null 2>&1 3>&- || true
		done
	fi
	for pid in $(marked_pids); do
		kill -9 "$pid" 2>/dev/null || true
	done
	until_true 5 no_marked_pids || true
	cgroup_dirs | sort -r | while read -r dir; do rmdir "$dir" 2>/dev/null || true; done
	find /sys/fs/cgroup -depth -type d -name vial-tests -exec rmdir {} + 2>/dev/null || true
	grep -F " $T/" /proc/self/mountinfo | cut -d' ' -f5 | sort -r |
		while read -r dir; do umount -l "$dir" 2>/dev/null || true; done
	chattr -R -i "$B" 2>/dev/null || true
	rm -rf --one-file-system "$B" "$ROOT"
}
no_marked_pids() { [ -z "$(marked_pids)" ]; }

recvtty() {
	if [ -z "${RECVTTY-}" ] || [ ! -x "$RECVTTY" ]; then
		RECVTTY=$BATS_RUN_TMPDIR/recvtty
		[ -x "$RECVTTY" ] || cc -D_GNU_SOURCE -o "$RECVTTY" "$HERE/recvtty.c"
	fi
	echo "$RECVTTY"
}

# start_recvtty [-s FILE]: listen at $T/tty.sock, output to $T/tty; with -s stdin comes from FILE.
start_recvtty() {
	local tool
	tool=$(recvtty)
	if [ "${1-}" = -s ]; then
		"$tool" -s "$T/tty.sock" <"$2" >"$T/tty" 2>"$T/tty.err" 3>&- 4>&- &
	else
		"$tool" "$T/tty.sock" </dev/null >"$T/tty" 2>"$T/tty.err" 3>&- 4>&- &
	fi
	RECVTTY_PID=$!
	until_true 5 grep -q ready "$T/tty.err"
}

# The datagram peer (dgram.c), compiled once for each run of the tests; static, so that it also
# runs in containers.
dgram() {
	local tool=$BATS_RUN_TMPDIR/dgram
	if [ ! -x "$tool" ]; then
		cc -D_GNU_SOURCE -static -o "$tool.$BASHPID" "$HERE/dgram.c" && mv "$tool.$BASHPID" "$tool"
	fi
	echo "$tool"
}

# start_dgram NAME ARGUMENT...: listen in the background; output in $T/NAME.
start_dgram() {
	local name=$1 tool
	shift
	tool=$(dgram)
	"$tool" "$@" </dev/null >"$T/$name" 2>"$T/$name.err" 3>&- 4>&- &
	DGRAM_PID=$!
	until_true 5 grep -q ready "$T/$name.err" || fail "dgram: $(cat "$T/$name.err")"
}
stop_dgram() {
	[ -z "${DGRAM_PID-}" ] || kill "$DGRAM_PID" 2>/dev/null || true
	DGRAM_PID=
}

# start_recvpidfd SIGNAL: listen at $T/pidfd.sock; "DATA PID" goes to $T/pidfd, then the signal.
start_recvpidfd() {
	local tool
	tool=$(recvtty)
	"$tool" -p "$1" "$T/pidfd.sock" </dev/null >"$T/pidfd" 2>"$T/pidfd.err" 3>&- 4>&- &
	RECVPIDFD_PID=$!
	until_true 5 grep -q ready "$T/pidfd.err"
}
