#!/usr/bin/env bats
# shellcheck shell=bash disable=SC2016,SC2154
# SPDX-License-Identifier: Apache-2.0
# checkpoint and restore when something is wrong: what is said, and that nothing is lost or left.

bats_require_minimum_version 1.5.0
load helpers
load criu

# Not within the time limit of a test: it may have to be fetched.
setup_file() { "$TOP/scripts/criu-for-tests.sh" >/dev/null; }
setup() { setup_criu; }
teardown() { teardown_container; }

# fake_criu PYTHON: a criu of that code; its socket is `s`
fake_criu() {
	mkdir -p "$T/fake"
	printf '#!%s\nimport socket, sys\ns = socket.socket(fileno=int(sys.argv[2]))\n%s\n' \
		"$(command -v python3)" "$1" >"$T/fake/criu"
	chmod +x "$T/fake/criu"
	PATH=$T/fake:$PATH
}
# a path with all that is needed, but no criu
hide_criu() {
	mkdir -p "$T/bin"
	local tool
	for tool in env timeout sed grep jq cat sleep ps; do ln -sf "$(command -v $tool)" "$T/bin/$tool"; done
	PATH_BEFORE=$PATH
	PATH=$T/bin
}
feature() { "$VIAL" features | jq -r '.annotations["run.oci.vial.checkpoint.enabled"]'; }
still_runs() {
	is "$(state_of)" running
	goes_on "$(count)"
}

@test "without CRIU: the commands say so, and features, too" {
	start_counter
	is "$(feature)" true
	save --leave-running
	works
	hide_criu
	save
	fails_with 1 '"criu": executable file not found in $PATH'
	is "$(feature)" false
	still_runs
	PATH=$PATH_BEFORE
	v delete --force "$ID"
	hide_criu
	restore
	fails_with 1 '"criu": executable file not found in $PATH'
	PATH=$PATH_BEFORE
	assert_nothing_left
}

@test "a CRIU that is too old is named with its version" {
	start_counter
	fake_criu 's.recv(999); s.send(b"\x08\x0a\x10\x01\x52\x06\x08\x02\x10\x0c\x20\x01")'
	save
	fails_with 1 'CRIU 2.12.1 is too old: 3.15 is needed'
	is "$(feature)" false
	still_runs
}

@test "a CRIU that does not speak its language" {
	start_counter
	fake_criu 'sys.exit(7)'
	save
	fails_with 1 'criu ended without an answer, status 7'
	fake_criu 's.recv(999); s.send(b"what?")'
	save
	fails_with 1 'not a message of its RPC'
	# 4.1 by its word, but the dump fails without a log
	fake_criu 's.recv(9999); s.send(b"\x08\x0a\x10\x01\x52\x06\x08\x04\x10\x01\x20\x00"); s.recv(9999); s.send(b"\x08\x01\x10\x00")'
	save
	fails_with 1 "criu failed: type DUMP errno 0 (CRIU left no log $WORK/dump.log)"
	fake_criu 's.recv(999); import os; os.kill(os.getpid(), 11)'
	save
	fails_with 1 'criu was ended by signal 11'
	is "$(feature)" false
	still_runs
}

@test "a dump that fails leaves the container running and says why" {
	start_task lock /tmp/lock
	save
	status_is 1
	has '--- Quoting "work-dir/dump.log"'
	has 'criu failed: type DUMP errno'
	has "log file: $WORK/dump.log"
	grep -q 'level=error msg="criu failed.*lock' "$T/err"
	still_runs
	v delete --force "$ID"
	assert_nothing_left
}

@test "containers that are created, stopped or unknown cannot be saved" {
	v checkpoint "$ID"
	fails_with 1 'container does not exist'
	set_sh :
	v create "$ID"
	save
	fails_with 1 'container cannot be checkpointed in created state'
	is "$(state_of)" created
	v start "$ID"
	wait_state stopped
	save
	fails_with 1 'container cannot be checkpointed in stopped state'
	[ ! -e "$IMAGES" ]
	v checkpoint '../x'
	fails_with 1 'invalid container ID format'
}

