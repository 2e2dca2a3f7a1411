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

# --- why a program cannot be executed, or does not live long ---------------------------------------

# start_fails TEXT: the same by run and by create and start, as engines call it
start_fails() {
	v run "$ID"
	status_is 1
	has "$1"
	v create "$ID"
	status_is 0
	v start "$ID"
	status_is 1
	has "$1"
	v delete --force "$ID"
	status_is 0
	assert_nothing_left
}

@test "a seccomp profile that denies execve" {
	config '.process.noNewPrivileges = false
		| .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["execve"], action: "SCMP_ACT_ERRNO"}]}'
	start_fails 'exec /bin/true: operation not permitted (linux.seccomp answers execve(2) so: allow it there)'
	config '.linux.seccomp.syscalls[0].errnoRet = 38 | .process.noNewPrivileges = true'
	start_fails 'exec /bin/true: function not implemented (linux.seccomp answers execve(2) so: allow it there)'
	# exec gets the same filter, but the same advice only when it is the filter
	config 'del(.linux.seccomp)'
	start_sleeper
	v exec "$ID" /etc
	status_is 255
	lacks seccomp
}

@test "a seccomp profile that kills at execve, or later" {
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["execve"], action: "SCMP_ACT_KILL_PROCESS"}]}'
	v create "$ID"
	status_is 0
	has 'level=warning'
	has "linux.seccomp: execve(2) gets SCMP_ACT_KILL_PROCESS: the container's program cannot be executed"
	v delete --force "$ID"
	config '.linux.seccomp.syscalls[0].names = ["getcwd"] | .process.args = ["pwd"]'
	v run "$ID"
	status_is 159 # 128 + SIGSYS
	has 'the program was ended by SIGSYS, as linux.seccomp does'
	config '.linux.seccomp.syscalls[0].names = ["bpf"]'
	v run "$ID"
	status_is 0
	lacks warning
	assert_nothing_left
}

@test "a program that is killed for lack of memory: in the foreground, and while it starts" {
	config '.linux.resources.memory = {limit: 8388608, swap: 8388608}'
	set_sh 'tail -c 100000000 /dev/zero >/dev/null; exit 3'
	v run "$ID"
	status_is 3
	has "1 of the container's processes killed for lack of memory: see linux.resources.memory.limit"
	set_args true
	v run "$ID"
	status_is 0
	lacks memory
	# The limit binds from create on; execve(2) needs room for the arguments once more
	config '.linux.resources.memory = {limit: 1048576, swap: 1048576} | .process.args = ["true"] + [range(20) | "x" * 100000]'
	v create "$ID"
	status_is 0
	v start "$ID"
	has "killed for lack of memory while it started: see linux.resources.memory.limit"
	wait_state stopped
	v delete "$ID"
	status_is 0
	assert_nothing_left
}

@test "a memory limit that is too low for init" {
	config '.linux.resources.memory = {limit: 40960}'
	v run "$ID"
	status_is 1
	has '(container init was OOM-killed? linux.resources.memory.limit is 40960 bytes)'
	assert_nothing_left
}

@test "noexec, an interpreter that may not be executed" {
	printf '#!/bin/sh\n' >"$B/rootfs/data/s"
	chmod 755 "$B/rootfs/data/s"
	set_args /data/s
	config '.mounts += [{destination: "/data", type: "bind", source: "rootfs/data", options: ["bind", "noexec"]}]'
	# Found out before start
	v create "$ID"
	status_is 1
	has 'exec: "/data/s": permission denied (it lies on a mount with noexec)'
	config 'del(.mounts[-1])'
	cp /bin/busybox "$B/rootfs/data/interpreter"
	chmod 644 "$B/rootfs/data/interpreter"
	printf '#!/data/interpreter sh\n' >"$B/rootfs/data/s"
	start_fails 'exec /data/s: permission denied (/data/interpreter, by which it is run, has no execute permission)'
	printf '#!/bin/sh\r\n' >"$B/rootfs/data/s"
	start_fails "the script's lines end in CR LF"
}

# --- mounts ------------------------------------------------------------------------------------------

@test "an overlay on a file system that does not suit" {
	config '.mounts += [{destination: "/data", type: "overlay", source: "o",
		options: ["lowerdir=/usr", "upperdir=/proc/sys", "workdir=/proc"]}]'
	v run "$ID"
	status_is 1
	has 'invalid argument (an overlay needs its upperdir and workdir on one file system that is local'
	assert_nothing_left
}

