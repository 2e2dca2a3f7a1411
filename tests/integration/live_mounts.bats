#!/usr/bin/env bats
# shellcheck shell=bash disable=SC2016
# SPDX-License-Identifier: Apache-2.0
#
# `mounts add` and `mounts remove`: mounts of a container that runs.

load helpers

setup() {
	setup_container
	vial_only "crun has the command, too"
	R=$B/rootfs
	mkdir "$T/src"
	echo here >"$T/src/f"
}
teardown() { teardown_container; }

userns() {
	config '.linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}]'
	chown 100000:100000 "$R"
}
doc() { printf '%s' "$1" >"$T/mounts.json"; }
add() { v mounts add "$ID" "$T/mounts.json"; }
remove() { v mounts remove "$ID" "$T/mounts.json"; }
inside() { v exec "$ID" sh -c "$1"; }

@test "mounts add: binds and a tmpfs, with flags; mounts remove takes them away" {
	start_sleeper
	doc '[{"destination": "/data", "source": "'"$T/src"'", "options": ["bind", "ro", "nosuid"]},
		{"destination": "/home", "type": "tmpfs", "source": "tmpfs", "options": ["size=1m", "nodev", "ro"]}]'
	add
	status_is 0
	output_is ""
	inside 'cat /data/f; awk '\''$5 == "/data" || $5 == "/home" { print $5, $6 }'\'' /proc/self/mountinfo; touch /data/x /home/x; true'
	has "here
/data ro,nosuid,relatime
/home ro,nodev,relatime"
	is "$(grep -c 'Read-only' "$T/err")" 2
	is "$(grep -c "$R/data" /proc/self/mountinfo)" 0 "on the host"
	remove
	status_is 0
	inside 'ls /data; grep -c " /data " /proc/self/mountinfo; true'
	output_is 0
	v delete --force "$ID"
	assert_nothing_left
}

@test "mounts add: relative sources, a created and a paused container, standard input" {
	mkdir "$B/rel"
	echo rel >"$B/rel/f"
	config '.root.readonly = false'
	set_sh 'cat /new/dir/f'
	v create "$ID"
	status_is 0
	doc '[{"destination": "new/dir", "source": "rel", "options": ["bind"]}]'
	status=0
	"$VIAL" --root "$ROOT" mounts add "$ID" - <"$T/mounts.json" >"$T/out" 2>&1 3>&- || status=$?
	status_is 0
	v start "$ID"
	wait_state stopped
	add
	fails_with 1 "container not running"
	v delete "$ID"
	start_sleeper
	v pause "$ID"
	add
	status_is 0
	v resume "$ID"
	inside 'cat /new/dir/f'
	output_is rel
}

@test "mounts add: in a user namespace, id-mapped, from a place hidden from its user" {
	userns
	mkdir -m 700 "$T/closed"
	echo secret >"$T/closed/f"
	start_sleeper
	doc '[{"destination": "/data", "source": "'"$T/closed"'", "options": ["bind", "idmap"]},
		{"destination": "/home", "source": "'"$T/src"'", "options": ["rbind", "rro"]},
		{"destination": "/var", "type": "tmpfs", "source": "tmpfs"}]'
	add
	status_is 0
	inside 'cat /data/f; stat -c %u /data/f /var; touch /home/x /var/y; true'
	has "secret
0
0"
	is "$(grep -c 'Read-only' "$T/err")" 1
	remove
	status_is 0
	inside 'ls /data /home'
	lacks secret
}

@test "mounts add: a user namespace cannot uncover what is mounted below a source" {
	userns
	mkdir "$T/src/sub"
	echo hidden >"$T/src/sub/h"
	mount -t tmpfs -o nosuid,noexec,mode=755 tmpfs "$T/src/sub"
	config '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
	start_sleeper
	doc '[{"destination": "/data", "source": "'"$T/src"'", "options": ["rbind"]}]'
	add
	status_is 0
	inside 'umount /data/sub; ls /data/sub; mount -o remount,bind,exec,suid /data/sub; true'
	is "$(cat "$T/out")" ""
	is "$(grep -c 'Invalid argument\|denied\|not permitted' "$T/err")" 2
	v delete --force "$ID"
	umount "$T/src/sub"
	assert_nothing_left
}

@test "mounts add: all or nothing" {
	start_sleeper
	doc '[{"destination": "/data", "source": "'"$T/src"'", "options": ["bind"]},
		{"destination": "/etc/passwd", "source": "'"$T/src"'", "options": ["bind"]}]'
	add
	fails_with 1 "error mounting"
	inside 'ls /data; grep -c " /data " /proc/self/mountinfo; true'
	output_is 0
	doc '[{"destination": "/data", "source": "'"$T/src"'", "options": ["bind"]},
		{"destination": "/home", "source": "/nonex", "options": ["bind"]}]'
	add
	fails_with 1 "[1]: failed to fulfil mount request: open /nonex: no such file or directory"
	inside 'grep -c " /data " /proc/self/mountinfo; true'
	output_is 0
}

