# shellcheck shell=bash disable=SC2016
# SPDX-License-Identifier: Apache-2.0
# What the tests of `vial check` share.

# shellcheck source=tests/integration/helpers.bash
. "$BATS_TEST_DIRNAME/helpers.bash"

setup() {
	setup_container
	vial_only "the command is ours"
	cp "$VIAL" "$T/vial"
	chmod 755 "$T/vial"
	# The sanitizers' build cannot look for leaks while it is traced, or without /proc of its own.
	export ASAN_OPTIONS="${ASAN_OPTIONS-}:detect_leaks=0"
}
teardown() { teardown_container; }

# on COMMAND...: a command that ends in `vial check --format json`; its findings in $T/json
on() {
	status=0
	(cd "$B" && exec env "$MARK" timeout --foreground -k 5 60 "$@" </dev/null >"$T/out" 2>"$T/err" 3>&- 4>&-) ||
		status=$?
	output=$(cat "$T/out" "$T/err")
	grep -q '^{' "$T/out" || fail "no report"
	cp "$T/out" "$T/json"
	jq -e '.findings | length == ([.[].level] | length)' "$T/json" >/dev/null || fail "not JSON"
}
# check: as root, here
check() { on "$T/vial" check --format json; }
# with SHELL-COMMANDS: the same in a mount namespace in which they have been run
with() { on unshare -m --propagation private sh -ec "$1"'; exec "$0" check --format json' "$T/vial"; }
# user COMMAND...: as an ordinary user
user() { on setpriv --reuid 12345 --regid 12345 --clear-groups "$@"; }

# finding LEVEL AREA NAME [WORDS [ADVICE]]: exactly one is there, with these words in text and advice
finding() {
	local n
	n=$(jq --arg l "$1" --arg a "$2" --arg n "$3" --arg t "${4-}" --arg d "${5-}" '[.findings[] | select(.level == $l and
		.area == $a and .name == $n and (.text | contains($t)) and ($d == "" or (.advice // "" | contains($d))))] | length' "$T/json")
	[ "$n" -eq 1 ] || fail "$n times: $*"
}
no_finding() { # LEVEL [AREA]
	[ "$(jq --arg l "$1" --arg a "${2-}" '[.findings[] | select(.level == $l and ($a == "" or .area == $a))] | length' "$T/json")" -eq 0 ] ||
		fail "there is a $*"
}
counts_agree() {
	jq -e '. as $r | all("pass", "warning", "failure"; . as $l | $r[$l] == ([$r.findings[] | select(.level == $l)] | length))' "$T/json" >/dev/null ||
		fail "the counts are wrong"
}
