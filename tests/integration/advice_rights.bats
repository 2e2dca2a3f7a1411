#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Errors that explain: rights and ids that the caller or a user namespace has not, mounts that cannot be.

bats_require_minimum_version 1.5.0

setup() {
	load helpers
	setup_container
	vial_only "the advice is ours"
}
teardown() {
	[ -z "${NS_HOLDER-}" ] || kill "$NS_HOLDER" 2>/dev/null || true
	teardown_container
}

# without CAPABILITY COMMAND...: as root, who lacks one
without() { w setpriv --bounding-set "-$1" --inh-caps "-$1" "$VIAL" --root "$ROOT" "${@:2}"; }
userns() {
	config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 10}] |
		.linux.gidMappings = .linux.uidMappings | .mounts |= map(select(.type != "devpts"))'
	chown 100000:100000 "$B/rootfs"
}
# joins SETGROUPS UID_MAP GID_MAP: the container's user namespace is one that somebody else has made
joins() {
	hold_userns
	echo "$1" >"/proc/$NS_HOLDER/setgroups"
	echo "$2" >"/proc/$NS_HOLDER/uid_map"
	echo "$3" >"/proc/$NS_HOLDER/gid_map"
	config --arg p "/proc/$NS_HOLDER/ns/user" 'del(.linux.resources) | del(.linux.cgroupsPath) |
		.linux.namespaces += [{type: "user", path: $p}] | .mounts |= map(select(.type != "devpts"))'
	chown 700000:700000 "$B/rootfs"
}

@test "the bounding set without CAP_SETPCAP" {
	without setpcap run "$ID"
	status_is 1
	has 'from the bounding set: prctl(2): operation not permitted (dropping needs CAP_SETPCAP)'
	assert_nothing_left
}

@test "groups without CAP_SETGID, in a namespace that denies them, and without a mapping" {
	config '.process.user.additionalGids = [5]'
	without setgid run "$ID"
	status_is 1
	has 'process.user.additionalGids: setgroups(2): operation not permitted (it needs CAP_SETGID)'
	assert_nothing_left
	joins deny '0 700000 10' '0 700000 10'
	v run "$ID"
	status_is 1
	has '(the user namespace denies it)'
}

@test "groups that a namespace does not map" {
	config '.process.user.additionalGids = [55]'
	joins allow '0 700000 10' '0 700000 10'
	v run "$ID"
	status_is 1
	has 'setgroups(2): invalid argument (is each group mapped in the user namespace?)'
	config '.process.user = {uid: 0, gid: 44}'
	v run "$ID"
	status_is 1
	has 'process.user.gid: setresgid(2) to 44: invalid argument (it is not mapped in the user namespace)'
	config '.process.user = {uid: 33, gid: 0}'
	v run "$ID"
	status_is 1
	has 'process.user.uid: setresuid(2) to 33: invalid argument (it is not mapped in the user namespace)'
}

@test "a joined namespace that maps no root group" {
	joins allow '0 700000 10' '5 700000 10'
	v run "$ID"
	status_is 1
	has '(gid 0 is not mapped)'
}

@test "limits that may not be raised" {
	config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 20000, hard: 20000}]'
	w sh -c 'ulimit -n 10000; exec "$@"' sh setpriv --bounding-set -sys_resource --inh-caps -sys_resource "$VIAL" --root "$ROOT" run "$ID"
	status_is 1
	has 'process.rlimits[0]: RLIMIT_NOFILE: prlimit(2): operation not permitted (it cannot be above sysctl fs.nr_open, and raising a hard limit needs CAP_SYS_RESOURCE)'
	config '.process.rlimits[0].type = "RLIMIT_CORE"'
	w sh -c 'ulimit -c 0; exec "$@"' sh setpriv --bounding-set -sys_resource --inh-caps -sys_resource "$VIAL" --root "$ROOT" run "$ID"
	status_is 1
	has 'process.rlimits[0]: RLIMIT_CORE: prlimit(2): operation not permitted (raising a hard limit needs CAP_SYS_RESOURCE)'
	config '.process.rlimits[0].type = "RLIMIT_NOFILE"'
	config '.process.rlimits[0] |= (.soft = 1099511627776 | .hard = 1099511627776)'
	v run "$ID"
	status_is 1
	has '(it cannot be above sysctl fs.nr_open, and raising a hard limit needs'
	assert_nothing_left
}

@test "an oom score that may not be lowered" {
	config '.process.oomScoreAdj = -500'
	without sys_resource run "$ID"
	status_is 1
	has 'process.oomScoreAdj'
	has '(lowering it needs CAP_SYS_RESOURCE)'
	assert_nothing_left
}

