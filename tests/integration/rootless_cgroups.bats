#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Ordinary users and cgroups, in the test bed: tester has a systemd of her own with delegated
# controllers, loner has nothing (tests/vm/README.md).

load helpers
setup() {
	if ! id tester loner >/dev/null 2>&1 || [ ! -d /run/systemd/system ]; then
		skip "not in the test bed"
	fi
	setup_container
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" "$T"
	rm -rf "$B/rootfs"
	cp -a "$(image)" "$B/rootfs"
	ROOT=$T/user/state
	config '.linux.namespaces += [{type: "user"}] | del(.linux.resources) | del(.linux.cgroupsPath)
		| .linux.namespaces |= map(select(.type != "network")) | .mounts |= map(select(.type != "cgroup"))
		| (.mounts[] | select(.destination == "/dev/pts") .options) |= map(select(startswith("gid=") | not))
		| (.mounts[] | select(.destination == "/sys")) |= {destination: "/sys", type: "none", source: "/sys",
			options: ["rbind", "nosuid", "noexec", "nodev", "ro"]}'
	SERVICE=/user.slice/user-1000.slice/user@1000.service
}
teardown() {
	[ -z "${T-}" ] || [ ! -d "${ROOT-/x}" ] || for d in "$ROOT"/*/; do
		[ ! -d "$d" ] || timeout 60 "$VIAL" --root "$ROOT" delete --force "$(basename "$d")" >/dev/null 2>&1 || true
	done
	teardown_container
}

# user NAME: whose container it is
user() {
	ME=$(id -u "$1")
	config --argjson u "$ME" '.linux.uidMappings = [{containerID: 0, hostID: $u, size: 1}] | .linux.gidMappings = .linux.uidMappings'
	install -d -o "$1" "$T/user"
	chown -R "$1" "$B"
}
# u ARGUMENTS...: as v, but by the user; AS: a prefix that puts her elsewhere
u() {
	status=0
	(
		cd "$B" || exit 125
		exec "${AS[@]}" setpriv --reuid "$ME" --regid "$ME" --clear-groups \
			env -u DBUS_SESSION_BUS_ADDRESS "$MARK" XDG_RUNTIME_DIR="/run/user/$ME" HOME=/tmp \
			timeout --foreground -k 5 90 "$VIAL" --root "$ROOT" "$@" </dev/null >"$T/out" 2>"$T/err" 3>&- 4>&-
	) || status=$?
	output=$(sed 's/\\"/"/g' "$T/out" "$T/err")
}
AS=()
# in_service: into a cgroup that is hers
in_service() {
	local dir=/sys/fs/cgroup$SERVICE/vial-test-caller
	mkdir -p "$dir"
	chown tester "$dir" "$dir/cgroup.procs"
	AS=(sh -c 'echo $$ >'"$dir"'/cgroup.procs; exec "$@"' sh)
}
has_controller() { grep -qw "$1" /sys/fs/cgroup/cgroup.controllers || skip "no controller $1 here"; }

@test "loner: nothing asked, nothing delegated: no cgroup" {
	user loner
	set_sh 'cat /proc/self/setgroups; id -u'
	u run "$ID"
	status_is 0
	has deny
	assert_nothing_left
}

@test "loner: a limit is an error that says what is missing" {
	user loner
	config '.linux.resources = {pids: {limit: 10}}'
	set_args true
	u run "$ID"
	status_is 1
	has 'cannot set pids limit: container could not join or create cgroup'
	assert_nothing_left
}

@test "loner: a cgroupsPath is an error" {
	user loner
	config '.linux.cgroupsPath = "/vial-tests/loner"'
	set_args true
	u run "$ID"
	fails_with 1 'unable to apply cgroup configuration'
	has 'permission denied'
	assert_nothing_left
}

@test "loner: no systemd of hers" {
	user loner
	set_args true
	u --systemd-cgroup run "$ID"
	fails_with 1 "connect to systemd's user manager over D-Bus"
	assert_nothing_left
}

@test "loner: no pid namespace and no cgroup is discouraged" {
	user loner
	config '.linux.namespaces |= map(select(.type != "pid")) | .mounts |= map(if .destination == "/proc"
		then {destination: "/proc", type: "none", source: "/proc", options: ["rbind", "nosuid", "noexec", "nodev"]} else . end)'
	set_args true
	u run "$ID"
	status_is 0
	has 'Such configuration is strongly discouraged'
}

@test "loner: setgroups is not hers" {
	user loner
	set_sh 'busybox setpriv --help >/dev/null 2>&1; su -s /bin/sh -c true user; echo "rc $?"'
	u run "$ID"
	lacks 'rc 0'
}

# CVE-2023-25809
@test "no cgroup namespace: the host's hierarchy is read-only" {
	user tester
	in_service
	config '.linux.namespaces |= map(select(.type != "cgroup"))
		| .mounts += [{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["nosuid", "noexec", "nodev", "relatime", "rw"]}]'
	set_sh 'mkdir /sys/fs/cgroup/x; mkdir /sys/fs/cgroup'"$SERVICE"'/x; echo 1 >/sys/fs/cgroup/cgroup.procs
		echo 1 >/sys/fs/cgroup/../cgroup.procs; [ ! -d /sys/fs/cgroup/x ] && echo safe'
	u run "$ID"
	[ ! -d "/sys/fs/cgroup$SERVICE/x" ] || { rmdir "/sys/fs/cgroup$SERVICE/x"; fail "wrote the host's hierarchy"; }
	[ "$status" -ne 0 ] || has safe
}

@test "tester: a scope of her own systemd, with limits" {
	has_controller memory
	user tester
	config --arg p "user.slice:vt:$ID" '.linux.cgroupsPath = $p
		| .linux.resources = {memory: {limit: 33554432}, pids: {limit: 20}, cpu: {quota: 50000}}'
	set_sh 'sleep 1000'
	u --systemd-cgroup run --detach "$ID"
	status_is 0
	local dir=/sys/fs/cgroup$SERVICE/user.slice/vt-$ID.scope
	is "$(cat "$dir/memory.max") $(cat "$dir/pids.max") $(cat "$dir/cpu.max")" '33554432 20 50000 100000'
	u state "$ID"
	is "$(grep ^0:: "/proc/$(jq .pid <"$T/out")/cgroup")" "0::$SERVICE/user.slice/vt-$ID.scope"
	u exec "$ID" cat /proc/self/cgroup
	status_is 0
	has "vt-$ID.scope"
	u update --memory 67108864 "$ID"
	status_is 0
	is "$(cat "$dir/memory.max") $(cat "$dir/pids.max")" '67108864 20'
	u delete --force "$ID"
	status_is 0
	until_true 5 test ! -e "$dir"
	assert_nothing_left
}

@test "tester: without cgroupsPath a scope in user.slice" {
	user tester
	set_sh 'sleep 1000'
	u --systemd-cgroup run --detach "$ID"
	status_is 0
	test -d "/sys/fs/cgroup$SERVICE/user.slice/vial-$ID.scope"
	u delete --force "$ID"
	until_true 5 test ! -e "/sys/fs/cgroup$SERVICE/user.slice/vial-$ID.scope"
	assert_nothing_left
}

@test "tester: a bus address that leads nowhere" {
	user tester
	set_args true
	status=0
	output=$(cd "$B" && setpriv --reuid "$ME" --regid "$ME" --clear-groups env "$MARK" XDG_RUNTIME_DIR=/nonexistent \
		DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent/bus "$VIAL" --root "$ROOT" --systemd-cgroup run "$ID" 2>&1 </dev/null 3>&-) || status=$?
	fails_with 1 "connect to systemd's user manager over D-Bus: unix:path=/nonexistent/bus"
	assert_nothing_left
}

@test "tester: by file in what is delegated to her, with limits" {
	has_controller pids
	user tester
	in_service
	config --arg p "$SERVICE/vial-tests/$ID" '.linux.cgroupsPath = $p | .linux.resources = {pids: {limit: 20}}'
	set_sh 'sleep 1000'
	u run --detach "$ID"
	status_is 0
	is "$(cat "/sys/fs/cgroup$SERVICE/vial-tests/$ID/pids.max")" 20
	u exec "$ID" true
	status_is 0
	u delete --force "$ID"
	status_is 0
	[ ! -e "/sys/fs/cgroup$SERVICE/vial-tests/$ID" ] || fail "left behind"
	rmdir "/sys/fs/cgroup$SERVICE/vial-tests"
	assert_nothing_left
}

@test "tester: by file where she may not" {
	user tester
	config --arg p "/system.slice/vial-tests/$ID" '.linux.cgroupsPath = $p'
	set_args true
	u run "$ID"
	fails_with 1 'permission denied'
	assert_nothing_left
}

@test "the state is below XDG_RUNTIME_DIR" {
	user tester
	set_args true
	status=0
	output=$(cd "$B" && setpriv --reuid "$ME" --regid "$ME" --clear-groups env "$MARK" XDG_RUNTIME_DIR="/run/user/$ME" \
		"$VIAL" run "$ID" 2>&1 </dev/null 3>&-) || status=$?
	status_is 0
	is "$(stat -c '%U %a' "/run/user/$ME/vial")" 'tester 1700'
}

# Podman calls us as root of her user namespace, where the bus would not know us.
@test "tester: Podman with systemd as its manager of cgroups, with a limit" {
	has_controller memory
	command -v podman >/dev/null || skip "no podman"
	local image
	image=$(image)
	tar -C "$image" -cf "$T/image.tar" .
	chmod 644 "$T/image.tar"
	cat >"$T/commands" <<-EOF
		podman import "$T/image.tar" vial-test 2>&1 || exit 1
		p="podman --runtime $VIAL --cgroup-manager systemd"
		\$p run -d --name one --network none -m 32m vial-test sleep 1000 >/dev/null || exit 1
		\$p exec one cat /sys/fs/cgroup/memory.max
		\$p update -m 40m one >/dev/null
		\$p exec one cat /sys/fs/cgroup/memory.max
		cat /proc/\$(podman inspect -f '{{.State.Pid}}' one)/cgroup
		\$p rm -f -t 0 one
	EOF
	status=0
	output=$(systemd-run --quiet --wait --pipe --user --machine=tester@ bash "$T/commands" </dev/null 2>&1 3>&-) || status=$?
	status_is 0
	has 33554432
	has 41943040
	has "$SERVICE/user.slice/libpod-"
	[ -z "$(find "/sys/fs/cgroup$SERVICE/user.slice" -name 'libpod-*.scope')" ] || fail "left behind"
}
