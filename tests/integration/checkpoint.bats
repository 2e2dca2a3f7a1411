#!/usr/bin/env bats
# shellcheck shell=bash disable=SC2016,SC2154
# SPDX-License-Identifier: Apache-2.0
# checkpoint and restore: what is saved goes on. Options of CRIU's in checkpoint_options.bats, what
# goes wrong in checkpoint_errors.bats.

bats_require_minimum_version 1.5.0
load helpers
load criu

# Not within the time limit of a test: it may have to be fetched.
setup_file() { "$TOP/scripts/criu-for-tests.sh" >/dev/null; }
setup() { setup_criu; }
teardown() {
	[ -z "${HELD-}" ] || kill "$HELD" 2>/dev/null || true
	[ ! -e "/run/netns/vt$ID" ] || ip netns del "vt$ID"
	[ -z "${RECVTTY_PID-}" ] || kill "$RECVTTY_PID" 2>/dev/null || true
	teardown_container
}

# What of the posture CRIU could lose: flags of mounts, what is masked, what a process may do.
posture() {
	inside sh -c 'cut -d" " -f5,6 /proc/self/mountinfo | sort
		for f in /proc/timer_list /proc/keys; do test -c $f && echo masked $f; done
		ls /sys/firmware /proc/acpi
		grep "^Cap\|^NoNewPrivs\|^Seccomp:" /proc/1/status /proc/self/status' 2>&1
}

@test "a container that was saved is gone, and goes on where it was when it is restored" {
	start_counter
	local n
	n=$(count)
	save
	works
	v state "$ID"
	fails_with 1 'container does not exist'
	assert_nothing_left
	restore --pid-file "$T/pid"
	works
	is "$(state_of)" running
	is "$(cat "$T/pid")" "$(pid_of)"
	goes_on "$n"
	is "$(inside hostname)" box
	v kill "$ID" KILL
	status_is 0
	wait_state stopped
	v delete "$ID"
	status_is 0
	assert_nothing_left
}

@test "masks, read-only paths and flags of mounts are what they were" {
	mkdir "$T/src"
	echo secret >"$T/src/file"
	config --arg s "$T/src" '.mounts += [
		{destination: "/data", type: "bind", source: $s, options: ["rbind", "rw", "nosuid"]},
		{destination: "/var", type: "bind", source: $s, options: ["rbind", "ro", "noexec"]},
		{destination: "/home", type: "bind", source: ($s + "/file"), options: ["bind", "ro"]}] |
		.root.readonly = true'
	rmdir "$B/rootfs/home"
	start_counter
	posture >"$T/posture.before"
	grep -q '^/ ro' "$T/posture.before"
	save
	works
	restore
	works
	posture >"$T/posture.after"
	diff "$T/posture.before" "$T/posture.after"
	run ! inside sh -c 'echo x >/file'
	run ! inside sh -c 'echo x >/var/file'
	is "$(inside cat /data/file)" secret
}

@test "one image is restored again and again, and the cgroup is the one of config.json" {
	start_counter
	local n i
	save
	works
	for i in 1 2; do
		config --arg c "/vial-tests/$ID-place$i" '.linux.cgroupsPath = $c'
		restore
		works
		n=$(count)
		goes_on "$n"
		grep -q "place$i\$" "/proc/$(pid_of)/cgroup"
		! grep "/vial-tests/$ID\$" "/proc/$(pid_of)/cgroup" || fail "in the old cgroup"
		v delete --force "$ID"
		status_is 0
	done
	assert_nothing_left
}

@test "--leave-running lets it run on" {
	start_counter
	local n
	save --leave-running
	works
	is "$(state_of)" running
	n=$(count)
	goes_on "$n"
	v delete --force "$ID"
	restore
	works
	goes_on "$n"
}

@test "a paused container can be saved, and is running when it is restored" {
	start_counter
	v pause "$ID"
	status_is 0
	save
	works
	restore
	works
	is "$(state_of)" running
	goes_on "$(count)"
}

