#!/usr/bin/env bats
# shellcheck shell=bash disable=SC2016,SC2094,SC2154
# SPDX-License-Identifier: Apache-2.0
# What a container could get of the host by way of the runtime: code that it loads, what it opens
# after it has entered the root, what it remembers of another container.

bats_require_minimum_version 1.5.0
load ../integration/helpers

setup() { setup_container; }
teardown() { teardown_container; }

# The calls of init from the change of root to its program, one a line
behind_pivot() {
	env -C "$B" "$MARK" ASAN_OPTIONS=detect_leaks=0 timeout -k 5 60 strace -f -qq -o "$T/trace" -s 200 \
		"$VIAL" --root "$ROOT" run "$ID" </dev/null >"$T/out" 2>&1 3>&- || fail "$(cat "$T/out")"
	awk '/pivot_root\(/ && !pid { pid = $1 }
		$1 == pid && /execve\("\/bin\// { exit }
		pid && $1 == pid { print }' "$T/trace"
}

@test "no_loads_from_rootfs_2019_14271: no library, table or locale is opened behind pivot_root" {
	vial_only "looks at one process"
	set_args true
	config '.process.user = {uid: 1000, gid: 1000} | .process.env += ["LANG=de_DE.UTF-8", "LD_PRELOAD=/evil.so", "LD_LIBRARY_PATH=/"]'
	mkdir -p "$B/rootfs/lib" "$B/rootfs/usr/lib/gconv"
	behind_pivot >"$T/behind"
	[ -s "$T/behind" ] || fail "no pivot_root seen: $(tail -n 5 "$T/trace")"
	is "$(grep -E '\.so|nsswitch|gconv|locale|ld\.so|/etc/(passwd|group)' "$T/behind" | grep -v execve || true)" ''
	# Nothing is opened for reading by a path of the image; "self/..." is below the host's own procfs.
	is "$(grep -E ' open(at)?\(' "$T/behind" | grep -vE '"(/|\.|/dev/null)"|openat\([0-9]+, "self/|O_PATH' || true)" ''
}

@test "moby_2021_21334: two containers made at once do not see each other's environment" {
	local i jobs=()
	for i in 1 2 3 4 5 6 7 8; do
		mkdir "$T/b$i"
		jq --arg cg "/vial-tests/$ID-$i" --arg r "$B/rootfs" --arg s "S$i=secret-$i" '.linux.cgroupsPath = $cg
			| .root.path = $r | .process.env += [$s] | .process.args = ["env"]' "$B/config.json" >"$T/b$i/config.json"
		(env "$MARK" "$VIAL" --root "$ROOT" run --bundle "$T/b$i" "$ID-$i" </dev/null >"$T/env.$i" 2>&1 3>&- 4>&-) &
		jobs+=($!)
	done
	wait "${jobs[@]}"
	for i in 1 2 3 4 5 6 7 8; do is "$(grep -o 'secret-.*' "$T/env.$i")" "secret-$i"; done
	assert_nothing_left
}

@test "supplementary groups of the caller are dropped (containerd 2023-25173)" {
	config '.process.user = {uid: 1000, gid: 1000, additionalGids: [7, 9]}'
	set_sh 'grep Groups: /proc/self/status'
	status=0
	output=$(cd "$B" && setpriv --groups 4,27,100 env "$MARK" "$VIAL" --root "$ROOT" run "$ID" </dev/null 2>&1 3>&- |
		tr -s '\t ' ' ') || status=$?
	[[ $output =~ ^'Groups: '(1000 )?'7 9 '$ ]] || fail "groups"
}

@test "kernel 2022-0492: release_agent and the host's cgroups cannot be written" {
	set_sh 'find /sys/fs/cgroup -name release_agent | while read -r f; do echo evil 2>/dev/null >"$f" && echo "wrote $f"; done
		mkdir /sys/fs/cgroup/evil 2>/dev/null && echo made
		for d in /sys/fs/cgroup/*; do mkdir "$d/evil" 2>/dev/null && echo "made $d"; done; true'
	v run "$ID"
	status_is 0
	output_is ''
}

@test "state_dir_perms_2024_25621: private below a umask of 0" {
	set_sh 'sleep 1000'
	(umask 0 && cd "$B" && "$VIAL" --root "$ROOT" create "$ID" </dev/null >"$T/out" 2>&1 3>&- 4>&-)
	is "$(stat -c %a "$ROOT")" 700
	is "$(find "$ROOT" -mindepth 1 ! -type l -perm /077 ! -name recovery)" ''
}

@test "sysctl_redirect_2025_52881: another container remounts a shared volume meanwhile" {
	vial_only
	local n before
	before=$(cat /proc/sys/kernel/core_pattern)
	mkdir -p "$T/vol/net/ipv4" "$T/vol/empty"
	mount --bind "$T/vol" "$T/vol"
	mount --make-shared "$T/vol"
	echo 0 >"$T/vol/net/ipv4/ip_forward"
	config --arg v "$T/vol" '.linux.sysctl = {"net.ipv4.ip_forward": "1"} | .linux.rootfsPropagation = "rslave"
		| .mounts += [{destination: "/vol", source: $v, options: ["rbind", "rslave"]},
			{destination: "/proc/sys/net", source: ($v + "/net"), options: ["bind"]}]'
	(while :; do
		mount --bind "$T/vol/empty" "$T/vol/net" && umount -l "$T/vol/net"
	done 2>/dev/null) 3>&- &
	local racer=$!
	for ((n = 0; n < ${VIAL_RACES:-20}; n++)); do
		v run "$ID"
	done
	kill -9 $racer
	wait $racer 2>/dev/null || true
	while umount -l "$T/vol/net" 2>/dev/null; do :; done
	is "$(cat "$T/vol/net/ipv4/ip_forward")" 0
	is "$(cat /proc/sys/kernel/core_pattern)" "$before"
	umount -l "$T/vol"
	assert_nothing_left
}
