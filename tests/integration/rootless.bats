#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# An ordinary user: her own user namespace, no rights over cgroups.

load helpers
NAME=vialtest

setup_file() {
	[ "$(id -u)" -eq 0 ] || return 0
	# A user of the tests' own, with subordinate ids; an existing one of that name is left alone.
	if ! id $NAME >/dev/null 2>&1; then
		useradd --no-create-home --home-dir /nonexistent --shell /bin/sh $NAME
		usermod --add-subuids 700000-765535 --add-subgids 700000-765535 $NAME
		export MADE_USER=yes
	fi
}
teardown_file() {
	[ -z "${MADE_USER-}" ] || userdel $NAME
}

setup() {
	setup_container
	ME=$(id -u $NAME)
	MYGROUP=$(id -g $NAME)
	# What she needs to reach: the bundle, and a copy of a runtime that lies where she may not go.
	install -d -o $NAME "$T/user" "$T/user/run"
	cp "$VIAL" "$T/user/$PROGRAM"
	chmod 755 "$T/user/$PROGRAM"
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" "$T"
	rm -rf "$B/rootfs"
	cp -a "$(image)" "$B/rootfs" # not hard links: she owns her root
	chown -R $NAME "$B"
	config --argjson u "$ME" --argjson g "$MYGROUP" '
		.linux.namespaces += [{type: "user"}] | del(.linux.resources) | del(.linux.cgroupsPath)
		| .linux.uidMappings = [{containerID: 0, hostID: $u, size: 1}]
		| .linux.gidMappings = [{containerID: 0, hostID: $g, size: 1}]
		| .linux.namespaces |= map(select(.type != "network"))
		| .mounts |= map(select(.type != "cgroup"))
		| (.mounts[] | select(.destination == "/dev/pts") .options) |= map(select(startswith("gid=") | not))
		| (.mounts[] | select(.destination == "/sys")) |= {destination: "/sys", type: "none", source: "/sys",
			options: ["rbind", "nosuid", "noexec", "nodev", "ro"]}'
	ROOT=$T/user/run/vial
}
teardown() {
	teardown_container
	rm -rf "${T:?}/user"
}

# u ARGUMENTS...: as v, but by the user
u() {
	status=0
	(
		cd "$B" || exit 125
		exec setpriv --reuid "$ME" --regid "$MYGROUP" --clear-groups \
			env "$MARK" XDG_RUNTIME_DIR="$T/user/run" timeout --foreground -k 5 60 \
			"$T/user/$PROGRAM" --root "$ROOT" "$@" </dev/null >"$T/out" 2>"$T/err" 3>&- 4>&-
	) || status=$?
	output=$(sed 's/\\"/"/g' "$T/out" "$T/err")
}

@test "a user runs a container: root inside, herself outside" {
	set_sh 'id -u; cat /proc/self/uid_map | tr -s " "; cat /proc/self/setgroups; hostname; echo mine >/data/f'
	config '.root.readonly = false'
	u run "$ID"
	status_is 0
	is "$(sed -n 1p "$T/out")" 0
	is "$(sed -n 2p "$T/out")" " 0 $ME 1"
	is "$(sed -n 3p "$T/out")" deny
	is "$(sed -n 4p "$T/out")" box
	is "$(stat -c %u "$B/rootfs/data/f")" "$ME"
	assert_nothing_left
}

@test "exit codes, create, start, state, kill, delete" {
	set_sh 'exit 7'
	u run "$ID"
	status_is 7
	set_sh 'sleep 1000'
	u create "$ID"
	status_is 0
	u start "$ID"
	status_is 0
	u state "$ID"
	is "$(jq -r .status <"$T/out")" running
	u kill "$ID" KILL
	status_is 0
	gone() {
		u state "$ID"
		[ "$(jq -r .status <"$T/out")" = stopped ]
	}
	until_true 5 gone
	u delete "$ID"
	status_is 0
	assert_nothing_left
}

@test "exec: root inside, herself outside, with and without a terminal" {
	set_sh 'sleep 1000'
	u run -d "$ID"
	status_is 0
	u exec "$ID" sh -c 'id -u; hostname; exit 4'
	status_is 4
	output_is $'0\nbox'
	u exec -d --pid-file "$T/user/pid" "$ID" sleep 1000
	status_is 0
	is "$(stat -c %u "/proc/$(cat "$T/user/pid")")" "$ME"
	u exec -u 1 "$ID" true
	fails_with 255 'process.user.uid: setresuid(2) to 1: invalid argument (it is not mapped in the user namespace)'
	u exec -g 5 "$ID" true
	fails_with 255 'process.user.additionalGids: setgroups(2)'
	u exec --cgroup x "$ID" true
	status_is 255
	u delete -f "$ID"
	assert_nothing_left
}

@test "subordinate ids by newuidmap and newgidmap" {
	command -v newuidmap >/dev/null || skip "no newuidmap"
	local start
	start=$(awk -F: -v n=$NAME '$1 == n { print $2; exit }' /etc/subuid)
	config --argjson s "$start" '.linux.uidMappings += [{containerID: 1, hostID: $s, size: 1000}]
		| .linux.gidMappings += [{containerID: 1, hostID: $s, size: 1000}]
		| .process.capabilities |= map_values(. + ["CAP_SETUID", "CAP_SETGID"])
		| .process.user = {uid: 5, gid: 6}'
	set_sh 'id -u; id -g; cat /proc/self/uid_map | tr -s " "'
	u run "$ID"
	status_is 0
	is "$(sed -n 1,2p "$T/out" | tr '\n' ' ')" "5 6 "
	has " 1 $start 1000"
	assert_nothing_left
}

@test "ids that are not hers are refused" {
	config '.linux.uidMappings = [{containerID: 0, hostID: 0, size: 1}]'
	set_args true
	u run "$ID"
	status_is 1
	assert_nothing_left
}

@test "without a user namespace: a clear refusal" {
	config '.linux.namespaces |= map(select(.type != "user")) | del(.linux.uidMappings) | del(.linux.gidMappings)'
	set_args true
	u run "$ID"
	status_is 1
	assert_nothing_left
}

@test "limits she may not set are an error, not ignored" {
	config '.linux.resources = {pids: {limit: 10}} | .linux.cgroupsPath = "/vial-tests/user"'
	set_args true
	u run "$ID"
	status_is 1
	assert_nothing_left
}

@test "what the configuration says of the default root" {
	vial_only "spec --rootless of ours"
	mkdir "$T/user/bundle"
	cp -a "$B/rootfs" "$T/user/bundle/rootfs"
	chown -R $NAME "$T/user/bundle"
	status=0
	output=$(cd "$T/user/bundle" && exec setpriv --reuid "$ME" --regid "$MYGROUP" --clear-groups \
		env "$MARK" XDG_RUNTIME_DIR="$T/user/run" sh -c '
		../vial spec --rootless && sed -i -e "s/\"terminal\": true/\"terminal\": false/" -e "s/\"sh\"$/\"id\"/" config.json &&
		../vial run rootless-default' </dev/null 2>&1 3>&-) || status=$?
	status_is 0
	has 'uid=0(root)'
	[ -d "$T/user/run/vial" ] || fail "the state root is not below XDG_RUNTIME_DIR"
}

@test "exec in a container without cgroups" {
	set_sh 'sleep 100'
	u run --detach "$ID"
	status_is 0
	u exec "$ID" sh -c 'id -u; exit 6'
	status_is 6
	is "$(sed -n 1p "$T/out")" 0
	u delete --force "$ID"
	assert_nothing_left
}
