#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Errors that explain: each advice of base/hint.c that can be provoked here, provoked.

bats_require_minimum_version 1.5.0

setup() {
	load helpers
	setup_container
	vial_only "the advice is ours"
}
teardown() {
	umount "$T/mnt" 2>/dev/null || true
	teardown_container
}

# w COMMAND...: output and status of a shell command that calls the runtime
w() {
	status=0
	(cd "$B" && exec env "$MARK" timeout --foreground -k 5 60 "$@" </dev/null >"$T/out" 2>"$T/err" 3>&- 4>&-) ||
		status=$?
	output=$(sed 's/\\"/"/g' "$T/out" "$T/err")
}
# as an ordinary user, who has the bundle and a state root of their own
as_user() {
	chmod 755 "$T" "$B"
	mkdir -p "$T/user"
	chown 12345:12345 "$T/user"
	cp "$VIAL" "$T/vial"
	w setpriv --reuid 12345 --regid 12345 --clear-groups "$T/vial" --root "$T/user/state" "$@"
}

@test "open files are used up" {
	w sh -c 'ulimit -n 8; exec "$0" --root "$1" run "$2"' "$VIAL" "$ROOT" "$ID"
	status_is 1
	has 'too many open files (the limit of open files for this process is reached: see `ulimit -n`)'
	assert_nothing_left
}

# with_few_descriptors STATE COMMAND...: the command with ever more descriptors until it succeeds.
# Each failure has the advice and leaves the container in STATE; 127 is the dynamic loader's own
# failure (the sanitizers' build), which is before ours.
with_few_descriptors() {
	local n told=0 before=$1
	shift
	for n in {3..24}; do
		# shellcheck disable=SC2016
		w sh -c 'ulimit -Sn "$0"; exec "$@"' "$n" "$VIAL" --root "$ROOT" "$@"
		[ "$status" -ne 0 ] || break
		[ "$status" -ne 127 ] || continue
		has '(the limit of open files for this process is reached: see `ulimit -n`)'
		is_state "$before"
		told=$((told + 1))
	done
	status_is 0
	[ "$told" -gt 0 ] || fail "no limit was too low for $1"
}

@test "open files are used up: start and exec" {
	set_sh 'trap "exit 0" TERM; while :; do sleep 0.1; done'
	v create "$ID"
	status_is 0
	with_few_descriptors created start "$ID"
	with_few_descriptors running exec "$ID" true
	is_state running
	v delete --force "$ID"
	status_is 0
	assert_nothing_left
}

@test "user namespaces are switched off" {
	config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 0, size: 1}] |
		.linux.gidMappings = .linux.uidMappings | del(.linux.resources) | del(.linux.cgroupsPath)'
	w unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_user_namespaces; exec "$0" --root "$1" run "$2"' "$VIAL" "$T/s" "$ID"
	status_is 1
	has '(user namespaces are switched off: `sysctl user.max_user_namespaces` is 0)'
}

@test "another limit of namespaces is reached" {
	config 'del(.linux.resources) | del(.linux.cgroupsPath)'
	w unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_uts_namespaces; exec "$0" --root "$1" run "$2"' "$VIAL" "$T/s" "$ID"
	status_is 1
	has '(a limit of /proc/sys/user/max_*_namespaces is reached)'
}

@test "namespaces without the right to make them" {
	config 'del(.linux.resources) | del(.linux.cgroupsPath)'
	as_user run "$ID"
	status_is 1
	has '(new namespaces need CAP_SYS_ADMIN or a new user namespace)'
}

@test "a cgroup that is not delegated" {
	config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 12345, size: 1}] |
		.linux.gidMappings = .linux.uidMappings'
	as_user run "$ID"
	status_is 1
	has 'permission denied (this cgroup is not delegated to you: leave linux.cgroupsPath and limits out'
}

@test "ids without a range in /etc/subuid" {
	config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 700000, size: 10}] |
		.linux.gidMappings = .linux.uidMappings | del(.linux.resources) | del(.linux.cgroupsPath)'
	command -v newuidmap >/dev/null || skip "no newuidmap here"
	as_user run "$ID"
	status_is 1
	has 'newuidmap failed: '
	has '(the range must be in /etc/subuid for this user; `usermod --add-subuids` adds one)'
}

@test "a file system that the kernel does not know" {
	config '.mounts += [{destination: "/mnt", type: "nosuchfs", source: "x", options: []}]'
	v run "$ID"
	status_is 1
	has 'no such device (this kernel does not know this file system: see /proc/filesystems, or load its module)'
	assert_nothing_left
}

@test "the state root is full" {
	mkdir "$T/mnt"
	mount -t tmpfs -o size=16k none "$T/mnt"
	dd if=/dev/zero of="$T/mnt/fill" bs=1k count=64 status=none 2>/dev/null || true
	w "$VIAL" --root "$T/mnt" run "$ID"
	status_is 1
	has 'no space left on device (the file system that holds the state, see --root, is full)'
	is "$(ls "$T/mnt")" fill
}

@test "the state root is read-only" {
	mkdir "$T/mnt"
	mount -t tmpfs -o ro none "$T/mnt"
	w "$VIAL" --root "$T/mnt" run "$ID"
	status_is 1
	has '(the state needs a place that can be written: see --root)'
}

@test "processes are used up" {
	config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 12345, size: 1}] |
		.linux.gidMappings = .linux.uidMappings | del(.linux.resources) | del(.linux.cgroupsPath)'
	chmod 755 "$T" "$B"
	mkdir -p "$T/user"
	chown 12345:12345 "$T/user"
	cp "$VIAL" "$T/vial"
	w setpriv --reuid 12345 --regid 12345 --clear-groups bash -c 'ulimit -u 1; exec "$0" --root "$1" run "$2"' \
		"$T/vial" "$T/user/state" "$ID"
	status_is 1
	has '(a limit of processes is reached: RLIMIT_NPROC (`ulimit -u`) or pids.max of a cgroup)'
}

@test "advice changes no exit code and comes once" {
	v run "$ID"
	status_is 0
	set_args /no/such
	v run "$ID"
	status_is 1
	lacks '('
	config '.mounts += [{destination: "/mnt", type: "nosuchfs", source: "x", options: []}]'
	v --log "$T/log" --log-format json run "$ID"
	status_is 1
	is "$(grep -o 'this kernel does not know' "$T/log" | wc -l)" 1
}
