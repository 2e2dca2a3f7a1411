#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The systemd cgroup driver. Most of it wants a systemd: tests/vm/sdctr or tests/vm/vm.

load helpers
setup() {
	setup_container
	UNIT=vt-$ID.scope
	BUS_PIDS=()
	config --arg p "vialt-sub.slice:vt:$ID" '.linux.cgroupsPath = $p'
	CG=/vialt.slice/vialt-sub.slice/$UNIT
}
teardown() {
	[ ! -d /run/systemd/system ] || systemctl stop "$UNIT" 2>/dev/null || true
	teardown_container
	[ ${#BUS_PIDS[@]} -eq 0 ] || kill "${BUS_PIDS[@]}" 2>/dev/null || true
}

with_systemd() { [ -d /run/systemd/system ] || skip "no systemd here"; }
with_v2() {
	with_systemd
	[ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ] || skip "not pure cgroup v2"
	DIR=/sys/fs/cgroup$CG
}
with_controller() {
	with_v2
	grep -qw "$1" /sys/fs/cgroup/cgroup.controllers || skip "no controller $1 here"
}
s() { v --systemd-cgroup "$@"; }
sleeper() {
	set_sh 'trap "exit 0" TERM; while :; do sleep 0.1; done'
	s run --detach "$ID"
	status_is 0
}
prop() { systemctl show -P "$1" "$UNIT"; }
no_unit() { [ "$(systemctl show -P LoadState "$UNIT")" = not-found ] && [ ! -e "/sys/fs/cgroup$CG" ]; }
gone() {
	assert_nothing_left
	[ ! -d /run/systemd/system ] || until_true 5 no_unit || fail "the unit is still there"
}
# fake_bus PERL [NAME]: a socket at $T/NAME (bus) with somebody behind it
fake_bus() {
	local path=$T/${2-bus}
	perl -MSocket -MFcntl -e 'socket(S, PF_UNIX, SOCK_STREAM, 0); bind(S, sockaddr_un($ARGV[0])) or die;
		listen(S, 9); '"$1" "$path" 3>&- 4>&- &
	BUS_PIDS+=($!)
	until_true 5 test -S "$path"
	export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$path
}
# One whose queue of connections is full; $T/NAME.full is there when it is.
full_bus() {
	fake_bus 'for (1..99) {
		socket(my $c, PF_UNIX, SOCK_STREAM, 0);
		fcntl($c, F_SETFL, O_NONBLOCK);
		connect($c, sockaddr_un($ARGV[0])) or last;
		push @c, $c;
	}
	open(F, ">", "$ARGV[0].full");
	sleep' "$1"
	until_true 5 test -e "$T/$1.full"
}

@test "a scope in its slice, with init in it" {
	with_v2
	sleeper
	is "$(grep ^0:: "/proc/$(pid_of)/cgroup")" "0::$CG"
	is "$(prop Delegate)" yes
	is "$(prop Slice)" vialt-sub.slice
	is "$(prop DefaultDependencies)" no
	is "$(jq -r .cgroup.driver "$ROOT/$ID/state.json")" systemd
	v exec "$ID" true
	status_is 0
	v delete --force "$ID"
	status_is 0
	gone
}

@test "without cgroupsPath: system.slice, named after the id" {
	with_v2
	vial_only "its own prefix"
	config 'del(.linux.cgroupsPath)'
	UNIT=vial-$ID.scope CG=/system.slice/$UNIT
	sleeper
	is "$(grep ^0:: "/proc/$(pid_of)/cgroup")" "0::$CG"
	v delete --force "$ID"
	gone
}

@test "the unit goes with the container" {
	with_v2
	set_sh 'exit 5'
	s run "$ID"
	status_is 5
	gone
}

@test "limits are properties and files" {
	with_controller memory
	config '.linux.resources += {memory: {limit: 33554432, reservation: 16777216}, pids: {limit: 20},
		cpu: {shares: 512, quota: 50000, period: 100000}}'
	sleeper
	is "$(prop MemoryMax)" 33554432
	is "$(prop MemoryLow)" 16777216
	is "$(prop TasksMax)" 20
	is "$(prop CPUQuotaPerSecUSec)" 500ms
	is "$(cat "$DIR/memory.max")" 33554432
	is "$(cat "$DIR/pids.max")" 20
	is "$(cat "$DIR/cpu.max")" '50000 100000'
	systemctl daemon-reload
	is "$(cat "$DIR/memory.max") $(cat "$DIR/pids.max") $(cat "$DIR/cpu.max")" '33554432 20 50000 100000'
	v delete --force "$ID"
	gone
}

