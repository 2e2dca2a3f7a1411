#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Standard streams that a user who is not root opens again by name.

load helpers

setup() { setup_container; }
teardown() { teardown_container; }

# piped ARGUMENTS...: the runtime with pipes for output and error
piped() {
	status=0
	(cd "$B" && env "$MARK" timeout 60 "$VIAL" --root "$ROOT" "$@" </dev/null 2>&1 3>&- | cat >"$T/out"
		exit "${PIPESTATUS[0]}") || status=$?
	output=$(cat "$T/out")
}

@test "a user's pipes can be opened by name" {
	config '.process.user = {uid: 1000, gid: 1000}'
	set_sh 'echo out >/dev/stdout; echo err >/dev/stderr'
	piped run "$ID"
	status_is 0
	output_is $'out\nerr'
	assert_nothing_left
}

@test "exec: a user's pipes can be opened by name" {
	start_sleeper
	piped exec --user 1000:1000 "$ID" sh -c 'echo out >/dev/stdout; echo err >/dev/stderr'
	status_is 0
	output_is $'out\nerr'
}

@test "the host's files and devices keep their owner" {
	vial_only 'runc gives files away'
	config '.process.user = {uid: 1000, gid: 1000}'
	set_sh 'echo out; echo err >&2'
	v run "$ID"
	status_is 0
	is "$(stat -c %u "$T/out")" 0
	is "$(stat -c %u "$T/err")" 0
	is "$(stat -c %u /dev/null)" 0
	assert_nothing_left
}
