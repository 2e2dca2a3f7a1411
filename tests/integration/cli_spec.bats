#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# spec: the configuration to start from, field by field, and that it runs.

bats_require_minimum_version 1.5.0

setup() {
	load helpers
	setup_container
	rm "$B/config.json"
	mkdir "$T/s"
	cd "$T/s" || return 1
}
teardown() { teardown_container; }

s() { v_in "$T/s" "$@"; }
q() { jq -c "$1" config.json; }

@test "spec: writes config.json and nothing else" {
	s spec
	status_is 0
	output_is ''
	is "$(ls)" config.json
	is "$(q keys_unsorted)" '["ociVersion","process","root","hostname","mounts","linux"]'
	is "$(q '.process | [.terminal, .user, .args, .cwd, .noNewPrivileges]')" '[true,{"uid":0,"gid":0},["sh"],"/",true]'
	is "$(q .process.env)" '["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin","TERM=xterm"]'
	is "$(q '.process.capabilities | keys_unsorted')" '["bounding","effective","permitted"]'
	is "$(q .process.capabilities.bounding)" '["CAP_AUDIT_WRITE","CAP_KILL","CAP_NET_BIND_SERVICE"]'
	is "$(q '.process.rlimits')" '[{"type":"RLIMIT_NOFILE","hard":1024,"soft":1024}]'
	is "$(q .root)" '{"path":"rootfs","readonly":true}'
	is "$(q '[.mounts[].destination]')" '["/proc","/dev","/dev/pts","/dev/shm","/dev/mqueue","/sys","/sys/fs/cgroup"]'
	is "$(q '.mounts[] | select(.destination == "/dev/pts").options')" \
		'["nosuid","noexec","newinstance","ptmxmode=0666","mode=0620","gid=5"]'
	is "$(q '.mounts[] | select(.type == "cgroup").options')" '["nosuid","noexec","nodev","relatime","ro"]'
	is "$(q '.linux.resources')" '{"devices":[{"allow":false,"access":"rwm"}]}'
	is "$(q '[.linux.namespaces[].type] - ["cgroup"]')" '["pid","network","ipc","uts","mount"]'
	is "$(q '.linux.maskedPaths | length')" 10
	is "$(q '.linux.readonlyPaths')" '["/proc/bus","/proc/fs","/proc/irq","/proc/sys","/proc/sysrq-trigger"]'
}

@test "spec --rootless: an ordinary user's" {
	local args
	for args in --rootless -rootless --rootless=true; do
		rm -f config.json
		s spec $args
		status_is 0
		is "$(q '[.linux.namespaces[].type] - ["cgroup"]')" '["pid","ipc","uts","mount","user"]'
		is "$(q .linux.uidMappings)" "[{\"containerID\":0,\"hostID\":$(id -u),\"size\":1}]"
		is "$(q .linux.gidMappings)" "[{\"containerID\":0,\"hostID\":$(id -g),\"size\":1}]"
		is "$(q .linux.resources)" null
		is "$(q '.mounts[] | select(.destination == "/sys")')" \
			'{"destination":"/sys","type":"none","source":"/sys","options":["rbind","nosuid","noexec","nodev","ro"]}'
		is "$(q '[.mounts[].options[]?] | map(select(startswith("gid"))) | length')" 0
	done
	rm config.json
	s spec --rootless=false
	is "$(q '.linux.uidMappings')" null
}

@test "spec --bundle, in its three forms, and a directory that is not there" {
	local args
	for args in '-b d' '--bundle d' '--bundle=d'; do
		rm -rf d && mkdir d
		# shellcheck disable=SC2086 # words
		s spec $args
		status_is 0
		[ -s d/config.json ]
	done
	s spec -b none
	fails_with 1 'chdir none: no such file or directory'
	touch file
	s spec -b file
	fails_with 1 'chdir file: not a directory'
	s spec -b
	fails_with 1 'flag needs an argument: -b'
}

@test "spec: what is there stays there" {
	echo mine >config.json
	s spec
	fails_with 1 'File config.json exists. Remove it first'
	is "$(cat config.json)" mine
	rm config.json
	ln -s "$T/elsewhere" config.json
	s spec
	fails_with 1 'File config.json exists. Remove it first'
	[ ! -e "$T/elsewhere" ]
	rm config.json
	mkdir config.json
	s spec
	fails_with 1 'File config.json exists. Remove it first'
}

@test "spec: a directory that may not be written, a full disk" {
	mkdir ro
	mount -t tmpfs -o ro none ro
	s spec -b ro
	fails_with 1 'open config.json: read-only file system'
	umount ro
	mkdir small
	mount -t tmpfs -o size=4k none small
	dd if=/dev/zero of=small/fill bs=4k count=1 status=none || true
	s spec -b small
	status_is 1
	has 'no space left on device'
	[ ! -e small/config.json ]
	umount small
}

@test "spec: what it writes runs" {
	v spec
	status_is 0
	config --arg mark "$MARK" --arg cg "/vial-tests/$ID" '.process.terminal = false |
		.process.env += [$mark] | .linux.cgroupsPath = $cg | .process.args = ["sh", "-c", "echo works; hostname"]'
	v run "$ID"
	status_is 0
	is "$(sed -n 1p "$T/out")" works
	is "$(sed -n 2p "$T/out")" "$PROGRAM"
	assert_nothing_left
}