@test "unified: known files are properties, too" {
	with_controller memory
	config '.linux.resources.unified = {"memory.high": "10485760", "memory.oom.group": "1"}'
	sleeper
	is "$(prop MemoryHigh)" 10485760
	is "$(cat "$DIR/memory.high") $(cat "$DIR/memory.oom.group")" '10485760 1'
	v delete --force "$ID"
	gone
}

@test "a limit of one process holds" {
	with_controller pids
	config '.linux.resources.pids = {limit: 1}'
	set_args echo finished
	s run "$ID"
	status_is 0
	has finished
	gone
}

@test "update changes what it names and keeps the rest" {
	with_controller memory
	vial_only "runc rounds the quota"
	config '.linux.resources += {memory: {limit: 33554432}, pids: {limit: 20}, cpu: {quota: 12345}}'
	sleeper
	is "$(cat "$DIR/cpu.max")" '12345 100000'
	v update --memory 67108864 "$ID"
	status_is 0
	is "$(prop MemoryMax) $(prop TasksMax)" '67108864 20'
	is "$(cat "$DIR/memory.max") $(cat "$DIR/pids.max") $(cat "$DIR/cpu.max")" '67108864 20 12345 100000'
	v update --pids-limit 30 "$ID"
	status_is 0
	is "$(prop MemoryMax) $(prop TasksMax)" '67108864 30'
	v update --cpu-quota 70000 "$ID"
	status_is 0
	is "$(prop CPUQuotaPerSecUSec) $(cat "$DIR/cpu.max")" '700ms 70000 100000'
	systemctl daemon-reload
	is "$(cat "$DIR/memory.max") $(cat "$DIR/pids.max")" '67108864 30'
	v delete --force "$ID"
	gone
}

@test "update with a value that is refused changes nothing" {
	with_controller memory
	config '.linux.resources += {memory: {limit: 33554432}}'
	sleeper
	v update --memory 67108864 --cpu-quota 1 "$ID"
	status_is 1
	is "$(prop MemoryMax) $(cat "$DIR/memory.max")" '33554432 33554432'
	v delete --force "$ID"
	gone
}

# As if systemd had forgotten the unit: it refuses the properties when the files are written already.
@test "update that systemd refuses puts the files back" {
	with_controller memory
	config '.linux.resources += {memory: {limit: 33554432}, pids: {limit: 40}}'
	sleeper
	cp "$ROOT/$ID/state.json" "$T/state.json"
	jq --arg u "$UNIT" '(.. | strings | select(. == $u)) |= "vt-nosuch-" + .' "$T/state.json" >"$ROOT/$ID/state.json"
	v update --memory 67108864 --pids-limit=50 "$ID"
	status_is 1
	has "unable to set properties of unit \"vt-nosuch-$UNIT\""
	cp "$T/state.json" "$ROOT/$ID/state.json"
	is "$(cat "$DIR/memory.max") $(cat "$DIR/pids.max")" '33554432 40'
	is "$(prop MemoryMax) $(prop TasksMax)" '33554432 40'
	v update --memory=67108864 --pids-limit 50 "$ID"
	status_is 0
	is "$(prop MemoryMax) $(cat "$DIR/pids.max")" '67108864 50'
	v delete --force "$ID"
	gone
}

@test "properties from annotations" {
	with_v2
	config '.annotations += {"org.systemd.property.TimeoutStopSec": "7", "org.systemd.property.CollectMode": "\u0027inactive\u0027",
		"org.systemd.property.Description": "\"of a test\""}'
	sleeper
	is "$(prop TimeoutStopUSec)" 7s
	is "$(prop CollectMode)" inactive
	is "$(prop Description)" 'of a test'
	v delete --force "$ID"
	gone
}

@test "annotations that are no properties" {
	set_args true
	for pair in 'ab=1' 'A-b-c=1' 'TimeoutStopSec="x"' 'Some=word' 'Some=[]'; do
		config --arg k "org.systemd.property.${pair%%=*}" --arg v "${pair#*=}" '.annotations = {($k): $v}'
		s run "$ID"
		fails_with 1 "annotation org.systemd.property.${pair%%=*}"
	done
	assert_nothing_left
}

@test "a property that systemd does not know" {
	with_v2
	config '.annotations = {"org.systemd.property.NoSuchThing": "1"}'
	set_args true
	s run "$ID"
	fails_with 1 "unable to start unit \"$UNIT\""
	gone
}