@test "commands on a restored container: events, ps, update, pause, resume, exec" {
	start_counter
	save
	works
	restore
	works
	v ps --format json "$ID"
	jq -e --argjson pid "$(pid_of)" 'index($pid) != null' "$T/out"
	v events --stats "$ID"
	status_is 0
	jq -e '.type == "stats"' "$T/out"
	v pause "$ID"
	status_is 0
	is "$(state_of)" paused
	v resume "$ID"
	status_is 0
	is "$(state_of)" running
	v exec "$ID" sh -c 'exit 7'
	status_is 7
	v kill --all "$ID" KILL
	status_is 0
	wait_state stopped
}

@test "restore in the foreground waits, forwards signals and exits with the status" {
	set_sh 'trap "exit 9" TERM; i=0; while :; do i=$((i + 1)); echo $i >/tmp/n; sleep 0.05; done'
	v run --detach "$ID"
	until_true 10 counts
	save
	works
	(cd "$B" && exec env "$MARK" "$VIAL" --root "$ROOT" restore --image-path "$IMAGES" --work-path "$WORK" "$ID" \
		</dev/null >"$T/out" 2>"$T/err" 3>&-) &
	local pid=$! code=0
	until_true 20 counts || fail "$(cat "$T/err")"
	kill -TERM "$(pgrep -P $pid -x "$PROGRAM" || echo $pid)"
	wait $pid || code=$?
	is $code 9
	assert_nothing_left
}

@test "images are in ./checkpoint, with the log, when nothing else is said" {
	start_counter
	v checkpoint "$ID"
	status_is 0
	[ -e "$B/checkpoint/inventory.img" ]
	[ -e "$B/checkpoint/dump.log" ]
	is "$(stat -c %a "$B/checkpoint")" 700
	v restore -d "$ID"
	status_is 0
	[ -e "$B/checkpoint/restore.log" ]
	goes_on "$(count)"
}

@test "pipes of standard input and output are replaced by those of restore" {
	set_sh 'while read -r line; do echo "got $line"; done'
	mkfifo "$T/in" "$T/in2"
	exec 7<>"$T/in" 8<>"$T/in2" # named pipes of the host as input, unnamed ones as output
	(cd "$B" && exec env "$MARK" "$VIAL" --root "$ROOT" run --detach "$ID" <"$T/in" 2>&1 3>&- 7>&- 8>&-) |
		cat >"$T/first" 3>&- 7>&- 8>&- &
	until_true 10 is_state running
	echo one >&7
	until_true 10 grep -qx 'got one' "$T/first"
	save
	works
	grep -q 'pipe:\[' "$IMAGES/descriptors.json"
	(cd "$B" && exec env "$MARK" "$VIAL" --root "$ROOT" restore --detach --image-path "$IMAGES" \
		--work-path "$WORK" "$ID" <"$T/in2" 2>&1 3>&- 7>&- 8>&-) | cat >"$T/second" 3>&- 7>&- 8>&- &
	until_true 20 is_state running || fail "$(cat "$T/second")"
	echo two >&8
	until_true 10 grep -qx 'got two' "$T/second" || fail "$(cat "$T/second")"
	exec 7>&- 8>&-
}

@test "a log file of the host as standard output is gone on with" {
	set_sh 'i=0; while :; do i=$((i + 1)); echo $i; echo $i >/tmp/n; sleep 0.05; done'
	(cd "$B" && exec env "$MARK" "$VIAL" --root "$ROOT" run --detach "$ID" </dev/null >>"$T/log" 2>&1 3>&-)
	until_true 10 counts
	save
	works
	local lines
	lines=$(wc -l <"$T/log")
	(cd "$B" && exec env "$MARK" "$VIAL" --root "$ROOT" restore --detach --image-path "$IMAGES" \
		--work-path "$WORK" "$ID" </dev/null >>"$T/log" 2>&1 3>&-) || fail "$(cat "$T/log")"
	goes_on "$lines"
	seq "$((lines + 1))" | cmp -n "$(seq "$((lines + 1))" | wc -c)" - "$T/log"
}

