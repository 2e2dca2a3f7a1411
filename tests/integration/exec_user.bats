#!/usr/bin/env bats
# shellcheck shell=bash disable=SC2016,SC2154
# SPDX-License-Identifier: Apache-2.0
# exec: users, groups, capabilities.

bats_require_minimum_version 1.5.0
load helpers

setup() { setup_container; }
teardown() { teardown_container; }

caps_of() { sed -n "s/^Cap$1:\t//p" "$T/out"; }

@test "--user: uid, uid and gid; in every spelling of the option" {
	config '.process.user.gid = 7'
	start_sleeper
	v exec --user 1000:1000 "$ID" id
	output_is 'uid=1000(user) gid=1000(user)'
	v exec --user=5 "$ID" sh -c 'id -u; id -g'
	output_is $'5\n7'
	v exec -u 0:0 "$ID" id -g
	output_is 0
	v exec -u=4294967294:4294967294 "$ID" sh -c 'id -u; id -g'
	output_is $'4294967294\n4294967294'
}

@test "--user: numbers only, nothing that wraps or is half read" {
	local user
	start_sleeper
	for user in -1 4294967296 4294967295 '1 ' ' 1' 0x1 1: :1 : +1 '' root user 1:root 1:-1 1:4294967296 \
		1.5 1e3 1:2:3 '1,2' 18446744073709551616; do
		v exec "--user=$user" "$ID" id -u
		fails_with 255 "exec failed: invalid user \"$user\""
		v exec -u "$user" "$ID" id -u
		fails_with 255 "invalid user \"$user\""
	done
}

@test "--user: a number is never a name in the image's passwd" {
	echo '1000:x:0:0::/root:/bin/sh' >"$T/passwd"
	rm "$B/rootfs/etc/passwd"
	mv "$T/passwd" "$B/rootfs/etc/passwd"
	start_sleeper
	v exec -u 1000 "$ID" sh -c 'grep Uid: /proc/self/status'
	output_is $'Uid:\t1000\t1000\t1000\t1000'
}

@test "--additional-gids: exactly those, repeatable; config.json's stay" {
	start_sleeper
	v exec --user 1000:1000 --additional-gids 100 --additional-gids=65534 "$ID" id -G
	output_is '1000 100 65534'
	v exec -g 5 "$ID" grep Groups /proc/self/status
	[[ $output =~ ^Groups:[[:space:]]+5\ ?$ ]] || fail groups
	v exec "$ID" grep Groups /proc/self/status
	[[ $output =~ ^Groups:[[:space:]]*$ ]] || fail "the caller's groups"
	v delete -f "$ID"
	config '.process.user.additionalGids = [10, 20]'
	start_sleeper
	v exec -g 30 -u 1:1 "$ID" id -G
	output_is '1 10 20 30'
}

@test "--additional-gids: numbers only" {
	local gid
	start_sleeper
	for gid in -1 4294967295 4294967296; do
		v exec "--additional-gids=$gid" "$ID" true
		fails_with 255 "exec failed: invalid additional gid \"$gid\""
		v exec -g "$gid" "$ID" true
		fails_with 255 "exec failed: invalid additional gid \"$gid\""
	done
	for gid in x '' '1 ' 1,2; do
		v exec "--additional-gids=$gid" "$ID" true
		fails_with 1 "invalid value \"$gid\" for flag -additional-gids: strconv.ParseInt: parsing \"$gid\": invalid syntax"
		is "$(head -n 1 "$T/out")" "Incorrect Usage: invalid value \"$gid\" for flag -additional-gids: strconv.ParseInt: parsing \"$gid\": invalid syntax"
		v exec -g "$gid" "$ID" true
		fails_with 1 "invalid value \"$gid\" for flag -g: "
	done
	for gid in +1 0x1; do # runc takes them
		v exec "--additional-gids=$gid" "$ID" true
		[ "$status" -ne 0 ] || fail "$gid"
		has "$gid"
	done
}

@test "capabilities: config.json's without --cap" {
	start_sleeper
	v exec "$ID" grep Cap /proc/self/status
	is "$(caps_of Bnd)" 0000000020000420
	is "$(caps_of Eff)" 0000000020000420
	is "$(caps_of Prm)" 0000000020000420
	is "$(caps_of Inh)" 0000000000000000
	is "$(caps_of Amb)" 0000000000000000
	v exec -u 1000 "$ID" grep Cap /proc/self/status
	is "$(caps_of Eff)" 0000000000000000
	is "$(caps_of Bnd)" 0000000020000420
}

@test "--cap: bounding, effective, permitted; never inheritable" {
	start_sleeper
	v exec --cap CAP_SYS_PTRACE -c CAP_CHOWN "$ID" grep Cap /proc/self/status
	status_is 0
	is "$(caps_of Bnd)" 0000000020080421
	is "$(caps_of Eff)" 0000000020080421
	is "$(caps_of Prm)" 0000000020080421
	is "$(caps_of Inh)" 0000000000000000
	is "$(caps_of Amb)" 0000000000000000
	v exec --cap=CAP_NET_RAW -u 1000 "$ID" grep Cap /proc/self/status
	is "$(caps_of Inh)" 0000000000000000
	is "$(caps_of Amb)" 0000000000000000
	is "$(caps_of Eff)" 0000000000000000
}

@test "--cap: ambient where config.json makes it inheritable" {
	config '.process.capabilities.inheritable = ["CAP_KILL"] | .process.capabilities.ambient = []'
	start_sleeper
	v exec -u 1000 --cap CAP_KILL --cap CAP_CHOWN "$ID" grep Cap /proc/self/status
	status_is 0
	is "$(caps_of Amb)" 0000000000000020
	is "$(caps_of Inh)" 0000000000000020
	is "$(caps_of Eff)" 0000000000000020
	is "$(caps_of Bnd)" 0000000020000421
}

@test "--cap: an unknown one is a warning" {
	start_sleeper
	v exec --cap CAP_NOSUCH "$ID" true
	status_is 0
	has 'ignoring unknown or unavailable capabilities: [CAP_NOSUCH]'
}

@test "config.json without capabilities: none, but for --cap" {
	config 'del(.process.capabilities)'
	start_sleeper
	v exec "$ID" grep Cap /proc/self/status
	is "$(caps_of Bnd)" 0000000000000000
	v exec --cap CAP_KILL "$ID" grep Cap /proc/self/status
	is "$(caps_of Bnd)" 0000000000000020
	is "$(caps_of Eff)" 0000000000000020
}

@test "stdio of the host is never given to the user of the container" {
	start_sleeper
	: >"$T/file"
	output=$(cd "$B" && "$VIAL" --root "$ROOT" exec -u 1000 "$ID" true <"$T/file" 2>&1 3>&-)
	is "$(stat -c %u:%g "$T/file")" 0:0
	v exec -u 1000 "$ID" true
	is "$(stat -c %u:%g /dev/null)" 0:0
	is "$(stat -c %u:%g "$T/out")" 0:0
}

@test "without a user namespace of its own, in the keyring of the container" {
	grep -q . /proc/keys 2>/dev/null || skip "no keyrings"
	config '.linux.maskedPaths = []'
	start_sleeper
	v exec "$ID" cat /proc/keys
	has "_ses.$ID"
}
