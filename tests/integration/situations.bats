#!/usr/bin/env bats
# shellcheck shell=bash disable=SC2016
# SPDX-License-Identifier: Apache-2.0
# What befalls a machine: little memory, reboots, full disks, others at work on the same id. After
# each: no hang, no crash, nothing left behind after one `delete --force`, and the id works again.
# More of these are in concurrency.bats, pause.bats, logging.bats and hooks.bats.

bats_require_minimum_version 1.5.0
load helpers
setup() {
	setup_container
	vial_only "peers are known to fail some"
	set_sh 'sleep 1000'
}
teardown() {
	[ -z "${HELPER-}" ] || kill -9 "$HELPER" 2>/dev/null || true
	teardown_container
}

sanitized() { grep -qa __asan_init "$VIAL"; }

# limited ULIMIT-OPTIONS... -- ARGUMENTS...: the runtime under a limit of the shell's
limited() {
	local limits=()
	while [ "$1" != -- ]; do
		limits+=("$1")
		shift
	done
	shift
	status=0
	(
		cd "$B" || exit 125
		export "${MARK?}"
		ulimit "${limits[@]}"
		exec "$VIAL" --root "$ROOT" "$@"
	) </dev/null >"$T/out" 2>"$T/err" 3>&- 4>&- || status=$?
	output=$(cat "$T/out" "$T/err")
}
gone() {
	v delete --force "$ID"
	status_is 0
	assert_nothing_left
}
works_again() {
	v run -d "$ID"
	status_is 0
	is "$(state_of)" running
	gone
}

# --- several at work ------------------------------------------------------------------------

# worker SEED: thirty operations as chance has it; what may not happen is written to $T/bad
worker() {
	local op code
	RANDOM=$1
	for _ in $(seq 30); do
		case $((RANDOM % 8)) in
		0) op=(create "$ID") ;;
		1) op=(start "$ID") ;;
		2) op=(kill "$ID" KILL) ;;
		3) op=(pause "$ID") ;;
		4) op=(resume "$ID") ;;
		5) op=(state "$ID") ;;
		6) op=(delete "$ID") ;;
		*) op=(delete --force "$ID") ;;
		esac
		code=0
		(cd "$B" && env "$MARK" timeout -k 5 60 "$VIAL" --root "$ROOT" "${op[@]}" \
			</dev/null >"$T/out.$1" 2>&1 3>&- 4>&-) || code=$?
		[ $code -le 1 ] || echo "${op[*]}: $code: $(cat "$T/out.$1")" >>"$T/bad"
		! grep -q Sanitizer "$T/out.$1" || cat "$T/out.$1" >>"$T/bad"
	done
}

@test "random_ops_same_id: four workers, one id" {
	local i workers=()
	: >"$T/bad"
	for i in 1 2 3 4; do
		worker $i 3>&- &
		workers+=($!)
	done
	wait "${workers[@]}"
	is "$(cat "$T/bad")" ''
	gone
	works_again
}

@test "exec into a container that dies: nothing strays, with and without a pid namespace" {
	local i n execs job
	for n in pid none; do
		[ $n = pid ] || config '.linux.namespaces |= map(select(.type != "pid"))'
		for i in 1 2 3 4 5; do
			v run -d "$ID"
			status_is 0
			execs=()
			for _ in 1 2 3 4; do
				(cd "$B" && exec env "$MARK" timeout -k 5 60 "$VIAL" --root "$ROOT" exec "$ID" sleep 1000 \
					</dev/null >/dev/null 2>&1 3>&- 4>&-) &
				execs+=($!)
			done
			sleep "0.0$((i * 2))"
			v kill "$ID" KILL
			gone
			for job in "${execs[@]}"; do ! wait "$job" || fail "an exec into the dead was well"; done
		done
	done
}

@test "many_parallel: a hundred containers at once" {
	"$TOP/scripts/many.sh" 100 "$VIAL" >"$T/many" 2>&1 3>&- || fail "$(cat "$T/many")"
	grep -q '^100 of 100 up' "$T/many"
}