@test "cgroupsPath of another form" {
	set_args true
	for path in /a/b a:b a:b:c:d; do
		config --arg p "$path" '.linux.cgroupsPath = $p'
		s run "$ID"
		fails_with 1 'expected cgroupsPath to be of format "slice:prefix:name" for systemd cgroups'
	done
	for path in a--b.slice:x:y -a.slice:x:y nosuffix:x:y a.slice/b.slice:x:y 'a.slice:x:../y'; do
		config --arg p "$path" '.linux.cgroupsPath = $p'
		s run "$ID"
		status_is 1
	done
	assert_nothing_left
}

@test "a unit of that name that is another's" {
	with_v2
	systemd-run --quiet --unit="$UNIT" --slice=system.slice --scope sleep 100 3>&- 4>&- &
	local pid=$!
	until_true 5 systemctl --quiet is-active "$UNIT"
	set_args true
	s run "$ID"
	status_is 1
	has "$UNIT"
	kill -0 "$pid" || fail "a stranger was killed"
	systemctl --quiet is-active "$UNIT"
	kill "$pid"
	wait "$pid" 2>/dev/null || true
	gone
}

@test "a program that cannot be run leaves no unit" {
	with_v2
	set_args /no/such
	s run "$ID"
	status_is 1
	gone
}

@test "create, kill -9 of its maker in a hook, delete --force" {
	with_v2
	make_is_killed_in_a_hook "$DIR" --systemd-cgroup
	gone
}

@test "pause, resume, kill, delete" {
	with_v2
	sleeper
	v pause "$ID"
	status_is 0
	is_state paused
	v resume "$ID"
	status_is 0
	is_state running
	v kill "$ID" KILL
	wait_state stopped
	v delete "$ID"
	status_is 0
	gone
}

@test "device rules outlast daemon-reload" {
	with_v2
	config '.linux.resources.devices = [{allow: false, access: "rwm"}]'
	set_sh 'mknod /dev/x c 1 11; while [ ! -e /go ]; do sleep 0.1; done; echo ok >/dev/null && echo null; cat /dev/x'
	config '.root.readonly = false | .process.capabilities |= map_values(. + ["CAP_MKNOD"] | unique)'
	s run --detach "$ID"
	systemctl daemon-reload
	touch "$B/rootfs/go"
	wait_state stopped
	output=$(cat "$T/out" "$T/err")
	has null
	has 'not permitted'
	v delete "$ID"
	gone
}

@test "a cgroup below the scope for the container" {
	with_v2
	vial_only "crun's annotation"
	config '.annotations = {"run.oci.systemd.subgroup": "box"}'
	sleeper
	is "$(grep ^0:: "/proc/$(pid_of)/cgroup")" "0::$CG/box"
	v exec "$ID" true
	status_is 0
	v delete --force "$ID"
	gone
	config '.annotations = {"run.oci.systemd.subgroup": "../box"}'
	s run "$ID"
	fails_with 1 'run.oci.systemd.subgroup'
}

@test "a rw cgroup mount with a cgroup and a user namespace: its root owns the cgroup" {
	with_v2
	config '.linux.namespaces += [{type: "user"}, {type: "cgroup"}] | .linux.namespaces |= unique_by(.type)
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings
		| .mounts |= map(select(.destination != "/sys/fs/cgroup"))
		| .mounts += [{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["rw", "nosuid"]}]'
	rm -rf "$B/rootfs"
	cp -a "$(image)" "$B/rootfs" # not hard links: the owner changes
	chown -R 100000:100000 "$B"
	chmod 755 "$T" "$B"
	set_sh 'mkdir /sys/fs/cgroup/mine && echo made; sleep 1000'
	s run --detach "$ID"
	status_is 0
	is "$(stat -c %u "$DIR") $(stat -c %u "$DIR/cgroup.procs") $(stat -c %u "$DIR/cgroup.freeze")" '100000 100000 0'
	until_true 5 grep -q made "$T/out"
	v delete --force "$ID"
	gone
	config '.mounts |= map(if .destination == "/sys/fs/cgroup" then .options = ["ro"] else . end)'
	s run --detach "$ID"
	status_is 0
	is "$(stat -c %u "$DIR")" 0
	v delete --force "$ID"
	gone
}

@test "no systemd: said so, nothing is left" {
	[ ! -d /run/systemd/system ] || skip "there is one"
	set_args true
	s run "$ID"
	fails_with 1 "connect to systemd's system manager over D-Bus"
	assert_nothing_left
}

@test "the bus is away, systemd is not" {
	with_v2
	export DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nonexistent
	set_args echo hello
	s run "$ID"
	status_is 0
	output_is hello # and no complaint that something was not answered
	gone
}

@test "a bus that hangs up" {
	vial_only "bounded"
	fake_bus 'while (accept(C, S)) { close(C) }'
	[ ! -d /run/systemd/system ] || skip "systemd itself answers instead"
	set_args true
	s run "$ID"
	fails_with 1 "connect to systemd's system manager over D-Bus"
	assert_nothing_left
}

