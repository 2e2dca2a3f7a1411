#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A program that cannot be executed: `run` and `start` say why. The errno words are what Docker
# reads its exit codes 126 and 127 from.

load helpers
setup() { setup_container; }
teardown() { teardown_container; }

# refused TEXT...: both ways of starting fail with all TEXTs and leave nothing.
refused() {
	local text
	v run "$ID"
	status_is 1
	for text; do has "$text"; done
	assert_nothing_left
	v create "$ID"
	if [ "$status" -eq 0 ]; then
		v start "$ID"
	fi
	status_is 1
	for text; do has "$text"; done
	message=$output
	v delete --force "$ID"
	status_is 0
	assert_nothing_left
}

program() { # FILE MODE: content from stdin
	cat >"$B/rootfs/data/$1"
	chmod "$2" "$B/rootfs/data/$1"
}

@test "no such file, by path" {
	set_args /no/such
	refused 'exec: "/no/such"' 'no such file or directory'
}

@test "no such file, by name in PATH" {
	set_args no-such-program
	refused 'exec: "no-such-program": executable file not found in $PATH'
}

@test "found in PATH only when executable" {
	program tool 644 <<<'#!/bin/sh'
	config '.process.env = ["PATH=/data"]'
	set_args tool
	refused 'tool'
	[[ $message == *'executable file not found in $PATH'* || $message == *'ermission denied'* ]] || fail words
}

@test "not executable" {
	program s 644 <<<'#!/bin/sh'
	set_args /data/s
	refused '/data/s' 'ermission denied'
}

@test "a directory" {
	set_args /etc
	refused '/etc'
	[[ ${message,,} == *'permission denied'* || $message == *'is a directory'* ]] || fail words
}

@test "an empty args[0]" {
	set_args ''
	refused "$PROGRAM "
}

@test "a script whose interpreter is missing" {
	vial_only "runc exits 1 from init, after start said 0"
	program s 755 <<<'#!/opt/no/such/sh -e'
	set_args /data/s
	refused '/data/s' 'no such file or directory' "(the script's interpreter /opt/no/such/sh does not exist)"
}

@test "a program whose ELF loader is missing" {
	vial_only "runc does not say"
	cp /bin/ls "$B/rootfs/data/ls"
	set_args /data/ls
	# Not every machine of the tests has readelf(1).
	local loader
	loader=$(grep -aoE '/lib[a-z0-9/_.-]*/ld[a-z0-9_.-]+' /bin/ls | head -n 1)
	[ -e "$loader" ]
	refused '/data/ls' 'no such file or directory' \
		"(the program's ELF loader $loader does not exist: is it made for another C library?)"
}

@test "a program of another architecture" {
	vial_only "runc does not say"
	# An ELF header of a 64-bit big-endian s390 (machine 22)
	printf '\177ELF\002\002\001\000\000\000\000\000\000\000\000\000\000\002\000\026\000\000\000\001' >"$B/rootfs/data/s390"
	head -c 200 /dev/zero >>"$B/rootfs/data/s390"
	chmod 755 "$B/rootfs/data/s390"
	set_args /data/s390
	refused '/data/s390' 'exec format error (the program is for s390x, this machine is '
}

@test "a text file without an interpreter line" {
	vial_only "runc does not say"
	program s 755 <<<'echo no hash bang'
	set_args /data/s
	refused 'exec /data/s: exec format error (neither an ELF program nor a script that starts with #!)'
	program s 755 <<<'#!'
	refused "exec /data/s: exec format error (the script's first line names no interpreter)"
}

@test "an empty file" {
	vial_only "runc does not say"
	program s 755 </dev/null
	set_args /data/s
	refused 'exec /data/s: exec format error (the file is empty)'
}

@test "a file system that forbids execution" {
	config '.mounts += [{destination: "/data", type: "bind", source: "rootfs/data", options: ["bind", "noexec"]}]'
	program s 755 <<<'#!/bin/sh'
	set_args /data/s
	refused '/data/s' 'ermission denied'
}

@test "a user who may not execute the file; may with CAP_DAC_OVERRIDE only if an x bit exists" {
	program s 700 <<<'#!/bin/sh'
	config '.process.user = {uid: 1000, gid: 1000}'
	set_args /data/s
	refused '/data/s' 'ermission denied'
}

@test "a cwd the user may not enter" {
	mkdir "$B/rootfs/data/locked"
	chmod 700 "$B/rootfs/data/locked"
	chown 7:7 "$B/rootfs/data/locked"
	config '.process.user = {uid: 1000, gid: 1000} | .process.cwd = "/data/locked"
		| .process.capabilities = {}'
	set_args true
	v run "$ID"
	# Entering it as root before the change of user is allowed, and what runc does.
	[ "$status" -eq 0 ] || has '/data/locked'
	assert_nothing_left
}

@test "too long an argument list" {
	vial_only "runc does not say"
	config '.process.args = ["true", ("x" * 200000)]'
	refused 'rgument list too long'
}

@test "a start that fails leaves a stopped container behind create, which delete removes" {
	vial_only "start of runc returns 0"
	program s 755 <<<'#!/opt/no/such/sh'
	set_args /data/s
	v create "$ID"
	status_is 0
	v start "$ID"
	status_is 1
	wait_state stopped
	v delete "$ID"
	status_is 0
	assert_nothing_left
}
