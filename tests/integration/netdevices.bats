#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# linux.netDevices: with veth and tap devices in a network namespace that the test makes, where the
# runtime is started.

load helpers
setup() {
	setup_container
	vial_only "runc 1.1 has no netDevices"
	[ -x "$(dirname "$VIAL")/vial-netdev" ] || skip "no vial-netdev beside $VIAL"
	HOST=vialh$$
	ip netns add "$HOST"
	ip -n "$HOST" link add eth7 type veth peer name peer7
	ip -n "$HOST" link set eth7 address 02:11:22:33:44:55 mtu 1321
	snapshot >"$T/before"
}
teardown() {
	teardown_container
	[ -z "${HOST-}" ] || ip netns del "$HOST"
	[ -z "${JOIN-}" ] || ip netns del "$JOIN"
}

devices() { config --argjson d "$1" '.linux.netDevices = $d'; }
# As v, but in the network namespace that is the host's here.
vn() {
	status=0
	(
		cd "$B" || exit 125
		exec nsenter --net="/run/netns/$HOST" env "$MARK" timeout --foreground -k 5 60 \
			"$VIAL" --root "$ROOT" "$@" </dev/null >"$T/out" 2>"$T/err" 3>&- 4>&-
	) || status=$?
	output=$(sed 's/\\"/"/g' "$T/out" "$T/err")
	if grep -q 'Sanitizer\|runtime error: ' "$T/out" "$T/err"; then fail "a sanitizer spoke"; fi
}
is_here() { ip -n "$HOST" link show "$1" >/dev/null 2>&1; }

@test "a device is moved with MTU, MAC and global addresses, and is up" {
	ip -n "$HOST" addr add 10.9.8.7/24 dev eth7
	ip -n "$HOST" addr add 127.9.9.9/8 dev eth7
	ip -n "$HOST" addr add 169.254.3.3/16 scope link dev eth7
	ip -n "$HOST" addr add 2001:db8::7/64 dev eth7 nodad
	devices '{"eth7": {}}'
	set_sh 'ip addr show eth7'
	vn run "$ID"
	status_is 0
	has 'mtu 1321'
	has '02:11:22:33:44:55'
	has '10.9.8.7/24'
	has '2001:db8::7/64'
	has ',UP'
	lacks 127.9.9.9
	lacks 169.254
	assert_nothing_left
}

@test "a device is renamed; a template takes the first free number" {
	ip -n "$HOST" tuntap add dev tap7 mode tap
	devices '{"eth7": {"name": "ctr"}, "tap7": {"name": "net%d"}}'
	set_sh 'ls /sys/class/net'
	vn run "$ID"
	status_is 0
	has ctr
	has net0
	lacks eth7
	lacks tap7
}

@test "the device is there for createRuntime hooks" {
	devices '{"eth7": {"name": "ctr"}}'
	config --arg t "$T" '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c",
		"nsenter -t $(jq -r .pid) -n ip link >\($t)/seen; ip link >\($t)/here"]}]'
	vn run "$ID"
	status_is 0
	grep -q ctr "$T/seen"
	! grep -q eth7 "$T/here" || fail "still in the runtime's namespace"
}

@test "in a user namespace, and in the container's own namespace from outside" {
	config '.linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}]'
	chown 100000:100000 "$B/rootfs"
	ip -n "$HOST" addr add 10.9.8.7/24 dev eth7
	devices '{"eth7": {"name": "ctr"}}'
	set_sh 'trap "exit 0" TERM; while :; do sleep 0.1; done'
	vn run -d "$ID"
	status_is 0
	nsenter -t "$(pid_of)" -n ip addr show ctr | grep -q '10.9.8.7/24'
	if is_here eth7; then fail "eth7 is still there"; fi
	v delete --force "$ID"
}

@test "a joined namespace keeps the device" {
	JOIN=vialj$$
	ip netns add "$JOIN"
	config --arg p "/run/netns/$JOIN" '.linux.namespaces |= map(if .type == "network" then .path = $p else . end)'
	devices '{"eth7": {"name": "ctr"}}'
	vn run "$ID"
	status_is 0
	ip -n "$JOIN" link show ctr | grep -q 02:11:22:33:44:55 || ip -n "$JOIN" link show ctr | grep -q 'mtu 1321'
}

@test "a missing device: named, nothing is moved, nothing is left" {
	devices '{"eth7": {}, "nosuch": {}}'
	vn run "$ID"
	fails_with 1 'linux.netDevices: nosuch: no such device'
	is_here eth7 || fail "eth7 is gone"
	assert_nothing_left
}

@test "two devices of one name: the first comes back as it was" {
	ip -n "$HOST" tuntap add dev tap7 mode tap
	ip -n "$HOST" addr add 10.9.8.7/24 dev eth7
	ip -n "$HOST" link set eth7 up
	devices '{"eth7": {"name": "x"}, "tap7": {"name": "x"}}'
	vn run "$ID"
	fails_with 1 'linux.netDevices: '
	has 'file exists'
	is_here eth7 || fail "eth7 is gone"
	is_here tap7 || fail "tap7 is gone"
	ip -n "$HOST" addr show eth7 | grep -q '10.9.8.7/24'
	ip -n "$HOST" link show eth7 | grep -q ',UP'
	assert_nothing_left
}

@test "the name of an interface that is there" {
	devices '{"eth7": {"name": "lo"}}'
	vn run "$ID"
	fails_with 1 'linux.netDevices: eth7: move it as lo: '
	is_here eth7
	assert_nothing_left
}

@test "what is wrong is refused before anything is done" {
	while IFS='|' read -r value words; do
		devices "$value"
		vn run "$ID"
		fails_with 1 "$words"
	done <<-'ROWS'
		{"a/b": {}}|invalid network device name "a/b"
		{"eth7": {"name": "a-name-that-is-too-long"}}|invalid network device name
		{"eth7": {"name": ".."}}|invalid network device name ".."
		{"eth7": {"name": "a b"}}|invalid network device name "a b"
		{"eth7": {"name": "x%s"}}|invalid network device name "x%s"
		{"eth%d": {}}|invalid network device name "eth%d"
	ROWS
	devices '{"eth7": {}}'
	config '.linux.namespaces |= map(select(.type != "network"))'
	vn run "$ID"
	fails_with 1 'unable to move network devices without a NET namespace'
	is_here eth7
	assert_nothing_left
}

@test "the helper program beside vial, which was called by a relative path" {
	local dir
	dir=$(dirname "$VIAL")
	status=0
	(cd "$(dirname "$dir")" && exec "$(basename "$dir")/$(basename "$VIAL")" check --bundle "$B" --format json >"$T/out" 2>"$T/err" 3>&-) || status=$?
	is "$(jq -r '.findings[] | select(.name == "vial-netdev") | .level' "$T/out")" pass
}

@test "without the helper program: a clear error, nothing is left" {
	mkdir "$T/bin"
	cp "$VIAL" "$T/bin/vial"
	devices '{"eth7": {}}'
	[ ! -x /usr/local/libexec/vial/vial-netdev ] || skip "it is installed"
	VIAL=$T/bin/vial vn run "$ID"
	fails_with 1 'the helper program'
	has 'vial-netdev is not there'
	is_here eth7
	assert_nothing_left
}