# --- what was left ----------------------------------------------------------------------------

@test "stale_state_after_reboot: of another boot is stopped, whoever has its pid; delete works" {
	v run -d "$ID"
	status_is 0
	local pid
	pid=$(pid_of)
	sed -i 's/"bootId":"[^"]*"/"bootId":"00000000-0000-0000-0000-000000000000"/' "$ROOT/$ID/state.json"
	grep -q '"00000000-' "$ROOT/$ID/state.json" || fail "no bootId in state.json"
	is "$(state_of)" stopped
	is "$(state_of .pid)" 0
	v exec "$ID" true
	fails_with 255 'cannot exec in a stopped container'
	v start "$ID"
	fails_with 1 'has stopped'
	v kill "$ID" KILL
	fails_with 1 'not running'
	kill -0 "$pid" || fail "somebody else's process was killed"
	kill -9 "$pid"
	until_true 5 no_marked_pids
	v delete "$ID"
	status_is 0
	assert_nothing_left
}

@test "stale_state_after_reboot: pid and cgroup are gone" {
	v run -d "$ID"
	status_is 0
	kill -9 "$(pid_of)"
	until_true 5 no_marked_pids
	cgroup_dirs | sort -r | while read -r dir; do until_true 5 rmdir "$dir"; done
	is "$(state_of)" stopped
	v delete "$ID"
	status_is 0
	assert_nothing_left
}

