#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# --config of create and run, and --cgroup-manager: what crun's callers send.

bats_require_minimum_version 1.5.0

setup() {
	load helpers
	setup_container
	vial_only "options of crun"
}
teardown() { teardown_container; }

@test "--config: another file, relative to the caller's directory, or absolute" {
	mkdir "$T/w"
	jq '.process.args = ["echo", "other"]' "$B/config.json" >"$T/w/other.json"
	set_args echo usual
	local args
	for args in '--config other.json' '-f other.json' '--config=other.json' "-config=$T/w/other.json"; do
		# shellcheck disable=SC2086 # words
		v_in "$T/w" run --bundle "$B" $args "$ID"
		status_is 0
		is "$(cat "$T/out")" other
	done
	rm "$B/config.json"
	v_in "$T/w" create -b "$B" --config other.json "$ID"
	status_is 0
	# the container knows its configuration by itself from here on
	rm "$T/w/other.json"
	v start "$ID"
	status_is 0
	wait_state stopped
	v delete "$ID"
	status_is 0
	assert_nothing_left
}

@test "--config: what is wrong" {
	v run --config nope.json "$ID"
	fails_with 1 "vial run failed: JSON specification file $B/nope.json not found"
	echo '{' >"$B/torn.json"
	v run -f torn.json "$ID"
	status_is 1
	has "$B/torn.json"
	v run --config "$ID"
	fails_with 1 '"run" requires exactly 1 argument(s)'
	v create --config
	fails_with 1 'flag needs an argument: -config'
	mkdir "$B/dir.json"
	v run --config dir.json "$ID"
	status_is 1
	has 'is a directory'
	mkfifo "$B/fifo.json"
	v run --config fifo.json "$ID"
	status_is 1
	has 'not a regular file'
	v plan --config nope.json
	fails_with 1 "JSON specification file $B/nope.json not found"
	assert_nothing_left
}

@test "--cgroup-manager=disabled: no cgroup, and the whole life without one" {
	cp "$B/config.json" "$B/with.json"
	config 'del(.linux.resources)'
	set_sh 'cat /proc/self/cgroup >/tmp/x; trap "exit 0" TERM; while :; do sleep 0.1; done'
	v --cgroup-manager=disabled run --detach "$ID"
	status_is 0
	output_is ''
	is "$(cgroup_dirs)" ''
	is "$(cat "/proc/$(pid_of)/cgroup")" "$(cat /proc/self/cgroup)"
	is_state running
	v --cgroup-manager disabled kill "$ID" KILL
	status_is 0
	wait_state stopped
	v delete "$ID"
	status_is 0
	set_args true
	v --cgroup-manager=disabled run "$ID"
	status_is 0
	assert_nothing_left
}

@test "--cgroup-manager=disabled: limits are refused, device rules are a warning" {
	v --cgroup-manager=disabled run "$ID"
	status_is 0
	has 'linux.resources.devices: not applied, since --cgroup-manager=disabled makes no cgroup'
	config '.linux.resources.pids.limit = 5'
	v --cgroup-manager=disabled run "$ID"
	fails_with 1 'limits need a cgroup, and --cgroup-manager=disabled makes none'
	v --cgroup-manager=disabled plan "$ID"
	status_is 1
	v --cgroup-manager=cgroupfs run "$ID"
	status_is 0
	assert_nothing_left
}

@test "--cgroup-manager=disabled: without a pid namespace, too, delete --force ends it" {
	config 'del(.linux.resources) | .linux.namespaces |= map(select(.type != "pid"))'
	set_sh 'sleep 300 & exec sleep 301'
	v --cgroup-manager=disabled run --detach "$ID"
	status_is 0
	v delete --force "$ID"
	status_is 0
	v state "$ID"
	fails_with 1 'container does not exist'
}

@test "create and run: every option in its forms" {
	set_args sleep 100
	local args
	for args in "--pid-file $T/p" "--pid-file=$T/p" "-pid-file $T/p" "-pid-file=$T/p"; do
		rm -f "$T/p"
		# shellcheck disable=SC2086 # words
		v create $args --no-pivot=false -no-new-keyring --preserve-fds=0 "$ID"
		status_is 0
		is "$(cat "$T/p")" "$(pid_of)"
		v delete -force "$ID"
		status_is 0
	done
	for args in -d --detach -detach --detach=true -d=1; do
		v run $args --keep=false -no-subreaper "$ID"
		status_is 0
		is_state running
		v delete --force=true "$ID"
		status_is 0
	done
	set_args true
	for args in --keep -keep --keep=T; do
		# options may stand behind the id
		v run "$ID" $args
		status_is 0
		is_state stopped
		v delete "$ID" -f=false
		status_is 0
	done
	# the last of two counts, and what follows -- is no option
	v run --keep --keep=false -- "$ID"
	status_is 0
	v state "$ID"
	status_is 1
	v run -- --keep
	status_is 0 # an id may begin so
	assert_nothing_left
}
