#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# list and state: formats field by field, and entries that are broken.

bats_require_minimum_version 1.5.0

setup() {
	load helpers
	setup_container
}
teardown() { teardown_container; }

HEADER='ID          PID         STATUS      BUNDLE      CREATED     OWNER'

@test "list: columns of the table, and of long cells" {
	start_sleeper
	v list
	status_is 0
	local pid created id_width bundle_width
	pid=$(pid_of)
	created=$(state_of .created)
	[[ $created =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]+Z$ ]]
	width() { local n=$((${#1} + 3)); echo $((n < 12 ? 12 : n)); }
	id_width=$(width "$ID")
	bundle_width=$(width "$B")
	printf "%-${id_width}s%-12s%-12s%-${bundle_width}s%-33s%s\n" \
		ID PID STATUS BUNDLE CREATED OWNER "$ID" "$pid" running "$B" "$created" root >"$T/want"
	diff "$T/want" "$T/out"
	[ ! -s "$T/err" ]

	v kill "$ID" KILL
	wait_state stopped
	v list
	is "$(awk 'NR == 2 { print $1, $2, $3, $4, $6 }' "$T/out")" "$ID 0 stopped $B root"
}

@test "list --format json: one line, keys in order; both ways to write the option" {
	config '.annotations = {"b": "2", "a": "1"}'
	start_sleeper
	local args
	for args in '-f json' '--format json' '--format=json' '-format=json' '-f=json'; do
		# shellcheck disable=SC2086 # words
		v list $args
		status_is 0
		[ "$(wc -l <"$T/out")" -eq 1 ]
		is "$(jq -c '.[0] | keys_unsorted' "$T/out")" \
			'["ociVersion","id","pid","status","bundle","rootfs","created","annotations","owner"]'
		is "$(jq -c '.[0] | [.id, .pid, .status, .bundle, .rootfs, .owner, .annotations]' "$T/out")" \
			"[\"$ID\",$(pid_of),\"running\",\"$B\",\"$B/rootfs\",\"root\",{\"a\":\"1\",\"b\":\"2\"}]"
	done
	v list -f table
	[ "$(wc -l <"$T/out")" -eq 2 ]
}

@test "list --quiet: ids only, sorted" {
	local first=$ID id
	for id in "$first-b" "$first-a" "$first-C"; do
		config --arg cg "/vial-tests/$id" '.linux.cgroupsPath = $cg'
		v create "$id"
		status_is 0
	done
	local args
	for args in -q --quiet -quiet --quiet=true '-q -f json'; do
		# shellcheck disable=SC2086 # words
		v list $args
		output_is "$(printf '%s\n' "$first-C" "$first-a" "$first-b")"
	done
	v list --quiet=false
	has STATUS
}

@test "list: broken entries are named on standard error and skipped" {
	v create "$ID"
	mkdir -p "$ROOT/torn" "$ROOT/empty"
	echo '{"half' >"$ROOT/torn/state.json"
	touch "$ROOT/a-file"
	ln -s /etc "$ROOT/a-link"
	v list -q
	status_is 0
	is "$(cat "$T/out")" "$ID"
	grep -q 'load container torn: ' "$T/err"
	[ "$(grep -c . "$T/err")" -le 2 ]
	v list --format json
	is "$(jq -r '.[].id' "$T/out")" "$ID"
	v state torn
	status_is 1
	v delete --force torn
	status_is 0
	v delete --force empty
	status_is 0
	[ -f "$ROOT/a-file" ]
	[ -d /etc/. ]
	rm "$ROOT/a-file" "$ROOT/a-link"
}

@test "list: an empty root, an unknown root, the default root" {
	mkdir -p "$ROOT"
	v list
	output_is "$HEADER"
	v list -f json
	output_is null
	v --root "$T/none" list
	fails_with 1 "open $T/none: no such file or directory"
	touch "$T/file"
	v --root "$T/file" list
	fails_with 1 "open $T/file: not a directory"
	run -0 unshare -m sh -c 'mount -t tmpfs none /run && exec "$1" list' sh "$VIAL"
	[ "$output" = "$HEADER" ]
	run -0 unshare -m sh -c 'mount -t tmpfs none /run && exec "$1" list --format json' sh "$VIAL"
	[ "$output" = null ]
}

@test "list: what is wrong" {
	mkdir -p "$ROOT"
	v list --format xml
	fails_with 1 'invalid format option'
	v list -f TABLE
	fails_with 1 'invalid format option'
	v list -f
	fails_with 1 'flag needs an argument: -f'
	v list id
	status_is 1
	v list --quiet=maybe
	fails_with 1 'invalid boolean value "maybe" for -quiet: parse error'
}

@test "state: keys in order, indent of two, no line end; stopped has pid 0" {
	v create "$ID"
	v state "$ID"
	status_is 0
	[ "$(tail -c 1 "$T/out")" = '}' ]
	is "$(sed -n '2p;3p;5p' "$T/out")" "  \"ociVersion\": \"$(jq -r .ociVersion "$T/out")\",
  \"id\": \"$ID\",
  \"status\": \"created\","
	is "$(jq -c keys_unsorted "$T/out")" \
		'["ociVersion","id","pid","status","bundle","rootfs","created","owner"]'
	is "$(jq -r .owner "$T/out")" ''
	v kill "$ID" KILL
	wait_state stopped
	v state "$ID"
	is "$(jq -c '[.pid, .status]' "$T/out")" '[0,"stopped"]'
	v state
	fails_with 1 '"state" requires exactly 1 argument(s)'
	v state "$ID" more
	fails_with 1 '"state" requires exactly 1 argument(s)'
}

@test "hostile ids: none reaches outside of the root" {
	local id cmd
	mkdir -p "$ROOT" "$T/victim"
	cp "$B/config.json" "$T/victim/state.json"
	ln -s ../victim "$ROOT/link"
	for id in ../victim ./../victim . .. / '' "$T/victim" .hidden 'a/b' 'a b' "$(printf 'x\ny')" \
		"$(printf '\303\244')" 'x;y' '*' "$(printf 'a%.0s' {1..256})"; do
		for cmd in create delete 'delete --force' state kill start; do
			# shellcheck disable=SC2086 # words
			v $cmd "$id"
			status_is 1
			[[ $output == *'invalid container ID format'* || $output == *'container id cannot be empty'* ]] ||
				fail "$cmd <$id>"
		done
	done
	# a symlink in the root is no container
	for cmd in state kill start delete; do
		v $cmd link
		status_is 1
	done
	v delete --force link
	[ -f "$T/victim/state.json" ]
	rm -f "$ROOT/link"
	assert_nothing_left
}

@test "the root: private whatever the umask, never /, . is the working directory" {
	(umask 0 && v create "$ID")
	is "$(stat -c %a "$ROOT")" 700
	is "$(stat -c %a "$ROOT/$ID")" 700
	[ -z "$(find "$ROOT" -perm /077 ! -type l)" ]
	v delete "$ID"
	local where
	for where in / // /. /../ ../../../../../../../../../..; do
		(cd "$ROOT" && ! "$VIAL" --root "$where" delete --force etc 2>"$T/err2")
		grep -q 'Option --root argument should not be set to /' "$T/err2"
	done
	mkdir "$T/w"
	(cd "$T/w" && "$VIAL" --root . list -q && ! "$VIAL" --root . state x 2>/dev/null)
	(cd / && ! "$VIAL" --root . delete --force etc 2>"$T/err2")
	grep -q 'should not be set to /' "$T/err2"
	[ -d /etc ]
}

@test "somebody's directory below the root is not deleted" {
	vial_only "the reference removes the directory"
	mkdir -p "$T/home/alice/mail" "$T/home/nothing"
	cp "$B/config.json" "$T/home/alice"
	v --root "$T/home" delete --force alice
	fails_with 1 'alice holds no state of a container: it is left alone'
	[ -d "$T/home/alice/mail" ]
	v --root "$T/home" delete alice
	status_is 1
	v --root "$T/home" delete --regex --force .
	status_is 1
	[ -f "$T/home/alice/config.json" ]
	# an empty one is no loss
	[ ! -d "$T/home/nothing" ]
}