@test "a file system that a user namespace may not mount" {
	config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 0, size: 10}] |
		.linux.gidMappings = .linux.uidMappings | .mounts += [{destination: "/data", type: "devtmpfs", source: "x"}]'
	v run "$ID"
	status_is 1
	has 'operation not permitted (the kernel lets no user namespace mount a devtmpfs like this: mount it on the host and bind it)'
	assert_nothing_left
}

@test "a terminal group that a user namespace does not map" {
	config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 0, size: 5}] |
		.linux.gidMappings = .linux.uidMappings' # the bundle's /dev/pts has gid=5, as everybody's
	v run "$ID"
	status_is 1
	has 'error mounting "devpts" to rootfs at "/dev/pts"'
	has '(gid=5 is not mapped in the user namespace: map it, or leave the option out)'
	config '.mounts |= (map(select(.type != "devpts")) + [{destination: "/data", type: "tmpfs", source: "x", options: ["uid=5"]}])'
	v run "$ID"
	status_is 1
	has '(uid=5 is not mapped in the user namespace: map it, or leave the option out)'
	config '.mounts[-1].options = ["uid=4", "size=wrong"]'
	v run "$ID"
	status_is 1
	lacks 'not mapped'
	assert_nothing_left
}

# in_userns SHELL-COMMANDS: as root of a user namespace with mounts of its own
in_userns() { w unshare -Urm --propagation private sh -ec "$1"'; exec "$0" --root "$1" run "$2"' "$VIAL" "$T/s" "$ID"; }

@test "flags of a mount that a user namespace locks" {
	mkdir "$T/mnt"
	mount -t tmpfs -o nodev,nosuid,noexec none "$T/mnt"
	config --arg m "$T/mnt" 'del(.linux.resources) | del(.linux.cgroupsPath) | .mounts |= map(select(.destination | IN("/proc", "/dev", "/tmp")))
		| .mounts += [{destination: "/data", type: "bind", source: $m, options: ["bind", "exec"]}]'
	in_userns :
	status_is 1
	has '(a mount that was made outside of this user namespace keeps its flags: name those of ro, nosuid, nodev and noexec that it has)'
	config '.mounts[-1].options = ["bind", "noexec", "nosuid", "nodev"] | .process.args = ["true"]'
	in_userns :
	status_is 0
}

@test "a new proc where the caller's is covered" {
	config 'del(.linux.resources) | del(.linux.cgroupsPath) | .mounts |= map(select(.destination | IN("/proc", "/dev", "/tmp")))'
	w unshare -m --propagation private sh -ec 'mount --bind /tmp /proc/sys; exec unshare -Urm "$@"' \
		sh "$VIAL" --root "$T/s" run "$ID"
	status_is 1
	has "(a new proc would show what is covered in the caller's)"
}

# --- security modules --------------------------------------------------------------------------------

@test "an AppArmor profile that is not loaded" {
	# This kernel may have no AppArmor: writing the profile's name then fails in the same way
	config '.process.apparmorProfile = "no-such-profile-of-vial"'
	w unshare -m --propagation private sh -ec 'mount -t tmpfs none /sys/module; mkdir -p /sys/module/apparmor/parameters
		echo Y >/sys/module/apparmor/parameters/enabled; exec "$0" --root "$1" run "$2"' "$VIAL" "$ROOT" "$ID"
	status_is 1
	has 'process.apparmorProfile: apply "no-such-profile-of-vial"'
	has '(is the profile loaded into AppArmor? `aa-status` lists those that are'
}

@test "a SELinux label that the policy does not have" {
	config '.process.selinuxLabel = "system_u:system_r:no_such_t:s0" | .mounts |= map(select(.type != "cgroup"))'
	w unshare -m --propagation private sh -ec 'mount -t tmpfs none /sys/fs; mkdir -p /sys/fs/selinux; touch /sys/fs/selinux/status
		exec "$0" --root "$1" --cgroup-manager=disabled run "$2"' "$VIAL" "$ROOT" "$ID"
	status_is 1
	has 'process.selinuxLabel: apply "system_u:system_r:no_such_t:s0"'
	has "(does SELinux's policy have this label?"
}

@test "a controller that is not there" {
	needs_v1
	config '.linux.resources.pids = {limit: 10}'
	w unshare -m --propagation private sh -ec 'mount -t tmpfs none /sys/fs/cgroup; for c in memory devices; do
		mkdir /sys/fs/cgroup/$c; mount -t cgroup -o $c none /sys/fs/cgroup/$c; done; exec "$0" --root "$1" run "$2"' "$VIAL" "$ROOT" "$ID"
	status_is 1
	has 'linux.resources.pids.limit: cannot set pids limit'
	has '(controller pids is not mounted)'
}
