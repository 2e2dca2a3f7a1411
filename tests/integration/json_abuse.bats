#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Documents made to break a parser, as config.json, process.json, resources and state.json: each is
# refused with the place where it went wrong, without a crash, in bounded memory, and nothing is left.

setup() {
	load helpers
	setup_container
	vial_only "what is refused, and in which words"
	D=$T/documents
	mkdir "$D"
}
teardown() { teardown_container; }

# say BYTE COUNT: one byte, so often
say() { head -c "$2" /dev/zero | tr '\0' "$1"; }

# bad NAME BASE: a document that NAME makes of BASE, a file with an object, in $D/NAME
bad() {
	local rest
	rest=$(tail -c +2 <(jq -c . "$2")) # without its "{"
	case $1 in
	deep) printf '{"x":%s1%s,%s' "$(say '[' 64)" "$(say ']' 64)" "$rest" ;;
	duplicate) printf '{"x":1,"\\u0078":2,%s' "$rest" ;;
	nul-escape) printf '{"x":"a\\u0000b",%s' "$rest" ;;
	nul-byte) printf '{"x":"a\0b",%s' "$rest" ;;
	nul-key) printf '{"\\u0000":1,%s' "$rest" ;;
	utf-8) printf '{"x":"\377",%s' "$rest" ;;
	overlong) printf '{"x":"\300\257",%s' "$rest" ;;
	surrogate) printf '{"x":"\\ud800",%s' "$rest" ;;
	bom) printf '\357\273\277{%s' "$rest" ;;
	trailing) printf '{%s x' "$rest" ;;
	second) printf '{%s{}' "$rest" ;;
	comment) printf '{/* */%s' "$rest" ;;
	number) printf '{"x":0x10,%s' "$rest" ;;
	nan) printf '{"x":NaN,%s' "$rest" ;;
	string) printf '{"x":"%s",%s' "$(say a 1048577)" "$rest" ;;
	key) printf '{"%s":1,%s' "$(say a 1048577)" "$rest" ;;
	torn) head -c $(($(wc -c <"$2") / 2)) "$2" ;;
	empty) ;;
	zeros) head -c 4096 /dev/zero ;;
	open) say '[' 15000000 ;;
	escapes) printf '{"x":"%s' "$(say '\134' 1000000)" ;;
	*) return 1 ;;
	esac >"$D/$1"
}
recipes=(deep duplicate nul-escape nul-byte nul-key utf-8 overlong surrogate bom trailing second
	comment number nan string key torn empty zeros open escapes)

# What the message must have.
words() {
	case $1 in
	deep | open) echo 'nested deeper than 64 levels' ;;
	duplicate) echo 'duplicate key' ;;
	nul-escape | nul-key) echo 'U+0000 in a string' ;;
	nul-byte) echo "x00' in string literal" ;;
	utf-8 | overlong) echo 'is not valid UTF-8' ;;
	surrogate) echo 'half of a surrogate pair' ;;
	bom) echo 'byte order mark' ;;
	trailing | second) echo 'after top-level value' ;;
	comment) echo 'comments are not allowed' ;;
	number) echo "invalid character 'x' after object key:value pair" ;;
	nan) echo "invalid character 'N' looking for beginning of value" ;;
	string | key) echo 'of 1048577 bytes, at most 1048576 are read' ;;
	torn | empty) echo 'unexpected end of JSON input' ;;
	zeros) echo "x00' looking for beginning of value" ;;
	escapes) echo 'unexpected end of JSON input' ;;
	esac
}

# measured ARGUMENTS...: as v(), with the largest resident set of all processes, in KiB, in $peak.
# The sanitizers' build needs some 60 MB for itself.
measured() {
	local python='import resource, subprocess, sys
r = subprocess.run(sys.argv[2:]).returncode
open(sys.argv[1], "w").write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(r if r >= 0 else 128 - r)'
	VIAL_REAL=$VIAL
	printf '#!/bin/sh\nexec python3 -c "$PY" %q %q "$@"\n' "$T/peak" "$VIAL_REAL" >"$T/measure"
	chmod 755 "$T/measure"
	PY=$python VIAL=$T/measure v "$@"
	peak=$(cat "$T/peak")
}

# refused FILE-IN-MESSAGE RECIPE: the last command said so, in place and words
refused() {
	[ "$status" -ne 0 ] || fail "$2 was accepted"
	[ "$status" -lt 124 ] || [ "$status" -eq 255 ] || fail "$2: a crash or a hang"
	[[ $output =~ $1:[0-9]+:[0-9]+: ]] || fail "$2: no place"
	has "$(words "$2")"
	[ "${#output}" -lt 4000 ] || fail "$2: ${#output} bytes of message"
}