@test "a terminal is handed out again by --console-socket" {
	config '.process.terminal = true'
	set_sh 'while read -r line; do echo "got $line"; done'
	mkfifo "$T/keys"
	start_recvtty -s "$T/keys" &
	exec 7<>"$T/keys"
	until_true 10 grep -q ready "$T/tty.err"
	v run --detach --console-socket "$T/tty.sock" "$ID"
	status_is 0
	echo one >&7
	until_true 10 grep -q 'got one' "$T/tty"
	save
	works
	exec 7>&-
	rm -f "$T/tty.sock" "$T/keys" "$T/tty.err"
	mkfifo "$T/keys"
	start_recvtty -s "$T/keys" &
	exec 7<>"$T/keys"
	until_true 10 grep -q ready "$T/tty.err"
	restore --console-socket "$T/tty.sock"
	works
	echo two >&7
	until_true 10 grep -q 'got two' "$T/tty" || fail "$(cat "$T/tty")"
	v exec "$ID" sh -c 'readlink /proc/1/fd/0'
	output_is /dev/pts/0
	exec 7>&-
}

@test "hooks: poststop when it is saved, prestart and createRuntime when it is restored" {
	config --arg t "$T" '.hooks = {
		prestart: [{path: "/bin/sh", args: ["sh", "-c", "cat >>\($t)/prestart"]}],
		createRuntime: [{path: "/bin/sh", args: ["sh", "-c", "cat >\($t)/createRuntime"]}],
		poststop: [{path: "/bin/sh", args: ["sh", "-c", "cat >\($t)/poststop"]}]}'
	start_counter
	rm "$T/prestart" "$T/createRuntime"
	save
	works
	jq -e '.status == "stopped"' "$T/poststop"
	restore
	works
	is "$(jq .pid "$T/prestart")" "$(pid_of)"
	is "$(jq .pid "$T/createRuntime")" "$(pid_of)"
	goes_on "$(count)"
}

@test "a hook that fails at restore leaves nothing behind" {
	start_counter
	save
	works
	config '.hooks = {createRuntime: [{path: "/bin/false"}]}'
	restore
	status_is 1
	has 'createRuntime'
	assert_nothing_left
}

@test "limits of config.json hold for what is restored" {
	[ -d /sys/fs/cgroup/pids ] || grep -qw pids /sys/fs/cgroup/cgroup.controllers || skip "no pids controller here"
	start_counter
	save
	works
	config '.linux.resources.pids = {limit: 33}'
	restore
	works
	local dir
	dir=$(cgroup_dirs | grep -m 1 '/pids/' || cgroup_dirs | head -n 1)
	is "$(cat "$dir/pids.max")" 33
}

@test "a container with a cgroup namespace" {
	config '.linux.namespaces += [{type: "cgroup"}]'
	start_counter
	inside cat /proc/self/cgroup >"$T/before.cgroup"
	save
	works
	restore
	works
	inside cat /proc/self/cgroup >"$T/after.cgroup"
	diff "$T/before.cgroup" "$T/after.cgroup"
	grep -q ':/$' "$T/after.cgroup"
}

@test "a network namespace that is joined by path stays the same" {
	ip netns add "vt$ID"
	config --arg p "/run/netns/vt$ID" '(.linux.namespaces[] | select(.type == "network")).path = $p'
	start_counter
	save
	works
	restore
	works
	local same=no
	[ "$(stat -Lc %i "/proc/$(pid_of)/ns/net")" != "$(stat -Lc %i "/run/netns/vt$ID")" ] || same=yes
	goes_on "$(count)"
	v delete --force "$ID"
	ip netns del "vt$ID"
	is $same yes
}