@test "mounts: what is refused" {
	start_sleeper
	local text
	while IFS='|' read -r json text; do
		doc "$json"
		add
		fails_with 1 "$text" || fail "$json"
	done <<-'EOT'
		[{"destination": "/proc", "type": "proc", "source": "proc"}]|a proc cannot be added
		[{"destination": "/data", "type": "proc", "source": "proc"}]|a proc cannot be added
		[{"destination": "/data", "type": "cgroup", "source": "cgroup"}]|a cgroup cannot be added
		[{"destination": "/", "type": "tmpfs", "source": "tmpfs"}]|the root of a container that runs stays
		[{"destination": "/proc/sys", "type": "tmpfs", "source": "tmpfs"}]|inside /proc
		[{"destination": "/x", "source": "/tmp", "options": ["bind", "nosuch"]}]|filesystem-specific
		{"destination": "/x"}|expected an array, found an object
		[{"source": "/x"}]|destination
		[{"destination": 1}]|[0].destination
		[|mounts.json
	EOT
	v mounts add "$ID" "$T/none"
	fails_with 1 "open $T/none: no such file or directory"
	v mounts add nosuch "$T/mounts.json"
	fails_with 1 "container does not exist"
	v mounts change "$ID" "$T/mounts.json"
	fails_with 1 "neither add nor remove"
	v mounts add "$ID"
	fails_with 1 "requires exactly 3 argument(s)"
	doc '[{"destination": "/data", "source": "/x", "options": ["bind"]}]'
	remove
	fails_with 1 "/data is not a mount point"
	doc '[{"destination": "/none", "source": "/x", "options": ["bind"]}]'
	remove
	fails_with 1 "open /none: no such file or directory"
	v delete --force "$ID"
	assert_nothing_left
}

@test "mounts: without a mount namespace of the container's own" {
	config '.linux.namespaces |= map(select(.type != "mount")) | .mounts = []
		| .linux.maskedPaths = [] | .linux.readonlyPaths = [] | .root.readonly = false'
	start_sleeper
	doc '[{"destination": "/data", "source": "'"$T/src"'", "options": ["bind"]}]'
	add
	fails_with 1 "the container has no mount namespace of its own"
	v delete --force "$ID"
	assert_nothing_left
}

@test "mounts add: a hostile container does not lead it out of its root" {
	mkdir "$T/canary"
	echo mine >"$T/canary/file"
	config '.root.readonly = false | .process.capabilities |= map_values(. + ["CAP_SYS_ADMIN", "CAP_SYS_CHROOT"])'
	start_sleeper
	inside "ln -s $T/canary /abs; ln -s ../../../../../..$T/canary /up; ln -s /proc/1/root /magic"
	status_is 0
	local d
	for d in /abs /abs/new /up/sub /abs/file; do
		doc '[{"destination": "'"$d"'", "source": "'"$T/src"'", "options": ["bind"]}]'
		add
		is "$(find "$T/canary" | sort | tr '\n' ' ')" "$T/canary $T/canary/file "
		is "$(cat "$T/canary/file")" mine
		! grep -qF " $T/canary" /proc/self/mountinfo || fail "mounted on the host"
	done
	doc '[{"destination": "/magic/x", "source": "'"$T/src"'", "options": ["bind"]}]'
	add
	[ "$status" -eq 1 ] || fail "through /proc/1/root"
	v delete --force "$ID"
	assert_nothing_left
}

@test "mounts add: a race with a container that swaps the destination" {
	mkdir "$T/canary"
	echo mine >"$T/canary/file"
	config '.root.readonly = false'
	set_sh "mkdir /swap /swap/a; ln -s $T/canary /swap/b
		trap 'exit 0' TERM; while :; do mv -T /swap/a /swap/c; mv -T /swap/b /swap/a; mv -T /swap/c /swap/b; done 2>/dev/null"
	v run -d "$ID"
	status_is 0
	local n
	doc '[{"destination": "/swap/a/new", "source": "'"$T/src"'", "options": ["bind"]}]'
	for ((n = 0; n < ${VIAL_RACES:-15}; n++)); do
		add
		is "$(find "$T/canary" | sort | tr '\n' ' ')" "$T/canary $T/canary/file "
	done
	is "$(cat "$T/canary/file")" mine
	v delete --force "$ID"
	assert_nothing_left
}

@test "mounts add: its helper is out of sight, and shows no directory of the host" {
	config '.root.readonly = false | .process.capabilities |= map_values(. + ["CAP_SYS_PTRACE", "CAP_DAC_READ_SEARCH"])'
	set_sh 'echo looking >/seen; trap "exit 0" TERM; while :; do for p in /proc/[0-9]*; do
			[ "$p" = /proc/1 ] || ls -l $p/exe $p/fd 2>/dev/null | grep -v "busybox\|/proc\|/dev\|pipe\|total\|/$" >>/seen; done; done'
	v run -d "$ID"
	status_is 0
	until_true 10 grep -q looking "$R/seen"
	local n
	doc '[{"destination": "/data", "source": "'"$T/src"'", "options": ["bind"]}]'
	for ((n = 0; n < 10; n++)); do
		add
		status_is 0
		remove
		status_is 0
	done
	v delete --force "$ID"
	is "$(grep -c "$T" "$R/seen" || true)" 0
	is "$(grep -c 'vial\|memfd' "$R/seen" || true)" 0
}
