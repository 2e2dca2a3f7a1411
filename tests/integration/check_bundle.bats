#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# `vial check --bundle`: each finding provoked by a bundle that is broken so. What it says fails is
# run, too, and has to fail; what it passes has to run.

bats_require_minimum_version 1.5.0
load check

bundle() { on "$T/vial" "$@" check --bundle . --format json; }
# broken AREA NAME WORDS [ADVICE]: a failure of both
broken() {
	bundle
	status_is 1
	finding failure "$@"
	v run "$ID"
	[ "$status" -ne 0 ] || fail "it runs all the same: $*"
	assert_nothing_left
}
# dubious AREA NAME WORDS [ADVICE]: a warning, no failure
dubious() {
	bundle
	finding warning "$@"
	no_finding failure
	status_is 0
}
sound() {
	bundle
	no_finding failure
	status_is 0
	counts_agree
	v run "$ID"
	status_is 0
	assert_nothing_left
}
program() { # FILE MODE: content from stdin
	cat >"$B/rootfs/data/$1"
	chmod "$2" "$B/rootfs/data/$1"
	set_args "/data/$1"
}
mount_more() { config --argjson m "$1" '.mounts += [$m]'; }

@test "a bundle that runs has no failure" {
	sound
	finding pass config json 'config.json, version 1.0.2'
	finding pass root directory "$(realpath "$B")/rootfs"
	finding pass program file /bin/true
	finding pass mounts sources
	finding pass limits path "/vial-tests/$ID is free"
	v check --bundle "$B"
	status_is 0
	has '  ok    file: /bin/true'
	# Relative to the caller, as of create
	cp "$B/config.json" "$T/other.json"
	(cd "$T" && "$VIAL" check --config other.json --bundle bundle >/dev/null)
}

@test "config.json: missing, torn, of a wrong type, with unknown fields" {
	config '.process.arg = 1 | .linux.nosuch = {}'
	bundle
	status_is 0
	finding warning config unknown_field 'process.arg' misspelt
	finding warning config unknown_field 'linux.nosuch'
	bundle --strict
	status_is 1
	finding failure config strict 'process.arg'
	config 'del(.process.arg) | del(.linux.nosuch) | .process.args = "x"'
	broken config json 'process.args'
	echo '{ "ociVersion": ' >"$B/config.json"
	broken config json 'config.json'
	rm "$B/config.json"
	broken config json 'config.json not found' '`vial spec`'
}

@test "what create refuses, it refuses with the same words" {
	config '.linux.timeOffsets = {monotonic: {secs: 1}}'
	broken config plan "time namespace isn't enabled"
	local words
	words=$("$VIAL" check --bundle "$B" --format json | jq -r '.findings[] | select(.name == "plan").text')
	v run "$ID"
	has "$words"
}

@test "the root file system" {
	config '.root.path = "no/such"'
	broken root directory 'no/such: no such file or directory, so neither mounts nor program were looked at' 'relative to the bundle'
	config '.root.path = "/no/such"'
	broken root directory '/no/such: no such file or directory, so neither' 'root.path of config.json names it'
	touch "$B/file"
	config '.root.path = "file"'
	broken root directory 'not a directory'
}

@test "a program that is not there, or no program" {
	set_args /no/such
	broken program missing 'the program /no/such: no such file or directory'
	set_args no-such
	broken program missing '"no-such" is not found in $PATH, which is ' 'set PATH'
	set_args /etc
	broken program directory '/etc is a directory'
	program text 644 <<<'#!/bin/sh'
	broken program permission 'mode 0644' 'chmod a+x'
	program text 755 <<<'echo hello'
	broken program format 'neither an ELF program nor a script'
	program text 755 </dev/null
	broken program format 'is empty'
	config '.process.cwd = "/bin/sh"'
	set_args true
	broken program cwd 'is no directory'
	config '.process.cwd = "/data" | .process.args = ["./hello"]'
	program hello 755 <<<'#!/bin/true'
	config '.process.args = ["./hello"]'
	sound
	finding pass program file /data/hello
}