@test "a network device stays in a network namespace that is joined by path" {
	ip netns add "vt$ID"
	ip link add "vd$$" type veth peer name "ve$$"
	config --arg p "/run/netns/vt$ID" --arg d "vd$$" '.linux.netDevices = {($d): {name: "eth7"}} |
		(.linux.namespaces[] | select(.type == "network")).path = $p'
	start_counter
	inside ip addr show eth7
	save
	works
	ip -n "vt$ID" link show eth7
	restore
	works
	inside ip addr show eth7
	goes_on "$(count)"
	v delete --force "$ID"
	status_is 0
}

# hold KIND: a process with such a namespace, $HELD; its pid is in $T/held
hold() {
	unshare "--$1" sh -c 'echo $$ >"$1"; exec sleep 1000' sh "$T/held" 3>&- 4>&- &
	HELD=$!
	until_true 10 test -s "$T/held"
}

@test "namespaces for host names and IPC that are joined by path stay the same" {
	local kind file
	for kind in uts ipc; do
		hold $kind
		file=/proc/$(cat "$T/held")/ns/$kind
		config --arg k $kind --arg p "$file" 'del(.hostname, .domainname) |
			(.linux.namespaces[] | select(.type == $k)) |= {type: $k, path: $p}'
		start_counter
		is "$(readlink "/proc/$(pid_of)/ns/$kind")" "$(readlink "$file")"
		save
		works
		restore
		works
		is "$(readlink "/proc/$(pid_of)/ns/$kind")" "$(readlink "$file")"
		goes_on "$(count)"
		v delete --force "$ID"
		kill "$HELD"
		rm -rf "$IMAGES" "$T/held"
		config --arg k $kind '(.linux.namespaces[] | select(.type == $k)) |= {type: $k}'
	done
}

@test "a namespace that CRIU would make anew is refused when it is joined by path" {
	hold cgroup
	config --arg p "/proc/$(cat "$T/held")/ns/cgroup" '.linux.namespaces += [{type: "cgroup", path: $p}]'
	start_counter
	save
	fails_with 1 'CRIU cannot restore into a cgroup namespace that is joined by path'
	goes_on "$(count)"
	v delete --force "$ID"
	config 'del(.linux.namespaces[-1])'
	start_counter
	save
	works
	config --arg p "/proc/$(cat "$T/held")/ns/cgroup" '.linux.namespaces += [{type: "cgroup", path: $p}]'
	restore
	fails_with 1 'CRIU cannot restore into a cgroup namespace that is joined by path'
	kill "$HELD"
	assert_nothing_left
}

@test "mounts: symlinked and nested destinations, and mount points that a new root lacks" {
	mkdir -p "$T/src/sub" "$T/other"
	echo a >"$T/src/a"
	echo b >"$T/other/b"
	ln -s /opt/real "$B/rootfs/link"
	mkdir -p "$B/rootfs/opt/real"
	config --arg t "$T" '.mounts += [
		{destination: "/link", type: "bind", source: "\($t)/src", options: ["rbind"]},
		{destination: "/etc/deep/file", type: "bind", source: "\($t)/src/a", options: ["bind", "ro"]},
		{destination: "/mnt/x", type: "bind", source: "\($t)/src", options: ["rbind"]},
		{destination: "/mnt/x/sub", type: "bind", source: "\($t)/other", options: ["rbind"]}]'
	start_counter
	save
	works
	rm -rf "$B/rootfs"
	cp -al "$(image)" "$B/rootfs"
	ln -s /opt/real "$B/rootfs/link"
	mkdir -p "$B/rootfs/opt/real"
	rmdir "$T/src/sub"
	restore
	works
	is "$(inside cat /opt/real/a)" a
	is "$(inside cat /etc/deep/file)" a
	is "$(inside cat /mnt/x/sub/b)" b
}
