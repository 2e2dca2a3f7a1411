#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# NOTIFY_SOCKET: a container that tells systemd when it is ready, sd_notify(3).

bats_require_minimum_version 1.5.0

setup() {
	load helpers
	setup_container
	DGRAM=$(dgram)
	# the bundle's files are shared with other tests by hard links: a new name is ours alone
	cp "$DGRAM" "$B/rootfs/bin/dgram"
	HOST=$T/host.sock
}
teardown() {
	stop_dgram
	[ -z "${RUN_PID-}" ] || kill -9 "$RUN_PID" 2>/dev/null || true
	teardown_container
}

# n ARGUMENT...: v with NOTIFY_SOCKET set
n() { NOTIFY_SOCKET=$HOST v "$@"; }
told() { sed '/^$/d' "$T/host"; }
# what the host heard, without the pid
hears() { until_true 20 grep -q '^fd$' "$T/host" || fail "heard: $(told)"; }

READY='dgram -c READY=1 $NOTIFY_SOCKET'

@test "run --detach: returns when the container is ready, and says whom to watch" {
	vial_only "runc 1.1 sends no BARRIER"
	start_dgram host "$HOST"
	set_sh "sleep 0.3; $READY; exec sleep 100"
	n run --detach "$ID"
	status_is 0
	output_is ''
	hears
	is "$(told)" "READY=1
MAINPID=$(pid_of)
BARRIER=1
fd"
	[ -S "$ROOT/$ID/notify/notify.sock" ]
	v delete --force "$ID"
	[ ! -e "$ROOT/$ID" ]
	assert_nothing_left
}

@test "create and start: start returns when the container is ready" {
	vial_only "runc 1.1 sends no BARRIER"
	start_dgram host "$HOST"
	set_sh "$READY; exec sleep 100"
	n create "$ID"
	status_is 0
	[ ! -s "$T/host" ]
	n start "$ID"
	status_is 0
	hears
	is "$(told)" "READY=1
MAINPID=$(pid_of)
BARRIER=1
fd"
}

@test "run in the foreground: we are whom to watch, and the exit code is the container's" {
	vial_only "runc 1.1 tells its pid twice"
	start_dgram host "$HOST"
	set_sh "$READY; sleep 0.5; exit 7"
	n run "$ID"
	status_is 7
	hears
	is "$(told | sed 's/MAINPID=[0-9]*/MAINPID=N/')" "READY=1
MAINPID=N
BARRIER=1
fd"
	lacks "level="
	assert_nothing_left
}

@test "run in the foreground with a terminal" {
	vial_only
	start_dgram host "$HOST"
	config '.process.terminal = true'
	set_sh "$READY; echo said; sleep 0.2; exit 3"
	(cd "$B" && NOTIFY_SOCKET=$HOST script -qec "$VIAL --root $ROOT run $ID" /dev/null \
		</dev/null >"$T/tty" 2>&1 3>&- 4>&-) || true
	grep -q said "$T/tty"
	hears
}

@test "what the container sees: a read-only directory with a socket for every user" {
	vial_only "runc 1.1 heeds the umask"
	start_dgram host "$HOST"
	config '.process.env += ["NOTIFY_SOCKET=/host/path", "A=1"] | .process.user.uid = 1000'
	set_sh 'env | grep NOTIFY; grep " /run/notify " /proc/self/mountinfo
		touch /run/notify/x 2>&1; ls /run/notify; dgram -c READY=1 $NOTIFY_SOCKET'
	umask 077
	n run "$ID"
	status_is 0
	is "$(grep -c NOTIFY_SOCKET "$T/out")" 1
	has 'NOTIFY_SOCKET=/run/notify/notify.sock'
	has 'Read-only file system'
	grep ' /run/notify ' "$T/out" | grep -q 'ro,nosuid,nodev,noexec'
	hears
}

@test "in a user namespace" {
	vial_only "runc 1.1 sends no BARRIER"
	start_dgram host "$HOST"
	config '.linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
		.linux.gidMappings = .linux.uidMappings | .mounts |= map(select(.type != "cgroup"))'
	chown -R 100000:100000 "$B/rootfs" 2>/dev/null || true
	set_sh "$READY; exec sleep 100"
	n run --detach "$ID"
	status_is 0
	hears
}