@test "scripts: interpreter, CR LF, interpreters of interpreters" {
	program s 755 <<<'#!/opt/no/such/sh -e'
	broken program missing 'the interpreter of /data/s, /opt/no/such/sh'
	printf '#!/bin/sh\r\ntrue\r\n' | program s 755
	broken program cr_lf 'CR LF' dos2unix
	program s 755 <<<'#!'
	broken program interpreter 'names no interpreter'
	program t 755 <<<'#!/data/s'
	program s 755 <<<'#!/data/t'
	broken program interpreter 'too many scripts'
	program s 755 <<<'#!/bin/sh'
	sound
}

@test "ELF programs: architecture, loader" {
	printf '\177ELF\002\002\001\000\000\000\000\000\000\000\000\000\000\002\000\026\000\000\000\001' >"$T/s390"
	head -c 200 /dev/zero >>"$T/s390"
	program s390 755 <"$T/s390"
	broken program architecture 'is for s390x' 'the image for this machine'
	program ls 755 </bin/ls
	broken program missing "the ELF loader of /data/ls, $(readelf -lW /bin/ls | sed -n 's/.*interpreter: \(.*\)\]/\1/p')"
}

@test "a hostile root: symlinks that lead out, loops, FIFOs and devices" {
	ln -s ../../../../../../../../../../../../bin/true "$B/rootfs/data/true"
	set_args /data/true
	# Inside, ".." stops at the root: that is busybox's own ls
	sound
	finding pass program file /data/true
	ln -s /etc/shadow-of-the-host "$B/rootfs/data/out"
	mkdir -p "$T/outside"
	cp /bin/busybox "$T/outside/tool"
	ln -s "$T/outside" "$B/rootfs/data/way"
	set_args /data/way/tool
	broken program missing 'no such file or directory'
	ln -s loop "$B/rootfs/data/loop"
	set_args /data/loop
	broken program unreachable 'too many levels of symbolic links'
	mkfifo "$B/rootfs/data/fifo"
	chmod 755 "$B/rootfs/data/fifo"
	set_args /data/fifo
	broken program no_file 'is no regular file'
	program s 755 <<<'#!/data/fifo'
	broken program no_file 'the interpreter of /data/s, /data/fifo'
	mknod "$B/rootfs/data/zero" c 1 5
	chmod 755 "$B/rootfs/data/zero"
	set_args /data/zero
	broken program no_file 'is no regular file'
	# A name with a line end does not look like a finding of ours
	config '.process.args = ["/x\n  ok    all: is well\u001b[2J"]'
	v check --bundle .
	status_is 1
	[ "$(grep -c 'all: is well' "$T/out")" -eq "$(grep -c '?  ok    all: is well?' "$T/out")" ] || fail "it does"
}

@test "permissions are those of the container's user" {
	program s 700 <<<'#!/bin/sh'
	config '.process.user = {uid: 1000, gid: 1000} | .process.capabilities = {}'
	broken program permission "the container's user 1000 may not execute it"
	chmod 750 "$B/rootfs/data/s"
	chgrp 77 "$B/rootfs/data/s"
	broken program permission
	config '.process.user.additionalGids = [77]'
	chmod 755 "$B/rootfs/data"
	bundle
	no_finding failure program
	mkdir -m 700 "$B/rootfs/data/closed"
	printf '#!/bin/sh\n' >"$B/rootfs/data/closed/s"
	chmod 755 "$B/rootfs/data/closed/s"
	set_args /data/closed/s
	broken program permission 'may not search /data/closed'
}

@test "mounts over the program: what they hold counts" {
	mkdir "$T/tools"
	printf '#!/bin/sh\n' >"$T/tools/tool"
	chmod 755 "$T/tools/tool"
	set_args /opt/x/tool
	broken program missing
	mount_more "{\"destination\": \"/opt/x\", \"type\": \"bind\", \"source\": \"$T/tools\", \"options\": [\"bind\"]}"
	mkdir -p "$B/rootfs/opt/x" # the root is read-only only after the mounts
	sound
	config '.mounts[-1].options = ["bind", "noexec"]'
	broken program noexec 'lies on a mount with noexec' 'option noexec'
	# A tmpfs hides what was there, unless that is copied into it
	config '.mounts[-1] = {destination: "/data", type: "tmpfs", source: "tmpfs"} | .process.args = ["/data/s"]'
	printf '#!/bin/sh\n' >"$B/rootfs/data/s"
	chmod 755 "$B/rootfs/data/s"
	broken program missing
	config '.mounts[-1].options = ["tmpcopyup"]'
	sound
	# Through a symlink of the image, as /var/run is one
	ln -s /data "$B/rootfs/var/run"
	config --arg t "$T/tools" '.mounts[-1] = {destination: "/var/run", type: "bind", source: $t, options: ["bind"]} | .process.args = ["/data/tool"]'
	sound
	set_args /proc/self/exe
	bundle
	finding warning program cannot_tell
}

