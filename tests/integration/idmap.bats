#!/usr/bin/env bats
# shellcheck shell=bash disable=SC2016
# SPDX-License-Identifier: Apache-2.0
#
# Id-mapped mounts: idmap, ridmap, uidMappings and gidMappings of a mount.

load helpers

setup() {
	setup_container
	mkdir "$B/src" "$B/src2"
	echo one >"$B/src/a"
	echo two >"$B/src/b"
	chown 0:0 "$B/src/a"
	chown 100:211 "$B/src/b"
	echo three >"$B/src2/c"
	chown 5:6 "$B/src2/c"
}
teardown() { teardown_container; }

userns() {
	config '.linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}]'
	chown 100000:100000 "$B/rootfs" # mount points are made by the container's root
}
# idmount SOURCE DESTINATION UIDS GIDS [OPTION...]: ids as inside:outside:size
idmount() {
	local source=$1 destination=$2 uids=$3 gids=$4
	shift 4
	config --arg s "$source" --arg d "$destination" --arg u "$uids" --arg g "$gids" \
		--args 'def ids: split(":") | map(tonumber) | [{containerID: .[0], hostID: .[1], size: .[2]}];
		.mounts += [{source: $s, destination: $d, options: (["bind"] + $ARGS.positional),
			uidMappings: ($u | ids), gidMappings: ($g | ids)}]' "$@"
}
bindmount() {
	local source=$1 destination=$2
	shift 2
	config --arg s "$source" --arg d "$destination" \
		--args '.mounts += [{source: $s, destination: $d, options: $ARGS.positional}]' "$@"
}
config() { # as in helpers, for arguments behind the program
	jq "$@" <"$B/config.json" >"$B/config.json.new" && mv "$B/config.json.new" "$B/config.json"
}

@test "mappings of a mount without a user namespace, with a relative source" {
	idmount src/ /data 0:100000:65536 0:200000:65536
	bindmount src /plain bind
	run_sh 'stat -c "%n %u %g" /data/a /data/b /plain/b'
	output_is '/data/a 100000 200000
/data/b 100100 200211
/plain/b 100 211'
	is "$(stat -c %u:%g "$B/src/b")" 100:211 "on the host"
	assert_nothing_left
}

@test "mappings of a mount in a user namespace" {
	userns
	idmount src /data 0:100000:65536 0:100000:65536
	bindmount src /plain bind
	run_sh 'stat -c "%n %u %g" /data/a /data/b /plain/a; echo new >/data/new; stat -c "%u" /data/new'
	output_is "/data/a 0 0
/data/b 100 211
/plain/a 65534 65534
0"
	is "$(stat -c %u:%g "$B/src/new")" 0:0 "made in the container, on the host"
	assert_nothing_left
}

@test "other mappings than those of the container, several, the same source twice" {
	userns
	idmount src /one 100:101000:1 211:102000:1
	idmount src /two 100:103000:1 211:104000:1
	idmount src2 /three 0:100000:10 0:100000:10
	run_sh 'stat -c "%n %u %g" /one/b /two/b /three/c /one/a'
	output_is "/one/b 1000 2000
/two/b 3000 4000
/three/c 5 6
/one/a 65534 65534"
}

@test "several extents in one mapping" {
	config '.mounts += [{source: "src", destination: "/data", options: ["bind"],
		uidMappings: [{containerID: 0, hostID: 7000, size: 1}, {containerID: 100, hostID: 8000, size: 1}],
		gidMappings: [{containerID: 0, hostID: 7001, size: 1}, {containerID: 210, hostID: 8000, size: 5}]}]'
	run_sh 'stat -c "%u %g" /data/a /data/b'
	output_is "7000 7001
8000 8001"
}

@test "who is not mapped may not create files" {
	idmount src /data 0:100000:65536 0:100000:65536
	set_sh 'touch /data/x'
	v run "$ID"
	[ "$status" -ne 0 ] || fail "it worked"
	has "Value too large for defined data type"
	[ ! -e "$B/src/x" ]
}

@test "idmap without mappings is the container's user namespace" {
	userns
	bindmount src /data bind idmap
	run_sh 'stat -c "%u %g" /data/a /data/b'
	output_is "0 0
100 211"
	bindmount src2 /two rbind ridmap ro
	run_sh 'stat -c "%u %g" /two/c; touch /two/x; true'
	has "5 6"
	has "Read-only file system"
}

