#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Device rules on v1 and v2. A device that no driver has tells them apart: what the cgroup forbids
# is "Operation not permitted", what it lets through "No such device".

load helpers
load cgroup
setup() {
	cg_fixture
	config '.process.capabilities |= map_values(. + ["CAP_MKNOD"])
		| .linux.devices = [{path: "/dev/x7", type: "c", major: 230, minor: 7, fileMode: 438},
			{path: "/dev/x8", type: "c", major: 230, minor: 8, fileMode: 438},
			{path: "/dev/y0", type: "b", major: 230, minor: 0, fileMode: 438}]'
}
teardown() { teardown_container; }

rules() { config --argjson r "$1" '.linux.resources.devices = $r'; }
DENY='{"allow": false, "access": "rwm"}'
# opens: what each way of opening gives: a letter for allowed, "-" for forbidden
opens() {
	set_sh 'for d in x7 x8 y0; do
		r=r; w=w
		(: <"/dev/$d") 2>&1 | grep -q "not permitted" && r=-
		(: >>"/dev/$d") 2>&1 | grep -q "not permitted" && w=-
		printf "%s:%s%s " $d $r $w
	done'
	v run "$ID"
	status_is 0
}

@test "nothing but the defaults" {
	rules "[$DENY]"
	opens
	output_is 'x7:-- x8:-- y0:-- '
	set_sh 'for d in null zero full random urandom ptmx; do
		(: </dev/$d) || echo "$d: refused"
	done; echo x >/dev/null; head -c 1 /dev/zero >/dev/null; mknod /tmp/n c 230 9 && mknod /tmp/b b 230 9 && echo made'
	v run "$ID"
	status_is 0
	output_is made
	assert_nothing_left
}

@test "no rules at all: the same" {
	config 'del(.linux.resources)'
	opens
	output_is 'x7:-- x8:-- y0:-- '
}

@test "one device, some kinds of access" {
	rules "[$DENY, {\"allow\": true, \"type\": \"c\", \"major\": 230, \"minor\": 7, \"access\": \"rw\"}]"
	opens
	output_is 'x7:rw x8:-- y0:-- '
	rules "[$DENY, {\"allow\": true, \"type\": \"c\", \"major\": 230, \"minor\": 7, \"access\": \"rm\"}]"
	opens
	output_is 'x7:r- x8:-- y0:-- '
	rules "[$DENY, {\"allow\": true, \"type\": \"c\", \"major\": 230, \"minor\": 7, \"access\": \"w\"}]"
	opens
	output_is 'x7:-w x8:-- y0:-- '
}

@test "wildcards, and block devices" {
	rules "[$DENY, {\"allow\": true, \"type\": \"c\", \"major\": 230, \"access\": \"rwm\"}]"
	opens
	output_is 'x7:rw x8:rw y0:-- '
	rules "[$DENY, {\"allow\": true, \"type\": \"b\", \"access\": \"r\"}]"
	opens
	output_is 'x7:-- x8:-- y0:r- '
	rules "[$DENY, {\"allow\": true, \"access\": \"rwm\"}]"
	opens
	output_is 'x7:rw x8:rw y0:rw '
	rules "[$DENY, {\"allow\": true, \"type\": \"a\", \"major\": -1, \"minor\": -1, \"access\": \"rwm\"}]"
	opens
	output_is 'x7:rw x8:rw y0:rw '
}

@test "all but some" {
	rules '[{"allow": true, "access": "rwm"}, {"allow": false, "type": "c", "major": 230, "minor": 7, "access": "rwm"}]'
	opens
	output_is 'x7:-- x8:rw y0:rw '
	rules '[{"allow": true, "access": "rwm"}, {"allow": false, "type": "c", "major": 230, "minor": 7, "access": "w"}]'
	opens
	output_is 'x7:r- x8:rw y0:rw '
}

@test "later rules win" {
	rules "[$DENY, {\"allow\": true, \"type\": \"c\", \"major\": 230, \"minor\": 7, \"access\": \"rw\"},
		{\"allow\": false, \"type\": \"c\", \"major\": 230, \"minor\": 7, \"access\": \"w\"}]"
	opens
	output_is 'x7:r- x8:-- y0:-- '
	rules "[{\"allow\": true, \"type\": \"c\", \"major\": 230, \"minor\": 7, \"access\": \"rw\"}, $DENY]"
	opens
	output_is 'x7:-- x8:-- y0:-- '
}

@test "a hole in a wildcard: v2 can, v1 says that it cannot" {
	rules "[$DENY, {\"allow\": true, \"type\": \"c\", \"major\": 230, \"access\": \"rw\"},
		{\"allow\": false, \"type\": \"c\", \"major\": 230, \"minor\": 8, \"access\": \"rw\"}]"
	if [ -n "$(cg_v1_top devices)" ]; then
		set_args true
		v run "$ID"
		vial_only "its words"
		fails_with 1 'cgroup v1 cannot deny "c 230:8 rw"'
		assert_nothing_left
	else
		opens
		output_is 'x7:rw x8:-- y0:-- '
	fi
}

@test "rules that are none" {
	local rule
	for rule in '{"allow": true, "type": "c", "access": ""}' '{"allow": true, "type": "c", "access": "x"}' \
		'{"allow": true, "type": "q", "access": "r"}' '{"allow": true, "type": "c", "major": -5, "access": "r"}' \
		'{"allow": true, "type": "c"}'; do
		rules "[$DENY, $rule]"
		set_args true
		v run "$ID"
		[ "$status" -eq 1 ] || fail "$rule was taken"
		has 'linux.resources.devices[1]'
	done
	assert_nothing_left
}

@test "update, pause and exec leave the rules" {
	rules "[$DENY, {\"allow\": true, \"type\": \"c\", \"major\": 230, \"minor\": 7, \"access\": \"rw\"}]"
	config '.mounts += [{destination: "/data", type: "bind", source: "'"$T"'", options: ["rbind", "rw"]}]'
	set_sh 'while :; do
		(: </dev/x8) 2>&1 | grep -q "not permitted" || echo "x8 was open" >>/data/bad
		(: </dev/x7) 2>&1 | grep -q "not permitted" && echo "x7 was shut" >>/data/bad
		(: >/dev/null) || echo "null was shut" >>/data/bad
		echo x >>/data/rounds
	done'
	v run --detach "$ID"
	until_true 10 test -s "$T/rounds"
	for _ in 1 2 3 4 5 6 7 8; do
		echo '{"devices": [{"allow": false, "access": "rwm"}]}' >"$T/r.json"
		v update -r "$T/r.json" "$ID"
		status_is 0
		v update "$ID"
		v pause "$ID"
		v resume "$ID"
		status_is 0
	done
	[ ! -e "$T/bad" ] || fail "$(sort "$T/bad" | uniq -c)"
}