@test "scheduling without CAP_SYS_NICE" {
	config '.process.scheduler = {policy: "SCHED_FIFO", priority: 5}'
	without sys_nice run "$ID"
	status_is 1
	has 'sched_setattr(2): operation not permitted (it needs CAP_SYS_NICE, and a real-time policy under cgroup v1 also linux.resources.cpu.realtimeRuntime)'
	config '.process.scheduler = {policy: "SCHED_ISO"}'
	v run "$ID"
	status_is 1
	has 'sched_setattr(2): invalid argument (Linux reserves SCHED_ISO and does not implement it)'
	assert_nothing_left
}

@test "an I/O class that an ordinary user may not have" {
	config '.process.ioPriority = {class: "IOPRIO_CLASS_RT", priority: 1} | .linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 12345, size: 1}] | .linux.gidMappings = .linux.uidMappings |
		del(.linux.resources) | del(.linux.cgroupsPath) | .mounts |= map(select(.type != "devpts"))'
	chmod 755 "$T" "$B"
	mkdir -p "$T/user"
	chown 12345:12345 "$T/user" "$B/rootfs"
	cp "$VIAL" "$T/vial"
	w setpriv --reuid 12345 --regid 12345 --clear-groups "$T/vial" --root "$T/user/state" run "$ID"
	status_is 1
	has 'ioprio_set(2): operation not permitted (IOPRIO_CLASS_RT needs CAP_SYS_NICE or CAP_SYS_ADMIN)'
}

@test "mqueue in a user namespace that shares the host's ipc namespace" {
	userns
	config '.linux.namespaces |= map(select(.type != "ipc")) | .mounts += [{destination: "/data", type: "mqueue", source: "mqueue"}]'
	v run "$ID"
	status_is 1
	has 'operation not permitted (mqueue in a user namespace needs an ipc namespace of its own)'
	assert_nothing_left
}

# idmapped SOURCE DESTINATION: an id-mapped mount by the caller's own calls
idmapped() {
	hold_userns
	echo '0 700000 10' >"/proc/$NS_HOLDER/uid_map"
	echo '0 700000 10' >"/proc/$NS_HOLDER/gid_map"
	python3 - "$1" "$2" "/proc/$NS_HOLDER/ns/user" <<-'END'
		import ctypes, os, struct, sys
		call = ctypes.CDLL(None, use_errno=True).syscall
		def check(n):
		    if n < 0: sys.exit(os.strerror(ctypes.get_errno()))
		    return n
		source, destination, ns = sys.argv[1:]
		OPEN_TREE, MOVE_MOUNT, MOUNT_SETATTR = 428, 429, 442 # on every architecture
		tree = check(call(OPEN_TREE, -100, source.encode(), 1))
		attr = struct.pack("=4Q", 0x100000, 0, 0, os.open(ns, os.O_RDONLY))
		check(call(MOUNT_SETATTR, tree, b"", 0x1000, attr, len(attr)))
		check(call(MOVE_MOUNT, tree, b"", -100, destination.encode(), 4))
	END
}
mapped_mount() {
	config --arg s "$1" --arg o "$2" '.mounts += [{destination: "/data", type: "bind", source: $s, options: [$o],
		uidMappings: [{containerID: 0, hostID: 100000, size: 10}], gidMappings: [{containerID: 0, hostID: 100000, size: 10}]}]'
}

@test "an id-mapped source, id-mapped once more" {
	mkdir "$T/once" "$T/from"
	idmapped "$T/from" "$T/once"
	mapped_mount "$T/once" bind
	v run "$ID"
	status_is 1
	has 'idmap: mount_setattr(2): operation not permitted (the source is id-mapped already, or its file system belongs to another user namespace)'
	umount "$T/once"
	kill "$NS_HOLDER"
	assert_nothing_left
}

@test "a file system that cannot be id-mapped and has no name here; one below the source" {
	mkdir -p "$T/from/below"
	mount -t mqueue mqueue "$T/from/below"
	mapped_mount "$T/from/below" bind
	v run "$ID"
	status_is 1
	has "the file system of $T/from/below (type 0x19800202) cannot be id-mapped"
	umount "$T/from/below"
	mount --bind /proc/sys "$T/from/below"
	config '.mounts |= .[:-1]'
	mapped_mount "$T/from" rbind
	config '.mounts[-1].options += ["ridmap"]'
	v run "$ID"
	status_is 1
	has "(a mount below $T/from cannot be id-mapped: \`idmap\` leaves out what \`ridmap\` maps)"
	umount "$T/from/below"
	assert_nothing_left
}