@test "idmap with a joined user namespace" {
	userns
	start_sleeper
	local pid ID2=$ID-2
	pid=$(pid_of)
	config --arg p "/proc/$pid/ns/user" '
		(.linux.namespaces[] | select(.type == "user")).path = $p
		| del(.linux.uidMappings, .linux.gidMappings) | .linux.cgroupsPath += "-2"'
	bindmount src /data bind idmap
	idmount src /other 100:100007:1 211:100008:1
	set_sh 'stat -c "%u %g" /data/a /data/b; stat -c "%u %g" /other/b'
	v run "$ID2"
	status_is 0
	output_is "0 0
100 211
7 8"
	v delete --force "$ID"
	assert_nothing_left
}

@test "idmap without a user namespace to map by is refused" {
	bindmount src /data bind idmap
	v run "$ID"
	fails_with 1 "idmap without mappings needs a user namespace"
	assert_nothing_left
}

@test "crun's syntax: absolute and relative ranges" {
	userns
	bindmount src /abs bind 'idmap=uids=0-100001-1#100-100002-1;gids=0-100003-1#211-100004-1'
	bindmount src /rel bind 'idmap=uids=@0-5-1#@100-6-1;gids=@0-7-300'
	bindmount src /uids bind 'idmap=uids=@0-9-1'
	run_sh 'stat -c "%n %u %g" /abs/* /rel/* /uids/a'
	output_is "/abs/a 1 3
/abs/b 2 4
/rel/a 5 7
/rel/b 6 218
/uids/a 9 0"
}

@test "crun's syntax without a user namespace" {
	bindmount src /data bind 'idmap=uids=100-1234-1;gids=211-4321-1'
	run_sh 'stat -c "%u %g" /data/b'
	output_is "1234 4321"
}

@test "crun's syntax, wrong" {
	local text
	for text in 'uids=0-1' 'uids=0-1-x' 'uids=0-1-0' 'uids=0-4294967295-2' 'nids=0-0-1' \
		'uids=' 'uids=0-0-1;uids=0-0-1' 'uids=-1-0-1' 'uids=@0-0-1' 'uids=0-0-99999999999'; do
		config '.mounts |= map(select(.destination != "/data"))'
		bindmount src /data bind "idmap=$text"
		v run "$ID"
		[ "$status" -eq 1 ] || fail "idmap=$text was accepted"
		has "options: idmap: "
	done
	assert_nothing_left
}

@test "mappings that cannot be" {
	config '.mounts += [{source: "src", destination: "/data", options: ["bind"],
		uidMappings: [{containerID: 0, hostID: 0, size: 1}]}]'
	v run "$ID"
	fails_with 1 "id-mapped mounts must have both uid and gid mappings specified"
	config 'del(.mounts[-1]) | .mounts += [{type: "tmpfs", destination: "/data",
		uidMappings: [{containerID: 0, hostID: 0, size: 1}],
		gidMappings: [{containerID: 0, hostID: 0, size: 1}]}]'
	v run "$ID"
	fails_with 1 "id-mapped mounts are only supported for bind-mounts"
	config '.mounts[-1] |= {source: "src", destination: "/data", options: ["bind"],
		uidMappings: [{containerID: 0, hostID: 0, size: 0}],
		gidMappings: [{containerID: 0, hostID: 0, size: 1}]}'
	v run "$ID"
	fails_with 1 "empty, or passes the last id"
	# Overlapping extents are the kernel's to refuse.
	config '.mounts[-1].uidMappings = [{containerID: 0, hostID: 0, size: 5},
		{containerID: 2, hostID: 9, size: 5}]'
	v run "$ID"
	fails_with 1 "uid_map"
	assert_nothing_left
}

@test "a file system that cannot be mapped is named" {
	idmount /proc/sys /data 0:1000:10 0:1000:10
	v run "$ID"
	fails_with 1 "lies on a proc, which cannot be id-mapped"
	has "error mounting"
	assert_nothing_left
	userns
	v run "$ID"
	fails_with 1 "lies on a proc, which cannot be id-mapped"
	assert_nothing_left
}