@test "only READY, in whatever line; the container does not steer systemd" {
	vial_only "runc wants READY first"
	start_dgram host "$HOST"
	set_sh 'dgram -c MAINPID=1 $NOTIFY_SOCKET; dgram -c "STATUS=x|FDSTORE=1" $NOTIFY_SOCKET
		dgram -c "NOTREADY=1" $NOTIFY_SOCKET
		dgram -c "STATUS=up|READY=1|MAINPID=1" $NOTIFY_SOCKET; exec sleep 100'
	n run --detach "$ID"
	status_is 0
	hears
	is "$(told)" "READY=1
MAINPID=$(pid_of)
BARRIER=1
fd"
}

@test "a container that dies before it is ready stops nobody" {
	vial_only "the words are ours"
	start_dgram host "$HOST"
	set_sh 'sleep 0.3; exit 5'
	n run "$ID"
	status_is 5
	n run --detach "$ID"
	status_is 0
	has 'the container ended before it said that it is ready'
	v delete --force "$ID"
	n create "$ID"
	n start "$ID"
	status_is 0
	has 'the container ended before it said that it is ready'
	v delete --force "$ID"
	set_args /no/such
	n run --detach "$ID"
	status_is 1
	[ ! -s "$T/host" ]
	assert_nothing_left
}

@test "others may work on a container that is awaited" {
	vial_only "ours alone: the lock"
	start_dgram host "$HOST"
	set_sh 'exec sleep 100'
	n create "$ID"
	(cd "$B" && NOTIFY_SOCKET=$HOST exec "$VIAL" --root "$ROOT" start "$ID") \
		</dev/null >"$T/start.out" 2>&1 3>&- 4>&- &
	RUN_PID=$!
	wait_state running
	SECONDS=0
	v delete --force "$ID"
	status_is 0
	wait "$RUN_PID"
	RUN_PID=
	assert_nothing_left
}

@test "a host that does not answer BARRIER is waited for, but not for ever" {
	vial_only
	start_dgram host -k "$HOST"
	set_sh "$READY; exec sleep 300"
	SECONDS=0
	V_TIMEOUT=110 n run --detach "$ID"
	status_is 0
	[ "$SECONDS" -ge 29 ]
	has 'no answer to BARRIER=1 for 30 s'
}

@test "an abstract socket of the host" {
	HOST=@vial-test-$$-$RANDOM
	start_dgram host "$HOST"
	set_sh "$READY; exec sleep 100"
	n run --detach "$ID"
	status_is 0
	hears
}

@test "a host socket that is not there: told, and the container runs" {
	vial_only "the words are ours"
	set_sh 'exit 4'
	n run "$ID"
	status_is 4
	has "NOTIFY_SOCKET $HOST: nobody will hear that the container is ready: connect(2): no such file or directory"
	HOST=relative
	n run "$ID"
	status_is 4
	has 'neither an absolute path nor an abstract socket'
	HOST=/$(printf 'x%.0s' {1..200})
	n run "$ID"
	status_is 4
	has 'neither an absolute path'
	assert_nothing_left
}

@test "start with NOTIFY_SOCKET of a container that was created without does not wait" {
	vial_only "runc fails"
	start_dgram host "$HOST"
	set_sh 'exec sleep 100'
	v create "$ID"
	n start "$ID"
	status_is 0
	has 'NOTIFY_SOCKET is set, but the container was created without'
	is_state running
}

@test "without the variable, or with an empty one, nothing of it is there" {
	run_sh 'env | grep NOTIFY; ls /run/notify 2>&1'
	lacks NOTIFY_SOCKET
	has 'No such file or directory'
	HOST=
	set_sh 'env | grep NOTIFY; ls /run/notify 2>&1; true'
	n run "$ID"
	lacks NOTIFY_SOCKET
	set_sh 'exec sleep 100'
	v create "$ID"
	[ ! -e "$ROOT/$ID/notify" ]
}

@test "hostile image: /run is a symlink to the host" {
	start_dgram host "$HOST"
	mkdir "$T/canary"
	touch "$T/canary/file"
	local target
	for target in "$T/canary" "../../../../../../../../../../../..$T/canary"; do
		rm -rf "$B/rootfs/run"
		ln -s "$target" "$B/rootfs/run"
		set_sh "$READY; grep -c /run/notify /proc/self/mountinfo; true"
		n run "$ID"
		is "$(ls "$T/canary")" file
		rm -rf "${B:?}/rootfs/$T"
	done
	rm -f "$B/rootfs/run"
	mkdir "$B/rootfs/run"
	ln -s "$T/canary" "$B/rootfs/run/notify"
	n run "$ID"
	is "$(ls "$T/canary")" file
}
