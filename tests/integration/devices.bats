#!/usr/bin/env bats
# shellcheck shell=bash disable=SC2016
# SPDX-License-Identifier: Apache-2.0
#
# linux.devices and the default ones, with and without a user namespace.

load helpers

setup() {
	setup_container
	R=$B/rootfs
}
teardown() { teardown_container; }

userns() {
	config '.linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}]'
	chown 100000:100000 "$R" "$R/dev"
}
no_dev() { config '.mounts |= map(select(.destination | startswith("/dev") | not))'; }
devices() { config --argjson d "$1" '.linux.devices = $d'; }

@test "devices: outside of /dev, block, character, unbuffered, with mode and owner" {
	devices '[{"path": "/srv/deep/null", "type": "c", "major": 1, "minor": 3, "fileMode": 416, "uid": 5, "gid": 6},
		{"path": "/srv/loop", "type": "b", "major": 7, "minor": 0},
		{"path": "/dev/u", "type": "u", "major": 1, "minor": 5, "fileMode": 384}]'
	config '.root.readonly = false'
	run_sh 'stat -c "%F %t:%T %a %u:%g" /srv/deep/null /srv/loop /dev/u'
	output_is "character special file 1:3 640 5:6
block special file 7:0 666 0:0
character special file 1:5 600 0:0"
	is "$(stat -c %t:%T "$R/srv/deep/null")" 1:3 "on the host"
	assert_nothing_left
}

@test "devices: modes do not depend on the caller's umask" {
	devices '[{"path": "/dev/f", "type": "p", "fileMode": 511}, {"path": "/dev/n", "type": "c", "major": 1, "minor": 3}]'
	umask 077
	run_sh 'stat -c "%a" /dev/f /dev/n /dev/null'
	output_is "777
666
666"
}

@test "devices: those that are there anyway may be named again" {
	devices '[{"path": "/dev/tty", "type": "c", "major": 5, "minor": 0, "fileMode": 438},
		{"path": "/dev/ptmx", "type": "c", "major": 5, "minor": 2, "fileMode": 438},
		{"path": "/dev/null", "type": "c", "major": 1, "minor": 3}]'
	run_sh 'stat -Lc "%n %A %t:%T" /dev/tty /dev/ptmx /dev/null'
	output_is "/dev/tty crw-rw-rw- 5:0
/dev/ptmx crw-rw-rw- 5:2
/dev/null crw-rw-rw- 1:3"
	lacks warning
}

@test "devices: a node of the image that is the right one gets its mode" {
	no_dev
	mknod -m 600 "$R/dev/null" c 1 3
	run_sh 'stat -c "%a" /dev/null'
	output_is 666
}

@test "devices: what is in the place and is not that device is an error" {
	vial_only "runc 1.1 takes what is there"
	local make
	no_dev
	for make in 'mknod null c 1 5' 'mknod null b 1 3' 'mkfifo null' 'mkdir null' 'echo file >null' 'ln -s zero null'; do
		(cd "$R/dev" && rm -rf null && eval "$make")
		v run "$ID"
		fails_with 1 "error creating device nodes: /dev/null: what is there already is not that device"
		assert_nothing_left
	done
	is "$(readlink "$R/dev/null")" zero "the image's own"
}

@test "devices: wrong ones in the configuration" {
	local text
	for text in '{"path": "/dev/x", "type": "x", "major": 1, "minor": 3}' \
		'{"path": "/dev/x", "type": "c", "major": 1}' \
		'{"path": "/dev/x", "type": "c", "major": -1, "minor": 3}' \
		'{"path": "/dev/x", "type": "c", "major": 5000, "minor": 3}' \
		'{"path": "/dev", "type": "c", "major": 1, "minor": 3}' \
		'{"path": "/", "type": "c", "major": 1, "minor": 3}'; do
		devices "[$text]"
		v run "$ID"
		[ "$status" -eq 1 ] || fail "$text"
	done
	devices '[{"path": "/etc/passwd/x", "type": "c", "major": 1, "minor": 3}]'
	v run "$ID"
	fails_with 1 "error creating device nodes: /etc/passwd/x"
	assert_nothing_left
}

@test "devices in a user namespace: the host's, bound, without suid and programs" {
	userns
	devices '[{"path": "/dev/kmsg", "type": "c", "major": 1, "minor": 11},
		{"path": "/dev/pipe", "type": "p", "fileMode": 384}]'
	run_sh 'stat -c "%n %F %t:%T" /dev/null /dev/kmsg /dev/pipe; stat -c "%a %u" /dev/pipe
		echo x >/dev/null && echo written; grep " /dev/null " /proc/self/mountinfo | cut -d" " -f6'
	has "/dev/null character special file 1:3"
	has "/dev/kmsg character special file 1:b"
	has "/dev/pipe fifo 0:0"
	has "600 0"
	has written
	[[ $(tail -n 1 "$T/out") == *nosuid*noexec* ]] || fail "flags"
	assert_nothing_left
}

@test "devices in a user namespace: on files of the image, without a tmpfs" {
	userns
	no_dev
	: >"$R/dev/null"
	mknod "$R/dev/zero" c 1 5
	run_sh 'stat -c "%n %t:%T" /dev/null /dev/zero; echo x >/dev/null; head -c 3 /dev/zero | wc -c'
	output_is "/dev/null 1:3
/dev/zero 1:5
3"
	[ ! -s "$R/dev/null" ] || fail "written through"
}

@test "devices in a user namespace: a wrong one is an error, on either side" {
	userns
	devices '[{"path": "/dev/none-such", "type": "c", "major": 1, "minor": 3}]'
	v run "$ID"
	fails_with 1 "bind the host's /dev/none-such: no such file or directory"
	devices '[{"path": "/dev/zero", "type": "c", "major": 1, "minor": 3}]'
	v run "$ID"
	fails_with 1 "the host's /dev/zero is another device"
	no_dev
	devices '[]'
	ln -s /etc/passwd "$R/dev/null"
	v run "$ID"
	fails_with 1 "/dev/null: what is there already is not that device"
	assert_nothing_left
}

@test "devices: a bound /dev is left as it is" {
	mkdir "$T/dev"
	no_dev
	config --arg d "$T/dev" '.mounts += [{destination: "/dev", source: $d, options: ["bind"]}]'
	devices '[{"path": "/dev/x", "type": "c", "major": 1, "minor": 3}]'
	run_sh 'ls -A /dev'
	output_is ""
	is "$(ls -A "$T/dev")" ""
}

@test "devices: one that config.json mounts itself stays" {
	echo mine >"$T/file"
	config --arg f "$T/file" '.mounts += [{destination: "/dev/null", source: $f, options: ["bind", "ro"]},
		{destination: "/dev/zero", source: "/dev/zero", options: ["bind"]}]'
	run_sh 'cat /dev/null; head -c 2 /dev/zero | wc -c'
	is "$(cat "$T/out")" "mine
2"
	has "device /dev/null: something else is mounted there"
	lacks "device /dev/zero"
}
