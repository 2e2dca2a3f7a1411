#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# kill: every way to write a signal, --all, --regex, and what is wrong.

bats_require_minimum_version 1.5.0

setup() {
	load helpers
	setup_container
}
teardown() { teardown_container; }

# a container that writes the name of each signal it gets to /out/signals
start_listener() {
	mkdir "$T/got"
	config --arg s "$T/got" '.mounts += [{destination: "/out", type: "bind", source: $s, options: ["rbind", "rw"]}]'
	set_sh 'for s in HUP USR1 USR2 WINCH 34 37 64 63; do trap "echo $s >>/out/signals" $s; done
		trap "echo TERM >>/out/signals" TERM; echo ready >/out/signals
		while :; do sleep 0.05; done'
	v run --detach "$ID"
	status_is 0
	until_true 10 grep -q ready "$T/got/signals"
}
# gets SIGNAL WAY...: each way of writing it arrives as SIGNAL
gets() {
	local want=$1 way
	shift
	for way in "$@"; do
		: >"$T/got/signals"
		v kill "$ID" "$way"
		status_is 0
		output_is ''
		until_true 10 test -s "$T/got/signals" || fail "$way: nothing arrived"
		[ "$(cat "$T/got/signals")" = "$want" ] || fail "$way: $(cat "$T/got/signals")"
	done
}

@test "names with and without SIG, in any case, and numbers" {
	start_listener
	gets HUP HUP SIGHUP hup sighup 1
	gets USR1 USR1 SIGUSR1 10
	gets WINCH WINCH winch 28
	: >"$T/got/signals"
	v kill "$ID"
	status_is 0
	until_true 10 grep -q TERM "$T/got/signals"
	v kill "$ID" 0
	status_is 0
}

@test "real-time signals, by number" {
	start_listener
	gets 34 34
	gets 64 64
}

@test "real-time signals, by name" {
	vial_only "runc knows no names for them"
	start_listener
	gets 34 RTMIN SIGRTMIN
	gets 37 RTMIN+3 sigrtmin+3
	gets 63 RTMAX-1
}

@test "what is no signal; the container is looked at first" {
	start_sleeper
	local text
	for text in NOSUCH SIG 65x RTMIN-1 SIGSIGKILL 'KILL '; do
		v kill "$ID" "$text"
		fails_with 1 "unknown signal \"$text\""
	done
	is_state running
	v kill nope NOSUCH
	fails_with 1 'container does not exist'
	v kill ../x NOSUCH
	fails_with 1 'invalid container ID format'
}

@test "arguments and options" {
	v kill
	fails_with 1 "\"kill\" requires a minimum of 1 argument(s)"
	v kill a b c
	fails_with 1 "\"kill\" requires a maximum of 2 argument(s)"
	v kill --nosuch a
	fails_with 1 'flag provided but not defined: -nosuch'
	v kill ''
	fails_with 1 'container id cannot be empty'
	v kill nope
	fails_with 1 'container does not exist'
}

@test "--all and -a: every process; one that has stopped is no error" {
	start_sleeper
	local option
	v kill --all=false "$ID" 0
	status_is 0
	for option in --all -a -all; do
		v kill $option "$ID" 0
		status_is 0
	done
	v kill -a "$ID" 9
	status_is 0
	wait_state stopped
	v kill "$ID" 9
	fails_with 1 'container not running'
	for option in --all -a -all; do
		v kill $option "$ID" 9
		status_is 0
		output_is ''
	done
	v kill --all nope 9
	fails_with 1 'container does not exist'
}

@test "--regex: all that match and no others; each failure is told" {
	vial_only "an option of crun"
	local id first=$ID
	for id in "$first-a1" "$first-a2" "$first-b1"; do
		ID=$id
		config --arg cg "/vial-tests/$id" '.linux.cgroupsPath = $cg'
		start_sleeper
	done
	v kill --regex "^$first-a[0-9]\$" KILL
	status_is 0
	output_is ''
	ID=$first-a1 wait_state stopped
	ID=$first-a2 wait_state stopped
	ID=$first-b1 is_state running

	v kill -r "$first-(a|b)" KILL
	fails_with 1 '2 of 3 containers could not be killed'
	has "container $first-a1 could not be killed: container not running"
	has "container $first-a2 could not be killed: container not running"
	lacks "container $first-b1 could"
	ID=$first-b1 wait_state stopped
	v kill --regex --all "$first" KILL
	status_is 0
	v kill --regex no-such-name KILL
	status_is 0
	v kill --regex 'a(' KILL
	fails_with 1 'invalid regular expression "a("'
	v kill --regex "$first" NOSUCH
	fails_with 1 'unknown signal "NOSUCH"'

	# delete has it too
	v delete --regex "^$first-a"
	status_is 0
	ID=$first-b1
	is_state stopped
	config --arg cg "/vial-tests/$first-c1" '.linux.cgroupsPath = $cg'
	ID=$first-c1
	start_sleeper
	v delete -r "^$first-"
	fails_with 1 '1 of 2 containers could not be deleted'
	has "container $first-c1 could not be deleted: cannot delete container $first-c1 that is not stopped: running"
	v delete --force --regex "^$first-"
	status_is 0
	v delete --regex '['
	fails_with 1 'invalid regular expression "["'
	v list -q
	output_is ''
	assert_nothing_left
}
