#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# linux.intelRdt where there is no resctrl; what happens in one is shown by rdt/test_rdt.c against a
# directory in its place.

load helpers
setup() {
	setup_container
	vial_only "runc 1.1 has other words"
	! grep -q ' - resctrl ' /proc/self/mountinfo || skip "this machine has resctrl"
}
teardown() { teardown_container; }

@test "without resctrl: a clear error, nothing is left" {
	local x
	for x in '{"closID": "x"}' '{"l3CacheSchema": "L3:0=f"}' '{"schemata": ["L2:0=3"]}' '{"enableMonitoring": true}' '{}'; do
		config --argjson x "$x" '.linux.intelRdt = $x'
		v run "$ID"
		fails_with 1 'intelRdt is specified in config, but Intel RDT is not supported or enabled'
		assert_nothing_left
	done
}

@test "closID: no path" {
	local x
	for x in . .. a/b /a; do
		config --arg x "$x" '.linux.intelRdt.closID = $x'
		v run "$ID"
		fails_with 1 "invalid intelRdt.ClosID \"$x\""
		assert_nothing_left
	done
}