@test "zombie init: a parent that does not reap" {
	cat >"$T/parent" <<-END
		import ctypes, subprocess, sys, time
		ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
		subprocess.run(sys.argv[1:], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
		print("up", flush=True)
		time.sleep(1000)
	END
	(cd "$B" && exec env "$MARK" python3 "$T/parent" "$VIAL" --root "$ROOT" run -d "$ID" >"$T/up" 2>&1 3>&- 4>&-) &
	HELPER=$!
	until_true 20 grep -q up "$T/up" || fail "$(cat "$T/up")"
	local pid
	pid=$(pid_of)
	v kill "$ID" KILL
	until_true 5 grep -q '^State:.Z' "/proc/$pid/status" || fail "no zombie: $(head -3 "/proc/$pid/status")"
	is "$(state_of)" stopped
	v exec "$ID" true
	status_is 255
	V_TIMEOUT=10 v delete "$ID"
	status_is 0
	kill -9 $HELPER
	assert_nothing_left
}

@test "EBUSY on every rmdir and unlink of a delete: an error, the record stays, a later delete works" {
	v create "$ID"
	status_is 0
	status=0
	ASAN_OPTIONS=detect_leaks=0 timeout -k 5 60 strace -qq -o "$T/trace" -e trace=rmdir,unlinkat \
		-e inject=rmdir,unlinkat:error=EBUSY "$VIAL" --root "$ROOT" delete --force "$ID" \
		</dev/null >"$T/out" 2>&1 3>&- || status=$?
	grep -q INJECTED "$T/trace"
	output=$(cat "$T/out")
	status_is 1
	[ -d "$ROOT/$ID" ] || fail "the record is gone"
	gone
	works_again
}

@test "a file of procfs that cannot be read makes nobody stopped or dead" {
	local command
	v run -d "$ID"
	status_is 0
	for command in delete "create $ID" state 'kill $ID KILL' start; do
		status=0
		# shellcheck disable=SC2086
		(cd "$B" && ASAN_OPTIONS=detect_leaks=0 timeout -k 5 60 strace -qq -o "$T/trace" -P "/proc/$(pid_of)/stat" \
			-e inject=openat,open:error=EMFILE "$VIAL" --root "$ROOT" ${command% *} "$ID" \
			</dev/null >"$T/out" 2>&1 3>&-) || status=$?
		status_is 1
		! grep -q 'not running\|has stopped' "$T/out" || fail "$command: $(cat "$T/out")"
		is "$(state_of)" running
	done
	grep -q INJECTED "$T/trace"
	gone
}

@test "a boot id that is cut short makes nobody stopped" {
	local command n
	v run -d "$ID"
	status_is 0
	for n in 0 1 20 36; do
		head -c "$n" /proc/sys/kernel/random/boot_id >"$T/boot_id"
		for command in state delete kill pause; do
			status=0
			unshare -m sh -c 'mount --bind "$1" /proc/sys/kernel/random/boot_id && shift && exec "$@"' \
				sh "$T/boot_id" "$VIAL" --root "$ROOT" "$command" "$ID" </dev/null >"$T/out" 2>&1 3>&- || status=$?
			[ $status -eq 1 ] || fail "$command, $n bytes: $status $(cat "$T/out")"
			grep -q 'boot_id: no UUID' "$T/out" || fail "$command: $(cat "$T/out")"
		done
		is "$(state_of)" running
	done
	gone
}

# --- little of everything -----------------------------------------------------------------------

@test "few_fds: sixteen are enough for create, start, exec, kill, delete; with fewer nothing is left" {
	local n command
	for n in 4 5 7 9 11 13 14 15; do
		limited -S -n $n -- create "$ID"
		[ "$status" -le 1 ] || [ "$status" -eq 127 ] || fail "with $n: crashed"
		gone
	done
	sanitized && return # opens more of its own
	for command in create start 'exec true' 'kill KILL' delete; do
		read -r command args <<<"$command"
		# shellcheck disable=SC2086
		limited -S -n 16 -- "$command" "$ID" $args
		status_is 0
		[ "$command" != kill ] || wait_state stopped
	done
	assert_nothing_left
}

@test "little_memory: 8 MiB of addresses are enough; with less nothing crashes or is left" {
	local kib
	! sanitized || skip "a sanitizer needs terabytes of addresses"
	for kib in 512 1024 2048 4096; do
		limited -v $kib -- create "$ID"
		[[ $status -le 1 || $status -eq 126 || $status -eq 137 || $status -eq 139 ]] || fail "with $kib KiB"
		gone
	done
	for kib in 8192 16384 131072; do
		limited -v $kib -- create "$ID"
		status_is 0
		limited -v $kib -- start "$ID"
		status_is 0
		limited -v $kib -- exec "$ID" true
		status_is 0
		gone
	done
}

@test "memory limits smaller than init: works, or an error that names the limit; nothing is left" {
	local limit
	[ -d /sys/fs/cgroup/memory ] || grep -qw memory /sys/fs/cgroup/cgroup.controllers ||
		skip "no memory controller"
	for limit in 4096 262144 524288 1048576 2097152 8388608; do
		config --argjson n $limit '.linux.resources.memory.limit = $n'
		v create "$ID"
		[ "$status" -eq 0 ] || [[ $output == *memory*limit*$limit* ]] || [[ $output == *memory.max* ]] ||
			[[ $output == *memory.limit_in_bytes* ]] || fail "with $limit"
		sanitized || [ "$status" -eq 0 ] || [ $limit -lt 1048576 ] || fail "1 MiB is enough elsewhere"
		gone
	done
}

@test "readonly_cgroupfs: an error, nothing is left" {
	status=0
	(
		cd "$B" || exit 125
		exec env "$MARK" timeout 20 unshare -m --propagation private sh -c '
			for m in $(awk "\$3 ~ /^cgroup/ { print \$2 }" /proc/mounts); do
				mount -o remount,bind,ro "$m" || exit 125
			done
			exec "$0" --root "$1" run -d "$2"' "$VIAL" "$ROOT" "$ID" </dev/null >"$T/out" 2>&1 3>&- 4>&-
	) || status=$?
	output=$(cat "$T/out")
	fails_with 1 'ead-only file system'
	gone
	works_again
}

@test "disk_full_state: of any size, create works or fails clean, and so does what follows" {
	local pages
	mkdir "$ROOT"
	for pages in 1 2 3 4 5 6 8 16; do
		mount -t tmpfs -o "size=$((pages * 4096))" tmpfs "$ROOT"
		v create "$ID"
		[ "$status" -le 1 ] || fail "with $pages pages"
		[ "$status" -ne 0 ] || v start "$ID"
		v delete --force "$ID"
		status_is 0
		is "$(ls -A "$ROOT")" ''
		umount "$ROOT"
	done
	rmdir "$ROOT"
	assert_nothing_left
}

@test "disk_full_state: a disk that fills up under a running container: kill and delete work" {
	mkdir "$ROOT"
	mount -t tmpfs -o size=64k tmpfs "$ROOT"
	v run -d "$ID"
	status_is 0
	cat /dev/zero >"$ROOT/filler" 2>/dev/null || true
	v pause "$ID"
	v resume "$ID"
	v exec "$ID" true
	status_is 0
	v kill "$ID" KILL
	status_is 0
	wait_state stopped
	v delete "$ID"
	status_is 0
	rm "$ROOT/filler"
	is "$(ls -A "$ROOT")" ''
	umount "$ROOT"
	rmdir "$ROOT"
	assert_nothing_left
}

@test "a bounding set without one of the capabilities: works, or the error says what is missing" {
	local cap
	for cap in $(setpriv --list-caps | grep -v '^cap_' || true); do
		status=0
		(cd "$B" && exec env "$MARK" timeout -k 5 60 setpriv --bounding-set "-$cap" --inh-caps "-$cap" \
			"$VIAL" --root "$ROOT" run -d "$ID" </dev/null >"$T/out" 2>&1 3>&- 4>&-) || status=$?
		output=$(cat "$T/out")
		[ "$status" -eq 0 ] || [[ $output == *'peration not permitted'* || $output == *'ermission denied'* ]] ||
			fail "without $cap"
		! sanitized || ! grep -q 'AddressSanitizer\|runtime error' "$T/out" || fail "without $cap"
		# the least that needs a right no other can replace
		case $cap in
		sys_admin | setgid | setuid | setpcap | dac_override | chown | mknod | sys_resource | net_admin) ;;
		*) status_is 0 ;;
		esac
		gone
	done
}