@test "options that cannot be right are refused, and the container runs on" {
	start_counter
	save --parent-path /abs
	fails_with 1 '--parent-path must be relative'
	save --parent-path ../none
	fails_with 1 '--parent-path'
	has 'no such file or directory'
	save --manage-cgroups-mode harder
	fails_with 1 'invalid manage-cgroups-mode value: harder'
	save --network-lock ropes
	fails_with 1 'invalid network-lock value: ropes'
	save --empty-ns mount
	fails_with 1 'namespace "mount" is not supported by --empty-ns'
	save --page-server nowhere
	fails_with 1 '--page-server is ADDRESS:PORT'
	save --page-server 127.0.0.1:65536
	fails_with 1 '--page-server is ADDRESS:PORT'
	save --lazy-pages --status-fd 77
	fails_with 1 '--status-fd 77: bad file descriptor'
	save --status-fd -1
	status_is 1
	v checkpoint --image-path /proc/none "$ID"
	fails_with 1 '/proc/none'
	still_runs
}

@test "images that are missing or broken: nothing is left of the restore" {
	restore
	fails_with 1 "open $IMAGES: no such file or directory"
	mkdir "$IMAGES"
	restore
	fails_with 1 'descriptors.json'
	echo '["a", "b", 3]' >"$IMAGES/descriptors.json"
	restore
	fails_with 1 'descriptors.json:1:12: [2]: expected a string'
	echo '["a"]' >"$IMAGES/descriptors.json"
	restore
	fails_with 1 'expected an array of 3 strings'
	echo '["", "", ""]' >"$IMAGES/descriptors.json"
	restore
	fails_with 1 'criu failed: type RESTORE errno'
	assert_nothing_left
}

@test "images that were cut: nothing is left, and whole they can be restored again" {
	start_counter
	save
	works
	local image
	for image in inventory.img pstree.img mm-1.img; do
		cp "$IMAGES/$image" "$T/kept"
		truncate -s 12 "$IMAGES/$image"
		restore
		fails_with 1 'criu failed: type RESTORE errno'
		has "log file: $WORK/restore.log"
		v state "$ID"
		fails_with 1 'container does not exist'
		cp "$T/kept" "$IMAGES/$image"
	done
	assert_nothing_left
	restore
	works
	still_runs
}

# CRIU itself loops over them, and fills its log.
@test "memory that was cut is told before CRIU is asked, in the images of a parent, too" {
	start_counter
	save
	works
	cp "$IMAGES/pages-1.img" "$T/kept"
	truncate -s 4096 "$IMAGES/pages-1.img"
	restore
	fails_with 1 "$IMAGES/pages-1.img: it was cut: it has 4096 bytes, and pagemap-1.img tells of"
	rm "$IMAGES/pages-1.img"
	restore
	fails_with 1 "$IMAGES/pages-1.img: no such file or directory"
	[ ! -e "$WORK/restore.log" ]
	cp "$T/kept" "$IMAGES/pages-1.img"
	mkdir "$T/parent"
	cp "$IMAGES/pagemap-1.img" "$T/parent/"
	: >"$T/parent/pages-1.img"
	ln -s ../parent "$IMAGES/parent"
	restore
	fails_with 1 "$IMAGES/parent/pages-1.img: it was cut: it has 0 bytes"
	rm "$IMAGES/parent"
	assert_nothing_left
	restore
	works
	still_runs
}

@test "an id that is taken, a bundle without config.json, a profile that is none" {
	start_counter
	save --leave-running
	works
	restore
	fails_with 1 'container with given ID already exists'
	still_runs
	v restore --image-path "$IMAGES" --bundle "$T" other
	fails_with 1 'config.json not found'
	restore --lsm-profile unconfined
	fails_with 1 '--lsm-profile is apparmor:PROFILE or selinux:LABEL'
	restore --lsm-profile apparmor:
	fails_with 1 '--lsm-profile is apparmor:PROFILE or selinux:LABEL'
}

@test "an image cannot choose what is mounted by the name of a mount point (CVE-2026-119101)" {
	mkdir "$T/src" "$T/secret"
	echo secret >"$T/secret/file"
	mkdir -p "$B/rootfs/x]:$T/secret"
	ln -s "/x]:$T/secret" "$B/rootfs/a"
	config --arg s "$T/src" '.mounts += [{destination: "/a", type: "bind", source: $s, options: ["rbind"]}]'
	start_counter
	save
	fails_with 1 'is a name that CRIU reads back as another'
	still_runs
	[ ! -e "$IMAGES/inventory.img" ]
	v delete --force "$ID"
	assert_nothing_left
}