# stuck NAME: run a container over the bus $T/NAME, behind the test's back
stuck() {
	(cd "$B" && exec env "$MARK" timeout --foreground -k 5 120 "$VIAL" --root "$T/state-$1" --systemd-cgroup \
		run "$ID-$1" </dev/null >"$T/$1.out" 2>&1 3>&- 4>&-) &
	STUCK+=("$!:$1")
}

# All at once, since each takes half a minute. `last` has room for one connection more, `half` stops
# in its answer to the handshake, `part` in its answer to the first call, `drip` never comes to an end.
@test "buses that never answer, or half, or without room: errors after half a minute" {
	vial_only "others wait for ever"
	set_args true
	local STUCK=() one name code answer='accept(C, S); sysread(C, $_, 99); syswrite(C, "'
	full_bus full
	stuck full
	fake_bus 'listen(S, 0); sleep' last
	stuck last
	fake_bus "$answer"'OK 0123"); sleep' half
	stuck half
	fake_bus "$answer"'OK 00112233445566778899aabbccddeeff\r\n"); sysread(C, $_, 999);
		syswrite(C, "AGREE_UNIX_FD\r\n"); sysread(C, $_, 999); syswrite(C, "l\2\1\1\xff\0"); sleep' part
	stuck part
	fake_bus "$answer"'OK "); for (;;) { syswrite(C, "0"); select(undef, undef, undef, 0.5) }' drip
	stuck drip
	fake_bus 'sleep'
	V_TIMEOUT=120 s run "$ID"
	fails_with 1 'no answer within 30 s'
	for one in "${STUCK[@]}"; do
		name=${one#*:} code=0
		wait "${one%:*}" || code=$?
		is "$code" 1 "$name: $(cat "$T/$name.out")"
		grep -q "unix:path=$T/$name: .*: no answer within 30 s: is dbus or systemd overloaded" "$T/$name.out" ||
			fail "$name: $(cat "$T/$name.out")"
	done
	grep -q "$T/full: connect: " "$T/full.out" || fail "$(cat "$T/full.out")"
	grep -q "$T/last: Hello: " "$T/last.out" || fail "$(cat "$T/last.out")"
	grep -q "$T/part: Hello: " "$T/part.out" || fail "$(cat "$T/part.out")"
	assert_nothing_left
}

@test "addresses of D-Bus that cannot be connected to, and the next one is tried" {
	[ ! -d /run/systemd/system ] || skip "systemd itself answers instead"
	vial_only "its words"
	set_args true
	export DBUS_SYSTEM_BUS_ADDRESS='unixexec:path=/bin/true;tcp:host=127.0.0.1,port=1'
	s run "$ID"
	fails_with 1 'only unix:path= and unix:abstract= can be connected to'
	DBUS_SYSTEM_BUS_ADDRESS="tcp:host=127.0.0.1,port=1;unix:path=$T/none"
	s run "$ID"
	fails_with 1 'connect: no such file or directory'
	DBUS_SYSTEM_BUS_ADDRESS="unix:path=/$(printf '%0200d' 0)"
	s run "$ID"
	fails_with 1 'connect: '
	DBUS_SYSTEM_BUS_ADDRESS='no address'
	s run "$ID"
	fails_with 1 "connect to systemd's system manager over D-Bus"
	assert_nothing_left
}

@test "a bus that never answers: delete removes the container all the same" {
	with_v2
	sleeper
	fake_bus 'sleep'
	V_TIMEOUT=120 v delete --force "$ID"
	status_is 0
	has 'no answer within 30 s'
	unset DBUS_SYSTEM_BUS_ADDRESS
	gone
}

@test "twenty at once" {
	with_v2
	set_args true
	local i pids=() bad=0
	for i in {1..20}; do
		new_bundle "$T/b$i"
		jq --arg p "vialt.slice:vt:$ID-$i" '.linux.cgroupsPath = $p | .process.args = ["true"]' "$T/b$i/config.json" >"$T/b$i/c"
		mv "$T/b$i/c" "$T/b$i/config.json"
		(cd "$T/b$i" && exec env "$MARK" "$VIAL" --root "$ROOT" --systemd-cgroup run "$ID-$i" </dev/null >"$T/log$i" 2>&1 3>&- 4>&-) &
		pids+=($!)
	done
	for i in "${pids[@]}"; do wait "$i" || bad=$((bad + 1)); done
	is "$bad" 0 "$(cat "$T"/log*)"
	until_true 10 test -z "$(systemctl list-units --no-legend --all "vt-$ID-*")"
}