@test "sources of mounts" {
	mount_more '{"destination": "/data", "type": "bind", "source": "/no/such/source", "options": ["bind"]}'
	broken mounts source "mounts[$(jq '.mounts | length - 1' "$B/config.json")] at /data: source /no/such/source: no such file or directory" 'the runtime makes no sources'
	config '.mounts[-1].source = "/etc/hostname"'
	broken mounts kind 'a file cannot be mounted on a directory'
	config '.mounts[-1] |= (.source = "/etc" | .destination = "/bin/busybox")'
	broken mounts kind 'a directory cannot be mounted on a file'
	config '.mounts[-1] = {destination: "/data", type: "nosuchfs", source: "x"}'
	bundle
	finding warning mounts file_system 'does not know the file system nosuchfs'
	config '.mounts[-1] = {destination: "/data", type: "bind", source: "rootfs/later", options: ["bind"]}'
	bundle
	finding warning mounts source 'rootfs/later' 'unless a mount before it or a hook makes it'
	config '.mounts[-1].source = "rootfs/etc"'
	sound
}

@test "id-mapped mounts: a file system that has them, and one that has not" {
	mkdir "$T/dir"
	mount_more "{\"destination\": \"/data\", \"type\": \"bind\", \"source\": \"$T/dir\", \"options\": [\"bind\"],
		\"uidMappings\": [{\"containerID\": 0, \"hostID\": 1000, \"size\": 1}], \"gidMappings\": [{\"containerID\": 0, \"hostID\": 1000, \"size\": 1}]}"
	sound
	config '.mounts[-1].source = "/proc/sys"'
	broken mounts idmap 'the file system of /proc/sys has no id-mapped mounts'
}

@test "user namespaces: ids that are not mapped, mounts that need namespaces of their own" {
	config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 10}] |
		.linux.gidMappings = .linux.uidMappings'
	config '.process.user = {uid: 10, gid: 0}'
	broken config plan 'process.user.uid: 10 is not mapped'
	config '.process.user = {uid: 0, gid: 0, additionalGids: [3, 12]}'
	broken ids group 'process.user.additionalGids[1] 12 is not mapped' linux.gidMappings
	config 'del(.process.user.additionalGids) | .mounts += [{destination: "/data", type: "tmpfs", source: "x", options: ["uid=9", "gid=11"]}]'
	broken mounts id 'mounts[8] at /data: gid=11 is not mapped in the user namespace' 'map it, or leave the option out'
	config '.mounts[-1].options = ["gid=9", "uid=9"]'
	bundle
	no_finding failure
	config 'del(.mounts[-1]) | .linux.namespaces |= map(select(.type != "ipc"))'
	broken mounts mqueue 'needs an ipc namespace of its own' 'add one to linux.namespaces'
	config '.linux.namespaces |= (map(select(.type != "pid")) + [{type: "ipc"}])'
	broken mounts proc 'needs a pid namespace of its own'
}

@test "an ordinary user's ranges, rlimits and cgroup" {
	chmod 755 "$T" "$B"
	config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 12345, size: 1},
		{containerID: 1, hostID: 700000, size: 10}] | .linux.gidMappings = .linux.uidMappings
		| .process.rlimits = [{type: "RLIMIT_NOFILE", soft: 10, hard: 9999999}]'
	user "$T/vial" check --bundle . --format json
	status_is 1
	finding failure ids uid_mappings 'linux.uidMappings[1]: /etc/subuid does not give 10 ids from 700000' 'usermod --add-subuids'
	finding failure ids gid_mappings
	finding failure limits rlimits 'RLIMIT_NOFILE is 9999999'
	finding failure limits delegation 'cannot be made by this user' 'Delegate=yes'
	config 'del(.linux.cgroupsPath) | del(.process.rlimits)'
	echo '12345:699990:15