@test "a destination of config.json that CRIU would read as another is refused by restore" {
	start_counter
	save
	works
	mkdir "$T/src"
	config --arg s "$T/src" '.mounts += [{destination: "/a]:/etc", type: "bind", source: $s, options: ["rbind"]}]'
	restore
	fails_with 1 'is a name that CRIU reads back as another'
	assert_nothing_left
}

@test "a swapped symlink hides a mount but does not rename it" {
	mkdir "$T/src" "$B/rootfs/first" "$B/rootfs/second"
	ln -s first "$B/rootfs/a"
	config --arg s "$T/src" '.mounts += [{destination: "/a", type: "bind", source: $s, options: ["rbind"]}]'
	start_counter
	ln -sfn second "$B/rootfs/a"
	save
	fails_with 1 'criu failed: type DUMP'
	still_runs
}

@test "a restore that is killed half way is removed by delete --force" {
	start_counter
	save
	works
	config --arg t "$T" '.hooks = {createRuntime: [{path: "/bin/sh", args: ["sh", "-c", "echo $$ >\($t)/hook; exec sleep 30"]}]}'
	(cd "$B" && exec env "$MARK" "$VIAL" --root "$ROOT" restore --detach --image-path "$IMAGES" --work-path "$WORK" "$ID" \
		</dev/null >"$T/out" 2>"$T/err" 3>&-) &
	local pid=$!
	until_true 20 test -s "$T/hook"
	kill -9 $pid
	wait $pid || true
	kill -9 "$(cat "$T/hook")"
	v delete --force "$ID"
	status_is 0
	assert_nothing_left
}

# A CRIU whose first process dies while it asks us something waits for ever (4.1 and 4.2).
@test "a restore whose first process is killed half way ends, and nothing is left" {
	start_counter
	save
	works
	config --arg l "$WORK/restore.log" '.hooks = {createRuntime: [{path: "/bin/sh", args: ["sh", "-c",
		"kill -9 $(jq .pid); i=0; until grep -q killed.by.signal.9 \($l); do sleep 0.1; i=$((i + 1)); [ $i -lt 100 ]; done"],
		env: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]}]}'
	restore
	fails_with 1 'killed by signal 9'
	assert_nothing_left
	config 'del(.hooks)'
	restore
	works
	still_runs
}

@test "a CRIU that is silent about what it has ended is ended, with its helpers" {
	# Asked to restore, it makes a process that ends at once, names it, and then says nothing.
	fake_criu "import os, time
s.recv(999); s.send(b'\\x08\\x0a\\x10\\x01\\x52\\x06\\x08\\x04\\x10\\x01\\x20\\x01')
s.recv(99999)
if os.fork() == 0: time.sleep(1000)
pid = os.fork()
if pid == 0: os._exit(0)
n, v = b'', pid
while True:
    n, v = n + bytes([v & 127 | (128 if v > 127 else 0)]), v >> 7
    if not v: break
m = b'\\x0a\\x10setup-namespaces\\x10' + n
s.send(b'\\x08\\x06\\x10\\x01\\x2a' + bytes([len(m)]) + m)
s.recv(999)
time.sleep(1000)"
	mkdir -p "$IMAGES"
	echo '["", "", ""]' >"$IMAGES/descriptors.json"
	restore
	fails_with 1 'what criu restores was ended, and criu says nothing'
	assert_nothing_left
}

@test "what CRIU cannot handle is said by its name: id-mapped mounts, no mount namespace" {
	mkdir "$T/src"
	config --arg s "$T/src" '.mounts += [{destination: "/data", type: "bind", source: $s,
		options: ["bind", "idmap=uids=0-100000-1000;gids=0-100000-1000"]}]'
	start_counter
	save
	fails_with 1 'CRIU knows no id-mapped mounts'
	still_runs
}

@test "restore --no-pivot warns that it has no effect" {
	start_counter
	save --leave-running
	works
	restore --no-pivot
	fails_with 1 'container with given ID already exists'
	has '--no-pivot has no effect'
}