@test "config.json" {
	local recipe base=$T/base.json
	cp "$B/config.json" "$base"
	for recipe in "${recipes[@]}"; do
		bad "$recipe" "$base"
		cp "$D/$recipe" "$B/config.json"
		measured run "$ID"
		refused config.json "$recipe"
		[ "$peak" -lt 250000 ] || fail "$recipe: $peak KiB"
	done
	assert_nothing_left
}

@test "process.json and the document of update" {
	local recipe base=$T/base.json
	start_sleeper
	jq .process "$B/config.json" | jq '.args = ["true"] | .terminal = false' >"$base"
	for recipe in "${recipes[@]}"; do
		bad "$recipe" "$base"
		v exec --process "$D/$recipe" "$ID"
		refused "$recipe" "$recipe"
	done
	v exec --process "$base" "$ID"
	status_is 0
	echo '{"pids":{"limit":100}}' >"$base"
	for recipe in "${recipes[@]}"; do
		bad "$recipe" "$base"
		v update --resources "$D/$recipe" "$ID"
		refused "$recipe" "$recipe"
	done
	wait_state running
}

@test "state.json: refused in words, and delete --force removes the container all the same" {
	local recipe state=$ROOT/$ID/state.json
	start_sleeper
	cp "$state" "$T/good"
	for recipe in "${recipes[@]}"; do
		bad "$recipe" "$T/good"
		cat "$D/$recipe" >"$state"
		v state "$ID"
		refused state.json "$recipe"
	done
	v kill "$ID" KILL
	refused state.json escapes
	for recipe in zeros torn duplicate open; do
		bad "$recipe" "$T/good"
		cat "$D/$recipe" >"$state"
		v delete --force "$ID"
		status_is 0
		assert_nothing_left
		start_sleeper
	done
	v delete --force "$ID"
	assert_nothing_left
}

@test "state.json: of wrong types and out of range" {
	local state=$ROOT/$ID/state.json edit
	start_sleeper
	cp "$state" "$T/good"
	for edit in '.version = 2' '.init.pid = -1' '.init.pid = 2147483648' '.init.startTime = 1.5' \
		'.init = []' '.cgroup.dirs = "x"' '.cgroup.dirs[0].path = 7' 'del(.bundle)' '.phase = "x"' \
		'.annotations = {"a": 1}' '[]'; do
		jq "$edit" "$T/good" >"$state"
		v state "$ID"
		[ "$status" -eq 1 ] || fail "$edit"
		has state.json
	done
	v delete --force "$ID"
	status_is 0
	assert_nothing_left
}

@test "100 MB of brackets and a gigabyte of nothing: refused before they are read" {
	say '[' 100000000 >"$D/brackets"
	truncate -s 1G "$D/holes"
	for file in brackets holes; do
		cp --sparse=always "$D/$file" "$B/config.json"
		measured run "$ID"
		status_is 1
		has config.json
		has 'larger than 16 MiB'
		[ "$peak" -lt 100000 ] || fail "$file: $peak KiB"
		rm "$B/config.json"
		new_bundle "$B.good"
		measured_exec "$D/$file"
	done
	assert_nothing_left
}

# What comes through a FIFO has no size beforehand.
measured_exec() {
	rm -rf "$B" && mv "$B.good" "$B"
	start_sleeper
	measured exec --process "$1" "$ID"
	[ "$status" -ne 0 ]
	has 'file too large'
	[ "$peak" -lt 100000 ] || fail "$1: $peak KiB"
	mkfifo "$T/fifo"
	cat "$1" >"$T/fifo" 2>/dev/null 3>&- &
	measured exec --process "$T/fifo" "$ID"
	[ "$status" -ne 0 ]
	has 'file too large'
	[ "$peak" -lt 250000 ] || fail "$1: $peak KiB"
	rm "$T/fifo"
	v delete --force "$ID"
	status_is 0
}

@test "what is odd but valid is accepted" {
	local rest
	rest=$(jq -c . "$B/config.json" | tail -c +2)
	printf '%s{"x":%s1%s,"y":"\\ud83d\\ude00","z":1e999,"%s":-0,%s%s' "$(say ' ' 1000000)" \
		"$(say '[' 62)" "$(say ']' 62)" "$(say k 1000)" "$rest" "$(say '\n' 1000000)" >"$B/config.json"
	v run "$ID"
	status_is 0
	assert_nothing_left
}

@test "100,000 variables, mounts, unknown keys: read in one go" {
	jq -c '.process.env += [range(100000) | "N\(.)=v"] | . + ([range(100000) | {"u\(.)": .}] | add) |
		.linux.sysctl = {"no.such": "1"}' "$B/config.json" >"$T/many"
	cp "$T/many" "$B/config.json"
	measured plan
	status_is 1
	has 'no.such'
	[ "$peak" -lt 400000 ] || fail "$peak KiB"
}