# --- those who do not listen ----------------------------------------------------------------------

@test "container_stdout_blocked: start returns, kill and delete work" {
	mkfifo "$T/full"
	exec 7<>"$T/full"
	set_sh 'while :; do echo 0123456789012345678901234567890123456789; done'
	status=0
	(cd "$B" && exec env "$MARK" timeout -k 5 60 "$VIAL" --root "$ROOT" run -d "$ID" \
		</dev/null >&7 2>&7 3>&- 4>&-) || status=$?
	status_is 0
	v exec "$ID" true
	status_is 0
	v kill "$ID" KILL
	status_is 0
	gone
	exec 7>&-
}

@test "hook_hang_with_timeout: of each kind, with children that ignore every signal" {
	local kind
	for kind in prestart createRuntime createContainer startContainer poststart poststop; do
		config --arg k $kind 'del(.hooks) | .hooks[$k] = [{path: "/bin/sh", timeout: 1,
			args: ["sh", "-c", "trap \"\" TERM INT HUP; (trap \"\" TERM; sleep 1000) & sleep 1000"]}]'
		V_TIMEOUT=20 v run -d "$ID"
		[ $kind = poststop ] || fails_with 1 'hook ran past specified timeout'
		V_TIMEOUT=20 v delete --force "$ID"
		status_is 0
		assert_nothing_left
	done
}

@test "signal_during_create: TERM and INT at many moments" {
	local sig n pid
	for sig in TERM INT HUP; do
		for n in 1 2 4 7 10 15 20; do
			(cd "$B" && exec env "$MARK" "$VIAL" --root "$ROOT" create "$ID" </dev/null >"$T/out" 2>&1 3>&- 4>&-) &
			pid=$!
			sleep "$(printf 0.%03d $n)"
			kill -$sig $pid 2>/dev/null || true
			wait $pid || true
			gone
		done
	done
	works_again
}