@test "a source that is missing, with and without a user namespace" {
	idmount /nonex /data 0:1000:10 0:1000:10
	v run "$ID"
	fails_with 1 "failed to fulfil mount request: open /nonex: no such file or directory"
	userns
	v run "$ID"
	fails_with 1 "failed to fulfil mount request: open /nonex: no such file or directory"
	assert_nothing_left
}

@test "a symlink as source, a file, an options' propagation" {
	ln -s src "$B/link"
	userns
	idmount link /data 0:100000:65536 0:100000:65536 shared
	idmount src/b /file 100:100042:1 211:100043:1 ro
	run_sh 'stat -c "%u %g" /data/b /file; grep " /data " /proc/self/mountinfo | grep -c " shared:"
		echo x >/file; true'
	has "100 211
42 43
1"
	has "Read-only file system"
}

@test "recursive: what is mounted below is mapped too, or not" {
	mkdir "$B/src/below"
	mount -t tmpfs -o mode=755 tmpfs "$B/src/below"
	: >"$B/src/below/f"
	idmount src /one 0:1000:10 0:1000:10 rbind
	idmount src /two 0:1000:10 0:1000:10 rbind ridmap
	run_sh 'stat -c "%u %g" /one/below/f /two/below/f'
	output_is "0 0
1000 1000"
	umount "$B/src/below"
	assert_nothing_left
}

@test "a source that only the host's root may reach" {
	mkdir -p "$T/closed/in"
	chmod 700 "$T/closed"
	echo secret >"$T/closed/in/f"
	userns
	idmount "$T/closed/in" /data 0:100000:65536 0:100000:65536
	bindmount "$T/closed/in" /plain bind
	run_sh 'stat -c "%u" /data/f /plain/f; cat /data/f'
	output_is "0
65534
secret"
}

@test "a source in the root itself" {
	userns
	mkdir "$B/rootfs/inner"
	: >"$B/rootfs/inner/f"
	idmount rootfs/inner /data 0:100003:65533 0:100003:65533
	run_sh 'stat -c "%u" /data/f'
	output_is 3
}

@test "many id-mapped mounts with few descriptors, none of which is left open" {
	local n
	for n in $(seq 20); do
		idmount src "/m$n" "0:$((100000 + n)):1000" "0:$((100000 + n)):1000"
	done
	config 'del(.process.rlimits)'
	printf '#!/bin/sh\nulimit -n 20\nexec %s "$@"\n' "$VIAL" >"$T/$PROGRAM"
	chmod +x "$T/$PROGRAM"
	VIAL=$T/$PROGRAM
	# In a shell of its own: the pipe is open in the shell that makes it.
	run_sh 'sh -c "ls /proc/1/fd | wc -l"; grep -c " /m[0-9]* " /proc/self/mountinfo; stat -c %u /m20/a'
	output_is "3
20
100020"
	userns
	run_sh 'sh -c "ls /proc/1/fd | wc -l"; grep -c " /m[0-9]* " /proc/self/mountinfo; stat -c %u /m20/a'
	output_is "3
20
20"
	assert_nothing_left
}

@test "no more processes than are needed: the container's mapping needs none of its own" {
	vial_only "counts our processes"
	command -v strace >/dev/null || skip "no strace"
	userns
	bindmount src /data bind idmap
	idmount src2 /two 0:100000:65536 0:100000:65536
	set_args true
	# LeakSanitizer, where it is in, does not work under strace.
	strace -f -qq -e trace=clone3 -o "$T/trace" env "$MARK" ASAN_OPTIONS=detect_leaks=0 "$VIAL" --root "$ROOT" run -b "$B" "$ID"
	# init, and the one that opens sources
	is "$(grep -c 'clone3(' "$T/trace")" 2
}

@test "an ordinary user is refused" {
	vial_only "the words"
	local user=nobody dir=$T/user
	id "$user" >/dev/null || skip "no $user"
	userns
	idmount src /data 0:0:1 0:0:1
	chmod -R a+rX "$T"
	mkdir -m 777 "$dir"
	run setpriv --reuid "$user" --regid nogroup --clear-groups env -C "$B" XDG_RUNTIME_DIR="$dir" \
		"$VIAL" --root "$dir/state" run "$ID"
	[ "$status" -eq 1 ]
	[[ $output == *"id-mapped mounts are not supported for rootless containers"* ]] || fail "$output"
}