12345:700005:10' >"$B/subids"
	on unshare -m --propagation private sh -ec 'mount --bind subids /etc/subuid; mount --bind subids /etc/subgid
		exec setpriv --reuid 12345 --regid 12345 --clear-groups "$0" check --bundle . --format json' "$T/vial"
	no_finding failure ids
	no_finding failure limits
	finding pass ids uid_mappings
}

@test "limits that the cgroups above make moot, or that cannot be set" {
	local top=/sys/fs/cgroup/memory file=memory.limit_in_bytes
	if [ ! -d $top ]; then
		top=/sys/fs/cgroup file=memory.max
	fi
	local above=vial-above-$ID # its limit is not to be that of tests beside this one
	mkdir "$top/$above"
	[ -e "$top/$above/$file" ] || echo +memory >"$top/cgroup.subtree_control"
	echo 67108864 >"$top/$above/$file"
	config ".linux.cgroupsPath = \"/$above/$ID\" | .linux.resources.memory = {limit: 134217728}"
	dubious limits above "linux.resources.memory.limit is 134217728, but $top/$above/$file above it is 67108864" 'what is less holds'
	config '.linux.resources.memory = {limit: 1048576}'
	dubious limits memory '1048576 bytes' '4 MiB'
	config 'del(.linux.resources.memory) | .linux.resources.hugepageLimits = [{pageSize: "3MB", limit: 1}]'
	bundle
	status_is 1
	[ "$(jq '[.findings[] | select(.level == "failure" and .area == "limits")] | length' "$T/json")" -ge 1 ] || fail "no failure"
	v run "$ID"
	status_is 1
	for top in /sys/fs/cgroup /sys/fs/cgroup/*; do
		[ ! -d "$top/$above" ] || rmdir "$top/$above"
	done
}

@test "a cgroup that is taken" {
	start_sleeper
	on "$T/vial" check --bundle . --format json
	status_is 1
	finding failure limits path 'is not empty' 'another container uses'
	v delete --force "$ID"
	status_is 0
	on "$T/vial" --cgroup-manager=disabled check --bundle . --format json
	status_is 0
	finding pass limits cgroup 'stays in the cgroup of its caller'
}

@test "seccomp: names nobody knows, calls without which nothing starts" {
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["opennat", "bpf"], action: "SCMP_ACT_ERRNO"}]}'
	dubious seccomp unknown_call 'no system call has the name opennat' misspelt
	config '.linux.seccomp.syscalls[0].names = ["execve"]'
	broken seccomp execve 'execve gets SCMP_ACT_ERRNO 1 (operation not permitted)' '--seccomp-record'
	config '.linux.seccomp.syscalls[0] |= (.names = ["brk"] | .action = "SCMP_ACT_KILL_PROCESS")'
	dubious seccomp brk 'brk gets SCMP_ACT_KILL_PROCESS'
	config '.linux.seccomp.syscalls[0].action = "SCMP_ACT_NOSUCH"'
	broken seccomp profile 'linux.seccomp.syscalls[0]'
}

@test "hooks: on the host and in the container" {
	config '.hooks = {prestart: [{path: "/no/such/hook"}]}'
	broken hooks program 'hooks.prestart[0]: /no/such/hook: no such file or directory'
	config '.hooks = {startContainer: [{path: "/no/such/hook"}]}'
	broken hooks missing 'hooks.startContainer[0] /no/such/hook'
	config '.hooks = {startContainer: [{path: "/bin/true", args: ["true"]}], poststop: [{path: "/bin/true"}]}'
	sound
	finding pass hooks program '2 programs'
	# What a hook might put there is not known
	config '.hooks = {createContainer: [{path: "/bin/true"}]} | .process.args = ["/data/later"]'
	dubious program missing '/data/later' 'unless one of the hooks'
}

@test "namespaces to be joined, capabilities, a terminal" {
	config '(.linux.namespaces[] | select(.type == "ipc")).path = "/proc/1/ns/nosuch"'
	broken config namespace 'the ipc namespace /proc/1/ns/nosuch cannot be joined'
	config '(.linux.namespaces[] | select(.type == "ipc")) |= del(.path) | .process.capabilities.bounding += ["CAP_NOSUCH"]'
	dubious config ignored CAP_NOSUCH
	config '.process.terminal = true'
	bundle
	finding pass config terminal 'create needs --console-socket'
}

@test "linux.sysctl: keys that the kernel has not, and that only the host's network has" {
	config '.linux.sysctl = {"net.ipv4.no_such_key": "1"}'
	broken sysctl missing '/proc/sys/net/ipv4/no_such_key' misspelt
	config '.linux.sysctl = {"net.core.dev_weight": "64"}' # of the host alone
	broken sysctl missing '/proc/sys/net/core/dev_weight' "host's network"
	config '.linux.sysctl = {"kernel.no_such_key": "1"}'
	broken config plan 'is not in a separate kernel namespace'
	config '.linux.sysctl = {"net.ipv4.ip_forward": "1", "kernel.shmmax": "65536"}'
	sound
	finding pass sysctl keys
	# Of a device that a hook may bring
	config '.linux.sysctl = {"net.ipv4.conf.eth7.forwarding": "1"}'
	bundle
	no_finding failure sysctl
}

@test "linux.devices: without a driver, without a rule, another one on the host" {
	config '.linux.devices = [{path: "/dev/strange", type: "c", major: 4000, minor: 7, fileMode: 438}]'
	dubious devices driver '/dev/strange: this host has no device c 4000:7'
	config '.linux.devices = [{path: "/dev/kmsg", type: "c", major: 1, minor: 11, fileMode: 438}]'
	dubious devices denied '/dev/kmsg: linux.resources.devices lets nobody read c 1:11'
	config '.process.args = ["dd", "if=/dev/kmsg", "of=/dev/null", "count=0"]'
	v run "$ID"
	status_is 1
	has 'not permitted'
	config '.linux.resources.devices = [{allow: false, access: "rwm"}, {allow: true, type: "c", major: 1, minor: 11, access: "rw"}]
		| .process.args = ["true"]'
	sound
	finding pass devices devices '1 of linux.devices'
	config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 0, size: 10}] |
		.linux.gidMappings = .linux.uidMappings | .linux.devices[0] |= (.path = "/dev/no-such")'
	broken devices host '/dev/no-such: no such file or directory' 'mknod(1)'
	config '.linux.devices[0].path = "/dev/zero"'
	bundle
	finding failure devices host "the host's /dev/zero is not c 1:11"
}

@test "cpusets and device rules against the cgroups above" {
	local cpuset=/sys/fs/cgroup/cpuset devices=/sys/fs/cgroup/devices above=vial-above-$ID
	config '.linux.resources.cpu = {cpus: "0-4095"}'
	bundle
	[ "$(jq '[.findings[] | select(.area == "limits" and (.text | contains("linux.resources.cpu.cpus is 0-4095, but ")))] | length' "$T/json")" -eq 1 ] ||
		fail "nothing about the CPUs"
	needs_v1
	mkdir "$cpuset/$above" "$devices/$above"
	echo 0 >"$cpuset/$above/cpuset.mems"
	echo 0 >"$cpuset/$above/cpuset.cpus"
	config ".linux.cgroupsPath = \"/$above/$ID\" | .linux.resources.cpu.cpus = \"1\""
	broken limits resources "linux.resources.cpu.cpus is 1, but $cpuset/$above/cpuset.cpus above it is 0"
	config '.linux.resources.cpu.cpus = "0"'
	sound
	config '.linux.resources.devices = [{allow: true, access: "rwm"}]'
	sound
	echo a >"$devices/$above/devices.deny"
	broken limits resources "linux.resources.devices: a is not allowed in $devices/$above"
	config '.linux.resources.devices = [{allow: false, access: "rwm"}]'
	echo 'c 1:3 rwm' >"$devices/$above/devices.allow"
	broken limits resources "is not allowed in $devices/$above"
	find /sys/fs/cgroup -depth -type d -path "*/$above*" -exec rmdir {} +
}
